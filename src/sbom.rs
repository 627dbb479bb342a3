//! What concerns bills of materials of every family: how they are written, what they list, how two differ, whether
//! one says what must be said, and whether it is still true of an image.

pub mod check;
pub mod diff;
pub mod drift;
mod format;
mod identity;
mod listing;
mod table;
mod version;

use std::io;
use std::io::Write;

pub use format::Format;
pub use format::FormatError;
pub use identity::Identity;
pub use listing::Component;
pub use listing::Family;
pub use listing::Listing;
pub use listing::ListingError;
pub use version::compare;

use crate::package::DocumentOptions;
use crate::package::Inventory;
use crate::spdx;

/// Writes an inventory as a document.
///
/// # Errors
/// Those of `to`.
pub fn write(
    inventory: &Inventory,
    format: Format,
    options: &DocumentOptions,
    to: &mut impl Write,
) -> io::Result<()> {
    match format {
        Format::Spdx(encoding) => spdx::write(inventory, encoding, options, to),
        Format::Table => table::write(inventory, to),
        Format::Text => table::write_text(inventory, to),
    }
}
