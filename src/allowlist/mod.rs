//! Findings that are accepted for a time: `allowlist.yaml`.
//!
//! An [`Entry`] names a finding and where it may be, who answers for it, why, and until when. A [`Matcher`] says which
//! entry meets a finding and why the others do not; [`review()`] says which entries have outlived their purpose;
//! [`import`] makes entries of other tools' files; [`edit`] changes a file and keeps its comments. No I/O and no clock.
//!
//! Nothing is accepted for want of knowledge: an entry with a package URL, version range, image, platform or
//! environment meets only what is known to be in it.

mod draft;
pub mod edit;
mod entry;
mod error;
mod file;
pub mod import;
mod matcher;
mod range;
mod review;
mod rules;

#[cfg(test)]
mod testing;
mod why;

pub use draft::Draft;
pub use draft::Terms;
pub use entry::Entry;
pub use entry::FixAtGrant;
pub use entry::ImagePattern;
pub use entry::PackagePattern;
pub use error::AllowlistError;
pub use file::allowlist_schema;
pub use matcher::Explanation;
pub use matcher::Match;
pub use matcher::Matcher;
pub use matcher::Query;
pub use matcher::Scope;
pub use range::Range;
pub use range::RangeError;
pub use review::Class;
pub use review::Judged;
pub use review::Level;
pub use review::Note;
pub use review::review;
pub use rules::Rules;
pub use why::Why;

use crate::digest::Digest;
use crate::limits;
use crate::yaml;
use crate::yaml::Position;

use self::file::AllowlistFile;

/// Findings that are accepted for a time.
#[derive(Clone, Debug)]
pub struct Allowlist {
    digest: Digest,
    entries: Vec<Entry>,
}

impl Allowlist {
    /// Reads an allowlist.
    ///
    /// # Errors
    /// It is too large, not YAML, has a key that is not known or twice, or an entry that is incomplete or makes no
    /// sense; the error has the place.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, AllowlistError> {
        if u64::try_from(bytes.len()).map_or(true, |size| size > limits::ALLOWLIST_BYTES) {
            return Err(AllowlistError::TooLarge { size: bytes.len() });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| AllowlistError::NotText)?;
        let file: AllowlistFile = yaml::read(text, limits::ALLOWLIST_NODES)?;
        if file.version.value != 1 {
            let at = Position::from(file.version.referenced);
            return Err(AllowlistError::Version { at, found: file.version.value });
        }
        let entries = file.entries.into_iter().map(Entry::read).collect::<Result<_, _>>()?;
        Ok(Self { digest: Digest::sha256(bytes), entries })
    }

    /// SHA-256 of the file.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The entries, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

#[cfg(test)]
mod tests;
