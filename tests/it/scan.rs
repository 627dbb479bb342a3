//! Scan reports of the collected vectors.

use std::collections::BTreeMap;
use std::fs;

use portcullis::scan;
use portcullis::scan::Finding;
use portcullis::scan::FindingKind;
use portcullis::scan::Fix;
use portcullis::scan::Report;
use portcullis::scan::Severity;
use serde::Deserialize;

use crate::support::vectors;

/// One line of `scan/index.json`: verdicts of an independent reader of the same files.
#[derive(Deserialize)]
struct Entry {
    file: String,
    format: String,
    blocking: Option<usize>,
    verdict: String,
    #[serde(default)]
    counts: Option<BTreeMap<String, usize>>,
}

/// A verdict of ours that is not the index's, and which of the two is right.
#[derive(Debug, Deserialize, Eq, PartialEq)]
struct Disagreement {
    verdict: String,
    blocking: usize,
    right: String,
    reason: String,
}

/// HIGH and CRITICAL, unfixed vulnerabilities ignored. The index's verdict counts vulnerabilities only, and not what a
/// report sets aside; it counts the other kinds apart, and so does this test. That a report is about an image, and
/// about which, is the gate's question.
#[test]
fn verdicts_over_real_reports() {
    let Some(root) = vectors() else { return };
    let index = fs::read(root.join("scan/index.json")).unwrap();
    let index: Vec<Entry> = serde_json::from_slice(&index).unwrap();
    let known = include_str!("../../testdata/scan/disagreements.json");
    let mut known: BTreeMap<String, Disagreement> = serde_json::from_str(known).unwrap();
    let mut wrong = Vec::new();
    for entry in &index {
        let reports = scan::read(&fs::read(root.join("scan").join(&entry.file)).unwrap());
        let (verdict, blocking) = match &reports {
            Ok(reports) => verdict(reports),
            Err(_) => ("refuse", 0),
        };
        if let Ok(reports) = &reports
            && entry.format == "trivy-json"
        {
            check_counts(entry, &reports[0]);
        }
        let disagreement = known.remove(&entry.file);
        let expected = disagreement.as_ref().map_or((entry.verdict.as_str(), entry.blocking), |ours| {
            assert!(matches!(ours.right.as_str(), "index" | "ours") && !ours.reason.is_empty());
            (ours.verdict.as_str(), Some(ours.blocking))
        });
        // Of a file that cannot be read, nothing is counted.
        let expected = (expected.0, if reports.is_err() { 0 } else { expected.1.unwrap_or(0) });
        if (verdict, blocking) != expected {
            wrong.push(format!("{}: {verdict} {blocking}, expected {expected:?}", entry.file));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(known.is_empty(), "no such files: {known:?}");
    assert_eq!(index.len(), 90);
}

/// The worst over all runs.
fn verdict(reports: &[Report]) -> (&'static str, usize) {
    let blocks = |found: &&Finding| {
        found.kind == FindingKind::Vulnerability
            && found.suppressed.is_none()
            && (found.severity >= Severity::High || found.severity_word.is_some())
            && found.fix != Fix::Absent
    };
    let blocking = reports.iter().flat_map(|report| &report.findings).filter(blocks).count();
    let refused = reports.iter().any(|report| {
        let end_of_life = report.os.as_ref().is_some_and(|os| os.end_of_life);
        // The index applies the rules of coverage to reports about images only.
        let image = report.target.kind == "container_image";
        let coverage = report.coverage.as_ref();
        let os_not_scanned =
            image && report.os.is_some() && coverage.is_some_and(|coverage| !coverage.os_packages);
        let database = report.database.as_ref().is_some_and(|database| database.fault.is_some());
        end_of_life || os_not_scanned || database || !report.faults.is_empty()
    });
    match (refused, blocking) {
        (true, _) => ("refuse", blocking),
        (false, 0) => ("pass", 0),
        (false, _) => ("block", blocking),
    }
}

fn check_counts(entry: &Entry, report: &Report) {
    let high = |kind| {
        let of_kind =
            report.findings.iter().filter(move |found| found.kind == kind && found.suppressed.is_none());
        of_kind.filter(|found| found.severity >= Severity::High).count()
    };
    let count =
        |key: &str| entry.counts.as_ref().and_then(|counts| counts.get(key)).copied().unwrap_or_default();
    let file = &entry.file;
    assert_eq!(high(FindingKind::Vulnerability), count("hc"), "{file}");
    assert_eq!(high(FindingKind::Misconfiguration), count("mis_fail_hc"), "{file}");
    assert_eq!(high(FindingKind::Secret), count("secret_hc"), "{file}");
    assert_eq!(high(FindingKind::License), count("license_hc"), "{file}");
    let suppressed = report.findings.iter().filter(|found| found.suppressed.is_some()).count();
    assert_eq!(suppressed, count("modified"), "{file}");
}
