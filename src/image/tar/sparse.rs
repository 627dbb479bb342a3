//! Maps of sparse files: where in the file the stored bytes belong.
//! <https://www.gnu.org/software/tar/manual/html_node/Sparse-Formats.html>

use std::io;
use std::io::BufRead;

use super::Input;
use super::field;
use super::pax;
use crate::limits;

/// Stored bytes of a sparse file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) offset: u64,
    length: u64,
}

impl Piece {
    pub(super) fn end(&self) -> u64 {
        self.offset.saturating_add(self.length)
    }
}

/// Four pieces in the header of a member; whether more follow.
pub(super) fn gnu_header(block: &[u8; 512], pieces: &mut Vec<Piece>) -> Result<bool, &'static str> {
    gnu_pieces(block.get(386..482).unwrap_or_default(), pieces)?;
    Ok(block.get(482).is_some_and(|flag| *flag != 0))
}

/// 21 pieces in a block of their own; whether more follow.
pub(super) fn gnu_block(block: &[u8; 512], pieces: &mut Vec<Piece>) -> Result<bool, &'static str> {
    gnu_pieces(block.get(..504).unwrap_or_default(), pieces)?;
    Ok(block.get(504).is_some_and(|flag| *flag != 0))
}

fn gnu_pieces(bytes: &[u8], pieces: &mut Vec<Piece>) -> Result<(), &'static str> {
    for (offset, length) in bytes.chunks_exact(24).map(|piece| piece.split_at(12)) {
        if offset.first().is_none_or(|byte| *byte == 0) {
            break;
        }
        let piece = field::number(offset).zip(field::number(length)).ok_or(BAD)?;
        push(pieces, piece.0, piece.1)?;
    }
    Ok(())
}

/// Offsets and lengths in turn.
pub(super) fn pairs(numbers: &[u64]) -> Result<Vec<Piece>, &'static str> {
    let mut pieces = Vec::new();
    for pair in numbers.chunks(2) {
        let [offset, length] = *pair else { return Err(BAD) };
        push(&mut pieces, offset, length)?;
    }
    Ok(pieces)
}

/// The map of version 1.0: lines of decimal numbers before the content, filled up to whole blocks.
pub(super) fn leading_map<R: BufRead>(input: &mut Input<R>) -> io::Result<Vec<Piece>> {
    let mut lines = Lines { input, read: 0 };
    let count = lines.number()?;
    if usize::try_from(count).map_or(true, |count| count > limits::SPARSE_PIECES) {
        return Err(lines.input.damaged("a sparse file has too many pieces"));
    }
    let mut pieces = Vec::new();
    for _ in 0..count {
        let (offset, length) = (lines.number()?, lines.number()?);
        push(&mut pieces, offset, length).map_err(|reason| lines.input.damaged(reason))?;
    }
    let mut padding = lines.read.wrapping_neg() % 512;
    while padding > 0 {
        padding -= 1;
        lines.byte()?;
    }
    Ok(pieces)
}

/// Reads a map byte by byte.
struct Lines<'a, R> {
    input: &'a mut Input<R>,
    read: u64,
}

impl<R: BufRead> Lines<'_, R> {
    fn byte(&mut self) -> io::Result<u8> {
        if self.input.left == 0 {
            return Err(self.input.damaged(BAD));
        }
        let byte = self.input.piece(1)?.first().copied().unwrap_or(0);
        self.input.consume(1);
        self.read += 1;
        Ok(byte)
    }

    fn number(&mut self) -> io::Result<u64> {
        let mut digits = Vec::new();
        loop {
            match self.byte()? {
                b'\n' => break,
                digit if digits.len() < 20 => digits.push(digit),
                _ => return Err(self.input.damaged(BAD)),
            }
        }
        if digits.is_empty() {
            return Err(self.input.damaged(BAD));
        }
        pax::number(&digits).map_err(|reason| self.input.damaged(reason))
    }
}

fn push(pieces: &mut Vec<Piece>, offset: u64, length: u64) -> Result<(), &'static str> {
    if pieces.len() >= limits::SPARSE_PIECES {
        return Err("a sparse file has too many pieces");
    }
    if length > 0 {
        pieces.push(Piece { offset, length });
    }
    Ok(())
}

/// In order, apart from one another, within the file, and as long together as what is stored.
pub(super) fn check(pieces: &[Piece], size: u64, stored: u64) -> Result<(), &'static str> {
    let mut last = 0;
    let mut total = 0_u64;
    for piece in pieces {
        let end = piece.offset.checked_add(piece.length).ok_or(BAD)?;
        if piece.offset < last || end > size {
            return Err(BAD);
        }
        last = end;
        total = total.saturating_add(piece.length);
    }
    if total <= stored { Ok(()) } else { Err(BAD) }
}

const BAD: &str = "the map of a sparse file is malformed";
