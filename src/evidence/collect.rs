//! Looks at every place and reads every candidate.
//!
//! 1. Subjects: the image's digest and each selected platform manifest. cosign looks at the first
//!    only, SBOM attestations are often on the others.
//! 2. Places of each subject: referrers API, referrers tag, `.sig` tag, `.att` tag.
//! 3. Every referrer's manifest is read, whatever its descriptor calls it: registries without the
//!    referrers API list bundles under the wrong artifact type (sigstore/cosign#4422).
//! 4. Layers are told by their media type, and never de-duplicated by digest: legacy signatures of one
//!    payload differ in their annotations only. A manifest that is listed twice counts once.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use futures_util::StreamExt;
use futures_util::TryStreamExt;
use futures_util::future;
use futures_util::stream;

use super::Collected;
use super::EvidenceError;
use super::places::Looked;
use super::places::Lookup;
use super::places::Presence;
use super::places::Skip;
use crate::bundle::Candidate;
use crate::bundle::CandidateKind;
use crate::bundle::Origin;
use crate::bundle::Place;
use crate::digest::Digest;
use crate::limits;
use crate::oci::Descriptor;
use crate::oci::Document;
use crate::oci::Index;
use crate::oci::Manifest;
use crate::oci::PinnedImage;
use crate::oci::Reference;
use crate::source::Answer;
use crate::source::CONCURRENCY;
use crate::source::Fetched;
use crate::source::ImageSource;
use crate::source::Outcome;
use crate::source::SourceError;
use crate::source::tag_schema;

/// Collects from the image's own repository, under the usual tags.
///
/// # Errors
/// As [`collect_with`].
pub async fn collect(source: &impl ImageSource, image: &PinnedImage) -> Result<Collected, EvidenceError> {
    collect_with(source, image, &Lookup::default()).await
}

/// Collects everything that may be evidence for `image`.
///
/// # Errors
/// Any look-up failed, or anything is malformed or over a ceiling: what is there is then not known.
pub async fn collect_with(
    source: &impl ImageSource,
    image: &PinnedImage,
    lookup: &Lookup,
) -> Result<Collected, EvidenceError> {
    let collector = Collector { source, lookup, bytes: AtomicU64::new(0), candidates: AtomicUsize::new(0) };
    let mut subjects = vec![*image.digest()];
    subjects.extend(image.manifests().iter().filter(|manifest| *manifest != image.digest()));
    let mut jobs = Vec::new();
    for subject in &subjects {
        for at in lookup.repositories(image.reference()) {
            jobs.push(collector.subject(at, *subject));
        }
    }
    let parts: Vec<Vec<Part>> = stream::iter(jobs).buffered(CONCURRENCY).try_collect().await?;
    Ok(merge(parts.into_iter().flatten()))
}

/// What one manifest, or one place without any, contributes.
struct Part {
    looked: Looked,
    manifest: Option<Digest>,
    candidates: Vec<Candidate>,
}

/// Keeps the first mention of each manifest for each subject.
fn merge(parts: impl Iterator<Item = Part>) -> Collected {
    let mut seen = HashSet::new();
    let mut collected = Collected::default();
    for part in parts {
        let new = part.manifest.is_none_or(|manifest| seen.insert((part.looked.attached_to, manifest)));
        if new {
            collected.looked.push(part.looked);
            collected.candidates.extend(part.candidates);
        }
    }
    collected
}

struct Collector<'a, S> {
    source: &'a S,
    lookup: &'a Lookup,
    /// Bytes of all candidates and their manifests so far.
    bytes: AtomicU64,
    /// Number of all candidates so far.
    candidates: AtomicUsize,
}

