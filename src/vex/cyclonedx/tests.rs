use super::*;
use crate::vex::read;

fn document(head: &str, vulnerabilities: &str) -> Result<Vex, VexError> {
    let text = format!(
        r#"{{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,{head}"vulnerabilities":[{vulnerabilities}]}}"#
    );
    read(text.as_bytes())
}

const SERIAL: &str = "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79";

/// Trivy's `cyclonedx.json`: references into another document, by package URL.
#[test]
fn reads_links_into_another_document() {
    let vex = document(
        "",
        r#"{"id":"CVE-2018-7489","source":{"name":"NVD"},
          "analysis":{"state":"not_affected","justification":"code_not_reachable"},
          "affects":[{"ref":"urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg:maven/com.fasterxml.jackson.core/jackson-databind@2.8.0"}]},
        {"id":"CVE-2022-27943","affects":[
          {"ref":"urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg:deb/ubuntu/libstdc%2B%2B6@12.3.0-1ubuntu1~22.04?arch=amd64&distro=ubuntu-22.04",
           "versions":[{"version":"12.3.0-1ubuntu1~22.04","status":"affected"}]}],
          "analysis":{"state":"not_affected"}},
        {"id":"CVE-2024-0001","affects":[{"ref":"x"}]}"#,
    )
    .unwrap();
    assert_eq!((vex.format, vex.statements.len()), (Format::CycloneDx, 2));
    let first = &vex.statements[0];
    assert_eq!(
        (first.status, first.justification.as_deref()),
        (Status::NotAffected, Some("code_not_reachable"))
    );
    let product = &first.products[0];
    assert_eq!(product.component.as_ref().unwrap().bom.as_deref(), Some(SERIAL));
    assert_eq!(product.subcomponents[0].purls[0].name(), "jackson-databind");
    // Trivy lets the second pass; it gives no reason.
    assert!(first.is_complete() && !vex.statements[1].is_complete());
    let component = &vex.statements[1].products[0].subcomponents[0];
    assert_eq!(component.purls[0].name(), "libstdc++6");
    assert_eq!(component.versions, Some(vec!["12.3.0-1ubuntu1~22.04".to_owned()]));
}

#[test]
fn reads_references_within_the_document() {
    let vex = document(
        r#""serialNumber":"urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "metadata":{"timestamp":"2024-01-01T00:00:00Z","supplier":{"name":"Example"},"component":{"bom-ref":"app","type":"container","name":"app",
          "version":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
          "components":[{"bom-ref":"a","type":"library","name":"a","purl":"pkg:npm/a@1"}]}},
        "components":[{"bom-ref":"b","type":"library","name":"b","purl":"pkg:npm/b@1","components":[
          {"bom-ref":"c","type":"file","name":"c","hashes":[{"alg":"SHA-256","content":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}]}]}],"#,
        r#"{"id":"CVE-1","references":[{"id":"GHSA-1","source":{"name":"g"}}],"affects":[{"ref":"app"},{"ref":"a"},{"ref":"c"},
            {"ref":"urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#b"},{"ref":"gone"}],
          "analysis":{"state":"exploitable","detail":"d","response":["update","rollback"],"firstIssued":"2024-02-01T00:00:00Z",
            "lastUpdated":"2024-03-01T00:00:00Z"}},
        {"id":"CVE-2","analysis":{"state":"resolved"}}"#,
    )
    .unwrap();
    assert_eq!((vex.author.as_deref(), vex.id.as_deref()), (Some("Example"), Some(SERIAL)));
    let subject = vex.subject.as_ref().unwrap();
    assert_eq!(
        (subject.bom.as_deref(), subject.digests.as_slice()),
        (Some(SERIAL), &[Digest::sha256(b"")][..])
    );
    let [first, second] = &vex.statements[..] else { panic!("two") };
    assert_eq!(
        (&*first.aliases, first.action.as_deref()),
        (&["GHSA-1".to_owned()][..], Some("update, rollback"))
    );
    let (issued, updated): (Timestamp, Timestamp) =
        ("2024-02-01T00:00:00Z".parse().unwrap(), "2024-03-01T00:00:00Z".parse().unwrap());
    assert_eq!(
        (first.timestamp, first.last_updated, first.time()),
        (Some(issued), Some(updated), Some(updated))
    );
    assert!(first.products.iter().all(|product| product.component.is_none()));
    let inner: Vec<_> = first.products.iter().map(|product| product.subcomponents.clone()).collect();
    assert!(inner[0].is_empty());
    assert_eq!(inner[1][0].purls[0].name(), "a");
    assert_eq!(inner[2][0].digests, [Digest::sha256(b"")]);
    assert_eq!(inner[3][0].purls[0].name(), "b");
    assert_eq!((inner[4][0].names.as_slice(), inner[4][0].purls.len()), (&["gone".to_owned()][..], 0));
    assert_eq!((second.status, second.products.len()), (Status::Fixed, 0));
    assert_eq!(second.timestamp, vex.created);
}

