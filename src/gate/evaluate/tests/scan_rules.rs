use super::*;

fn with(text: &str) -> Evidence {
    without_report().with_report("report.json", read(text))
}

fn clean(from: &str, to: &str) -> Evidence {
    let text = report_text("amd64", CLEAN);
    assert!(text.contains(from), "{from}");
    with(&text.replace(from, to))
}

#[test]
fn missing_unreadable_unreachable() {
    assert_eq!(failed_rule("", &without_report()), "scan.found");
    let failed = |failure| without_report().with_report("r", Err(failure));
    let decision = decide("", &failed(Failure::refused("r", "report is null")));
    assert_eq!(rules(&decision, Status::Fail), ["scan.readable", "scan.found"]);
    let decision = decide("scan: {required: false}", &failed(Failure::unreachable("r", "permission denied")));
    assert!(matches!(decision, Decision::Undecided(_)));
    assert_eq!(rules(&decision, Status::Unknown), ["scan.readable"]);
    // What could not be read may be the report that is asked for: that is no refusal yet.
    let decision = decide("", &failed(Failure::unreachable("r", "permission denied")));
    assert!(matches!(decision, Decision::Undecided(_)));
    assert_eq!(rules(&decision, Status::Unknown), ["scan.readable", "scan.found"]);
}

