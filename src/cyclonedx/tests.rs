use serde_json::Value;

use super::*;
use crate::package::DocumentOptions;
use crate::package::Inventory;
use crate::package::Relationship;
use crate::package::testing;

fn json(inventory: &Inventory, version: Version) -> Value {
    let mut bytes = Vec::new();
    let options = DocumentOptions::new("2026-01-02T03:04:05.678Z".parse().unwrap());
    write(inventory, version, &options, &mut bytes).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn component<'a>(document: &'a Value, name: &str) -> &'a Value {
    document["components"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap()
}

fn published(name: &str) -> Value {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/schemas/cyclonedx");
    serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
}

/// The schema of 1.6 with the two that it refers to.
fn schema() -> jsonschema::Validator {
    let mut registry = jsonschema::Registry::new();
    for part in ["spdx.schema.json", "jsf-0.82.schema.json"].map(published) {
        let name = part["$id"].as_str().unwrap().to_owned();
        registry = registry.add(name, part).unwrap();
    }
    let registry = registry.prepare().unwrap();
    jsonschema::options().with_registry(&registry).build(&published("bom-1.6.schema.json")).unwrap()
}

#[test]
fn is_valid_under_the_schema() {
    let schema = schema();
    for inventory in [testing::inventory(), Inventory::default()] {
        let document = json(&inventory, Version::V1_6);
        let errors: Vec<_> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    let mut broken = json(&testing::inventory(), Version::V1_6);
    broken["components"][0]["type"] = "package".into();
    assert!(!schema.is_valid(&broken));
}

#[test]
fn describes_the_image() {
    let document = json(&testing::inventory(), Version::V1_6);
    assert_eq!((&document["bomFormat"], &document["specVersion"]), (&"CycloneDX".into(), &"1.6".into()));
    let serial = document["serialNumber"].as_str().unwrap();
    assert!(serial.starts_with("urn:uuid:") && serial.len() == 45, "{serial}");
    let metadata = &document["metadata"];
    assert_eq!(metadata["timestamp"], "2026-01-02T03:04:05Z");
    assert_eq!(metadata["tools"]["components"][0]["name"], "portcullis");
    assert_eq!(metadata["component"]["type"], "container");
    assert_eq!(metadata["component"]["supplier"]["name"], "registry.example.com/team");
    let unknown = "/opt/broken.jar: no central directory (java-archive-cataloger)";
    assert_eq!(metadata["properties"][0]["value"], unknown);
    assert_eq!(document["compositions"][0]["aggregate"], "incomplete");
}

#[test]
fn lists_components() {
    let document = json(&testing::inventory(), Version::V1_6);
    assert_eq!(document["components"].as_array().unwrap().len(), 5 + 1, "packages and the distribution");
    let system = component(&document, "debian");
    assert_eq!((&system["type"], &system["version"]), (&"operating-system".into(), &"12".into()));
    let libc = component(&document, "libc6");
    assert_eq!(libc["purl"], "pkg:deb/debian/libc6@1:2.36-9%2Bdeb12u7?arch=amd64&distro=debian-12");
    assert_eq!(libc["licenses"], serde_json::json!([{"expression": "(MIT OR Apache-2.0) AND ISC"}]));
    assert_eq!(libc["hashes"], serde_json::json!([{"alg": "SHA-256", "content": "ab".repeat(32)}]));
    assert_eq!(libc["cpe"], "cpe:2.3:a:libc6:libc6:1\\:2.36-9\\+deb12u7:*:*:*:*:*:*:*");
    let adduser = component(&document, "adduser");
    let licenses =
        serde_json::json!([{"license": {"id": "GPL-2.0-or-later"}}, {"license": {"name": "public-domain"}}]);
    assert_eq!(adduser["licenses"], licenses);
    let contact = serde_json::json!([{"name": "Jane Roe", "email": "jane@mail.example.org"}]);
    assert_eq!(adduser["supplier"]["contact"], contact);
    let python = component(&document, "six");
    let vcs = serde_json::json!([{"type": "vcs", "url": "git+https://git.example.com/six.git@1.16.0"}]);
    assert_eq!(python["externalReferences"], vcs);
}

#[test]
fn references_resolve() {
    let document = json(&testing::inventory(), Version::V1_6);
    let mut refs: Vec<&str> = document["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["bom-ref"].as_str().unwrap())
        .collect();
    refs.push(document["metadata"]["component"]["bom-ref"].as_str().unwrap());
    let all = refs.len();
    refs.sort_unstable();
    refs.dedup();
    assert_eq!(refs.len(), all);
    let dependencies = document["dependencies"].as_array().unwrap();
    // The root needs the four on which nothing depends and the system, which has two packages; adduser needs libc6.
    let length = |one: &Value| one["dependsOn"].as_array().map_or(0, Vec::len);
    let lengths: Vec<_> = dependencies.iter().map(length).collect();
    assert_eq!((lengths[0], lengths.iter().sum::<usize>(), lengths.len()), (5, 8, all));
    for one in dependencies {
        assert!(refs.contains(&one["ref"].as_str().unwrap()));
        assert!(
            one["dependsOn"].as_array().into_iter().flatten().all(|to| refs.contains(&to.as_str().unwrap()))
        );
    }
}

#[test]
fn older_versions_have_older_shapes() {
    let document = json(&testing::inventory(), Version::V1_4);
    assert_eq!(document["metadata"]["lifecycles"], Value::Null);
    assert_eq!(document["metadata"]["tools"][0]["name"], "portcullis");
    let document = json(&testing::inventory(), Version::V1_5);
    assert_eq!(document["metadata"]["lifecycles"][0]["phase"], "post-build");
}

#[test]
fn order_of_the_inventory_does_not_matter() {
    let inventory = testing::inventory();
    let mut turned = inventory.clone();
    turned.packages.reverse();
    let last = turned.packages.len() - 1;
    for edge in &mut turned.relationships {
        *edge = Relationship { from: last - edge.from, to: last - edge.to, ..*edge };
    }
    assert_eq!(json(&turned, Version::V1_6), json(&inventory, Version::V1_6));
}
