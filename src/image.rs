//! An image's layers, or a directory, as one tree of files.
//!
//! Each layer is read once, front to back: checked against its digest, decompressed, and shown file by
//! file to an [`Examiner`], which says what is kept of it. Then the layers are laid over one another.
//! Nothing is written down, and only what is kept is held. Knows nothing of packages.

mod archive;
mod budget;
mod decompress;
mod directory;
mod error;
mod exclude;
mod layer;
mod layers;
mod members;
mod pipe;
mod tar;
#[cfg(test)]
mod testing;
mod tree;
mod walk;

use std::fmt;
use std::io;
use std::io::Read;
use std::num::NonZeroUsize;
use std::sync::Arc;

pub use archive::ArchiveImage;
pub use archive::ArchiveManifest;
pub use archive::Choice;
pub use archive::read_archive;
pub use archive::read_stream;
pub use directory::read_directory;
pub use directory::read_file;
pub use error::ArchiveFault;
pub use error::ImageError;
pub use error::LayerFault;
pub use exclude::Exclude;
pub use layer::Layer;
pub use layer::Open;
pub use layers::read_layers;
pub use members::read_members;
pub use tree::Entry;
pub use tree::EntryKind;
pub use tree::LayerTree;
pub use tree::Problem;
pub use tree::Tree;

/// How an image or directory is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many threads read side by side: the cores of the machine.
    pub threads: NonZeroUsize,
    /// What is left out.
    pub exclude: Exclude,
    /// Who is told how far it is.
    pub watch: Watch,
}

/// Is told of bytes, while they are read: those of layers, unpacked, or those of a directory's files.
#[derive(Clone, Default)]
pub struct Watch(Option<Arc<dyn Fn(u64) + Send + Sync>>);

impl Watch {
    /// Calls `watch` with each piece's length, from several threads.
    pub fn new(watch: impl Fn(u64) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(watch)))
    }

    fn tell(&self, bytes: u64) {
        if let Some(watch) = &self.0 {
            watch(bytes);
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Watch" } else { "Watch(nobody)" })
    }
}

/// Decides what is kept of each regular file.
///
/// Layers are read side by side, so one examiner is asked from several threads.
pub trait Examiner: Sync {
    /// What is kept.
    type Kept: Send + Sync;

    /// Looks at one regular file. `content` is at its first byte, and need not be read, nor read to its
    /// end.
    ///
    /// # Errors
    /// Those of `content` only: what cannot be understood is kept as such.
    fn examine(&self, file: &FileHeader<'_>, content: &mut dyn Read) -> io::Result<Option<Self::Kept>>;

    /// The file at `path` is a hard link to `target`, which was examined, if at all, by that name.
    fn linked(&self, path: &str, target: &str) {
        let _ = (path, target);
    }

    /// Layer `number` of an image, counted from 0, was laid over those below it: `tree` is what the image would be if
    /// no more followed, with what is to be left out still in it. Layers come in their order.
    fn laid(&self, number: u32, tree: &Tree<Self::Kept>) {
        let _ = (number, tree);
    }
}

/// What is known of a regular file before its content.
#[derive(Clone, Copy, Debug)]
pub struct FileHeader<'a> {
    /// From the root, without a leading `/`.
    pub path: &'a str,
    /// Bytes.
    pub size: u64,
    /// Unix permissions.
    pub mode: u32,
}
