use super::*;
use crate::allowlist::Class;
use crate::allowlist::Level;
use crate::gate::fixtures::*;
use crate::yaml::YamlError;

fn error(text: &str) -> PolicyError {
    Policy::from_slice(text.as_bytes()).unwrap_err()
}

/// The error of a policy that is good but for what follows its first five lines.
fn after(sections: &str) -> String {
    error(&format!("{TRUST}{sections}")).to_string()
}

/// The error of a policy with this as its list of identities, from line 4 on.
fn identities(list: &str) -> String {
    error(&format!("version: 1\nsignature:\n  identities:\n{list}")).to_string()
}

#[test]
fn the_defaults_ask_for_evidence() {
    let policy = policy("");
    assert!(policy.sbom().required && policy.scan().required);
    assert_eq!(policy.sbom().min_packages, 1);
    let scan = policy.scan();
    assert_eq!((scan.fail_from, scan.ignore_unfixed), (Severity::High, false));
    assert_eq!(scan.max_age, Some(SignedDuration::from_hours(24)));
    assert_eq!(scan.max_database_age, Some(SignedDuration::from_hours(120)));
    let refused = [scan.unknown_database, scan.unbound, scan.filtered, scan.unknown_coverage];
    assert_eq!(refused, [Choice::Refuse; 4]);
    assert_eq!((scan.min_coverage, scan.leave_out_suppressed), (None, false));
    assert!(scan.tools.is_empty() && scan.denied_versions.is_empty());
    assert_eq!((scan.severity.clone(), scan.unknown_severity), (SeveritySource::Reported, Choice::Refuse));
    assert_eq!((scan.end_of_life_os, scan.no_packages), (Choice::Refuse, Choice::Refuse));
    assert!(
        policy.platforms().is_none() && policy.attestations().is_empty() && policy.allowlist().file.is_none()
    );
    assert_eq!(policy.signers().len(), 1);
}

#[test]
fn everything_can_be_said() {
    let policy = policy(
        "platforms: [linux/amd64, linux/arm64/v8]\n\
         attestations:\n  - type: slsaprovenance1\n  - {type: https://example.com/review/v1, identities: [{key: review.pub}]}\n\
         sbom: {required: false, min-packages: 10, identities: [{key: sbom.pub}]}\n\
         scan:\n  required: false\n  fail-on: [CRITICAL, HIGH, MEDIUM]\n  ignore-unfixed: true\n  max-age: 7d\n  severity: highest\n\
         \x20 unknown-severity: allow\n  end-of-life-os: allow\n  no-packages: allow\n\
         allowlist: {file: allowlist.yaml, environment: production, max-days: {HIGH: 30}, lapse-on-fix: true, warn-days: 7,\n\
         \x20 max-packages: 2, max-images: 3, levels: {stale: error, over-broad: note}}\n",
    );
    assert_eq!(policy.platforms().unwrap()[1].variant.as_deref(), Some("v8"));
    let names: Vec<&str> = policy.attestations().iter().map(|rule| rule.predicate_type.as_str()).collect();
    assert_eq!(names, ["slsaprovenance1", "https://example.com/review/v1"]);
    assert_eq!(policy.attestations()[0].signers.len(), 1);
    assert!(
        matches!(&policy.attestations()[1].signers[..], [Trusted::Key { path, .. }] if path == "review.pub")
    );
    assert!(matches!(&policy.sbom().signers[..], [Trusted::Key { path, .. }] if path == "sbom.pub"));
    assert_eq!(policy.scan().fail_from, Severity::Medium);
    assert_eq!(policy.scan().max_age, Some(SignedDuration::from_hours(168)));
    let accepted = policy.allowlist();
    assert_eq!(accepted.file.as_deref(), Some("allowlist.yaml"));
    assert_eq!(accepted.environment.as_deref(), Some("production"));
    let rules = &accepted.rules;
    assert_eq!((rules.max_days(Severity::High), rules.max_days(Severity::Low)), (Some(30), None));
    assert_eq!((rules.lapse_on_fix, rules.warn_days, rules.max_packages, rules.max_images), (true, 7, 2, 3));
    assert_eq!((rules.level(Class::Stale), rules.level(Class::OverBroad)), (Level::Error, Level::Note));
}

