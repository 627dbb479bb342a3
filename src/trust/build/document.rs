//! The document: `TrustedRoot` of the specification, as Protobuf's JSON writes it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Serialize;
use sigstore_types::TimeRange;

use super::super::MEDIA_TYPE_0_1;
use super::super::Role;
use super::BuildError;
use super::LogKey;
use super::Window;
use super::certificate::Certificate;
use super::details;

/// `TrustedRoot`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    media_type: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tlogs: Vec<Log>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) certificate_authorities: Vec<Ca>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) ctlogs: Vec<Log>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) timestamp_authorities: Vec<Ca>,
}

impl Default for Document {
    fn default() -> Self {
        Self {
            media_type: MEDIA_TYPE_0_1,
            tlogs: Vec::new(),
            certificate_authorities: Vec::new(),
            ctlogs: Vec::new(),
            timestamp_authorities: Vec::new(),
        }
    }
}

impl Document {
    pub(super) fn to_json(&self) -> Vec<u8> {
        // Strings and lists of them: there is nothing that JSON could not write.
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub(super) fn copy(&mut self, root: &sigstore_trust_root::TrustedRoot, role: Role) {
        match role {
            Role::CertificateAuthority => {
                let copies = root.certificate_authorities.iter().map(|ca| Ca {
                    subject: Subject::copy(&ca.subject),
                    uri: ca.uri.clone(),
                    cert_chain: CertChain::copy(&ca.cert_chain),
                    valid_for: ca.valid_for.map(ValidFor::from),
                });
                self.certificate_authorities.extend(copies);
            }
            Role::TimestampAuthority => {
                let copies = root.timestamp_authorities.iter().map(|tsa| Ca {
                    subject: Subject::copy(&tsa.subject),
                    uri: tsa.uri.clone().unwrap_or_default(),
                    cert_chain: CertChain::copy(&tsa.cert_chain),
                    valid_for: tsa.valid_for.map(ValidFor::from),
                });
                self.timestamp_authorities.extend(copies);
            }
            Role::TransparencyLog => {
                for log in &root.tlogs {
                    Log::copy(&log.base_url, &log.public_key, &log.log_id).put(&mut self.tlogs);
                }
            }
            Role::CertificateLog => {
                for log in &root.ctlogs {
                    Log::copy(&log.base_url, &log.public_key, &log.log_id).put(&mut self.ctlogs);
                }
            }
        }
    }
}

/// `TransparencyLogInstance`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Log {
    #[serde(skip_serializing_if = "String::is_empty")]
    base_url: String,
    /// Of the Merkle tree; no log of Sigstore has another.
    hash_algorithm: &'static str,
    public_key: Key,
    log_id: LogId,
}

impl Log {
    pub(super) fn new(key: &LogKey, url: &str, window: Window) -> Result<Self, BuildError> {
        let public_key = Key {
            raw_bytes: STANDARD.encode(key.key.spki()),
            key_details: details(&key.key)?.to_owned(),
            valid_for: Some(window.into()),
        };
        let log_id = LogId { key_id: STANDARD.encode(&key.id) };
        Ok(Self { base_url: url.to_owned(), hash_algorithm: SHA256, public_key, log_id })
    }

    fn copy(
        url: &str,
        key: &sigstore_trust_root::trusted_root::PublicKey,
        id: &sigstore_types::LogId,
    ) -> Self {
        let public_key = Key {
            raw_bytes: STANDARD.encode(key.raw_bytes.as_bytes()),
            key_details: key.key_details.to_string(),
            valid_for: key.valid_for.map(ValidFor::from),
        };
        let log_id = LogId { key_id: STANDARD.encode(id.key_id.as_bytes()) };
        Self { base_url: url.to_owned(), hash_algorithm: SHA256, public_key, log_id }
    }

