//! Values that are not kept: read past, and checked as those that are.

use std::fmt;

use serde::Deserializer;
use serde::de::DeserializeSeed;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;

use super::context::Context;
use super::keys::Key;
use super::keys::Keys;

/// Reads past a value, with the same care.
pub(super) struct Skip<'c> {
    pub(super) context: &'c mut Context,
}

impl<'a> DeserializeSeed<'a> for Skip<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Skip<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<usize, E> {
        Ok(0)
    }

    fn visit_i64<E>(self, _: i64) -> Result<usize, E> {
        Ok(0)
    }

    fn visit_u64<E>(self, _: u64) -> Result<usize, E> {
        Ok(0)
    }

    fn visit_f64<E>(self, _: f64) -> Result<usize, E> {
        Ok(0)
    }

    fn visit_str<E>(self, _: &str) -> Result<usize, E> {
        Ok(0)
    }

    fn visit_unit<E>(self) -> Result<usize, E> {
        Ok(0)
    }

    fn visit_seq<A: SeqAccess<'a>>(self, items: A) -> Result<usize, A::Error> {
        skip_list(self.context, items)
    }

    fn visit_map<A: MapAccess<'a>>(self, entries: A) -> Result<usize, A::Error> {
        skip_object(self.context, entries)
    }
}

pub(super) fn skip_list<'a, A: SeqAccess<'a>>(
    context: &mut Context,
    mut items: A,
) -> Result<usize, A::Error> {
    context.enter()?;
    let mut count: usize = 0;
    while items.next_element_seed(Skip { context })?.is_some() {
        count = count.saturating_add(1);
    }
    context.leave();
    Ok(count)
}

pub(super) fn skip_object<'a, A: MapAccess<'a>>(
    context: &mut Context,
    mut entries: A,
) -> Result<usize, A::Error> {
    context.enter()?;
    let mut seen = Keys::default();
    while let Some(key) = entries.next_key_seed(Key)? {
        seen.insert(&key)?;
        entries.next_value_seed(Skip { context })?;
    }
    context.leave();
    Ok(0)
}
