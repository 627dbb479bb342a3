//! Everything that was found in one place.

use super::Checksum;
use super::Location;
use super::Package;
use crate::digest::Digest;

/// What was found in an image, archive or directory.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// What was looked at.
    pub subject: Subject,
    /// Its distribution, where it has one.
    pub release: Option<Release>,
    /// The packages, ordered by kind, name, version and place; nothing stands in it twice.
    pub packages: Vec<Package>,
    /// How they are related, ordered.
    pub relationships: Vec<Relationship>,
    /// Files, as far as they were asked for.
    pub files: Vec<FileEntry>,
    /// What could not be read.
    pub unknowns: Vec<Unknown>,
    /// The catalogers that ran, by name.
    pub catalogers: Vec<&'static str>,
}

/// What was looked at.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Subject {
    /// Nothing yet.
    #[default]
    Unknown,
    /// One platform of a container image.
    Image(Box<ImageSubject>),
    /// A directory.
    Directory {
        /// As the user wrote it.
        path: String,
    },
    /// One file.
    File {
        /// As the user wrote it.
        path: String,
        /// Its SHA-256.
        digest: Option<Digest>,
    },
}

/// One platform of a container image.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ImageSubject {
    /// As the user wrote it.
    pub reference: String,
    /// Registry and repository, where it came from one: `ghcr.io/example/service`.
    pub repository: Option<String>,
    /// Tag, where one was asked for.
    pub tag: Option<String>,
    /// Digest of the manifest, which attestations name; `None` where the archive holds no manifest.
    pub manifest: Option<Digest>,
    /// Digest of the index that the manifest was chosen from.
    pub index: Option<Digest>,
    /// Digest of the configuration: the image's ID in Docker.
    pub config: Option<Digest>,
    /// `linux/amd64`, `linux/arm/v7`.
    pub platform: Option<String>,
    /// Media type of the manifest.
    pub media_type: Option<String>,
    /// The layers, lowest first.
    pub layers: Vec<LayerSubject>,
    /// Bytes of the manifest and of the configuration, for syft's JSON.
    pub raw_manifest: Vec<u8>,
    /// See [`Self::raw_manifest`].
    pub raw_config: Vec<u8>,
}

/// One layer of an image.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LayerSubject {
    /// Media type.
    pub media_type: String,
    /// Digest of the uncompressed archive, as the configuration states it.
    pub diff_id: Option<String>,
    /// Digest of the blob.
    pub digest: Option<Digest>,
    /// Bytes of the blob.
    pub size: u64,
}

/// The distribution, from `os-release`. <https://www.freedesktop.org/software/systemd/man/os-release.html>
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Release {
    /// `ID`: `debian`.
    pub id: String,
    /// `ID_LIKE`.
    pub id_like: Vec<String>,
    /// `NAME`.
    pub name: Option<String>,
    /// `PRETTY_NAME`.
    pub pretty_name: Option<String>,
    /// `VERSION`.
    pub version: Option<String>,
    /// `VERSION_ID`.
    pub version_id: Option<String>,
    /// `VERSION_CODENAME`.
    pub version_codename: Option<String>,
    /// `BUILD_ID`, for rolling distributions.
    pub build_id: Option<String>,
    /// `HOME_URL`.
    pub home_url: Option<String>,
    /// `CPE_NAME`.
    pub cpe: Option<String>,
}

impl Release {
    /// What package URLs say of it: `debian-12`.
    #[must_use]
    pub fn qualifier(&self) -> Option<String> {
        if self.id.is_empty() {
            return None;
        }
        match self.version_id.as_ref().or(self.build_id.as_ref()) {
            Some(version) => Some(format!("{}-{version}", self.id)),
            None => Some(self.id.clone()),
        }
    }
}

/// A relationship between two packages, by their place in the list.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Relationship {
    /// The one that ..
    pub from: usize,
    /// .. stands in this relation ..
    pub relation: Relation,
    /// .. to the other one.
    pub to: usize,
}

/// How two packages are related.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Relation {
    /// `from` holds `to`: an archive within an archive, a module compiled into a program.
    Contains,
    /// `from` needs `to` to run.
    DependsOn,
    /// `from` owns the files that show `to`: a Debian package that installs a Python distribution.
    OwnsFilesOf,
}

/// A file of the image or directory.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FileEntry {
    /// Where it lies.
    pub location: Location,
    /// What it is.
    pub kind: FileKind,
    /// Bytes.
    pub size: u64,
    /// Unix permissions.
    pub mode: u32,
    /// Digests of its content, computed here: none for what has no content.
    pub checksums: Vec<Checksum>,
    /// Whether a package owns it, by place in the list of packages.
    pub owners: Vec<usize>,
}

/// What a file is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FileKind {
    /// A directory.
    Directory,
    /// A device, pipe or socket.
    Other,
    /// A regular file.
    Regular,
    /// A symbolic link.
    SymbolicLink,
}

/// Something that could not be read, and so may hide packages.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Unknown {
    /// Where.
    pub location: Location,
    /// Who could not read it.
    pub cataloger: &'static str,
    /// Why, in words for people.
    pub reason: String,
}
