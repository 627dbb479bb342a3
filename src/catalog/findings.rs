//! What catalogers find, put together.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;

use super::ownership;
use crate::image::Tree;
use crate::package::FileEntry;
use crate::package::Inventory;
use crate::package::Kind;
use crate::package::Location;
use crate::package::Package;
use crate::package::Relation;
use crate::package::Relationship;
use crate::package::Release;
use crate::package::Unknown;

/// What one cataloger finds.
#[derive(Debug)]
pub struct Findings {
    cataloger: &'static str,
    packages: Vec<Package>,
    relationships: Vec<Relationship>,
    unknowns: Vec<Unknown>,
}

/// A package among the [`Findings`] of one cataloger.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Found(usize);

impl Findings {
    /// Nothing yet.
    #[must_use]
    pub fn new(cataloger: &'static str) -> Self {
        Self { cataloger, packages: Vec::new(), relationships: Vec::new(), unknowns: Vec::new() }
    }

    /// A package was found.
    pub fn add(&mut self, mut package: Package) -> Found {
        package.found_by = self.cataloger;
        self.packages.push(package);
        Found(self.packages.len() - 1)
    }

    /// `from` stands in `relation` to `to`. Saying so twice, or of one package with itself, adds nothing.
    pub fn relate(&mut self, from: Found, relation: Relation, to: Found) {
        if from != to {
            self.relationships.push(Relationship { from: from.0, relation, to: to.0 });
        }
    }

    /// Something could not be read.
    pub fn unknown(&mut self, location: Location, reason: impl Into<String>) {
        let mut reason: String = reason.into();
        if let Some((end, _)) = reason.char_indices().nth(REASON) {
            // It may quote the file, and that may be long.
            reason.truncate(end);
            reason.push_str("..");
        }
        self.unknowns.push(Unknown { location, cataloger: self.cataloger, reason });
    }

    /// What was found so far.
    #[must_use]
    pub fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// The relationships so far, by place in [`Self::packages`].
    #[must_use]
    pub fn relationships(&self) -> &[Relationship] {
        &self.relationships
    }

    /// What could not be read so far.
    #[must_use]
    pub fn unknowns(&self) -> &[Unknown] {
        &self.unknowns
    }
}

/// The findings of all catalogers.
#[derive(Debug, Default)]
pub(super) struct Collected {
    packages: Vec<Package>,
    relationships: Vec<Relationship>,
    unknowns: Vec<Unknown>,
}

impl Collected {
    pub(super) fn add(&mut self, findings: Findings) {
        let base = self.packages.len();
        self.packages.extend(findings.packages);
        let moved = |edge: Relationship| Relationship { from: edge.from + base, to: edge.to + base, ..edge };
        self.relationships.extend(findings.relationships.into_iter().map(moved));
        self.unknowns.extend(findings.unknowns);
    }

    /// Joins what is the same, relates it to who owns its files, and orders everything, so that the same
    /// files give the same inventory.
    pub(super) fn finish<K>(
        self,
        tree: &Tree<K>,
        release: Option<Release>,
        catalogers: Vec<&'static str>,
    ) -> Inventory {
        let Self { packages, relationships, mut unknowns } = self;
        let mut joined = Joined { packages, relationships, files: Vec::new() };
        joined.join(Identity::of);
        let claims = ownership::claims(tree, &joined.packages);
        joined.relationships.extend(claims.relationships);
        joined.drop_packages(&claims.superseded);
        joined.order();
        let Joined { packages, relationships, .. } = joined;
        unknowns.sort();
        unknowns.dedup();
        Inventory { release, packages, relationships, unknowns, catalogers, ..Inventory::default() }
    }
}

/// Packages, and what names them by place.
#[derive(Debug, Default)]
pub(super) struct Joined {
    pub(super) packages: Vec<Package>,
    pub(super) relationships: Vec<Relationship>,
    pub(super) files: Vec<FileEntry>,
}

impl Joined {
    /// Makes one package of those that are the same thing seen in several places.
    pub(super) fn join(&mut self, identity: impl Fn(&Package) -> Identity) {
        let mut places: HashMap<Identity, usize> = HashMap::new();
        let mut joined: Vec<Package> = Vec::with_capacity(self.packages.len());
        let mut new_places = Vec::with_capacity(self.packages.len());
        let mut merged = BTreeSet::new();
        for package in self.packages.drain(..) {
            let place = *places.entry(identity(&package)).or_insert(joined.len());
            new_places.push(Some(place));
            match joined.get_mut(place) {
                Some(known) => {
                    merge(known, package);
                    merged.insert(place);
                }
                None => joined.push(package),
            }
        }
        for place in merged {
            joined.get_mut(place).into_iter().for_each(once_each);
        }
        self.packages = joined;
        self.renumber(&new_places);
    }

