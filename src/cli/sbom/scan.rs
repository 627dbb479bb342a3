//! From a place to inventories.

use std::io;
use std::path::Path;
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
use portcullis::pipeline::Scope;
#[cfg(all(feature = "net", unix))]
use portcullis::source::Daemon;
use portcullis::source::Source;
#[cfg(all(feature = "net", unix))]
use portcullis::source::Timeouts;

use super::Place;
use super::place::Engine;
use crate::cli::archive as layouts;
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
    /// Which layers of an image count.
    pub(in crate::cli) scope: Scope,
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
            scope: self.scope,
            threads: thread::available_parallelism().map_or(1, Into::into),
            progress: line.progress(),
        };
        let inventories = match &self.place {
            Place::Archive { file, name } => archive(file, name.as_deref(), &scan),
            Place::Daemon { engine, image } => self.daemon(*engine, image, &scan),
            Place::Directory(path) => one(pipeline::inventory_of_directory(path, &scan)),
            Place::File(path) => one(pipeline::inventory_of_file(path, &scan)),
            Place::Image(reference) => self.image(reference, &scan),
        };
        drop(line);
        inventories
    }

    #[cfg(all(feature = "net", unix))]
    fn daemon(&self, engine: Engine, image: &str, scan: &Scan) -> Result<Vec<Inventory>, Problem> {
        if self.offline {
            return Err(Problem::new(format_args!(
                "{image}: --offline opens no socket, not even of a container engine"
            ))
            .code("offline")
            .hint("save it first: docker save IMAGE -o image.tar, then docker-archive:image.tar"));
        }
        let socket = engine.socket()?;
        let unread = |error: PipelineError| {
            let (message, _) = problem(&error).into_parts();
            Problem::new(message)
                .code(error.rule())
                .hint("start the engine, or name the registry's image: registry:IMAGE")
        };
        let daemon =
            Daemon::at_socket(&socket, &Timeouts::default()).map_err(|error| unread(error.into()))?;
        let flow = pipeline::inventory_of_daemon(&daemon, image, scan);
        context::transfer(true, flow)?.map(|one| vec![one]).map_err(unread)
    }

    #[cfg(not(all(feature = "net", unix)))]
    fn daemon(&self, _: Engine, image: &str, _: &Scan) -> Result<Vec<Inventory>, Problem> {
        Err(Problem::new(format_args!("{image}: this build asks no container engine"))
            .hint("save it first: docker save IMAGE -o image.tar, then docker-archive:image.tar"))
    }

    fn image(&self, reference: &Reference, scan: &Scan) -> Result<Vec<Inventory>, Problem> {
        let source = match reference.layout() {
            Some(directory) => layouts::open_layout(directory)?,
            None => (self.open)(reference)?,
        };
        let network = context::is_network(&source);
        let source = Arc::new(source);
        let flow = pipeline::inventories_of_image(&source, reference, scan);
        context::transfer(network, flow)?.map_err(|error| problem(&error))
    }
}

fn one(inventory: Result<Inventory, PipelineError>) -> Result<Vec<Inventory>, Problem> {
    inventory.map(|one| vec![one]).map_err(|error| problem(&error))
}

fn archive(file: &Path, name: Option<&str>, scan: &Scan) -> Result<Vec<Inventory>, Problem> {
    if file == Path::new("-") {
        return one(pipeline::inventory_of_stream(io::stdin(), name, scan));
    }
    one(pipeline::inventory_of_archive(file, name, scan))
        .map_err(|problem| problem.hint("file:FILE lists what is in a file that is no archive of an image"))
}

fn problem(error: &PipelineError) -> Problem {
    Problem::new(error).code(error.rule()).hint(output::next_of_unread(error))
}
