//! One line that says how far a transfer or a scan is, on a terminal only.

use std::io;
use std::io::IsTerminal;
use std::io::Write;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use portcullis::image::Watch;
use portcullis::source::Moved;
use portcullis::source::Progress;

/// The line; it is gone when this is dropped.
pub(super) struct Line {
    state: Option<Arc<Mutex<State>>>,
}

struct State {
    verb: &'static str,
    bytes: u64,
    shown: Instant,
}

impl State {
    /// Shows the line anew, now and then.
    fn add(&mut self, bytes: u64, what: impl FnOnce() -> String) {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.shown.elapsed() >= PAUSE {
            self.shown = Instant::now();
            let _ = write!(io::stderr(), "\r\x1b[K{} {}{}", self.verb, size(self.bytes), what());
        }
    }
}

impl Line {
    /// A line that starts with `verb`, if somebody looks. What is done at once shows none.
    pub(super) fn new(verb: &'static str) -> Self {
        if !io::stderr().is_terminal() {
            return Self::none();
        }
        let state = State { verb, bytes: 0, shown: Instant::now() };
        Self { state: Some(Arc::new(Mutex::new(state))) }
    }

    /// No line.
    pub(super) fn none() -> Self {
        Self { state: None }
    }

    /// Who tells the line of blobs that move.
    pub(super) fn progress(&self) -> Option<Progress> {
        let state = Arc::clone(self.state.as_ref()?);
        Some(Arc::new(move |moved: Moved| {
            let blob = || {
                let blob = moved.blob.to_string();
                format!(" ({})", blob.get(..19).unwrap_or(&blob))
            };
            lock(&state).add(u64::try_from(moved.bytes).unwrap_or(u64::MAX), blob);
        }))
    }

    /// Who tells the line of bytes that are read.
    pub(super) fn watch(&self) -> Watch {
        let Some(state) = &self.state else { return Watch::default() };
        let state = Arc::clone(state);
        Watch::new(move |bytes| lock(&state).add(bytes, String::new))
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.state.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// `12.3 MB`, as people read it.
pub(super) fn size(bytes: u64) -> String {
    let mut unit = 1_u64;
    let mut name = "B";
    for larger in ["KB", "MB", "GB", "TB"] {
        if bytes / unit < 1000 {
            break;
        }
        unit = unit.saturating_mul(1000);
        name = larger;
    }
    let tenths = u128::from(bytes) * 10 / u128::from(unit);
    let text = if unit == 1 { bytes.to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) };
    format!("{text} {name}")
}

/// Between two updates.
const PAUSE: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 KB"),
            (1999, "1.9 KB"),
            (12_345_678, "12.3 MB"),
            (999_999_999, "999.9 MB"),
            (1_000_000_000, "1.0 GB"),
        ] {
            assert_eq!(size(bytes), text);
        }
        assert_eq!(size(u64::MAX), "18446744.0 TB");
    }
}
