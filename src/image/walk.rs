//! One layer's archive to what it adds and removes.
//! <https://github.com/opencontainers/image-spec/blob/main/layer.md>
//!
//! Within one archive the last member of a name wins, and a path through a symbolic link of the same archive
//! leads where the link does, as for everything that unpacks archives. Whiteouts remove from lower layers only,
//! wherever in the archive they stand. What aufs left behind (`.wh..wh.plnk`) is not part of the image.

use std::collections::BTreeMap;
use std::io;
use std::io::BufRead;
use std::sync::Arc;

use super::Examiner;
use super::FileHeader;
use super::budget::Budget;
use super::error::LayerFault;
use super::tar::Archive;
use super::tar::Kind;
use super::tar::Member;
use super::tree::Entry;
use super::tree::EntryKind;
use super::tree::LayerTree;
use super::tree::parent;
use super::tree::remove_below;
use crate::limits;

/// A layer that was read, and its hard links to what it does not have.
#[derive(Debug)]
pub(super) struct Walked<K> {
    pub(super) tree: LayerTree<K>,
    /// Where they lie, and whose file they share.
    pub(super) links: BTreeMap<Box<str>, Box<str>>,
}

/// Walks the archive to its end mark.
pub(super) fn walk<E: Examiner>(
    input: impl BufRead,
    layer: u32,
    examiner: &E,
    budget: &Budget,
) -> io::Result<Walked<E::Kept>> {
    let mut archive = Archive::new(input);
    let mut member = Member::default();
    let mut walk = Walk {
        layer,
        examiner,
        budget,
        walked: Walked { tree: LayerTree::default(), links: BTreeMap::new() },
        raw: String::new(),
        parent: String::new(),
        path: String::new(),
    };
    while archive.next(&mut member)? {
        walk.add(&member, &mut archive)?;
    }
    archive.finish()?;
    walk.walked.tree.entries.retain(|path, _| !path.starts_with(META));
    Ok(walk.walked)
}

struct Walk<'a, E: Examiner> {
    layer: u32,
    examiner: &'a E,
    budget: &'a Budget,
    walked: Walked<E::Kept>,
    /// The directory of the last member as it was written, and where that leads.
    raw: String,
    parent: String,
    /// The member at hand.
    path: String,
}

