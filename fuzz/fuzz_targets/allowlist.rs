//! `allowlist.yaml`: what is read can be matched and edited, and an edit leaves the other entries alone.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::allowlist::Allowlist;
use portcullis::allowlist::Matcher;
use portcullis::allowlist::Query;
use portcullis::allowlist::Rules;
use portcullis::allowlist::Scope;
use portcullis::allowlist::edit;

#[path = "common/finding.rs"]
mod finding;

fuzz_target!(|bytes: &[u8]| {
    let Ok(list) = Allowlist::from_slice(bytes) else { return };
    let text = std::str::from_utf8(bytes).expect("an accepted list is text");
    let now = jiff::Timestamp::UNIX_EPOCH;
    let (rules, scope) = (Rules::common(), Scope::default());
    let matcher = Matcher::new(&list, &rules, now);
    for entry in list.entries().iter().take(8) {
        let finding = finding::of(entry.id.clone());
        let query = Query { finding: &finding, severity: finding.severity, scope: &scope };
        let explained = matcher.explain(&query);
        assert!(matcher.find(&query).is_none() || explained.others.len() < list.entries().len());
        if let Ok(after) = edit::prune(text, &[entry.line]) {
            let left = Allowlist::from_slice(after.as_bytes()).expect("an edited list is a list");
            assert!(left.entries().len() < list.entries().len());
        }
    }
});
