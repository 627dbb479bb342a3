//! A tree as YAML. Keys and texts are quoted as in JSON, which YAML 1.2 contains, so that no text is taken for a
//! number, a date or a word like `no`.

use crate::spdx::node::Node;

/// Block style for objects and lists.
pub(super) fn write(root: &Node<'_>) -> String {
    let mut text = String::new();
    value(root, 0, &mut text);
    text
}

/// Writes a value that begins where the line is now, and ends it.
fn value(node: &Node<'_>, depth: usize, text: &mut String) {
    match node {
        Node::Object(entries) if !entries.is_empty() => {
            for (index, (key, inner)) in entries.iter().enumerate() {
                if index > 0 {
                    text.push_str(&"  ".repeat(depth));
                }
                text.push_str(&plain_or_quoted(key));
                text.push(':');
                nested(inner, depth, text);
            }
        }
        Node::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push_str(&"  ".repeat(depth));
                }
                text.push_str("- ");
                value(item, depth.saturating_add(1), text);
            }
        }
        scalar => {
            // Numbers, words, quoted texts and empty collections are the same in JSON, which cannot fail for them.
            text.push_str(&serde_json::to_string(scalar).unwrap_or_default());
            text.push('\n');
        }
    }
}

/// What follows a key.
fn nested(node: &Node<'_>, depth: usize, text: &mut String) {
    let empty = match node {
        Node::Object(entries) => entries.is_empty(),
        Node::List(items) => items.is_empty(),
        _ => true,
    };
    if empty {
        text.push(' ');
        return value(node, depth, text);
    }
    text.push('\n');
    let depth = depth.saturating_add(1);
    text.push_str(&"  ".repeat(depth));
    value(node, depth, text);
}

fn plain_or_quoted(key: &str) -> String {
    let plain = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && !matches!(
            &*key.to_ascii_lowercase(),
            "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
        );
    if plain { key.to_owned() } else { serde_json::to_string(key).unwrap_or_default() }
}
