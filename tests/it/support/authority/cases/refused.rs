//! Bundles that must be refused.

use serde_json::Value;
use serde_json::json;

use super::Authority;
use super::Case;
use super::Make;
use super::SPDX;
use super::demo_image;
use super::other_image;
use crate::support::authority::sign::Content;

/// Every constructor of this file.
pub const ALL: &[Make] = &[];

/// A statement with this many subjects, the image last.
pub fn subjects(count: usize) -> Content {
    let other = other_image().digest();
    let subject =
        |digest: &str| json!({ "name": "x", "digest": { "sha256": digest.trim_start_matches("sha256:") } });
    let mut subjects: Vec<Value> = (1..count).map(|_| subject(&other)).collect();
    subjects.push(subject(&demo_image().digest()));
    Content::statement(&json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects,
        "predicateType": SPDX,
        "predicate": super::spdx_document(),
    }))
}
