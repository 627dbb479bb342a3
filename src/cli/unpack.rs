//! `portcullis unpack`: an archive of evidence as a directory.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use portcullis::oci::Descriptor;
use portcullis::oci::Reference;

use portcullis::source::ImageSink;
use portcullis::source::LayoutWriter;
use portcullis::source::Recording;

use super::Outcome;
use super::archive;
use super::context;
use super::output;
use super::output::Exit;
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
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let recording = archive::open_recording(&options.archive)?;
    let writer = LayoutWriter::create(&options.directory)
        .map_err(|error| Problem::new(error).hint("name a directory that is not there yet"))?;
    context::quiet(copy(&recording, &writer))??;
    writer.finish(recording.layout().entries()).map_err(Problem::new)?;
    let images = recording.record().images.len();
    output::stdout(|out| {
        use std::io::Write;
        let directory = options.directory.display();
        writeln!(out, "unpacked  oci:{directory}")?;
        for file in &recording.record().files {
            writeln!(out, "          {directory}/{}", file.name)?;
        }
        if images > 1 {
            writeln!(out, "note      it has {images} images, and cosign takes a directory for one")?;
        }
        Ok(())
    })?;
    Ok(Exit::Pass)
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
