//! Checksums that a user gives for a file: `sha256:HEX`, `sha512:HEX`, or SHA-256 without a name.

use portcullis::digest::Algorithm;
use portcullis::digest::Digest;

/// Compares `bytes` with a checksum.
pub(super) fn check(bytes: &[u8], expected: &str) -> Result<(), ChecksumError> {
    let (name, hex) = expected.split_once(':').unwrap_or(("sha256", expected));
    let algorithm = match name {
        "sha256" => Algorithm::Sha256,
        "sha512" => Algorithm::Sha512,
        other => return Err(ChecksumError::Algorithm(other.to_owned())),
    };
    let found = Digest::of(algorithm, bytes);
    let found = hex::encode(found.as_bytes());
    if found.eq_ignore_ascii_case(hex) {
        return Ok(());
    }
    Err(ChecksumError::Other { expected: hex.to_owned(), found })
}

/// Why a checksum does not match.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum ChecksumError {
    #[error("unsupported checksum algorithm: {0}")]
    Algorithm(String),
    #[error("expected {expected} but got {found}")]
    Other { expected: String, found: String },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares() {
        // NIST's examples for "abc".
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(check(b"abc", sha256), Ok(()));
        assert_eq!(check(b"abc", &format!("sha256:{}", sha256.to_uppercase())), Ok(()));
        let sha512 = "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                      2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
        assert_eq!(check(b"abc", sha512), Ok(()));
        assert!(check(b"abd", sha256).is_err());
        assert!(check(b"abc", "").is_err());
        assert!(check(b"abc", "sha256:").is_err());
        assert_eq!(check(b"abc", "md5:00"), Err(ChecksumError::Algorithm("md5".to_owned())));
    }
}
