use super::*;
use crate::allowlist::Allowlist;
use crate::allowlist::edit;
use crate::allowlist::testing::*;
use crate::scan::Fix;

/// CVE-2026-0001 in openssl and libssl3, CVE-2026-0002 in a package of npm, and a key.
fn findings() -> Vec<Finding> {
    vec![
        finding(),
        Finding {
            package: Some("libssl3".to_owned()),
            purl: Some(purl("pkg:apk/alpine/libssl3@3.0.1")),
            severity: Severity::Medium,
            fix: Fix::Available,
            fixed_version: Some("3.0.2".to_owned()),
            ..finding()
        },
        Finding {
            id: "GHSA-2222".to_owned(),
            aliases: vec!["CVE-2026-0002".to_owned()],
            package: Some("@example/a".to_owned()),
            version: Some("1.0.0".to_owned()),
            purl: Some(purl("pkg:npm/%40example/a@1.0.0")),
            path: Some("app/node_modules/@example/a/package.json".to_owned()),
            ..finding()
        },
        Finding {
            kind: FindingKind::Secret,
            id: "private-key".to_owned(),
            target: "/app/[key].pem".to_owned(),
            package: None,
            version: None,
            purl: None,
            ..finding()
        },
    ]
}

fn run(origin: Origin, text: &str, findings: &[Finding]) -> Import {
    let findings: Vec<(&Finding, Severity)> =
        findings.iter().map(|finding| (finding, finding.severity)).collect();
    let import = import(origin, text, &terms(), &findings).unwrap();
    // Whatever is made can be added.
    let list = edit::add(edit::EMPTY, &import.drafts).unwrap();
    assert_eq!(Allowlist::from_slice(list.as_bytes()).unwrap().entries().len(), import.drafts.len());
    import
}

fn left_out(import: &Import) -> Vec<(u64, &str)> {
    let left = import.remarks.iter().filter(|remark| remark.fate == Fate::LeftOut);
    left.map(|remark| (remark.line.unwrap(), remark.reason.as_str())).collect()
}

/// Identifier, package, path, last day, severity, fixed version.
type Short<'a> = (&'a str, &'a str, &'a str, String, &'a str, &'a str);

fn short(import: &Import) -> Vec<Short<'_>> {
    let short = import.drafts.iter().map(|draft| {
        let text = |text: &'_ Option<String>| text.clone().unwrap_or_default();
        let leak = |text: String| -> &'static str { text.leak() };
        (
            draft.id.as_str(),
            leak(text(&draft.package)),
            leak(text(&draft.path)),
            draft.expires.to_string(),
            draft.severity.map_or("", Severity::as_str),
            leak(text(&draft.fixed_version)),
        )
    });
    short.collect()
}

const TRIVYIGNORE: &str = "\
# Accept the risk
# until the base image moves
CVE-2026-0001 exp:2026-12-01

CVE-2026-0002 # not reachable
CVE-2026-0003
CVE-2026-0001 expires:2026-12-01
CVE-2026-0001 exp:soon
CVE-2026-0001 exp:2026-11-01
private-key exp:2026-12-31
";

#[test]
fn lines_of_trivyignore_take_their_place_from_reports() {
    let found = findings();
    let import = run(Origin::Trivyignore, TRIVYIGNORE, &found);
    let day = |day: &str| day.to_owned();
    assert_eq!(
        short(&import),
        [
            ("CVE-2026-0001", "pkg:apk/alpine/openssl", "", day("2026-11-30"), "HIGH", "none"),
            ("CVE-2026-0001", "pkg:apk/alpine/libssl3", "", day("2026-11-30"), "MEDIUM", "3.0.2"),
            ("CVE-2026-0002", "pkg:npm/%40example/a", "", day("2026-12-31"), "HIGH", "none"),
            ("private-key", "", r"/app/\[key\].pem", day("2026-12-30"), "HIGH", ""),
        ]
    );
    assert_eq!(import.drafts[0].reason, "Accept the risk until the base image moves");
    assert_eq!(import.drafts[2].reason, "not reachable");
    assert_eq!(
        left_out(&import),
        [
            (6, "no report has what it names"),
            (7, "\"expires:2026-12-01\" means nothing to Trivy, which takes it for an entry without end"),
            (8, "\"exp:soon\" has no day as 2026-12-31"),
            (9, "it expired at the end of 2026-10-31"),
        ]
    );
    let changed: Vec<_> = import
        .remarks
        .iter()
        .filter(|remark| remark.fate == Fate::Changed && remark.line == Some(3))
        .map(|remark| remark.reason.as_str())
        .collect();
    assert_eq!(changed, ["it was for any place, and is for the 2 where it is found"]);
}

#[test]
fn what_was_imported_meets_what_it_was_imported_for() {
    let found = findings();
    let import = run(Origin::Trivyignore, TRIVYIGNORE, &found);
    let list = edit::add(edit::EMPTY, &import.drafts).unwrap();
    let list = Allowlist::from_slice(list.as_bytes()).unwrap();
    for finding in &found {
        let met = list.entries().iter().filter(|entry| entry.has_id_of(finding));
        assert_eq!(met.filter(|entry| entry.check_place(finding).is_ok()).count(), 1, "{}", finding.id);
    }
}

#[test]
fn without_reports_an_identifier_alone_is_left_out() {
    let import = run(Origin::Trivyignore, "CVE-2026-0001\n", &[]);
    assert_eq!(import.drafts, []);
    assert_eq!(
        left_out(&import),
        [(1, "it does not say in which package it is; name reports of the image, which do")]
    );
}

