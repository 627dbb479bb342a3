//! Judges candidates.

use std::collections::BTreeSet;

use sigstore_crypto::Checkpoint;
use sigstore_verify::VerificationResult;

use super::certificate::SigningCertificate;
use super::composed;
use super::composed::Composed;
use super::error::Failure;
use super::error::Rejected;
use super::error::VerifyError;
use super::payload;
use super::payload::ImageSignature;
use super::requirements::Requirements;
use super::requirements::SignerPolicy;
use super::sigstore;
use super::verified::Checks;
use super::verified::Signer;
use super::verified::Verified;
use crate::bundle::Bundle;
use crate::bundle::Candidate;
use crate::bundle::CandidateKind;
use crate::bundle::Content;
use crate::bundle::Envelope;
use crate::bundle::LogEntry;
use crate::bundle::Material;
use crate::bundle::Version;
use crate::crypto;
use crate::crypto::PublicKey;
use crate::digest::Algorithm;
use crate::digest::Digest;
use crate::identity::CertificateIdentity;
use crate::identity::IdentityError;
use crate::identity::IdentityPolicy;
use crate::intoto;
use crate::intoto::Statement;
use crate::predicate;
use crate::trust::TrustedRoot;

/// Verifies signatures against one trusted root. Made once, used for any number of candidates.
pub struct Verifier {
    /// Absent only in the test that compares both ways.
    usual: Option<sigstore_verify::Verifier>,
    composed: Composed,
}

/// What was signed, as the caller has it.
#[derive(Clone, Copy, Debug)]
pub enum Artifact<'a> {
    /// The bytes.
    Bytes(&'a [u8]),
    /// Their digest.
    Digest(Digest),
}

impl Artifact<'_> {
    /// The digest in one algorithm; `None` if only another one is known.
    #[must_use]
    pub fn digest(&self, algorithm: Algorithm) -> Option<Digest> {
        match self {
            Self::Bytes(bytes) => Some(Digest::of(algorithm, bytes)),
            Self::Digest(digest) => Some(*digest).filter(|digest| digest.algorithm() == algorithm),
        }
    }
}

/// The candidates that verified, at least one, and those that did not.
#[derive(Debug)]
pub struct Accepted<T> {
    /// In the order in which they were found.
    pub verified: Vec<Verified<T>>,
    /// The others, with reasons.
    pub rejected: Vec<Rejected>,
}

/// A verified bundle of a file.
#[derive(Clone, Debug)]
pub enum Blob {
    /// A statement that has the file as a subject.
    Attestation(Statement),
    /// A signature over the file.
    Signature,
}

impl Verifier {
    /// Prepares keys and certificates.
    ///
    /// # Errors
    /// Something in the root is malformed.
    pub fn new(root: &TrustedRoot) -> Result<Self, VerifyError> {
        crypto::installed();
        let usual = sigstore_verify::Verifier::new(root.as_sigstore());
        Ok(Self {
            usual: Some(usual.map_err(|error| VerifyError::Refused(error.to_string()))?),
            composed: Composed::new(root)?,
        })
    }

    /// Signatures of an image: cosign's `.sig` layers, and bundles with a statement of `cosign sign`.
    ///
    /// `subjects` are the digests that the image has (index, platform manifest); a signature of any of them
    /// counts, and the result says which.
    ///
    /// # Errors
    /// There is no candidate, or none is accepted.
    pub fn signatures(
        &self,
        subjects: &[Digest],
        candidates: &[Candidate],
        signer: &SignerPolicy,
        requirements: Requirements,
    ) -> Result<Accepted<ImageSignature>, Failure> {
        let judge = |candidate: &Candidate| self.signature(subjects, candidate, signer, requirements);
        // An `.att` layer is no candidate for a signature.
        let candidates =
            candidates.iter().filter(|candidate| candidate.kind != CandidateKind::LegacyAttestation);
        collect("signature".to_owned(), candidates, judge)
    }

    /// Attestations of an image with one of the predicate types. An empty list of types accepts all.
    ///
    /// # Errors
    /// There is no candidate, or none is accepted.
    pub fn attestations(
        &self,
        subjects: &[Digest],
        predicate_types: &[&str],
        candidates: &[Candidate],
        signer: &SignerPolicy,
        requirements: Requirements,
    ) -> Result<Accepted<Statement>, Failure> {
        let judge = |candidate: &Candidate| {
            self.attestation(subjects, predicate_types, candidate, signer, requirements)
        };
        let candidates =
            candidates.iter().filter(|candidate| candidate.kind != CandidateKind::LegacySignature);
        let wanted = match predicate_types.first() {
            Some(predicate_type) => format!("attestation of type {predicate_type}"),
            None => "attestation".to_owned(),
        };
        collect(wanted, candidates, judge)
    }

