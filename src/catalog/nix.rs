//! Nix's store: a directory for each output of a package, named by a hash, name and version, and the database of what
//! refers to what. <https://nix.dev/manual/nix/latest/store/store-path>
//!
//! What is a directory of the store is there, whether the database has it or not; what only the database has is not.
//! Derivations (`.drv`) say what a package was built with, not what it needs, and are not read.

use std::collections::HashMap;

use serde_json::Map;
use serde_json::Value;

use super::Cataloger;
use super::Content;
use super::Findings;
use super::Found;
use super::Want;
use super::dependency::Edges;
use super::sqlite::Database;
use super::view::File;
use super::view::View;
use crate::image::EntryKind;
use crate::image::Tree;
use crate::package::Kind;
use crate::package::Location;
use crate::package::Metadata;
use crate::package::OwnedFile;
use crate::package::Package;
use crate::package::PurlBuilder;

/// What lies in a store.
#[derive(Debug)]
pub(super) struct Store;

const DATABASE: &str = "**/nix/var/nix/db/db.sqlite";

impl Cataloger for Store {
    fn name(&self) -> &'static str {
        "nix-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["directory", "installed", "image", "language", "nix", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Bytes(DATABASE), Want::Bytes("**/nix/var/nix/db/db.sqlite-wal")]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        let mut outputs: HashMap<&str, Found> = HashMap::new();
        for (path, entry) in view.tree().iter() {
            // An output that is one file is a source archive, a patch or a script.
            if entry.kind != EntryKind::Directory {
                continue;
            }
            let Some(output) = in_store(path).and_then(Output::parse) else { continue };
            let location = Location { path: format!("/{path}"), layer: Some(entry.layer.to_string()) };
            outputs.insert(path, findings.add(output.package(location, path, view.tree())));
        }
        for file in view.files() {
            match file.content.bytes() {
                None => findings.unknown(file.location(), file.content.problem().unwrap_or("not kept")),
                Some([]) => {}
                Some(_) if file.path.ends_with("-wal") => {
                    let reason = "changes that were not yet written into the database are not read";
                    findings.unknown(file.location(), reason);
                }
                Some(bytes) => {
                    if relate(bytes, &file, &outputs, findings).is_none() {
                        findings.unknown(file.location(), "not a database of Nix");
                    }
                }
            }
        }
    }
}

/// The last name of a path right in a store.
fn in_store(path: &str) -> Option<&str> {
    let (directory, name) = path.rsplit_once('/')?;
    (directory == "nix/store" || directory.ends_with("/nix/store")).then_some(name)
}

/// The relationships that the database tells: what an output refers to it needs.
fn relate(
    bytes: &[u8],
    file: &File<'_>,
    outputs: &HashMap<&str, Found>,
    findings: &mut Findings,
) -> Option<()> {
    // The database lies in `nix/var/nix/db`, and names paths as seen from where `nix` lies.
    let root = file.path.strip_suffix("nix/var/nix/db/db.sqlite")?;
    let mut database = Database::open(bytes)?;
    let mut valid: HashMap<u64, Found> = HashMap::new();
    for row in database.table(b"ValidPaths")? {
        let path = row.columns().and_then(|columns| {
            let path = std::str::from_utf8(columns.get(1)?.bytes).ok()?;
            Some(format!("{root}{}", path.trim_start_matches('/')))
        });
        if let Some(found) = path.and_then(|path| outputs.get(path.as_str()).copied()) {
            valid.insert(row.key, found);
        }
    }
    let references = database.table(b"Refs")?;
    let problems = database.problems().to_vec();
    let mut edges = Edges::new(findings, file.location());
    for row in references {
        let Some(columns) = row.columns() else {
            edges.unknown("a row that cannot be read".to_owned());
            continue;
        };
        let at = |place: usize| valid.get(&columns.get(place)?.number()?).copied();
        if let (Some(from), Some(to)) = (at(0), at(1)) {
            edges.depends(from, &[(to, ())], |()| true);
        }
    }
    problems.into_iter().for_each(|problem| edges.unknown(problem.to_owned()));
    Some(())
}

/// What the name of a directory of the store says.
#[derive(Debug, Eq, PartialEq)]
struct Output<'a> {
    hash: &'a str,
    name: &'a str,
    version: &'a str,
    /// Which of several outputs of the package, where it is not the first.
    output: &'a str,
}

