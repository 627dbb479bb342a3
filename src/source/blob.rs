//! A blob in pieces: what is too large to be held whole.

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
    /// For messages.
    asked: String,
    expected: Digest,
    size: u64,
    found: u64,
    /// `None` where the digest is somebody else's to check.
    hasher: Option<Hasher>,
    /// After the end or an error.
    ended: bool,
    pieces: Pieces,
    seen: Option<Box<dyn FnMut(usize) + Send>>,
}

type Pieces = Pin<Box<dyn Stream<Item = Result<Vec<u8>, Fault>> + Send>>;

impl Blob {
    /// The bytes of `pieces` as far as they are those of `descriptor`; `asked` is for messages.
    pub fn new(
        asked: String,
        descriptor: &Descriptor,
        pieces: impl Stream<Item = Result<Vec<u8>, Fault>> + Send + 'static,
    ) -> Self {
        Self {
            asked,
            expected: descriptor.digest,
            size: descriptor.size,
            found: 0,
            hasher: Some(Hasher::new(descriptor.digest.algorithm())),
            ended: false,
            pieces: Box::pin(pieces),
            seen: None,
        }
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
        if self.ended {
            return Ok(None);
        }
        let piece = self.next_checked().await;
        self.ended = self.ended || !matches!(piece, Ok(Some(_)));
        if let (Some(seen), Ok(Some(piece))) = (&mut self.seen, &piece) {
            seen(piece.len());
        }
        piece.map_err(|fault| SourceError::new(self.asked.clone(), fault))
    }

    /// Calls `seen` with the length of each piece as it passes.
    #[must_use]
    pub fn inspect(self, seen: impl FnMut(usize) + Send + 'static) -> Self {
        Self { seen: Some(Box::new(seen)), ..self }
    }

    /// The bytes without their digest being checked here, for who hands them to another check of it. How many
    /// there are is checked all the same.
    #[must_use]
    pub fn digest_unchecked(self) -> Self {
        Self { hasher: None, ..self }
    }

    /// All pieces.
    pub fn into_stream(self) -> impl Stream<Item = Result<Vec<u8>, SourceError>> + Send + 'static {
        stream::unfold(self, async |mut blob| Some((blob.next().await.transpose()?, blob)))
    }

    /// The last bytes are handed out only when all of them are right: a sink that counts may take no more
    /// after them, and never see an error.
    async fn next_checked(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let Some(piece) = self.pieces.next().await.transpose()? else {
            self.check_end()?;
            return Ok(None);
        };
        self.count(&piece)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&piece);
        }
        if self.found == self.size {
            while let Some(more) = self.pieces.next().await.transpose()? {
                self.count(&more)?;
            }
            self.check_end()?;
            self.ended = true;
        }
        Ok(Some(piece))
    }

    fn count(&mut self, piece: &[u8]) -> Result<(), Fault> {
        self.found = self.found.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if self.found > self.size { Err(self.wrong_size()) } else { Ok(()) }
    }

    fn wrong_size(&self) -> Fault {
        Fault::WrongSize { expected: self.size, found: self.found }
    }

    /// Looks at all bytes together.
    fn check_end(&mut self) -> Result<(), Fault> {
        if self.found != self.size {
            return Err(self.wrong_size());
        }
        let Some(found) = self.hasher.take().map(Hasher::finish) else { return Ok(()) };
        if found == self.expected { Ok(()) } else { Err(Fault::Digest { expected: self.expected, found }) }
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blob").field("size", &self.size).finish_non_exhaustive()
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

    /// Who checks the digest elsewhere still gets no more and no fewer bytes than there should be.
    #[test]
    fn without_the_digest_the_size_counts() {
        let abc = descriptor(b"abc", 3);
        for (content, right) in [(&b"abd"[..], true), (b"ab", false), (b"abcd", false)] {
            let piece = stream::iter([Ok(content.to_vec())]);
            let blob = Blob::new("blob".to_owned(), &abc, piece).digest_unchecked();
            let pieces: Vec<_> = futures_util::FutureExt::now_or_never(blob.into_stream().collect()).unwrap();
            assert_eq!(pieces.iter().all(Result::is_ok), right, "{content:?}");
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
