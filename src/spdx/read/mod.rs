//! Readers: from a text in any form to a [`View`].

mod context;
mod json_ld;
mod keys;
mod lint;
mod object;
mod relation;
mod root;
mod scan;
mod skip;
mod tag_value;
mod tags;
mod version_2;
mod yaml;

use std::borrow::Cow;

use serde::de::DeserializeSeed;

use self::context::Context;
pub(super) use self::keys::Key;
pub(super) use self::keys::Keys;
use self::object::Whole;
pub(super) use self::root::DATA;
use self::root::Root;
pub(super) use self::tag_value::Tree;
pub(super) use self::tags::Section;
pub(super) use self::tags::Shape as TagShape;
pub(super) use self::tags::TAGS;
use super::decode::Encoding;
use super::decode::decode;
use super::diagnostic::Code;
use super::diagnostic::Diagnostic;
use super::diagnostic::Place;
use super::document::Form;
use super::error::SpdxError;
use super::node::Node;
use super::view::View;

/// Whether the files of a document are read, or only counted.
///
/// They are nearly all of a document that has some, and say little about packages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Files {
    /// Counted.
    Count,
    /// Read.
    Keep,
}

/// The text of a document, whatever its encoding.
#[derive(Clone, Debug)]
pub struct Text<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) encoding: Encoding,
}

impl<'a> Text<'a> {
    /// Decodes the bytes of a document: UTF-8, or UTF-16 in either order, with a byte order mark or without.
    ///
    /// # Errors
    /// They are neither, or too many.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, SpdxError> {
        let (text, encoding) = decode(bytes)?;
        Ok(Self { text, encoding })
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What is in the document, borrowed from this.
    ///
    /// # Errors
    /// As [`View::read`].
    pub fn view(&self, files: Files) -> Result<View<'_>, SpdxError> {
        let mut view = View::read(&self.text, files)?;
        if self.encoding != Encoding::Utf8 {
            let message = || format!("{} instead of UTF-8", self.encoding.name());
            view.diagnostics.push(Code::Encoding, || Place::Pointer(String::new()), message);
        }
        Ok(view)
    }
}

impl<'a> View<'a> {
    /// Reads a document from its text, in whatever form.
    ///
    /// # Errors
    /// It is not SPDX, or in a form that is not read; cut off; over a limit; has a key twice in one object, or one
    /// identifier for two different elements. All else is repaired, and a diagnostic says so.
    pub fn read(text: &'a str, files: Files) -> Result<Self, SpdxError> {
        let start = text.trim_start_matches('\u{feff}').trim_start();
        let mut view = match Shape::of(start)? {
            Shape::Json => read_json(start, files)?,
            Shape::TagValue => {
                let Tree { root, diagnostics, lines } = tag_value::read(start)?;
                let mut view = read_tree(root, Form::TagValue, files)?;
                let more = std::mem::replace(&mut view.diagnostics, diagnostics);
                // Lines before the text proper are not in it.
                let before = text.len().saturating_sub(start.len());
                let skipped = text.get(..before).unwrap_or_default().matches('\n').count();
                view.diagnostics.count = view.diagnostics.count.saturating_add(more.count);
                view.diagnostics.list.extend(more.list);
                view.diagnostics.list.iter_mut().for_each(|found| to_line(found, &lines, skipped));
                view
            }
            Shape::Yaml => read_tree(yaml::read(start)?, Form::Yaml, files)?,
        };
        view.diagnostics.list.truncate(crate::limits::SPDX_DIAGNOSTICS);
        Ok(view)
    }
}

/// The form of a text, by how it begins.
pub(super) enum Shape {
    Json,
    TagValue,
    Yaml,
}

impl Shape {
    pub(super) fn of(start: &str) -> Result<Self, SpdxError> {
        match start.chars().next() {
            None => Err(SpdxError::Empty),
            Some('{') => Ok(Self::Json),
            Some('[') => Err(SpdxError::NotSpdx { found: "a list" }),
            Some('<') if start.contains("rdf:RDF") => Err(SpdxError::UnreadForm { form: "RDF/XML" }),
            Some('<') if start.contains("spdxVersion") => Err(SpdxError::UnreadForm { form: "XML" }),
            Some('<') => Err(SpdxError::NotSpdx { found: "XML" }),
            Some(_) if start.contains("SPDXVersion") => Ok(Self::TagValue),
            Some(_) if start.contains("spdxVersion") => Ok(Self::Yaml),
            Some('@') if start.starts_with("@prefix") => Err(SpdxError::UnreadForm { form: "Turtle" }),
            Some('#') => Err(SpdxError::Empty),
            Some(_) => Err(SpdxError::NotSpdx { found: "text that does not begin with SPDXVersion" }),
        }
    }
}

/// The document as a tree with nothing left out; its form, and what was repaired.
pub(super) fn read_whole(text: &str) -> Result<(Node<'_>, Form, super::diagnostic::Diagnostics), SpdxError> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    match Shape::of(start)? {
        Shape::Json => {
            let mut deserializer = serde_json::Deserializer::from_str(start);
            let node: Node<'_> = serde::Deserialize::deserialize(&mut deserializer)?;
            deserializer.end()?;
            let form = if node.get("@graph").is_some() { Form::JsonLd } else { Form::Json };
            Ok((node, form, Default::default()))
        }
        Shape::TagValue => {
            let Tree { root, diagnostics, .. } = tag_value::read(start)?;
            Ok((root, Form::TagValue, diagnostics))
        }
        Shape::Yaml => Ok((yaml::read(start)?, Form::Yaml, Default::default())),
    }
}

fn read_json(text: &str, files: Files) -> Result<View<'_>, SpdxError> {
    let mut context = Context::new(files);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let root: Root<'_> = Whole::new(&mut context).deserialize(&mut deserializer)?;
    deserializer.end()?;
    let mut view = root.finish(context)?;
    lint::lint(&mut view)?;
    Ok(view)
}

fn read_tree(tree: Node<'_>, form: Form, files: Files) -> Result<View<'_>, SpdxError> {
    let mut context = Context::new(files);
    let root: Root<'_> = Whole::new(&mut context).deserialize(tree)?;
    let mut view = root.finish(context)?;
    view.form = form;
    lint::lint(&mut view)?;
    Ok(view)
}

/// Turns a pointer into the tree that a text was read to into a line of that text.
fn to_line(
    found: &mut Diagnostic,
    lines: &std::collections::HashMap<(&'static str, usize), usize>,
    skipped: usize,
) {
    let line = match &found.place {
        Place::Line(line) => *line,
        Place::Pointer(pointer) => {
            let mut steps = pointer.split('/').skip(1);
            let (list, index) =
                (steps.next().unwrap_or_default(), steps.next().and_then(|step| step.parse().ok()));
            let known = lines.iter().find(|((name, place), _)| *name == list && Some(*place) == index);
            // What is about the document as a whole begins where that does.
            known.map_or(1, |(_, line)| *line)
        }
    };
    found.place = Place::Line(line.saturating_add(skipped));
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod corpus;
