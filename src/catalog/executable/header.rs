//! The headers of programs: ELF, PE and Mach-O, as far as they lie in the first window.
//!
//! Only what places things in the file is read; what is cut off or contradicts itself is left out, since
//! the searches find most things without.
//!
//! <https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>,
//! <https://learn.microsoft.com/windows/win32/debug/pe-format>, `mach-o/loader.h` of macOS.

use super::fields::Fields;

/// The format of a program.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Format {
    /// Linux and most Unix systems.
    #[default]
    Elf,
    /// macOS.
    MachO,
    /// Windows and UEFI.
    Pe,
}

/// What a program runs on: the names of Go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Architecture(pub &'static str);

/// What the headers say.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub format: Format,
    pub architecture: Option<Architecture>,
    /// Parts of the file that are mapped into memory.
    pub segments: Vec<Segment>,
    /// Where notes lie in an ELF file: offset and length.
    pub notes: Vec<(u64, u64)>,
    /// Where the resources lie in a PE file: offset and length.
    pub resources: Option<(u64, u64)>,
    /// Whether a PE file has a .NET header.
    pub managed: bool,
    pub big_endian: bool,
}

/// A part of the file that is mapped into memory.
#[derive(Debug)]
pub(super) struct Segment {
    pub address: u64,
    pub offset: u64,
    pub length: u64,
    pub writable: bool,
}

impl Header {
    /// Where in the file the byte lies that is at `address` in memory.
    pub(super) fn offset_of(&self, address: u64) -> Option<u64> {
        let offset = |segment: &Segment| {
            let within = address.checked_sub(segment.address)?;
            (within < segment.length).then(|| segment.offset.checked_add(within)).flatten()
        };
        self.segments.iter().find_map(offset)
    }

    /// Whether a byte of the file is in memory that the program may write to.
    pub(super) fn is_writable(&self, offset: u64) -> bool {
        let holds = |segment: &Segment| {
            segment.writable
                && offset.checked_sub(segment.offset).is_some_and(|within| within < segment.length)
        };
        self.segments.iter().any(holds)
    }
}

/// The format, by the first eight bytes.
pub(super) fn recognise(magic: &[u8]) -> Option<Format> {
    match magic {
        [0x7f, b'E', b'L', b'F', ..] => Some(Format::Elf),
        [b'M', b'Z', ..] => Some(Format::Pe),
        [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..] => Some(Format::MachO),
        // Java classes begin like universal binaries. Where those say how many programs they hold, classes
        // have their version, of 45 at least.
        [0xca, 0xfe, 0xba, 0xbe | 0xbf, 0, 0, 0, count, ..] if *count < 40 => Some(Format::MachO),
        _ => None,
    }
}

/// Reads what is there.
pub(super) fn read(first: &[u8]) -> Header {
    match recognise(first) {
        Some(Format::Elf) => read_elf(first).unwrap_or_default(),
        Some(Format::Pe) => {
            read_pe(first).unwrap_or_else(|| Header { format: Format::Pe, ..Header::default() })
        }
        Some(Format::MachO) => {
            read_macho(first).unwrap_or_else(|| Header { format: Format::MachO, ..Header::default() })
        }
        None => Header::default(),
    }
}

fn read_elf(first: &[u8]) -> Option<Header> {
    let wide = *first.get(4)? == 2;
    let big_endian = *first.get(5)? == 2;
    let fields = Fields { bytes: first, big_endian };
    let mut header = Header { big_endian, ..Header::default() };
    header.architecture = elf_architecture(fields.u16(18)?, wide, big_endian);
    let (table, size, count) = if wide {
        (fields.u64(32)?, fields.u16(54)?, fields.u16(56)?)
    } else {
        (u64::from(fields.u32(28)?), fields.u16(42)?, fields.u16(44)?)
    };
    for number in 0..u64::from(count) {
        let at = usize::try_from(table.checked_add(number.checked_mul(u64::from(size))?)?).ok()?;
        let Some((kind, flags, offset, address, length)) = elf_segment(fields, at, wide) else { break };
        match kind {
            1 => header.segments.push(Segment { address, offset, length, writable: flags & 2 != 0 }),
            4 => header.notes.push((offset, length)),
            _ => {}
        }
    }
    Some(header)
}

/// Type, flags, offset, address and length in the file.
fn elf_segment(fields: Fields<'_>, at: usize, wide: bool) -> Option<(u32, u32, u64, u64, u64)> {
    let field = |place: usize| at.checked_add(place);
    Some(if wide {
        let (kind, flags) = (fields.u32(at)?, fields.u32(field(4)?)?);
        (kind, flags, fields.u64(field(8)?)?, fields.u64(field(16)?)?, fields.u64(field(32)?)?)
    } else {
        let (kind, flags) = (fields.u32(at)?, fields.u32(field(24)?)?);
        let word = |place: usize| Some(u64::from(fields.u32(field(place)?)?));
        (kind, flags, word(4)?, word(8)?, word(16)?)
    })
}

