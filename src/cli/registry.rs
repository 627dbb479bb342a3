//! Registries: credentials, certificates and proxies of this user.

use std::collections::BTreeSet;
use std::env;
use std::path::PathBuf;

use portcullis::limits;
use portcullis::oci::Reference;
use portcullis::source::AuthSources;
use portcullis::source::Certificates;
use portcullis::source::ClientCertificate;
use portcullis::source::Credential;
use portcullis::source::PlainHttp;
use portcullis::source::Proxies;
use portcullis::source::Registry;
use portcullis::source::Secret;
use portcullis::source::Settings;
use portcullis::source::Source;

use super::context;
use super::output::Problem;

/// How a registry is reached, and as whom.
#[derive(Clone, Default)]
pub(super) struct Access {
    /// Plain HTTP is allowed to the registry, not only to one on this machine.
    pub(super) plain_http: bool,
    /// PEM certificates that may vouch for the registry.
    pub(super) ca_certificates: Option<PathBuf>,
    /// PEM files with our own certificate and its key, for a registry that asks for one.
    pub(super) client_certificate: Option<(PathBuf, PathBuf)>,
    /// User name; counts with the password.
    pub(super) username: Option<String>,
    /// Password.
    pub(super) password: Option<String>,
    /// Bearer token; comes before user name and password.
    pub(super) token: Option<String>,
}

/// Prepares the connection to the registries of `references`; opens none yet. Credentials that were typed are
/// for one registry: whose they are must be clear.
pub(super) fn open(access: &Access, references: &[&Reference]) -> Result<Source, Problem> {
    let registries: BTreeSet<String> =
        references.iter().filter_map(|reference| reference.registry()).map(str::to_owned).collect();
    let credential = credential(access);
    if credential.is_some() && registries.len() > 1 {
        return Err(Problem::usage("--registry-username and --registry-token are for one registry")
            .hint("run it once for each registry, or log in to them (docker login)"));
    }
    let certificates = certificates(access)?;
    let plain_http = if access.plain_http {
        PlainHttp::LoopbackAnd(registries.iter().cloned().collect())
    } else {
        PlainHttp::Loopback
    };
    let settings = Settings {
        auth: AuthSources {
            explicit: registries.into_iter().next().zip(credential),
            files: auth_files(),
            helper_directories: context::path_variable("PATH")
                .map(|path| env::split_paths(&path).collect())
                .unwrap_or_default(),
        },
        certificates,
        plain_http,
        proxies: proxies(),
        ..Settings::default()
    };
    let registry = Registry::new(settings).map_err(Problem::new)?;
    Ok(Source::Registry(Box::new(registry)))
}

fn certificates(access: &Access) -> Result<Certificates, Problem> {
    let authorities = match &access.ca_certificates {
        Some(path) => context::read_file(path, limits::TRUSTED_ROOT_BYTES)?,
        None => Vec::new(),
    };
    let client = match &access.client_certificate {
        Some((chain, key)) => Some(ClientCertificate {
            chain: context::read_file(chain, limits::TRUSTED_ROOT_BYTES)?,
            key: context::read_file(key, limits::KEY_BYTES)?,
        }),
        None => None,
    };
    Ok(Certificates { authorities, client })
}

/// The proxies of this user.
pub(super) fn proxies() -> Proxies {
    Proxies {
        http: context::variable("http_proxy"),
        https: context::variable("https_proxy").or_else(|| context::variable("HTTPS_PROXY")),
        exceptions: context::variable("no_proxy")
            .or_else(|| context::variable("NO_PROXY"))
            .unwrap_or_default(),
    }
}

fn credential(access: &Access) -> Option<Credential> {
    if let Some(token) = &access.token {
        return Some(Credential::RegistryToken(Secret::new(token.clone())));
    }
    let (username, password) = access.username.as_ref().zip(access.password.as_ref())?;
    Some(Credential::Basic { username: username.clone(), password: Secret::new(password.clone()) })
}

/// The files of Docker, then those of Podman, in the order of cosign.
fn auth_files() -> Vec<PathBuf> {
    let home = context::path_variable("HOME");
    let in_home = |path: &str| home.as_ref().map(|home| home.join(path));
    let docker = context::path_variable("DOCKER_CONFIG").or_else(|| in_home(".docker"));
    let runtime = context::path_variable("XDG_RUNTIME_DIR");
    let config = context::path_variable("XDG_CONFIG_HOME").or_else(|| in_home(".config"));
    [
        docker.map(|directory| directory.join("config.json")),
        context::path_variable("REGISTRY_AUTH_FILE"),
        runtime.map(|directory| directory.join("containers/auth.json")),
        config.map(|directory| directory.join("containers/auth.json")),
    ]
    .into_iter()
    .flatten()
    .collect()
}
