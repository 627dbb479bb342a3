//! Sigstore bundles in JSON, v0.1 to v0.3.
//!
//! The protobuf JSON mapping of `dev.sigstore.bundle.v1.Bundle`, read strictly: no unknown key, no key
//! twice, one spelling of base64 and numbers. Fields with their zero value may be absent.
//! <https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto>

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::Visitor;

use super::BundleError;
use super::model::Bundle;
use super::model::Content;
use super::model::EntryKind;
use super::model::Envelope;
use super::model::InclusionProof;
use super::model::LogEntry;
use super::model::Material;
use super::model::Version;
use crate::digest::Algorithm;
use crate::digest::Digest;
use crate::json;

/// Reads a bundle; its rules are checked by [`super::check`].
pub(super) fn read(payload: &[u8]) -> Result<Bundle, BundleError> {
    let wire: WireBundle<'_> = json::from_slice(payload)?;
    let version = match wire.media_type.as_ref() {
        "application/vnd.dev.sigstore.bundle+json;version=0.1" => Version::V0_1,
        "application/vnd.dev.sigstore.bundle+json;version=0.2" => Version::V0_2,
        "application/vnd.dev.sigstore.bundle.v0.3+json"
        | "application/vnd.dev.sigstore.bundle+json;version=0.3" => Version::V0_3,
        other => return Err(BundleError::MediaType { found: other.chars().take(100).collect() }),
    };
    let missing = |what| BundleError::Missing { what, version };
    let material = wire.verification_material.ok_or(missing("verificationMaterial"))?;
    let content = match (wire.message_signature, wire.dsse_envelope) {
        (Some(message), None) => message.read(version)?,
        (None, Some(envelope)) => Content::Envelope(envelope.read(None)?),
        (Some(_), Some(_)) => return Err(BundleError::SignatureCount { found: 2 }),
        (None, None) => return Err(missing("messageSignature or dsseEnvelope")),
    };
    let certificates = |wires: Vec<WireCertificate<'_>>| -> Result<Material, BundleError> {
        let chain = wires.iter().map(|wire| decode("rawBytes", &wire.raw_bytes));
        Ok(Material::Certificates(chain.collect::<Result<_, _>>()?))
    };
    let signer = match (material.certificate, material.x509_certificate_chain, material.public_key) {
        (Some(certificate), None, None) => certificates(vec![certificate])?,
        (None, Some(_), None) if version == Version::V0_3 => return Err(BundleError::UnexpectedChain),
        (None, Some(chain), None) => certificates(chain.certificates)?,
        (None, None, Some(key)) => Material::PublicKey { hint: key.hint.into_owned() },
        _ => return Err(missing("one of certificate, x509CertificateChain, publicKey")),
    };
    let entries = material.tlog_entries.unwrap_or_default();
    let timestamps = material.timestamp_verification_data.unwrap_or_default();
    let timestamps = timestamps.rfc3161_timestamps.unwrap_or_default();
    // The ceilings come before the decoding.
    super::check::check_counts(entries.len(), timestamps.len())?;
    Ok(Bundle {
        version,
        material: signer,
        content,
        entries: entries.into_iter().map(WireEntry::read).collect::<Result<_, _>>()?,
        timestamps: timestamps
            .iter()
            .map(|timestamp| decode("signedTimestamp", &timestamp.signed_timestamp))
            .collect::<Result<_, _>>()?,
    })
}

