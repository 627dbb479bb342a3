//! Tar archives as layers are: POSIX.1-1988 and 2001 (pax), and GNU's long names, sizes and sparse files.
//!
//! Reads what Go's archive/tar reads, in the same way: every runtime unpacks layers by that. Knows nothing
//! of layers. <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html>,
//! <https://www.gnu.org/software/tar/manual/html_node/Standard.html>

mod field;
mod pax;
mod sparse;

use std::io;
use std::io::BufRead;
use std::io::Read;
use std::io::Seek;

use self::pax::Pax;
use self::sparse::Piece;
use super::error::LayerFault;
use crate::limits;

/// An archive, read member by member.
pub(super) struct Archive<R> {
    input: Input<R>,
    /// What a global header says of every member.
    global: Pax,
}

/// One member, without its content.
#[derive(Debug, Default)]
pub(super) struct Member {
    pub(super) path: Vec<u8>,
    /// What it links to, if it is a link.
    pub(super) link: Vec<u8>,
    pub(super) kind: Kind,
    /// Bytes of the file, of which a sparse one stores fewer.
    pub(super) size: u64,
    pub(super) mode: u32,
    pieces: Option<Vec<Piece>>,
}

/// What a member is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Kind {
    Directory,
    HardLink,
    /// A device or pipe.
    Other,
    #[default]
    Regular,
    SymbolicLink,
}

impl<R: BufRead> Archive<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input: Input { input, position: 0, left: 0, padding: 0 }, global: Pax::default() }
    }

    /// The next member, into `member`; `false` at the end.
    ///
    /// # Errors
    /// [`LayerFault`] inside, or one of the input.
    pub(super) fn next(&mut self, member: &mut Member) -> io::Result<bool> {
        let mut pax = self.global.clone();
        let mut extended = false;
        loop {
            self.input.skip_content()?;
            let Some(block) = self.input.header()? else {
                if extended {
                    return Err(self.input.damaged("an extended header is the last"));
                }
                return Ok(false);
            };
            let size = field::number(field::SIZE.of(&block));
            let size = size.ok_or_else(|| self.input.damaged("a size is no number"))?;
            match field::kind(&block) {
                b'x' | b'X' => {
                    let bytes = self.input.extended(size)?;
                    pax.merge(&bytes).map_err(|reason| self.input.damaged(reason))?;
                    extended = true;
                }
                b'g' => {
                    let bytes = self.input.extended(size)?;
                    self.global.merge(&bytes).map_err(|reason| self.input.damaged(reason))?;
                    pax.merge(&bytes).map_err(|reason| self.input.damaged(reason))?;
                }
                b'L' => {
                    pax.path = Some(field::text(&self.input.extended(size)?).to_vec());
                    extended = true;
                }
                b'K' => {
                    pax.link = Some(field::text(&self.input.extended(size)?).to_vec());
                    extended = true;
                }
                // A volume label, and what only a restore of several volumes can use.
                b'V' | b'M' | b'N' => self.input.content(size),
                kind => {
                    self.fill(member, &block, kind, pax, size)?;
                    return Ok(true);
                }
            }
        }
    }

    fn fill(
        &mut self,
        member: &mut Member,
        block: &[u8; 512],
        kind: u8,
        mut pax: Pax,
        size: u64,
    ) -> io::Result<()> {
        member.path.clear();
        match pax.path.take() {
            Some(path) => member.path = path,
            None => field::path(block, &mut member.path),
        }
        member.link.clear();
        match pax.link.take() {
            Some(link) => member.link = link,
            None => member.link.extend_from_slice(field::text(field::LINK.of(block))),
        }
        member.kind = match kind {
            b'1' => Kind::HardLink,
            b'2' => Kind::SymbolicLink,
            b'3' | b'4' | b'6' => Kind::Other,
            b'5' | b'D' => Kind::Directory,
            // Before POSIX had a kind for directories.
            0 | b'0' if member.path.ends_with(b"/") => Kind::Directory,
            _ => Kind::Regular,
        };
        let mode = field::number(field::MODE.of(block)).unwrap_or(0) & 0o7777;
        member.mode = u32::try_from(mode).unwrap_or(0);
        member.pieces = None;
        let stored = pax.size.unwrap_or(size);
        member.size = if member.kind == Kind::Regular { stored } else { 0 };
        // Go reads no content of these, whatever their size.
        let content = matches!(kind, b'1'..=b'6');
        self.input.content(if content { 0 } else { stored });
        if kind == b'S' {
            self.gnu_sparse(member, block)?;
        } else if member.kind == Kind::Regular && pax.sparse.is_sparse() {
            self.pax_sparse(member, pax)?;
        }
        if let Some(pieces) = &member.pieces {
            sparse::check(pieces, member.size, self.input.left)
                .map_err(|reason| self.input.damaged(reason))?;
        }
        Ok(())
    }

    /// The map stands in the header, and in blocks behind it.
    fn gnu_sparse(&mut self, member: &mut Member, block: &[u8; 512]) -> io::Result<()> {
        let bad = "the map of a sparse file is malformed";
        let stored = (self.input.left, self.input.padding);
        let mut pieces = Vec::new();
        let mut more = sparse::gnu_header(block, &mut pieces).map_err(|reason| self.input.damaged(reason))?;
        while more {
            let block = self.input.block()?.ok_or_else(|| self.input.damaged(bad))?;
            more = sparse::gnu_block(&block, &mut pieces).map_err(|reason| self.input.damaged(reason))?;
        }
        (self.input.left, self.input.padding) = stored;
        let size = field::number(field::REAL_SIZE.of(block));
        member.size = size.ok_or_else(|| self.input.damaged("a size is no number"))?;
        member.pieces = Some(pieces);
        Ok(())
    }

    /// The map stands in the extended header, or, since version 1.0, before the content.
    fn pax_sparse(&mut self, member: &mut Member, pax: Pax) -> io::Result<()> {
        if let Some(name) = pax.sparse.name {
            member.path = name;
        }
        let pieces = if pax.sparse.major == Some(1) {
            sparse::leading_map(&mut self.input)?
        } else {
            sparse::pairs(&pax.sparse.map).map_err(|reason| self.input.damaged(reason))?
        };
        member.size = pax.sparse.size.unwrap_or(member.size);
        member.pieces = Some(pieces);
        Ok(())
    }

    /// The content of the member that was read last, from its first byte.
    pub(super) fn content<'a>(&'a mut self, member: &'a Member) -> Content<'a, R> {
        Content { input: &mut self.input, pieces: member.pieces.as_deref(), at: 0, size: member.size }
    }

    /// Reads to the end of the input, past the mark that ends the archive.
    pub(super) fn finish(mut self) -> io::Result<R> {
        loop {
            let count = self.input.input.fill_buf()?.len();
            if count == 0 {
                return Ok(self.input.input);
            }
            self.input.input.consume(count);
        }
    }
}

