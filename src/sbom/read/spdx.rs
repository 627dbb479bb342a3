//! SPDX, as its view has it, into an inventory.

use std::collections::HashMap;
use std::collections::HashSet;

use crate::package::Checksum;
use crate::package::ChecksumAlgorithm;
use crate::package::FileEntry;
use crate::package::FileKind;
use crate::package::Inventory;
use crate::package::Kind;
use crate::package::License;
use crate::package::Location;
use crate::package::OwnedFile;
use crate::package::Package;
use crate::package::Party;
use crate::package::Purl;
use crate::package::Relation;
use crate::package::Relationship;
use crate::package::Subject;
use crate::package::read_version;
use crate::package::reading;
use crate::package::reading::Losses;
use crate::spdx::ChecksumView;
use crate::spdx::PackageView;
use crate::spdx::View;
use crate::spdx::asserted;
use crate::spdx::is_root;

/// Reads the view. What is described, if it is one thing and no package of an ecosystem, is the subject.
pub(super) fn inventory(view: &View<'_>, losses: &mut Losses) -> Inventory {
    let mut inventory = Inventory::default();
    let described: HashSet<&str> = view.described().collect();
    let texts: HashMap<&str, &str> =
        view.licenses.iter().filter_map(|one| Some((one.id.as_deref()?, one.text.as_deref()?))).collect();
    let (mut packages, mut files, mut roots) = (HashMap::new(), HashMap::new(), HashSet::new());
    for package in &view.packages {
        let id = package.id.as_deref().unwrap_or_default();
        let read = read_package(package, &texts, losses);
        let is_described = described.len() == 1 && described.contains(id);
        let is_subject =
            is_root(package.purpose.as_deref(), read.purl.as_ref()) || (is_described && read.purl.is_none());
        if is_subject && (is_described || described.is_empty()) && inventory.subject == Subject::Unknown {
            inventory.subject = subject(package, &read);
            roots.insert(id);
            continue;
        }
        packages.insert(id, inventory.packages.len());
        inventory.packages.push(read);
    }
    for file in &view.files {
        let path = file.name.as_deref().unwrap_or_default().trim_start_matches('.');
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        files.insert(file.id.as_deref().unwrap_or_default(), inventory.files.len());
        inventory.files.push(FileEntry {
            location: Location { path, layer: None },
            kind: FileKind::Regular,
            size: 0,
            mode: 0,
            checksums: checksums(&file.checksums, losses),
            owners: Vec::new(),
        });
    }
    for edge in &view.edges {
        let (from, to): (&str, &str) = (&edge.from, &edge.to);
        let relation = match &*edge.relation {
            "CONTAINS" => Some(Relation::Contains),
            "DEPENDS_ON" => Some(Relation::DependsOn),
            _ => None,
        };
        match (relation, packages.get(from), packages.get(to), files.get(to)) {
            (Some(relation), Some(&from), Some(&to), _) => {
                inventory.relationships.push(Relationship { from, relation, to });
            }
            (Some(Relation::Contains), Some(&owner), None, Some(&file)) => {
                if let (Some(file), Some(package)) =
                    (inventory.files.get_mut(file), inventory.packages.get_mut(owner))
                {
                    file.owners.push(owner);
                    package.files.push(OwnedFile { path: file.location.path.clone() });
                }
            }
            // The subject contains everything.
            _ if roots.contains(from) || &*edge.relation == "DESCRIBES" => {}
            _ => losses.add("relationships of other kinds"),
        }
    }
    count_losses(view, losses);
    inventory
}

fn count_losses(view: &View<'_>, losses: &mut Losses) {
    losses.add_many("annotations of the document", view.annotations.len());
    losses.add_many("snippets", view.counts.snippets);
    losses.add_many("references to other documents", view.documents.len());
    for package in &view.packages {
        let concluded = asserted(&package.license_concluded);
        let differs = concluded.is_some() && concluded != asserted(&package.license_declared);
        let declared = asserted(&package.license_declared).is_some();
        losses.add_many("concluded licences", usize::from(differs && declared));
        losses.add_many("annotations of packages", package.annotations.len());
        losses.add_many("attribution texts", package.attributions.len());
        losses.add_many("comments on packages", usize::from(asserted(&package.comment).is_some()));
        let dates = [&package.built, &package.released, &package.valid_until];
        losses.add_many("dates of packages", dates.iter().filter(|date| date.is_some()).count());
    }
}

