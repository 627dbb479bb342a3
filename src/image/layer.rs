//! One layer: opened, verified, decompressed, walked.

use std::fmt;
use std::io;
use std::io::BufReader;
use std::io::Read;

use super::Examiner;
use super::budget::Budget;
use super::decompress::BUFFER;
use super::decompress::Decompressor;
use super::error::LayerFault;
use super::pipe;
use super::walk;
use super::walk::Walked;
use crate::digest::Digest;
use crate::digest::Hasher;
use crate::digest::VerifyingReader;
use crate::oci::Descriptor;
use crate::oci::essence;

/// Opens the stored bytes of a layer.
pub type Open<'a> = Box<dyn FnOnce() -> io::Result<Box<dyn Read + Send + 'a>> + Send + 'a>;

/// A layer before it is read.
pub struct Layer<'a> {
    identity: Identity,
    /// Bytes as stored, or about as many.
    size: u64,
    open: Open<'a>,
}

/// What the bytes must be.
#[derive(Clone, Debug)]
enum Identity {
    /// The stored bytes have this size and digest.
    Blob { digest: Digest, media_type: String },
    /// The uncompressed bytes have this digest.
    DiffId(Digest),
}

impl<'a> Layer<'a> {
    /// The layer of a manifest. Size and digest of the stored bytes are checked.
    #[must_use]
    pub fn of_blob(descriptor: &Descriptor, open: Open<'a>) -> Self {
        let Descriptor { digest, size, media_type, .. } = descriptor;
        Self {
            identity: Identity::Blob { digest: *digest, media_type: media_type.clone() },
            size: *size,
            open,
        }
    }

    /// A layer of which only the configuration says what its uncompressed bytes are, as in archives of
    /// Docker. `size` tells large layers from small ones, and nothing more.
    #[must_use]
    pub fn of_diff_id(diff_id: Digest, size: u64, open: Open<'a>) -> Self {
        Self { identity: Identity::DiffId(diff_id), size, open }
    }

    /// Bytes as stored.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// What it is called in messages.
    pub(super) fn name(&self) -> String {
        match &self.identity {
            Identity::Blob { digest, .. } | Identity::DiffId(digest) => digest.to_string(),
        }
    }

    /// Reads the layer whole. With `Threads::Two` it is decompressed on a thread of its own.
    pub(super) fn read<E: Examiner>(
        self,
        number: u32,
        examiner: &E,
        budget: &Budget,
        threads: Threads,
    ) -> Result<Walked<E::Kept>, LayerFault> {
        let read = || {
            if let Identity::Blob { media_type, .. } = &self.identity {
                check_media_type(media_type)?;
            }
            let stored = (self.open)()?;
            let (stored, diff_id): (Box<dyn Read + Send>, _) = match self.identity {
                Identity::Blob { digest, .. } => {
                    (Box::new(VerifyingReader::new(stored, digest, self.size)), None)
                }
                Identity::DiffId(diff_id) => (stored, Some(diff_id)),
            };
            let content = Unpacked::new(stored, diff_id, budget)?;
            match threads {
                Threads::One => {
                    walk::walk(BufReader::with_capacity(BUFFER, content), number, examiner, budget)
                }
                Threads::Two => pipe::through(content, |input| walk::walk(input, number, examiner, budget)),
            }
        };
        read().map_err(LayerFault::from_io)
    }
}

impl fmt::Debug for Layer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layer")
            .field("identity", &self.identity)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// How many threads one layer is read by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Threads {
    One,
    Two,
}

/// The uncompressed bytes. Their end comes only after every stored byte was seen and is right.
pub(super) struct Unpacked<'a, R: Read> {
    input: super::budget::Counted<'a, Decompressor<R>>,
    /// The digest that they must have, and what they have so far.
    expected: Option<Digest>,
    hasher: Option<Hasher>,
    /// An end after an error is none, also for who overlooks the error.
    failed: bool,
}

impl<'a, R: Read> Unpacked<'a, R> {
    pub(super) fn new(stored: R, diff_id: Option<Digest>, budget: &'a Budget) -> io::Result<Self> {
        let hasher = diff_id.map(|digest| Hasher::new(digest.algorithm()));
        Ok(Self { input: budget.count(Decompressor::new(stored)?), expected: diff_id, hasher, failed: false })
    }
}

impl<R: Read> Read for Unpacked<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.failed {
            return Err(io::Error::other("an earlier part could not be read"));
        }
        let read = self.read_checked(buffer);
        self.failed = read.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted);
        read
    }
}

impl<R: Read> Unpacked<'_, R> {
    fn read_checked(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(buffer.get(..count).unwrap_or_default());
        }
        if count == 0 && !buffer.is_empty() {
            self.input.input.drain()?;
            if let (Some(expected), Some(hasher)) = (self.expected, self.hasher.take()) {
                let found = hasher.finish();
                if found != expected {
                    return Err(LayerFault::DiffId { expected, found }.into());
                }
            }
        }
        Ok(count)
    }
}

/// Layers of the OCI and of Docker, those that must not be pushed (`nondistributable`, `foreign`) included.
pub(super) fn check_media_type(media_type: &str) -> Result<(), LayerFault> {
    let found = essence(media_type);
    if found.ends_with("+encrypted") {
        return Err(LayerFault::Encrypted { media_type: found });
    }
    let known = LAYERS.iter().any(|prefix| found.starts_with(prefix));
    if known { Ok(()) } else { Err(LayerFault::MediaType { media_type: found }) }
}

/// `+gzip`, `+zstd` and `.gzip` follow; what the bytes are decides.
const LAYERS: [&str; 4] = [
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.foreign.diff.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.oci.image.layer.v1.tar",
];
