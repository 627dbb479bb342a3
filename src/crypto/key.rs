//! Public keys that a user trusts, and the keys of signing certificates.
//!
//! PEM `PUBLIC KEY` (SubjectPublicKeyInfo, RFC 5280 4.1.2.7) with ECDSA on P-256, P-384 and P-521,
//! RSA of 2048 to 8192 bits, or Ed25519.

use std::fmt;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::ID_EC_PUBLIC_KEY;
use const_oid::db::rfc5912::RSA_ENCRYPTION;
use const_oid::db::rfc5912::SECP_256_R_1;
use const_oid::db::rfc5912::SECP_384_R_1;
use const_oid::db::rfc5912::SECP_521_R_1;
use const_oid::db::rfc8410::ID_ED_25519;
use der::Decode;
use der::Encode;
use der::asn1::AnyRef;
use der::asn1::BitStringRef;
use serde::Serialize;
use sigstore_crypto::SigningScheme;
use sigstore_crypto::validate_raw_public_key;
use sigstore_types::DerPublicKey;
use x509_cert::spki::AlgorithmIdentifierRef;
use x509_cert::spki::SubjectPublicKeyInfoRef;

use super::provider;
use super::rustcrypto;
use crate::digest::Algorithm;
use crate::digest::Digest;

/// A public key of a kind that signs artifacts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicKey {
    algorithm: KeyAlgorithm,
    /// SubjectPublicKeyInfo, DER.
    spki: Vec<u8>,
    /// The bit string in it: SEC1 point, PKCS#1 key or Ed25519 bytes.
    raw: Vec<u8>,
    /// With which hashes it signs.
    hash: HashChoice,
}

/// The kinds of keys.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyAlgorithm {
    /// ECDSA on P-256.
    EcdsaP256,
    /// ECDSA on P-384.
    EcdsaP384,
    /// ECDSA on P-521.
    EcdsaP521,
    /// Ed25519 over the message itself.
    Ed25519,
    /// RSA, PKCS#1 v1.5 signatures.
    Rsa,
}

/// Which hash a signature was made with.
///
/// sigstore's own clients hash with the size of the curve; `cosign --key` hashes with SHA-256 whatever the
/// key is. Each is as strong as the key owner's choice, so a signature that is valid under one is valid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HashChoice {
    /// Any of the SHA-2 family.
    AnySha2,
    /// This one.
    Only(Algorithm),
}

impl HashChoice {
    /// Whether signatures with this hash count.
    #[must_use]
    pub fn allows(self, algorithm: Algorithm) -> bool {
        matches!(self, Self::AnySha2) || self == Self::Only(algorithm)
    }
}

