//! The image, and where what is attached to it is looked for.

use std::io;
use std::io::IsTerminal;

use clap::Args;
use portcullis::evidence::Lookup;
use portcullis::oci::Platform;
use portcullis::oci::PlatformFilter;
use portcullis::oci::Reference;
use portcullis::source::Layout;
use portcullis::source::Source;

use super::registry::RegistryArguments;
use crate::cli::context;
use crate::cli::output::Problem;
use crate::cli::output::say;

/// The image, and how it is reached.
#[derive(Args, Debug)]
#[command(next_help_heading = None::<&'static str>)]
pub(in crate::cli) struct ImageArguments {
    /// registry/repository:tag, registry/repository@sha256:..., or oci:DIRECTORY for an OCI layout
    #[arg(value_name = "IMAGE")]
    image: String,
    /// Take IMAGE as a directory, such as `cosign save` writes; the same as oci:IMAGE
    #[arg(long)]
    local_image: bool,
    /// Only this platform of an index, such as linux/arm64; can be repeated. Default: all of them
    #[arg(long, value_name = "PLATFORM")]
    platform: Vec<Platform>,
    /// Open no socket; the image must be oci:DIRECTORY
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    registry: RegistryArguments,
}

impl ImageArguments {
    /// The image as it was named.
    pub(in crate::cli) fn text(&self) -> String {
        if self.local_image { format!("oci:{}", self.image) } else { self.image.clone() }
    }

    /// The reference.
    pub(in crate::cli) fn reference(&self) -> Result<Reference, Problem> {
        Reference::parse(&self.text()).map_err(|error| {
            Problem::new(format_args!("{:?}: {error}", self.image))
                .hint("write registry/repository:tag, registry/repository@sha256:... or oci:DIRECTORY")
        })
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
        let repository =
            context::variable("COSIGN_REPOSITORY").map(|text| Reference::parse(&text)).transpose();
        let repository =
            repository.map_err(|error| Problem::new(format_args!("COSIGN_REPOSITORY: {error}")))?;
        Ok(Lookup { repository, tag_prefix: self.registry.attachment_tag_prefix.clone().unwrap_or_default() })
    }

    /// Opens what holds the image.
    pub(in crate::cli) fn source(&self, reference: &Reference) -> Result<Source, Problem> {
        match reference.layout() {
            Some(directory) => Layout::open(directory).map(Source::Layout).map_err(Problem::new),
            None if self.offline => {
                Err(Problem::new(format_args!("{reference} is in a registry, and --offline opens no socket"))
                    .hint(
                        "a directory is written oci:DIRECTORY; an image in a registry is copied first: \
                         cosign save --dir DIRECTORY IMAGE",
                    ))
            }
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
