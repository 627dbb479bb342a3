//! Whose signature counts.

use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use portcullis::crypto::PublicKey;
use portcullis::identity::IdentityPolicy;
use portcullis::identity::Matcher;
use portcullis::limits;
use portcullis::verify::SignerPolicy;

use crate::cli::context;
use crate::cli::output::Problem;
use crate::cli::output::say;

/// Whose signature counts.
#[derive(Args, Debug)]
#[command(next_help_heading = "Signer")]
pub(in crate::cli) struct SignerArguments {
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
    pub(in crate::cli) fn policy(&self) -> Result<SignerPolicy, Problem> {
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
pub(in crate::cli) fn read_key(path: &Path) -> Result<PublicKey, Problem> {
    let pem = context::read_file(path, limits::KEY_BYTES)?;
    PublicKey::from_pem(&pem).map_err(|error| Problem::new(format_args!("{}: {error}", path.display())))
}
