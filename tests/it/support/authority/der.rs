//! A writer for DER (X.690), as small as the authority needs.
//!
//! By hand and not by a certificate builder: the negatives need values that a builder refuses to write.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Tag, length, contents.
pub fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = contents.len();
    if length < 0x80 {
        out.push(u8::try_from(length).expect("below 128"));
    } else {
        let bytes: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
        out.push(0x80 | u8::try_from(bytes.len()).expect("at most 8"));
        out.extend(bytes);
    }
    out.extend_from_slice(contents);
    out
}

/// `SEQUENCE`.
pub fn sequence<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    tlv(0x30, &join(parts))
}

/// `SET OF`, sorted as DER wants it.
pub fn set(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut parts = parts.to_vec();
    parts.sort();
    tlv(0x31, &join(&parts))
}

/// `[number] EXPLICIT`, or `IMPLICIT` on something constructed.
pub fn context(number: u8, contents: &[u8]) -> Vec<u8> {
    tlv(0xa0 | number, contents)
}

/// `[number] IMPLICIT` on something primitive.
pub fn context_primitive(number: u8, contents: &[u8]) -> Vec<u8> {
    tlv(0x80 | number, contents)
}

/// `OBJECT IDENTIFIER` from its dotted form.
pub fn oid(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u64> = dotted.split('.').map(|arc| arc.parse().expect("a number")).collect();
    let [first, second, rest @ ..] = arcs.as_slice() else { panic!("{dotted} has fewer than two arcs") };
    let mut contents = base128(first * 40 + second);
    for arc in rest {
        contents.extend(base128(*arc));
    }
    tlv(0x06, &contents)
}

fn base128(mut value: u64) -> Vec<u8> {
    let low = |value: u64| u8::try_from(value & 0x7f).expect("seven bits");
    let mut out = vec![low(value)];
    while value > 0x7f {
        value >>= 7;
        out.push(0x80 | low(value));
    }
    out.reverse();
    out
}

/// `INTEGER` from big-endian bytes of a number that is not negative.
pub fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let mut contents: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    if contents.first().is_none_or(|byte| *byte >= 0x80) {
        contents.insert(0, 0);
    }
    tlv(0x02, &contents)
}

/// `INTEGER` of a small number.
pub fn integer(value: u64) -> Vec<u8> {
    unsigned(&value.to_be_bytes())
}

/// `BOOLEAN TRUE`.
pub fn truth() -> Vec<u8> {
    tlv(0x01, &[0xff])
}

/// `NULL`.
pub fn null() -> Vec<u8> {
    tlv(0x05, &[])
}

/// `OCTET STRING`.
pub fn octets(contents: &[u8]) -> Vec<u8> {
    tlv(0x04, contents)
}

/// `BIT STRING` of whole bytes.
pub fn bits(contents: &[u8]) -> Vec<u8> {
    let mut with_unused = vec![0];
    with_unused.extend_from_slice(contents);
    tlv(0x03, &with_unused)
}

/// `UTF8String`.
pub fn utf8(text: &str) -> Vec<u8> {
    tlv(0x0c, text.as_bytes())
}

/// `Time` of X.509: `UTCTime` before 2050, else `GeneralizedTime`.
pub fn time(at: Timestamp) -> Vec<u8> {
    let at_utc = at.to_zoned(TimeZone::UTC);
    if at_utc.year() < 2050 {
        tlv(0x17, at_utc.strftime("%y%m%d%H%M%SZ").to_string().as_bytes())
    } else {
        generalized_time(at)
    }
}

/// `GeneralizedTime` in whole seconds.
pub fn generalized_time(at: Timestamp) -> Vec<u8> {
    tlv(0x18, at.to_zoned(TimeZone::UTC).strftime("%Y%m%d%H%M%SZ").to_string().as_bytes())
}

/// The parts one after the other.
pub fn join<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    parts.iter().flat_map(|part| part.as_ref().iter().copied()).collect()
}

/// PEM (RFC 7468), 64 characters a line.
pub fn pem(label: &str, der: &[u8]) -> String {
    let text = super::base64(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        out.push_str(str::from_utf8(line).expect("base64"));
        out.push('\n');
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

/// The elements inside of one, whole. `None` if the bytes are not DER of that shape.
pub fn children(der: &[u8]) -> Option<Vec<Vec<u8>>> {
    let contents = contents(der)?;
    let mut rest = contents.as_slice();
    let mut children = Vec::new();
    while !rest.is_empty() {
        let (header, length) = measure(rest)?;
        let (child, after) = rest.split_at_checked(header + length)?;
        children.push(child.to_vec());
        rest = after;
    }
    Some(children)
}

/// The contents of an element.
pub fn contents(der: &[u8]) -> Option<Vec<u8>> {
    let (header, length) = measure(der)?;
    der.get(header..header + length).map(<[u8]>::to_vec)
}

/// Bytes of tag and length, and the length.
fn measure(der: &[u8]) -> Option<(usize, usize)> {
    let first = *der.get(1)?;
    if first < 0x80 {
        return Some((2, first.into()));
    }
    let count = usize::from(first & 0x7f);
    let bytes = der.get(2..2 + count).filter(|bytes| bytes.len() <= 4)?;
    Some((2 + count, bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))))
}
