//! A JSON object of which some keys are read one by one.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::Error;
use serde_json::value::RawValue;

use crate::json;
use crate::json::JsonError;

/// An object whose values stay as they are written.
///
/// cosign, which writes in Go, matches keys without regard to case; a key in another spelling than the one that is
/// asked for would say two things to two readers and is an error.
#[derive(Default)]
pub(super) struct Object<'de>(BTreeMap<String, &'de RawValue>);

impl<'de> Object<'de> {
    pub(super) fn parse(bytes: &'de [u8]) -> Result<Self, JsonError> {
        json::from_slice(bytes).map(Self)
    }

    /// Whether the key is there, be it with `null`.
    pub(super) fn has(&self, key: &str) -> Result<bool, JsonError> {
        match self.0.keys().find(|found| *found != key && found.eq_ignore_ascii_case(key)) {
            Some(other) => {
                let reason = format!("key {other:?} is another spelling of {key:?}");
                Err(serde_json::Error::custom(reason).into())
            }
            None => Ok(self.0.contains_key(key)),
        }
    }

    /// The value of a key; nothing for `null`.
    pub(super) fn raw(&self, key: &str) -> Result<Option<&'de RawValue>, JsonError> {
        self.has(key)?;
        Ok(self.0.get(key).copied().filter(|value| value.get() != "null"))
    }

    /// The value of a key, read.
    pub(super) fn field<T: Deserialize<'de>>(&self, key: &str) -> Result<Option<T>, JsonError> {
        self.raw(key)?.map(|value| json::from_slice(value.get().as_bytes())).transpose()
    }

    /// The object of a key.
    pub(super) fn object(&self, key: &str) -> Result<Option<Self>, JsonError> {
        self.field(key).map(|found| found.map(Self))
    }

    /// The objects in the list of a key.
    pub(super) fn objects(&self, key: &str) -> Result<Option<Vec<Self>>, JsonError> {
        let found: Option<Vec<BTreeMap<String, &'de RawValue>>> = self.field(key)?;
        Ok(found.map(|found| found.into_iter().map(Self).collect()))
    }
}
