//! SARIF of every tool: one report a run, and no finding that is no result.

#![no_main]

#[path = "common/judge.rs"]
mod judge;

use libfuzzer_sys::Corpus;
use libfuzzer_sys::fuzz_target;
use portcullis::scan;

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Ok(reports) = scan::read(bytes) else { return Corpus::Keep };
    let document = match judge::parse(bytes) {
        Ok(document) => document,
        Err(corpus) => return corpus,
    };
    let Some(runs) = document["runs"].as_array() else { return Corpus::Reject };
    assert_eq!(reports.len(), runs.len());
    for (report, run) in reports.iter().zip(runs) {
        assert!(report.findings.len() <= run["results"].as_array().map_or(0, Vec::len));
    }
    Corpus::Keep
});
