use super::*;
use crate::package::Purl;
use crate::scan::Database;
use crate::scan::Report;
use crate::scan::ReportError;
use crate::scan::Severity;
use crate::scan::Target;

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

/// The clean report with something else about it.
fn spoiled(spoil: impl FnOnce(&mut Report)) -> Evidence {
    let mut report = report("amd64", CLEAN).unwrap();
    spoil(&mut report);
    without_report().with_report("report.json", Ok(report))
}

#[test]
fn the_age_of_the_database() {
    // The report is of 10:00, the database of 06:00 on the same day.
    let old = |built: &str| {
        let built = built.parse().ok();
        spoiled(|report| report.database = Some(Database { built, ..Database::default() }))
    };
    assert!(matches!(decide("", &old("2026-11-18T10:00:00Z")), Decision::Promote(_)));
    assert_eq!(failed_rule("", &old("2026-11-18T09:59:59Z")), "scan.database");
    assert_eq!(failed_rule("scan: {max-database-age: 3h}", &good()), "scan.database");
    assert!(matches!(
        decide("scan: {max-database-age: none}", &old("2000-01-01T00:00:00Z")),
        Decision::Promote(_)
    ));
    for silent in [old("never"), spoiled(|report| report.database = None)] {
        assert_eq!(failed_rule("", &silent), "scan.database");
        let decision = decide("scan: {unknown-database: allow}", &silent);
        assert!(matches!(decision, Decision::Promote(_)));
        assert_eq!(rules(&decision, Status::Note), ["scan.database"]);
    }
    let broken = |report: &mut Report| {
        if let Some(database) = &mut report.database {
            database.fault = Some("checksum is wrong".to_owned());
        }
    };
    assert_eq!(failed_rule("scan: {unknown-database: allow}", &spoiled(broken)), "scan.database");
}

#[test]
fn a_run_that_failed() {
    let evidence = spoiled(|report| report.faults.push("the tool did not run".to_owned()));
    assert_eq!(failed_rule("", &evidence), "scan.complete");
}

#[test]
fn what_is_left_out_on_purpose() {
    let evidence = spoiled(|report| report.filters.push("only-fixed".to_owned()));
    assert_eq!(failed_rule("", &evidence), "scan.filtered");
    let decision = decide("scan: {filtered: allow}", &evidence);
    assert!(matches!(decision, Decision::Promote(_)));
    assert_eq!(rules(&decision, Status::Note), ["scan.filtered"]);
}

