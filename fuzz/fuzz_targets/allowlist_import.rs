//! Other tools' files: what is imported is an allowlist, one entry a draft. The first byte says whose file it is.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::allowlist::Allowlist;
use portcullis::allowlist::Terms;
use portcullis::allowlist::edit;
use portcullis::allowlist::import::Origin;
use portcullis::allowlist::import::import;
use portcullis::scan::Severity;

#[path = "common/finding.rs"]
mod finding;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let origin = match first {
        b'g' => Origin::Grype,
        b'o' => Origin::OsvScanner,
        b't' => Origin::Trivyignore,
        _ => Origin::TrivyignoreYaml,
    };
    let terms = Terms {
        owner: "team@example.com".to_owned(),
        ticket: "SEC-1".to_owned(),
        reason: "not reachable".to_owned(),
        created: jiff::civil::date(2026, 11, 1),
        expires: jiff::civil::date(2026, 12, 1),
    };
    let found = finding::of("CVE-2026-0001".to_owned());
    let Ok(import) = import(origin, text, &terms, &[(&found, Severity::High)]) else { return };
    let written = edit::add(edit::EMPTY, &import.drafts).expect("what is imported can be written");
    let list = Allowlist::from_slice(written.as_bytes()).expect("what is written can be read");
    assert_eq!(list.entries().len(), import.drafts.len());
});
