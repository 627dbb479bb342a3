//! Stanzas of `Field: value` lines, as dpkg and Python's metadata have them (RFC 822, loosely).
//! <https://www.debian.org/doc/debian-policy/ch-controlfields.html#syntax-of-control-files>
//!
//! Everything is borrowed and read when it is asked for, in one pass over its stanza, so that a file of
//! any size and shape costs its length and nothing more. Knows no field.

use std::borrow::Cow;

/// Every stanza of a file, without the empty ones.
pub(super) fn stanzas(bytes: &[u8]) -> impl Iterator<Item = Stanza<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (stanza, after) = first(rest)?;
        rest = after;
        Some(stanza)
    })
}

/// The first stanza of a file, and what follows the empty line at its end: the body of a mail message,
/// which is the description in Python's metadata.
pub(super) fn first(bytes: &[u8]) -> Option<(Stanza<'_>, &[u8])> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut before = 0;
    let mut end = 0;
    let mut begun = false;
    for line in lines(bytes) {
        let next = end + line.len();
        match (is_empty(line), begun) {
            (true, true) => {
                let stanza = Stanza { bytes: bytes.get(before..end)? };
                return Some((stanza, bytes.get(next..)?));
            }
            (true, false) => before = next,
            (false, _) => begun = true,
        }
        end = next;
    }
    begun.then_some((Stanza { bytes: bytes.get(before..)? }, &[]))
}

/// Some lines between empty ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stanza<'a> {
    bytes: &'a [u8],
}

impl<'a> Stanza<'a> {
    /// Every field, in order. Lines that are neither a field nor the continuation of one are passed over.
    pub(super) fn fields(self) -> impl Iterator<Item = Field<'a>> {
        let mut rest = self.bytes;
        std::iter::from_fn(move || {
            loop {
                let line = lines(rest).next()?;
                let more = rest.get(line.len()..).unwrap_or_default();
                let continued: usize =
                    lines(more).take_while(|line| is_continuation(line)).map(<[u8]>::len).sum();
                let (whole, after) = rest.split_at_checked(line.len().saturating_add(continued))?;
                rest = after;
                if let Some(field) = Field::parse(whole, line) {
                    return Some(field);
                }
            }
        })
    }

    /// The value of the first field of this name, in whatever case; `None` too if it is empty.
    pub(super) fn get(self, name: &str) -> Option<Cow<'a, str>> {
        self.all(name).next()
    }

    /// The values of all fields of this name that have one.
    pub(super) fn all(self, name: &str) -> impl Iterator<Item = Cow<'a, str>> {
        let fields = self.fields().filter(move |field| field.is(name));
        fields.map(Field::value).filter(|value| !value.is_empty())
    }
}

/// One field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    name: &'a [u8],
    value: &'a [u8],
}

impl<'a> Field<'a> {
    fn parse(whole: &'a [u8], line: &'a [u8]) -> Option<Self> {
        if is_continuation(line) {
            return None;
        }
        let colon = memchr::memchr(b':', line)?;
        let name = whole.get(..colon)?.trim_ascii_end();
        (!name.is_empty()).then_some(Self { name, value: whole.get(colon..)?.get(1..)? })
    }

    /// Whether this is its name, in whatever case.
    pub(super) fn is(self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// The value: without the white space around it, each further line without the first character, which
    /// marks it as such, and without the white space at its end. Bytes that are not UTF-8 are replaced.
    pub(super) fn value(self) -> Cow<'a, str> {
        let value = self.value.trim_ascii();
        if memchr::memchr(b'\n', value).is_none() {
            return String::from_utf8_lossy(value);
        }
        let mut text = String::with_capacity(value.len());
        for (index, line) in lines(value).enumerate() {
            let line = line.trim_ascii_end();
            if index > 0 {
                text.push('\n');
            }
            let line = if index > 0 { line.get(1..).unwrap_or_default() } else { line };
            text += &String::from_utf8_lossy(line);
        }
        Cow::Owned(text)
    }
}

