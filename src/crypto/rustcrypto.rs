//! Signature verification by the RustCrypto crates, over the encodings that `sigstore-crypto` hands in:
//! uncompressed SEC1 points, PKCS#1 RSA keys, DER ECDSA signatures.

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::traits::PublicKeyParts;
use sha2::Sha256;
use sha2::Sha384;
use sha2::Sha512;
use sigstore_crypto::KeyAlgorithm;
use sigstore_crypto::SigningScheme;
use sigstore_types::HashAlgorithm;

use crate::digest::Algorithm;
use crate::digest::Digest;

/// `Some(())` if the signature over `data` is valid.
pub(super) fn verify_raw(scheme: SigningScheme, key: &[u8], data: &[u8], signature: &[u8]) -> Option<()> {
    match scheme.hash_algorithm() {
        Some(algorithm) => {
            let digest = Digest::of(algorithm_of(algorithm)?, data);
            verify_prehashed(scheme, key, digest.as_bytes(), signature)
        }
        None if scheme == SigningScheme::Ed25519 => ed25519(key, data, signature),
        None => None,
    }
}

/// `Some(())` if the signature over the message with this digest is valid.
pub(super) fn verify_prehashed(
    scheme: SigningScheme,
    key: &[u8],
    digest: &[u8],
    signature: &[u8],
) -> Option<()> {
    match scheme.key_algorithm() {
        KeyAlgorithm::EcdsaP256 => p256_prehashed(key, digest, signature),
        KeyAlgorithm::EcdsaP384 => p384_prehashed(key, digest, signature),
        KeyAlgorithm::Rsa => rsa_prehashed(scheme, key, digest, signature),
        _ => None,
    }
}

pub(super) fn p256_prehashed(key: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    let signature = p256::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(&padded::<32>(digest), &signature).ok()
}

pub(super) fn p384_prehashed(key: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    let signature = p384::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(&padded::<48>(digest), &signature).ok()
}

pub(super) fn p521_prehashed(key: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    let signature = p521::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(&padded::<66>(digest), &signature).ok()
}

pub(super) fn ed25519(key: &[u8], data: &[u8], signature: &[u8]) -> Option<()> {
    let key = ed25519_dalek::VerifyingKey::from_bytes(key.try_into().ok()?).ok()?;
    let signature = ed25519_dalek::Signature::from_bytes(signature.try_into().ok()?);
    key.verify_strict(data, &signature).ok()
}

fn rsa_prehashed(scheme: SigningScheme, key: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    let key = rsa::PublicKey::from_pkcs1_der(key).ok()?;
    match scheme {
        SigningScheme::RsaPkcs1Sha256 => key.pkcs1v15_verify_prehash::<Sha256>(digest, signature).ok(),
        SigningScheme::RsaPkcs1Sha384 => key.pkcs1v15_verify_prehash::<Sha384>(digest, signature).ok(),
        SigningScheme::RsaPkcs1Sha512 => key.pkcs1v15_verify_prehash::<Sha512>(digest, signature).ok(),
        SigningScheme::RsaPssSha256 => key.pss_verify_prehash::<Sha256>(digest, signature).ok(),
        SigningScheme::RsaPssSha384 => key.pss_verify_prehash::<Sha384>(digest, signature).ok(),
        SigningScheme::RsaPssSha512 => key.pss_verify_prehash::<Sha512>(digest, signature).ok(),
        _ => None,
    }
}

/// Bits of the modulus of a PKCS#1 key.
pub(super) fn rsa_bits(key: &[u8]) -> Option<u32> {
    Some(rsa::PublicKey::from_pkcs1_der(key).ok()?.n().bit_width())
}

/// A digest shorter than the curve's order is the same number with zeros in front (FIPS 186-5, 6.4.2);
/// the crates ask for at least half the length, so SHA-256 under P-521 needs the zeros written out.
fn padded<const FIELD: usize>(digest: &[u8]) -> Vec<u8> {
    let zeros = FIELD.saturating_sub(digest.len());
    let mut padded = vec![0; zeros];
    padded.extend_from_slice(digest);
    padded
}

fn algorithm_of(algorithm: HashAlgorithm) -> Option<Algorithm> {
    match algorithm {
        HashAlgorithm::Sha2256 => Some(Algorithm::Sha256),
        HashAlgorithm::Sha2384 => Some(Algorithm::Sha384),
        HashAlgorithm::Sha2512 => Some(Algorithm::Sha512),
        _ => None,
    }
}
