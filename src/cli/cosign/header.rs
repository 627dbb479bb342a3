//! What cosign says on stderr before it prints what it has verified.

use portcullis::report::printable;
use portcullis::verify::Signer;
use portcullis::verify::SignerPolicy;

use super::image::Accepted;
use super::image::Check;
use crate::cli::output::say;

/// Which checks were made on each of the signatures.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Header {
    image: String,
    checks: Vec<&'static str>,
}

impl Header {
    /// States only what was checked. cosign claims the log also where it was told to ignore it.
    pub(super) fn of<T>(image: &str, check: &Check<'_>, accepted: &[Accepted<'_, T>]) -> Self {
        let logged = accepted.iter().all(|accepted| accepted.verified.checks().transparency_log);
        let checks = [
            (check.claims && !check.annotations.is_empty(), "The specified annotations were verified."),
            (check.claims, "The cosign claims were validated"),
            (logged, "Existence of the claims in the transparency log was verified offline"),
            (
                matches!(check.signer, SignerPolicy::Key(_)),
                "The signatures were verified against the specified public key",
            ),
            (
                matches!(check.signer, SignerPolicy::Identities(_)),
                "The code-signing certificate was verified using trusted certificate authority certificates",
            ),
        ];
        let checks = checks.into_iter().filter_map(|(made, line)| made.then_some(line)).collect();
        Self { image: image.to_owned(), checks }
    }

    /// Writes it to stderr.
    pub(super) fn print(&self) {
        say(format_args!("\nVerification for {} --", self.image));
        say("The following checks were performed on each of these signatures:");
        for check in &self.checks {
            say(format_args!("  - {check}"));
        }
    }
}

/// Says on stderr whose certificate it is.
pub(super) fn print_certificate(signer: &Signer) {
    let Signer::Certificate(identity) = signer else { return };
    let claim = |name: &str| identity.claims.get(name).cloned();
    let lines = [
        ("Certificate subject", Some(identity.san.clone())),
        ("Certificate issuer URL", identity.issuer.clone()),
        ("GitHub Workflow Trigger", claim("github-workflow-trigger")),
        ("GitHub Workflow SHA", claim("github-workflow-sha")),
        ("GitHub Workflow Name", claim("github-workflow-name")),
        ("GitHub Workflow Repository", claim("github-workflow-repository")),
        ("GitHub Workflow Ref", claim("github-workflow-ref")),
    ];
    for (label, value) in lines {
        if let Some(value) = value {
            say(format_args!("{label}: {}", printable(&value)));
        }
    }
}
