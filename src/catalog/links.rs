//! Files that are wanted by a name that is a link.
//!
//! What a cataloger wants is told by paths, and a path may lead elsewhere: `var/lib/dpkg/status` may be a link to a
//! file of any name, or lie in a directory that is one. Programs follow links, so catalogers must.

use std::collections::BTreeMap;

use super::Content;
use super::Want;
use super::java;
use super::part::Part;
use super::pattern::Patterns;
use super::release;
use super::selection::Selection;
use crate::image::Entry;
use crate::image::EntryKind;
use crate::image::Tree;

/// The names by which catalogers want files.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) bytes: Patterns,
    /// Those that say something of the directory.
    placed: Patterns,
    pub(super) archives: bool,
    pub(super) parts: Vec<Part>,
}

impl Wanted {
    pub(super) fn of(selection: &Selection) -> Self {
        let mut wanted = Self::default();
        release::PATHS.iter().for_each(|path| wanted.add(path));
        for want in selection.catalogers().iter().flat_map(|cataloger| cataloger.wants()) {
            match want {
                Want::Bytes(glob) => wanted.add(glob),
                Want::JavaArchives => wanted.archives = true,
                Want::Part(part) => wanted.parts.push(*part),
                Want::Executables | Want::KernelFiles | Want::Programs => {}
            }
        }
        wanted
    }

    fn add(&mut self, glob: &'static str) {
        self.bytes.add(glob);
        if glob.trim_start_matches("**/").contains('/') {
            self.placed.add(glob);
        }
    }

    /// Whether something is kept of a file for this name.
    pub(super) fn has(&self, path: &str) -> bool {
        self.bytes.matches(path)
            || (self.archives && java::is_wanted(path))
            || self.parts.iter().any(|part| part.is_name(path))
    }
}

/// A name that is wanted, and the file that it leads to.
#[derive(Debug)]
pub(super) struct Alias<'a> {
    pub(super) path: String,
    pub(super) real: &'a str,
    pub(super) entry: &'a Entry<Content>,
}

/// Every wanted name that is a symbolic link, or leads through one to a directory.
///
/// A name that a file has by its directory alone (`**/package.json`) is the same on every way to it, so only names
/// with something of the directory in them are looked for behind links to directories.
pub(super) fn aliases<'a>(tree: &'a Tree<Content>, wanted: &Wanted) -> Vec<Alias<'a>> {
    let mut found = Vec::new();
    let mut looked = 0_usize;
    let links = tree.iter().filter(|(_, entry)| matches!(entry.kind, EntryKind::SymbolicLink(_)));
    let mut todo: Vec<(String, usize)> = links.map(|(path, _)| (path.to_owned(), 0)).collect();
    while let Some((path, depth)) = todo.pop() {
        let Some((real, entry)) = tree.resolve(&path) else { continue };
        if entry.kind == EntryKind::Regular && wanted.has(&path) {
            found.push(Alias { path, real, entry });
            continue;
        }
        if entry.kind != EntryKind::Directory || depth >= DEPTH {
            continue;
        }
        for (inner, entry) in tree.below(real) {
            looked += 1;
            if looked > FILES {
                return found;
            }
            let rest = inner.get(real.len()..).unwrap_or_default().trim_start_matches('/');
            match entry.kind {
                EntryKind::SymbolicLink(_) => todo.push((format!("{path}/{rest}"), depth + 1)),
                EntryKind::Regular => {
                    let alias = format!("{path}/{rest}");
                    if wanted.placed.matches(&alias) {
                        found.push(Alias { path: alias, real: inner, entry });
                    }
                }
                EntryKind::Directory | EntryKind::Other => {}
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The files of which nothing was kept because they are wanted by the names of links only, each with such a name.
pub(super) fn unseen(tree: &Tree<Content>, wanted: &Wanted) -> BTreeMap<Box<str>, Box<str>> {
    let unseen = aliases(tree, wanted).into_iter();
    let unseen = unseen.filter(|alias| is_unseen(alias.entry) && !wanted.has(alias.real));
    unseen.map(|alias| (alias.real.into(), alias.path.into())).collect()
}

/// Whether there is something in it, and nothing was kept.
pub(super) fn is_unseen(entry: &Entry<Content>) -> bool {
    let kept = entry.kept.as_ref().is_some_and(|content| !content.is_listed_only());
    entry.kind == EntryKind::Regular && entry.size > 0 && !kept
}

/// Links to directories on one way.
const DEPTH: usize = 4;

/// Files behind links to directories that are looked at: some real images have 100,000.
const FILES: usize = 1_000_000;