    /// Without those, and without what relates to them.
    fn drop_packages(&mut self, dropped: &BTreeSet<usize>) {
        if dropped.is_empty() {
            return;
        }
        let mut place = 0;
        let mut places = Vec::with_capacity(self.packages.len());
        for old in 0..self.packages.len() {
            places.push((!dropped.contains(&old)).then_some(place));
            place += usize::from(!dropped.contains(&old));
        }
        let mut old = 0;
        self.packages.retain(|_| {
            old += 1;
            !dropped.contains(&(old - 1))
        });
        self.renumber(&places);
    }

    pub(super) fn order(&mut self) {
        let mut numbered: Vec<(usize, Package)> = self.packages.drain(..).enumerate().collect();
        numbered.sort_by_cached_key(|(_, package)| {
            let checksums: Vec<_> = package.checksums.iter().map(|checksum| checksum.hex.clone()).collect();
            let purl = package.purl.as_ref().map(|purl| purl.as_str().to_owned());
            (
                package.kind,
                package.name.clone(),
                package.version.clone(),
                purl,
                package.locations.clone(),
                checksums,
            )
        });
        let mut places = vec![None; numbered.len()];
        for (new, (old, _)) in numbered.iter().enumerate() {
            if let Some(place) = places.get_mut(*old) {
                *place = Some(new);
            }
        }
        self.renumber(&places);
        self.relationships.sort_unstable();
        self.relationships.dedup();
        self.packages = numbered.into_iter().map(|(_, package)| package).collect();
    }

    /// To the new places; relationships of packages without one go, and those that have become of one with itself.
    fn renumber(&mut self, places: &[Option<usize>]) {
        let place = |old: usize| places.get(old).copied().flatten();
        let moved = self.relationships.drain(..).filter_map(|edge| {
            let edge = Relationship { from: place(edge.from)?, to: place(edge.to)?, ..edge };
            (edge.from != edge.to).then_some(edge)
        });
        self.relationships = moved.collect();
        for file in &mut self.files {
            file.owners = file.owners.drain(..).filter_map(place).collect();
            file.owners.sort_unstable();
            file.owners.dedup();
        }
    }
}

/// What tells two packages apart. Another checksum is another thing.
#[derive(Debug, Eq, Hash, PartialEq)]
pub(super) struct Identity {
    kind: Kind,
    name: String,
    version: Option<String>,
    purl: Option<String>,
    checksums: Vec<String>,
    /// What has no package URL is the same only in the same place.
    path: Option<String>,
}

impl Identity {
    /// Of packages in one tree.
    pub(super) fn of(package: &Package) -> Self {
        let location = if package.purl.is_none() { package.locations.first() } else { None };
        Self {
            kind: package.kind,
            name: package.name.clone(),
            version: package.version.clone(),
            purl: package.purl.as_ref().map(|purl| purl.as_str().to_owned()),
            checksums: package.checksums.iter().map(|checksum| checksum.hex.clone()).collect(),
            path: location.map(|location| location.path.clone()),
        }
    }

    /// Of packages in the trees of several layers: an upgrade of the distribution alone makes none of them another.
    pub(super) fn across_layers(package: &Package) -> Self {
        let identity = Self::of(package);
        let purl = identity.purl.map(|purl| match purl.split_once('?') {
            Some((name, qualifiers)) => {
                let kept = qualifiers.split('&').filter(|qualifier| !qualifier.starts_with("distro="));
                format!("{name}?{}", kept.collect::<Vec<_>>().join("&"))
            }
            None => purl,
        });
        Self { purl, ..identity }
    }
}

/// Lists that are put together here have things twice; see [`once_each`].
fn merge(known: &mut Package, other: Package) {
    known.locations.extend(other.locations);
    known.licenses.extend(other.licenses);
    known.cpes.extend(other.cpes);
    known.files.extend(other.files);
    known.supplier = known.supplier.take().or(other.supplier);
    known.originator = known.originator.take().or(other.originator);
    known.homepage = known.homepage.take().or(other.homepage);
    known.download = known.download.take().or(other.download);
    known.description = known.description.take().or(other.description);
    known.copyright = known.copyright.take().or(other.copyright);
    known.metadata = known.metadata.take().or(other.metadata);
}

/// Only the order of locations says something: the first names the package.
fn once_each(package: &mut Package) {
    let mut seen = HashSet::new();
    package.locations.retain(|location| seen.insert(location.clone()));
    sort(&mut package.licenses);
    sort(&mut package.cpes);
    sort(&mut package.files);
}

/// Each once.
fn sort<T: Ord>(list: &mut Vec<T>) {
    list.sort_unstable();
    list.dedup();
}

/// Characters of a reason.
const REASON: usize = 400;
