//! The one shape that every stored form is read into.

use std::fmt;

use jiff::Timestamp;

use super::BundleError;
use super::candidate::Candidate;
use super::candidate::CandidateKind;
use super::check;
use super::legacy;
use super::pypi;
use super::wire;
use crate::digest::Digest;

/// A signature with what is needed to verify it, checked for shape and nothing else.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bundle {
    pub(super) version: Version,
    pub(super) material: Material,
    pub(super) content: Content,
    pub(super) entries: Vec<LogEntry>,
    /// RFC 3161 responses or tokens, DER.
    pub(super) timestamps: Vec<Vec<u8>>,
}

impl Bundle {
    /// Reads a candidate in the format that it claims.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn from_candidate(candidate: &Candidate) -> Result<Self, BundleError> {
        let bundle = match candidate.kind {
            CandidateKind::Bundle => wire::read(&candidate.payload)?,
            CandidateKind::LegacyAttestation => legacy::attestation(candidate)?,
            CandidateKind::LegacySignature => legacy::signature(candidate)?,
            CandidateKind::PypiAttestation => pypi::read(&candidate.payload)?,
        };
        check::check(&bundle)?;
        Ok(bundle)
    }

    /// The version of the bundle format.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Who claims to have signed.
    #[must_use]
    pub fn material(&self) -> &Material {
        &self.material
    }

    /// The signing certificate, DER, if there is one.
    #[must_use]
    pub fn certificate(&self) -> Option<&[u8]> {
        match &self.material {
            Material::Certificates(chain) => chain.first().map(Vec::as_slice),
            Material::PublicKey { .. } => None,
        }
    }

    /// What was signed.
    #[must_use]
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// Transparency log entries.
    #[must_use]
    pub fn entries(&self) -> &[LogEntry] {
        &self.entries
    }

    /// The index of the first entry, if what a log signs for an entry of its kind includes the index: the
    /// promise of Rekor v1, the proof of Rekor v2.
    #[must_use]
    pub fn proven_log_index(&self) -> Option<u64> {
        let entry = self.entries.first()?;
        (entry.promise.is_some() || entry.kind.is_rekor_v2()).then_some(entry.log_index)
    }

    /// RFC 3161 timestamps, DER.
    #[must_use]
    pub fn timestamps(&self) -> &[Vec<u8>] {
        &self.timestamps
    }

    /// The signature bytes.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        match &self.content {
            Content::Envelope(envelope) => &envelope.signature,
            Content::Message { signature, .. } => signature,
        }
    }

    /// The bytes that a timestamp is of: the signature, but in an `.att` layer the envelope as stored.
    #[must_use]
    pub fn timestamped_bytes(&self) -> &[u8] {
        match &self.content {
            Content::Envelope(Envelope { stored: Some(stored), .. }) => stored,
            _ => self.signature(),
        }
    }

    /// The same signature, to be verified by a key.
    #[must_use]
    pub(crate) fn without_certificates(self) -> Self {
        Self { material: Material::PublicKey { hint: String::new() }, ..self }
    }

    /// The same bundle with these timestamps only.
    #[must_use]
    pub(crate) fn with_timestamps(&self, timestamps: Vec<Vec<u8>>) -> Self {
        Self { timestamps, ..self.clone() }
    }
}

/// The versions of the bundle format, and what stands outside of it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Version {
    /// A cosign layer with annotations, before there were bundles.
    Legacy,
    /// `application/vnd.dev.sigstore.bundle+json;version=0.1`.
    V0_1,
    /// `application/vnd.dev.sigstore.bundle+json;version=0.2`.
    V0_2,
    /// `application/vnd.dev.sigstore.bundle.v0.3+json`.
    V0_3,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Legacy => "cosign layer",
            Self::V0_1 => "bundle v0.1",
            Self::V0_2 => "bundle v0.2",
            Self::V0_3 => "bundle v0.3",
        })
    }
}

/// What identifies the signer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Material {
    /// DER certificates, the signer's first.
    Certificates(Vec<Vec<u8>>),
    /// A key that the verifier must already have.
    PublicKey {
        /// An unauthenticated lookup aid.
        hint: String,
    },
}

