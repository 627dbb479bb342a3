//! SPDX documents of the collected vectors.

use std::fs;

use portcullis::intoto::Statement;
use portcullis::spdx::Document;
use serde::Deserialize;

use crate::support::vectors;

/// What the case's name says must happen: number of packages, or nothing for a refusal.
/// Counted with `jq`: 15 packages of which 1 is the image itself.
const ATTESTED: &[(&str, Option<usize>)] = &[
    ("buildkit-v01", Some(14)),
    ("buildkit-v1", Some(14)),
    ("cosign-legacy-data-object", Some(14)),
    ("cosign-legacy-data-string", Some(14)),
    ("cosign-spdx-json-as-string", Some(14)),
    ("cosign-spdx-tagvalue-string", Some(14)),
    ("cosign-spdxjson-object", Some(14)),
    ("empty-predicate", None),
    ("github-attest-v2.3", Some(14)),
    ("no-subject", None),
    ("null-predicate", None),
    ("sha512-subject-only", Some(14)),
    ("spdx3-v3", Some(1)),
    ("two-subjects", Some(14)),
    ("wrong-digest", Some(14)),
    ("wrong-predicatetype-cyclonedx", None),
    ("zero-packages", Some(0)),
];

#[test]
fn attested_documents() {
    let Some(root) = vectors() else { return };
    let root = root.join("spdx/intoto");
    for (name, expected) in ATTESTED {
        let payload = fs::read(root.join(format!("{name}.statement.json"))).unwrap();
        let document = Statement::from_slice(&payload).ok().map(Document::from_statement);
        let found = document.and_then(Result::ok).map(|document| document.packages.len());
        assert_eq!(found, *expected, "{name}");
    }
    let files = fs::read_dir(root).unwrap().filter_map(Result::ok);
    let statements = files.filter(|file| file.file_name().to_string_lossy().ends_with(".statement.json"));
    assert_eq!(statements.count(), ATTESTED.len());
}

/// Documents that must be refused; the others of that folder are oddities that real writers produce.
const BROKEN: &[&str] = &[
    "deep-array.spdx.json",
    "dupkey.spdx.json",
    "empty.spdx.json",
    "notsbom.txt",
    "trailing.spdx.json",
    "tv-empty.spdx",
    "tv-headless.spdx",
    "tv-trunc.spdx",
    "tv-unterminated-text.spdx",
    "ver-9.9.spdx.json",
];

#[test]
fn adversarial_documents() {
    let Some(root) = vectors() else { return };
    let files = fs::read_dir(root.join("spdx/adversarial")).unwrap();
    let mut refused = Vec::new();
    for file in files.map(Result::unwrap).filter(|file| file.file_name() != "make.py") {
        let text = fs::read_to_string(file.path()).unwrap();
        if let Err(error) = Document::from_text(&text) {
            println!("{}: {error}", file.file_name().display());
            refused.push(file.file_name().into_string().unwrap());
        }
    }
    refused.sort();
    assert_eq!(refused, BROKEN);
}

/// One line of `spdx/index.jsonl`: what an independent reader counted.
#[derive(Deserialize)]
struct Entry {
    id: u32,
    file: String,
    format: String,
    encoding: String,
    counts: Option<Counts>,
}

#[derive(Deserialize)]
struct Counts {
    packages: usize,
}

/// Documents of the corpus in a form that is read, which are refused all the same.
const REFUSED: &[(u32, &str)] = &[
    (84, "without spdxVersion"), // trivy invalid_spdx
    (98, "line 211"),            // reuse: a stray </text>
    (160, "version is"),         // guac invalid-spdx: spdxVersion is a number
    (209, "SPDXVersion"),        // a Python bytes literal, b'SPDXVersion...
    (251, "line 25"),            // bom: `Relationship` without a colon; others cut it short here
];

/// Documents of which the index counts otherwise, and what is in them: a data set (`dataset_DatasetPackage`) is a
/// package, a null in the list is none.
const OTHERWISE: &[(u32, usize)] = &[(39, 1), (58, 0)];

#[test]
fn real_documents() {
    let Some(root) = vectors() else { return };
    let index = fs::read_to_string(root.join("spdx/index.jsonl")).unwrap();
    let mut read = 0;
    for entry in index.lines().map(|line| serde_json::from_str::<Entry>(line).unwrap()) {
        if entry.encoding.starts_with("utf-16") {
            continue;
        }
        let text = fs::read_to_string(root.join("spdx").join(&entry.file)).unwrap();
        let document = Document::from_text(&text);
        let refused = REFUSED.iter().find(|(id, _)| *id == entry.id);
        let is_form = matches!(entry.format.as_str(), "json" | "json-ld" | "tag-value");
        match (document, refused) {
            (Ok(document), None) if is_form => {
                let packages = document.packages.len() + document.roots.len();
                let otherwise =
                    OTHERWISE.iter().find(|(id, _)| *id == entry.id).map(|(_, packages)| *packages);
                let counted = otherwise.or(entry.counts.map(|counts| counts.packages));
                assert_eq!(Some(packages), counted, "{}", entry.file);
                read += 1;
            }
            (Err(error), Some((_, reason))) => {
                assert!(error.to_string().contains(reason), "{}: {error}", entry.file)
            }
            // YAML is read, but nobody counted what is in those of the corpus.
            (_, None) if entry.format == "yaml" => {}
            (Err(_), None) if !is_form => {}
            (document, _) => panic!("{}: {document:?}", entry.file),
        }
    }
    assert!(read > 90, "only {read} documents read");
}
