//! Where images come from and go to: a registry, or an OCI layout as directory or archive.
//!
//! [`ImageSource`] reads bytes under a ceiling and checks their digest; [`resolve`] asks it for
//! everything that pins an image. What was not found, what was refused and what could not be reached
//! are three outcomes ([`Outcome`]), and no error is ever taken for "there is none".

#[cfg(feature = "net")]
mod auth;
mod blob;
#[cfg(feature = "net")]
mod challenge;
#[cfg(all(feature = "net", unix))]
mod daemon;
mod error;
mod layout;
mod record;
mod recorder;
mod recording;
#[cfg(feature = "net")]
mod registry;
mod section;
#[cfg(feature = "net")]
mod settings;
mod sink;
mod writer;

use std::future::Future;

use futures_util::StreamExt;
use futures_util::TryStreamExt;
use futures_util::stream;
use serde::Deserialize;
use serde::Serialize;

#[cfg(feature = "net")]
pub use auth::AuthError;
#[cfg(feature = "net")]
pub use auth::AuthSources;
#[cfg(feature = "net")]
pub use auth::Credential;
#[cfg(feature = "net")]
pub use auth::Secret;
pub use blob::Blob;
pub use blob::BlobSource;
#[cfg(all(feature = "net", unix))]
pub use daemon::Daemon;
pub use error::Fault;
pub use error::Outcome;
pub use error::SourceError;
pub use layout::Layout;
pub use record::BlobAnswer;
pub use record::FileRole;
pub use record::ManifestAnswer;
pub use record::PackedEvidence;
pub use record::PackedFile;
pub use record::PackedImage;
pub use record::Record;
pub use record::ReferrersAnswer;
pub use record::Served;
pub use recorder::Answers;
pub use recorder::Recorder;
pub use recording::Recording;
#[cfg(feature = "net")]
pub use registry::Registry;
pub(crate) use section::Section;
#[cfg(feature = "net")]
pub use settings::PlainHttp;
#[cfg(feature = "net")]
pub use settings::Settings;
pub use sink::Blobs;
pub use sink::CosignKind;
pub use sink::ImageSink;
pub use sink::Moved;
pub use sink::Progress;
pub use sink::Transfer;
pub use sink::describe;
pub use sink::name;

#[cfg(feature = "net")]
pub use crate::http::Certificates;
#[cfg(feature = "net")]
pub use crate::http::ClientCertificate;
#[cfg(feature = "net")]
pub use crate::http::Proxies;
#[cfg(feature = "net")]
pub use crate::http::SettingsError;
#[cfg(feature = "net")]
pub use crate::http::Timeouts;
pub use writer::ArchiveWriter;
pub use writer::LayoutWriter;

use crate::digest::Digest;
use crate::oci::Descriptor;
use crate::oci::Need;
use crate::oci::PinnedImage;
use crate::oci::Pinning;
use crate::oci::PlatformFilter;
use crate::oci::Reference;

/// Reads manifests, blobs and lists of referrers.
///
/// `at` names the repository or layout; of a [`Reference`] that has both, the digest counts, not the
/// tag. Every answer is bounded and its digest checked before it is handed out.
pub trait ImageSource: Sync {
    /// The manifest or index that `at` names, of at most
    /// [`MANIFEST_BYTES`](crate::limits::MANIFEST_BYTES).
    fn manifest(&self, at: &Reference) -> impl Future<Output = Result<Fetched, SourceError>> + Send;

    /// The blob of `descriptor`: exactly its size, and at most `ceiling`.
    fn blob(
        &self,
        at: &Reference,
        descriptor: &Descriptor,
        ceiling: u64,
    ) -> impl Future<Output = Result<Vec<u8>, SourceError>> + Send;

    /// Everything that is listed as referring to `subject`, of at most [`REFERRERS`](crate::limits::REFERRERS), every
    /// page.
    fn referrers(
        &self,
        at: &Reference,
        subject: &Digest,
    ) -> impl Future<Output = Result<Referrers, SourceError>> + Send;
}

/// A manifest or index as it was served.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Their digest, computed here.
    pub digest: Digest,
    /// What they were served as; `None` if nothing said.
    pub media_type: Option<String>,
}

/// What refers to a subject.
#[derive(Clone, Debug)]
pub struct Referrers {
    /// Who answered.
    pub answer: Answer,
    /// The manifests, in the order of the answer. None of them for [`Answer::FallbackTag`]: what the tag
    /// lists is asked for like any manifest.
    pub descriptors: Vec<Descriptor>,
}

/// Who answered a question for referrers.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Nobody: the registry has no referrers API, so its list lies under the tag `sha256-<hex>`.
    FallbackTag,
    /// The layout.
    Layout,
    /// The registry's referrers API.
    ReferrersApi,
}

