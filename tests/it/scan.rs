//! Scan reports of the collected vectors.

use std::collections::BTreeMap;
use std::fs;

use portcullis::scan;
use portcullis::scan::FindingKind;
use portcullis::scan::Fix;
use portcullis::scan::Report;
use portcullis::scan::ReportError;
use portcullis::scan::Severity;
use serde::Deserialize;

use crate::support::vectors;

/// One line of `scan/index.json`: verdicts of an independent reader of the same files.
#[derive(Deserialize)]
struct Entry {
    file: String,
    format: String,
    refuse: Vec<String>,
    blocking: Option<usize>,
    verdict: String,
    #[serde(default)]
    counts: BTreeMap<String, usize>,
}

/// HIGH and CRITICAL, unfixed vulnerabilities ignored. The index's verdict counts vulnerabilities only;
/// it counts the other kinds apart, and so does this test. That a report is about an image, and about
/// which, is the gate's question.
#[test]
fn verdicts_over_real_reports() {
    let Some(root) = vectors() else { return };
    let index = fs::read(root.join("scan/index.json")).unwrap();
    let index: Vec<Entry> = serde_json::from_slice(&index).unwrap();
    let mut seen = 0;
    for entry in index.iter().filter(|entry| entry.file.starts_with("trivy/")) {
        seen += 1;
        let report = scan::read(&fs::read(root.join("scan").join(&entry.file)).unwrap());
        if entry.format != "trivy-json" || entry.refuse.iter().any(|reason| reason == "top-level null") {
            assert!(matches!(report, Err(ReportError::Unsupported { .. })), "{}: {report:?}", entry.file);
            continue;
        }
        let report = report.unwrap_or_else(|error| panic!("{}: {error}", entry.file));
        check_entry(entry, &report[0]);
    }
    assert_eq!(seen, 42);
}

fn check_entry(entry: &Entry, report: &Report) {
    let high = |kind| {
        let of_kind =
            report.findings.iter().filter(move |found| found.kind == kind && found.suppressed.is_none());
        of_kind.filter(|found| found.severity >= Severity::High)
    };
    let count = |key: &str| entry.counts.get(key).copied().unwrap_or_default();
    let blocking = high(FindingKind::Vulnerability).filter(|found| found.fix == Fix::Available).count();
    let end_of_life = report.os.as_ref().is_some_and(|os| os.end_of_life);
    // The index applies the rules of coverage to reports about images only.
    let image = report.target.kind == "container_image";
    let os_not_scanned = image
        && report.os.is_some()
        && !report.coverage.as_ref().is_some_and(|coverage| coverage.os_packages);
    let refused = end_of_life || os_not_scanned;
    let verdict = match (refused, blocking) {
        (true, _) => "refuse",
        (false, 0) => "pass",
        (false, _) => "block",
    };
    let file = &entry.file;
    assert_eq!((verdict, Some(blocking)), (entry.verdict.as_str(), entry.blocking), "{file}");
    assert_eq!(high(FindingKind::Vulnerability).count(), count("hc"), "{file}");
    assert_eq!(high(FindingKind::Misconfiguration).count(), count("mis_fail_hc"), "{file}");
    assert_eq!(high(FindingKind::Secret).count(), count("secret_hc"), "{file}");
    assert_eq!(high(FindingKind::License).count(), count("license_hc"), "{file}");
    assert_eq!(
        report.findings.iter().filter(|found| found.suppressed.is_some()).count(),
        count("modified"),
        "{file}"
    );
}
