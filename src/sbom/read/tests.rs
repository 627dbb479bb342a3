use std::collections::BTreeSet;

use super::*;
use crate::package::DocumentOptions;
use crate::package::FileDetail;
use crate::package::Relation;
use crate::package::Subject;
use crate::package::testing;
use crate::sbom::Format;
use crate::sbom::write;

fn written(format: &str) -> Vec<u8> {
    let options = DocumentOptions {
        files: FileDetail::All,
        ..DocumentOptions::new("2026-01-02T03:04:05Z".parse().unwrap())
    };
    let mut bytes = Vec::new();
    write(&testing::inventory(), format.parse::<Format>().unwrap(), &options, &mut bytes).unwrap();
    bytes
}

/// What every family must carry over: names, versions, package URLs, dependencies, the image.
#[test]
fn every_family_is_read() {
    let key = |inventory: &Inventory| {
        let packages = inventory.packages.iter().map(|package| {
            let purl = package.purl.as_ref().map(|purl| purl.as_str().to_owned());
            let version = package.version.clone().filter(|text| !text.is_empty());
            (package.name.clone(), version, purl)
        });
        packages.collect::<BTreeSet<_>>()
    };
    let needs = |inventory: &Inventory| {
        let edges = inventory.relationships.iter().filter(|edge| edge.relation == Relation::DependsOn);
        let name = |place: usize| inventory.packages[place].name.clone();
        edges.map(|edge| (name(edge.from), name(edge.to))).collect::<Vec<_>>()
    };
    let original = testing::inventory();
    for format in [
        "spdx-json",
        "spdx-json@2.2",
        "spdx-json@3.0",
        "spdx-tag-value",
        "cyclonedx-json",
        "cyclonedx-json@1.4",
        "syft-json",
    ] {
        let (inventory, _) = read(&written(format)).unwrap();
        assert_eq!(key(&inventory), key(&original), "{format}");
        assert_eq!(needs(&inventory), [("adduser".to_owned(), "libc6".to_owned())], "{format}");
        let Subject::Image(image) = &inventory.subject else { panic!("{format}: {:?}", inventory.subject) };
        assert_eq!(image.manifest, testing::image().manifest, "{format}");
        assert_eq!(image.repository, testing::image().repository, "{format}");
    }
}

/// From syft's form back into it: nothing changes.
#[test]
fn syfts_json_survives() {
    let options = DocumentOptions {
        files: FileDetail::All,
        ..DocumentOptions::new("2026-01-02T03:04:05Z".parse().unwrap())
    };
    let first = written("syft-json");
    let (inventory, lost) = read(&first).unwrap();
    assert_eq!(lost, Vec::<String>::new());
    let mut second = Vec::new();
    write(&inventory, Format::SyftJson, &options, &mut second).unwrap();
    let [mut first, mut second] =
        [first, second].map(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).unwrap());
    for document in [&mut first, &mut second] {
        // Which catalogers ran is not read.
        document["descriptor"]["configuration"] = serde_json::Value::Null;
        let artifacts = document["artifacts"].as_array_mut().unwrap();
        artifacts.sort_by_key(|one| one["id"].as_str().unwrap().to_owned());
        let files = document["files"].as_array_mut().unwrap();
        files.sort_by_key(|one| one["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(first, second);
}

#[test]
fn losses_are_told() {
    let text = br#"{"bomFormat":"CycloneDX","specVersion":"1.6","vulnerabilities":[],
        "components":[{"type":"library","name":"a","bom-ref":"a","purl":"nonsense","hashes":[{"alg":"BLAKE3","content":"00"}],
        "components":[{"type":"library","name":"b","bom-ref":"b","purl":"pkg:npm/b@1"}]}],
        "dependencies":[{"ref":"b","dependsOn":["nowhere"]}]}"#;
    let (inventory, lost) = read(text).unwrap();
    let names: Vec<&str> = inventory.packages.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(names, ["b", "a"]);
    let edge = inventory.relationships[0];
    assert_eq!((edge.from, edge.relation, edge.to), (1, Relation::Contains, 0));
    let expected = [
        "dependencies on or of what is no package: 1 left out",
        "hashes that are not known or have the wrong length: 1 left out",
        "lists of vulnerabilities: 1 left out",
        "package URLs that cannot be read: 1 left out",
    ];
    assert_eq!(lost, expected);
}

#[test]
fn what_is_broken_is_refused() {
    assert!(matches!(read(b"{}"), Err(ReadError::Unknown)));
    assert!(matches!(read(b"hello"), Err(ReadError::Spdx(_))));
    let doubled = br#"{"bomFormat":"CycloneDX","components":[],"components":[]}"#;
    assert!(matches!(read(doubled), Err(ReadError::Json(_) | ReadError::Spdx(_))));
    assert!(matches!(read(br#"{"bomFormat":"CycloneDX","components":7}"#), Err(ReadError::CycloneDx(_))));
    let syft = br#"{"artifacts":[{"name":"a"}],"descriptor":{}}"#;
    assert!(matches!(read(syft), Err(ReadError::Syft(_))));
}
