//! Alpine's package database. <https://wiki.alpinelinux.org/wiki/Apk_spec#Installed_Database_V2>
//!
//! `i:`, the packages whose presence brings this one in by itself (`install_if`), is a wish of the other
//! direction and no dependency; `r:` and `!name` are conflicts.

mod version;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::Cataloger;
use super::Findings;
use super::Want;
use super::dependency::Comparison;
use super::dependency::Edges;
use super::dependency::Providers;
use super::view::File;
use super::view::View;
use crate::package::Kind;
use crate::package::License;
use crate::package::Metadata;
use crate::package::OwnedFile;
use crate::package::Package;
use crate::package::Party;
use crate::package::PurlBuilder;
use crate::package::Release;

/// What `apk` has installed.
#[derive(Debug)]
pub(super) struct Apk;

impl Cataloger for Apk {
    fn name(&self) -> &'static str {
        "apk-db-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["directory", "installed", "image", "os", "linux", "apk", "alpine", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Bytes("**/lib/apk/db/installed")]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        for file in view.files() {
            match file.content.bytes() {
                Some(bytes) => catalog(&String::from_utf8_lossy(bytes), &file, view.release(), findings),
                None => findings.unknown(file.location(), file.content.problem().unwrap_or("not kept")),
            }
        }
    }
}

/// One database.
fn catalog(text: &str, file: &File<'_>, release: Option<&Release>, findings: &mut Findings) {
    let mut providers: Providers<'_, Option<&str>> = Providers::new();
    let mut dependents = Vec::new();
    for text in text.split("\n\n").map(|stanza| stanza.trim_matches('\n')).filter(|text| !text.is_empty()) {
        let stanza = Stanza::read(text);
        let (Some(name), Some(version)) = (stanza.name, stanza.version) else {
            let line = text.lines().next().unwrap_or_default();
            findings.unknown(file.location(), format!("an entry without name or version: {line:.80}"));
            continue;
        };
        let found = findings.add(package(&stanza, name, version, file, release));
        providers.add(name, found, Some(version));
        for (name, version) in stanza.provides.split_ascii_whitespace().map(provided) {
            providers.add(name, found, version);
        }
        dependents.push((found, stanza.depends));
    }
    let mut edges = Edges::new(findings, file.location());
    for (found, depends) in dependents {
        for dependency in depends.split_ascii_whitespace().filter_map(Dependency::parse) {
            edges.depends(found, providers.of(dependency.name), |version| dependency.accepts(*version));
        }
    }
}

/// The fields of one entry.
#[derive(Debug, Default)]
struct Stanza<'a> {
    name: Option<&'a str>,
    version: Option<&'a str>,
    architecture: &'a str,
    checksum: &'a str,
    commit: &'a str,
    depends: &'a str,
    description: &'a str,
    installed_size: &'a str,
    license: &'a str,
    maintainer: &'a str,
    origin: &'a str,
    provides: &'a str,
    size: &'a str,
    url: &'a str,
    files: Vec<Entry>,
}

/// A directory or file that the package brings.
#[derive(Debug)]
struct Entry {
    path: String,
    is_directory: bool,
    fields: Map<String, Value>,
}

impl<'a> Stanza<'a> {
    fn read(text: &'a str) -> Self {
        let mut stanza = Self::default();
        let mut directory = "";
        for line in text.lines() {
            let Some((field, value)) = line.split_once(':') else { continue };
            match field {
                "P" => stanza.name = Some(value).filter(|value| !value.is_empty()),
                "V" => stanza.version = Some(value).filter(|value| !value.is_empty()),
                "A" => stanza.architecture = value,
                "C" => stanza.checksum = value,
                "c" => stanza.commit = value,
                "D" => stanza.depends = value,
                "T" => stanza.description = value,
                "I" => stanza.installed_size = value,
                "L" => stanza.license = value,
                "m" => stanza.maintainer = value,
                "o" => stanza.origin = value,
                "p" => stanza.provides = value,
                "S" => stanza.size = value,
                "U" => stanza.url = value,
                "F" => {
                    directory = value;
                    stanza.files.push(Entry::new(format!("/{value}"), true));
                }
                "R" => {
                    let slash = if directory.is_empty() { "" } else { "/" };
                    stanza.files.push(Entry::new(format!("/{directory}{slash}{value}"), false));
                }
                "a" | "M" | "Z" => {
                    if let Some(entry) = stanza.files.last_mut() {
                        entry.describe(field, value);
                    }
                }
                _ => {}
            }
        }
        stanza
    }

