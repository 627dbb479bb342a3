//! A finding to ask about.

use portcullis::digest::Digest;
use portcullis::package::Purl;
use portcullis::scan::Finding;
use portcullis::scan::FindingKind;
use portcullis::scan::Fix;
use portcullis::scan::Severities;
use portcullis::scan::Severity;
use portcullis::vex::Image;

pub(crate) fn of(id: String) -> Finding {
    Finding {
        kind: FindingKind::Vulnerability,
        id,
        aliases: vec!["GHSA-aaaa-bbbb-cccc".to_owned()],
        target: "app (debian 12)".to_owned(),
        package: Some("openssl".to_owned()),
        version: Some("3.0.1".to_owned()),
        purl: Purl::parse("pkg:deb/debian/openssl@3.0.1?arch=amd64").ok(),
        path: None,
        title: None,
        url: None,
        severity: Severity::High,
        severity_word: None,
        severities: Severities::default(),
        fix: Fix::Absent,
        fixed_version: None,
        suppressed: None,
    }
}

#[allow(dead_code, reason = "not every target has an image")]
pub(crate) fn image() -> Image {
    Image {
        digests: vec![Digest::sha256(b"image")],
        repository: Some("registry.example/app".to_owned()),
        architecture: Some("amd64".to_owned()),
        boms: Vec::new(),
    }
}
