//! Trusted roots: the authorities and logs whose word counts.
//!
//! A root is embedded (public Sigstore, its staging instance, GitHub), read from a `trusted_root.json`, made
//! of its parts ([`Builder`]) or verified by TUF ([`TufState`]). What is embedded is as old as this build;
//! [`TrustedRoot::authorities`] says what is in it. Only [`Mirror`] opens connections. <https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto>

mod build;
mod tuf;
#[cfg(feature = "net")]
mod update;

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use sigstore_trust_root::SIGSTORE_GITHUB_TRUSTED_ROOT;
use sigstore_trust_root::SIGSTORE_PRODUCTION_TRUSTED_ROOT;
use sigstore_trust_root::SIGSTORE_STAGING_TRUSTED_ROOT;
use x509_cert::Certificate;
use x509_cert::der::Decode;

pub use self::build::BuildError;
pub use self::build::Builder;
pub use self::build::Chain;
pub use self::build::LogKey;
pub use self::build::Pool;
pub use self::build::Window;
pub use self::tuf::Anchor;
pub use self::tuf::MirrorFault;
pub use self::tuf::RoleState;
pub use self::tuf::TufError;
pub use self::tuf::TufState;
pub use self::tuf::default_mirror;
#[cfg(feature = "net")]
pub use self::update::Mirror;
#[cfg(feature = "net")]
pub use self::update::MirrorSettings;
use crate::crypto::PublicKey;
use crate::digest::Digest;
use crate::json;
use crate::json::JsonError;

/// A trusted root, with where it came from.
#[derive(Clone, Debug)]
pub struct TrustedRoot {
    inner: sigstore_trust_root::TrustedRoot,
    source: RootSource,
    digest: Digest,
    bytes: Vec<u8>,
}

/// The roots that are part of the program.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Embedded {
    /// GitHub's own instance, for attestations of private repositories.
    Github,
    /// The public Sigstore instance.
    Production,
    /// Its staging instance. Anybody can get anything signed there.
    Staging,
}

/// Where a root came from.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum RootSource {
    /// Part of the program.
    Embedded(Embedded),
    /// Given by the caller.
    File,
    /// Made of certificates and keys that the caller gave one by one: see [`Builder`].
    Parts,
    /// A TUF repository, now or some time ago: see [`TufState`].
    Tuf {
        /// URL of the mirror it was fetched from.
        mirror: String,
        /// When.
        fetched: Timestamp,
    },
}

impl TrustedRoot {
    /// One of the embedded roots.
    ///
    /// # Errors
    /// Never for an unmodified build; the type is that of the parser.
    pub fn embedded(which: Embedded) -> Result<Self, TrustError> {
        let text = match which {
            Embedded::Github => SIGSTORE_GITHUB_TRUSTED_ROOT,
            Embedded::Production => SIGSTORE_PRODUCTION_TRUSTED_ROOT,
            Embedded::Staging => SIGSTORE_STAGING_TRUSTED_ROOT,
        };
        Self::read(text.as_bytes(), RootSource::Embedded(which))
    }

    /// Reads a `trusted_root.json`.
    ///
    /// # Errors
    /// Not strict JSON, or not a trusted root.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, TrustError> {
        Self::read(bytes, RootSource::File)
    }

    fn read(bytes: &[u8], source: RootSource) -> Result<Self, TrustError> {
        json::check(bytes)?;
        let text = std::str::from_utf8(bytes).map_err(|_| TrustError::NotText)?;
        let inner = sigstore_trust_root::TrustedRoot::from_json(text)
            .or_else(|_| sigstore_trust_root::TrustedRoot::from_json(&with_empty_urls(text)))
            .map_err(|error| TrustError::Shape(error.to_string()))?;
        if !matches!(inner.media_type.as_str(), MEDIA_TYPE_0_1 | MEDIA_TYPE_0_2) {
            return Err(TrustError::MediaType { found: inner.media_type });
        }
        Ok(Self { inner, source, digest: Digest::sha256(bytes), bytes: bytes.to_vec() })
    }

    /// Where it came from.
    #[must_use]
    pub fn source(&self) -> &RootSource {
        &self.source
    }

    /// SHA-256 of the JSON.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The JSON.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The form that `sigstore-verify` takes.
    #[must_use]
    pub fn as_sigstore(&self) -> &sigstore_trust_root::TrustedRoot {
        &self.inner
    }

    /// Everybody in it, in the order of the file: certificate authorities, certificate transparency logs,
    /// transparency logs, timestamp authorities.
    #[must_use]
    pub fn authorities(&self) -> Vec<Authority> {
        let window =
            |range: Option<sigstore_types::TimeRange>| (range.map(|r| r.start), range.and_then(|r| r.end));
        let authority =
            |role, name: &str, id, (from, until)| Authority { role, name: name.to_owned(), id, from, until };
        let cas = self.inner.certificate_authorities.iter().map(|ca| {
            authority(
                Role::CertificateAuthority,
                &ca.uri,
                certificate_name(ca.cert_chain.certificates.first().map(|leaf| leaf.raw_bytes.as_bytes())),
                window(ca.valid_for),
            )
        });
        let ct_logs = self.inner.ctlogs.iter().map(|log| {
            authority(
                Role::CertificateLog,
                &log.base_url,
                key_name(log.public_key.raw_bytes.as_bytes()),
                window(log.public_key.valid_for),
            )
        });
        let logs = self.inner.tlogs.iter().map(|log| {
            authority(
                Role::TransparencyLog,
                &log.base_url,
                key_name(log.public_key.raw_bytes.as_bytes()),
                window(log.public_key.valid_for),
            )
        });
        let tsas = self.inner.timestamp_authorities.iter().map(|tsa| {
            let uri = tsa.uri.as_deref().unwrap_or_default();
            authority(
                Role::TimestampAuthority,
                uri,
                certificate_name(tsa.cert_chain.certificates.first().map(|leaf| leaf.raw_bytes.as_bytes())),
                window(tsa.valid_for),
            )
        });
        cas.chain(ct_logs).chain(logs).chain(tsas).collect()
    }
}

