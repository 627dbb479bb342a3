//! Trust domains: a trusted root, and the witnesses that signatures under it need.

use crate::digest::Digest;
use crate::trust::Embedded;
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
    /// Prepares a root. The requirements are the caller's: a root says nothing about what it lacks, so that one
    /// without logs is no way around them.
    ///
    /// # Errors
    /// Something in the root is malformed.
    pub fn new(
        name: impl Into<String>,
        root: &TrustedRoot,
        requirements: Requirements,
    ) -> Result<Self, VerifyError> {
        Ok(Self { name: name.into(), digest: *root.digest(), verifier: Verifier::new(root)?, requirements })
    }

    /// The witnesses that signatures need in an instance, where these are asked for.
    ///
    /// GitHub's own instance has no logs, and whoever names it knows: there, a timestamp of its authority is
    /// the one witness, and it is required. A root that is of no instance that was named changes nothing.
    #[must_use]
    pub fn requirements_of(instance: Option<Embedded>, asked: Requirements) -> Requirements {
        match instance {
            Some(Embedded::Github) => asked
                .insecure_ignore_transparency_log()
                .insecure_ignore_certificate_timestamp()
                .require_signed_timestamp(),
            Some(Embedded::Production | Embedded::Staging) | None => asked,
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
    fn only_an_instance_that_is_known_for_it_does_without_logs() {
        let strict = Requirements::strict();
        let github = TrustDomain::requirements_of(Some(Embedded::Github), strict);
        let neither = strict.insecure_ignore_transparency_log().insecure_ignore_certificate_timestamp();
        assert_eq!(github, neither.require_signed_timestamp());
        for instance in [Some(Embedded::Production), Some(Embedded::Staging), None] {
            assert_eq!(TrustDomain::requirements_of(instance, strict), strict);
        }
    }
}
