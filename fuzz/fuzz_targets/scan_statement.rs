//! Attested scans: cosign's `vuln` and in-toto's `vulns`, whose every entry is a finding.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::intoto::Statement;
use portcullis::scan;
use portcullis::scan::Format;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let Ok(statement) = Statement::from_slice(bytes) else { return };
    let Ok(reports) = scan::read_statement(&statement) else { return };
    let predicate: Value =
        serde_json::from_str(statement.predicate().get()).expect("an accepted predicate is JSON");
    for report in reports.iter().filter(|report| report.format == Format::InTotoVulns) {
        let listed = predicate["scanner"]["result"].as_array().map_or(0, Vec::len);
        assert_eq!(report.findings.len(), listed);
    }
});
