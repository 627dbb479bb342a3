//! Snaps that are unpacked: what they are, and the packages of Ubuntu that went into them.
//! <https://snapcraft.io/docs/snap-format>, <https://snapcraft.io/docs/snapcraft-yaml-reference>
//!
//! `snapcraft.yaml` says what a snap is built with, without versions: none of that is in it, and it is not read.

use std::collections::HashMap;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use serde_json::Map;
use serde_json::Value;

use super::Cataloger;
use super::Findings;
use super::Found;
use super::Want;
use super::text;
use super::view::File;
use super::view::View;
use super::yaml;
use crate::package::Kind;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::PurlBuilder;
use crate::package::Relation;

/// Unpacked snaps.
#[derive(Debug)]
pub(super) struct Snaps;

const SNAP: &str = "**/meta/snap.yaml";
const BASE: &str = "**/usr/share/snappy/dpkg.yaml";
const KERNEL: &str = "**/doc/linux-modules-*/changelog.Debian.gz";
const MANIFEST: &str = "**/snap/manifest.yaml";

impl Cataloger for Snaps {
    fn name(&self) -> &'static str {
        "snap-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["directory", "image", "installed", "package", "snap"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Bytes(SNAP), Want::Bytes(BASE), Want::Bytes(KERNEL), Want::Bytes(MANIFEST)]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        // By the directory that they are unpacked to.
        let mut snaps: HashMap<&str, Snap> = HashMap::new();
        for file in view.matching(SNAP) {
            match read_yaml(&file).and_then(|value| Snap::read(&value)) {
                Ok(mut snap) => {
                    snap.found = Some(findings.add(snap.package(&file)));
                    snaps.insert(root(file.path, "meta/snap.yaml"), snap);
                }
                Err(reason) => findings.unknown(file.location(), reason),
            }
        }
        for (glob, end, list) in [
            (BASE, "usr/share/snappy/dpkg.yaml", "packages"),
            (MANIFEST, "snap/manifest.yaml", "primed-stage-packages"),
        ] {
            for file in view.matching(glob) {
                let snap = snaps.get(root(file.path, end));
                let value = read_yaml(&file).unwrap_or_else(|reason| {
                    findings.unknown(file.location(), reason);
                    Value::Null
                });
                for entry in value.get(list).and_then(Value::as_array).into_iter().flatten() {
                    match entry.as_str().and_then(Content::parse) {
                        Some(content) => content.add(snap, &file, findings),
                        None => {
                            let reason = format!("{list}: {entry:.80} is no package with a version");
                            findings.unknown(file.location(), reason);
                        }
                    }
                }
            }
        }
        for file in view.matching(KERNEL) {
            // In a system the package manager tells of them.
            let start = file.path.rfind("doc/linux-modules-").unwrap_or_default();
            let snap = file.path.get(..start).and_then(|root| snaps.get(root));
            let Some(snap) = snap else { continue };
            match kernel(&file) {
                Ok(content) => content.add(Some(snap), &file, findings),
                Err(reason) => findings.unknown(file.location(), reason),
            }
        }
    }
}

/// What comes before `end`.
fn root<'a>(path: &'a str, end: &str) -> &'a str {
    path.strip_suffix(end).unwrap_or(path)
}

fn read_yaml(file: &File<'_>) -> Result<Value, String> {
    let bytes =
        file.content.bytes().ok_or_else(|| file.content.problem().unwrap_or("not kept").to_owned())?;
    yaml::read(&text::decode(bytes))
}

/// What `meta/snap.yaml` says.
#[derive(Debug, Default)]
struct Snap {
    name: String,
    version: String,
    base: String,
    kind: String,
    architecture: String,
    license: String,
    summary: String,
    found: Option<Found>,
}

impl Snap {
    fn read(value: &Value) -> Result<Self, String> {
        let text = |key: &str| scalar(value.get(key)).unwrap_or_default();
        let architectures = value.get("architectures").and_then(Value::as_array);
        let architecture = match architectures.map(Vec::as_slice) {
            Some([one]) => scalar(Some(one)).unwrap_or_default(),
            _ => text("architecture"),
        };
        let kind = Some(text("type")).filter(|kind| !kind.is_empty()).unwrap_or_else(|| "app".to_owned());
        let (name, version, base) = (text("name"), text("version"), text("base"));
        if name.is_empty() || version.is_empty() {
            return Err("a snap without name or version".to_owned());
        }
        let (license, summary, found) = (text("license"), text("summary"), None);
        Ok(Self { name, version, base, kind, architecture, license, summary, found })
    }