impl<R: BufRead + Seek> Archive<R> {
    /// As [`Self::next`], past the content that was not read without reading it.
    pub(super) fn next_seeking(&mut self, member: &mut Member) -> io::Result<bool> {
        self.input.seek_past()?;
        self.next(member)
    }

    /// Where the content of the member that was read last begins.
    pub(super) fn position(&self) -> u64 {
        self.input.position
    }
}

impl<R: BufRead + Seek> Input<R> {
    fn seek_past(&mut self) -> io::Result<()> {
        let all = self.left.checked_add(self.padding).and_then(|all| i64::try_from(all).ok());
        let Some(all) = all.filter(|all| *all > 1) else { return Ok(()) };
        // The last byte is read, since one can seek past the end of what is cut off.
        self.input.seek_relative(all - 1)?;
        self.position =
            self.position.saturating_add(self.left).saturating_add(self.padding).saturating_sub(1);
        self.left = 1;
        self.padding = 0;
        Ok(())
    }
}

/// Where in the archive we are.
struct Input<R> {
    input: R,
    position: u64,
    /// Bytes of the member's content that were not read.
    left: u64,
    /// Bytes behind it that fill up the last block.
    padding: u64,
}

impl<R: BufRead> Input<R> {
    fn damaged(&self, reason: &'static str) -> io::Error {
        LayerFault::Tar { position: self.position, reason }.into()
    }

    /// Content of `size` bytes follows.
    fn content(&mut self, size: u64) {
        self.left = size;
        self.padding = size.wrapping_neg() % 512;
    }

    /// `None` at the end of the input, which must be between two blocks.
    fn block(&mut self) -> io::Result<Option<[u8; 512]>> {
        let mut block = [0; 512];
        let mut rest = &mut block[..];
        while !rest.is_empty() {
            let bytes = fill(&mut self.input)?;
            let count = bytes.len().min(rest.len());
            if count == 0 {
                let empty = rest.len() == 512;
                return if empty { Ok(None) } else { Err(self.damaged("it ends within a header")) };
            }
            for (to, from) in rest.iter_mut().zip(bytes) {
                *to = *from;
            }
            self.input.consume(count);
            rest = rest.get_mut(count..).unwrap_or_default();
        }
        self.position = self.position.saturating_add(512);
        Ok(Some(block))
    }

