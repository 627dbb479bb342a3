//! Flags that several commands of cosign share, with cosign's names, defaults and meaning.

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use clap::ArgAction;
use clap::Args;
use portcullis::crypto::PublicKey;
use portcullis::digest::Algorithm;
use portcullis::identity::IdentityPolicy;
use portcullis::identity::Matcher;
use portcullis::limits;
use portcullis::trust::TrustedRoot;
use portcullis::verify::Requirements;
use portcullis::verify::SignerPolicy;

use super::error::Failure;
use super::error::Result;
use super::flags;
use crate::cli::context;
use crate::cli::output;
use crate::cli::output::say;
use crate::cli::registry;

/// Flags of every command.
#[derive(Args, Clone, Debug)]
pub(super) struct GlobalFlags {
    /// log output to a file
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) output_file: Option<PathBuf>,
    /// timeout for commands
    #[arg(long, short = 't', global = true, default_value = "3m0s", value_parser = flags::parse_duration)]
    pub(super) timeout: Duration,
    /// log debug output
    #[arg(long, short = 'd', global = true)]
    pub(super) verbose: bool,
}

/// How a registry is reached.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct RegistryFlags {
    /// whether to allow using HTTP protocol while connecting to registries
    #[arg(long)]
    pub(super) allow_http_registry: bool,
    /// whether to allow insecure connections to registries; here: plain HTTP, but no certificate that does not verify
    #[arg(long)]
    pub(super) allow_insecure_registry: bool,
    /// whether to use the kubernetes keychain instead of the default keychain
    #[arg(long)]
    pub(super) k8s_keychain: bool,
    /// path to the X.509 CA certificate file in PEM format to be used for the connection to the registry
    #[arg(long, value_name = "FILE")]
    pub(super) registry_cacert: Option<PathBuf>,
    /// path to the X.509 certificate file in PEM format to be used for the connection to the registry
    #[arg(long, value_name = "FILE")]
    pub(super) registry_client_cert: Option<PathBuf>,
    /// path to the X.509 private key file in PEM format, together with 'registry-client-cert'
    #[arg(long, value_name = "FILE")]
    pub(super) registry_client_key: Option<PathBuf>,
    /// registry basic auth password
    #[arg(long, value_name = "PASSWORD")]
    pub(super) registry_password: Option<String>,
    /// SAN name to use as the 'ServerName' for the mTLS connection to the registry
    #[arg(long, value_name = "NAME")]
    pub(super) registry_server_name: Option<String>,
    /// registry bearer auth token
    #[arg(long, value_name = "TOKEN")]
    pub(super) registry_token: Option<String>,
    /// registry basic auth username
    #[arg(long, value_name = "NAME")]
    pub(super) registry_username: Option<String>,
    /// prefix of the tags [prefix]sha256-<hex>.sig and .att
    #[arg(long, value_name = "PREFIX", hide = true)]
    pub(super) attachment_tag_prefix: Option<String>,
}

impl GlobalFlags {
    /// Empties the file that takes the place of stdout.
    pub(super) fn prepare(&self) -> Result {
        let Some(path) = &self.output_file else { return Ok(()) };
        File::create(path)
            .map(|_| ())
            .map_err(|error| Failure::new(format!("Error creating output file {}: {error}", path.display())))
    }

    /// Writes to stdout, or to what takes its place.
    pub(super) fn stdout(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        match &self.output_file {
            Some(path) => write(&mut OpenOptions::new().append(true).open(path)?),
            None => output::stdout(|out| write(out)),
        }
    }

    /// Says something on stderr that only `--verbose` asks for.
    pub(super) fn debug(&self, line: impl std::fmt::Display) {
        if self.verbose {
            say(portcullis::report::printable(&line.to_string()));
        }
    }
}

