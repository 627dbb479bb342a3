//! The version resource of Windows programs: `VS_VERSIONINFO`.
//!
//! <https://learn.microsoft.com/windows/win32/menurc/vs-versioninfo>. It is found by its name, since the
//! tree of resources would have to be read in an order that is not that of the file.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::fields::Fields;
use super::header::Header;
use super::window::Capture;
use super::window::Window;

/// What the version resource says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct VersionInfo {
    /// The strings of its first language: `ProductName`, `ProductVersion`, `FileVersion`, `CompanyName`, ..
    pub strings: BTreeMap<String, String>,
    /// The file's version in numbers.
    pub file_version: Option<[u16; 4]>,
    /// The product's version in numbers.
    pub product_version: Option<[u16; 4]>,
}

impl VersionInfo {
    /// A string, without blanks around it; `None` if it is empty.
    #[must_use]
    pub fn string(&self, key: &str) -> Option<&str> {
        self.strings.get(key).map(|text| text.trim()).filter(|text| !text.is_empty())
    }
}

/// Keeps the resource while the file passes.
#[derive(Debug)]
pub(super) struct Search {
    resources: Option<(u64, u64)>,
    capture: Option<Capture>,
}

impl Search {
    pub(super) fn new(header: &Header) -> Self {
        Self { resources: header.resources, capture: None }
    }

    pub(super) fn see(&mut self, window: &Window<'_>) {
        let Some((offset, length)) = self.resources else { return };
        if self.capture.is_none() && window.offset(window.bytes.len()) > offset {
            let first = window.find(&KEY).find_map(|at| {
                let start = at.checked_sub(6)?;
                let place = window.offset(start);
                let within = place.checked_sub(offset)? < length;
                let size = Fields { bytes: window.bytes, big_endian: false }.u16(start)?;
                within.then(|| Capture::new(place, size.into()))
            });
            self.capture = first;
        }
        if let Some(capture) = &mut self.capture {
            capture.see(window);
        }
    }

    pub(super) fn finish(self) -> Option<VersionInfo> {
        let capture = self.capture?;
        let mut info = VersionInfo::default();
        if let Some(root) = Block::read(capture.bytes()) {
            if let Some((file, product)) = fixed(root.value) {
                info.file_version = Some(file);
                info.product_version = Some(product);
            }
            let files = root.children().find(|child| child.key == "StringFileInfo");
            let table = files.and_then(|files| files.children().next());
            for entry in table.iter().flat_map(Block::children).take(STRINGS) {
                info.strings.insert(entry.key.clone(), entry.text());
            }
        }
        Some(info)
    }
}

/// `VS_FIXEDFILEINFO`: the versions of file and product.
fn fixed(value: &[u8]) -> Option<([u16; 4], [u16; 4])> {
    let fields = Fields { bytes: value, big_endian: false };
    if fields.u32(0)? != 0xfeef_04bd {
        return None;
    }
    let version =
        |at: usize| Some([fields.u16(at + 2)?, fields.u16(at)?, fields.u16(at + 6)?, fields.u16(at + 4)?]);
    Some((version(8)?, version(16)?))
}

/// One block: length, length of its value, type, key, value, blocks within.
struct Block<'a> {
    key: String,
    value: &'a [u8],
    rest: &'a [u8],
    /// Its length with the padding that follows.
    length: usize,
}

impl<'a> Block<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let fields = Fields { bytes, big_endian: false };
        let length = usize::from(fields.u16(0)?);
        let is_text = fields.u16(4)? == 1;
        let value_length = usize::from(fields.u16(2)?).checked_mul(if is_text { 2 } else { 1 })?;
        let bytes = bytes.get(..length.max(6)).unwrap_or(bytes);
        let key: Vec<u16> = utf16(bytes.get(6..)?).take_while(|unit| *unit != 0).collect();
        let value = key.len().checked_mul(2)?.checked_add(8)?.checked_next_multiple_of(4)?;
        let end = value.checked_add(value_length)?.min(bytes.len());
        Some(Self {
            key: String::from_utf16_lossy(&key),
            value: bytes.get(value..end).unwrap_or_default(),
            rest: bytes.get(end.next_multiple_of(4)..).unwrap_or_default(),
            length: length.max(6).checked_next_multiple_of(4)?,
        })
    }

    fn children(&self) -> impl Iterator<Item = Block<'a>> + use<'a> {
        let mut rest = self.rest;
        std::iter::from_fn(move || {
            let child = Block::read(rest)?;
            rest = rest.get(child.length..).unwrap_or_default();
            Some(child)
        })
    }

    fn text(&self) -> String {
        let units: Vec<u16> = utf16(self.value).take_while(|unit| *unit != 0).collect();
        String::from_utf16_lossy(&units)
    }
}

fn utf16(bytes: &[u8]) -> impl Iterator<Item = u16> + use<'_> {
    bytes.chunks_exact(2).filter_map(|pair| Some(u16::from_le_bytes(pair.try_into().ok()?)))
}

static KEY: LazyLock<Finder<'static>> =
    LazyLock::new(|| Finder::new(b"V\0S\0_\0V\0E\0R\0S\0I\0O\0N\0_\0I\0N\0F\0O\0\0\0").into_owned());

/// Real resources have about ten.
const STRINGS: usize = 100;