    /// The bundle of a file: a signature over it, or a statement about it.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn blob(
        &self,
        artifact: &Artifact<'_>,
        candidate: &Candidate,
        signer: &SignerPolicy,
        requirements: Requirements,
    ) -> Result<Verified<Blob>, VerifyError> {
        let bundle = self.read(candidate, signer)?;
        let (blob, subject) = match &bundle.content {
            Content::Envelope(envelope) => {
                let statement = read_statement(envelope)?;
                let digests = artifact_digests(artifact);
                let subject = payload::matching_subject(&statement, &digests)?;
                (Blob::Attestation(statement), subject)
            }
            Content::Message { digest, .. } => {
                let declared = digest.map_or(Algorithm::Sha256, |declared| declared.algorithm());
                let actual = artifact.digest(declared).or(artifact_digests(artifact).first().copied());
                let actual =
                    actual.ok_or_else(|| VerifyError::Refused("artifact has no digest".to_owned()))?;
                match digest {
                    Some(declared) if declared.algorithm() == actual.algorithm() && *declared != actual => {
                        return Err(VerifyError::DeclaredDigest { declared: *declared, found: actual });
                    }
                    _ => (Blob::Signature, actual),
                }
            }
        };
        let (signed_by, checks) = self.verify(&bundle.bundle, artifact, signer, requirements)?;
        Ok(Verified::new(blob, subject, signed_by, checks, candidate))
    }

    fn signature(
        &self,
        subjects: &[Digest],
        candidate: &Candidate,
        signer: &SignerPolicy,
        requirements: Requirements,
    ) -> Result<Verified<ImageSignature>, VerifyError> {
        let bundle = self.read(candidate, signer)?;
        let (signature, subject, artifact) = match &bundle.content {
            Content::Message { payload: Some(payload), .. } => {
                let (signature, subject) = ImageSignature::from_simple_signing(payload, subjects)?;
                (signature, subject, Artifact::Bytes(payload))
            }
            Content::Message { payload: None, .. } => {
                return Err(VerifyError::SimpleSigning {
                    reason: "a bundle without envelope names no image".to_owned(),
                });
            }
            Content::Envelope(envelope) => {
                let statement = read_statement(envelope)?;
                check_predicate_type(&statement, &[intoto::COSIGN_SIGN_V1])?;
                let subject = payload::matching_subject(&statement, subjects)?;
                (ImageSignature::from_statement(&statement, &subject), subject, Artifact::Digest(subject))
            }
        };
        let (signed_by, checks) = self.verify(&bundle.bundle, &artifact, signer, requirements)?;
        Ok(Verified::new(signature, subject, signed_by, checks, candidate))
    }

    fn attestation(
        &self,
        subjects: &[Digest],
        predicate_types: &[&str],
        candidate: &Candidate,
        signer: &SignerPolicy,
        requirements: Requirements,
    ) -> Result<Verified<Statement>, VerifyError> {
        let bundle = self.read(candidate, signer)?;
        let Content::Envelope(envelope) = &bundle.content else {
            return Err(VerifyError::SimpleSigning {
                reason: "a signature over bytes attests nothing".to_owned(),
            });
        };
        let statement = read_statement(envelope)?;
        check_predicate_type(&statement, predicate_types)?;
        let subject = payload::matching_subject(&statement, subjects)?;
        let (signed_by, checks) =
            self.verify(&bundle.bundle, &Artifact::Digest(subject), signer, requirements)?;
        Ok(Verified::new(statement, subject, signed_by, checks, candidate))
    }

    fn read(&self, candidate: &Candidate, signer: &SignerPolicy) -> Result<Readable, VerifyError> {
        let bundle = Bundle::from_candidate(candidate)?;
        // A cosign layer that carries a certificate can be verified by key as well; a bundle says which.
        let bundle = match signer {
            SignerPolicy::Key(_) if bundle.version() == Version::Legacy => bundle.without_certificates(),
            _ => bundle,
        };
        Ok(Readable { content: bundle.content().clone(), bundle })
    }

    /// Verifies a bundle, in these steps:
    ///
    /// 1. There is a log entry, and a proof, if they are required.
    /// 2. Each checkpoint is signed in the name of the log that its entry names, and that log is trusted.
    /// 3. Signature, log, timestamps and certificate, by `sigstore-verify` or [`composed`].
    /// 4. Each entry's log was trusted at a verified time, and the authority was valid at every one
    ///    (CVE-2026-24122).
    /// 5. There is a verified RFC 3161 timestamp, if it is required.
    /// 6. The signer is whom the policy asks for.
    ///
    /// The caller has checked what the signature is about.
    fn verify(
        &self,
        bundle: &Bundle,
        artifact: &Artifact<'_>,
        signer: &SignerPolicy,
        requirements: Requirements,
    ) -> Result<(Signer, Checks), VerifyError> {
        crypto::remembering(|| self.verify_steps(bundle, artifact, signer, requirements))
    }

    fn verify_steps(
        &self,
        bundle: &Bundle,
        artifact: &Artifact<'_>,
        signer: &SignerPolicy,
        requirements: Requirements,
    ) -> Result<(Signer, Checks), VerifyError> {
        // 1.
        if requirements.transparency_log && bundle.entries().is_empty() {
            return Err(VerifyError::NoLogEntry);
        }
        if requirements.inclusion_proof && bundle.entries().iter().any(|entry| entry.proof.is_none()) {
            return Err(VerifyError::NoProof);
        }
        // 2.
        for entry in bundle.entries() {
            check_log_name(entry)?;
            if requirements.transparency_log {
                self.composed.check_log(entry)?;
            }
        }
        // 3. to 6.
        match (signer, bundle.material()) {
            (SignerPolicy::Key(key), Material::PublicKey { .. }) => {
                let checks = self.verify_key(bundle, artifact, key, requirements)?;
                self.check_log_windows(bundle, &checks, requirements)?;
                self.check_signed_timestamp(bundle, requirements)?;
                Ok((Signer::Key(key.fingerprint()), checks))
            }
            (SignerPolicy::Identities(identities), Material::Certificates(chain)) => {
                let certificate =
                    SigningCertificate::parse(chain.first().map(Vec::as_slice).unwrap_or_default())?;
                let checks = self.verify_certificate(bundle, artifact, &certificate, requirements)?;
                self.check_log_windows(bundle, &checks, requirements)?;
                self.composed.authorities().check_times(&certificate, chain, &checks.times)?;
                self.check_signed_timestamp(bundle, requirements)?;
                check_identity(identities, &certificate.identity)?;
                Ok((Signer::Certificate(certificate.identity), checks))
            }
            (SignerPolicy::Key(_), Material::Certificates(_)) => {
                Err(VerifyError::Material { expected: "a signature by a key", found: "a certificate" })
            }
            (SignerPolicy::Identities(_), Material::PublicKey { .. }) => Err(VerifyError::Material {
                expected: "a certificate (keyless)",
                found: "a signature by a key",
            }),
        }
    }

    fn verify_key(
        &self,
        bundle: &Bundle,
        artifact: &Artifact<'_>,
        key: &PublicKey,
        requirements: Requirements,
    ) -> Result<Checks, VerifyError> {
        let Some(usual) = self.usual.as_ref().filter(|_| sigstore::suits_key(bundle, key)) else {
            return self.composed.verify(bundle, artifact, &composed::Signer::Key(key), requirements);
        };
        let result = self.with_known_timestamps(bundle, |bundle| {
            sigstore::verify_key(usual, bundle, artifact, key, requirements)
        })?;
        Ok(checks(&result, bundle))
    }

    fn verify_certificate(
        &self,
        bundle: &Bundle,
        artifact: &Artifact<'_>,
        certificate: &SigningCertificate,
        requirements: Requirements,
    ) -> Result<Checks, VerifyError> {
        let suits = sigstore::suits(bundle, certificate.key.algorithm());
        let Some(usual) = self.usual.as_ref().filter(|_| suits) else {
            let signer = composed::Signer::Certificate(certificate);
            return self.composed.verify(bundle, artifact, &signer, requirements);
        };
        let result = self.with_known_timestamps(bundle, |bundle| {
            sigstore::verify_certificate(usual, bundle, artifact, requirements)
        })?;
        Ok(checks(&result, bundle))
    }

    /// A timestamp of an unknown authority is no evidence, but no reason to refuse either when another
    /// witness gives the time; `sigstore-verify` refuses, so it gets to see the known ones only.
    fn with_known_timestamps<T>(
        &self,
        bundle: &Bundle,
        verify: impl Fn(&Bundle) -> Result<T, VerifyError>,
    ) -> Result<T, VerifyError> {
        match verify(bundle) {
            Err(VerifyError::Timestamp { reason }) => {
                let known =
                    |der: &&Vec<u8>| self.composed.timestamp(der, bundle.timestamped_bytes()).is_some();
                let timestamps: Vec<Vec<u8>> = bundle.timestamps().iter().filter(known).cloned().collect();
                let unchanged = timestamps.len() == bundle.timestamps().len();
                let unwitnessed = timestamps.is_empty() && bundle.entries().is_empty();
                if unchanged || unwitnessed {
                    return Err(VerifyError::Timestamp { reason });
                }
                verify(&bundle.with_timestamps(timestamps))
            }
            other => other,
        }
    }

    fn check_log_windows(
        &self,
        bundle: &Bundle,
        checks: &Checks,
        requirements: Requirements,
    ) -> Result<(), VerifyError> {
        match requirements.transparency_log {
            true => self.composed.check_log_windows(bundle, &checks.times),
            false => Ok(()),
        }
    }

    fn check_signed_timestamp(&self, bundle: &Bundle, requirements: Requirements) -> Result<(), VerifyError> {
        if requirements.signed_timestamp && self.composed.timestamps(bundle).is_empty() {
            return Err(VerifyError::NoTimestamp);
        }
        Ok(())
    }
}

