//! The fields of one header block.

/// Where a field lies.
pub(super) struct Field {
    start: usize,
    end: usize,
}

pub(super) const LINK: Field = Field { start: 157, end: 257 };
pub(super) const MODE: Field = Field { start: 100, end: 108 };
pub(super) const REAL_SIZE: Field = Field { start: 483, end: 495 };
pub(super) const SIZE: Field = Field { start: 124, end: 136 };
const CHECKSUM: Field = Field { start: 148, end: 156 };
const MAGIC: Field = Field { start: 257, end: 263 };
const NAME: Field = Field { start: 0, end: 100 };
const PREFIX: Field = Field { start: 345, end: 500 };
/// Of `star`, whose last field is `tar\0`.
const STAR_MARK: Field = Field { start: 508, end: 512 };
const STAR_PREFIX: Field = Field { start: 345, end: 476 };

impl Field {
    pub(super) fn of<'a>(&self, block: &'a [u8; 512]) -> &'a [u8] {
        block.get(self.start..self.end).unwrap_or_default()
    }
}

/// What the member is: one letter or digit.
pub(super) fn kind(block: &[u8; 512]) -> u8 {
    let [kind] = *block.get(156..157).unwrap_or_default() else { return 0 };
    kind
}

/// Up to the first NUL.
pub(super) fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// The path, put together of its two fields where there are two.
pub(super) fn path(block: &[u8; 512], path: &mut Vec<u8>) {
    if MAGIC.of(block) == b"ustar\0" {
        let prefix = if STAR_MARK.of(block) == b"tar\0" { STAR_PREFIX } else { PREFIX };
        let prefix = text(prefix.of(block));
        if !prefix.is_empty() {
            path.extend_from_slice(prefix);
            path.push(b'/');
        }
    }
    path.extend_from_slice(text(NAME.of(block)));
}

/// A number in octal digits, or, where the first bit is set, in base 256. Negative ones are none.
pub(super) fn number(field: &[u8]) -> Option<u64> {
    if let [first @ 0x80..=0xff, rest @ ..] = field {
        if first & 0x40 != 0 {
            return None;
        }
        let mut value = u64::from(first & 0x3f);
        for byte in rest {
            value = value.checked_mul(256)?.checked_add(u64::from(*byte))?;
        }
        return i64::try_from(value).is_ok().then_some(value);
    }
    let blank = |byte: &u8| matches!(byte, b' ' | 0);
    let start = field.iter().position(|byte| !blank(byte)).unwrap_or(field.len());
    let digits = text(field.get(start..)?);
    let digits = digits.trim_ascii_end();
    digits.iter().try_fold(0_u64, |value, digit| match digit {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

/// The sum of all bytes, the checksum itself read as blanks. Old writers summed signed bytes.
pub(super) fn has_checksum(block: &[u8; 512]) -> bool {
    let Some(found) = number(CHECKSUM.of(block)) else { return false };
    let own = CHECKSUM.of(block);
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    let unsigned = sum(block).wrapping_sub(sum(own)).wrapping_add(8 * 32);
    if found == u64::from(unsigned) {
        return true;
    }
    let high = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte >= 128)).sum::<u32>();
    let high = high(block).wrapping_sub(high(own));
    i64::try_from(found).ok() == Some(i64::from(unsigned) - 256 * i64::from(high))
}
