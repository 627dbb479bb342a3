//! CSAF VEX: what is read can be asked about any finding.

#![no_main]

use libfuzzer_sys::Corpus;
use libfuzzer_sys::fuzz_target;
use portcullis::vex;
use portcullis::vex::Format;

#[path = "common/finding.rs"]
mod finding;

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Ok(document) = vex::read(bytes) else { return Corpus::Keep };
    if document.format != Format::Csaf {
        return Corpus::Reject;
    }
    let said = document.statements.iter().map(|statement| statement.vulnerability.to_string());
    for id in said.take(8) {
        let found = document.effective(&finding::of(id), &finding::image());
        assert!(found.is_none_or(vex::Statement::is_complete));
    }
    Corpus::Keep
});