impl RegistryFlags {
    /// What the connection needs.
    pub(super) fn access(&self) -> Result<registry::Access> {
        if self.k8s_keychain {
            return Err(Failure::unsupported(
                "--k8s-keychain",
                "log in with the cloud's own tool, which writes Docker's configuration, or give --registry-token",
            ));
        }
        if self.registry_server_name.is_some() {
            return Err(Failure::unsupported(
                "--registry-server-name",
                "name the registry as its certificate does, or give a certificate for the name in use",
            ));
        }
        let client_certificate = match (&self.registry_client_cert, &self.registry_client_key) {
            (Some(certificate), Some(key)) => Some((certificate.clone(), key.clone())),
            (None, None) => None,
            _ => {
                return Err(Failure::new(
                    "--registry-client-cert and --registry-client-key are given together or not at all",
                ));
            }
        };
        Ok(registry::Access {
            plain_http: self.allow_http_registry || self.allow_insecure_registry,
            ca_certificates: self.registry_cacert.clone(),
            client_certificate,
            username: self.registry_username.clone(),
            password: self.registry_password.clone(),
            token: self.registry_token.clone(),
        })
    }
}

/// Who must have signed, when there is a certificate.
#[derive(Args, Clone, Debug)]
pub(super) struct IdentityFlags {
    /// workflow name in the GitHub OIDC token
    #[arg(long, value_name = "NAME")]
    certificate_github_workflow_name: Option<String>,
    /// git ref that the workflow run was based upon
    #[arg(long, value_name = "REF")]
    certificate_github_workflow_ref: Option<String>,
    /// repository that the workflow run was based upon
    #[arg(long, value_name = "OWNER/NAME")]
    certificate_github_workflow_repository: Option<String>,
    /// commit SHA that the workflow run was based upon
    #[arg(long, value_name = "SHA")]
    certificate_github_workflow_sha: Option<String>,
    /// event that triggered the workflow run
    #[arg(long, value_name = "EVENT")]
    certificate_github_workflow_trigger: Option<String>,
    /// the identity expected in a valid Fulcio certificate
    #[arg(long, aliases = ["cert-identity", "cert-email", "certificate-email"], value_name = "IDENTITY")]
    pub(super) certificate_identity: Option<String>,
    /// a regular expression alternative to --certificate-identity
    #[arg(long, value_name = "REGEXP")]
    pub(super) certificate_identity_regexp: Option<String>,
    /// the OIDC issuer expected in a valid Fulcio certificate
    #[arg(long, alias = "cert-oidc-issuer", value_name = "URL")]
    pub(super) certificate_oidc_issuer: Option<String>,
    /// a regular expression alternative to --certificate-oidc-issuer
    #[arg(long, value_name = "REGEXP")]
    pub(super) certificate_oidc_issuer_regexp: Option<String>,
    /// do not check that the certificate is in a certificate transparency log
    #[arg(long)]
    pub(super) insecure_ignore_sct: bool,
}

