//! Something that may be a signature or an attestation, and where it was found.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::digest::Digest;

/// Bytes that claim to be a signature or attestation of `subject`. Nothing about it is verified.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The format, as the layer's media type says.
    pub kind: CandidateKind,
    /// The layer blob (or the file).
    pub payload: Vec<u8>,
    /// The layer's annotations; the legacy formats keep signature, certificate and log entry there.
    pub annotations: BTreeMap<String, String>,
    /// Where it was found.
    pub origin: Origin,
}

/// The formats that cosign and its relatives write.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CandidateKind {
    /// A sigstore bundle (`application/vnd.dev.sigstore.bundle...`).
    Bundle,
    /// A DSSE envelope in an `.att` manifest (`application/vnd.dsse.envelope.v1+json`).
    LegacyAttestation,
    /// A simple-signing payload in a `.sig` manifest (`application/vnd.dev.cosign.simplesigning.v1+json`).
    LegacySignature,
    /// An attestation of PyPI (PEP 740).
    PypiAttestation,
}

/// Where a candidate was found, for the reader of a decision.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// How the manifest was discovered.
    pub place: Place,
    /// The manifest (index, platform manifest) that the candidate is attached to.
    pub attached_to: Option<Digest>,
    /// The manifest that holds the candidate, where there is one.
    pub manifest: Option<Digest>,
    /// Position of its layer in that manifest, or in a file that holds several, from 0.
    pub layer: usize,
}

/// How a candidate was discovered.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The tag `sha256-<hex>.att`.
    AttestationTag,
    /// The referrers tag schema `sha256-<hex>`, for registries without the referrers API.
    FallbackTag,
    /// A file named on the command line.
    File,
    /// An OCI layout directory: the descriptor in `index.json`, or a blob with a `subject`.
    Layout,
    /// The referrers API.
    Referrers,
    /// The tag `sha256-<hex>.sig`.
    SignatureTag,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AttestationTag => ".att tag",
            Self::FallbackTag => "referrers tag",
            Self::File => "file",
            Self::Layout => "OCI layout",
            Self::Referrers => "referrers API",
            Self::SignatureTag => ".sig tag",
        })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place)?;
        match &self.manifest {
            Some(manifest) => write!(f, " {manifest}, layer {}", self.layer)?,
            None if self.layer > 0 => write!(f, ", item {}", self.layer.saturating_add(1))?,
            None => {}
        }
        if let Some(attached_to) = &self.attached_to {
            write!(f, ", attached to {attached_to}")?;
        }
        Ok(())
    }
}
