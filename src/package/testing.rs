//! An inventory that has one of everything, for the tests of those who write documents.

use super::Checksum;
use super::ChecksumAlgorithm;
use super::FileEntry;
use super::FileKind;
use super::ImageSubject;
use super::Inventory;
use super::Kind;
use super::LayerSubject;
use super::License;
use super::Location;
use super::Metadata;
use super::OwnedFile;
use super::Package;
use super::Party;
use super::PurlBuilder;
use super::Relation;
use super::Relationship;
use super::Release;
use super::Subject;
use super::Unknown;
use crate::digest::Digest;

/// An image with packages of four ecosystems.
pub(crate) fn inventory() -> Inventory {
    let edge = |from, relation, to| Relationship { from, relation, to };
    Inventory {
        subject: Subject::Image(Box::new(image())),
        release: Some(Release {
            id: "debian".to_owned(),
            name: Some("Debian GNU/Linux".to_owned()),
            version_id: Some("12".to_owned()),
            ..Release::default()
        }),
        packages: packages(),
        relationships: vec![edge(0, Relation::DependsOn, 1), edge(1, Relation::OwnsFilesOf, 3)],
        files: files(),
        unknowns: vec![Unknown {
            location: location("/opt/broken.jar"),
            cataloger: "java-archive-cataloger",
            reason: "no central directory".to_owned(),
        }],
        catalogers: vec!["dpkg-db-cataloger", "javascript-package-cataloger"],
    }
}

/// The image of [`inventory`].
pub(crate) fn image() -> ImageSubject {
    ImageSubject {
        reference: "registry.example.com/team/Service:1.2".to_owned(),
        repository: Some("registry.example.com/team/service".to_owned()),
        tag: Some("1.2".to_owned()),
        manifest: Some(Digest::sha256(b"manifest")),
        index: None,
        config: Some(Digest::sha256(b"config")),
        platform: Some("linux/amd64".to_owned()),
        media_type: Some("application/vnd.oci.image.manifest.v1+json".to_owned()),
        layers: vec![LayerSubject {
            media_type: "application/vnd.oci.image.layer.v1.tar+gzip".to_owned(),
            diff_id: Some(Digest::sha256(b"layer").to_string()),
            digest: Some(Digest::sha256(b"blob")),
            size: 1234,
        }],
        raw_manifest: b"{}".to_vec(),
        raw_config: b"{}".to_vec(),
    }
}

fn packages() -> Vec<Package> {
    let deb = |name: &str, version: &str| Package {
        purl: Some(
            PurlBuilder::new("deb", name)
                .namespace("debian")
                .version(version)
                .qualifier("arch", "amd64")
                .qualifier("distro", "debian-12")
                .build(),
        ),
        kind: Kind::Deb,
        found_by: "dpkg-db-cataloger",
        locations: vec![location("/var/lib/dpkg/status")],
        ..named(name, version)
    };
    let mut fields = serde_json::Map::new();
    fields.insert("package".to_owned(), "libc6".into());
    vec![
        Package {
            supplier: Party::from_mailbox("Jane Roe <jane@mail.example.org>"),
            licenses: vec![License::declared("GPL-2.0-or-later"), License::declared("public-domain")],
            homepage: Some("https://www.example.org/adduser".to_owned()),
            files: vec![OwnedFile { path: "/etc/adduser.conf".to_owned() }],
            ..deb("adduser", "3.134")
        },
        Package {
            licenses: vec![License::declared("MIT OR Apache-2.0"), License::declared("ISC")],
            checksums: Checksum::new(ChecksumAlgorithm::Sha256, &"ab".repeat(32)).into_iter().collect(),
            description: Some("GNU C Library".to_owned()),
            metadata: Some(Metadata { kind: "dpkg-db-entry", fields }),
            ..deb("libc6", "1:2.36-9+deb12u7")
        },
        Package {
            kind: Kind::Npm,
            purl: Some(PurlBuilder::new("npm", "core").namespace("@babel").version("7.0.0").build()),
            download: Some("chalk/ansi-regex".to_owned()),
            homepage: Some("not a page".to_owned()),
            licenses: vec![License {
                text: Some("Do what you like.\n\nBut be kind.".to_owned()),
                ..License::declared("SEE LICENSE IN LICENSE.txt")
            }],
            found_by: "javascript-package-cataloger",
            locations: vec![location("/app/node_modules/@babel/core/package.json")],
            ..named("@babel/core", "7.0.0")
        },
        Package {
            kind: Kind::Python,
            purl: Some(PurlBuilder::new("pypi", "six").version("1.16.0").build()),
            originator: Party::from_mailbox("Example Developers <dev@example.com>"),
            download: Some("git+https://git.example.com/six.git@1.16.0".to_owned()),
            found_by: "python-installed-package-cataloger",
            locations: vec![location("/usr/lib/python3/dist-packages/six-1.16.0.dist-info/METADATA")],
            ..named("six", "1.16.0")
        },
        Package { version: None, found_by: "binary-classifier-cataloger", ..named("thing", "") },
    ]
}

fn named(name: &str, version: &str) -> Package {
    Package { name: name.to_owned(), version: Some(version.to_owned()), ..Package::default() }
}

/// A place in the only layer.
pub(crate) fn location(path: &str) -> Location {
    Location { path: path.to_owned(), layer: Some(Digest::sha256(b"layer").to_string()) }
}

fn files() -> Vec<FileEntry> {
    let sums = [(ChecksumAlgorithm::Sha1, "cd".repeat(20)), (ChecksumAlgorithm::Sha256, "ef".repeat(32))];
    let hashed = FileEntry {
        location: location("/etc/adduser.conf"),
        kind: FileKind::Regular,
        size: 3040,
        mode: 0o644,
        checksums: sums.iter().filter_map(|(algorithm, hex)| Checksum::new(*algorithm, hex)).collect(),
        owners: vec![0],
    };
    let link = FileEntry {
        location: location("/etc/alternatives/awk"),
        kind: FileKind::SymbolicLink,
        checksums: Vec::new(),
        ..hashed.clone()
    };
    let loose = FileEntry { location: location("/app/index.js"), owners: Vec::new(), ..hashed.clone() };
    vec![hashed, link, loose]
}
