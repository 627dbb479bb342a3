//! Extended headers of POSIX.1-2001: records of `length key=value`.

use std::str;

use crate::limits;

/// What extended headers may say that counts here.
#[derive(Clone, Debug, Default)]
pub(super) struct Pax {
    pub(super) link: Option<Vec<u8>>,
    pub(super) path: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) sparse: Sparse,
}

/// GNU's records of sparse files, versions 0.0, 0.1 and 1.0.
/// <https://www.gnu.org/software/tar/manual/html_node/PAX-keywords.html>
#[derive(Clone, Debug, Default)]
pub(super) struct Sparse {
    pub(super) major: Option<u64>,
    /// Offsets and lengths, in turn.
    pub(super) map: Vec<u64>,
    pub(super) name: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
}

impl Sparse {
    pub(super) fn is_sparse(&self) -> bool {
        self.major == Some(1) || !self.map.is_empty() || self.size.is_some()
    }
}

impl Pax {
    /// Adds what `bytes` say; an empty value takes back what stood before.
    pub(super) fn merge(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (key, value, after) = record(rest).ok_or("an extended header is malformed")?;
            self.put(key, value)?;
            rest = after;
        }
        Ok(())
    }

    fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), &'static str> {
        let text = || {
            if value.contains(&0) {
                return Err("a path has a zero byte");
            }
            Ok((!value.is_empty()).then(|| value.to_vec()))
        };
        match key {
            b"linkpath" => self.link = text()?,
            b"path" => self.path = text()?,
            b"size" => self.size = optional(value)?,
            b"GNU.sparse.major" => self.sparse.major = optional(value)?,
            b"GNU.sparse.name" => self.sparse.name = text()?,
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => self.sparse.size = optional(value)?,
            b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => self.sparse.push(number(value)?)?,
            b"GNU.sparse.map" => {
                for value in value.split(|byte| *byte == b',').filter(|value| !value.is_empty()) {
                    self.sparse.push(number(value)?)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl Sparse {
    fn push(&mut self, value: u64) -> Result<(), &'static str> {
        if self.map.len() >= 2 * limits::SPARSE_PIECES {
            return Err("a sparse file has too many pieces");
        }
        self.map.push(value);
        Ok(())
    }
}

/// The first record, and what follows it.
fn record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let blank = bytes.iter().take(20).position(|byte| *byte == b' ')?;
    let length = usize::try_from(number(bytes.get(..blank)?).ok()?).ok()?;
    let line = bytes.get(blank + 1..length)?.strip_suffix(b"\n")?;
    let equals = line.iter().position(|byte| *byte == b'=')?;
    Some((line.get(..equals)?, line.get(equals + 1..)?, bytes.get(length..)?))
}

fn optional(value: &[u8]) -> Result<Option<u64>, &'static str> {
    if value.is_empty() { Ok(None) } else { number(value).map(Some) }
}

/// Decimal digits, at most what Go's `int64` holds.
pub(super) fn number(value: &[u8]) -> Result<u64, &'static str> {
    let digits = value.iter().all(u8::is_ascii_digit).then_some(value);
    let number = digits.and_then(|digits| str::from_utf8(digits).ok()?.parse::<i64>().ok());
    number.and_then(|number| u64::try_from(number).ok()).ok_or("a number in an extended header is none")
}
