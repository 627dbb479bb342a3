//! What was repaired, ignored or doubtful when a document was read.

use std::fmt;

use serde::Serialize;

use crate::limits;

/// One repair, or one thing that is not as the specification wants it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Diagnostic {
    /// The stable name of the rule.
    pub code: Code,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What, for people.
    pub message: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.place, self.code.name(), self.message)
    }
}

/// Where in a document.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// Line of a tag-value text, from 1.
    Line(usize),
    /// JSON pointer (RFC 6901). In YAML, the same in its JSON equivalent.
    Pointer(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Pointer(pointer) if pointer.is_empty() => f.write_str("document"),
            Self::Pointer(pointer) => f.write_str(pointer),
        }
    }
}

/// The rules.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Code {
    /// A value that the specification does not know or allow there.
    BadValue,
    /// A time that is none, or not written as `YYYY-MM-DDThh:mm:ssZ`.
    Date,
    /// A relationship or described element that names nothing in the document.
    Dangling,
    /// One identifier twice, for the same content.
    DuplicateId,
    /// Encoded in UTF-16, or with a byte order mark.
    Encoding,
    /// An identifier that is not spelled as the specification wants it.
    Identifier,
    /// A line of a tag-value text that has no tag.
    Line,
    /// Something that must be there is not.
    Missing,
    /// A tag where it cannot stand, so that it was ignored.
    MisplacedTag,
    /// A `null`, which is read as absent.
    Null,
    /// A key that the specification does not have.
    UnknownKey,
    /// A type of relationship that the specification does not have.
    UnknownRelationship,
    /// A tag that the specification does not have.
    UnknownTag,
    /// A value of another type than the specification wants.
    WrongType,
}

impl Code {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadValue => "bad-value",
            Self::Date => "date",
            Self::Dangling => "dangling",
            Self::DuplicateId => "duplicate-id",
            Self::Encoding => "encoding",
            Self::Identifier => "identifier",
            Self::Line => "line",
            Self::Missing => "missing",
            Self::MisplacedTag => "misplaced-tag",
            Self::Null => "null",
            Self::UnknownKey => "unknown-key",
            Self::UnknownRelationship => "unknown-relationship",
            Self::UnknownTag => "unknown-tag",
            Self::WrongType => "wrong-type",
        }
    }
}

/// The diagnostics of one document: the first of them in words, the others as a number.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Diagnostics {
    /// The first [`limits::SPDX_DIAGNOSTICS`].
    pub list: Vec<Diagnostic>,
    /// How many there are in all.
    pub count: usize,
}

impl Diagnostics {
    /// Adds one; `message` is only asked for while there is room.
    pub(super) fn push(
        &mut self,
        code: Code,
        place: impl FnOnce() -> Place,
        message: impl FnOnce() -> String,
    ) {
        self.count = self.count.saturating_add(1);
        if self.list.len() < limits::SPDX_DIAGNOSTICS {
            self.list.push(Diagnostic { code, place: place(), message: message() });
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether one of this kind is among the first.
    #[must_use]
    pub fn has(&self, code: Code) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.code == code)
    }
}

/// A text from outside, short enough for a message.
pub(super) fn quote(text: &str) -> String {
    let short: String = text.chars().take(64).collect();
    if short.len() < text.len() { format!("{short:?}..") } else { format!("{short:?}") }
}
