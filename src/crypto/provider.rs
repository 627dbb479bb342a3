//! The provider of this process.

use std::fmt;
use std::sync::OnceLock;

use sigstore_crypto::CryptoProvider;
use sigstore_crypto::HashContext;
use sigstore_crypto::SigningScheme;
use sigstore_types::HashAlgorithm;

use super::memory::Operation;
use super::rustcrypto;
use crate::digest::Algorithm;
use crate::digest::Digest;
use crate::digest::Hasher;

/// An implementation of signature verification.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Provider {
    /// AWS-LC; needs the feature `aws-lc`, which needs a C compiler.
    AwsLc,
    /// graviola; needs the feature `graviola` and a CPU with the instructions that it uses.
    Graviola,
    /// RustCrypto: pure Rust, every CPU.
    RustCrypto,
}

impl Provider {
    /// Every provider of this build on this CPU, fastest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let mut available = Vec::new();
        if cfg!(feature = "aws-lc") {
            available.push(Self::AwsLc);
        }
        #[cfg(feature = "graviola")]
        if graviola::util::is_cpu_supported() {
            available.push(Self::Graviola);
        }
        available.push(Self::RustCrypto);
        available
    }

    fn implementation(self) -> &'static dyn CryptoProvider {
        match self {
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => sigstore_crypto::aws_lc_provider(),
            #[cfg(feature = "graviola")]
            Self::Graviola => &GRAVIOLA,
            _ => &RUST_CRYPTO,
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AwsLc => "aws-lc",
            Self::Graviola => "graviola",
            Self::RustCrypto => "rustcrypto",
        })
    }
}

/// Chooses the provider of this process, before the first verifier is made.
///
/// # Errors
/// The provider is not in this build, not for this CPU, or another one is installed already.
pub fn install(provider: Provider) -> Result<(), InstallError> {
    if !Provider::available().contains(&provider) {
        return Err(InstallError::Unavailable { provider });
    }
    let mut first = false;
    let installed = *INSTALLED.get_or_init(|| {
        first = sigstore_crypto::install_default_provider(provider.implementation()).is_ok();
        provider
    });
    if installed == provider && (first || sigstore_crypto::try_default_provider().is_some()) {
        return Ok(());
    }
    Err(InstallError::Installed { installed, wanted: provider })
}

/// The provider of this process; installs the fastest one if none was chosen.
///
/// If the process has given `sigstore-crypto` a provider of its own, that one stays.
pub fn installed() -> Provider {
    *INSTALLED.get_or_init(|| {
        let provider = Provider::available().first().copied().unwrap_or(Provider::RustCrypto);
        // An error means that the program installed its own provider, which is its right.
        let _ = sigstore_crypto::install_default_provider(provider.implementation());
        provider
    })
}

/// Why a provider was not installed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// Another provider is in use.
    #[error("crypto provider {installed} is in use; {wanted} must be installed before it")]
    Installed {
        /// In use.
        installed: Provider,
        /// Asked for.
        wanted: Provider,
    },
    /// This build or CPU does not have it.
    #[error("crypto provider {provider} is not in this build or not for this CPU")]
    Unavailable {
        /// Asked for.
        provider: Provider,
    },
}

static INSTALLED: OnceLock<Provider> = OnceLock::new();
static RUST_CRYPTO: RustCrypto = RustCrypto;
#[cfg(feature = "graviola")]
static GRAVIOLA: Graviola = Graviola;

type Result<T, E = sigstore_crypto::Error> = std::result::Result<T, E>;

#[derive(Debug)]
struct RustCrypto;

impl CryptoProvider for RustCrypto {
    fn hash(&self, algorithm: HashAlgorithm) -> Result<Box<dyn HashContext>> {
        hash_context(algorithm)
    }

    fn verify_raw(&self, scheme: SigningScheme, key: &[u8], data: &[u8], signature: &[u8]) -> Result<()> {
        Operation { scheme, prehashed: false, key, data, signature }
            .once(|| rustcrypto::verify_raw(scheme, key, data, signature).ok_or_else(|| invalid(scheme)))
    }

    fn verify_prehashed(
        &self,
        scheme: SigningScheme,
        key: &[u8],
        digest: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        verify_prehashed(scheme, key, digest, signature)
    }
}

/// graviola for messages; RustCrypto for digests, for which graviola has no interface.
#[cfg(feature = "graviola")]
#[derive(Debug)]
struct Graviola;

#[cfg(feature = "graviola")]
impl CryptoProvider for Graviola {
    fn hash(&self, algorithm: HashAlgorithm) -> Result<Box<dyn HashContext>> {
        hash_context(algorithm)
    }

