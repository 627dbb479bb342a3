//! VEX: what somebody says of a vulnerability in a product: affected, not affected and why, fixed.
//!
//! Reads `OpenVEX` (<https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md>), CSAF's VEX profile
//! (<https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html>, 4.5) and `CycloneDX`
//! (<https://cyclonedx.org/docs/1.6/json/#vulnerabilities>) into one model, and finds the statement that holds for a
//! finding. Who signed a document, how old it may be and whether its author is believed is for others to say.

mod csaf;
mod cyclonedx;
mod effective;
mod matching;
mod model;
mod openvex;
mod recognise;
mod spelling;

pub use effective::Effective;
pub use effective::Statements;
pub use matching::Image;
pub use model::Component;
pub use model::Format;
pub use model::Product;
pub use model::Statement;
pub use model::Status;
pub use model::Vex;
pub use model::VexError;
pub use recognise::read;
