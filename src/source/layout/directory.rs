//! The files of a layout in a directory.

use std::fs::File;
use std::fs::Metadata;
use std::io;
use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;

use super::super::Fault;
use super::Content;
use crate::digest::Algorithm;
use crate::digest::Digest;
use crate::limits;

/// A directory that nothing may lead out of.
#[derive(Debug)]
pub(super) struct Directory {
    /// As it was named.
    path: PathBuf,
    /// Canonical: what a file's path must stay in.
    root: PathBuf,
}

impl Directory {
    pub(super) fn open(path: &Path) -> Result<Self, Fault> {
        match path.canonicalize() {
            Ok(root) if root.is_dir() => Ok(Self { path: path.to_owned(), root }),
            Ok(_) => Err(Fault::NotALayout("it is a file; an archive is written oci-archive:FILE")),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(Fault::NotFound { reason: "there is no such directory".to_owned() })
            }
            Err(error) => Err(Fault::Io(error)),
        }
    }

    pub(super) fn is(&self, path: &Path) -> bool {
        path == self.path || path.canonicalize().is_ok_and(|path| path == self.root)
    }

    /// A regular file that lies under the root also when every link is followed.
    pub(super) fn file(&self, name: &str) -> Result<Content, Fault> {
        let (real, metadata) = self.follow(name).map_err(Fault::Io)?;
        if !real.starts_with(&self.root) {
            return Err(Fault::NotALayout("a symbolic link leads out of it"));
        }
        // A pipe or device would block or never end.
        if !metadata.is_file() {
            return Err(Fault::NotALayout("a blob is not a regular file"));
        }
        let file = File::open(&real).map_err(Fault::Io)?;
        Ok(Content { size: metadata.len(), reader: Box::new(file) })
    }

    /// Where a name leads, every link followed. Most layouts have none: then the path as it is, which saves a
    /// look at every folder above the layout, for every file of it.
    fn follow(&self, name: &str) -> io::Result<(PathBuf, Metadata)> {
        let mut path = self.root.clone();
        let mut found = None;
        for part in name.split('/') {
            path.push(part);
            let metadata = path.symlink_metadata()?;
            if metadata.is_symlink() || matches!(part, "" | "." | "..") {
                let real = self.root.join(name).canonicalize()?;
                let metadata = real.metadata()?;
                return Ok((real, metadata));
            }
            found = Some(metadata);
        }
        let metadata = found.ok_or_else(|| io::Error::from(ErrorKind::NotFound))?;
        Ok((path, metadata))
    }

    /// The names under `blobs` that are digests.
    pub(super) fn blobs(&self) -> Result<Vec<Digest>, Fault> {
        let mut found = Vec::new();
        let mut looked_at = 0_usize;
        for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
            let directory = self.root.join("blobs").join(algorithm.name());
            if !directory.is_dir() {
                continue;
            }
            for file in directory.read_dir().map_err(Fault::Io)? {
                looked_at += 1;
                if looked_at > limits::LAYOUT_BLOBS {
                    return Err(Fault::TooMany { what: "blobs", ceiling: limits::LAYOUT_BLOBS });
                }
                let name = file.map_err(Fault::Io)?.file_name();
                let digest = name.to_str().map(|hex| Digest::parse(&format!("{}:{hex}", algorithm.name())));
                found.extend(digest.and_then(Result::ok));
            }
        }
        Ok(found)
    }
}