fn read_package(view: &PackageView<'_>, texts: &HashMap<&str, &str>, losses: &mut Losses) -> Package {
    let text = |text| asserted(text).map(str::to_owned);
    let purl = view.purl().and_then(|text| Purl::parse(text).ok());
    if view.purl().is_some() && purl.is_none() {
        losses.add("package URLs that cannot be read");
    }
    let mut cpes = Vec::new();
    for reference in &view.references {
        match reference.kind.as_deref() {
            Some("cpe23Type") => cpes.push(reference.locator.clone().into_owned()),
            Some("purl") if view.purl() == Some(&*reference.locator) => {}
            _ => losses.add("references of other kinds"),
        }
    }
    let (found_by, locations) = source_info(view.source_info.as_deref().unwrap_or_default());
    let license = asserted(&view.license_declared).or_else(|| asserted(&view.license_concluded));
    Package {
        name: text(&view.name).unwrap_or_default(),
        version: read_version(text(&view.version)),
        kind: purl.as_ref().map(Kind::of_purl).unwrap_or_default(),
        purl,
        licenses: license.map(|license| read_license(license, texts)).into_iter().collect(),
        supplier: asserted(&view.supplier).and_then(party),
        originator: asserted(&view.originator).and_then(party),
        homepage: text(&view.homepage),
        download: text(&view.download),
        description: text(&view.description).or_else(|| text(&view.summary)),
        copyright: text(&view.copyright),
        checksums: checksums(&view.checksums, losses),
        cpes,
        locations,
        found_by,
        ..Package::default()
    }
}

/// A reference that stands alone becomes what it refers to.
fn read_license(license: &str, texts: &HashMap<&str, &str>) -> License {
    let read = License::declared(license);
    match texts.get(license) {
        Some(text) => License { text: Some((*text).to_owned()), ..read },
        None => read,
    }
}

/// `Organization: Example (info@example.com)`.
fn party(text: &str) -> Option<Party> {
    let (kind, rest) = text.split_once(':')?;
    let (name, email) = match rest.trim().strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) {
        Some((name, email)) if email.is_empty() || email.contains('@') => (name.trim(), Some(email)),
        _ => (rest.trim(), None),
    };
    let email = email.filter(|email| !email.is_empty()).map(str::to_owned);
    let party = Party::organization(name);
    match kind.trim() {
        _ if name.is_empty() => None,
        "Organization" => Some(Party { email, ..party }),
        "Person" => Some(Party { kind: crate::package::PartyKind::Person, email, ..party }),
        _ => None,
    }
}

/// Our own words (`dpkg-db-cataloger: /var/lib/dpkg/status`) and syft's (`acquired package info from ..: /path`).
fn source_info(text: &str) -> (&'static str, Vec<Location>) {
    let Some((words, paths)) = text.split_once(": ") else { return ("", Vec::new()) };
    let paths = paths.split(", ").map(|path| path.split(" and ").next().unwrap_or(path));
    let paths = paths.filter(|path| path.starts_with('/'));
    let locations = paths.map(|path| Location { path: path.to_owned(), layer: None }).collect();
    (reading::cataloger(words), locations)
}

fn checksums(views: &[ChecksumView<'_>], losses: &mut Losses) -> Vec<Checksum> {
    let mut read = Vec::new();
    for view in views {
        let algorithm = match &*view.algorithm {
            "MD5" => Some(ChecksumAlgorithm::Md5),
            "SHA1" => Some(ChecksumAlgorithm::Sha1),
            "SHA256" => Some(ChecksumAlgorithm::Sha256),
            "SHA384" => Some(ChecksumAlgorithm::Sha384),
            "SHA512" => Some(ChecksumAlgorithm::Sha512),
            _ => None,
        };
        match algorithm.and_then(|algorithm| Checksum::new(algorithm, &view.value)) {
            Some(checksum) => read.push(checksum),
            None => losses.add("digests that are not known or have the wrong length"),
        }
    }
    read
}

fn subject(view: &PackageView<'_>, package: &Package) -> Subject {
    let path = package.name.clone();
    let otherwise = match view.purpose.as_deref() {
        Some("FILE") => Subject::File { path, digest: None },
        _ => Subject::Directory { path },
    };
    reading::image(package.purl.as_ref(), &package.name).unwrap_or(otherwise)
}
