//! CycloneDX. <https://cyclonedx.org/docs/1.6/json/>

use serde_json::Map;
use serde_json::Value;

use super::super::text;
use super::Document;
use super::checksums;
use super::license;
use super::objects;
use super::package;
use crate::package::License;
use crate::package::Relation;

pub(super) fn read(bytes: &[u8]) -> Result<Document, serde_json::Error> {
    let bom = text::members(bytes, &["metadata", "components", "dependencies"])?;
    let mut document = Document::default();
    let subject =
        bom.get("metadata").and_then(|metadata| metadata.get("component")).and_then(Value::as_object);
    document.subjects.extend(subject.and_then(|subject| text::string(subject, "bom-ref")).map(str::to_owned));
    // JSON is read to a depth of 128, so that this recursion ends as well.
    for component in objects(&bom, "components") {
        add(component, None, &mut document);
    }
    for dependency in objects(&bom, "dependencies") {
        let Some(from) = text::string(dependency, "ref") else { continue };
        let needed = dependency.get("dependsOn").and_then(Value::as_array).into_iter().flatten();
        for to in needed.filter_map(Value::as_str) {
            document.relationships.push((from.to_owned(), Relation::DependsOn, to.to_owned()));
        }
    }
    Ok(document)
}

/// Adds a component, and those that it is put together of.
fn add(component: &Map<String, Value>, parent: Option<&str>, document: &mut Document) {
    let kind = text::string(component, "type").unwrap_or("library");
    // Files and what it runs on are no packages; what a build left out is not here.
    let is_package = !matches!(kind, "file" | "operating-system" | "device" | "data" | "platform")
        && text::string(component, "scope") != Some("excluded");
    let Some(name) = text::string(component, "name").filter(|_| is_package) else { return };
    let name = match text::string(component, "group") {
        Some(group) if group.starts_with('@') => format!("{group}/{name}"),
        _ => name.to_owned(),
    };
    let mut found = package(&name, text::string(component, "version"), text::string(component, "purl"));
    found.description = text::string(component, "description").map(str::to_owned);
    found.licenses = licenses(component);
    found.checksums = checksums(component, "hashes", "alg", "content");
    let unnamed = format!("component {}", document.packages.len());
    let id = text::string(component, "bom-ref").map_or(unnamed, str::to_owned);
    document.packages.push((id.clone(), found));
    if let Some(parent) = parent {
        document.relationships.push((parent.to_owned(), Relation::Contains, id.clone()));
    }
    for inner in objects(component, "components") {
        add(inner, Some(&id), document);
    }
}

fn licenses(component: &Map<String, Value>) -> Vec<License> {
    let one = |choice: &Map<String, Value>| {
        let named = choice.get("license").and_then(Value::as_object);
        let named = named.and_then(|named| text::string(named, "id").or_else(|| text::string(named, "name")));
        license(text::string(choice, "expression").or(named))
    };
    objects(component, "licenses").filter_map(one).collect()
}
