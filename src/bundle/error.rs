//! Why a candidate is not a bundle.

use super::Version;
use crate::json::JsonError;
use crate::limits;

/// Why a candidate was not read. Each variant is one broken rule.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// A field is not the encoding that it should be.
    #[error("{field} is not valid {encoding}")]
    Encoding {
        /// The field.
        field: &'static str,
        /// The encoding expected.
        encoding: &'static str,
    },
    /// The same certificate, log entry or timestamp twice: one witness must not count as two.
    #[error("{what} {index} is a duplicate of an earlier one")]
    Duplicate {
        /// What is there twice.
        what: &'static str,
        /// Position of the second, from 0.
        index: usize,
    },
    /// The body is not the kind of entry that it is declared as.
    #[error("transparency log entry is declared as {declared} but its body says {found}")]
    EntryKind {
        /// In the bundle.
        declared: String,
        /// In the body.
        found: String,
    },
    /// Not strict JSON of the right shape.
    #[error("not valid JSON of its kind: {0}")]
    Json(#[from] JsonError),
    /// The media type is not a bundle version that we know.
    #[error("media type {found:?} is not a sigstore bundle v0.1, v0.2 or v0.3")]
    MediaType {
        /// What stood there.
        found: String,
    },
    /// Something that the format demands is absent.
    #[error("{what} is missing, which a {version} must have")]
    Missing {
        /// What is missing.
        what: &'static str,
        /// In which format.
        version: Version,
    },
    /// An inclusion proof contradicts its checkpoint or its entry.
    #[error("inclusion proof has another {what} than its checkpoint or entry")]
    ProofMismatch {
        /// What differs.
        what: &'static str,
    },
    /// A file of bundles without any.
    #[error("there is no bundle in it")]
    NoBundle,
    /// A version of PyPI's format that is not known.
    #[error("version {found} of the attestation format of PyPI is not known, only 1")]
    PypiVersion {
        /// What stood there.
        found: u64,
    },
    /// Exactly one signature is verified; a second one would be believed unseen.
    #[error("envelope has {found} signatures, expected exactly one")]
    SignatureCount {
        /// Number found.
        found: usize,
    },
    /// A ceiling is exceeded.
    #[error("bundle has {found} {what}, more than {limit}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// Number found.
        found: usize,
        /// The ceiling.
        limit: usize,
    },
    /// A file has too many bundles.
    #[error("file has more than {limit} bundles")]
    TooManyBundles {
        /// The ceiling.
        limit: usize,
    },
    /// A v0.3 bundle has the one signing certificate and no chain.
    #[error("a bundle v0.3 carries one certificate, not a chain")]
    UnexpectedChain,
    /// The entry is of a kind that holds no signature we can bind.
    #[error("transparency log entry kind {found:?} is not supported")]
    UnknownEntryKind {
        /// Kind and version found.
        found: String,
    },
    /// An entry that nothing vouches for.
    #[error("transparency log entry {index} has neither an inclusion proof nor a signed entry timestamp")]
    UnprovenEntry {
        /// Position of the entry, from 0.
        index: usize,
    },
}

impl BundleError {
    /// The stable name of the broken rule, for machines.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Encoding { .. } => "bundle.encoding",
            Self::Duplicate { .. } => "bundle.duplicate",
            Self::EntryKind { .. } => "bundle.entry-kind",
            Self::Json(_) => "bundle.json",
            Self::MediaType { .. } => "bundle.media-type",
            Self::Missing { .. } => "bundle.missing",
            Self::ProofMismatch { .. } => "bundle.proof",
            Self::NoBundle => "bundle.none",
            Self::PypiVersion { .. } => "bundle.pypi-version",
            Self::SignatureCount { .. } => "bundle.signatures",
            Self::TooMany { .. } | Self::TooManyBundles { .. } => "bundle.too-many",
            Self::UnexpectedChain => "bundle.chain",
            Self::UnknownEntryKind { .. } => "bundle.entry-unknown",
            Self::UnprovenEntry { .. } => "bundle.entry-unproven",
        }
    }

    /// The ceiling on the bundles of one file.
    pub(super) fn check_candidates(found: usize, limit: usize) -> Result<(), Self> {
        if found > limit { Err(Self::TooManyBundles { limit }) } else { Ok(()) }
    }

    /// A ceiling of [`limits`] that is exceeded.
    pub(super) fn check_count(what: &'static str, found: usize, limit: usize) -> Result<(), Self> {
        debug_assert!(limit <= limits::SUBJECTS, "ceilings of bundles are small");
        if found > limit { Err(Self::TooMany { what, found, limit }) } else { Ok(()) }
    }
}
