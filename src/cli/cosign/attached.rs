//! Everything that belongs to an image and is moved with it.

use std::collections::HashSet;

use portcullis::digest::Digest;
use portcullis::evidence::Lookup;
use portcullis::oci::Descriptor;
use portcullis::oci::Index;
use portcullis::oci::Manifest;
use portcullis::oci::PlatformFilter;
use portcullis::oci::Reference;
use portcullis::source;
use portcullis::source::Fetched;
use portcullis::source::ImageSource;
use portcullis::source::Outcome;
use portcullis::source::SourceError;

use super::error::Failure;
use super::error::Result;
use super::store;

/// A manifest that is attached to an image or to one of its platforms.
pub(super) struct Attached {
    /// Where it was found, by digest.
    pub(super) at: Reference,
    /// The manifest itself.
    pub(super) fetched: Fetched,
    /// How.
    pub(super) way: Way,
}

/// How something is attached.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Way {
    /// It names its subject itself.
    Referrer(Kind),
    /// By a tag, with this ending.
    Tag {
        /// `sig`, `att` or `sbom`.
        suffix: &'static str,
        /// The whole tag.
        tag: String,
    },
}

/// What a referrer is, as far as its manifest tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// An attestation in a bundle.
    Attestation,
    /// Anything that is none of cosign's.
    Other,
    /// A signature.
    Signature,
}

/// The digests of an image: its own, and those of its platforms.
pub(super) async fn subjects(source: &impl ImageSource, image: &Reference) -> Result<Vec<Digest>> {
    let resolved = source::resolve_digest(source, image, PlatformFilter::All).await;
    let resolved = resolved.map_err(|error| store::absent(&error))?;
    let mut subjects = vec![*resolved.digest()];
    subjects.extend(resolved.manifests().iter().filter(|manifest| *manifest != resolved.digest()));
    Ok(subjects)
}

/// What is attached to `subject`, under tags and as referrers.
pub(super) async fn attached(
    source: &impl ImageSource,
    image: &Reference,
    subject: Digest,
    lookup: &Lookup,
) -> Result<Vec<Attached>> {
    let mut found = Vec::new();
    let base = lookup.repository.as_ref().unwrap_or(image);
    for suffix in ["sig", "att", "sbom"] {
        let tag = format!("{}{}.{suffix}", lookup.tag_prefix, subject.to_string().replace(':', "-"));
        let at = base.with_tag(&tag).map_err(|error| Failure::new(error.to_string()))?;
        if let Some(fetched) = there(source.manifest(&at).await)? {
            let at = at.with_digest(fetched.digest);
            found.push(Attached { at, fetched, way: Way::Tag { suffix, tag } });
        }
    }
    let listed = listed(source, image, subject).await?;
    let mut seen = HashSet::new();
    for descriptor in listed.into_iter().filter(|descriptor| seen.insert(descriptor.digest)) {
        let at = image.with_digest(descriptor.digest);
        let Some(fetched) = there(source.manifest(&at).await)? else {
            return Err(Failure::new(format!(
                "{at} is listed as attached to the image, but it is not there"
            )));
        };
        let kind = kind(&fetched);
        found.push(Attached { at, fetched, way: Way::Referrer(kind) });
    }
    Ok(found)
}

/// What refers to `subject`, as the referrers API or the tag in its place lists it.
pub(super) async fn listed(
    source: &impl ImageSource,
    image: &Reference,
    subject: Digest,
) -> Result<Vec<Descriptor>> {
    let listed = source.referrers(image, &subject).await;
    let mut listed = listed.map_err(|error| Failure::new(format!("getting referrers: {error}")))?.descriptors;
    // A registry that learned the API later need not list what was pushed before.
    let tag = image.with_tag(&subject.to_string().replace(':', "-"));
    let tag = tag.map_err(|error| Failure::new(error.to_string()))?;
    if let Some(index) = there(source.manifest(&tag).await)?.filter(|index| index.digest != subject) {
        let index = Index::from_slice(&index.bytes, index.media_type.as_deref());
        listed.extend(index.map_err(|error| Failure::new(format!("{tag}: {error}")))?.manifests);
    }
    Ok(listed)
}

fn kind(fetched: &Fetched) -> Kind {
    let Ok(manifest) = Manifest::from_slice(&fetched.bytes, fetched.media_type.as_deref()) else {
        return Kind::Other;
    };
    let predicate = manifest.annotations.get("dev.sigstore.bundle.predicateType");
    let first = manifest.layers.first().map(|layer| layer.media_type.as_str()).unwrap_or_default();
    match (first, predicate.map(String::as_str).or(manifest.artifact_type.as_deref())) {
        ("application/vnd.dev.cosign.simplesigning.v1+json", _) => Kind::Signature,
        (layer, Some("https://sigstore.dev/cosign/sign/v1")) if layer.starts_with(BUNDLE) => Kind::Signature,
        (layer, _) if layer.starts_with(BUNDLE) => Kind::Attestation,
        _ => Kind::Other,
    }
}

/// Only the source's own "not found" is nothing; any other failure stays one.
fn there(result: std::result::Result<Fetched, SourceError>) -> Result<Option<Fetched>> {
    match result {
        Ok(fetched) => Ok(Some(fetched)),
        Err(error) if error.outcome() == Outcome::NotFound => Ok(None),
        Err(error) => Err(Failure::new(error.to_string())),
    }
}

const BUNDLE: &str = "application/vnd.dev.sigstore.bundle";
