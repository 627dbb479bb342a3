//! Berkeley DB's hash tables, `Packages`: pages of keys and values, of which long ones lie on pages of their own.
//! <https://github.com/berkeleydb/libdb/blob/v5.3.28/src/dbinc/db_page.h>

use std::borrow::Cow;
use std::collections::HashSet;

use super::Blobs;
use super::size;
use super::u32_le;

/// Bytes before the content of a page.
const PAGE_HEADER: usize = 26;
const HASH_MAGIC: u32 = 0x0006_1561;
const UNSORTED_HASH_PAGE: u8 = 2;
const OVERFLOW_PAGE: u8 = 7;
const HASH_PAGE: u8 = 13;
/// A value that lies on the page itself.
const KEY_DATA: u8 = 1;
/// A value that lies on other pages.
const OFF_PAGE: u8 = 3;

/// `None` if the file is no hash table.
pub(super) fn read<'a>(bytes: &'a [u8], blobs: &mut Blobs<'a>) -> Option<()> {
    let file = File::open(bytes)?;
    let mut seen = HashSet::new();
    for page in bytes.chunks_exact(file.page_size) {
        if matches!(page.get(25), Some(&UNSORTED_HASH_PAGE | &HASH_PAGE)) {
            file.read_page(page, &mut seen, blobs);
        }
    }
    Some(())
}

struct File<'a> {
    bytes: &'a [u8],
    page_size: usize,
    is_big_endian: bool,
}

impl<'a> File<'a> {
    fn open(bytes: &'a [u8]) -> Option<Self> {
        let is_big_endian = match u32_le(bytes, 12)? {
            HASH_MAGIC => false,
            magic if magic.swap_bytes() == HASH_MAGIC => true,
            _ => return None,
        };
        let mut file = Self { bytes, page_size: 0, is_big_endian };
        file.page_size = file.word(bytes, 20)?;
        let is_encrypted = bytes.get(24) != Some(&0);
        let sound = (512..=65536).contains(&file.page_size) && file.page_size.is_power_of_two();
        (sound && !is_encrypted).then_some(file)
    }

    fn word(&self, bytes: &[u8], offset: usize) -> Option<usize> {
        let word = u32_le(bytes, offset)?;
        size(if self.is_big_endian { word.swap_bytes() } else { word })
    }

    fn half(&self, bytes: &[u8], offset: usize) -> Option<usize> {
        let half: [u8; 2] = bytes.get(offset..offset.checked_add(2)?)?.try_into().ok()?;
        let half = if self.is_big_endian { u16::from_be_bytes(half) } else { u16::from_le_bytes(half) };
        Some(usize::from(half))
    }

    fn read_page(&self, page: &'a [u8], seen: &mut HashSet<usize>, blobs: &mut Blobs<'a>) {
        // Keys and values by turns, each with its offset in the page.
        let count = self.half(page, 20).unwrap_or(0);
        let offsets = page.get(PAGE_HEADER..).unwrap_or_default().chunks_exact(2).take(count);
        let offsets: Vec<usize> = offsets.filter_map(|offset| self.half(offset, 0)).collect();
        for pair in offsets.chunks_exact(2) {
            let [key, value] = pair else { continue };
            let Some(kind) = page.get(*value).copied() else {
                blobs.problems.push("a value outside of its page");
                continue;
            };
            match kind {
                // Key zero holds the last number given.
                KEY_DATA if self.word(page, key.saturating_add(1)) == Some(0) => {}
                KEY_DATA => match page.get(value.saturating_add(1)..*key) {
                    Some(header) if !header.is_empty() => blobs.headers.push(Cow::Borrowed(header)),
                    _ => blobs.problems.push("a value outside of its page"),
                },
                OFF_PAGE => match self.overflow(page.get(*value..).unwrap_or_default(), seen) {
                    Some(header) => blobs.headers.push(Cow::Owned(header)),
                    None => blobs.problems.push("a package whose pages are missing"),
                },
                _ => blobs.problems.push("a value of an unknown form"),
            }
        }
    }

    /// Each page is of one value, or a small file could hold any number of packages.
    fn overflow(&self, item: &[u8], seen: &mut HashSet<usize>) -> Option<Vec<u8>> {
        let (mut number, length) = (self.word(item, 4)?, self.word(item, 8)?);
        let mut content = Vec::new();
        while number != 0 && content.len() < length {
            if !seen.insert(number) {
                return None;
            }
            let start = number.checked_mul(self.page_size)?;
            let page = self.bytes.get(start..start.checked_add(self.page_size)?)?;
            if page.get(25) != Some(&OVERFLOW_PAGE) {
                return None;
            }
            let end = self.half(page, 22)?.checked_add(PAGE_HEADER)?;
            content.extend_from_slice(page.get(PAGE_HEADER..end)?);
            number = self.word(page, 16)?;
        }
        (content.len() == length).then_some(content)
    }
}
