//! Signed certificate timestamps, embedded in the certificate (RFC 6962, 3.2 and 3.3).

use const_oid::db::rfc6962::CT_PRECERT_SCTS;
use jiff::Timestamp;
use sigstore_crypto::Keyring;
use sigstore_crypto::SigningScheme;
use sigstore_types::Sha256Hash;
use sigstore_types::SignatureBytes;
use tls_codec::SerializeBytes;
use x509_cert::Certificate;
use x509_cert::der::Encode;
use x509_cert::ext::pkix::SignedCertificateTimestamp;
use x509_cert::ext::pkix::SignedCertificateTimestampList;

use super::super::error::VerifyError;
use crate::digest::Digest;

/// The keys of the trusted certificate transparency logs, by signature scheme.
pub(super) struct LogKeys {
    keys: Vec<(SigningScheme, Keyring)>,
}

impl LogKeys {
    pub(super) fn new(root: &sigstore_trust_root::TrustedRoot) -> Result<Self, VerifyError> {
        let keys = SCHEMES.map(|(_, scheme)| {
            let keyring = root.ctfe_keys(scheme).map_err(|error| VerifyError::Refused(error.to_string()))?;
            Ok((scheme, keyring))
        });
        Ok(Self { keys: keys.into_iter().collect::<Result<_, VerifyError>>()? })
    }

    /// Checks the one timestamp of a certificate that `issuer_key` (SubjectPublicKeyInfo) signed.
    pub(super) fn check(&self, certificate: &Certificate, issuer_key: &[u8]) -> Result<(), VerifyError> {
        let timestamp = embedded(certificate)?;
        let algorithm = timestamp.signature.algorithm.tls_serialize().map_err(refused)?;
        let scheme = SCHEMES.iter().find(|(code, _)| code.as_slice() == algorithm.as_slice());
        let (_, scheme) = scheme.ok_or_else(|| refused("signature algorithm is not supported"))?;
        let keyring = self.keys.iter().find(|(known, _)| known == scheme).map(|(_, keyring)| keyring);
        let milliseconds = i64::try_from(timestamp.timestamp).map_err(refused)?;
        let time = Timestamp::from_millisecond(milliseconds).map_err(refused)?;
        let signed = signed_bytes(certificate, &timestamp, issuer_key)?;
        let signature = SignatureBytes::new(timestamp.signature.signature.as_slice().to_vec());
        let log = Sha256Hash::new(timestamp.log_id.key_id);
        keyring
            .ok_or_else(|| refused("no trusted log has a key for its algorithm"))?
            .verify_with_key_id_at(&log, time, signed, &signature)
            .map_err(refused)
    }
}

fn embedded(certificate: &Certificate) -> Result<SignedCertificateTimestamp, VerifyError> {
    let list: Option<(bool, SignedCertificateTimestampList)> =
        certificate.tbs_certificate.get().map_err(refused)?;
    let (_, list) = list.ok_or_else(|| refused("certificate has none"))?;
    let timestamps = list.parse_timestamps().map_err(|_| refused("list is malformed"))?;
    match timestamps.as_slice() {
        [timestamp] => timestamp.parse_timestamp().map_err(|_| refused("it is malformed")),
        more => Err(refused(format!("certificate has {}, expected one", more.len()))),
    }
}

/// The `digitally-signed` struct for a precertificate: the certificate without the timestamp, and its
/// issuer's key.
fn signed_bytes(
    certificate: &Certificate,
    timestamp: &SignedCertificateTimestamp,
    issuer_key: &[u8],
) -> Result<Vec<u8>, VerifyError> {
    let mut tbs = certificate.tbs_certificate.clone();
    tbs.extensions = tbs.extensions.map(|extensions| {
        extensions.into_iter().filter(|extension| extension.extn_id != CT_PRECERT_SCTS).collect()
    });
    let tbs = tbs.to_der().map_err(refused)?;
    let length = u32::try_from(tbs.len()).map_err(refused)?.to_be_bytes();
    let [0, length @ ..] = length else { return Err(refused("certificate is too long")) };
    let mut signed = vec![VERSION_1, CERTIFICATE_TIMESTAMP];
    signed.extend(timestamp.timestamp.to_be_bytes());
    signed.extend(PRECERT_ENTRY);
    signed.extend(Digest::sha256(issuer_key).as_bytes());
    signed.extend(length);
    signed.extend(tbs);
    signed.extend(timestamp.extensions.tls_serialize().map_err(refused)?);
    Ok(signed)
}

fn refused(reason: impl ToString) -> VerifyError {
    VerifyError::CertificateTimestamp { reason: reason.to_string() }
}

const VERSION_1: u8 = 0;
const CERTIFICATE_TIMESTAMP: u8 = 0;
const PRECERT_ENTRY: [u8; 2] = [0, 1];

/// `SignatureAndHashAlgorithm` (RFC 5246, 7.4.1.4.1): hash, then signature.
const SCHEMES: [([u8; 2], SigningScheme); 5] = [
    ([4, 3], SigningScheme::EcdsaP256Sha256),
    ([5, 3], SigningScheme::EcdsaP384Sha384),
    ([4, 1], SigningScheme::RsaPkcs1Sha256),
    ([5, 1], SigningScheme::RsaPkcs1Sha384),
    ([6, 1], SigningScheme::RsaPkcs1Sha512),
];
