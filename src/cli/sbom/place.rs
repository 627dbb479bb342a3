//! Where the thing lies that a bill of materials is made of: the words before the colon are syft's and ours.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use portcullis::oci::Reference;

use crate::cli::arguments::read_reference;
use crate::cli::context;
use crate::cli::output::Problem;

/// A thing that a bill of materials can be made of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::cli) enum Place {
    /// What `docker save` and the like write, or an OCI layout in an archive; `-` is stdin.
    Archive {
        /// The file.
        file: PathBuf,
        /// Which image of it.
        name: Option<String>,
    },
    /// An image that a container engine on this machine has.
    Daemon {
        /// Which engine.
        engine: Engine,
        /// The image, as the engine knows it.
        image: String,
    },
    /// A directory.
    Directory(PathBuf),
    /// One file.
    File(PathBuf),
    /// The first of these that has it.
    FirstOf(Vec<Self>),
    /// An image in a registry or in the directory of an OCI layout.
    Image(Reference),
}

/// A container engine with a socket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::cli) enum Engine {
    /// Docker.
    Docker,
    /// Podman.
    Podman,
}

impl Engine {
    /// Its socket: where the environment says, or where it usually is.
    pub(in crate::cli) fn socket(self) -> Result<PathBuf, Problem> {
        let (variable, usual) = match self {
            Self::Docker => ("DOCKER_HOST", vec![PathBuf::from("/var/run/docker.sock")]),
            Self::Podman => ("CONTAINER_HOST", podman_sockets()),
        };
        match context::variable(variable) {
            Some(address) => match address.strip_prefix("unix://") {
                Some(path) => Ok(PathBuf::from(path)),
                None => Err(Problem::usage(format_args!(
                    "{variable}={address}: only unix:// sockets are asked"
                ))
                .hint("save the image there and read it from stdin: docker save IMAGE | portcullis sbom -")),
            },
            None => {
                let there = usual.iter().find(|path| path.exists()).or(usual.first());
                Ok(there.cloned().unwrap_or_default())
            }
        }
    }
}

/// That of the user, then that of the machine.
fn podman_sockets() -> Vec<PathBuf> {
    let runtime =
        context::path_variable("XDG_RUNTIME_DIR").map(|directory| directory.join("podman/podman.sock"));
    runtime.into_iter().chain([PathBuf::from("/run/podman/podman.sock")]).collect()
}

impl Place {
    /// Reads what a user wrote. Without a word for the kind, what is on disk comes first, then registries.
    pub(in crate::cli) fn parse(text: &str) -> Result<Self, Problem> {
        if text == "-" {
            return Ok(Self::Archive { file: PathBuf::from("-"), name: None });
        }
        if let Some((scheme, rest)) = text.split_once(':')
            && let Some(place) = Self::of_scheme(scheme, rest)?
        {
            return Ok(place);
        }
        match Self::on_disk(Path::new(text)) {
            Some(place) => Ok(place),
            None => read_reference(text).map(Self::Image).map_err(|problem| missing(text, problem)),
        }
    }

    /// An image of which nobody said where it is: with the container engines whose sockets are there, or else at
    /// `registry`, in the order in which syft asks.
    pub(in crate::cli) fn anywhere(image: &str, registry: Self) -> Self {
        let engines = [Engine::Docker, Engine::Podman].into_iter();
        let is_built = cfg!(all(feature = "net", unix));
        // An engine of another machine stays, to be told that it is not asked.
        let is_there = |engine: &Engine| engine.socket().map_or(true, |socket| socket.exists());
        let there = engines.filter(|engine| is_built && is_there(engine));
        let daemon = |engine| Self::Daemon { engine, image: image.to_owned() };
        Self::first_of(there.map(daemon).chain([registry]).collect())
    }

    /// The first of several that has it.
    pub(in crate::cli) fn first_of(mut places: Vec<Self>) -> Self {
        match (places.pop(), places.is_empty()) {
            (Some(one), true) => one,
            (last, _) => Self::FirstOf(places.into_iter().chain(last).collect()),
        }
    }

    /// Whether it is on disk, and no image.
    pub(in crate::cli) fn is_directory(&self) -> bool {
        match self {
            Self::Directory(_) | Self::File(_) => true,
            Self::Archive { .. } | Self::Daemon { .. } | Self::Image(_) => false,
            Self::FirstOf(places) => places.iter().all(Self::is_directory),
        }
    }

    /// Reads what follows a word for its kind; `None` if there is no such word.
    pub(in crate::cli) fn of_scheme(scheme: &str, rest: &str) -> Result<Option<Self>, Problem> {
        let path = || PathBuf::from(rest);
        Ok(Some(match scheme {
            "containerd" | "singularity" | "snap" => return Err(unsupported(scheme, rest)),
            "dir" | "local-directory" => Self::Directory(path()),
            "docker" => Self::Daemon { engine: Engine::Docker, image: rest.to_owned() },
            "docker-archive" => Self::archive(rest),
            "file" | "local-file" => Self::File(path()),
            "oci" => read_reference(&format!("oci:{rest}")).map(Self::Image)?,
            "oci-archive" => Self::archive(rest),
            "oci-dir" => read_reference(&format!("oci:{rest}")).map(Self::Image)?,
            "podman" => Self::Daemon { engine: Engine::Podman, image: rest.to_owned() },
            "oci-registry" | "registry" => read_reference(rest).map(Self::Image)?,
            _ => return Ok(None),
        }))
    }

