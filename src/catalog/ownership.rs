//! Which package of the operating system owns the files that show another package.

use std::collections::BTreeSet;
use std::collections::HashMap;

use super::elf_note;
use crate::image::Tree;
use crate::package::Kind;
use crate::package::Package;
use crate::package::Relation;
use crate::package::Relationship;

/// What follows from who owns which file.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// [`Relation::OwnsFilesOf`].
    pub(super) relationships: Vec<Relationship>,
    /// Packages that were only guessed from files of which the owner is known: the owner stands for them.
    pub(super) superseded: BTreeSet<usize>,
}

/// Compares what packages own with what showed other ones.
pub(super) fn claims<K>(tree: &Tree<K>, packages: &[Package]) -> Claims {
    let mut shown: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, package) in packages.iter().enumerate().filter(|(_, package)| !is_owner(package)) {
        for location in &package.locations {
            // Of what lies in an archive, the archive can be owned.
            let file = location.path.split(':').next().unwrap_or_default();
            shown.entry(file.trim_start_matches('/')).or_default().push(place);
        }
    }
    let mut claims = Claims::default();
    if shown.is_empty() {
        return claims;
    }
    let mut real_paths = RealPaths::default();
    for (owner, package) in packages.iter().enumerate().filter(|(_, package)| is_owner(package)) {
        for file in &package.files {
            let path = real_paths.of(tree, file.path.trim_start_matches('/'));
            for &place in shown.get(path.as_str()).into_iter().flatten() {
                claims.relationships.push(Relationship {
                    from: owner,
                    relation: Relation::OwnsFilesOf,
                    to: place,
                });
                if packages.get(place).is_some_and(|shown| is_guess(shown, package)) {
                    claims.superseded.insert(place);
                }
            }
        }
    }
    claims
}

/// Whether a database of the operating system lists the files of a package.
fn is_owner(package: &Package) -> bool {
    package.kind.is_of_system() && !package.files.is_empty()
}

/// A program that was known by its content only, or the note in a program that names the source of its package.
fn is_guess(shown: &Package, owner: &Package) -> bool {
    let is_note = shown.metadata.as_ref().is_some_and(|metadata| metadata.kind == elf_note::METADATA);
    shown.kind == Kind::Binary || is_note || (shown.kind == owner.kind && shown.name == owner.name)
}

/// Where files lie when links on the way are followed: databases of merged-/usr systems still say `/bin/sh`.
#[derive(Debug, Default)]
pub(super) struct RealPaths<'a> {
    directories: HashMap<&'a str, Option<String>>,
}

impl<'a> RealPaths<'a> {
    pub(super) fn of<K>(&mut self, tree: &Tree<K>, path: &'a str) -> String {
        let Some((directory, name)) = path.rsplit_once('/') else { return path.to_owned() };
        let real = self.directories.entry(directory).or_insert_with(|| {
            tree.resolve(directory).map(|(real, _)| real.to_owned()).filter(|real| real != directory)
        });
        match real {
            Some(real) => format!("{real}/{name}"),
            None => path.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::image::Entry;
    use crate::image::EntryKind;
    use crate::image::LayerTree;
    use crate::package::Location;
    use crate::package::OwnedFile;

    /// As in Debian since /usr is merged: the database says /bin/bash, and the file is below /usr.
    #[test]
    fn an_owner_is_found_through_a_linked_directory() {
        let entry = |kind| Entry::<()> { kind, layer: 0, mode: 0, size: 0, kept: None };
        let entries = BTreeMap::from([
            ("bin".into(), entry(EntryKind::SymbolicLink("usr/bin".into()))),
            ("usr".into(), entry(EntryKind::Directory)),
            ("usr/bin".into(), entry(EntryKind::Directory)),
            ("usr/bin/bash".into(), entry(EntryKind::Regular)),
        ]);
        let mut tree = Tree::new();
        tree.apply(LayerTree { entries, removed: Vec::new(), opaque: Vec::new() });
        let at = |path: &str| vec![Location { path: path.to_owned(), layer: None }];
        let package = |kind, path| Package { kind, locations: at(path), ..Package::default() };
        let owner = Package {
            kind: Kind::Deb,
            files: vec![OwnedFile { path: "/bin/bash".to_owned() }],
            ..package(Kind::Deb, "/var/lib/dpkg/status")
        };
        let packages = [package(Kind::Binary, "/usr/bin/bash"), owner, package(Kind::Go, "/usr/bin/bash")];
        let claims = claims(&tree, &packages);
        let owns = |to| Relationship { from: 1, relation: Relation::OwnsFilesOf, to };
        assert_eq!(claims.relationships, [owns(0), owns(2)]);
        assert_eq!(claims.superseded, BTreeSet::from([0]), "what is known for certain stays");
    }
}