impl PublicKey {
    /// Reads one PEM block `PUBLIC KEY`.
    ///
    /// # Errors
    /// No such block, not a SubjectPublicKeyInfo, or a key of another kind or size.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let text = std::str::from_utf8(pem).map_err(|_| KeyError::Pem)?;
        if text.contains("PRIVATE KEY") {
            return Err(KeyError::Private);
        }
        let key = DerPublicKey::from_pem(text.trim()).map_err(|_| KeyError::Pem)?;
        Self::from_spki(key.as_bytes())
    }

    /// Reads a DER SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// Not one, or a key of another kind or size.
    pub fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
        let spki = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| KeyError::Malformed)?;
        let raw = spki.subject_public_key.as_bytes().ok_or(KeyError::Malformed)?;
        let curve = || spki.algorithm.parameters_oid().map_err(|_| KeyError::Malformed);
        let algorithm = match spki.algorithm.oid {
            ID_EC_PUBLIC_KEY => match curve()? {
                SECP_256_R_1 => KeyAlgorithm::EcdsaP256,
                SECP_384_R_1 => KeyAlgorithm::EcdsaP384,
                SECP_521_R_1 => KeyAlgorithm::EcdsaP521,
                oid => return Err(KeyError::Unsupported { oid }),
            },
            RSA_ENCRYPTION => KeyAlgorithm::Rsa,
            ID_ED_25519 if spki.algorithm.parameters.is_none() => KeyAlgorithm::Ed25519,
            oid => return Err(KeyError::Unsupported { oid }),
        };
        let valid = match algorithm {
            KeyAlgorithm::EcdsaP256 => p256::PublicKey::from_sec1_bytes(raw).is_ok(),
            KeyAlgorithm::EcdsaP384 => p384::PublicKey::from_sec1_bytes(raw).is_ok(),
            KeyAlgorithm::EcdsaP521 => p521::PublicKey::from_sec1_bytes(raw).is_ok(),
            KeyAlgorithm::Ed25519 => raw.len() == 32,
            KeyAlgorithm::Rsa => validate_raw_public_key(SigningScheme::RsaPkcs1Sha256, raw).is_ok(),
        };
        // A compressed point is a second spelling of the same key; sigstore writes uncompressed ones.
        let uncompressed = !algorithm.is_ecdsa() || raw.first() == Some(&0x04);
        if !valid || !uncompressed {
            return Err(KeyError::Malformed);
        }
        Ok(Self { algorithm, spki: der.to_vec(), raw: raw.to_vec(), hash: HashChoice::AnySha2 })
    }

    /// The same key, for signatures over this hash only.
    #[must_use]
    pub fn with_hash(self, algorithm: Algorithm) -> Self {
        Self { hash: HashChoice::Only(algorithm), ..self }
    }

    /// With which hashes it signs; any, unless the caller said otherwise.
    #[must_use]
    pub fn hash(&self) -> HashChoice {
        self.hash
    }

    /// Reads a DER PKCS#1 `RSAPublicKey` (RFC 8017 appendix A.1.1), the content of `RSA PUBLIC KEY`.
    ///
    /// # Errors
    /// Not one, or of another size.
    pub fn from_pkcs1(der: &[u8]) -> Result<Self, KeyError> {
        let algorithm = AlgorithmIdentifierRef { oid: RSA_ENCRYPTION, parameters: Some(AnyRef::NULL) };
        let subject_public_key = BitStringRef::from_bytes(der).map_err(|_| KeyError::Malformed)?;
        let spki = SubjectPublicKeyInfoRef { algorithm, subject_public_key };
        Self::from_spki(&spki.to_der().map_err(|_| KeyError::Malformed)?)
    }

    /// Bits of the modulus; none for other kinds.
    #[must_use]
    pub fn rsa_bits(&self) -> Option<u32> {
        match self.algorithm {
            KeyAlgorithm::Rsa => rustcrypto::rsa_bits(&self.raw),
            _ => None,
        }
    }

    /// The key alone: SEC1 point, PKCS#1 key or Ed25519 bytes.
    pub(crate) fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The kind of key.
    #[must_use]
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The DER SubjectPublicKeyInfo.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// SHA-256 of the SubjectPublicKeyInfo: the name of the key in our output.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        Digest::sha256(&self.spki)
    }

    /// Whether `signature` is one of this key over `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8], hash: HashChoice) -> bool {
        if self.algorithm == KeyAlgorithm::Ed25519 {
            return self.verify_scheme(SigningScheme::Ed25519, message, signature);
        }
        let algorithms = match hash {
            HashChoice::AnySha2 => &[Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512][..],
            HashChoice::Only(Algorithm::Sha256) => &[Algorithm::Sha256],
            HashChoice::Only(Algorithm::Sha384) => &[Algorithm::Sha384],
            HashChoice::Only(Algorithm::Sha512) => &[Algorithm::Sha512],
        };
        algorithms.iter().any(|algorithm| match scheme(self.algorithm, *algorithm) {
            Some(scheme) => self.verify_scheme(scheme, message, signature),
            None => self.verifies_digest(&Digest::of(*algorithm, message), signature),
        })
    }

    /// Whether the digest of a message is enough to verify a signature over it.
    #[must_use]
    pub fn signs_digests(&self) -> bool {
        self.algorithm != KeyAlgorithm::Ed25519
    }

    /// Whether `signature` is one of this key over a message with this digest.
    ///
    /// Never true for Ed25519, which signs the message itself.
    #[must_use]
    pub fn verifies_digest(&self, digest: &Digest, signature: &[u8]) -> bool {
        let hash = digest.as_bytes();
        match self.algorithm {
            KeyAlgorithm::EcdsaP256 => rustcrypto::p256_prehashed(&self.raw, hash, signature),
            KeyAlgorithm::EcdsaP384 => rustcrypto::p384_prehashed(&self.raw, hash, signature),
            KeyAlgorithm::EcdsaP521 => rustcrypto::p521_prehashed(&self.raw, hash, signature),
            KeyAlgorithm::Ed25519 => None,
            KeyAlgorithm::Rsa => scheme(KeyAlgorithm::Rsa, digest.algorithm())
                .and_then(|scheme| rustcrypto::verify_prehashed(scheme, &self.raw, hash, signature)),
        }
        .is_some()
    }

    fn verify_scheme(&self, scheme: SigningScheme, message: &[u8], signature: &[u8]) -> bool {
        provider::installed();
        sigstore_crypto::default_provider().verify_raw(scheme, &self.raw, message, signature).is_ok()
    }
}

