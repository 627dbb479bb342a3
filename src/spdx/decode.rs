//! Bytes to text: UTF-8 and UTF-16, with and without a byte order mark.

use std::borrow::Cow;

use super::error::SpdxError;
use crate::limits;

/// How a text is encoded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Encoding {
    /// UTF-8, as SPDX wants it.
    Utf8,
    /// UTF-8 with a byte order mark.
    Utf8Mark,
    /// UTF-16, little end first.
    Utf16Little,
    /// UTF-16, big end first.
    Utf16Big,
}

impl Encoding {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf8Mark => "UTF-8 with a byte order mark",
            Self::Utf16Little => "UTF-16, little-endian",
            Self::Utf16Big => "UTF-16, big-endian",
        }
    }
}

/// Decodes a document; the byte order mark is no part of the text.
pub(super) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), SpdxError> {
    if u64::try_from(bytes.len()).map_or(true, |length| length > limits::SPDX_BYTES) {
        return Err(SpdxError::Size { found: bytes.len() });
    }
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => Ok((Cow::Borrowed(utf8(rest, 3)?), Encoding::Utf8Mark)),
        [0xff, 0xfe, rest @ ..] => utf16(rest, 2, u16::from_le_bytes, Encoding::Utf16Little),
        [0xfe, 0xff, rest @ ..] => utf16(rest, 2, u16::from_be_bytes, Encoding::Utf16Big),
        // Every form of SPDX begins with an ASCII character, and a NUL is in none of them.
        [first, 0, ..] if *first != 0 => utf16(bytes, 0, u16::from_le_bytes, Encoding::Utf16Little),
        [0, second, ..] if *second != 0 => utf16(bytes, 0, u16::from_be_bytes, Encoding::Utf16Big),
        _ => Ok((Cow::Borrowed(utf8(bytes, 0)?), Encoding::Utf8)),
    }
}

fn utf8(bytes: &[u8], start: usize) -> Result<&str, SpdxError> {
    std::str::from_utf8(bytes)
        .map_err(|error| SpdxError::Encoding { offset: start.saturating_add(error.valid_up_to()) })
}

fn utf16(
    bytes: &[u8],
    start: usize,
    unit: fn([u8; 2]) -> u16,
    encoding: Encoding,
) -> Result<(Cow<'_, str>, Encoding), SpdxError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(SpdxError::Encoding { offset: start.saturating_add(bytes.len()) });
    }
    let mut text = String::with_capacity(bytes.len());
    let mut offset = start;
    for found in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let found = found.map_err(|_| SpdxError::Encoding { offset })?;
        offset = offset.saturating_add(found.len_utf16().saturating_mul(2));
        text.push(found);
    }
    Ok((Cow::Owned(text), encoding))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_is_the_same_text() {
        let text = "{\"name\": \"Zoë 🙂\"}";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), Encoding::Utf8),
            ([b"\xef\xbb\xbf", text.as_bytes()].concat(), Encoding::Utf8Mark),
            ([b"\xff\xfe".as_slice(), &little].concat(), Encoding::Utf16Little),
            ([b"\xfe\xff".as_slice(), &big].concat(), Encoding::Utf16Big),
            (little, Encoding::Utf16Little),
            (big, Encoding::Utf16Big),
        ] {
            let (found, how) = decode(&bytes).unwrap();
            assert_eq!((&*found, how), (text, encoding));
        }
        assert_eq!(decode(b"").unwrap().0, "");
    }

    #[test]
    fn broken_text_is_refused_where_it_breaks() {
        for (bytes, at) in [
            (&b"ab\xff"[..], 2),
            (b"\xef\xbb\xbfab\xff", 5),
            (b"\xff\xfea\0b", 5),
            // Half of a surrogate pair.
            (b"\xff\xfea\0\x00\xd8b\0", 4),
        ] {
            assert!(
                matches!(decode(bytes), Err(SpdxError::Encoding { offset }) if offset == at),
                "{bytes:?}"
            );
        }
    }
}
