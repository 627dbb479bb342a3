//! The flows: the only library module that drives reading and judging together.

mod domain;
mod file;
mod gate;
mod inquiry;
mod inventory;
mod verify;

pub use domain::TrustDomain;
pub use file::FileInquiry;
pub use file::FileVerification;
pub use gate::Gated;
pub use gate::Inputs;
pub use gate::gate_image;
pub use inquiry::Answer;
pub use inquiry::Asked;
pub use inquiry::Coverage;
pub use inquiry::Gathered;
pub use inquiry::Held;
pub use inquiry::Inquiry;
pub use inquiry::Missing;
pub use inquiry::Proven;
pub use inquiry::gather;
pub use inventory::Platforms;
pub use inventory::Scan;
pub use inventory::Scope;
pub use inventory::inventories_of_image;
pub use inventory::inventory_of_archive;
#[cfg(all(feature = "net", unix))]
pub use inventory::inventory_of_daemon;
pub use inventory::inventory_of_directory;
pub use inventory::inventory_of_file;
pub use inventory::inventory_of_stream;
pub use verify::Found;
pub use verify::ImageVerification;
pub use verify::Question;
pub use verify::Wanted;
pub use verify::verify_image;

use crate::digest::Digest;
use crate::evidence::EvidenceError;
use crate::image::ImageError;
use crate::oci::PinnedImage;
use crate::source::Outcome;
use crate::source::SourceError;
use crate::verify::VerifyError;

/// The digests by which evidence may name the image: its own, and those of its platform manifests.
fn subjects(image: &PinnedImage) -> Vec<Digest> {
    let mut subjects = vec![*image.digest()];
    subjects.extend(image.platforms().iter().map(|platform| *platform.manifest()));
    subjects.extend(image.manifests());
    subjects.dedup();
    subjects
}

/// Why a flow came to no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// What is attached to the image could not be read.
    #[error("signatures and attestations could not be read: {0}")]
    Evidence(#[from] EvidenceError),
    /// Something is listed as attached to the image and is not there, and nothing else is accepted.
    #[error("{at} is listed as attached to the image, but it is not there")]
    Gone {
        /// What is listed.
        at: String,
    },
    /// Layers or a directory could not be read, or are not what they should be.
    #[error(transparent)]
    Files(#[from] ImageError),
    /// A file could not be read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The image could not be read.
    #[error("image could not be read: {0}")]
    Source(#[from] SourceError),
    /// The trusted root cannot be used.
    #[error("trusted root cannot be used: {0}")]
    Trust(#[from] VerifyError),
}

impl PipelineError {
    /// The stable name of what went wrong, for machines.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match (self, self.outcome()) {
            (Self::Gone { .. }, _) => "evidence.gone",
            (Self::Files(ImageError::File { .. }) | Self::Io(_), _) => "file",
            (Self::Files(_), _) => "image.refused",
            (Self::Trust(_), _) => "trust",
            (Self::Evidence(_), Outcome::Unreachable) => "evidence.unreachable",
            (Self::Evidence(_), _) => "evidence.refused",
            (Self::Source(_), Outcome::NotFound) => "image.not-found",
            (Self::Source(_), Outcome::Unreachable) => "image.unreachable",
            (Self::Source(_), _) => "image.refused",
        }
    }

    /// Which of the three outcomes this is.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Evidence(error) => error.outcome(),
            Self::Gone { .. } => Outcome::Unreachable,
            Self::Source(error) => error.outcome(),
            Self::Files(_) | Self::Io(_) | Self::Trust(_) => Outcome::Refused,
        }
    }
}