    /// In syft's shape.
    fn metadata(&self) -> Metadata {
        let number = |text: &str| text.parse::<u64>().unwrap_or(0);
        let words = |text: &str| text.split_ascii_whitespace().map(Value::from).collect::<Vec<_>>();
        let files: Vec<&Map<String, Value>> = self.files.iter().map(|entry| &entry.fields).collect();
        let mut fields = Map::new();
        let mut add = |key: &str, value: Value| fields.insert(key.to_owned(), value);
        add("package", self.name.into());
        add("originPackage", self.origin.into());
        add("maintainer", self.maintainer.into());
        add("version", self.version.into());
        add("architecture", self.architecture.into());
        add("url", self.url.into());
        add("description", self.description.into());
        add("size", number(self.size).into());
        add("installedSize", number(self.installed_size).into());
        add("pullDependencies", words(self.depends).into());
        add("provides", words(self.provides).into());
        // Of the control segment alone (<https://wiki.alpinelinux.org/wiki/Apk_spec>): no digest of the package, nor of
        // any file that can be had.
        add("pullChecksum", self.checksum.into());
        add("gitCommitOfApkPort", self.commit.into());
        add("files", json!(files));
        Metadata { kind: "apk-db-entry", fields }
    }
}

impl Entry {
    fn new(path: String, is_directory: bool) -> Self {
        let fields = Map::from_iter([("path".to_owned(), Value::from(path.as_str()))]);
        Self { path, is_directory, fields }
    }

    /// `a` and `M` are owner, group and permissions of files and directories, `Z` the digest of the content.
    fn describe(&mut self, field: &str, value: &str) {
        if field == "Z" {
            let digest = json!({ "algorithm": "'Q1'+base64(sha1)", "value": value });
            self.fields.insert("digest".to_owned(), digest);
            return;
        }
        for (key, part) in ["ownerUid", "ownerGid", "permissions"].into_iter().zip(value.split(':')) {
            self.fields.insert(key.to_owned(), part.into());
        }
    }
}

fn package(
    stanza: &Stanza<'_>,
    name: &str,
    version: &str,
    file: &File<'_>,
    release: Option<&Release>,
) -> Package {
    // Where nothing names the distribution it is Alpine's package manager still.
    let distribution = release.map(|release| release.id.as_str()).filter(|id| !id.is_empty());
    let upstream = Some(stanza.origin).filter(|origin| *origin != name).unwrap_or_default();
    let purl = PurlBuilder::new("apk", name)
        .namespace(distribution.unwrap_or("alpine"))
        .version(version)
        .qualifier("arch", stanza.architecture)
        .qualifier("upstream", upstream)
        .qualifier("distro", release.and_then(Release::qualifier).unwrap_or_default());
    let text = |text: &str| Some(text).filter(|text| !text.is_empty()).map(str::to_owned);
    let owned = stanza.files.iter().filter(|entry| !entry.is_directory);
    Package {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        kind: Kind::Apk,
        purl: Some(purl.build()),
        licenses: text(stanza.license).iter().map(|text| License::declared(text)).collect(),
        supplier: text(stanza.maintainer).and_then(|text| Party::from_mailbox(&text)),
        homepage: text(stanza.url),
        description: text(stanza.description),
        locations: vec![file.location()],
        files: owned.map(|entry| OwnedFile { path: entry.path.clone() }).collect(),
        metadata: Some(stanza.metadata()),
        ..Package::default()
    }
}

/// `so:libz.so.1=1.3.1`.
fn provided(word: &str) -> (&str, Option<&str>) {
    word.split_once('=').map_or((word, None), |(name, version)| (name, Some(version)))
}

/// `musl`, `so:libz.so.1`, `openssl>=3.3`, `python3~3.12`.
#[derive(Debug)]
struct Dependency<'a> {
    name: &'a str,
    constraint: Option<(Constraint, &'a str)>,
}

#[derive(Clone, Copy, Debug)]
enum Constraint {
    Comparison(Comparison),
    BeginsWith,
}

impl<'a> Dependency<'a> {
    /// `None` for what must not be there.
    fn parse(word: &'a str) -> Option<Self> {
        if word.starts_with('!') {
            return None;
        }
        // `@tag` pins the repository.
        let end = word.find(['<', '>', '=', '~', '@']).unwrap_or(word.len());
        let (name, rest) = word.split_at_checked(end)?;
        let version = rest.trim_start_matches(['<', '>', '=', '~']);
        let operator = rest.strip_suffix(version)?;
        let constraint = match operator {
            "<" => Some(Constraint::Comparison(Comparison::Less)),
            "<=" => Some(Constraint::Comparison(Comparison::LessOrEqual)),
            "=" => Some(Constraint::Comparison(Comparison::Equal)),
            ">=" => Some(Constraint::Comparison(Comparison::GreaterOrEqual)),
            ">" => Some(Constraint::Comparison(Comparison::Greater)),
            _ if operator.contains('~') => Some(Constraint::BeginsWith),
            // `><` is followed by a digest: that very build.
            _ => None,
        };
        let version = version.split('@').next().unwrap_or(version);
        Some(Self { name, constraint: constraint.map(|constraint| (constraint, version)) })
    }