/// Nothing but severe ones is what `--severity HIGH,CRITICAL` leaves.
#[test]
fn nothing_mild_is_suspicious() {
    let item = |id: usize, severity: &str| {
        format!(
            r#"{{"VulnerabilityID":"CVE-2026-{id}","PkgName":"p","Severity":"{severity}","Status":"affected"}}"#
        )
    };
    let of = |items: Vec<String>| {
        let results =
            format!(r#"[{{"Target":"t","Class":"os-pkgs","Vulnerabilities":[{}]}}]"#, items.join(","));
        let evidence = without_report().with_report("r", report("amd64", &results));
        rules(&decide("scan: {ignore-unfixed: true}", &evidence), Status::Note)
    };
    let severe = |count: usize| (0..count).map(|id| item(id, "HIGH")).collect::<Vec<_>>();
    assert_eq!(of(severe(10)), ["scan.filtered"]);
    assert!(of(severe(9)).is_empty());
    assert!(of(severe(10).into_iter().chain([item(10, "LOW")]).collect()).is_empty());
}

#[test]
fn a_form_that_does_not_say_what_was_looked_up() {
    let evidence = spoiled(|report| report.coverage = None);
    assert_eq!(failed_rule("", &evidence), "scan.coverage");
    let decision = decide("scan: {unknown-coverage: allow}", &evidence);
    assert!(matches!(decision, Decision::Promote(_)));
    assert_eq!(rules(&decision, Status::Note), ["scan.coverage"]);
}

#[test]
fn packages_that_the_scanner_never_saw() {
    let purls = |count: usize| -> Vec<Purl> {
        (0..count)
            .map(|index| Purl::parse(&format!("pkg:apk/alpine/p{index}@1.0-r0?arch=x86_64")).unwrap())
            .collect()
    };
    let listed = |count: usize| {
        let packages: Vec<String> = purls(count)
            .iter()
            .map(|purl| {
                format!(
                    r#"{{"name":"p","externalRefs":[{{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"{}&distro=alpine-3.22"}}]}}"#,
                    purl.as_str()
                )
            })
            .collect();
        let text = format!(r#"{{"spdxVersion":"SPDX-2.3","packages":[{}]}}"#, packages.join(","));
        let document = spdx::Document::from_text(&text).unwrap();
        Part::found(vec![Verified::for_test(document, digest("manifest amd64"), signer())])
    };
    let seen = |count: usize| {
        spoiled(|report| report.coverage.as_mut().unwrap().packages = purls(count)).with_sboms(listed(20))
    };
    assert!(matches!(decide("", &seen(18)), Decision::Promote(_)));
    assert_eq!(failed_rule("", &seen(17)), "scan.coverage");
    assert!(matches!(decide("scan: {min-coverage: 85}", &seen(17)), Decision::Promote(_)));
    assert_eq!(failed_rule("scan: {min-coverage: 100}", &seen(19)), "scan.coverage");
    // A list is asked for only where the policy says how much of it.
    assert!(matches!(decide("", &seen(0)), Decision::Promote(_)));
    assert_eq!(failed_rule("scan: {min-coverage: 1}", &seen(0)), "scan.coverage");
    // Without an SBOM there is nothing to compare with.
    let alone =
        spoiled(|report| report.coverage.as_mut().unwrap().packages = purls(3)).with_sboms(Part::absent());
    assert!(matches!(decide("sbom: {required: false}", &alone), Decision::Promote(_)));
    assert_eq!(failed_rule("sbom: {required: false}\nscan: {min-coverage: 1}", &alone), "scan.coverage");
}

#[test]
fn denied_versions_and_tools_that_are_asked_for() {
    for sections in
        ["scan: {denied-versions: {trivy: [0.74.0]}}", "scan: {denied-versions: {Trivy: [v0.74.0]}}"]
    {
        assert_eq!(failed_rule(sections, &good()), "scan.tool", "{sections}");
    }
    for sections in
        ["scan: {denied-versions: {trivy: [0.74.1]}}", "scan: {denied-versions: {grype: [0.74.0]}}"]
    {
        assert!(matches!(decide(sections, &good()), Decision::Promote(_)), "{sections}");
    }
    assert!(matches!(decide("scan: {tools: [Trivy]}", &good()), Decision::Promote(_)));
    assert_eq!(failed_rule("scan: {tools: [trivy, grype]}", &good()), "scan.found");
}

#[test]
fn a_report_that_names_no_image() {
    let nameless = || {
        spoiled(|report| {
            report.target = Target::default();
        })
    };
    assert_eq!(rules(&decide("", &nameless()), Status::Fail), ["scan.binding", "scan.found"]);
    let decision = decide("scan: {unbound: allow}", &nameless());
    assert!(matches!(decision, Decision::Promote(_)), "{decision:?}");
    assert_eq!(rules(&decision, Status::Note), ["scan.binding"]);
    // One that names another image is about that one.
    let other = spoiled(|report| report.target.image_id = Some(digest("x")));
    assert_eq!(
        rules(&decide("scan: {unbound: allow}", &other), Status::Fail),
        ["scan.binding", "scan.found"]
    );
}

#[test]
fn suppressed_findings_are_left_out_only_if_the_policy_says_so() {
    let results = r#"[{"Target":"t","Class":"os-pkgs","ExperimentalModifiedFindings":[{"Type":"vulnerability","Status":"ignored",
        "Source":".trivyignore","Finding":{"VulnerabilityID":"CVE-1","PkgName":"p","Severity":"HIGH","FixedVersion":"2"}}]}]"#;
    let evidence = without_report().with_report("r", report("amd64", results));
    assert_eq!(failed_rule("", &evidence), "scan.severity");
    let decision = decide("scan: {suppressed: leave-out}", &evidence);
    assert!(matches!(decision, Decision::Promote(_)));
    assert_eq!(rules(&decision, Status::Note), ["scan.suppressed"]);
}

