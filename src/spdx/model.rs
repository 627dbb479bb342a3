//! The whole document, as it is written, and in other forms.
//!
//! A conversion keeps what the document says, or says what it could not keep.

mod tag_value;
mod version;
mod yaml;

use super::diagnostic::Diagnostics;
use super::document::Form;
use super::error::SpdxError;
use super::node::Node;
use super::read;

/// A document with nothing left out, in the shape that it has in JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Model<'a> {
    /// The form that it was read from.
    pub form: Form,
    /// The outermost object.
    pub root: Node<'a>,
    /// What could not be taken over, or not as it stood.
    pub diagnostics: Diagnostics,
}

/// What a document is converted to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Target {
    /// JSON, tag-value or YAML.
    pub form: Form,
    /// Version of the specification; `None` keeps it.
    pub version: Option<Version>,
    /// Whether JSON goes over many lines.
    pub layout: Layout,
}

/// The versions of SPDX 2 that are converted to one another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Version {
    /// 2.2.
    V2_2,
    /// 2.3.
    V2_3,
}

/// How JSON is laid out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Layout {
    /// On one line.
    Compact,
    /// Over many, indented.
    Pretty,
}

/// A converted document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Conversion {
    /// The text.
    pub text: String,
    /// What of the document is not in it, or says less there.
    pub losses: Vec<String>,
}

/// Why a document was not converted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConversionError {
    /// The JSON could not be written.
    #[error("cannot write the document: {0}")]
    Json(#[from] serde_json::Error),
    /// One of the two is SPDX 3, whose model is another.
    #[error("{from} cannot be converted to {to}: SPDX 3 has another model")]
    Model {
        /// Form of the document.
        from: Form,
        /// Form that was asked for.
        to: Form,
    },
}

impl<'a> Model<'a> {
    /// Reads a document from its text.
    ///
    /// # Errors
    /// It is in no form that is read, cut off, over a limit, or has a key twice in one object.
    pub fn read(text: &'a str) -> Result<Self, SpdxError> {
        let (root, form, diagnostics) = read::read_whole(text)?;
        Ok(Self { form, root, diagnostics })
    }

    /// The document as JSON: what was read from JSON comes out equal.
    ///
    /// # Errors
    /// None that is known.
    pub fn to_json(&self, layout: Layout) -> Result<String, serde_json::Error> {
        match layout {
            Layout::Compact => serde_json::to_string(&self.root),
            Layout::Pretty => serde_json::to_string_pretty(&self.root),
        }
    }

    /// The document in another form or version. `losses` begins with what was lost when it was read.
    ///
    /// # Errors
    /// From SPDX 3 to another form, or the other way round.
    pub fn convert(mut self, target: Target) -> Result<Conversion, ConversionError> {
        let is_3 = |form| form == Form::JsonLd;
        if is_3(self.form) != is_3(target.form) || (is_3(self.form) && target.version.is_some()) {
            return Err(ConversionError::Model { from: self.form, to: target.form });
        }
        let mut losses: Vec<String> = self.diagnostics.list.iter().map(ToString::to_string).collect();
        if let Some(version) = target.version {
            version::convert(&mut self.root, version, &mut losses);
        }
        let text = match target.form {
            Form::Json | Form::JsonLd => self.to_json(target.layout)? + "\n",
            Form::TagValue => tag_value::write(&self.root, &mut losses),
            Form::Yaml => yaml::write(&self.root),
        };
        Ok(Conversion { text, losses })
    }
}

#[cfg(test)]
mod tests;
