//! Packages that were not installed: `.rpm` files.
//! <https://rpm-software-management.github.io/rpm/manual/format_v4.html>

use super::Identity;
use super::files::Files;
use super::header::Header;
use super::package;
use crate::catalog::Cataloger;
use crate::catalog::Findings;
use crate::catalog::Want;
use crate::catalog::view::View;
use crate::package::Package;

/// `.rpm` files in directories.
#[derive(Debug)]
pub(in crate::catalog) struct RpmArchives;

impl Cataloger for RpmArchives {
    fn name(&self) -> &'static str {
        "rpm-archive-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["declared", "directory", "linux", "os", "redhat", "rpm"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Bytes("**/*.rpm")]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        for file in view.files() {
            let Some(bytes) = file.content.bytes() else {
                findings.unknown(file.location(), file.content.problem().unwrap_or("not kept"));
                continue;
            };
            let header = main_header(bytes).and_then(Header::parse);
            let identity = header.as_ref().and_then(Identity::read);
            let (Some(header), Some(mut identity)) = (header, identity) else {
                findings.unknown(file.location(), "no rpm package");
                continue;
            };
            // The header of a source package has the architecture that it was packed on.
            if identity.source.is_empty() {
                "src".clone_into(&mut identity.architecture);
            }
            let files = Files::read(&header);
            // Which distribution it is for is not said; and the files are in it, not beside it.
            let found = package(&header, &identity, &files, &file, None);
            let metadata =
                found.metadata.map(|metadata| crate::package::Metadata { kind: "rpm-archive", ..metadata });
            findings.add(Package { files: Vec::new(), metadata, ..found });
        }
    }
}

/// What follows the lead and the signature, each of which the other pads to eight bytes.
fn main_header(bytes: &[u8]) -> Option<&[u8]> {
    let signature = bytes.strip_prefix(b"\xed\xab\xee\xdb")?.get(LEAD - 4..)?.strip_prefix(MAGIC)?;
    let word = |at: usize| {
        let word = signature.get(at..at.checked_add(4)?)?;
        usize::try_from(u32::from_be_bytes(word.try_into().ok()?)).ok()
    };
    let length = word(4)?.checked_mul(16)?.checked_add(word(8)?)?;
    // Four bytes that are reserved, two lengths; the magic has four bytes more.
    let end = length.checked_add(16)?.checked_next_multiple_of(8)?.checked_sub(4)?;
    signature.get(end..)?.strip_prefix(MAGIC)?.get(4..)
}

/// Bytes of the lead.
const LEAD: usize = 96;

/// What a header begins with, before four bytes that are reserved.
const MAGIC: &[u8] = b"\x8e\xad\xe8\x01";

#[cfg(test)]
mod tests {
    use super::super::header::tag;
    use super::super::header::tests::Value;
    use super::super::header::tests::write;
    use super::*;
    use crate::catalog::testing;

    /// A package with a signature of `padding` bytes that are not a multiple of eight.
    fn archive(values: &[(u32, Value<'_>)], padding: usize) -> Vec<u8> {
        let mut bytes = b"\xed\xab\xee\xdb\x03\0".to_vec();
        bytes.resize(LEAD, 0);
        let text = "x".repeat(padding);
        for values in [&[(1000, Value::Text(&text))][..], values] {
            bytes.resize(bytes.len().next_multiple_of(8), 0);
            bytes.extend([MAGIC, &[0; 4], &write(values)].concat());
        }
        bytes.extend(b"\x28\xb5\x2f\xfd the files");
        bytes
    }

    #[test]
    fn reads_packages() {
        let portal = archive(
            &[
                (tag::NAME, Value::Text("portal")),
                (tag::VERSION, Value::Text("1.4")),
                (tag::RELEASE, Value::Text("3")),
                (tag::EPOCH, Value::Words(&[2])),
                (tag::ARCH, Value::Text("noarch")),
                (tag::SOURCE_RPM, Value::Text("portal-1.4-3.src.rpm")),
                (tag::BASE_NAMES, Value::Texts(&["portal"])),
                (tag::DIRECTORY_INDEXES, Value::Words(&[0])),
                (tag::DIRECTORY_NAMES, Value::Texts(&["/usr/bin/"])),
            ],
            3,
        );
        let source = archive(
            &[
                (tag::NAME, Value::Text("portal")),
                (tag::VERSION, Value::Text("1.4")),
                (tag::RELEASE, Value::Text("3")),
                (tag::ARCH, Value::Text("x86_64")),
            ],
            8,
        );
        let cut = &portal[..150];
        let found = testing::find(
            &RpmArchives,
            &[("a.rpm", &portal), ("b.src.rpm", &source), ("c.rpm", cut), ("d.rpm", b"text")],
        );
        let expected = [
            "portal 2:1.4-3 pkg:rpm/portal@1.4-3?arch=noarch&epoch=2&upstream=portal-1.4-3.src.rpm",
            "portal 1.4-3 pkg:rpm/portal@1.4-3?arch=src",
        ];
        assert_eq!(testing::list(&found), expected);
        assert_eq!(found.unknowns().len(), 2);
        // They are in the archive, not beside it.
        assert!(found.packages()[0].files.is_empty());
    }
}
