//! Trivy JSON: every vulnerability that is in an accepted report is a finding.

#![no_main]

#[path = "common/judge.rs"]
mod judge;

use libfuzzer_sys::Corpus;
use libfuzzer_sys::fuzz_target;
use portcullis::scan;
use portcullis::scan::Finding;
use portcullis::scan::FindingKind;
use portcullis::scan::Format;

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Ok(reports) = scan::read(bytes) else { return Corpus::Keep };
    let [report] = reports.as_slice() else { return Corpus::Reject };
    if report.format != Format::TrivyJson {
        return Corpus::Reject;
    }
    let document = match judge::parse(bytes) {
        Ok(document) => document,
        Err(corpus) => return corpus,
    };
    let results = document["Results"].as_array().into_iter().flatten();
    let listed: usize = results.map(|result| result["Vulnerabilities"].as_array().map_or(0, Vec::len)).sum();
    let counts = |found: &&Finding| found.kind == FindingKind::Vulnerability && found.suppressed.is_none();
    let found = report.findings.iter().filter(counts).count();
    assert_eq!(found, listed);
    Corpus::Keep
});
