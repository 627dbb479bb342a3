//! One test for each way in which less is made of a log than it says.

use super::super::Finding;
use super::super::FindingKind;
use super::super::Fix;
use super::super::Severity;
use super::*;
use crate::scan;

mod tools;

fn read_all(runs: &str) -> Result<Vec<Report>, ReportError> {
    scan::read(format!(r#"{{"version":"2.1.0","runs":{runs}}}"#).as_bytes())
}

fn run(driver: &str, rest: &str) -> Report {
    let text = format!(r#"[{{"tool":{{"driver":{{"name":"Example"{driver}}}}}{rest}}}]"#);
    read_all(&text).unwrap_or_else(|error| panic!("{text}: {error}")).remove(0)
}

/// The findings of a run with these rules and results.
fn findings(rules: &str, results: &str) -> Vec<Finding> {
    run(&format!(r#","rules":[{rules}]"#), &format!(r#","results":[{results}]"#)).findings
}

/// The severities of the findings, in order.
fn severities(rules: &str, results: &str) -> Vec<Severity> {
    findings(rules, results).iter().map(|found| found.severity).collect()
}

#[test]
fn a_level_that_is_absent_is_the_rules_or_warning() {
    let rules = r#"{"id":"A","defaultConfiguration":{"level":"error"}},{"id":"B","defaultConfiguration":{}},{"id":"C"}"#;
    let results = r#"{"ruleId":"A"},{"ruleId":"B"},{"ruleId":"C"},{"ruleId":"D"},{},{"ruleId":"A","level":"note"},{"ruleId":"A","level":null}"#;
    use Severity::*;
    assert_eq!(severities(rules, results), [Critical, Medium, Medium, Medium, Medium, Low, Critical]);
}

#[test]
fn an_override_counts_with_its_invocation_and_without_when_it_is_worse() {
    let rules = r#","rules":[{"id":"A","defaultConfiguration":{"level":"note"}},{"id":"B","defaultConfiguration":{"level":"error"}}]"#;
    let overrides = r#"{"descriptor":{"id":"A"},"configuration":{"level":"error"}},{"descriptor":{"index":1},"configuration":{"level":"note"}}"#;
    let invocations = format!(
        r#","invocations":[{{"executionSuccessful":true,"ruleConfigurationOverrides":[{overrides}]}},{{"executionSuccessful":true}}]"#
    );
    let severities = |results: &str| -> Vec<Severity> {
        let report = run(rules, &format!(r#"{invocations},"results":[{results}]"#));
        report.findings.iter().map(|found| found.severity).collect()
    };
    use Severity::*;
    assert_eq!(severities(r#"{"ruleId":"A"},{"ruleId":"B"}"#), [Critical, Critical]);
    let first = r#""provenance":{"invocationIndex":0}"#;
    assert_eq!(severities(&format!(r#"{{"ruleId":"A",{first}}},{{"ruleId":"B",{first}}}"#)), [Critical, Low]);
    let second = r#""provenance":{"invocationIndex":1}"#;
    assert_eq!(
        severities(&format!(r#"{{"ruleId":"A",{second}}},{{"ruleId":"B",{second}}}"#)),
        [Low, Critical]
    );
}

#[test]
fn kinds_that_are_no_failure_are_no_finding() {
    let results = ["pass", "notApplicable", "informational"].map(|kind| format!(r#"{{"kind":"{kind}"}}"#));
    assert_eq!(severities("", &results.join(",")), []);
    assert_eq!(
        severities(
            r#"{"id":"A","defaultConfiguration":{"level":"error"}}"#,
            r#"{"ruleId":"A","kind":"pass"}"#
        ),
        []
    );
    assert_eq!(
        severities("", r#"{"kind":"fail"},{"kind":"fail","level":"none"}"#),
        [Severity::Medium, Severity::Unknown]
    );
}

#[test]
fn a_kind_that_contradicts_its_level_is_a_failure() {
    assert_eq!(severities("", r#"{"kind":"pass","level":"error"}"#), [Severity::Critical]);
    assert_eq!(severities("", r#"{"kind":"pass","level":"none"}"#), []);
}

#[test]
fn open_and_review_are_not_proven_clean() {
    for kind in ["open", "review", "word"] {
        let found = findings("", &format!(r#"{{"kind":"{kind}"}}"#)).remove(0);
        assert_eq!((found.severity, found.severity_word.as_deref()), (Severity::Unknown, Some(kind)));
        assert_eq!(found.fix, Fix::Unknown);
    }
}

#[test]
fn only_suppressions_that_are_all_accepted_suppress() {
    let suppressed = |suppressions: &str| {
        findings("", &format!(r#"{{"suppressions":{suppressions}}}"#)).remove(0).suppressed.map(|by| *by)
    };
    for none in [
        "null",
        "[]",
        r#"[{"kind":"external","status":"rejected"}]"#,
        r#"[{"kind":"external","status":"underReview"}]"#,
        r#"[{"kind":"external","status":"word"}]"#,
        r#"[{"kind":"external","status":"accepted"},{"kind":"inSource","status":"rejected"}]"#,
        r#"[{"kind":"external"},{"kind":"external","status":"underReview"}]"#,
    ] {
        assert!(suppressed(none).is_none(), "{none}");
    }
    let by =
        |suppressions: &str| suppressed(suppressions).map(|by| (by.status, by.source, by.statement)).unwrap();
    let expected = |source: &str, why: &str| ("accepted".to_owned(), source.to_owned(), why.to_owned());
    assert_eq!(by(r#"[{"kind":"inSource"}]"#), expected("inSource", ""));
    assert_eq!(
        by(r#"[{"kind":"external","status":"accepted","justification":"why"},{"kind":"inSource"}]"#),
        expected("external, inSource", "why")
    );
}

#[test]
fn a_result_that_is_absent_now_is_no_finding() {
    let results = r#"{"baselineState":"absent"},{"baselineState":"new"},{"baselineState":"unchanged"},{"baselineState":"updated"}"#;
    let report = run("", &format!(r#","results":[{results}]"#));
    assert_eq!((report.findings.len(), report.faults.len()), (3, 0));
}

#[test]
fn a_baseline_on_some_results_only_is_a_fault() {
    let report = run("", r#","results":[{"baselineState":"absent"},{}]"#);
    assert_eq!((report.findings.len(), report.faults.len()), (1, 1));
}

const ERROR: &str = r#""defaultConfiguration":{"level":"error"}"#;
const NOTE: &str = r#""defaultConfiguration":{"level":"note"}"#;

#[test]
fn a_rule_is_found_by_index_identifier_part_and_guid() {
    let rules = format!(r#"{{"id":"A",{NOTE}}},{{"id":"B","guid":"g",{ERROR}}}"#);
    for result in [
        r#""ruleId":"B""#,
        r#""ruleId":"B/part/of""#,
        r#""ruleIndex":1"#,
        r#""ruleId":"B","ruleIndex":1"#,
        r#""ruleId":"B/part","ruleIndex":1"#,
        r#""rule":{"id":"B"}"#,
        r#""rule":{"index":1}"#,
        r#""rule":{"guid":"g"}"#,
    ] {
        assert_eq!(severities(&rules, &format!("{{{result}}}")), [Severity::Critical], "{result}");
    }
    // Not another rule's part, and not a beginning of its name.
    for result in [r#""ruleId":"A/B""#, r#""ruleId":"A""#, r#""ruleId":"A","ruleIndex":-1"#] {
        assert_eq!(severities(&rules, &format!("{{{result}}}")), [Severity::Low], "{result}");
    }
    assert_eq!(severities(&rules, r#"{"ruleId":"BB"}"#), [Severity::Medium]);
}

#[test]
fn a_rule_of_an_extension_is_found() {
    let tool = format!(
        r#"{{"driver":{{"name":"x","rules":[{{"id":"A",{NOTE}}}]}},"extensions":[{{"name":"y","rules":[{{"id":"N",{NOTE}}}]}},{{"name":"z","guid":"g","rules":[{{"id":"A",{ERROR}}}]}}]}}"#
    );
    let severity = |result: &str| {
        let mut reports = read_all(&format!(r#"[{{"tool":{tool},"results":[{{{result}}}]}}]"#)).unwrap();
        reports.remove(0).findings.remove(0).severity
    };
    assert_eq!(severity(r#""rule":{"index":0,"toolComponent":{"index":1}}"#), Severity::Critical);
    assert_eq!(severity(r#""ruleId":"A","rule":{"toolComponent":{"index":1}}"#), Severity::Critical);
    assert_eq!(severity(r#""ruleId":"A","rule":{"toolComponent":{"guid":"g"}}"#), Severity::Critical);
    assert_eq!(severity(r#""ruleId":"A""#), Severity::Low);
    assert_eq!(severity(r#""ruleId":"N""#), Severity::Low);
}

#[test]
fn index_and_identifier_that_disagree_are_the_worse_of_both() {
    let rules = format!(r#"{{"id":"A",{NOTE}}},{{"id":"B",{ERROR}}}"#);
    assert_eq!(severities(&rules, r#"{"ruleId":"A","ruleIndex":1}"#), [Severity::Critical]);
    assert_eq!(severities(&rules, r#"{"ruleId":"B","ruleIndex":0}"#), [Severity::Critical]);
    assert_eq!(severities(&rules, r#"{"ruleId":"A","rule":{"id":"B"}}"#), [Severity::Critical]);
    assert_eq!(severities(&rules, r#"{"ruleId":"A","ruleIndex":42}"#), [Severity::Low]);
}

#[test]
fn identifiers_that_repeat_are_the_worst_of_all() {
    let rules = format!(r#"{{"id":"A",{NOTE}}},{{"id":"A",{ERROR}}}"#);
    assert_eq!(severities(&rules, r#"{"ruleId":"A"}"#), [Severity::Critical]);
    assert_eq!(severities(&rules, r#"{"ruleId":"A","ruleIndex":0}"#), [Severity::Low]);
}

#[test]
fn a_score_is_a_number_above_zero_and_up_to_ten() {
    let scored = |score: &str| {
        let rules = format!(
            r#"{{"id":"A","defaultConfiguration":{{"level":"note"}},"properties":{{"security-severity":{score}}}}}"#
        );
        let found = findings(&rules, r#"{"ruleId":"A"}"#).remove(0);
        (found.severity, found.severity_word)
    };
    use Severity::*;
    for (score, severity) in [
        ("\"10.0\"", Critical),
        ("\"9.0\"", Critical),
        ("9.8", Critical),
        ("\"8.9\"", High),
        ("7", High),
        ("\"6.9\"", Medium),
        ("\"4.0\"", Medium),
        ("\"0.1\"", Low),
        // None at all, so that the level decides.
        ("\"0.0\"", Low),
        ("\"11\"", Low),
        ("null", Low),
    ] {
        assert_eq!(scored(score), (severity, None), "{score}");
    }
    // No number: a word that nobody knows, which never counts as harmless.
    for score in ["9,8", "NaN", "inf", "1e1", "-9.8", "+9", "", "high", "."] {
        assert_eq!(scored(&format!("\"{score}\"")), (Low, Some(score.to_owned())), "{score}");
    }
}

#[test]
fn a_score_may_stand_on_the_result() {
    let result = r#"{"level":"warning","properties":{"security-severity":"9.1"}}"#;
    let found = findings("", result).remove(0);
    assert_eq!(found.severity, Severity::Critical);
    assert_eq!(found.severities.get("security-severity"), Some(Severity::Critical));
}

#[test]
fn level_and_score_are_the_worse_of_both() {
    let severity = |level: &str, score: &str| {
        let result = format!(r#"{{"level":"{level}","properties":{{"security-severity":"{score}"}}}}"#);
        severities("", &result).remove(0)
    };
    assert_eq!(severity("warning", "9.8"), Severity::Critical);
    assert_eq!(severity("note", "7.5"), Severity::High);
    assert_eq!(severity("error", "2.0"), Severity::High);
    assert_eq!(severity("none", "5.0"), Severity::Medium);
}

#[test]
fn an_error_alone_may_be_critical() {
    assert_eq!(severities("", r#"{"level":"error"}"#), [Severity::Critical]);
}

#[test]
fn a_level_that_sarif_does_not_have_is_kept_with_its_word() {
    let found = findings("", r#"{"level":"critical"}"#).remove(0);
    assert_eq!((found.severity, found.severity_word.as_deref()), (Severity::Unknown, Some("critical")));
}

#[test]
fn no_list_of_results_is_a_run_that_did_not_happen() {
    for results in ["", r#","results":null"#] {
        assert!(run("", results).faults[0].contains("did not run"), "{results}");
    }
    assert_eq!(run("", r#","results":[]"#).faults, [""; 0]);
    assert!(read_all(r#"[{"tool":{"driver":{"name":"x"}},"results":42}]"#).is_err());
}

#[test]
fn a_run_that_failed_is_a_fault() {
    let faults =
        |invocations: &str| run("", &format!(r#","results":[],"invocations":[{invocations}]"#)).faults;
    assert_eq!(faults(r#"{"executionSuccessful":true},{"executionSuccessful":false}"#).len(), 1);
    let error = r#"[{"level":"error","message":{"text":"no such ruleset"}}]"#;
    for list in ["toolExecutionNotifications", "toolConfigurationNotifications"] {
        let found = faults(&format!(r#"{{"executionSuccessful":true,"{list}":{error}}}"#));
        assert_eq!(found, ["the tool reports an error: no such ruleset"]);
    }
    let warning = r#"{"executionSuccessful":true,"toolExecutionNotifications":[{"level":"warning"},{}]}"#;
    assert_eq!(faults(warning), [""; 0]);
}

#[test]
fn results_in_other_files_are_a_fault() {
    let external = r#","results":[],"externalPropertyFileReferences":{"results":[{"location":{"uri":"a"}}]}"#;
    assert!(run("", external).faults[0].contains("other files"));
    assert_eq!(run("", r#","results":[],"externalPropertyFileReferences":{}"#).faults, [""; 0]);
    let log = r#"{"version":"2.1.0","inlineExternalProperties":[{"results":[]}],"runs":[{"tool":{"driver":{"name":"x"}},"results":[]}]}"#;
    assert!(scan::read(log.as_bytes()).unwrap()[0].faults[0].contains("other files"));
}

#[test]
fn a_log_without_runs_is_refused() {
    for runs in ["[]", "null"] {
        let error = read_all(runs).unwrap_err().to_string();
        assert!(error.contains("without a run"), "{error}");
    }
}

#[test]
fn every_run_is_a_report_of_its_own() {
    let reports = read_all(
        r#"[{"tool":{"driver":{"name":"Trivy","version":"0.69.1"}},"results":[{"level":"note"}]},
            {"tool":{"driver":{"name":"Other","semanticVersion":"1.2.3"}},"results":null}]"#,
    )
    .unwrap();
    let tools: Vec<_> =
        reports.iter().map(|report| (report.tool.name.as_str(), report.tool.version.as_deref())).collect();
    assert_eq!(tools, [("trivy", Some("0.69.1")), ("Other", Some("1.2.3"))]);
    let counts = reports.iter().map(|report| (report.run, report.findings.len(), report.faults.len()));
    assert_eq!(counts.collect::<Vec<_>>(), [(0, 1, 0), (1, 0, 1)]);
}

#[test]
fn other_versions_are_refused() {
    for version in ["\"1.0.0\"", "\"2.0.0\"", "\"2.0.0-csd.2.beta.2019-01-24\"", "\"2.2.0\"", "2.1", "null"] {
        let log = format!(r#"{{"version":{version},"runs":[{{"results":[]}}]}}"#);
        let error = scan::read(log.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("only 2.1.0"), "{version}: {error}");
    }
}

#[test]
fn a_message_may_be_written_elsewhere_with_arguments() {
    let title = |rule: &str, message: &str| {
        let driver = format!(r#","globalMessageStrings":{{"g":{{"text":"all of {{0}}"}}}},"rules":[{rule}]"#);
        let report = run(&driver, &format!(r#","results":[{{"ruleId":"A","message":{message}}}]"#));
        report.findings[0].title.clone()
    };
    let rule = r#"{"id":"A","messageStrings":{"d":{"text":"{1} in {0}: {2} {x}"}}}"#;
    assert_eq!(title(rule, r#"{"id":"d","arguments":["a","b"]}"#).as_deref(), Some("b in a: {2} {x}"));
    assert_eq!(title(rule, r#"{"id":"g","arguments":["it"]}"#).as_deref(), Some("all of it"));
    assert_eq!(title(rule, r#"{"text":"own","id":"d"}"#).as_deref(), Some("own"));
    assert_eq!(title(rule, r#"{"id":"none"}"#), None);
}

#[test]
fn occurrences_and_fixes_say_nothing_about_a_fix() {
    let found =
        findings("", r#"{"level":"error","occurrenceCount":3,"fixes":[{"artifactChanges":[]}]}"#).remove(0);
    assert_eq!((found.fix, found.kind), (Fix::Unknown, FindingKind::Vulnerability));
}

#[test]
fn the_earliest_end_is_when_it_was_made() {
    let created =
        |invocations: &str| run("", &format!(r#","results":[],"invocations":[{invocations}]"#)).created;
    let time = |text: &str| Some(text.parse().unwrap());
    assert_eq!(created(r#"{"startTimeUtc":"2026-11-01T00:00:00Z"}"#), time("2026-11-01T00:00:00Z"));
    assert_eq!(
        created(
            r#"{"startTimeUtc":"2026-11-01T00:00:00Z","endTimeUtc":"2026-11-03T00:00:00Z"},{"endTimeUtc":"2026-11-02T00:00:00.5Z"}"#
        ),
        time("2026-11-02T00:00:00.5Z")
    );
    assert_eq!(created("{}"), None);
    assert!(read_all(r#"[{"results":[],"invocations":[{"endTimeUtc":"then"}]}]"#).is_err());
}

#[test]
fn a_place_is_the_first_that_has_an_address() {
    let found = findings(
        "",
        r#"{"ruleId":"A","locations":[{"logicalLocations":[]},{"physicalLocation":{"artifactLocation":{"uri":"src/main.c"}}}]}"#,
    )
    .remove(0);
    assert_eq!((found.target.as_str(), found.path.as_deref()), ("src/main.c", Some("src/main.c")));
}

#[test]
fn refuses_what_two_readers_would_read_differently() {
    for (run, expected) in [
        (r#"{"results":[],"results":[]}"#, "duplicate field"),
        (r#"{"Results":[],"results":[]}"#, "another spelling"),
        (r#"{"results":[{"level":"error","Level":"note"}]}"#, "another spelling"),
        (r#"{"results":[],"graphs":{"a":1,"a":1}}"#, "appears twice"),
        (r#"{"results":[],"tool":{"driver":{"rules":[{"properties":{"a":1,"a":1}}]}}}"#, "appears twice"),
    ] {
        let error = read_all(&format!("[{run}]")).unwrap_err().to_string();
        assert!(error.contains(expected), "{run}: {error}");
    }
    // Tools put what they like into properties.
    assert!(read_all(r#"[{"results":[],"properties":{"imageid":1,"ImageID":2}}]"#).is_ok());
}

#[test]
fn a_truncated_log_is_refused_wherever_it_ends() {
    let text = r#"{"$schema":"x","version":"2.1.0","runs":[{"tool":{"driver":{"name":"Trivy","rules":[{"id":"A"}]}},
        "results":[{"ruleId":"A","level":"error","message":{"text":"a\nb"},"locations":[{}]}]}]}"#;
    assert!(scan::read(text.as_bytes()).is_ok());
    for end in 0..text.len() {
        assert!(matches!(scan::read(&text.as_bytes()[..end]), Err(ReportError::Json(_))), "{end}");
    }
}

#[test]
fn depth_is_an_error_and_no_overflow() {
    for levels in [200, 100_000] {
        let deep = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        for text in [
            format!(r#"{{"version":"2.1.0","runs":[],"x":{deep}}}"#),
            format!(r#"{{"x":{deep},"version":"2.1.0","runs":[]}}"#),
            format!(
                r#"{{"SchemaVersion":2,"Results":[{{"ExperimentalModifiedFindings":[{{"Type":"secret","Finding":{{"x":{deep}}}}}]}}]}}"#
            ),
            format!(r#"{{"matches":[],"descriptor":{{}},"source":{{"target":{deep}}}}}"#),
        ] {
            assert!(matches!(scan::read(text.as_bytes()), Err(ReportError::Json(_))), "{levels}");
        }
    }
}
