//! Grype JSON: every match of an accepted report is a finding.

#![no_main]

#[path = "common/judge.rs"]
mod judge;

use libfuzzer_sys::Corpus;
use libfuzzer_sys::fuzz_target;
use portcullis::scan;
use portcullis::scan::Format;

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Ok(reports) = scan::read(bytes) else { return Corpus::Keep };
    let [report] = reports.as_slice() else { return Corpus::Reject };
    if report.format != Format::GrypeJson {
        return Corpus::Reject;
    }
    let document = match judge::parse(bytes) {
        Ok(document) => document,
        Err(corpus) => return corpus,
    };
    let matches = document["matches"].as_array().map_or(0, Vec::len);
    assert_eq!(report.findings.iter().filter(|found| found.suppressed.is_none()).count(), matches);
    Corpus::Keep
});