impl<'a> Output<'a> {
    /// `None` for what has no version, which is no package.
    fn parse(directory: &'a str) -> Option<Self> {
        let (hash, rest) = directory.split_once('-')?;
        // A hash of 160 bits in Nix's own base 32.
        if hash.len() != 32 || !hash.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
            return None;
        }
        let (name, full) = split(rest).filter(|(name, _)| !name.is_empty())?;
        // Outputs are named in letters: `bin`, `lib`, `man`.
        let (version, output) = match full.rsplit_once('-') {
            Some((version, output)) if !output.bytes().any(|byte| byte.is_ascii_digit()) => (version, output),
            _ => (full, ""),
        };
        Some(Self { hash, name, version, output })
    }

    fn package(&self, location: Location, path: &str, tree: &Tree<Content>) -> Package {
        let owned = tree.below(path).filter(|(_, entry)| entry.kind != EntryKind::Directory);
        let files: Vec<OwnedFile> = owned.map(|(path, _)| OwnedFile { path: format!("/{path}") }).collect();
        let paths: Value = files.iter().map(|file| Value::from(file.path.as_str())).collect();
        let purl = PurlBuilder::new("nix", self.name)
            .version(self.version)
            .qualifier("output", self.output)
            .qualifier("outputhash", self.hash);
        let fields = [
            ("path", location.path.as_str().into()),
            ("output", self.output.into()),
            ("outputHash", self.hash.into()),
            ("files", paths),
        ];
        let fields = fields.into_iter().filter(|(_, value): &(_, Value)| *value != "");
        let fields: Map<String, Value> = fields.map(|(key, value)| (key.to_owned(), value)).collect();
        Package {
            name: self.name.to_owned(),
            version: Some(self.version.to_owned()),
            kind: Kind::Nix,
            purl: Some(purl.build()),
            locations: vec![location],
            files,
            metadata: Some(Metadata { kind: "nix-store-entry", fields }),
            ..Package::default()
        }
    }
}