/// A bundle beside its content, which is read while the bundle is verified.
struct Readable {
    bundle: Bundle,
    content: Content,
}

fn collect<'a, T>(
    wanted: String,
    candidates: impl Iterator<Item = &'a Candidate>,
    judge: impl Fn(&Candidate) -> Result<Verified<T>, VerifyError>,
) -> Result<Accepted<T>, Failure> {
    let mut accepted = Accepted { verified: Vec::new(), rejected: Vec::new() };
    for candidate in candidates {
        match judge(candidate) {
            Ok(verified) => accepted.verified.push(verified),
            Err(error) => accepted.rejected.push(Rejected::new(candidate, error)),
        }
    }
    if accepted.verified.is_empty() { Err(Failure::new(wanted, accepted.rejected)) } else { Ok(accepted) }
}

fn read_statement(envelope: &Envelope) -> Result<Statement, VerifyError> {
    if envelope.payload_type != intoto::PAYLOAD_TYPE {
        let found = envelope.payload_type.chars().take(100).collect();
        return Err(VerifyError::PayloadType { expected: intoto::PAYLOAD_TYPE, found });
    }
    Ok(Statement::from_slice(&envelope.payload)?)
}

fn check_predicate_type(statement: &Statement, accepted: &[&str]) -> Result<(), VerifyError> {
    let found = statement.predicate_type();
    if accepted.is_empty() || accepted.iter().any(|spelling| predicate::is_spelling(spelling, found)) {
        return Ok(());
    }
    let expected: BTreeSet<String> = accepted.iter().map(|accepted| (*accepted).to_owned()).collect();
    Err(VerifyError::PredicateType { expected: expected.into_iter().collect(), found: found.to_owned() })
}

