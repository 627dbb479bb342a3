//! SPDX 2.x as tag-value text, read to the tree that its JSON form has.
//!
//! Every line is a tag with a value, a comment, or inside `<text>`. What is none of them, or is not known, is
//! reported with its line and reading goes on: a document is never taken for shorter than it is.

use std::borrow::Cow;
use std::collections::HashMap;

use super::scan::Line;
use super::scan::Lines;
use super::tags;
use super::tags::ELEMENT;
use super::tags::Section;
use super::tags::Shape;
use super::tags::Tag;
use crate::limits;
use crate::spdx::diagnostic::Code;
use crate::spdx::diagnostic::Diagnostics;
use crate::spdx::diagnostic::Place;
use crate::spdx::diagnostic::quote;
use crate::spdx::error::SpdxError;
use crate::spdx::node::Node;

/// A text as a tree, and where the parts of that stood.
pub(in crate::spdx) struct Tree<'a> {
    pub(in crate::spdx) root: Node<'a>,
    pub(in crate::spdx) diagnostics: Diagnostics,
    /// First line of an element, by its list and place in that.
    pub(in crate::spdx) lines: HashMap<(&'static str, usize), usize>,
}

/// Reads a text; the tags of the document itself come first, and `SPDXVersion` is among them.
pub(in crate::spdx) fn read(text: &str) -> Result<Tree<'_>, SpdxError> {
    let mut reader = Reader::default();
    let mut lines = Lines::new(text);
    while let Some(line) = lines.next_line()? {
        match line {
            Line::Other { number } => reader.other(number)?,
            Line::Tag { number, name, value, quoted, rest } => {
                if rest {
                    reader.report(Code::Line, number, || "something follows </text>: ignored".to_owned());
                }
                if value.is_empty() && !quoted {
                    reader.empty(number, name)?;
                } else {
                    reader.tag(number, name, value)?;
                }
            }
        }
    }
    reader.finish()
}

/// One element under way.
struct Open<'a> {
    section: Section,
    line: usize,
    node: Node<'a>,
}

struct Reader<'a> {
    root: Node<'a>,
    creation: Node<'a>,
    diagnostics: Diagnostics,
    lines: HashMap<(&'static str, usize), usize>,
    version: bool,
    /// Package, file, snippet or licence that tags are about.
    open: Option<Open<'a>>,
    /// Relationship, annotation or review, which stand between the tags of others.
    aside: Option<Open<'a>>,
    annotations: Vec<Open<'a>>,
    /// Place of the package that files belong to, and of each identifier.
    package: Option<usize>,
    places: HashMap<Cow<'a, str>, (&'static str, usize)>,
    items: usize,
}

impl Default for Reader<'_> {
    fn default() -> Self {
        Self {
            root: Node::object(),
            creation: Node::object(),
            diagnostics: Diagnostics::default(),
            lines: HashMap::new(),
            version: false,
            open: None,
            aside: None,
            annotations: Vec::new(),
            package: None,
            places: HashMap::new(),
            items: 0,
        }
    }
}

impl<'a> Reader<'a> {
    fn report(&mut self, code: Code, line: usize, message: impl FnOnce() -> String) {
        self.diagnostics.push(code, || Place::Line(line), message);
    }

    fn other(&mut self, line: usize) -> Result<(), SpdxError> {
        if !self.version {
            return Err(NOT_SPDX);
        }
        self.report(Code::Line, line, || "not a tag with a value: ignored".to_owned());
        Ok(())
    }

    /// A tag without value says nothing, but one that begins an element begins it.
    fn empty(&mut self, line: usize, name: &'a str) -> Result<(), SpdxError> {
        self.report(Code::Missing, line, || format!("{} has no value", quote(name)));
        if tags::find(name).is_some_and(|tag| tag.shape == Shape::Start) {
            return self.tag(line, name, Cow::Borrowed(""));
        }
        if self.version { Ok(()) } else { Err(NOT_SPDX) }
    }

