//! What all layers of an image may have together, and whether it is worth going on.

use std::io;
use std::io::Read;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use super::Watch;
use super::error::LayerFault;
use crate::limits;

/// Counts for all layers of an image.
#[derive(Debug, Default)]
pub(super) struct Budget {
    abandoned: AtomicBool,
    bytes: AtomicU64,
    files: AtomicU64,
    paths: AtomicU64,
    watch: Watch,
}

impl Budget {
    /// One that is told of.
    pub(super) fn watched(watch: &Watch) -> Self {
        Self { watch: watch.clone(), ..Self::default() }
    }

    /// Makes all others stop.
    pub(super) fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Relaxed)
    }

    /// A file, and the length of its path with that of what it links to.
    pub(super) fn count_file(&self, length: usize) -> Result<(), LayerFault> {
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        check("bytes in one path", length, 2 * limits::PATH_BYTES)?;
        count(&self.files, 1, "files", limits::IMAGE_FILES)?;
        count(&self.paths, length, "bytes in all paths", limits::IMAGE_PATH_BYTES)
    }

    /// The bytes of `input`, counted.
    pub(super) fn count<R: Read>(&self, input: R) -> Counted<'_, R> {
        Counted { input, budget: self }
    }
}

fn count(counter: &AtomicU64, more: u64, what: &'static str, ceiling: u64) -> Result<(), LayerFault> {
    check(what, counter.fetch_add(more, Ordering::Relaxed).saturating_add(more), ceiling)
}

fn check(what: &'static str, found: u64, ceiling: u64) -> Result<(), LayerFault> {
    if found > ceiling { Err(LayerFault::Limit { what, ceiling }) } else { Ok(()) }
}

/// A reader that stops at the ceiling, and when another layer is broken.
pub(super) struct Counted<'a, R> {
    pub(super) input: R,
    budget: &'a Budget,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.budget.is_abandoned() {
            return Err(LayerFault::Abandoned.into());
        }
        let read = self.input.read(buffer)?;
        let more = u64::try_from(read).unwrap_or(u64::MAX);
        count(&self.budget.bytes, more, "bytes unpacked", limits::IMAGE_BYTES)?;
        self.budget.watch.tell(more);
        Ok(read)
    }
}
