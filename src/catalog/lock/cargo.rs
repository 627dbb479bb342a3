//! Cargo's `Cargo.lock`, versions 1 to 4. <https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html>
//!
//! Unlike syft 1.18.1, which gives every crate the package URL of crates.io, a crate without `source` (a member of
//! the workspace or a path) has none: the registry may hold another crate of that name. A crate of git says where it
//! is from. Checksums that stand in `[metadata]` (version 1) are read too.

use std::collections::HashMap;

use serde_json::Value;

use super::super::Cataloger;
use super::super::Findings;
use super::super::Found;
use super::super::Want;
use super::super::view::View;
use super::Lock;
use super::value;
use super::value::Fields;
use crate::package::Checksum;
use crate::package::ChecksumAlgorithm;
use crate::package::Kind;
use crate::package::Package;
use crate::package::Purl;
use crate::package::PurlBuilder;

/// What `cargo build --locked` would take.
#[derive(Debug)]
pub(in super::super) struct CargoLock;

impl Cataloger for CargoLock {
    fn name(&self) -> &'static str {
        "rust-cargo-lock-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["cargo", "declared", "directory", "language", "package", "rust"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Bytes("**/Cargo.lock")]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        super::each(view, findings, read);
    }
}

/// What a dependency may be called by: its name alone where that is enough, with its version, with both and
/// its source.
#[derive(Default)]
struct Names(HashMap<String, Vec<Found>>);

impl Names {
    fn add(&mut self, name: &str, version: &str, source: Option<&str>, found: Found) {
        let source = source.map(|source| format!("{name} {version} ({})", without_revision(source)));
        for key in [Some(name.to_owned()), Some(format!("{name} {version}")), source].into_iter().flatten() {
            self.0.entry(key).or_default().push(found);
        }
    }

    /// The one that `text` means; none if it might be two.
    fn find(&self, text: &str) -> Option<Found> {
        let key = match text.split_once(" (") {
            Some((name, source)) => format!("{name} ({})", without_revision(source.trim_end_matches(')'))),
            None => text.to_owned(),
        };
        match self.0.get(&key)?.as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }
}

/// Lists of dependencies leave out the revision of a git source, `#..`, in some versions.
fn without_revision(source: &str) -> &str {
    source.split('#').next().unwrap_or(source)
}

fn read(lock: &mut Lock<'_, '_>) -> Result<(), String> {
    let document = value::from_toml(lock.text()?)?;
    let mut names = Names::default();
    let mut entries = Vec::new();
    // Version 1 keeps the root apart.
    for entry in document.list("package").iter().chain(document.get("root")) {
        let (Some(name), Some(version)) = (entry.text("name"), entry.text("version")) else {
            lock.unknown("a package without name or version");
            continue;
        };
        let package = package(lock, name, version, entry, &document);
        // Two crates of one name and version may come from two sources: they are two packages.
        let found = lock.findings.add(package);
        names.add(name, version, entry.text("source"), found);
        entries.push((found, entry));
    }
    for (found, entry) in entries {
        for dependency in entry.list("dependencies").iter().filter_map(Value::as_str) {
            if let Some(to) = names.find(dependency) {
                lock.depends(found, to);
            }
        }
    }
    Ok(())
}

fn package(lock: &Lock<'_, '_>, name: &str, version: &str, entry: &Value, document: &Value) -> Package {
    let source = entry.text("source");
    let apart = || {
        let key = format!("checksum {name} {version} ({})", source?);
        document.get("metadata")?.text(&key)
    };
    let checksum = entry.text("checksum").or_else(apart);
    let fields = [
        ("name", name.into()),
        ("version", version.into()),
        ("source", source.into()),
        ("checksum", checksum.into()),
        ("dependencies", entry.copy("dependencies")),
    ];
    Package {
        purl: source.and_then(|source| purl(name, version, source)),
        download: source.and_then(|source| download(name, version, source)),
        checksums: checksum
            .and_then(|hex| Checksum::new(ChecksumAlgorithm::Sha256, hex))
            .into_iter()
            .collect(),
        metadata: super::metadata("rust-cargo-lock-entry", fields),
        ..lock.package(Kind::Rust, name, version)
    }
}

/// `registry+<index>`, `sparse+<index>`, `git+<url>?<reference>#<revision>`.
fn purl(name: &str, version: &str, source: &str) -> Option<Purl> {
    let purl = PurlBuilder::new("cargo", name).version(version);
    if is_crates_io(source) {
        return Some(purl.build());
    }
    if source.starts_with("git+") {
        return Some(purl.qualifier("vcs_url", git(source)).build());
    }
    let registry = source.strip_prefix("registry+").or_else(|| source.strip_prefix("sparse+"))?;
    Some(purl.qualifier("repository_url", registry).build())
}

fn is_crates_io(source: &str) -> bool {
    matches!(
        source,
        "registry+https://github.com/rust-lang/crates.io-index" | "sparse+https://index.crates.io/"
    )
}