    /// The next header; `None` at the end. As Go has it, two blocks of zeros or the end of the input end an
    /// archive, and one block of zeros before another header does not.
    fn header(&mut self) -> io::Result<Option<[u8; 512]>> {
        let Some(block) = self.block()? else { return Ok(None) };
        if block.iter().any(|byte| *byte != 0) {
            return self.checked(block).map(Some);
        }
        match self.block()? {
            None => Ok(None),
            Some(block) if block.iter().all(|byte| *byte == 0) => Ok(None),
            Some(_) => Err(self.damaged("its end mark is not one")),
        }
    }

    fn checked(&self, block: [u8; 512]) -> io::Result<[u8; 512]> {
        if field::has_checksum(&block) {
            Ok(block)
        } else {
            Err(self.damaged("a header has a wrong checksum"))
        }
    }

    fn extended(&mut self, size: u64) -> io::Result<Vec<u8>> {
        if size > limits::TAR_HEADER_BYTES {
            let what = "bytes in an extended header";
            return Err(LayerFault::Limit { what, ceiling: limits::TAR_HEADER_BYTES }.into());
        }
        self.content(size);
        let mut bytes = Vec::new();
        while self.left > 0 {
            let piece = self.piece(self.left)?;
            bytes.extend_from_slice(piece);
            let count = piece.len();
            self.consume(count);
        }
        self.skip_content()?;
        Ok(bytes)
    }

    /// Some of the content's next bytes, at most `most`, at least one.
    fn piece(&mut self, most: u64) -> io::Result<&[u8]> {
        let most = usize::try_from(most.min(self.left)).unwrap_or(usize::MAX);
        let position = self.position;
        let bytes = fill(&mut self.input)?;
        if bytes.is_empty() {
            let reason = "it is cut off: a member is longer than the archive";
            return Err(LayerFault::Tar { position, reason }.into());
        }
        Ok(bytes.get(..most).unwrap_or(bytes))
    }

    fn consume(&mut self, count: usize) {
        self.input.consume(count);
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.left = self.left.saturating_sub(count);
        self.position = self.position.saturating_add(count);
    }

    fn skip_content(&mut self) -> io::Result<()> {
        self.left = self.left.checked_add(self.padding).ok_or_else(|| self.damaged("a size is no number"))?;
        self.padding = 0;
        while self.left > 0 {
            let count = self.piece(self.left)?.len();
            self.consume(count);
        }
        Ok(())
    }
}

/// Whether an archive may start like this: with a header, or with its end.
pub(super) fn is_header(start: &[u8]) -> bool {
    <&[u8; 512]>::try_from(start)
        .is_ok_and(|block| field::has_checksum(block) || block.iter().all(|byte| *byte == 0))
}

/// The bytes at hand, interruptions left out.
fn fill(input: &mut impl BufRead) -> io::Result<&[u8]> {
    loop {
        match input.fill_buf() {
            Ok(_) => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    input.fill_buf()
}

/// The bytes of one file, holes filled with zeros.
pub(super) struct Content<'a, R> {
    input: &'a mut Input<R>,
    /// Of a sparse file, those that are not read yet.
    pieces: Option<&'a [Piece]>,
    at: u64,
    size: u64,
}

impl<R: BufRead> Read for Content<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = match self.pieces {
            None => return self.stored(buffer, self.input.left),
            Some([piece, ..]) if piece.offset > self.at => piece.offset,
            Some([piece, rest @ ..]) => {
                let left = piece.end().saturating_sub(self.at);
                if left == 0 {
                    self.pieces = Some(rest);
                    return self.read(buffer);
                }
                return self.stored(buffer, left);
            }
            Some([]) => self.size,
        };
        let hole = usize::try_from(end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let count = hole.min(buffer.len());
        buffer.iter_mut().take(count).for_each(|byte| *byte = 0);
        self.at = self.at.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(count)
    }
}

impl<R: BufRead> Content<'_, R> {
    fn stored(&mut self, buffer: &mut [u8], most: u64) -> io::Result<usize> {
        if most == 0 || buffer.is_empty() || self.input.left == 0 {
            return Ok(0);
        }
        let most = most.min(u64::try_from(buffer.len()).unwrap_or(u64::MAX));
        let piece = self.input.piece(most)?;
        let count = piece.len();
        if let Some(buffer) = buffer.get_mut(..count) {
            buffer.copy_from_slice(piece);
        }
        self.input.consume(count);
        self.at = self.at.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
