//! Packages in columns, as syft shows them.

use std::collections::BTreeMap;
use std::io;
use std::io::Write;

use crate::package::Inventory;

/// Writes name, version and type of each package. Those that are alike in all three are one line, with a
/// note of how many more there are.
pub(super) fn write(inventory: &Inventory, to: &mut impl Write) -> io::Result<()> {
    let mut rows: BTreeMap<[&str; 3], usize> = BTreeMap::new();
    for package in &inventory.packages {
        let row = [package.name.as_str(), package.written_version(), package.kind.name()];
        *rows.entry(row).or_default() += 1;
    }
    if rows.is_empty() {
        return writeln!(to, "No packages discovered");
    }
    let rows: Vec<[String; 4]> = rows.into_iter().map(|(row, count)| cells(row, count)).collect();
    let header = ["NAME", "VERSION", "TYPE", ""];
    let mut widths = header.map(width);
    for row in &rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = width(cell).max(*widest);
        }
    }
    line(header, widths, "", to)?;
    rows.iter().try_for_each(|row| line(row.each_ref().map(String::as_str), widths, " ", to))
}

fn cells([name, version, kind]: [&str; 3], count: usize) -> [String; 4] {
    let note = match count.saturating_sub(1) {
        0 => String::new(),
        1 => "(+1 duplicate)".to_owned(),
        more => format!("(+{more} duplicates)"),
    };
    [plain(name), plain(version), kind.to_owned(), note]
}

/// A terminal acts on control characters, and a line is a package.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// Cells have two spaces between them. Lines end in two, the header in one: so syft's table does, and people compare.
fn line(cells: [&str; 4], widths: [usize; 4], end: &str, to: &mut impl Write) -> io::Result<()> {
    let [name, version, kind, note] = cells;
    let [name_width, version_width, kind_width, note_width] = widths;
    writeln!(to, "{name:name_width$}  {version:version_width$}  {kind:kind_width$}  {note:note_width$} {end}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::Kind;
    use crate::package::Package;

    fn table(packages: &[(&str, &str, Kind)]) -> String {
        let package = |(name, version, kind): &(&str, &str, Kind)| Package {
            name: (*name).to_owned(),
            version: Some((*version).to_owned()),
            kind: *kind,
            ..Package::default()
        };
        let inventory =
            Inventory { packages: packages.iter().map(package).collect(), ..Inventory::default() };
        let mut bytes = Vec::new();
        write(&inventory, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// Compared with syft 1.18.1's table of the same packages, spaces at the ends of lines included.
    #[test]
    fn looks_like_syfts() {
        let plain = table(&[("musl", "1.2.5-r0", Kind::Apk), ("aho-corasick", "1.1.3", Kind::Rust)]);
        let expected = concat!(
            "NAME          VERSION   TYPE         \n",
            "aho-corasick  1.1.3     rust-crate    \n",
            "musl          1.2.5-r0  apk           \n"
        );
        assert_eq!(plain, expected);
        let aes = ("aes", "0.8.4", Kind::Rust);
        let doubled = table(&[aes, ("adduser", "3.134", Kind::Deb), aes]);
        let expected = concat!(
            "NAME     VERSION  TYPE                       \n",
            "adduser  3.134    deb                         \n",
            "aes      0.8.4    rust-crate  (+1 duplicate)  \n"
        );
        assert_eq!(doubled, expected);
        assert!(table(&[aes, aes, aes]).contains("(+2 duplicates)"));
        assert_eq!(table(&[]), "No packages discovered\n");
    }
}