    /// Off-spec: there is no type of package URL for snaps. This is how syft spells it.
    fn package(&self, file: &File<'_>) -> Package {
        let purl = PurlBuilder::new("generic", self.name.as_str())
            .namespace("snap")
            .version(self.version.as_str())
            .qualifier("arch", self.architecture.as_str())
            .qualifier("base", self.base.as_str())
            .qualifier("type", self.kind.as_str());
        Package {
            name: self.name.clone(),
            version: Some(self.version.clone()),
            kind: Kind::Snap,
            purl: Some(purl.build()),
            licenses: Some(&self.license)
                .filter(|text| !text.is_empty())
                .map(|text| crate::package::License::declared(text))
                .into_iter()
                .collect(),
            description: Some(self.summary.clone()).filter(|text| !text.is_empty()),
            locations: vec![file.location()],
            metadata: Some(self.metadata(&self.architecture)),
            ..Package::default()
        }
    }

    /// In syft's shape.
    fn metadata(&self, architecture: &str) -> Metadata {
        let fields = [
            ("snapType", self.kind.as_str()),
            ("base", &self.base),
            ("snapName", &self.name),
            ("snapVersion", &self.version),
            ("architecture", architecture),
        ];
        let fields = fields.into_iter().filter(|(_, text)| !text.is_empty());
        let fields: Map<String, Value> =
            fields.map(|(key, text)| (key.to_owned(), Value::from(text))).collect();
        Metadata { kind: "snap-entry", fields }
    }
}

