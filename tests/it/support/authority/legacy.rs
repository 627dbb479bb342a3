//! cosign's older formats: layers of `.sig` and `.att` manifests
//! (<https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md>, `ATTESTATION_SPEC.md`).

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::json;

use super::base64;
use super::der;
use super::sign::Content;
use super::sign::Signed;

/// A layer: what a descriptor says of it, and its bytes.
#[derive(Clone, Debug)]
pub struct Layer {
    pub media_type: String,
    pub payload: Vec<u8>,
    pub annotations: BTreeMap<String, String>,
}

pub const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
pub const DSSE: &str = "application/vnd.dsse.envelope.v1+json";

pub const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
pub const CERTIFICATE: &str = "dev.sigstore.cosign/certificate";
pub const CHAIN: &str = "dev.sigstore.cosign/chain";
pub const BUNDLE: &str = "dev.sigstore.cosign/bundle";
pub const TIMESTAMP: &str = "dev.sigstore.cosign/rfc3161timestamp";

/// The payload that cosign signs for an image.
pub fn simple_signing(reference: &str, digest: &str, optional: &Value) -> Vec<u8> {
    let payload = json!({
        "critical": {
            "identity": { "docker-reference": reference },
            "image": { "docker-manifest-digest": digest },
            "type": "cosign container image signature",
        },
        "optional": optional,
    });
    payload.to_string().into_bytes()
}

impl Signed {
    /// The layer of a `.sig` manifest (a message) or of an `.att` manifest (an envelope).
    pub fn legacy(&self) -> Layer {
        let mut annotations = BTreeMap::new();
        let (media_type, payload) = match &self.content {
            Content::Dsse { payload, .. } => {
                annotations.insert(SIGNATURE.to_owned(), String::new());
                let statement: Option<Value> = serde_json::from_slice(payload).ok();
                let predicate = statement.as_ref().and_then(|statement| statement["predicateType"].as_str());
                let predicate = predicate.map(|predicate| ("predicateType".to_owned(), predicate.to_owned()));
                annotations.extend(predicate);
                (DSSE, self.envelope())
            }
            Content::Message(payload) => {
                annotations.insert(SIGNATURE.to_owned(), base64(&self.signature));
                (SIMPLE_SIGNING, payload.clone())
            }
        };
        if let Some(leaf) = &self.leaf {
            let chain: Vec<String> = self.chain.iter().map(|der| der::pem("CERTIFICATE", der)).collect();
            annotations.insert(CERTIFICATE.to_owned(), der::pem("CERTIFICATE", leaf));
            annotations.insert(CHAIN.to_owned(), chain.join(""));
        }
        if let Some(entry) = self.entries.first() {
            annotations.insert(BUNDLE.to_owned(), entry.annotation().to_string());
        }
        if let Some(token) = self.timestamps.first() {
            let stamp = json!({ "SignedRFC3161Timestamp": base64(token) });
            annotations.insert(TIMESTAMP.to_owned(), stamp.to_string());
        }
        Layer { media_type: media_type.to_owned(), payload, annotations }
    }
}
