//! Structs that are read from the JSON of scanners.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::Deserialize;
use serde::de::Deserializer;
use serde::de::Error;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;

use super::finding::Finding;
use crate::json;
use crate::json::JsonError;
use crate::json::Skipped;

/// Reads a document in one pass.
pub(super) fn read<'de, T: Wire<'de>>(bytes: &'de [u8]) -> Result<T, JsonError> {
    json::from_slice_once(bytes)
}

/// A struct of [`wire!`], whose fields are such structs, text, numbers and the types below: nothing that would let
/// a doubled key pass.
pub(super) trait Wire<'de>: Deserialize<'de> {}

/// Defines structs that read an object the way its writer would, or refuse it.
///
/// `null` is absence, unknown keys are skipped, a key twice is an error at any depth. Go and .NET match keys without
/// regard to case and Go takes the last; we would take the exact one. An object with a second spelling of a key
/// that we read would thus say two things to two readers (`{"Severity":"CRITICAL","severity":"LOW"}`),
/// so any spelling but the exact one is an error. A `bag` is an object where a tool may add what it likes (SARIF's
/// `properties`, a configuration): there, another spelling is another key.
macro_rules! wire {
    ($($(#[$meta:meta])* $(@$bag:ident)? $vis:vis struct $name:ident<$de:lifetime> {
        $($field:ident: $type:ty = $key:literal,)*
    })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Default)]
        $vis struct $name<$de> {
            $($vis $field: $type,)*
            lifetime: std::marker::PhantomData<&$de ()>,
        }

        impl<$de> $crate::scan::wire::Wire<$de> for $name<$de> {}

        impl<$de> serde::Deserialize<$de> for $name<$de> {
            fn deserialize<D: serde::Deserializer<$de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Object;

                impl<$de> serde::de::Visitor<$de> for Object {
                    type Value = $name<$de>;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: serde::de::MapAccess<$de>>(
                        self,
                        mut map: A,
                    ) -> Result<$name<$de>, A::Error> {
                        $(let mut $field: Option<Option<$type>> = None;)*
                        let mut others = $crate::json::Keys::default();
                        while let Some(key) = map.next_key_seed($crate::json::Key)? {
                            match key.as_ref() {
                                $($key if $field.is_some() => {
                                    return Err(serde::de::Error::duplicate_field($key));
                                }
                                $key => $field = Some(map.next_value()?),)*
                                _ => {
                                    $crate::scan::wire::spelling!(key [$($bag)?] $($key)*);
                                    others.insert(key)?;
                                    map.next_value::<$crate::json::Skipped>()?;
                                }
                            }
                        }
                        Ok($name {
                            $($field: $field.flatten().unwrap_or_default(),)*
                            lifetime: std::marker::PhantomData,
                        })
                    }
                }

                deserializer.deserialize_map(Object)
            }
        }
    )*};
}

/// Refuses a key that is another spelling of a known one, where the object is no bag.
macro_rules! spelling {
    ($other:ident [bag] $($key:literal)*) => {};
    ($other:ident [] $($key:literal)*) => {
        if let Some(known) = $crate::scan::wire::twin(&[$($key),*], &$other) {
            return Err(serde::de::Error::custom(format_args!(
                "key {:?} is another spelling of {known:?}", $other
            )));
        }
    };
}

/// The known key for which Go takes another: `encoding/json` folds by Unicode, where two other characters are
/// spellings of ASCII letters.
pub(super) fn twin(known: &[&'static str], other: &str) -> Option<&'static str> {
    let is_ascii = other.is_ascii();
    let same = |key: &&str| if is_ascii { key.eq_ignore_ascii_case(other) } else { same_folded(key, other) };
    known.iter().copied().find(same)
}

fn same_folded(known: &str, other: &str) -> bool {
    let folded = other.chars().map(|c| match c {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    });
    known.chars().map(|c| c.to_ascii_lowercase()).eq(folded)
}

pub(super) use spelling;
pub(super) use wire;

/// Text, borrowed from the document unless it has escapes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Text<'de>(pub(super) Cow<'de, str>);

impl Text<'_> {
    /// Go leaves a string empty where it has none.
    pub(super) fn some(self) -> Option<String> {
        if self.is_empty() { None } else { Some(self.0.into_owned()) }
    }

    pub(super) fn owned(self) -> String {
        self.0.into_owned()
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Characters;

        impl<'de> Visitor<'de> for Characters {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Characters)
    }
}

/// Whether a key is there, with whatever value that is not `null`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Present(pub(super) bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Skipped::deserialize(deserializer).map(|_| Self(true))
    }
}

