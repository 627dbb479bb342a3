//! Bodies of log entries, in the canonical JSON that Rekor stores
//! (<https://github.com/sigstore/rekor/tree/main/pkg/types>).

use serde_json::Value;
use serde_json::json;

use super::base64;
use super::canonical;
use super::keys::Hash;
use super::sign::Content;
use super::sign::Signed;

/// Kind and version of an entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EntryKind {
    Dsse001,
    HashedRekord001,
    /// Rekor v2.
    HashedRekord002,
    Intoto001,
    Intoto002,
    Rekord001,
}

impl EntryKind {
    pub fn kind_version(self) -> (&'static str, &'static str) {
        match self {
            Self::Dsse001 => ("dsse", "0.0.1"),
            Self::HashedRekord001 => ("hashedrekord", "0.0.1"),
            Self::HashedRekord002 => ("hashedrekord", "0.0.2"),
            Self::Intoto001 => ("intoto", "0.0.1"),
            Self::Intoto002 => ("intoto", "0.0.2"),
            Self::Rekord001 => ("rekord", "0.0.1"),
        }
    }

    /// The body that the log keeps for this signature.
    pub fn body(self, signed: &Signed) -> Vec<u8> {
        let (kind, version) = self.kind_version();
        let spec = match self {
            Self::Dsse001 => dsse(signed),
            Self::HashedRekord001 => hashed_rekord(signed),
            Self::HashedRekord002 => hashed_rekord_v2(signed),
            Self::Intoto001 => intoto_v1(signed),
            Self::Intoto002 => intoto_v2(signed),
            Self::Rekord001 => rekord(signed),
        };
        canonical(&json!({ "apiVersion": version, "kind": kind, "spec": spec }))
    }
}

fn hashed_rekord(signed: &Signed) -> Value {
    json!({
        "data": { "hash": hash(signed.hash, &signed.content.signed_bytes()) },
        "signature": {
            "content": base64(&signed.signature),
            "publicKey": { "content": base64(signed.verifier_pem().as_bytes()) },
        },
    })
}

fn rekord(signed: &Signed) -> Value {
    json!({
        "data": { "hash": hash(Hash::Sha256, &signed.content.signed_bytes()) },
        "signature": {
            "content": base64(&signed.signature),
            "format": "x509",
            "publicKey": { "content": base64(signed.verifier_pem().as_bytes()) },
        },
    })
}

fn hashed_rekord_v2(signed: &Signed) -> Value {
    let raw = json!({ "rawBytes": base64(&signed.verifier_der()) });
    let mut verifier = json!({ "keyDetails": signed.key.details() });
    let field = if signed.leaf.is_some() { "x509Certificate" } else { "publicKey" };
    verifier[field] = raw;
    json!({
        "hashedRekordV002": {
            "data": {
                "algorithm": signed.hash.protobuf(),
                "digest": base64(&signed.hash.digest(&signed.content.signed_bytes())),
            },
            "signature": { "content": base64(&signed.signature), "verifier": verifier },
        },
    })
}

fn dsse(signed: &Signed) -> Value {
    json!({
        "envelopeHash": hash(Hash::Sha256, &signed.envelope()),
        "payloadHash": hash(Hash::Sha256, payload(signed)),
        "signatures": [{
            "signature": base64(&signed.signature),
            "verifier": base64(signed.verifier_pem().as_bytes()),
        }],
    })
}

fn intoto_v1(signed: &Signed) -> Value {
    json!({
        "content": {
            "hash": hash(Hash::Sha256, &signed.envelope()),
            "payloadHash": hash(Hash::Sha256, payload(signed)),
        },
        "publicKey": base64(signed.verifier_pem().as_bytes()),
    })
}

/// Signature and key are encoded twice, a slip that Rekor keeps for compatibility.
fn intoto_v2(signed: &Signed) -> Value {
    let Content::Dsse { payload_type, .. } = &signed.content else { panic!("intoto entries hold envelopes") };
    json!({
        "content": {
            "envelope": {
                "payloadType": payload_type,
                "signatures": [{
                    "publicKey": base64(signed.verifier_pem().as_bytes()),
                    "sig": base64(base64(&signed.signature).as_bytes()),
                }],
            },
            "hash": hash(Hash::Sha256, &signed.envelope()),
            "payloadHash": hash(Hash::Sha256, payload(signed)),
        },
    })
}

fn payload(signed: &Signed) -> &[u8] {
    match &signed.content {
        Content::Dsse { payload, .. } => payload,
        Content::Message(_) => panic!("this entry kind holds envelopes"),
    }
}

fn hash(algorithm: Hash, message: &[u8]) -> Value {
    json!({ "algorithm": algorithm.rekor(), "value": hex::encode(algorithm.digest(message)) })
}