#[test]
fn versions_limit_a_reference() {
    let versions = |purl: &str, versions: &str| {
        let head =
            format!(r#""components":[{{"bom-ref":"a","type":"library","name":"a","purl":"{purl}"}}],"#);
        let text = format!(
            r#"{{"id":"CVE-1","analysis":{{"state":"resolved"}},"affects":[{{"ref":"a","versions":[{versions}]}}]}}"#
        );
        let vex = document(&head, &text).unwrap();
        vex.statements[0].products[0].subcomponents[0].versions.clone()
    };
    let listed = |found: &[&str]| Some(found.iter().map(|version| (*version).to_owned()).collect::<Vec<_>>());
    assert_eq!(versions("pkg:npm/a", ""), None);
    assert_eq!(
        versions("pkg:npm/a", r#"{"version":"1"},{"version":"2","status":"unaffected"}"#),
        listed(&["1"])
    );
    assert_eq!(versions("pkg:npm/a", r#"{"range":"vers:npm/<2"}"#), listed(&[]));
    assert_eq!(versions("pkg:npm/a@1", r#"{"range":"vers:npm/<2"}"#), None);
}

#[test]
fn every_state() {
    for (state, expected) in [
        ("resolved", Status::Fixed),
        ("resolved_with_pedigree", Status::Fixed),
        ("exploitable", Status::Affected),
        ("in_triage", Status::UnderInvestigation),
        ("false_positive", Status::NotAffected),
        ("not_affected", Status::NotAffected),
    ] {
        let vex = document("", &format!(r#"{{"id":"CVE-1","analysis":{{"state":"{state}"}}}}"#)).unwrap();
        assert_eq!(vex.statements[0].status, expected, "{state}");
    }
    let error = document("", r#"{"id":"CVE-1","analysis":{"state":"affected"}}"#);
    assert!(matches!(error, Err(VexError::Status { .. })));
}

#[test]
fn refuses_ambiguous_documents() {
    let twice = r#""components":[{"bom-ref":"a","name":"a"},{"bom-ref":"a","name":"b"}],"#;
    assert!(matches!(document(twice, ""), Err(VexError::DuplicateProduct { .. })));
    let root =
        r#""metadata":{"component":{"bom-ref":"a","name":"a"}},"components":[{"bom-ref":"a","name":"b"}],"#;
    assert!(matches!(document(root, ""), Err(VexError::DuplicateProduct { .. })));
    let twin = r#"{"id":"CVE-1","analysis":{"state":"resolved","State":"exploitable"}}"#;
    assert!(document("", twin).unwrap_err().to_string().contains("another spelling"));
    assert!(matches!(document("", r#"{"affects":[{}]}"#), Err(VexError::Json(_))));
    let time = r#"{"id":"CVE-1","analysis":{"state":"resolved","lastUpdated":"now"}}"#;
    assert!(matches!(document("", time), Err(VexError::Time { .. })));
    assert!(read(br#"{"bomFormat":"CycloneDX","specVersion":"2.0","vulnerabilities":[]}"#).is_err());
    assert!(read(br#"{"bomFormat":"other","specVersion":"1.6","vulnerabilities":[]}"#).is_err());
}
