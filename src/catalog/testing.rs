//! Runs one cataloger over files in memory, as a walk over a layer would.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Cataloger;
use super::Content;
use super::Examination;
use super::Findings;
use super::Selection;
use super::View;
use super::links::Wanted;
use super::release;
use super::view::Kept;
use crate::image::Entry;
use crate::image::EntryKind;
use crate::image::Examiner;
use crate::image::FileHeader;
use crate::image::LayerTree;
use crate::image::Tree;

/// What `cataloger` finds in `files`, regular files by path without a leading `/`.
pub(super) fn find(cataloger: &'static dyn Cataloger, files: &[(&str, &[u8])]) -> Findings {
    find_linked(cataloger, files, &[])
}

/// The same with symbolic links: path and target.
pub(super) fn find_linked(
    cataloger: &'static dyn Cataloger,
    files: &[(&str, &[u8])],
    links: &[(&str, &str)],
) -> Findings {
    let examination = Examination::new(&Selection::only(cataloger));
    let entry = |kind, size, kept: Option<Content>| Entry {
        kind,
        layer: 0,
        mode: 0o644,
        size,
        kept: kept.map(Arc::new),
    };
    let mut entries: BTreeMap<Box<str>, Entry<Content>> = BTreeMap::new();
    for (path, bytes) in files {
        let size = u64::try_from(bytes.len()).unwrap();
        let kept = examination.examine(&FileHeader { path, size, mode: 0o644 }, &mut &**bytes).unwrap();
        entries.insert((*path).into(), entry(EntryKind::Regular, size, kept));
    }
    for (path, target) in links {
        entries.insert((*path).into(), entry(EntryKind::SymbolicLink((*target).into()), 0, None));
    }
    let mut tree = Tree::new();
    tree.apply(LayerTree { entries, removed: Vec::new(), opaque: Vec::new() });
    let release = release::find(&tree);
    let mut findings = Findings::new(cataloger.name());
    let kept = Kept::new(&tree, &Wanted::of(&Selection::only(cataloger)));
    cataloger.catalog(&View::new(&tree, &kept, release.as_ref(), cataloger), &mut findings);
    findings
}

/// `name version purl` of each package, in the order found.
pub(super) fn list(findings: &Findings) -> Vec<String> {
    let line = |package: &crate::package::Package| {
        let purl = package.purl.as_ref().map_or("-", |purl| purl.as_str());
        format!("{} {} {purl}", package.name, package.version.as_deref().unwrap_or("-"))
    };
    findings.packages().iter().map(line).collect()
}

/// `from -> to` of each relationship, by name and version, sorted.
pub(super) fn edges(findings: &Findings) -> Vec<String> {
    let name = |place: usize| {
        findings.packages().get(place).map_or_else(String::new, |package| {
            format!("{}@{}", package.name, package.version.as_deref().unwrap_or("-"))
        })
    };
    let line = |edge: &crate::package::Relationship| format!("{} -> {}", name(edge.from), name(edge.to));
    let mut lines: Vec<_> = findings.relationships().iter().map(line).collect();
    lines.sort();
    lines
}
