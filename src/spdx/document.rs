//! One document, whatever its form, and how it is found in an attestation.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use super::PREDICATES;
use super::attested;
use super::diagnostic::Code;
use super::diagnostic::Diagnostics;
use super::diagnostic::Place;
use super::error::SpdxError;
use super::read::Files;
use super::view::PackageView;
use super::view::View;
use super::view::asserted;
use crate::digest::Digest;
use crate::intoto::Statement;
use crate::package::Package;
use crate::package::Purl;
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
        let text = attested::unwrap_predicate(statement.predicate().get())?;
        Self::from_text(&text)
    }

    /// Reads a document from its text.
    ///
    /// # Errors
    /// As [`View::read`]; and a line of a tag-value text that has no tag: a decision must not rest on a document that
    /// may have lost what stood there.
    pub fn from_text(text: &str) -> Result<Self, SpdxError> {
        let view = View::read(text, Files::Count)?;
        check_lines(&view.diagnostics)?;
        Ok(Self::from_view(view, Digest::sha256(text.as_bytes())))
    }

    /// Keeps what a decision needs; `digest` is that of the text as attested.
    fn from_view(view: View<'_>, digest: Digest) -> Self {
        let (mut roots, mut packages) = (Vec::new(), Vec::new());
        for package in view.packages {
            let (root, package) = read_package(package);
            if root { roots.push(package) } else { packages.push(package) }
        }
        Self {
            digest,
            form: view.form,
            version: view.version.into_owned(),
            name: owned(view.name),
            namespace: owned(view.namespace),
            created: view.created.as_deref().and_then(|text| text.parse().ok()),
            creators: view.creators.into_iter().map(Cow::into_owned).collect(),
            roots,
            packages,
        }
    }
}

/// Refuses lines without a tag, also where there are too many diagnostics to know of all.
fn check_lines(diagnostics: &Diagnostics) -> Result<(), SpdxError> {
    let line_of = |place: &Place| match place {
        Place::Line(line) => Some(*line),
        Place::Pointer(_) => None,
    };
    let broken = diagnostics.list.iter().find(|diagnostic| diagnostic.code == Code::Line);
    let unseen = diagnostics.list.last().filter(|_| diagnostics.count > diagnostics.list.len());
    match broken.or(unseen).and_then(|diagnostic| line_of(&diagnostic.place)) {
        Some(line) => {
            Err(SpdxError::Line { line, reason: "there is no tag in it, or there is no end of such lines" })
        }
        None => Ok(()),
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
    /// SPDX 2.x in YAML.
    Yaml,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "JSON",
            Self::JsonLd => "JSON-LD",
            Self::TagValue => "tag-value",
            Self::Yaml => "YAML",
        })
    }
}

/// Whether a package is the thing described, not something in it, by its purpose or package URL.
///
/// A list that holds the image itself and nothing else is an empty list.
pub(crate) fn is_root(purpose: Option<&str>, purl: Option<&Purl>) -> bool {
    matches!(purpose, Some("CONTAINER" | "OPERATING-SYSTEM"))
        || purl.is_some_and(|purl| matches!(purl.kind(), "oci" | "docker"))
}

fn read_package(view: PackageView<'_>) -> (bool, Package) {
    let purl = view.purl().and_then(|text| Purl::parse(text).ok());
    let root = is_root(view.purpose.as_deref(), purl.as_ref());
    let package = Package {
        name: owned(view.name).unwrap_or_default(),
        version: owned(view.version),
        purl,
        id: view.id.map(Cow::into_owned),
        ..Package::default()
    };
    (root, package)
}

fn owned(text: Option<Cow<'_, str>>) -> Option<String> {
    asserted(&text).map(str::to_owned)
}

#[cfg(test)]
mod tests;
