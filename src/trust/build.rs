//! A trusted root made of its parts: certificate chains, public keys of logs, windows and URLs.
//!
//! This is what `cosign trusted-root create` writes, and what the flags and variables come to that name
//! certificates and keys one by one (`--ca-roots`, `--certificate-chain`, `SIGSTORE_REKOR_PUBLIC_KEY`, ..).
//! The document is version 0.1 in Protobuf's JSON: empty fields left out, entries in the order they were
//! added. <https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto>

mod certificate;
mod document;
mod pem;

use jiff::Timestamp;
use sha2::Digest as _;
use sha2::Sha256;

pub use self::certificate::Chain;
pub use self::certificate::Pool;
use self::document::Ca;
use self::document::Document;
use self::document::Log;
use super::Role;
use super::RootSource;
use super::TrustError;
use super::TrustedRoot;
use crate::crypto::KeyAlgorithm;
use crate::crypto::KeyError;
use crate::crypto::PublicKey;

/// Collects the parts of a trusted root.
///
/// ```
/// use portcullis::trust::Builder;
/// use portcullis::trust::Embedded;
/// use portcullis::trust::Role;
/// use portcullis::trust::TrustedRoot;
///
/// let production = TrustedRoot::embedded(Embedded::Production)?;
/// let logs_only = Builder::default().copy(&production, Role::TransparencyLog).build()?;
/// assert!(logs_only.authorities().iter().all(|one| one.role == Role::TransparencyLog));
/// # Ok::<_, portcullis::trust::TrustError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Builder {
    document: Document,
}

/// When an authority or a key is trusted, both ends included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Window {
    /// Trusted from.
    pub from: Timestamp,
    /// Trusted until; open if absent.
    pub until: Option<Timestamp>,
}

impl Window {
    /// From the beginning of Unix time and with no end: for a key of which nothing else is known.
    pub const ALWAYS: Self = Self { from: Timestamp::UNIX_EPOCH, until: None };
}

/// The public key of a log, with the name the log goes by in bundles.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogKey {
    key: PublicKey,
    id: Vec<u8>,
}

impl LogKey {
    /// Reads the first PEM block, `PUBLIC KEY` or `RSA PUBLIC KEY`. The log is named by the SHA-256 of its
    /// key, as Rekor v1 and certificate logs are (RFC 6962 section 3.2).
    ///
    /// # Errors
    /// No such block, or a key that no log of Sigstore uses.
    pub fn from_pem(pem: &[u8]) -> Result<Self, BuildError> {
        let key = public_key(pem)?;
        details(&key)?;
        let id = key.fingerprint().as_bytes().to_vec();
        Ok(Self { key, id })
    }

    /// The log is named by its key and `origin`, the first line of its checkpoints, as Rekor v2 is
    /// (<https://c2sp.org/signed-note>, "Signature types"). The name of an ECDSA key does not depend on it.
    #[must_use]
    pub fn with_origin(mut self, origin: &str) -> Self {
        let kind: &[u8] = match self.key.algorithm() {
            KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 | KeyAlgorithm::EcdsaP521 => return self,
            KeyAlgorithm::Ed25519 => b"\x01",
            KeyAlgorithm::Rsa => b"\xffPKIX-RSA-PKCS#1v1.5",
        };
        let raw = match self.key.algorithm() {
            KeyAlgorithm::Ed25519 => self.key.raw(),
            _ => self.key.spki(),
        };
        let hash = Sha256::new().chain_update(origin).chain_update(b"\n").chain_update(kind);
        self.id = hash.chain_update(raw).finalize().to_vec();
        self
    }
}

impl Builder {
    /// Takes over what `root` has for one role.
    #[must_use]
    pub fn copy(mut self, root: &TrustedRoot, role: Role) -> Self {
        self.document.copy(root.as_sigstore(), role);
        self
    }

    /// An authority that issues signing certificates.
    ///
    /// Every certificate of the chain is trusted to issue: see [`Chain::check_links`].
    #[must_use]
    pub fn certificate_authority(mut self, chain: &Chain, uri: &str, window: Window) -> Self {
        self.document.certificate_authorities.push(Ca::new(chain.certificates(), uri, window));
        self
    }

    /// Roots and intermediates in any order (`--ca-roots`, `--ca-intermediates`, `SIGSTORE_ROOT_FILE`).
    ///
    /// Each root is an authority, and so is each intermediate that leads to one of them. An intermediate
    /// that does not is left out: it would be trusted by itself.
    #[must_use]
    pub fn certificate_pool(mut self, pool: &Pool) -> Self {
        for chain in pool.chains() {
            self = self.certificate_authority(&chain, "", Window::ALWAYS);
        }
        self
    }