/// Text, or the text of a number, a truth value; nothing for a list or an object. For what is only shown, and for
/// what tools write in several types.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Scalar(pub(super) Option<String>);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
                Ok(Scalar(Some(value.to_string())))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
                Ok(Scalar(Some(value.to_string())))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
                Ok(Scalar(Some(value.to_string())))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Scalar, E> {
                Ok(Scalar(Some(value.to_string())))
            }

            fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar(Some(text.to_owned())))
            }

            fn visit_unit<E>(self) -> Result<Scalar, E> {
                Ok(Scalar(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Scalar, A::Error> {
                while items.next_element::<Skipped>()?.is_some() {}
                Ok(Scalar(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Scalar, A::Error> {
                let mut seen = json::Keys::default();
                while let Some(key) = entries.next_key_seed(json::Key)? {
                    seen.insert(key)?;
                    entries.next_value::<Skipped>()?;
                }
                Ok(Scalar(None))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

/// The texts in a list; nothing for anything else. For what tools put into property bags.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Strings(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for Strings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> Visitor<'de> for List {
            type Value = Strings;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Strings, A::Error> {
                let mut strings = Vec::new();
                while let Some(item) = items.next_element::<Scalar>()? {
                    strings.extend(item.0);
                }
                Ok(Strings(strings))
            }
        }

        deserializer.deserialize_seq(List)
    }
}

/// An object whose keys are names.
#[derive(Debug)]
pub(super) struct Map<V>(pub(super) BTreeMap<String, V>);

impl<V> Default for Map<V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Map<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object<V>(PhantomData<V>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for Object<V> {
            type Value = Map<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Map<V>, A::Error> {
                let mut map = BTreeMap::new();
                while let Some(key) = entries.next_key_seed(json::Key)? {
                    if map.insert(key.clone().into_owned(), entries.next_value()?).is_some() {
                        return Err(A::Error::custom(format_args!("key {key:?} appears twice")));
                    }
                }
                Ok(Map(map))
            }
        }

        deserializer.deserialize_map(Object(PhantomData))
    }
}

/// Becomes a finding, or none.
pub(super) trait Item {
    fn finding(self) -> Option<Finding>;
}

/// A list whose items become findings while it is read, so that nothing else of them is held.
#[derive(Debug)]
pub(super) struct Each<W> {
    pub(super) findings: Vec<Finding>,
    items: PhantomData<W>,
}

impl<W> Default for Each<W> {
    fn default() -> Self {
        Self { findings: Vec::new(), items: PhantomData }
    }
}

impl<'de, W: Wire<'de> + Item> Deserialize<'de> for Each<W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<W>(PhantomData<W>);

        impl<'de, W: Wire<'de> + Item> Visitor<'de> for List<W> {
            type Value = Each<W>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Each<W>, A::Error> {
                let mut each = Each::default();
                while let Some(item) = items.next_element::<W>()? {
                    each.findings.extend(item.finding());
                }
                Ok(each)
            }
        }

        deserializer.deserialize_seq(List(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    wire! {
        struct Sample<'de> {
            id: Text<'de> = "ID",
            list: Vec<u8> = "List",
            map: Map<i64> = "Map",
            there: Present = "There",
            word: Scalar = "Word",
        }

        @bag struct Bag<'de> {
            id: Text<'de> = "ID",
        }
    }

    fn sample(text: &str) -> Result<Sample<'_>, String> {
        read(text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn null_and_absent_are_the_same() {
        let found = sample(r#"{"ID":null,"There":null,"other":{"ID":1}}"#).unwrap();
        assert_eq!((&*found.id, found.list.len(), found.there.0), ("", 0, false));
        assert_eq!(sample(r#"{"List":[1]}"#).unwrap().list, [1]);
        assert!(sample(r#"{"There":[{}]}"#).unwrap().there.0);
        assert!(sample(r#"{"Map":null}"#).unwrap().map.0.is_empty());
        assert_eq!(sample(r#"{"Map":{"a":1}}"#).unwrap().map.0.len(), 1);
    }

    #[test]
    fn a_second_spelling_is_refused() {
        assert!(sample(r#"{"ID":"a","ID":"a"}"#).unwrap_err().contains("duplicate field"));
        assert!(sample(r#"{"ID":"a","\u0049D":"a"}"#).unwrap_err().contains("duplicate field"));
        assert!(sample(r#"{"ID":"a","id":"b"}"#).unwrap_err().contains("another spelling"));
        assert!(sample(r#"{"iD":"b"}"#).unwrap_err().contains("another spelling"));
        assert!(sample(r#"{"List":[1],"li\u017ft":[]}"#).unwrap_err().contains("another spelling"));
        assert_eq!(twin(&["Class", "Package"], "PAC\u{212a}age"), Some("Package"));
        assert_eq!(twin(&["Class", "Package"], "Clas"), None);
    }

    #[test]
    fn a_bag_may_hold_another_spelling() {
        let bag: Bag<'_> = read(br#"{"id":"b","ID":"a"}"#).unwrap();
        assert_eq!(&*bag.id, "a");
        assert!(read::<Bag<'_>>(br#"{"ID":"a","ID":"a"}"#).is_err());
    }

    #[test]
    fn a_key_twice_is_refused_where_nothing_is_read() {
        for text in [
            r#"{"x":1,"x":1}"#,
            r#"{"x":[{"y":1,"y":1}]}"#,
            r#"{"Map":{"a":1,"a":1}}"#,
            r#"{"There":{"a":1,"a":1}}"#,
            r#"{"Word":{"a":1,"a":1}}"#,
        ] {
            assert!(sample(text).unwrap_err().contains("appears twice"), "{text}");
        }
    }

    #[test]
    fn a_wrong_type_is_refused() {
        for text in ["[]", "null", r#"{"ID":1}"#, r#"{"List":{}}"#, r#"{"List":[null]}"#, r#"{"Map":[]}"#] {
            assert!(sample(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_scalar_is_its_text() {
        let word = |text: &str| sample(&format!(r#"{{"Word":{text}}}"#)).unwrap().word.0;
        assert_eq!(word("\"a\"").as_deref(), Some("a"));
        assert_eq!(word("9.8").as_deref(), Some("9.8"));
        assert_eq!(word("true").as_deref(), Some("true"));
        assert_eq!((word("[1]"), word("{}"), word("null")), (None, None, None));
    }
}
