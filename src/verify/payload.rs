//! What a signature of an image says: simple signing, or cosign's statement.
//! <https://github.com/containers/image/blob/main/docs/containers-signature.5.md>

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use super::error::VerifyError;
use crate::digest::Digest;
use crate::intoto::Statement;
use crate::json;

/// What the signer said about the image.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageSignature {
    /// The reference that was signed, as the signer saw it. The digest is what counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docker_reference: Option<String>,
    /// `cosign sign -a key=value`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, serde_json::Value>,
}

impl ImageSignature {
    /// Reads a simple-signing payload; returns which of `subjects` it is about.
    pub(super) fn from_simple_signing(
        payload: &[u8],
        subjects: &[Digest],
    ) -> Result<(Self, Digest), VerifyError> {
        let refused = |reason: String| VerifyError::SimpleSigning { reason };
        let wire: Wire = json::from_slice(payload).map_err(|error| refused(error.to_string()))?;
        if !TYPES.contains(&wire.critical.type_.as_str()) {
            return Err(refused(format!("its type is {:?}", wire.critical.type_)));
        }
        let digest =
            Digest::parse(&wire.critical.image.digest).map_err(|error| refused(error.to_string()))?;
        let Some(subject) = subjects.iter().find(|subject| **subject == digest) else {
            return Err(wrong_subject(subjects, vec![digest.to_string()]));
        };
        let signature = Self {
            docker_reference: Some(wire.critical.identity.reference),
            annotations: wire.optional.unwrap_or_default(),
        };
        Ok((signature, *subject))
    }

    /// Reads the statement of `cosign sign` version 3.
    pub(super) fn from_statement(statement: &Statement, subject: &Digest) -> Self {
        let annotations = statement.subject(subject).and_then(|subject| subject.annotations().cloned());
        Self { docker_reference: None, annotations: annotations.unwrap_or_default() }
    }
}

/// The subject of `statement` among `subjects`.
pub(super) fn matching_subject(statement: &Statement, subjects: &[Digest]) -> Result<Digest, VerifyError> {
    let found = subjects.iter().find(|subject| statement.subject(subject).is_some());
    found.copied().ok_or_else(|| {
        let digests = statement.subjects().iter().flat_map(|subject| subject.digests());
        wrong_subject(subjects, digests.map(|digest| digest.to_string()).collect())
    })
}

fn wrong_subject(subjects: &[Digest], found: Vec<String>) -> VerifyError {
    match subjects.first() {
        Some(expected) => VerifyError::Subject { expected: *expected, found },
        None => VerifyError::Refused("no subject was asked for".to_owned()),
    }
}

#[derive(Deserialize)]
struct Wire {
    critical: Critical,
    #[serde(default)]
    optional: Option<BTreeMap<String, serde_json::Value>>,
}

#[derive(Deserialize)]
struct Critical {
    identity: Identity,
    image: Image,
    #[serde(rename = "type")]
    type_: String,
}

#[derive(Deserialize)]
struct Identity {
    #[serde(rename = "docker-reference")]
    reference: String,
}

#[derive(Deserialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    digest: String,
}

/// The type that cosign writes, and the one of the specification that it took over.
const TYPES: [&str; 2] = ["cosign container image signature", "atomic container signature"];
