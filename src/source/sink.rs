//! Where images go to, and how they get there.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::TryStreamExt;
use futures_util::stream;

use super::Blob;
use super::BlobSource;
use super::Fault;
use super::Fetched;
use super::Outcome;
use super::SourceError;
use super::layout;
use crate::digest::Digest;
use crate::limits;
use crate::oci::Descriptor;
use crate::oci::Document;
use crate::oci::PlatformFilter;
use crate::oci::Reference;

/// Takes manifests and blobs. What `at` means is as in [`ImageSource`](super::ImageSource).
pub trait ImageSink: Sync {
    /// Whether the blob is there already.
    fn has_blob(
        &self,
        at: &Reference,
        descriptor: &Descriptor,
    ) -> impl Future<Output = Result<bool, SourceError>> + Send;

    /// Takes the blob over from `from`, if both lie in this sink and it can.
    fn mount_blob(
        &self,
        at: &Reference,
        from: &Reference,
        descriptor: &Descriptor,
    ) -> impl Future<Output = Result<bool, SourceError>> + Send {
        let _ = (at, from, descriptor);
        std::future::ready(Ok(false))
    }

    /// Writes a blob. It is there only if this succeeds.
    fn push_blob(
        &self,
        at: &Reference,
        descriptor: &Descriptor,
        content: Blob,
    ) -> impl Future<Output = Result<(), SourceError>> + Send;

    /// Writes a manifest or index, under the tag or digest of `at`. What it names must be there.
    fn push_manifest(
        &self,
        at: &Reference,
        bytes: &[u8],
        media_type: &str,
    ) -> impl Future<Output = Result<Digest, SourceError>> + Send;
}

/// Which blobs go along with the manifests.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Blobs {
    /// All of them.
    All,
    /// Configurations, and layers of what is no image: signatures, attestations, bundles.
    Evidence,
}

/// Told of every piece that has moved.
pub type Progress = Arc<dyn Fn(Moved) + Send + Sync>;

/// A piece of a blob that has moved.
#[derive(Clone, Copy, Debug)]
pub struct Moved {
    /// The blob.
    pub blob: Digest,
    /// Its size.
    pub size: u64,
    /// Bytes of this piece.
    pub bytes: usize,
}

/// Moves images from a source to a sink.
pub struct Transfer<'a, S, K> {
    source: &'a S,
    sink: &'a K,
    progress: Option<Progress>,
}

impl<S, K> fmt::Debug for Transfer<'_, S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfer").finish_non_exhaustive()
    }
}

impl<'a, S: BlobSource, K: ImageSink> Transfer<'a, S, K> {
    /// From `source` to `sink`.
    pub fn new(source: &'a S, sink: &'a K) -> Self {
        Self { source, sink, progress: None }
    }

    /// Tells of every piece.
    #[must_use]
    pub fn with_progress(self, progress: Option<Progress>) -> Self {
        Self { progress, ..self }
    }

    /// Copies a manifest or index with everything under it: of an index only the platforms of `filter`, then
    /// under the digest that the whole index has, and what it leaves out stays absent. Parts come before what
    /// names them. Returns what `from` names.
    ///
    /// # Errors
    /// Something could not be read, is not what its digest says, or could not be written.
    pub async fn image(
        &self,
        from: &Reference,
        to: &Reference,
        filter: &PlatformFilter,
        blobs: Blobs,
    ) -> Result<Descriptor, SourceError> {
        let manifests = self.manifests(from, filter).await?;
        let mut done = HashSet::new();
        for (fetched, document) in manifests.iter().rev() {
            let wanted = if let Document::Manifest(manifest) = document {
                let layers = manifest.layers.iter().filter(|layer| match blobs {
                    Blobs::All => !is_foreign(&layer.media_type),
                    Blobs::Evidence => !is_image(&manifest.config.media_type),
                });
                std::iter::once(&manifest.config).chain(layers).cloned().collect()
            } else {
                Vec::new()
            };
            let wanted: Vec<Descriptor> =
                wanted.into_iter().filter(|blob: &Descriptor| done.insert(blob.digest)).collect();
            let jobs = wanted.iter().map(|blob| self.blob(from, to, blob));
            stream::iter(jobs).buffer_unordered(PARALLEL).try_collect::<()>().await?;
            self.sink.push_manifest(&to.with_digest(fetched.digest), &fetched.bytes, kind(fetched)).await?;
        }
        let Some((top, _)) = manifests.first() else {
            return Err(SourceError::new(from.to_string(), Fault::NotFound { reason: String::new() }));
        };
        if to.digest().is_none() && to.tag().is_some() {
            self.sink.push_manifest(to, &top.bytes, kind(top)).await?;
        }
        Ok(describe(top))
    }