/// By what is verified: common to `verify`, `verify-attestation`, `verify-blob` and `verify-blob-attestation`.
#[derive(Args, Clone, Debug)]
pub(super) struct TrustFlags {
    /// allow X.509 certificate chains in bundle verification material for v0.3+ bundles
    #[arg(long)]
    pub(super) allow_certificate_chain: bool,
    /// ignore transparency log verification
    #[arg(long)]
    pub(super) insecure_ignore_tlog: bool,
    /// path to the public key file, or env://VARIABLE
    #[arg(long, value_name = "KEY")]
    pub(super) key: Option<String>,
    /// the amount of maximum workers for parallel executions
    #[arg(long, default_value_t = 10, value_parser = parse_int)]
    pub(super) max_workers: i64,
    /// whether to use a hardware security key
    #[arg(long)]
    pub(super) sk: bool,
    /// security key slot
    #[arg(long, value_name = "SLOT")]
    pub(super) slot: Option<String>,
    /// path to a Sigstore TrustedRoot JSON file
    #[arg(long, value_name = "FILE")]
    pub(super) trusted_root: Option<PathBuf>,
    /// verify rfc3161 timestamps
    #[arg(long)]
    pub(super) use_signed_timestamps: bool,
    /// whether to expect the new bundle format
    #[arg(long, hide = true, action = ArgAction::SetFalse)]
    pub(super) new_bundle_format: bool,
    /// only allow offline verification; no transparency log is ever asked here
    #[arg(long, hide = true)]
    pub(super) offline: bool,
    /// skip transparency log verification
    #[arg(long, hide = true)]
    pub(super) private_infrastructure: bool,
    /// look for signatures in OCI 1.1 referrers; they are always looked at here
    #[arg(long, hide = true)]
    pub(super) experimental_oci11: bool,
    /// address of the transparency log; never asked here
    #[arg(long, hide = true, default_value = "https://rekor.sigstore.dev")]
    pub(super) rekor_url: String,
    /// PEM certificates of the timestamp authority, leaf first
    #[arg(long, hide = true, value_name = "FILE")]
    pub(super) timestamp_certificate_chain: Option<PathBuf>,
    /// PEM signing certificate
    #[arg(long, hide = true, alias = "cert", value_name = "FILE")]
    pub(super) certificate: Option<PathBuf>,
    /// PEM certificates above the signing certificate, root last
    #[arg(long, hide = true, alias = "cert-chain", value_name = "FILE")]
    pub(super) certificate_chain: Option<PathBuf>,
    /// PEM certificates of authorities
    #[arg(long, hide = true, value_name = "FILE")]
    pub(super) ca_roots: Option<PathBuf>,
    /// PEM certificates between the authorities and the signing certificate
    #[arg(long, hide = true, value_name = "FILE")]
    pub(super) ca_intermediates: Option<PathBuf>,
    /// detached signed certificate timestamp
    #[arg(long, hide = true, value_name = "FILE")]
    pub(super) sct: Option<PathBuf>,
    /// digest algorithm of the signature
    #[arg(long, hide = true, default_value = "sha256", value_name = "ALGORITHM")]
    pub(super) signature_digest_algorithm: String,
    #[command(flatten)]
    pub(super) identity: IdentityFlags,
}

fn parse_int(text: &str) -> std::result::Result<i64, String> {
    text.parse().map_err(|_| format!("strconv.ParseInt: parsing {text:?}: invalid syntax"))
}

impl TrustFlags {
    /// Refuses combinations that cosign refuses, and what there is no support for.
    pub(super) fn check(&self) -> Result {
        let chain = ("certificate-chain", self.certificate_chain.is_some());
        flags::exclusive(&[("ca-roots", self.ca_roots.is_some()), chain])?;
        flags::exclusive(&[("ca-intermediates", self.ca_intermediates.is_some()), chain])?;
        if self.ca_intermediates.is_some() && self.ca_roots.is_none() {
            return Err(Failure::new(
                "if any flags in the group [ca-roots ca-intermediates] are set they must all be set; missing [ca-roots]",
            ));
        }
        if self.max_workers < 1 {
            return Err(Failure::new("please set the --max-worker flag to a value that is greater than 0"));
        }
        let identity = &self.identity;
        let named = identity.certificate_identity.is_some() || identity.certificate_identity_regexp.is_some();
        if self.key.is_some() && (named || self.sk) {
            return Err(Failure::new(KEY_AND_IDENTITY));
        }
        if self.sk || self.slot.is_some() {
            return Err(Failure::unsupported(
                "a hardware security key (--sk, --slot)",
                "export its public key (cosign piv-tool, cosign public-key) and give it with --key FILE",
            ));
        }
        Ok(())
    }

    /// Whose signature it must be.
    pub(super) fn signer(&self) -> Result<SignerPolicy> {
        let algorithm = self.digest_algorithm()?;
        let Some(key) = &self.key else { return self.identity.policy() };
        let key = read_key(key).map_err(|error| error.context("loading public key"))?;
        // The default says nothing: which hash a key signs with shows by what verifies.
        Ok(SignerPolicy::Key(match algorithm {
            Algorithm::Sha256 => key,
            other => key.with_hash(other),
        }))
    }

    fn digest_algorithm(&self) -> Result<Algorithm> {
        match self.signature_digest_algorithm.as_str() {
            "" | "sha256" => Ok(Algorithm::Sha256),
            "sha384" => Ok(Algorithm::Sha384),
            "sha512" => Ok(Algorithm::Sha512),
            "sha224" => Err(Failure::unsupported("SHA-224", "sha256, sha384 and sha512 are")),
            other => Err(Failure::new(format!("unknown digest algorithm: {other}"))),
        }
    }

