//! What concerns bills of materials of every family.

mod format;
mod table;

use std::io;
use std::io::Write;

pub use format::Format;
pub use format::FormatError;

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
