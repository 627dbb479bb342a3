//! SQLite's file format, as far as the table `Packages` of `rpmdb.sqlite` needs it.
//! <https://www.sqlite.org/fileformat2.html>

use std::borrow::Cow;
use std::collections::HashSet;

use super::Blobs;

const LEAF: u8 = 13;
const INTERIOR: u8 = 5;

/// `None` if the file is no database, or has no such table.
pub(super) fn read<'a>(bytes: &'a [u8], blobs: &mut Blobs<'a>) -> Option<()> {
    let mut file = File::open(bytes)?;
    let schema = file.table(1, blobs);
    let root = schema.iter().find_map(|row| {
        let columns = columns(row)?;
        let is_packages = columns.first()?.1 == b"table" && columns.get(1)?.1 == b"Packages";
        is_packages.then(|| columns.get(3).map(|column| integer(column.1)))?
    })?;
    for row in file.table(root, blobs) {
        // The number of the package, which is the key of the row, and its header.
        let header = columns(&row).and_then(|columns| {
            let (_, header) = columns.get(1)?;
            Some(header.to_vec())
        });
        match header {
            Some(header) => blobs.headers.push(Cow::Owned(header)),
            None => blobs.problems.push("a row that cannot be read"),
        }
    }
    Some(())
}

struct File<'a> {
    bytes: &'a [u8],
    page_size: usize,
    /// Bytes of a page that are used.
    usable: usize,
    /// Pages that were read: each belongs to one table, or one row. A file that says otherwise could have
    /// circles, or any number of rows.
    seen: HashSet<usize>,
}

impl<'a> File<'a> {
    fn open(bytes: &'a [u8]) -> Option<Self> {
        let page_size = match half(bytes.strip_prefix(b"SQLite format 3\0")?, 0)? {
            1 => 65536,
            page_size => page_size,
        };
        let usable = page_size.checked_sub(usize::from(*bytes.get(20)?))?;
        let sound = page_size >= 512 && page_size.is_power_of_two() && usable >= 480;
        sound.then_some(Self { bytes, page_size, usable, seen: HashSet::new() })
    }

    /// Pages are counted from one.
    fn page(&mut self, number: usize) -> Option<&'a [u8]> {
        let start = number.checked_sub(1)?.checked_mul(self.page_size)?;
        let page = self.bytes.get(start..start.checked_add(self.usable)?)?;
        self.seen.insert(number).then_some(page)
    }

    /// The rows of the table whose tree begins at this page.
    fn table(&mut self, root: usize, blobs: &mut Blobs<'a>) -> Vec<Cow<'a, [u8]>> {
        let mut rows = Vec::new();
        let mut todo = vec![root];
        while let Some(number) = todo.pop() {
            let read = self.page(number).and_then(|page| {
                // The header of the file lies before that of the first page.
                let start = if number == 1 { 100 } else { 0 };
                let kind = *page.get(start)?;
                let count = half(page, start.checked_add(3)?)?;
                let first = start.checked_add(if kind == INTERIOR { 12 } else { 8 })?;
                let pointers = page.get(first..first.checked_add(count.checked_mul(2)?)?)?;
                let cells: Vec<usize> =
                    pointers.chunks_exact(2).filter_map(|pointer| half(pointer, 0)).collect();
                match kind {
                    LEAF => {
                        for cell in cells {
                            match page.get(cell..).and_then(|cell| self.row(cell)) {
                                Some(row) => rows.push(row),
                                None => blobs.problems.push("a row whose pages are missing"),
                            }
                        }
                    }
                    INTERIOR => {
                        todo.push(word(page, start.checked_add(8)?)?);
                        for cell in cells.into_iter().rev() {
                            todo.push(word(page, cell)?);
                        }
                    }
                    _ => return None,
                }
                Some(())
            });
            if read.is_none() {
                blobs.problems.push("a page that cannot be read");
            }
        }
        rows
    }

    /// The content of a row, of which a long one has only its beginning in the cell.
    fn row(&mut self, cell: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        let (length, rest) = varint(cell)?;
        let (_key, rest) = varint(rest)?;
        let length = usize::try_from(length).ok()?;
        let most = self.usable.checked_sub(35)?;
        if length <= most {
            return rest.get(..length).map(Cow::Borrowed);
        }
        let least = self.usable.checked_sub(12)?.checked_mul(32)?.checked_div(255)?.checked_sub(23)?;
        let surplus = length.checked_sub(least)?.checked_rem(self.usable.checked_sub(4)?)?;
        let local = least.checked_add(surplus).filter(|local| *local <= most).unwrap_or(least);
        let mut content = rest.get(..local)?.to_vec();
        let mut next = word(rest, local)?;
        while content.len() < length {
            let page = self.page(next)?;
            let part = page.get(4..)?;
            let missing = length.checked_sub(content.len())?;
            content.extend_from_slice(part.get(..missing.min(part.len()))?);
            next = word(page, 0)?;
        }
        Some(Cow::Owned(content))
    }
}

/// The columns of a row: the code of the type, and the bytes.
fn columns(row: &[u8]) -> Option<Vec<(u64, &[u8])>> {
    let (length, _) = varint(row)?;
    let length = usize::try_from(length).ok()?;
    let (header, mut data) = row.split_at_checked(length)?;
    let (_, mut header) = varint(header)?;
    let mut columns = Vec::new();
    while !header.is_empty() {
        let (code, rest) = varint(header)?;
        let length = match code {
            0 | 8 | 9 => 0,
            1..=4 => code,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            code => code.checked_sub(12)?.checked_div(2)?,
        };
        let (column, after) = data.split_at_checked(usize::try_from(length).ok()?)?;
        columns.push((code, column));
        (header, data) = (rest, after);
    }
    Some(columns)
}

/// A big-endian number; numbers of pages have at most four bytes.
fn integer(bytes: &[u8]) -> usize {
    bytes.iter().take(4).fold(0, |number, byte| (number << 8) | usize::from(*byte))
}

/// Seven bits a byte, the ninth has eight.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0u64;
    for (place, byte) in bytes.iter().enumerate().take(9) {
        let rest = bytes.get(place.checked_add(1)?..)?;
        if place == 8 {
            return Some(((number << 8) | u64::from(*byte), rest));
        }
        number = (number << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, rest));
        }
    }
    None
}

fn half(bytes: &[u8], offset: usize) -> Option<usize> {
    bytes.get(offset..offset.checked_add(2)?).map(integer)
}

fn word(bytes: &[u8], offset: usize) -> Option<usize> {
    bytes.get(offset..offset.checked_add(4)?).map(integer)
}
