//! One line that says how far a transfer is, on a terminal only.

use std::io;
use std::io::IsTerminal;
use std::io::Write;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use portcullis::source::Moved;
use portcullis::source::Progress;

/// The line; it is gone when this is dropped.
pub(super) struct Line {
    progress: Option<Progress>,
}

#[derive(Default)]
struct State {
    bytes: u64,
    shown: Option<Instant>,
}

impl Line {
    /// A line that starts with `verb`, if somebody looks.
    pub(super) fn new(verb: &'static str) -> Self {
        if !io::stderr().is_terminal() {
            return Self { progress: None };
        }
        let state = Mutex::new(State::default());
        let progress: Progress = Arc::new(move |moved: Moved| {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            state.bytes = state.bytes.saturating_add(u64::try_from(moved.bytes).unwrap_or(u64::MAX));
            if state.shown.is_none_or(|shown| shown.elapsed() >= PAUSE) {
                state.shown = Some(Instant::now());
                let blob = moved.blob.to_string();
                let blob = blob.get(..19).unwrap_or(&blob);
                let _ = write!(io::stderr(), "\r\x1b[K{verb} {} ({blob})", size(state.bytes));
            }
        });
        Self { progress: Some(progress) }
    }

    /// Who tells the line.
    pub(super) fn progress(&self) -> Option<Progress> {
        self.progress.clone()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.progress.is_some() {
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
