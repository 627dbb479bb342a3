//! Text and JSON as package managers leave it: not always clean, and never a reason to stop.

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeSeed;
use serde::de::IgnoredAny;
use serde::de::MapAccess;
use serde::de::Visitor;
use serde_json::Map;
use serde_json::Value;

/// The text of a file: without a byte order mark, and with U+FFFD for what is not UTF-8.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(without_mark(bytes))
}

/// The members of a JSON object that have one of these keys.
///
/// A key that stands twice has its last value, as `JSON.parse` and Python read it: the programs that
/// such files are for do the same, so a strict reader would miss packages.
pub(super) fn members(
    bytes: &[u8],
    keys: &'static [&'static str],
) -> Result<Map<String, Value>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(without_mark(bytes));
    let members = Members { keys }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(members)
}

/// The string under `key`, trimmed, if there is one that is not empty.
pub(super) fn string<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

#[derive(Clone, Copy)]
struct Members {
    keys: &'static [&'static str],
}

impl<'de> DeserializeSeed<'de> for Members {
    type Value = Map<String, Value>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut members = Map::new();
        while let Some(key) = access.next_key::<Cow<'de, str>>()? {
            if self.keys.contains(&key.as_ref()) {
                members.insert(key.into_owned(), access.next_value()?);
            } else {
                access.next_value::<IgnoredAny>()?;
            }
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_dropped_and_what_is_no_text_is_marked() {
        assert_eq!(decode(b"\xef\xbb\xbfa"), "a");
        assert_eq!(decode(b"a\xff"), "a\u{fffd}");
    }

    #[test]
    fn keeps_the_last_value_of_the_keys_that_are_wanted() {
        let object = members(b"\xef\xbb\xbf{\"a\":1,\"b\":[{}],\"a\":\" x \"}", &["a", "c"]).unwrap();
        assert_eq!(object.len(), 1);
        assert_eq!(string(&object, "a"), Some("x"));
        for text in ["[]", "{", "{} {}", "1", ""] {
            assert!(members(text.as_bytes(), &["a"]).is_err(), "{text}");
        }
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(1000), "]".repeat(1000));
        assert!(members(deep.as_bytes(), &["a"]).is_err());
    }
}
