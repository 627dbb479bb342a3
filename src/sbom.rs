//! What concerns bills of materials of every family.

mod format;
mod github;
mod syft_json;
mod table;
mod text;

pub use format::Format;
pub use format::FormatError;
pub use format::write;
