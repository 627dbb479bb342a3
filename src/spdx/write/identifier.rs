//! Identifiers that are made of what they name, so that they are the same in every run.

use crate::digest::Digest;
use crate::package::Package;

/// What SPDX 2 allows in an identifier: letters, digits, `.` and `-`.
pub(super) fn sanitise(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' || c == '-' { c } else { '-' }).collect()
}

/// The first `digits` of the SHA-256 of some parts; no two lists of parts look alike to it.
pub(super) fn hash<'a>(parts: impl IntoIterator<Item = &'a str>, digits: usize) -> String {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    let mut hex = Digest::sha256(&bytes).hex();
    hex.truncate(digits);
    hex
}

/// `Package-deb-adduser-0d50d654eb648ebd`: kind and name for people, the hash of all that tells it from others.
pub(super) fn package(package: &Package) -> String {
    let kind = package.kind.name();
    let purl = package.purl.as_ref().map_or("", |purl| purl.as_str());
    let own = [kind, &package.name, package.version.as_deref().unwrap_or_default(), purl];
    let paths = package.locations.iter().map(|location| location.path.as_str());
    let name: String = package.name.chars().take(NAME_CHARACTERS).collect();
    format!("Package-{kind}-{}-{}", sanitise(&name), hash(own.into_iter().chain(paths), 16))
}

/// Names can be of any length, and the hash tells them apart.
const NAME_CHARACTERS: usize = 100;
