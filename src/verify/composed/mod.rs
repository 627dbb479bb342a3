//! The other way: what `sigstore-verify` has no place for.
//!
//! P-521 keys, P-384 keys in cosign's layers or over blobs, log entries of kind `rekord` 0.0.1 and `intoto`
//! 0.0.1, timestamps of `.att` layers, and signatures by a key without any witness fall outside of that crate's
//! closed enums. They are verified here from the libraries that it is made of: `rustls-webpki` for the chain,
//! `sigstore-merkle` for inclusion, `sigstore-tsa` for timestamps, `sigstore-crypto` for keys and checkpoints. A
//! test verifies every vector both ways and compares.

mod chain;
mod entry;
mod log;
mod sct;

pub(super) use chain::Authorities;

use jiff::Timestamp;
use sigstore_crypto::Keyring;
use sigstore_types::SignatureBytes;
use sigstore_types::TimestampToken;
use sigstore_types::TsaAuthority;

use super::Artifact;
use super::certificate::SigningCertificate;
use super::error::VerifyError;
use super::requirements::Requirements;
use super::verified::Checks;
use crate::bundle::Bundle;
use crate::bundle::Content;
use crate::bundle::LogEntry;
use crate::crypto::PublicKey;
use crate::trust::TrustedRoot;

/// Trust material, prepared once.
pub(super) struct Composed {
    authorities: Authorities,
    log_keys: Keyring,
    /// Log id and host of each log; the host is empty where the trusted root names none.
    log_hosts: Vec<(Vec<u8>, String)>,
    certificate_log_keys: sct::LogKeys,
    timestamp_authorities: Vec<TsaAuthority>,
}

/// Under whose key the signature must be valid.
pub(super) enum Signer<'a> {
    Certificate(&'a SigningCertificate),
    Key(&'a PublicKey),
}

impl Composed {
    pub(super) fn new(root: &TrustedRoot) -> Result<Self, VerifyError> {
        let inner = root.as_sigstore();
        Ok(Self {
            authorities: Authorities::new(inner)?,
            log_keys: inner.rekor_keys().map_err(|error| VerifyError::Refused(error.to_string()))?,
            log_hosts: log::hosts(inner),
            certificate_log_keys: sct::LogKeys::new(inner)?,
            timestamp_authorities: inner.tsa_authorities(),
        })
    }

    pub(super) fn authorities(&self) -> &Authorities {
        &self.authorities
    }

    /// Checks that the log that an entry names is trusted. `sigstore-verify` goes by the four bytes in a
    /// checkpoint, and leaves the rest of the name unread where there is no promise.
    pub(super) fn check_log(&self, entry: &LogEntry) -> Result<(), VerifyError> {
        log::check_known(entry, &self.log_keys)?;
        log::check_origin(entry, &self.log_hosts)?;
        log::check_other_logs(entry, &self.log_hosts)
    }

    /// Verifies a bundle, in these steps:
    ///
    /// 1. Every promise and proof is one of a trusted log; a promise makes its integrated time true.
    /// 2. There is a verified time, if a certificate has to have been valid at one.
    /// 3. The certificate chains to a trusted authority at every verified time, and a trusted log vouches
    ///    for it.
    /// 4. The signature is valid under the certificate's or the given key.
    /// 5. Every log entry is about this signature, this key and this content (CVE-2022-36056).
    ///
    /// The caller has checked the bundle's shape, and checks subject and identity.
    pub(super) fn verify(
        &self,
        bundle: &Bundle,
        artifact: &Artifact<'_>,
        signer: &Signer<'_>,
        requirements: Requirements,
    ) -> Result<Checks, VerifyError> {
        // 1.
        let mut times = self.timestamps(bundle);
        for entry in bundle.entries() {
            times.extend(log::check_promise(entry, &self.log_keys)?);
            if requirements.transparency_log {
                log::check_proof(entry, &self.log_keys)?;
            }
        }
        let mut checks =
            Checks { times, transparency_log: requirements.transparency_log, ..Checks::default() };
        checks.log_index = bundle.proven_log_index();
        let key = match signer {
            Signer::Key(key) => *key,
            Signer::Certificate(certificate) => {
                self.check_certificate(bundle, certificate, requirements, &mut checks)?;
                &certificate.key
            }
        };
        // 4.
        check_signature(bundle, artifact, key)?;
        // 5.
        for entry in bundle.entries() {
            entry::check(entry, bundle, artifact, key)?;
        }
        Ok(checks)
    }

    fn check_certificate(
        &self,
        bundle: &Bundle,
        certificate: &SigningCertificate,
        requirements: Requirements,
        checks: &mut Checks,
    ) -> Result<(), VerifyError> {
        // 2.
        if checks.times.is_empty() {
            let reason = "neither a signed entry timestamp nor an RFC 3161 timestamp verifies".to_owned();
            return Err(VerifyError::NoTime { reason });
        }
        // 3.
        let mut issuer_key = None;
        for time in &checks.times {
            issuer_key = Some(self.authorities.verify_path(bundle, *time)?);
            certificate.check_valid_at(*time)?;
        }
        checks.certificate_chain = true;
        if let (true, Some(issuer_key)) = (requirements.certificate_timestamp, issuer_key) {
            self.certificate_log_keys.check(&certificate.certificate, &issuer_key)?;
            checks.certificate_timestamp = true;
        }
        Ok(())
    }

    /// Checks that each entry's log was trusted at a verified time, if there is one.
    pub(super) fn check_log_windows(&self, bundle: &Bundle, times: &[Timestamp]) -> Result<(), VerifyError> {
        bundle.entries().iter().try_for_each(|entry| log::check_window(entry, &self.log_keys, times))
    }

    /// The times of the timestamps that a trusted authority made. The others are no evidence, of anything.
    pub(super) fn timestamps(&self, bundle: &Bundle) -> Vec<Timestamp> {
        bundle.timestamps().iter().filter_map(|der| self.timestamp(der, bundle.timestamped_bytes())).collect()
    }

    /// The time of one timestamp over `stamped`.
    pub(super) fn timestamp(&self, der: &[u8], stamped: &[u8]) -> Option<Timestamp> {
        let token = TimestampToken::new(der.to_vec());
        let signature = SignatureBytes::new(stamped.to_vec());
        self.timestamp_authorities.iter().find_map(|authority| {
            sigstore_tsa::verify_timestamp_for_authority(&token, &signature, authority).ok()
        })
    }
}

fn check_signature(bundle: &Bundle, artifact: &Artifact<'_>, key: &PublicKey) -> Result<(), VerifyError> {
    let valid = match (bundle.content(), artifact) {
        (Content::Envelope(envelope), _) => {
            key.verifies(&envelope.signed_bytes(), &envelope.signature, key.hash())
        }
        (Content::Message { signature, .. }, Artifact::Bytes(bytes)) => {
            key.verifies(bytes, signature, key.hash())
        }
        (Content::Message { signature, .. }, Artifact::Digest(digest)) => {
            if !key.signs_digests() {
                let reason = format!("an {} signature covers the bytes, not their digest", key.algorithm());
                return Err(VerifyError::ArtifactNeeded { reason });
            }
            key.hash().allows(digest.algorithm()) && key.verifies_digest(digest, signature)
        }
    };
    if valid { Ok(()) } else { Err(VerifyError::Signature { signer: "signing certificate or key" }) }
}
