//! Why a candidate was refused.

use jiff::Timestamp;

use crate::bundle::BundleError;
use crate::bundle::Candidate;
use crate::bundle::CandidateKind;
use crate::bundle::EntryKind;
use crate::bundle::Origin;
use crate::crypto::KeyError;
use crate::digest::Digest;
use crate::identity::IdentityError;
use crate::intoto::StatementError;

/// Why one candidate was refused: one variant per broken rule.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The candidate is not a bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The issuing certificate had expired, or was not yet valid, when the signature was made.
    #[error("certificate authority was valid from {not_before} to {not_after}, signed at {time}")]
    AuthorityTime {
        /// When the signature was made.
        time: Timestamp,
        /// Start of its validity.
        not_before: Timestamp,
        /// End of its validity.
        not_after: Timestamp,
    },
    /// The certificate does not chain to a trusted authority.
    #[error("certificate does not chain to a trusted authority: {reason}")]
    CertificateChain {
        /// What the path search said.
        reason: String,
    },
    /// The signing key is of a kind that we do not verify.
    #[error("signing certificate: {0}")]
    CertificateKey(KeyError),
    /// The certificate cannot be read.
    #[error("signing certificate is malformed: {what}")]
    CertificateMalformed {
        /// The part.
        what: &'static str,
    },
    /// The certificate was not valid when the signature was made.
    #[error("certificate was valid from {not_before} to {not_after}, signed at {time}")]
    CertificateTime {
        /// When the signature was made.
        time: Timestamp,
        /// Start of its validity.
        not_before: Timestamp,
        /// End of its validity.
        not_after: Timestamp,
    },
    /// No trusted log vouches for the certificate.
    #[error("certificate has no valid signed certificate timestamp: {reason}")]
    CertificateTimestamp {
        /// What is wrong with it.
        reason: String,
    },
    /// The checkpoint is not signed by the log that the entry names.
    #[error("checkpoint is refused: {reason}")]
    Checkpoint {
        /// What is wrong with it.
        reason: String,
    },
    /// The digest that the bundle declares is not that of the artifact.
    #[error("bundle declares artifact {declared}, the artifact is {found}")]
    DeclaredDigest {
        /// In the bundle.
        declared: Digest,
        /// Of the artifact.
        found: Digest,
    },
    /// The log entry is about something else (CVE-2022-36056, CVE-2026-22703).
    #[error("transparency log entry ({kind}) is not about this signature: {part} differs")]
    EntryMismatch {
        /// Kind of the entry.
        kind: EntryKind,
        /// What differs.
        part: &'static str,
    },
    /// The log entry is about something else, or its body cannot be read: as [`Self::EntryMismatch`], in the
    /// words of `sigstore-verify`.
    #[error("transparency log entry is not about this signature and artifact: {reason}")]
    EntryRefused {
        /// What differs.
        reason: String,
    },
    /// The inclusion proof does not lead to the root.
    #[error("inclusion proof is refused: {reason}")]
    InclusionProof {
        /// What is wrong with it.
        reason: String,
    },
    /// The signed entry timestamp is not one of a trusted log.
    #[error("signed entry timestamp is refused: {reason}")]
    InclusionPromise {
        /// What is wrong with it.
        reason: String,
    },
    /// Signed, but by somebody else.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Signed with a certificate where a key is asked for, or the other way round.
    #[error("{found} found, expected {expected}")]
    Material {
        /// Asked for.
        expected: &'static str,
        /// In the bundle.
        found: &'static str,
    },
    /// The certificate states no identity.
    #[error("signing certificate states no identity")]
    NoIdentity,
    /// No entry of a transparency log.
    #[error("no transparency log entry")]
    NoLogEntry,
    /// No proof of inclusion, which was asked for.
    #[error("no inclusion proof, which is required here")]
    NoProof,
    /// No RFC 3161 timestamp, which was asked for.
    #[error("no verified RFC 3161 timestamp, which is required here")]
    NoTimestamp,
    /// Nothing says when the signature was made, so nothing says that the certificate was valid.
    #[error("no verified time of signing: {reason}")]
    NoTime {
        /// What was looked at.
        reason: String,
    },
    /// Two attestations of one npm package are about two (GHSA-r2xv-vpr2-42m9).
    #[error("publish attestation is about {publish:?}, provenance about {provenance:?}")]
    Package {
        /// What was published.
        publish: String,
        /// What was built.
        provenance: String,
    },
    /// The payload of the envelope is of another type.
    #[error("envelope payload type is {found:?}, expected {expected:?}")]
    PayloadType {
        /// Asked for.
        expected: &'static str,
        /// In the envelope.
        found: String,
    },
    /// An attestation of something else.
    #[error("predicate type is {found:?}, expected {}", spellings(expected))]
    PredicateType {
        /// Asked for.
        expected: Vec<String>,
        /// In the statement.
        found: String,
    },
    /// The signature does not match.
    #[error("signature is not valid under the {signer}")]
    Signature {
        /// Under which certificate or key.
        signer: &'static str,
    },
    /// The payload of a `.sig` layer is not simple signing.
    #[error("payload is not a cosign signature: {reason}")]
    SimpleSigning {
        /// What is wrong with it.
        reason: String,
    },
    /// The payload of an envelope is not a statement.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// Signed, but about another artifact.
    #[error("signed for {}, not for {expected}", list(found))]
    Subject {
        /// The artifact.
        expected: Digest,
        /// What the signature is about.
        found: Vec<String>,
    },
    /// A timestamp does not verify.
    #[error("timestamp is refused: {reason}")]
    Timestamp {
        /// What is wrong with it.
        reason: String,
    },
    /// Signed, but about a part of the image: an index is put together by anybody.
    #[error("it is about {found}, and nothing is about {missing} (of {image})")]
    Uncovered {
        /// What was asked about.
        image: Digest,
        /// A manifest in it that nothing covers; the image itself if the index may have others.
        missing: Digest,
        /// What the signature is about.
        found: Digest,
    },
    /// Only a digest is known, and the signature needs another one or the bytes.
    #[error("the artifact itself is needed: {reason}")]
    ArtifactNeeded {
        /// Why.
        reason: String,
    },
    /// The bundle does not fit together in a way that has no variant of its own.
    #[error("{0}")]
    Refused(String),
}

