//! Gentoo's package database: a directory for each package, named by category, name and version.
//! <https://wiki.gentoo.org/wiki//var/db/pkg>

mod relation;
mod version;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use self::relation::Node;
use super::Cataloger;
use super::Findings;
use super::Want;
use super::dependency::Edges;
use super::view::File;
use super::view::View;
use crate::package::Kind;
use crate::package::License;
use crate::package::Metadata;
use crate::package::OwnedFile;
use crate::package::Package;
use crate::package::PurlBuilder;

/// What `emerge` has installed.
#[derive(Debug)]
pub(super) struct Portage;

const CONTENTS: &str = "**/var/db/pkg/*/*/CONTENTS";

impl Cataloger for Portage {
    fn name(&self) -> &'static str {
        "portage-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["directory", "installed", "image", "os", "linux", "portage", "gentoo", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[
            Want::Bytes(CONTENTS),
            Want::Bytes("**/var/db/pkg/*/*/LICENSE"),
            Want::Bytes("**/var/db/pkg/*/*/RDEPEND"),
            Want::Bytes("**/var/db/pkg/*/*/SIZE"),
            Want::Bytes("**/var/db/pkg/*/*/SLOT"),
            Want::Bytes("**/var/db/pkg/*/*/USE"),
        ]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        // By the database: there may be several in one tree.
        let mut databases: BTreeMap<&str, (File<'_>, Vec<Node>)> = BTreeMap::new();
        for file in view.matching(CONTENTS) {
            let directory = file.path.strip_suffix("/CONTENTS").unwrap_or_default();
            let mut names = directory.rsplit('/');
            let (build, category) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
            match (split(build), file.content.bytes()) {
                (Some((name, version)), Some(contents)) => {
                    let name = format!("{category}/{name}");
                    let found =
                        findings.add(package(&name, category, version, contents, directory, &file, view));
                    let text = |name: &str| beside(view, directory, name).unwrap_or_default();
                    let (slot, flags, depends) = (text("SLOT"), text("USE"), text("RDEPEND"));
                    let version = version.to_owned();
                    let database = file.path.rsplitn(4, '/').nth(3).unwrap_or_default();
                    let (_, nodes) = databases.entry(database).or_insert((file, Vec::new()));
                    nodes.push(Node { found, name, version, slot, flags, depends });
                }
                (None, _) => {
                    findings.unknown(file.location(), format!("{build:.80} is no name with a version"))
                }
                (_, None) => findings.unknown(file.location(), file.content.problem().unwrap_or("not kept")),
            }
        }
        for (file, nodes) in databases.into_values() {
            relation::relate(&nodes, &mut Edges::new(findings, file.location()));
        }
    }
}

/// What another file of the directory says.
fn beside(view: &View<'_>, directory: &str, name: &str) -> Option<String> {
    let bytes = view.read(&format!("{directory}/{name}"))?;
    Some(String::from_utf8_lossy(bytes).trim().to_owned())
}

/// `skopeo-1.5.1-r2`. <https://projects.gentoo.org/pms/8/pms.html#version-specifications>
fn split(build: &str) -> Option<(&str, &str)> {
    static VERSION: LazyLock<Option<Regex>> = LazyLock::new(|| {
        // A pattern of ours: the tests compile it.
        Regex::new(r"^(.+?)-([0-9]+(?:\.[0-9]+)*[a-z]?(?:_(?:alpha|beta|pre|rc|p)[0-9]*)*(?:-r[0-9]+)?)$")
            .ok()
    });
    let captures = VERSION.as_ref()?.captures(build)?;
    Some((captures.get(1)?.as_str(), captures.get(2)?.as_str()))
}

fn package(
    name: &str,
    category: &str,
    version: &str,
    contents: &[u8],
    directory: &str,
    file: &File<'_>,
    view: &View<'_>,
) -> Package {
    let short = name.rsplit('/').next().unwrap_or(name);
    let purl = PurlBuilder::new("ebuild", short).namespace(category).version(version).build();
    let beside = |name: &str| view.open(&format!("{directory}/{name}"));
    let text = |file: File<'_>| Some(String::from_utf8_lossy(file.content.bytes()?).trim().to_owned());
    let contents = String::from_utf8_lossy(contents);
    let files: Vec<(&str, Option<&str>)> = contents.lines().filter_map(owned).collect();
    let mut locations = vec![file.location()];
    locations.extend(["LICENSE", "SIZE"].iter().filter_map(|name| beside(name)).map(|file| file.location()));
    let size = beside("SIZE").and_then(text).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let entry = |(path, digest): &(&str, Option<&str>)| match digest {
        Some(digest) => json!({ "path": path, "digest": { "algorithm": "md5", "value": digest } }),
        None => json!({ "path": path }),
    };
    let listed: Value = files.iter().map(entry).collect();
    let fields = [("installedSize", Value::from(size)), ("files", listed)];
    let fields: Map<String, Value> = fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Package {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        kind: Kind::Portage,
        purl: Some(purl),
        licenses: beside("LICENSE").and_then(text).map(|text| licenses(&text)).unwrap_or_default(),
        locations,
        files: files.iter().map(|(path, _)| OwnedFile { path: (*path).to_owned() }).collect(),
        metadata: Some(Metadata { kind: "portage-db-entry", fields }),
        ..Package::default()
    }
}

