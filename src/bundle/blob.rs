//! The file that `cosign sign-blob --bundle` wrote before there were bundles, `LocalSignedPayload`: signature,
//! certificate (or public key) and log entry in one JSON object.
//! <https://github.com/sigstore/cosign/blob/main/pkg/cosign/fetch.go>

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::BundleError;
use super::legacy;
use crate::json;

/// What such a file holds, as it stands there. Nothing about it is verified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BlobBundle {
    signature: String,
    certificate: Option<String>,
    log_entry: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire<'a> {
    base64_signature: String,
    #[serde(default)]
    cert: Option<String>,
    #[serde(borrow, default)]
    rekor_bundle: Option<&'a RawValue>,
}

impl BlobBundle {
    /// Reads the file.
    ///
    /// # Errors
    /// Not JSON of this shape.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, BundleError> {
        let wire: Wire<'_> = json::from_slice(bytes)?;
        Ok(Self {
            signature: wire.base64_signature,
            certificate: wire.cert.filter(|text| !text.is_empty()).map(pem),
            log_entry: wire.rekor_bundle.map(|raw| raw.get().to_owned()).filter(|text| text != "null"),
        })
    }

    /// The signature in base64. For an attestation it is the envelope.
    #[must_use]
    pub fn signature(&self) -> &str {
        &self.signature
    }

    /// The certificate, or the public key, in PEM.
    #[must_use]
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// The log entry, in JSON.
    #[must_use]
    pub fn log_entry(&self) -> Option<&str> {
        self.log_entry.as_deref()
    }

    /// The same as annotations of a layer, by which a [`Candidate`](super::Candidate) is verified. A public key
    /// is left out: who verifies must know it.
    #[must_use]
    pub fn annotations(&self) -> BTreeMap<String, String> {
        let certificate = self.certificate.clone().filter(|pem| pem.contains("-----BEGIN CERTIFICATE-----"));
        let all = [
            (legacy::SIGNATURE, Some(self.signature.clone())),
            (legacy::CERTIFICATE, certificate),
            (legacy::REKOR_BUNDLE, self.log_entry.clone()),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

/// cosign writes base64 of PEM and reads PEM as well.
fn pem(text: String) -> String {
    let decoded = STANDARD.decode(text.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_cosign_writes() {
        let text = r#"{"base64Signature":"AAAA","cert":"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t","rekorBundle":{"SignedEntryTimestamp":"AA==","Payload":{}}}"#;
        let bundle = BlobBundle::from_slice(text.as_bytes()).unwrap();
        assert_eq!(bundle.signature(), "AAAA");
        assert_eq!(bundle.certificate(), Some("-----BEGIN CERTIFICATE-----"));
        assert_eq!(bundle.log_entry(), Some(r#"{"SignedEntryTimestamp":"AA==","Payload":{}}"#));
        assert_eq!(bundle.annotations().len(), 3);
        let without = BlobBundle::from_slice(br#"{"base64Signature":"AAAA","cert":"","rekorBundle":null}"#);
        assert_eq!(without.unwrap().annotations().len(), 1);
    }

    #[test]
    fn a_public_key_in_the_file_is_no_signer() {
        let text = r#"{"base64Signature":"AAAA","cert":"-----BEGIN PUBLIC KEY-----\n"}"#;
        let bundle = BlobBundle::from_slice(text.as_bytes()).unwrap();
        assert!(bundle.certificate().is_some());
        assert_eq!(bundle.annotations().len(), 1);
    }

    #[test]
    fn refuses_other_files() {
        for text in [
            "",
            "{}",
            "hello",
            r#"{"cert":"x"}"#,
            r#"{"base64Signature":1}"#,
            r#"{"base64Signature":"AAAA","base64Signature":"AAAB"}"#,
            r#"{"base64Signature":"AAAA"} {}"#,
            r#"{"base64Signature":"AAAA","mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}"#,
        ] {
            assert!(BlobBundle::from_slice(text.as_bytes()).is_err(), "{text}");
        }
    }
}
