//! Signing keys of every kind that Sigstore and cosign know, from fixed seeds.

use ed25519_dalek::Signer as _;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use rsa::pkcs8::DecodePrivateKey as _;
use sha2::Digest as _;
use sha2::Sha256;
use sha2::Sha384;
use sha2::Sha512;

use super::der;

/// What kind of key to make.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyKind {
    Ed25519,
    P256,
    P384,
    P521,
    Rsa2048,
    Rsa3072,
    Rsa4096,
}

/// The digest under a signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub fn digest(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(message).to_vec(),
            Self::Sha384 => Sha384::digest(message).to_vec(),
            Self::Sha512 => Sha512::digest(message).to_vec(),
        }
    }

    /// The name of sigstore's protobuf enum.
    pub fn protobuf(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA2_256",
            Self::Sha384 => "SHA2_384",
            Self::Sha512 => "SHA2_512",
        }
    }

    /// The name in Rekor's v1 entries.
    pub fn rekor(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }
}

/// A private key.
#[derive(Clone)]
pub enum Key {
    Ed25519(ed25519_dalek::SigningKey),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
    Rsa(Box<rsa::PrivateKey>, KeyKind),
}

impl Key {
    /// The key of this kind for a seed and a label. The RSA keys are files and the same for every seed:
    /// finding primes takes seconds.
    pub fn new(kind: KeyKind, seed: &str, label: &str) -> Self {
        let wide = Sha512::digest(format!("portcullis test authority\0{seed}\0{label}"));
        match kind {
            KeyKind::Ed25519 => Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&first(&wide))),
            KeyKind::P256 => Self::P256(p256::ecdsa::SigningKey::from_slice(&wide[..32]).expect("in range")),
            KeyKind::P384 => Self::P384(p384::ecdsa::SigningKey::from_slice(&wide[..48]).expect("in range")),
            KeyKind::P521 => {
                let scalar = [&[0, 0], wide.as_slice()].concat();
                Self::P521(p521::ecdsa::SigningKey::from_slice(&scalar).expect("in range"))
            }
            KeyKind::Rsa2048 => Self::rsa(kind, include_bytes!("keys/rsa2048.pk8")),
            KeyKind::Rsa3072 => Self::rsa(kind, include_bytes!("keys/rsa3072.pk8")),
            KeyKind::Rsa4096 => Self::rsa(kind, include_bytes!("keys/rsa4096.pk8")),
        }
    }

    fn rsa(kind: KeyKind, pkcs8: &[u8]) -> Self {
        Self::Rsa(Box::new(rsa::PrivateKey::from_pkcs8_der(pkcs8).expect("an RSA key")), kind)
    }

    pub fn kind(&self) -> KeyKind {
        match self {
            Self::Ed25519(_) => KeyKind::Ed25519,
            Self::P256(_) => KeyKind::P256,
            Self::P384(_) => KeyKind::P384,
            Self::P521(_) => KeyKind::P521,
            Self::Rsa(_, kind) => *kind,
        }
    }

    /// The digest that Sigstore's registry of algorithms pairs with the key (Ed25519 has none of its own).
    pub fn default_hash(&self) -> Hash {
        match self.kind() {
            KeyKind::P384 => Hash::Sha384,
            KeyKind::P521 => Hash::Sha512,
            _ => Hash::Sha256,
        }
    }

    /// Signs the message with the digest that belongs to the key.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.sign_with(self.default_hash(), message)
    }

    /// Signs the message with a digest of choice: cosign's legacy formats use SHA-256 with every key.
    pub fn sign_with(&self, hash: Hash, message: &[u8]) -> Vec<u8> {
        let digest = hash.digest(message);
        match self {
            Self::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign_prehash(&digest).expect("signs");
                signature.to_der().as_bytes().to_vec()
            }
            Self::P384(key) => {
                let signature: p384::ecdsa::Signature = key.sign_prehash(&digest).expect("signs");
                signature.to_der().as_bytes().to_vec()
            }
            Self::P521(key) => {
                // The crate wants at least half a field of digest; zeros in front do not change the number.
                let padded = [vec![0; 66 - digest.len()], digest].concat();
                let signature: p521::ecdsa::Signature = key.sign_prehash(&padded).expect("signs");
                signature.to_der().as_bytes().to_vec()
            }
            Self::Rsa(key, _) => {
                let scheme = match hash {
                    Hash::Sha256 => rsa::Pkcs1v15Sign::new::<Sha256>(),
                    Hash::Sha384 => rsa::Pkcs1v15Sign::new::<Sha384>(),
                    Hash::Sha512 => rsa::Pkcs1v15Sign::new::<Sha512>(),
                };
                key.sign(scheme, &digest).expect("signs")
            }
        }
    }

    /// `SubjectPublicKeyInfo`, DER.
    pub fn public_der(&self) -> Vec<u8> {
        let curve = |oid: &str| der::sequence(&[der::oid("1.2.840.10045.2.1"), der::oid(oid)]);
        let (algorithm, key) = match self {
            Self::Ed25519(key) => {
                (der::sequence(&[der::oid("1.3.101.112")]), key.verifying_key().to_bytes().to_vec())
            }
            Self::P256(key) => {
                (curve("1.2.840.10045.3.1.7"), key.verifying_key().to_sec1_point(false).as_bytes().to_vec())
            }
            Self::P384(key) => {
                (curve("1.3.132.0.34"), key.verifying_key().to_sec1_point(false).as_bytes().to_vec())
            }
            Self::P521(key) => {
                (curve("1.3.132.0.35"), key.verifying_key().to_sec1_point(false).as_bytes().to_vec())
            }
            Self::Rsa(key, _) => {
                use rsa::traits::PublicKeyParts as _;
                let algorithm = der::sequence(&[der::oid("1.2.840.113549.1.1.1"), der::null()]);
                let modulus = der::unsigned(&key.n_bytes());
                (algorithm, der::sequence(&[modulus, der::unsigned(&key.e_bytes())]))
            }
        };
        der::sequence(&[algorithm, der::bits(&key)])
    }

    /// `SubjectPublicKeyInfo`, PEM.
    pub fn public_pem(&self) -> String {
        der::pem("PUBLIC KEY", &self.public_der())
    }

    /// The key identifier that X.509 and Rekor use: a digest of the public key.
    pub fn public_sha256(&self) -> [u8; 32] {
        Sha256::digest(self.public_der()).into()
    }

    /// `AlgorithmIdentifier` of the signatures that [`Key::sign`] makes.
    pub fn signature_algorithm(&self) -> Vec<u8> {
        match self.kind() {
            KeyKind::Ed25519 => der::sequence(&[der::oid("1.3.101.112")]),
            KeyKind::P256 => der::sequence(&[der::oid("1.2.840.10045.4.3.2")]),
            KeyKind::P384 => der::sequence(&[der::oid("1.2.840.10045.4.3.3")]),
            KeyKind::P521 => der::sequence(&[der::oid("1.2.840.10045.4.3.4")]),
            _ => der::sequence(&[der::oid("1.2.840.113549.1.1.11"), der::null()]),
        }
    }

    /// The name of sigstore's protobuf enum `PublicKeyDetails`.
    pub fn details(&self) -> &'static str {
        match self.kind() {
            KeyKind::Ed25519 => "PKIX_ED25519",
            KeyKind::P256 => "PKIX_ECDSA_P256_SHA_256",
            KeyKind::P384 => "PKIX_ECDSA_P384_SHA_384",
            KeyKind::P521 => "PKIX_ECDSA_P521_SHA_512",
            KeyKind::Rsa2048 => "PKIX_RSA_PKCS1V15_2048_SHA256",
            KeyKind::Rsa3072 => "PKIX_RSA_PKCS1V15_3072_SHA256",
            KeyKind::Rsa4096 => "PKIX_RSA_PKCS1V15_4096_SHA256",
        }
    }
}

fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes[..N].try_into().expect("long enough")
}