    /// Whether the transparency log is left out.
    pub(super) fn ignores_log(&self) -> bool {
        self.insecure_ignore_tlog || self.private_infrastructure
    }

    /// Which witnesses a signature needs. `what` is verified, for the warning.
    pub(super) fn requirements(&self, what: &str) -> Requirements {
        let mut requirements = Requirements::strict();
        if self.ignores_log() {
            say(format_args!(
                "WARNING: Skipping tlog verification is an insecure practice that lacks transparency and \
                 auditability verification for the {what}."
            ));
            requirements = requirements.insecure_ignore_transparency_log();
        }
        if self.identity.insecure_ignore_sct {
            requirements = requirements.insecure_ignore_certificate_timestamp();
        }
        if self.use_signed_timestamps || self.timestamp_certificate_chain.is_some() {
            requirements = requirements.require_signed_timestamp();
        }
        requirements
    }

    /// Refuses what has its place in the bundle.
    pub(super) fn refuse_beside_bundles(&self) -> Result {
        let refused = [
            (
                self.certificate.is_some(),
                "certificate must be in bundle and may not be provided using --certificate",
            ),
            (
                self.certificate_chain.is_some(),
                "certificate chain must be in bundle and may not be provided using --certificate-chain",
            ),
            (
                self.ca_roots.is_some() || self.ca_intermediates.is_some(),
                "CA roots/intermediates must be provided using --trusted-root",
            ),
            (
                self.timestamp_certificate_chain.is_some(),
                "TSA certificate chain path may only be provided using --trusted-root",
            ),
            (self.sct.is_some(), "SCT may not be provided using --sct"),
        ];
        match refused.iter().find(|(given, _)| *given) {
            Some((_, what)) => {
                Err(Failure::new(format!("unsupported: {what} when using --new-bundle-format")))
            }
            None => Ok(()),
        }
    }

    /// The trusted root: the file, what the older flags and variables name, the TUF cache, or the embedded one.
    pub(super) fn root(&self) -> Result<TrustedRoot> {
        super::root::read(self)
    }
}

impl IdentityFlags {
    /// The identity that is asked for.
    pub(super) fn policy(&self) -> Result<SignerPolicy> {
        let san = matchers(self.certificate_identity.as_ref(), self.certificate_identity_regexp.as_ref())?;
        let issuer =
            matchers(self.certificate_oidc_issuer.as_ref(), self.certificate_oidc_issuer_regexp.as_ref())?;
        let required = |flag| {
            Failure::new(format!("--{flag} or --{flag}-regexp is required for verification in keyless mode"))
        };
        let san = san.ok_or_else(|| required("certificate-identity"))?;
        let issuer = issuer.ok_or_else(|| required("certificate-oidc-issuer"))?;
        // To cosign a certificate without an issuer has the issuer "", so that this pattern asks for none.
        let anything = self.certificate_oidc_issuer.is_none()
            && self.certificate_oidc_issuer_regexp.as_deref().is_some_and(|text| ANYTHING.contains(&text));
        let issuer = if anything { Matcher::Anything } else { issuer };
        let policy = self.claims().try_fold(IdentityPolicy::new(san, issuer), |policy, (name, value)| {
            policy.with_claim(name, value)
        });
        Ok(SignerPolicy::Identities(vec![policy.map_err(|error| Failure::new(error.to_string()))?]))
    }

    fn claims(&self) -> impl Iterator<Item = (&'static str, String)> {
        let claims = [
            ("github-workflow-name", &self.certificate_github_workflow_name),
            ("github-workflow-ref", &self.certificate_github_workflow_ref),
            ("github-workflow-repository", &self.certificate_github_workflow_repository),
            ("github-workflow-sha", &self.certificate_github_workflow_sha),
            ("github-workflow-trigger", &self.certificate_github_workflow_trigger),
        ];
        // To cosign, an empty value is none.
        claims.into_iter().filter_map(|(name, value)| Some((name, value.clone().filter(|v| !v.is_empty())?)))
    }
}

