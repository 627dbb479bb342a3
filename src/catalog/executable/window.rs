//! A window that slides over a file.

use std::io;
use std::io::ErrorKind;
use std::io::Read;
use std::sync::Mutex;
use std::sync::PoisonError;

use memchr::memmem::Finder;

/// A part of a file that is in memory.
#[derive(Debug)]
pub(in crate::catalog) struct Window<'a> {
    /// Where it begins in the file.
    pub start: u64,
    /// The bytes.
    pub bytes: &'a [u8],
    /// How many of them the window before had too.
    pub old: usize,
    /// Where a thing that is searched for may begin in this window, so that it is met once, and at least
    /// [`AHEAD`] bytes of what follows are there unless the file ends.
    begins: std::ops::Range<usize>,
}

impl<'a> Window<'a> {
    /// Where in this window a text begins, each met in one window only.
    pub(super) fn find<'f>(&self, finder: &'f Finder<'_>) -> impl Iterator<Item = usize> + use<'a, 'f> {
        let bytes = self.bytes;
        let begins = self.begins.clone();
        let end = begins.end.saturating_add(finder.needle().len()).saturating_sub(1).min(bytes.len());
        let part = bytes.get(begins.start..end).unwrap_or_default();
        finder.find_iter(part).map(move |at| begins.start.saturating_add(at))
    }

    /// Where a place of this window lies in the file.
    pub(super) fn offset(&self, at: usize) -> u64 {
        self.start.saturating_add(u64::try_from(at).unwrap_or(u64::MAX))
    }

    /// The bytes that the window before did not have.
    pub(super) fn unseen(&self) -> &'a [u8] {
        self.bytes.get(self.old..).unwrap_or_default()
    }
}

/// A stretch of the file that is kept when it passes.
#[derive(Debug)]
pub(super) struct Capture {
    start: u64,
    length: usize,
    bytes: Vec<u8>,
}

impl Capture {
    /// Of `length` bytes from `start`, which no window has passed yet.
    pub(super) fn new(start: u64, length: usize) -> Self {
        Self { start, length, bytes: Vec::new() }
    }

    pub(super) fn see(&mut self, window: &Window<'_>) {
        let next = self.start.saturating_add(u64::try_from(self.bytes.len()).unwrap_or(u64::MAX));
        let missing = self.length.saturating_sub(self.bytes.len());
        let Some(skipped) = next.checked_sub(window.start) else { return };
        let Ok(skipped) = usize::try_from(skipped) else { return };
        let rest = window.bytes.get(skipped..).unwrap_or_default();
        self.bytes.extend_from_slice(rest.get(..missing).unwrap_or(rest));
    }

    /// What was there of it.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Memory for windows, used again for the next file.
#[derive(Debug, Default)]
pub(in crate::catalog) struct Buffers(Mutex<Vec<Vec<u8>>>);

impl Buffers {
    fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn put_back(&self, buffer: Vec<u8>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
    }
}

/// Shows `content` window by window, at least one.
pub(in crate::catalog) fn slide(
    content: &mut dyn Read,
    size: u64,
    buffers: &Buffers,
    mut show: impl FnMut(&Window<'_>),
) -> io::Result<()> {
    let mut buffer = buffers.take();
    // One byte more than the file has, so that its end is met in the first window.
    let wanted = usize::try_from(size.saturating_add(1)).unwrap_or(WINDOW).min(WINDOW);
    if buffer.len() < wanted {
        buffer.resize(wanted, 0);
    }
    let done = slide_over(content, &mut buffer, &mut show);
    buffers.put_back(buffer);
    done
}

fn slide_over(
    content: &mut dyn Read,
    buffer: &mut [u8],
    show: &mut dyn FnMut(&Window<'_>),
) -> io::Result<()> {
    let (mut start, mut old) = (0_u64, 0);
    loop {
        let free = buffer.get_mut(old..).unwrap_or_default();
        let length = old.saturating_add(fill(content, free)?);
        let last = length < buffer.len();
        let end = if last { length } else { length.saturating_sub(AHEAD) };
        let begins = (if start == 0 { 0 } else { BEHIND })..end;
        show(&Window { start, bytes: buffer.get(..length).unwrap_or_default(), old, begins });
        if last {
            return Ok(());
        }
        let next = length.saturating_sub(AHEAD + BEHIND);
        buffer.copy_within(next..length, 0);
        old = AHEAD + BEHIND;
        start = start.saturating_add(u64::try_from(next).unwrap_or(u64::MAX));
    }
}

/// Reads until `free` is full or the content ends; says how many bytes.
pub(in crate::catalog) fn fill(content: &mut dyn Read, mut free: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0_usize;
    while !free.is_empty() {
        match content.read(free) {
            Ok(0) => break,
            Ok(count) => {
                filled = filled.saturating_add(count);
                free = free.get_mut(count..).unwrap_or_default();
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Bytes of a window: with all its searches it stays in a core's second cache.
const WINDOW: usize = 256 << 10;

/// Bytes that follow the beginning of whatever is found, in the same window.
pub(super) const AHEAD: usize = 4 << 10;

/// Bytes before it.
const BEHIND: usize = 1 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(buffer.len()).min(50_021);
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    /// Every place is met once, with what follows, wherever it lies towards the windows' edges.
    #[test]
    fn meets_everything_once() {
        let finder = Finder::new(b"needle");
        for size in [6, WINDOW - 1, WINDOW, WINDOW + 1, 3 * WINDOW] {
            let mut file = vec![0; size];
            let places: Vec<usize> = (0..size - 5).step_by(977).chain([size - 6]).collect();
            for place in &places {
                file[*place..*place + 6].copy_from_slice(b"needle");
            }
            // Steps of 977 and the last place may overlap.
            let expected: Vec<u64> =
                memchr::memmem::find_iter(&file, b"needle").map(|at| u64::try_from(at).unwrap()).collect();
            let length = u64::try_from(size).unwrap();
            let mut met = Vec::new();
            let mut passed = Vec::new();
            let mut capture = Capture::new(5, size - 5);
            let mut content = Slow(&file);
            slide(&mut content, length, &Buffers::default(), |window| {
                for at in window.find(&finder) {
                    assert!(window.bytes.len() - at >= AHEAD || window.offset(window.bytes.len()) == length);
                    met.push(window.offset(at));
                }
                passed.extend_from_slice(window.unseen());
                capture.see(window);
            })
            .unwrap();
            assert_eq!(met, expected, "{size}");
            assert!(passed == file, "{size}");
            assert!(capture.bytes() == &file[5..], "{size}");
        }
    }
}
