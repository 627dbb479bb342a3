//! Documents for people: syft's table and its text.

use std::collections::BTreeMap;
use std::io;
use std::io::Write;

use crate::package::Inventory;
use crate::package::Package;

/// Name, version and kind of each package, each row once with how often there are more.
pub(super) fn write(inventory: &Inventory, to: &mut impl Write) -> io::Result<()> {
    let mut rows: BTreeMap<[&str; 3], usize> = BTreeMap::new();
    for package in &inventory.packages {
        *rows.entry(row(package)).or_default() += 1;
    }
    if rows.is_empty() {
        return writeln!(to, "No packages discovered");
    }
    let notes: Vec<String> = rows.values().map(|count| note(*count)).collect();
    let has_notes = notes.iter().any(|note| !note.is_empty());
    let width = |column: usize, title: &str| {
        let texts = rows.keys().filter_map(|row| row.get(column)).map(|text| text.chars().count());
        texts.chain([title.len()]).max().unwrap_or(0)
    };
    let (first, second, third) = (width(0, "NAME"), width(1, "VERSION"), width(2, "TYPE"));
    writeln!(to, "{}", cells(["NAME", "VERSION", "TYPE", ""], [first, second, third], has_notes))?;
    for ([name, version, kind], note) in rows.keys().zip(&notes) {
        writeln!(to, "{}", cells([name, version, kind, note], [first, second, third], has_notes))?;
    }
    Ok(())
}

fn row(package: &Package) -> [&str; 3] {
    [&package.name, package.version.as_deref().unwrap_or_default(), package.kind.name()]
}

fn note(count: usize) -> String {
    match count {
        0 | 1 => String::new(),
        2 => "(+1 duplicate)".to_owned(),
        more => format!("(+{} duplicates)", more - 1),
    }
}

/// One line, with the blanks that syft puts at its end.
fn cells(texts: [&str; 4], [first, second, third]: [usize; 3], has_notes: bool) -> String {
    let [name, version, kind, note] = texts;
    if has_notes {
        let line = format!("{name:<first$}  {version:<second$}  {kind:<third$}  {note}");
        return format!("{line:<width$}", width = first + second + third + 6 + NOTE);
    }
    format!("{name:<first$}  {version:<second$}  {kind:<third$}  ")
}

/// The longest note that is usual; syft pads to the longest there is.
const NOTE: usize = 0;

/// A paragraph for each package, as syft's `text`.
pub(super) fn write_text(inventory: &Inventory, to: &mut impl Write) -> io::Result<()> {
    for package in &inventory.packages {
        let [name, version, kind] = row(package);
        writeln!(to, "[{name}]\n Version:\t{version}\n Type:\t\t{kind}\n Found by:\t{}\n", package.found_by)?;
    }
    Ok(())
}
