//! Signatures and attestations as they are stored, read strictly into one shape.

mod candidate;

pub use candidate::Candidate;
pub use candidate::CandidateKind;
pub use candidate::Origin;
pub use candidate::Place;
