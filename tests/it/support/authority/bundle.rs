//! Sigstore bundles (<https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto>).

use serde_json::Value;
use serde_json::json;

use super::base64;
use super::sign::Content;
use super::sign::Signed;
use super::sign::Version;

impl Signed {
    /// The bundle as JSON bytes.
    pub fn bundle(&self) -> Vec<u8> {
        self.bundle_value().to_string().into_bytes()
    }

    /// The bundle, for those who want to change it.
    pub fn bundle_value(&self) -> Value {
        let mut material = json!({
            "tlogEntries": self.entries.iter().map(super::rekor::LogEntry::bundle).collect::<Vec<_>>(),
        });
        let raw = |der: &[u8]| json!({ "rawBytes": base64(der) });
        match (&self.leaf, self.version) {
            (Some(leaf), Version::V03) => material["certificate"] = raw(leaf),
            (Some(leaf), _) => {
                let chain = std::iter::once(leaf).chain(&self.chain).map(|der| raw(der));
                material["x509CertificateChain"] = json!({ "certificates": chain.collect::<Vec<_>>() });
            }
            (None, _) => material["publicKey"] = json!({ "hint": base64(&self.key.public_sha256()) }),
        }
        if !self.timestamps.is_empty() {
            let tokens = self.timestamps.iter().map(|token| json!({ "signedTimestamp": base64(token) }));
            material["timestampVerificationData"] =
                json!({ "rfc3161Timestamps": tokens.collect::<Vec<_>>() });
        }
        let mut bundle = json!({ "mediaType": self.version.media_type(), "verificationMaterial": material });
        match &self.content {
            Content::Dsse { payload_type, payload } => {
                bundle["dsseEnvelope"] = json!({
                    "payload": base64(payload),
                    "payloadType": payload_type,
                    "signatures": [{ "sig": base64(&self.signature) }],
                });
            }
            Content::Message(message) => {
                bundle["messageSignature"] = json!({
                    "messageDigest": {
                        "algorithm": self.hash.protobuf(),
                        "digest": base64(&self.hash.digest(message)),
                    },
                    "signature": base64(&self.signature),
                });
            }
        }
        bundle
    }
}
