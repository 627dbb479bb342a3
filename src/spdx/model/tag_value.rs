//! A tree as tag-value text. <https://spdx.github.io/spdx-spec/v2.3/conformance/>
//!
//! The inverse of the reader, by the same table of tags. A file stands behind the package that has it.

use std::collections::HashMap;
use std::collections::HashSet;
use std::fmt::Write;

use crate::spdx::node::Node;
use crate::spdx::read::Section;
use crate::spdx::read::TAGS;
use crate::spdx::read::TagShape as Shape;

/// Writes what tags exist for; `losses` gets the rest, by its place.
pub(super) fn write(root: &Node<'_>, losses: &mut Vec<String>) -> String {
    let mut writer = Writer { text: String::new(), losses };
    writer.section(root, Section::Document, "", &HANDLED);
    if let Some(creation) = root.get("creationInfo") {
        writer.section(creation, Section::Creation, "/creationInfo", &[]);
    }
    let document = root.get("SPDXID").and_then(Node::text).unwrap_or("SPDXRef-DOCUMENT");
    writer.annotations(root, document, "");
    for (index, review) in list(root, "revieweds").iter().enumerate() {
        writer.section(review, Section::Review, &format!("/revieweds/{index}"), &[]);
    }
    writer.elements(root);
    for (index, license) in list(root, "hasExtractedLicensingInfos").iter().enumerate() {
        writer.blank();
        writer.section(license, Section::License, &format!("/hasExtractedLicensingInfos/{index}"), &[]);
    }
    writer.relationships(root, document);
    writer.text
}

/// Keys of the document that are written by themselves.
const HANDLED: [&str; 10] = [
    "annotations",
    "creationInfo",
    "documentDescribes",
    "files",
    "hasExtractedLicensingInfos",
    "packages",
    "relationships",
    "revieweds",
    "snippets",
    "$schema",
];

fn list<'n, 'a>(node: &'n Node<'a>, key: &str) -> &'n [Node<'a>] {
    node.get(key).map(Node::items).unwrap_or_default()
}

struct Writer<'l> {
    text: String,
    losses: &'l mut Vec<String>,
}