/// One entry of a trusted root.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Authority {
    /// What it is trusted for.
    pub role: Role,
    /// Its URL, which nothing depends on.
    pub name: String,
    /// Subject of its leaf certificate, or algorithm and fingerprint of its key.
    pub id: String,
    /// Trusted from.
    pub from: Option<Timestamp>,
    /// Trusted until; open if absent.
    pub until: Option<Timestamp>,
}

/// What an authority is trusted for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Issues signing certificates (Fulcio).
    CertificateAuthority,
    /// Logs signing certificates (CT log).
    CertificateLog,
    /// Says when something existed (RFC 3161).
    TimestampAuthority,
    /// Logs signatures (Rekor).
    TransparencyLog,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CertificateAuthority => "certificate authority",
            Self::CertificateLog => "certificate log",
            Self::TimestampAuthority => "timestamp authority",
            Self::TransparencyLog => "transparency log",
        })
    }
}

/// Why a trusted root was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// Not strict JSON.
    #[error("trusted root is not valid JSON: {0}")]
    Json(#[from] JsonError),
    /// Another document.
    #[error("media type {found:?} is not a sigstore trusted root v0.1 or v0.2")]
    MediaType {
        /// What stood there.
        found: String,
    },
    /// Not UTF-8.
    #[error("trusted root is not UTF-8 text")]
    NotText,
    /// JSON of another shape.
    #[error("trusted root is malformed: {0}")]
    Shape(String),
}

fn certificate_name(der: Option<&[u8]>) -> String {
    let leaf = der.and_then(|der| Certificate::from_der(der).ok());
    leaf.map(|leaf| leaf.tbs_certificate.subject.to_string()).unwrap_or_default()
}

fn key_name(der: &[u8]) -> String {
    let fingerprint = Digest::sha256(der);
    match PublicKey::from_spki(der) {
        Ok(key) => format!("{} {fingerprint}", key.algorithm()),
        Err(_) => fingerprint.to_string(),
    }
}

/// Protobuf's JSON leaves out empty strings, which the parser demands for the URLs. Nothing depends on them.
fn with_empty_urls(text: &str) -> String {
    let Ok(mut root) = serde_json::from_str::<serde_json::Value>(text) else { return text.to_owned() };
    for (list, url) in [("tlogs", "baseUrl"), ("ctlogs", "baseUrl"), ("certificateAuthorities", "uri")] {
        let entries = root.get_mut(list).and_then(serde_json::Value::as_array_mut).into_iter().flatten();
        for entry in entries.filter_map(serde_json::Value::as_object_mut) {
            entry.entry(url).or_insert_with(|| "".into());
        }
    }
    root.to_string()
}

const MEDIA_TYPE_0_1: &str = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";
const MEDIA_TYPE_0_2: &str = "application/vnd.dev.sigstore.trustedroot.v0.2+json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_roots_have_every_role() {
        let root = TrustedRoot::embedded(Embedded::Production).unwrap();
        let mut roles: Vec<Role> = root.authorities().iter().map(|authority| authority.role).collect();
        roles.sort_unstable();
        roles.dedup();
        assert_eq!(roles.len(), 4);
        // GitHub's instance has no transparency log: its signatures are timestamped only.
        let root = TrustedRoot::embedded(Embedded::Github).unwrap();
        assert!(root.authorities().iter().any(|authority| authority.role == Role::TimestampAuthority));
        assert!(TrustedRoot::embedded(Embedded::Staging).is_ok());
    }

    #[test]
    fn empty_urls_may_be_absent() {
        let text =
            SIGSTORE_PRODUCTION_TRUSTED_ROOT.replace("\"baseUrl\": \"https://rekor.sigstore.dev\",", "");
        assert_ne!(text, SIGSTORE_PRODUCTION_TRUSTED_ROOT);
        let root = TrustedRoot::from_slice(text.as_bytes()).unwrap();
        assert_eq!(root.authorities().iter().filter(|authority| authority.name.is_empty()).count(), 1);
    }

    #[test]
    fn refuses_other_documents() {
        assert!(matches!(TrustedRoot::from_slice(b""), Err(TrustError::Json(_))));
        assert!(matches!(TrustedRoot::from_slice(b"{}"), Err(TrustError::Shape(_))));
        let other = br#"{"mediaType":"application/json"}"#;
        assert!(matches!(TrustedRoot::from_slice(other), Err(TrustError::MediaType { .. })));
        let twice = br#"{"mediaType":"a","mediaType":"b"}"#;
        assert!(matches!(TrustedRoot::from_slice(twice), Err(TrustError::Json(_))));
    }
}
