//! Certificates from PEM files: one chain, or a pool in any order.

use std::fmt;

use const_oid::db::rfc4519::COMMON_NAME;
use const_oid::db::rfc4519::ORGANIZATION_NAME;
use jiff::Timestamp;
use x509_cert::der::Decode;
use x509_cert::der::Encode;
use x509_cert::ext::pkix::BasicConstraints;

use super::BuildError;
use super::pem;
use crate::crypto::HashChoice;
use crate::crypto::PublicKey;
use crate::limits;

/// A certificate chain, leaf-most first, its root last. Never empty.
#[derive(Clone, Debug)]
pub struct Chain {
    first: Certificate,
    /// With the first.
    all: Vec<Certificate>,
}

impl Chain {
    /// Reads the PEM blocks `CERTIFICATE` of a file.
    ///
    /// # Errors
    /// None, too many, another kind of block, or not a certificate.
    pub fn from_pem(text: &[u8]) -> Result<Self, BuildError> {
        Self::new(certificates(text, limits::CHAIN_CERTIFICATES)?)
    }

    fn new(all: Vec<Certificate>) -> Result<Self, BuildError> {
        let first = all.first().ok_or(BuildError::Empty)?.clone();
        Ok(Self { first, all })
    }

    /// Checks that each certificate is signed by the one after it.
    ///
    /// In a trusted root each certificate of an authority is trusted to issue, without a look at the ones
    /// after it. A chain that a user gives as a chain must be one, or a stray certificate becomes a root.
    ///
    /// # Errors
    /// [`BuildError::Issuer`].
    pub fn check_links(&self) -> Result<(), BuildError> {
        let links = self.all.iter().zip(self.all.iter().skip(1));
        let broken = links.enumerate().find(|(_, (certificate, issuer))| !certificate.is_issued_by(issuer));
        broken.map_or(Ok(()), |(index, _)| Err(BuildError::Issuer { position: index.saturating_add(1) }))
    }

    /// When the root begins to be valid.
    #[must_use]
    pub fn root_not_before(&self) -> Timestamp {
        self.all.last().unwrap_or(&self.first).not_before()
    }

    /// When the first certificate begins to be valid.
    #[must_use]
    pub fn leaf_not_before(&self) -> Timestamp {
        self.first.not_before()
    }

    /// How many certificates it has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.all.len()
    }

    pub(super) fn leaf(&self) -> &Certificate {
        &self.first
    }

    pub(super) fn certificates(&self) -> &[Certificate] {
        &self.all
    }
}

/// Roots and intermediates in any order.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    roots: Vec<Certificate>,
    intermediates: Vec<Certificate>,
}

impl Pool {
    /// Adds the certificates of a PEM file as roots (`--ca-roots`).
    ///
    /// # Errors
    /// As [`Chain::from_pem`].
    pub fn roots(mut self, text: &[u8]) -> Result<Self, BuildError> {
        self.roots.extend(certificates(text, limits::POOL_CERTIFICATES)?);
        Ok(self)
    }

    /// Adds the certificates of a PEM file as intermediates (`--ca-intermediates`).
    ///
    /// # Errors
    /// As [`Chain::from_pem`].
    pub fn intermediates(mut self, text: &[u8]) -> Result<Self, BuildError> {
        self.intermediates.extend(certificates(text, limits::POOL_CERTIFICATES)?);
        Ok(self)
    }

    /// Adds the certificates of a PEM file: as a root if subject and issuer are the same, else as an
    /// intermediate (`SIGSTORE_ROOT_FILE`).
    ///
    /// # Errors
    /// As [`Chain::from_pem`].
    pub fn roots_and_intermediates(mut self, text: &[u8]) -> Result<Self, BuildError> {
        let (roots, intermediates): (Vec<_>, Vec<_>) = certificates(text, limits::POOL_CERTIFICATES)?
            .into_iter()
            .partition(Certificate::is_named_by_itself);
        self.roots.extend(roots);
        self.intermediates.extend(intermediates);
        Ok(self)
    }

    /// A chain for each intermediate that leads to a root, and each root by itself.
    pub(super) fn chains(&self) -> Vec<Chain> {
        let paths = self.intermediates.iter().filter_map(|intermediate| self.path(intermediate));
        let roots = self.roots.iter().map(|root| vec![root.clone()]);
        paths.chain(roots).filter_map(|all| Chain::new(all).ok()).collect()
    }

