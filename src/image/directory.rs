//! A directory of this machine, or one file of it, as a tree.
//!
//! Nothing but regular files is opened, and no symbolic link is followed. What cannot be read is noted in the
//! tree and never lost.

mod mounts;

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::fs;
use std::fs::File;
use std::fs::Metadata;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;

use self::mounts::Mounts;
use super::Examiner;
use super::FileHeader;
use super::Options;
use super::budget::Budget;
use super::error::ImageError;
use super::tree::Entry;
use super::tree::EntryKind;
use super::tree::LayerTree;
use super::tree::Problem;
use super::tree::Tree;
use super::walk::text;

/// Reads what lies below `root`. Its own name is not part of any path.
///
/// File systems that hold no files, as `/proc` and `/sys` are, are not entered.
///
/// # Errors
/// `root` is no directory or cannot be read, or it has more than is read.
pub fn read_directory<E: Examiner>(
    root: &Path,
    examiner: &E,
    options: &Options,
) -> Result<Tree<E::Kept>, ImageError> {
    let at = |error| ImageError::File { path: root.to_owned(), error };
    let real = root.canonicalize().map_err(at)?;
    let mut walk = Walk {
        options,
        mounts: Mounts::read(),
        budget: Budget::default(),
        entries: BTreeMap::new(),
        files: Vec::new(),
        links: HashMap::new(),
        shared: Vec::new(),
        problems: Vec::new(),
    };
    let mut todo = vec![(real, String::new())];
    while let Some((directory, path)) = todo.pop() {
        match fs::read_dir(&directory) {
            Ok(list) => walk.list(list, &directory, &path, &mut todo)?,
            Err(error) if path.is_empty() => return Err(at(error)),
            Err(error) => walk.problem(path, &error),
        }
    }
    Ok(walk.finish(examiner))
}

/// Reads one file, as a tree that has nothing else.
///
/// # Errors
/// It cannot be read, or is no regular file.
pub fn read_file<E: Examiner>(path: &Path, examiner: &E) -> Result<Tree<E::Kept>, ImageError> {
    let at = |error| ImageError::File { path: path.to_owned(), error };
    let metadata = path.metadata().map_err(at)?;
    if !metadata.is_file() {
        return Err(at(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file")));
    }
    let name = path.file_name().map_or_else(String::new, |name| text(name.as_encoded_bytes()));
    let real = path.canonicalize().map_err(at)?;
    let found = Found { real, path: name, size: metadata.len(), mode: mode(&metadata) };
    let kept = found.examine(examiner).map_err(at)?;
    let mut layer = LayerTree::default();
    let entry = Entry { kept: kept.map(Arc::new), ..entry(EntryKind::Regular, &metadata) };
    layer.entries.insert(found.path.into(), entry);
    let mut tree = Tree::new();
    tree.apply(layer);
    Ok(tree)
}

/// A regular file that is to be looked at.
struct Found {
    real: PathBuf,
    path: String,
    size: u64,
    mode: u32,
}

impl Found {
    fn examine<E: Examiner>(&self, examiner: &E) -> io::Result<Option<E::Kept>> {
        let Self { path, size, mode, .. } = self;
        let mut content = Lazy { path: &self.real, file: None };
        examiner.examine(&FileHeader { path, size: *size, mode: *mode }, &mut content)
    }
}

/// A file that is opened when its first byte is asked for: most are not.
struct Lazy<'a> {
    path: &'a Path,
    file: Option<File>,
}

impl io::Read for Lazy<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(open(self.path)?),
        };
        file.read(buffer)
    }
}

/// Opens what was a regular file a moment ago, and may be a pipe or a link to elsewhere by now.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let file = File::options().read(true).custom_flags(flags).open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("it is no regular file any more"))
    }
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Goes through directories.
struct Walk<'a, K> {
    options: &'a Options,
    mounts: Mounts,
    budget: Budget,
    entries: BTreeMap<Box<str>, Entry<K>>,
    files: Vec<Found>,
    /// Files with several names, by what the system calls them.
    links: HashMap<(u64, u64), String>,
    /// Further names: path, and the name whose content they share.
    shared: Vec<(String, String)>,
    problems: Vec<Problem>,
}

