use super::super::finding::Fix;
use super::super::report::Format;
use super::*;

const VULN: &str = "https://cosign.sigstore.dev/attestation/vuln/v1";
const VULNS: &str = "https://in-toto.io/attestation/vulns/v0.2";

fn statement(kind: &str, predicate: &str) -> Statement {
    let text = format!(
        r#"{{"_type":"https://in-toto.io/Statement/v0.1","subject":[{{"name":"app","digest":{{}}}}],
            "predicateType":"{kind}","predicate":{predicate}}}"#
    );
    Statement::from_slice(text.as_bytes()).unwrap()
}

fn read(kind: &str, predicate: &str) -> Result<Report, ReportError> {
    read_statement(&statement(kind, predicate)).map(|mut reports| {
        assert_eq!(reports.len(), 1);
        reports.remove(0)
    })
}

fn error(kind: &str, predicate: &str) -> String {
    read(kind, predicate).unwrap_err().to_string()
}

fn at(text: &str) -> Option<Timestamp> {
    Some(text.parse().unwrap())
}

/// Trivy's `pkg/report/predicate/vuln.go`: an empty database and invocation, twice the time of writing.
fn trivy(created: &str, finished: &str) -> String {
    format!(
        r#"{{"invocation":{{"parameters":null,"uri":"","event_id":"","builder.id":""}},
        "scanner":{{"uri":"pkg:github/aquasecurity/trivy@0.70.0","version":"0.70.0","db":{{"uri":"","version":""}},
          "result":{{"SchemaVersion":2,{created}"ArtifactName":"app","ArtifactType":"container_image","Results":[
            {{"Target":"app (debian 12.5)","Class":"os-pkgs","Vulnerabilities":[
              {{"VulnerabilityID":"CVE-2024-0001","PkgName":"bash","Status":"affected","Severity":"HIGH"}}]}}]}}}},
        "metadata":{{"scanStartedOn":"{finished}","scanFinishedOn":"{finished}"}}}}"#
    )
}

