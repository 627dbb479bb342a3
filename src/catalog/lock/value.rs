//! JSON, TOML and YAML as one kind of value, of which each entry is looked at by itself.
//!
//! A typed structure would refuse a whole file for one odd entry.

use serde_json::Map;
use serde_json::Value;

use super::super::yaml;
use crate::json;

/// Strict JSON: no key twice, bounded depth.
pub(super) fn from_json(bytes: &[u8]) -> Result<Value, String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    json::from_slice(bytes).map_err(|error| format!("not JSON: {error}"))
}

/// JSON with comments and commas behind the last entry.
pub(super) fn from_jsonc(text: &str) -> Result<Value, String> {
    from_json(&plain_json(text.as_bytes()))
}

/// TOML. Its reader bounds the depth and refuses a key twice.
pub(super) fn from_toml(text: &str) -> Result<Value, String> {
    toml::from_str(text).map_err(|error| format!("not TOML: {}", error.message()))
}

/// YAML. Its reader bounds the depth and refuses a key twice.
pub(super) fn from_yaml(text: &str) -> Result<Value, String> {
    yaml::read(text)
}

/// Entries of tables and lists, absent where they are of another shape.
pub(super) trait Fields {
    /// A string that is not empty.
    fn text(&self, key: &str) -> Option<&str>;
    /// Whether it is `true`.
    fn flag(&self, key: &str) -> bool;
    /// A table's entries.
    fn table(&self, key: &str) -> impl Iterator<Item = (&String, &Value)>;
    /// A list.
    fn list(&self, key: &str) -> &[Value];
    /// A copy of any value but the empty ones, for metadata; null where there is none.
    fn copy(&self, key: &str) -> Value;
}

impl Fields for Value {
    fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str().filter(|text| !text.is_empty())
    }

    fn flag(&self, key: &str) -> bool {
        self.get(key).and_then(Self::as_bool).unwrap_or(false)
    }

    fn table(&self, key: &str) -> impl Iterator<Item = (&String, &Self)> {
        self.get(key).and_then(Self::as_object).into_iter().flatten()
    }

    fn list(&self, key: &str) -> &[Value] {
        self.get(key).and_then(Self::as_array).map_or(&[], Vec::as_slice)
    }

    fn copy(&self, key: &str) -> Value {
        let empty = |value: &&Self| match value {
            Self::Null => true,
            Self::String(text) => text.is_empty(),
            Self::Array(list) => list.is_empty(),
            Self::Object(table) => table.is_empty(),
            Self::Bool(_) | Self::Number(_) => false,
        };
        self.get(key).filter(|value| !empty(value)).cloned().unwrap_or_default()
    }
}

/// The strings among the entries of a table.
pub(super) fn strings<'a>(
    table: impl Iterator<Item = (&'a String, &'a Value)>,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    table.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
}

/// A table of strings as a value, null where it is empty.
pub(super) fn object<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    let table: Map<_, _> = entries.map(|(key, value)| (key.to_owned(), value.into())).collect();
    if table.is_empty() { Value::Null } else { Value::Object(table) }
}

/// Blanks comments and commas before a closing bracket, so that strict JSON remains.
fn plain_json(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    // Where the last comma stands, if only space has followed it.
    let mut comma = None;
    while let Some((&byte, tail)) = rest.split_first() {
        if byte == b'/' && matches!(tail.first(), Some(b'/' | b'*')) {
            rest = after_comment(rest);
            continue;
        }
        match byte {
            b'"' => {
                let length = string_length(rest);
                let (string, tail) = rest.split_at(length.min(rest.len()));
                plain.extend_from_slice(string);
                (rest, comma) = (tail, None);
                continue;
            }
            b',' => comma = Some(plain.len()),
            b']' | b'}' => {
                if let Some(byte) = comma.take().and_then(|place: usize| plain.get_mut(place)) {
                    *byte = b' ';
                }
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => comma = None,
        }
        plain.push(byte);
        rest = tail;
    }
    plain
}

fn after_comment(text: &[u8]) -> &[u8] {
    let (end, length) = match text.get(1) {
        Some(b'*') => (memchr::memmem::find(text.get(2..).unwrap_or_default(), b"*/"), 4),
        _ => (memchr::memchr(b'\n', text), 0),
    };
    end.and_then(|end| text.get(end.saturating_add(length)..)).unwrap_or_default()
}

/// Bytes of the string literal that `text` begins with, both quotes included.
fn string_length(text: &[u8]) -> usize {
    let mut escaped = false;
    let end = text.iter().skip(1).position(|&byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end.saturating_add(2))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_json_with_comments_and_trailing_commas() {
        let text = "{ // one\n \"a\": [1, 2, /* , */ ], \"b//\\\"\": \"x,]\", }";
        assert_eq!(from_jsonc(text), Ok(json!({"a": [1, 2], "b//\"": "x,]"})));
        for broken in ["", "{", "{\"a", "{\"a\\", "/*", "//", "[,]]", "[1,,]", "{\"a\":1,\"a\":2}"] {
            assert!(from_jsonc(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn refuses_what_is_nested_too_deeply() {
        assert!(from_json("[".repeat(100_000).as_bytes()).is_err());
        assert!(from_toml(&format!("a = {}", "[".repeat(100_000))).is_err());
        assert!(from_yaml(&"[".repeat(100_000)).is_err());
        // The most that TOML's reader lets pass: a table, a key and a list of 80 each.
        let (path, open, close) = (["a"; 79].join("."), "[".repeat(79), "]".repeat(79));
        assert!(from_toml(&format!("[{path}]\n{path} = {open}{close}")).is_ok());
        assert!(from_yaml(&format!("a: {}{}", "[".repeat(200), "]".repeat(200))).is_err());
    }

    #[test]
    fn refuses_a_key_twice() {
        assert!(from_json(br#"{"a":1,"a":2}"#).is_err());
        assert!(from_toml("a = 1\na = 2").is_err());
        assert!(from_yaml("a: 1\na: 2").is_err());
    }
}