/// The digests by which a subject may name the artifact.
fn artifact_digests(artifact: &Artifact<'_>) -> Vec<Digest> {
    [Algorithm::Sha256, Algorithm::Sha512, Algorithm::Sha384]
        .into_iter()
        .filter_map(|algorithm| artifact.digest(algorithm))
        .collect()
}

/// Checks that the checkpoint has a signature under the key that the entry's log id names, whether or not
/// the log is verified. `sigstore-verify` would take the signature of any trusted log.
fn check_log_name(entry: &LogEntry) -> Result<(), VerifyError> {
    let Some(proof) = &entry.proof else { return Ok(()) };
    let refused = |reason: &str| VerifyError::Checkpoint { reason: reason.to_owned() };
    let checkpoint = Checkpoint::from_text(&proof.checkpoint).map_err(|error| refused(&error.to_string()))?;
    let hint = entry.log_id.get(..4).unwrap_or_default();
    if checkpoint.signatures().iter().any(|signature| signature.key_id.as_slice() == hint) {
        return Ok(());
    }
    Err(refused("no signature of the log that the entry names"))
}

/// Any of the identities; the error is that of the one that came closest.
fn check_identity(policies: &[IdentityPolicy], found: &CertificateIdentity) -> Result<(), VerifyError> {
    let mut closest: Option<(u8, IdentityError)> = None;
    for policy in policies {
        let Err(error) = policy.check(found) else { return Ok(()) };
        let distance = match error {
            IdentityError::Claim { .. } => 0,
            IdentityError::Issuer { .. } => 1,
            _ => 2,
        };
        if closest.as_ref().is_none_or(|(least, _)| distance < *least) {
            closest = Some((distance, error));
        }
    }
    Err(match closest {
        Some((_, error)) => VerifyError::Identity(error),
        None => VerifyError::Refused("no identity is trusted".to_owned()),
    })
}

fn checks(result: &VerificationResult, bundle: &Bundle) -> Checks {
    Checks {
        certificate_chain: result.certificate_verified(),
        certificate_timestamp: result.sct_verified(),
        transparency_log: result.tlog_verified(),
        log_index: bundle.proven_log_index(),
        times: result.verified_timestamps().to_vec(),
    }
}

#[cfg(test)]
mod tests;