impl<E: Examiner> Walk<'_, E> {
    fn add<R: BufRead>(&mut self, member: &Member, archive: &mut Archive<R>) -> io::Result<()> {
        let written = normal(&member.path);
        if written.is_empty() {
            return Ok(());
        }
        let length = written.len().saturating_add(member.link.len());
        self.budget.count_file(length)?;
        let (directory, name) = written.rsplit_once('/').unwrap_or(("", &written));
        if self.raw != directory {
            self.enter(directory)?;
        }
        self.path.clear();
        self.path += &self.parent;
        if !self.path.is_empty() {
            self.path.push('/');
        }
        // What aufs kept at the root may be shared by hard links, and is removed at the end.
        let kept_by_aufs = written.starts_with(META) && name != OPAQUE;
        if let Some(hidden) = name.strip_prefix(".wh.").filter(|_| !kept_by_aufs) {
            self.hide(hidden);
            return Ok(());
        }
        self.path += name;
        let entry = match member.kind {
            Kind::HardLink => {
                self.link(&member.link);
                return Ok(());
            }
            Kind::Directory => self.entry(EntryKind::Directory, member),
            Kind::Other => self.entry(EntryKind::Other, member),
            Kind::SymbolicLink => {
                let target = text(&member.link);
                self.entry(EntryKind::SymbolicLink(target.into()), member)
            }
            Kind::Regular => {
                let header = FileHeader { path: &self.path, size: member.size, mode: member.mode };
                let kept = self.examiner.examine(&header, &mut archive.content(member))?;
                Entry { kept: kept.map(Arc::new), ..self.entry(EntryKind::Regular, member) }
            }
        };
        self.insert(entry);
        Ok(())
    }

    fn entry(&self, kind: EntryKind, member: &Member) -> Entry<E::Kept> {
        let Member { mode, size, .. } = *member;
        Entry { kind, layer: self.layer, mode, size, kept: None }
    }

    /// A whiteout, with `self.path` at its directory and a `/`.
    fn hide(&mut self, name: &str) {
        match name {
            ".wh..opq" => {
                let directory: Box<str> = self.parent.as_str().into();
                if !self.walked.tree.opaque.contains(&directory) {
                    self.walked.tree.opaque.push(directory);
                }
            }
            // Others of that prefix are aufs's own, and these would hide the directory or its parent.
            "" | "." | ".." => {}
            name if name.starts_with(".wh.") => {}
            name => {
                self.path += name;
                self.walked.tree.removed.push(self.path.as_str().into());
            }
        }
    }

    /// A hard link, to a file of this archive or of a lower layer.
    fn link(&mut self, target: &[u8]) {
        let target = normal(target);
        let (directory, name) = target.rsplit_once('/').unwrap_or(("", &target));
        let mut target = self.lead(directory).unwrap_or_else(|_| directory.to_owned());
        if !target.is_empty() {
            target.push('/');
        }
        target += name;
        if target == self.path {
            return;
        }
        // A link to a link that leads to a lower layer leads there as well.
        let lower = self.walked.links.get(target.as_str()).cloned();
        self.examiner.linked(&self.path, lower.as_deref().unwrap_or(&target));
        if let (Some(found), None) = (self.walked.tree.entries.get(target.as_str()), &lower) {
            return self.insert(found.share());
        }
        self.insert(Entry { kind: EntryKind::Regular, layer: self.layer, mode: 0, size: 0, kept: None });
        let target = lower.unwrap_or_else(|| target.into());
        self.walked.links.insert(self.path.as_str().into(), target);
    }

    fn insert(&mut self, entry: Entry<E::Kept>) {
        if entry.kind != EntryKind::Directory {
            remove_below(&mut self.walked.tree.entries, &self.path);
            if inside(&self.parent, &self.path) {
                // What was a directory, or led to one, does so no more.
                self.raw.clear();
                self.parent.clear();
            }
        }
        self.walked.links.remove(self.path.as_str());
        self.walked.tree.entries.insert(self.path.as_str().into(), entry);
    }

    /// Makes `directory` the one that the next member lies in.
    fn enter(&mut self, directory: &str) -> io::Result<()> {
        self.parent = self.lead(directory)?;
        let mut above = self.parent.as_str();
        while !above.is_empty() {
            let entries = &mut self.walked.tree.entries;
            if entries.get(above).is_some_and(|entry| entry.kind != EntryKind::Directory) {
                entries.remove(above);
                self.walked.links.remove(above);
            }
            above = parent(above);
        }
        self.raw.clear();
        self.raw += directory;
        Ok(())
    }

    /// Where `directory` is, when the symbolic links of this archive are followed.
    fn lead(&self, directory: &str) -> io::Result<String> {
        let mut links = 0;
        let mut todo: Vec<String> = directory.rsplit('/').map(str::to_owned).collect();
        let mut at = String::new();
        while let Some(name) = todo.pop() {
            match name.as_str() {
                "" | "." => continue,
                ".." => {
                    at.truncate(parent(&at).len());
                    continue;
                }
                _ => {}
            }
            let before = at.len();
            if before > 0 {
                at.push('/');
            }
            at += &name;
            let entry = self.walked.tree.entries.get(at.as_str());
            if let Some(Entry { kind: EntryKind::SymbolicLink(target), .. }) = entry {
                links += 1;
                if links > LINKS {
                    let reason = "its path has too many symbolic links";
                    return Err(LayerFault::Tar { position: 0, reason }.into());
                }
                at.truncate(if target.starts_with('/') { 0 } else { before });
                todo.extend(target.rsplit('/').map(str::to_owned));
            }
            if at.len() > PATH {
                let what = "bytes in a path";
                return Err(LayerFault::Limit { what, ceiling: limits::PATH_BYTES }.into());
            }
        }
        Ok(at)
    }
}

/// Whether `path` is `directory` or above it.
fn inside(directory: &str, path: &str) -> bool {
    directory.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// From the root, without `.` and empty names; `..` leads no further than to the root.
pub(super) fn normal(path: &[u8]) -> String {
    let path = text(path);
    let plain = |name: &str| !matches!(name, "" | "." | "..");
    if path.split('/').all(plain) {
        return path;
    }
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    names.join("/")
}

/// Bytes that are no UTF-8 as `\xff`, so that two names stay two.
pub(super) fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text += chunk.valid();
        for byte in chunk.invalid() {
            text += &format!("\\x{byte:02x}");
        }
    }
    text
}

/// How everything that aufs kept is called.
const META: &str = ".wh..wh.";
const OPAQUE: &str = ".wh..wh..opq";

/// As [`super::tree`] has it.
const LINKS: usize = 40;

/// [`limits::PATH_BYTES`]
const PATH: usize = 4096;

#[cfg(test)]
mod tests;
