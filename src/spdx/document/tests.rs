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
    assert_eq!((document.namespace, document.created), (None, None));
    // A number is what it is written as: hand-made YAML has them.
    assert_eq!(document.name.as_deref(), Some("1"));
    assert_eq!(document.creators, ["1", "x"]);
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
        (r#"{"spdxVersion":3}"#, "version is \"3\""),
        (r#"{"spdxVersion":"SPDX-9.9"}"#, "SPDX-9.9"),
        (r#"{"spdxVersion":"SPDX-2.3","spdxVersion":"SPDX-2.3"}"#, "appears twice"),
        (r#"{"spdxVersion":"SPDX-2.3","packages":{}}"#, "not a list"),
        (r#"{"spdxVersion":"SPDX-2.3","packages":["#, "EOF"),
        (r#"{"bomFormat":"CycloneDX"}"#, "CycloneDX"),
        (r#"{"artifacts":[],"descriptor":{}}"#, "syft"),
        (r#"{"spdxVersion":"SPDX-2.3","@graph":[]}"#, "in one object"),
        ("<rdf:RDF/>", "XML"),
        ("hello world, not an sbom", "does not begin with SPDXVersion"),
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
        ("SPDXVersion: SPDX-2.3\nPackageComment: <text>open\nPackageName: b\n", 2),
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

#[test]
fn a_truncated_document_is_refused_wherever_it_ends() {
    assert!(Document::from_text(MINIMAL).is_ok());
    for end in 0..MINIMAL.len() {
        assert!(Document::from_text(&MINIMAL[..end]).is_err(), "{end}");
    }
}
