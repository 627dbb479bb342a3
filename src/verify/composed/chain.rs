//! Chains from a signing certificate to a trusted authority.

use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::TrustAnchor;
use rustls_pki_types::UnixTime;
use sigstore_crypto::WEBPKI_VERIFICATION_ALGS;
use sigstore_types::TimeRange;
use webpki::EndEntityCert;
use webpki::KeyUsage;
use x509_cert::Certificate;
use x509_cert::der::Any;
use x509_cert::der::Decode;
use x509_cert::der::Encode;
use x509_cert::der::Tag;
use x509_cert::ext::pkix::SubjectKeyIdentifier;

use super::super::certificate;
use super::super::certificate::SigningCertificate;
use super::super::error::VerifyError;
use crate::bundle::Bundle;
use crate::bundle::Material;

/// The certificate authorities of a trusted root.
pub(in super::super) struct Authorities {
    anchors: Vec<(TrustAnchor<'static>, Option<TimeRange>)>,
    issuers: Vec<Issuer>,
}

/// One trusted certificate that may issue.
struct Issuer {
    name: Vec<u8>,
    key_id: Option<Vec<u8>>,
    /// Validity of this certificate and of each one above it in its chain.
    validity: Vec<(Timestamp, Timestamp)>,
}

impl Authorities {
    pub(super) fn new(root: &sigstore_trust_root::TrustedRoot) -> Result<Self, VerifyError> {
        let mut anchors = Vec::new();
        let mut issuers = Vec::new();
        for authority in &root.certificate_authorities {
            let chain = &authority.cert_chain.certificates;
            let parsed: Vec<Certificate> = chain
                .iter()
                .map(|entry| Certificate::from_der(entry.raw_bytes.as_bytes()))
                .collect::<Result<_, _>>()
                .map_err(malformed)?;
            for (position, (entry, certificate)) in chain.iter().zip(&parsed).enumerate() {
                let der = CertificateDer::from(entry.raw_bytes.as_bytes());
                let anchor = webpki::anchor_from_trusted_cert(&der).map_err(malformed)?;
                anchors.push((anchor.to_owned(), authority.valid_for));
                issuers.push(Issuer::new(certificate, parsed.iter().skip(position))?);
            }
        }
        Ok(Self { anchors, issuers })
    }

