//! What a signature must meet: whose it is, and which witnesses it needs.

use crate::crypto::PublicKey;
use crate::identity::IdentityPolicy;

/// Whose signatures are accepted.
#[derive(Clone, Debug)]
pub enum SignerPolicy {
    /// Anybody of these, by a certificate from a trusted authority. An empty list accepts nobody.
    Identities(Vec<IdentityPolicy>),
    /// The holder of this key.
    Key(PublicKey),
}

/// Which witnesses a signature needs besides the signer.
///
/// [`Requirements::strict`] is what Sigstore's clients ask for: a transparency log entry with everything
/// that its version demands, a signed certificate timestamp, and a verified time for a certificate. The
/// `insecure_` methods take one of them away and say what is lost.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Requirements {
    pub(super) transparency_log: bool,
    pub(super) certificate_timestamp: bool,
    pub(super) signed_timestamp: bool,
    pub(super) inclusion_proof: bool,
}

impl Requirements {
    /// Everything that the public Sigstore instance provides.
    #[must_use]
    pub const fn strict() -> Self {
        Self {
            transparency_log: true,
            certificate_timestamp: true,
            signed_timestamp: false,
            inclusion_proof: false,
        }
    }

    /// Accepts signatures that no transparency log has seen: their owner may never learn of them.
    ///
    /// Entries that are there must still be about this signature. A certificate still needs a verified
    /// time, so a keyless signature then needs an RFC 3161 timestamp or a signed entry timestamp.
    #[must_use]
    pub const fn insecure_ignore_transparency_log(self) -> Self {
        Self { transparency_log: false, ..self }
    }

    /// Accepts certificates that no certificate transparency log has seen: an authority that issues
    /// certificates in secret goes unnoticed. GitHub's own instance has no such log.
    #[must_use]
    pub const fn insecure_ignore_certificate_timestamp(self) -> Self {
        Self { certificate_timestamp: false, ..self }
    }

    /// What was taken away from [`strict`](Self::strict), in words: whoever reads a decision must see it.
    pub fn relaxed(&self) -> impl Iterator<Item = &'static str> {
        let log = (!self.transparency_log).then_some("signatures that no transparency log has seen");
        let certificate = (!self.certificate_timestamp)
            .then_some("certificates that no certificate transparency log has seen");
        log.into_iter().chain(certificate)
    }

    /// Asks for an RFC 3161 timestamp of a trusted authority.
    #[must_use]
    pub const fn require_signed_timestamp(self) -> Self {
        Self { signed_timestamp: true, ..self }
    }

    /// Asks for an inclusion proof also where the format lets a signed entry timestamp do, which is how a
    /// bundle relabelled as v0.1 gets by (the media type is not signed).
    #[must_use]
    pub const fn require_inclusion_proof(self) -> Self {
        Self { inclusion_proof: true, ..self }
    }
}
