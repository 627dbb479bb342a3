//! The usual way: the bundle goes to `sigstore-verify`.
//!
//! Translates our shape into that of the crate, and its errors into ours. Decides nothing itself.

use sigstore_types::ArtifactDigest;
use sigstore_types::CanonicalizedBody;
use sigstore_types::DerCertificate;
use sigstore_types::DerPublicKey;
use sigstore_types::DsseEnvelope;
use sigstore_types::DsseSignature;
use sigstore_types::HashAlgorithm;
use sigstore_types::KeyId;
use sigstore_types::KindVersion;
use sigstore_types::LogIndex;
use sigstore_types::LogKeyId;
use sigstore_types::PayloadBytes;
use sigstore_types::Sha256Hash;
use sigstore_types::SignatureBytes;
use sigstore_types::SignatureContent;
use sigstore_types::SignedTimestamp;
use sigstore_types::TimestampToken;
use sigstore_types::TransparencyLogEntry;
use sigstore_types::bundle::CertificateContent;
use sigstore_types::bundle::CheckpointData;
use sigstore_types::bundle::InclusionPromise;
use sigstore_types::bundle::InclusionProof;
use sigstore_types::bundle::LogId;
use sigstore_types::bundle::MediaType;
use sigstore_types::bundle::MessageDigest;
use sigstore_types::bundle::MessageSignature;
use sigstore_types::bundle::PublicKeyIdentifier;
use sigstore_types::bundle::Rfc3161Timestamp;
use sigstore_types::bundle::TimestampVerificationData;
use sigstore_types::bundle::VerificationMaterial;
use sigstore_types::bundle::VerificationMaterialContent;
use sigstore_types::bundle::X509Certificate;
use sigstore_verify::CertificateError;
use sigstore_verify::PublicKeyVerificationPolicy;
use sigstore_verify::TimestampError;
use sigstore_verify::TransparencyLogError;
use sigstore_verify::VerificationPolicy;
use sigstore_verify::VerificationResult;

use super::Artifact;
use super::error::VerifyError;
use super::requirements::Requirements;
use crate::bundle::Bundle;
use crate::bundle::Content;
use crate::bundle::EntryKind;
use crate::bundle::LogEntry;
use crate::bundle::Material;
use crate::bundle::Version;
use crate::crypto::HashChoice;
use crate::crypto::KeyAlgorithm;
use crate::crypto::PublicKey;
use crate::digest::Algorithm;

/// As [`suits`], for a signature by `key`: which hash it takes, the crate decides by the kind of key.
pub(super) fn suits_key(bundle: &Bundle, key: &PublicKey) -> bool {
    key.hash() == HashChoice::AnySha2 && suits(bundle, key.algorithm())
}

/// Whether the crate's closed enums have a place for everything in the bundle. What they lack is verified
/// by [`super::composed`].
pub(super) fn suits(bundle: &Bundle, key: KeyAlgorithm) -> bool {
    let entries = bundle.entries();
    let witnessed =
        !entries.is_empty() || (!bundle.timestamps().is_empty() && bundle.version() == Version::V0_3);
    let kinds = entries.iter().all(|entry| kind(entry.kind).is_some());
    let envelope = matches!(bundle.content(), Content::Envelope(_));
    let legacy = bundle.version() == Version::Legacy;
    let key = match key {
        KeyAlgorithm::EcdsaP256 | KeyAlgorithm::Ed25519 | KeyAlgorithm::Rsa => true,
        // The crate takes SHA-384 for granted: cosign's layers have SHA-256, and a `hashedrekord` entry of
        // SHA-384 is refused.
        KeyAlgorithm::EcdsaP384 => envelope && !legacy,
        KeyAlgorithm::EcdsaP521 => false,
    };
    // In an `.att` layer it is the envelope that is timestamped, not the signature.
    let timestamps = bundle.timestamps().is_empty() || !(envelope && legacy);
    witnessed && kinds && key && timestamps
}

