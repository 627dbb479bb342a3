//! SARIF of every tool: one report a run, and no finding that is no result.

#![no_main]

use libfuzzer_sys::Corpus;
use libfuzzer_sys::fuzz_target;
use portcullis::scan;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Ok(reports) = scan::read(bytes) else { return Corpus::Keep };
    let document: Value = serde_json::from_slice(bytes).expect("an accepted report is JSON");
    let Some(runs) = document["runs"].as_array() else { return Corpus::Reject };
    assert_eq!(reports.len(), runs.len());
    for (report, run) in reports.iter().zip(runs) {
        assert!(report.findings.len() <= run["results"].as_array().map_or(0, Vec::len));
    }
    Corpus::Keep
});