#[test]
fn trivyignore_yaml_says_the_place_itself() {
    let text = "\
vulnerabilities:
  - id: CVE-2026-0001
    purls:
      - pkg:apk/alpine/openssl@3.0.1
      - pkg:apk/alpine/libssl3
    paths: [usr/lib/**]
    statement: accepted
    expired_at: 2026-12-01
  - id: CVE-2026-0002
    expires: 2026-12-01
  - id: CVE-2026-0003
misconfigurations:
  - id: DS002
    paths: [Dockerfile]
    expired_at: 2026-12-01T12:00:00Z
secrets:
licences:
  - id: GPL-3.0
";
    let import = run(Origin::TrivyignoreYaml, text, &[]);
    let day = |day: &str| day.to_owned();
    assert_eq!(
        short(&import),
        [
            ("CVE-2026-0001", "pkg:apk/alpine/openssl@3.0.1", "usr/lib/**", day("2026-11-30"), "", ""),
            ("CVE-2026-0001", "pkg:apk/alpine/libssl3", "usr/lib/**", day("2026-11-30"), "", ""),
            ("DS002", "", "Dockerfile", day("2026-11-30"), "", ""),
        ]
    );
    assert_eq!(import.drafts[2].kind, Some(FindingKind::Misconfiguration));
    assert_eq!(
        left_out(&import),
        [
            (9, "`expires` means nothing to Trivy, which takes the entry without it"),
            (11, "it does not say in which package it is; name reports of the image, which do"),
            (18, "Trivy has no such section"),
        ]
    );
}

#[test]
fn grype_rules_are_carried_whole_or_not_at_all() {
    let text = "\
log: {level: info}
ignore:
  - vulnerability: CVE-2026-0001
    include-aliases: true
    reason: not reachable
    package: {name: openssl, version: 3.0.1}
  - vulnerability: CVE-2026-0001
    package: {name: libssl3, type: apk}
  - vulnerability: CVE-2026-0001
    fix-state: wont-fix
  - package: {type: gem}
  - vulnerability: CVE-2026-0001
    package: {name: \"lib.*\"}
  - vulnerability: CVE-2026-0001
    package: {name: x, upstream-name: y}
  - vulnerability: CVE-2026-0001
    package: {location: \"/usr/lib/**\"}
";
    let found = findings();
    let import = run(Origin::Grype, text, &found);
    let day = || "2026-12-31".to_owned();
    assert_eq!(
        short(&import),
        [
            ("CVE-2026-0001", "openssl", "", day(), "HIGH", "none"),
            ("CVE-2026-0001", "pkg:apk/alpine/libssl3", "", day(), "MEDIUM", "3.0.2"),
            ("CVE-2026-0001", "", "/usr/lib/**", day(), "", ""),
        ]
    );
    assert_eq!(import.drafts[0].versions.as_deref(), Some("=3.0.1"));
    assert_eq!(
        left_out(&import),
        [
            (9, "an entry cannot be limited by `fix-state`"),
            (11, "it names no vulnerability: it is for whatever is found there"),
            (12, "\"lib.*\" is a pattern, and a package is written whole"),
            (14, "an entry cannot be limited by `package.upstream-name`"),
        ]
    );
}

#[test]
fn osv_scanner_ends_at_a_moment() {
    let text = "\
[[IgnoredVulns]]
id = \"CVE-2026-0002\"
ignoreUntil = 2026-12-01
reason = \"no server\"

[[IgnoredVulns]]
id = \"CVE-2026-0001\"
ignoreUntil = 2026-12-01T23:59:59Z

[[IgnoredVulns]]
id = \"CVE-2026-0001\"
ignore_until = 2026-12-01

[[PackageOverrides]]
name = \"@example/a\"
ecosystem = \"npm\"
version = \"1.0.0\"
ignore = true
effectiveUntil = 2026-12-24T00:00:00Z
reason = \"a\"

[[PackageOverrides]]
name = \"b\"
ecosystem = \"npm\"
license.override = [\"MIT\"]
";
    let found = findings();
    let import = run(Origin::OsvScanner, text, &found);
    let day = |day: &str| day.to_owned();
    assert_eq!(
        short(&import),
        [
            ("CVE-2026-0002", "pkg:npm/%40example/a", "", day("2026-11-30"), "HIGH", "none"),
            ("CVE-2026-0001", "pkg:apk/alpine/openssl", "", day("2026-12-01"), "HIGH", "none"),
            ("CVE-2026-0001", "pkg:apk/alpine/libssl3", "", day("2026-12-01"), "MEDIUM", "3.0.2"),
            ("GHSA-2222", "pkg:npm/%40example/a", "", day("2026-12-23"), "HIGH", "none"),
        ]
    );
    assert_eq!(import.drafts[3].versions.as_deref(), Some("=1.0.0"));
    assert_eq!(
        left_out(&import),
        [(10, "osv-scanner has no `ignore_until`"), (22, "an entry cannot be limited by `license`")]
    );
    let without = run(Origin::OsvScanner, text, &[]);
    assert_eq!(without.drafts, []);
    assert_eq!(without.remarks.iter().filter(|remark| remark.fate == Fate::LeftOut).count(), 5);
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let none: &[(&Finding, Severity)] = &[];
    for (origin, text) in [
        (Origin::OsvScanner, "[[IgnoredVulns]\n"),
        (Origin::OsvScanner, "IgnoredVulns = 1\n"),
        (Origin::Grype, "ignore: 1\n"),
        (Origin::TrivyignoreYaml, "- CVE-2026-0001\n"),
        (Origin::TrivyignoreYaml, "vulnerabilities:\n  - id: a\n    id: b\n"),
    ] {
        assert!(import(origin, text, &terms(), none).is_err(), "{text}");
    }
}
