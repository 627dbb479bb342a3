//! SPDX 2.x in YAML: the same tree as in JSON.

use serde_saphyr::DuplicateKeyPolicy;
use serde_saphyr::MergeKeyPolicy;

use crate::limits;
use crate::spdx::error::SpdxError;
use crate::spdx::node::Node;

/// Reads one document; no key twice, no merge keys, and no more work than its size.
pub(in crate::spdx) fn read(text: &str) -> Result<Node<'_>, SpdxError> {
    // Anchors are of no use in a document of this kind; these bounds leave some and stop alias bombs.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: limits::SPDX_ITEMS,
            max_nodes: limits::SPDX_ITEMS,
            max_depth: limits::JSON_DEPTH,
            max_aliases: 1000,
            max_anchors: 1000,
            max_documents: 1,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000, max_replay_stack_depth: 8 },
        strict_booleans: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options::<Node<'_>>(text, options).map_err(|error| {
        let error = error.without_snippet();
        let line = error.location().map_or(0, |location| location.line());
        SpdxError::Yaml { line, reason: error.to_string() }
    })
}
