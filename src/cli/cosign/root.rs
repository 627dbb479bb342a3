//! The trusted root of a command: a file, or the cached or embedded one with the parts that cosign's older flags and
//! variables name one by one.

use std::path::Path;
use std::path::PathBuf;

use portcullis::limits;
use portcullis::trust::BuildError;
use portcullis::trust::Builder;
use portcullis::trust::Chain;
use portcullis::trust::LogKey;
use portcullis::trust::Pool;
use portcullis::trust::Role;
use portcullis::trust::TrustedRoot;
use portcullis::trust::Window;

use super::arguments::TrustFlags;
use super::error::Failure;
use super::error::Result;
use super::initialize;
use crate::cli::arguments::Instance;
use crate::cli::arguments::read_root;
use crate::cli::context;
use crate::cli::output::say;

/// Reads it. With `--trusted-root`, nothing else counts.
pub(super) fn read(flags: &TrustFlags) -> Result<TrustedRoot> {
    let base = match &flags.trusted_root {
        Some(path) => read_root(Some(path), Instance::Production).map_err(|problem| {
            Failure::from(problem).context("setting trusted material: loading trusted root")
        })?,
        None => initialize::trusted_root()?,
    };
    let parts = Parts::new(flags);
    match flags.trusted_root.is_none() && parts.any() {
        true => {
            tell_variables();
            parts.replace(&base)
        }
        false => Ok(base),
    }
}

/// Who sets the environment chooses whom to trust: that is seen.
fn tell_variables() {
    for name in VARIABLES.into_iter().filter(|name| context::path_variable(name).is_some()) {
        say(format_args!("WARNING: {name} in the environment takes the place of a part of the trusted root"));
    }
}

/// The variables by which cosign takes parts of the root.
const VARIABLES: [&str; 4] = [
    "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE",
    "SIGSTORE_REKOR_PUBLIC_KEY",
    "SIGSTORE_ROOT_FILE",
    "SIGSTORE_TSA_CERTIFICATE_FILE",
];

/// What is given instead of a part of the root.
struct Parts {
    authorities: Option<Authorities>,
    certificate_log: Option<PathBuf>,
    timestamp_authority: Option<PathBuf>,
    transparency_log: Option<PathBuf>,
}

/// Who issues signing certificates.
enum Authorities {
    /// `--certificate-chain`: intermediates, and the root last.
    Chain(PathBuf),
    /// `--ca-roots` and `--ca-intermediates`.
    Pool { roots: PathBuf, intermediates: Option<PathBuf> },
    /// `SIGSTORE_ROOT_FILE`: roots and intermediates in any order.
    Mixed(PathBuf),
}

impl Parts {
    fn new(flags: &TrustFlags) -> Self {
        let authorities = match (&flags.certificate_chain, &flags.ca_roots) {
            (Some(chain), _) => Some(Authorities::Chain(chain.clone())),
            (None, Some(roots)) => Some(Authorities::Pool {
                roots: roots.clone(),
                intermediates: flags.ca_intermediates.clone(),
            }),
            (None, None) => context::path_variable("SIGSTORE_ROOT_FILE").map(Authorities::Mixed),
        };
        let timestamp_authority = flags.timestamp_certificate_chain.clone();
        Self {
            authorities,
            certificate_log: context::path_variable("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE"),
            timestamp_authority: timestamp_authority
                .or_else(|| context::path_variable("SIGSTORE_TSA_CERTIFICATE_FILE")),
            transparency_log: context::path_variable("SIGSTORE_REKOR_PUBLIC_KEY"),
        }
    }

    fn any(&self) -> bool {
        self.authorities.is_some()
            || self.certificate_log.is_some()
            || self.timestamp_authority.is_some()
            || self.transparency_log.is_some()
    }

    /// `base` with these parts in place of its own.
    fn replace(&self, base: &TrustedRoot) -> Result<TrustedRoot> {
        let builder = Builder::default();
        let builder = match &self.authorities {
            Some(authorities) => authorities.add(builder)?,
            None => builder.copy(base, Role::CertificateAuthority),
        };
        let builder = match &self.certificate_log {
            Some(path) => load("ctlog public keys", path, |pem| {
                builder.certificate_log(&LogKey::from_pem(pem)?, "", Window::ALWAYS)
            })?,
            None => builder.copy(base, Role::CertificateLog),
        };
        let builder = match &self.transparency_log {
            Some(path) => load("Rekor public keys", path, |pem| {
                builder.transparency_log(&LogKey::from_pem(pem)?, "", Window::ALWAYS)
            })?,
            None => builder.copy(base, Role::TransparencyLog),
        };
        let builder = match &self.timestamp_authority {
            Some(path) => load("TSA certificates", path, |pem| {
                let chain = Chain::from_pem(pem)?;
                chain.check_links()?;
                builder.timestamp_authority(&chain, "", Window::ALWAYS)
            })?,
            None => builder.copy(base, Role::TimestampAuthority),
        };
        builder.build().map_err(|error| Failure::new(error.to_string()))
    }
}

impl Authorities {
    fn add(&self, builder: Builder) -> Result<Builder> {
        match self {
            Self::Chain(path) => load("certificate chain", path, |pem| {
                let chain = Chain::from_pem(pem)?;
                chain.check_links()?;
                Ok(builder.certificate_authority(&chain, "", Window::ALWAYS))
            }),
            Self::Pool { roots, intermediates } => {
                let mut pool = load("CA roots", roots, |pem| Pool::default().roots(pem))?;
                if let Some(path) = intermediates {
                    pool = load("CA intermediates", path, |pem| pool.intermediates(pem))?;
                }
                Ok(builder.certificate_pool(&pool))
            }
            Self::Mixed(path) => {
                let pool = load("Fulcio roots", path, |pem| Pool::default().roots_and_intermediates(pem))?;
                Ok(builder.certificate_pool(&pool))
            }
        }
    }
}

fn load<T>(
    what: &str,
    path: &Path,
    read: impl FnOnce(&[u8]) -> std::result::Result<T, BuildError>,
) -> Result<T> {
    let context = format!("loading {what}");
    let pem = context::read_file(path, limits::TRUSTED_ROOT_BYTES)
        .map_err(|problem| Failure::from(problem).context(&context))?;
    read(&pem).map_err(|error| Failure::new(format!("{context}: {}: {error}", path.display())))
}
