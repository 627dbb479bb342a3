//! What one cataloger sees.

use std::collections::HashMap;

use super::Cataloger;
use super::Content;
use super::Want;
use super::executable::Executable;
use super::links;
use super::links::Wanted;
use super::linux_kernel::KernelFile;
use super::pattern;
use super::pattern::Key;
use crate::image::Entry;
use crate::image::Tree;
use crate::package::Location;
use crate::package::Release;

/// A tree of files as one cataloger sees it.
#[derive(Clone, Copy)]
pub struct View<'a> {
    tree: &'a Tree<Content>,
    kept: &'a Kept<'a>,
    release: Option<&'a Release>,
    wants: &'static [Want],
}

/// A file that a cataloger wants.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// From the root, without a leading `/`.
    pub path: &'a str,
    /// The layer that it comes from.
    pub layer: u32,
    /// What was kept of it.
    pub content: &'a Content,
}

impl File<'_> {
    /// Where it lies.
    #[must_use]
    pub fn location(&self) -> Location {
        Location { path: format!("/{}", self.path), layer: Some(self.layer.to_string()) }
    }
}

impl<'a> View<'a> {
    /// What `cataloger` sees of `tree`.
    #[must_use]
    pub fn new(
        tree: &'a Tree<Content>,
        kept: &'a Kept<'a>,
        release: Option<&'a Release>,
        cataloger: &dyn Cataloger,
    ) -> Self {
        Self { tree, kept, release, wants: cataloger.wants() }
    }

    /// The distribution.
    #[must_use]
    pub fn release(&self) -> Option<&'a Release> {
        self.release
    }

    /// The files that it wants, by path.
    pub fn files(&self) -> impl Iterator<Item = File<'a>> {
        let mut places: Vec<usize> = self.globs().flat_map(|glob| self.kept.matching(glob)).collect();
        places.sort_unstable();
        places.dedup();
        self.kept.at(self.once(places))
    }

    fn globs(&self) -> impl Iterator<Item = &'static str> {
        self.wants.iter().filter_map(|want| match want {
            Want::Bytes(glob) => Some(*glob),
            Want::Part(part) => Some(part.glob()),
            Want::Executables | Want::JavaArchives | Want::KernelFiles | Want::Programs => None,
        })
    }

    /// Without the links to files that it sees anyway.
    fn once(&self, mut places: Vec<usize>) -> Vec<usize> {
        let wants = |path: &str| self.globs().any(|glob| pattern::matches(glob, path));
        places.retain(|place| self.kept.real(*place).is_none_or(|real| !wants(real)));
        places
    }

    /// Of the files that were kept, those that match `glob`, by path.
    pub fn matching(&self, glob: &str) -> impl Iterator<Item = File<'a>> {
        self.kept.at(self.once(self.kept.matching(glob)))
    }

    /// The programs and shared libraries that were looked into, and what is known of each.
    pub fn executables(&self) -> impl Iterator<Item = (File<'a>, &'a Executable)> {
        self.kept.files().iter().filter_map(|file| Some((*file, file.content.executable()?)))
    }

    /// Boot images and modules of Linux, and what is known of each.
    pub(super) fn kernel_files(&self) -> impl Iterator<Item = (File<'a>, &'a KernelFile)> {
        self.kept.files().iter().filter_map(|file| Some((*file, file.content.kernel_file()?)))
    }

    /// The bytes of a file that it wants, symbolic links followed; `None` if there is no such file, or it
    /// was not kept.
    #[must_use]
    pub fn read(&self, path: &str) -> Option<&'a [u8]> {
        self.open(path)?.content.bytes()
    }

    /// The same with where it really lies.
    #[must_use]
    pub fn open(&self, path: &str) -> Option<File<'a>> {
        let (path, entry) = self.tree.resolve(path)?;
        Some(File { path, layer: entry.layer, content: entry.kept.as_deref()? })
    }

    /// Whether there is a file or directory, symbolic links followed.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        self.tree.resolve(path).is_some()
    }

    /// The tree itself.
    #[must_use]
    pub fn tree(&self) -> &'a Tree<Content> {
        self.tree
    }
}

/// What was kept of a tree, sorted by names, so that no cataloger need look at all of it.
#[derive(Debug)]
pub struct Kept<'a> {
    /// By path.
    all: Vec<File<'a>>,
    /// What links lead to, by the links' paths: places after those of [`Self::all`].
    links: Vec<(String, File<'a>)>,
    /// Places by the whole last name.
    names: HashMap<String, Vec<usize>>,
    /// And by what follows its last dot.
    extensions: HashMap<String, Vec<usize>>,
}

impl<'a> Kept<'a> {
    /// Looks through `tree` once, and at what is behind its links.
    #[must_use]
    pub(super) fn new(tree: &'a Tree<Content>, wanted: &Wanted) -> Self {
        let file = |(path, entry): (&'a str, &'a Entry<Content>)| {
            let content = entry.kept.as_deref().filter(|content| !content.is_listed_only())?;
            Some(File { path, layer: entry.layer, content })
        };
        let all: Vec<File<'a>> = tree.iter().filter_map(file).collect();
        let links = links::aliases(tree, wanted).into_iter();
        let links = links.filter_map(|alias| Some((alias.path, file((alias.real, alias.entry))?))).collect();
        let mut kept = Self { all, links, names: HashMap::new(), extensions: HashMap::new() };
        let paths = kept.all.iter().map(|file| file.path).chain(kept.links.iter().map(|(path, _)| &**path));
        for (place, path) in paths.enumerate() {
            let last = path.rsplit('/').next().unwrap_or(path);
            push(&mut kept.names, last, place);
            if let Some((_, extension)) = last.rsplit_once('.') {
                push(&mut kept.extensions, extension, place);
            }
        }
        kept
    }

    /// Each file once, by its own path.
    pub(super) fn files(&self) -> &[File<'a>] {
        &self.all
    }

    fn link(&self, place: usize) -> Option<&(String, File<'a>)> {
        self.links.get(place.checked_sub(self.all.len())?)
    }

    /// Where the link at this place leads.
    fn real(&self, place: usize) -> Option<&'a str> {
        self.link(place).map(|(_, file)| file.path)
    }

    fn get(&'a self, place: usize) -> Option<File<'a>> {
        let link = || self.link(place).map(|(path, file)| File { path, ..*file });
        self.all.get(place).copied().or_else(link)
    }

    /// Places of those that match, in their order.
    fn matching(&'a self, glob: &str) -> Vec<usize> {
        let none = Vec::new();
        let matches = |place: &usize| self.get(*place).is_some_and(|file| pattern::matches(glob, file.path));
        match Key::of(glob) {
            Key::Name(name) => {
                self.names.get(name).unwrap_or(&none).iter().copied().filter(matches).collect()
            }
            Key::Extension(extension) => {
                self.extensions.get(extension).unwrap_or(&none).iter().copied().filter(matches).collect()
            }
            Key::Nothing => (0..self.all.len() + self.links.len()).filter(matches).collect(),
        }
    }

    fn at(&'a self, places: Vec<usize>) -> impl Iterator<Item = File<'a>> {
        places.into_iter().filter_map(|place| self.get(place)).collect::<Vec<_>>().into_iter()
    }
}

fn push(places: &mut HashMap<String, Vec<usize>>, name: &str, place: usize) {
    match places.get_mut(name) {
        Some(list) => list.push(place),
        None => drop(places.insert(name.to_owned(), vec![place])),
    }
}
