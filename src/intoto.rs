//! in-toto attestation statements, v0.1 and v1.
//!
//! Reads the payload of a DSSE envelope: what it is about (subjects) and what it says (predicate).
//! The predicate stays as it was attested; its own module reads it. Verifies nothing.
//! <https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md>

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::digest::Algorithm;
use crate::digest::Digest;
use crate::json;
use crate::json::JsonError;
use crate::limits;

/// DSSE payload type of a statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// What cosign v3 writes for `cosign sign`.
pub const COSIGN_SIGN_V1: &str = "https://sigstore.dev/cosign/sign/v1";

/// A claim about some artifacts.
#[derive(Clone, Debug)]
pub struct Statement {
    predicate_type: String,
    predicate: Box<RawValue>,
    subjects: Vec<Subject>,
}

impl Statement {
    /// Parses a payload.
    ///
    /// `predicate` may be absent, as cosign before 3.0.5 left it out (sigstore/cosign#4634); it
    /// then reads as `null`.
    ///
    /// # Errors
    /// Not strict JSON, not a statement, no subject, or more subjects or digests than a ceiling.
    pub fn from_slice(payload: &[u8]) -> Result<Self, StatementError> {
        let wire: Wire = json::from_slice(payload)?;
        if !matches!(
            wire.type_.as_str(),
            "https://in-toto.io/Statement/v0.1" | "https://in-toto.io/Statement/v1"
        ) {
            return Err(StatementError::Type { found: wire.type_ });
        }
        if wire.subject.is_empty() {
            return Err(StatementError::NoSubject);
        }
        if wire.subject.len() > limits::SUBJECTS {
            return Err(StatementError::TooManySubjects { found: wire.subject.len() });
        }
        for subject in &wire.subject {
            if subject.digest.len() > limits::SUBJECT_DIGESTS {
                return Err(StatementError::TooManyDigests { found: subject.digest.len() });
            }
        }
        let predicate = match wire.predicate {
            Some(predicate) => predicate,
            None => RawValue::from_string("null".to_owned()).map_err(json_error)?,
        };
        Ok(Self { predicate_type: wire.predicate_type, predicate, subjects: wire.subject })
    }

    /// What kind of claim it is.
    #[must_use]
    pub fn predicate_type(&self) -> &str {
        &self.predicate_type
    }

    /// The claim, as attested.
    #[must_use]
    pub fn predicate(&self) -> &RawValue {
        &self.predicate
    }

    /// The artifacts that the claim is about; at least one.
    #[must_use]
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// The subject that has this digest, if any has.
    #[must_use]
    pub fn subject(&self, digest: &Digest) -> Option<&Subject> {
        self.subjects.iter().find(|subject| subject.has(digest))
    }
}

/// One artifact.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Subject {
    #[serde(default)]
    name: Option<String>,
    /// Algorithm name to lower-case hex; algorithms that we do not know are kept and never match.
    #[serde(default)]
    digest: BTreeMap<String, String>,
    #[serde(default)]
    annotations: Option<BTreeMap<String, serde_json::Value>>,
}

impl Subject {
    /// The name, which identifies nothing.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Annotations, as `cosign sign -a` of version 3 writes them.
    #[must_use]
    pub fn annotations(&self) -> Option<&BTreeMap<String, serde_json::Value>> {
        self.annotations.as_ref()
    }

    /// Whether this is the artifact with that digest.
    #[must_use]
    pub fn has(&self, digest: &Digest) -> bool {
        self.digest.get(digest.algorithm().name()).is_some_and(|hex| *hex == digest.hex())
    }

    /// The digests in algorithms that we know.
    pub fn digests(&self) -> impl Iterator<Item = Digest> + '_ {
        self.digest.iter().filter_map(|(name, hex)| {
            Algorithm::from_name(name)?;
            Digest::parse(&format!("{name}:{hex}")).ok()
        })
    }
}

/// Why a payload is not a statement.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Not strict JSON of the right shape.
    #[error("statement is not valid: {0}")]
    Json(#[from] JsonError),
    /// `subject` is empty.
    #[error("statement has no subject, so it is about nothing")]
    NoSubject,
    /// A subject has too many digests.
    #[error("statement has a subject with {found} digests, more than {}", limits::SUBJECT_DIGESTS)]
    TooManyDigests {
        /// Number found.
        found: usize,
    },
    /// Too many subjects.
    #[error("statement has {found} subjects, more than {}", limits::SUBJECTS)]
    TooManySubjects {
        /// Number found.
        found: usize,
    },
    /// Not a statement type that we know.
    #[error("statement has _type {found:?}, which is not an in-toto statement v0.1 or v1")]
    Type {
        /// What stood there.
        found: String,
    },
}

impl StatementError {
    /// The stable name of the broken rule, for machines.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Json(_) => "statement.json",
            Self::NoSubject => "statement.no-subject",
            Self::TooManyDigests { .. } | Self::TooManySubjects { .. } => "statement.too-many",
            Self::Type { .. } => "statement.type",
        }
    }
}

fn json_error(error: serde_json::Error) -> JsonError {
    JsonError::from(error)
}

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "_type")]
    type_: String,
    subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    #[serde(default)]
    predicate: Option<Box<RawValue>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn statement(subject: &str) -> Result<Statement, StatementError> {
        let text = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","subject":{subject},"predicateType":"p","predicate":{{"a": 1}}}}"#
        );
        Statement::from_slice(text.as_bytes())
    }

    #[test]
    fn reads_a_statement() {
        let statement =
            statement(&format!(r#"[{{"name":"x","digest":{{"sha256":"{HEX}","gitCommit":"00"}}}}]"#))
                .unwrap();
        assert_eq!(statement.predicate().get(), r#"{"a": 1}"#);
        let digest = Digest::sha256(b"abc");
        assert_eq!(statement.subject(&digest).unwrap().name(), Some("x"));
        assert_eq!(statement.subjects()[0].digests().collect::<Vec<_>>(), [digest]);
        assert!(statement.subject(&Digest::sha256(b"abd")).is_none());
    }

    #[test]
    fn refuses_what_is_about_nothing() {
        assert!(matches!(statement("[]"), Err(StatementError::NoSubject)));
        assert!(matches!(statement("null"), Err(StatementError::Json(_))));
        assert!(matches!(statement("[null]"), Err(StatementError::Json(_))));
        assert!(statement("[{}]").unwrap().subject(&Digest::sha256(b"abc")).is_none());
    }

    #[test]
    fn keeps_the_ceilings() {
        let subjects = |count: usize| format!("[{}]", vec!["{}"; count].join(","));
        assert!(statement(&subjects(limits::SUBJECTS)).is_ok());
        assert!(matches!(
            statement(&subjects(limits::SUBJECTS + 1)),
            Err(StatementError::TooManySubjects { .. })
        ));
        let digests: Vec<String> = (0..=limits::SUBJECT_DIGESTS).map(|n| format!("\"a{n}\":\"\"")).collect();
        let subject = format!("[{{\"digest\":{{{}}}}}]", digests.join(","));
        assert!(matches!(statement(&subject), Err(StatementError::TooManyDigests { .. })));
    }

    #[test]
    fn refuses_other_types() {
        let text = br#"{"_type":"x","subject":[{}],"predicateType":"p"}"#;
        assert!(matches!(Statement::from_slice(text), Err(StatementError::Type { .. })));
    }
}
