//! Options that several commands share, and what they mean to the library.
//!
//! Options that users of cosign type have cosign's names; `--identity` and `--issuer` are short for two of
//! them.

use std::io;
use std::io::IsTerminal;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use clap::ValueEnum;
use portcullis::crypto::PublicKey;
use portcullis::evidence::Lookup;
use portcullis::identity::IdentityPolicy;
use portcullis::identity::Matcher;
use portcullis::limits;
use portcullis::oci::Platform;
use portcullis::oci::PlatformFilter;
use portcullis::oci::Reference;
use portcullis::source::FileRole;
use portcullis::source::Source;
use portcullis::trust::Embedded;
use portcullis::trust::TrustedRoot;
use portcullis::verify::Requirements;
use portcullis::verify::SignerPolicy;
use portcullis::verify::Verifier;

use super::archive;
use super::context;
use super::output::Problem;
use super::output::say;

/// Whose signature counts.
#[derive(Args, Debug)]
#[command(next_help_heading = "Signer")]
pub(super) struct SignerArguments {
    /// Identity in the signing certificate, exactly: email address, URI or user name
    #[arg(long, visible_alias = "identity", value_name = "IDENTITY")]
    certificate_identity: Option<String>,
    /// Regular expression for the identity; matches anywhere, so anchor it with ^ and $
    #[arg(long, value_name = "REGEXP", conflicts_with = "certificate_identity")]
    certificate_identity_regexp: Option<String>,
    /// OIDC issuer in the signing certificate, exactly
    #[arg(long, visible_alias = "issuer", value_name = "URL")]
    certificate_oidc_issuer: Option<String>,
    /// Regular expression for the issuer; matches anywhere, so anchor it with ^ and $
    #[arg(long, value_name = "REGEXP", conflicts_with = "certificate_oidc_issuer")]
    certificate_oidc_issuer_regexp: Option<String>,
    /// GitHub event that ran the workflow
    #[arg(long, value_name = "EVENT")]
    certificate_github_workflow_trigger: Option<String>,
    /// Commit that the workflow ran for
    #[arg(long, value_name = "SHA")]
    certificate_github_workflow_sha: Option<String>,
    /// Name of the workflow
    #[arg(long, value_name = "NAME")]
    certificate_github_workflow_name: Option<String>,
    /// Repository that the workflow ran in
    #[arg(long, value_name = "OWNER/NAME")]
    certificate_github_workflow_repository: Option<String>,
    /// Git ref that the workflow ran for
    #[arg(long, value_name = "REF")]
    certificate_github_workflow_ref: Option<String>,
    /// PEM public key that must have signed, instead of an identity
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Accept every identity: shows that somebody signed, not who
    #[arg(long)]
    insecure_any_identity: bool,
}

impl SignerArguments {
    /// The policy that the options make; nobody is trusted unless named.
    pub(super) fn policy(&self) -> Result<SignerPolicy, Problem> {
        if let Some(path) = &self.key {
            if self.certificate_identity.is_some() || self.certificate_identity_regexp.is_some() {
                return Err(Problem::new("--key and --certificate-identity exclude each other"));
            }
            return Ok(SignerPolicy::Key(read_key(path)?));
        }
        let san = matcher(&self.certificate_identity, &self.certificate_identity_regexp)?;
        let issuer = matcher(&self.certificate_oidc_issuer, &self.certificate_oidc_issuer_regexp)?;
        let identity = match (san, issuer, self.insecure_any_identity) {
            (Some(san), Some(issuer), false) => IdentityPolicy::new(san, issuer),
            (None, None, true) => {
                say(
                    "warning: --insecure-any-identity: no identity is compared; this shows that somebody signed, not who",
                );
                IdentityPolicy::any_identity_insecure()
            }
            (_, _, true) => {
                return Err(Problem::new("--insecure-any-identity goes without identity and issuer"));
            }
            (None, _, false) => {
                return Err(missing("--certificate-identity or --certificate-identity-regexp"));
            }
            (_, None, false) => {
                return Err(missing("--certificate-oidc-issuer or --certificate-oidc-issuer-regexp"));
            }
        };
        let identity =
            self.claims().try_fold(identity, |policy, (name, value)| policy.with_claim(name, value));
        let identity = identity.map_err(Problem::new)?;
        for pattern in identity.unanchored() {
            say(format_args!(
                "warning: {pattern:?} is not anchored with ^ and $, so it also matches longer names"
            ));
        }
        Ok(SignerPolicy::Identities(vec![identity]))
    }

    fn claims(&self) -> impl Iterator<Item = (&'static str, String)> {
        let claims = [
            ("github-workflow-trigger", &self.certificate_github_workflow_trigger),
            ("github-workflow-sha", &self.certificate_github_workflow_sha),
            ("github-workflow-name", &self.certificate_github_workflow_name),
            ("github-workflow-repository", &self.certificate_github_workflow_repository),
            ("github-workflow-ref", &self.certificate_github_workflow_ref),
        ];
        claims.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)))
    }
}

