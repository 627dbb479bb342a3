//! Lists that are compressed into a program: of `cargo auditable`, and of GraalVM's `native-image`.
//!
//! The sections or symbols that lead to them are told at the end of a file, when they have passed. So each
//! place that could be the beginning of compressed data is tried: its first bytes must inflate to the
//! beginning of such a list.
//! <https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md>,
//! <https://www.graalvm.org/latest/security-guide/native-image/sbom/>

use std::sync::LazyLock;

use flate2::Decompress;
use flate2::FlushDecompress;
use flate2::Status;
use memchr::memmem::Finder;

use super::window::AHEAD;
use super::window::Window;
use crate::limits;

/// Looks for them while a file passes.
#[derive(Debug, Default)]
pub(super) struct Search {
    auditable: Finding,
    sbom: Finding,
    /// Kept for the next trial.
    trial: Option<Decompress>,
}

/// One list.
#[derive(Debug, Default)]
enum Finding {
    #[default]
    Nothing,
    Open(Inflation),
    Complete(Box<[u8]>),
    Broken(&'static str),
}

impl Search {
    pub(super) fn see(&mut self, window: &Window<'_>) {
        self.auditable.go_on(window.unseen());
        self.sbom.go_on(window.unseen());
        if matches!(self.auditable, Finding::Nothing) {
            self.look(window, ZLIB.as_slice());
        }
        if matches!(self.sbom, Finding::Nothing) {
            self.look_for_sbom(window);
        }
    }

    fn look(&mut self, window: &Window<'_>, finders: &[Finder<'_>]) {
        for at in finders.iter().flat_map(|finder| window.find(finder)) {
            let data = window.bytes.get(at..).unwrap_or_default();
            if may_begin(data.get(2..).unwrap_or_default()) && self.begins(data, true, is_auditable) {
                self.auditable = Finding::Open(Inflation::new(true));
                self.auditable.go_on(data);
                return;
            }
        }
    }

    fn look_for_sbom(&mut self, window: &Window<'_>) {
        for at in window.find(&GZIP) {
            // Behind ten bytes of header without a name, which Java does not write.
            let data = window.bytes.get(at.saturating_add(10)..).unwrap_or_default();
            if may_begin(data) && self.begins(data, false, is_cyclonedx) {
                self.sbom = Finding::Open(Inflation::new(false));
                self.sbom.go_on(data);
                return;
            }
        }
    }

    /// Whether the first bytes inflate to what `is` knows.
    fn begins(&mut self, data: &[u8], zlib: bool, is: fn(&[u8]) -> bool) -> bool {
        let trial = self.trial.get_or_insert_with(|| Decompress::new(zlib));
        trial.reset(zlib);
        let mut text = [0; 64];
        let data = data.get(..AHEAD.min(data.len())).unwrap_or_default();
        let inflated = trial.decompress(data, &mut text, FlushDecompress::None).is_ok();
        let length = usize::try_from(trial.total_out()).unwrap_or_default();
        inflated && text.get(..length).is_some_and(is)
    }

    pub(super) fn finish(self, problems: &mut Vec<String>) -> [Option<Box<[u8]>>; 2] {
        let mut list = |finding, of: &str| match finding {
            Finding::Nothing => None,
            Finding::Complete(bytes) => Some(bytes),
            Finding::Open(_) => {
                problems.push(format!("{of}: cut off"));
                None
            }
            Finding::Broken(reason) => {
                problems.push(format!("{of}: {reason}"));
                None
            }
        };
        [list(self.auditable, "list of cargo auditable"), list(self.sbom, "SBOM of native-image")]
    }
}

impl Finding {
    fn go_on(&mut self, data: &[u8]) {
        if let Self::Open(inflation) = self {
            match inflation.push(data) {
                Ok(false) => {}
                Ok(true) => *self = Self::Complete(std::mem::take(&mut inflation.text).into()),
                Err(reason) => *self = Self::Broken(reason),
            }
        }
    }
}

/// A list that is inflated while it passes.
#[derive(Debug)]
struct Inflation {
    inflate: Decompress,
    text: Vec<u8>,
}

impl Inflation {
    fn new(zlib: bool) -> Self {
        Self { inflate: Decompress::new(zlib), text: Vec::new() }
    }

    /// Whether it is complete.
    fn push(&mut self, mut data: &[u8]) -> Result<bool, &'static str> {
        loop {
            if self.text.len() >= limits::EMBEDDED_LIST_BYTES {
                return Err("more than 8 MiB");
            }
            self.text.reserve(64 << 10);
            let before = self.inflate.total_in();
            let length = self.text.len();
            let status = self.inflate.decompress_vec(data, &mut self.text, FlushDecompress::None);
            match status {
                Ok(Status::StreamEnd) => return Ok(true),
                Ok(Status::Ok | Status::BufError) => {}
                Err(_) => return Err("broken compression"),
            }
            let read = usize::try_from(self.inflate.total_in().saturating_sub(before)).unwrap_or_default();
            data = data.get(read..).unwrap_or_default();
            if data.is_empty() || (read == 0 && self.text.len() == length) {
                return Ok(false);
            }
        }
    }
}

/// `{"packages":[`, or another field before.
fn is_auditable(text: &[u8]) -> bool {
    text.starts_with(b"{\"packages\":[") || text.starts_with(b"{\"format\":")
}

fn is_cyclonedx(text: &[u8]) -> bool {
    text.starts_with(b"{") && memchr::memmem::find(text, b"\"bomFormat\"").is_some()
}

/// Whether compressed data may begin like this: most places fail here, where inflating costs a hundred
/// times as much. RFC 1951, 3.2.3 to 3.2.7.
fn may_begin(data: &[u8]) -> bool {
    let mut bits = 0_u64;
    for (byte, shift) in data.iter().zip((0_u32..64).step_by(8)) {
        bits |= u64::from(*byte) << shift;
    }
    match (bits >> 1) & 3 {
        // Stored: length and its complement.
        0 => (bits >> 8) & 0xffff == !(bits >> 24) & 0xffff,
        // Fixed codes: the first is that of `{`, which is 0x30 + 0x7b in eight bits, highest first.
        1 => (bits >> 3) & 0xff == u64::from(0xab_u8.reverse_bits()),
        2 => has_complete_code(data, bits),
        _ => false,
    }
}

/// The code of code lengths must use up its space: the sum of 2^-length is 1.
fn has_complete_code(data: &[u8], bits: u64) -> bool {
    let count = (bits >> 13) & 15;
    let literals = (bits >> 3) & 31;
    if literals > 29 {
        return false;
    }
    let mut used = 0_u32;
    for number in 0..count.saturating_add(4) {
        // Three bits each, from the 17th on.
        let at = number.saturating_mul(3).saturating_add(17);
        let byte = usize::try_from(at / 8).unwrap_or(usize::MAX);
        let pair = u16::from(data.get(byte).copied().unwrap_or_default())
            | u16::from(data.get(byte.saturating_add(1)).copied().unwrap_or_default()) << 8;
        let length = (pair >> (at % 8)) & 7;
        if length > 0 {
            used += 128 >> length;
        }
    }
    used == 128
}

/// Headers of zlib with a window of 32 KiB, for each level. RFC 1950.
static ZLIB: LazyLock<[Finder<'static>; 4]> = LazyLock::new(|| {
    [b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"].map(|header| Finder::new(header).into_owned())
});

/// Header of gzip without name or comment. RFC 1952.
static GZIP: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\x1f\x8b\x08\x00").into_owned());