/// Patterns that match everything, the empty text as well.
const ANYTHING: [&str; 4] = [".*", "^.*", ".*$", "^.*$"];

/// An exact value or a pattern. cosign's paths differ on what both together mean; here the exact one counts,
/// which is the narrower, and the pattern must match it.
fn matchers(exact: Option<&String>, pattern: Option<&String>) -> Result<Option<Matcher>> {
    let (exact, pattern) = (exact.filter(|text| !text.is_empty()), pattern.filter(|text| !text.is_empty()));
    let pattern = pattern.map(|pattern| Matcher::pattern(pattern)).transpose();
    let pattern = pattern.map_err(|error| Failure::new(error.to_string()))?;
    match (exact, pattern) {
        (Some(exact), Some(pattern)) if !pattern.matches(exact) => Err(Failure::new(format!(
            "the regular expression does not match {exact:?}, which is asked for as well"
        ))),
        (Some(exact), _) => Ok(Some(Matcher::Exact(exact.clone()))),
        (None, pattern) => Ok(pattern),
    }
}

/// `COSIGN_MAX_ATTACHMENT_SIZE`: bytes, with a unit of 1000 (`MB`) or 1024 (`MiB`). It lowers the ceiling that
/// always holds.
pub(super) fn max_attachment_size() -> Result<Option<u64>> {
    let Some(text) = context::variable("COSIGN_MAX_ATTACHMENT_SIZE") else { return Ok(None) };
    let size = parse_size(&text);
    size.map(Some).ok_or_else(|| Failure::new(format!("invalid COSIGN_MAX_ATTACHMENT_SIZE value: {text:?}")))
}

fn parse_size(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1000,
        "ki" | "kib" => 1 << 10,
        "m" | "mb" => 1_000_000,
        "mi" | "mib" => 1 << 20,
        "g" | "gb" => 1_000_000_000,
        "gi" | "gib" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

/// Reads a public key by cosign's key references.
pub(super) fn read_key(reference: &str) -> Result<PublicKey> {
    let (scheme, rest) = reference.split_once("://").unwrap_or(("", reference));
    let pem = match scheme {
        "" | "file" if !reference.starts_with("pkcs11:") => {
            context::read_file(Path::new(rest), limits::KEY_BYTES)?
        }
        "env" => context::variable(rest)
            .ok_or_else(|| Failure::new(format!("loading URL: env var {rest:?} not found")))?
            .into_bytes(),
        "http" | "https" => {
            return Err(Failure::unsupported(
                "a key from the network",
                "whoever answers could choose the key: download it once, check it, and give the file with --key",
            ));
        }
        _ => {
            return Err(Failure::unsupported(
                &format!("the key reference {reference:?} (KMS, PKCS#11, Kubernetes, GitLab)"),
                "the public key is enough to verify: cosign public-key --key REFERENCE > cosign.pub, \
                 then --key cosign.pub",
            ));
        }
    };
    PublicKey::from_pem(&pem).map_err(|error| Failure::new(format!("{reference}: {error}")))
}

/// cosign's words when key and identity are both given.
const KEY_AND_IDENTITY: &str = "exactly one of: key reference (--key) or certificate identity \
    (--certificate-identity or --certificate-identity-regexp), must be provided. To determine which to use, \
    inspect the bundle's 'verificationMaterial' field: if 'publicKey' is present, use key reference; if \
    'certificate' or 'x509CertificateChain' is present, use certificate identity";

#[cfg(test)]
mod tests {
    use super::*;

    /// The units of github.com/dustin/go-humanize, which cosign reads the variable with.
    #[test]
    fn sizes() {
        for (text, size) in [
            ("100", 100),
            ("100B", 100),
            ("1kB", 1000),
            ("1 KiB", 1024),
            ("128MiB", 134_217_728),
            ("2GB", 2_000_000_000),
        ] {
            assert_eq!(parse_size(text), Some(size), "{text}");
        }
        for text in ["", "B", "-1", "1.5MB", "1XB", "99999999999999999999", "18446744073709551615KiB"] {
            assert_eq!(parse_size(text), None, "{text}");
        }
    }
}