/// Versions may look like numbers.
fn scalar(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A package of Ubuntu in a snap.
#[derive(Debug, Eq, PartialEq)]
struct Content {
    name: String,
    version: String,
    architecture: String,
}

impl Content {
    /// `libssl3:amd64=3.0.2-0ubuntu1`.
    fn parse(text: &str) -> Option<Self> {
        let (name, version) = text.split_once('=')?;
        let (name, architecture) = name.split_once(':').unwrap_or((name, ""));
        let owned = |text: &str| text.trim().to_owned();
        let content = Self { name: owned(name), version: owned(version), architecture: owned(architecture) };
        (!content.name.is_empty() && !content.version.is_empty()).then_some(content)
    }

    fn add(&self, snap: Option<&Snap>, file: &File<'_>, findings: &mut Findings) {
        let none = Snap::default();
        let known = snap.unwrap_or(&none);
        let architecture =
            if self.architecture.is_empty() { &known.architecture } else { &self.architecture };
        // Snaps are built on Ubuntu.
        let purl = PurlBuilder::new("deb", self.name.as_str())
            .namespace("ubuntu")
            .version(self.version.as_str())
            .qualifier("arch", architecture.as_str());
        let found = findings.add(Package {
            name: self.name.clone(),
            version: Some(self.version.clone()),
            kind: Kind::Deb,
            purl: Some(purl.build()),
            locations: vec![file.location()],
            metadata: Some(known.metadata(architecture)),
            ..Package::default()
        });
        if let Some(snap) = known.found {
            findings.relate(snap, Relation::Contains, found);
        }
    }
}

/// The kernel that modules are of, whose version the first line of their changelog has:
/// `linux (5.4.0-195.215) focal; urgency=medium`.
fn kernel(file: &File<'_>) -> Result<Content, String> {
    let packed = file.content.bytes().ok_or("not kept")?;
    let mut line = String::new();
    let mut unpacked = BufReader::new(MultiGzDecoder::new(packed).take(LINE_BYTES));
    unpacked.read_line(&mut line).map_err(|error| error.to_string())?;
    let version = line.split_once('(').and_then(|(_, rest)| Some(rest.split_once(')')?.0));
    let version = version.filter(|version| version.starts_with(|c: char| c.is_ascii_digit()));
    let directory = file.path.rsplit('/').nth(1).unwrap_or_default();
    let release = directory.strip_prefix("linux-modules-").unwrap_or_default();
    let version = version.ok_or("the changelog does not begin with a version")?.to_owned();
    Ok(Content { name: format!("linux-image-{release}"), version, architecture: String::new() })
}

/// Of the first line of a changelog.
const LINE_BYTES: u64 = 4096;

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::super::testing;
    use super::*;

    fn pack(text: &[u8]) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(text).unwrap();
        packed.finish().unwrap()
    }

    #[test]
    fn lists_snaps_and_what_went_into_them() {
        let log = pack(b"linux (5.4.0-195.215) focal; urgency=medium\n\n  * focal/linux: 5.4.0-195.215\n");
        let files: [(&str, &[u8]); 9] = [
            (
                "snap/core20/meta/snap.yaml",
                b"name: core20\nversion: 20240416\ntype: base\narchitectures: [amd64]\n",
            ),
            (
                "snap/core20/usr/share/snappy/dpkg.yaml",
                b"packages:\n- adduser=3.118ubuntu2\n- libssl1.1:i386=1.1.1f-1ubuntu2.22\n",
            ),
            ("snap/hello/meta/snap.yaml", b"name: hello\nversion: '2.10'\nbase: core20\nlicense: GPL-3.0\n"),
            (
                "snap/hello/snap/manifest.yaml",
                b"name: hello\nprimed-stage-packages:\n- libc6=2.31-0ubuntu9\n",
            ),
            ("snap/hello/snap/snapcraft.yaml", b"parts: {a: {build-packages: [gcc]}}\n"),
            ("snap/pc-kernel/meta/snap.yaml", b"name: pc-kernel\nversion: 5.4.0-195.215\ntype: kernel\n"),
            ("snap/pc-kernel/doc/linux-modules-5.4.0-195-generic/changelog.Debian.gz", &log),
            ("usr/share/doc/linux-modules-5.4.0-1-generic/changelog.Debian.gz", &log),
            ("x/snap/manifest.yaml", b"primed-stage-packages: [nothing, {a: b}, x=1]"),
        ];
        let found = testing::find(&Snaps, &files);
        let expected = [
            "core20 20240416 pkg:generic/snap/core20@20240416?arch=amd64&type=base",
            "hello 2.10 pkg:generic/snap/hello@2.10?base=core20&type=app",
            "pc-kernel 5.4.0-195.215 pkg:generic/snap/pc-kernel@5.4.0-195.215?type=kernel",
            "adduser 3.118ubuntu2 pkg:deb/ubuntu/adduser@3.118ubuntu2?arch=amd64",
            "libssl1.1 1.1.1f-1ubuntu2.22 pkg:deb/ubuntu/libssl1.1@1.1.1f-1ubuntu2.22?arch=i386",
            "libc6 2.31-0ubuntu9 pkg:deb/ubuntu/libc6@2.31-0ubuntu9",
            "x 1 pkg:deb/ubuntu/x@1",
            "linux-image-5.4.0-195-generic 5.4.0-195.215 pkg:deb/ubuntu/linux-image-5.4.0-195-generic@5.4.0-195.215",
        ];
        assert_eq!(testing::list(&found), expected);
        assert_eq!(found.relationships().len(), 4);
        assert_eq!(testing::edges(&found)[0], "core20@20240416 -> adduser@3.118ubuntu2");
        let reasons: Vec<&str> = found.unknowns().iter().map(|unknown| unknown.reason.as_str()).collect();
        let end = "is no package with a version";
        let expected =
            ["\"nothing\"", "{\"a\":\"b\"}"].map(|entry| format!("primed-stage-packages: {entry} {end}"));
        assert_eq!(reasons, expected);
    }

    #[test]
    fn tells_what_it_cannot_read() {
        let files: [(&str, &[u8]); 4] = [
            ("a/meta/snap.yaml", b"name: a\n"),
            ("b/meta/snap.yaml", b"name: [\n"),
            ("c/meta/snap.yaml", b"name: c\nversion: 1\n"),
            ("c/doc/linux-modules-1/changelog.Debian.gz", b"none"),
        ];
        let found = testing::find(&Snaps, &files);
        assert_eq!((found.packages().len(), found.unknowns().len()), (1, 3));
    }
}
