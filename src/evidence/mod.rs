//! Finds everything that may be a signature or attestation of an image, in every layout that cosign
//! and its relatives write. Verifies nothing.
//!
//! All places are looked at: one format never hides another, and a failed look-up is an error of the
//! whole collection, never "not signed".

mod collect;
mod places;

pub use collect::collect;
pub use collect::collect_with;
pub use places::Looked;
pub use places::Lookup;
pub use places::Presence;
pub use places::Skip;

use crate::bundle::Candidate;
use crate::oci::DocumentError;
use crate::oci::ReferenceError;
use crate::source::Outcome;
use crate::source::SourceError;

/// What was found, and where was looked.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    /// Candidates, those of the image first, then those of its platform manifests.
    pub candidates: Vec<Candidate>,
    /// Every place that was looked at, with what was there.
    pub looked: Vec<Looked>,
}

/// Why the collection is not complete, and so worth nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// A manifest of signatures or attestations is malformed or over a ceiling.
    #[error("{at}: {error}")]
    Document {
        /// Which.
        at: String,
        /// What is wrong.
        #[source]
        error: DocumentError,
    },
    /// A tag prefix that makes no tag.
    #[error("attachment tag: {0}")]
    Prefix(#[from] ReferenceError),
    /// A layer is larger than a signature or attestation may be.
    #[error("{at}: layer {layer} has {size} bytes, more than {ceiling}")]
    LayerSize {
        /// The manifest.
        at: String,
        /// Position from 0.
        layer: usize,
        /// According to its descriptor.
        size: u64,
        /// How many are read.
        ceiling: u64,
    },
    /// A look-up failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// All candidates together are too large.
    #[error("signatures and attestations have more than {ceiling} bytes together")]
    TooLarge {
        /// How many are read.
        ceiling: u64,
    },
    /// There are too many candidates.
    #[error("there are more than {ceiling} signatures and attestations")]
    TooMany {
        /// How many are read.
        ceiling: usize,
    },
}

impl EvidenceError {
    /// Which of the three outcomes this is: [`Outcome::Refused`] or [`Outcome::Unreachable`].
    ///
    /// Never "not found": a place without evidence is no error, and evidence whose parts are missing
    /// is not the same as none.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Source(error) if error.outcome() == Outcome::Unreachable => Outcome::Unreachable,
            _ => Outcome::Refused,
        }
    }
}
