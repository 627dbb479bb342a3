use jiff::Timestamp;

use super::vulnerable;
use super::without_report;
use crate::allowlist::Allowlist;
use crate::gate::Decision;
use crate::gate::Policy;
use crate::gate::Status;
use crate::gate::evaluate;
use crate::gate::fixtures::*;
use crate::scan::Severity;

const HIGH: &str = r#","Severity":"HIGH""#;

/// An entry for what [`vulnerable`] has; later fields of the same name are not allowed, so it is whole.
fn entry(fields: &str) -> String {
    format!(
        "  - {{id: CVE-2026-0001, owner: team@example.com, ticket: T-1, reason: not reachable, {fields}}}\n"
    )
}

fn from_to(created: &str, expires: &str) -> String {
    entry(&format!("package: openssl, created: {created}, expires: {expires}"))
}

fn accepting(sections: &str, entries: &str) -> Policy {
    let mut policy = policy(&format!("allowlist:\n  file: allowlist.yaml\n{sections}"));
    let list = format!("version: 1\nentries:\n{entries}");
    policy
        .load_allowlist(|name| {
            assert_eq!(name, "allowlist.yaml");
            Allowlist::from_slice(list.as_bytes())
        })
        .unwrap();
    policy
}

fn judge(policy: &Policy, now: &str, fields: &str) -> Decision {
    let now: Timestamp = now.parse().unwrap();
    let evidence = without_report().with_report("r", report("amd64", &vulnerable(fields)));
    evaluate(policy, &evidence, now)
}

fn why(decision: &Decision) -> &str {
    &decision.judgement().findings()[0].why
}

#[test]
fn accepts_to_the_end_of_its_last_day() {
    let policy = accepting("", &from_to("2026-11-20", "2026-11-24"));
    for (now, days) in [
        ("2026-11-23T12:00:00Z", 1),
        ("2026-11-23T23:59:59Z", 1),
        ("2026-11-24T00:00:00Z", 0),
        ("2026-11-24T09:59:59Z", 0),
    ] {
        let decision = judge(&policy, now, HIGH);
        assert!(matches!(decision, Decision::Promote(_)), "{now}");
        let waived: Vec<i32> = decision.judgement().waived().map(|(.., days)| days).collect();
        assert_eq!(waived, [days], "{now}");
        assert_eq!(rules(&decision, Status::Note), ["allowlist.waived", "allowlist.expiring"], "{now}");
        assert!(why(&decision).contains("accepts it until 2026-11-24: not reachable"), "{}", why(&decision));
    }
}

#[test]
fn an_expired_entry_accepts_nothing_and_is_said() {
    let decision = judge(&accepting("", &from_to("2026-11-20", "2026-11-23")), "2026-11-24T00:00:00Z", HIGH);
    assert_eq!(rules(&decision, Status::Fail), ["scan.severity"]);
    assert_eq!(rules(&decision, Status::Note), ["allowlist.expired"]);
    assert!(why(&decision).contains("it expired at the end of 2026-11-23"), "{}", why(&decision));
}

#[test]
fn an_entry_that_names_nothing_is_said() {
    let other = entry("package: libssl3, created: 2026-11-20, expires: 2027-11-24");
    let decision = judge(&accepting("", &other), NOW, HIGH);
    assert_eq!(rules(&decision, Status::Fail), ["scan.severity"]);
    assert_eq!(rules(&decision, Status::Note), ["allowlist.stale"]);
    assert!(why(&decision).contains("it is for the package libssl3, and this is"), "{}", why(&decision));
    // It is not known what it would have named in a report that is not there.
    let missing = evaluate(&accepting("", &other), &without_report(), now());
    assert!(rules(&missing, Status::Note).is_empty());
}

#[test]
fn without_the_file_nothing_is_accepted() {
    let decision = judge(&policy("allowlist: {file: allowlist.yaml}"), NOW, HIGH);
    assert_eq!(rules(&decision, Status::Fail), ["scan.severity"]);
}

#[test]
fn the_image_platform_and_environment_that_an_entry_names_must_be_these() {
    let days = "package: openssl, created: 2026-11-20, expires: 2027-11-24";
    let manifest = digest("manifest amd64");
    for (place, sections, accepts) in [
        ("platform: linux/amd64", "", true),
        ("platform: linux/arm64", "", false),
        (&*format!("image: \"{manifest}\""), "", true),
        (&*format!("image: \"{}\"", digest("another")), "", false),
        ("image: registry.example/*", "", true),
        ("image: registry.example.org/*", "", false),
        ("environment: production", "  environment: production\n", true),
        ("environment: production", "  environment: staging\n", false),
        ("environment: production", "", false),
    ] {
        let decision = judge(&accepting(sections, &entry(&format!("{days}, {place}"))), NOW, HIGH);
        assert_eq!(
            matches!(decision, Decision::Promote(_)),
            accepts,
            "{place} {sections}: {}",
            why(&decision)
        );
    }
}

#[test]
fn an_entry_lapses_by_severity_fix_and_length() {
    let days = "package: openssl, created: 2026-11-20, expires: 2027-11-24";
    let fixed = r#","Severity":"HIGH","FixedVersion":"3.5.2-r0""#;
    for (fields, sections, finding, accepts) in [
        ("severity: HIGH", "", HIGH, true),
        ("severity: MEDIUM", "", HIGH, false),
        ("fixed-version: none", "", fixed, true),
        ("fixed-version: none", "  lapse-on-fix: true\n", fixed, false),
        ("severity: HIGH", "  max-days: {HIGH: 369}\n", HIGH, true),
        ("severity: HIGH", "  max-days: {HIGH: 368}\n", HIGH, false),
    ] {
        let decision = judge(&accepting(sections, &entry(&format!("{days}, {fields}"))), NOW, finding);
        assert_eq!(
            matches!(decision, Decision::Promote(_)),
            accepts,
            "{fields} {sections}: {}",
            why(&decision)
        );
    }
}

#[test]
fn the_policy_says_how_bad_an_entry_is() {
    let twice = from_to("2026-11-20", "2027-11-24").repeat(2);
    let decision = judge(&accepting("", &twice), NOW, HIGH);
    assert!(matches!(decision, Decision::Promote(_)));
    assert_eq!(rules(&decision, Status::Note), ["allowlist.waived", "allowlist.duplicate"]);
    let decision = judge(&accepting("  levels: {duplicate: error}\n", &twice), NOW, HIGH);
    assert_eq!(rules(&decision, Status::Fail), ["allowlist.duplicate"]);
}

#[test]
fn the_entry_that_lasts_longest_accepts() {
    let entries = from_to("2026-11-20", "2026-11-24")
        + &entry("package: \"pkg:apk/alpine/openssl\", created: 2026-11-20, expires: 2026-12-30")
            .replace("team@", "other@");
    let decision = judge(&accepting("", &entries), NOW, HIGH);
    let owners: Vec<&str> = decision.judgement().waived().map(|(_, entry, _)| entry.owner.as_str()).collect();
    assert_eq!(owners, ["other@example.com"]);
    assert_eq!(decision.judgement().findings()[0].severity, Severity::High);
}
