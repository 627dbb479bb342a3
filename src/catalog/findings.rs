//! What catalogers find, put together.

use crate::package::Inventory;
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
        self.unknowns.push(Unknown { location, cataloger: self.cataloger, reason: reason.into() });
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

    /// Orders everything, so that the same files give the same inventory.
    pub(super) fn finish(self, release: Option<Release>, catalogers: Vec<&'static str>) -> Inventory {
        let Self { packages, relationships, mut unknowns } = self;
        let mut order: Vec<usize> = (0..packages.len()).collect();
        let key = |package: &Package| {
            let path = package.locations.first().map(|location| location.path.clone());
            (package.kind, package.name.clone(), package.version.clone(), path)
        };
        let mut numbered: Vec<(usize, Package)> = packages.into_iter().enumerate().collect();
        numbered.sort_by_cached_key(|(_, package)| key(package));
        for (new, (old, _)) in numbered.iter().enumerate() {
            if let Some(place) = order.get_mut(*old) {
                *place = new;
            }
        }
        let place = |old: usize| order.get(old).copied();
        let renumber =
            |edge: Relationship| Some(Relationship { from: place(edge.from)?, to: place(edge.to)?, ..edge });
        let mut relationships: Vec<_> = relationships.into_iter().filter_map(renumber).collect();
        relationships.sort_unstable();
        relationships.dedup();
        unknowns.sort();
        unknowns.dedup();
        let packages = numbered.into_iter().map(|(_, package)| package).collect();
        Inventory { release, packages, relationships, unknowns, catalogers, ..Inventory::default() }
    }
}