/// `git+https://host/path@<revision>`.
fn git(source: &str) -> String {
    let (url, revision) = source.split_once('#').unwrap_or((source, ""));
    let url = url.split('?').next().unwrap_or(url);
    if revision.is_empty() { url.to_owned() } else { format!("{url}@{revision}") }
}

fn download(name: &str, version: &str, source: &str) -> Option<String> {
    if is_crates_io(source) {
        return Some(format!("https://crates.io/api/v1/crates/{name}/{version}/download"));
    }
    source.starts_with("git+").then(|| git(source))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    /// Written by cargo 1.97 but for the checksums' tails; `bitflags` stands in it twice.
    const LOCK: &str = r#"
version = 4

[[package]]
name = "bitflags"
version = "1.3.2"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "bef38d45163c2f1dde094a7dfd33ccf595c92905c8f8f4fdc18d06fb1037718a"

[[package]]
name = "bitflags"
version = "2.6.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "b048fb63fd8b5923fc5aa7b340d8e156aec7ec02f0c78fa8a6ddc2613f6f71de"

[[package]]
name = "fixture"
version = "0.1.0"
dependencies = [
 "bitflags 1.3.2",
 "helper",
 "semver 1.0.23 (git+https://github.com/dtolnay/semver?tag=1.0.23)",
 "semver 1.0.23 (registry+https://github.com/rust-lang/crates.io-index)",
]

[[package]]
name = "helper"
version = "0.1.0"
dependencies = [
 "bitflags 2.6.0",
]

[[package]]
name = "semver"
version = "1.0.23"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "61697e0a1c7e512e84a621326239844a24d8207b4669b41bc18b32ea5cbf988b"

[[package]]
name = "semver"
version = "1.0.23"
source = "git+https://github.com/dtolnay/semver?tag=1.0.23#1a2b3c"
"#;

    #[test]
    fn reads_a_lock_file() {
        let found = testing::find(&CargoLock, &[("app/Cargo.lock", LOCK.as_bytes())]);
        let expected = [
            "bitflags 1.3.2 pkg:cargo/bitflags@1.3.2",
            "bitflags 2.6.0 pkg:cargo/bitflags@2.6.0",
            "fixture 0.1.0 -",
            "helper 0.1.0 -",
            "semver 1.0.23 pkg:cargo/semver@1.0.23",
            "semver 1.0.23 pkg:cargo/semver@1.0.23?vcs_url=git%2Bhttps:%2F%2Fgithub.com%2Fdtolnay%2Fsemver%401a2b3c",
        ];
        assert_eq!(testing::list(&found), expected);
        let expected = [
            "fixture@0.1.0 -> bitflags@1.3.2",
            "fixture@0.1.0 -> helper@0.1.0",
            "fixture@0.1.0 -> semver@1.0.23",
            "fixture@0.1.0 -> semver@1.0.23",
            "helper@0.1.0 -> bitflags@2.6.0",
        ];
        assert_eq!(testing::edges(&found), expected);
        let first = &found.packages()[0];
        assert_eq!(
            first.checksums[0].hex,
            "bef38d45163c2f1dde094a7dfd33ccf595c92905c8f8f4fdc18d06fb1037718a"
        );
        assert_eq!(
            first.download.as_deref(),
            Some("https://crates.io/api/v1/crates/bitflags/1.3.2/download")
        );
        assert_eq!(first.locations[0].path, "/app/Cargo.lock");
    }

    #[test]
    fn reads_version_1() {
        let lock = r#"
[root]
name = "fixture"
version = "0.1.0"
dependencies = ["libc 0.2.43 (registry+https://github.com/rust-lang/crates.io-index)"]

[[package]]
name = "libc"
version = "0.2.43"
source = "registry+https://github.com/rust-lang/crates.io-index"

[metadata]
"checksum libc 0.2.43 (registry+https://github.com/rust-lang/crates.io-index)" = "76e3a3ef172f1a0b9a9ff0dd1491ae5e6c948b94479a3021819ba7d860c8645d"
"#;
        let found = testing::find(&CargoLock, &[("Cargo.lock", lock.as_bytes())]);
        assert_eq!(testing::list(&found), ["libc 0.2.43 pkg:cargo/libc@0.2.43", "fixture 0.1.0 -"]);
        assert_eq!(testing::edges(&found), ["fixture@0.1.0 -> libc@0.2.43"]);
        assert_eq!(found.packages()[0].checksums.len(), 1);
    }

    #[test]
    fn what_cannot_be_read_is_unknown() {
        let files: [(&str, &[u8]); 3] = [
            (
                "a/Cargo.lock",
                b"[[package]]\nname = \"a\"\n\n[[package]]\nname = \"b\"\nversion = \"1.0.0\"\n",
            ),
            ("b/Cargo.lock", b"[[package]\n"),
            ("c/Cargo.lock", b"\xff"),
        ];
        let found = testing::find(&CargoLock, &files);
        assert_eq!(testing::list(&found), ["b 1.0.0 -"]);
        assert_eq!(found.unknowns().len(), 3);
    }
}
