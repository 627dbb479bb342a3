use super::super::finding::FindingKind;
use super::*;
use crate::scan;

fn report(results: &str) -> Report {
    let text = format!(r#"{{"SchemaVersion":2,"ArtifactType":"container_image","Results":{results}}}"#);
    scan::read(text.as_bytes()).unwrap().remove(0)
}

fn vulnerability(fields: &str) -> Finding {
    let report = report(&format!(r#"[{{"Target":"t","Class":"os-pkgs","Vulnerabilities":[{{{fields}}}]}}]"#));
    assert_eq!(report.findings.len(), 1);
    report.findings[0].clone()
}

#[test]
fn fixable_is_by_status_or_by_version() {
    for (fields, expected) in [
        (r#""Status":"fixed","FixedVersion":"1.2""#, Fix::Available),
        (r#""Status":"fixed""#, Fix::Available),
        (r#""FixedVersion":"1.2""#, Fix::Available),
        (r#""Status":"affected","FixedVersion":"1.2""#, Fix::Available),
        (r#""Status":"affected""#, Fix::Absent),
        (r#""Status":"will_not_fix","FixedVersion":"""#, Fix::Absent),
        ("", Fix::Absent),
        (r#""Status":"word""#, Fix::Unknown),
    ] {
        assert_eq!(vulnerability(fields).fix, expected, "{fields}");
    }
}

#[test]
fn an_unknown_severity_is_kept_with_its_word() {
    for (fields, word) in
        [(r#""Severity":"IMPORTANT""#, Some("IMPORTANT")), (r#""Severity":"UNKNOWN""#, None), ("", None)]
    {
        let found = vulnerability(fields);
        assert_eq!((found.severity, found.severity_word.as_deref()), (Severity::Unknown, word));
    }
}

#[test]
fn the_highest_severity_is_over_all_sources() {
    let found = vulnerability(r#""Severity":"LOW","VendorSeverity":{"nvd":3,"ghsa":2,"new":9}"#);
    assert_eq!((found.severity, found.highest()), (Severity::Low, Severity::High));
    assert_eq!(found.severities.get("new"), Some(Severity::Unknown));
    assert_eq!(
        vulnerability(r#""Severity":"CRITICAL","VendorSeverity":{"nvd":1}"#).highest(),
        Severity::Critical
    );
}

#[test]
fn every_kind_becomes_a_finding() {
    let report = report(
        r#"[{"Target":"t","Class":"config","Misconfigurations":[
            {"ID":"M1","Status":"FAIL","Severity":"HIGH"},{"ID":"M2","Status":"PASS"},{"ID":"M3","Status":"EXCEPTION"}],
          "Secrets":[{"RuleID":"S1","Severity":"CRITICAL","Match":"password=hunter2"}],
          "Licenses":[{"Name":"L1","Severity":"UNKNOWN","PkgName":"p","FilePath":""}],
          "ExperimentalModifiedFindings":[
            {"Type":"vulnerability","Status":"ignored","Source":".trivyignore","Finding":{"VulnerabilityID":"V1"}}]}]"#,
    );
    let ids: Vec<(&str, FindingKind)> =
        report.findings.iter().map(|found| (found.id.as_str(), found.kind)).collect();
    assert_eq!(
        ids,
        [
            ("M1", FindingKind::Misconfiguration),
            ("M3", FindingKind::Misconfiguration),
            ("S1", FindingKind::Secret),
            ("L1", FindingKind::License),
            ("V1", FindingKind::Vulnerability),
        ]
    );
    assert!(report.findings[1].suppressed.is_some());
    assert_eq!(report.findings[4].suppressed.as_ref().unwrap().source, ".trivyignore");
    assert!(!format!("{report:?}").contains("hunter2"));
}

#[test]
fn null_is_absence() {
    let text = r#"{"SchemaVersion":2,"Metadata":{"OS":null,"ImageID":null,"DiffIDs":null,"ImageConfig":null},
        "CreatedAt":null,"Results":[{"Target":"t","Vulnerabilities":null}]}"#;
    let report = scan::read(text.as_bytes()).unwrap().remove(0);
    assert_eq!((report.created, report.os, report.findings.len()), (None, None, 0));
}

#[test]
fn a_server_says_how_old_its_database_is() {
    let text = r#"{"SchemaVersion":2,"Trivy":{"Version":"0.70.0","Server":{"Version":"0.70.0",
        "VulnerabilityDB":{"Version":2,"UpdatedAt":"2026-11-23T06:00:00Z"}}}}"#;
    let report = scan::read(text.as_bytes()).unwrap().remove(0);
    let database = report.database.unwrap();
    assert_eq!(
        (database.built, database.version.as_deref()),
        (Some("2026-11-23T06:00:00Z".parse().unwrap()), Some("2"))
    );
    let none = r#"{"SchemaVersion":2,"CreatedAt":"0001-01-01T00:00:00Z","Trivy":{"Version":"0.70.0"}}"#;
    let report = scan::read(none.as_bytes()).unwrap().remove(0);
    assert_eq!((report.database, report.created), (None, None));
}

#[test]
fn the_findings_of_all_results_are_kept_in_their_order() {
    let result = |target: &str, ids: &[&str]| {
        let found: Vec<_> = ids.iter().map(|id| format!(r#"{{"VulnerabilityID":"{id}"}}"#)).collect();
        format!(r#"{{"Vulnerabilities":[{}],"Target":"{target}"}}"#, found.join(","))
    };
    let results = [result("x", &["a"]), result("y", &["b", "c", "d"]), result("z", &["e"])].join(",");
    let report = report(&format!("[{results}]"));
    let found: Vec<_> =
        report.findings.iter().map(|found| (found.id.as_str(), found.target.as_str())).collect();
    assert_eq!(found, [("a", "x"), ("b", "y"), ("c", "y"), ("d", "y"), ("e", "z")]);
}

#[test]
fn refuses_what_it_cannot_take_as_said() {
    for (text, expected) in [
        (r#"{"SchemaVersion":1}"#, "SchemaVersion 1"),
        (r#"{"SchemaVersion":3}"#, "SchemaVersion 3"),
        (r#"{"SchemaVersion":"2"}"#, "invalid type"),
        (r#"{"SchemaVersion":2,"CreatedAt":"yesterday"}"#, "not a time"),
        (r#"{"SchemaVersion":2,"Metadata":{"ImageID":"sha256:00"}}"#, "ImageID"),
        (r#"{"SchemaVersion":2,"Metadata":{"DiffIDs":["x"]}}"#, "DiffIDs"),
        (r#"{"SchemaVersion":2,"results":[]}"#, "another spelling"),
        (r#"{"SchemaVersion":2,"RESULTS":[]}"#, "another spelling"),
        (
            r#"{"SchemaVersion":2,"Results":[{"Vulnerabilities":[{"VendorSeverity":{"nvd":3,"nvd":1}}]}]}"#,
            "appears twice",
        ),
        (
            r#"{"SchemaVersion":2,"Results":[{"Vulnerabilities":[{"CVSS":{"nvd":1,"nvd":1}}]}]}"#,
            "appears twice",
        ),
        (r#"{"SchemaVersion":2,"x":[[{"a":1,"a":1}]]}"#, "appears twice"),
        (
            r#"{"SchemaVersion":2,"Results":[{"Vulnerabilities":[{"Severity":"HIGH","severity":"LOW"}]}]}"#,
            "another spelling",
        ),
        (
            r#"{"SchemaVersion":2,"Results":[{"ExperimentalModifiedFindings":[{"Type":"x"}]}]}"#,
            "unknown type",
        ),
    ] {
        let error = scan::read(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn a_truncated_report_is_refused_wherever_it_ends() {
    let text = r#"{"SchemaVersion":2,"ArtifactType":"container_image","Metadata":{"OS":{"Family":"alpine","Name":"3.22"}},
        "Results":[{"Target":"t","Class":"os-pkgs","Vulnerabilities":[{"VulnerabilityID":"CVE-1","Severity":"HIGH"}]}]}"#;
    assert!(scan::read(text.as_bytes()).is_ok());
    for end in 0..text.len() {
        assert!(matches!(scan::read(&text.as_bytes()[..end]), Err(ReportError::Json(_))), "{end}");
    }
}
