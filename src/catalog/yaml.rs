//! YAML as lock files and manifests have it, within bounds. <https://yaml.org/spec/1.2.2/>

use serde::de::DeserializeOwned;

use crate::limits;

/// One document, no key twice, without work beyond its size.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: limits::LOCK_YAML_EVENTS,
            max_nodes: limits::LOCK_YAML_EVENTS,
            max_total_scalar_bytes: limits::LOCK_YAML_BYTES,
            max_depth: limits::LOCK_YAML_DEPTH,
            max_aliases: 1000,
            max_anchors: 1000,
            max_documents: 1,
        },
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::Error,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000, max_replay_stack_depth: 8 },
        strict_booleans: true,
        with_snippet: false,
    };
    let value = serde_saphyr::from_str_with_options(text, options);
    value.map_err(|error| format!("not YAML: {}", error.without_snippet()))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn bounds_what_it_reads() {
        let deep = |levels: usize| format!("a: {}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read::<Value>(&deep(20)).is_ok());
        assert!(read::<Value>(&deep(limits::LOCK_YAML_DEPTH)).is_err());
        // Each line has nine times the one above it.
        let mut laughs = "a0: &a0 [x]\n".to_owned();
        for level in 1..9 {
            let above = vec![format!("*a{}", level - 1); 9].join(", ");
            laughs += &format!("a{level}: &a{level} [{above}]\n");
        }
        assert!(read::<Value>(&laughs).is_err());
        assert!(read::<Value>("a: 1\na: 2\n").is_err());
    }
}
