//! A blob in pieces: what is too large to be held whole.

use std::cmp::Ordering;
use std::fmt;
use std::io;
use std::io::Read;
use std::pin::Pin;

use futures_util::Stream;
use futures_util::StreamExt;
use futures_util::stream;

use super::Fault;
use super::ImageSource;
use super::SourceError;
use crate::digest::Digest;
use crate::digest::Hasher;
use crate::oci::Descriptor;
use crate::oci::Reference;

/// A source whose blobs can be read in pieces.
pub trait BlobSource: ImageSource {
    /// Opens the blob of `descriptor`. Size and digest are checked while it is read.
    fn open_blob(
        &self,
        at: &Reference,
        descriptor: &Descriptor,
    ) -> impl Future<Output = Result<Blob, SourceError>> + Send;
}

/// The bytes of one blob, hashed as they pass.
///
/// They end without an error only if there were exactly as many as the descriptor says, with its digest: who
/// writes them down calls it done at the end and not before.
pub struct Blob {
    size: u64,
    pieces: Pieces,
}

type Pieces = Pin<Box<dyn Stream<Item = Result<Vec<u8>, SourceError>> + Send>>;

impl Blob {
    /// The bytes of `pieces` as far as they are those of `descriptor`; `asked` is for messages.
    pub fn new(
        asked: String,
        descriptor: &Descriptor,
        pieces: impl Stream<Item = Result<Vec<u8>, Fault>> + Send + 'static,
    ) -> Self {
        let state = State {
            asked,
            expected: descriptor.digest,
            size: descriptor.size,
            found: 0,
            hasher: Some(Hasher::new(descriptor.digest.algorithm())),
            pieces: Box::pin(pieces),
        };
        Self { size: descriptor.size, pieces: Box::pin(stream::unfold(state, State::next).fuse()) }
    }

    /// The bytes of `reader`.
    pub fn from_reader(asked: String, descriptor: &Descriptor, reader: Box<dyn Read + Send>) -> Self {
        Self::new(asked, descriptor, stream::unfold(Some(reader), read_piece))
    }

    /// How many bytes it has, if it is right.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The next bytes; `None` at the end of what is right.
    ///
    /// # Errors
    /// The source failed, or these are not the bytes of the descriptor. Nothing comes after an error.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, SourceError> {
        self.pieces.next().await.transpose()
    }

    /// Calls `seen` with the length of each piece as it passes.
    #[must_use]
    pub fn inspect(self, mut seen: impl FnMut(usize) + Send + 'static) -> Self {
        let pieces = self.pieces.inspect(move |piece| seen(piece.as_ref().map_or(0, Vec::len)));
        Self { size: self.size, pieces: Box::pin(pieces) }
    }

    /// All pieces.
    pub fn into_stream(self) -> impl Stream<Item = Result<Vec<u8>, SourceError>> + Send + 'static {
        self.pieces
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blob").field("size", &self.size).finish_non_exhaustive()
    }
}

struct State {
    asked: String,
    expected: Digest,
    size: u64,
    found: u64,
    /// `None` after the end or an error.
    hasher: Option<Hasher>,
    pieces: Pin<Box<dyn Stream<Item = Result<Vec<u8>, Fault>> + Send>>,
}

impl State {
    /// The last bytes are handed out only when all of them are right: a sink that counts may take no more
    /// after them, and never see an error.
    async fn next(mut self) -> Option<(Result<Vec<u8>, SourceError>, Self)> {
        let mut hasher = self.hasher.take()?;
        let fault = match self.pieces.next().await {
            None => self.check_end(hasher)?,
            Some(Err(fault)) => fault,
            Some(Ok(piece)) => {
                self.count(&piece);
                if self.found <= self.size {
                    hasher.update(&piece);
                }
                let checked = match self.found.cmp(&self.size) {
                    Ordering::Less => {
                        self.hasher = Some(hasher);
                        None
                    }
                    Ordering::Equal => self.drain().await.or_else(|| self.check_end(hasher)),
                    Ordering::Greater => Some(self.wrong_size()),
                };
                match checked {
                    None => return Some((Ok(piece), self)),
                    Some(fault) => fault,
                }
            }
        };
        Some((Err(SourceError::new(self.asked.clone(), fault)), self))
    }

