//! From a place to inventories.

use std::io;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::thread;

use portcullis::catalog::Selection;
use portcullis::image::ImageError;
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
use portcullis::report::printable;
#[cfg(all(feature = "net", unix))]
use portcullis::source::Daemon;
#[cfg(all(feature = "net", unix))]
use portcullis::source::Fault;
use portcullis::source::Outcome;
use portcullis::source::Source;
#[cfg(all(feature = "net", unix))]
use portcullis::source::Timeouts;

use super::Place;
use super::place::Engine;
use crate::cli::archive as layouts;
use crate::cli::context;
use crate::cli::output;
use crate::cli::output::Problem;
use crate::cli::output::say;
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
    /// Nothing is said of how far it is.
    pub(in crate::cli) quiet: bool,
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
        let line = match self.quiet {
            true => progress::Line::none(),
            false => progress::Line::new("reading"),
        };
        let default = if self.place.is_directory() { "directory" } else { "image" };
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
            watch: line.watch(),
        };
        let inventories = self.look(&self.place, &scan);
        drop(line);
        inventories.map_err(Miss::into_problem)
    }

    fn look(&self, place: &Place, scan: &Scan) -> Found {
        match place {
            Place::Archive { file, name } => archive(file, name.as_deref(), scan),
            Place::Daemon { engine, image } => self.daemon(*engine, image, scan),
            Place::Directory(path) => one(pipeline::inventory_of_directory(path, scan)),
            Place::File(path) => one(pipeline::inventory_of_file(path, scan)),
            Place::FirstOf(places) => self.first_of(places, scan),
            Place::Image(reference) => self.image(reference, scan),
        }
    }

    /// What is not at one place is looked for at the next; a place that has it, and fails, is the answer.
    fn first_of(&self, places: &[Place], scan: &Scan) -> Found {
        let mut missed = Miss::Failed(Problem::usage("there is no place to look at"));
        for place in places {
            match self.look(place, scan) {
                Err(miss @ Miss::Absent(_)) => missed = miss,
                Err(Miss::Unasked(problem)) => {
                    say(format_args!("warning: {}; looking on", printable(problem.message())));
                    missed = Miss::Unasked(problem);
                }
                other => return other,
            }
        }
        Err(missed)
    }

    #[cfg(all(feature = "net", unix))]
    fn daemon(&self, engine: Engine, image: &str, scan: &Scan) -> Found {
        if self.offline {
            let message = format!("{image}: --offline opens no socket, not even of a container engine");
            return Err(Miss::Failed(Problem::new(message).code("offline").hint(SAVE)));
        }
        let socket = engine.socket().map_err(Miss::Unasked)?;
        let daemon = Daemon::at_socket(&socket, &Timeouts::default())
            .map_err(|error| Miss::of_engine(&error.into()))?;
        let flow = pipeline::inventory_of_daemon(&daemon, image, scan);
        context::transfer(true, flow)?.map(|one| vec![one]).map_err(|error| Miss::of_engine(&error))
    }

    #[cfg(not(all(feature = "net", unix)))]
    fn daemon(&self, _: Engine, image: &str, _: &Scan) -> Found {
        let message = format!("{image}: this build asks no container engine");
        Err(Miss::Failed(Problem::new(message).hint(SAVE)))
    }

    fn image(&self, reference: &Reference, scan: &Scan) -> Found {
        let source = match reference.layout() {
            Some(directory) => layouts::open_layout(directory)?,
            None => (self.open)(reference)?,
        };
        let network = context::is_network(&source);
        let source = Arc::new(source);
        let flow = pipeline::inventories_of_image(&source, reference, scan);
        context::transfer(network, flow)?.map_err(|error| Miss::of(&error))
    }
}

/// What a place has of the thing.
type Found = Result<Vec<Inventory>, Miss>;

/// Why a place gave nothing.
enum Miss {
    /// It is not there.
    Absent(Problem),
    /// It may be there, and is broken, refused or not reached.
    Failed(Problem),
    /// There is nobody to ask.
    Unasked(Problem),
}

impl Miss {
    fn into_problem(self) -> Problem {
        match self {
            Self::Absent(problem) | Self::Failed(problem) | Self::Unasked(problem) => problem,
        }
    }

    fn of(error: &PipelineError) -> Self {
        Self::kind(error)(Problem::new(error).code(error.rule()).hint(output::next_of_unread(error)))
    }

    /// The engine's socket may be left over from an engine that is gone.
    #[cfg(all(feature = "net", unix))]
    fn of_engine(error: &PipelineError) -> Self {
        let hint = "start the engine, or name the registry's image: registry:IMAGE";
        let problem = Problem::new(error).code(error.rule()).hint(hint);
        match error {
            PipelineError::Source(source) if matches!(*source.fault, Fault::Connect(_)) => {
                Self::Unasked(problem)
            }
            _ => Self::kind(error)(problem),
        }
    }

    fn kind(error: &PipelineError) -> fn(Problem) -> Self {
        match error {
            PipelineError::Files(ImageError::NotAnImage | ImageError::NotFound { .. }) => Self::Absent,
            PipelineError::Source(source) if source.outcome() == Outcome::NotFound => Self::Absent,
            _ => Self::Failed,
        }
    }
}

impl From<Problem> for Miss {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

fn one(inventory: Result<Inventory, PipelineError>) -> Found {
    inventory.map(|one| vec![one]).map_err(|error| Miss::of(&error))
}

fn archive(file: &Path, name: Option<&str>, scan: &Scan) -> Found {
    let found = match file == Path::new("-") {
        true => pipeline::inventory_of_stream(io::stdin(), name, scan),
        false => pipeline::inventory_of_archive(file, name, scan),
    };
    found.map(|one| vec![one]).map_err(|error| {
        let problem = Problem::new(&error).code(error.rule());
        Miss::kind(&error)(match &error {
            PipelineError::Files(ImageError::NotAnImage) => {
                problem.hint("file:FILE lists what is in a file that is no archive of an image")
            }
            _ => problem.hint(output::next_of_unread(&error)),
        })
    })
}

/// What to do without a socket.
const SAVE: &str = "save it first: docker save IMAGE -o image.tar, then docker-archive:image.tar";