impl<S: ImageSource> Collector<'_, S> {
    /// Everything that is attached to `subject` in one repository.
    async fn subject(&self, at: &Reference, subject: Digest) -> Result<Vec<Part>, EvidenceError> {
        let (referrers, signatures, attestations) = future::try_join3(
            self.referrers(at, subject),
            self.tag(at, subject, "sig", Place::SignatureTag),
            self.tag(at, subject, "att", Place::AttestationTag),
        )
        .await?;
        Ok(referrers.into_iter().chain([signatures, attestations]).collect())
    }

    /// The API and the tag are asked side by side: a registry that learned the API later need not list what
    /// was pushed before, so the tag is needed with either answer.
    async fn referrers(&self, at: &Reference, subject: Digest) -> Result<Vec<Part>, EvidenceError> {
        let api = async { Ok::<_, EvidenceError>(self.source.referrers(at, &subject).await?) };
        let (referrers, tagged) = future::try_join(api, self.fallback_tag(at, subject)).await?;
        let listed = match referrers.answer {
            Answer::FallbackTag => vec![(Place::FallbackTag, tagged)],
            Answer::Layout => vec![(Place::Layout, referrers.descriptors)],
            Answer::ReferrersApi => {
                vec![(Place::Referrers, referrers.descriptors), (Place::FallbackTag, tagged)]
            }
        };
        let mut seen = HashSet::new();
        let listed = listed.into_iter().map(|(place, mut descriptors)| {
            descriptors.retain(|descriptor| seen.insert(descriptor.digest));
            (place, descriptors)
        });
        let listed: Vec<_> = listed.collect();
        let jobs = listed.into_iter().map(|(place, found)| self.listed(at, subject, place, found));
        Ok(future::try_join_all(jobs).await?.into_iter().flatten().collect())
    }

    /// What the tag lists; nothing for a layout, which looks there itself.
    async fn fallback_tag(&self, at: &Reference, subject: Digest) -> Result<Vec<Descriptor>, EvidenceError> {
        if at.registry().is_none() {
            return Ok(Vec::new());
        }
        let tag = at.with_tag(&tag_schema(&subject))?;
        let fetched = found(self.source.manifest(&tag).await)?;
        // `cosign copy` puts the image itself there: that is no list of what refers to it.
        let Some(fetched) = fetched.filter(|fetched| fetched.digest != subject) else {
            return Ok(Vec::new());
        };
        let index = Index::from_slice(&fetched.bytes, fetched.media_type.as_deref());
        let index = index.map_err(|error| EvidenceError::Document { at: tag.to_string(), error })?;
        Ok(index.manifests)
    }

    /// The manifests of a list of referrers.
    async fn listed(
        &self,
        at: &Reference,
        subject: Digest,
        place: Place,
        descriptors: Vec<Descriptor>,
    ) -> Result<Vec<Part>, EvidenceError> {
        if descriptors.is_empty() {
            let at = format!("{}@{subject}", at.name());
            let looked = Looked { place, at, attached_to: subject, presence: Presence::Absent };
            return Ok(vec![Part { looked, manifest: None, candidates: Vec::new() }]);
        }
        let jobs = descriptors.into_iter().map(|descriptor| self.referrer(at, subject, place, descriptor));
        stream::iter(jobs).buffered(CONCURRENCY).try_collect().await
    }

    async fn referrer(
        &self,
        at: &Reference,
        subject: Digest,
        place: Place,
        descriptor: Descriptor,
    ) -> Result<Part, EvidenceError> {
        let at = at.with_digest(descriptor.digest);
        let part = |presence| {
            let looked = Looked { place, at: at.to_string(), attached_to: subject, presence };
            Part { looked, manifest: Some(descriptor.digest), candidates: Vec::new() }
        };
        let Some(fetched) = found(self.source.manifest(&at).await)? else {
            return Ok(part(Presence::Skipped(Skip::Gone)));
        };
        self.count_bytes(size_of(&fetched.bytes))?;
        let media_type = fetched.media_type.as_deref().or(Some(descriptor.media_type.as_str()));
        match read_document(&at, &fetched.bytes, media_type)? {
            Document::Index(_) => Ok(part(Presence::Skipped(Skip::Index))),
            Document::Manifest(manifest) => {
                self.manifest(&at, subject, place, descriptor.digest, &manifest).await
            }
        }
    }

    async fn tag(
        &self,
        at: &Reference,
        subject: Digest,
        suffix: &str,
        place: Place,
    ) -> Result<Part, EvidenceError> {
        let at = self.lookup.tag(at, &subject, suffix)?;
        let place = if at.registry().is_none() { Place::Layout } else { place };
        let Some(Fetched { bytes, digest, media_type }) = found(self.source.manifest(&at).await)? else {
            let looked =
                Looked { place, at: at.to_string(), attached_to: subject, presence: Presence::Absent };
            return Ok(Part { looked, manifest: None, candidates: Vec::new() });
        };
        self.count_bytes(size_of(&bytes))?;
        match read_document(&at, &bytes, media_type.as_deref())? {
            Document::Index(_) => {
                let presence = Presence::Skipped(Skip::Index);
                let looked = Looked { place, at: at.to_string(), attached_to: subject, presence };
                Ok(Part { looked, manifest: Some(digest), candidates: Vec::new() })
            }
            Document::Manifest(manifest) => self.manifest(&at, subject, place, digest, &manifest).await,
        }
    }

    /// The candidates of one manifest.
    async fn manifest(
        &self,
        at: &Reference,
        subject: Digest,
        place: Place,
        digest: Digest,
        manifest: &Manifest,
    ) -> Result<Part, EvidenceError> {
        let layers = match select(manifest) {
            Ok(layers) => layers,
            Err(skip) => {
                let presence = Presence::Skipped(skip);
                let looked = Looked { place, at: at.to_string(), attached_to: subject, presence };
                return Ok(Part { looked, manifest: Some(digest), candidates: Vec::new() });
            }
        };
        self.reserve(at, &layers)?;
        let blobs = self.blobs(at, &layers).await?;
        let candidate = |layer: &Layer<'_>| {
            let payload = blobs.get(&layer.descriptor.digest)?.clone();
            let annotations = layer.descriptor.annotations.clone();
            let origin =
                Origin { place, attached_to: Some(subject), manifest: Some(digest), layer: layer.position };
            Some(Candidate { kind: layer.kind, payload, annotations, origin })
        };
        let candidates: Vec<Candidate> = layers.iter().filter_map(candidate).collect();
        let presence = Presence::Found(candidates.len());
        let looked = Looked { place, at: at.to_string(), attached_to: subject, presence };
        Ok(Part { looked, manifest: Some(digest), candidates })
    }

    /// Counts the layers against the ceilings before any of them is read; a blob that several layers
    /// share counts for each.
    fn reserve(&self, at: &Reference, layers: &[Layer<'_>]) -> Result<(), EvidenceError> {
        for layer in layers {
            let size = layer.descriptor.size;
            let ceiling = self.lookup.ceiling();
            if size > ceiling {
                let (at, layer) = (at.to_string(), layer.position);
                return Err(EvidenceError::LayerSize { at, layer, size, ceiling });
            }
            self.count_bytes(size)?;
        }
        let before = self.candidates.fetch_add(layers.len(), Ordering::Relaxed);
        if before.saturating_add(layers.len()) > limits::CANDIDATES {
            return Err(EvidenceError::TooMany { ceiling: limits::CANDIDATES });
        }
        Ok(())
    }

    fn count_bytes(&self, size: u64) -> Result<(), EvidenceError> {
        let before = self.bytes.fetch_add(size, Ordering::Relaxed);
        if before.saturating_add(size) > limits::EVIDENCE_BYTES {
            return Err(EvidenceError::TooLarge { ceiling: limits::EVIDENCE_BYTES });
        }
        Ok(())
    }

    /// The blobs of the layers, each read once.
    async fn blobs(
        &self,
        at: &Reference,
        layers: &[Layer<'_>],
    ) -> Result<HashMap<Digest, Vec<u8>>, EvidenceError> {
        let mut wanted: Vec<Descriptor> = layers.iter().map(|layer| layer.descriptor.clone()).collect();
        // One size for one digest: a second size is another claim, and is read and refused.
        wanted.sort_by_key(|descriptor| (descriptor.digest, descriptor.size));
        wanted.dedup_by_key(|descriptor| (descriptor.digest, descriptor.size));
        let jobs = wanted.into_iter().map(|descriptor| async move {
            let bytes = self.source.blob(at, &descriptor, self.lookup.ceiling()).await?;
            Ok::<_, EvidenceError>((descriptor.digest, bytes))
        });
        stream::iter(jobs).buffered(CONCURRENCY).try_collect().await
    }
}

fn size_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// One layer that is a candidate.
struct Layer<'a> {
    descriptor: &'a Descriptor,
    kind: CandidateKind,
    position: usize,
}