    /// An authority that says when something existed. The chain starts with its own certificate.
    ///
    /// # Errors
    /// The chain starts with a certificate authority.
    pub fn timestamp_authority(
        mut self,
        chain: &Chain,
        uri: &str,
        window: Window,
    ) -> Result<Self, BuildError> {
        if chain.leaf().is_authority() {
            return Err(BuildError::NoLeaf);
        }
        let mut certificates = chain.certificates().to_vec();
        if certificates.len() == 1 {
            // A chain has a leaf and a root, be they the same.
            certificates.push(chain.leaf().clone());
        }
        self.document.timestamp_authorities.push(Ca::new(&certificates, uri, window));
        Ok(self)
    }

    /// A log of signatures. It replaces one of the same name.
    ///
    /// # Errors
    /// Never for a [`LogKey`] that was read.
    pub fn transparency_log(mut self, key: &LogKey, url: &str, window: Window) -> Result<Self, BuildError> {
        Log::new(key, url, window)?.put(&mut self.document.tlogs);
        Ok(self)
    }

    /// A log of certificates. It replaces one of the same name.
    ///
    /// # Errors
    /// Never for a [`LogKey`] that was read.
    pub fn certificate_log(mut self, key: &LogKey, url: &str, window: Window) -> Result<Self, BuildError> {
        Log::new(key, url, window)?.put(&mut self.document.ctlogs);
        Ok(self)
    }

    /// The document, as `trusted_root.json` has it.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        self.document.to_json()
    }

    /// The trusted root.
    ///
    /// # Errors
    /// Never for parts that were read; the type is that of the parser.
    pub fn build(&self) -> Result<TrustedRoot, TrustError> {
        TrustedRoot::read(&self.to_json(), RootSource::Parts)
    }
}

/// The first PEM block, as cosign reads it: text around it, and blocks after it, are ignored.
fn public_key(text: &[u8]) -> Result<PublicKey, BuildError> {
    let block = pem::blocks(text).next().ok_or(KeyError::Pem)?.map_err(|_| KeyError::Malformed)?;
    Ok(match block.label {
        "PUBLIC KEY" => PublicKey::from_spki(&block.der)?,
        "RSA PUBLIC KEY" => PublicKey::from_pkcs1(&block.der)?,
        label if label.ends_with("PRIVATE KEY") => return Err(KeyError::Private.into()),
        _ => return Err(KeyError::Pem.into()),
    })
}

/// The specification's name for a key of a log.
fn details(key: &PublicKey) -> Result<&'static str, BuildError> {
    Ok(match key.algorithm() {
        KeyAlgorithm::EcdsaP256 => "PKIX_ECDSA_P256_SHA_256",
        KeyAlgorithm::EcdsaP384 => "PKIX_ECDSA_P384_SHA_384",
        KeyAlgorithm::EcdsaP521 => "PKIX_ECDSA_P521_SHA_512",
        KeyAlgorithm::Ed25519 => "PKIX_ED25519",
        KeyAlgorithm::Rsa => match key.rsa_bits() {
            Some(2048) => "PKIX_RSA_PKCS1V15_2048_SHA256",
            Some(3072) => "PKIX_RSA_PKCS1V15_3072_SHA256",
            Some(4096) => "PKIX_RSA_PKCS1V15_4096_SHA256",
            bits => return Err(BuildError::RsaSize { bits: bits.unwrap_or_default() }),
        },
    })
}

/// Why a part of a trusted root was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Not an X.509 certificate.
    #[error("certificate {position} is malformed: {reason}")]
    Certificate {
        /// Its place in the file, from 1.
        position: usize,
        /// What the parser says.
        reason: String,
    },
    /// The file has none.
    #[error("no PEM block `CERTIFICATE` found")]
    Empty,
    /// A certificate of a chain is not signed by the one after it.
    #[error("certificate {position} is not issued by certificate {} of the chain", position + 1)]
    Issuer {
        /// Its place in the chain, from 1.
        position: usize,
    },
    /// Not a public key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Too many certificates.
    #[error("more than {limit} certificates")]
    Many {
        /// How many there may be.
        limit: usize,
    },
    /// A timestamp authority without its own certificate.
    #[error("first certificate in chain must be a leaf certificate")]
    NoLeaf,
    /// Not a PEM block.
    #[error("certificate {position} is not PEM: {reason}")]
    Pem {
        /// Its place in the file, from 1.
        position: usize,
        /// What the parser says.
        reason: String,
    },
    /// A private key where a certificate is expected.
    #[error("PEM block {position} is not a certificate")]
    NotACertificate {
        /// Its place in the file, from 1.
        position: usize,
    },
    /// An RSA key of a size that has no name in the specification.
    #[error("a log's RSA key has 2048, 3072 or 4096 bits, not {bits}")]
    RsaSize {
        /// Its size.
        bits: u32,
    },
}

#[cfg(test)]
mod tests;
