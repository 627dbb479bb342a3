//! What the layers of an image hold, together with what later ones replace or delete.
//!
//! An image is looked at after each of its layers, as if it had no more of them. A package that is in any of these
//! images counts once, with every place that showed it; so has syft's scope `all-layers`.

use super::findings::Identity;
use super::findings::Joined;
use crate::package::FileEntry;
use crate::package::Inventory;
use crate::package::Location;

/// The inventories of an image after each of its layers, joined.
#[derive(Debug, Default)]
pub struct Layered {
    joined: Option<Inventory>,
}

impl Layered {
    /// Adds the inventory after one more layer.
    pub fn add(&mut self, inventory: Inventory) {
        let former = self.joined.take().unwrap_or_default();
        let Inventory { subject, release, packages, relationships, files, unknowns, catalogers } = inventory;
        // The newer ones come first: where the two disagree on what a package is, they stand.
        let base = packages.len();
        let mut joined = Joined { packages, relationships, files };
        joined.packages.extend(former.packages);
        joined.relationships.extend(former.relationships.into_iter().map(|mut edge| {
            edge.from += base;
            edge.to += base;
            edge
        }));
        joined.files.extend(former.files.into_iter().map(|mut file| {
            file.owners.iter_mut().for_each(|owner| *owner += base);
            file
        }));
        joined.join(Identity::across_layers);
        joined.order();
        let mut unknowns = [unknowns, former.unknowns].concat();
        unknowns.sort();
        unknowns.dedup();
        let Joined { packages, relationships, files } = joined;
        self.joined = Some(Inventory {
            subject,
            release: release.or(former.release),
            packages,
            relationships,
            files: join_files(files),
            unknowns,
            catalogers,
        });
    }

    /// All of it; `None` if nothing was added.
    #[must_use]
    pub fn finish(self) -> Option<Inventory> {
        self.joined
    }
}

/// One entry for each file of each layer.
fn join_files(mut files: Vec<FileEntry>) -> Vec<FileEntry> {
    let place = |file: &FileEntry| -> Location { file.location.clone() };
    files.sort_by_cached_key(place);
    files.dedup_by(|other, known| {
        let same = other.location == known.location;
        if same {
            known.owners.append(&mut other.owners);
            known.owners.sort_unstable();
            known.owners.dedup();
        }
        same
    });
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::FileKind;
    use crate::package::Kind;
    use crate::package::Package;
    use crate::package::Purl;
    use crate::package::Relation;
    use crate::package::Relationship;
    use crate::package::Release;

    fn location(path: &str, layer: u32) -> Location {
        Location { path: path.to_owned(), layer: Some(layer.to_string()) }
    }

    /// A Debian package, listed by the database of that layer.
    fn package(name: &str, version: &str, distro: &str, layer: u32) -> Package {
        let purl = format!("pkg:deb/debian/{name}@{version}?arch=amd64&distro={distro}");
        Package {
            name: name.to_owned(),
            version: Some(version.to_owned()),
            kind: Kind::Deb,
            purl: Some(Purl::parse(&purl).unwrap()),
            locations: vec![location("/var/lib/dpkg/status", layer)],
            ..Package::default()
        }
    }

    fn file(path: &str, layer: u32, owners: Vec<usize>) -> FileEntry {
        FileEntry {
            location: location(path, layer),
            kind: FileKind::Regular,
            size: 1,
            mode: 0o644,
            checksums: Vec::new(),
            owners,
        }
    }

    /// As syft 1.18.1 lists an image whose second layer upgrades one of two packages and the distribution.
    #[test]
    fn each_version_counts_with_every_layer_that_lists_it() {
        let needs = |from, to| Relationship { from, relation: Relation::DependsOn, to };
        let release =
            |version: &str| Some(Release { version_id: Some(version.to_owned()), ..Release::default() });
        let mut layered = Layered::default();
        layered.add(Inventory {
            release: release("12.1"),
            packages: vec![package("a", "1", "debian-12.1", 0), package("b", "1", "debian-12.1", 0)],
            relationships: vec![needs(1, 0)],
            files: vec![file("/a", 0, vec![0]), file("/b", 0, vec![1])],
            ..Inventory::default()
        });
        layered.add(Inventory {
            release: release("12.2"),
            packages: vec![package("a", "2", "debian-12.2", 1), package("b", "1", "debian-12.2", 1)],
            relationships: vec![needs(1, 0)],
            files: vec![file("/a", 1, vec![0]), file("/b", 0, vec![1])],
            ..Inventory::default()
        });
        let joined = layered.finish().unwrap();
        let line = |package: &Package| {
            let layers: Vec<_> =
                package.locations.iter().filter_map(|place| place.layer.as_deref()).collect();
            let purl = package.purl.as_ref().map_or("", |purl| purl.as_str());
            format!("{purl} {}", layers.join(","))
        };
        assert_eq!(
            joined.packages.iter().map(line).collect::<Vec<_>>(),
            [
                "pkg:deb/debian/a@1?arch=amd64&distro=debian-12.1 0",
                "pkg:deb/debian/a@2?arch=amd64&distro=debian-12.2 1",
                "pkg:deb/debian/b@1?arch=amd64&distro=debian-12.2 1,0",
            ]
        );
        assert_eq!(joined.relationships, [needs(2, 0), needs(2, 1)]);
        assert_eq!(joined.files, [file("/a", 0, vec![0]), file("/a", 1, vec![1]), file("/b", 0, vec![2])]);
        assert_eq!(joined.release, release("12.2"));
    }

    /// What has no package URL is the same at the same path, in whichever layer.
    #[test]
    fn without_a_package_url_the_path_counts() {
        let program = |path: &str, layer| Package {
            name: "tool".to_owned(),
            kind: Kind::Binary,
            locations: vec![location(path, layer)],
            ..Package::default()
        };
        let mut layered = Layered::default();
        for (path, layer) in [("/bin/tool", 0), ("/bin/tool", 1), ("/usr/bin/tool", 2)] {
            layered.add(Inventory { packages: vec![program(path, layer)], ..Inventory::default() });
        }
        let places: Vec<_> =
            layered.finish().unwrap().packages.into_iter().map(|package| package.locations).collect();
        assert_eq!(
            places,
            [vec![location("/bin/tool", 1), location("/bin/tool", 0)], vec![location("/usr/bin/tool", 2)]]
        );
    }
}
