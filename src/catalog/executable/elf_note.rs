//! The note in which distributions say what package a program is of.
//!
//! <https://systemd.io/ELF_PACKAGE_METADATA/>

use super::fields::Fields;
use super::header::Header;
use super::window::Capture;
use super::window::Window;

/// Keeps the notes while the file passes.
#[derive(Debug)]
pub(super) struct Search {
    captures: Vec<Capture>,
    big_endian: bool,
}

impl Search {
    pub(super) fn new(header: &Header) -> Self {
        let whole = |(offset, length): &(u64, u64)| {
            let length = usize::try_from(*length).ok().filter(|length| *length <= NOTE_BYTES)?;
            Some(Capture::new(*offset, length))
        };
        let captures = header.notes.iter().take(NOTES).filter_map(whole).collect();
        Self { captures, big_endian: header.big_endian }
    }

    pub(super) fn see(&mut self, window: &Window<'_>) {
        for capture in &mut self.captures {
            capture.see(window);
        }
    }

    /// The JSON of the package note.
    pub(super) fn finish(self) -> Option<Box<[u8]>> {
        let big_endian = self.big_endian;
        self.captures.iter().find_map(|capture| find(Fields { bytes: capture.bytes(), big_endian }))
    }
}

fn find(fields: Fields<'_>) -> Option<Box<[u8]>> {
    let mut at = 0_usize;
    let padded = |length: u32| usize::try_from(length).ok()?.checked_next_multiple_of(4);
    loop {
        let name_length = fields.u32(at)?;
        let text_length = fields.u32(at.checked_add(4)?)?;
        let kind = fields.u32(at.checked_add(8)?)?;
        let name = at.checked_add(12)?;
        let text = name.checked_add(padded(name_length)?)?;
        let end = text.checked_add(usize::try_from(text_length).ok()?)?;
        if kind == PACKAGE && fields.bytes.get(name..)?.starts_with(b"FDO\0") {
            let json = fields.bytes.get(text..end)?;
            let length = json.iter().rposition(|byte| *byte != 0)?.checked_add(1)?;
            return json.get(..length).map(Into::into);
        }
        at = text.checked_add(padded(text_length)?)?;
    }
}

/// `NT_FDO_PACKAGING_METADATA`.
const PACKAGE: u32 = 0xcafe_1a7e;

/// Bytes of one segment of notes. Real ones have below 1000.
const NOTE_BYTES: usize = 64 << 10;

/// Segments of notes. Real files have three at most.
const NOTES: usize = 16;
