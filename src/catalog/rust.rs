//! Crates that a program was built from, by the list that `cargo auditable` puts into it.
//!
//! <https://github.com/rust-secure-code/cargo-auditable/blob/master/cargo-auditable.schema.json>

use serde::Deserialize;
use serde_json::Map;

use super::Cataloger;
use super::Findings;
use super::Found;
use super::Want;
use super::view::File;
use super::view::View;
use crate::package::Kind;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::PurlBuilder;
use crate::package::Relation;

/// What `cargo auditable` wrote into programs.
#[derive(Debug)]
pub(super) struct Auditable;

impl Cataloger for Auditable {
    fn name(&self) -> &'static str {
        "cargo-auditable-binary-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["directory", "installed", "image", "language", "rust", "binary", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Executables]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        for (file, executable) in view.executables() {
            let Some(list) = &executable.auditable else { continue };
            match serde_json::from_slice::<List>(list) {
                Ok(list) => add(&list, &file, findings),
                Err(error) => findings.unknown(file.location(), format!("list of cargo auditable: {error}")),
            }
        }
    }
}

fn add(list: &List, file: &File<'_>, findings: &mut Findings) {
    let found: Vec<Option<Found>> = list
        .packages
        .iter()
        // What only helped to build it is not in the program.
        .map(|entry| (entry.kind == Stage::Runtime).then(|| findings.add(package(entry, file))))
        .collect();
    let place = |number: usize| found.get(number).copied().flatten();
    for (number, entry) in list.packages.iter().enumerate() {
        for dependency in &entry.dependencies {
            if let (Some(from), Some(to)) = (place(number), place(*dependency)) {
                findings.relate(from, Relation::DependsOn, to);
            }
        }
    }
}

fn package(entry: &Entry, file: &File<'_>) -> Package {
    let field = |key: &str, value: &str| (key.to_owned(), value.into());
    let fields = [
        field("name", &entry.name), //
        field("version", &entry.version),
        field("source", &entry.source),
    ];
    // A crate from a directory, a repository or another registry is not the one that has its name on crates.io,
    // whose vulnerabilities would be looked up for it.
    let is_public = entry.source == "crates.io";
    let purl = PurlBuilder::new("cargo", &entry.name).version(&entry.version);
    Package {
        name: entry.name.clone(),
        version: Some(entry.version.clone()),
        kind: Kind::Rust,
        purl: is_public.then(|| purl.build()),
        locations: vec![file.location()],
        metadata: Some(Metadata { kind: "rust-cargo-audit-entry", fields: Map::from_iter(fields) }),
        ..Package::default()
    }
}

#[derive(Debug, Deserialize)]
struct List {
    packages: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    name: String,
    version: String,
    source: String,
    #[serde(default)]
    kind: Stage,
    /// Places in the list.
    #[serde(default)]
    dependencies: Vec<usize>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Stage {
    Build,
    #[default]
    Runtime,
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::super::testing;
    use super::*;

    /// An ELF header without segments, padding, the list in the section's form, and what may follow.
    fn program(list: &str, level: u32, before: usize) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(level));
        encoder.write_all(list.as_bytes()).unwrap();
        let mut file = b"\x7fELF\x02\x01\x01".to_vec();
        file.resize(before, 0);
        // Beginnings that lead nowhere.
        file.extend(b"\x78\x01\x00\x00\x00\x00\x78\x9c\x03\x00\x00\x78\xda\x05\xff\xff");
        file.extend(encoder.finish().unwrap());
        file.resize(file.len() + 1000, 0x78);
        file
    }

    const LIST: &str = r#"{"packages":[{"name":"anyhow","version":"1.0.75","source":"crates.io"},{"name":"autocfg","version":"1.1.0","source":"crates.io","kind":"build"},{"name":"forked","version":"0.3.0","source":"git"},{"name":"tool","version":"0.1.0","source":"local","dependencies":[0,1,2],"root":true}]}"#;

    #[test]
    fn lists_what_runs() {
        let expected = ["anyhow 1.0.75 pkg:cargo/anyhow@1.0.75", "forked 0.3.0 -", "tool 0.1.0 -"];
        for level in [0, 1, 6, 9] {
            for before in [64, (256 << 10) - 20, (256 << 10) + 3] {
                let found = testing::find(&Auditable, &[("usr/bin/tool", &program(LIST, level, before))]);
                assert_eq!(testing::list(&found), expected, "{level} {before}");
                assert_eq!(
                    testing::edges(&found),
                    ["tool@0.1.0 -> anyhow@1.0.75", "tool@0.1.0 -> forked@0.3.0"]
                );
                assert!(found.unknowns().is_empty());
            }
        }
    }

    #[test]
    fn reports_what_it_cannot_read() {
        let broken = LIST.replace("\"source\":\"git\"", "\"source\":7");
        let found = testing::find(&Auditable, &[("usr/bin/tool", &program(&broken, 6, 64))]);
        assert_eq!((found.packages().len(), found.unknowns().len()), (0, 1));
        assert!(found.unknowns()[0].reason.starts_with("list of cargo auditable: invalid type"));
        let found = testing::find(&Auditable, &[("usr/bin/tool.json", LIST.as_bytes())]);
        assert_eq!((found.packages().len(), found.unknowns().len()), (0, 0));
    }
}
