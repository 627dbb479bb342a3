//! Whether a log entry is about this signature: key, signature and content (CVE-2022-36056,
//! CVE-2026-22703). <https://github.com/sigstore/rekor/tree/main/pkg/types>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::SubjectPublicKeyInfoDer;
use rustls_pki_types::pem::PemObject;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::super::Artifact;
use super::super::certificate::SigningCertificate;
use super::super::error::VerifyError;
use crate::bundle::Bundle;
use crate::bundle::Content;
use crate::bundle::EntryKind;
use crate::bundle::Envelope;
use crate::bundle::LogEntry;
use crate::crypto::PublicKey;
use crate::digest::Algorithm;
use crate::digest::Digest;
use crate::json;

/// Checks one entry against the bundle that it travels in.
pub(super) fn check(
    entry: &LogEntry,
    bundle: &Bundle,
    artifact: &Artifact<'_>,
    key: &PublicKey,
) -> Result<(), VerifyError> {
    let binding = Binding { entry, bundle, key };
    match (entry.kind, bundle.content()) {
        (EntryKind::HashedRekord001 | EntryKind::Rekord001, Content::Message { signature, .. }) => {
            let spec: HashedRekord001 = binding.spec()?;
            binding.check_hash(&spec.data.hash, |algorithm| artifact.digest(algorithm))?;
            binding.check_signature(&spec.signature.content, signature)?;
            binding.check_verifier(&spec.signature.public_key.content)
        }
        (EntryKind::HashedRekord002, content) => {
            let spec: HashedRekord002Spec = binding.spec()?;
            let HashedRekord002 { data, signature } = spec.hashed_rekord_v002;
            binding.check_digest002(&data, content, artifact)?;
            binding.check_signature(&signature.content, bundle.signature())?;
            let raw = signature.verifier.x509_certificate.or(signature.verifier.public_key);
            binding.check_der(&decode(&raw.ok_or_else(|| binding.mismatch("verifier"))?.raw_bytes, &binding)?)
        }
        (EntryKind::Dsse001, Content::Envelope(envelope)) => {
            let spec: Dsse001 = binding.spec()?;
            binding.check_payload(&spec.payload_hash, envelope)?;
            let [signature] = spec.signatures.as_slice() else {
                return Err(binding.mismatch("signature count"));
            };
            binding.check_signature(&signature.signature, &envelope.signature)?;
            binding.check_verifier(&signature.verifier)
        }
        (EntryKind::Intoto001, Content::Envelope(envelope)) => {
            let spec: Intoto001 = binding.spec()?;
            // The entry names the envelope as it was stored, which includes its signature.
            binding.check_hash(&spec.content.hash, |algorithm| {
                envelope.stored.as_ref().map(|stored| Digest::of(algorithm, stored))
            })?;
            if let Some(hash) = &spec.content.payload_hash {
                binding.check_payload(hash, envelope)?;
            }
            binding.check_verifier(&spec.public_key)
        }
        (EntryKind::Intoto002, Content::Envelope(envelope)) => binding.check_intoto002(envelope),
        _ => Err(binding.mismatch("kind")),
    }
}

struct Binding<'a> {
    entry: &'a LogEntry,
    bundle: &'a Bundle,
    key: &'a PublicKey,
}

