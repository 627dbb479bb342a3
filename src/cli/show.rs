//! `portcullis show`: what an archive of evidence holds.

use std::collections::BTreeMap;
use std::io;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use portcullis::digest::Digest;
use portcullis::report;
use portcullis::report::brief;
use portcullis::report::printable;
use portcullis::source::FileRole;
use portcullis::source::PackedEvidence;
use portcullis::source::PackedImage;
use portcullis::source::Record;
use serde::Serialize;

use super::Outcome;
use super::archive;
use super::output;
use super::output::Exit;
use super::output::Format;

/// Show what an archive of evidence holds
///
/// Lists images, evidence and files of what `portcullis pack` wrote, as the archive says. Verifies nothing:
/// `verify --archive` and `gate --archive` do. Opens no socket.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// The archive
    #[arg(value_name = "FILE")]
    archive: PathBuf,
    /// Output format
    #[arg(long, short = 'o', visible_alias = "output", value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let recording = archive::open_recording(&options.archive)?;
    let record = recording.record();
    output::stdout(|out| match options.format {
        Format::Json => output::json(&document(record), out),
        Format::Text => text(record, out),
    })?;
    Ok(Exit::Pass)
}

fn text(record: &Record, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "packed  {}", record.packed)?;
    for image in &record.images {
        image_text(image, out)?;
    }
    writeln!(out)?;
    for file in &record.files {
        let role = match file.role {
            FileRole::Allowlist => "list",
            FileRole::Vex => "vex",
            FileRole::Key => "key",
            FileRole::Policy => "policy",
            FileRole::TrustedRoot => "root",
        };
        writeln!(out, "{role:<6}  {}  {}", printable(&file.name), brief(&file.digest.to_string()))?;
    }
    writeln!(out, "\nnothing here is verified; portcullis verify --archive and gate --archive do that")
}

fn image_text(image: &PackedImage, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\nimage   {}", printable(&image.reference))?;
    writeln!(out, "        {}", image.digest)?;
    let platforms: Vec<String> = image.platforms.iter().map(ToString::to_string).collect();
    if !platforms.is_empty() {
        writeln!(out, "        only {}", printable(&platforms.join(", ")))?;
    }
    writeln!(out, "        {}", if image.layers { "with its layers" } else { "without its layers" })?;
    for evidence in &image.found {
        evidence_text(image, evidence, out)?;
    }
    if image.found.is_empty() {
        writeln!(out, "  none  no signature or attestation was found")?;
    }
    Ok(())
}

fn evidence_text(image: &PackedImage, evidence: &PackedEvidence, out: &mut impl Write) -> io::Result<()> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for what in &evidence.holds {
        *counts.entry(what).or_default() += 1;
    }
    for (what, count) in counts {
        let times = if count == 1 { String::new() } else { format!(" ({count} times)") };
        writeln!(out, "  has   {}{times}", printable(what))?;
    }
    let child = if evidence.attached_to == image.digest {
        String::new()
    } else {
        format!(", for {}", brief(&evidence.attached_to.to_string()))
    };
    writeln!(out, "        found: {}{child}", printable(&evidence.place))
}

/// `1 signature, 2 attestations`.
pub(super) fn counted(image: &PackedImage) -> String {
    let holds: Vec<&String> = image.found.iter().flat_map(|evidence| &evidence.holds).collect();
    let signatures = holds.iter().filter(|what| *what == &"signature").count();
    let attestations = holds.iter().filter(|what| what.contains("://")).count();
    let plural = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    format!("{}, {}", plural(signatures, "signature"), plural(attestations, "attestation"))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    result: &'static str,
    packed: String,
    images: &'a [PackedImage],
    files: Vec<FileDocument<'a>>,
}

#[derive(Serialize)]
struct FileDocument<'a> {
    role: FileRole,
    name: &'a str,
    digest: Digest,
    size: u64,
}

fn document(record: &Record) -> Document<'_> {
    let files = record.files.iter().map(|file| FileDocument {
        role: file.role,
        name: &file.name,
        digest: file.digest,
        size: file.size,
    });
    Document {
        schema_version: report::SCHEMA_VERSION,
        result: "done",
        packed: record.packed.to_string(),
        images: &record.images,
        files: files.collect(),
    }
}