#[test]
fn a_misspelled_key_is_an_error_with_place_and_suggestion() {
    for (sections, place, suggestion) in [
        ("scan:\n  fail_on: [HIGH]\n", "line 7, column 3", "`fail-on`"),
        ("scan:\n  failOn: [HIGH]\n", "line 7, column 3", "`fail-on`"),
        ("scan:\n  max-agee: 1h\n", "line 7, column 3", "`max-age`"),
        ("scann:\n  required: true\n", "line 6, column 1", "`scan`"),
        ("allow-list: []\n", "line 6, column 1", "`allowlist`"),
        ("allowlist:\n  max-day: {HIGH: 1}\n", "line 7, column 3", "`max-days`"),
        ("attestations:\n  - Type: vuln\n", "line 7, column 5", "`type`"),
        ("scan:\n  severity: higest\n", "line 7, column 13", "`highest`"),
        ("scan:\n  fail-on: [HIHG]\n", "line 7, column 13", "`HIGH`"),
    ] {
        let text = after(sections);
        assert!(
            text.starts_with(place) && text.ends_with(&format!("did you mean {suggestion}?")),
            "{sections}: {text}"
        );
    }
    let text = after("expires: 1\n");
    assert!(text.contains("unknown key `expires`; known are version, platforms"), "{text}");
    let text = after("\"\\e[31mred\\u202e\": 1\n");
    assert!(text.contains(r"unknown key `\u{1b}[31mred\u{202e}`"), "{text}");
    let text = identities("    - identity: a\n      isuer: b\n");
    assert!(text.contains("line 5, column 7: unknown key `isuer`; did you mean `issuer`?"), "{text}");
}

#[test]
fn yaml_is_read_strictly() {
    for (text, expected) in [
        (format!("{TRUST}version: 1\n"), "twice"),
        (format!("{TRUST}scan: {{required: true, required: false}}\n"), "twice"),
        (format!("{TRUST}---\n{TRUST}"), "document"),
        (format!("{TRUST}scan: {{required: yes}}\n"), "true or false"),
        (format!("{TRUST}scan: {{<<: {{required: false}}}}\n"), "merge"),
        (format!("{TRUST}sbom: {{min-packages: -1}}\n"), "line 6"),
        ("version: 1\n\tsignature:".to_owned(), "tab"),
        ("version: 1\n".to_owned(), "signature"),
        (String::new(), "line"),
        ("- a\n".to_owned(), "line 1"),
        ("{".to_owned(), "line"),
    ] {
        let found = error(&text).to_string().to_lowercase();
        assert!(found.contains(expected), "{text:?}: {found}");
    }
    assert_eq!(
        error("version: 2\nsignature: {identities: [{key: k}]}").to_string(),
        "line 1, column 10: `version` is 2; this program reads version 1"
    );
    assert_eq!(Policy::from_slice(b"\xff").unwrap_err(), PolicyError::NotText);
    let large = vec![b'#'; usize::try_from(limits::POLICY_BYTES).unwrap() + 1];
    assert!(matches!(Policy::from_slice(&large), Err(PolicyError::TooLarge { .. })));
}

#[test]
fn alias_bombs_are_bounded() {
    let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (name, earlier) in ["b", "c", "d", "e", "f", "g", "h", "i", "j"]
        .iter()
        .zip(["a", "b", "c", "d", "e", "f", "g", "h", "i"])
    {
        let aliases = vec![format!("*{earlier}"); 10].join(",");
        bomb.push_str(&format!("{name}: &{name} [{aliases}]\n"));
    }
    for text in [
        bomb.clone(),
        format!("{TRUST}allowlist:\n    {}", bomb.replace('\n', "\n    ")),
        "[".repeat(100_000),
        "- ".repeat(100_000),
    ] {
        let started = std::time::Instant::now();
        assert!(matches!(
            error(&text),
            PolicyError::Yaml(YamlError::Syntax { .. } | YamlError::UnknownKey { .. })
        ));
        assert!(started.elapsed() < std::time::Duration::from_secs(2));
    }
}