/// `obj PATH MD5 MTIME` is a file, `sym PATH -> TARGET MTIME` a link, `dir PATH` a directory. Paths may hold spaces.
fn owned(line: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = line.strip_prefix("obj ") {
        let mut parts = rest.rsplitn(3, ' ');
        let (_, digest, path) = (parts.next()?, parts.next()?, parts.next()?);
        return Some((path, Some(digest)));
    }
    let (path, _) = line.strip_prefix("sym ")?.split_once(" -> ")?;
    Some((path, None))
}

/// Names that hold together. Alternatives, `|| ( A B )`, stay one statement as it is written.
fn licenses(text: &str) -> Vec<License> {
    if text.contains("||") || text.contains('?') {
        return vec![License::declared(text)];
    }
    let words = text.split_ascii_whitespace().filter(|word| !matches!(*word, "(" | ")"));
    words.map(License::declared).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn lists_what_is_installed() {
        let contents = b"dir /usr\nobj /usr/bin/skopeo 376c02bd3b22804df8fdfdc895e7dbfb 1649284374\nobj /usr/share/a b 376c02bd3b22804df8fdfdc895e7dbfb 1\nsym /usr/bin/s -> skopeo 1\nbroken\n";
        let files: [(&str, &[u8]); 4] = [
            ("var/db/pkg/app-containers/skopeo-1.5.1_rc2-r1/CONTENTS", contents),
            ("var/db/pkg/app-containers/skopeo-1.5.1_rc2-r1/LICENSE", b"Apache-2.0 MIT\n"),
            ("var/db/pkg/app-containers/skopeo-1.5.1_rc2-r1/SIZE", b"27937835\n"),
            ("var/db/pkg/x/versionless/CONTENTS", b""),
        ];
        let found = testing::find(&Portage, &files);
        let expected = ["app-containers/skopeo 1.5.1_rc2-r1 pkg:ebuild/app-containers/skopeo@1.5.1_rc2-r1"];
        assert_eq!(testing::list(&found), expected);
        assert_eq!(found.unknowns().len(), 1);
        let package = found.packages().first().unwrap();
        let owned: Vec<&str> = package.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(owned, ["/usr/bin/skopeo", "/usr/share/a b", "/usr/bin/s"]);
        assert_eq!(package.licenses.len(), 2);
        assert_eq!(package.metadata.as_ref().unwrap().fields.get("installedSize").unwrap(), 27_937_835);
    }

    #[test]
    fn relates_what_is_installed() {
        let at = |name: &str, file: &str| format!("var/db/pkg/{name}/{file}");
        let (curl, ssl) = ("net-misc/curl-8.7.1", "dev-libs/openssl-3.0.13-r2");
        let depends =
            b"ssl? ( >=dev-libs/openssl-1.1:0= ) gnutls? ( net-libs/gnutls ) virtual/absent broken\n";
        let files: [(&str, &[u8]); 7] = [
            (&at(curl, "CONTENTS"), b""),
            (&at(curl, "RDEPEND"), depends),
            (&at(curl, "USE"), b"amd64 ssl\n"),
            (&at(ssl, "CONTENTS"), b""),
            (&at(ssl, "SLOT"), b"0/3\n"),
            (&at("net-libs/gnutls-3.8.3", "CONTENTS"), b""),
            ("chroot/var/db/pkg/dev-libs/openssl-3.0.13/CONTENTS", b""),
        ];
        let found = testing::find(&Portage, &files);
        let expected = ["net-misc/curl@8.7.1 -> dev-libs/openssl@3.0.13-r2"];
        assert_eq!(testing::edges(&found), expected);
        let reasons: Vec<&str> = found.unknowns().iter().map(|unknown| unknown.reason.as_str()).collect();
        assert_eq!(reasons, ["net-misc/curl: dependency broken cannot be read"]);
    }

    #[test]
    fn splits_names_from_versions() {
        assert_eq!(split("gtk+-3.24.41-r1"), Some(("gtk+", "3.24.41-r1")));
        assert_eq!(split("font-adobe-100dpi-1.0.4"), Some(("font-adobe-100dpi", "1.0.4")));
        assert_eq!(split("openssl-1.1.1q"), Some(("openssl", "1.1.1q")));
        assert_eq!(split("name"), None);
    }
}
