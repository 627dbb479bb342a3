//! Build information of Go: which modules a program was built from.
//!
//! Since Go 1.18 it is two strings behind a magic text in the data segment. From 1.13 to 1.17 only their
//! addresses stood there, of strings that lie before; so what could be one of them is kept when it passes.
//! <https://pkg.go.dev/debug/buildinfo>, whose source has both layouts.

use std::sync::LazyLock;

use memchr::memmem;
use memchr::memmem::Finder;

use super::fields::Fields;
use super::header::Header;
use super::stamp;
use super::window::Capture;
use super::window::Window;
use crate::limits;

/// What the linker of Go wrote into a program.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct GoBuild {
    /// The toolchain: `go1.24.3`, with experiments behind a blank.
    pub version: Option<String>,
    /// The lines of `go version -m`: `path`, `mod`, `dep`, `=>`, `build`, fields separated by tabs.
    pub modules: String,
    /// A version that the builder gave to the linker, from its place in the data: with `-trimpath` the flags
    /// are not among the lines.
    pub stamp: Option<String>,
}

/// Looks for it while a file passes.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// A candidate whose strings have begun to pass.
    open: Option<(u64, Vec<u8>)>,
    /// Candidates that were read, by place.
    inline: Vec<(u64, GoBuild)>,
    /// Lists of modules between their marks, for programs of the old layout.
    open_list: Option<(u64, Vec<u8>)>,
    lists: Vec<(u64, String)>,
    /// Texts that could be the version, for the same.
    versions: Vec<(u64, [u8; VERSION_BYTES])>,
    /// Versions that were given to the linker, and the toolchain's beside which they lie.
    stamps: Vec<(String, String)>,
    pointers: Option<Pointers>,
    problem: Option<&'static str>,
}

/// The old layout: addresses of two string headers, which lie ahead.
#[derive(Debug)]
struct Pointers {
    wide: bool,
    big_endian: bool,
    version: Option<Capture>,
    list: Option<Capture>,
}

impl Search {
    pub(super) fn see(&mut self, window: &Window<'_>, header: &Header) {
        if let Some((place, mut bytes)) = self.open.take() {
            bytes.extend_from_slice(window.unseen());
            self.read_inline(place, bytes);
        }
        if let Some((place, mut bytes)) = self.open_list.take() {
            bytes.extend_from_slice(window.unseen());
            self.read_list(place, bytes);
        }
        if self.pointers.is_none() && self.versions.len() < VERSIONS {
            for at in window.find(&TOOLCHAIN) {
                let mut text = [0; VERSION_BYTES];
                let rest = window.bytes.get(at..).unwrap_or_default();
                text.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                self.versions.push((window.offset(at), text));
                if self.stamps.len() < CANDIDATES {
                    self.stamps.extend(stamp::beside(window.bytes, at));
                }
            }
        }
        for at in window.find(&MAGIC) {
            self.meet(window, at, header);
        }
        for at in window.find(&LIST_BEGINS) {
            if self.open_list.is_none() && self.lists.len() < CANDIDATES {
                let rest = window.bytes.get(at.saturating_add(MARK)..).unwrap_or_default();
                self.read_list(window.offset(at), rest.to_vec());
            }
        }
        for capture in self.pointers.iter_mut().flat_map(|old| [&mut old.version, &mut old.list]).flatten() {
            capture.see(window);
        }
    }

    /// The magic text was met. Constants of programs that read build information hold it too.
    fn meet(&mut self, window: &Window<'_>, at: usize, header: &Header) {
        let place = window.offset(at);
        let rest = window.bytes.get(at..).unwrap_or_default();
        let (Some(width), Some(flags)) = (rest.get(14), rest.get(15)) else { return };
        if !place.is_multiple_of(16) {
            return;
        }
        if flags & 2 != 0 {
            if self.open.is_none() && self.inline.len() < CANDIDATES {
                self.read_inline(place, rest.get(32..).unwrap_or_default().to_vec());
            }
        } else if matches!(width, 4 | 8) && header.is_writable(place) && self.pointers.is_none() {
            let (wide, big_endian) = (*width == 8, flags & 1 != 0);
            let fields = Fields { bytes: rest, big_endian };
            let length = if wide { 16 } else { 8 };
            let capture = |at: usize| Some(Capture::new(header.offset_of(word(fields, at, wide)?)?, length));
            let (version, list) = (capture(16), capture(if wide { 24 } else { 20 }));
            self.pointers = Some(Pointers { wide, big_endian, version, list });
        }
    }

    fn read_inline(&mut self, place: u64, bytes: Vec<u8>) {
        match inline(&bytes) {
            Inline::Complete(build) => self.inline.push((place, build)),
            Inline::Cut => self.open = Some((place, bytes)),
            Inline::TooLong => self.problem = Some("the list of Go modules is longer than 8 MiB"),
            Inline::Wrong => {}
        }
    }

    fn read_list(&mut self, place: u64, bytes: Vec<u8>) {
        if let Some(end) = memmem::find(&bytes, &LIST_END) {
            let list = bytes.get(..end).unwrap_or_default();
            // In a program of the new layout the list stands twice, and is read where it belongs.
            self.lists.push((place, String::from_utf8_lossy(list).into_owned()));
        } else if bytes.len() < LIST_BYTES && bytes.get(..64.min(bytes.len())).is_some_and(is_list) {
            self.open_list = Some((place, bytes));
        }
    }

