//! The three forms of rpm's database, told apart by their first bytes.

mod bdb;
mod ndb;

use std::borrow::Cow;

use super::super::sqlite::Database;

/// The headers that a database holds.
#[derive(Debug, Default)]
pub(super) struct Blobs<'a> {
    pub(super) headers: Vec<Cow<'a, [u8]>>,
    /// What could not be read of it.
    pub(super) problems: Vec<&'static str>,
}

/// Reads a database of any of the three.
pub(super) fn read(bytes: &[u8]) -> Blobs<'_> {
    let mut blobs = Blobs::default();
    let done = match bytes.get(..4) {
        Some(b"SQLi") => read_sqlite(bytes, &mut blobs),
        Some(b"RpmP") => ndb::read(bytes, &mut blobs),
        _ => bdb::read(bytes, &mut blobs),
    };
    if done.is_none() {
        blobs.problems.push("the database is cut off or of an unknown form");
    }
    blobs
}

/// The table `Packages` of `rpmdb.sqlite`: the number of each package, which is the key of the row, and its header.
fn read_sqlite(bytes: &[u8], blobs: &mut Blobs<'_>) -> Option<()> {
    let mut database = Database::open(bytes)?;
    for row in database.table(b"Packages")? {
        let header = row.columns().and_then(|columns| Some(columns.get(1)?.bytes.to_vec()));
        match header {
            Some(header) => blobs.headers.push(Cow::Owned(header)),
            None => blobs.problems.push("a row that cannot be read"),
        }
    }
    blobs.problems.extend(database.problems());
    Some(())
}

/// Little-endian.
fn u32_le(bytes: &[u8], offset: usize) -> Option<u32> {
    let bytes = bytes.get(offset..offset.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

/// An offset or length within the file.
fn size(number: u32) -> Option<usize> {
    usize::try_from(number).ok()
}
