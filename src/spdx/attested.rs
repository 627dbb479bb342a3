//! The text of a document out of what it is wrapped in: a DSSE envelope, an in-toto statement, a string.
//!
//! Says nothing about signatures; see the module `verify`.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::PREDICATES;
use super::error::SpdxError;
use super::read;
use super::read::Text;
use crate::intoto;
use crate::intoto::Statement;
use crate::intoto::Subject;
use crate::json;
use crate::predicate;

/// A document and what it was wrapped in.
#[derive(Clone, Debug)]
pub struct Attested<'a> {
    /// The document's text.
    pub text: Cow<'a, str>,
    /// What was taken off, outermost first.
    pub wrappings: Vec<Wrapping>,
    /// What the statement says the document is about, where there is one.
    pub subjects: Vec<Subject>,
}

/// Something around a document.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Wrapping {
    /// A DSSE envelope, whose signatures nobody has looked at here.
    Envelope,
    /// An in-toto statement.
    Statement,
}

impl<'a> Attested<'a> {
    /// Takes off what is around a document, if anything is.
    ///
    /// # Errors
    /// A wrapping that holds no document, or is broken. Whether what is in it can be read shows when it is.
    pub fn from_slice(bytes: &'a [u8]) -> Result<Self, SpdxError> {
        let text = Text::decode(bytes)?.text;
        let plain = |text: Cow<'a, str>| Ok(Self { text, wrappings: Vec::new(), subjects: Vec::new() });
        // A look at the text spares a pass over most documents; what hides its keys in escapes is no document either.
        let wrapped = text.contains("\"payloadType\"") || text.contains("\"_type\"");
        if !wrapped || !text.trim_start().starts_with('{') {
            return plain(text);
        }
        // Whoever reads the document will find the same fault, and say what it is.
        let Ok(wrapper) = json::from_slice::<Wrapper<'_>>(text.trim_start().as_bytes()) else {
            return plain(text);
        };
        match &wrapper {
            Wrapper { payload: Some(payload), payload_type: Some(kind), .. } => {
                if *kind != intoto::PAYLOAD_TYPE {
                    return Err(SpdxError::NotSpdx {
                        found: "a DSSE envelope of something else than in-toto",
                    });
                }
                let payload = STANDARD.decode(&**payload);
                let payload = payload
                    .map_err(|_| SpdxError::NotSpdx { found: "a DSSE envelope that is not base64" })?;
                let mut inner = Self::from_statement(&payload)?;
                inner.wrappings.insert(0, Wrapping::Envelope);
                Ok(inner)
            }
            Wrapper { statement: Some(_), version: None, .. } => {
                Self::from_statement(text.trim_start().as_bytes())
            }
            _ => plain(text.clone()),
        }
    }

    fn from_statement(payload: &[u8]) -> Result<Self, SpdxError> {
        let statement = Statement::from_slice(payload)?;
        let is_spdx = |spelling: &&str| predicate::is_spelling(spelling, statement.predicate_type());
        if !PREDICATES.iter().any(is_spdx) {
            return Err(SpdxError::PredicateType { found: statement.predicate_type().to_owned() });
        }
        let text = Cow::Owned(unwrap_predicate(statement.predicate().get())?.into_owned());
        Ok(Self { text, wrappings: vec![Wrapping::Statement], subjects: statement.subjects().to_vec() })
    }
}

/// The document's text in a predicate.
///
/// It is the document as an object; or a string that holds it as JSON or as tag-value text (`cosign attest --type
/// spdx`); or either of them under `Data` (cosign before 2.0).
pub(super) fn unwrap_predicate(value: &str) -> Result<Cow<'_, str>, SpdxError> {
    match value.trim_start().chars().next() {
        Some('{') => {}
        Some('"') => return Ok(Cow::Owned(json::from_slice(value.as_bytes())?)),
        Some('n') => return Err(SpdxError::Empty),
        _ => return Err(SpdxError::NotSpdx { found: "neither an object nor text" }),
    }
    // A look at the text spares a pass over most documents; one that spells the key with escapes is refused later.
    if !value.contains("\"Data\"") {
        return Ok(Cow::Borrowed(value));
    }
    let wrapper: Wrapper<'_> = json::from_slice(value.as_bytes())?;
    let data = wrapper.data.filter(|_| wrapper.version.is_none() && wrapper.graph.is_none());
    let Some(data) = data else { return Ok(Cow::Borrowed(value)) };
    match data.get().trim_start().chars().next() {
        Some('{') => Ok(Cow::Borrowed(data.get())),
        Some('"') => Ok(Cow::Owned(json::from_slice(data.get().as_bytes())?)),
        Some('n') => Err(SpdxError::Empty),
        _ => Err(SpdxError::NotSpdx { found: read::DATA }),
    }
}

/// The keys that tell wrappings apart.
#[derive(Deserialize)]
struct Wrapper<'a> {
    #[serde(borrow, default, rename = "spdxVersion")]
    version: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "@graph")]
    graph: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "Data")]
    data: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "_type")]
    statement: Option<&'a RawValue>,
    #[serde(borrow, default)]
    payload: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "payloadType")]
    payload_type: Option<Cow<'a, str>>,
}
