//! Lists and findings for tests.

use jiff::Timestamp;

use super::Allowlist;
use super::Terms;
use crate::package::Purl;
use crate::scan::Finding;
use crate::scan::FindingKind;
use crate::scan::Fix;
use crate::scan::Severities;
use crate::scan::Severity;

pub(super) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn purl(text: &str) -> Purl {
    Purl::parse(text).unwrap()
}

/// A list of one entry for CVE-2026-0001 with these keys, that counts from November to December 2026.
pub(super) fn list(keys: &str) -> Allowlist {
    list_of(&format!("id: CVE-2026-0001, {keys}"))
}

/// A list of entries with these keys and what must stand in each.
pub(super) fn list_of(keys: &str) -> Allowlist {
    Allowlist::from_slice(text(keys).as_bytes()).unwrap()
}

/// The text of such a list: the entry begins in line 3.
pub(super) fn text(keys: &str) -> String {
    let mut text = String::from("version: 1\nentries:\n");
    for entry in keys.split("}\n  - {") {
        text.push_str("  - {");
        text.push_str(entry);
        for (key, value) in [
            ("owner", "team@example.com"),
            ("ticket", "SEC-1"),
            ("reason", "not reachable"),
            ("created", "2026-11-01"),
            ("expires", "2026-12-31"),
        ] {
            if !entry.contains(&format!("{key}:")) {
                text.push_str(&format!(", {key}: {value}"));
            }
        }
        text.push_str("}\n");
    }
    text
}

/// CVE-2026-0001 in openssl 3.0.1 of Alpine, HIGH, without a fix.
pub(super) fn finding() -> Finding {
    Finding {
        kind: FindingKind::Vulnerability,
        id: "CVE-2026-0001".to_owned(),
        aliases: Vec::new(),
        target: "registry.example.com/team/app (alpine 3.20)".to_owned(),
        package: Some("openssl".to_owned()),
        version: Some("3.0.1".to_owned()),
        purl: Some(purl("pkg:apk/alpine/openssl@3.0.1?arch=x86_64&distro=3.19")),
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

/// From November to December 2026.
pub(super) fn terms() -> Terms {
    Terms {
        owner: "team@example.com".to_owned(),
        ticket: "SEC-1".to_owned(),
        reason: "not reachable".to_owned(),
        created: "2026-11-01".parse().unwrap(),
        expires: "2026-12-31".parse().unwrap(),
    }
}