impl VerifyError {
    /// A stable name of the broken rule, for machines.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Bundle(error) => error.rule(),
            Self::AuthorityTime { .. } => "certificate.authority-time",
            Self::CertificateChain { .. } => "certificate.chain",
            Self::CertificateKey(_) => "certificate.key",
            Self::CertificateMalformed { .. } => "certificate.malformed",
            Self::CertificateTime { .. } => "certificate.time",
            Self::CertificateTimestamp { .. } => "certificate.timestamp",
            Self::Checkpoint { .. } => "log.checkpoint",
            Self::DeclaredDigest { .. } => "subject.declared",
            Self::EntryMismatch { .. } | Self::EntryRefused { .. } => "log.entry",
            Self::InclusionProof { .. } => "log.proof",
            Self::InclusionPromise { .. } => "log.promise",
            Self::Identity(error) => error.rule(),
            Self::Material { .. } => "material",
            Self::NoIdentity => "certificate.identity",
            Self::NoLogEntry => "log.missing",
            Self::NoProof => "log.proof-missing",
            Self::NoTimestamp => "timestamp.missing",
            Self::NoTime { .. } => "time.missing",
            Self::Package { .. } => "npm.package",
            Self::PayloadType { .. } => "envelope.type",
            Self::PredicateType { .. } => "attestation.type",
            Self::Signature { .. } => "signature",
            Self::SimpleSigning { .. } => "payload",
            Self::Statement(error) => error.rule(),
            Self::Subject { .. } => "subject",
            Self::Timestamp { .. } => "timestamp",
            Self::Uncovered { .. } => "subject.coverage",
            Self::ArtifactNeeded { .. } => "artifact",
            Self::Refused(_) => "refused",
        }
    }

    /// Whether the candidate is an attestation of another type, rather than a bad one of the type asked for.
    #[must_use]
    pub fn is_other_type(&self) -> bool {
        matches!(self, Self::PredicateType { .. })
    }

    /// How far the candidate came before it was refused; the one that came farthest says most.
    #[must_use]
    pub fn rank(&self) -> u8 {
        match self {
            Self::Bundle(_) | Self::Statement(_) | Self::PayloadType { .. } | Self::SimpleSigning { .. } => 0,
            Self::PredicateType { .. } => 1,
            Self::Material { .. } => 2,
            Self::Subject { .. } | Self::DeclaredDigest { .. } => 3,
            Self::Uncovered { .. } | Self::Package { .. } => 10,
            Self::Identity(_) => 9,
            Self::Signature { .. } => 8,
            Self::NoLogEntry | Self::NoTime { .. } | Self::NoTimestamp | Self::NoProof => 4,
            Self::CertificateMalformed { .. } | Self::CertificateKey(_) | Self::NoIdentity => 5,
            _ => 6,
        }
    }
}

