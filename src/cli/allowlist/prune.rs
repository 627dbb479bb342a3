//! `portcullis allowlist prune`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use portcullis::allowlist;
use portcullis::allowlist::Class;
use portcullis::allowlist::Rules;
use portcullis::allowlist::edit;

use super::reports::ReportArguments;
use crate::cli::Outcome;
use crate::cli::context;
use crate::cli::output;
use crate::cli::output::Exit;
use crate::cli::output::Problem;
use crate::cli::output::say;

/// Remove entries that count no longer
///
/// Removes what has expired and what is there twice; with --stale also what no report has. Keeps the comments and the
/// order of the rest.
#[derive(Args, Debug)]
pub(in crate::cli) struct Options {
    /// The list
    #[arg(value_name = "FILE", default_value = "allowlist.yaml")]
    file: PathBuf,
    /// Also remove what is for an image of the reports and is in none of them
    #[arg(long, requires = "report")]
    stale: bool,
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
    /// Judge as of this day or time (such as 2027-01-01) instead of now
    #[arg(long, value_name = "DATE", value_parser = super::time)]
    at: Option<Timestamp>,
    #[command(flatten)]
    reports: ReportArguments,
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let (text, list) = super::read_text(&options.file)?;
    let reports = options.reports.read()?;
    let now = options.at.unwrap_or_else(context::now);
    let notes = allowlist::review(&list, &reports.judged(), &Rules::common(), now);
    let goes = |class: Class| match class {
        Class::Duplicate | Class::Expired => true,
        Class::Stale => options.stale,
        _ => false,
    };
    let mut lines = BTreeSet::new();
    for note in notes.iter().filter(|note| goes(note.class)) {
        if lines.insert(note.entry.line) {
            let (id, line) = (&note.entry.id, note.entry.line);
            say(format_args!("{}:{line}: {}: {id}: {}", options.file.display(), note.class, note.message));
        }
    }
    let removed: Vec<u64> = lines.into_iter().collect();
    if !options.dry_run && !removed.is_empty() {
        let after = edit::prune(&text, &removed).map_err(|error| {
            Problem::new(format_args!("{}: {error}", options.file.display())).code("allowlist")
        })?;
        output::write_file(&options.file, after.as_bytes())?;
    }
    let word = if options.dry_run { "would be removed" } else { "removed" };
    say(format_args!("{} of {} entries {word}", removed.len(), list.entries().len()));
    Ok(Exit::Pass)
}
