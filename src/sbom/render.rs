//! Stand-in.
use std::io;
use std::io::Write;

use super::check::Assessment;
use super::diff::Difference;
use super::drift::Drift;

/// Text.
/// # Errors
/// Those of `to`.
pub fn check_text(assessments: &[Assessment], to: &mut impl Write) -> io::Result<()> {
    writeln!(to, "{assessments:#?}")
}

/// Text.
/// # Errors
/// Those of `to`.
pub fn diff_text(difference: &Difference, to: &mut impl Write) -> io::Result<()> {
    writeln!(to, "{difference:#?}")
}

/// Markdown.
/// # Errors
/// Those of `to`.
pub fn diff_markdown(difference: &Difference, _: usize, to: &mut impl Write) -> io::Result<()> {
    writeln!(to, "{difference:#?}")
}

/// Text.
/// # Errors
/// Those of `to`.
pub fn drift_text(drift: &Drift, to: &mut impl Write) -> io::Result<()> {
    writeln!(to, "{drift:#?}")
}