/// Standard base64 in its one spelling: padded, no line breaks, no spare bits.
pub(super) fn decode(field: &'static str, text: &str) -> Result<Vec<u8>, BundleError> {
    STANDARD.decode(text).map_err(|_| BundleError::Encoding { field, encoding: "base64" })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WireBundle<'a> {
    #[serde(borrow)]
    media_type: Cow<'a, str>,
    #[serde(borrow)]
    verification_material: Option<WireMaterial<'a>>,
    #[serde(borrow)]
    message_signature: Option<WireMessage<'a>>,
    #[serde(borrow)]
    dsse_envelope: Option<WireEnvelope<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WireMaterial<'a> {
    #[serde(borrow)]
    certificate: Option<WireCertificate<'a>>,
    #[serde(borrow)]
    x509_certificate_chain: Option<WireChain<'a>>,
    #[serde(borrow)]
    public_key: Option<WireKey<'a>>,
    #[serde(borrow)]
    tlog_entries: Option<Vec<WireEntry<'a>>>,
    #[serde(borrow)]
    timestamp_verification_data: Option<WireTimestamps<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WireCertificate<'a> {
    #[serde(borrow)]
    raw_bytes: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireChain<'a> {
    #[serde(borrow)]
    certificates: Vec<WireCertificate<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireKey<'a> {
    #[serde(borrow, default)]
    hint: Cow<'a, str>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireTimestamps<'a> {
    #[serde(borrow, rename = "rfc3161Timestamps")]
    rfc3161_timestamps: Option<Vec<WireTimestamp<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WireTimestamp<'a> {
    #[serde(borrow)]
    signed_timestamp: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WireMessage<'a> {
    #[serde(borrow)]
    message_digest: Option<WireDigest<'a>>,
    #[serde(borrow)]
    signature: Cow<'a, str>,
}

impl WireMessage<'_> {
    fn read(self, version: Version) -> Result<Content, BundleError> {
        let digest = self.message_digest.map(|digest| digest.read()).transpose()?;
        let signature = decode("signature", &self.signature)?;
        if signature.is_empty() {
            return Err(BundleError::Missing { what: "signature", version });
        }
        Ok(Content::Message { digest, payload: None, signature })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireDigest<'a> {
    #[serde(borrow)]
    algorithm: Cow<'a, str>,
    #[serde(borrow)]
    digest: Cow<'a, str>,
}

impl WireDigest<'_> {
    fn read(&self) -> Result<Digest, BundleError> {
        let error =
            BundleError::Encoding { field: "messageDigest", encoding: "digest of SHA2_256, _384 or _512" };
        let algorithm = match self.algorithm.as_ref() {
            "SHA2_256" => Algorithm::Sha256,
            "SHA2_384" => Algorithm::Sha384,
            "SHA2_512" => Algorithm::Sha512,
            _ => return Err(error),
        };
        Digest::from_bytes(algorithm, &decode("messageDigest", &self.digest)?).map_err(|_| error)
    }
}

/// A DSSE envelope in JSON, in a bundle or on its own.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WireEnvelope<'a> {
    #[serde(borrow)]
    payload: Cow<'a, str>,
    #[serde(borrow)]
    payload_type: Cow<'a, str>,
    #[serde(borrow)]
    signatures: Vec<WireSignature<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSignature<'a> {
    #[serde(borrow)]
    sig: Cow<'a, str>,
    #[serde(borrow, default)]
    keyid: Option<Cow<'a, str>>,
}