/// The lines with their ends.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end.saturating_add(1));
        let (line, after) = rest.split_at_checked(end)?;
        rest = after;
        (!line.is_empty()).then_some(line)
    })
}

/// Nothing but an end of line. White space alone continues a field, as in RFC 822.
fn is_empty(line: &[u8]) -> bool {
    matches!(line, b"\n" | b"\r\n" | b"\r" | b"")
}

fn is_continuation(line: &[u8]) -> bool {
    matches!(line, [b' ' | b'\t', ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(bytes: &[u8]) -> Vec<Vec<String>> {
        let name = |field: Field<'_>| String::from_utf8_lossy(field.name).into_owned();
        stanzas(bytes).map(|stanza| stanza.fields().map(name).collect()).collect()
    }

    #[test]
    fn splits_stanzas_at_empty_lines() {
        let none: [Vec<String>; 0] = [];
        assert_eq!(names(b""), none);
        assert_eq!(names(b"\n\r\n\n"), none);
        assert_eq!(names(b"A: 1\nB: 2\n\n\n\nC: 3"), [vec!["A", "B"], vec!["C"]]);
        assert_eq!(names(b"\nA: 1\r\n\r\nB: 2\r\n"), [["A"], ["B"]]);
        assert_eq!(names(b"\xef\xbb\xbfA: 1\n"), [["A"]]);
        // White space alone is a line of the description.
        assert_eq!(names(b"A: 1\n \n x\nB: 2\n"), [["A", "B"]]);
    }

    #[test]
    fn folds_and_trims_values() {
        let (stanza, body) =
            first(b"Depends: a,\r\n  b ,\r\n\tc\r\nDescription: short \n long\n .\n  code\n\nBody: no\n")
                .unwrap();
        assert_eq!(stanza.get("depends").unwrap(), "a,\n b ,\nc");
        assert_eq!(stanza.get("DESCRIPTION").unwrap(), "short\nlong\n.\n code");
        assert_eq!(stanza.get("Body"), None);
        assert_eq!(body, b"Body: no\n");
    }

    #[test]
    fn gives_the_first_of_several_or_all() {
        let (stanza, _) = first(b"Tag: a\ntag:b\nTAG :  c\nTag:\n").unwrap();
        assert_eq!(stanza.get("Tag").unwrap(), "a");
        assert_eq!(stanza.all("Tag").collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(stanza.fields().count(), 4);
    }

    #[test]
    fn passes_over_what_is_no_field() {
        let (stanza, body) =
            first(b" lost\n# comment\n more\n: nameless\nA: 1\nnonsense\nB: caf\xe9").unwrap();
        assert_eq!(stanza.get("A").unwrap(), "1");
        assert_eq!(stanza.get("B").unwrap(), "caf\u{fffd}");
        assert_eq!(stanza.fields().count(), 2);
        assert!(body.is_empty());
    }

    #[test]
    fn costs_its_length_whatever_its_shape() {
        // Quadratic in the number of lines, any of these would take hours.
        for unit in [" \n", "A:\n", "A:\n x\n", "\n", "x\n", "A: b\n\n", "\r\n", ":\n"] {
            let bytes = unit.repeat((2 << 20) / unit.len()).into_bytes();
            let mut count = 0;
            for stanza in stanzas(&bytes) {
                count += stanza.fields().map(|field| field.value().len()).sum::<usize>();
                assert_eq!(stanza.get("absent"), None);
            }
            assert!(count <= bytes.len());
        }
    }

    proptest::proptest! {
        #[test]
        fn reads_any_bytes(bytes in proptest::collection::vec(proptest::sample::select(&b"A: \n\r\t\xff#"[..]), 0..64)) {
            let length: usize = stanzas(&bytes).flat_map(Stanza::fields).map(|field| field.value.len()).sum();
            proptest::prop_assert!(length <= bytes.len());
        }
    }
}
