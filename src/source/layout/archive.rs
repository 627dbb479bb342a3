//! The files of a layout in a tar archive (POSIX.1-1988 and 2001, and GNU's long names).
//!
//! One pass over the headers makes an index; files are then read in place, by offset. What cannot be part
//! of a layout, or could be read in two ways, is refused before anything is read: links, devices, sparse
//! files, two entries of one name, names that lead elsewhere, compression, a missing end. (Images to be
//! cataloged are read by [`crate::image`], which takes what Go takes: what a runtime unpacks must be looked at,
//! while evidence is only what we or cosign packed.)

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use tar::EntryType;
use tar::Header;

use super::super::Fault;
use super::super::section::Section;
use super::Content;
use crate::digest::Digest;
use crate::limits;

/// An archive as it was when it was opened.
#[derive(Debug)]
pub(super) struct Archive {
    path: PathBuf,
    file: Arc<File>,
    members: HashMap<String, Member>,
}

/// Where a file lies.
#[derive(Clone, Copy, Debug)]
struct Member {
    offset: u64,
    size: u64,
}

impl Archive {
    pub(super) fn open(path: &Path) -> Result<Self, Fault> {
        let real = path.canonicalize().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Fault::NotFound { reason: "there is no such file".to_owned() },
            _ => Fault::Io(error),
        })?;
        let metadata = real.metadata().map_err(Fault::Io)?;
        if metadata.is_dir() {
            return Err(refuse("it is a directory, which is written oci:DIRECTORY"));
        }
        if !metadata.is_file() {
            return Err(refuse("it is not a regular file, and archives are read by offset"));
        }
        let file = Arc::new(File::open(&real).map_err(Fault::Io)?);
        let mut walk = Walk {
            file: &file,
            length: metadata.len(),
            position: 0,
            entries: 0,
            long: None,
            members: HashMap::new(),
        };
        while walk.step()? {}
        let members = walk.members;
        Ok(Self { path: real, file, members })
    }

    pub(super) fn is(&self, path: &Path) -> bool {
        path.canonicalize().is_ok_and(|path| path == self.path)
    }

    pub(super) fn file(&self, name: &str) -> Result<Content, Fault> {
        let Some(Member { offset, size }) = self.members.get(name).copied() else {
            return Err(Fault::Io(io::Error::from(io::ErrorKind::NotFound)));
        };
        Ok(Content { size, reader: Box::new(Section::new(&self.file, offset, size)) })
    }

    /// The names under `blobs` that are digests.
    pub(super) fn blobs(&self) -> Vec<Digest> {
        let names = self.members.keys().filter_map(|name| name.strip_prefix("blobs/"));
        names.filter_map(|name| Digest::parse(&name.replacen('/', ":", 1)).ok()).collect()
    }
}

/// Goes from header to header.
struct Walk<'a> {
    file: &'a Arc<File>,
    length: u64,
    position: u64,
    entries: usize,
    /// What an extended header says of the entry behind it.
    long: Option<Extended>,
    members: HashMap<String, Member>,
}

/// What an extended header may say that counts.
#[derive(Default)]
struct Extended {
    path: Option<String>,
    size: Option<u64>,
}

