//! `portcullis allowlist`: findings that are accepted for a time.

mod add;
mod check;
mod import;
mod prune;
mod reports;
mod terms;

use std::path::Path;

use clap::Subcommand;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use portcullis::allowlist::Allowlist;
use portcullis::allowlist::AllowlistError;
use portcullis::allowlist::edit;
use portcullis::limits;

use super::Outcome;
use super::context;
use super::deferred::Deferred;
use super::output::Format;
use super::output::Problem;

/// Look after the findings that are accepted for a time
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Accept a finding for a time
    Add(Deferred<add::Options>),
    /// Say which entries have expired, will soon, are met by nothing or by too much
    Check(Deferred<check::Options>),
    /// Take over what another tool accepts
    Import(Deferred<import::Options>),
    /// Remove entries that count no longer
    Prune(Deferred<prune::Options>),
}

impl Command {
    /// How a problem is written.
    pub(super) fn format(&self) -> Format {
        match self {
            Self::Check(options) => options.format,
            Self::Add(_) | Self::Import(_) | Self::Prune(_) => Format::Text,
        }
    }
}

/// Runs the command.
pub(super) fn run(command: &Command) -> Outcome {
    match command {
        Command::Add(options) => add::run(options),
        Command::Check(options) => check::run(options),
        Command::Import(options) => import::run(options),
        Command::Prune(options) => prune::run(options),
    }
}

/// Reads a list.
pub(super) fn read(path: &Path) -> Result<Allowlist, Problem> {
    parse(path, &context::read_file(path, limits::ALLOWLIST_BYTES)?)
}

/// Reads a list out of its bytes; `path` is for messages.
pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Allowlist, Problem> {
    Allowlist::from_slice(bytes).map_err(|error| unreadable(path, &error))
}

/// Reads a file and its text.
fn read_text(path: &Path) -> Result<(String, Allowlist), Problem> {
    let bytes = context::read_file(path, limits::ALLOWLIST_BYTES)?;
    let allowlist = parse(path, &bytes)?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable(path, &AllowlistError::NotText))?;
    Ok((text, allowlist))
}

/// Reads the text of a file that need not be there yet.
fn read_or_begin(path: &Path) -> Result<String, Problem> {
    if path.exists() { Ok(read_text(path)?.0) } else { Ok(edit::EMPTY.to_owned()) }
}

fn unreadable(path: &Path, error: &AllowlistError) -> Problem {
    Problem::new(format_args!("{}: {error}", path.display()))
        .code("allowlist")
        .hint("docs/allowlist.md has an entry with all keys; schemas/allowlist.schema.json is for editors")
}

/// A day, which is its beginning in UTC, or a time.
fn time(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let beginning = day(text)?.to_zoned(TimeZone::UTC).map_err(|error| error.to_string())?;
    Ok(beginning.timestamp())
}

/// A day as `2026-12-31`.
fn day(text: &str) -> Result<Date, String> {
    let day = text.parse().ok().filter(|day: &Date| day.to_string() == text);
    day.ok_or_else(|| "write a day as 2026-12-31".to_owned())
}

/// The day in UTC.
fn today() -> Date {
    context::now().to_zoned(TimeZone::UTC).date()
}
