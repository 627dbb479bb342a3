//! What concerns bills of materials of every family.

use std::io;
use std::io::Write;
use std::str::FromStr;

use crate::package::DocumentOptions;
use crate::package::Inventory;

/// A format.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// Columns.
    Table,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(_: &str) -> Result<Self, String> {
        Ok(Self::Table)
    }
}

/// Writes a document.
///
/// # Errors
/// Those of `out`.
pub fn write(inventory: &Inventory, _: Format, _: &DocumentOptions, out: &mut impl Write) -> io::Result<()> {
    for package in &inventory.packages {
        writeln!(
            out,
            "{}  {}  {}",
            package.name,
            package.version.as_deref().unwrap_or(""),
            package.kind.name()
        )?;
    }
    Ok(())
}
