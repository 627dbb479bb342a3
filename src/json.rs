//! Strict JSON: one document, no key twice, bounded depth, nothing behind it.
//!
//! Two readers of one document must not see two values, and a hostile document must not cost more
//! than its size. Unknown keys are the business of the type that is read.

mod objects;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeSeed;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use serde_json::value::RawValue;

use self::objects::Objects;
use crate::limits;

/// Reads `bytes` as one JSON document of type `T`. A struct is an object, never a list of its fields.
///
/// # Errors
/// The text is not JSON, has a key twice in one object, is nested too deeply, goes on after the
/// document, or does not have the shape of `T`.
pub fn from_slice<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, JsonError> {
    check(bytes)?;
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = T::deserialize(Objects(&mut deserializer))?;
    deserializer.end()?;
    Ok(value)
}

/// Checks what [`from_slice`] checks, without a type.
///
/// # Errors
/// As [`from_slice`], but for the shape.
pub fn check(bytes: &[u8]) -> Result<(), JsonError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    Check { depth: limits::JSON_DEPTH }.deserialize(&mut deserializer)?;
    deserializer.end().map_err(JsonError::from)
}

/// Reads `bytes` as one JSON document of a type that by itself refuses what [`check`] refuses: a key twice in any
/// object, with [`Skipped`] for what is not kept. One pass instead of two, which counts where a document has 100 MB.
pub(crate) fn from_slice_once<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, JsonError> {
    // All at once: the reader would do it for each string, and not at all for what it skips.
    let text = std::str::from_utf8(bytes).map_err(<serde_json::Error as serde::de::Error>::custom)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = T::deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// A value that is not kept, checked like one that is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Skipped;

impl<'de> Deserialize<'de> for Skipped {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        // Most of what is skipped are texts and lists of texts, which have neither keys nor depth.
        let inner = raw.strip_prefix('[').map(|list| memchr::memchr2(b'{', b'[', list.as_bytes()).is_some());
        if raw.starts_with('{') || inner == Some(true) {
            let mut deserializer = serde_json::Deserializer::from_str(raw);
            // The depth of what is around it is held by `serde_json`, at 128 levels.
            let checked = Check { depth: limits::JSON_DEPTH }.deserialize(&mut deserializer);
            checked.map_err(serde::de::Error::custom)?;
        }
        Ok(Self)
    }
}

/// Why a document was not read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct JsonError(#[from] serde_json::Error);

impl JsonError {
    /// Line of the fault, from 1; 0 where there is none.
    #[must_use]
    pub fn line(&self) -> usize {
        self.0.line()
    }

    /// Column of the fault, from 1; 0 where there is none.
    #[must_use]
    pub fn column(&self) -> usize {
        self.0.column()
    }
}

/// Walks a document and keeps nothing but the keys of the objects that are open.
#[derive(Clone, Copy)]
struct Check {
    depth: usize,
}

impl Check {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1);
        depth
            .map(|depth| Self { depth })
            .ok_or_else(|| E::custom(format_args!("nested deeper than {} levels", limits::JSON_DEPTH)))
    }
}

impl<'de> DeserializeSeed<'de> for Check {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Check {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while items.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut seen = Keys::default();
        while let Some(key) = entries.next_key_seed(Key)? {
            seen.insert(key)?;
            entries.next_value_seed(inner)?;
        }
        Ok(())
    }
}

/// One key, borrowed from the document unless it has escapes.
pub(crate) struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

/// The keys of one object: a scan while there are few, a set when there are many.
#[derive(Default)]
pub(crate) struct Keys<'de> {
    few: Vec<Cow<'de, str>>,
    many: HashSet<Cow<'de, str>>,
}

impl<'de> Keys<'de> {
    const FEW: usize = 16;

