//! `portcullis unpack`: an archive of evidence as a directory.

use std::collections::BTreeMap;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use portcullis::oci::Descriptor;
use portcullis::oci::Reference;
use portcullis::report;
use portcullis::report::printable;
use portcullis::source::ImageSink;
use portcullis::source::LayoutWriter;
use portcullis::source::Record;
use portcullis::source::Recording;
use serde::Serialize;

use super::Outcome;
use super::archive;
use super::context;
use super::output;
use super::output::Exit;
use super::output::Format;
use super::output::Problem;

/// Unpack an archive of evidence into a directory
///
/// Writes an OCI layout that other tools read (`cosign verify --local-image DIRECTORY`, `oci:DIRECTORY`), and
/// beside it trusted_root.json, and the policy with its keys if they were packed. Every blob is compared with
/// its digest. A directory that has something in it is never overwritten. Opens no socket.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// The archive
    #[arg(value_name = "FILE")]
    archive: PathBuf,
    /// The directory, which is made; it must be absent or empty
    #[arg(long, short = 'd', value_name = "DIRECTORY")]
    directory: PathBuf,
    /// Output format
    #[arg(long, short = 'o', visible_alias = "output", value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let recording = archive::open_recording(&options.archive)?;
    let writer = LayoutWriter::create(&options.directory)
        .map_err(|error| Problem::new(error).hint("name a directory that is not there yet"))?;
    context::quiet(copy(&recording, &writer))??;
    writer.finish(recording.layout().entries()).map_err(Problem::new)?;
    let record = recording.record();
    output::stdout(|out| match options.format {
        Format::Json => output::json(&document(record, &options.directory), out),
        Format::Text => text(record, &options.directory, out),
    })?;
    Ok(Exit::Pass)
}

fn text(record: &Record, directory: &Path, out: &mut impl Write) -> io::Result<()> {
    let directory = directory.display().to_string();
    let directory = printable(&directory);
    writeln!(out, "unpacked  oci:{directory}")?;
    for file in &record.files {
        writeln!(out, "          {directory}/{}", printable(&file.name))?;
    }
    match record.images.len() {
        0 | 1 => Ok(()),
        images => writeln!(out, "note      it has {images} images, and cosign takes a directory for one"),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    result: &'static str,
    directory: String,
    images: Vec<&'a str>,
    files: Vec<&'a str>,
}

fn document<'a>(record: &'a Record, directory: &Path) -> Document<'a> {
    Document {
        schema_version: report::SCHEMA_VERSION,
        result: "done",
        directory: directory.display().to_string(),
        images: record.images.iter().map(|image| image.reference.as_str()).collect(),
        files: record.files.iter().map(|file| file.name.as_str()).collect(),
    }
}

async fn copy(recording: &Recording, writer: &LayoutWriter) -> Result<(), Problem> {
    // The sink is a directory, which has no names.
    let at = Reference::parse("oci:unpacked").map_err(Problem::new)?;
    let layout = recording.layout();
    for digest in layout.blobs().map_err(Problem::new)? {
        let content = layout.open_digest(&digest).map_err(Problem::new)?;
        let descriptor = Descriptor {
            media_type: String::new(),
            digest,
            size: content.size(),
            artifact_type: None,
            platform: None,
            annotations: BTreeMap::new(),
        };
        writer.push_blob(&at, &descriptor, content).await.map_err(Problem::new)?;
    }
    for file in &recording.record().files {
        let bytes = recording.file(file).map_err(Problem::new)?;
        writer.put_file(&file.name, &bytes).map_err(Problem::new)?;
    }
    Ok(())
}