    fn tag(&mut self, line: usize, name: &'a str, value: Cow<'a, str>) -> Result<(), SpdxError> {
        self.items = self.items.saturating_add(1);
        if self.items > limits::SPDX_ITEMS {
            return Err(SpdxError::Line { line, reason: "there are too many tags" });
        }
        let tag = tags::find(name);
        if !self.version {
            self.version = name == "SPDXVersion";
            let before = |tag: Tag| matches!(tag.section, Section::Document | Section::Creation);
            if !tag.is_some_and(before) {
                return Err(NOT_SPDX);
            }
        } else if name == "SPDXVersion" {
            return Err(SpdxError::Line { line, reason: "a second document begins" });
        }
        let Some(tag) = tag else {
            self.report(Code::UnknownTag, line, || format!("{} is no tag: ignored", quote(name)));
            return Ok(());
        };
        if tag.name != name {
            self.report(Code::BadValue, line, || format!("{} is spelled {}", quote(name), tag.name));
        }
        self.take(line, tag, value);
        Ok(())
    }

    fn take(&mut self, line: usize, tag: Tag, value: Cow<'a, str>) {
        match tag.shape {
            Shape::Start | Shape::Relationship => self.start(line, tag, value),
            Shape::Identifier => self.identifier(line, value),
            _ => {
                let mut node = self.section(tag.section).map(std::mem::take);
                match &mut node {
                    Some(node) => self.set(line, node, tag, value),
                    None => {
                        self.report(Code::MisplacedTag, line, || format!("{} is about nothing", tag.name))
                    }
                }
                if let (Some(node), Some(place)) = (node, self.section(tag.section)) {
                    *place = node;
                }
            }
        }
    }