    /// Notes a key, and refuses one that was there already or that is not for documents.
    pub(crate) fn insert<E: serde::de::Error>(&mut self, key: Cow<'de, str>) -> Result<(), E> {
        if key.starts_with(PRIVATE) {
            return Err(E::custom(format_args!("key {PRIVATE:?} is not for documents")));
        }
        if self.few.contains(&key) || self.many.contains(&key) {
            let key: String = key.chars().take(64).collect();
            return Err(E::custom(format_args!("key {key:?} appears twice")));
        }
        if self.few.len() < Self::FEW {
            // At once: there is an object for each finding of a scan, with some ten keys.
            self.few.reserve_exact(Self::FEW.saturating_sub(self.few.len()));
            self.few.push(key);
        } else {
            self.many.insert(key);
        }
        Ok(())
    }
}

/// How the keys begin by which `serde_json` hands itself raw text: a [`serde_json::Value`] takes an object with one
/// for the document inside of its string, which no other reader does and nobody has checked.
const PRIVATE: &str = "$serde_json::private::";

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        check(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn reads_a_document() {
        let value: Vec<u32> = from_slice(b" [1, 2] ").unwrap();
        assert_eq!(value, [1, 2]);
    }

    #[test]
    fn refuses_a_key_twice() {
        assert!(error(r#"{"a":1,"a":1}"#).contains("\"a\" appears twice"));
        assert!(error(r#"[{"b":{"a":1,"\u0061":2}}]"#).contains("\"a\" appears twice"));
        let many: Vec<String> = (0..40).map(|key| format!("\"{key}\":0")).collect();
        assert!(check(format!("{{{}}}", many.join(",")).as_bytes()).is_ok());
        assert!(error(&format!("{{{},\"30\":1}}", many.join(","))).contains("\"30\" appears twice"));
        // An escaped key is owned, an unescaped one borrowed: in either order, among few and many.
        assert!(error(r#"{"\u0061":1,"a":2}"#).contains("\"a\" appears twice"));
        let escaped = format!("{{{},\"3\\u0030\":1}}", many.join(","));
        assert!(error(&escaped).contains("\"30\" appears twice"));
    }

    #[test]
    fn refuses_a_document_in_a_string() {
        let inner = r#"{"$serde_json::private::RawValue":"{\"a\":1,\"a\":2}"}"#;
        // What it is about: the reader by itself sees two, and nobody the doubled key.
        let by_itself: serde_json::Value = serde_json::from_str(inner).unwrap();
        assert_eq!(by_itself["a"], 2);
        assert!(from_slice::<serde_json::Value>(inner.as_bytes()).is_err());
        assert!(error(inner).contains("is not for documents"));
        assert!(
            error(r#"[{"a":{"b":1,"\u0024serde_json::private::Number":"1"}}]"#)
                .contains("is not for documents")
        );
    }

    #[test]
    fn what_is_skipped_is_checked() {
        let skip = |text: &[u8]| from_slice_once::<Skipped>(text);
        assert!(skip(br#" {"a":[1,{"b":null}]} "#).is_ok());
        let deep = |inner: &str| format!("{}{inner}{}", "[".repeat(200), "]".repeat(200));
        assert!(skip(deep("1").as_bytes()).is_err() && skip(deep("{}").as_bytes()).is_err());
        assert!(skip(b"[\"[{\",1]").is_ok() && skip(b"\"[{\"").is_ok());
        for text in [
            b"{\"a\":{\"b\":1,\"b\":1}}".as_slice(),
            b"[\"\xff\"]",
            b"[1] [1]",
            b"[1",
            b"",
            br#"{"$serde_json::private::RawValue":"1"}"#,
        ] {
            assert!(skip(text).is_err(), "{}", text.escape_ascii());
        }
    }

    #[test]
    fn refuses_depth() {
        let deep = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(check(deep(limits::JSON_DEPTH).as_bytes()).is_ok());
        assert!(error(&deep(limits::JSON_DEPTH + 1)).contains("nested deeper"));
    }

    #[test]
    fn refuses_what_is_not_one_document() {
        for text in ["", " ", "{", "{}{}", "[1,]", "nul", "{\"a\"}", "\u{feff}{}", "1 2"] {
            assert!(check(text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(check(b"\xff").is_err());
    }
}