    /// Copies one blob, unless it is there.
    ///
    /// # Errors
    /// As [`Self::image`].
    pub async fn blob(
        &self,
        from: &Reference,
        to: &Reference,
        descriptor: &Descriptor,
    ) -> Result<(), SourceError> {
        if self.sink.has_blob(to, descriptor).await? || self.sink.mount_blob(to, from, descriptor).await? {
            return Ok(());
        }
        let mut attempt = 1;
        loop {
            let moved = self.move_blob(from, to, descriptor).await;
            match moved {
                Err(error) if error.outcome() == Outcome::Unreachable && attempt < limits::ATTEMPTS => {
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    async fn move_blob(
        &self,
        from: &Reference,
        to: &Reference,
        descriptor: &Descriptor,
    ) -> Result<(), SourceError> {
        let mut content = self.source.open_blob(from, descriptor).await?;
        if let Some(progress) = self.progress.clone() {
            let (blob, size) = (descriptor.digest, descriptor.size);
            content = content.inspect(move |bytes| progress(Moved { blob, size, bytes }));
        }
        self.sink.push_blob(to, descriptor, content).await
    }

    /// The manifest and everything below it, parents first.
    async fn manifests(
        &self,
        from: &Reference,
        filter: &PlatformFilter,
    ) -> Result<Vec<(Fetched, Document)>, SourceError> {
        let mut found: Vec<(Fetched, Document)> = Vec::new();
        let mut wanted = vec![(from.clone(), None)];
        let mut seen = HashSet::new();
        while let Some((at, media_type)) = wanted.pop() {
            if at.digest().is_some_and(|digest| !seen.insert(*digest)) {
                continue;
            }
            if found.len() >= limits::TRANSFER_MANIFESTS {
                let fault =
                    Fault::TooMany { what: "manifests of one image", ceiling: limits::TRANSFER_MANIFESTS };
                return Err(SourceError::new(from.to_string(), fault));
            }
            let fetched = self.source.manifest(&at).await?;
            let media_type = fetched.media_type.clone().or(media_type);
            let document = Document::from_slice(&fetched.bytes, media_type.as_deref())
                .map_err(|error| SourceError::new(at.to_string(), error))?;
            if let Document::Index(index) = &document {
                let children = index.manifests.iter().filter(|entry| selects(filter, entry));
                let children =
                    children.map(|entry| (from.with_digest(entry.digest), Some(entry.media_type.clone())));
                wanted.extend(children.rev());
            }
            found.push((Fetched { media_type, ..fetched }, document));
        }
        Ok(found)
    }
}

/// Whether `filter` means this entry of an index; what has no platform always goes along.
fn selects(filter: &PlatformFilter, entry: &Descriptor) -> bool {
    match (filter, &entry.platform) {
        (PlatformFilter::Only(platforms), Some(found)) => {
            platforms.iter().any(|platform| found.matches(platform))
        }
        _ => true,
    }
}

/// How `cosign save` marks what it lists in `index.json`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CosignKind {
    /// The layers of the `.att` tag.
    Attestations,
    /// The image.
    Image,
    /// The image, of several platforms.
    ImageIndex,
    /// The layers of the `.sig` tag.
    Signatures,
}

impl CosignKind {
    /// An entry with that mark.
    #[must_use]
    pub fn mark(self, mut entry: Descriptor) -> Descriptor {
        let kind = match self {
            Self::Attestations => layout::ATTESTATIONS,
            Self::Image => layout::IMAGE,
            Self::ImageIndex => layout::IMAGE_INDEX,
            Self::Signatures => layout::SIGNATURES,
        };
        entry.annotations.insert(layout::KIND.to_owned(), kind.to_owned());
        entry
    }
}

/// An entry of `index.json` with a name.
#[must_use]
pub fn name(mut entry: Descriptor, name: &str) -> Descriptor {
    entry.annotations.insert(layout::REF_NAME.to_owned(), name.to_owned());
    entry
}

/// What was fetched, as an index names it.
#[must_use]
pub fn describe(fetched: &Fetched) -> Descriptor {
    Descriptor {
        media_type: kind(fetched).to_owned(),
        digest: fetched.digest,
        size: u64::try_from(fetched.bytes.len()).unwrap_or(u64::MAX),
        artifact_type: None,
        platform: None,
        annotations: BTreeMap::new(),
    }
}

/// The media type; a source that says nothing has one in the document.
fn kind(fetched: &Fetched) -> &str {
    use crate::oci::media_type;
    if let Some(media_type) = &fetched.media_type {
        return media_type;
    }
    match Document::from_slice(&fetched.bytes, None) {
        Ok(Document::Index(_)) => media_type::OCI_INDEX,
        _ => media_type::OCI_MANIFEST,
    }
}

/// Whether a configuration is that of an image.
fn is_image(config: &str) -> bool {
    use crate::oci::media_type;
    matches!(config, media_type::OCI_CONFIG | media_type::DOCKER_CONFIG)
}

/// Layers that only their vendor gives out.
fn is_foreign(media_type: &str) -> bool {
    media_type.contains(".nondistributable.") || media_type.contains(".rootfs.foreign.")
}

/// Blobs under way at once: large ones share one line anyway.
const PARALLEL: usize = 4;