fn select(manifest: &Manifest) -> Result<Vec<Layer<'_>>, Skip> {
    let layers: Vec<Layer<'_>> = manifest
        .layers
        .iter()
        .enumerate()
        .filter_map(|(position, descriptor)| {
            Some(Layer { descriptor, kind: kind(&descriptor.media_type)?, position })
        })
        .collect();
    if layers.is_empty() {
        let first = manifest.layers.first().map(|layer| &layer.media_type);
        let kind = manifest.artifact_type.as_ref().or(first).map_or("no layers", String::as_str);
        return Err(Skip::OtherKind(kind.chars().take(128).collect()));
    }
    let bundle = layers.iter().any(|layer| layer.kind == CandidateKind::Bundle);
    if bundle && manifest.layers.len() != 1 {
        return Err(Skip::BundleLayers(manifest.layers.len()));
    }
    Ok(layers)
}

fn kind(media_type: &str) -> Option<CandidateKind> {
    match media_type {
        "application/vnd.dev.cosign.simplesigning.v1+json" => Some(CandidateKind::LegacySignature),
        "application/vnd.dsse.envelope.v1+json" => Some(CandidateKind::LegacyAttestation),
        other => other.starts_with("application/vnd.dev.sigstore.bundle").then_some(CandidateKind::Bundle),
    }
}

fn read_document(at: &Reference, bytes: &[u8], media_type: Option<&str>) -> Result<Document, EvidenceError> {
    Document::from_slice(bytes, media_type)
        .map_err(|error| EvidenceError::Document { at: at.to_string(), error })
}

/// Only the source's own "not found" is nothing; any other failure stays one.
fn found(result: Result<Fetched, SourceError>) -> Result<Option<Fetched>, SourceError> {
    match result {
        Ok(fetched) => Ok(Some(fetched)),
        Err(error) if error.outcome() == Outcome::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
