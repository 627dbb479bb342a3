//! Packages that programs name themselves, in the note that distributions let the linker write.
//!
//! <https://systemd.io/ELF_PACKAGE_METADATA/>

use serde_json::Map;
use serde_json::Value;

use super::Cataloger;
use super::Findings;
use super::Want;
use super::text;
use super::view::File;
use super::view::View;
use crate::package::Kind;
use crate::package::License;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::Purl;
use crate::package::PurlBuilder;

/// Notes in programs and shared libraries.
#[derive(Debug)]
pub(super) struct ElfNotes;

/// syft's word for what a note says. What has it is a guess where a package manager knows the file's owner: the note
/// names the source that it was built from, which may have given several packages.
pub(super) const METADATA: &str = "elf-binary-package-note-json-payload";

impl Cataloger for ElfNotes {
    fn name(&self) -> &'static str {
        "elf-binary-package-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["declared", "directory", "installed", "image", "binary", "elf-package", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Executables]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        for (file, executable) in view.executables() {
            let Some(note) = &executable.package_note else { continue };
            match serde_json::from_slice::<Map<String, Value>>(note) {
                Ok(note) => {
                    if let Some(package) = package(&note, &file) {
                        findings.add(package);
                    }
                }
                Err(error) => findings.unknown(file.location(), format!("package note: {error}")),
            }
        }
    }
}

fn package(note: &Map<String, Value>, file: &File<'_>) -> Option<Package> {
    let field = |key: &str| text::string(note, key).filter(|text| !text.is_empty());
    let (name, version) = (field("name")?, field("version")?);
    let keys = [
        "type",
        "architecture",
        "osCpe",
        "appCpe",
        "os",
        "osVersion",
        "system",
        "vendor",
        "sourceRepo",
        "commit",
    ];
    let fields = keys.iter().filter_map(|key| Some(((*key).to_owned(), field(key)?.into())));
    Some(Package {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        kind: kind(field("type").unwrap_or_default()).0,
        purl: Some(purl(note, name, version)),
        licenses: field("license").map(License::declared).into_iter().collect(),
        locations: vec![file.location()],
        metadata: Some(Metadata { kind: METADATA, fields: fields.collect() }),
        ..Package::default()
    })
}

fn purl(note: &Map<String, Value>, name: &str, version: &str) -> Purl {
    let (_, kind) = kind(text::string(note, "type").unwrap_or_default());
    let (os, os_version) = distribution(note);
    let namespace = if kind == "generic" || os.is_empty() { text::string(note, "system") } else { Some(os) };
    let distro = [os, os_version].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    // A module's path is a namespace and a name.
    let (path, name) = name.rsplit_once('/').unwrap_or(("", name));
    PurlBuilder::new(kind, name)
        .namespace(format!("{}/{path}", namespace.unwrap_or_default()).trim_matches('/'))
        .version(version)
        .qualifier("distro", if os.is_empty() { String::new() } else { distro })
        .build()
}

/// Name and version of the distribution: its own fields if both are there, else by the CPE name.
///
/// syft takes none if there is no CPE name; Ubuntu's notes have `os` alone.
fn distribution(note: &Map<String, Value>) -> (&str, &str) {
    let field = |key: &str| text::string(note, key).unwrap_or_default();
    let (os, version) = (field("os"), field("osVersion"));
    let cpe = field("osCpe");
    let parts = cpe.strip_prefix("cpe:/").or_else(|| cpe.strip_prefix("cpe:2.3:")).unwrap_or_default();
    let mut parts = parts.split(':').skip(2);
    match parts.next() {
        Some(product) if (os.is_empty() || version.is_empty()) && !product.is_empty() => {
            (product, parts.next().filter(|version| !matches!(*version, "*" | "-")).unwrap_or_default())
        }
        _ => (os, version),
    }
}

