use super::*;
use crate::scan;

fn report(fields: &str) -> Report {
    let text = format!(r#"{{"descriptor":{{"name":"grype","version":"0.100.0"}},{fields}}}"#);
    scan::read(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}")).remove(0)
}

fn found(vulnerability: &str) -> Finding {
    let report = report(&format!(r#""matches":[{{"vulnerability":{{"id":"CVE-1",{vulnerability}}}}}]"#));
    assert_eq!(report.findings.len(), 1);
    report.findings[0].clone()
}

#[test]
fn fix_states() {
    for (fields, expected) in [
        (r#""fix":{"versions":["1.2"],"state":"fixed"}"#, Fix::Available),
        (r#""fix":{"versions":[],"state":"fixed"}"#, Fix::Available),
        (r#""fix":{"versions":[],"state":"not-fixed"}"#, Fix::Absent),
        (r#""fix":{"versions":[],"state":"wont-fix"}"#, Fix::Absent),
        (r#""fix":{"versions":[],"state":"unknown"}"#, Fix::Unknown),
        (r#""fix":{"versions":["1.2"],"state":"unknown"}"#, Fix::Available),
        (r#""fix":{"versions":null,"state":""}"#, Fix::Unknown),
        (r#""fix":{"state":"word"}"#, Fix::Unknown),
        (r#""fix":{}"#, Fix::Unknown),
        (r#""x":1"#, Fix::Unknown),
    ] {
        assert_eq!(found(fields).fix, expected, "{fields}");
    }
    let fixed = found(r#""fix":{"versions":["1.2","2.1"],"state":"fixed"}"#);
    assert_eq!(fixed.fixed_version.as_deref(), Some("1.2, 2.1"));
}

#[test]
fn a_finding_without_fix_information_is_a_fault_of_the_report() {
    let matches =
        r#""matches":[{"vulnerability":{"id":"a"}},{"vulnerability":{"id":"b","fix":{"state":"unknown"}}}]"#;
    let report = report(matches);
    assert_eq!(report.faults.len(), 1);
    assert!(report.faults[0].starts_with("1 findings do not say"), "{:?}", report.faults);
}

#[test]
fn severities() {
    for (word, severity, kept) in [
        ("Critical", Severity::Critical, None),
        ("High", Severity::High, None),
        ("Medium", Severity::Medium, None),
        ("Low", Severity::Low, None),
        ("Negligible", Severity::Low, None),
        ("Unknown", Severity::Unknown, None),
        ("Important", Severity::Unknown, Some("Important")),
        ("", Severity::Unknown, None),
    ] {
        let found = found(&format!(r#""severity":"{word}""#));
        assert_eq!((found.severity, found.severity_word.as_deref()), (severity, kept), "{word}");
    }
}

#[test]
fn every_field_has_its_place() {
    let report = report(
        r#""matches":[{"vulnerability":{"id":"GHSA-1","dataSource":"https://example.com/GHSA-1","namespace":"github:language:java",
            "severity":"Medium","description":"First line.\nSecond.","fix":{"versions":["4.3.5"],"state":"fixed"}},
          "relatedVulnerabilities":[{"id":"CVE-1","namespace":"nvd:cpe","severity":"High"},
            {"id":"GHSA-1","namespace":"nvd:cpe","severity":"Low"},{"id":"CVE-1","namespace":"x","severity":"odd"}],
          "artifact":{"name":"httpclient","version":"4.1.1","type":"java-archive","purl":"pkg:maven/org.apache/httpclient@4.1.1",
            "locations":[{"path":"/app.jar"},{"path":"/b.jar"}]}}]"#,
    );
    let found = &report.findings[0];
    assert_eq!((found.id.as_str(), found.aliases.as_slice()), ("GHSA-1", ["CVE-1".to_owned()].as_slice()));
    assert_eq!((found.package.as_deref(), found.version.as_deref()), (Some("httpclient"), Some("4.1.1")));
    assert_eq!(found.purl.as_ref().unwrap().name(), "httpclient");
    assert_eq!((found.path.as_deref(), found.title.as_deref()), (Some("/app.jar"), Some("First line.")));
    assert_eq!(found.url.as_deref(), Some("https://example.com/GHSA-1"));
    assert_eq!(found.kind, FindingKind::Vulnerability);
    let severities: Vec<_> = found.severities.iter().collect();
    assert_eq!(severities, [("nvd:cpe", Severity::High), ("github:language:java", Severity::Medium)]);
    assert_eq!(found.highest(), Severity::High);
}

#[test]
fn an_image_is_named_by_its_configuration() {
    let config = r#"{"architecture":"arm64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:1111111111111111111111111111111111111111111111111111111111111111"]}}"#;
    let id = Digest::sha256(config.as_bytes());
    let image = |id: &str| {
        report(&format!(
            r#""matches":[],"source":{{"type":"image","target":{{"userInput":"example.com/app:1","imageID":"{id}",
            "manifestDigest":"sha256:{m}","layers":[{{"digest":"sha256:{l}"}}],"config":"{config}",
            "repoDigests":["example.com/app@sha256:{m}"],"architecture":"","os":""}}}}"#,
            m = "2".repeat(64),
            l = "3".repeat(64),
            config = STANDARD.encode(config),
        ))
    };
    let report = image(&id.to_string());
    let target = &report.target;
    assert_eq!((target.kind.as_str(), target.name.as_str()), ("image", "example.com/app:1"));
    assert_eq!(target.image_id, Some(id));
    assert_eq!(target.diff_ids, [Digest::parse(&format!("sha256:{}", "1".repeat(64))).unwrap()]);
    assert_eq!((target.os.as_deref(), target.architecture.as_deref()), (Some("linux"), Some("arm64")));
    assert_eq!(target.manifest.unwrap().hex(), "2".repeat(64));
    assert_eq!(target.repo_digests, [format!("example.com/app@sha256:{}", "2".repeat(64))]);
    assert_eq!(report.faults, [""; 0]);
    // One image's identifier over the configuration of another.
    let other = image(&format!("sha256:{}", "4".repeat(64)));
    assert_eq!(other.target.diff_ids, [Digest::parse(&format!("sha256:{}", "3".repeat(64))).unwrap()]);
    assert!(other.faults[0].contains("is not the one that imageID names"), "{:?}", other.faults);
}

#[test]
fn a_directory_is_no_image() {
    let report = report(r#""matches":null,"source":{"type":"directory","target":"./app"}"#);
    assert_eq!((report.target.kind.as_str(), report.target.name.as_str()), ("directory", "./app"));
    assert_eq!((report.target.image_id, report.findings.len(), report.coverage), (None, 0, None));
}

#[test]
fn an_alert_ends_the_life_of_the_distribution() {
    let distro = r#""matches":[],"distro":{"name":"debian","version":"10","idLike":[]}"#;
    let alive = report(distro).os.unwrap();
    assert_eq!((alive.family.as_str(), alive.name.as_str(), alive.end_of_life), ("debian", "10", false));
    let alert = r#""alertsByPackage":[{"package":{},"alerts":[{"type":"distro-eol","message":"over"}]}]"#;
    assert!(report(&format!("{distro},{alert}")).os.unwrap().end_of_life);
    let disabled = alert.replace("distro-eol", "distro-disabled");
    assert_eq!(report(&format!("{distro},{disabled}")).faults, ["over"]);
    assert_eq!(report(r#""matches":[],"distro":{"name":"","version":""}"#).os, None);
}

fn database(db: &str) -> Database {
    let text = format!(r#"{{"matches":[],"descriptor":{{"db":{db}}}}}"#);
    scan::read(text.as_bytes()).unwrap().remove(0).database.unwrap()
}

#[test]
fn the_database_says_when_it_was_built_and_whether_it_is_sound() {
    let built = Some("2026-02-04T06:28:42Z".parse().unwrap());
    for (db, version, fault) in [
        (r#"{"built":"2026-02-04T06:28:42Z","schemaVersion":5,"error":null}"#, "5", None),
        (
            r#"{"status":{"built":"2026-02-04T06:28:42Z","schemaVersion":"v6.1.4","valid":true},"providers":{}}"#,
            "v6.1.4",
            None,
        ),
        (
            r#"{"status":{"built":"2026-02-04T06:28:42Z","schemaVersion":"v6.1.4","valid":false}}"#,
            "v6.1.4",
            Some("not valid"),
        ),
        (r#"{"built":"2026-02-04T06:28:42Z","schemaVersion":5,"error":"too old"}"#, "5", Some("too old")),
        (
            r#"{"built":"2026-02-04T06:28:42Z","schemaVersion":5,"error":{}}"#,
            "5",
            Some("the report has an error in place of its state"),
        ),
    ] {
        let found = database(db);
        assert_eq!(
            (found.built, found.version.as_deref(), found.fault.as_deref()),
            (built, Some(version), fault)
        );
    }
}

#[test]
fn what_the_configuration_leaves_out_is_said() {
    let filters = |configuration: &str| {
        let text = format!(r#"{{"matches":[],"descriptor":{{"configuration":{configuration}}}}}"#);
        scan::read(text.as_bytes()).unwrap().remove(0).filters
    };
    for (configuration, expected) in [
        ("null", &[][..]),
        (
            r#"{"only-fixed":false,"only-notfixed":false,"ignore-wontfix":"","ignore":null,"exclude":[],"distro":""}"#,
            &[],
        ),
        (r#"{"only-fixed":true}"#, &["only findings with a fix (only-fixed)"]),
        (r#"{"only-notfixed":true}"#, &["only findings without a fix (only-notfixed)"]),
        (r#"{"ignore-wontfix":"true"}"#, &["no findings that nobody will fix (ignore-wontfix)"]),
        (r#"{"exclude":["./a/**"]}"#, &["files were left out (exclude): ./a/**"]),
        (r#"{"vex-documents":["a.json","b.json"]}"#, &["VEX documents were applied: a.json, b.json"]),
        (r#"{"distro":"alpine:3.20"}"#, &["packages were looked up as those of alpine:3.20 (distro)"]),
        (
            r#"{"ignore":[{"vulnerability":"CVE-1","reason":"because","package":{"name":"libcurl"}},{"fix-state":"unknown"},{}]}"#,
            &[
                "ignore rule: CVE-1, package libcurl, because: because",
                "ignore rule: fix state unknown",
                "ignore rule: everything",
            ],
        ),
    ] {
        assert_eq!(filters(configuration), expected, "{configuration}");
    }
}

/// `ignoreLinuxKernelHeaders` in Grype's `cmd/grype/cli/commands/root.go`, as a report has them.
#[test]
fn rules_that_every_configuration_has_are_no_filter() {
    let rule = |name: &str, more: &str| {
        format!(
            r#"{{"vulnerability":"","reason":"","namespace":"","fix-state":"","package":{{"name":"{name}","version":"","language":"","type":"deb","location":"","upstream-name":"linux"}},"vex-status":"",{more}"match-type":"exact-indirect-match"}}"#
        )
    };
    let filters = |rules: &str| {
        let text = format!(r#"{{"matches":[],"descriptor":{{"configuration":{{"ignore":[{rules}]}}}}}}"#);
        scan::read(text.as_bytes()).unwrap().remove(0).filters.len()
    };
    assert_eq!(filters(&rule("linux-libc-dev", "")), 0);
    assert_eq!(filters(&rule("openssl", "")), 1);
    assert_eq!(filters(&rule("linux-libc-dev", "").replace("exact-indirect-match", "")), 1);
}

#[test]
fn what_was_ignored_is_a_suppressed_finding() {
    let ignored = |rules: &str| {
        let report = report(&format!(
            r#""matches":[],"ignoredMatches":[{{"vulnerability":{{"id":"CVE-1","severity":"High","fix":{{"state":"fixed"}}}},"appliedIgnoreRules":[{rules}]}}]"#
        ));
        assert_eq!(report.findings[0].severity, Severity::High);
        report.findings[0].suppressed.clone().unwrap()
    };
    let rule = ignored(r#"{"vulnerability":"CVE-1","reason":"not reachable"}"#);
    assert_eq!((rule.status.as_str(), rule.source.as_str()), ("ignored", "ignore rule"));
    assert_eq!(rule.statement, "CVE-1, because: not reachable");
    let vex = ignored(r#"{"vex-status":"not_affected"}"#);
    assert_eq!((vex.status.as_str(), vex.source.as_str()), ("not_affected", "VEX"));
    let own = ignored(
        r#"{"package":{"name":"linux-libc-dev","type":"deb","upstream-name":"linux"},"match-type":"exact-indirect-match"}"#,
    );
    assert_eq!(own.source, "Grype's own rule for kernel headers");
    assert_eq!(ignored("").source, "ignore rule");
}

#[test]
fn refuses_what_it_cannot_take_as_said() {
    for (text, expected) in [
        (r#"{"matches":[]}"#, "no descriptor"),
        (r#"{"matches":[],"descriptor":{"timestamp":"yesterday"}}"#, "not a time"),
        (r#"{"matches":[],"descriptor":{"db":{"built":"x"}}}"#, "not a time"),
        (r#"{"matches":[],"descriptor":{},"source":{"target":{"imageID":"sha256:00"}}}"#, "imageID"),
        (r#"{"matches":[],"Matches":[],"descriptor":{}}"#, "another spelling"),
        (
            r#"{"matches":[{"vulnerability":{"severity":"High","Severity":"Low"}}],"descriptor":{}}"#,
            "another spelling",
        ),
        (r#"{"matches":[{"vulnerability":{"x":{"a":1,"a":2}}}],"descriptor":{}}"#, "appears twice"),
        (r#"{"matches":[],"descriptor":{},"source":{"target":{"x":1,"x":2}}}"#, "appears twice"),
        (r#"{"matches":{},"descriptor":{}}"#, "invalid type"),
    ] {
        let error = scan::read(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn a_truncated_report_is_refused_wherever_it_ends() {
    let text = r#"{"matches":[{"vulnerability":{"id":"CVE-1","severity":"High","fix":{"versions":["1"],"state":"fixed"}}}],
        "source":{"type":"image","target":{"userInput":"a"}},"descriptor":{"name":"grype","version":"1"}}"#;
    assert!(scan::read(text.as_bytes()).is_ok());
    for end in 0..text.len() {
        assert!(matches!(scan::read(&text.as_bytes()[..end]), Err(ReportError::Json(_))), "{end}");
    }
}
