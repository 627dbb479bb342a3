//! Verification: candidates and a trusted root in, [`Verified`] out. No I/O, and no clock of its own.
//!
//! [`Verifier`] judges every candidate by itself; one that verifies is enough, and what was wrong with the
//! others is kept. Bundles are verified by `sigstore-verify`, see `sigstore.rs`; what it has no place for
//! by `composed/`, from the same libraries.

mod certificate;
mod composed;
mod error;
mod payload;
mod requirements;
mod sigstore;
mod verified;
mod verifier;

pub use error::Failure;
pub use error::Rejected;
pub use error::VerifyError;
pub use payload::ImageSignature;
pub use requirements::Requirements;
pub use requirements::SignerPolicy;
pub use verified::Checks;
pub use verified::Signer;
pub use verified::Verified;
pub use verifier::Accepted;
pub use verifier::Artifact;
pub use verifier::Blob;
pub use verifier::Verifier;
