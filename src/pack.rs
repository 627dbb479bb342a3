//! Packs images into an archive of evidence: everything that deciding about them asks for.
//!
//! The questions are not listed here but asked, the same way as for a decision, and the answers kept
//! ([`Recorder`]). Verifies nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::bundle::CandidateKind;
use crate::evidence;
use crate::evidence::Collected;
use crate::evidence::EvidenceError;
use crate::evidence::Looked;
use crate::evidence::Lookup;
use crate::evidence::Presence;
use crate::limits;
use crate::oci::Document;
use crate::oci::Platform;
use crate::oci::PlatformFilter;
use crate::oci::Reference;
use crate::source;
use crate::source::Answers;
use crate::source::BlobSource;
use crate::source::Blobs;
use crate::source::Fault;
use crate::source::ImageSource;
use crate::source::LayoutWriter;
use crate::source::Outcome;
use crate::source::PackedEvidence;
use crate::source::PackedImage;
use crate::source::Progress;
use crate::source::Recorder;
use crate::source::SourceError;
use crate::source::Transfer;

/// What is packed of one image.
#[derive(Debug)]
pub struct Request<'a> {
    /// The image.
    pub image: &'a Reference,
    /// Its platforms; all of them if none are named.
    pub platforms: &'a [Platform],
    /// Where evidence is looked for.
    pub lookup: &'a Lookup,
    /// Whether its layers are packed too.
    pub layers: Layers,
}

/// Whether layers of images are packed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Layers {
    /// They are not: evidence is enough for a decision.
    Absent,
    /// They are: the archive is the image.
    Packed,
}

/// Packs one image into `layout`, in these steps:
///
/// 1. The reference is resolved, with manifests and configurations of its platforms.
/// 2. Everything that may be a signature or attestation is collected. If that fails nothing is packed: an
///    archive never stands for less than what there was.
/// 3. Configurations of what was found are read too, which other tools want to see; and the layers of the
///    image, if they are asked for.
///
/// # Errors
/// Something that was asked for could not be read or written.
pub async fn pack_image(
    source: &impl BlobSource,
    layout: &LayoutWriter,
    answers: &Answers,
    request: &Request<'_>,
    progress: Option<Progress>,
) -> Result<PackedImage, PackError> {
    let Request { image: reference, platforms, lookup, layers } = *request;
    let recorder = Recorder::new(source, layout, answers);
    let filter =
        if platforms.is_empty() { PlatformFilter::All } else { PlatformFilter::Only(platforms.to_vec()) };
    // 1. What is no image for a gate still may be signed, as any artifact.
    let image = match source::resolve(&recorder, reference, filter.clone()).await {
        Err(error) if matches!(*error.fault, Fault::Image(_)) => {
            source::resolve_digest(&recorder, reference, filter.clone()).await?
        }
        other => other?,
    };
    // 2.
    let collected = evidence::collect_with(&recorder, &image, lookup).await?;
    // 3.
    for looked in collected.looked.iter().filter(|looked| matches!(looked.presence, Presence::Found(_))) {
        pack_config(&recorder, looked).await?;
    }
    let pinned = reference.with_digest(*image.digest());
    if layers == Layers::Packed {
        let transfer = Transfer::new(&recorder, layout).with_progress(progress);
        transfer.image(&pinned, &pinned, &filter, Blobs::All).await?;
    }
    let top = source::describe(&recorder.manifest(reference).await?);
    Ok(PackedImage {
        reference: reference.to_string(),
        digest: top.digest,
        media_type: top.media_type,
        size: top.size,
        platforms: platforms.to_vec(),
        second_repository: lookup.repository.as_ref().map(Reference::name),
        tag_prefix: lookup.tag_prefix.clone(),
        layers: layers == Layers::Packed,
        found: found(&collected),
    })
}

/// The configuration of a manifest of signatures; none of ours looks at it, and it need not be there.
async fn pack_config(recorder: &impl ImageSource, looked: &Looked) -> Result<(), PackError> {
    let Ok(at) = Reference::parse(&looked.at) else { return Ok(()) };
    let fetched = recorder.manifest(&at).await?;
    let document = Document::from_slice(&fetched.bytes, fetched.media_type.as_deref());
    let Ok(Document::Manifest(manifest)) = document else { return Ok(()) };
    match recorder.blob(&at, &manifest.config, limits::CONFIG_BYTES).await {
        Err(error) if error.outcome() == Outcome::Unreachable => Err(error.into()),
        _ => Ok(()),
    }
}

/// What was found, for who reads the archive's list.
fn found(collected: &Collected) -> Vec<PackedEvidence> {
    let there = collected.looked.iter().filter(|looked| looked.presence != Presence::Absent);
    let of = |looked: &Looked| {
        let here = collected.candidates.iter().filter(|candidate| {
            candidate.origin.attached_to == Some(looked.attached_to)
                && candidate.origin.place == looked.place
                && candidate.origin.manifest.is_some_and(|manifest| {
                    looked.at.ends_with(&manifest.to_string()) || !looked.at.contains('@')
                })
        });
        let mut holds: Vec<String> =
            here.map(|candidate| describe(candidate.kind, &candidate.payload)).collect();
        if holds.is_empty() {
            holds.push(looked.presence.to_string());
        }
        holds
    };
    there
        .map(|looked| PackedEvidence {
            place: looked.place.to_string(),
            at: looked.at.clone(),
            attached_to: looked.attached_to,
            holds: of(looked),
        })
        .collect()
}

/// What something claims to be, unverified.
fn describe(kind: CandidateKind, payload: &[u8]) -> String {
    if kind == CandidateKind::LegacySignature {
        return "signature".to_owned();
    }
    let statement = || {
        let document: Value = serde_json::from_slice(payload).ok()?;
        let payload = document.pointer("/dsseEnvelope/payload").or_else(|| document.get("payload"))?;
        let statement: Value = serde_json::from_slice(&STANDARD.decode(payload.as_str()?).ok()?).ok()?;
        Some(statement.get("predicateType")?.as_str()?.to_owned())
    };
    match statement() {
        Some(kind) if kind == SIGN => "signature".to_owned(),
        Some(kind) => kind.chars().take(128).collect(),
        None => "something that is not readable".to_owned(),
    }
}

/// The predicate type by which cosign 3 signs.
const SIGN: &str = "https://sigstore.dev/cosign/sign/v1";

/// Why an image was not packed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// What is attached to the image could not be read.
    #[error("signatures and attestations could not be read: {0}")]
    Evidence(#[from] EvidenceError),
    /// The image could not be read, or the archive not written.
    #[error(transparent)]
    Source(#[from] SourceError),
}
