//! A part of a file, read by offset.

use std::fs::File;
use std::io;
use std::io::Read;
use std::sync::Arc;

/// A part of a file. Several share one file without sharing a position.
#[derive(Debug)]
pub(crate) struct Section {
    file: Arc<File>,
    position: u64,
    left: u64,
}

impl Section {
    /// `length` bytes from `position` on.
    pub(crate) fn new(file: &Arc<File>, position: u64, length: u64) -> Self {
        Self { file: Arc::clone(file), position, left: length }
    }

    /// Bytes that were not read yet.
    pub(crate) fn left(&self) -> u64 {
        self.left
    }
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(buffer) = buffer.get_mut(..most).filter(|buffer| !buffer.is_empty()) else { return Ok(0) };
        let count = read_at(&self.file, self.position, buffer)?;
        if count == 0 {
            // The file has become shorter since somebody said where its parts lie.
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let read = u64::try_from(count).unwrap_or(u64::MAX);
        self.position = self.position.saturating_add(read);
        self.left = self.left.saturating_sub(read);
        Ok(count)
    }
}

#[cfg(unix)]
fn read_at(file: &File, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, position)
}

#[cfg(windows)]
fn read_at(file: &File, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, position)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn parts_do_not_disturb_one_another() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"abcdef").unwrap();
        let file = Arc::new(file);
        let (mut first, mut second) = (Section::new(&file, 1, 3), Section::new(&file, 2, 4));
        let mut byte = [0];
        first.read_exact(&mut byte).unwrap();
        let read = |section: &mut Section| io::read_to_string(section).unwrap();
        assert_eq!(
            (byte, first.left(), read(&mut second), read(&mut first)),
            ([b'b'], 2, "cdef".into(), "cd".into())
        );
        assert_eq!(first.left(), 0);
    }

    #[test]
    fn a_file_that_was_cut_off_has_no_end() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"abc").unwrap();
        let mut section = Section::new(&Arc::new(file), 1, 3);
        let error = section.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
