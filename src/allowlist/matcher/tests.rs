use super::*;
use crate::allowlist::testing::*;
use crate::scan::FindingKind;

fn why(keys: &str, finding: &Finding) -> Option<Why> {
    why_in(keys, finding, &Scope::default(), &Rules::common())
}

fn why_in(keys: &str, finding: &Finding, scope: &Scope, rules: &Rules) -> Option<Why> {
    let list = list(keys);
    let matcher = Matcher::new(&list, rules, time("2026-11-24T12:00:00Z"));
    let query = Query { finding, severity: finding.severity, scope };
    let explanation = matcher.explain(&query);
    assert_eq!(explanation.matched.is_some(), explanation.others.is_empty(), "{keys}: {explanation:?}");
    explanation.others.into_iter().next().map(|(_, why)| why)
}

fn meets(keys: &str, finding: &Finding) -> bool {
    why(keys, finding).is_none()
}

#[test]
fn the_identifier_is_whole_and_in_either_case() {
    let rules = Rules::common();
    for (id, aliases, expected) in [
        ("CVE-2026-0001", "", true),
        ("cve-2026-0001", "", true),
        ("CVE-2026-00011", "", false),
        ("CVE-2026-000", "", false),
        ("GHSA-aaaa-bbbb-cccc", "", true),
        ("ghsa-AAAA-bbbb-cccc", "", true),
        ("GHSA-xxxx-xxxx-xxxx", "CVE-2026-0001", true),
        ("GHSA-xxxx-xxxx-xxxx", "GHSA-aaaa-bbbb-cccc", true),
        ("GHSA-xxxx-xxxx-xxxx", "CVE-2026-0002", false),
    ] {
        let list = list_of(&format!("id: {id}, aliases: [{aliases}], package: openssl"));
        let finding = Finding { aliases: vec!["GHSA-aaaa-bbbb-cccc".to_owned()], ..finding() };
        let matcher = Matcher::new(&list, &rules, time("2026-11-24T12:00:00Z"));
        let query = Query { finding: &finding, severity: Severity::High, scope: &Scope::default() };
        assert_eq!(matcher.find(&query).is_some(), expected, "{id} {aliases}");
        assert_eq!(list.entries()[0].has_id_of(&finding), expected, "{id} {aliases}");
    }
}

#[test]
fn a_package_is_named_whole() {
    let found = finding();
    for (package, expected) in [
        ("openssl", true),
        ("openss", false),
        ("OpenSSL", false),
        ("pkg:apk/alpine/openssl", true),
        ("pkg:apk/alpine/openssl@3.0.1", true),
        ("pkg:apk/alpine/openssl@3.0.2", false),
        ("pkg:apk/wolfi/openssl", false),
        ("pkg:apk/openssl", false),
        ("pkg:deb/alpine/openssl", false),
        ("pkg:apk/alpine/openssl?arch=x86_64", true),
        ("pkg:apk/alpine/openssl?arch=aarch64", false),
        ("pkg:apk/alpine/openssl?distro=3.20", false),
    ] {
        assert_eq!(meets(&format!("package: \"{package}\""), &found), expected, "{package}");
    }
}

/// Trivy's `matchPURL` lets an entry with a package URL meet every finding without one.
#[test]
fn an_entry_with_a_package_url_does_not_meet_a_finding_without() {
    let found = Finding { purl: None, ..finding() };
    let expected = "pkg:apk/alpine/openssl".to_owned();
    assert_eq!(why("package: pkg:apk/alpine/openssl", &found), Some(Why::NoPurl { expected }));
    assert!(meets("package: openssl", &found));
}

#[test]
fn names_of_one_package_are_spelled_in_many_ways() {
    let found = Finding { purl: Some(purl("pkg:pypi/zope-interface@5.0")), version: None, ..finding() };
    assert!(meets("package: pkg:pypi/Zope.Interface", &found));
    let scoped = Finding { purl: Some(purl("pkg:npm/%40example/a@1.0.0")), ..finding() };
    assert!(meets("package: \"pkg:npm/@example/a\"", &scoped));
    assert!(!meets("package: pkg:npm/a", &scoped));
}

