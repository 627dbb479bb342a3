//! The keys of an npm registry: what `/-/npm/v1/keys` answers, and the `keys.json` that Sigstore's TUF
//! repository has for it. <https://docs.npmjs.com/about-registry-signatures>

use jiff::Timestamp;
use serde::Deserialize;

use super::KeyError;
use super::PublicKey;
use crate::json;
use crate::json::JsonError;
use crate::limits;

/// A key of an npm registry.
#[derive(Clone, Debug)]
pub struct NpmKey {
    /// The key.
    pub key: PublicKey,
    /// What was signed later does not count.
    pub until: Option<Timestamp>,
}

/// Reads the keys of a registry that sign attestations.
///
/// # Errors
/// Not strict JSON of one of the two shapes, a key that cannot be read, or none.
pub fn npm_keys(bytes: &[u8]) -> Result<Vec<NpmKey>, NpmKeyError> {
    let wire: Wire = json::from_slice(bytes)?;
    if wire.keys.len() > limits::SIGNERS {
        return Err(NpmKeyError::TooMany { found: wire.keys.len() });
    }
    let keys = wire.keys.into_iter().filter(WireKey::signs_attestations).map(WireKey::read);
    let keys: Vec<NpmKey> = keys.collect::<Result<_, _>>()?;
    if keys.is_empty() { Err(NpmKeyError::None) } else { Ok(keys) }
}

/// Why the keys of a registry were not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NpmKeyError {
    /// Not base64 of a public key.
    #[error("a key is not base64")]
    Encoding,
    /// Not strict JSON of the right shape.
    #[error("not the keys of an npm registry: {0}")]
    Json(#[from] JsonError),
    /// A key that cannot be read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No key signs attestations.
    #[error("there is no key for attestations in it")]
    None,
    /// A key without the part that is the key.
    #[error("a key has neither `key` nor `publicKey`")]
    NoKey,
    /// Too many keys.
    #[error("there are {found} keys, more than {}", limits::SIGNERS)]
    TooMany {
        /// Number found.
        found: usize,
    },
}

#[derive(Deserialize)]
struct Wire {
    keys: Vec<WireKey>,
}

/// Either spelling.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireKey {
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    expires: Option<Timestamp>,
    #[serde(default)]
    key_usage: Option<String>,
    #[serde(default)]
    public_key: Option<WirePublicKey>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePublicKey {
    raw_bytes: String,
    #[serde(default)]
    valid_for: Option<WireWindow>,
}

#[derive(Deserialize)]
struct WireWindow {
    #[serde(default)]
    end: Option<Timestamp>,
}

impl WireKey {
    /// The TUF target lists each key twice: for packages and for attestations.
    fn signs_attestations(&self) -> bool {
        self.key_usage.as_deref().is_none_or(|usage| usage == "npm:attestations")
    }

    fn read(self) -> Result<NpmKey, NpmKeyError> {
        let (text, until) = match (self.key, self.public_key) {
            (Some(text), None) => (text, self.expires),
            (None, Some(key)) => (key.raw_bytes, key.valid_for.and_then(|window| window.end)),
            _ => return Err(NpmKeyError::NoKey),
        };
        let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text)
            .map_err(|_| NpmKeyError::Encoding)?;
        Ok(NpmKey { key: PublicKey::from_spki(&der)?, until })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The public key of registry.npmjs.org, as <https://registry.npmjs.org/-/npm/v1/keys> lists it.
    const KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1Olb3zMAFFxXKHiIkQO5cJ3Yhl5i6UPp+IhuteBJbuHcA5UogKo0EWtlWwW6KSaKoTNEYL7JlCQiVnkhBktUgg==";

    #[test]
    fn reads_both_spellings() {
        let registry = format!(
            r#"{{"keys":[{{"expires":null,"keyid":"SHA256:x","keytype":"ecdsa-sha2-nistp256","scheme":"ecdsa-sha2-nistp256","key":"{KEY}"}}]}}"#
        );
        let tuf = format!(
            r#"{{"keys":[{{"keyId":"SHA256:x","keyUsage":"npm:signatures","publicKey":{{"rawBytes":"{KEY}"}}}},
            {{"keyId":"SHA256:x","keyUsage":"npm:attestations","publicKey":{{"rawBytes":"{KEY}","keyDetails":"PKIX_ECDSA_P256_SHA_256","validFor":{{"start":"1999-01-01T00:00:00.000Z","end":"2025-01-29T00:00:00.000Z"}}}}}}]}}"#
        );
        let one = |text: &str| {
            let keys = npm_keys(text.as_bytes()).unwrap();
            assert_eq!(keys.len(), 1);
            keys[0].clone()
        };
        assert_eq!(one(&registry).until, None);
        assert_eq!(one(&tuf).until, Some("2025-01-29T00:00:00Z".parse().unwrap()));
        assert_eq!(one(&registry).key.fingerprint(), one(&tuf).key.fingerprint());
    }

    #[test]
    fn refuses_the_rest() {
        for text in [
            "",
            "{}",
            r#"{"keys":[]}"#,
            r#"{"keys":[{}]}"#,
            r#"{"keys":[{"key":"?"}]}"#,
            r#"{"keys":[{"key":"AAAA"}]}"#,
            r#"{"keys":[{"key":"AAAA","publicKey":{"rawBytes":"AAAA"}}]}"#,
            r#"{"keys":[{"keyUsage":"npm:signatures","key":"AAAA"}]}"#,
        ] {
            assert!(npm_keys(text.as_bytes()).is_err(), "{text}");
        }
    }
}
