//! One document, whatever its form, and how it is found in an attestation.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use serde_json::value::RawValue;

use super::PREDICATES;
use super::json_ld;
use super::tag_value;
use super::version_2;
use crate::digest::Digest;
use crate::intoto::Statement;
use crate::json;
use crate::json::JsonError;
use crate::package::Package;
use crate::predicate;

/// A software bill of materials.
#[derive(Clone, Debug)]
pub struct Document {
    /// SHA-256 of the document's text as attested.
    pub digest: Digest,
    /// The form that it is written in.
    pub form: Form,
    /// Version of the specification, `SPDX-2.3` or `SPDX-3.0.1`.
    pub version: String,
    /// Name.
    pub name: Option<String>,
    /// Namespace, or identifier of the document element in SPDX 3.
    pub namespace: Option<String>,
    /// When it was made, where it says so in a way that can be read.
    pub created: Option<Timestamp>,
    /// Who and what made it: `Tool: syft-1.18.1`.
    pub creators: Vec<String>,
    /// What the document is about, where it is listed as a package: the image, its operating system.
    pub roots: Vec<Package>,
    /// The packages in it.
    pub packages: Vec<Package>,
}

impl Document {
    /// Reads the document that a statement attests.
    ///
    /// The predicate is the document as an object; or a string that holds it as JSON or as tag-value
    /// text (`cosign attest --type spdx`); or either of them under `Data` (cosign before 2.0).
    ///
    /// # Errors
    /// Another predicate type, no document, or one that cannot be read.
    // By value, so that it fits `Verified::try_map`.
    #[expect(clippy::needless_pass_by_value, reason = "the statement is used up")]
    pub fn from_statement(statement: Statement) -> Result<Self, SpdxError> {
        let is_spdx = |spelling: &&str| predicate::is_spelling(spelling, statement.predicate_type());
        if !PREDICATES.iter().any(is_spdx) {
            return Err(SpdxError::PredicateType { found: statement.predicate_type().to_owned() });
        }
        let predicate = statement.predicate().get();
        if predicate.trim_start().starts_with('{') {
            let wrapper: Wrapper<'_> = json::from_slice(predicate.as_bytes())?;
            if let Some(data) = wrapper.data.filter(|_| wrapper.version.is_none() && wrapper.graph.is_none())
            {
                return Self::from_value(data.get());
            }
        }
        Self::from_value(predicate)
    }

    /// Reads a document from its text.
    ///
    /// # Errors
    /// It is not SPDX, in a form that is not read, or broken.
    pub fn from_text(text: &str) -> Result<Self, SpdxError> {
        let start = text.trim_start_matches('\u{feff}').trim_start();
        match start.chars().next() {
            None => Err(SpdxError::Empty),
            Some('{') => Self::from_json(start),
            Some('<') => Err(SpdxError::NotSpdx { found: "XML" }),
            _ => tag_value::read(text),
        }
    }

    /// A JSON value: an object, or a string with the document's text.
    fn from_value(value: &str) -> Result<Self, SpdxError> {
        match value.trim_start().chars().next() {
            Some('{') => Self::from_json(value),
            Some('"') => Self::from_text(&json::from_slice::<String>(value.as_bytes())?),
            Some('n') => Err(SpdxError::Empty),
            _ => Err(SpdxError::NotSpdx { found: "neither an object nor text" }),
        }
    }

    fn from_json(text: &str) -> Result<Self, SpdxError> {
        let wrapper: Wrapper<'_> = json::from_slice(text.as_bytes())?;
        match wrapper {
            Wrapper { version: Some(_), graph: None, .. } => version_2::read(text),
            Wrapper { version: None, graph: Some(_), .. } => json_ld::read(text),
            Wrapper { version: Some(_), graph: Some(_), .. } => {
                Err(SpdxError::NotSpdx { found: "SPDX 2 and SPDX 3 in one object" })
            }
            Wrapper { bom_format: Some(_), .. } => Err(SpdxError::NotSpdx { found: "CycloneDX" }),
            Wrapper { artifacts: Some(_), descriptor: Some(_), .. } => {
                Err(SpdxError::NotSpdx { found: "syft's own JSON (use `syft -o spdx-json`)" })
            }
            _ => Err(SpdxError::NotSpdx { found: "an object without spdxVersion" }),
        }
    }
}

/// The forms that documents are written in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// SPDX 2.x JSON.
    Json,
    /// SPDX 3 JSON-LD.
    JsonLd,
    /// SPDX 2.x tag-value text.
    TagValue,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "JSON",
            Self::JsonLd => "JSON-LD",
            Self::TagValue => "tag-value",
        })
    }
}

/// Why a document was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpdxError {
    /// There is no document: the predicate is `null`, absent or an empty text.
    #[error("the attestation holds no document: its predicate is null or empty")]
    Empty,
    /// Not strict JSON of the right shape.
    #[error("SPDX document is not valid: {0}")]
    Json(#[from] JsonError),
    /// A line of a tag-value document cannot be read.
    #[error("SPDX tag-value document is broken at line {line}: {reason}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// Something else.
    #[error("not an SPDX document: {found}")]
    NotSpdx {
        /// What it is.
        found: &'static str,
    },
    /// The statement is of another kind.
    #[error("predicate type is {found:?}, which is not an SPDX document")]
    PredicateType {
        /// What stood there.
        found: String,
    },
    /// A version of SPDX that is not known.
    #[error("SPDX version is {found:?}; 2.0 to 2.3 and 3.0 are read")]
    Version {
        /// What stood there.
        found: String,
    },
}

/// The keys that tell documents apart.
#[derive(Deserialize)]
struct Wrapper<'a> {
    #[serde(borrow, default, rename = "spdxVersion")]
    version: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "@graph")]
    graph: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "Data")]
    data: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "bomFormat")]
    bom_format: Option<&'a RawValue>,
    #[serde(borrow, default)]
    artifacts: Option<&'a RawValue>,
    #[serde(borrow, default)]
    descriptor: Option<&'a RawValue>,
}

#[cfg(test)]
mod tests;
