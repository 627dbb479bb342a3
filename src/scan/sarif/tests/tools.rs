//! What is read in the texts of Trivy, Grype and OSV-Scanner, and when it is not believed.

use super::*;

fn reports(tool: &str, rest: &str, rules: &str, results: &str) -> Report {
    let text = format!(
        r#"[{{"tool":{{"driver":{{"name":"{tool}","version":"1","rules":[{rules}]}}}},"results":[{results}]{rest}}}]"#
    );
    read_all(&text).unwrap_or_else(|error| panic!("{text}: {error}")).remove(0)
}

fn of(tool: &str, rules: &str, results: &str) -> Finding {
    let mut report = reports(tool, "", rules, results);
    assert_eq!(report.findings.len(), 1);
    report.findings.remove(0)
}

/// A result of Trivy, with the text of a package.
fn package(level: &str, severity: &str, name: &str, fixed: &str) -> Finding {
    let rule = r#"{"id":"CVE-1","name":"OsPackageVulnerability","shortDescription":{"text":"a title"},"properties":{"security-severity":"9.8"}}"#;
    let message = format!(
        r"Package: {name}\nInstalled Version: 1.0\nVulnerability CVE-1\nSeverity: {severity}\nFixed Version: {fixed}\nLink: [CVE-1](https://example.com)"
    );
    let result = format!(
        r#"{{"ruleId":"CVE-1","ruleIndex":0,"level":"{level}","message":{{"text":"{message}"}},"locations":[{{"physicalLocation":{{"artifactLocation":{{"uri":"library/app"}}}}}}]}}"#
    );
    of("Trivy", rule, &result)
}

#[test]
fn trivy_says_per_package_what_its_rule_says_of_the_last_one() {
    let found = package("note", "LOW", "libcurl", "1.1");
    assert_eq!((found.severity, found.fix), (Severity::Low, Fix::Available));
    assert_eq!((found.package.as_deref(), found.version.as_deref()), (Some("libcurl"), Some("1.0")));
    assert_eq!((found.fixed_version.as_deref(), found.title.as_deref()), (Some("1.1"), Some("a title")));
    assert_eq!((found.target.as_str(), found.path), ("library/app", None));
    assert_eq!(found.severities.get("security-severity"), Some(Severity::Critical));
    let unfixed = package("error", "HIGH", "libcurl", "");
    assert_eq!((unfixed.severity, unfixed.fix, unfixed.fixed_version), (Severity::High, Fix::Absent, None));
}

#[test]
fn trivy_text_that_contradicts_the_level_is_the_worse_of_both() {
    assert_eq!(package("error", "LOW", "a", "").severity, Severity::Critical);
    assert_eq!(package("note", "CRITICAL", "a", "").severity, Severity::Critical);
    assert_eq!(package("note", "UNKNOWN", "a", "").severity, Severity::Unknown);
    let word = package("none", "IMPORTANT", "a", "");
    assert_eq!((word.severity, word.severity_word.as_deref()), (Severity::Unknown, Some("IMPORTANT")));
}

#[test]
fn trivy_text_with_a_line_break_in_a_name_is_not_believed() {
    let found = package(
        "error",
        "HIGH",
        r"a\nInstalled Version: 1\nVulnerability CVE-1\nSeverity: LOW\nFixed Version: \nLink: x",
        "1.1",
    );
    assert_eq!((found.severity, found.fix), (Severity::Critical, Fix::Unknown));
}

