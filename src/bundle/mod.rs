//! Signatures and attestations as they are stored, read strictly into one shape.
//!
//! [`Bundle::from_candidate`] takes a sigstore bundle v0.1 to v0.3 or a legacy cosign layer and checks
//! everything that needs no key: shape, ceilings, duplicates, and that what a version demands is there.
//! Nothing is verified here; see [`crate::verify`].

mod blob;
mod candidate;
mod check;
mod create;
mod error;
mod file;
mod legacy;
mod model;
mod note;
mod npm;
mod pypi;
mod wire;

pub use blob::BlobBundle;
pub use candidate::Candidate;
pub use candidate::CandidateKind;
pub use candidate::Origin;
pub use candidate::Place;
pub use create::BundleParts;
pub use error::BundleError;
pub use file::BundleFile;
pub use file::FileFormat;
pub use legacy::first_certificate;
pub use model::Bundle;
pub use model::Content;
pub use model::EntryKind;
pub use model::Envelope;
pub use model::InclusionProof;
pub use model::LogEntry;
pub use model::Material;
pub use model::Version;
pub use npm::NPM_PUBLISH;
