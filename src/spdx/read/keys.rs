//! The keys of an object: no key twice.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::Deserializer;
use serde::de::DeserializeSeed;
use serde::de::Error;
use serde::de::Visitor;

/// One key, borrowed from the document unless it has escapes.
pub(in crate::spdx) struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
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

/// The keys of one object so far: numbers that stand for them while they are few, so that the usual object costs
/// no allocation, and themselves when they are many.
#[derive(Default)]
pub(in crate::spdx) struct Keys {
    few: [u64; Self::FEW],
    count: usize,
    many: HashSet<Box<str>>,
}

impl Keys {
    const FEW: usize = 24;

    /// Takes a key that was not there before.
    pub(in crate::spdx) fn insert<E: Error>(&mut self, key: &str) -> Result<(), E> {
        let twice = || {
            let key: String = key.chars().take(64).collect();
            E::custom(format_args!("key {key:?} appears twice"))
        };
        let mark = mark(key);
        let few = self.few.get(..self.count.min(Self::FEW)).unwrap_or_default();
        if few.contains(&mark) {
            return Err(twice());
        }
        if let Some(place) = self.few.get_mut(self.count) {
            *place = mark;
        } else if !self.many.insert(key.into()) {
            return Err(twice());
        }
        self.count = self.count.saturating_add(1);
        Ok(())
    }
}

/// Eight bytes a step. Two different keys with one mark would be a document refused without need, never one
/// accepted; among the keys of one object that does not happen by chance.
fn mark(key: &str) -> u64 {
    const FACTOR: u64 = 0x517c_c1b7_2722_0a95;
    let (words, rest) = key.as_bytes().as_chunks::<8>();
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
    let mix =
        |mark: u64, word: [u8; 8]| (mark.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(FACTOR);
    let length = u64::try_from(key.len()).unwrap_or(u64::MAX);
    mix(words.iter().copied().fold(length, mix), last)
}