    fn verify_raw(&self, scheme: SigningScheme, key: &[u8], data: &[u8], signature: &[u8]) -> Result<()> {
        let operation = Operation { scheme, prehashed: false, key, data, signature };
        operation.once(|| match graviola_verify(scheme, key, data, signature) {
            Some(Ok(())) => Ok(()),
            Some(Err(_)) => Err(invalid(scheme)),
            None => rustcrypto::verify_raw(scheme, key, data, signature).ok_or_else(|| invalid(scheme)),
        })
    }

    fn verify_prehashed(
        &self,
        scheme: SigningScheme,
        key: &[u8],
        digest: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        verify_prehashed(scheme, key, digest, signature)
    }
}

fn verify_prehashed(scheme: SigningScheme, key: &[u8], digest: &[u8], signature: &[u8]) -> Result<()> {
    Operation { scheme, prehashed: true, key, data: digest, signature }
        .once(|| rustcrypto::verify_prehashed(scheme, key, digest, signature).ok_or_else(|| invalid(scheme)))
}

/// `None` for a scheme that graviola does not have.
#[cfg(feature = "graviola")]
fn graviola_verify(
    scheme: SigningScheme,
    key: &[u8],
    data: &[u8],
    signature: &[u8],
) -> Option<std::result::Result<(), graviola::Error>> {
    use graviola::hashing::Sha256;
    use graviola::hashing::Sha384;
    use graviola::signing::ecdsa::Curve;
    use graviola::signing::ecdsa::P256;
    use graviola::signing::ecdsa::P384;
    use graviola::signing::ecdsa::VerifyingKey;
    use graviola::signing::eddsa::Ed25519VerifyingKey;
    use graviola::signing::rsa;

    let p256 = || {
        let public_key = <P256 as Curve>::PublicKey::from_x962_uncompressed(key)?;
        Ok::<_, graviola::Error>(VerifyingKey::<P256> { public_key })
    };
    let p384 = || {
        let public_key = <P384 as Curve>::PublicKey::from_x962_uncompressed(key)?;
        Ok::<_, graviola::Error>(VerifyingKey::<P384> { public_key })
    };
    let rsa = || rsa::VerifyingKey::from_pkcs1_der(key);
    Some(match scheme {
        SigningScheme::EcdsaP256Sha256 => {
            p256().and_then(|key| key.verify_asn1::<Sha256>(&[data], signature))
        }
        SigningScheme::EcdsaP256Sha384 => {
            p256().and_then(|key| key.verify_asn1::<Sha384>(&[data], signature))
        }
        SigningScheme::EcdsaP384Sha256 => {
            p384().and_then(|key| key.verify_asn1::<Sha256>(&[data], signature))
        }
        SigningScheme::EcdsaP384Sha384 => {
            p384().and_then(|key| key.verify_asn1::<Sha384>(&[data], signature))
        }
        SigningScheme::Ed25519 => {
            Ed25519VerifyingKey::from_bytes(key).and_then(|key| key.verify(signature, data))
        }
        SigningScheme::RsaPkcs1Sha256 => rsa().and_then(|key| key.verify_pkcs1_sha256(signature, data)),
        SigningScheme::RsaPkcs1Sha384 => rsa().and_then(|key| key.verify_pkcs1_sha384(signature, data)),
        SigningScheme::RsaPkcs1Sha512 => rsa().and_then(|key| key.verify_pkcs1_sha512(signature, data)),
        SigningScheme::RsaPssSha256 => rsa().and_then(|key| key.verify_pss_sha256(signature, data)),
        SigningScheme::RsaPssSha384 => rsa().and_then(|key| key.verify_pss_sha384(signature, data)),
        SigningScheme::RsaPssSha512 => rsa().and_then(|key| key.verify_pss_sha512(signature, data)),
        _ => return None,
    })
}

fn invalid(scheme: SigningScheme) -> sigstore_crypto::Error {
    sigstore_crypto::Error::Verification(format!("{} signature invalid", scheme.name()))
}

struct Context(Hasher);

impl HashContext for Context {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finalize(self: Box<Self>) -> Vec<u8> {
        let digest: Digest = self.0.finish();
        digest.as_bytes().to_vec()
    }
}

fn hash_context(algorithm: HashAlgorithm) -> Result<Box<dyn HashContext>> {
    let algorithm = match algorithm {
        HashAlgorithm::Sha2256 => Algorithm::Sha256,
        HashAlgorithm::Sha2384 => Algorithm::Sha384,
        HashAlgorithm::Sha2512 => Algorithm::Sha512,
        other => {
            return Err(sigstore_crypto::Error::UnsupportedAlgorithm(format!(
                "cannot compute {other} digests"
            )));
        }
    };
    Ok(Box::new(Context(Hasher::new(algorithm))))
}
