//! What concerns bills of materials of every family: how they are written, what they list, how two differ, whether
//! one says what must be said, and whether it is still true of an image.

pub mod check;
pub mod diff;
pub mod drift;
mod format;
mod github;
mod identity;
mod listing;
mod read;
mod syft_json;
mod table;
mod text;

pub use format::Format;
pub use format::FormatError;
pub use format::write;
pub use identity::Identity;
pub use listing::Component;
pub use listing::Family;
pub use listing::Listing;
pub use listing::ListingError;
pub use read::ReadError;
pub use read::read;
