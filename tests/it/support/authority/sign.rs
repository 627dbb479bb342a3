//! Signing: a request says what to sign and how, the authority answers with all the pieces.
//!
//! [`Signed`] is open, so that a negative is a genuine signature with one piece changed.

use jiff::Timestamp;
use serde_json::json;

use super::Authority;
use super::base64;
use super::ca::Leaf;
use super::der;
use super::entry::EntryKind;
use super::keys::Hash;
use super::keys::Key;
use super::keys::KeyKind;
use super::rekor::LogEntry;

/// What is signed.
#[derive(Clone, Debug)]
pub enum Content {
    /// A DSSE envelope.
    Dsse { payload_type: String, payload: Vec<u8> },
    /// The bytes themselves.
    Message(Vec<u8>),
}

pub const IN_TOTO: &str = "application/vnd.in-toto+json";

impl Content {
    pub fn message(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Message(bytes.into())
    }

    /// An in-toto statement in an envelope.
    pub fn statement(statement: &serde_json::Value) -> Self {
        Self::Dsse { payload_type: IN_TOTO.to_owned(), payload: statement.to_string().into_bytes() }
    }

    /// The bytes under the signature: the message, or DSSE's pre-authentication encoding.
    pub fn signed_bytes(&self) -> Vec<u8> {
        match self {
            Self::Dsse { payload_type, payload } => {
                let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
                [head.as_bytes(), payload].concat()
            }
            Self::Message(bytes) => bytes.clone(),
        }
    }
}

/// Version of the bundle's media type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Version {
    V01,
    V02,
    V03,
}

impl Version {
    pub fn media_type(self) -> &'static str {
        match self {
            Self::V01 => "application/vnd.dev.sigstore.bundle+json;version=0.1",
            Self::V02 => "application/vnd.dev.sigstore.bundle+json;version=0.2",
            Self::V03 => "application/vnd.dev.sigstore.bundle.v0.3+json",
        }
    }
}

/// Who signs.
#[derive(Clone)]
pub enum Signer {
    Keyless(Key, Box<Leaf>),
    Managed(Key),
}

/// A signature to make. From [`Authority::keyless`] or [`Authority::managed`]; every field may be changed.
#[derive(Clone)]
pub struct Request {
    pub content: Content,
    pub signer: Signer,
    pub hash: Hash,
    pub version: Version,
    /// What is logged, if anything.
    pub entry: Option<EntryKind>,
    /// When it is logged.
    pub time: Timestamp,
    /// When timestamps are made.
    pub timestamps: Vec<Timestamp>,
}

impl Request {
    pub fn new(content: Content, signer: Signer, time: Timestamp) -> Self {
        let entry = match content {
            Content::Dsse { .. } => EntryKind::Dsse001,
            Content::Message(_) => EntryKind::HashedRekord001,
        };
        let (Signer::Keyless(key, _) | Signer::Managed(key)) = &signer;
        let hash = key.default_hash();
        let (version, timestamps) = (Version::V03, Vec::new());
        Self { content, signer, hash, version, entry: Some(entry), time, timestamps }
    }

    pub fn version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    pub fn entry(mut self, entry: EntryKind) -> Self {
        self.entry = Some(entry);
        self
    }

    pub fn unlogged(mut self) -> Self {
        self.entry = None;
        self
    }

    pub fn hash(mut self, hash: Hash) -> Self {
        self.hash = hash;
        self
    }

    pub fn timestamped(mut self, at: Timestamp) -> Self {
        self.timestamps.push(at);
        self
    }

    /// Changes the leaf of a keyless request.
    pub fn leaf(mut self, change: impl FnOnce(&mut Leaf)) -> Self {
        let Signer::Keyless(_, leaf) = &mut self.signer else { panic!("a managed key has no certificate") };
        change(leaf);
        self
    }

    /// Signs with a key of another kind, with the digest that belongs to it.
    pub fn key(mut self, kind: KeyKind) -> Self {
        let key = Key::new(kind, "leaf", "another kind");
        self.hash = key.default_hash();
        match &mut self.signer {
            Signer::Keyless(old, _) | Signer::Managed(old) => *old = key,
        }
        self
    }
}

/// A signature and everything that proves it.
#[derive(Clone)]
pub struct Signed {
    pub content: Content,
    pub key: Key,
    pub hash: Hash,
    pub signature: Vec<u8>,
    /// The certificate; a managed key has none.
    pub leaf: Option<Vec<u8>>,
    /// Certificates above the leaf, for the formats that carry them.
    pub chain: Vec<Vec<u8>>,
    pub entries: Vec<LogEntry>,
    /// `TimeStampResp`s.
    pub timestamps: Vec<Vec<u8>>,
    pub version: Version,
}

impl Authority {
    /// Signs, logs and stamps.
    pub fn sign(&self, request: &Request) -> Signed {
        let (key, leaf) = match &request.signer {
            Signer::Keyless(key, leaf) => (key.clone(), Some(self.ca.issue(key, leaf, &self.ct))),
            Signer::Managed(key) => (key.clone(), None),
        };
        let signature = key.sign_with(request.hash, &request.content.signed_bytes());
        let stamps = request.timestamps.iter().map(|at| self.tsa.stamp(&signature, *at));
        let mut signed = Signed {
            content: request.content.clone(),
            key,
            hash: request.hash,
            timestamps: stamps.collect(),
            signature,
            chain: if leaf.is_some() { vec![self.ca.intermediate.clone()] } else { Vec::new() },
            leaf,
            entries: Vec::new(),
            version: request.version,
        };
        if let Some(kind) = request.entry {
            signed.entries.push(self.log(kind, &signed, request.time));
        }
        signed
    }

    /// Logs a signature in the log that keeps this kind of entry.
    pub fn log(&self, kind: EntryKind, signed: &Signed, at: Timestamp) -> LogEntry {
        let log = if kind == EntryKind::HashedRekord002 { &self.rekor2 } else { &self.rekor };
        log.append(kind, kind.body(signed), at)
    }
}

impl Signed {
    /// The certificate or the public key, DER.
    pub fn verifier_der(&self) -> Vec<u8> {
        self.leaf.clone().unwrap_or_else(|| self.key.public_der())
    }

    /// The certificate or the public key, PEM.
    pub fn verifier_pem(&self) -> String {
        match &self.leaf {
            Some(leaf) => der::pem("CERTIFICATE", leaf),
            None => self.key.public_pem(),
        }
    }

    /// The DSSE envelope as JSON, in the spelling that cosign stores.
    pub fn envelope(&self) -> Vec<u8> {
        let Content::Dsse { payload_type, payload } = &self.content else { panic!("not an envelope") };
        let (payload_type, payload) = (json!(payload_type), base64(payload));
        let signature = base64(&self.signature);
        format!(
            r#"{{"payloadType":{payload_type},"payload":"{payload}","signatures":[{{"keyid":"","sig":"{signature}"}}]}}"#
        )
        .into_bytes()
    }
}
