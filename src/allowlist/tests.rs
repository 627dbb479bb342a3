use super::*;
use crate::allowlist::testing::*;
use crate::scan::Severity;
use crate::yaml::YamlError;

const WHOLE: &str = "\
version: 1
entries:
  - id: CVE-2026-0001
    aliases: [GHSA-aaaa-bbbb-cccc]
    kind: vulnerability
    package: pkg:deb/debian/openssl
    versions: \">=3.0, <3.1\"
    path: /usr/lib/**
    image: registry.example.com:5000/team/*
    platform: linux/arm64/v8
    environment: production
    owner: team@example.com
    ticket: SEC-1
    reason: not reachable
    created: 2026-11-01
    expires: 2026-12-31
    severity: HIGH
    fixed-version: none
";

fn error(text: &str) -> String {
    Allowlist::from_slice(text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn every_key_is_read() {
    let list = Allowlist::from_slice(WHOLE.as_bytes()).unwrap();
    assert_eq!(*list.digest(), Digest::sha256(WHOLE.as_bytes()));
    let expected = Entry {
        id: "CVE-2026-0001".to_owned(),
        aliases: vec!["GHSA-aaaa-bbbb-cccc".to_owned()],
        kind: Some(crate::scan::FindingKind::Vulnerability),
        package: Some(PackagePattern::Purl(purl("pkg:deb/debian/openssl"))),
        versions: Some(Range::parse(">=3.0, <3.1").unwrap()),
        path: Some("usr/lib/**".to_owned()),
        image: Some(ImagePattern::Repository {
            glob: "registry.example.com:5000/team/*".to_owned(),
            digest: None,
        }),
        platform: Some("linux/arm64/v8".to_owned()),
        environment: Some("production".to_owned()),
        owner: "team@example.com".to_owned(),
        ticket: "SEC-1".to_owned(),
        reason: "not reachable".to_owned(),
        created: "2026-11-01".parse().unwrap(),
        expires: "2026-12-31".parse().unwrap(),
        severity: Some(Severity::High),
        fix: Some(FixAtGrant::None),
        line: 3,
    };
    assert_eq!(list.entries(), [expected]);
    assert_eq!(list.entries()[0].days(), 60);
    assert!(Allowlist::from_slice(edit::EMPTY.as_bytes()).unwrap().entries().is_empty());
}

/// Trivy drops keys that it does not know: a misspelled expiry is none.
#[test]
fn a_key_that_is_not_known_is_an_error_with_its_place() {
    for (from, to, message) in [
        (
            "    expires:",
            "    expired_at:",
            "line 16, column 5: unknown key `expired_at`; did you mean `expires`?",
        ),
        ("    expires:", "    expiers:", "line 16, column 5: unknown key `expiers`; did you mean `expires`?"),
        (
            "fixed-version",
            "fixedVersion",
            "line 18, column 5: unknown key `fixedVersion`; did you mean `fixed-version`?",
        ),
        ("entries:", "entreis:", "line 2, column 1: unknown key `entreis`; did you mean `entries`?"),
        (
            "severity: HIGH",
            "severity: high",
            "line 17, column 15: unknown value `high`; did you mean `HIGH`?",
        ),
        (
            "kind: vulnerability",
            "kind: licence",
            "line 5, column 11: unknown value `licence`; did you mean `license`?",
        ),
    ] {
        assert_eq!(error(&WHOLE.replace(from, to)), message);
    }
}

#[test]
fn nothing_that_makes_an_entry_answerable_may_be_left_out() {
    for key in ["id", "owner", "ticket", "reason", "created", "expires"] {
        let without: String = WHOLE
            .lines()
            .map(|line| match line.replace("  - ", "    ").starts_with(&format!("    {key}:")) {
                true if key == "id" => "  - kind: vulnerability\n".to_owned(),
                true => String::new(),
                false if key == "id" && line.contains("kind:") => String::new(),
                false => format!("{line}\n"),
            })
            .collect();
        assert!(error(&without).contains(&format!("missing field `{key}`")), "{key}: {}", error(&without));
    }
    for key in ["id", "owner", "ticket", "reason", "environment", "package", "fixed-version"] {
        let start = WHOLE.find(&format!("{key}: ")).unwrap();
        let value = WHOLE[start..].lines().next().unwrap();
        let empty = WHOLE.replace(value, &format!("{key}: \" \""));
        assert_eq!(error(&empty), format!("line 3, column 5: `{key}` is empty"));
    }
}

#[test]
fn what_makes_no_sense_is_an_error() {
    for (from, to, message) in [
        (
            "expires: 2026-12-31",
            "expires: 2026-10-31",
            "`expires` (2026-10-31) is before `created` (2026-11-01)",
        ),
        ("2026-12-31", "2026-02-30", "`expires` is \"2026-02-30\", which is not a day as 2026-12-31"),
        ("2026-12-31", "2026-12-31T00:00:00Z", "which is not a day"),
        ("2026-11-01", "20261101", "`created` is \"20261101\", which is not a day"),
        ("CVE-2026-0001", "CVE-2026-*", "an identifier is written whole"),
        ("CVE-2026-0001", "\" CVE-2026-0001\"", "no blank at its ends"),
        ("GHSA-aaaa-bbbb-cccc", "\"*\"", "`aliases` is \"*\""),
        ("pkg:deb/debian/openssl", "\"*\"", "`package` is \"*\""),
        ("pkg:deb/debian/openssl", "pkg:deb/debian/lib*", "there is no star"),
        ("pkg:deb/debian/openssl", "pkg:deb", "it has no type"),
        ("pkg:deb/debian/openssl", "pkg:golang/example.com/a#b", "use `path`"),
        ("pkg:deb/debian/openssl", "pkg:deb/debian/openssl@3.0", "the package URL names a version already"),
        ("pkg:deb/debian/openssl", "pkg:generic/openssl", "\"3.0\" cannot be compared"),
        (">=3.0, <3.1", "^3", "\"^3\" is not a comparison"),
        ("/usr/lib/**", "\"**\"", "it is met by every file"),
        ("/usr/lib/**", "/*", "it is met by every file"),
        ("/usr/lib/**", "\"!usr\"", "it cannot say what is not meant"),
        ("/usr/lib/**", "\"usr/{a\"", "does not end"),
        ("5000/team/*", "5000/team/app:v1", "tags move"),
        ("registry.example.com:5000/team/*", "sha256:00", "it has no digest"),
        ("registry.example.com:5000/team/*", "\"@sha256:00\"", "it has no digest"),
        ("linux/arm64/v8", "amd64", "write it as linux/amd64"),
        ("linux/arm64/v8", "Linux/amd64", "write it as linux/amd64"),
        ("version: 1", "version: 2", "line 1, column 10: `version` is 2"),
    ] {
        let text = WHOLE.replacen(from, to, 1);
        assert_ne!(text, WHOLE, "{from}");
        let found = error(&text);
        assert!(found.contains(message), "{to}: {found}");
    }
}

#[test]
fn an_entry_for_wherever_it_is_found_is_refused() {
    let text = text("id: CVE-2026-0001, image: registry.example.com/app");
    assert!(matches!(Allowlist::from_slice(text.as_bytes()), Err(AllowlistError::Nowhere { .. })));
}

#[test]
fn a_version_in_the_package_url_is_the_range() {
    let list = list("package: pkg:rpm/fedora/bash@5.2-1.fc40?epoch=1");
    assert_eq!(list.entries()[0].versions, Some(Range::exactly("1:5.2-1.fc40")));
}

#[test]
fn other_files_are_refused() {
    assert_eq!(Allowlist::from_slice(b"\xff").unwrap_err(), AllowlistError::NotText);
    let large = vec![b' '; (4 << 20) + 1];
    assert!(matches!(Allowlist::from_slice(&large), Err(AllowlistError::TooLarge { .. })));
    for text in [
        "",
        "version: 1\n",
        "version: 1\nentries:\n",
        "entries: []\n",
        "CVE-2026-0001\n",
        "version: 1\nentries: []\n---\nversion: 1\nentries: []\n",
        "version: 1\nentries: []\nentries: []\n",
        "version: 1\nentries: {}\n",
    ] {
        let error = Allowlist::from_slice(text.as_bytes()).unwrap_err();
        assert!(matches!(error, AllowlistError::Yaml(YamlError::Syntax { .. })), "{text:?}: {error}");
    }
}

#[test]
fn ten_thousand_entries_are_read() {
    let entries = vec!["id: CVE-2026-0001, package: openssl, severity: HIGH, image: a"; 10_000];
    assert_eq!(list_of(&entries.join("}\n  - {")).entries().len(), 10_000);
}

/// Each change with what refuses it: both, or the reader alone where a schema cannot see it.
#[test]
fn reader_and_schema_agree() {
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Refused {
        Both,
        Neither,
        ReaderAlone,
    }
    use Refused::{Both, Neither, ReaderAlone};
    let schema: serde_json::Value = serde_json::from_str(&allowlist_schema()).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for (from, to, expected) in [
        ("", "", Neither),
        ("    severity: HIGH\n    fixed-version: none\n", "", Neither),
        ("    path: /usr/lib/**\n", "", Neither),
        ("    package: pkg:deb/debian/openssl\n    versions: \">=3.0, <3.1\"\n", "", Neither),
        ("CVE-2026-0001", "GPL-2.0-only WITH Classpath-exception-2.0", Neither),
        ("CVE-2026-0001", "A", Neither),
        ("fixed-version: none", "fixed-version: \"3.0.2, 3.1.0\"", Neither),
        ("    kind: vulnerability\n", "", Neither),
        ("version: 1", "version: 2", Both),
        ("version: 1\n", "", Both),
        ("expires: 2026-12-31", "expired_at: 2026-12-31", Both),
        ("    owner: team@example.com\n", "", Both),
        ("    ticket: SEC-1\n", "", Both),
        ("    reason: not reachable\n", "", Both),
        ("    created: 2026-11-01\n", "", Both),
        ("    expires: 2026-12-31\n", "", Both),
        ("not reachable", "\" \"", Both),
        ("CVE-2026-0001", "CVE-2026-*", Both),
        ("CVE-2026-0001", "\"*\"", Both),
        ("CVE-2026-0001", "\"CVE-2026-0001 \"", Both),
        ("GHSA-aaaa-bbbb-cccc", "\"\"", Both),
        ("GHSA-aaaa-bbbb-cccc", "\"GHSA-*\"", Both),
        ("pkg:deb/debian/openssl", "\"*\"", Both),
        ("pkg:deb/debian/openssl", "\"\"", Both),
        ("/usr/lib/**", "\"/**\"", Both),
        ("linux/arm64/v8", "arm64", Both),
        ("linux/arm64/v8", "linux/arm64/v8/x", Both),
        ("2026-12-31", "tomorrow", Both),
        ("2026-12-31", "2026-12-31T00:00:00Z", Both),
        ("HIGH", "high", Both),
        ("HIGH", "IMPORTANT", Both),
        ("kind: vulnerability", "kind: vuln", Both),
        ("environment: production", "environment:\n      - production", Both),
        ("2026-12-31", "2026-02-30", ReaderAlone),
        ("2026-12-31", "2026-10-31", ReaderAlone),
        (">=3.0, <3.1", "^3", ReaderAlone),
        ("pkg:deb/debian/openssl", "pkg:deb", ReaderAlone),
        ("5000/team/*", "5000/team/app:v1", ReaderAlone),
        ("/usr/lib/**", "\"usr/{a\"", ReaderAlone),
        ("/usr/lib/**", "\"!usr/a\"", ReaderAlone),
    ] {
        let text = WHOLE.replacen(from, to, 1);
        let document: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
        let by_reader = Allowlist::from_slice(text.as_bytes());
        let found = match (by_reader.is_err(), schema.is_valid(&document)) {
            (false, true) => Neither,
            (true, false) => Both,
            (true, true) => ReaderAlone,
            (false, false) => panic!("{from} to {to}: the schema alone refuses it"),
        };
        assert_eq!(found, expected, "{from} to {to}: {by_reader:?}");
    }
    let nowhere = without_place();
    let document: serde_json::Value = serde_saphyr::from_str(&nowhere).unwrap();
    assert!(!schema.is_valid(&document) && Allowlist::from_slice(nowhere.as_bytes()).is_err());
}

fn without_place() -> String {
    text("id: CVE-2026-0001, image: registry.example.com/app")
}

/// `PORTCULLIS_BLESS=1 cargo test` writes the file instead.
#[test]
#[expect(clippy::disallowed_methods, reason = "a switch for whoever changes the format")]
fn the_committed_schema_is_the_generated_one() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/allowlist.schema.json");
    if std::env::var_os("PORTCULLIS_BLESS").is_some() {
        std::fs::write(&path, allowlist_schema()).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap();
    assert_eq!(committed, allowlist_schema(), "run PORTCULLIS_BLESS=1 cargo test allowlist");
}