    /// Whether something that is provided in this version will do. Without a version it will only for who
    /// asks for none. Versions that apk would refuse are compared by their spelling.
    fn accepts(&self, provided: Option<&str>) -> bool {
        let Some((constraint, wanted)) = self.constraint else { return true };
        let Some(provided) = provided else { return false };
        let verdict = match constraint {
            Constraint::BeginsWith => version::begins_with(provided, wanted),
            Constraint::Comparison(comparison) => {
                version::compare(provided, wanted).map(|order| comparison.allows(order))
            }
        };
        verdict.unwrap_or(provided == wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    const INSTALLED: &str = "\
C:Q17mJx6KvalumgkJqWcFGP9uFVFjw=
P:busybox
V:1.36.1-r29
A:x86_64
S:509834
I:962560
T:Size optimized toolbox
U:https://busybox.example/
L:GPL-2.0-only
o:busybox
m:Jane Doe <jane@mail.example.com>
c:e8d9d3d12ba94f591542fcea46229e010a2f1387
D:so:libc.musl-x86_64.so.1 !uclibc musl>=1.2.3_git20230424
p:cmd:busybox=1.36.1-r29 /bin/sh
r:busybox-initscripts
F:
F:bin
M:0:0:0755
R:busybox
a:0:0:755
Z:Q1ApYZN94JRT7wg75uN8uS4+9iuxw=
F:etc
R:securetty

P:musl
V:1.2.5-r0
A:x86_64
L:MIT
p:so:libc.musl-x86_64.so.1=1

P:ssl_client
V:1.36.1-r29
o:busybox
D:busybox=1.36.1-r29 so:libz.so.1 musl<1 musl~1.2 /bin/sh nothing
i:busybox

P:nameless
";

    fn find() -> Findings {
        let release = b"ID=alpine\nVERSION_ID=3.20.3\n";
        let files: [(&str, &[u8]); 2] =
            [("etc/os-release", release), ("lib/apk/db/installed", INSTALLED.as_bytes())];
        testing::find(&Apk, &files)
    }

    #[test]
    fn lists_what_is_installed() {
        let found = find();
        let expected = [
            "busybox 1.36.1-r29 pkg:apk/alpine/busybox@1.36.1-r29?arch=x86_64&distro=alpine-3.20.3",
            "musl 1.2.5-r0 pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=alpine-3.20.3",
            "ssl_client 1.36.1-r29 pkg:apk/alpine/ssl_client@1.36.1-r29?distro=alpine-3.20.3&upstream=busybox",
        ];
        assert_eq!(testing::list(&found), expected);
        let unknown = found.unknowns().first().unwrap();
        assert_eq!(unknown.reason, "an entry without name or version: P:nameless");
    }

    #[test]
    fn resolves_dependencies() {
        let expected = [
            "busybox@1.36.1-r29 -> musl@1.2.5-r0",
            "busybox@1.36.1-r29 -> musl@1.2.5-r0",
            "ssl_client@1.36.1-r29 -> busybox@1.36.1-r29",
            "ssl_client@1.36.1-r29 -> busybox@1.36.1-r29",
            "ssl_client@1.36.1-r29 -> musl@1.2.5-r0",
        ];
        assert_eq!(testing::edges(&find()), expected);
    }

    #[test]
    fn reads_the_fields() {
        let found = find();
        let busybox = found.packages().first().unwrap();
        let supplier = busybox.supplier.as_ref().unwrap();
        assert_eq!(
            (supplier.name.as_str(), supplier.email.as_deref()),
            ("Jane Doe", Some("jane@mail.example.com"))
        );
        assert_eq!(busybox.licenses.first().unwrap().expression.as_deref(), Some("GPL-2.0-only"));
        let owned: Vec<&str> = busybox.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(owned, ["/bin/busybox", "/etc/securetty"]);
        assert_eq!(busybox.checksums, []);
        let metadata = busybox.metadata.as_ref().unwrap();
        assert_eq!(metadata.kind, "apk-db-entry");
        let files = metadata.fields.get("files").unwrap();
        assert_eq!(
            files.pointer("/1").unwrap(),
            &json!({"path": "/bin", "ownerUid": "0", "ownerGid": "0", "permissions": "0755"})
        );
        assert_eq!(files.pointer("/2/digest/value").unwrap(), "Q1ApYZN94JRT7wg75uN8uS4+9iuxw=");
        assert_eq!(metadata.fields.get("installedSize").unwrap(), 962560);
    }

    proptest::proptest! {
        #[test]
        fn reads_any_bytes(bytes in proptest::collection::vec(proptest::sample::select(&b"PVDpFRaZMC:=<>~!@_-r1.\n \xff"[..]), 0..96)) {
            testing::find(&Apk, &[("lib/apk/db/installed", &bytes)]);
        }
    }
}
