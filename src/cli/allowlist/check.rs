//! `portcullis allowlist check`.

use std::collections::BTreeMap;
use std::io;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use portcullis::allowlist;
use portcullis::allowlist::Allowlist;
use portcullis::allowlist::Class;
use portcullis::allowlist::Level;
use portcullis::allowlist::Note;
use portcullis::allowlist::Rules;
use portcullis::report;
use portcullis::report::printable;
use portcullis::scan::Severity;
use serde::Serialize;

use super::reports::ReportArguments;
use crate::cli::Outcome;
use crate::cli::context;
use crate::cli::output;
use crate::cli::output::Exit;
use crate::cli::output::Format;

/// Say which entries have expired, will soon, are met by nothing or by too much
///
/// Exit code 0: no errors, 1: errors, 2: the list or a report could not be read.
#[derive(Args, Debug)]
pub(in crate::cli) struct Options {
    /// The list
    #[arg(value_name = "FILE", default_value = "allowlist.yaml")]
    file: PathBuf,
    /// Judge as of this day or time (such as 2027-01-01) instead of now
    #[arg(long, value_name = "DATE", value_parser = super::time)]
    at: Option<Timestamp>,
    /// Days before its end from which on an entry is said to expire
    #[arg(long, value_name = "DAYS", default_value_t = Rules::common().warn_days)]
    warn_days: i32,
    /// Most days that an entry may last for a severity, as HIGH=30; can be repeated
    #[arg(long, value_name = "SEVERITY=DAYS", value_parser = limit)]
    max_days: Vec<(Severity, i32)>,
    /// An entry counts no longer once there is a fix and none is recorded
    #[arg(long)]
    lapse_on_fix: bool,
    /// Warnings count as errors
    #[arg(long)]
    strict: bool,
    /// Output format
    #[arg(long, short = 'o', visible_alias = "output", value_enum, default_value_t = Format::Text)]
    pub(in crate::cli) format: Format,
    #[command(flatten)]
    reports: ReportArguments,
}

fn limit(text: &str) -> Result<(Severity, i32), String> {
    let (severity, days) = text.split_once('=').ok_or("write it as HIGH=30")?;
    let severity = severity.parse().map_err(|error: portcullis::scan::SeverityError| error.to_string())?;
    let days = days.parse().ok().filter(|days| *days >= 0);
    Ok((severity, days.ok_or("write it as HIGH=30")?))
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let list = super::read(&options.file)?;
    let reports = options.reports.read()?;
    let rules = Rules {
        warn_days: options.warn_days,
        max_days: options.max_days.iter().copied().collect::<BTreeMap<_, _>>(),
        lapse_on_fix: options.lapse_on_fix,
        ..Rules::common()
    };
    let notes = allowlist::review(&list, &reports.judged(), &rules, options.at.unwrap_or_else(context::now));
    let least = if options.strict { Level::Warning } else { Level::Error };
    let has_errors = notes.iter().any(|note| note.level >= least);
    output::stdout(|mut out| match options.format {
        Format::Json => output::json(&Document::new(&list, has_errors, &notes), out),
        Format::Text => text(&options.file.display().to_string(), &notes, &mut out),
    })?;
    Ok(if has_errors { Exit::Refused } else { Exit::Pass })
}

fn text(file: &str, notes: &[Note<'_>], out: &mut impl Write) -> io::Result<()> {
    for note in notes {
        let (line, level, class, id) = (note.entry.line, note.level, note.class, &note.entry.id);
        let owner = printable(&note.entry.owner);
        let (id, message) = (printable(id), printable(&note.message));
        writeln!(out, "{}:{line}: {level}: {class}: {id} ({owner}): {message}", printable(file))?;
    }
    let of = |level| notes.iter().filter(|note| note.level == level).count();
    let (errors, warnings) = (of(Level::Error), of(Level::Warning));
    let (errors, warnings) = (counted(errors, "error"), counted(warnings, "warning"));
    writeln!(out, "{file}: {errors}, {warnings}", file = printable(file))
}

fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    result: &'static str,
    allowlist: String,
    entries: usize,
    notes: Vec<NoteDocument<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NoteDocument<'a> {
    line: u64,
    id: &'a str,
    owner: &'a str,
    class: Class,
    level: Level,
    message: &'a str,
}

impl<'a> Document<'a> {
    fn new(list: &Allowlist, has_errors: bool, notes: &'a [Note<'a>]) -> Self {
        let notes = notes.iter().map(|note| NoteDocument {
            line: note.entry.line,
            id: &note.entry.id,
            owner: &note.entry.owner,
            class: note.class,
            level: note.level,
            message: &note.message,
        });
        Self {
            schema_version: report::SCHEMA_VERSION,
            result: if has_errors { "errors" } else { "fine" },
            allowlist: list.digest().to_string(),
            entries: list.entries().len(),
            notes: notes.collect(),
        }
    }
}