#[test]
fn trivy_text_of_another_form_leaves_the_fix_open() {
    for message in ["a description", r"Package: a\nInstalled Version: 1", ""] {
        let result =
            format!(r#"{{"ruleId":"[MEDIUM] CVE-1","level":"error","message":{{"text":"{message}"}}}}"#);
        let found = of("Trivy", "", &result);
        assert_eq!((found.severity, found.fix), (Severity::Critical, Fix::Unknown), "{message}");
    }
    // The text of another vulnerability.
    let text =
        r"Package: a\nInstalled Version: 1\nVulnerability CVE-2\nSeverity: LOW\nFixed Version: \nLink: x";
    let result = format!(r#"{{"ruleId":"CVE-1","level":"note","message":{{"text":"{text}"}}}}"#);
    assert_eq!(of("Trivy", "", &result).fix, Fix::Unknown);
}

#[test]
fn trivy_names_the_other_kinds_in_its_rules() {
    let found = |name: &str, message: &str| {
        let rule =
            format!(r#"{{"id":"R","name":"{name}","properties":{{"tags":["license","security","HIGH"]}}}}"#);
        let result = format!(r#"{{"ruleId":"R","level":"error","message":{{"text":"{message}"}}}}"#);
        of("Trivy", &rule, &result)
    };
    let config = found(
        "Misconfiguration",
        r"Artifact: Dockerfile\nType: dockerfile\nVulnerability R\nSeverity: HIGH\nMessage: m\nn\nLink: x",
    );
    assert_eq!((config.kind, config.severity), (FindingKind::Misconfiguration, Severity::High));
    let secret =
        found("Secret", r"Artifact: key.pem\nType: \nSecret Private key\nSeverity: CRITICAL\nMatch: hunter2");
    assert_eq!((secret.kind, secret.severity), (FindingKind::Secret, Severity::Critical));
    assert!(!format!("{secret:?}").contains("hunter2"));
    let license = found(
        "License",
        r"Artifact: app\nLicense GPL-3.0\nPkgName: lib\n Classification: restricted\n Path: ",
    );
    assert_eq!(
        (license.kind, license.severity, license.id.as_str()),
        (FindingKind::License, Severity::High, "GPL-3.0")
    );
    assert_eq!(license.package.as_deref(), Some("lib"));
    // A text of a package, which would say that there is no fix, under the name of another kind.
    let other = found(
        "Secret",
        r"Package: a\nInstalled Version: 1\nVulnerability R\nSeverity: LOW\nFixed Version: \nLink: x",
    );
    assert_eq!(
        (other.kind, other.fix, other.severity),
        (FindingKind::Secret, Fix::Unknown, Severity::Critical)
    );
}

#[test]
fn trivy_names_the_image_in_its_run() {
    let id = format!("sha256:{}", "1".repeat(64));
    let properties = format!(
        r#","properties":{{"imageName":"example.com/app:1","imageID":"{id}","repoDigests":["example.com/app@{id}"],"repoTags":[]}}"#
    );
    let target = reports("Trivy", &properties, "", "").target;
    assert_eq!((target.kind.as_str(), target.name.as_str()), ("container_image", "example.com/app:1"));
    assert_eq!(target.image_id.map(|digest| digest.to_string()), Some(id.clone()));
    assert_eq!(target.repo_digests, [format!("example.com/app@{id}")]);
    // Nobody else writes these.
    assert_eq!(reports("Other", &properties, "", "").target, Target::default());
    assert_eq!(reports("Trivy", "", "", "").target, Target::default());
    let nothing = r#","properties":{"imageName":"a","repoDigests":null}"#;
    assert_eq!(reports("Trivy", nothing, "", "").target.image_id, None);
    assert!(
        read_all(r#"[{"tool":{"driver":{"name":"Trivy"}},"results":[],"properties":{"imageID":"latest"}}]"#)
            .is_err()
    );
}

/// A result of Grype, and the rule of its first match.
fn matched(message: (&str, &str), help: (&str, &str, &str), score: &str, level: &str) -> Finding {
    let ((severity, version), (word, about, fixed)) = (message, help);
    let help = format!(
        r"Vulnerability CVE-1\nSeverity: {word}\nPackage: libcurl\nVersion: {about}\nFix Version: {fixed}\nType: deb\nLocation: a\nData Namespace: n\nLink: x"
    );
    let rule = format!(
        r#"{{"id":"CVE-1-libcurl","help":{{"text":"{help}"}},"properties":{{"purls":["pkg:deb/debian/libcurl@{about}"],"security-severity":"{score}"}}}}"#
    );
    let result = format!(
        r#"{{"ruleId":"CVE-1-libcurl",{level}"message":{{"text":"A {severity} vulnerability in deb package: libcurl, version {version} was found in image app at: a"}}}}"#
    );
    of("grype", &rule, &result)
}

#[test]
fn grype_says_in_its_rule_whether_there_is_a_fix() {
    let found = matched(("high", "1.0"), ("high", "1.0", "1.1,2.0"), "5.0", r#""level":"error","#);
    assert_eq!((found.id.as_str(), found.severity, found.fix), ("CVE-1", Severity::High, Fix::Available));
    assert_eq!((found.package.as_deref(), found.version.as_deref()), (Some("libcurl"), Some("1.0")));
    assert_eq!(found.purl.unwrap().name(), "libcurl");
    let unfixed = matched(("high", "1.0"), ("high", "1.0", ""), "5.0", "");
    assert_eq!((unfixed.severity, unfixed.fix), (Severity::High, Fix::Absent));
}

#[test]
fn grype_rule_of_another_version_says_nothing() {
    let found = matched(("high", "2.0"), ("high", "1.0", ""), "5.0", "");
    assert_eq!((found.fix, found.purl), (Fix::Unknown, None));
    assert_eq!((found.id.as_str(), found.version.as_deref()), ("CVE-1", Some("2.0")));
}

#[test]
fn grype_writes_unknown_as_low() {
    assert_eq!(matched(("low", "1"), ("low", "1", ""), "0.0", "").severity, Severity::Unknown);
    assert_eq!(matched(("low", "1"), ("low", "1", ""), "1.0", "").severity, Severity::Low);
    assert_eq!(matched(("critical", "1"), ("critical", "1", ""), "9.0", "").severity, Severity::Critical);
}

#[test]
fn grype_text_that_contradicts_the_level_is_the_worse_of_both() {
    assert_eq!(
        matched(("low", "1"), ("low", "1", ""), "1.0", r#""level":"error","#).severity,
        Severity::Critical
    );
}

#[test]
fn grype_text_of_another_form_leaves_the_fix_open() {
    let rule = r#"{"id":"CVE-1-a","help":{"text":"Vulnerability CVE-1\nSeverity: low\nFix Version: "},"properties":{"security-severity":"7.8"}}"#;
    let result = r#"{"ruleId":"CVE-1-a","message":{"text":"The path a.jar reports a at version 1"}}"#;
    let found = of("Grype", rule, result);
    assert_eq!((found.severity, found.fix), (Severity::High, Fix::Unknown));
}

#[test]
fn an_early_grype_marks_everything_as_suppressed() {
    let result = r#"{"level":"error","suppressions":[{"kind":"external"}],"baselineState":"unchanged"}"#;
    assert_eq!(of("Anchore Container Vulnerability Report (T0)", "", result).suppressed, None);
    assert!(of("Example", "", result).suppressed.is_some());
}

#[test]
fn osv_scanner_writes_everything_as_a_warning() {
    let found = |score: &str, help: &str| {
        let rule = format!(
            r##"{{"id":"CVE-1","deprecatedIds":["CVE-1","GHSA-1"],"shortDescription":{{"text":"CVE-1: bad"}},"help":{{"text":"{help}"}}{score}}}"##
        );
        let result = r#"{"ruleId":"CVE-1","level":"warning","message":{"text":"Package '@scope/a@1.0' is vulnerable to 'CVE-1' (also known as 'GHSA-1')."}}"#;
        of("osv-scanner", &rule, result)
    };
    let scored = |score: &str| found(&format!(r#","properties":{{"security-severity":"{score}"}}"#), "");
    assert_eq!(scored("9.8").severity, Severity::Critical);
    assert_eq!(scored("2.0").severity, Severity::Low);
    let unrated = found("", "");
    assert_eq!(
        (unrated.severity, unrated.severity_word, unrated.fix),
        (Severity::Unknown, None, Fix::Unknown)
    );
    assert_eq!((unrated.package.as_deref(), unrated.version.as_deref()), (Some("@scope/a"), Some("1.0")));
    assert_eq!((unrated.aliases, unrated.title.as_deref()), (vec!["GHSA-1".to_owned()], Some("CVE-1: bad")));
    let table = r"\n### Fixed Versions\n| Vulnerability ID | Package Name | Fixed Version |\n| --- | --- | --- |\n| GHSA-1 | @scope/a | 1.1, 2.0 |\n| CVE-1 | other | 3.0 |\n";
    let fixed = found("", table);
    assert_eq!((fixed.fix, fixed.fixed_version.as_deref()), (Fix::Available, Some("1.1, 2.0")));
    assert_eq!(found("", &table.replace("@scope/a", "b")).fix, Fix::Unknown);
}
