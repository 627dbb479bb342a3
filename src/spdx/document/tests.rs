use std::env;
use std::fs;
use std::path::PathBuf;

use super::*;

const MINIMAL: &str = r#"{"spdxVersion":"SPDX-2.3","name":"n","documentNamespace":"https://example.com/n",
    "creationInfo":{"created":"2026-01-02T03:04:05Z","creators":["Tool: syft-1.0","Organization: Example"]},
    "packages":[
      {"SPDXID":"SPDXRef-a","name":"a","versionInfo":"1","externalRefs":[
        {"referenceType":"cpe23Type","referenceLocator":"cpe:x"},{"referenceType":"purl","referenceLocator":"pkg:deb/debian/a@1"}]},
      {"SPDXID":"SPDXRef-r","name":"image","primaryPackagePurpose":"CONTAINER"}]}"#;

fn statement(predicate: &str) -> Result<Document, SpdxError> {
    let text = format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{}}],"predicateType":"https://spdx.dev/Document",
        "predicate":{predicate}}}"#
    );
    Document::from_statement(Statement::from_slice(text.as_bytes()).unwrap())
}

#[test]
fn reads_the_facts() {
    let document = Document::from_text(MINIMAL).unwrap();
    assert_eq!((document.form, document.version.as_str()), (Form::Json, "SPDX-2.3"));
    assert_eq!(document.name.as_deref(), Some("n"));
    assert_eq!(document.namespace.as_deref(), Some("https://example.com/n"));
    assert_eq!(document.created, Some("2026-01-02T03:04:05Z".parse().unwrap()));
    assert_eq!(document.creators, ["Tool: syft-1.0", "Organization: Example"]);
    assert_eq!((document.packages.len(), document.roots.len()), (1, 1));
    let package = &document.packages[0];
    assert_eq!(
        (package.name.as_str(), package.version.as_deref(), package.id.as_deref()),
        ("a", Some("1"), Some("SPDXRef-a"))
    );
    assert_eq!(package.purl.as_ref().unwrap().as_str(), "pkg:deb/debian/a@1");
}