/// A candidate that was refused, with the reason.
#[derive(Debug)]
pub struct Rejected {
    /// Where it was found.
    pub origin: Origin,
    /// Its format.
    pub kind: CandidateKind,
    /// Why it was refused.
    pub error: VerifyError,
}

impl Rejected {
    pub(super) fn new(candidate: &Candidate, error: VerifyError) -> Self {
        Self { origin: candidate.origin.clone(), kind: candidate.kind, error }
    }
}

/// Why no candidate was accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// There was nothing to verify.
    #[error("no {wanted} found")]
    NoCandidates {
        /// What was looked for.
        wanted: String,
    },
    /// Candidates were found, and each was refused.
    #[error("{wanted}: {} ({})", most_specific.error, most_specific.origin)]
    Refused {
        /// What was looked for.
        wanted: String,
        /// The candidate that came farthest.
        most_specific: Box<Rejected>,
        /// The other ones.
        others: Vec<Rejected>,
    },
}

impl Failure {
    /// Orders the rejected candidates; `None` of them means that there were none.
    pub(crate) fn new(wanted: String, mut rejected: Vec<Rejected>) -> Self {
        // Stable: of equals the first found stays first.
        rejected.sort_by_key(|rejected| std::cmp::Reverse(rejected.error.rank()));
        let mut rejected = rejected.into_iter();
        match rejected.next() {
            None => Self::NoCandidates { wanted },
            Some(first) => {
                Self::Refused { wanted, most_specific: Box::new(first), others: rejected.collect() }
            }
        }
    }

    /// The refused candidates, the most specific first.
    #[must_use]
    pub fn into_rejected(self) -> Vec<Rejected> {
        match self {
            Self::NoCandidates { .. } => Vec::new(),
            Self::Refused { most_specific, mut others, .. } => {
                others.insert(0, *most_specific);
                others
            }
        }
    }

    /// The refused candidates, the most specific first.
    pub fn rejected(&self) -> impl Iterator<Item = &Rejected> {
        let (first, others) = match self {
            Self::NoCandidates { .. } => (None, &[][..]),
            Self::Refused { most_specific, others, .. } => (Some(&**most_specific), others.as_slice()),
        };
        first.into_iter().chain(others)
    }
}

fn spellings(expected: &[String]) -> String {
    match expected {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [first, others @ ..] => format!("{first} (or {} other spellings of it)", others.len()),
    }
}

fn list(found: &[String]) -> String {
    const SHOWN: usize = 3;
    let mut text = found.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if found.len() > SHOWN {
        text.push_str(&format!(" and {} more", found.len() - SHOWN));
    }
    if text.is_empty() { "nothing with a digest".to_owned() } else { text }
}
