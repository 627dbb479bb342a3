//! Why an allowlist was not read, and where.

use jiff::civil::Date;

use super::range::RangeError;
use crate::limits;
use crate::package::PurlError;
use crate::yaml::Position;
use crate::yaml::YamlError;

/// Why an allowlist was not read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AllowlistError {
    /// A day is not a day.
    #[error("{at}: `{field}` is {found:?}, which is not a day as 2026-12-31")]
    Day {
        /// Where the entry begins.
        at: Position,
        /// The key.
        field: &'static str,
        /// What stood there.
        found: String,
    },
    /// A key has an empty value.
    #[error("{at}: `{field}` is empty")]
    Empty {
        /// Where the entry begins.
        at: Position,
        /// The key.
        field: &'static str,
    },
    /// It ends before it begins.
    #[error("{at}: `expires` ({expires}) is before `created` ({created})")]
    EndsBeforeItBegins {
        /// Where the entry begins.
        at: Position,
        /// First day.
        created: Date,
        /// Last day.
        expires: Date,
    },
    /// A glob or its like cannot be used.
    #[error("{at}: `{field}` is {found:?}: {reason}")]
    Pattern {
        /// Where the entry begins.
        at: Position,
        /// The key.
        field: &'static str,
        /// What stood there.
        found: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// Neither package nor path.
    #[error(
        "{at}: the entry for {id} says neither `package` nor `path`: it would be met wherever {id} is found"
    )]
    Nowhere {
        /// Where the entry begins.
        at: Position,
        /// Of the finding.
        id: String,
    },
    /// Not UTF-8.
    #[error("allowlist is not UTF-8 text")]
    NotText,
    /// A package URL that cannot be read.
    #[error("{at}: {reason}")]
    Package {
        /// Where the entry begins.
        at: Position,
        /// What is wrong.
        reason: PurlError,
    },
    /// A range of versions that cannot be read.
    #[error("{at}: `versions`: {reason}")]
    Range {
        /// Where the entry begins.
        at: Position,
        /// What is wrong.
        reason: RangeError,
    },
    /// Too large.
    #[error("allowlist has {size} bytes, more than {}", limits::ALLOWLIST_BYTES)]
    TooLarge {
        /// Its size.
        size: usize,
    },
    /// Another version of the format.
    #[error("{at}: `version` is {found}; this program reads version 1")]
    Version {
        /// Where.
        at: Position,
        /// What stood there.
        found: u64,
    },
    /// Not YAML, or not of the right shape.
    #[error(transparent)]
    Yaml(#[from] YamlError),
}
