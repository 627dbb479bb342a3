//! syft's own JSON. <https://github.com/anchore/syft/tree/main/schema/json>

use serde_json::Value;

use super::super::text;
use super::Document;
use super::license;
use super::objects;
use super::package;
use crate::package::Relation;

pub(super) fn read(bytes: &[u8]) -> Result<Document, serde_json::Error> {
    let source = text::members(bytes, &["artifacts", "artifactRelationships"])?;
    let mut document = Document::default();
    for entry in objects(&source, "artifacts") {
        let (Some(id), Some(name)) = (text::string(entry, "id"), text::string(entry, "name")) else {
            continue;
        };
        let mut found = package(name, text::string(entry, "version"), text::string(entry, "purl"));
        let licenses = entry.get("licenses").and_then(Value::as_array).into_iter().flatten();
        // Strings until version 8 of the schema.
        let named = licenses.filter_map(|item| item.get("value").unwrap_or(item).as_str());
        found.licenses = named.filter_map(|text| license(Some(text))).collect();
        document.packages.push((id.to_owned(), found));
    }
    for entry in objects(&source, "artifactRelationships") {
        let field = |key: &str| text::string(entry, key).map(str::to_owned);
        let (Some(parent), Some(child)) = (field("parent"), field("child")) else { continue };
        match text::string(entry, "type") {
            Some("contains") => document.relationships.push((parent, Relation::Contains, child)),
            Some("dependency-of") => document.relationships.push((child, Relation::DependsOn, parent)),
            _ => {}
        }
    }
    Ok(document)
}
