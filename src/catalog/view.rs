//! What one cataloger sees.

use super::Cataloger;
use super::Content;
use super::Want;
use super::executable::Executable;
use super::pattern;
use crate::image::Tree;
use crate::package::Location;
use crate::package::Release;

/// A tree of files as one cataloger sees it.
#[derive(Clone, Copy)]
pub struct View<'a> {
    tree: &'a Tree<Content>,
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
    pub fn new(tree: &'a Tree<Content>, release: Option<&'a Release>, cataloger: &dyn Cataloger) -> Self {
        Self { tree, release, wants: cataloger.wants() }
    }

    /// The distribution.
    #[must_use]
    pub fn release(&self) -> Option<&'a Release> {
        self.release
    }

    /// The files that it wants, by path.
    pub fn files(&self) -> impl Iterator<Item = File<'a>> {
        let wants = self.wants;
        let wanted = move |path: &str| {
            wants.iter().any(|want| matches!(want, Want::Bytes(glob) if pattern::matches(glob, path)))
        };
        self.kept().filter(move |file| wanted(file.path))
    }

    /// Of the files that it wants, those that match `glob`.
    pub fn matching(&self, glob: &str) -> impl Iterator<Item = File<'a>> {
        self.kept().filter(move |file| pattern::matches(glob, file.path))
    }

    /// The programs and shared libraries that were looked into, and what is known of each.
    pub fn executables(&self) -> impl Iterator<Item = (File<'a>, &'a Executable)> {
        self.kept().filter_map(|file| Some((file, file.content.executable()?)))
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

    fn kept(&self) -> impl Iterator<Item = File<'a>> {
        self.tree.iter().filter_map(|(path, entry)| {
            Some(File { path, layer: entry.layer, content: entry.kept.as_deref()? })
        })
    }
}
