//! From a place to inventories.

use std::str::FromStr;
use std::sync::Arc;
use std::thread;

use portcullis::catalog::Selection;
use portcullis::oci::Platform;
use portcullis::oci::PlatformError;
use portcullis::oci::Reference;
use portcullis::package::FileDetail;
use portcullis::package::Inventory;
use portcullis::pipeline;
use portcullis::pipeline::PipelineError;
use portcullis::pipeline::Platforms;
use portcullis::pipeline::Scan;
use portcullis::source::Source;

use super::Place;
use crate::cli::archive;
use crate::cli::context;
use crate::cli::output;
use crate::cli::output::Problem;
use crate::cli::progress;

/// What is looked at, and how.
pub(in crate::cli) struct Request<'a> {
    /// What the user wrote.
    pub(in crate::cli) text: &'a str,
    /// The same, understood.
    pub(in crate::cli) place: Place,
    /// Which platforms of an index.
    pub(in crate::cli) platform: PlatformChoice,
    /// The catalogers to begin with; none for those that fit the place.
    pub(in crate::cli) base: &'a [String],
    /// What is done to them.
    pub(in crate::cli) chosen: &'a [String],
    /// Globs of what is left out.
    pub(in crate::cli) exclude: &'a [String],
    /// Which files are listed.
    pub(in crate::cli) files: FileDetail,
    /// No socket may be opened.
    pub(in crate::cli) offline: bool,
    /// Connects to the registry of a reference.
    pub(in crate::cli) open: &'a dyn Fn(&Reference) -> Result<Source, Problem>,
}

/// Which platforms of an index are meant.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(in crate::cli) enum PlatformChoice {
    /// Each of them.
    All,
    /// This one.
    One(Platform),
    /// That of this machine, or the only one.
    #[default]
    This,
}

impl FromStr for PlatformChoice {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, PlatformError> {
        if text == "all" { Ok(Self::All) } else { text.parse().map(Self::One) }
    }
}

impl PlatformChoice {
    fn platforms(&self) -> Platforms {
        match self {
            Self::All => Platforms::All,
            Self::One(platform) => Platforms::Only(platform.clone()),
            Self::This => Platforms::Best(this_machine()),
        }
    }
}

/// Linux on this machine's processor, in the words of images.
fn this_machine() -> Platform {
    let platform = format!("linux/{}", context::architecture());
    platform.parse().unwrap_or_else(|_| Platform::unknown())
}

impl Request<'_> {
    /// One inventory for each platform.
    pub(in crate::cli) fn run(&self) -> Result<Vec<Inventory>, Problem> {
        let line = progress::Line::new("reading");
        let is_image = !matches!(self.place, Place::Directory(_) | Place::File(_));
        let default = if is_image { "image" } else { "directory" };
        let scan = Scan {
            reference: self.text.to_owned(),
            selection: Selection::from_words(default, self.base, self.chosen).map_err(|error| {
                Problem::usage(error).hint("portcullis syft cataloger list shows names and tags")
            })?,
            excludes: self.exclude.to_vec(),
            files: self.files,
            platforms: self.platform.platforms(),
            threads: thread::available_parallelism().map_or(1, Into::into),
            progress: line.progress(),
        };
        let inventories = match &self.place {
            Place::Archive { file, .. } => {
                Err(Problem::new(format_args!("{}: archives are not read yet", file.display())))
            }
            Place::Daemon { engine, image } => {
                Err(Problem::new(format_args!("{engine:?} {image}: not read yet")))
            }
            Place::Directory(path) => pipeline::inventory_of_directory(path, &scan)
                .map(|one| vec![one])
                .map_err(|error| problem(&error)),
            Place::File(path) => {
                Err(Problem::new(format_args!("{}: files are not read yet", path.display())))
            }
            Place::Image(reference) => self.image(reference, &scan),
        };
        drop(line);
        inventories
    }

    fn image(&self, reference: &Reference, scan: &Scan) -> Result<Vec<Inventory>, Problem> {
        let source = match reference.layout() {
            Some(directory) => archive::open_layout(directory)?,
            None => (self.open)(reference)?,
        };
        let network = context::is_network(&source);
        let source = Arc::new(source);
        let flow = pipeline::inventories_of_image(&source, reference, scan);
        context::transfer(network, flow)?.map_err(|error| problem(&error))
    }
}

fn problem(error: &PipelineError) -> Problem {
    Problem::new(error).code(error.rule()).hint(output::next_of_unread(error))
}
