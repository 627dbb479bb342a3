use super::*;
use crate::spdx::read::Files;
use crate::spdx::view::View;

const TEXT: &str = r#"{"SPDXID":"SPDXRef-DOCUMENT","spdxVersion":"SPDX-2.3","x-number":1.50,"name":"a \"b\"\n","dataLicense":"CC0-1.0",
    "creationInfo":{"created":"2026-01-02T03:04:05Z","creators":["Tool: t-1"],"comment":"one\ntwo"},
    "packages":[{"name":"p","SPDXID":"SPDXRef-p","filesAnalyzed":false,"hasFiles":["SPDXRef-f"],"primaryPackagePurpose":"LIBRARY",
      "checksums":[{"algorithm":"SHA1","checksumValue":"00"},{"algorithm":"SHA3-256","checksumValue":"01"}],
      "packageVerificationCode":{"packageVerificationCodeValue":"ab","packageVerificationCodeExcludedFiles":["./x","./y"]},
      "externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:npm/p@1","comment":"c"}],
      "annotations":[{"annotator":"Tool: t","annotationDate":"2026-01-02T03:04:05Z","annotationType":"OTHER","comment":"no: 1"}]}],
    "files":[{"fileName":"./f","SPDXID":"SPDXRef-f","checksums":[{"algorithm":"SHA1","checksumValue":"00"}]}],
    "snippets":[{"SPDXID":"SPDXRef-s","snippetFromFile":"SPDXRef-f","ranges":[{"startPointer":{"offset":1,"reference":"SPDXRef-f"},"endPointer":{"offset":2,"reference":"SPDXRef-f"}}]}],
    "relationships":[{"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"SPDXRef-p","comment":"why"}]}"#;

fn convert(text: &str, form: Form, version: Option<Version>) -> Conversion {
    let target = Target { form, version, layout: Layout::Compact };
    Model::read(text).unwrap().convert(target).unwrap()
}

#[test]
fn json_comes_out_equal() {
    for layout in [Layout::Compact, Layout::Pretty] {
        let written = Model::read(TEXT).unwrap().to_json(layout).unwrap();
        let (before, after): (serde_json::Value, serde_json::Value) =
            (serde_json::from_str(TEXT).unwrap(), serde_json::from_str(&written).unwrap());
        assert_eq!(before, after);
        // In its order.
        assert!(written.find("spdxVersion") > written.find("SPDXID"));
    }
}

#[test]
fn forms_are_turned_into_one_another() {
    let tags = convert(TEXT, Form::TagValue, None);
    assert_eq!(tags.losses, ["/x-number: there is no tag for it"]);
    let yaml = convert(TEXT, Form::Yaml, None);
    assert!(yaml.losses.is_empty());
    let original = Model::read(TEXT).unwrap();
    assert_eq!(Model::read(&yaml.text).unwrap().root, original.root, "{}", yaml.text);
    // Nothing but the order and the unknown key changes on the way through tags.
    let back = Model::read(&tags.text).unwrap();
    assert!(back.diagnostics.is_empty(), "{:?}", back.diagnostics);
    let mut expected: serde_json::Value = serde_json::from_str(TEXT).unwrap();
    expected.as_object_mut().unwrap().remove("x-number");
    assert_eq!(serde_json::to_value(&back.root).unwrap(), expected, "{}", tags.text);
}

#[test]
fn older_versions_say_what_they_lose() {
    let converted = convert(TEXT, Form::Json, Some(Version::V2_2));
    assert_eq!(
        converted.losses,
        [
            "/packages/0/primaryPackagePurpose: SPDX 2.2 does not have it",
            "/packages/0/checksums: SPDX 2.2 does not have SHA3-256"
        ]
    );
    let view = View::read(&converted.text, Files::Keep).unwrap();
    assert_eq!(view.version, "SPDX-2.2");
    assert_eq!(view.packages[0].license_declared.as_deref(), Some("NOASSERTION"));
    assert!(converted.text.contains("PACKAGE_MANAGER"));
}

#[test]
fn spdx_3_is_another_model() {
    let graph = r#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[]}"#;
    let target = Target { form: Form::Json, version: None, layout: Layout::Compact };
    let error = Model::read(graph).unwrap().convert(target).unwrap_err();
    assert!(matches!(error, ConversionError::Model { from: Form::JsonLd, to: Form::Json }));
}