/// Name and version, as `builtins.parseDrvName` splits them: at the first dash with no letter behind it. What was taken
/// from a repository has had `unstable-2021-08-16` for a version, which only the handbook of the packages says.
/// <https://nix.dev/manual/nix/latest/language/builtins#builtins-parseDrvName>,
/// <https://nixos.org/manual/nixpkgs/stable/#sec-package-naming>
fn split(text: &str) -> Option<(&str, &str)> {
    let dashes = text.match_indices('-').map(|(place, _)| place);
    let starts_version = |place: &usize| {
        let rest = text.get(place.saturating_add(1)..).unwrap_or_default();
        rest.starts_with(|c: char| c.is_ascii_digit())
    };
    let mut place = dashes.into_iter().find(starts_version)?;
    let name = text.get(..place).unwrap_or_default();
    if let Some(name) = name.strip_suffix("-unstable") {
        place = name.len();
    }
    Some((text.get(..place)?, text.get(place.checked_add(1)?..)?))
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    /// Those that syft's tests have (`parse_store_path_test.go`).
    #[test]
    fn takes_names_apart() {
        for (directory, expected) in [
            ("h0cnbmfcn93xm5dg2x27ixhag1cwndga-glibc-2.34-210-bin", Some(("glibc", "2.34-210", "bin"))),
            ("02mqs1by2vab9yzw0qc4j7463w78p3ps-glibc-2.37-8", Some(("glibc", "2.37-8", ""))),
            (
                "0296qxvn30z9b2ah1g5p97k5wr9k8y78-busybox-static-x86_64-unknown-linux-musl-1.35.0",
                Some(("busybox-static-x86_64-unknown-linux-musl", "1.35.0", "")),
            ),
            (
                "5zzrvdmlkc5rh3k5862krd3wfb3pqhyf-perl5.34.1-TimeDate-2.33",
                Some(("perl5.34.1-TimeDate", "2.33", "")),
            ),
            ("q38q8ng57zwjg1h15ry5zx0lb0xyax4b-libcap-2.63-lib", Some(("libcap", "2.63", "lib"))),
            ("z24qs6f5d1mmwdp73n1jfc3swj4v2c5s-krb5-1.19.3.9.10", Some(("krb5", "1.19.3.9.10", ""))),
            (
                "zkgyp2vra0bgqm0dv1qi514l5fd0aksx-bash-interactive-5.1-p16-man",
                Some(("bash-interactive", "5.1-p16", "man")),
            ),
            ("nwf2y0nc48ybim56308cr5ccvwkabcqc-openssl-1.1.1q", Some(("openssl", "1.1.1q", ""))),
            ("nwv742f1bxv6g78hy9yc6slxdbxlmqhb-kmod-29", Some(("kmod", "29", ""))),
            ("n83qx7m848kg51lcjchwbkmlgdaxfckf-tzdata-2022a", Some(("tzdata", "2022a", ""))),
            ("0amf0d1dymv9gqcyhhjb9j0l8sn00c56-libedit-20210910-3.1", Some(("libedit", "20210910-3.1", ""))),
            (
                "q5dhwzcn82by5ndc7g0q83wsnn13qkqw-webdav-server-rs-unstable-2021-08-16",
                Some(("webdav-server-rs", "unstable-2021-08-16", "")),
            ),
            ("z9yvxs0s3xdkp5jgmzis4g50bfq3dgvm-0018-pkg-config-derive-prefix-from-prefix.patch", None),
            ("w3hl7zrmc9qvzadc0k7cp9ysxiyz88j6-base-system", None),
            ("short-name-1.0", None),
            ("", None),
        ] {
            let found = Output::parse(directory);
            assert_eq!(found.map(|found| (found.name, found.version, found.output)), expected, "{directory}");
        }
    }

    /// Made by `sqlite3` 3.40 with the tables of Nix's `schema.sql`: jq (1) refers to itself, to oniguruma (300) and to
    /// glibc (2), which is not in the tree.
    const DB: &[u8] = include_bytes!("../../testdata/catalog/nix/db.sqlite");

    #[test]
    fn lists_what_lies_in_a_store_and_what_it_refers_to() {
        let files: [(&str, &[u8]); 5] = [
            ("mnt/nix/store/5av396z8xa13jg89g9jws145c0k26k2x-oniguruma-6.9.8-lib/lib/libonig.so", b""),
            ("mnt/nix/store/h0cnbmfcn93xm5dg2x27ixhag1cwndga-jq-1.6-bin/bin/jq", b""),
            ("mnt/nix/store/w3hl7zrmc9qvzadc0k7cp9ysxiyz88j6-foo-1.2.tar.gz", b""),
            ("mnt/nix/var/nix/db/db.sqlite", DB),
            ("nix/var/nix/db/db.sqlite", b"none"),
        ];
        let found = testing::find(&Store, &files);
        let expected = [
            "oniguruma 6.9.8 pkg:nix/oniguruma@6.9.8?output=lib&outputhash=5av396z8xa13jg89g9jws145c0k26k2x",
            "jq 1.6 pkg:nix/jq@1.6?output=bin&outputhash=h0cnbmfcn93xm5dg2x27ixhag1cwndga",
        ];
        assert_eq!(testing::list(&found), expected);
        assert_eq!(testing::edges(&found), ["jq@1.6 -> oniguruma@6.9.8"]);
        assert_eq!(found.unknowns().len(), 1);
        let jq = &found.packages()[1];
        let path = "/mnt/nix/store/h0cnbmfcn93xm5dg2x27ixhag1cwndga-jq-1.6-bin/bin/jq";
        assert_eq!(jq.files, [OwnedFile { path: path.to_owned() }]);
        assert_eq!(jq.metadata.as_ref().unwrap().fields["output"], "bin");
    }

    proptest::proptest! {
        #[test]
        fn reads_any_database(mutations in proptest::collection::vec((0usize..16384, proptest::num::u8::ANY), 1..8)) {
            let mut bytes = DB.to_vec();
            for (place, byte) in mutations {
                if let Some(old) = bytes.get_mut(place) { *old = byte; }
            }
            testing::find(&Store, &[("nix/store/h0cnbmfcn93xm5dg2x27ixhag1cwndga-jq-1.6/f", b""), ("nix/var/nix/db/db.sqlite", &bytes)]);
        }
    }
}