impl WireEnvelope<'_> {
    pub(super) fn read(self, stored: Option<Vec<u8>>) -> Result<Envelope, BundleError> {
        let [signature] = self.signatures.as_slice() else {
            return Err(BundleError::SignatureCount { found: self.signatures.len() });
        };
        Ok(Envelope {
            payload: decode("payload", &self.payload)?,
            payload_type: self.payload_type.into_owned(),
            signature: decode("sig", &signature.sig)?,
            key_id: signature.keyid.as_deref().unwrap_or_default().to_owned(),
            stored,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WireEntry<'a> {
    #[serde(default)]
    log_index: Int,
    #[serde(borrow)]
    log_id: WireLogId<'a>,
    #[serde(borrow)]
    kind_version: WireKind<'a>,
    #[serde(default)]
    integrated_time: Int,
    #[serde(borrow)]
    inclusion_promise: Option<WirePromise<'a>>,
    #[serde(borrow)]
    inclusion_proof: Option<WireProof<'a>>,
    #[serde(borrow)]
    canonicalized_body: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WireLogId<'a> {
    #[serde(borrow)]
    key_id: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireKind<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    version: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WirePromise<'a> {
    #[serde(borrow)]
    signed_entry_timestamp: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WireProof<'a> {
    #[serde(default)]
    log_index: Int,
    #[serde(borrow)]
    root_hash: Cow<'a, str>,
    tree_size: Int,
    #[serde(borrow, default)]
    hashes: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    checkpoint: Option<WireCheckpoint<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireCheckpoint<'a> {
    #[serde(borrow)]
    envelope: Cow<'a, str>,
}

impl WireEntry<'_> {
    pub(super) fn read(self) -> Result<LogEntry, BundleError> {
        let WireKind { kind, version } = &self.kind_version;
        let kind = EntryKind::from_names(kind, version).ok_or_else(|| BundleError::UnknownEntryKind {
            found: format!("{kind} {version}").chars().take(64).collect(),
        })?;
        let promise = self
            .inclusion_promise
            .map(|promise| decode("signedEntryTimestamp", &promise.signed_entry_timestamp));
        Ok(LogEntry {
            log_index: self.log_index.unsigned("logIndex")?,
            log_id: decode("keyId", &self.log_id.key_id)?,
            kind,
            integrated_time: self.integrated_time.time("integratedTime")?,
            promise: promise.transpose()?,
            proof: self.inclusion_proof.map(WireProof::read).transpose()?,
            body: decode("canonicalizedBody", &self.canonicalized_body)?,
        })
    }
}

impl WireProof<'_> {
    fn read(self) -> Result<InclusionProof, BundleError> {
        super::check::check_proof_length(self.hashes.len())?;
        Ok(InclusionProof {
            log_index: self.log_index.unsigned("inclusionProof.logIndex")?,
            root_hash: decode_hash("rootHash", &self.root_hash)?,
            tree_size: self.tree_size.unsigned("treeSize")?,
            hashes: self.hashes.iter().map(|hash| decode_hash("hashes", hash)).collect::<Result<_, _>>()?,
            checkpoint: self
                .checkpoint
                .map(|checkpoint| checkpoint.envelope.into_owned())
                .unwrap_or_default(),
        })
    }
}

fn decode_hash(field: &'static str, text: &str) -> Result<[u8; 32], BundleError> {
    let bytes = decode(field, text)?;
    bytes.try_into().map_err(|_| BundleError::Encoding { field, encoding: "SHA-256 hash" })
}

/// A 64-bit integer: protobuf JSON writes a string, some clients a number.
#[derive(Clone, Copy, Default)]
pub(super) struct Int(i64);

impl Int {
    pub(super) fn unsigned(self, field: &'static str) -> Result<u64, BundleError> {
        u64::try_from(self.0).map_err(|_| BundleError::Encoding { field, encoding: "number from 0" })
    }

    /// Zero is the protobuf spelling of absent.
    pub(super) fn time(self, field: &'static str) -> Result<Option<Timestamp>, BundleError> {
        let error = |_| BundleError::Encoding { field, encoding: "time in seconds since 1970" };
        match self.0 {
            0 => Ok(None),
            seconds => Timestamp::from_second(seconds).map(Some).map_err(error),
        }
    }
}

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IntVisitor;

        impl Visitor<'_> for IntVisitor {
            type Value = Int;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a 64-bit integer, as a string or a number")
            }

            fn visit_i64<E>(self, value: i64) -> Result<Int, E> {
                Ok(Int(value))
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Int, E> {
                i64::try_from(value).map(Int).map_err(|_| E::custom("integer is out of range"))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Int, E> {
                let value: i64 = text.parse().map_err(|_| E::custom("not an integer"))?;
                if value.to_string() == text {
                    Ok(Int(value))
                } else {
                    Err(E::custom("not the usual spelling"))
                }
            }
        }

        deserializer.deserialize_any(IntVisitor)
    }
}
