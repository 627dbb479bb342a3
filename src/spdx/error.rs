//! Why a document was not read.

use crate::json::JsonError;
use crate::limits;

/// Why a document was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpdxError {
    /// Two different packages or files have one identifier, so that relationships name neither.
    #[error("SPDX document has two different elements with the identifier {id:?}")]
    DuplicateId {
        /// The identifier.
        id: String,
    },
    /// There is no document: the predicate is `null`, absent or an empty text.
    #[error("the attestation holds no document: its predicate is null or empty")]
    Empty,
    /// The bytes are text in no encoding that is read.
    #[error("SPDX document is neither UTF-8 nor UTF-16: the fault is at byte {offset}")]
    Encoding {
        /// From 0.
        offset: usize,
    },
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
    /// Too long.
    #[error("SPDX document has {found} bytes, more than {}", limits::SPDX_BYTES)]
    Size {
        /// Bytes.
        found: usize,
    },
    /// An in-toto statement around the document is none.
    #[error(transparent)]
    Statement(#[from] crate::intoto::StatementError),
    /// SPDX, but in a form that is not read.
    #[error("SPDX in the form {form} is not read; convert it to JSON, for example with pyspdxtools")]
    UnreadForm {
        /// The form.
        form: &'static str,
    },
    /// A version of SPDX that is not known.
    #[error("SPDX version is {found:?}; 2.0 to 2.3 and 3.0 are read")]
    Version {
        /// What stood there.
        found: String,
    },
    /// Not strict YAML.
    #[error("SPDX document is not valid YAML: {reason} at line {line}")]
    Yaml {
        /// From 1; 0 where there is none.
        line: u64,
        /// What is wrong.
        reason: String,
    },
}

impl From<serde_json::Error> for SpdxError {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(JsonError::from(error))
    }
}
