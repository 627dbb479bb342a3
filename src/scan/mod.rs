//! Scan reports: what a scanner found in an image, and what it says about the image and itself.
//!
//! Reads reports by their content, never by a file name. Judges nothing and binds nothing: the gate does.

mod finding;
mod grype;
mod recognise;
mod report;
mod sarif;
mod statement;
mod trivy;
mod wire;

pub use finding::Finding;
pub use finding::FindingKind;
pub use finding::Fix;
pub use finding::Severities;
pub use finding::Severity;
pub use finding::SeverityError;
pub use finding::Suppression;
pub use recognise::read;
pub use report::Coverage;
pub use report::Database;
pub use report::Format;
pub use report::OperatingSystem;
pub use report::Report;
pub use report::ReportError;
pub use report::Target;
pub use report::Tool;
pub use statement::read_statement;