#[test]
fn the_sources_whose_severity_counts() {
    let of = |sections: &str| {
        let fields = r#","Severity":"LOW","VendorSeverity":{"nvd":4,"ghsa":2,"debian":1},"FixedVersion":"2""#;
        let evidence = without_report().with_report("r", report("amd64", &vulnerable(fields)));
        decide(sections, &evidence).judgement().findings()[0].severity
    };
    assert_eq!(of(""), Severity::Low);
    assert_eq!(of("scan: {severity: highest}"), Severity::Critical);
    assert_eq!(of("scan: {severity: highest, severity-sources: [ghsa, debian]}"), Severity::Medium);
    // None of them says anything: what the scanner decided on.
    assert_eq!(of("scan: {severity: highest, severity-sources: [redhat]}"), Severity::Low);
}

/// Ignoring what has no fix needs a report that says so.
#[test]
fn no_word_about_a_fix_is_not_no_fix() {
    let of = |status: &str| {
        let fields = format!(r#","Severity":"HIGH","Status":"{status}""#);
        let evidence = without_report().with_report("r", report("amd64", &vulnerable(&fields)));
        matches!(decide("scan: {ignore-unfixed: true}", &evidence), Decision::Promote(_))
    };
    assert!(of("affected") && of("will_not_fix") && !of("word_of_tomorrow"));
}

/// A report as attested: of which artifact, by whom, when signed.
fn attested(subject: &str, by: Signer, signed: &str, report: Result<Report, ReportError>) -> Attested {
    let mut proof = Verified::for_test(report.map(|report| vec![report]), digest(subject), by);
    proof.sign_at_for_test(signed.parse().unwrap());
    proof
}

type Attested = Verified<Result<Vec<Report>, ReportError>>;

fn with_attested(found: Vec<Attested>) -> Evidence {
    without_report().with_attested_reports(Part::found(found))
}

fn made(at: &str, results: &str) -> Result<Report, ReportError> {
    let text = report_text("amd64", results);
    crate::scan::read(text.replace("2026-11-23T10:00:00Z", at).as_bytes())
        .map(|mut reports| reports.remove(0))
}

const HIGH: &str = r#","Severity":"HIGH""#;
const IMAGE: &str = "manifest amd64";

#[test]
fn an_attested_report_is_enough_and_may_be_asked_for() {
    let (ten, eleven) = ("2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z");
    let signed = with_attested(vec![attested(IMAGE, signer(), eleven, made(ten, CLEAN))]);
    for sections in ["", "scan: {require-signed: true}"] {
        let decision = decide(sections, &signed);
        assert!(matches!(decision, Decision::Promote(_)), "{decision:?}");
        let scan = decision.judgement().evidence().last().unwrap();
        assert_eq!(scan.signer, Some(signer()));
    }
    assert_eq!(failed_rule("scan: {require-signed: true}", &good()), "scan.identity");
    let unreachable = Part::absent().with_failure(Failure::unreachable("registry", "timed out"));
    let decision = decide("scan: {require-signed: true}", &good().with_attested_reports(unreachable));
    assert!(matches!(decision, Decision::Undecided(_)));
    assert_eq!(rules(&decision, Status::Unknown), ["scan.identity"]);
    // What it found counts.
    let signed = with_attested(vec![attested(IMAGE, signer(), eleven, made(ten, &vulnerable(HIGH)))]);
    assert_eq!(failed_rule("", &signed), "scan.severity");
}

#[test]
fn a_strangers_report_neither_helps_nor_harms() {
    let (ten, eleven) = ("2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z");
    let clean = attested(IMAGE, stranger(), eleven, made(ten, CLEAN));
    assert_eq!(failed_rule("", &with_attested(vec![clean])), "scan.found");
    let bad = attested(IMAGE, stranger(), eleven, made(ten, &vulnerable(HIGH)));
    let unread = attested(IMAGE, stranger(), eleven, crate::scan::read(b"null").map(|_| unreachable!()));
    let decision = decide("", &good().with_attested_reports(Part::found(vec![bad, unread])));
    assert!(matches!(decision, Decision::Promote(_)), "{decision:?}");
    assert_eq!(rules(&decision, Status::Note), ["scan.identity"]);
    // Unless the policy names them.
    let named = "scan:\n  identities:\n    - {identity: mallory@example.com, issuer: https://token.actions.githubusercontent.com}\n";
    let clean = attested(IMAGE, stranger(), eleven, made(ten, CLEAN));
    assert!(matches!(decide(named, &with_attested(vec![clean])), Decision::Promote(_)));
    let clean = attested(IMAGE, signer(), eleven, made(ten, CLEAN));
    assert_eq!(failed_rule(named, &with_attested(vec![clean])), "scan.found");
}

/// Row 23 of the threats: an old clean one may not win, and an old dirty one may not block for ever.
#[test]
fn the_newest_of_a_signer_counts() {
    let (nine, ten, eleven) = ("2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z");
    let at = |made_at, results: &str| attested(IMAGE, signer(), eleven, made(made_at, results));
    let decision = decide("", &with_attested(vec![at(nine, &vulnerable(HIGH)), at(ten, CLEAN)]));
    assert!(matches!(decision, Decision::Promote(_)), "{decision:?}");
    assert_eq!(rules(&decision, Status::Note), ["scan.superseded"]);
    assert_eq!(
        failed_rule("", &with_attested(vec![at(nine, CLEAN), at(ten, &vulnerable(HIGH))])),
        "scan.severity"
    );
    // Two of one time both count, and so do those of two tools.
    assert_eq!(
        failed_rule("", &with_attested(vec![at(ten, CLEAN), at(ten, &vulnerable(HIGH))])),
        "scan.severity"
    );
    let mut other = made(nine, &vulnerable(HIGH)).unwrap();
    other.tool.name = "other".to_owned();
    let other = attested(IMAGE, signer(), eleven, Ok(other));
    assert_eq!(failed_rule("", &with_attested(vec![other, at(ten, CLEAN)])), "scan.severity");
    // One that cannot be read may be the newest.
    let unread =
        |signed| attested(IMAGE, signer(), signed, crate::scan::read(b"null").map(|_| unreachable!()));
    assert_eq!(failed_rule("", &with_attested(vec![unread(eleven), at(ten, CLEAN)])), "scan.readable");
    assert!(matches!(decide("", &with_attested(vec![unread(nine), at(ten, CLEAN)])), Decision::Promote(_)));
}

#[test]
fn an_attested_report_was_made_before_it_was_signed() {
    // The report says that it is of today; the signature is of last week.
    let restamped = attested(IMAGE, signer(), "2026-11-16T10:00:00Z", made("2026-11-23T10:00:00Z", CLEAN));
    assert_eq!(failed_rule("", &with_attested(vec![restamped])), "scan.age");
}

#[test]
fn what_an_attested_report_is_about() {
    let (ten, eleven) = ("2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z");
    let nameless = || {
        let mut report = made(ten, CLEAN).unwrap();
        report.target = Target::default();
        Ok(report)
    };
    // What was signed says which image a SARIF log is about.
    let signed = with_attested(vec![attested(IMAGE, signer(), eleven, nameless())]);
    assert!(matches!(decide("", &signed), Decision::Promote(_)));
    let of = |subject, report| {
        Evidence::new(crate::gate::fixtures::index())
            .with_signatures(Part::found(vec![proof("index")]))
            .with_sboms(Part::found(vec![sbom("index")]))
            .with_report("arm64.json", crate::gate::fixtures::report("arm64", CLEAN))
            .with_attested_reports(Part::found(vec![attested(subject, signer(), eleven, report)]))
    };
    assert!(matches!(decide("", &of(IMAGE, nameless())), Decision::Promote(_)));
    assert!(matches!(decide("", &of("index", made(ten, CLEAN))), Decision::Promote(_)));
    // Of an index it does not: which platform was scanned is not known.
    let decision = decide("", &of("index", nameless()));
    assert_eq!(rules(&decision, Status::Fail), ["scan.binding", "scan.found"]);
    // A report of one platform that was attested of the other.
    let decision = decide("", &of("manifest arm64", made(ten, CLEAN)));
    assert_eq!(rules(&decision, Status::Fail), ["scan.binding", "scan.found"]);
}
