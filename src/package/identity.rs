//! Identifiers that are made of what they name, so that they are the same in every run.

use super::Package;
use crate::digest::Digest;

/// What SPDX 2 allows in an identifier: letters, digits, `.` and `-`.
#[must_use]
pub fn sanitise(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' || c == '-' { c } else { '-' }).collect()
}

/// The first `digits` of the SHA-256 of some parts; no two lists of parts look alike to it.
#[must_use]
pub fn hash<'a>(parts: impl IntoIterator<Item = &'a str>, digits: usize) -> String {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    let mut hex = Digest::sha256(&bytes).hex();
    hex.truncate(digits);
    hex
}

impl Package {
    /// 16 digits that are the same in every run, and others for every other package: of kind, name, version, package
    /// URL and places.
    #[must_use]
    pub fn identity(&self) -> String {
        let purl = self.purl.as_ref().map_or("", |purl| purl.as_str());
        let own = [self.kind.name(), &self.name, self.version.as_deref().unwrap_or_default(), purl];
        hash(own.into_iter().chain(self.locations.iter().map(|location| location.path.as_str())), 16)
    }
}