    /// Adds it, or puts it in the place of the one with the same name.
    pub(super) fn put(self, logs: &mut Vec<Self>) {
        match logs.iter_mut().find(|log| log.log_id == self.log_id) {
            Some(log) => *log = self,
            None => logs.push(self),
        }
    }
}

/// `PublicKey`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Key {
    raw_bytes: String,
    key_details: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_for: Option<ValidFor>,
}

/// `LogId`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct LogId {
    key_id: String,
}

/// `CertificateAuthority`, which timestamp authorities are, too.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ca {
    subject: Subject,
    #[serde(skip_serializing_if = "String::is_empty")]
    uri: String,
    cert_chain: CertChain,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_for: Option<ValidFor>,
}

impl Ca {
    pub(super) fn new(chain: &[Certificate], uri: &str, window: Window) -> Self {
        let (organization, common_name) = chain.last().map(Certificate::subject).unwrap_or_default();
        let certificates =
            chain.iter().map(|certificate| RawBytes { raw_bytes: STANDARD.encode(certificate.der()) });
        Self {
            subject: Subject { organization, common_name },
            uri: uri.to_owned(),
            cert_chain: CertChain { certificates: certificates.collect() },
            valid_for: Some(window.into()),
        }
    }
}

/// `DistinguishedName`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Subject {
    #[serde(skip_serializing_if = "String::is_empty")]
    organization: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    common_name: String,
}

impl Subject {
    fn copy(subject: &sigstore_trust_root::trusted_root::CertificateSubject) -> Self {
        Self {
            organization: subject.organization.clone().unwrap_or_default(),
            common_name: subject.common_name.clone().unwrap_or_default(),
        }
    }
}

/// `X509CertificateChain`.
#[derive(Clone, Debug, Serialize)]
struct CertChain {
    certificates: Vec<RawBytes>,
}

impl CertChain {
    fn copy(chain: &sigstore_trust_root::trusted_root::CertChain) -> Self {
        let certificates = chain.certificates.iter();
        let certificates =
            certificates.map(|entry| RawBytes { raw_bytes: STANDARD.encode(entry.raw_bytes.as_bytes()) });
        Self { certificates: certificates.collect() }
    }
}

/// `X509Certificate`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RawBytes {
    raw_bytes: String,
}

/// `TimeRange`.
#[derive(Clone, Debug, Serialize)]
struct ValidFor {
    start: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
}

impl From<Window> for ValidFor {
    fn from(window: Window) -> Self {
        Self { start: time(window.from), end: window.until.map(time) }
    }
}

impl From<TimeRange> for ValidFor {
    fn from(range: TimeRange) -> Self {
        Self { start: time(range.start), end: range.end.map(time) }
    }
}

/// Protobuf writes 0, 3, 6 or 9 digits of a second's fraction.
fn time(time: Timestamp) -> String {
    let digits = match time.subsec_nanosecond().unsigned_abs() {
        0 => 0,
        nanoseconds if nanoseconds % 1_000_000 == 0 => 3,
        nanoseconds if nanoseconds % 1_000 == 0 => 6,
        _ => 9,
    };
    format!("{time:.digits$}")
}

const SHA256: &str = "SHA2_256";

#[cfg(test)]
mod tests {
    use super::*;

    /// <https://protobuf.dev/programming-guides/json/>, row `Timestamp`.
    #[test]
    fn fractions_of_seconds() {
        let cases = [
            ("1972-01-01T10:00:20.021Z", "1972-01-01T10:00:20.021Z"),
            ("2025-01-01T00:00:00+02:00", "2024-12-31T22:00:00Z"),
            ("2025-01-01T00:00:00.5Z", "2025-01-01T00:00:00.500Z"),
            ("2025-01-01T00:00:00.0001Z", "2025-01-01T00:00:00.000100Z"),
            ("2025-01-01T00:00:00.000000001Z", "2025-01-01T00:00:00.000000001Z"),
            ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z"),
        ];
        for (input, expected) in cases {
            assert_eq!(time(input.parse().unwrap()), expected);
        }
    }
}