#[test]
fn versions_are_a_range() {
    for (versions, expected) in [
        ("\">=3.0, <3.1\"", true),
        ("\"<3.0.1\"", false),
        ("3.0.1", true),
        ("\"=3.0.1\"", true),
        ("3.0", false),
    ] {
        assert_eq!(
            meets(&format!("package: openssl, versions: {versions}"), &finding()),
            expected,
            "{versions}"
        );
    }
    let plain = Finding { purl: None, ..finding() };
    let order = Why::VersionOrder { expected: ">=3".to_owned(), found: "3.0.1".to_owned() };
    assert_eq!(why("package: openssl, versions: \">=3\"", &plain), Some(order));
    assert!(meets("package: openssl, versions: 3.0.1", &plain));
    let none = Finding { purl: Some(purl("pkg:apk/alpine/openssl")), version: None, ..finding() };
    let version = Why::Version { expected: ">=3".to_owned(), found: None };
    assert_eq!(why("package: openssl, versions: \">=3\"", &none), Some(version));
}

#[test]
fn the_file_is_that_of_the_package_or_of_the_finding() {
    let secret = Finding {
        kind: FindingKind::Secret,
        package: None,
        purl: None,
        version: None,
        target: "/app/key.pem".to_owned(),
        ..finding()
    };
    for (path, expected) in [
        ("/app/key.pem", true),
        ("app/*.pem", true),
        ("app/**", true),
        ("\"**/key.pem\"", true),
        ("app", false),
        ("\"*.pem\"", false),
        ("app/{cert,key}.pem", true),
    ] {
        assert_eq!(meets(&format!("path: \"{}\"", path.trim_matches('"')), &secret), expected, "{path}");
    }
    assert!(!meets("package: openssl", &secret));
    // The target of a package is an operating system or a lock file, which is not where it lies.
    assert!(!meets("path: alpine", &Finding { target: "alpine".to_owned(), ..finding() }));
    let jar = Finding { path: Some("app/a.jar".to_owned()), ..finding() };
    assert!(meets("package: openssl, path: app/*.jar", &jar));
    assert!(!meets("package: openssl, path: lib/*.jar", &jar));
    assert!(!meets("package: openssl, path: app/*.jar", &finding()));
}

#[test]
fn one_identifier_may_be_of_several_kinds() {
    assert!(meets("package: openssl, kind: vulnerability", &finding()));
    let why = why("package: openssl, kind: license", &finding());
    assert_eq!(why, Some(Why::Kind { expected: FindingKind::License, found: FindingKind::Vulnerability }));
}

#[test]
fn the_image_is_known_or_not_met() {
    let digest = Digest::sha256(b"manifest");
    let scope = Scope {
        repository: Some("registry.example.com/team/app".to_owned()),
        digests: vec![digest],
        platform: Some("linux/arm64/v8".to_owned()),
        environment: Some("production".to_owned()),
    };
    let other = Digest::sha256(b"other");
    for (keys, expected) in [
        ("image: registry.example.com/team/app".to_owned(), true),
        ("image: registry.example.com/team/*".to_owned(), true),
        ("image: registry.example.com/*".to_owned(), false),
        ("image: registry.example.com/**".to_owned(), true),
        ("image: team/app".to_owned(), false),
        (format!("image: \"{digest}\""), true),
        (format!("image: \"{other}\""), false),
        (format!("image: \"registry.example.com/team/app@{digest}\""), true),
        (format!("image: \"registry.example.com/team/app@{other}\""), false),
        (format!("image: \"registry.example.com/team/b@{digest}\""), false),
        ("platform: linux/arm64".to_owned(), true),
        ("platform: linux/arm64/v8".to_owned(), true),
        ("platform: linux/arm64/v7".to_owned(), false),
        ("platform: linux/arm".to_owned(), false),
        ("platform: linux/amd64".to_owned(), false),
        ("environment: production".to_owned(), true),
        ("environment: test".to_owned(), false),
    ] {
        let keys = format!("package: openssl, {keys}");
        let found = why_in(&keys, &finding(), &scope, &Rules::common());
        assert_eq!(found.is_none(), expected, "{keys}: {found:?}");
        assert!(why_in(&keys, &finding(), &Scope::default(), &Rules::common()).is_some(), "{keys}");
    }
}

