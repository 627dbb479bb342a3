//! opam's package descriptions. <https://opam.ocaml.org/doc/Manual.html#opam>
//!
//! The name is the file's, `name.opam`, or its folder's, `name.version/opam`. What has no version is a project in
//! development and no package, unlike in syft.

use std::sync::LazyLock;

use regex::Regex;

use super::super::Want;
use super::super::view::View;
use super::Lock;
use super::declared::Declared;
use super::metadata;
use crate::package::Kind;
use crate::package::License;
use crate::package::Package;
use crate::package::PurlBuilder;

pub(in super::super) const OPAM: Declared = Declared {
    name: "opam-cataloger",
    tags: &["declared", "directory", "language", "ocaml", "opam", "package"],
    wants: &[Want::Bytes("**/*.opam"), Want::Bytes("**/opam")],
    read,
};

/// Fields of interest: a string, or a list.
static FIELD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?m)^\s*(opam-version|version|license|homepage|synopsis|src|checksum):\s*("[^"]*"|\[[^\]]*\])"#,
    )
    .ok()
});

fn read(lock: &mut Lock<'_, '_>, _: &View<'_>) -> Result<(), String> {
    let text = lock.text()?;
    let pattern = FIELD.as_ref().ok_or("no pattern")?;
    let fields: Vec<(&str, Vec<&str>)> = pattern
        .captures_iter(text)
        .map(|groups| groups.extract())
        .map(|(_, [key, value])| (key, value.split('"').skip(1).step_by(2).collect()))
        .collect();
    let list = |key: &str| fields.iter().find(|(name, _)| *name == key).map(|(_, values)| values.clone());
    let one = |key: &str| list(key).and_then(|values| values.first().copied());
    if one("opam-version").is_none() {
        // Many other things are called `opam`.
        return Ok(());
    }
    let (name, version) = match lock.name().strip_suffix(".opam") {
        Some(name) => (name, one("version")),
        None => {
            let folder = lock.path.rsplit('/').nth(1).unwrap_or_default();
            let (name, version) = folder.split_once('.').unwrap_or((folder, ""));
            (name, Some(version).filter(|version| !version.is_empty()).or(one("version")))
        }
    };
    let Some(version) = version.filter(|_| !name.is_empty()) else { return Ok(()) };
    let licenses = list("license").unwrap_or_default();
    let checksums = list("checksum").unwrap_or_default();
    let fields = [
        ("name", name.into()),
        ("version", version.into()),
        ("licenses", licenses.clone().into()),
        ("url", one("src").unwrap_or_default().into()),
        ("checksum", checksums.clone().into()),
        ("homepage", one("homepage").unwrap_or_default().into()),
    ];
    let package = Package {
        purl: Some(PurlBuilder::new("opam", name).version(version).build()),
        licenses: licenses.into_iter().map(License::declared).collect(),
        homepage: one("homepage").map(str::to_owned),
        description: one("synopsis").map(str::to_owned),
        download: one("src").and_then(super::download),
        checksums: checksums.into_iter().filter_map(super::prefixed).collect(),
        metadata: metadata("opam-package", fields),
        ..lock.package(Kind::Opam, name, version)
    };
    lock.add(package);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    #[test]
    fn reads_descriptions() {
        let text = br#"opam-version: "2.0"
license: ["ISC" "MIT"]
homepage: "https://example.com"
depends: [ "ocaml" {>= "4.08"} "dune" ]
url {
  src: "https://example.com/x-1.2.0.tbz"
  checksum: [
    "sha256=8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254"
    "md5=0a"
  ]
}
"#;
        let files: [(&str, &[u8]); 4] = [
            ("packages/x/x.1.2.0/opam", text),
            ("y.opam", b"opam-version: \"2.0\"\nversion: \"0.1\"\n"),
            ("bin/opam", b"\x7fELF is not text but ASCII"),
            ("dev.opam", b"opam-version: \"2.0\"\n"),
        ];
        let found = testing::find(&OPAM, &files);
        let mut list = testing::list(&found);
        list.sort();
        assert_eq!(list, ["x 1.2.0 pkg:opam/x@1.2.0", "y 0.1 pkg:opam/y@0.1"]);
        let x = found.packages().iter().find(|package| package.name == "x").unwrap();
        assert_eq!((x.checksums.len(), x.licenses.len()), (1, 2));
        assert_eq!(x.download.as_deref(), Some("https://example.com/x-1.2.0.tbz"));
        assert_eq!(found.unknowns(), []);
    }
}
