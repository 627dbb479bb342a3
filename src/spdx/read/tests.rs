use super::*;
use crate::spdx::diagnostic::Diagnostics;

const HEAD: &str = r#""spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"n","dataLicense":"CC0-1.0",
    "documentNamespace":"https://example.com/n","creationInfo":{"created":"2026-01-02T03:04:05Z","creators":["Tool: t-1"]}"#;

fn json(rest: &str) -> String {
    format!("{{{HEAD},{rest}}}")
}

fn codes(diagnostics: &Diagnostics) -> Vec<(Code, String)> {
    diagnostics.list.iter().map(|found| (found.code, found.place.to_string())).collect()
}

fn found(rest: &str) -> Vec<(Code, String)> {
    let text = json(rest);
    codes(&View::read(&text, Files::Keep).unwrap().diagnostics)
}

#[test]
fn what_is_right_has_no_diagnostics() {
    let package = r#""packages":[{"SPDXID":"SPDXRef-a","name":"a","downloadLocation":"NOASSERTION"}]"#;
    assert_eq!(found(package), []);
}

#[test]
fn repairs_are_reported_with_their_place() {
    let package = |more: &str| {
        format!(r#""packages":[{{"SPDXID":"SPDXRef-a","name":"a","downloadLocation":"NOASSERTION",{more}}}]"#)
    };
    let at = |place: &str| format!("/packages/0/{place}");
    for (more, code, place) in [
        (r#""foo":[{}]"#, Code::UnknownKey, at("foo")),
        (r#""versionInfo":null"#, Code::Null, at("versionInfo")),
        (r#""versionInfo":1.5"#, Code::WrongType, at("versionInfo")),
        (r#""versionInfo":{"a":[1]}"#, Code::WrongType, at("versionInfo")),
        (r#""filesAnalyzed":"true""#, Code::WrongType, at("filesAnalyzed")),
        (r#""attributionTexts":"x""#, Code::WrongType, at("attributionTexts")),
        (r#""attributionTexts":["x",1]"#, Code::WrongType, at("attributionTexts/1")),
        (r#""externalRefs":[1]"#, Code::WrongType, at("externalRefs/0")),
        (r#""externalRefs":[{"referenceCategory":"OTHER"}]"#, Code::Missing, at("externalRefs/0")),
        (r#""checksums":[{"algorithm":"sha1","checksumValue":"00"}]"#, Code::BadValue, at("checksums")),
        (r#""supplier":"Debian""#, Code::BadValue, at("supplier")),
        (r#""builtDate":"yesterday""#, Code::Date, at("builtDate")),
        (r#""a/b~c":1"#, Code::UnknownKey, at("a~1b~0c")),
    ] {
        assert_eq!(found(&package(more)), [(code, place)], "{more}");
    }
    for (more, code, place) in [
        (r#""packages":null"#, Code::Null, "/packages"),
        (r#""packages":[null]"#, Code::Null, "/packages/0"),
        (r#""packages":[],"relationships":{}"#, Code::WrongType, "/relationships"),
        (
            r#""relationships":[{"spdxElementId":"SPDXRef-DOCUMENT","relatedSpdxElement":"SPDXRef-DOCUMENT","relationshipType":"FANCY_OF"}]"#,
            Code::UnknownRelationship,
            "/relationships/0/relationshipType",
        ),
        (r#""documentDescribes":["SPDXRef-x"]"#, Code::Dangling, "/relationships"),
    ] {
        assert!(found(more).contains(&(code, place.to_owned())), "{more}: {:?}", found(more));
    }
}

#[test]
fn relationships_go_one_way() {
    let text = json(
        r#""documentDescribes":["SPDXRef-a"],"packages":[{"SPDXID":"SPDXRef-a","hasFiles":["SPDXRef-f"]},{"SPDXID":"SPDXRef-b"}],
        "relationships":[
          {"spdxElementId":"SPDXRef-a","relatedSpdxElement":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBED_BY"},
          {"spdxElementId":"SPDXRef-b","relatedSpdxElement":"SPDXRef-a","relationshipType":"dependency_of"}]"#,
    );
    let view = View::read(&text, Files::Count).unwrap();
    let edges: Vec<_> = view.edges.iter().map(|edge| (&*edge.from, &*edge.relation, &*edge.to)).collect();
    assert_eq!(
        edges,
        [
            ("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-a"),
            ("SPDXRef-a", "DEPENDS_ON", "SPDXRef-b"),
            ("SPDXRef-a", "CONTAINS", "SPDXRef-f"),
        ]
    );
    assert_eq!(view.described().collect::<Vec<_>>(), ["SPDXRef-a"]);
    assert_eq!(view.counts.relationships, 2);
}

#[test]
fn what_cannot_be_trusted_is_refused() {
    let many: Vec<String> = (0..40).map(|key| format!("\"{key}\":0")).collect();
    let deep = format!("\"a\":{}{}", "[".repeat(200), "]".repeat(200));
    for (rest, expected) in [
        (r#""name":"m""#.to_owned(), "\"name\" appears twice"),
        (r#""x":{"a":1,"\u0061":2}"#.to_owned(), "\"a\" appears twice"),
        (r#""files":[{"a":1,"a":2}]"#.to_owned(), "\"a\" appears twice"),
        (format!("\"x\":{{{},\"30\":1}}", many.join(",")), "\"30\" appears twice"),
        (r#""packages":{}"#.to_owned(), "not a list"),
        (deep, "nested deeper"),
        (
            r#""packages":[{"SPDXID":"SPDXRef-a","name":"a"},{"SPDXID":"SPDXRef-a","name":"b"}]"#.to_owned(),
            "two different elements",
        ),
    ] {
        for files in [Files::Count, Files::Keep] {
            let text = json(&rest);
            let error = View::read(&text, files).unwrap_err().to_string();
            assert!(error.contains(expected), "{rest:.60}: {error}");
        }
    }
    let same = json(r#""packages":[{"SPDXID":"SPDXRef-a","name":"a"},{"SPDXID":"SPDXRef-a","name":"a"}]"#);
    assert!(View::read(&same, Files::Count).unwrap().diagnostics.has(Code::DuplicateId));
    assert!(View::read(&json(&format!("\"x\":{{{}}}", many.join(","))), Files::Count).is_ok());
}

#[test]
fn other_forms_are_named() {
    for (text, expected) in [
        ("<?xml version=\"1.0\"?><rdf:RDF></rdf:RDF>", "RDF/XML"),
        ("<Document><spdxVersion>SPDX-2.3</spdxVersion></Document>", "form XML"),
        ("@prefix spdx: <http://spdx.org/rdf/terms#> .", "Turtle"),
        (r#"{"_type":"https://in-toto.io/Statement/v1","predicate":{}}"#, "in-toto statement"),
        (r#"{"payloadType":"x","payload":""}"#, "DSSE envelope"),
        ("[]", "a list"),
    ] {
        let error = View::read(text, Files::Count).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

const TAGS: &str = "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: d\n\
    DocumentNamespace: https://example.com/d\nCreator: Tool: t-1\nCreated: 2026-01-02T03:04:05Z\n\
    PackageName: a\nSPDXID: SPDXRef-a\nPackageDownloadLocation: NONE\n";

#[test]
fn tags_are_reported_with_their_line() {
    let line = TAGS.lines().count() + 1;
    for (more, code) in [
        ("FooBar: 1", Code::UnknownTag),
        ("this line is garbage", Code::Line),
        ("</text>", Code::Line),
        ("PackageVersion:", Code::Missing),
        ("FileType: SOURCE", Code::MisplacedTag),
        ("PackageDownloadLocation: NONE", Code::MisplacedTag),
        ("FilesAnalyzed: False", Code::BadValue),
        ("PackageComment: <text>a</text> b", Code::Line),
    ] {
        let text = format!("{TAGS}{more}\nPackageName: b\nSPDXID: SPDXRef-b\n");
        let view = View::read(&text, Files::Keep).unwrap();
        let first = &view.diagnostics.list[0];
        assert_eq!((first.code, &first.place), (code, &Place::Line(line)), "{more}");
        // Reading goes on.
        assert_eq!(view.packages.len(), 2, "{more}");
    }
    // What is found in the tree is reported where the element begins.
    let text = format!("\n{TAGS}PackageSupplier: Debian\n");
    let view = View::read(&text, Files::Keep).unwrap();
    assert_eq!(codes(&view.diagnostics), [(Code::BadValue, "line 9".to_owned())]);
}

#[test]
fn files_belong_to_the_package_before_them() {
    let text = format!(
        "{TAGS}FileName: ./f\nSPDXID: SPDXRef-f\nFileChecksum: SHA1: da39a3ee5e6b4b0d3255bfef95601890afd80709\n\
         Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-a\nAnnotator: Tool: x\nAnnotationComment: <text>c\nd</text>\nSPDXREF: SPDXRef-a\n"
    );
    let view = View::read(&text, Files::Keep).unwrap();
    assert_eq!(codes(&view.diagnostics), []);
    assert!(view.edges.iter().any(|edge| edge.relation == "CONTAINS" && edge.to == "SPDXRef-f"));
    assert_eq!(view.packages[0].annotations[0].comment.as_deref(), Some("c\nd"));
    assert_eq!((view.counts.files, view.counts.relationships), (1, 1));
}

#[test]
fn yaml_is_the_same_as_json() {
    let text = "# made by hand\nspdxVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\nname: n\ndataLicense: CC0-1.0\n\
        documentNamespace: https://example.com/n\ncreationInfo:\n  created: 2026-01-02T03:04:05Z\n  creators:\n  - 'Tool: t-1'\n\
        packages:\n- SPDXID: SPDXRef-a\n  name: a\n  downloadLocation: NOASSERTION\n";
    let package = json(r#""packages":[{"SPDXID":"SPDXRef-a","name":"a","downloadLocation":"NOASSERTION"}]"#);
    let mut expected = View::read(&package, Files::Keep).unwrap();
    expected.form = Form::Yaml;
    assert_eq!(View::read(text, Files::Keep).unwrap(), expected);
    assert!(matches!(
        View::read("spdxVersion: SPDX-2.3\nname: a\nname: b\n", Files::Keep),
        Err(SpdxError::Yaml { line: 3, .. })
    ));
    let bomb = "spdxVersion: SPDX-2.3\na: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n\
        c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n\
        f: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
    assert!(View::read(bomb, Files::Keep).is_err());
}

#[test]
fn spdx_3_is_folded_to_the_same_shape() {
    let text = r#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[
        {"type":"CreationInfo","@id":"_:c","specVersion":"3.0.1","created":"2026-01-02T03:04:05Z","createdBy":["https://example.com/o"]},
        {"type":"Organization","spdxId":"https://example.com/o","creationInfo":"_:c","name":"Example"},
        {"type":"SpdxDocument","spdxId":"https://example.com/d","name":"d","rootElement":["https://example.com/s"]},
        {"type":"software_Sbom","spdxId":"https://example.com/s","rootElement":["https://example.com/a"],"software_sbomType":["analyzed"]},
        {"type":"software_Package","spdxId":"https://example.com/a","name":"a","software_packageVersion":"1","suppliedBy":"https://example.com/o",
         "software_packageUrl":"pkg:deb/debian/a@1","software_primaryPurpose":"operatingSystem",
         "verifiedUsing":[{"type":"Hash","algorithm":"sha256","hashValue":"00"}],
         "externalIdentifier":[{"type":"ExternalIdentifier","externalIdentifierType":"cpe23","identifier":"cpe:2.3:a:a:a:1"}]},
        {"type":"simplelicensing_LicenseExpression","spdxId":"https://example.com/l","simplelicensing_licenseExpression":"MIT"},
        {"type":"Relationship","spdxId":"https://example.com/r","from":"https://example.com/a","relationshipType":"hasDeclaredLicense","to":["https://example.com/l"]},
        {"type":"Relationship","spdxId":"https://example.com/q","from":"https://example.com/a","relationshipType":"dependsOn","to":["https://example.com/b","https://example.com/c"]}]}"#;
    let view = View::read(text, Files::Count).unwrap();
    let package = &view.packages[0];
    assert_eq!((&*view.version, view.creators[0].as_ref()), ("SPDX-3.0.1", "Organization: Example"));
    assert_eq!(package.supplier.as_deref(), Some("Organization: Example"));
    assert_eq!(package.license_declared.as_deref(), Some("MIT"));
    assert_eq!(package.purl(), Some("pkg:deb/debian/a@1"));
    assert_eq!(package.purpose.as_deref(), Some("OPERATING-SYSTEM"));
    assert_eq!(
        (&*package.checksums[0].algorithm, &*package.references[1].locator),
        ("SHA256", "cpe:2.3:a:a:a:1")
    );
    assert_eq!(view.described().collect::<Vec<_>>(), ["https://example.com/a"]);
    assert_eq!(view.edges.iter().filter(|edge| edge.relation == "DEPENDS_ON").count(), 2);
    assert_eq!((view.counts.packages, view.counts.relationships), (1, 2));
}

#[test]
fn a_licence_of_any_depth_is_a_text() {
    let licence = format!("{}MIT{}", "(".repeat(200_000), ")".repeat(200_000));
    let text = json(&format!(r#""packages":[{{"SPDXID":"SPDXRef-a","licenseConcluded":"{licence}"}}]"#));
    let view = View::read(&text, Files::Count).unwrap();
    assert_eq!(view.packages[0].license(), Some(&*licence));
}

#[test]
fn utf_16_is_read_and_reported() {
    let text = json("\"packages\":[]");
    for mark in [&b"\xff\xfe"[..], b""] {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        let bytes: Vec<u8> = mark.iter().copied().chain(units).collect();
        let decoded = Text::decode(&bytes).unwrap();
        let view = decoded.view(Files::Count).unwrap();
        assert!(view.diagnostics.has(Code::Encoding));
    }
}

mod mutated {
    use proptest::prelude::*;

    use super::*;
    use crate::spdx::attested::Attested;
    use crate::spdx::model::Layout;
    use crate::spdx::model::Model;
    use crate::spdx::model::Target;

    /// All that is done with a document.
    fn everything(bytes: &[u8]) {
        let _ = Attested::from_slice(bytes);
        let Ok(text) = Text::decode(bytes) else { return };
        for files in [Files::Count, Files::Keep] {
            let _ = text.view(files);
        }
        for form in [Form::Json, Form::TagValue, Form::Yaml] {
            let target =
                Target { form, version: Some(crate::spdx::model::Version::V2_2), layout: Layout::Compact };
            let _ = Model::read(text.as_str()).map(|model| model.convert(target).map(drop));
        }
    }

    /// One document of each form.
    fn originals() -> Vec<Vec<u8>> {
        let package = json(
            r#""packages":[{"SPDXID":"SPDXRef-a","name":"a","hasFiles":["SPDXRef-f"],"checksums":[{"algorithm":"SHA1","checksumValue":"00"}]}],"relationships":[{"spdxElementId":"SPDXRef-a","relatedSpdxElement":"SPDXRef-f","relationshipType":"CONTAINS"}]"#,
        );
        let yaml = "spdxVersion: SPDX-2.3\nname: &n n\npackages:\n- SPDXID: SPDXRef-a\n  name: *n\n  versionInfo: 1.0\n";
        let graph = r#"{"@context":"x","@graph":[{"type":"CreationInfo","specVersion":"3.0.1"},{"type":"software_Package","spdxId":"a","name":"a","verifiedUsing":[{"algorithm":"sha256","hashValue":"00"}]},{"type":"Relationship","from":"a","to":["b"],"relationshipType":"contains"}]}"#;
        let tags = format!(
            "{TAGS}ExternalRef: SECURITY cpe23Type cpe:x\nPackageVerificationCode: ab (excludes: ./x)\nPackageComment: <text>a\nb</text>\nSnippetSPDXID: SPDXRef-s\nSnippetByteRange: 1:2\nAnnotator: Tool: x\nSPDXREF: SPDXRef-a\n"
        );
        let wide: Vec<u8> = tags.encode_utf16().flat_map(u16::to_le_bytes).collect();
        vec![package.into_bytes(), yaml.into(), graph.into(), tags.into_bytes(), wide]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// Bytes changed, doubled or cut: a document or an error, never a panic.
        #[test]
        fn documents_are_read_or_refused(
            which in 0_usize..5,
            changes in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..4, any::<u8>()), 1..6),
        ) {
            let mut bytes = originals().swap_remove(which);
            for (place, what, byte) in changes {
                if bytes.is_empty() { break; }
                let at = place.index(bytes.len());
                match what {
                    0 => bytes[at] = byte,
                    1 => bytes.insert(at, byte),
                    2 => { bytes.remove(at); }
                    _ => bytes.truncate(at),
                }
            }
            everything(&bytes);
        }
    }
}