/// A source of either kind.
#[derive(Debug)]
pub enum Source {
    /// An OCI layout.
    Layout(Layout),
    /// An archive of evidence.
    Recording(Box<Recording>),
    /// A registry.
    #[cfg(feature = "net")]
    Registry(Box<Registry>),
}

impl ImageSource for Source {
    async fn manifest(&self, at: &Reference) -> Result<Fetched, SourceError> {
        match self {
            Self::Layout(layout) => layout.manifest(at).await,
            Self::Recording(recording) => recording.manifest(at).await,
            #[cfg(feature = "net")]
            Self::Registry(registry) => registry.manifest(at).await,
        }
    }

    async fn blob(
        &self,
        at: &Reference,
        descriptor: &Descriptor,
        ceiling: u64,
    ) -> Result<Vec<u8>, SourceError> {
        match self {
            Self::Layout(layout) => layout.blob(at, descriptor, ceiling).await,
            Self::Recording(recording) => recording.blob(at, descriptor, ceiling).await,
            #[cfg(feature = "net")]
            Self::Registry(registry) => registry.blob(at, descriptor, ceiling).await,
        }
    }

    async fn referrers(&self, at: &Reference, subject: &Digest) -> Result<Referrers, SourceError> {
        match self {
            Self::Layout(layout) => layout.referrers(at, subject).await,
            Self::Recording(recording) => recording.referrers(at, subject).await,
            #[cfg(feature = "net")]
            Self::Registry(registry) => registry.referrers(at, subject).await,
        }
    }
}

impl BlobSource for Source {
    async fn open_blob(&self, at: &Reference, descriptor: &Descriptor) -> Result<Blob, SourceError> {
        match self {
            Self::Layout(layout) => layout.open_blob(at, descriptor).await,
            Self::Recording(recording) => recording.open_blob(at, descriptor).await,
            #[cfg(feature = "net")]
            Self::Registry(registry) => registry.open_blob(at, descriptor).await,
        }
    }
}

/// Resolves `reference` once, and reads manifest and configuration of every platform that `filter`
/// means.
///
/// # Errors
/// Something could not be read, or is not an image with those platforms.
pub async fn resolve(
    source: &impl ImageSource,
    reference: &Reference,
    filter: PlatformFilter,
) -> Result<PinnedImage, SourceError> {
    let refuse = |error| SourceError::new(reference.to_string(), Fault::Image(error));
    let mut pinning = start(source, reference, filter).await?;
    loop {
        let needs = pinning.needs();
        if needs.is_empty() {
            return pinning.finish().map_err(refuse);
        }
        let supplied: Vec<(Need, Vec<u8>)> =
            stream::iter(needs.into_iter().map(|need| read(source, reference, need)))
                .buffered(CONCURRENCY)
                .try_collect()
                .await?;
        for (need, bytes) in supplied {
            pinning.supply(&need, &bytes).map_err(refuse)?;
        }
    }
}

/// Resolves `reference` to its digest only: enough to look for signatures and attestations, for any
/// kind of artifact. The image has no [platforms](PinnedImage::platforms), but the digests of
/// [their manifests](PinnedImage::manifests).
///
/// # Errors
/// The manifest could not be read, or is not one.
pub async fn resolve_digest(
    source: &impl ImageSource,
    reference: &Reference,
    filter: PlatformFilter,
) -> Result<PinnedImage, SourceError> {
    Ok(start(source, reference, filter).await?.finish_digest())
}

async fn start(
    source: &impl ImageSource,
    reference: &Reference,
    filter: PlatformFilter,
) -> Result<Pinning, SourceError> {
    let Fetched { bytes, media_type, .. } = source.manifest(reference).await?;
    Pinning::start(reference.clone(), &bytes, media_type.as_deref(), filter)
        .map_err(|error| SourceError::new(reference.to_string(), Fault::Image(error)))
}

async fn read(
    source: &impl ImageSource,
    reference: &Reference,
    need: Need,
) -> Result<(Need, Vec<u8>), SourceError> {
    let descriptor = need.descriptor();
    let bytes = match &need {
        Need::Config(_) => source.blob(reference, descriptor, need.ceiling()).await?,
        Need::Manifest(_) => source.manifest(&reference.with_digest(descriptor.digest)).await?.bytes,
    };
    Ok((need, bytes))
}

/// `sha256-<hex>`: the referrers tag of the distribution specification, at most 64 digits of the hash.
pub(crate) fn tag_schema(digest: &Digest) -> String {
    let hex: String = digest.hex().chars().take(64).collect();
    format!("{}-{hex}", digest.algorithm().name())
}

/// Requests under way at once for one image.
pub(crate) const CONCURRENCY: usize = 8;