/// Verifies by certificate. The identity is the caller's to check.
pub(super) fn verify_certificate(
    verifier: &sigstore_verify::Verifier,
    bundle: &Bundle,
    artifact: &Artifact<'_>,
    requirements: Requirements,
) -> Result<VerificationResult, VerifyError> {
    let mut policy = VerificationPolicy::any_identity();
    if !requirements.transparency_log {
        policy = policy.skip_tlog_unsafe();
    }
    if !requirements.certificate_timestamp {
        policy = policy.skip_sct();
    }
    let result =
        verifier.verify(convert_artifact(artifact)?, &convert(bundle)?, &policy).map_err(convert_error)?;
    // The crate says what it did; believe that rather than the lack of an error.
    if !result.certificate_verified() || (requirements.certificate_timestamp && !result.sct_verified()) {
        return Err(VerifyError::CertificateChain { reason: "it was not verified".to_owned() });
    }
    if requirements.transparency_log && !result.tlog_verified() {
        return Err(VerifyError::NoLogEntry);
    }
    Ok(result)
}

/// Verifies by key.
pub(super) fn verify_key(
    verifier: &sigstore_verify::Verifier,
    bundle: &Bundle,
    artifact: &Artifact<'_>,
    key: &PublicKey,
    requirements: Requirements,
) -> Result<VerificationResult, VerifyError> {
    let mut policy = PublicKeyVerificationPolicy::new(DerPublicKey::new(key.spki().to_vec()));
    if !requirements.transparency_log {
        policy = policy.skip_tlog_unsafe();
    }
    let result =
        verifier.verify(convert_artifact(artifact)?, &convert(bundle)?, &policy).map_err(convert_error)?;
    if requirements.transparency_log && !result.tlog_verified() {
        return Err(VerifyError::NoLogEntry);
    }
    Ok(result)
}

/// The crate's form of an artifact.
fn convert_artifact<'a>(artifact: &Artifact<'a>) -> Result<sigstore_types::Artifact<'a>, VerifyError> {
    match artifact {
        Artifact::Bytes(bytes) => Ok(sigstore_types::Artifact::from_blob(bytes)),
        Artifact::Digest(digest) => {
            let digest = ArtifactDigest::new(hash_algorithm(digest.algorithm()), digest.as_bytes().to_vec());
            Ok(sigstore_types::Artifact::from_digest(digest.map_err(refused)?))
        }
    }
}

/// The crate's form of a bundle.
pub(super) fn convert(bundle: &Bundle) -> Result<sigstore_types::Bundle, VerifyError> {
    let media_type = match bundle.version() {
        // A layer has a promise and no proof, which is what v0.1 allows.
        Version::Legacy | Version::V0_1 => MediaType::Bundle0_1,
        Version::V0_2 => MediaType::Bundle0_2,
        Version::V0_3 => MediaType::Bundle0_3,
    };
    let material = match (bundle.material(), bundle.version()) {
        (Material::PublicKey { hint }, _) => {
            VerificationMaterialContent::PublicKey(PublicKeyIdentifier::new(hint.as_str()))
        }
        (Material::Certificates(_), Version::V0_3) => {
            let leaf = bundle.certificate().unwrap_or_default();
            VerificationMaterialContent::Certificate(CertificateContent::new(DerCertificate::new(
                leaf.to_vec(),
            )))
        }
        (Material::Certificates(chain), _) => VerificationMaterialContent::X509CertificateChain {
            certificates: chain
                .iter()
                .map(|der| X509Certificate::new(DerCertificate::new(der.clone())))
                .collect(),
        },
    };
    let entries = bundle.entries().iter().map(convert_entry).collect::<Result<_, _>>()?;
    let timestamps = bundle.timestamps().iter().map(|der| {
        // `Rfc3161Timestamp` has no field but this one.
        Rfc3161Timestamp::new(TimestampToken::new(der.clone()))
    });
    let material = VerificationMaterial::new(material)
        .with_tlog_entries(entries)
        .with_timestamp_verification_data(TimestampVerificationData::new(timestamps.collect()));
    Ok(sigstore_types::Bundle::new(media_type, material, convert_content(bundle.content())?))
}

fn convert_content(content: &Content) -> Result<SignatureContent, VerifyError> {
    Ok(match content {
        Content::Envelope(envelope) => SignatureContent::DsseEnvelope(DsseEnvelope::new(
            envelope.payload_type.as_str(),
            PayloadBytes::new(envelope.payload.clone()),
            DsseSignature::new(
                SignatureBytes::new(envelope.signature.clone()),
                KeyId::new(envelope.key_id.as_str()),
            ),
        )),
        Content::Message { digest, signature, .. } => {
            let message = MessageSignature::new(SignatureBytes::new(signature.clone()));
            let declared = digest.map(|digest| {
                MessageDigest::new(hash_algorithm(digest.algorithm()), digest.as_bytes().to_vec().into())
            });
            SignatureContent::MessageSignature(match declared {
                Some(declared) => message.with_message_digest(declared),
                None => message,
            })
        }
    })
}

