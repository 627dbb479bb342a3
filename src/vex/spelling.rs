//! Keys in one spelling: Go, in which most writers and readers of VEX are written, matches them without regard to case.

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeSeed;
use serde::de::Deserializer;
use serde::de::Error;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;

use crate::json::JsonError;

/// Refuses a document with a key that is another spelling of one of `known`, at any depth: two readers would see two
/// documents. The document is strict JSON already, so of bounded depth.
pub(super) fn check(bytes: &[u8], known: &'static [&'static str]) -> Result<(), JsonError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    Ok(Walk { known }.deserialize(&mut deserializer)?)
}

#[derive(Clone, Copy)]
struct Walk {
    known: &'static [&'static str],
}

impl<'de> DeserializeSeed<'de> for Walk {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk {
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
        while items.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(key) = entries.next_key::<Cow<'de, str>>()? {
            if !self.known.contains(&key.as_ref())
                && let Some(known) = self.known.iter().find(|known| same_in_go(known, &key))
            {
                return Err(A::Error::custom(format_args!("key {key:?} is another spelling of {known:?}")));
            }
            entries.next_value_seed(self)?;
        }
        Ok(())
    }
}

/// `encoding/json` folds by Unicode, where two other characters are spellings of ASCII letters.
fn same_in_go(known: &str, other: &str) -> bool {
    let folded = other.chars().map(|c| match c {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    });
    known.chars().map(|c| c.to_ascii_lowercase()).eq(folded)
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn only_the_one_spelling_passes() {
        let known = &["status", "bomFormat"];
        for text in [r#"{"status":1,"x":[{"bomFormat":null}]}"#, "[]", r#"{"stat":{"STAT":1.5}}"#] {
            assert!(check(text.as_bytes(), known).is_ok(), "{text}");
        }
        for text in
            [r#"{"Status":1}"#, r#"[{"x":{"bomformat":""}}]"#, r#"{"\u017ftatus":1}"#, r#"{"\u0053tatus":1}"#]
        {
            assert!(
                check(text.as_bytes(), known).unwrap_err().to_string().contains("another spelling"),
                "{text}"
            );
        }
    }
}
