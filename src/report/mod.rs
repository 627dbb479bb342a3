//! Renderers of a decision, and of what is said about a bill of materials: text for people, JSON for programs, Markdown for a pull request.
//!
//! Reports, certificates and policies hold text from strangers. Each renderer makes it harmless for its
//! medium: no escape sequence reaches a terminal, no markup a web page.

mod annotations;
mod code_quality;
mod explain;
mod html;
mod json;
mod junit;
mod markdown;
mod page;
mod printable;
mod record;
mod sarif;
mod sbom;
mod text;

pub use annotations::CiSystem;
pub use annotations::annotations;
pub use code_quality::code_quality;
pub use explain::explain_json;
pub use explain::explain_text;
pub use explain::explained;
pub use html::HTML_ROWS;
pub use html::html;
pub use json::SCHEMA_VERSION;
pub use json::json;
pub use json::json_document;
pub use json::scan_json;
pub use junit::junit;
pub use markdown::markdown;
pub use markdown::markdown_undecided;
pub use markdown::scan_markdown;
pub use page::MARKDOWN_BYTES;
pub use printable::Printable;
pub use printable::brief;
pub use printable::printable;
pub use record::VSA;
pub use record::record;
pub use record::vsa;
pub use sarif::SARIF_RESULTS;
pub use sarif::sarif;
pub use sbom::check_markdown;
pub use sbom::check_text;
pub use sbom::diff_markdown;
pub use sbom::diff_text;
pub use sbom::drift_markdown;
pub use sbom::drift_text;
pub use text::scan_text;
pub use text::text;

#[cfg(test)]
mod tests;
