//! The header of an rpm package, as the database keeps it: an index of tags and their data.
//! <https://rpm-software-management.github.io/rpm/manual/format_header.html>

use std::borrow::Cow;
use std::collections::HashMap;

/// Tags that are read. <https://github.com/rpm-software-management/rpm/blob/master/include/rpm/rpmtag.h>
pub(super) mod tag {
    pub(in super::super) const NAME: u32 = 1000;
    pub(in super::super) const VERSION: u32 = 1001;
    pub(in super::super) const RELEASE: u32 = 1002;
    pub(in super::super) const EPOCH: u32 = 1003;
    pub(in super::super) const SUMMARY: u32 = 1004;
    pub(in super::super) const SIZE: u32 = 1009;
    pub(in super::super) const VENDOR: u32 = 1011;
    pub(in super::super) const LICENSE: u32 = 1014;
    pub(in super::super) const PACKAGER: u32 = 1015;
    pub(in super::super) const URL: u32 = 1020;
    pub(in super::super) const ARCH: u32 = 1022;
    pub(in super::super) const OLD_FILE_NAMES: u32 = 1027;
    pub(in super::super) const FILE_SIZES: u32 = 1028;
    pub(in super::super) const FILE_STATES: u32 = 1029;
    pub(in super::super) const FILE_MODES: u32 = 1030;
    pub(in super::super) const FILE_DIGESTS: u32 = 1035;
    pub(in super::super) const FILE_FLAGS: u32 = 1037;
    pub(in super::super) const FILE_USERS: u32 = 1039;
    pub(in super::super) const FILE_GROUPS: u32 = 1040;
    pub(in super::super) const SOURCE_RPM: u32 = 1044;
    pub(in super::super) const PROVIDE_NAMES: u32 = 1047;
    pub(in super::super) const REQUIRE_FLAGS: u32 = 1048;
    pub(in super::super) const REQUIRE_NAMES: u32 = 1049;
    pub(in super::super) const REQUIRE_VERSIONS: u32 = 1050;
    pub(in super::super) const SOURCE_PACKAGE: u32 = 1106;
    pub(in super::super) const PROVIDE_FLAGS: u32 = 1112;
    pub(in super::super) const PROVIDE_VERSIONS: u32 = 1113;
    pub(in super::super) const DIRECTORY_INDEXES: u32 = 1116;
    pub(in super::super) const BASE_NAMES: u32 = 1117;
    pub(in super::super) const DIRECTORY_NAMES: u32 = 1118;
    pub(in super::super) const LONG_FILE_SIZES: u32 = 5008;
    pub(in super::super) const LONG_SIZE: u32 = 5009;
    pub(in super::super) const FILE_DIGEST_ALGORITHM: u32 = 5011;
    pub(in super::super) const MODULARITY_LABEL: u32 = 5096;
}

/// A header whose index has been checked to lie within it.
#[derive(Debug)]
pub(super) struct Header<'a> {
    entries: HashMap<u32, Entry<'a>>,
}

#[derive(Clone, Copy, Debug)]
struct Entry<'a> {
    kind: u32,
    count: usize,
    /// From its first byte to the end of all data.
    data: &'a [u8],
}

impl<'a> Header<'a> {
    /// `None` if the index does not fit.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (count, length) = (word(bytes, 0)?, word(bytes, 4)?);
        let end = usize::try_from(count).ok()?.checked_mul(16)?.checked_add(8)?;
        let index = bytes.get(8..end)?;
        let data = bytes.get(end..end.checked_add(usize::try_from(length).ok()?)?)?;
        let mut entries = HashMap::new();
        for entry in index.chunks_exact(16) {
            let offset = usize::try_from(word(entry, 8)?).ok();
            let count = usize::try_from(word(entry, 12)?).ok()?;
            // The entry of a region points behind the others, and what lies outside is not read.
            if let Some(data) = offset.and_then(|offset| data.get(offset..)) {
                entries.entry(word(entry, 0)?).or_insert(Entry { kind: word(entry, 4)?, count, data });
            }
        }
        Some(Self { entries })
    }

    /// The first string of a tag; `None` if it is empty.
    pub(super) fn text(&self, tag: u32) -> Option<Cow<'a, str>> {
        self.texts(tag).next().filter(|text| !text.is_empty() && text != "(none)")
    }

    /// The strings of a tag.
    pub(super) fn texts(&self, tag: u32) -> impl Iterator<Item = Cow<'a, str>> {
        let entry = self.entries.get(&tag).copied().filter(|entry| matches!(entry.kind, 6 | 8 | 9));
        let (count, data) = entry.map_or((0, &[][..]), |entry| (entry.count, entry.data));
        // What is not closed by a zero is cut off.
        let terminated = data.get(..memchr::memrchr(0, data).unwrap_or(0)).unwrap_or_default();
        let present = if terminated.is_empty() && data.first() != Some(&0) { 0 } else { count };
        terminated.split(|byte| *byte == 0).take(present).map(String::from_utf8_lossy)
    }

    /// The integers of a tag, whatever their width.
    pub(super) fn numbers(&self, tag: u32) -> impl Iterator<Item = u64> {
        let entry = self.entries.get(&tag).copied();
        let (width, count, data) = entry.map_or((1, 0, &[][..]), |entry| match entry.kind {
            1 | 2 => (1, entry.count, entry.data),
            3 => (2, entry.count, entry.data),
            4 => (4, entry.count, entry.data),
            5 => (8, entry.count, entry.data),
            _ => (1, 0, entry.data),
        });
        let number = |bytes: &[u8]| bytes.iter().fold(0u64, |number, byte| (number << 8) | u64::from(*byte));
        data.chunks_exact(width).take(count).map(number)
    }

    /// The first integer of a tag.
    pub(super) fn number(&self, tag: u32) -> Option<u64> {
        self.numbers(tag).next()
    }
}