#[test]
fn reads_the_report_that_cosign_carries() {
    let predicate = trivy(r#""CreatedAt":"2026-11-20T10:00:00Z","#, "2026-11-20T10:00:05Z");
    let report = read(VULN, &predicate).unwrap();
    assert_eq!((report.format, report.findings.len()), (Format::TrivyJson, 1));
    assert_eq!((report.tool.name.as_str(), report.tool.version.as_deref()), ("trivy", Some("0.70.0")));
    assert_eq!((report.target.kind.as_str(), &report.database), ("container_image", &None));
    assert_eq!(report.digest, Digest::sha256(predicate.as_bytes()));
    assert!(read("cosign.sigstore.dev/attestation/vuln/v1", &predicate).is_ok());
}

/// `trivy convert --format cosign-vuln` of an old report stamps today on it.
#[test]
fn a_scan_is_as_old_as_the_report_inside() {
    let old = r#""CreatedAt":"2025-01-01T00:00:00Z","#;
    assert_eq!(read(VULN, &trivy(old, "2026-11-20T10:00:05Z")).unwrap().created, at("2025-01-01T00:00:00Z"));
    let new = r#""CreatedAt":"2026-11-20T12:00:00+01:00","#;
    assert_eq!(read(VULN, &trivy(new, "2026-11-20T10:00:05Z")).unwrap().created, at("2026-11-20T10:00:05Z"));
    assert_eq!(read(VULN, &trivy("", "2026-11-20T10:00:05Z")).unwrap().created, at("2026-11-20T10:00:05Z"));
}

/// cosign's own test accepts these (`pkg/cosign/attestation/attestation_test.go`).
#[test]
fn no_time_and_no_result_are_not_accepted() {
    let zero = "0001-01-01T00:00:00Z";
    assert_eq!(read(VULN, &trivy("", zero)).unwrap().created, None);
    let new = r#""CreatedAt":"2026-11-20T10:00:00Z","#;
    assert_eq!(read(VULN, &trivy(new, zero)).unwrap().created, at("2026-11-20T10:00:00Z"));
    assert_eq!(read(VULN, &trivy("", "")).unwrap().created, None);
    assert!(matches!(read(VULN, &trivy("", "today")), Err(ReportError::Time { .. })));
    for scanner in [r#"{"uri":"x","result":null}"#, "{}", "null"] {
        assert!(
            error(VULN, &format!(r#"{{"scanner":{scanner}}}"#)).contains("without its result"),
            "{scanner}"
        );
        assert!(
            error(VULNS, &format!(r#"{{"scanner":{scanner}}}"#)).contains("without its result"),
            "{scanner}"
        );
    }
    assert!(read(VULN, r#"{"scanner":{"result":{}}}"#).is_err());
    assert!(read(VULN, "null").is_err());
}

#[test]
fn a_report_in_the_place_of_the_predicate_is_read() {
    let report =
        read(VULN, r#"{"SchemaVersion":2,"CreatedAt":"2026-11-20T10:00:00Z","Results":[]}"#).unwrap();
    assert_eq!((report.format, report.created), (Format::TrivyJson, at("2026-11-20T10:00:00Z")));
}

#[test]
fn what_the_statement_adds() {
    let report = read(
        VULN,
        r#"{"scanner":{"uri":"pkg:github/aquasecurity/trivy@0.69.4","db":{"version":"2","lastUpdate":"2026-11-19T00:00:00Z"},
            "result":{"SchemaVersion":2,"Results":[]}},
          "invocation":{"parameters":["image","--severity=HIGH,CRITICAL","--ignore-unfixed","--scanners","vuln","-s","LOW"]}}"#,
    )
    .unwrap();
    assert_eq!(report.tool.version.as_deref(), Some("0.69.4"));
    let database = report.database.unwrap();
    assert_eq!((database.built, database.version.as_deref()), (at("2026-11-19T00:00:00Z"), Some("2")));
    assert_eq!(
        report.filters,
        ["invocation: --severity HIGH,CRITICAL", "invocation: --ignore-unfixed", "invocation: -s LOW"]
    );
}

#[test]
fn parameters_that_leave_out() {
    let found = |line: &str| filters(&Value::String(line.to_owned())).len();
    for line in
        ["grype app -s squashed", "trivy image --scanners vuln,secret app", "--pkg-types os,library", ""]
    {
        assert_eq!(found(line), 0, "{line}");
    }
    for line in
        ["--scanners secret", "--pkg-types os", "--vuln-type=library", "--skip-dirs /app", "--only-fixed"]
    {
        assert_eq!(found(line), 1, "{line}");
    }
}

/// The example of the specification of v0.2, as far as it is JSON.
fn vulns(entries: &str) -> String {
    format!(
        r#"{{"scanner":{{"uri":"pkg:github/aquasecurity/trivy@244fd47e07d1004f0aed9","version":"0.19.2",
          "db":{{"uri":"pkg:github/aquasecurity/trivy-db/commit/4c76bb580b2736d67751410fa4ab66d2b6b9b27d",
            "version":"v1-2021080612","lastUpdate":"2021-08-06T17:45:50.52Z"}},
          "result":[{entries}]}},
        "metadata":{{"scanStartedOn":"2021-08-06T17:45:50.52Z","scanFinishedOn":"2021-08-06T17:50:50.52Z"}}}}"#
    )
}

const ENTRY: &str =
    r#""id":"CVE-123","severity":[{"method":"nvd","score":"medium"},{"method":"cvss_score","score":"5.2"}]"#;

#[test]
fn reads_the_list_of_in_toto() {
    for (kind, entry) in [
        (VULNS, format!("{{{ENTRY}}}")),
        ("https://in-toto.io/attestation/vulns/v0.1", format!("{{{ENTRY}}}")),
        ("https://in-toto.io/attestation/vulns/v0.1", format!(r#"{{"vulnerability":{{{ENTRY}}}}}"#)),
    ] {
        let report = read(kind, &vulns(&entry)).unwrap();
        assert_eq!((report.tool.name.as_str(), report.tool.version.as_deref()), ("trivy", Some("0.19.2")));
        assert_eq!(report.created, at("2021-08-06T17:50:50.52Z"));
        assert_eq!(report.database.unwrap().built, at("2021-08-06T17:45:50.52Z"));
        let found = &report.findings[0];
        assert_eq!(
            (found.id.as_str(), found.severity, found.fix),
            ("CVE-123", Severity::Medium, Fix::Unknown)
        );
        assert_eq!((&found.package, &found.severity_word), (&None, &None));
    }
    assert_eq!(read(VULNS, &vulns("")).unwrap().findings, []);
}

#[test]
fn severities_of_the_list() {
    let found = |scores: &str| {
        let entry = format!(r#"{{"id":"CVE-1","severity":{scores}}}"#);
        let found = read(VULNS, &vulns(&entry)).unwrap().findings.remove(0);
        (found.severity, found.severity_word)
    };
    let word = |text: &str| Some(text.to_owned());
    for (score, expected) in [
        ("9.0", Severity::Critical),
        ("10.0", Severity::Critical),
        ("8.9", Severity::High),
        ("4.0", Severity::Medium),
        ("0.1", Severity::Low),
        ("CRITICAL", Severity::Critical),
    ] {
        assert_eq!(found(&format!(r#"[{{"method":"m","score":"{score}"}}]"#)), (expected, None), "{score}");
    }
    for score in ["0.0", "10.1", "-1", "NaN", "inf", "9,8", "", "1e1", "important", "CVSS:3.1/AV:N"] {
        let expected = (Severity::Unknown, word(score));
        assert_eq!(found(&format!(r#"[{{"method":"m","score":"{score}"}}]"#)), expected, "{score}");
    }
    assert_eq!(found("[]"), (Severity::Unknown, None));
    assert_eq!(found(r#"{"method":"m","score":"high"}"#), (Severity::High, None));
    let twice = r#"[{"method":"m","score":"high"},{"method":"m","score":"low"}]"#;
    assert_eq!(found(twice), (Severity::High, None));
    let vector = r#"[{"method":"v","score":"CVSS:3.1/AV:N"},{"method":"m","score":"low"}]"#;
    assert_eq!(found(vector), (Severity::Low, None));
    let unknown = r#"[{"method":"v","score":"important"},{"method":"m","score":"low"}]"#;
    assert_eq!(found(unknown), (Severity::Low, word("important")));
}

#[test]
fn refuses_what_is_read_in_two_ways() {
    assert!(error(VULN, r#"{"scanner":{},"Scanner":{}}"#).contains("another spelling"));
    assert!(error(VULN, r#"{"scanner":{"result":{},"Result":null}}"#).contains("another spelling"));
    assert!(error(VULN, r#"{"scanner":{"result":{}},"metadata":{"scanfinishedon":""}}"#).contains("another"));
    assert!(error(VULNS, &vulns(r#"{"id":"a","ID":"b"}"#)).contains("another spelling"));
    assert!(error(VULNS, &vulns(r#"{"id":""}"#)).contains("no id"));
    for result in ["{}", "1", "[1]", "[null]", r#"[{"id":"a","severity":[{"method":"m"}]}]"#] {
        assert!(read(VULNS, &format!(r#"{{"scanner":{{"result":{result}}}}}"#)).is_err(), "{result}");
    }
}

#[test]
fn refuses_other_attestations() {
    for kind in ["https://spdx.dev/Document", "https://in-toto.io/attestation/vulns/v0.3", ""] {
        assert!(error(kind, "{}").contains("attestation of type"), "{kind}");
    }
}

#[test]
fn a_database_is_as_old_as_the_older_date_says() {
    let built = |own: Option<&str>, attested: &str| {
        let mut report = read(VULN, r#"{"SchemaVersion":2,"Results":[]}"#).unwrap();
        let own = own.and_then(at);
        report.database = Some(Database { built: own, version: Some("own".to_owned()), fault: None });
        let text = format!(r#"{{"scanner":{{"db":{{"version":"2","lastUpdate":"{attested}"}}}}}}"#);
        Envelope::read(&Object::parse(text.as_bytes()).unwrap()).unwrap().complete(&mut report);
        let database = report.database.unwrap();
        assert_eq!(database.version.as_deref(), Some("own"));
        database.built
    };
    let (old, new) = ("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
    assert_eq!(built(Some(new), old), at(old));
    assert_eq!(built(Some(old), new), at(old));
    assert_eq!(built(None, new), at(new));
    assert_eq!(built(Some(old), ""), at(old));
}
