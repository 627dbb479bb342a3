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
                writeln!(to, " Layer:\t\t {place}")?;
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
    if inventory.packages.is_empty() {
        return writeln!(to, "No packages discovered");
    }
    // syft's order: by name and version, whatever the kind.
    let mut packages: Vec<_> = inventory.packages.iter().collect();
    packages.sort_by(|a, b| (&a.name, &a.version, a.kind.name()).cmp(&(&b.name, &b.version, b.kind.name())));
    for package in packages {
        writeln!(to, "[{}]", one_line(&package.name))?;
        writeln!(to, " Version:\t {}", one_line(package.version.as_deref().unwrap_or_default()))?;
        writeln!(to, " Type:\t\t {}", package.kind.name())?;
        writeln!(to, " Found by:\t {}\n", package.found_by)?;
    }
    Ok(())
}

/// A terminal acts on control characters.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::testing;

    /// The layout of syft 1.18.1, held against its output of three images byte by byte.
    #[test]
    fn looks_like_syfts() {
        let mut inventory = testing::inventory();
        inventory.packages.truncate(1);
        let mut bytes = Vec::new();
        write(&inventory, &mut bytes).unwrap();
        let layer = inventory.packages[0].locations[0].layer.clone().unwrap();
        let expected = format!(
            "[Image]\n Layer:\t\t 0\n Digest:\t {layer}\n Size:\t\t 1234\n \
             MediaType:\t application/vnd.oci.image.layer.v1.tar+gzip\n\n\
             [adduser]\n Version:\t 3.134\n Type:\t\t deb\n Found by:\t dpkg-db-cataloger\n\n"
        );
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }

    #[test]
    fn nothing_is_said() {
        let inventory =
            Inventory { subject: Subject::Directory { path: "app".to_owned() }, ..Inventory::default() };
        let mut bytes = Vec::new();
        write(&inventory, &mut bytes).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), "[Path: app]\nNo packages discovered\n");
    }
}
