//! SPDX 2.x as tag-value text. <https://spdx.github.io/spdx-spec/v2.3/conformance/>
//!
//! Every line is a tag with a value, a comment, or inside `<text>`; anything else is an error, so that a
//! document is never taken for shorter than it is.

use super::document::Document;
use super::document::Form;
use super::document::SpdxError;
use super::version_2::check_version;
use super::version_2::is_root;
use crate::digest::Digest;
use crate::package::Package;
use crate::package::Purl;

/// Reads a text; its first tag must be `SPDXVersion`.
pub(super) fn read(text: &str) -> Result<Document, SpdxError> {
    let mut reader = Reader::new(text);
    let mut tags = Tags { lines: text.lines().enumerate() };
    while let Some((line, tag, value)) = tags.next_tag()? {
        reader.take(line, tag, &value)?;
    }
    reader.finish()
}

/// Splits a text into tags.
struct Tags<'a> {
    lines: std::iter::Enumerate<std::str::Lines<'a>>,
}

impl<'a> Tags<'a> {
    fn next_tag(&mut self) -> Result<Option<(usize, &'a str, String)>, SpdxError> {
        loop {
            let Some((index, line)) = self.lines.next() else { return Ok(None) };
            let number = index.saturating_add(1);
            let line = line.trim_start_matches('\u{feff}').trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let tag = line.split_once(':').filter(|(tag, _)| is_tag(tag));
            let Some((tag, value)) = tag else {
                return Err(SpdxError::Line { line: number, reason: "it is not a tag with a value" });
            };
            let value = self.value(number, value.trim())?;
            return Ok(Some((number, tag, value)));
        }
    }

    /// A value, which goes on over lines inside `<text>`.
    fn value(&mut self, start: usize, first: &str) -> Result<String, SpdxError> {
        let Some(first) = first.strip_prefix("<text>") else { return Ok(first.to_owned()) };
        let mut value = first.to_owned();
        while !value.trim_end().ends_with("</text>") {
            let Some((_, line)) = self.lines.next() else {
                return Err(SpdxError::Line { line: start, reason: "<text> has no end" });
            };
            value.push('\n');
            value.push_str(line);
        }
        Ok(value.trim_end().trim_end_matches("</text>").to_owned())
    }
}

fn is_tag(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(|c| c.is_ascii_alphanumeric())
}

/// Collects what a [`Document`] holds.
struct Reader {
    document: Document,
    /// The package whose tags are being read, and its purpose.
    package: Option<(Package, String)>,
}

impl Reader {
    fn new(text: &str) -> Self {
        let document = Document {
            digest: Digest::sha256(text.as_bytes()),
            form: Form::TagValue,
            version: String::new(),
            name: None,
            namespace: None,
            created: None,
            creators: Vec::new(),
            roots: Vec::new(),
            packages: Vec::new(),
        };
        Self { document, package: None }
    }

    fn take(&mut self, line: usize, tag: &str, value: &str) -> Result<(), SpdxError> {
        let document = &mut self.document;
        if document.version.is_empty() {
            if tag != "SPDXVersion" {
                return Err(SpdxError::NotSpdx { found: "text that does not begin with SPDXVersion" });
            }
            check_version(value)?;
            value.clone_into(&mut document.version);
            return Ok(());
        }
        match (tag, &mut self.package) {
            ("SPDXVersion", _) => {
                return Err(SpdxError::Line { line, reason: "a second document begins" });
            }
            ("Created", _) => document.created = value.parse().ok(),
            ("Creator", _) => document.creators.push(value.to_owned()),
            ("DocumentName", _) => document.name = Some(value.to_owned()),
            ("DocumentNamespace", _) => document.namespace = Some(value.to_owned()),
            ("ExternalRef", Some((package, _))) => {
                let mut words = value.split_whitespace().skip(1);
                if words.next() == Some("purl") {
                    package.purl = words.next().and_then(|text| Purl::parse(text).ok());
                }
            }
            // The other sections of a document.
            ("FileName" | "SnippetSPDXID" | "LicenseID" | "Relationship" | "Annotator", _) => {
                self.end_package()
            }
            ("PackageName", _) => {
                self.end_package();
                let package = Package { name: value.to_owned(), ..Package::default() };
                self.package = Some((package, String::new()));
            }
            ("PackageVersion", Some((package, _))) => package.version = Some(value.to_owned()),
            ("PrimaryPackagePurpose", Some((_, purpose))) => value.clone_into(purpose),
            ("SPDXID", Some((package, _))) => package.id = Some(value.to_owned()),
            _ => {}
        }
        Ok(())
    }

    fn end_package(&mut self) {
        if let Some((package, purpose)) = self.package.take() {
            let root = is_root(&purpose, package.purl.as_ref());
            if root { self.document.roots.push(package) } else { self.document.packages.push(package) }
        }
    }

    fn finish(mut self) -> Result<Document, SpdxError> {
        self.end_package();
        if self.document.version.is_empty() { Err(SpdxError::Empty) } else { Ok(self.document) }
    }
}