fn missing(option: &str) -> Problem {
    Problem::new(format_args!("{option} is required for keyless verification"))
        .hint("name the signer, or give --key FILE for a signature by a key")
}

fn matcher(exact: &Option<String>, pattern: &Option<String>) -> Result<Option<Matcher>, Problem> {
    match (exact, pattern) {
        (Some(exact), _) => Ok(Some(Matcher::Exact(exact.clone()))),
        (None, Some(pattern)) => Matcher::pattern(pattern).map(Some).map_err(Problem::new),
        (None, None) => Ok(None),
    }
}

/// Reads a PEM public key.
pub(super) fn read_key(path: &std::path::Path) -> Result<PublicKey, Problem> {
    let pem = context::read_file(path, limits::KEY_BYTES)?;
    PublicKey::from_pem(&pem).map_err(|error| Problem::new(format_args!("{}: {error}", path.display())))
}

/// Whose word counts, and which witnesses a signature needs.
#[derive(Args, Debug)]
#[command(next_help_heading = "Trust")]
pub(super) struct TrustArguments {
    /// Trusted root in Sigstore's format (trusted_root.json), instead of an embedded one; oci-archive:FILE takes
    /// the one in an archive of evidence, whose maker then says whom to trust
    #[arg(long, value_name = "FILE")]
    pub(super) trusted_root: Option<PathBuf>,
    /// Which embedded root: whose certificates, logs and timestamps are trusted
    #[arg(long, value_enum, value_name = "INSTANCE", default_value_t = Instance::Production, conflicts_with = "trusted_root")]
    pub(super) trust: Instance,
    /// Accept signatures without a transparency log entry: their owner may never learn of them
    #[arg(long)]
    insecure_ignore_tlog: bool,
    /// Accept certificates that no certificate log has seen
    #[arg(long)]
    insecure_ignore_sct: bool,
    /// Require an RFC 3161 timestamp of a trusted authority
    #[arg(long)]
    use_signed_timestamps: bool,
    /// Require a log's inclusion proof; a bundle v0.1 and a cosign layer may else do with its promise
    #[arg(long)]
    require_inclusion_proof: bool,
}

/// The embedded roots.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Instance {
    /// GitHub's own, for attestations of private repositories; it has no logs.
    Github,
    /// The public one at sigstore.dev.
    Production,
    /// For tests of Sigstore itself: anybody can get anything signed.
    Staging,
}

impl TrustArguments {
    /// The trusted root.
    pub(super) fn root(&self) -> Result<TrustedRoot, Problem> {
        read_root(self.trusted_root.as_deref(), self.trust)
    }

    /// A verifier for the trusted root.
    pub(super) fn verifier(&self) -> Result<Verifier, Problem> {
        Verifier::new(&self.root()?).map_err(Problem::new)
    }

    /// The requirements that the options make.
    pub(super) fn requirements(&self) -> Requirements {
        let mut requirements = Requirements::strict();
        if self.insecure_ignore_tlog {
            requirements = requirements.insecure_ignore_transparency_log();
        }
        if self.insecure_ignore_sct {
            requirements = requirements.insecure_ignore_certificate_timestamp();
        }
        if self.use_signed_timestamps {
            requirements = requirements.require_signed_timestamp();
        }
        if self.require_inclusion_proof {
            requirements = requirements.require_inclusion_proof();
        }
        requirements
    }
}

/// Reads a trusted root, or takes an embedded one.
pub(super) fn read_root(file: Option<&std::path::Path>, instance: Instance) -> Result<TrustedRoot, Problem> {
    let Some(path) = file else {
        let which = match instance {
            Instance::Github => Embedded::Github,
            Instance::Production => Embedded::Production,
            Instance::Staging => Embedded::Staging,
        };
        return TrustedRoot::embedded(which).map_err(Problem::new);
    };
    let bytes = archive::read_or_file(path, FileRole::TrustedRoot, limits::TRUSTED_ROOT_BYTES)?;
    TrustedRoot::from_slice(&bytes).map_err(|error| Problem::new(format_args!("{}: {error}", path.display())))
}

/// The image, and how it is reached.
#[derive(Args, Debug)]
#[command(next_help_heading = None::<&'static str>)]
pub(super) struct ImageArguments {
    /// registry/repository:tag, registry/repository@sha256:..., oci:DIRECTORY for an OCI layout, or
    /// oci-archive:FILE for one in a tar archive
    #[arg(value_name = "IMAGE", required_unless_present = "archive")]
    image: Option<String>,
    /// Read the image from an archive that `portcullis pack` made, and open no socket. IMAGE is the name that
    /// it was packed by, and may be left out if the archive has one image
    #[arg(long, value_name = "FILE", conflicts_with = "local_image")]
    archive: Option<PathBuf>,
    /// Take IMAGE as a directory, such as `cosign save` writes; the same as oci:IMAGE
    #[arg(long)]
    local_image: bool,
    /// Only this platform of an index, such as linux/arm64; can be repeated. Default: all of them
    #[arg(long, value_name = "PLATFORM")]
    platform: Vec<Platform>,
    /// Open no socket; the image must be oci:DIRECTORY or oci-archive:FILE, or come from an --archive
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    registry: RegistryArguments,
}

