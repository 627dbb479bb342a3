//! The certificate transparency log: signed certificate timestamps (RFC 6962).

use jiff::Timestamp;

use super::ca;
use super::der;
use super::keys::Key;
use super::keys::KeyKind;

/// A log that signs every precertificate it is shown.
#[derive(Clone)]
pub struct CtLog {
    pub key: Key,
}

impl CtLog {
    pub fn new(seed: &str) -> Self {
        Self { key: Key::new(KeyKind::P256, seed, "ct log") }
    }

    /// An SCT (section 3.2) over a precertificate: `TBSCertificate` without the SCT extension.
    pub fn sct(&self, issuer: &Key, precertificate: &[u8], at: Timestamp) -> Vec<u8> {
        let milliseconds = u64::try_from(at.as_millisecond()).expect("after 1970").to_be_bytes();
        let length = u32::try_from(precertificate.len()).expect("small").to_be_bytes();
        let signed = [
            &[0, 0][..], // v1, certificate_timestamp
            &milliseconds,
            &[0, 1], // precert_entry
            &issuer.public_sha256(),
            &length[1..],
            precertificate,
            &[0, 0], // no extensions
        ]
        .concat();
        let signature = self.key.sign(&signed);
        [
            &[0][..],
            &self.key.public_sha256(),
            &milliseconds,
            &[0, 0, 4, 3], // no extensions; SHA-256, ECDSA
            &u16::try_from(signature.len()).expect("small").to_be_bytes(),
            &signature,
        ]
        .concat()
    }

    /// The certificate extension that holds SCTs (section 3.3).
    pub fn extension(scts: &[Vec<u8>]) -> Vec<u8> {
        let prefixed = |bytes: &[u8]| {
            let length = u16::try_from(bytes.len()).expect("small").to_be_bytes();
            [&length[..], bytes].concat()
        };
        let list: Vec<u8> = scts.iter().flat_map(|sct| prefixed(sct)).collect();
        ca::extension("1.3.6.1.4.1.11129.2.4.2", false, &der::octets(&prefixed(&list)))
    }
}
