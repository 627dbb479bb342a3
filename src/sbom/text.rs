//! A paragraph a package, as syft's `syft-text` has it.

use std::io;
use std::io::Write;

use crate::package::Inventory;
use crate::package::Subject;

/// Writes what was looked at, then the packages.
pub(super) fn write(inventory: &Inventory, to: &mut impl Write) -> io::Result<()> {
    match &inventory.subject {
        Subject::Image(image) => {
            writeln!(to, "[Image]")?;
            for (place, layer) in image.layers.iter().enumerate() {
                let digest = layer.digest.map(|digest| digest.to_string());
                writeln!(to, " Layer:\t {place}")?;
                writeln!(
                    to,
                    " Digest:\t {}",
                    layer.diff_id.as_deref().or(digest.as_deref()).unwrap_or_default()
                )?;
                writeln!(to, " Size:\t\t {}", layer.size)?;
                writeln!(to, " MediaType:\t {}\n", layer.media_type)?;
            }
        }
        Subject::Directory { path } | Subject::File { path, .. } => {
            writeln!(to, "[Path: {}]", one_line(path))?
        }
        Subject::Unknown => {}
    }
    for package in &inventory.packages {
        writeln!(to, "\n[{}]", one_line(&package.name))?;
        writeln!(to, " Version:\t {}", one_line(package.version.as_deref().unwrap_or_default()))?;
        writeln!(to, " Type:\t\t {}", package.kind.name())?;
        writeln!(to, " Found by:\t {}", package.found_by)?;
    }
    Ok(())
}

/// A terminal acts on control characters.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
