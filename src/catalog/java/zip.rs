//! The entries of a ZIP archive in memory, as its central directory lists them.
//! <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>
//!
//! What local headers say is not believed: the JVM reads the central directory alone, and an archive that
//! shows one thing there and another in its local headers would otherwise hide what runs.

use flate2::Decompress;
use flate2::FlushDecompress;
use flate2::Status;
use rawzip::CompressionMethod;
use rawzip::ZipArchive;
use rawzip::ZipArchiveEntryWayfinder;
use rawzip::ZipSliceArchive;

/// An archive in memory.
pub(super) struct Zip<'a> {
    archive: ZipSliceArchive<&'a [u8]>,
}

/// One entry, as the central directory describes it.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    method: CompressionMethod,
    encrypted: bool,
    wayfinder: ZipArchiveEntryWayfinder,
}

/// Why an archive or entry could not be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum ZipError {
    #[error("its data are broken")]
    Broken,
    #[error("the archive's directory is broken")]
    Directory,
    #[error("it is encrypted")]
    Encrypted,
    #[error("it is longer than the archive's directory says")]
    Longer,
    #[error("it is compressed by method {0}")]
    Method(u16),
    #[error("not a ZIP archive")]
    NoArchive,
    #[error("it is shorter than the archive's directory says")]
    Shorter,
    #[error("{0} bytes are more than are left to read of this archive")]
    TooLarge(u64),
}

impl<'a> Zip<'a> {
    /// Finds the directory at the archive's end. Something else may stand in front of the archive, as the
    /// shell script of an executable jar.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, ZipError> {
        let archive = ZipArchive::from_slice(bytes).map_err(|_| ZipError::NoArchive)?;
        Ok(Self { archive })
    }

    /// Calls `each` for every entry, in the order of the directory, until it says `false`.
    pub(super) fn each(&self, mut each: impl FnMut(&[u8], Entry) -> bool) -> Result<(), ZipError> {
        for entry in self.archive.entries() {
            let entry = entry.map_err(|_| ZipError::Directory)?;
            let path = entry.file_path();
            let entry = Entry {
                method: entry.compression_method(),
                encrypted: entry.flags().is_encrypted(),
                wayfinder: entry.wayfinder(),
            };
            if !each(path.as_ref(), entry) {
                break;
            }
        }
        Ok(())
    }

    /// The data of an entry as they lie in the archive, if they are not compressed.
    pub(super) fn stored(&self, entry: Entry) -> Result<Option<&[u8]>, ZipError> {
        if entry.method != CompressionMethod::STORE {
            return Ok(None);
        }
        let data = self.data(entry)?;
        match u64::try_from(data.len()) {
            Ok(length) if length == entry.size() => Ok(Some(data)),
            _ => Err(ZipError::Broken),
        }
    }

    /// The content of an entry, in `buffer`, at most `limit` bytes.
    pub(super) fn inflate(
        &self,
        entry: Entry,
        limit: u64,
        inflater: &mut Inflater,
        buffer: &mut Vec<u8>,
    ) -> Result<(), ZipError> {
        buffer.clear();
        if entry.size() > limit {
            return Err(ZipError::TooLarge(entry.size()));
        }
        if let Some(data) = self.stored(entry)? {
            buffer.extend_from_slice(data);
            return Ok(());
        }
        if entry.method != CompressionMethod::DEFLATE {
            return Err(ZipError::Method(entry.method.as_u16()));
        }
        inflater.inflate(self.data(entry)?, entry.size(), buffer)
    }

    fn data(&self, entry: Entry) -> Result<&[u8], ZipError> {
        if entry.encrypted {
            return Err(ZipError::Encrypted);
        }
        let found = self.archive.get_entry(entry.wayfinder).map_err(|_| ZipError::Broken)?;
        Ok(found.data())
    }
}

impl Entry {
    /// How many bytes its content has.
    pub(super) fn size(&self) -> u64 {
        self.wayfinder.uncompressed_size_hint()
    }
}

/// Inflates one entry after the other with one state.
pub(super) struct Inflater(Decompress);

impl Inflater {
    pub(super) fn new() -> Self {
        Self(Decompress::new(false))
    }

    /// Appends what `data` hold to `buffer`, which must be exactly `size` bytes.
    fn inflate(&mut self, data: &[u8], size: u64, buffer: &mut Vec<u8>) -> Result<(), ZipError> {
        let too_large = ZipError::TooLarge(size);
        let size = usize::try_from(size).map_err(|_| too_large)?;
        // One byte more shows whether there is more than was said.
        buffer.try_reserve_exact(size.saturating_add(1)).map_err(|_| too_large)?;
        self.0.reset(false);
        let mut rest = data;
        loop {
            let (read, written) = (self.0.total_in(), self.0.total_out());
            let status = self.0.decompress_vec(rest, buffer, FlushDecompress::Finish);
            if buffer.len() > size {
                return Err(ZipError::Longer);
            }
            let consumed = usize::try_from(self.0.total_in() - read).map_err(|_| ZipError::Broken)?;
            rest = rest.get(consumed..).unwrap_or_default();
            match status {
                Ok(Status::StreamEnd) => break,
                Ok(_) if consumed > 0 || self.0.total_out() > written => {}
                _ => return Err(ZipError::Broken),
            }
        }
        if buffer.len() < size { Err(ZipError::Shorter) } else { Ok(()) }
    }
}
