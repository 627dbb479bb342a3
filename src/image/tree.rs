//! Files by path, and how one layer lies over another.
//!
//! Whiteouts as the image specification has them:
//! <https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts>

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// The files of an image or directory, by path from the root without a leading `/`, ordered.
#[derive(Debug)]
pub struct Tree<K> {
    entries: BTreeMap<Box<str>, Entry<K>>,
}

/// One file, directory or link.
#[derive(Debug)]
pub struct Entry<K> {
    /// What it is.
    pub kind: EntryKind,
    /// The layer that it comes from, lowest first.
    pub layer: u32,
    /// Unix permissions.
    pub mode: u32,
    /// Bytes.
    pub size: u64,
    /// What the examiner kept of it. Hard links share it.
    pub kept: Option<Arc<K>>,
}

/// What an entry is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum EntryKind {
    /// A directory.
    Directory,
    /// A device, pipe or socket.
    Other,
    /// A regular file, or a hard link to one.
    Regular,
    /// A symbolic link, to this.
    SymbolicLink(Box<str>),
}

impl<K> Tree<K> {
    /// A tree without files.
    #[must_use]
    pub fn new() -> Self {
        Self { entries: BTreeMap::new() }
    }

    /// The entry at exactly `path`; symbolic links are not followed.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Entry<K>> {
        self.entries.get(path)
    }

    /// The entry that `path` leads to when every symbolic link on the way is followed, and where it
    /// really lies. Links lead nowhere outside of the root.
    #[must_use]
    pub fn resolve(&self, path: &str) -> Option<(&str, &Entry<K>)> {
        let mut links = 0;
        let mut todo: Vec<String> = segments(path).rev().map(str::to_owned).collect();
        let mut at = String::new();
        while let Some(segment) = todo.pop() {
            if segment == ".." {
                at.truncate(at.rfind('/').unwrap_or(0));
                continue;
            }
            let parent = at.len();
            if parent > 0 {
                at.push('/');
            }
            at += &segment;
            if let Some(Entry { kind: EntryKind::SymbolicLink(target), .. }) = self.get(&at) {
                links += 1;
                if links > LINKS {
                    return None;
                }
                at.truncate(if target.starts_with('/') { 0 } else { parent });
                todo.extend(segments(target).rev().map(str::to_owned));
            }
        }
        self.entries.get_key_value(at.as_str()).map(|(path, entry)| (path.as_ref(), entry))
    }

    /// Every entry, in the order of paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry<K>)> {
        self.entries.iter().map(|(path, entry)| (path.as_ref(), entry))
    }

    /// Every entry below `directory`, at any depth.
    pub fn below(&self, directory: &str) -> impl Iterator<Item = (&str, &Entry<K>)> {
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let start = (Bound::Included(prefix.as_str()), Bound::Unbounded);
        let entries = self.entries.range::<str, _>(start);
        entries
            .map(|(path, entry)| (path.as_ref(), entry))
            .take_while(move |(path, _)| path.starts_with(&prefix))
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// Lays `layer` over what there is.
    pub fn apply(&mut self, layer: LayerTree<K>) {
        for directory in &layer.opaque {
            self.remove_below(directory);
        }
        for path in &layer.removed {
            self.entries.remove(path.as_ref());
            self.remove_below(path);
        }
        for (path, entry) in layer.entries {
            if entry.kind != EntryKind::Directory {
                self.remove_below(&path);
            }
            self.entries.insert(path, entry);
        }
    }

    fn remove_below(&mut self, directory: &str) {
        let below: Vec<Box<str>> = self.below(directory).map(|(path, _)| path.into()).collect();
        for path in below {
            self.entries.remove(&path);
        }
    }
}

impl<K> Default for Tree<K> {
    fn default() -> Self {
        Self::new()
    }
}

/// The entries of one layer, and what it removes from those below it.
#[derive(Debug)]
pub struct LayerTree<K> {
    /// What it adds or replaces.
    pub entries: BTreeMap<Box<str>, Entry<K>>,
    /// Paths that it removes, with all below them.
    pub removed: Vec<Box<str>>,
    /// Directories of which it hides everything that lower layers have in them.
    pub opaque: Vec<Box<str>>,
}

/// The names on a path, without those that say nothing.
fn segments(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty() && *segment != ".")
}

/// Symbolic links on one way: Linux stops at 40 (`MAXSYMLINKS`).
const LINKS: usize = 40;
