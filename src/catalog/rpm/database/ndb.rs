//! rpm's own format, `Packages.db`: pages of slots that point to blobs.
//! <https://github.com/rpm-software-management/rpm/blob/master/lib/backend/ndb/rpmpkg.c>

use std::borrow::Cow;
use std::collections::HashSet;

use super::Blobs;
use super::size;
use super::u32_le;

const PAGE: usize = 4096;
const SLOT: usize = 16;
const BLOCK: usize = 16;

/// `None` if the file has no such slots.
pub(super) fn read<'a>(bytes: &'a [u8], blobs: &mut Blobs<'a>) -> Option<()> {
    let pages = size(u32_le(bytes, 12)?)?;
    // The first two slots are the header of the file.
    let slots = bytes.get(2 * SLOT..pages.checked_mul(PAGE)?)?;
    let mut seen = HashSet::new();
    for slot in slots.chunks_exact(SLOT) {
        if !slot.starts_with(b"Slot") {
            blobs.problems.push("a slot without its mark");
            continue;
        }
        let (package, block) = (u32_le(slot, 4)?, size(u32_le(slot, 8)?)?);
        // Free slots have no package. A blob that two slots claim is read once, or a small file could hold any
        // number of packages.
        if package == 0 {
            continue;
        }
        match seen.insert(block).then(|| blob(bytes, block, package)).flatten() {
            Some(header) => blobs.headers.push(Cow::Borrowed(header)),
            None => blobs.problems.push("a package that lies outside of the database"),
        }
    }
    Some(())
}

fn blob(bytes: &[u8], block: usize, package: u32) -> Option<&[u8]> {
    let start = block.checked_mul(BLOCK)?;
    let blob = bytes.get(start..)?;
    if !blob.starts_with(b"BlbS") || u32_le(blob, 4)? != package {
        return None;
    }
    blob.get(16..size(u32_le(blob, 12)?)?.checked_add(16)?)
}
