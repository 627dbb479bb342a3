//! Why a policy was not read, and where.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_saphyr::DuplicateKeyPolicy;
use serde_saphyr::Error as YamlError;
use serde_saphyr::Location;
use serde_saphyr::MergeKeyPolicy;

use crate::limits;
use crate::oci::PlatformError;
use crate::package::PurlError;
use crate::predicate::PredicateTypeError;
use crate::scan::Severity;

/// A place in a policy file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Position {
    /// From 1.
    pub line: u64,
    /// From 1.
    pub column: u64,
}

impl From<Location> for Position {
    fn from(location: Location) -> Self {
        Self { line: location.line(), column: location.column() }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Why a policy was not read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// A field of an allowlist entry is empty.
    #[error("{at}: allowlist entry has an empty `{field}`")]
    AllowlistEmpty {
        /// Where.
        at: Position,
        /// The field.
        field: &'static str,
    },
    /// An allowlist entry has a package URL that cannot be read.
    #[error("{at}: allowlist entry: {reason}")]
    AllowlistPackage {
        /// Where.
        at: Position,
        /// What is wrong.
        reason: PurlError,
    },
    /// Two allowlist entries are about the same.
    #[error("{at}: allowlist entry for {id} is there already, in line {line}")]
    AllowlistTwice {
        /// Where.
        at: Position,
        /// Of the finding.
        id: String,
        /// Of the first one.
        line: u64,
    },
    /// Not an attestation type.
    #[error("{at}: {reason}")]
    AttestationType {
        /// Where.
        at: Position,
        /// What is wrong.
        reason: PredicateTypeError,
    },
    /// `expires` is not a day.
    #[error("{at}: `expires` is {found:?}, which is not a day as 2026-12-31")]
    Expires {
        /// Where.
        at: Position,
        /// What stood there.
        found: String,
    },
    /// `fail-on` names nothing.
    #[error("{at}: `fail-on` is empty; to do without a scan, write `required: false`")]
    FailOnEmpty {
        /// Where.
        at: Position,
    },
    /// `fail-on` leaves out something worse than it names.
    #[error("{at}: `fail-on` has {lowest} but not {missing}, which is worse")]
    FailOnGap {
        /// Where.
        at: Position,
        /// The mildest that is named.
        lowest: Severity,
        /// What is left out.
        missing: Severity,
    },
    /// An identity is incomplete or contradicts itself.
    #[error("{at}: this identity cannot be used: {reason}")]
    Identity {
        /// Where.
        at: Position,
        /// What is wrong.
        reason: &'static str,
    },
    /// A pattern or claim of an identity cannot be used.
    #[error("{at}: {reason}")]
    Matcher {
        /// Where.
        at: Position,
        /// What is wrong.
        reason: String,
    },
    /// An age is not a length of time.
    #[error(
        "{at}: `{key}` is {found:?}, which is not a number of minutes, hours or days as 90m, 24h, 7d, nor none"
    )]
    MaxAge {
        /// Where.
        at: Position,
        /// The key.
        key: &'static str,
        /// What stood there.
        found: String,
    },
    /// A list of identities is empty.
    #[error("{at}: `identities` is empty, so nobody is trusted")]
    NobodyTrusted {
        /// Where.
        at: Position,
    },
    /// Not UTF-8.
    #[error("policy is not UTF-8 text")]
    NotText,
    /// `platforms` names nothing.
    #[error("{at}: `platforms` is empty; leave it out to judge every platform")]
    NoPlatform {
        /// Where.
        at: Position,
    },
    /// More than the whole.
    #[error("{at}: `min-coverage` is {found}; it is a percentage, 100 at most")]
    Percent {
        /// Where.
        at: Position,
        /// What stood there.
        found: u8,
    },
    /// Sources that would not count.
    #[error("{at}: `severity-sources` needs `severity: highest`")]
    SeveritySources {
        /// Where.
        at: Position,
    },
    /// Not a platform.
    #[error("{at}: {reason}")]
    Platform {
        /// Where.
        at: Position,
        /// What is wrong.
        reason: PlatformError,
    },
    /// Not YAML, or not of the right shape.
    #[error("{at}: {reason}")]
    Syntax {
        /// Where.
        at: Position,
        /// What is wrong.
        reason: String,
    },
    /// Too large.
    #[error("policy has {size} bytes, more than {}", limits::POLICY_BYTES)]
    TooLarge {
        /// Its size.
        size: usize,
    },
    /// A key that is not known.
    #[error("{at}: unknown key `{found}`{}", hint(*suggestion, known))]
    UnknownKey {
        /// Where.
        at: Position,
        /// What stood there.
        found: String,
        /// What may have been meant.
        suggestion: Option<&'static str>,
        /// What may stand there.
        known: Vec<&'static str>,
    },
    /// A word that is not known.
    #[error("{at}: unknown value `{found}`{}", hint(*suggestion, known))]
    UnknownValue {
        /// Where.
        at: Position,
        /// What stood there.
        found: String,
        /// What may have been meant.
        suggestion: Option<&'static str>,
        /// What may stand there.
        known: Vec<&'static str>,
    },
    /// Another version of the format.
    #[error("{at}: `version` is {found}; this program reads version 1")]
    Version {
        /// Where.
        at: Position,
        /// What stood there.
        found: u64,
    },
}

