//! What every form of the document says, worked out once.

use std::collections::BTreeMap;
use std::collections::HashSet;

use sha1::Digest as _;
use sha1::Sha1;

use super::licenses::Extracted;
use crate::package::ChecksumAlgorithm;
use crate::package::DocumentOptions;
use crate::package::FileDetail;
use crate::package::FileEntry;
use crate::package::Inventory;
use crate::package::Package;
use crate::package::Party;
use crate::package::PartyKind;
use crate::package::Relation;
use crate::package::Root;
use crate::package::RootKind;
use crate::package::Subject;
use crate::package::cpes_of;
use crate::package::identity;
use crate::package::supplier_of;

/// The document before it is written.
pub(super) struct Plan<'a> {
    pub(super) options: &'a DocumentOptions,
    pub(super) inventory: &'a Inventory,
    pub(super) root: Root,
    /// Identifier of the root, without `SPDXRef-`.
    pub(super) root_id: String,
    /// In the order of the document.
    pub(super) packages: Vec<Planned<'a>>,
    /// In the order of the document.
    pub(super) edges: Vec<Edge>,
    /// In the order of the document.
    pub(super) files: Vec<PlannedFile<'a>>,
    pub(super) extracted: Extracted,
}

/// A package in the document.
pub(super) struct Planned<'a> {
    pub(super) package: &'a Package,
    /// Identifier without `SPDXRef-`.
    pub(super) id: String,
    pub(super) license: Option<String>,
    pub(super) supplier: Option<Party>,
    pub(super) cpes: Vec<String>,
    /// Its files, by place in [`Plan::files`].
    pub(super) files: Vec<usize>,
}

/// A file in the document.
pub(super) struct PlannedFile<'a> {
    pub(super) entry: &'a FileEntry,
    /// Identifier without `SPDXRef-`.
    pub(super) id: String,
}

/// A relationship between packages, by place in [`Plan::packages`].
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) relation: Relation,
    pub(super) to: usize,
}

impl<'a> Plan<'a> {
    pub(super) fn new(inventory: &'a Inventory, options: &'a DocumentOptions) -> Self {
        let root = Root::new(inventory, options);
        let root_id = format!("DocumentRoot-{}-{}", root.kind.name(), identity::sanitise(&root.name));
        let mut extracted = Extracted::default();
        let order = order(&inventory.packages);
        let mut taken = HashSet::new();
        let mut packages: Vec<Planned<'a>> = Vec::with_capacity(order.len());
        for package in order.iter().filter_map(|&place| inventory.packages.get(place)) {
            packages.push(Planned {
                package,
                id: unused(package_id(package), &mut taken),
                license: extracted.expression(&package.licenses),
                supplier: supplier_of(package, inventory.release.as_ref(), &root),
                cpes: cpes_of(package),
                files: Vec::new(),
            });
        }
        let mut places = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            if let Some(place) = places.get_mut(old) {
                *place = new;
            }
        }
        let mut plan = Self {
            options,
            inventory,
            root,
            root_id,
            packages,
            edges: Vec::new(),
            files: Vec::new(),
            extracted,
        };
        plan.add_edges(&places);
        plan.add_files(&places);
        plan
    }

    fn add_edges(&mut self, places: &[usize]) {
        let edge = |edge: &crate::package::Relationship| {
            let (from, to) = (*places.get(edge.from)?, *places.get(edge.to)?);
            Some(Edge { from, relation: edge.relation, to })
        };
        self.edges = self.inventory.relationships.iter().filter_map(edge).collect();
        self.edges.sort_unstable();
        self.edges.dedup();
    }

    /// Files without a SHA-1 are left out: SPDX 2 demands one, and none is invented.
    fn add_files(&mut self, places: &[usize]) {
        let wanted = |entry: &&FileEntry| match self.options.files {
            FileDetail::None => false,
            FileDetail::Owned => !entry.owners.is_empty(),
            FileDetail::All => true,
        };
        let mut entries: Vec<&FileEntry> = self.inventory.files.iter().filter(wanted).collect();
        entries.retain(|entry| sha1(entry).is_some());
        entries.sort_by(|a, b| a.location.cmp(&b.location));
        let mut taken = HashSet::new();
        for entry in entries {
            let own = [entry.location.path.as_str(), entry.location.layer.as_deref().unwrap_or_default()];
            let id = unused(format!("File-{}", identity::hash(own, 16)), &mut taken);
            let owners: Vec<usize> =
                entry.owners.iter().filter_map(|&owner| places.get(owner).copied()).collect();
            for owner in owners {
                if let Some(package) = self.packages.get_mut(owner) {
                    package.files.push(self.files.len());
                }
            }
            self.files.push(PlannedFile { entry, id });
        }
    }

    /// The packages by place: relationships speak of them so.
    pub(super) fn id(&self, place: usize) -> &str {
        self.packages.get(place).map_or("", |package| &package.id)
    }

    /// Clause 7.9: the SHA-1 of the sorted SHA-1s of a package's files; `None` without any.
    pub(super) fn verification_code(&self, package: &Planned<'_>) -> Option<String> {
        let files = package.files.iter().filter_map(|&file| self.files.get(file));
        let mut hashes: Vec<&str> = files.filter_map(|file| sha1(file.entry)).collect();
        if hashes.is_empty() {
            return None;
        }
        hashes.sort_unstable();
        let mut hasher = Sha1::new();
        for hash in hashes {
            hasher.update(hash.as_bytes());
        }
        Some(hex::encode(hasher.finalize()))
    }

    /// `https://spdx.org/spdxdocs/image/example-service-<UUID>`.
    pub(super) fn namespace(&self, uuid: &str) -> String {
        // The form that clause 6.5 gives to those who have no site of their own.
        let base = self.options.namespace.as_deref().unwrap_or("https://spdx.org/spdxdocs");
        let kind = self.root.kind.name().to_ascii_lowercase();
        let name = identity::sanitise(&self.root.name);
        format!("{}/{kind}/{name}-{uuid}", base.trim_end_matches('/'))
    }

    /// Who and what made the document.
    pub(super) fn creators(&self) -> Vec<String> {
        let tool = &self.options.tool;
        let authors = self.options.authors.iter().map(actor);
        authors.chain([format!("Tool: {}-{}", tool.name, tool.version)]).collect()
    }

    /// The generation context, and whether the list is complete.
    pub(super) fn comment(&self) -> String {
        let context = match self.inventory.subject {
            Subject::Image(_) => {
                "generation context: after build, by analysis of the files of the container image"
            }
            Subject::Directory { .. } => {
                "generation context: before or after build, by analysis of the files of a directory"
            }
            Subject::File { .. } | Subject::Unknown => {
                "generation context: after build, by analysis of the file"
            }
        };
        let unknowns = self.inventory.unknowns.len();
        let coverage = match unknowns {
            0 => "every file that a cataloger looked at could be read".to_owned(),
            1 => "1 file could not be read, so packages may be missing: see the annotations".to_owned(),
            _ => {
                format!("{unknowns} files could not be read, so packages may be missing: see the annotations")
            }
        };
        format!(
            "{context}; coverage: {coverage}; suppliers: as the package says, else the distribution, the owner of \
             its namespace, its registry, or who supplies the whole"
        )
    }

    /// What could not be read, one line each.
    pub(super) fn unknowns(&self) -> Vec<String> {
        let mut unknowns: Vec<_> = self.inventory.unknowns.iter().collect();
        unknowns.sort();
        unknowns.dedup();
        let more = unknowns.len().saturating_sub(UNKNOWNS);
        let line = |unknown: &&crate::package::Unknown| {
            format!("not read: {}: {} ({})", unknown.location.path, unknown.reason, unknown.cataloger)
        };
        let mut lines: Vec<String> = unknowns.iter().take(UNKNOWNS).map(line).collect();
        if more > 0 {
            lines.push(format!("not read: {more} more files"));
        }
        lines
    }

    /// `CONTAINER` for images, where the version of SPDX has purposes.
    pub(super) fn purpose(&self) -> &'static str {
        match self.root.kind {
            RootKind::Image => "CONTAINER",
            RootKind::File => "FILE",
            RootKind::Directory | RootKind::Unknown => "OTHER",
        }
    }
}