    /// The node that tags of a section are about.
    fn section(&mut self, section: Section) -> Option<&mut Node<'a>> {
        let open = match section {
            Section::Document => return Some(&mut self.root),
            Section::Creation => return Some(&mut self.creation),
            Section::Annotation | Section::Relationship | Section::Review => &mut self.aside,
            Section::File | Section::License | Section::Package | Section::Snippet => &mut self.open,
        };
        open.as_mut().filter(|open| open.section == section).map(|open| &mut open.node)
    }

    fn start(&mut self, line: usize, tag: Tag, value: Cow<'a, str>) {
        let aside = matches!(tag.section, Section::Annotation | Section::Relationship | Section::Review);
        self.close_aside();
        let mut node = Node::object();
        if tag.shape == Shape::Relationship {
            let mut words = words(value, 3).into_iter();
            for key in ["spdxElementId", "relationshipType", "relatedSpdxElement"] {
                if let Some(word) = words.next() {
                    node.set(key, Node::Text(word));
                }
            }
        } else {
            node.set(tag.key, Node::Text(value));
        }
        let open = Some(Open { section: tag.section, line, node });
        if aside {
            self.aside = open;
        } else {
            self.close();
            self.open = open;
        }
    }

    fn identifier(&mut self, line: usize, value: Cow<'a, str>) {
        let set = match &mut self.open {
            Some(open) if open.section != Section::License => open.node.set("SPDXID", Node::Text(value)),
            _ => self.root.set("SPDXID", Node::Text(value)),
        };
        if !set {
            self.report(Code::MisplacedTag, line, || "a second SPDXID: ignored".to_owned());
        }
    }

    fn set(&mut self, line: usize, node: &mut Node<'a>, tag: Tag, value: Cow<'a, str>) {
        let set = match tag.shape {
            Shape::List => return node.push(tag.key, Node::Text(value)),
            Shape::Checksum => return node.push(tag.key, checksum(value)),
            Shape::Reference => return node.push(tag.key, named(value, 3, &REFERENCE)),
            Shape::DocumentReference => return node.push(tag.key, document_reference(value)),
            Shape::Artifact => return artifact(node, tag.key, value),
            Shape::Range => return self.range(line, node, tag.key, &value),
            Shape::VerificationCode => node.set(tag.key, verification_code(value)),
            Shape::ReferenceComment => {
                let last = node.list_mut("externalRefs").and_then(|list| list.last_mut());
                last.is_some_and(|last| last.set("comment", Node::Text(value)))
            }
            Shape::Flag => match &*value {
                "true" | "false" => node.set(tag.key, Node::Bool(value == "true")),
                other => {
                    let message = || format!("{} is {}, not true or false", tag.name, quote(other));
                    self.report(Code::BadValue, line, message);
                    let value = other.eq_ignore_ascii_case("true");
                    node.set(tag.key, Node::Bool(value))
                }
            },
            _ => node.set(tag.key, Node::Text(value)),
        };
        if !set {
            self.report(Code::MisplacedTag, line, || format!("{} stands a second time: ignored", tag.name));
        }
    }

    fn range(&mut self, line: usize, node: &mut Node<'a>, key: &'static str, value: &str) {
        let numbers = value
            .split_once(':')
            .and_then(|(from, to)| Some((from.trim().parse::<u64>().ok()?, to.trim().parse::<u64>().ok()?)));
        let Some((from, to)) = numbers else {
            let message = || format!("{} is no range of two numbers", quote(value));
            return self.report(Code::BadValue, line, message);
        };
        let file = node.get("snippetFromFile").cloned();
        let pointer = |number: u64| {
            let mut pointer = Node::object();
            pointer.set(key, Node::Number(number.into()));
            if let Some(file) = &file {
                pointer.set("reference", file.clone());
            }
            pointer
        };
        let mut range = Node::object();
        range.set("startPointer", pointer(from));
        range.set("endPointer", pointer(to));
        node.push("ranges", range);
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let key = match open.section {
            Section::Package => "packages",
            Section::File => "files",
            Section::Snippet => "snippets",
            _ => "hasExtractedLicensingInfos",
        };
        let place = self.root.get(key).map_or(0, |list| list.items().len());
        self.lines.insert((key, place), open.line);
        let id = match open.node.get("SPDXID") {
            Some(Node::Text(id)) => Some(id.clone()),
            _ => None,
        };
        match open.section {
            Section::Package => self.package = Some(place),
            // Files that follow a package are in it.
            Section::File => self.own(id.as_ref()),
            _ => {}
        }
        if let Some(id) = id {
            self.places.entry(id).or_insert((key, place));
        }
        self.root.push(key, open.node);
    }

    fn own(&mut self, file: Option<&Cow<'a, str>>) {
        let (Some(package), Some(file)) = (self.package, file) else { return };
        let packages = self.root.list_mut("packages");
        if let Some(package) = packages.and_then(|list| list.get_mut(package)) {
            package.push("hasFiles", Node::Text(file.clone()));
        }
    }

    fn close_aside(&mut self) {
        let Some(open) = self.aside.take() else { return };
        match open.section {
            Section::Annotation => self.annotations.push(open),
            section => {
                let key = if section == Section::Review { "revieweds" } else { "relationships" };
                let place = self.root.get(key).map_or(0, |list| list.items().len());
                self.lines.insert((key, place), open.line);
                self.root.push(key, open.node);
            }
        }
    }

    fn finish(mut self) -> Result<Tree<'a>, SpdxError> {
        self.close_aside();
        self.close();
        if !self.version {
            return Err(SpdxError::Empty);
        }
        if self.creation != Node::object() {
            self.root.set("creationInfo", std::mem::take(&mut self.creation));
        }
        for open in std::mem::take(&mut self.annotations) {
            self.annotate(open);
        }
        Ok(Tree { root: self.root, diagnostics: self.diagnostics, lines: self.lines })
    }

    /// Puts an annotation where JSON has it: inside of what it is about.
    fn annotate(&mut self, mut open: Open<'a>) {
        let Node::Object(entries) = &mut open.node else { return };
        let about = entries.iter().position(|(key, _)| key == ELEMENT).map(|place| entries.remove(place).1);
        let about = about.as_ref().and_then(Node::text);
        let document = self.root.get("SPDXID").and_then(Node::text);
        if about.is_none() || about == document {
            return self.root.push("annotations", open.node);
        }
        let place = about.and_then(|id| self.places.get(id)).copied();
        let element =
            place.and_then(|(key, place)| self.root.list_mut(key).and_then(|list| list.get_mut(place)));
        match element {
            Some(element) => element.push("annotations", open.node),
            None => {
                let message = || "an annotation of something that is not in the document".to_owned();
                self.diagnostics.push(Code::Dangling, || Place::Line(open.line), message);
                self.root.push("annotations", open.node);
            }
        }
    }
}