/// A big-endian word.
pub(super) fn word(bytes: &[u8], offset: usize) -> Option<u32> {
    let bytes = bytes.get(offset..offset.checked_add(4)?)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A value of a made header.
    pub(in super::super) enum Value<'a> {
        Texts(&'a [&'a str]),
        Text(&'a str),
        Words(&'a [u32]),
        Halves(&'a [u16]),
    }

    /// A header as rpm would write it.
    pub(in super::super) fn write(values: &[(u32, Value<'_>)]) -> Vec<u8> {
        let (mut index, mut data) = (Vec::new(), Vec::new());
        for (tag, value) in values {
            let offset = u32::try_from(data.len()).unwrap();
            let (kind, count) = match value {
                Value::Texts(texts) => {
                    texts.iter().for_each(|text| data.extend([text.as_bytes(), b"\0"].concat()));
                    (8u32, texts.len())
                }
                Value::Text(text) => {
                    data.extend([text.as_bytes(), b"\0"].concat());
                    (6, 1)
                }
                Value::Words(words) => {
                    words.iter().for_each(|word| data.extend(word.to_be_bytes()));
                    (4, words.len())
                }
                Value::Halves(words) => {
                    words.iter().for_each(|word| data.extend(word.to_be_bytes()));
                    (3, words.len())
                }
            };
            for word in [*tag, kind, offset, u32::try_from(count).unwrap()] {
                index.extend(word.to_be_bytes());
            }
        }
        let lengths = [u32::try_from(values.len()).unwrap(), u32::try_from(data.len()).unwrap()];
        [lengths.map(u32::to_be_bytes).concat(), index, data].concat()
    }

    #[test]
    fn reads_what_lies_within() {
        let bytes = write(&[
            (tag::NAME, Value::Text("bash")),
            (tag::EPOCH, Value::Words(&[2])),
            (tag::BASE_NAMES, Value::Texts(&["a", "", "c"])),
            (tag::FILE_MODES, Value::Halves(&[0o40755, 7])),
        ]);
        let header = Header::parse(&bytes).unwrap();
        assert_eq!(header.text(tag::NAME).unwrap(), "bash");
        assert_eq!(header.number(tag::EPOCH), Some(2));
        assert_eq!(header.texts(tag::BASE_NAMES).collect::<Vec<_>>(), ["a", "", "c"]);
        assert_eq!(header.numbers(tag::FILE_MODES).collect::<Vec<_>>(), [0o40755, 7]);
        assert_eq!(header.text(tag::EPOCH), None);
        assert_eq!(header.number(tag::NAME), None);
        assert_eq!(header.texts(tag::URL).count(), 0);
        for length in 0..bytes.len() {
            assert!(Header::parse(&bytes[..length]).is_none(), "{length}");
        }
    }

    proptest::proptest! {
        #[test]
        fn reads_any_bytes(mutations in proptest::collection::vec((0usize..90, proptest::num::u8::ANY), 0..6)) {
            let mut bytes = write(&[(1000, Value::Text("bash")), (1117, Value::Texts(&["a", "b"])), (1028, Value::Words(&[1]))]);
            for (place, byte) in mutations {
                if let Some(old) = bytes.get_mut(place) { *old = byte; }
            }
            if let Some(header) = Header::parse(&bytes) {
                for tag in 1000..1200 {
                    proptest::prop_assert!(header.texts(tag).count() <= bytes.len());
                    proptest::prop_assert!(header.numbers(tag).count() <= bytes.len());
                }
            }
        }
    }
}