/// Trivy compares with the beginning of the day.
#[test]
fn both_days_count() {
    let list = list_of("package: openssl, id: CVE-2026-0001, created: 2026-11-01, expires: 2026-12-31");
    let rules = Rules::common();
    for (now, expected) in [
        ("2026-10-31T23:59:59Z", Err("it begins on 2026-11-01")),
        ("2026-11-01T00:00:00Z", Ok(60)),
        ("2026-12-30T23:59:59Z", Ok(1)),
        ("2026-12-31T00:00:00Z", Ok(0)),
        ("2026-12-31T23:59:59.999999999Z", Ok(0)),
        ("2027-01-01T00:00:00Z", Err("it expired at the end of 2026-12-31")),
        ("2026-12-31T23:00:00-02:00", Err("it expired at the end of 2026-12-31")),
    ] {
        let matcher = Matcher::new(&list, &rules, time(now));
        let found = finding();
        let explanation =
            matcher.explain(&Query { finding: &found, severity: Severity::High, scope: &Scope::default() });
        let found = explanation
            .matched
            .map(|found| found.days_left)
            .ok_or_else(|| explanation.others[0].1.to_string());
        assert_eq!(found, expected.map_err(str::to_owned), "{now}");
    }
}

#[test]
fn it_lapses_when_the_severity_rises() {
    use Severity::{Critical, High, Low, Medium, Unknown};
    for (from, to, counts) in [
        (High, High, true),
        (High, Medium, true),
        (Medium, High, false),
        (High, Critical, false),
        (High, Unknown, false),
        (Critical, Unknown, true),
        (Unknown, Unknown, true),
        (Unknown, Low, false),
    ] {
        let found = Finding { severity: to, ..finding() };
        let why = why(&format!("package: openssl, severity: {from}"), &found);
        assert_eq!(why, (!counts).then_some(Why::SeverityRaised { from, to }), "{from} {to}");
    }
}

#[test]
fn it_lapses_when_a_fix_comes_up_and_policy_says_so() {
    let fixed = Finding { fix: Fix::Available, fixed_version: Some("3.0.2".to_owned()), ..finding() };
    let open = Finding { fix: Fix::Unknown, ..finding() };
    let lapse = Rules { lapse_on_fix: true, ..Rules::common() };
    let scope = Scope::default();
    let lapsed = |recorded_none| Some(Why::FixAvailable { version: Some("3.0.2".to_owned()), recorded_none });
    for (recorded, expected) in
        [("", lapsed(false)), (", fixed-version: none", lapsed(true)), (", fixed-version: 3.0.2", None)]
    {
        let keys = format!("package: openssl{recorded}");
        assert_eq!(why_in(&keys, &fixed, &scope, &lapse), expected, "{recorded}");
        assert_eq!(why_in(&keys, &open, &scope, &lapse), None, "{recorded}");
        assert_eq!(why_in(&keys, &fixed, &scope, &Rules::common()), None, "{recorded}");
    }
}

#[test]
fn it_lasts_no_longer_than_its_severity_allows() {
    let max_days = [(Severity::High, 30), (Severity::Critical, 7)].into();
    let rules = Rules { max_days, ..Rules::common() };
    let scope = Scope::default();
    for (severity, expires, expected) in [
        (Severity::High, "2026-12-01", None),
        (Severity::High, "2026-12-02", Some((31, 30))),
        (Severity::Critical, "2026-12-01", Some((30, 7))),
        (Severity::Low, "2036-12-01", None),
        (Severity::Unknown, "2026-12-01", Some((30, 7))),
    ] {
        let found = Finding { severity, ..finding() };
        let keys = format!("package: openssl, created: 2026-11-01, expires: {expires}");
        let list = list_of(&format!("id: CVE-2026-0001, {keys}"));
        let matcher = Matcher::new(&list, &rules, time("2026-11-24T12:00:00Z"));
        let others = matcher.explain(&Query { finding: &found, severity, scope: &scope }).others;
        let why = others.into_iter().next().map(|(_, why)| why);
        assert_eq!(why, expected.map(|(days, most)| Why::TooLong { days, most, severity }), "{severity}");
    }
}

#[test]
fn of_several_the_longest_counts() {
    let entries = [
        "id: CVE-2026-0001, package: openssl, expires: 2026-11-30",
        "id: CVE-2026-0001, package: pkg:apk/alpine/openssl, expires: 2026-12-31",
        "id: GHSA-a, aliases: [CVE-2026-0001], path: usr/lib/**, expires: 2026-12-31",
        "id: CVE-2026-0001, package: openssl, expires: 2026-11-23",
    ];
    let list = list_of(&entries.join("}\n  - {"));
    let rules = Rules::common();
    let matcher = Matcher::new(&list, &rules, time("2026-11-24T12:00:00Z"));
    let found = Finding { path: Some("usr/lib/libssl.so".to_owned()), ..finding() };
    let query = Query { finding: &found, severity: Severity::High, scope: &Scope::default() };
    assert_eq!(matcher.find(&query).unwrap().entry.line, 4);
    assert_eq!(matcher.explain(&query).others.len(), 1);
}
