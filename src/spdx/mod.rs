//! SPDX documents.
//!
//! Three layers. The bytes as attested are the truth, and what a digest is computed of. A [`View`] says what is in
//! them: leniently, each repair with its [`Diagnostic`], borrowed from the text, in one shape for SPDX 2.0 to 2.3
//! and 3.0 in JSON, JSON-LD, tag-value and YAML. A [`Model`] is the whole document, for converting.
//! [`Document`] is what a decision about an image needs. RDF/XML and XML are named, and refused.

mod attested;
mod decode;
mod diagnostic;
mod document;
mod error;
mod model;
mod node;
mod read;
mod view;
mod write;

pub use attested::Attested;
pub use attested::Wrapping;
pub use diagnostic::Code;
pub use diagnostic::Diagnostic;
pub use diagnostic::Diagnostics;
pub use diagnostic::Place;
pub use document::Document;
pub use document::Form;
pub(crate) use document::is_root;
pub use error::SpdxError;
pub use model::Conversion;
pub use model::ConversionError;
pub use model::Layout;
pub use model::Model;
pub use model::Target;
pub use model::Version;
pub use node::Node;
pub use read::Files;
pub use read::Text;
pub use view::AnnotationView;
pub use view::ChecksumView;
pub use view::Counts;
pub use view::Edge;
pub use view::ExtractedLicense;
pub use view::FileView;
pub use view::PackageView;
pub use view::ReferenceView;
pub use view::View;
pub use view::asserted;
pub use write::Encoding;
pub use write::write;

/// The predicate types under which SPDX documents are attested.
pub use crate::predicate::SPDX as PREDICATES;