fn convert_entry(entry: &LogEntry) -> Result<TransparencyLogEntry, VerifyError> {
    let kind =
        kind(entry.kind).ok_or_else(|| VerifyError::Refused(format!("{} has no place here", entry.kind)))?;
    let mut converted = TransparencyLogEntry::new(
        LogIndex::new(entry.log_index).map_err(refused)?,
        LogId::new(LogKeyId::new(entry.log_id.clone())),
        kind,
        CanonicalizedBody::new(entry.body.clone()),
    );
    if let Some(time) = entry.integrated_time {
        converted = converted.with_integrated_time(time);
    }
    if let Some(promise) = &entry.promise {
        converted =
            converted.with_inclusion_promise(InclusionPromise::new(SignedTimestamp::new(promise.clone())));
    }
    if let Some(proof) = &entry.proof {
        let checkpoint = CheckpointData::new(proof.checkpoint.as_str())
            .map_err(|error| VerifyError::Checkpoint { reason: error.to_string() })?;
        converted = converted.with_inclusion_proof(InclusionProof::new(
            LogIndex::new(proof.log_index).map_err(refused)?,
            Sha256Hash::new(proof.root_hash),
            proof.tree_size,
            proof.hashes.iter().copied().map(Sha256Hash::new).collect(),
            checkpoint,
        ));
    }
    Ok(converted)
}

fn kind(kind: EntryKind) -> Option<KindVersion> {
    match kind {
        EntryKind::Dsse001 => Some(KindVersion::DsseV001),
        EntryKind::HashedRekord001 => Some(KindVersion::HashedRekordV001),
        EntryKind::HashedRekord002 => Some(KindVersion::HashedRekordV002),
        EntryKind::Intoto002 => Some(KindVersion::IntotoV002),
        EntryKind::Intoto001 | EntryKind::Rekord001 => None,
    }
}

fn hash_algorithm(algorithm: Algorithm) -> HashAlgorithm {
    match algorithm {
        Algorithm::Sha256 => HashAlgorithm::Sha2256,
        Algorithm::Sha384 => HashAlgorithm::Sha2384,
        Algorithm::Sha512 => HashAlgorithm::Sha2512,
    }
}

fn refused(error: impl ToString) -> VerifyError {
    VerifyError::Refused(error.to_string())
}

fn convert_error(error: sigstore_verify::Error) -> VerifyError {
    use sigstore_verify::Error;
    match error {
        Error::SignatureInvalid(_) => VerifyError::Signature { signer: "signing certificate or key" },
        Error::UnsupportedArtifact(reason) => VerifyError::ArtifactNeeded { reason },
        // Subjects and declared digests are compared before: what is left is the digest in the log entry.
        Error::ArtifactMismatch(reason) => VerifyError::EntryRefused { reason },
        Error::Certificate(
            CertificateError::Expired { time, .. } | CertificateError::NotYetValid { time, .. },
        ) => VerifyError::CertificateChain { reason: format!("not valid when signed, at {time}") },
        Error::Certificate(CertificateError::Sct(reason)) => VerifyError::CertificateTimestamp { reason },
        Error::Certificate(error) => VerifyError::CertificateChain { reason: error.to_string() },
        Error::TransparencyLog(error) => convert_log_error(error),
        Error::Timestamp(TimestampError::NoVerifiedTimestamp(reason)) => VerifyError::NoTime { reason },
        Error::Timestamp(error) => VerifyError::Timestamp { reason: error.to_string() },
        other => VerifyError::Refused(other.to_string()),
    }
}

fn convert_log_error(error: TransparencyLogError) -> VerifyError {
    match error {
        TransparencyLogError::InclusionProof(reason) => VerifyError::InclusionProof { reason },
        TransparencyLogError::Checkpoint(reason) => VerifyError::Checkpoint { reason },
        TransparencyLogError::InclusionPromise(reason) | TransparencyLogError::IntegratedTime(reason) => {
            VerifyError::InclusionPromise { reason }
        }
        TransparencyLogError::EntryMismatch(reason) | TransparencyLogError::MalformedEntry(reason) => {
            VerifyError::EntryRefused { reason }
        }
        TransparencyLogError::UnknownLog { log_id } => {
            VerifyError::InclusionPromise { reason: format!("log {log_id} is not trusted") }
        }
        other => VerifyError::Refused(other.to_string()),
    }
}