    /// The build information; a universal binary has one for each of its programs.
    pub(super) fn finish(mut self, header: &Header, problems: &mut Vec<String>) -> Vec<GoBuild> {
        problems.extend(self.problem.map(str::to_owned));
        if self.inline.is_empty() {
            return self.pointed(header, problems).into_iter().collect();
        }
        // A Go program may hold others as data, before its own data segment.
        if self.inline.iter().any(|(place, _)| header.is_writable(*place)) {
            self.inline.retain(|(place, _)| header.is_writable(*place));
        }
        if !header.segments.is_empty() {
            self.inline.truncate(1);
        }
        let mut builds: Vec<GoBuild> = self.inline.into_iter().map(|(_, build)| build).collect();
        builds.dedup();
        if let [build] = builds.as_mut_slice() {
            let of_build = |(toolchain, _): &&(String, String)| {
                build.version.as_deref().is_some_and(|version| version.split(' ').next() == Some(toolchain))
            };
            build.stamp = self.stamps.iter().find(of_build).map(|(_, stamp)| stamp.clone());
        }
        builds
    }

    /// What the addresses of the old layout lead to.
    fn pointed(&self, header: &Header, problems: &mut Vec<String>) -> Option<GoBuild> {
        let old = self.pointers.as_ref()?;
        let target = |capture: &Option<Capture>| {
            let fields = Fields { bytes: capture.as_ref()?.bytes(), big_endian: old.big_endian };
            let address = word(fields, 0, old.wide)?;
            let length = word(fields, if old.wide { 8 } else { 4 }, old.wide)?;
            Some((header.offset_of(address)?, length))
        };
        let version = target(&old.version).and_then(|(offset, length)| {
            let (_, text) = self.versions.iter().find(|(place, _)| *place == offset)?;
            String::from_utf8(text.get(..usize::try_from(length).ok()?)?.to_vec()).ok()
        });
        let list = target(&old.list).and_then(|(offset, _)| {
            self.lists.iter().find(|(place, _)| *place == offset).map(|(_, list)| list.clone())
        });
        // Where relocation hides the addresses, one list alone is the list.
        let list = list.or_else(|| match self.lists.as_slice() {
            [(_, only)] => Some(only.clone()),
            _ => None,
        });
        if version.is_none() {
            problems.push("built with Go before 1.18, whose version could not be read".to_owned());
        }
        (version.is_some() || list.is_some()).then(|| GoBuild {
            version,
            modules: list.unwrap_or_default(),
            stamp: None,
        })
    }
}

enum Inline {
    Complete(GoBuild),
    Cut,
    TooLong,
    Wrong,
}

/// Two strings, each behind its length.
fn inline(bytes: &[u8]) -> Inline {
    let Some((version, rest)) = string(bytes) else { return Inline::Cut };
    let Some(version) = version.filter(|version| is_version(version)) else { return Inline::Wrong };
    match string(rest) {
        None if bytes.len() > LIST_BYTES => Inline::TooLong,
        None => Inline::Cut,
        Some((None, _)) => Inline::TooLong,
        Some((Some(list), _)) => {
            let inner = list.get(MARK..list.len().saturating_sub(MARK));
            let modules = inner.map(|inner| String::from_utf8_lossy(inner).into_owned()).unwrap_or_default();
            Inline::Complete(GoBuild {
                version: Some(String::from_utf8_lossy(version).into_owned()),
                modules,
                stamp: None,
            })
        }
    }
}

/// A string behind its length, and what follows; `None` if it is cut off. A length that cannot be gives no string.
fn string(bytes: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let (mut length, mut shift) = (0_usize, 0_u32);
    let mut rest = bytes;
    loop {
        let (byte, tail) = rest.split_first()?;
        rest = tail;
        length |= usize::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
        if byte & 0x80 == 0 {
            break;
        }
        shift += 7;
        if shift > 28 {
            return Some((None, rest));
        }
    }
    if length > LIST_BYTES {
        return Some((None, rest));
    }
    let text = rest.get(..length)?;
    Some((Some(text), rest.get(length..)?))
}

/// `go1.24.3`, `devel go1.25-1a2b3c Mon ..`
fn is_version(text: &[u8]) -> bool {
    (text.starts_with(b"go1") || text.starts_with(b"devel "))
        && text.iter().all(|b| (b' '..=b'~').contains(b))
}

fn is_list(bytes: &[u8]) -> bool {
    bytes.starts_with(b"path\t") || bytes.starts_with(b"mod\t") || bytes.len() < 5
}

fn word(fields: Fields<'_>, at: usize, wide: bool) -> Option<u64> {
    if wide { fields.u64(at) } else { fields.u32(at).map(u64::from) }
}

static MAGIC: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\xff Go buildinf:").into_owned());

/// What the linker puts before a list of modules.
static LIST_BEGINS: LazyLock<Finder<'static>> = LazyLock::new(|| {
    Finder::new(b"\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6").into_owned()
});

/// .. and behind it.
const LIST_END: [u8; MARK] = *b"\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2";

/// Bytes of the marks around a list.
const MARK: usize = 16;

/// What the toolchain's version begins with.
static TOOLCHAIN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"go1.").into_owned());

/// Bytes of a version. The longest of the time are like `go1.17.13b7`.
const VERSION_BYTES: usize = 24;

/// Texts like a version in one file. Real programs have below ten.
const VERSIONS: usize = 4096;

/// Bytes of one list. Those of Kubernetes have 50 KB.
const LIST_BYTES: usize = limits::EMBEDDED_LIST_BYTES;

/// Candidates in one file: universal binaries hold two or three programs.
const CANDIDATES: usize = 4;
