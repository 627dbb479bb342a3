//! Packages of rpm as files: a lead, the signatures, and the header that the database keeps as well. What is installed
//! of them the database tells.
//! <https://rpm-software-management.github.io/rpm/manual/format_v4.html>

use super::super::Cataloger;
use super::super::Findings;
use super::super::Part;
use super::super::Want;
use super::super::part::Input;
use super::super::part::Parts;
use super::super::part::exactly;
use super::super::view::View;
use super::Identity;
use super::files::Files;
use super::header::Header;
use super::header::tag;
use crate::limits;

/// Packages that lie there as files.
#[derive(Debug)]
pub(in super::super) struct RpmArchives;

impl Cataloger for RpmArchives {
    fn name(&self) -> &'static str {
        "rpm-archive-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["declared", "directory", "os", "linux", "rpm", "redhat", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Part(Part::Rpm)]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        for file in view.matching(Part::Rpm.glob()) {
            if let Some(problem) = file.content.problem() {
                findings.unknown(file.location(), problem);
            }
            let Some(bytes) = file.content.part(HEADER) else { continue };
            let Some(header) = Header::parse(bytes) else {
                findings.unknown(file.location(), "a package whose header cannot be read");
                continue;
            };
            let Some(mut identity) = Identity::read(&header) else {
                findings.unknown(file.location(), "a package without name or version");
                continue;
            };
            // Off-spec: syft has epoch 0 where there is none, and so other versions than of the same package installed;
            // and takes source packages for those of the architecture that they were made on.
            if header.number(tag::SOURCE_PACKAGE).is_some() {
                identity.architecture = "src".to_owned();
            }
            // Which distribution it is made for, it does not say.
            let mut package = super::package(&header, &identity, &Files::read(&header), &file, None);
            // It would put them there, but has not: they must not be taken for those of the tree.
            package.files.clear();
            package.metadata.iter_mut().for_each(|metadata| metadata.kind = "rpm-archive");
            findings.add(package);
        }
    }
}

/// Takes out the header.
pub(in super::super) fn take(input: &mut Input<'_>, parts: &mut Parts) -> Result<(), String> {
    let lead = exactly(input, LEAD_BYTES, LEAD_BYTES)?;
    if !lead.starts_with(b"\xed\xab\xee\xdb") {
        return Err("it is no package of rpm".to_owned());
    }
    let signatures = header(input)?;
    let length = u64::try_from(signatures.len()).unwrap_or(u64::MAX);
    // Signatures are filled up to eight bytes; the magic in front has eight.
    exactly(input, length.wrapping_neg() % 8, 7)?;
    parts.add(HEADER, header(input)?);
    Ok(())
}

/// A header from its counts on, without the magic in front.
fn header(input: &mut Input<'_>) -> Result<Vec<u8>, String> {
    let start = exactly(input, 16, 16)?;
    let counts = start.strip_prefix(b"\x8e\xad\xe8\x01").and_then(|rest| rest.get(4..));
    let mut bytes = counts.ok_or("a header does not begin as one")?.to_vec();
    let number = |offset| super::header::word(&bytes, offset).map(u64::from).unwrap_or_default();
    // Sixteen bytes for each entry of the index: no more than 2^36.
    let length = number(0).saturating_mul(16).saturating_add(number(4));
    bytes.extend(exactly(input, length, limits::RPM_HEADER_BYTES)?);
    Ok(bytes)
}

const HEADER: &str = "header";

const LEAD_BYTES: u64 = 96;

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    const BINARY: &[u8] = include_bytes!("../../../testdata/catalog/rpm-archive/portal-1.4-3.noarch.rpm");
    const SOURCE: &[u8] = include_bytes!("../../../testdata/catalog/rpm-archive/postern-1.4-3.src.rpm");

    /// As `rpm -qip` prints them.
    #[test]
    fn reads_packages() {
        let files = [("pool/portal.rpm", BINARY), ("pool/postern.src.rpm", SOURCE)];
        let found = testing::find(&RpmArchives, &files);
        let expected = [
            "portal 2:1.4-3 pkg:rpm/portal@1.4-3?arch=noarch&epoch=2&upstream=portal-1.4-3.src.rpm",
            "postern 1.4-3 pkg:rpm/postern@1.4-3?arch=src",
        ];
        assert_eq!(testing::list(&found), expected);
        assert_eq!(found.unknowns(), []);
        let package = &found.packages()[0];
        assert_eq!(package.licenses[0].declared, "MIT AND Apache-2.0");
        assert_eq!(package.supplier.as_ref().unwrap().name, "Example Organisation");
        assert_eq!(package.files, []);
        let metadata = package.metadata.as_ref().unwrap();
        assert_eq!((metadata.kind, &metadata.fields["size"]), ("rpm-archive", &4.into()));
        let file = &metadata.fields["files"][0];
        assert_eq!((&file["path"], &file["flags"]), (&"/etc/portal.conf".into(), &"cn".into()));
        let digest = "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7";
        assert_eq!(file["digest"]["value"], digest);
    }

    #[test]
    fn what_is_cut_off_or_nothing_is_told() {
        let whole = testing::find(&RpmArchives, &[("x.rpm", BINARY)]);
        let header = BINARY.len() - 500;
        for length in (0..header).step_by(7) {
            let found = testing::find(&RpmArchives, &[("x.rpm", &BINARY[..length])]);
            assert_eq!(found.packages().len() + found.unknowns().len(), 1, "{length}");
        }
        assert_eq!(whole.packages().len(), 1);
        let reason =
            |bytes: &[u8]| testing::find(&RpmArchives, &[("x.rpm", bytes)]).unknowns()[0].reason.clone();
        assert_eq!(reason(&[0; 96]), "it is no package of rpm");
        let mut huge = BINARY.to_vec();
        // The counts of the signatures' header.
        huge[104..112].fill(0xff);
        assert!(reason(&huge).ends_with("bytes in one part, more than 67108864"));
        huge[96] = 0;
        assert_eq!(reason(&huge), "a header does not begin as one");
    }
}