const NOT_SPDX: SpdxError = SpdxError::NotSpdx { found: "text that does not begin with SPDXVersion" };

const REFERENCE: [&str; 3] = ["referenceCategory", "referenceType", "referenceLocator"];

/// The words of a value; the last one holds all that is left.
fn words(value: Cow<'_, str>, count: usize) -> Vec<Cow<'_, str>> {
    let split = |text: &'_ str| -> Vec<(usize, usize)> {
        let mut places = Vec::new();
        let mut at = 0;
        while let Some(rest) = text.get(at..) {
            let start = at.saturating_add(rest.len().saturating_sub(rest.trim_start().len()));
            let rest = text.get(start..).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            let last = places.len().saturating_add(1) == count;
            let length = if last {
                rest.trim_end().len()
            } else {
                rest.find(char::is_whitespace).unwrap_or(rest.len())
            };
            at = start.saturating_add(length);
            places.push((start, at));
            if last {
                break;
            }
        }
        places
    };
    match value {
        Cow::Borrowed(text) => {
            split(text).into_iter().filter_map(|(from, to)| text.get(from..to)).map(Cow::Borrowed).collect()
        }
        Cow::Owned(text) => {
            let places = split(&text).into_iter();
            places
                .filter_map(|(from, to)| text.get(from..to))
                .map(|word| Cow::Owned(word.to_owned()))
                .collect()
        }
    }
}

fn named<'a>(value: Cow<'a, str>, count: usize, keys: &[&'static str]) -> Node<'a> {
    let mut node = Node::object();
    for (key, word) in keys.iter().zip(words(value, count)) {
        node.set(key, Node::Text(word));
    }
    node
}

fn checksum(value: Cow<'_, str>) -> Node<'_> {
    let mut node = named(value, 2, &["algorithm", "checksumValue"]);
    if let Node::Object(entries) = &mut node
        && let Some((_, Node::Text(algorithm))) = entries.first_mut()
    {
        *algorithm = match &*algorithm {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim_end_matches(':')),
            Cow::Owned(text) => Cow::Owned(text.trim_end_matches(':').to_owned()),
        };
    }
    node
}

fn document_reference(value: Cow<'_, str>) -> Node<'_> {
    let mut words = words(value, 3).into_iter();
    let mut node = Node::object();
    for key in ["externalDocumentId", "spdxDocument"] {
        if let Some(word) = words.next() {
            node.set(key, Node::Text(word));
        }
    }
    if let Some(word) = words.next() {
        node.set("checksum", checksum(word));
    }
    node
}

fn artifact<'a>(node: &mut Node<'a>, key: &'static str, value: Cow<'a, str>) {
    let last = node.list_mut("artifactOfs").and_then(|list| list.last_mut());
    let value = Node::Text(value);
    if key != "name"
        && let Some(last) = last
    {
        last.set(key, value);
        return;
    }
    let mut artifact = Node::object();
    artifact.set(key, value);
    node.push("artifactOfs", artifact);
}

/// `d6a7.. (excludes: ./a, ./b)`.
fn verification_code(value: Cow<'_, str>) -> Node<'_> {
    let mut node = Node::object();
    let (code, excluded) = match value.split_once('(') {
        Some((code, rest)) => (code.trim().to_owned(), rest.trim_end_matches(')').trim().to_owned()),
        None => {
            node.set("packageVerificationCodeValue", Node::Text(value));
            return node;
        }
    };
    node.set("packageVerificationCodeValue", Node::Text(code.into()));
    let excluded = excluded.strip_prefix("excludes:").unwrap_or(&excluded);
    for name in excluded.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        node.push("packageVerificationCodeExcludedFiles", Node::Text(name.to_owned().into()));
    }
    node
}
