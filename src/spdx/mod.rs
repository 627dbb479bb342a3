//! SPDX documents, as far as a decision about an image needs them.
//!
//! Reads SPDX 2.x in JSON and tag-value form and SPDX 3 in JSON-LD, leniently: a field that is absent or
//! of the wrong type is absent. What is not SPDX, truncated or about nothing is an error. Keeps who made
//! the document, when, and its packages.

mod document;
mod json_ld;
mod lenient;
mod tag_value;
mod version_2;
mod write;

pub use document::Document;
pub use document::Form;
pub use document::SpdxError;
pub use write::Encoding;
pub use write::write;

/// The predicate types under which SPDX documents are attested.
pub use crate::predicate::SPDX as PREDICATES;
