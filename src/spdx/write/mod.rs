//! Writes an inventory as an SPDX document: strict, and the same bytes for the same inventory.
//!
//! What is written is valid under every published schema of its version, and says nothing that is not known:
//! no invented hash, no download location that is none. Identifiers are made of what they name, packages
//! and relationships are ordered, and the namespace is a hash of the rest of the document.

mod json;
mod json_ld;
mod licenses;
mod plan;
mod tag_value;
#[cfg(test)]
mod tests;

use std::io;
use std::io::Write;

use crate::package::DocumentOptions;
use crate::package::Inventory;

/// The versions and forms of SPDX that are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Encoding {
    /// SPDX 2.2 in JSON. <https://spdx.github.io/spdx-spec/v2.2.2/>
    Json2_2,
    /// SPDX 2.3 in JSON. <https://spdx.github.io/spdx-spec/v2.3/>
    Json2_3,
    /// SPDX 3.0.1 in JSON-LD. <https://spdx.github.io/spdx-spec/v3.0.1/>
    JsonLd3_0,
    /// SPDX 2.2 as tags and values.
    TagValue2_2,
    /// SPDX 2.3 as tags and values.
    TagValue2_3,
}

/// Writes an inventory as an SPDX document. It ends in a newline.
///
/// # Errors
/// Those of `to`.
pub fn write(
    inventory: &Inventory,
    encoding: Encoding,
    options: &DocumentOptions,
    to: &mut impl Write,
) -> io::Result<()> {
    let plan = plan::Plan::new(inventory, options);
    match encoding {
        Encoding::Json2_2 | Encoding::Json2_3 => json::write(&plan, encoding, to),
        Encoding::JsonLd3_0 => json_ld::write(&plan, to),
        Encoding::TagValue2_2 => tag_value::write(&plan, "SPDX-2.2", to),
        Encoding::TagValue2_3 => tag_value::write(&plan, "SPDX-2.3", to),
    }
}