/// What was signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Content {
    /// A DSSE envelope.
    Envelope(Envelope),
    /// A signature over bytes that are elsewhere, or (`.sig` layers) over the payload kept here.
    Message {
        /// The digest that the bundle declares for them.
        digest: Option<Digest>,
        /// The bytes, where they are part of what was stored.
        payload: Option<Vec<u8>>,
        /// The signature.
        signature: Vec<u8>,
    },
}

/// A DSSE envelope with its one signature. <https://github.com/secure-systems-lab/dsse/blob/master/envelope.md>
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Envelope {
    /// Type of the payload.
    pub payload_type: String,
    /// The payload.
    pub payload: Vec<u8>,
    /// The signature over the pre-authentication encoding.
    pub signature: Vec<u8>,
    /// An unauthenticated lookup aid.
    pub key_id: String,
    /// The envelope's JSON as stored, where it was stored on its own (`.att`): `intoto` 0.0.1 entries name
    /// nothing else, and cosign has it timestamped.
    pub stored: Option<Vec<u8>>,
}

impl Envelope {
    /// The bytes that the signature covers (DSSE v1 PAE).
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        sigstore_types::dsse::pae(&self.payload_type, &self.payload)
    }
}

/// One transparency log entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogEntry {
    /// Index in the log, over all shards for Rekor v1.
    pub log_index: u64,
    /// SHA-256 of the log's key.
    pub log_id: Vec<u8>,
    /// Kind and version, as declared.
    pub kind: EntryKind,
    /// When the log says that it integrated the entry. Only a verified promise makes it true.
    pub integrated_time: Option<Timestamp>,
    /// Signed entry timestamp (Rekor v1).
    pub promise: Option<Vec<u8>>,
    /// Merkle inclusion proof with checkpoint.
    pub proof: Option<InclusionProof>,
    /// The entry, as the log has it.
    pub body: Vec<u8>,
}

/// A Merkle inclusion proof (RFC 6962, 2.1.1) and the checkpoint that signs its root.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InclusionProof {
    /// Index in the tree.
    pub log_index: u64,
    /// Root that the proof leads to.
    pub root_hash: [u8; 32],
    /// Size of the tree.
    pub tree_size: u64,
    /// Hashes on the way.
    pub hashes: Vec<[u8; 32]>,
    /// Signed note; empty if absent.
    pub checkpoint: String,
}

/// The entry kinds that hold signatures.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum EntryKind {
    /// `dsse` 0.0.1.
    Dsse001,
    /// `hashedrekord` 0.0.1.
    HashedRekord001,
    /// `hashedrekord` 0.0.2 (Rekor v2).
    HashedRekord002,
    /// `intoto` 0.0.1.
    Intoto001,
    /// `intoto` 0.0.2.
    Intoto002,
    /// `rekord` 0.0.1.
    Rekord001,
}

impl EntryKind {
    /// The kind of that name and version.
    #[must_use]
    pub fn from_names(kind: &str, version: &str) -> Option<Self> {
        let all = [
            Self::Dsse001,
            Self::HashedRekord001,
            Self::HashedRekord002,
            Self::Intoto001,
            Self::Intoto002,
            Self::Rekord001,
        ];
        all.into_iter().find(|known| known.names() == (kind, version))
    }

    /// Kind and version as the log writes them.
    #[must_use]
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Dsse001 => ("dsse", "0.0.1"),
            Self::HashedRekord001 => ("hashedrekord", "0.0.1"),
            Self::HashedRekord002 => ("hashedrekord", "0.0.2"),
            Self::Intoto001 => ("intoto", "0.0.1"),
            Self::Intoto002 => ("intoto", "0.0.2"),
            Self::Rekord001 => ("rekord", "0.0.1"),
        }
    }

    /// Whether the entry is one of Rekor v2, which has neither promise nor integrated time.
    #[must_use]
    pub const fn is_rekor_v2(self) -> bool {
        matches!(self, Self::HashedRekord002)
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, version) = self.names();
        write!(f, "{kind} {version}")
    }
}