impl Binding<'_> {
    fn mismatch(&self, part: &'static str) -> VerifyError {
        VerifyError::EntryMismatch { kind: self.entry.kind, part }
    }

    fn spec<T: DeserializeOwned>(&self) -> Result<T, VerifyError> {
        let body: Body<T> =
            json::from_slice(&self.entry.body).map_err(|_| self.mismatch("shape of the body"))?;
        Ok(body.spec)
    }

    fn check_intoto002(&self, envelope: &Envelope) -> Result<(), VerifyError> {
        let spec: Intoto002 = self.spec()?;
        self.check_payload(&spec.content.payload_hash, envelope)?;
        if spec.content.envelope.payload_type != envelope.payload_type {
            return Err(self.mismatch("payload type"));
        }
        let [signature] = spec.content.envelope.signatures.as_slice() else {
            return Err(self.mismatch("signature count"));
        };
        // Rekor encodes the already encoded signature once more.
        let inner = decode(&signature.sig, self)?;
        let inner = std::str::from_utf8(&inner).map_err(|_| self.mismatch("signature"))?;
        self.check_signature(inner, &envelope.signature)?;
        self.check_verifier(&signature.public_key)
    }

    fn check_hash(
        &self,
        hash: &Hash,
        actual: impl FnOnce(Algorithm) -> Option<Digest>,
    ) -> Result<(), VerifyError> {
        let algorithm =
            Algorithm::from_name(&hash.algorithm).ok_or_else(|| self.mismatch("hash algorithm"))?;
        let actual = actual(algorithm).ok_or_else(|| self.mismatch("hash algorithm"))?;
        if actual.hex() == hash.value { Ok(()) } else { Err(self.mismatch("content hash")) }
    }

    fn check_payload(&self, hash: &Hash, envelope: &Envelope) -> Result<(), VerifyError> {
        self.check_hash(hash, |algorithm| Some(Digest::of(algorithm, &envelope.payload)))
    }

    fn check_digest002(
        &self,
        data: &Data002,
        content: &Content,
        artifact: &Artifact<'_>,
    ) -> Result<(), VerifyError> {
        let algorithm = match data.algorithm.as_str() {
            "SHA2_256" => Algorithm::Sha256,
            "SHA2_384" => Algorithm::Sha384,
            "SHA2_512" => Algorithm::Sha512,
            _ => return Err(self.mismatch("hash algorithm")),
        };
        let actual = match content {
            Content::Envelope(envelope) => Some(Digest::of(algorithm, &envelope.signed_bytes())),
            Content::Message { .. } => artifact.digest(algorithm),
        };
        let logged = decode(&data.digest, self)?;
        match actual {
            Some(actual) if actual.as_bytes() == logged => Ok(()),
            Some(_) => Err(self.mismatch("content hash")),
            None => Err(self.mismatch("hash algorithm")),
        }
    }

    fn check_signature(&self, logged: &str, actual: &[u8]) -> Result<(), VerifyError> {
        if decode(logged, self)? == actual { Ok(()) } else { Err(self.mismatch("signature")) }
    }

    /// `logged` is base64 of a PEM certificate or public key.
    fn check_verifier(&self, logged: &str) -> Result<(), VerifyError> {
        let pem = decode(logged, self)?;
        if let Ok(certificate) = CertificateDer::from_pem_slice(&pem) {
            return self.check_der(&certificate);
        }
        let key = SubjectPublicKeyInfoDer::from_pem_slice(&pem).map_err(|_| self.mismatch("verifier"))?;
        self.check_der(&key)
    }

    /// The same certificate, or the same key where one of both sides has only a key.
    fn check_der(&self, logged: &[u8]) -> Result<(), VerifyError> {
        let same = match self.bundle.certificate() {
            Some(certificate) if certificate == logged => true,
            // Off-spec: an `intoto` entry may hold the key of the certificate, as sigstore-go allows.
            Some(_) if self.entry.kind == EntryKind::Intoto002 => self.key.spki() == logged,
            Some(_) => false,
            None => {
                self.key.spki() == logged
                    || SigningCertificate::parse(logged).is_ok_and(|certificate| certificate.key == *self.key)
            }
        };
        if same { Ok(()) } else { Err(self.mismatch("certificate or key")) }
    }
}

fn decode(text: &str, binding: &Binding<'_>) -> Result<Vec<u8>, VerifyError> {
    STANDARD.decode(text).map_err(|_| binding.mismatch("encoding"))
}

#[derive(Deserialize)]
struct Body<T> {
    spec: T,
}

#[derive(Deserialize)]
struct Hash {
    algorithm: String,
    value: String,
}

/// `rekord` 0.0.1 has the same fields, with a `format` beside them.
#[derive(Deserialize)]
struct HashedRekord001 {
    data: Data001,
    signature: Signature001,
}

#[derive(Deserialize)]
struct Data001 {
    hash: Hash,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Signature001 {
    content: String,
    public_key: PublicKey001,
}

#[derive(Deserialize)]
struct PublicKey001 {
    content: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HashedRekord002Spec {
    hashed_rekord_v002: HashedRekord002,
}

#[derive(Deserialize)]
struct HashedRekord002 {
    data: Data002,
    signature: Signature002,
}

#[derive(Deserialize)]
struct Data002 {
    algorithm: String,
    digest: String,
}

#[derive(Deserialize)]
struct Signature002 {
    content: String,
    verifier: Verifier002,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Verifier002 {
    x509_certificate: Option<Raw002>,
    public_key: Option<Raw002>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw002 {
    raw_bytes: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dsse001 {
    payload_hash: Hash,
    signatures: Vec<DsseSignature001>,
}

#[derive(Deserialize)]
struct DsseSignature001 {
    signature: String,
    verifier: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Intoto001 {
    content: IntotoContent001,
    public_key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntotoContent001 {
    hash: Hash,
    payload_hash: Option<Hash>,
}

#[derive(Deserialize)]
struct Intoto002 {
    content: IntotoContent002,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntotoContent002 {
    envelope: IntotoEnvelope002,
    payload_hash: Hash,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntotoEnvelope002 {
    payload_type: String,
    signatures: Vec<IntotoSignature002>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntotoSignature002 {
    public_key: String,
    sig: String,
}