    /// Finds a path from the bundle's certificate to an authority that was trusted at `time`, for code
    /// signing, and returns the key (SubjectPublicKeyInfo) of the direct issuer.
    pub(super) fn verify_path(&self, bundle: &Bundle, time: Timestamp) -> Result<Vec<u8>, VerifyError> {
        let Material::Certificates(chain) = bundle.material() else {
            return Err(VerifyError::Material { expected: "a certificate", found: "a key" });
        };
        let trusted =
            self.anchors.iter().filter(|(_, window)| window.is_none_or(|range| range.contains(time)));
        let anchors: Vec<TrustAnchor<'_>> = trusted.map(|(anchor, _)| anchor.clone()).collect();
        let ders: Vec<CertificateDer<'_>> =
            chain.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let Some((leaf, intermediates)) = ders.split_first() else {
            return Err(VerifyError::Material { expected: "a certificate", found: "an empty chain" });
        };
        let refused = |error: webpki::Error| VerifyError::CertificateChain { reason: error.to_string() };
        let leaf = EndEntityCert::try_from(leaf).map_err(refused)?;
        let seconds = u64::try_from(time.as_second()).unwrap_or_default();
        let path = leaf
            .verify_for_usage(
                WEBPKI_VERIFICATION_ALGS,
                &anchors,
                intermediates,
                UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds)),
                KeyUsage::required(CODE_SIGNING),
                None,
                None,
            )
            .map_err(refused)?;
        match path.intermediate_certificates().next() {
            Some(issuer) => Ok(issuer.subject_public_key_info().as_ref().to_vec()),
            // webpki keeps the content of the anchor's SEQUENCE only.
            None => Any::new(Tag::Sequence, path.anchor().subject_public_key_info.as_ref())
                .and_then(|any| any.to_der())
                .map_err(malformed),
        }
    }

    /// Checks that the authority itself was valid at every time (CVE-2026-24122): a path search ends at a
    /// trusted certificate and does not look at that one's dates.
    ///
    /// Every trusted certificate that may be the issuer counts, by name and key identifier. If the issuer is
    /// none of them, the path goes on over a certificate of the bundle, whose dates the path search checks;
    /// then those count that may have issued one of these. There is always one, or nothing was checked.
    pub(in super::super) fn check_times(
        &self,
        certificate: &SigningCertificate,
        chain: &[Vec<u8>],
        times: &[Timestamp],
    ) -> Result<(), VerifyError> {
        let own = Issued { by: certificate.issuer_name.clone(), key_id: certificate.issuer_key_id.clone() };
        let mut issuers: Vec<&Issuer> = self.issuers_of(&own).collect();
        if issuers.is_empty() {
            let above = chain.iter().skip(1).filter_map(|der| Issued::read(der));
            issuers = above.flat_map(|above| self.issuers_of(&above).collect::<Vec<_>>()).collect();
        }
        if issuers.is_empty() {
            let reason = "no trusted authority has the name and key of its issuer".to_owned();
            return Err(VerifyError::CertificateChain { reason });
        }
        for (time, (not_before, not_after)) in issuers.iter().flat_map(|issuer| {
            times.iter().flat_map(|time| issuer.validity.iter().map(|window| (*time, *window)))
        }) {
            if time < not_before || time > not_after {
                return Err(VerifyError::AuthorityTime { time, not_before, not_after });
            }
        }
        Ok(())
    }

    fn issuers_of(&self, issued: &Issued) -> impl Iterator<Item = &Issuer> {
        self.issuers.iter().filter(|issuer| issuer.may_have_issued(issued))
    }
}

/// What a certificate says of its issuer: DER of the name, and key identifier if stated.
struct Issued {
    by: Vec<u8>,
    key_id: Option<Vec<u8>>,
}

impl Issued {
    fn read(der: &[u8]) -> Option<Self> {
        let tbs = Certificate::from_der(der).ok()?.tbs_certificate;
        let extensions = tbs.extensions.as_deref().unwrap_or_default();
        Some(Self { by: tbs.issuer.to_der().ok()?, key_id: certificate::authority_key_id(extensions) })
    }
}

impl Issuer {
    fn new<'a>(
        certificate: &Certificate,
        upwards: impl Iterator<Item = &'a Certificate>,
    ) -> Result<Self, VerifyError> {
        let tbs = &certificate.tbs_certificate;
        let key_id: Option<(bool, SubjectKeyIdentifier)> = tbs.get().map_err(malformed)?;
        let validity = upwards.map(|certificate| {
            let validity = &certificate.tbs_certificate.validity;
            let window =
                certificate::timestamp(&validity.not_before).zip(certificate::timestamp(&validity.not_after));
            window.ok_or_else(|| malformed("validity is out of range"))
        });
        Ok(Self {
            name: tbs.subject.to_der().map_err(malformed)?,
            key_id: key_id.map(|(_, id)| id.0.as_bytes().to_vec()),
            validity: validity.collect::<Result<_, _>>()?,
        })
    }

    fn may_have_issued(&self, issued: &Issued) -> bool {
        let same_key = match (&self.key_id, &issued.key_id) {
            (Some(own), Some(stated)) => own == stated,
            _ => true,
        };
        self.name == issued.by && same_key
    }
}

fn malformed(error: impl ToString) -> VerifyError {
    VerifyError::Refused(format!("trusted root: {}", error.to_string()))
}

/// `id-kp-codeSigning`, 1.3.6.1.5.5.7.3.3 (RFC 5280, 4.2.1.12).
const CODE_SIGNING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03];