impl KeyAlgorithm {
    /// Whether it is ECDSA on some curve.
    #[must_use]
    pub const fn is_ecdsa(self) -> bool {
        matches!(self, Self::EcdsaP256 | Self::EcdsaP384 | Self::EcdsaP521)
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EcdsaP256 => "ECDSA P-256",
            Self::EcdsaP384 => "ECDSA P-384",
            Self::EcdsaP521 => "ECDSA P-521",
            Self::Ed25519 => "Ed25519",
            Self::Rsa => "RSA",
        })
    }
}

/// The provider's name for the pair; `None` where it has none and RustCrypto takes the digest.
fn scheme(key: KeyAlgorithm, hash: Algorithm) -> Option<SigningScheme> {
    match (key, hash) {
        (KeyAlgorithm::EcdsaP256, Algorithm::Sha256) => Some(SigningScheme::EcdsaP256Sha256),
        (KeyAlgorithm::EcdsaP256, Algorithm::Sha384) => Some(SigningScheme::EcdsaP256Sha384),
        (KeyAlgorithm::EcdsaP384, Algorithm::Sha256) => Some(SigningScheme::EcdsaP384Sha256),
        (KeyAlgorithm::EcdsaP384, Algorithm::Sha384) => Some(SigningScheme::EcdsaP384Sha384),
        (KeyAlgorithm::Rsa, Algorithm::Sha256) => Some(SigningScheme::RsaPkcs1Sha256),
        (KeyAlgorithm::Rsa, Algorithm::Sha384) => Some(SigningScheme::RsaPkcs1Sha384),
        (KeyAlgorithm::Rsa, Algorithm::Sha512) => Some(SigningScheme::RsaPkcs1Sha512),
        _ => None,
    }
}

/// Why a public key was not read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not a SubjectPublicKeyInfo, a point off the curve, or an RSA key outside 2048 to 8192 bits.
    #[error("public key is malformed or outside the supported sizes")]
    Malformed,
    /// No PEM block of a public key.
    #[error("no PEM block `PUBLIC KEY` found")]
    Pem,
    /// A private key was given.
    #[error("this is a private key; give the public one (`cosign public-key`)")]
    Private,
    /// A key of another kind.
    #[error("public key algorithm {oid} is not one of ECDSA P-256/P-384/P-521, RSA, Ed25519")]
    Unsupported {
        /// Its object identifier.
        oid: ObjectIdentifier,
    },
}