impl Writer<'_> {
    fn blank(&mut self) {
        self.text.push('\n');
    }

    fn line(&mut self, tag: &str, value: &str, place: &str) {
        if value.contains("</text>") {
            return self.losses.push(format!("{place}: a text with </text> in it cannot be written"));
        }
        let wrap = value.is_empty()
            || value.contains(['\n', '\r'])
            || value.trim() != value
            || value.starts_with("<text>");
        // Writing to a string cannot fail.
        let _ = match wrap {
            true => writeln!(self.text, "{tag}: <text>{value}</text>"),
            false => writeln!(self.text, "{tag}: {value}"),
        };
    }

    /// The tags of one element, that which begins it first.
    fn section(&mut self, node: &Node<'_>, section: Section, place: &str, handled: &[&str]) {
        let Node::Object(entries) = node else { return };
        let begins = |key: &str| {
            TAGS.iter().any(|tag| tag.section == section && tag.key == key && tag.shape == Shape::Start)
        };
        let first = entries.iter().filter(|(key, _)| begins(key));
        let rest = entries.iter().filter(|(key, _)| !begins(key));
        for (key, value) in first.chain(rest) {
            let place = format!("{place}/{key}");
            if !handled.contains(&&**key) && !self.field(key, value, section, &place) {
                self.losses.push(format!("{place}: there is no tag for it"));
            }
        }
        // A name begins an element, and one without has to begin as well.
        if section == Section::Package && node.get("name").is_none() {
            self.losses.push(format!("{place}: a package without name stands with the one before it"));
        }
    }

    /// Whether there is a tag for it.
    fn field(&mut self, key: &str, value: &Node<'_>, section: Section, place: &str) -> bool {
        if key == "SPDXID" && section != Section::Snippet {
            return self.scalar("SPDXID", value, place);
        }
        let wanted =
            |shape: Shape| !matches!(shape, Shape::ReferenceComment | Shape::Artifact | Shape::Range);
        let tag = TAGS.iter().find(|tag| tag.section == section && tag.key == key && wanted(tag.shape));
        let Some(tag) = tag else { return self.special(key, value, place) };
        match tag.shape {
            Shape::List => {
                for item in value.items() {
                    self.scalar(tag.name, item, place);
                }
            }
            Shape::Checksum => {
                for item in value.items() {
                    self.line(tag.name, &checksum(item), place);
                }
            }
            Shape::Reference => value.items().iter().for_each(|item| self.reference(item, place)),
            Shape::DocumentReference => {
                for item in value.items() {
                    let sum = item.get("checksum").map(checksum).unwrap_or_default();
                    let words =
                        format!("{} {} {sum}", part(item, "externalDocumentId"), part(item, "spdxDocument"));
                    self.line(tag.name, &words, place);
                }
            }
            Shape::VerificationCode => self.line(tag.name, &verification_code(value), place),
            _ => return self.scalar(tag.name, value, place),
        }
        true
    }

    /// Keys whose values take more than one tag.
    fn special(&mut self, key: &str, value: &Node<'_>, place: &str) -> bool {
        match key {
            "artifactOfs" => {
                let tags = [("name", "Name"), ("homePage", "HomePage"), ("projectUri", "URI")]
                    .map(|(key, tag)| (key, tag));
                for item in value.items() {
                    for (key, tag) in tags {
                        if let Some(value) = item.get(key) {
                            self.scalar(&format!("ArtifactOfProject{tag}"), value, place);
                        }
                    }
                }
            }
            "ranges" => value.items().iter().for_each(|range| self.range(range, place)),
            _ => return false,
        }
        true
    }

    fn range(&mut self, range: &Node<'_>, place: &str) {
        for (key, tag) in [("offset", "SnippetByteRange"), ("lineNumber", "SnippetLineRange")] {
            let end = |name: &str| match range.get(name).and_then(|pointer| pointer.get(key)) {
                Some(Node::Number(number)) => Some(number.to_string()),
                _ => None,
            };
            if let (Some(from), Some(to)) = (end("startPointer"), end("endPointer")) {
                self.line(tag, &format!("{from}:{to}"), place);
            }
        }
    }

    fn reference(&mut self, item: &Node<'_>, place: &str) {
        let words = ["referenceCategory", "referenceType", "referenceLocator"].map(|key| part(item, key));
        self.line("ExternalRef", &words.join(" "), place);
        if let Some(comment) = item.get("comment") {
            self.scalar("ExternalRefComment", comment, place);
        }
    }

    fn scalar(&mut self, tag: &str, value: &Node<'_>, place: &str) -> bool {
        match value {
            Node::Text(text) => self.line(tag, text, place),
            Node::Bool(value) => self.line(tag, if *value { "true" } else { "false" }, place),
            Node::Number(number) => self.line(tag, &number.to_string(), place),
            Node::Null => {}
            Node::List(_) | Node::Object(_) => return false,
        }
        true
    }

    fn annotations(&mut self, node: &Node<'_>, id: &str, place: &str) {
        for (index, annotation) in list(node, "annotations").iter().enumerate() {
            self.section(annotation, Section::Annotation, &format!("{place}/annotations/{index}"), &[]);
            self.line("SPDXREF", id, place);
        }
    }

    /// Files that are in no package, packages with their files, snippets.
    fn elements(&mut self, root: &Node<'_>) {
        let files = list(root, "files");
        let place: HashMap<&str, usize> =
            files.iter().enumerate().filter_map(|(place, file)| Some((id(file)?, place))).collect();
        let owned: HashSet<&str> = list(root, "packages")
            .iter()
            .flat_map(|package| list(package, "hasFiles"))
            .filter_map(Node::text)
            .collect();
        for (index, file) in files.iter().enumerate() {
            if !id(file).is_some_and(|id| owned.contains(id)) {
                self.file(file, index);
            }
        }
        let mut written: HashSet<&str> = HashSet::new();
        for (index, package) in list(root, "packages").iter().enumerate() {
            self.blank();
            self.section(
                package,
                Section::Package,
                &format!("/packages/{index}"),
                &["annotations", "hasFiles"],
            );
            self.annotations(package, id(package).unwrap_or_default(), &format!("/packages/{index}"));
            for file in list(package, "hasFiles").iter().filter_map(Node::text) {
                match place.get(file).and_then(|place| Some((*place, files.get(*place)?))) {
                    Some((index, found)) if written.insert(file) => self.file(found, index),
                    // In a second package, or not in the document: a relationship says the same.
                    _ => self.relationship(id(package).unwrap_or_default(), "CONTAINS", file),
                }
            }
        }
        for (index, snippet) in list(root, "snippets").iter().enumerate() {
            let place = format!("/snippets/{index}");
            self.blank();
            self.section(snippet, Section::Snippet, &place, &["annotations"]);
            self.annotations(snippet, id(snippet).unwrap_or_default(), &place);
        }
    }

    fn file(&mut self, file: &Node<'_>, index: usize) {
        let place = format!("/files/{index}");
        self.blank();
        self.section(file, Section::File, &place, &["annotations"]);
        self.annotations(file, id(file).unwrap_or_default(), &place);
    }

    fn relationships(&mut self, root: &Node<'_>, document: &str) {
        self.blank();
        let written = list(root, "relationships");
        for described in list(root, "documentDescribes").iter().filter_map(Node::text) {
            let there = |node: &Node<'_>| {
                part(node, "relationshipType") == "DESCRIBES" && part(node, "relatedSpdxElement") == described
            };
            if !written.iter().any(there) {
                self.relationship(document, "DESCRIBES", described);
            }
        }
        for (index, found) in written.iter().enumerate() {
            let kind = part(found, "relationshipType");
            self.relationship(&part(found, "spdxElementId"), &kind, &part(found, "relatedSpdxElement"));
            if let Some(comment) = found.get("comment") {
                self.scalar("RelationshipComment", comment, &format!("/relationships/{index}/comment"));
            }
        }
    }

    fn relationship(&mut self, from: &str, kind: &str, to: &str) {
        self.line("Relationship", &format!("{from} {kind} {to}"), "/relationships");
    }
}

fn id<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    node.get("SPDXID").and_then(Node::text)
}

fn part(node: &Node<'_>, key: &str) -> String {
    node.get(key).and_then(Node::text).unwrap_or_default().to_owned()
}

fn checksum(node: &Node<'_>) -> String {
    format!("{}: {}", part(node, "algorithm"), part(node, "checksumValue"))
}

fn verification_code(node: &Node<'_>) -> String {
    let code = part(node, "packageVerificationCodeValue");
    let excluded = list(node, "packageVerificationCodeExcludedFiles");
    let excluded: Vec<&str> = excluded.iter().filter_map(Node::text).collect();
    if excluded.is_empty() { code } else { format!("{code} (excludes: {})", excluded.join(", ")) }
}
