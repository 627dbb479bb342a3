//! Cosign's layers from before there were bundles: `.sig` (simple signing) and `.att` (DSSE), whose
//! signature, certificate and log entry stand in the layer's annotations.
//! <https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md>

use std::borrow::Cow;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::Deserialize;

use super::BundleError;
use super::candidate::Candidate;
use super::model::Bundle;
use super::model::Content;
use super::model::EntryKind;
use super::model::LogEntry;
use super::model::Material;
use super::model::Version;
use super::wire;
use super::wire::Int;
use super::wire::WireEnvelope;
use crate::json;

/// Annotation with the base64 signature (empty for an attestation, whose envelope holds it).
pub(super) const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
/// Annotation with the PEM signing certificate.
pub(super) const CERTIFICATE: &str = "dev.sigstore.cosign/certificate";
/// Annotation with the PEM certificates above it.
const CHAIN: &str = "dev.sigstore.cosign/chain";
/// Annotation with the log entry and its signed entry timestamp.
pub(super) const REKOR_BUNDLE: &str = "dev.sigstore.cosign/bundle";
/// Annotation with an RFC 3161 timestamp.
const TIMESTAMP: &str = "dev.sigstore.cosign/rfc3161timestamp";

/// Reads a simple-signing layer: the signature covers the payload.
pub(super) fn signature(candidate: &Candidate) -> Result<Bundle, BundleError> {
    let text = candidate.annotations.get(SIGNATURE).map(String::as_str).unwrap_or_default();
    if text.is_empty() {
        return Err(BundleError::Missing { what: "signature annotation", version: Version::Legacy });
    }
    let content = Content::Message {
        digest: None,
        payload: Some(candidate.payload.clone()),
        signature: wire::decode("signature annotation", text)?,
    };
    bundle(candidate, content)
}

/// Reads a DSSE layer: the envelope holds payload and signature.
pub(super) fn attestation(candidate: &Candidate) -> Result<Bundle, BundleError> {
    let envelope: WireEnvelope<'_> = json::from_slice(&candidate.payload)?;
    let envelope = envelope.read(Some(candidate.payload.clone()))?;
    bundle(candidate, Content::Envelope(envelope))
}

fn bundle(candidate: &Candidate, content: Content) -> Result<Bundle, BundleError> {
    let annotation =
        |name: &str| candidate.annotations.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let entry = annotation(REKOR_BUNDLE).map(|text| json::from_slice::<WireRekorBundle<'_>>(text.as_bytes()));
    let entry = entry.transpose()?.map(WireRekorBundle::read).transpose()?;
    let timestamp = annotation(TIMESTAMP).map(|text| json::from_slice::<WireTimestamp<'_>>(text.as_bytes()));
    let timestamp = timestamp.transpose()?;
    let timestamp = timestamp.map(|wire| wire::decode("SignedRFC3161Timestamp", &wire.timestamp));
    Ok(Bundle {
        version: Version::Legacy,
        material: material(annotation(CERTIFICATE), annotation(CHAIN))?,
        content,
        entries: entry.into_iter().collect(),
        timestamps: timestamp.transpose()?.into_iter().collect(),
    })
}

/// Certificate and chain, or a signature by a key that the verifier must have.
fn material(certificate: Option<&str>, chain: Option<&str>) -> Result<Material, BundleError> {
    let Some(certificate) = certificate else {
        return Ok(Material::PublicKey { hint: String::new() });
    };
    let mut certificates = certificates("certificate annotation", certificate)?;
    if certificates.len() != 1 {
        return Err(BundleError::Encoding {
            field: "certificate annotation",
            encoding: "single PEM certificate",
        });
    }
    if let Some(chain) = chain {
        certificates.extend(self::certificates("chain annotation", chain)?);
    }
    Ok(Material::Certificates(certificates))
}

/// The first certificate of a PEM text, DER.
///
/// # Errors
/// There is none, or one of them is not PEM.
pub fn first_certificate(pem: &str) -> Result<Vec<u8>, BundleError> {
    let first = certificates("certificate", pem)?.into_iter().next();
    first.ok_or(BundleError::Encoding { field: "certificate", encoding: "PEM certificate" })
}

fn certificates(field: &'static str, pem: &str) -> Result<Vec<Vec<u8>>, BundleError> {
    let error = BundleError::Encoding { field, encoding: "PEM certificate" };
    let certificates: Result<Vec<Vec<u8>>, _> =
        CertificateDer::pem_slice_iter(pem.as_bytes()).map(|der| der.map(|der| der.to_vec())).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(error),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireRekorBundle<'a> {
    #[serde(rename = "SignedEntryTimestamp", borrow)]
    promise: Cow<'a, str>,
    #[serde(rename = "Payload", borrow)]
    payload: WirePayload<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WirePayload<'a> {
    #[serde(borrow)]
    body: Cow<'a, str>,
    integrated_time: Int,
    log_index: Int,
    #[serde(rename = "logID", borrow)]
    log_id: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireTimestamp<'a> {
    #[serde(rename = "SignedRFC3161Timestamp", borrow)]
    timestamp: Cow<'a, str>,
}

impl WireRekorBundle<'_> {
    fn read(self) -> Result<LogEntry, BundleError> {
        let body = wire::decode("bundle annotation body", &self.payload.body)?;
        let log_id = hex::decode(self.payload.log_id.as_ref())
            .ok()
            .filter(|id| hex::encode(id) == *self.payload.log_id);
        Ok(LogEntry {
            log_index: self.payload.log_index.unsigned("logIndex")?,
            log_id: log_id.ok_or(BundleError::Encoding { field: "logID", encoding: "lower-case hex" })?,
            kind: declared_kind(&body)?,
            integrated_time: self.payload.integrated_time.time("integratedTime")?,
            promise: Some(wire::decode("SignedEntryTimestamp", &self.promise)?),
            proof: None,
            body,
        })
    }
}

/// The annotation names no kind; the body does.
fn declared_kind(body: &[u8]) -> Result<EntryKind, BundleError> {
    let head: EntryHead = json::from_slice(body)?;
    EntryKind::from_names(&head.kind, &head.api_version).ok_or_else(|| BundleError::UnknownEntryKind {
        found: format!("{} {}", head.kind, head.api_version).chars().take(64).collect(),
    })
}

/// What every entry body starts with.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryHead {
    pub(super) api_version: String,
    pub(super) kind: String,
}
