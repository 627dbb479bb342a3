//! Certificates in the JSON of `cosign download signature`: of the fields that Go prints those that say what
//! the certificate is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::Serialize;
use serde_json::value::RawValue;
use x509_cert::der::Decode;
use x509_cert::der::Encode;

use super::error::Failure;
use super::error::Result;

/// One certificate.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Certificate {
    raw: String,
    #[serde(rename = "RawTBSCertificate")]
    raw_tbs_certificate: String,
    raw_subject_public_key_info: String,
    raw_subject: String,
    raw_issuer: String,
    signature: String,
    version: u8,
    serial_number: Box<RawValue>,
    not_before: String,
    not_after: String,
}

impl Certificate {
    /// Every certificate of a PEM text.
    pub(super) fn all(pem: &str) -> Result<Vec<Self>> {
        let ders = CertificateDer::pem_slice_iter(pem.as_bytes());
        ders.map(|der| {
            let der = der.map_err(|error| malformed(&error))?;
            Self::read(&der).map_err(|error| malformed(&error))
        })
        .collect()
    }

    fn read(der: &[u8]) -> x509_cert::der::Result<Self> {
        let certificate = x509_cert::Certificate::from_der(der)?;
        let signed = &certificate.tbs_certificate;
        let serial = decimal(signed.serial_number.as_bytes());
        Ok(Self {
            raw: STANDARD.encode(der),
            raw_tbs_certificate: STANDARD.encode(signed.to_der()?),
            raw_subject_public_key_info: STANDARD.encode(signed.subject_public_key_info.to_der()?),
            raw_subject: STANDARD.encode(signed.subject.to_der()?),
            raw_issuer: STANDARD.encode(signed.issuer.to_der()?),
            signature: STANDARD.encode(certificate.signature.raw_bytes()),
            version: 3,
            serial_number: RawValue::from_string(serial).unwrap_or_default(),
            not_before: signed.validity.not_before.to_date_time().to_string(),
            not_after: signed.validity.not_after.to_date_time().to_string(),
        })
    }
}

fn malformed(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(format!("a certificate that is attached to the image cannot be read: {error}"))
}

/// A number of any length in decimal digits.
fn decimal(bytes: &[u8]) -> String {
    let mut digits: Vec<u8> = vec![0];
    for byte in bytes {
        let mut carry = u16::from(*byte);
        for digit in &mut digits {
            let value = u16::from(*digit) * 256 + carry;
            *digit = u8::try_from(value % 10).unwrap_or_default();
            carry = value / 10;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 10).unwrap_or_default());
            carry /= 10;
        }
    }
    digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals() {
        assert_eq!(decimal(&[]), "0");
        assert_eq!(decimal(&[0, 255]), "255");
        assert_eq!(decimal(&[1, 0]), "256");
        // 2^64
        assert_eq!(decimal(&[1, 0, 0, 0, 0, 0, 0, 0, 0]), "18446744073709551616");
    }
}
