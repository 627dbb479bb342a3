//! Renderers of a decision: text for people, JSON for programs, Markdown for a pull request.
//!
//! Reports, certificates and policies hold text from strangers. Each renderer makes it harmless for its
//! medium: no escape sequence reaches a terminal, no markup a web page.

mod json;
mod markdown;
mod printable;
mod text;

pub use json::SCHEMA_VERSION;
pub use json::json;
pub use json::json_document;
pub use markdown::MARKDOWN_BYTES;
pub use markdown::markdown;
pub use markdown::markdown_undecided;
pub use printable::Printable;
pub use printable::brief;
pub use printable::printable;
pub use text::text;

#[cfg(test)]
mod tests;