/// Reads strict YAML: one document, no key twice, no merge keys, and no more work than its size.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, PolicyError> {
    // Anchors are of no use in a file of this kind; these bounds leave some and stop alias bombs.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 100_000,
            max_nodes: 50_000,
            max_depth: 32,
            max_aliases: 100,
            max_anchors: 100,
            max_documents: 1,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 10_000, max_replay_stack_depth: 8 },
        strict_booleans: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| convert(error.without_snippet()))
}

fn convert(error: &YamlError) -> PolicyError {
    let at = error.location().map_or(Position { line: 0, column: 0 }, Position::from);
    match error {
        YamlError::AliasError { error, .. } => convert(error),
        YamlError::SerdeUnknownField { field, expected, .. } => PolicyError::UnknownKey {
            at,
            suggestion: closest(field, expected),
            found: short(field),
            known: expected.clone(),
        },
        YamlError::SerdeUnknownVariant { variant, expected, .. } => PolicyError::UnknownValue {
            at,
            suggestion: closest(variant, expected),
            found: short(variant),
            known: expected.clone(),
        },
        other => PolicyError::Syntax { at, reason: reason(other) },
    }
}

/// The library's message without the place, which we print ourselves.
fn reason(error: &YamlError) -> String {
    let text = error.to_string();
    let text = text.lines().next().unwrap_or_default();
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let text = text.rsplit_once(" at line ").map_or(text, |(text, _)| text);
    let plain = PLAIN.iter().find(|(start, _)| text.contains(start));
    match plain {
        Some((start, plain)) => {
            let rest = text
                .split_once(start)
                .map_or("", |(_, rest)| rest.split(", set ").next().unwrap_or_default());
            short(&format!("{plain}{}", if plain.ends_with(' ') { rest.trim() } else { "" }))
        }
        None => short(text),
    }
}

/// The library's words for what people get wrong, and words that say what to write. Behind a blank the rest of
/// the message follows.
const PLAIN: [(&str, &str); 4] = [
    ("duplicate mapping key:", "a key stands twice: "),
    ("expected sequence start", "expected a list, such as [HIGH]"),
    ("expected mapping start", "expected keys with values; are they indented?"),
    ("invalid boolean", "write true or false"),
];

/// The known word that `found` is a misspelling of. `fail_on`, `failOn` and `FAIL-ON` are `fail-on`.
fn closest(found: &str, known: &[&'static str]) -> Option<&'static str> {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['_', ' ', '-'], "");
    let found = plain(found);
    let distance = |word: &&&'static str| strsim::damerau_levenshtein(&found, &plain(word));
    known.iter().min_by_key(distance).filter(|word| distance(word) <= (found.len() / 3).max(1)).copied()
}

fn hint(suggestion: Option<&str>, known: &[&str]) -> String {
    match suggestion {
        Some(word) => format!("; did you mean `{word}`?"),
        None => format!("; known are {}", known.join(", ")),
    }
}

/// Some of a text from the file, without the power to act on a terminal.
fn short(text: &str) -> String {
    text.chars()
        .take(200)
        .flat_map(char::escape_debug)
        .collect::<String>()
        .replace("\\'", "'")
        .replace("\\\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::super::super::Policy;

    const SIGNATURE: &str = "signature:\n  identities: [{identity: a, issuer: b}]\n";

    #[test]
    fn common_mistakes_are_told_in_plain_words() {
        for (text, message) in [
            ("version: 1\nversion: 1\n", "a key stands twice: version"),
            ("version: 1\nscan: {fail-on: HIGH}\n", "expected a list, such as [HIGH]"),
            ("version: 1\nsbom:\n- required\n", "expected keys with values; are they indented?"),
            ("version: 1\nsbom: {required: yes}\n", "write true or false"),
        ] {
            let error = Policy::from_slice(format!("{text}{SIGNATURE}").as_bytes()).unwrap_err().to_string();
            assert!(error.contains(message) && !error.contains("Policy in"), "{text:?}: {error}");
        }
    }
}
