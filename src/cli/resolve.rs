//! `portcullis resolve`: reference to digest.

use std::io;
use std::io::Write;

use clap::Args;
use portcullis::digest::Digest;
use portcullis::gate::PlatformFacts;
use portcullis::oci::PinnedImage;
use portcullis::pipeline::PipelineError;
use portcullis::report;
use portcullis::report::printable;
use portcullis::source;
use serde::Serialize;

use super::Outcome;
use super::arguments::ImageArguments;
use super::context;
use super::output;
use super::output::Exit;
use super::output::Format;
use super::output::Problem;

/// Resolve an image to its digest
///
/// Reads the manifest, hashes it, and prints the digest, and for an index that of each platform. A tag can
/// move: give the digest to whatever comes next.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// Output format
    #[arg(long, short = 'o', visible_alias = "output", value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    #[command(flatten)]
    image: ImageArguments,
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let reference = options.image.reference()?;
    let source = options.image.source(&reference)?;
    let image = context::block_on(&source, source::resolve(&source, &reference, options.image.platforms()))?;
    let image = image.map_err(|error| {
        let error = PipelineError::from(error);
        Problem::new(&error).code(error.rule()).hint(output::next_of_unread(&error))
    })?;
    output::stdout(|out| match options.format {
        Format::Json => output::json(&Document::new(&image), out),
        Format::Text => text(&image, out),
    })?;
    Ok(Exit::Pass)
}

/// The digest first, alone on its line.
fn text(image: &PinnedImage, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", image.digest())?;
    for platform in image.platforms().iter().filter(|_| image.is_index()) {
        let name = printable(&platform.platform().to_string()).to_string();
        writeln!(out, "  {name:<14}  {}", platform.manifest())?;
    }
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    schema_version: u32,
    result: &'static str,
    image: ImageDocument,
}

/// The image, as in a decision of `gate`, and the reference that cannot move.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ImageDocument {
    reference: String,
    digest: Digest,
    pinned: String,
    platforms: Vec<PlatformFacts>,
}

impl Document {
    fn new(image: &PinnedImage) -> Self {
        let platforms = image.platforms().iter().map(|platform| PlatformFacts {
            platform: platform.platform().to_string(),
            manifest: *platform.manifest(),
            config: *platform.config(),
        });
        let image = ImageDocument {
            reference: image.reference().to_string(),
            digest: *image.digest(),
            pinned: image.reference().with_digest(*image.digest()).to_string(),
            platforms: platforms.collect(),
        };
        Self { schema_version: report::SCHEMA_VERSION, result: "done", image }
    }
}