#[test]
fn given_up_by_policy() {
    let decision = decide("scan: {required: false}", &without_report());
    assert!(matches!(decision, Decision::Promote(_)));
    assert_eq!(rules(&decision, Status::Note), ["scan.found"]);
    // One that is given counts all the same.
    let evidence = without_report().with_report("r", report("amd64", &vulnerable(r#","Severity":"HIGH""#)));
    assert_eq!(failed_rule("scan: {required: false}", &evidence), "scan.severity");
}

#[test]
fn of_something_else() {
    for (from, to) in [
        ("container_image", "filesystem"),
        (&*digest("config amd64").to_string(), &*digest("x").to_string()),
        ("\"architecture\":\"amd64\"", "\"architecture\":\"arm64\""),
    ] {
        let decision = decide("", &clean(from, to));
        assert_eq!(rules(&decision, Status::Fail), ["scan.binding", "scan.found"], "{from}");
    }
}

#[test]
fn age() {
    let at = |now: &str| {
        let decision = evaluate(&policy("scan: {max-age: 24h}"), &good(), now.parse().unwrap());
        rules(&decision, Status::Fail)
    };
    // Made at 2026-11-23T10:00:00Z.
    assert!(at("2026-11-23T10:00:00Z").is_empty());
    assert!(at("2026-11-24T10:00:00Z").is_empty());
    assert_eq!(at("2026-11-24T10:00:01Z"), ["scan.age"]);
    assert!(at("2026-11-23T09:55:00Z").is_empty());
    assert_eq!(at("2026-11-23T09:54:59Z"), ["scan.age"]);
    assert_eq!(failed_rule("", &clean("\"CreatedAt\":\"2026-11-23T10:00:00Z\",", "")), "scan.age");
    // What Go writes for a time that is not set.
    assert_eq!(failed_rule("", &clean("2026-11-23T10:00:00Z", "0001-01-01T00:00:00Z")), "scan.age");
    assert!(matches!(decide("scan: {max-age: 120m}", &good()), Decision::Promote(_)));
    assert_eq!(failed_rule("scan: {max-age: 119m}", &good()), "scan.age");
}

#[test]
fn malicious_scanner() {
    for version in ["0.69.4", "v0.69.5", "0.69.6"] {
        assert_eq!(failed_rule("", &clean("0.74.0", version)), "scan.tool", "{version}");
    }
    for version in ["0.69.3", "0.69.7", "0.69.40", ""] {
        assert!(matches!(decide("", &clean("0.74.0", version)), Decision::Promote(_)), "{version}");
    }
}

#[test]
fn end_of_life() {
    let eol = clean("\"Name\":\"3.22.1\"", "\"Name\":\"3.9\",\"EOSL\":true");
    assert_eq!(failed_rule("", &eol), "scan.os");
    let decision = decide("scan: {end-of-life-os: allow}", &eol);
    assert!(matches!(decision, Decision::Promote(_)));
    assert_eq!(rules(&decision, Status::Note), ["scan.os"]);
}

#[test]
fn coverage() {
    assert_eq!(failed_rule("", &clean("os-pkgs", "lang-pkgs")), "scan.coverage");
    assert_eq!(failed_rule("", &clean(CLEAN, "[]")), "scan.coverage");
    assert_eq!(failed_rule("scan: {no-packages: allow}", &clean(CLEAN, "null")), "scan.coverage");
    let no_os = |class: &str| {
        let text = report_text("amd64", CLEAN).replace(r#""OS":{"Family":"alpine","Name":"3.22.1"},"#, "");
        with(&text.replace("os-pkgs", class))
    };
    assert!(matches!(decide("", &no_os("lang-pkgs")), Decision::Promote(_)));
    assert_eq!(failed_rule("", &no_os("secret")), "scan.coverage");
    assert!(matches!(decide("scan: {no-packages: allow}", &no_os("secret")), Decision::Promote(_)));
}

#[test]
fn the_sbom_knows_of_packages_that_the_scanner_did_not_see() {
    let no_os = report_text("amd64", CLEAN).replace(r#""OS":{"Family":"alpine","Name":"3.22.1"},"#, "");
    let no_os = no_os.replace("os-pkgs", "lang-pkgs");
    let with_purl = |purl: &str| {
        let text = SPDX.replace(
            r#"{"name":"openssl"}"#,
            &format!(r#"{{"name":"openssl","externalRefs":[{{"referenceType":"purl","referenceLocator":"{purl}"}}]}}"#),
        );
        let document = spdx::Document::from_text(&text).unwrap();
        let sbom = Verified::for_test(document, digest("manifest amd64"), signer());
        with(&no_os).with_sboms(Part::found(vec![sbom]))
    };
    assert!(matches!(decide("", &with_purl("pkg:golang/example.com/openssl@1")), Decision::Promote(_)));
    let evidence = with_purl("pkg:apk/alpine/openssl@3.5.2-r0");
    assert_eq!(failed_rule("scan: {no-packages: allow}", &evidence), "scan.coverage");
}

fn blocks(sections: &str, fields: &str) -> bool {
    let evidence = without_report().with_report("r", report("amd64", &vulnerable(fields)));
    match decide(sections, &evidence) {
        Decision::Promote(_) => false,
        decision => {
            assert_eq!(rules(&decision, Status::Fail), ["scan.severity"]);
            true
        }
    }
}

#[test]
fn severity() {
    for (sections, severity, expected) in [
        ("", "MEDIUM", false),
        ("", "HIGH", true),
        ("", "CRITICAL", true),
        ("", "UNKNOWN", true),
        ("", "", true),
        ("", "IMPORTANT", true),
        ("scan: {unknown-severity: allow}", "IMPORTANT", true),
        ("scan: {fail-on: [CRITICAL]}", "HIGH", false),
        ("scan: {fail-on: [CRITICAL]}", "CRITICAL", true),
        ("scan: {fail-on: [LOW, MEDIUM, HIGH, CRITICAL]}", "LOW", true),
    ] {
        assert_eq!(
            blocks(sections, &format!(r#","Severity":"{severity}""#)),
            expected,
            "{sections} {severity}"
        );
    }
}

#[test]
fn severity_of_all_sources() {
    let fields = r#","Severity":"LOW","VendorSeverity":{"nvd":4}"#;
    assert!(!blocks("", fields));
    assert!(blocks("scan: {severity: highest}", fields));
}

#[test]
fn unfixed() {
    let ignore = "scan: {ignore-unfixed: true}";
    for (sections, fields, expected) in [
        ("", r#","Severity":"HIGH","Status":"affected""#, true),
        (ignore, r#","Severity":"HIGH","Status":"affected""#, false),
        (ignore, r#","Severity":"HIGH","Status":"fixed""#, true),
        (ignore, r#","Severity":"HIGH","FixedVersion":"3.0.2""#, true),
        (ignore, r#","Severity":"UNKNOWN""#, false),
        (ignore, r#","Severity":"UNKNOWN","FixedVersion":"3.0.2""#, true),
    ] {
        assert_eq!(blocks(sections, fields), expected, "{sections} {fields}");
    }
}

#[test]
fn what_has_no_fixes_is_never_unfixed() {
    for item in [
        r#""Secrets":[{"RuleID":"aws","Severity":"CRITICAL"}]"#,
        r#""Misconfigurations":[{"ID":"DS002","Severity":"HIGH","Status":"FAIL"}]"#,
        r#""Licenses":[{"Name":"AGPL-3.0","Severity":"CRITICAL"}]"#,
    ] {
        let results = format!(r#"[{{"Target":"t","Class":"os-pkgs",{item}}}]"#);
        let evidence = without_report().with_report("r", report("amd64", &results));
        assert_eq!(failed_rule("scan: {ignore-unfixed: true}", &evidence), "scan.severity", "{item}");
    }
}

#[test]
fn a_report_may_not_waive_itself() {
    let results = r#"[{"Target":"t","Class":"os-pkgs","ExperimentalModifiedFindings":[{"Type":"vulnerability","Status":"ignored",
        "Source":".trivyignore","Finding":{"VulnerabilityID":"CVE-2026-0001","PkgName":"openssl","Severity":"HIGH"}}]}]"#;
    let evidence = without_report().with_report("r", report("amd64", results));
    let decision = decide("", &evidence);
    assert_eq!(rules(&decision, Status::Fail), ["scan.severity"]);
    assert_eq!(rules(&decision, Status::Note), ["scan.suppressed"]);
}

#[test]
fn every_report_of_a_platform_counts() {
    let evidence = good().with_report("second", report("amd64", &vulnerable(r#","Severity":"HIGH""#)));
    assert_eq!(failed_rule("", &evidence), "scan.severity");
}