#[test]
fn every_wrapping_holds_the_same_document() {
    let string = serde_json::to_string(MINIMAL).unwrap();
    for predicate in [
        MINIMAL.to_owned(),
        string.clone(),
        format!(r#"{{"Data":{MINIMAL},"Timestamp":""}}"#),
        format!(r#"{{"Data":{string}}}"#),
    ] {
        let document = statement(&predicate).unwrap();
        assert_eq!((document.packages.len(), document.version.as_str()), (1, "SPDX-2.3"), "{predicate}");
    }
}

#[test]
fn wrong_types_are_absent() {
    let text = r#"{"spdxVersion":"SPDX-2.2","name":1,"documentNamespace":[],"creationInfo":{"created":"yesterday","creators":[1,"x"]},
        "packages":[{"name":{},"versionInfo":"NOASSERTION","externalRefs":null}],"relationships":null}"#;
    let document = Document::from_text(text).unwrap();
    assert_eq!((document.name, document.namespace, document.created), (None, None, None));
    assert_eq!(document.creators, ["x"]);
    assert_eq!((document.packages[0].name.as_str(), &document.packages[0].version), ("", &None));
}

#[test]
fn no_packages_is_a_fact() {
    for text in [
        r#"{"spdxVersion":"SPDX-2.3"}"#,
        r#"{"spdxVersion":"SPDX-2.3","packages":null}"#,
        "SPDXVersion: SPDX-2.3\n",
    ] {
        assert_eq!(Document::from_text(text).unwrap().packages.len(), 0, "{text}");
    }
}

#[test]
fn refuses_what_is_no_document() {
    let deep = format!(r#"{{"spdxVersion":"SPDX-2.3","a":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    for (text, expected) in [
        ("", "null or empty"),
        (" \n", "null or empty"),
        ("{}", "without spdxVersion"),
        (r#"{"spdxVersion":null}"#, "without spdxVersion"),
        (r#"{"spdxVersion":3}"#, "version is \"\""),
        (r#"{"spdxVersion":"SPDX-9.9"}"#, "SPDX-9.9"),
        (r#"{"spdxVersion":"SPDX-2.3","spdxVersion":"SPDX-2.3"}"#, "appears twice"),
        (r#"{"spdxVersion":"SPDX-2.3","packages":{}}"#, "invalid type"),
        (r#"{"spdxVersion":"SPDX-2.3","packages":["#, "EOF"),
        (r#"{"bomFormat":"CycloneDX"}"#, "CycloneDX"),
        (r#"{"artifacts":[],"descriptor":{}}"#, "syft"),
        (r#"{"spdxVersion":"SPDX-2.3","@graph":[]}"#, "in one object"),
        ("<rdf:RDF/>", "XML"),
        ("hello world, not an sbom", "line 1"),
        ("PackageName: x\nSPDXVersion: SPDX-2.3\n", "does not begin with SPDXVersion"),
        ("# only a comment\n", "null or empty"),
        (&deep, "nested deeper"),
    ] {
        let error = Document::from_text(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text:.60}: {error}");
    }
    for predicate in ["null", "[]", "1", r#""""#, r#"{"Data":null}"#, r#"{"Data":{"Data":{}}}"#] {
        assert!(statement(predicate).is_err(), "{predicate}");
    }
}

#[test]
fn tag_value_is_read_to_its_end() {
    let text = "SPDXVersion: SPDX-2.3\r\nDocumentName: d\nCreator: Tool: t-1\nCreated: 2026-01-02T03:04:05Z\n\
        ## Package\nPackageName: a\nSPDXID: SPDXRef-a\nPackageVersion: 1\n\
        ExternalRef: PACKAGE-MANAGER purl pkg:deb/debian/a@1\n\
        PackageComment: <text>one\nPackageName: not one\n</text>\nPackageVersion:\nFileName: f\nSPDXID: SPDXRef-f\n\
        PackageName: b\nPackageName: image\nPrimaryPackagePurpose: CONTAINER\n";
    let document = Document::from_text(text).unwrap();
    let names: Vec<&str> = document.packages.iter().map(|package| package.name.as_str()).collect();
    assert_eq!((names, document.roots.len()), (vec!["a", "b"], 1));
    assert_eq!(document.packages[0].id.as_deref(), Some("SPDXRef-a"));
    assert_eq!(document.packages[0].purl.as_ref().unwrap().name(), "a");
    assert_eq!(document.creators, ["Tool: t-1"]);
}

#[test]
fn tag_value_never_stops_in_silence() {
    for (text, line) in [
        ("SPDXVersion: SPDX-2.3\nPackageName: a\nstray line\nPackageName: b\n", 3),
        ("SPDXVersion: SPDX-2.3\nPackageComment: <text>open\nPackageName: b\n", 2),
        ("SPDXVersion: SPDX-2.3\n\n: value\n", 3),
        ("SPDXVersion: SPDX-2.3\nSPDXVersion: SPDX-2.3\n", 2),
    ] {
        match Document::from_text(text) {
            Err(SpdxError::Line { line: found, .. }) => assert_eq!(found, line, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn spdx_3_packages_are_counted() {
    let text = r#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[
        {"type":"CreationInfo","specVersion":"3.0.1","created":"2026-01-02T03:04:05Z"},
        {"type":"Tool","name":"syft"},{"type":"SpdxDocument","spdxId":"https://example.com/d","name":"d"},
        {"type":"software_Package","name":"a","software_packageVersion":"1","software_packageUrl":"pkg:deb/debian/a@1"},
        {"type":"software_Package","name":"image","software_primaryPurpose":"container"},{"type":"software_File"}]}"#;
    let document = Document::from_text(text).unwrap();
    assert_eq!((document.form, document.version.as_str()), (Form::JsonLd, "SPDX-3.0.1"));
    assert_eq!((document.packages.len(), document.roots.len()), (1, 1));
    assert_eq!(document.creators, ["Tool: syft"]);
    assert!(matches!(Document::from_text(r#"{"@graph":[]}"#), Err(SpdxError::Version { .. })));
}

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
    let root =
        env::var_os("PORTCULLIS_VECTORS").map_or_else(|| PathBuf::from("../shared/vectors"), PathBuf::from);
    let root = root.join("spdx/intoto");
    if !root.is_dir() {
        println!("skipped, no vectors");
        return;
    }
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
    let root =
        env::var_os("PORTCULLIS_VECTORS").map_or_else(|| PathBuf::from("../shared/vectors"), PathBuf::from);
    let Ok(files) = fs::read_dir(root.join("spdx/adversarial")) else {
        println!("skipped, no vectors");
        return;
    };
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
    (40, "expected a sequence"), // tools-java BadJSON: `creators` is a string
    (42, "SPDX-2.2.1"),          // tools-java SPDXWrongVersion
    (58, "null"),                // tools-golang null_package: a package is null
    (84, "without spdxVersion"), // trivy invalid_spdx
    (98, "line 211"),            // reuse: a stray </text>
    (160, "version is"),         // guac invalid-spdx: spdxVersion is a number
    (209, "line 1"),             // a Python bytes literal, b'SPDXVersion...
    (251, "line 25"),            // bom: `Relationship` without a colon; others cut it short here
];

#[test]
fn real_documents() {
    let root =
        env::var_os("PORTCULLIS_VECTORS").map_or_else(|| PathBuf::from("../shared/vectors"), PathBuf::from);
    let Ok(index) = fs::read_to_string(root.join("spdx/index.jsonl")) else {
        println!("skipped, no vectors");
        return;
    };
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
                assert_eq!(Some(packages), entry.counts.map(|counts| counts.packages), "{}", entry.file);
                read += 1;
            }
            (Err(error), Some((_, reason))) => {
                assert!(error.to_string().contains(reason), "{}: {error}", entry.file)
            }
            (Err(_), None) if !is_form => {}
            (document, _) => panic!("{}: {document:?}", entry.file),
        }
    }
    assert!(read > 90, "only {read} documents read");
}
