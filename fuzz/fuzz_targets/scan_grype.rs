//! Grype JSON: every match of an accepted report is a finding.

#![no_main]

use libfuzzer_sys::Corpus;
use libfuzzer_sys::fuzz_target;
use portcullis::scan;
use portcullis::scan::Format;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Ok(reports) = scan::read(bytes) else { return Corpus::Keep };
    let [report] = reports.as_slice() else { return Corpus::Reject };
    if report.format != Format::GrypeJson {
        return Corpus::Reject;
    }
    let document: Value = serde_json::from_slice(bytes).expect("an accepted report is JSON");
    let matches = document["matches"].as_array().map_or(0, Vec::len);
    assert_eq!(report.findings.iter().filter(|found| found.suppressed.is_none()).count(), matches);
    Corpus::Keep
});
