//! The places where evidence may lie, and what was found there.

use std::fmt;

use serde::Serialize;

use crate::bundle::Place;
use crate::digest::Digest;
use crate::limits;
use crate::oci::Reference;
use crate::oci::ReferenceError;
use crate::source::tag_schema;

/// Where to look, beside the image's own repository under the usual tags.
#[derive(Clone, Debug, Default)]
pub struct Lookup {
    /// A second repository for signatures and attestations (`COSIGN_REPOSITORY`). The image's own is
    /// looked at all the same.
    pub repository: Option<Reference>,
    /// Put before `sha256-<hex>.sig` and `.att` (`--attachment-tag-prefix`).
    pub tag_prefix: String,
    /// A lower ceiling on the bytes of one signature or attestation (`COSIGN_MAX_ATTACHMENT_SIZE`) than
    /// [`limits::ATTACHMENT_BYTES`], which is never exceeded.
    pub attachment_bytes: Option<u64>,
}

impl Lookup {
    /// Bytes that are read of one signature or attestation.
    pub(super) fn ceiling(&self) -> u64 {
        self.attachment_bytes.unwrap_or(u64::MAX).min(limits::ATTACHMENT_BYTES)
    }

    /// The repositories to look at, each once.
    pub(super) fn repositories<'a>(&'a self, image: &'a Reference) -> Vec<&'a Reference> {
        let other = self.repository.as_ref().filter(|other| other.location() != image.location());
        [Some(image), other].into_iter().flatten().collect()
    }

    /// The tag of attached signatures (`sig`) or attestations (`att`).
    pub(super) fn tag(
        &self,
        at: &Reference,
        digest: &Digest,
        suffix: &str,
    ) -> Result<Reference, ReferenceError> {
        at.with_tag(&format!("{}{}.{suffix}", self.tag_prefix, tag_schema(digest)))
    }
}

/// One place, and what was there.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Looked {
    /// The kind of place.
    pub place: Place,
    /// The repository and tag or digest that was asked for.
    pub at: String,
    /// The manifest whose evidence was looked for.
    pub attached_to: Digest,
    /// What was there.
    pub presence: Presence,
}

/// What was in a place.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Presence {
    /// The source answered that there is nothing.
    Absent,
    /// That many candidates.
    Found(usize),
    /// Something that is no candidate.
    Skipped(Skip),
}

/// Why something is no candidate.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Skip {
    /// A bundle manifest must have one layer only.
    BundleLayers(usize),
    /// The referrer is listed, but not there any more.
    Gone,
    /// The referrer is an index.
    Index,
    /// No layer is a signature or attestation; the media type or artifact type says what it is.
    OtherKind(String),
}

impl fmt::Display for Looked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.place, self.at, self.presence)
    }
}

impl fmt::Display for Presence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("nothing there"),
            Self::Found(count) => write!(f, "{count} found"),
            Self::Skipped(skip) => write!(f, "skipped, {skip}"),
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BundleLayers(count) => write!(f, "a bundle manifest with {count} layers"),
            Self::Gone => f.write_str("listed but not there"),
            Self::Index => f.write_str("an index"),
            Self::OtherKind(kind) => write!(f, "holds {kind}"),
        }
    }
}
