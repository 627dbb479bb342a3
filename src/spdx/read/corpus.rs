//! The documents that others wrote, and what other tools say of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;

use super::*;
use crate::spdx::attested::Attested;
use crate::spdx::model::Layout;
use crate::spdx::model::Model;
use crate::spdx::model::Target;
use crate::spdx::view::Counts;

#[derive(Deserialize)]
struct Entry {
    id: u32,
    file: String,
    format: String,
    counts: Option<BTreeMap<String, usize>>,
    verdict: String,
}

fn vectors() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "where the vectors lie is said by whoever runs the tests")]
    let root = std::env::var_os("PORTCULLIS_VECTORS").map(|root| PathBuf::from(root).join("spdx"));
    if root.is_none() {
        println!("PORTCULLIS_VECTORS is not set: nothing is tested");
    }
    root
}

fn entries(root: &std::path::Path) -> Vec<Entry> {
    let index = fs::read_to_string(root.join("index.jsonl")).unwrap();
    index.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn valid_documents_are_read_without_loss() {
    let Some(root) = vectors() else { return };
    let (mut read, mut unnoticed, mut doubted) = (0, Vec::new(), Vec::new());
    for entry in entries(&root) {
        let bytes = fs::read(root.join(&entry.file)).unwrap();
        let text = Text::decode(&bytes).unwrap();
        let view = text.view(Files::Keep);
        if matches!(&*entry.format, "rdf-xml" | "xml") {
            assert!(matches!(view, Err(SpdxError::UnreadForm { .. })), "{}", entry.file);
            continue;
        }
        if entry.verdict != "valid" {
            // Repaired, with a word about it; or refused.
            if view.is_ok_and(|view| view.diagnostics.is_empty()) {
                unnoticed.push(entry.id);
            }
            continue;
        }
        let view = view.unwrap_or_else(|error| panic!("{}: {error}", entry.file));
        read += 1;
        let expected = entry.counts.map(|counts| {
            let count = |name: &str| counts.get(name).copied();
            (count("packages"), count("files"), count("snippets"), count("relationships"))
        });
        let Counts { packages, files, snippets, relationships } = view.counts;
        if let Some((wanted, wanted_files, wanted_snippets, wanted_relationships)) = expected {
            // The index counts no packages that are data sets; document 39 is about one.
            let wanted = if entry.id == 39 { Some(1) } else { wanted };
            assert_eq!(wanted, Some(packages), "{}", entry.file);
            assert_eq!(wanted_files.unwrap_or(files), files, "{}", entry.file);
            assert_eq!(wanted_snippets.unwrap_or(snippets), snippets, "{}", entry.file);
            assert_eq!(wanted_relationships, Some(relationships), "{}", entry.file);
        }
        assert_eq!((view.packages.len(), view.files.len()), (packages, files), "{}", entry.file);
        assert!(view.edges.len() >= relationships, "{}", entry.file);
        if let Some(first) = view.diagnostics.list.first() {
            doubted.push((entry.id, first.code));
        }
        // The same without files.
        let without = text.view(Files::Count).unwrap();
        assert_eq!((without.packages, without.counts), (view.packages, view.counts));
    }
    assert_eq!(read, 58);
    assert_eq!(unnoticed, UNNOTICED);
    assert_eq!(doubted, DOUBTED);
}

#[test]
fn valid_documents_come_out_equal() {
    let Some(root) = vectors() else { return };
    for entry in entries(&root).into_iter().filter(|entry| !entry.format.contains("xml")) {
        let bytes = fs::read(root.join(&entry.file)).unwrap();
        let text = Text::decode(&bytes).unwrap();
        let Ok(model) = Model::read(text.as_str()) else {
            assert_ne!(entry.verdict, "valid", "{}", entry.file);
            continue;
        };
        if entry.format.starts_with("json") {
            let before: serde_json::Value = serde_json::from_str(text.as_str()).unwrap();
            let after: serde_json::Value =
                serde_json::from_str(&model.to_json(Layout::Compact).unwrap()).unwrap();
            assert_eq!(before, after, "{}", entry.file);
        }
        if entry.verdict == "valid" && entry.format != "json-ld" {
            same_in_every_form(&entry.file, text.as_str());
        }
    }
}

/// Packages, files and relationships are the same, whatever the form.
fn same_in_every_form(file: &str, text: &str) {
    let before = View::read(text, Files::Keep).unwrap();
    for form in [Form::Json, Form::TagValue, Form::Yaml] {
        let target = Target { form, version: None, layout: Layout::Pretty };
        let converted = Model::read(text).unwrap().convert(target).unwrap();
        let after =
            View::read(&converted.text, Files::Keep).unwrap_or_else(|error| panic!("{file} {form}: {error}"));
        assert_eq!(after.counts.packages, before.counts.packages, "{file} {form}");
        assert_eq!(after.counts.files, before.counts.files, "{file} {form}");
        let packages = |view: &View<'_>| {
            let mut packages: Vec<String> =
                view.packages.iter().map(|package| format!("{package:?}")).collect();
            packages.sort();
            packages
        };
        assert_eq!(packages(&after), packages(&before), "{file} {form}");
        let edges = |view: &View<'_>| {
            let mut edges: Vec<String> = view.edges.iter().map(|edge| format!("{edge:?}")).collect();
            edges.sort();
            edges.dedup();
            edges
        };
        assert_eq!(edges(&after), edges(&before), "{file} {form}: {:?}", converted.losses);
    }
}

