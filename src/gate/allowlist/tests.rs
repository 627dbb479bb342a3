use super::*;
use crate::gate::fixtures::*;
use crate::scan::Report;

fn waiver(package: &str, version: &str) -> Waiver {
    let sections = format!(
        "allowlist:\n  - {{id: CVE-2026-0001, package: \"{package}\"{version}, owner: a, reason: b, expires: 2026-12-31}}\n"
    );
    policy(&sections).allowlist()[0].clone()
}

fn finding(results: &str) -> Finding {
    let report: Report = report("amd64", results).unwrap();
    report.findings[0].clone()
}

#[test]
fn names_what_it_says() {
    let found = finding(&vulnerable(""));
    for (package, version, expected) in [
        ("openssl", "", true),
        ("openssl", ", version: 3.0.1", true),
        ("openssl", ", version: 3.0.2", false),
        ("openss", "", false),
        ("OpenSSL", "", false),
        ("pkg:apk/alpine/openssl", "", true),
        ("pkg:apk/alpine/openssl@3.0.1", "", true),
        ("pkg:apk/alpine/openssl@3.0.2", "", false),
        ("pkg:apk/wolfi/openssl", "", false),
        ("*", "", false),
    ] {
        assert_eq!(waiver(package, version).names(&found), expected, "{package} {version}");
    }
    let other = finding(&vulnerable("").replace("CVE-2026-0001", "CVE-2026-00011"));
    assert!(!waiver("openssl", "").names(&other));
}

#[test]
fn an_entry_with_a_package_url_does_not_meet_a_finding_without() {
    let found = finding(&vulnerable("").replace("PURL", "x"));
    assert!(!waiver("pkg:apk/alpine/openssl", "").names(&found));
    assert!(waiver("openssl", "").names(&found));
}

#[test]
fn a_finding_without_a_package_is_named_by_its_file() {
    let found =
        finding(r#"[{"Target":"/app/key.pem","Class":"secret","Secrets":[{"RuleID":"CVE-2026-0001"}]}]"#);
    assert!(waiver("/app/key.pem", "").names(&found));
    assert!(!waiver("/app", "").names(&found));
}

#[test]
fn days_are_whole_and_in_utc() {
    let waiver = waiver("openssl", "");
    for (now, expected) in [
        ("2026-12-31T23:59:59.999999999Z", Some(0)),
        ("2026-12-31T00:00:00Z", Some(0)),
        ("2026-12-30T23:59:59Z", Some(1)),
        ("2025-12-31T00:00:00Z", Some(365)),
        ("2027-01-01T00:00:00Z", None),
        ("2026-12-31T23:00:00-02:00", None),
    ] {
        assert_eq!(waiver.days_left(now.parse().unwrap()), expected, "{now}");
    }
}