/// `Package-deb-adduser-0d50d654eb648ebd`: kind and name for people, the hash of all that tells it from others.
fn package_id(package: &Package) -> String {
    // Names can be of any length, and the hash tells them apart.
    let name: String = package.name.chars().take(100).collect();
    format!("Package-{}-{}-{}", package.kind.name(), identity::sanitise(&name), package.identity())
}

/// Where a package was found, in words.
pub(super) fn source_info(package: &Package) -> Option<String> {
    let mut paths: Vec<&str> = package.locations.iter().map(|location| location.path.as_str()).collect();
    paths.dedup();
    let more = paths.len().saturating_sub(PATHS);
    paths.truncate(PATHS);
    if paths.is_empty() {
        return None;
    }
    let finder = if package.found_by.is_empty() { "found" } else { package.found_by };
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("{finder}: {}{more}", paths.join(", ")))
}

/// `Organization: Debian`, `Person: Jane Roe (jane@example.com)`.
pub(super) fn actor(party: &Party) -> String {
    let kind = match party.kind {
        PartyKind::Organization => "Organization",
        PartyKind::Person => "Person",
    };
    // Brackets would be taken for those of the address, and a line ends the tag.
    let plain =
        |text: &str| text.replace(['(', '<'], "[").replace([')', '>'], "]").replace(['\n', '\r'], " ");
    match &party.email {
        Some(email) => format!("{kind}: {} ({})", plain(&party.name), plain(email)),
        None => format!("{kind}: {}", plain(&party.name)),
    }
}

fn sha1(entry: &FileEntry) -> Option<&str> {
    let checksum = entry.checksums.iter().find(|checksum| checksum.algorithm == ChecksumAlgorithm::Sha1)?;
    Some(&checksum.hex)
}

/// The order of the document: by what the packages are, so that the order of the inventory does not matter.
fn order(packages: &[Package]) -> Vec<usize> {
    let key = |package: &Package| {
        let purl = package.purl.as_ref().map(|purl| purl.as_str().to_owned());
        (package.kind.name(), package.name.clone(), package.version.clone(), purl, package.locations.clone())
    };
    let mut order: Vec<usize> = (0..packages.len()).collect();
    let keys: BTreeMap<usize, _> = packages.iter().map(key).enumerate().collect();
    order.sort_by(|a, b| keys.get(a).cmp(&keys.get(b)));
    order
}

/// `id`, or with a number behind it if that is taken: packages that are alike in all are two all the same.
fn unused(id: String, taken: &mut HashSet<String>) -> String {
    let mut free = id.clone();
    let mut number = 2_u32;
    while !taken.insert(free.clone()) {
        free = format!("{id}-{number}");
        number = number.saturating_add(1);
    }
    free
}

/// How many of the files that could not be read are named.
const UNKNOWNS: usize = 1000;

/// How many of a package's places are named.
const PATHS: usize = 8;

/// What [`Relation::OwnsFilesOf`] means, in the words that syft's documents have for it.
pub(super) const OWNS_FILES: &str = "ownership-by-file-overlap: indicates that the parent package claims ownership of \
                                     a child package since the parent metadata indicates overlap with a location \
                                     that a cataloger found the child package by";
