//! Why an image or directory was not read.

use std::io;
use std::path::PathBuf;

use crate::digest::ContentError;
use crate::digest::Digest;
use crate::json::JsonError;
use crate::oci::DocumentError;

/// Why an image or directory was not read. Nothing of it is handed out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// Several images could be meant.
    #[error("the archive has several images: {}; name one of them", .names.join(", "))]
    Ambiguous {
        /// Their names, with the platform of those that have one.
        names: Vec<String>,
    },
    /// The archive itself cannot be read.
    #[error("archive: {0}")]
    Archive(#[source] LayerFault),
    /// An archive names something that it does not have.
    #[error("the archive names {name:?}, but does not have it; save the image anew")]
    Incomplete {
        /// What is missing.
        name: String,
    },
    /// A document of the archive is not what it must be.
    #[error("{name} of the archive: {fault}")]
    Document {
        /// Its name.
        name: String,
        /// What is wrong with it.
        fault: ArchiveFault,
    },
    /// A pattern of what to leave out cannot be used.
    #[error("pattern {pattern:?}: in a directory it must start with \"./\", \"*/\" or \"**/\"")]
    Exclude {
        /// As it was given.
        pattern: String,
    },
    /// A file or directory could not be opened.
    #[error("{}: {error}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// One layer is broken, so the image is.
    #[error("layer {layer}: {fault}")]
    Layer {
        /// Its digest, or name in an archive.
        layer: String,
        /// What is wrong with it.
        #[source]
        fault: LayerFault,
    },
    /// Neither an image of Docker nor of the OCI.
    #[error(
        "no image archive: it has neither manifest.json (docker save) nor index.json (OCI); \
         a plain file is read with file:"
    )]
    NotAnImage,
    /// The archive has no image of that name or platform.
    #[error("the archive has no image {asked}; it has {}", .names.join(", "))]
    NotFound {
        /// What was asked for.
        asked: String,
        /// What there is.
        names: Vec<String>,
    },
    /// More layers than are read.
    #[error("{found} layers, more than {ceiling}")]
    TooManyLayers {
        /// How many there are.
        found: usize,
        /// How many are read.
        ceiling: usize,
    },
}

/// What is wrong with one layer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LayerFault {
    /// Another layer is broken already.
    #[error("given up, since another layer is broken")]
    Abandoned,
    /// Not the bytes of the digest.
    #[error("{0}; fetch or save the image anew")]
    Content(ContentError),
    /// The compressed data is damaged.
    #[error("{format} data is damaged: {reason}")]
    Compression {
        /// `gzip` or `zstd`.
        format: &'static str,
        /// The decoder's words.
        reason: String,
    },
    /// The uncompressed bytes are not those of the image's configuration.
    #[error("uncompressed content has digest {found}, the configuration says {expected}")]
    DiffId {
        /// What the configuration says.
        expected: Digest,
        /// The digest of what was read.
        found: Digest,
    },
    /// Two readers would see two archives.
    #[error("two members have the name {name:?}")]
    Doubled {
        /// The name.
        name: String,
    },
    /// It is encrypted.
    #[error("it is encrypted ({media_type}): decrypt the image first, as skopeo copy --decryption-key does")]
    Encrypted {
        /// Its media type.
        media_type: String,
    },
    /// The source failed.
    #[error("cannot read: {0}")]
    Io(#[source] io::Error),
    /// Larger than what is read.
    #[error("more than {ceiling} {what}")]
    Limit {
        /// Of what.
        what: &'static str,
        /// How many are read.
        ceiling: u64,
    },
    /// Not a layer of files.
    #[error("media type {media_type:?} is no layer of files")]
    MediaType {
        /// Its media type.
        media_type: String,
    },
    /// Not a tar archive, or a damaged one.
    #[error("tar archive is damaged at byte {position}: {reason}")]
    Tar {
        /// How far it was right.
        position: u64,
        /// The rule broken.
        reason: &'static str,
    },
    /// There is something behind the compressed data.
    #[error("something that is no {format} data follows the {format} data")]
    Trailing {
        /// `gzip` or `zstd`.
        format: &'static str,
    },
}

impl LayerFault {
    /// Takes an error of one of our own readers apart again.
    pub(super) fn from_io(error: io::Error) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(fault) => return fault,
            Err(error) => error,
        };
        match error.downcast::<ContentError>() {
            Ok(error) => Self::Content(error),
            Err(error) => Self::Io(error),
        }
    }
}

impl From<LayerFault> for io::Error {
    fn from(fault: LayerFault) -> Self {
        Self::other(fault)
    }
}

/// What is wrong with a document of an archive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveFault {
    /// Not the bytes of its digest.
    #[error("content has digest {found}, expected {expected}")]
    Digest {
        /// Asked for.
        expected: Digest,
        /// Computed.
        found: Digest,
    },
    /// Not a manifest or index.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// Not JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The configuration does not fit.
    #[error("{layers} layers, but {diff_ids} diff ids in the configuration")]
    Layers {
        /// Layers of the manifest.
        layers: usize,
        /// Diff ids of the configuration.
        diff_ids: usize,
    },
}
