//! `portcullis trust`: the trusted root.

use std::io;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;
use jiff::Timestamp;
use portcullis::report;
use portcullis::report::printable;
use portcullis::trust::Authority;
use portcullis::trust::RootSource;
use portcullis::trust::TrustedRoot;
use serde::Serialize;

use super::Outcome;
use super::arguments;
use super::arguments::Instance;
use super::context;
use super::output;
use super::output::Exit;
use super::output::Format;

/// Show what is trusted
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Show(ShowOptions),
}

/// Show whose certificates, logs and timestamps are trusted
///
/// The embedded roots are as old as this build; nothing asks the network for newer ones.
#[derive(Args, Debug)]
pub(super) struct ShowOptions {
    /// Trusted root in Sigstore's format (trusted_root.json), instead of an embedded one
    #[arg(long, value_name = "FILE")]
    trusted_root: Option<PathBuf>,
    /// Which embedded root
    #[arg(long, value_enum, value_name = "INSTANCE", default_value_t = Instance::Production, conflicts_with = "trusted_root")]
    trust: Instance,
    /// Output format
    #[arg(long, short = 'o', visible_alias = "output", value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

impl Command {
    /// How the result is written.
    pub(super) fn format(&self) -> Format {
        let Self::Show(options) = self;
        options.format
    }
}

/// Runs the command.
pub(super) fn run(command: &Command) -> Outcome {
    let Command::Show(options) = command;
    let root = arguments::read_root(options.trusted_root.as_deref(), options.trust)?;
    let now = context::now();
    output::stdout(|out| match options.format {
        Format::Json => output::json(&document(&root), out),
        Format::Text => text(&root, now, out),
    })?;
    Ok(Exit::Pass)
}

fn text(root: &TrustedRoot, now: Timestamp, out: &mut impl Write) -> io::Result<()> {
    let source = match root.source() {
        RootSource::Embedded(which) => format!("embedded, {}", format!("{which:?}").to_lowercase()),
        RootSource::File => "file".to_owned(),
        RootSource::Parts => "certificates and keys".to_owned(),
    };
    writeln!(out, "trusted root: {source}")?;
    writeln!(out, "digest:       {}", root.digest())?;
    let mut role = None;
    for authority in root.authorities() {
        if role != Some(authority.role) {
            writeln!(out, "\n{}", authority.role)?;
            role = Some(authority.role);
        }
        writeln!(out, "  {}  {}", window(&authority, now), printable(&authority.name))?;
        writeln!(out, "      {}", printable(&authority.id))?;
    }
    Ok(())
}

/// `2021-10-07 to 2022-07-13  retired`.
fn window(authority: &Authority, now: Timestamp) -> String {
    let day = |time: Option<Timestamp>| {
        time.map_or_else(|| "...       ".to_owned(), |time| time.strftime("%Y-%m-%d").to_string())
    };
    let state = match (authority.from, authority.until) {
        (Some(from), _) if from > now => "future ",
        (_, Some(until)) if until < now => "retired",
        _ => "active ",
    };
    format!("{state}  {} to {}", day(authority.from), day(authority.until))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    result: &'static str,
    source: &'a RootSource,
    digest: String,
    authorities: Vec<Authority>,
}

fn document(root: &TrustedRoot) -> Document<'_> {
    Document {
        schema_version: report::SCHEMA_VERSION,
        result: "done",
        source: root.source(),
        digest: root.digest().to_string(),
        authorities: root.authorities(),
    }
}
