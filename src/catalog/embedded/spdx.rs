//! SPDX 2.2 and 2.3. <https://spdx.github.io/spdx-spec/v2.3/>

use serde_json::Map;
use serde_json::Value;

use super::super::text;
use super::Document;
use super::checksums;
use super::license;
use super::objects;
use super::package;
use crate::package::Relation;

pub(super) fn read(bytes: &[u8]) -> Result<Document, serde_json::Error> {
    let source = text::members(bytes, &["packages", "relationships", "documentDescribes"])?;
    let mut document = Document::default();
    let described = source.get("documentDescribes").and_then(Value::as_array).into_iter().flatten();
    document.subjects.extend(described.filter_map(Value::as_str).map(str::to_owned));
    for entry in objects(&source, "packages") {
        let (Some(id), Some(name)) = (text::string(entry, "SPDXID"), text::string(entry, "name")) else {
            continue;
        };
        let said =
            |key: &str| text::string(entry, key).filter(|text| !matches!(*text, "NOASSERTION" | "NONE"));
        let mut found = package(name, said("versionInfo"), purl(entry));
        found.licenses = license(text::string(entry, "licenseDeclared")).into_iter().collect();
        found.checksums = checksums(entry, "checksums", "algorithm", "checksumValue");
        found.download = said("downloadLocation").map(str::to_owned);
        found.homepage = said("homepage").map(str::to_owned);
        found.description = said("description").map(str::to_owned);
        document.packages.push((id.to_owned(), found));
    }
    for entry in objects(&source, "relationships") {
        relate(entry, &mut document);
    }
    Ok(document)
}

fn purl(entry: &Map<String, Value>) -> Option<&str> {
    let reference =
        objects(entry, "externalRefs").find(|found| text::string(found, "referenceType") == Some("purl"));
    text::string(reference?, "referenceLocator")
}

fn relate(entry: &Map<String, Value>, document: &mut Document) {
    let field = |key: &str| text::string(entry, key).map(str::to_owned);
    let (Some(from), Some(to)) = (field("spdxElementId"), field("relatedSpdxElement")) else { return };
    let related = match text::string(entry, "relationshipType") {
        Some("CONTAINED_BY") => (to, Relation::Contains, from),
        Some("CONTAINS") => (from, Relation::Contains, to),
        Some("DEPENDENCY_OF" | "RUNTIME_DEPENDENCY_OF") => (to, Relation::DependsOn, from),
        Some("DEPENDS_ON") => (from, Relation::DependsOn, to),
        Some("DESCRIBES") => return document.subjects.push(to),
        _ => return,
    };
    document.relationships.push(related);
}