/// How a registry is reached.
#[derive(Args, Debug)]
#[command(next_help_heading = "Registry")]
pub(super) struct RegistryArguments {
    /// Allow plain HTTP to the registry; to a registry on this machine it is always allowed
    #[arg(long)]
    pub(super) allow_http_registry: bool,
    /// PEM certificates that may vouch for the registry, besides those of this system
    #[arg(long, value_name = "FILE")]
    pub(super) registry_cacert: Option<PathBuf>,
    /// User name for the registry
    #[arg(long, value_name = "NAME", requires = "registry_password")]
    pub(super) registry_username: Option<String>,
    /// Password for the registry
    #[arg(long, value_name = "PASSWORD", requires = "registry_username")]
    pub(super) registry_password: Option<String>,
    /// Bearer token for the registry
    #[arg(long, value_name = "TOKEN", conflicts_with = "registry_username")]
    pub(super) registry_token: Option<String>,
    /// Look for signatures under the tags PREFIXsha256-<hex>.sig and .att
    #[arg(long, value_name = "PREFIX")]
    attachment_tag_prefix: Option<String>,
}

impl ImageArguments {
    /// The image as it was named.
    pub(super) fn text(&self) -> String {
        match (&self.image, &self.archive) {
            (Some(image), _) if self.local_image => format!("oci:{image}"),
            (Some(image), _) => image.clone(),
            (None, Some(archive)) => format!("oci-archive:{}", archive.display()),
            (None, None) => String::new(),
        }
    }

    /// The reference.
    pub(super) fn reference(&self) -> Result<Reference, Problem> {
        let reference = Reference::parse(&self.text()).map_err(|error| {
            Problem::new(format_args!("{:?}: {error}", self.text()))
                .hint("write registry/repository:tag, registry/repository@sha256:... or oci:DIRECTORY")
        })?;
        // An archive of evidence speaks of the image by the name that it has elsewhere.
        match reference.archive() {
            Some(file) => Ok(match archive::open(file)? {
                Source::Recording(recording) => archive::choose(&recording, &reference)?,
                _ => reference,
            }),
            None => Ok(reference),
        }
    }

    /// The archive that answers, if one does.
    fn archive(&self) -> Option<PathBuf> {
        let named = Reference::parse(&self.text()).ok();
        self.archive.clone().or_else(|| named?.archive().map(Path::to_owned))
    }

    /// The platforms that are meant.
    pub(super) fn platforms(&self) -> PlatformFilter {
        match self.platform.as_slice() {
            [] => PlatformFilter::All,
            some => PlatformFilter::Only(some.to_vec()),
        }
    }

    /// The platforms that were named.
    pub(super) fn named_platforms(&self) -> &[Platform] {
        &self.platform
    }

    /// Where evidence is looked for.
    pub(super) fn lookup(&self) -> Result<Lookup, Problem> {
        self.registry.lookup()
    }

    /// Opens what holds the image.
    pub(super) fn source(&self, reference: &Reference) -> Result<Source, Problem> {
        if let Some(file) = self.archive() {
            return archive::open(&file);
        }
        match reference.layout() {
            Some(directory) => archive::open_layout(directory),
            None if self.offline => Err(Problem::new(format_args!(
                "{reference} is in a registry, and --offline opens no socket"
            ))
            .hint(
                "take it along first: portcullis pack IMAGE -o evidence.tar, then --archive evidence.tar; \
                         a directory is written oci:DIRECTORY",
            )),
            None => {
                // A registry may take seconds; on a terminal somebody waits.
                if io::stderr().is_terminal() {
                    say(format_args!("reading {reference} ..."));
                }
                self.registry.open(reference)
            }
        }
    }
}

impl RegistryArguments {
    /// Where evidence is looked for.
    pub(super) fn lookup(&self) -> Result<Lookup, Problem> {
        let repository =
            context::variable("COSIGN_REPOSITORY").map(|text| Reference::parse(&text)).transpose();
        let repository =
            repository.map_err(|error| Problem::new(format_args!("COSIGN_REPOSITORY: {error}")))?;
        Ok(Lookup { repository, tag_prefix: self.attachment_tag_prefix.clone().unwrap_or_default() })
    }

    #[cfg(feature = "net")]
    pub(super) fn open(&self, reference: &Reference) -> Result<Source, Problem> {
        super::registry::open(self, reference)
    }

    #[cfg(not(feature = "net"))]
    pub(super) fn open(&self, reference: &Reference) -> Result<Source, Problem> {
        let _ =
            (&self.registry_cacert, &self.registry_password, &self.registry_token, self.allow_http_registry);
        Err(Problem::new(format_args!("{reference}: this build reads no registries (feature `net`)")))
    }
}