impl<K: Send + Sync> Walk<'_, K> {
    fn list(
        &mut self,
        list: fs::ReadDir,
        directory: &Path,
        path: &str,
        todo: &mut Vec<(PathBuf, String)>,
    ) -> Result<(), ImageError> {
        for found in list {
            let found = match found {
                Ok(found) => found,
                Err(error) => {
                    self.problem(path.to_owned(), &error);
                    continue;
                }
            };
            let name = found.file_name();
            let name = text(name.as_encoded_bytes());
            let path = if path.is_empty() { name } else { format!("{path}/{name}") };
            if self.options.exclude.matches(&path) {
                continue;
            }
            let limit = |fault| ImageError::Layer { layer: directory.display().to_string(), fault };
            self.budget.count_file(path.len()).map_err(limit)?;
            match found.metadata() {
                Ok(metadata) => self.add(found.path(), path, &metadata, todo),
                Err(error) => self.problem(path, &error),
            }
        }
        Ok(())
    }

    fn add(&mut self, real: PathBuf, path: String, metadata: &Metadata, todo: &mut Vec<(PathBuf, String)>) {
        let kind = metadata.file_type();
        let kind = if kind.is_symlink() {
            match fs::read_link(&real) {
                Ok(target) => EntryKind::SymbolicLink(text(target.as_os_str().as_encoded_bytes()).into()),
                Err(error) => return self.problem(path, &error),
            }
        } else if kind.is_dir() {
            if !self.mounts.contains(&real) {
                todo.push((real, path.clone()));
            }
            EntryKind::Directory
        } else if kind.is_file() {
            self.file(real, &path, metadata);
            EntryKind::Regular
        } else {
            EntryKind::Other
        };
        self.entries.insert(path.into(), entry(kind, metadata));
    }

    /// A file of several names is looked at once.
    fn file(&mut self, real: PathBuf, path: &str, metadata: &Metadata) {
        if let Some(identity) = identity(metadata) {
            if let Some(first) = self.links.get(&identity) {
                self.shared.push((path.to_owned(), first.clone()));
                return;
            }
            self.links.insert(identity, path.to_owned());
        }
        self.files.push(Found { real, path: path.to_owned(), size: metadata.len(), mode: mode(metadata) });
    }

    fn problem(&mut self, path: String, error: &io::Error) {
        // It is there, whatever it is.
        let unknown = Entry { kind: EntryKind::Other, layer: 0, mode: 0, size: 0, kept: None };
        self.entries.entry(path.as_str().into()).or_insert(unknown);
        self.problems.push(Problem { path: path.into(), reason: error.to_string() });
    }

    /// Looks at the files, on all threads.
    fn finish<E: Examiner<Kept = K>>(mut self, examiner: &E) -> Tree<K> {
        let next = AtomicUsize::new(0);
        let results = Mutex::new(Vec::new());
        let files = &self.files;
        let work = || {
            let mut found = Vec::new();
            while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                let result = file.examine(examiner);
                self.options.watch.tell(file.size);
                match result {
                    Ok(None) => {}
                    result => found.push((file, result)),
                }
            }
            results.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
        };
        thread::scope(|scope| {
            for _ in 1..self.options.threads.get().min(files.len() / FILES + 1) {
                scope.spawn(work);
            }
            work();
        });
        for (file, result) in results.into_inner().unwrap_or_else(PoisonError::into_inner) {
            match result {
                Ok(kept) => {
                    if let Some(entry) = self.entries.get_mut(file.path.as_str()) {
                        entry.kept = kept.map(Arc::new);
                    }
                }
                Err(error) => {
                    let path = file.path.as_str().into();
                    self.problems.push(Problem { path, reason: error.to_string() });
                }
            }
        }
        for (path, first) in &self.shared {
            examiner.linked(path, first);
            let kept = self.entries.get(first.as_str()).and_then(|entry| entry.kept.clone());
            if let Some(entry) = self.entries.get_mut(path.as_str()) {
                entry.kept = kept;
            }
        }
        let mut tree = Tree::new();
        tree.apply(LayerTree { entries: self.entries, ..LayerTree::default() });
        tree.note(self.problems);
        tree
    }
}

fn entry<K>(kind: EntryKind, metadata: &Metadata) -> Entry<K> {
    let size = if kind == EntryKind::Regular { metadata.len() } else { 0 };
    Entry { kind, layer: 0, mode: mode(metadata), size, kept: None }
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> u32 {
    use std::os::unix::fs::MetadataExt;

    metadata.mode() & 0o7777
}

#[cfg(not(unix))]
fn mode(metadata: &Metadata) -> u32 {
    if metadata.permissions().readonly() { 0o444 } else { 0o644 }
}

/// What several names of one file have in common; `None` where there is but one.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;

    (metadata.nlink() > 1).then(|| (metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// Files for which another thread is worth it.
const FILES: usize = 64;

#[cfg(test)]
mod tests;