/// `e_machine`, named as Go names it.
fn elf_architecture(machine: u16, wide: bool, big_endian: bool) -> Option<Architecture> {
    Some(Architecture(match (machine, wide, big_endian) {
        (3, ..) => "386",
        (8, true, true) => "mips64",
        (8, true, false) => "mips64le",
        (8, false, true) => "mips",
        (8, false, false) => "mipsle",
        (20, ..) => "ppc",
        (21, _, true) => "ppc64",
        (21, _, false) => "ppc64le",
        (22, ..) => "s390x",
        (40, ..) => "arm",
        (62, ..) => "amd64",
        (183, ..) => "arm64",
        (243, ..) => "riscv64",
        (258, ..) => "loong64",
        _ => return None,
    }))
}

fn read_pe(first: &[u8]) -> Option<Header> {
    let fields = Fields { bytes: first, big_endian: false };
    let start = usize::try_from(fields.u32(60)?).ok()?;
    let field = |place: usize| start.checked_add(place);
    if fields.u32(start)? != u32::from_le_bytes(*b"PE\0\0") {
        return None;
    }
    let mut header = Header { format: Format::Pe, ..Header::default() };
    header.architecture = pe_architecture(fields.u16(field(4)?)?);
    let sections = fields.u16(field(6)?)?;
    let optional = field(24)?;
    let wide = fields.u16(optional)? == 0x20b;
    let base = if wide { fields.u64(field(48)?)? } else { u64::from(fields.u32(field(52)?)?) };
    let directories = optional.checked_add(if wide { 112 } else { 96 })?;
    let directory = |number: usize| fields.u32(directories.checked_add(number.checked_mul(8)?)?);
    let count = fields.u32(directories.checked_sub(4)?)?;
    // Resources are the directory 2, the .NET header is 14.
    let resources = if count > 2 { directory(2) } else { None };
    header.managed = count > 14 && directory(14).is_some_and(|address| address != 0);
    let table = optional.checked_add(usize::from(fields.u16(field(20)?)?))?;
    for number in 0..usize::from(sections) {
        let at = table.checked_add(number.checked_mul(40)?)?;
        let word = |place: usize| fields.u32(at.checked_add(place)?).map(u64::from);
        let (Some(address), Some(length), Some(offset), Some(flags)) =
            (word(12), word(16), word(20), word(36))
        else {
            break;
        };
        if resources.is_some_and(|place| u64::from(place) == address) {
            header.resources = Some((offset, length));
        }
        let writable = flags & 0x8000_0000 != 0;
        header.segments.push(Segment { address: base.checked_add(address)?, offset, length, writable });
    }
    Some(header)
}

fn pe_architecture(machine: u16) -> Option<Architecture> {
    Some(Architecture(match machine {
        0x014c => "386",
        0x01c0 | 0x01c4 => "arm",
        0x8664 => "amd64",
        0xaa64 => "arm64",
        _ => return None,
    }))
}

fn read_macho(first: &[u8]) -> Option<Header> {
    // Of a universal binary the programs are not told apart: what is found in it is in one of them.
    let (big_endian, wide) = match first.get(..4)? {
        [0xfe, 0xed, 0xfa, kind] => (true, *kind == 0xcf),
        [kind, 0xfa, 0xed, 0xfe] => (false, *kind == 0xcf),
        _ => return None,
    };
    let fields = Fields { bytes: first, big_endian };
    let mut header = Header { format: Format::MachO, big_endian, ..Header::default() };
    header.architecture = macho_architecture(fields.u32(4)?);
    let mut at = if wide { 32_usize } else { 28 };
    for _ in 0..fields.u32(16)?.min(LOAD_COMMANDS) {
        let word = |place: usize| fields.u32(at.checked_add(place)?);
        let long = |place: usize| fields.u64(at.checked_add(place)?);
        let (Some(command), Some(size)) = (word(0), word(4)) else { break };
        let segment = match command {
            // LC_SEGMENT_64
            0x19 => Some((long(24), long(40), long(48), word(60))),
            // LC_SEGMENT
            1 => Some((word(24).map(u64::from), word(32).map(u64::from), word(36).map(u64::from), word(44))),
            _ => None,
        };
        if let Some((Some(address), Some(offset), Some(length), Some(protection))) = segment {
            header.segments.push(Segment { address, offset, length, writable: protection & 2 != 0 });
        }
        at = at.checked_add(usize::try_from(size.max(8)).ok()?)?;
    }
    Some(header)
}

fn macho_architecture(cpu: u32) -> Option<Architecture> {
    Some(Architecture(match cpu {
        7 => "386",
        12 => "arm",
        18 => "ppc",
        0x0100_0007 => "amd64",
        0x0100_000c => "arm64",
        0x0100_0012 => "ppc64",
        _ => return None,
    }))
}

/// Real files have below 100.
const LOAD_COMMANDS: u32 = 10_000;