impl Walk<'_> {
    /// One header; `false` for the end.
    fn step(&mut self) -> Result<bool, Fault> {
        let block = self.block()?;
        if is_zero(&block) {
            if self.long.is_some() || !is_zero(&self.block()?) {
                return Err(refuse("its end mark is not one"));
            }
            return Ok(false);
        }
        self.entries += 1;
        if self.entries > ENTRIES {
            return Err(Fault::TooMany { what: "entries in the archive", ceiling: ENTRIES });
        }
        let header = Header::from_byte_slice(&block);
        if header.cksum().ok() != Some(checksum(&block)) {
            let what = if self.entries == 1 { self.compression(&block) } else { None };
            return Err(refuse(what.unwrap_or("a header has a wrong checksum")));
        }
        let kind = header.entry_type();
        let long = self.long.take();
        let size = long.as_ref().and_then(|long| long.size);
        let size = size.map_or_else(|| header.entry_size(), Ok).map_err(|_| refuse("a size is no number"))?;
        let offset = self.position;
        self.skip(size)?;
        match kind {
            EntryType::XHeader if long.is_none() => self.long = Some(self.extended(offset, size)?),
            EntryType::GNULongName if long.is_none() => self.long = Some(self.long_name(offset, size)?),
            EntryType::Regular | EntryType::Continuous | EntryType::Directory => {
                let name = long.and_then(|long| long.path).map_or_else(|| own_name(header), Ok)?;
                self.add(&name, Member { offset, size }, kind == EntryType::Directory)?;
            }
            _ => {
                return Err(refuse(
                    "it has an entry that is neither file nor directory (a link, a device, a sparse file)",
                ));
            }
        }
        Ok(true)
    }

    fn block(&mut self) -> Result<[u8; 512], Fault> {
        let mut block = [0; 512];
        let end = self.position.saturating_add(512);
        if end > self.length {
            return Err(refuse("it is cut off: its end mark is missing"));
        }
        Section::new(self.file, self.position, 512).read_exact(&mut block).map_err(Fault::Io)?;
        self.position = end;
        Ok(block)
    }

    /// Past the content, which is filled up to whole blocks.
    fn skip(&mut self, size: u64) -> Result<(), Fault> {
        let end = size.checked_next_multiple_of(512).and_then(|size| self.position.checked_add(size));
        match end {
            Some(end) if end <= self.length => {
                self.position = end;
                Ok(())
            }
            _ => Err(refuse("it is cut off: an entry is longer than the file")),
        }
    }

    fn add(&mut self, name: &str, member: Member, directory: bool) -> Result<(), Fault> {
        let directory = directory || name.ends_with('/');
        let name = check_name(name)?;
        if directory {
            return if member.size == 0 { Ok(()) } else { Err(refuse("a directory has content")) };
        }
        if name.is_empty() {
            return Err(refuse("a file has no name"));
        }
        if self.members.insert(name.to_owned(), member).is_some() {
            return Err(refuse("it has two entries of one name"));
        }
        Ok(())
    }

    fn content(&self, offset: u64, size: u64) -> Result<Vec<u8>, Fault> {
        let length = usize::try_from(size).ok().filter(|_| size <= EXTENDED_BYTES);
        let length = length.ok_or_else(|| refuse("an extended header is too long"))?;
        let mut bytes = vec![0; length];
        Section::new(self.file, offset, size).read_exact(&mut bytes).map_err(Fault::Io)?;
        Ok(bytes)
    }

    /// POSIX.1-2001: lines of `length key=value`. Path and size count; times and owners do not.
    fn extended(&self, offset: u64, size: u64) -> Result<Extended, Fault> {
        let bytes = self.content(offset, size)?;
        let mut extended = Extended::default();
        for record in tar::PaxExtensions::new(&bytes) {
            let malformed = |_| refuse("an extended header is malformed");
            let record = record.map_err(|error| malformed(error.to_string()))?;
            let value = record.value().map_err(|error| malformed(error.to_string()))?;
            match record.key().map_err(|error| malformed(error.to_string()))? {
                "path" => extended.path = Some(value.to_owned()),
                "size" => {
                    let size = value.parse().map_err(|_| refuse("a size is no number"))?;
                    extended.size = Some(size);
                }
                key if key.starts_with("GNU.sparse") => return Err(refuse("it has a sparse file")),
                _ => {}
            }
        }
        Ok(extended)
    }

    fn long_name(&self, offset: u64, size: u64) -> Result<Extended, Fault> {
        let bytes = self.content(offset, size)?;
        let name = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        let name = std::str::from_utf8(name).map_err(|_| refuse("a name is not UTF-8"))?;
        Ok(Extended { path: Some(name.to_owned()), size: None })
    }

    fn compression(&self, block: &[u8]) -> Option<&'static str> {
        let found = COMPRESSED.iter().find(|(magic, _)| block.starts_with(magic));
        found.map(|(_, what)| *what)
    }
}

fn own_name(header: &Header) -> Result<String, Fault> {
    match header.path_bytes() {
        Cow::Borrowed(name) => std::str::from_utf8(name).map(str::to_owned),
        Cow::Owned(name) => std::str::from_utf8(&name).map(str::to_owned),
    }
    .map_err(|_| refuse("a name is not UTF-8"))
}

/// `a/b`, without `./` before and `/` behind it; empty for the root itself.
fn check_name(name: &str) -> Result<&str, Fault> {
    let name = name.strip_prefix("./").unwrap_or(name);
    let name = name.strip_suffix('/').unwrap_or(name);
    if name.is_empty() || name == "." {
        return Ok("");
    }
    let part = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', '\0', ':']);
    if name.split('/').all(part) { Ok(name) } else { Err(refuse("a name leads elsewhere")) }
}

/// The sum of all bytes, the checksum itself read as blanks.
fn checksum(block: &[u8; 512]) -> u32 {
    let bytes = block.iter().enumerate();
    bytes.map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) }).sum()
}

fn is_zero(block: &[u8]) -> bool {
    block.iter().all(|byte| *byte == 0)
}

fn refuse(why: &'static str) -> Fault {
    Fault::NotAnArchive(why)
}

/// Files, directories and extended headers: two for each blob, and some for the rest.
const ENTRIES: usize = 2 * limits::LAYOUT_BLOBS;

/// Bytes of one extended header or long name; real ones have some hundred.
const EXTENDED_BYTES: u64 = 64 << 10;

/// How compressed files start.
const COMPRESSED: [(&[u8], &str); 4] = [
    (&[0x1f, 0x8b], "it is compressed (gzip): unpack it with gunzip first"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "it is compressed (zstd): unpack it with unzstd first"),
    (b"BZh", "it is compressed (bzip2): unpack it with bunzip2 first"),
    (&[0xfd, b'7', b'z', b'X', b'Z', 0], "it is compressed (xz): unpack it with unxz first"),
];

#[cfg(test)]
mod tests;
