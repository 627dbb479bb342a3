//! Layers made by hand, and an examiner that keeps every byte.

use std::io;
use std::io::Read;
use std::num::NonZeroUsize;

use super::EntryKind;
use super::Examiner;
use super::Exclude;
use super::FileHeader;
use super::ImageError;
use super::Layer;
use super::Options;
use super::Tree;
use super::Watch;
use super::read_layers;
use crate::digest::Digest;

/// Keeps the content of every file.
pub(super) struct Everything;

impl Examiner for Everything {
    type Kept = Vec<u8>;

    fn examine(&self, _: &FileHeader<'_>, content: &mut dyn Read) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }
}

/// An archive in the making.
pub(super) struct Builder(tar::Builder<Vec<u8>>);

impl Builder {
    pub(super) fn new() -> Self {
        Self(tar::Builder::new(Vec::new()))
    }

    pub(super) fn member(mut self, path: &[u8], kind: tar::EntryType, link: &str, content: &[u8]) -> Self {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_size(content.len().try_into().unwrap());
        // Past the checks of the builder: layers of others have such paths.
        header.as_mut_bytes()[..path.len()].copy_from_slice(path);
        header.as_mut_bytes()[157..157 + link.len()].copy_from_slice(link.as_bytes());
        header.set_cksum();
        self.0.append(&header, content).unwrap();
        self
    }

    pub(super) fn file(self, path: &str, content: &str) -> Self {
        self.member(path.as_bytes(), tar::EntryType::Regular, "", content.as_bytes())
    }

    pub(super) fn directory(self, path: &str) -> Self {
        self.member(path.as_bytes(), tar::EntryType::Directory, "", b"")
    }

    pub(super) fn symbolic(self, path: &str, target: &str) -> Self {
        self.member(path.as_bytes(), tar::EntryType::Symlink, target, b"")
    }

    pub(super) fn hard(self, path: &str, target: &str) -> Self {
        self.member(path.as_bytes(), tar::EntryType::Link, target, b"")
    }

    pub(super) fn done(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }
}

pub(super) fn options() -> Options {
    Options { threads: NonZeroUsize::new(2).unwrap(), exclude: Exclude::default(), watch: Watch::default() }
}

/// The tree of these archives.
pub(super) fn read(archives: &[Vec<u8>]) -> Result<Tree<Vec<u8>>, ImageError> {
    let layer = |bytes: &Vec<u8>| {
        let bytes = bytes.clone();
        let size = u64::try_from(bytes.len()).unwrap();
        Layer::of_diff_id(
            Digest::sha256(&bytes),
            size,
            Box::new(move || Ok(Box::new(io::Cursor::new(bytes)))),
        )
    };
    read_layers(archives.iter().map(layer).collect(), &Everything, &options())
}

/// A line for each entry: path, kind or target, content.
pub(super) fn list(tree: &Tree<Vec<u8>>) -> Vec<String> {
    let line = |(path, entry): (&str, &super::Entry<Vec<u8>>)| match &entry.kind {
        EntryKind::Directory => format!("{path}/"),
        EntryKind::Other => format!("{path} other"),
        EntryKind::SymbolicLink(target) => format!("{path} -> {target}"),
        EntryKind::Regular => {
            let content = entry.kept.as_deref().map_or("-".into(), |kept| String::from_utf8_lossy(kept));
            format!("{path} {content}")
        }
    };
    tree.iter().map(line).collect()
}
