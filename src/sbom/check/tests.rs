use super::*;
use crate::spdx::Files;

const GOOD: &str = r#"{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"n","documentNamespace":"https://example.com/n",
    "comment":"Signed as an attestation. Generation context: after build.",
    "creationInfo":{"created":"2026-01-02T03:04:05Z","creators":["Tool: example-1.0","Organization: Example (sbom@example.com)"]},
    "packages":[{"SPDXID":"SPDXRef-a","name":"a","versionInfo":"1","supplier":"Organization: Example","licenseDeclared":"MIT",
      "checksums":[{"algorithm":"SHA512","checksumValue":"00"}],
      "externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:npm/a@1"}]}],
    "relationships":[{"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"SPDXRef-a"}]}"#;

fn failed(text: &str, name: Option<&str>, profile: Profile) -> Vec<&'static str> {
    let assessment = check(&View::read(text, Files::Count).unwrap(), name, profile);
    let failed: Vec<&str> =
        assessment.rules.iter().filter(|outcome| !outcome.passed).map(|outcome| outcome.rule).collect();
    assert_eq!(assessment.conformant, failed.is_empty());
    assert_eq!(assessment.score == 100, failed.is_empty());
    failed
}

#[test]
fn a_good_document_passes() {
    assert_eq!(failed(GOOD, None, Profile::Ntia2021), [""; 0]);
    assert_eq!(failed(GOOD, None, Profile::Cisa2026), [""; 0]);
    assert_eq!(failed(GOOD, Some("a-1.0.tar.gz.spdx.json"), Profile::OpenSsfNaming), [""; 0]);
    // No version 2 can.
    assert_eq!(failed(GOOD, None, Profile::Bsi), ["bsi.format"]);
}

#[test]
fn the_profiles_have_the_rules_that_were_published() {
    let view = View::read(GOOD, Files::Count).unwrap();
    let count = |profile| check(&view, None, profile).rules.len();
    // NTIA: seven data fields. CISA: seventeen elements.
    assert_eq!((count(Profile::Ntia2021), count(Profile::Cisa2026)), (7, 17));
    for profile in Profile::ALL {
        assert_eq!(Profile::from_name(profile.name()), Some(profile));
    }
}

#[test]
fn each_rule_can_fail() {
    for (from, to, ntia, cisa) in [
        ("Organization: Example (", "Tool: x (", &[][..], &["cisa.author"][..]),
        (r#""Tool: example-1.0","#, "", &[], &["cisa.tool-name", "cisa.tool-version"]),
        ("example-1.0", "example", &[], &["cisa.tool-version"]),
        ("2026-01-02", "x", &["ntia.timestamp"], &["cisa.timestamp"]),
        ("Signed as an attestation.", "", &[], &["cisa.signature"]),
        ("after build", "", &[], &[]),
        ("Generation context: after build.", "", &[], &["cisa.generation-context"]),
        (r#""name":"a","#, "", &["ntia.name"], &["cisa.name"]),
        (r#""versionInfo":"1","#, "", &["ntia.version"], &["cisa.version", "cisa.coverage"]),
        ("DESCRIBES", "OTHER", &["ntia.relationships"], &["cisa.relationship"]),
        (r#""supplier":"Organization: Example""#, r#""supplier":"NOASSERTION""#, &["ntia.supplier"], &[]),
        (
            r#""supplier":"Organization: Example","#,
            "",
            &["ntia.supplier"],
            &["cisa.producer", "cisa.coverage"],
        ),
        (r#""licenseDeclared":"MIT","#, "", &[], &["cisa.license", "cisa.coverage"]),
        ("checksums", "x", &[], &["cisa.hash", "cisa.hash-algorithm"]),
        ("\"purl\"", "\"x\"", &[], &["cisa.identifier"]),
        (r#""documentNamespace":"https://example.com/n","#, "", &[], &["cisa.sbom-version"]),
    ] {
        let text = GOOD.replace(from, to);
        assert_ne!(text, GOOD, "{from}");
        assert_eq!(failed(&text, None, Profile::Ntia2021), ntia, "{from}");
        assert_eq!(failed(&text, None, Profile::Cisa2026), cisa, "{from}");
    }
}

#[test]
fn names_of_files() {
    for (name, expected) in [
        (None, &["openssf.extension", "openssf.version", "openssf.characters"][..]),
        (Some("sbom.json"), &["openssf.extension", "openssf.version"]),
        (Some("app.spdx.json"), &["openssf.version"]),
        (Some("my app-1.spdx.json"), &["openssf.characters"]),
    ] {
        assert_eq!(failed(GOOD, name, Profile::OpenSsfNaming), expected, "{name:?}");
    }
}

#[test]
fn offenders_are_counted_and_the_first_named() {
    let packages: Vec<String> =
        (0..9).map(|n| format!(r#"{{"SPDXID":"SPDXRef-{n}","name":"p{n}","versionInfo":"1"}}"#)).collect();
    let text = format!(r#"{{"spdxVersion":"SPDX-2.3","packages":[{}]}}"#, packages.join(","));
    let assessment = check(&View::read(&text, Files::Count).unwrap(), None, Profile::Ntia2021);
    let supplier = assessment.rules.iter().find(|outcome| outcome.rule == "ntia.supplier").unwrap();
    assert_eq!((supplier.have, supplier.of), (0, 9));
    assert_eq!(supplier.offenders, ["p0", "p1", "p2", "p3", "p4"]);
    // Three of the seven hold: name, version, identifier.
    assert_eq!(assessment.score, 42);
}