#[test]
fn hostile_documents_are_read_or_refused() {
    let Some(root) = vectors() else { return };
    let mut refused = Vec::new();
    let mut files: Vec<_> =
        fs::read_dir(root.join("adversarial")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    for path in files.into_iter().filter(|path| path.extension().is_some_and(|name| name != "py")) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = fs::read(&path).unwrap();
        match Text::decode(&bytes).and_then(|text| text.view(Files::Keep).map(|_| ())) {
            Ok(()) => {}
            Err(error) => refused.push((name, error.to_string())),
        }
    }
    let names: Vec<&str> = refused.iter().map(|(name, _)| name.split('.').next().unwrap()).collect();
    assert_eq!(
        names,
        [
            "deep-array",
            "dupkey",
            "empty",
            "notsbom",
            "trailing",
            "tv-empty",
            "tv-headless",
            "tv-unterminated-text",
            "ver-9",
        ],
        "{refused:#?}"
    );
}

#[test]
fn attested_documents_are_unwrapped() {
    let Some(root) = vectors() else { return };
    // Counted with jq: 15 packages, one of which is the image itself; 29 files.
    for (name, packages) in [
        ("buildkit-v01", Some(15)),
        ("buildkit-v1", Some(15)),
        ("cosign-legacy-data-object", Some(15)),
        ("cosign-legacy-data-string", Some(15)),
        ("cosign-spdx-json-as-string", Some(15)),
        ("cosign-spdx-tagvalue-string", Some(15)),
        ("cosign-spdxjson-object", Some(15)),
        ("empty-predicate", None),
        ("github-attest-v2.3", Some(15)),
        ("no-subject", None),
        ("null-predicate", None),
        ("sha512-subject-only", Some(15)),
        ("spdx3-v3", Some(1)),
        ("two-subjects", Some(15)),
        ("wrong-digest", Some(15)),
        ("wrong-predicatetype-cyclonedx", None),
        ("zero-packages", Some(0)),
    ] {
        for wrapping in ["statement", "dsse"] {
            let bytes = fs::read(root.join(format!("intoto/{name}.{wrapping}.json"))).unwrap();
            let found = Attested::from_slice(&bytes).and_then(|attested| {
                assert_eq!(attested.wrappings.len(), if wrapping == "dsse" { 2 } else { 1 });
                View::read(&attested.text, Files::Count).map(|view| view.counts.packages)
            });
            assert_eq!(found.ok(), packages, "{name} {wrapping}");
        }
    }
}

/// What the other tools refuse, or did not judge, and we take as it is.
const UNNOTICED: [u32; 10] = [
    // Algorithms of 2.3 in a document of 2.2.
    41, // Not judged.
    47, 102, // Licences of files that were not analyzed.
    119, // A type of reference that is not of its category.
    145, // LicenseRef that the document does not define.
    180, // SPDX 2.1, which pyspdxtools does not read.
    191, 198, // Files beside one package that is not described.
    206, // LicenseRef that the document does not define.
    233,
];

/// What we doubt in documents that the other tools accept.
const DOUBTED: [(u32, Code); 1] = [(50, Code::Encoding)];
