//! The value that only the verifier makes.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use crate::bundle::Candidate;
use crate::bundle::CandidateKind;
use crate::bundle::Origin;
use crate::digest::Digest;
use crate::identity::CertificateIdentity;

/// A value that was signed by whom the policy asks for, about `subject`.
///
/// Only [`super::Verifier`] makes one:
///
/// ```compile_fail
/// let verified = portcullis::verify::Verified { value: () };
/// ```
#[derive(Clone, Debug)]
pub struct Verified<T> {
    value: T,
    subject: Digest,
    signer: Signer,
    checks: Checks,
    kind: CandidateKind,
    origin: Origin,
    candidate: Digest,
}

impl<T> Verified<T> {
    /// What was signed.
    #[must_use]
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The digest that the signature is about, as asked for.
    #[must_use]
    pub fn subject(&self) -> &Digest {
        &self.subject
    }

    /// Who signed.
    #[must_use]
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// What was checked, and what was not.
    #[must_use]
    pub fn checks(&self) -> &Checks {
        &self.checks
    }

    /// The format it came in.
    #[must_use]
    pub fn kind(&self) -> CandidateKind {
        self.kind
    }

    /// Where it was found.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// SHA-256 of the candidate's bytes.
    #[must_use]
    pub fn candidate(&self) -> &Digest {
        &self.candidate
    }

    /// What was signed, without what was proven of it.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }

    /// Reads the value as something else; everything that was proven stays.
    ///
    /// # Errors
    /// `read` fails.
    pub fn try_map<U, E>(self, read: impl FnOnce(T) -> Result<U, E>) -> Result<Verified<U>, E> {
        let Self { value, subject, signer, checks, kind, origin, candidate } = self;
        Ok(Verified { value: read(value)?, subject, signer, checks, kind, origin, candidate })
    }

    /// Made by the verifier, and only after every check.
    pub(super) fn new(
        value: T,
        subject: Digest,
        signer: Signer,
        checks: Checks,
        candidate: &Candidate,
    ) -> Self {
        Self {
            value,
            subject,
            signer,
            checks,
            kind: candidate.kind,
            origin: candidate.origin.clone(),
            candidate: Digest::sha256(&candidate.payload),
        }
    }

    /// As if it had been signed then.
    #[cfg(test)]
    pub(crate) fn sign_at_for_test(&mut self, time: jiff::Timestamp) {
        self.checks.times = vec![time];
    }

    /// For the unit tests of other modules only: nothing was verified.
    #[cfg(test)]
    pub(crate) fn for_test(value: T, subject: Digest, signer: Signer) -> Self {
        use crate::bundle::Place;
        let origin = Origin { place: Place::File, attached_to: None, manifest: None, layer: 0 };
        let candidate = Digest::sha256(b"");
        Self {
            value,
            subject,
            signer,
            checks: Checks::default(),
            kind: CandidateKind::Bundle,
            origin,
            candidate,
        }
    }
}

/// Who signed.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Signer {
    /// A certificate from a trusted authority.
    Certificate(CertificateIdentity),
    /// A public key that the caller trusts: SHA-256 of its SubjectPublicKeyInfo.
    Key(Digest),
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(identity) => match &identity.issuer {
                Some(issuer) => write!(f, "{} (issuer {issuer})", identity.san),
                None => write!(f, "{} (no issuer)", identity.san),
            },
            Self::Key(fingerprint) => write!(f, "the key with {fingerprint}"),
        }
    }
}

/// What was checked. A field is true only if the check was made and passed.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checks {
    /// The certificate chains to a trusted authority and was valid at every verified time.
    pub certificate_chain: bool,
    /// The certificate is in a trusted certificate transparency log.
    pub certificate_timestamp: bool,
    /// A trusted transparency log signed for the entry.
    pub transparency_log: bool,
    /// Index of the entry in the log.
    pub log_index: Option<u64>,
    /// The times that the signature is proven to have existed at.
    pub times: Vec<Timestamp>,
}
