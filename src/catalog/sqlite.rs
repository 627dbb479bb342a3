//! SQLite's file format, as far as whole tables are read. <https://www.sqlite.org/fileformat2.html>
//!
//! What stands in a write-ahead log beside the file is not seen.

use std::borrow::Cow;
use std::collections::HashSet;

const LEAF: u8 = 13;
const INTERIOR: u8 = 5;

/// A database.
pub(super) struct Database<'a> {
    bytes: &'a [u8],
    page_size: usize,
    /// Bytes of a page that are used.
    usable: usize,
    /// Pages that were read: each belongs to one table, or one row. A file that says otherwise could have
    /// circles, or any number of rows.
    seen: HashSet<usize>,
    /// Names of tables, and the pages that their trees begin at.
    tables: Vec<(Vec<u8>, usize)>,
    /// What could not be read.
    problems: Vec<&'static str>,
}

/// A row of a table.
pub(super) struct Row<'a> {
    /// What a column has that is the `INTEGER PRIMARY KEY`: it holds nothing itself.
    pub(super) key: u64,
    content: Cow<'a, [u8]>,
}

/// The value of one column.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Column<'r> {
    /// The serial type.
    code: u64,
    pub(super) bytes: &'r [u8],
}

impl Column<'_> {
    /// A number that is not negative.
    pub(super) fn number(self) -> Option<u64> {
        match (self.code, self.bytes) {
            (8, _) => Some(0),
            (9, _) => Some(1),
            (1..=6, [first, ..]) if *first < 0x80 => {
                Some(self.bytes.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
            }
            _ => None,
        }
    }
}

impl Row<'_> {
    /// `None` if it is not what a row must be.
    pub(super) fn columns(&self) -> Option<Vec<Column<'_>>> {
        let (length, _) = varint(&self.content)?;
        let (header, mut data) = self.content.split_at_checked(usize::try_from(length).ok()?)?;
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
            let (bytes, after) = data.split_at_checked(usize::try_from(length).ok()?)?;
            columns.push(Column { code, bytes });
            (header, data) = (rest, after);
        }
        Some(columns)
    }
}

impl<'a> Database<'a> {
    /// `None` if the file is no database.
    pub(super) fn open(bytes: &'a [u8]) -> Option<Self> {
        let page_size = match half(bytes.strip_prefix(b"SQLite format 3\0")?, 0)? {
            1 => 65536,
            page_size => page_size,
        };
        let usable = page_size.checked_sub(usize::from(*bytes.get(20)?))?;
        if page_size < 512 || !page_size.is_power_of_two() || usable < 480 {
            return None;
        }
        let (seen, tables, problems) = (HashSet::new(), Vec::new(), Vec::new());
        let mut database = Self { bytes, page_size, usable, seen, tables, problems };
        let schema = database.rows(1);
        database.tables = schema.iter().filter_map(table).collect();
        Some(database)
    }

    /// The rows of a table; `None` if there is no such table, or it was read.
    pub(super) fn table(&mut self, name: &[u8]) -> Option<Vec<Row<'a>>> {
        let place = self.tables.iter().position(|(known, _)| known == name)?;
        let (_, root) = self.tables.swap_remove(place);
        Some(self.rows(root))
    }

    /// What could not be read so far.
    pub(super) fn problems(&self) -> &[&'static str] {
        &self.problems
    }

    /// Pages are counted from one.
    fn page(&mut self, number: usize) -> Option<&'a [u8]> {
        let start = number.checked_sub(1)?.checked_mul(self.page_size)?;
        let page = self.bytes.get(start..start.checked_add(self.usable)?)?;
        self.seen.insert(number).then_some(page)
    }

    /// The rows of the table whose tree begins at this page.
    fn rows(&mut self, root: usize) -> Vec<Row<'a>> {
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
                                None => self.problems.push("a row whose pages are missing"),
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
                self.problems.push("a page that cannot be read");
            }
        }
        rows
    }

    /// The content of a row, of which a long one has only its beginning in the cell.
    fn row(&mut self, cell: &'a [u8]) -> Option<Row<'a>> {
        let (length, rest) = varint(cell)?;
        let (key, rest) = varint(rest)?;
        let length = usize::try_from(length).ok()?;
        let most = self.usable.checked_sub(35)?;
        if length <= most {
            return Some(Row { key, content: Cow::Borrowed(rest.get(..length)?) });
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
        Some(Row { key, content: Cow::Owned(content) })
    }
}

/// Name and first page of what a row of the schema says of a table.
fn table(row: &Row<'_>) -> Option<(Vec<u8>, usize)> {
    let columns = row.columns()?;
    let root = integer(columns.get(3)?.bytes);
    (columns.first()?.bytes == b"table").then_some((columns.get(1)?.bytes.to_vec(), root))
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
