//! Packages of operating systems in real images, against what the package managers say themselves.
//!
//! `PORTCULLIS_IMAGES` is a directory with `rootfs/NAME` for each of the test images.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use portcullis::catalog;
use portcullis::catalog::Content;
use portcullis::catalog::Examination;
use portcullis::catalog::Selection;
use portcullis::image::Entry;
use portcullis::image::EntryKind;
use portcullis::image::Examiner;
use portcullis::image::FileHeader;
use portcullis::image::LayerTree;
use portcullis::image::Tree;
use portcullis::package::FileDetail;
use portcullis::package::Inventory;
use portcullis::package::Kind;
use portcullis::package::Relation;

#[test]
fn deb_packages_and_edges_are_those_of_the_database() {
    for name in ["debian-min", "distroless", "python", "node", "java", "rustgo", "polyglot"] {
        let Some(root) = image(name) else { continue };
        let found = inventory(&root, "dpkg-db-cataloger");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/accuracy/truth_deb.py");
        let truth = run(Command::new("python3").arg(script).arg(&root));
        let (packages, edges): (BTreeSet<_>, BTreeSet<_>) =
            truth.lines().map(str::to_owned).partition(|line| line.starts_with("package "));
        let listed = found.packages.iter().map(|package| {
            let arch = package.metadata.as_ref().unwrap().fields["architecture"].as_str().unwrap();
            format!("package {} {} {arch}", package.name, package.version.as_deref().unwrap())
        });
        assert_eq!(listed.collect::<BTreeSet<_>>(), packages, "{name}");
        assert!(!packages.is_empty(), "{name}");
        assert_eq!(edges_of(&found, Kind::Deb), edges, "{name}");
        assert_eq!(found.unknowns, [], "{name}");
        for package in &found.packages {
            assert!(package.supplier.is_some(), "{name}: {}", package.name);
            let licensed = package.locations.iter().any(|location| location.path.ends_with("/copyright"));
            if licensed && package.licenses.is_empty() {
                println!("no licence: {name} {}", package.name);
            }
        }
    }
}

#[test]
fn deb_files_are_those_that_dpkg_lists() {
    let Some(root) = image("debian-min") else { return };
    let found = inventory(&root, "dpkg-db-cataloger");
    for package in &found.packages {
        let listing = run(Command::new("dpkg-query")
            .arg(format!("--root={}", root.display()))
            .args(["-L", &package.name]));
        let is_file = |path: &&str| path.starts_with('/') && !root.join(&path[1..]).is_dir();
        let expected: BTreeSet<String> = listing.lines().filter(is_file).map(str::to_owned).collect();
        let owned: BTreeSet<String> = package.files.iter().map(|file| file.path.clone()).collect();
        // Directories that were deleted from the image, but held something, are known as such by what they held.
        let extra: Vec<_> = expected
            .difference(&owned)
            .filter(|path| !expected.iter().any(|e| e.starts_with(&format!("{path}/"))))
            .collect();
        assert_eq!(extra, [""; 0].iter().collect::<Vec<_>>(), "{}", package.name);
        assert!(owned.is_subset(&expected), "{}", package.name);
    }
}

#[test]
fn rpm_packages_and_edges_are_those_of_the_database() {
    for name in ["rpm-sqlite", "mariner"] {
        let Some(root) = image(name) else { continue };
        let found = inventory(&root, "rpm-db-cataloger");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/accuracy/truth_rpm.py");
        let truth = run(Command::new("python3").arg(script).arg(&root));
        let (packages, edges): (BTreeSet<_>, BTreeSet<_>) =
            truth.lines().map(str::to_owned).partition(|line| line.starts_with("package "));
        let listed = found.packages.iter().map(|package| {
            let arch = package.metadata.as_ref().unwrap().fields["architecture"].as_str().unwrap();
            format!("package {} {} {arch}", package.name, package.version.as_deref().unwrap())
        });
        assert!(!packages.is_empty(), "{name}");
        assert_eq!(listed.collect::<BTreeSet<_>>(), packages, "{name}");
        assert_eq!(edges_of(&found, Kind::Rpm), edges, "{name}");
        assert_eq!(found.unknowns, [], "{name}");
    }
}

/// What syft 1.18.1 finds in them: of formats whose package manager is rarely at hand.
#[test]
fn other_databases_hold_what_syft_finds() {
    let cases = [
        ("alpine", "apk-db-cataloger", 14, 13),
        ("bdb", "rpm-db-cataloger", 1, 0),
        ("rpm-ndb", "rpm-db-cataloger", 87, 0),
        // syft does not follow `/bin/sh` and other files that packages require: 7 more.
        ("sles-bci", "rpm-db-cataloger", 35, 80),
        ("wolfi", "apk-db-cataloger", 15, 33),
    ];
    for (name, cataloger, packages, edges) in cases {
        let Some(root) = image(name) else { continue };
        let found = inventory(&root, cataloger);
        assert_eq!((found.packages.len(), found.relationships.len()), (packages, edges), "{name}");
        assert_eq!(found.unknowns, [], "{name}");
    }
}

fn edges_of(found: &Inventory, kind: Kind) -> BTreeSet<String> {
    let name = |place: usize| {
        let package = &found.packages[place];
        assert_eq!(package.kind, kind);
        format!("{}@{}", package.name, package.version.as_deref().unwrap())
    };
    let depends = found.relationships.iter().filter(|edge| edge.relation == Relation::DependsOn);
    depends.map(|edge| format!("edge {} {}", name(edge.from), name(edge.to))).collect()
}

fn image(name: &str) -> Option<PathBuf> {
    let Ok(images) = std::env::var("PORTCULLIS_IMAGES") else {
        println!("skipped: PORTCULLIS_IMAGES is not set");
        return None;
    };
    Some(Path::new(&images).join("rootfs").join(name))
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What one cataloger finds in a directory.
fn inventory(root: &Path, cataloger: &str) -> Inventory {
    let selection = Selection::from_words(cataloger, &[], &[]).unwrap();
    let examination = Examination::new(&selection);
    let mut entries = BTreeMap::new();
    walk(root, "", &examination, &mut entries);
    let mut tree = Tree::new();
    tree.apply(LayerTree { entries, removed: Vec::new(), opaque: Vec::new() });
    catalog::catalog(&tree, &selection, FileDetail::None)
}

fn walk(root: &Path, at: &str, examination: &Examination, entries: &mut BTreeMap<Box<str>, Entry<Content>>) {
    for item in fs::read_dir(root.join(at)).unwrap() {
        let item = item.unwrap();
        let path =
            format!("{at}{}{}", if at.is_empty() { "" } else { "/" }, item.file_name().to_string_lossy());
        let metadata = item.path().symlink_metadata().unwrap();
        let mut kept = None;
        let kind = if metadata.is_dir() {
            walk(root, &path, examination, entries);
            EntryKind::Directory
        } else if metadata.is_symlink() {
            EntryKind::SymbolicLink(fs::read_link(item.path()).unwrap().to_str().unwrap().into())
        } else if metadata.is_file() {
            let header = FileHeader { path: &path, size: metadata.len(), mode: metadata.mode() };
            kept = examination.examine(&header, &mut fs::File::open(item.path()).unwrap()).unwrap();
            EntryKind::Regular
        } else {
            EntryKind::Other
        };
        let entry =
            Entry { kind, layer: 0, mode: metadata.mode(), size: metadata.len(), kept: kept.map(Arc::new) };
        entries.insert(path.into(), entry);
    }
}
