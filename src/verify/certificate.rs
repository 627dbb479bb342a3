//! What a signing certificate states: identity, key, validity, issuer.
//!
//! Reads one DER certificate (RFC 5280) in the profile of Fulcio. Trusts none of it; the chain is
//! verified elsewhere. <https://github.com/sigstore/fulcio/blob/main/docs/certificate-specification.md>

use std::collections::HashSet;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER;
use jiff::Timestamp;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::Encode;
use x509_cert::der::asn1::Utf8StringRef;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::AuthorityKeyIdentifier;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::time::Time;

use super::error::VerifyError;
use crate::crypto::PublicKey;
use crate::identity::CLAIMS;
use crate::identity::CertificateIdentity;

/// A parsed signing certificate.
#[derive(Clone, Debug)]
pub(super) struct SigningCertificate {
    pub(super) identity: CertificateIdentity,
    pub(super) key: PublicKey,
    /// DER of the issuer's name.
    pub(super) issuer_name: Vec<u8>,
    /// Key identifier of the issuer, if stated.
    pub(super) issuer_key_id: Option<Vec<u8>>,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
    pub(super) certificate: Certificate,
}

impl SigningCertificate {
    /// Parses a certificate.
    pub(super) fn parse(der: &[u8]) -> Result<Self, VerifyError> {
        let malformed = |what: &'static str| move |_| VerifyError::CertificateMalformed { what };
        let certificate = Certificate::from_der(der).map_err(malformed("DER encoding"))?;
        let tbs = &certificate.tbs_certificate;
        let spki = tbs.subject_public_key_info.to_der().map_err(malformed("public key"))?;
        let key = PublicKey::from_spki(&spki).map_err(VerifyError::CertificateKey)?;
        let extensions = tbs.extensions.as_deref().unwrap_or_default();
        check_extensions(extensions)?;
        Ok(Self {
            identity: CertificateIdentity {
                san: san(&certificate)?,
                issuer: issuer(extensions)?,
                claims: claims(extensions),
            },
            key,
            issuer_name: tbs.issuer.to_der().map_err(malformed("issuer name"))?,
            issuer_key_id: authority_key_id(extensions),
            not_before: timestamp(&tbs.validity.not_before)
                .ok_or(VerifyError::CertificateMalformed { what: "notBefore" })?,
            not_after: timestamp(&tbs.validity.not_after)
                .ok_or(VerifyError::CertificateMalformed { what: "notAfter" })?,
            certificate,
        })
    }

    /// Whether the certificate was valid at `time`, both ends included (RFC 5280, 4.1.2.5).
    pub(super) fn check_valid_at(&self, time: Timestamp) -> Result<(), VerifyError> {
        if time < self.not_before || time > self.not_after {
            return Err(VerifyError::CertificateTime {
                time,
                not_before: self.not_before,
                not_after: self.not_after,
            });
        }
        Ok(())
    }
}

/// No extension may be there twice (RFC 5280, 4.2): one reader would take the first, another the last.
fn check_extensions(extensions: &[Extension]) -> Result<(), VerifyError> {
    let mut seen = HashSet::new();
    match extensions.iter().all(|extension| seen.insert(extension.extn_id)) {
        true => Ok(()),
        false => Err(VerifyError::CertificateMalformed { what: "an extension is there twice" }),
    }
}

/// A time of a certificate.
pub(super) fn timestamp(time: &Time) -> Option<Timestamp> {
    let seconds = time.to_unix_duration().as_secs();
    Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}

/// First URI, else first email address, else the first `otherName` of Fulcio: the order of sigstore-go.
fn san(certificate: &Certificate) -> Result<String, VerifyError> {
    let malformed = || VerifyError::CertificateMalformed { what: "subject alternative name" };
    let found: Option<(bool, SubjectAltName)> = certificate.tbs_certificate.get().map_err(|_| malformed())?;
    let (_, SubjectAltName(names)) = found.ok_or(VerifyError::NoIdentity)?;
    let uri = names.iter().find_map(|name| match name {
        GeneralName::UniformResourceIdentifier(uri) => Some(uri.to_string()),
        _ => None,
    });
    let email = || {
        names.iter().find_map(|name| match name {
            GeneralName::Rfc822Name(email) => Some(email.to_string()),
            _ => None,
        })
    };
    let other = || {
        names.iter().find_map(|name| match name {
            GeneralName::OtherName(other) if other.type_id == OTHER_NAME => {
                other.value.decode_as::<Utf8StringRef<'_>>().ok().map(|text| text.as_str().to_owned())
            }
            _ => None,
        })
    };
    let name = uri.or_else(email).or_else(other).ok_or(VerifyError::NoIdentity)?;
    // As Go's reader, which refuses them in a URI. A line break would let `(?m)^` match in the middle.
    if name.contains(|letter: char| letter.is_control()) { Err(malformed()) } else { Ok(name) }
}

/// The issuer: the DER string of `.1.8`, else the raw one of `.1.1`. A malformed one is an error, not a reason to
/// look at the other; and both say the same, because cosign's older formats are judged by the other one.
fn issuer(extensions: &[Extension]) -> Result<Option<String>, VerifyError> {
    let malformed = |what| VerifyError::CertificateMalformed { what };
    let raw = fulcio_extension(extensions, 1).map(std::str::from_utf8).transpose();
    let raw = raw.map_err(|_| malformed("OIDC issuer extension"))?;
    let Some(value) = fulcio_extension(extensions, 8) else { return Ok(raw.map(str::to_owned)) };
    let value = Utf8StringRef::from_der(value).map_err(|_| malformed("OIDC issuer extension"))?;
    match raw {
        Some(raw) if raw != value.as_str() => Err(malformed("it names two OIDC issuers")),
        _ => Ok(Some(value.as_str().to_owned())),
    }
}

fn claims(extensions: &[Extension]) -> std::collections::BTreeMap<&'static str, String> {
    let claims = CLAIMS.iter().filter_map(|(name, arc)| {
        let value = fulcio_extension(extensions, *arc)?;
        let raw = (2..=6).contains(arc);
        let text = if raw {
            std::str::from_utf8(value).ok()?
        } else {
            Utf8StringRef::from_der(value).ok()?.as_str()
        };
        Some((*name, text.to_owned()))
    });
    claims.collect()
}

fn fulcio_extension(extensions: &[Extension], arc: u32) -> Option<&[u8]> {
    let oid = FULCIO.push_arc(arc).ok()?;
    extensions
        .iter()
        .find(|extension| extension.extn_id == oid)
        .map(|extension| extension.extn_value.as_bytes())
}

/// Key identifier of the issuer, if stated.
pub(super) fn authority_key_id(extensions: &[Extension]) -> Option<Vec<u8>> {
    let extension =
        extensions.iter().find(|extension| extension.extn_id == ID_CE_AUTHORITY_KEY_IDENTIFIER)?;
    let identifier = AuthorityKeyIdentifier::from_der(extension.extn_value.as_bytes()).ok()?;
    identifier.key_identifier.map(|id| id.as_bytes().to_vec())
}

/// Fulcio's arc.
const FULCIO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1");
/// Fulcio's `otherName`, for user names.
const OTHER_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1.7");
