//! Layers of a registry, moved to the threads that walk them.

use std::io;
use std::io::Read;
#[cfg(unix)]
use std::pin::pin;
use std::sync::Arc;
use std::thread;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio::sync::oneshot;

use super::Scan;
#[cfg(unix)]
use super::inventory_of_stream;
use super::reader::Links;
use super::reader::Reader;
use crate::catalog::Content;
use crate::image;
use crate::image::Layer;
use crate::image::Tree;
use crate::oci::Descriptor;
use crate::oci::Reference;
#[cfg(unix)]
use crate::package::Inventory;
use crate::pipeline::PipelineError;
use crate::source::BlobSource;
#[cfg(unix)]
use crate::source::Daemon;
use crate::source::Source;
use crate::source::SourceError;

/// Walks layers on a thread of its own while their bytes are fetched on this one.
pub(super) async fn read(
    source: &Arc<Source>,
    at: &Reference,
    descriptors: &[Descriptor],
    scan: &Scan,
    links: &Links,
) -> Result<(Tree<Content>, Reader), PipelineError> {
    let (ask, mut asked) = mpsc::unbounded_channel();
    let layers = descriptors.iter().map(|descriptor| piped(&ask, descriptor)).collect();
    // The channel ends when no layer is left to be opened.
    drop(ask);
    let (reader, options) = (Reader::of_image(scan).following(links), scan.reading_image());
    let (done, mut walked) = oneshot::channel();
    thread::spawn(move || {
        let tree = image::read_layers(layers, &reader, &options);
        let _ = done.send(tree.map(|tree| (tree, reader)));
    });
    let mut pumps = FuturesUnordered::new();
    let mut failed = None;
    loop {
        tokio::select! {
            Some((descriptor, pieces)) = asked.recv() => pumps.push(pump(source, at, descriptor, pieces)),
            // Each end is taken, or the others would not be driven any further.
            Some(moved) = pumps.next() => failed = failed.or(moved.err()),
            tree = &mut walked => {
                // What the registry did is the cause of what the walk found.
                while let Some(moved) = pumps.next().await {
                    failed = failed.or(moved.err());
                }
                return match (failed, tree) {
                    (Some(error), _) => Err(error.into()),
                    (None, Ok(walked)) => Ok(walked?),
                    (None, Err(_)) => Err(io::Error::other("the thread that walks the layers ended").into()),
                };
            }
        }
    }
}

/// What is in an image that a container engine has.
///
/// # Errors
/// The engine is not there, does not have the image or fails, or what it gives is broken.
#[cfg(unix)]
pub async fn inventory_of_daemon(
    daemon: &Daemon,
    image: &str,
    scan: &Scan,
) -> Result<Inventory, PipelineError> {
    let mut archive = pin!(daemon.archive(image).await?);
    let (pieces, receiver) = mpsc::channel(PIECES);
    let (done, mut read) = oneshot::channel();
    let scan = scan.clone();
    thread::spawn(move || {
        let stream = Piped { receiver, piece: Vec::new(), at: 0 };
        let _ = done.send(inventory_of_stream(stream, None, &scan));
    });
    let mut failed = None;
    // Who no longer listens has what it needs.
    while let Some(piece) = archive.next().await {
        let piece = piece.map_err(|error| {
            let text = error.to_string();
            failed = Some(error);
            text
        });
        if pieces.send(piece).await.is_err() || failed.is_some() {
            break;
        }
    }
    drop(pieces);
    match (failed, (&mut read).await) {
        (Some(error), _) => Err(error.into()),
        (None, Ok(inventory)) => inventory,
        (None, Err(_)) => Err(io::Error::other("the thread that reads the archive ended").into()),
    }
}

type Pieces = mpsc::Sender<Result<Vec<u8>, String>>;

/// A layer that is asked for when it is opened.
fn piped(ask: &mpsc::UnboundedSender<(Descriptor, Pieces)>, descriptor: &Descriptor) -> Layer<'static> {
    let (ask, wanted) = (ask.clone(), descriptor.clone());
    let open = move || -> io::Result<Box<dyn Read + Send>> {
        let (pieces, receiver) = mpsc::channel(PIECES);
        ask.send((wanted, pieces)).map_err(|_| io::Error::other("nobody fetches layers any more"))?;
        Ok(Box::new(Piped { receiver, piece: Vec::new(), at: 0 }))
    };
    Layer::of_blob(descriptor, Box::new(open))
}

/// Moves one blob, which is checked against its digest where it is walked. Who no longer listens has what it needs.
async fn pump(
    source: &Source,
    at: &Reference,
    descriptor: Descriptor,
    pieces: Pieces,
) -> Result<(), SourceError> {
    let mut blob = source.open_blob(at, &descriptor).await?.digest_unchecked();
    loop {
        match blob.next().await {
            Ok(None) => return Ok(()),
            Ok(Some(piece)) => {
                if pieces.send(Ok(piece)).await.is_err() {
                    return Ok(());
                }
            }
            Err(error) => {
                let _ = pieces.send(Err(error.to_string())).await;
                return Err(error);
            }
        }
    }
}

/// The pieces of a blob, as they arrive.
struct Piped {
    receiver: mpsc::Receiver<Result<Vec<u8>, String>>,
    piece: Vec<u8>,
    at: usize,
}

impl Read for Piped {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.piece.len() {
            match self.receiver.blocking_recv() {
                None => return Ok(0),
                Some(Err(error)) => return Err(io::Error::other(error)),
                Some(Ok(piece)) => (self.piece, self.at) = (piece, 0),
            }
        }
        let rest = self.piece.get(self.at..).unwrap_or_default();
        let count = (&*rest).read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

/// Pieces that wait for the walk, of one layer.
const PIECES: usize = 16;