    /// `FILE`, or `FILE:NAME` where there is no file of the whole name.
    fn archive(text: &str) -> Self {
        let whole = || Self::Archive { file: PathBuf::from(text), name: None };
        if text == "-" || Path::new(text).exists() {
            return whole();
        }
        let named = text
            .match_indices(':')
            .find(|(colon, _)| text.get(..*colon).is_some_and(|file| Path::new(file).is_file()));
        match named.and_then(|(colon, _)| text.split_at_checked(colon)) {
            Some((file, name)) => {
                let name = name.trim_start_matches(':').to_owned();
                Self::Archive { file: PathBuf::from(file), name: Some(name).filter(|name| !name.is_empty()) }
            }
            None => whole(),
        }
    }

    /// What there is at a path, if anything.
    pub(in crate::cli) fn on_disk(path: &Path) -> Option<Self> {
        if path.is_dir() {
            let is_layout = path.join("oci-layout").is_file() && path.join("index.json").is_file();
            return Some(match is_layout {
                true => Self::Image(Reference::in_layout(path)),
                false => Self::Directory(path.to_owned()),
            });
        }
        path.exists().then(|| match may_be_archive(path) {
            true => Self::Archive { file: path.to_owned(), name: None },
            false => Self::File(path.to_owned()),
        })
    }
}

/// Whether the first bytes are those of a tar archive, or of a compressed file, which may be one.
fn may_be_archive(path: &Path) -> bool {
    let mut block = Vec::new();
    let read = File::open(path).and_then(|file| file.take(512).read_to_end(&mut block));
    read.is_ok()
        && (block.starts_with(&[0x1f, 0x8b])
            || block.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
            || block.get(257..262) == Some(b"ustar"))
}

fn unsupported(scheme: &str, rest: &str) -> Problem {
    let way = match scheme {
        "containerd" => {
            format!("save it first: ctr image export image.tar {rest}, then oci-archive:image.tar")
        }
        "singularity" => {
            "unpack it first: singularity build --sandbox DIRECTORY FILE, then dir:DIRECTORY".to_owned()
        }
        _ => "unpack it first: unsquashfs -d DIRECTORY FILE, then dir:DIRECTORY".to_owned(),
    };
    Problem::usage(format_args!("{scheme}: is not read")).hint(way)
}

fn missing(text: &str, problem: Problem) -> Problem {
    let (message, _) = problem.into_parts();
    Problem::new(format_args!("nothing on disk is called {text:?}, and as an image {message}"))
        .code("reference")
        .hint("name an image, an archive, a directory or a file; registry:, oci-dir:, docker-archive:, dir: say which")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes() {
        let path = |path: &str| PathBuf::from(path);
        let parse = |text: &str| Place::parse(text).unwrap();
        assert_eq!(parse("dir:/srv/app"), Place::Directory(path("/srv/app")));
        assert_eq!(parse("file:/srv/app.jar"), Place::File(path("/srv/app.jar")));
        assert_eq!(parse("-"), Place::Archive { file: path("-"), name: None });
        assert_eq!(
            parse("docker:alpine:3.20"),
            Place::Daemon { engine: Engine::Docker, image: "alpine:3.20".to_owned() }
        );
        let Place::Image(image) = parse("registry:registry.example/team/app:1") else { panic!() };
        assert_eq!(image.to_string(), "registry.example/team/app:1");
        let Place::Image(image) = parse("registry.example/team/app:1") else { panic!() };
        assert_eq!(image.tag(), Some("1"));
        assert!(Place::parse("containerd:alpine").is_err());
        assert!(Place::parse("No Such File").is_err());
    }

    #[test]
    fn what_is_on_disk_comes_first() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::create_dir(at("plain")).unwrap();
        std::fs::create_dir(at("layout")).unwrap();
        std::fs::write(at("layout/oci-layout"), "{}").unwrap();
        std::fs::write(at("layout/index.json"), "{}").unwrap();
        std::fs::write(at("app.jar"), b"PK\x03\x04").unwrap();
        std::fs::write(at("image.tar.gz"), b"\x1f\x8b\x08").unwrap();
        let parse = |name: &str| Place::parse(at(name).to_str().unwrap()).unwrap();
        assert_eq!(parse("plain"), Place::Directory(at("plain")));
        assert_eq!(parse("layout"), Place::Image(Reference::in_layout(&at("layout"))));
        assert_eq!(parse("app.jar"), Place::File(at("app.jar")));
        assert_eq!(parse("image.tar.gz"), Place::Archive { file: at("image.tar.gz"), name: None });
        let text = format!("docker-archive:{}:team/app:1", at("image.tar.gz").display());
        let named = Place::Archive { file: at("image.tar.gz"), name: Some("team/app:1".to_owned()) };
        assert_eq!(Place::parse(&text).unwrap(), named);
    }
}
