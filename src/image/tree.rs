//! Files by path, and how one layer lies over another.
//!
//! Whiteouts as the image specification has them:
//! <https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts>. Where that leaves a choice,
//! a layer lies over another as overlayfs has it: a layer that holds `lib/x` has a directory `lib`, named in
//! it or not, and where a lower layer has a symbolic link `lib`, the directory hides the link. (Runtimes that
//! unpack all layers into one directory follow the link instead; images for which that differs are broken
//! on one of the two.)

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// The files of an image or directory, by path from the root without a leading `/`, ordered.
#[derive(Debug)]
pub struct Tree<K> {
    entries: BTreeMap<Box<str>, Entry<K>>,
    problems: Vec<Problem>,
}

/// A file that is there, or should be, and could not be looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// From the root, without a leading `/`.
    pub path: Box<str>,
    /// Why.
    pub reason: String,
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
        Self { entries: BTreeMap::new(), problems: Vec::new() }
    }

    /// What could not be looked at, in the order of paths.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
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
        range_below(&self.entries, prefix).map(|(path, entry)| (path.as_ref(), entry))
    }

    /// Lays `layer` over what there is.
    pub fn apply(&mut self, layer: LayerTree<K>) {
        self.apply_linked(layer, BTreeMap::new());
    }

    /// Lays `layer` over what there is. `links` are its hard links to files that it does not have itself.
    pub(super) fn apply_linked(&mut self, mut layer: LayerTree<K>, links: BTreeMap<Box<str>, Box<str>>) {
        // Before anything is removed: what a link shares outlives the name that it was shared from.
        for (path, target) in links {
            self.share(&mut layer, path, &target);
        }
        for directory in &layer.opaque {
            self.remove_below(directory);
        }
        for path in &layer.removed {
            self.entries.remove(path);
            self.remove_below(path);
        }
        if self.entries.is_empty() {
            self.entries = layer.entries;
            self.make_parents();
        } else {
            self.lay(layer.entries);
        }
    }

    fn lay(&mut self, entries: BTreeMap<Box<str>, Entry<K>>) {
        let mut last = String::new();
        for (path, entry) in entries {
            let directory = parent(&path);
            if last != directory {
                self.make_directory(directory, entry.layer);
                last.clear();
                last += directory;
            }
            let Some(former) = self.entries.get_mut(&path) else {
                self.entries.insert(path, entry);
                continue;
            };
            let emptied = former.kind == EntryKind::Directory && entry.kind != EntryKind::Directory;
            *former = entry;
            if emptied {
                self.remove_below(&path);
            }
        }
    }

    /// The directories that no entry names, but that entries lie in.
    fn make_parents(&mut self) {
        let mut missing: Vec<(Box<str>, u32)> = Vec::new();
        let mut last = "";
        for (path, entry) in &self.entries {
            let directory = parent(path);
            if directory != last && self.get(directory).is_none_or(|found| found.kind != EntryKind::Directory)
            {
                missing.push((directory.into(), entry.layer));
            }
            last = directory;
        }
        for (directory, layer) in missing {
            self.make_directory(&directory, layer);
        }
    }

    /// Makes `directory` and those above it; what lies there and is none gives way.
    fn make_directory(&mut self, directory: &str, layer: u32) {
        let mut path = directory;
        while !path.is_empty() {
            match self.entries.get_mut(path) {
                Some(entry) if entry.kind == EntryKind::Directory => return,
                Some(entry) => {
                    if matches!(entry.kind, EntryKind::SymbolicLink(_)) {
                        let reason =
                            "a symbolic link of a lower layer, and a directory of this one: runtimes differ";
                        self.problems.push(Problem { path: path.into(), reason: reason.to_owned() });
                    }
                    *entry = Entry::directory(layer);
                }
                None => drop(self.entries.insert(path.into(), Entry::directory(layer))),
            }
            path = parent(path);
        }
    }

    /// Puts the file `target` in the place of `path`, which shares it.
    fn share(&mut self, layer: &mut LayerTree<K>, path: Box<str>, target: &str) {
        let found = layer.entries.get(target).or_else(|| self.entries.get(target));
        let Some(found) = found.filter(|found| found.kind != EntryKind::Directory) else {
            let reason = format!("hard link to {target:?}, which is not there");
            self.problems.push(Problem { path, reason });
            return;
        };
        let shared = found.share();
        if let Some(entry) = layer.entries.get_mut(&path) {
            *entry = Entry { layer: entry.layer, ..shared };
        }
    }

    /// Notes what could not be looked at, once no more layer follows: of files that are still there.
    pub(super) fn note(&mut self, problems: Vec<Problem>) {
        self.problems.extend(problems);
        self.problems.retain(|problem| self.entries.contains_key(&problem.path));
        self.problems.sort_by(|a, b| a.path.cmp(&b.path));
    }

    /// Keeps the entries for which `keep` says so.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.entries.retain(|path, _| keep(path));
        self.problems.retain(|problem| self.entries.contains_key(&problem.path));
    }

    /// The entries for which `keep` says so, as a tree of their own that shares what was kept of them.
    pub(super) fn copy_where(&self, keep: impl Fn(&str) -> bool) -> Self {
        let entries = self.entries.iter().filter(|(path, _)| keep(path));
        let entries = entries.map(|(path, entry)| (path.clone(), entry.share())).collect();
        let problems = self.problems.iter().filter(|problem| keep(&problem.path)).cloned().collect();
        Self { entries, problems }
    }

    fn remove_below(&mut self, directory: &str) {
        remove_below(&mut self.entries, directory);
    }
}

impl<K> AsRef<Self> for Tree<K> {
    fn as_ref(&self) -> &Self {
        self
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

impl<K> Default for LayerTree<K> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), removed: Vec::new(), opaque: Vec::new() }
    }
}

impl<K> Entry<K> {
    /// A directory that nothing names.
    fn directory(layer: u32) -> Self {
        Self { kind: EntryKind::Directory, layer, mode: 0o755, size: 0, kept: None }
    }

    /// The same file under another name.
    pub(super) fn share(&self) -> Self {
        let Self { kind, layer, mode, size, kept } = self;
        Self { kind: kind.clone(), layer: *layer, mode: *mode, size: *size, kept: kept.clone() }
    }
}

/// The directory that `path` lies in; empty for the root.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// Removes every entry below `directory`.
pub(super) fn remove_below<K>(entries: &mut BTreeMap<Box<str>, Entry<K>>, directory: &str) {
    if directory.is_empty() {
        entries.clear();
        return;
    }
    let prefix = format!("{directory}/");
    let below: Vec<Box<str>> = range_below(entries, prefix).map(|(path, _)| path.clone()).collect();
    for path in below {
        entries.remove(&path);
    }
}

/// The entries whose path starts with `prefix`.
fn range_below<K>(
    entries: &BTreeMap<Box<str>, Entry<K>>,
    prefix: String,
) -> impl Iterator<Item = (&Box<str>, &Entry<K>)> {
    let start = (Bound::Included(prefix.as_str()), Bound::Unbounded);
    entries.range::<str, _>(start).take_while(move |(path, _)| path.starts_with(&prefix))
}

/// The names on a path, without those that say nothing.
fn segments(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty() && *segment != ".")
}

/// Symbolic links on one way: Linux stops at 40 (`MAXSYMLINKS`).
const LINKS: usize = 40;