/// Kind, and type of package URLs.
fn kind(word: &str) -> (Kind, &'static str) {
    match word {
        "alpm" => (Kind::Alpm, "alpm"),
        "apk" => (Kind::Apk, "apk"),
        "deb" => (Kind::Deb, "deb"),
        "rpm" => (Kind::Rpm, "rpm"),
        _ => (Kind::Binary, "generic"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    /// An ELF file of 64 bits with one segment, the note.
    fn program(json: &str) -> Vec<u8> {
        let length = u32::try_from(json.len()).unwrap();
        let mut note = Vec::new();
        for number in [4, length, 0xcafe_1a7e] {
            note.extend(u32::to_le_bytes(number));
        }
        note.extend(b"FDO\0");
        note.extend(json.as_bytes());
        note.resize(note.len().next_multiple_of(4), 0);
        let mut file = b"\x7fELF\x02\x01\x01".to_vec();
        file.resize(120, 0);
        file[18] = 62;
        file[32] = 64;
        file[54] = 56;
        file[56] = 1;
        file[64] = 4;
        file[72] = 120;
        file[96..104].copy_from_slice(&u64::try_from(note.len()).unwrap().to_le_bytes());
        file.extend(note);
        file
    }

    fn find(json: &str) -> Vec<String> {
        testing::list(&testing::find(&ElfNotes, &[("usr/bin/x", &program(json))]))
    }

    /// The first is the example of systemd's page, the others are the cases of syft's tests.
    #[test]
    fn names_packages() {
        let cases = [
            (
                r#"{"type":"rpm","name":"coreutils","version":"4711.0815.fc13","architecture":"arm32","osCpe":"cpe:/o:fedoraproject:fedora:33","debugInfoUrl":"https://debuginfod.fedoraproject.org/"}"#,
                "coreutils 4711.0815.fc13 pkg:rpm/fedora/coreutils@4711.0815.fc13?distro=fedora-33",
            ),
            (
                r#"{"type":"deb","os":"ubuntu","name":"hello","version":"2.10-3build1","architecture":"amd64"}"#,
                "hello 2.10-3build1 pkg:deb/ubuntu/hello@2.10-3build1?distro=ubuntu",
            ),
            (r#"{"type":"rpm","name":"test","version":"1.0"}"#, "test 1.0 pkg:rpm/test@1.0"),
            (
                r#"{"type":"rpm","name":"test","version":"1.0","system":"system"}"#,
                "test 1.0 pkg:rpm/system/test@1.0",
            ),
            (
                r#"{"type":"rpm","name":"test","version":"1.0","os":"fedora","osVersion":"2.0","osCpe":"cpe:/o:someone:redhat:3.0"}"#,
                "test 1.0 pkg:rpm/fedora/test@1.0?distro=fedora-2.0",
            ),
            (
                r#"{"type":"rpm","name":"test","version":"1.0","osVersion":"2.0","osCpe":"cpe:/o:someone:redhat:3.0"}"#,
                "test 1.0 pkg:rpm/redhat/test@1.0?distro=redhat-3.0",
            ),
            (
                r#"{"name":"test","version":"1.0","system":"system","osCpe":"%$"}"#,
                "test 1.0 pkg:generic/system/test@1.0",
            ),
            (
                r#"{"name":"github.com/anchore/syft","version":"v0.1.0","system":"syftsys"}"#,
                "github.com/anchore/syft v0.1.0 pkg:generic/syftsys/github.com/anchore/syft@v0.1.0",
            ),
        ];
        for (note, expected) in cases {
            assert_eq!(find(note), [expected], "{note}");
        }
    }

    #[test]
    fn what_is_not_named_is_no_package() {
        for note in [r#"{"type":"rpm","name":"x"}"#, r#"{"version":"1"}"#, r#"{"name":7,"version":"1"}"#] {
            assert!(find(note).is_empty(), "{note}");
        }
        let found = testing::find(&ElfNotes, &[("usr/bin/x", &program("{\"name\":"))]);
        assert_eq!((found.packages().len(), found.unknowns().len()), (0, 1));
    }
}
