//! The list of files, and their digests.

use std::collections::HashMap;
use std::io;
use std::io::Read;

use sha1::Digest as _;
use sha1::Sha1;
use sha2::Sha256;

use super::Content;
use super::ownership::RealPaths;
use crate::image::Entry;
use crate::image::EntryKind;
use crate::image::Tree;
use crate::package::Checksum;
use crate::package::ChecksumAlgorithm;
use crate::package::FileDetail;
use crate::package::FileEntry;
use crate::package::FileKind;
use crate::package::Location;
use crate::package::Package;

/// The digests of one file's content.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct FileDigests {
    sha1: [u8; 20],
    sha256: [u8; 32],
}

/// Hashes what is read through it.
pub(super) struct HashingReader<'a> {
    inner: &'a mut dyn Read,
    sha1: Sha1,
    sha256: Sha256,
}

impl<'a> HashingReader<'a> {
    pub(super) fn new(inner: &'a mut dyn Read) -> Self {
        Self { inner, sha1: Sha1::new(), sha256: Sha256::new() }
    }

    /// Reads what is left, and gives the digests of the whole.
    pub(super) fn finish(mut self) -> io::Result<FileDigests> {
        let mut buffer = vec![0; 1 << 16];
        while self.read(&mut buffer)? > 0 {}
        Ok(FileDigests { sha1: self.sha1.finalize().into(), sha256: self.sha256.finalize().into() })
    }
}

impl Read for HashingReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let read = buffer.get(..count).unwrap_or_default();
        self.sha1.update(read);
        self.sha256.update(read);
        Ok(count)
    }
}

/// The files that are asked for, by path.
pub(super) fn list(tree: &Tree<Content>, packages: &[Package], detail: FileDetail) -> Vec<FileEntry> {
    if detail == FileDetail::None {
        return Vec::new();
    }
    let mut owners: HashMap<String, Vec<usize>> = HashMap::new();
    let mut real_paths = RealPaths::default();
    for (place, package) in packages.iter().enumerate() {
        for file in &package.files {
            let path = real_paths.of(tree, file.path.trim_start_matches('/'));
            owners.entry(path).or_default().push(place);
        }
    }
    let wanted = |(path, entry): (&str, &Entry<Content>)| {
        let mut owners = owners.get(path).cloned().unwrap_or_default();
        owners.dedup();
        let is_wanted = detail == FileDetail::All || !owners.is_empty();
        is_wanted.then(|| file_entry(path, entry, owners))
    };
    tree.iter().filter_map(wanted).collect()
}

fn file_entry(path: &str, entry: &Entry<Content>, owners: Vec<usize>) -> FileEntry {
    let digests = entry.kept.as_ref().and_then(|content| content.digests());
    let checksum = |algorithm, bytes: &[u8]| Checksum { algorithm, hex: hex::encode(bytes) };
    let checksums = digests.map(|digests| {
        vec![
            checksum(ChecksumAlgorithm::Sha1, &digests.sha1),
            checksum(ChecksumAlgorithm::Sha256, &digests.sha256),
        ]
    });
    FileEntry {
        location: Location { path: format!("/{path}"), layer: Some(entry.layer.to_string()) },
        kind: match entry.kind {
            EntryKind::Directory => FileKind::Directory,
            EntryKind::Other => FileKind::Other,
            EntryKind::Regular => FileKind::Regular,
            EntryKind::SymbolicLink(_) => FileKind::SymbolicLink,
        },
        size: entry.size,
        mode: entry.mode,
        checksums: checksums.unwrap_or_default(),
        owners,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digests of `abc` in FIPS 180-4's examples.
    #[test]
    fn digests_are_of_the_whole_file() {
        let mut content: &[u8] = b"abc";
        let mut reader = HashingReader::new(&mut content);
        assert_eq!(reader.read(&mut [0; 1]).unwrap(), 1, "an examiner reads as far as it likes");
        let digests = reader.finish().unwrap();
        assert_eq!(hex::encode(digests.sha1), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(
            hex::encode(digests.sha256),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
