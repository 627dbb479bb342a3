//! Trust domains: a trusted root, and the witnesses that signatures under it need.

use crate::digest::Digest;
use crate::trust::Embedded;
use crate::trust::RootSource;
use crate::trust::TrustedRoot;
use crate::verify::Requirements;
use crate::verify::Verifier;
use crate::verify::VerifyError;

/// Whose word counts, as one piece: what one domain lacks, another cannot add.
pub struct TrustDomain {
    name: String,
    digest: Digest,
    verifier: Verifier,
    requirements: Requirements,
}

impl TrustDomain {
    /// Prepares a root; `asked` are the witnesses that the caller asks for.
    ///
    /// GitHub's own instance has no logs, and whoever names it knows: there, a timestamp of its authority is
    /// the one witness, and it is required. A root from a file says nothing about what it lacks, so that a
    /// root without logs is no way around them; the caller must say it.
    ///
    /// # Errors
    /// Something in the root is malformed.
    pub fn new(
        name: impl Into<String>,
        root: &TrustedRoot,
        asked: Requirements,
    ) -> Result<Self, VerifyError> {
        let requirements = Self::requirements_of(root, asked);
        Ok(Self { name: name.into(), digest: *root.digest(), verifier: Verifier::new(root)?, requirements })
    }

    /// The witnesses that signatures need under `root`, where these are asked for; see [`new`](Self::new).
    #[must_use]
    pub fn requirements_of(root: &TrustedRoot, asked: Requirements) -> Requirements {
        match root.source() {
            RootSource::Embedded(Embedded::Github) => asked
                .insecure_ignore_transparency_log()
                .insecure_ignore_certificate_timestamp()
                .require_signed_timestamp(),
            _ => asked,
        }
    }

    /// What the caller calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of the trusted root.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Judges by this root.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The witnesses that a signature needs here.
    #[must_use]
    pub fn requirements(&self) -> Requirements {
        self.requirements
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_root_that_is_known_for_it_does_without_logs() {
        let strict = Requirements::strict();
        let domain = |root: &TrustedRoot| TrustDomain::new("a", root, strict).unwrap().requirements();
        let github = TrustedRoot::embedded(Embedded::Github).unwrap();
        assert_eq!(domain(&github).relaxed().count(), 2);
        assert_ne!(domain(&github), strict.insecure_ignore_transparency_log());
        let production = TrustedRoot::embedded(Embedded::Production).unwrap();
        assert_eq!(domain(&production), strict);
        // The same root from a file is nobody's word for what it lacks.
        let json = sigstore_trust_root::SIGSTORE_GITHUB_TRUSTED_ROOT;
        assert_eq!(domain(&TrustedRoot::from_slice(json.as_bytes()).unwrap()), strict);
    }
}
