//! Strict YAML: one document, no key twice, no merge keys, and errors with their place.
//!
//! For the files that people write. A word that is not known is an error with a suggestion, so that a misspelled
//! rule is not a rule that is silently left out.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_saphyr::DuplicateKeyPolicy;
use serde_saphyr::Error as ParseError;
use serde_saphyr::Location;
use serde_saphyr::MergeKeyPolicy;

/// A place in a file.
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

/// Why a file was not read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum YamlError {
    /// Not YAML, or not of the right shape.
    #[error("{at}: {reason}")]
    Syntax {
        /// Where.
        at: Position,
        /// What is wrong.
        reason: String,
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
}

/// Reads one document of at most `nodes` scalars, lists and maps.
///
/// # Errors
/// It is no YAML, more than one document, too large, has a key twice, or is not what `T` reads.
pub fn read<T: DeserializeOwned>(text: &str, nodes: usize) -> Result<T, YamlError> {
    // Anchors are of no use in a file of this kind; these bounds leave some and stop alias bombs.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: nodes.saturating_mul(2),
            max_nodes: nodes,
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

fn convert(error: &ParseError) -> YamlError {
    let at = error.location().map_or(Position { line: 0, column: 0 }, Position::from);
    match error {
        ParseError::AliasError { error, .. } => convert(error),
        ParseError::SerdeUnknownField { field, expected, .. } => YamlError::UnknownKey {
            at,
            suggestion: closest(field, expected),
            found: short(field),
            known: expected.clone(),
        },
        ParseError::SerdeUnknownVariant { variant, expected, .. } => YamlError::UnknownValue {
            at,
            suggestion: closest(variant, expected),
            found: short(variant),
            known: expected.clone(),
        },
        other => YamlError::Syntax { at, reason: reason(other) },
    }
}

/// The library's message without the place, which we print ourselves.
fn reason(error: &ParseError) -> String {
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