    /// What is wrong with what comes after the last byte, if anything does.
    async fn drain(&mut self) -> Option<Fault> {
        loop {
            match self.pieces.next().await? {
                Err(fault) => return Some(fault),
                Ok(piece) => self.count(&piece),
            }
            if self.found > self.size {
                return Some(self.wrong_size());
            }
        }
    }

    fn count(&mut self, piece: &[u8]) {
        self.found = self.found.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
    }

    fn wrong_size(&self) -> Fault {
        Fault::WrongSize { expected: self.size, found: self.found }
    }

    /// What is wrong with all bytes together, if anything is.
    fn check_end(&self, hasher: Hasher) -> Option<Fault> {
        if self.found != self.size {
            return Some(self.wrong_size());
        }
        let found = hasher.finish();
        (found != self.expected).then_some(Fault::Digest { expected: self.expected, found })
    }
}

async fn read_piece(
    reader: Option<Box<dyn Read + Send>>,
) -> Option<(Result<Vec<u8>, Fault>, Option<Box<dyn Read + Send>>)> {
    let mut reader = reader?;
    let mut piece = vec![0; PIECE];
    loop {
        return match reader.read(&mut piece) {
            Ok(0) => None,
            Ok(count) => {
                piece.truncate(count);
                Some((Ok(piece), Some(reader)))
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Some((Err(Fault::Io(error)), None)),
        };
    }
}

/// Bytes of one piece.
const PIECE: usize = 256 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor(content: &[u8], size: u64) -> Descriptor {
        Descriptor {
            media_type: "application/octet-stream".to_owned(),
            digest: Digest::sha256(content),
            size,
            artifact_type: None,
            platform: None,
            annotations: std::collections::BTreeMap::new(),
        }
    }

    fn read(pieces: &[&[u8]], descriptor: &Descriptor) -> Result<Vec<u8>, String> {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok(piece.to_vec())).collect();
        let mut blob = Blob::new("blob".to_owned(), descriptor, stream::iter(pieces));
        let mut all = Vec::new();
        futures_util::FutureExt::now_or_never(async {
            while let Some(piece) = blob.next().await.map_err(|error| error.to_string())? {
                all.extend(piece);
            }
            // After the end comes the end.
            assert!(matches!(blob.next().await, Ok(None)));
            Ok(all)
        })
        .unwrap()
    }

    #[test]
    fn pieces_are_checked_together() {
        let abc = descriptor(b"abc", 3);
        assert_eq!(read(&[b"a", b"", b"bc"], &abc), Ok(b"abc".to_vec()));
        assert_eq!(read(&[], &descriptor(b"", 0)), Ok(Vec::new()));
        assert_eq!(read(&[b"ab"], &abc), Err("blob: has 2 bytes, its descriptor says 3".to_owned()));
        assert_eq!(read(&[b"abc", b"d"], &abc), Err("blob: has 4 bytes, its descriptor says 3".to_owned()));
        let wrong = read(&[b"ab", b"d", b""], &abc).unwrap_err();
        assert!(wrong.contains("content has digest sha256:"), "{wrong}");
    }

    /// Who counts the bytes must not have got all of them by the time that they are refused.
    #[test]
    fn the_last_piece_comes_only_if_all_is_right() {
        let abc = descriptor(b"abc", 3);
        for pieces in [[b"ab".to_vec(), b"x".to_vec()], [b"abc".to_vec(), b"d".to_vec()]] {
            let pieces: Vec<_> = pieces.into_iter().map(Ok).collect();
            let mut blob = Blob::new("blob".to_owned(), &abc, stream::iter(pieces));
            let taken = futures_util::FutureExt::now_or_never(async {
                let mut taken = 0;
                while let Ok(Some(piece)) = blob.next().await {
                    taken += piece.len();
                }
                taken
            });
            assert!(taken.unwrap() < 3);
        }
    }

    #[test]
    fn readers() {
        let content = vec![7; PIECE + 1];
        let size = u64::try_from(content.len()).unwrap();
        let reader = Box::new(io::Cursor::new(content.clone()));
        let mut blob = Blob::from_reader("blob".to_owned(), &descriptor(&content, size), reader);
        let sizes = futures_util::FutureExt::now_or_never(async {
            let mut sizes = Vec::new();
            while let Some(piece) = blob.next().await.unwrap() {
                sizes.push(piece.len());
            }
            sizes
        });
        assert_eq!(sizes.unwrap(), [PIECE, 1]);
    }
}
