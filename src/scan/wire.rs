//! Structs that are read from the JSON of tools written in Go.

/// Defines structs that read an object the way its Go writer would, or refuse it.
///
/// `null` is absence, unknown keys are skipped, a key twice is an error. Go matches keys without regard
/// to case and takes the last; we would take the exact one. An object with a second spelling of a key
/// that we read would thus say two things to two readers (`{"Severity":"CRITICAL","severity":"LOW"}`),
/// so any spelling but the exact one is an error.
macro_rules! wire {
    ($($(#[$meta:meta])* struct $name:ident { $($field:ident: $type:ty = $key:literal,)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Default)]
        pub(super) struct $name { $(pub(super) $field: $type,)* }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Object;

                impl<'de> serde::de::Visitor<'de> for Object {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        $(let mut $field: Option<Option<$type>> = None;)*
                        while let Some(key) = map.next_key::<String>()? {
                            match key.as_str() {
                                $($key if $field.is_some() => {
                                    return Err(serde::de::Error::duplicate_field($key));
                                }
                                $key => $field = Some(map.next_value()?),)*
                                other => {
                                    for known in [$($key),*] {
                                        if $crate::scan::wire::same_in_go(known, other) {
                                            return Err(serde::de::Error::custom(format_args!(
                                                "key {other:?} is another spelling of {known:?}"
                                            )));
                                        }
                                    }
                                    map.next_value::<serde::de::IgnoredAny>()?;
                                }
                            }
                        }
                        Ok($name { $($field: $field.flatten().unwrap_or_default(),)* })
                    }
                }

                deserializer.deserialize_map(Object)
            }
        }
    )*};
}

/// Whether Go takes both for one key: `encoding/json` folds by Unicode, where two other characters are
/// spellings of ASCII letters.
pub(super) fn same_in_go(known: &str, other: &str) -> bool {
    let folded = other.chars().map(|c| match c {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    });
    known.chars().map(|c| c.to_ascii_lowercase()).eq(folded)
}

pub(super) use wire;

#[cfg(test)]
mod tests {
    wire! {
        struct Sample {
            id: String = "ID",
            list: Vec<u8> = "List",
        }
    }

    fn read(text: &str) -> Result<Sample, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn null_and_absent_are_the_same() {
        let sample = read(r#"{"ID":null,"other":{"ID":1}}"#).unwrap();
        assert_eq!((sample.id.as_str(), sample.list.len()), ("", 0));
        assert_eq!(read(r#"{"List":[1]}"#).unwrap().list, [1]);
    }

    #[test]
    fn a_second_spelling_is_refused() {
        assert!(read(r#"{"ID":"a","ID":"a"}"#).unwrap_err().contains("duplicate field"));
        assert!(read(r#"{"ID":"a","id":"b"}"#).unwrap_err().contains("another spelling"));
        assert!(read(r#"{"iD":"b"}"#).unwrap_err().contains("another spelling"));
        assert!(read(r#"{"List":[1],"li\u017ft":[]}"#).unwrap_err().contains("another spelling"));
        assert!(super::same_in_go("Package", "PAC\u{212a}age") && !super::same_in_go("Class", "Clas"));
    }

    #[test]
    fn a_wrong_type_is_refused() {
        for text in ["[]", "null", r#"{"ID":1}"#, r#"{"List":{}}"#, r#"{"List":[null]}"#] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