#[test]
fn somebody_must_be_trusted_completely() {
    assert_eq!(identities("    []\n"), "line 4, column 5: `identities` is empty, so nobody is trusted");
    for (list, expected) in [
        ("    - issuer: b\n", "needs `identity`"),
        ("    - identity: a\n", "needs `issuer`"),
        ("    - {identity: a, identity-regexp: a, issuer: b}\n", "both `identity` and"),
        ("    - {identity: a, issuer: b, issuer-regexp: b}\n", "both `issuer` and"),
        ("    - {identity: '', issuer: b}\n", "needs `identity`"),
        ("    - {identity: a, issuer-regexp: ''}\n", "needs `issuer`"),
        ("    - {key: k, issuer: b}\n", "stands alone"),
        ("    - {key: k, claims: {a: b}}\n", "stands alone"),
        ("    - {key: ''}\n", "names no file"),
        ("    - {}\n", "needs `identity`"),
        ("    - {identity-regexp: '(', issuer: b}\n", "not a regular expression"),
        ("    - {identity: a, issuer: b, claims: {repository: x}}\n", "not a certificate claim"),
    ] {
        let text = identities(list);
        assert!(text.starts_with("line 4, column ") && text.contains(expected), "{list}: {text}");
    }
    assert!(after("sbom: {identities: []}\n").contains("nobody is trusted"));
    assert!(after("attestations: [{type: vuln, identities: []}]\n").contains("nobody is trusted"));
}

#[test]
fn values_must_make_sense() {
    for (sections, expected) in [
        ("scan: {fail-on: []}\n", "`fail-on` is empty"),
        ("scan: {fail-on: [HIGH]}\n", "has HIGH but not CRITICAL"),
        ("scan: {fail-on: [LOW, HIGH, CRITICAL]}\n", "has LOW but not MEDIUM"),
        ("scan: {fail-on: [UNKNOWN]}\n", "unknown value `UNKNOWN`"),
        ("scan: {max-age: 24}\n", "`max-age` is \"24\""),
        ("scan: {max-age: 0h}\n", "`max-age`"),
        ("scan: {max-age: -1h}\n", "`max-age`"),
        ("scan: {max-age: +1h}\n", "`max-age`"),
        ("scan: {max-age: 1w}\n", "`max-age`"),
        ("scan: {max-age: 100000d}\n", "`max-age`"),
        ("scan: {max-age: h}\n", "`max-age`"),
        ("platforms: []\n", "`platforms` is empty"),
        ("platforms: [amd64]\n", "platform \"amd64\" is not"),
        ("platforms: [linux/amd64/v1/x]\n", "is not os/architecture"),
        ("platforms: [linux/]\n", "is not os/architecture"),
        ("attestations: [{type: provenance}]\n", "not an attestation type"),
    ] {
        let text = after(sections);
        assert!(text.starts_with("line 6, column ") && text.contains(expected), "{sections}: {text}");
    }
    assert_eq!(
        policy("scan: {max-age: 99999d}").scan().max_age,
        Some(SignedDuration::from_hours(99_999 * 24))
    );
}

#[test]
fn the_allowlist_is_a_file() {
    for (sections, expected) in [
        ("allowlist: [{id: CVE-2026-0001}]\n", "line 6"),
        ("allowlist: {file: ' '}\n", "`file` of the allowlist is empty"),
        ("allowlist: {max-days: {HIGH: -1}}\n", "line 6"),
        ("allowlist: {levels: {stale: fatal}}\n", "line 6"),
        ("allowlist: {levels: {old: error}}\n", "line 6"),
    ] {
        let text = after(sections);
        assert!(text.starts_with("line ") && text.contains(expected), "{sections}: {text}");
    }
}
