//! The image, and where what is attached to it is looked for.

use std::io;
use std::io::IsTerminal;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use portcullis::evidence::Lookup;
use portcullis::oci::Platform;
use portcullis::oci::PlatformFilter;
use portcullis::oci::Reference;
use portcullis::source::Source;

use super::registry::RegistryArguments;
use crate::cli::archive;
use crate::cli::output::Problem;
use crate::cli::output::say;

/// The image, and how it is reached.
#[derive(Args, Debug)]
#[command(next_help_heading = None::<&'static str>)]
pub(in crate::cli) struct ImageArguments {
    /// registry/repository:tag, registry/repository@sha256:..., oci:DIRECTORY for an OCI layout, or
    /// oci-archive:FILE for one in a tar archive
    #[arg(value_name = "IMAGE", required_unless_present = "archive")]
    image: Option<String>,
    /// Read the image from an archive that `portcullis pack` made, and open no socket. IMAGE is the name that
    /// it was packed by, and may be left out if the archive has one image
    #[arg(long, value_name = "FILE", conflicts_with = "local_image")]
    archive: Option<PathBuf>,
    /// Take IMAGE as a directory, such as `cosign save` writes; the same as oci:IMAGE
    #[arg(long)]
    local_image: bool,
    /// Only this platform of an index, such as linux/arm64; can be repeated. Default: all of them
    #[arg(long, value_name = "PLATFORM")]
    platform: Vec<Platform>,
    /// Open no socket; the image must be oci:DIRECTORY or oci-archive:FILE, or come from an --archive
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    registry: RegistryArguments,
}

impl ImageArguments {
    /// The image as it was named.
    pub(in crate::cli) fn text(&self) -> String {
        match (&self.image, &self.archive) {
            (Some(image), _) if self.local_image => format!("oci:{image}"),
            (Some(image), _) => image.clone(),
            (None, Some(archive)) => format!("oci-archive:{}", archive.display()),
            (None, None) => String::new(),
        }
    }

    /// The reference.
    pub(in crate::cli) fn reference(&self) -> Result<Reference, Problem> {
        let reference = Reference::parse(&self.text()).map_err(|error| {
            Problem::new(format_args!("{:?}: {error}", self.text()))
                .hint("write registry/repository:tag, registry/repository@sha256:... or oci:DIRECTORY")
        })?;
        // An archive of evidence speaks of the image by the name that it has elsewhere.
        match reference.archive() {
            Some(file) => Ok(match archive::open(file)? {
                Source::Recording(recording) => archive::choose(&recording, &reference)?,
                _ => reference,
            }),
            None => Ok(reference),
        }
    }

    /// The archive that the image itself names.
    fn named_archive(&self) -> Option<PathBuf> {
        Reference::parse(&self.text()).ok()?.archive().map(Path::to_owned)
    }

    /// The platforms that are meant.
    pub(in crate::cli) fn platforms(&self) -> PlatformFilter {
        match self.platform.as_slice() {
            [] => PlatformFilter::All,
            some => PlatformFilter::Only(some.to_vec()),
        }
    }

    /// The platforms that were named.
    pub(in crate::cli) fn named_platforms(&self) -> &[Platform] {
        &self.platform
    }

    /// Where evidence is looked for.
    pub(in crate::cli) fn lookup(&self) -> Result<Lookup, Problem> {
        self.registry.lookup()
    }

    /// Opens what holds the image.
    pub(in crate::cli) fn source(&self, reference: &Reference) -> Result<Source, Problem> {
        if let Some(file) = &self.archive {
            let recording = archive::open_recording(file)?;
            return Ok(Source::Recording(Box::new(recording)));
        }
        if let Some(file) = self.named_archive() {
            return archive::open(&file);
        }
        match reference.layout() {
            Some(directory) => archive::open_layout(directory),
            None if self.offline => Err(Problem::new(format_args!(
                "{reference} is in a registry, and --offline opens no socket"
            ))
            .hint(
                "take it along first: portcullis pack IMAGE -o evidence.tar, then --archive evidence.tar; \
                         a directory is written oci:DIRECTORY",
            )),
            None => {
                // A registry may take seconds; on a terminal somebody waits.
                if io::stderr().is_terminal() {
                    say(format_args!("reading {reference} ..."));
                }
                self.registry.open(reference)
            }
        }
    }
}
