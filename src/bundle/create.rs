//! Writes sigstore bundles v0.3, of parts that are there already. Nothing is signed and no log is asked.
//!
//! What is written is read back by [`Bundle::from_candidate`](super::Bundle::from_candidate) before it is
//! handed out: the writer is the inverse of the reader.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::BundleError;
use super::Material;
use super::check;
use super::wire;
use super::wire::WireEnvelope;
use crate::digest::Algorithm;
use crate::digest::Digest;
use crate::json;

/// The parts of a bundle without log entries.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BundleParts {
    material: Material,
    content: Json,
    timestamp: Option<Vec<u8>>,
}

/// The content as it is written.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Json {
    #[serde(rename_all = "camelCase")]
    DsseEnvelope { payload: String, payload_type: String, signatures: Vec<JsonSignature> },
    #[serde(rename_all = "camelCase")]
    MessageSignature { message_digest: JsonDigest, signature: String },
}

#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
struct JsonSignature {
    sig: String,
}

#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
struct JsonDigest {
    algorithm: &'static str,
    digest: String,
}

impl BundleParts {
    /// A signature over a file with this digest.
    #[must_use]
    pub fn message(material: Material, digest: &Digest, signature: &[u8]) -> Self {
        let algorithm = match digest.algorithm() {
            Algorithm::Sha256 => "SHA2_256",
            Algorithm::Sha384 => "SHA2_384",
            Algorithm::Sha512 => "SHA2_512",
        };
        let message_digest = JsonDigest { algorithm, digest: STANDARD.encode(digest.as_bytes()) };
        let content = Json::MessageSignature { message_digest, signature: STANDARD.encode(signature) };
        Self { material, content, timestamp: None }
    }

    /// A DSSE envelope, given as its JSON. The unauthenticated `keyid` is left out.
    ///
    /// # Errors
    /// Not an envelope with one signature.
    pub fn envelope(material: Material, envelope: &[u8]) -> Result<Self, BundleError> {
        let envelope: WireEnvelope<'_> = json::from_slice(envelope)?;
        let envelope = envelope.read(None)?;
        let content = Json::DsseEnvelope {
            payload: STANDARD.encode(&envelope.payload),
            payload_type: envelope.payload_type,
            signatures: vec![JsonSignature { sig: STANDARD.encode(&envelope.signature) }],
        };
        Ok(Self { material, content, timestamp: None })
    }

    /// With an RFC 3161 response or token, DER.
    #[must_use]
    pub fn with_timestamp(self, timestamp: Vec<u8>) -> Self {
        Self { timestamp: Some(timestamp), ..self }
    }

    /// The bundle in JSON, on one line.
    ///
    /// # Errors
    /// It would not be one: more than one certificate, an empty signature or timestamp.
    pub fn to_json(&self) -> Result<Vec<u8>, BundleError> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Document<'a> {
            media_type: &'static str,
            verification_material: serde_json::Value,
            #[serde(flatten)]
            content: &'a Json,
        }
        let document = Document {
            media_type: MEDIA_TYPE,
            verification_material: self.verification_material()?,
            content: &self.content,
        };
        let bytes = serde_json::to_vec(&document).map_err(json::JsonError::from)?;
        check::check(&wire::read(&bytes)?)?;
        Ok(bytes)
    }

    fn verification_material(&self) -> Result<serde_json::Value, BundleError> {
        let mut material = match &self.material {
            Material::Certificates(chain) => match chain.as_slice() {
                [certificate] => {
                    serde_json::json!({ "certificate": { "rawBytes": STANDARD.encode(certificate) } })
                }
                _ => return Err(BundleError::UnexpectedChain),
            },
            Material::PublicKey { hint } => serde_json::json!({ "publicKey": { "hint": hint } }),
        };
        if let (Some(timestamp), Some(object)) = (&self.timestamp, material.as_object_mut()) {
            let timestamps = serde_json::json!({
                "rfc3161Timestamps": [{ "signedTimestamp": STANDARD.encode(timestamp) }]
            });
            object.insert("timestampVerificationData".to_owned(), timestamps);
        }
        Ok(material)
    }
}

/// As cosign writes it; the newer spelling means the same.
const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle+json;version=0.3";

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Material {
        Material::PublicKey { hint: "9dCDVWnkLNBY13JSaxRYkBh5RN101Z3N5zxQzns2kkA=".to_owned() }
    }

    /// What `cosign bundle create --ignore-tlog --key` of cosign 3.1.1 wrote for the file `hello\n`.
    const COSIGN: &str = r#"{"mediaType":"application/vnd.dev.sigstore.bundle+json;version=0.3","verificationMaterial":{"publicKey":{"hint":"9dCDVWnkLNBY13JSaxRYkBh5RN101Z3N5zxQzns2kkA="}},"messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":"WJG1tSLV3whtD/CxEPvZ0hu0/HFjrzTQgoai6Eb2vgM="},"signature":"MEYCIQCZ+xnv7d/18i3BNsNPXccICnmI9aFqLjAT/24sZoCxzQIhALTI8vz6fBJRtC2L6AlRGAUS8a1lgpcYIhHVAYbayBz5"}}"#;

    #[test]
    fn writes_what_cosign_writes() {
        let signature = "MEYCIQCZ+xnv7d/18i3BNsNPXccICnmI9aFqLjAT/24sZoCxzQIhALTI8vz6fBJRtC2L6AlRGAUS8a1lgpcYIhHVAYbayBz5";
        let digest = Digest::of(Algorithm::Sha256, b"hello\n");
        let parts = BundleParts::message(key(), &digest, &STANDARD.decode(signature).unwrap());
        assert_eq!(String::from_utf8(parts.to_json().unwrap()).unwrap(), COSIGN);
    }

    #[test]
    fn envelopes_lose_their_key_id() {
        let envelope = br#"{"payloadType":"a/b","payload":"AAAA","signatures":[{"keyid":"x","sig":"AAAA"}]}"#;
        let json = BundleParts::envelope(key(), envelope).unwrap().with_timestamp(vec![1]).to_json().unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(json["dsseEnvelope"]["signatures"], serde_json::json!([{ "sig": "AAAA" }]));
        let timestamps = &json["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"];
        assert_eq!(timestamps, &serde_json::json!([{ "signedTimestamp": "AQ==" }]));
    }

    #[test]
    fn writes_nothing_that_it_would_not_read() {
        let digest = Digest::of(Algorithm::Sha256, b"");
        let message = |material, signature: &[u8]| BundleParts::message(material, &digest, signature);
        assert!(message(key(), b"").to_json().is_err());
        assert!(message(key(), b"s").with_timestamp(Vec::new()).to_json().is_err());
        assert!(message(Material::Certificates(Vec::new()), b"s").to_json().is_err());
        assert!(message(Material::Certificates(vec![vec![1], vec![2]]), b"s").to_json().is_err());
        assert!(message(Material::Certificates(vec![vec![1]]), b"s").to_json().is_ok());
        for envelope in ["", "{}", r#"{"payloadType":"a","payload":"AAAA","signatures":[]}"#] {
            assert!(BundleParts::envelope(key(), envelope.as_bytes()).is_err(), "{envelope}");
        }
    }
}
