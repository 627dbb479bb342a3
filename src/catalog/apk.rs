//! Alpine's package database. <https://wiki.alpinelinux.org/wiki/Apk_spec#Installed_Database_V2>

use super::Cataloger;
use super::Findings;
use super::Want;
use super::view::File;
use super::view::View;
use crate::package::Kind;
use crate::package::License;
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
        &["directory", "installed", "image", "os", "linux", "apk", "alpine"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Bytes("**/lib/apk/db/installed")]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        for file in view.files() {
            let Some(bytes) = file.content.bytes() else {
                findings.unknown(file.location(), file.content.problem().unwrap_or("not kept"));
                continue;
            };
            let text = String::from_utf8_lossy(bytes);
            for stanza in text.split("\n\n") {
                if let Some(package) = read(stanza, &file, view.release()) {
                    findings.add(package);
                }
            }
        }
    }
}

fn read(stanza: &str, file: &File<'_>, release: Option<&Release>) -> Option<Package> {
    let field = |name: char| {
        stanza
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .filter(|text| !text.is_empty())
    };
    let (name, version) = (field('P')?, field('V')?);
    let distribution = release.map_or("alpine", |release| release.id.as_str());
    let purl = PurlBuilder::new("apk", name)
        .namespace(distribution)
        .version(version)
        .qualifier("arch", field('A').unwrap_or_default())
        .qualifier("distro", release.and_then(Release::qualifier).unwrap_or_default());
    Some(Package {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        kind: Kind::Apk,
        purl: Some(purl.build()),
        licenses: field('L').map(License::declared).into_iter().collect(),
        supplier: field('m').and_then(Party::from_mailbox),
        homepage: field('U').map(str::to_owned),
        description: field('T').map(str::to_owned),
        locations: vec![file.location()],
        ..Package::default()
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn reads_a_stanza() {
        let files: [(&str, &[u8]); 2] = [
            ("etc/os-release", b"ID=alpine\nVERSION_ID=3.20.3\n"),
            ("lib/apk/db/installed", b"P:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\n\nP:zlib\nV:1.3.1-r1\n"),
        ];
        let found = testing::find(&Apk, &files);
        let expected = [
            "musl 1.2.5-r0 pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=alpine-3.20.3",
            "zlib 1.3.1-r1 pkg:apk/alpine/zlib@1.3.1-r1?distro=alpine-3.20.3",
        ];
        assert_eq!(testing::list(&found), expected);
    }
}