    /// From an intermediate over others to a root, by breadth.
    fn path(&self, start: &Certificate) -> Option<Vec<Certificate>> {
        let mut paths = vec![vec![start.clone()]];
        let mut seen = vec![start.der()];
        while !paths.is_empty() {
            let mut longer = Vec::new();
            for path in paths.into_iter().filter(|path| path.len() < limits::CHAIN_CERTIFICATES) {
                let last = path.last()?;
                if let Some(root) = self.roots.iter().find(|root| last.is_issued_by(root)) {
                    return Some(path.into_iter().chain([root.clone()]).collect());
                }
                for next in &self.intermediates {
                    if !seen.contains(&next.der()) && last.is_issued_by(next) {
                        seen.push(next.der());
                        longer.push(path.iter().chain([next]).cloned().collect());
                    }
                }
            }
            paths = longer;
        }
        None
    }
}

/// One certificate, with the bytes it was read from.
#[derive(Clone)]
pub(super) struct Certificate {
    parsed: x509_cert::Certificate,
    der: Vec<u8>,
}

impl Certificate {
    fn from_der(der: Vec<u8>) -> Result<Self, String> {
        let parsed = x509_cert::Certificate::from_der(&der).map_err(|error| error.to_string())?;
        Ok(Self { parsed, der })
    }

    pub(super) fn der(&self) -> &[u8] {
        &self.der
    }

    /// The first organization and the last common name of the subject, as Go's `crypto/x509` has them.
    pub(super) fn subject(&self) -> (String, String) {
        let subject = &self.parsed.tbs_certificate.subject;
        let values = |oid| {
            let all = subject.0.iter().flat_map(|names| names.0.iter());
            all.filter(move |name| name.oid == oid)
                .filter_map(|name| str::from_utf8(name.value.value()).ok().map(str::to_owned))
        };
        (
            values(ORGANIZATION_NAME).next().unwrap_or_default(),
            values(COMMON_NAME).next_back().unwrap_or_default(),
        )
    }

    /// Whether its basic constraints say that it may issue (RFC 5280 section 4.2.1.9).
    pub(super) fn is_authority(&self) -> bool {
        let constraints = self.parsed.tbs_certificate.get::<BasicConstraints>();
        constraints.is_ok_and(|found| found.is_some_and(|(_, constraints)| constraints.ca))
    }

    fn is_named_by_itself(&self) -> bool {
        let tbs = &self.parsed.tbs_certificate;
        tbs.subject == tbs.issuer
    }

    fn not_before(&self) -> Timestamp {
        let seconds = self.parsed.tbs_certificate.validity.not_before.to_unix_duration().as_secs();
        i64::try_from(seconds).ok().and_then(|s| Timestamp::from_second(s).ok()).unwrap_or(Timestamp::MAX)
    }

    /// Whether `issuer` may issue, has the name, and made the signature.
    fn is_issued_by(&self, issuer: &Self) -> bool {
        let signed = &self.parsed.tbs_certificate;
        if signed.issuer != issuer.parsed.tbs_certificate.subject || !issuer.is_authority() {
            return false;
        }
        let spki = issuer.parsed.tbs_certificate.subject_public_key_info.to_der();
        let key = spki.ok().and_then(|der| PublicKey::from_spki(&der).ok());
        let (Some(key), Ok(message), Some(signature)) =
            (key, signed.to_der(), self.parsed.signature.as_bytes())
        else {
            return false;
        };
        key.verifies(&message, signature, HashChoice::AnySha2)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.parsed.tbs_certificate.subject)
    }
}

fn certificates(text: &[u8], limit: usize) -> Result<Vec<Certificate>, BuildError> {
    let mut found = Vec::new();
    for (position, block) in (1..).zip(pem::blocks(text)) {
        if position > limit {
            return Err(BuildError::Many { limit });
        }
        let block = block.map_err(|reason| BuildError::Pem { position, reason: reason.to_owned() })?;
        if block.label != "CERTIFICATE" {
            return Err(BuildError::NotACertificate { position });
        }
        let certificate = Certificate::from_der(block.der);
        found.push(certificate.map_err(|reason| BuildError::Certificate { position, reason })?);
    }
    if found.is_empty() { Err(BuildError::Empty) } else { Ok(found) }
}
