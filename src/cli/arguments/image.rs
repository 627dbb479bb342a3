//! The image or images, and where what is attached to them is looked for.

use std::io;
use std::io::IsTerminal;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use portcullis::evidence::Lookup;
use portcullis::limits;
use portcullis::oci::Platform;
use portcullis::oci::PlatformFilter;
use portcullis::oci::Reference;
use portcullis::source::Source;

use super::registry::RegistryArguments;
use crate::cli::archive;
use crate::cli::context;
use crate::cli::output::Problem;
use crate::cli::output::say;

/// One image, and how it is reached.
#[derive(Args, Debug)]
#[command(next_help_heading = None::<&'static str>)]
pub(in crate::cli) struct ImageArguments {
    /// registry/repository:tag, registry/repository@sha256:..., oci:DIRECTORY for an OCI layout, or
    /// oci-archive:FILE for one in a tar archive
    #[arg(value_name = "IMAGE", required_unless_present = "archive")]
    image: Option<String>,
    #[command(flatten)]
    reach: ReachArguments,
}

/// Any number of images, and how they are reached.
#[derive(Args, Debug)]
#[command(next_help_heading = None::<&'static str>)]
pub(in crate::cli) struct ImagesArguments {
    /// registry/repository:tag, registry/repository@sha256:..., oci:DIRECTORY for an OCI layout, or
    /// oci-archive:FILE for one in a tar archive
    #[arg(value_name = "IMAGE", required_unless_present_any = ["images_from", "archive"])]
    images: Vec<String>,
    /// More images, one a line; - is stdin, and # starts a comment
    #[arg(long, value_name = "FILE")]
    images_from: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) reach: ReachArguments,
}

/// How images are reached.
#[derive(Args, Debug)]
#[command(next_help_heading = None::<&'static str>)]
pub(in crate::cli) struct ReachArguments {
    /// Read images from an archive that `portcullis pack` made, and open no socket. IMAGE is the name that it was
    /// packed by, and may be left out: then it is the only one, or for verify all of them
    #[arg(long, value_name = "FILE", conflicts_with = "local_image")]
    pub(in crate::cli) archive: Option<PathBuf>,
    /// Take IMAGE as a directory, such as `cosign save` writes; the same as oci:IMAGE
    #[arg(long)]
    local_image: bool,
    /// Only this platform of an index, such as linux/arm64; can be repeated. Default: all of them
    #[arg(long, value_name = "PLATFORM")]
    platform: Vec<Platform>,
    /// Open no socket; the image must be oci:DIRECTORY or oci-archive:FILE, or come from an --archive
    #[arg(long)]
    pub(in crate::cli) offline: bool,
    #[command(flatten)]
    pub(in crate::cli) registry: RegistryArguments,
}

impl ImageArguments {
    /// The image as it was named.
    pub(in crate::cli) fn text(&self) -> String {
        match &self.image {
            Some(image) => self.reach.text(image),
            None => self.reach.archived().unwrap_or_default(),
        }
    }

    /// The reference.
    pub(in crate::cli) fn reference(&self) -> Result<Reference, Problem> {
        let reference = read_reference(&self.text())?;
        self.reach.check_place(&reference)?;
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
        self.reach.platforms()
    }

    /// The platforms that were named.
    pub(in crate::cli) fn named_platforms(&self) -> &[Platform] {
        &self.reach.platform
    }

    /// Where evidence is looked for.
    pub(in crate::cli) fn lookup(&self) -> Result<Lookup, Problem> {
        self.reach.registry.lookup()
    }

    /// Opens what holds the image.
    pub(in crate::cli) fn source(&self, reference: &Reference) -> Result<Source, Problem> {
        if let Some(file) = &self.reach.archive {
            let recording = archive::open_recording(file)?;
            return Ok(Source::Recording(Box::new(recording)));
        }
        if let Some(file) = self.named_archive() {
            return archive::open(&file);
        }
        match reference.layout() {
            Some(directory) => archive::open_layout(directory),
            None if self.reach.offline => Err(offline(reference)),
            None => {
                // A registry may take seconds; on a terminal somebody waits.
                if io::stderr().is_terminal() {
                    say(format_args!("reading {reference} ..."));
                }
                self.reach.registry.open(&[reference])
            }
        }
    }
}

impl ImagesArguments {
    /// The images as they were named, those of the command line first.
    pub(in crate::cli) fn texts(&self) -> Result<Vec<String>, Problem> {
        let mut texts: Vec<String> = self.images.iter().map(|image| self.reach.text(image)).collect();
        if let Some(path) = &self.images_from {
            let bytes = context::read_file(path, limits::IMAGE_LIST_BYTES)?;
            let list = String::from_utf8(bytes)
                .map_err(|_| Problem::new(format_args!("{} is not text", path.display())).code("file"))?;
            let lines = list.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
            texts.extend(lines.filter(|line| !line.is_empty()).map(|line| self.reach.text(line)));
        }
        if let (true, Some(file)) = (texts.is_empty(), &self.reach.archive) {
            // By the names that they have elsewhere.
            let recording = archive::open_recording(file)?;
            texts.extend(recording.record().images.iter().map(|image| image.reference.clone()));
        }
        // A list that lost its lines must not pass for one whose images are all verified.
        if texts.is_empty() {
            return Err(Problem::usage("no image is named"));
        }
        Ok(texts)
    }
}

impl ReachArguments {
    /// An image as it was named.
    fn text(&self, image: &str) -> String {
        if self.local_image { format!("oci:{image}") } else { image.to_owned() }
    }

    /// One archive answers: an image in another one would be taken from there by its name.
    pub(in crate::cli) fn check_place(&self, reference: &Reference) -> Result<(), Problem> {
        match (&self.archive, reference.archive()) {
            (Some(archive), Some(other)) if archive != other => {
                let (archive, other) = (archive.display(), other.display());
                Err(Problem::usage(format_args!("the image is in {other}, and --archive is {archive}"))
                    .hint("name the archive once: oci-archive:FILE, or --archive FILE"))
            }
            _ => Ok(()),
        }
    }

    /// The only image of the archive.
    fn archived(&self) -> Option<String> {
        self.archive.as_ref().map(|file| format!("oci-archive:{}", file.display()))
    }

    /// The platforms that are meant.
    pub(in crate::cli) fn platforms(&self) -> PlatformFilter {
        match self.platform.as_slice() {
            [] => PlatformFilter::All,
            some => PlatformFilter::Only(some.to_vec()),
        }
    }

    /// The options, as they were typed, without credentials.
    pub(in crate::cli) fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        for platform in &self.platform {
            words.extend(["--platform".to_owned(), platform.to_string()]);
        }
        if let Some(file) = &self.archive {
            words.extend(["--archive".to_owned(), file.display().to_string()]);
        }
        words.extend(self.offline.then(|| "--offline".to_owned()));
        words.extend(self.registry.words());
        words
    }
}

/// Reads one reference.
pub(in crate::cli) fn read_reference(text: &str) -> Result<Reference, Problem> {
    Reference::parse(text).map_err(|error| {
        Problem::new(format_args!("{text:?}: {error}"))
            .code("reference")
            .hint("write registry/repository:tag, registry/repository@sha256:... or oci:DIRECTORY")
    })
}

/// What needs a socket where none may be opened.
pub(in crate::cli) fn offline(reference: &Reference) -> Problem {
    Problem::new(format_args!("{reference} is in a registry, and --offline opens no socket"))
        .code("offline")
        .hint(
            "take it along first: portcullis pack IMAGE -o evidence.tar, then --archive evidence.tar; \
             a directory is written oci:DIRECTORY",
        )
}
