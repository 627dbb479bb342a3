use super::*;
use crate::vex::read;

/// The head of the examples of the TC (`csaf_2.0/examples/csaf/csaf_vex`).
fn document(tree: &str, vulnerabilities: &str) -> Result<Vex, VexError> {
    read(
        format!(
            r#"{{"document":{{"category":"csaf_vex","csaf_version":"2.0",
            "publisher":{{"category":"vendor","name":"Example Company ProductCERT","namespace":"https://psirt.example.com"}},
            "title":"Example VEX Document","tracking":{{"current_release_date":"2022-03-03T11:00:00.000Z",
              "id":"2022-EVD-UC-03-MS-001","initial_release_date":"2022-03-03T11:00:00.000Z",
              "revision_history":[],"status":"final","version":"1"}}}},
            "product_tree":{{{tree}}},"vulnerabilities":[{vulnerabilities}]}}"#
        )
        .as_bytes(),
    )
}

const TREE: &str = r#""branches":[{"category":"vendor","name":"Example Company","branches":[
    {"category":"product_name","name":"GHI","branches":[
      {"category":"product_version","name":"17.4","product":{"name":"Example Company GHI 17.4","product_id":"CSAFPID-0001"}}]}]}]"#;

/// Four of the vulnerabilities of use case 3, `2022-evd-uc-03-ms-001.json`.
#[test]
fn reads_every_status() {
    let vex = document(
        TREE,
        r#"{"cve":"CVE-2020-11896","product_status":{"under_investigation":["CSAFPID-0001"]}},
        {"cve":"CVE-2020-11897","product_status":{"known_not_affected":["CSAFPID-0001"]},
         "threats":[{"category":"impact","details":"IPv6 is not supported and code is not present.","product_ids":["CSAFPID-0001"]}]},
        {"cve":"CVE-2020-11898","product_status":{"known_affected":["CSAFPID-0001"]},
         "remediations":[{"category":"none_available","details":"We are working to integrate the upstream patches in our code.",
           "product_ids":["CSAFPID-0001"]}]},
        {"cve":"CVE-2020-11901","product_status":{"fixed":["CSAFPID-0001"]}}"#,
    )
    .unwrap();
    assert_eq!((vex.format, vex.author.as_deref()), (Format::Csaf, Some("Example Company ProductCERT")));
    assert_eq!(vex.id.as_deref(), Some("2022-EVD-UC-03-MS-001"));
    let found: Vec<_> = vex.statements.iter().map(|item| (&*item.vulnerability, item.status)).collect();
    assert_eq!(
        found,
        [
            ("CVE-2020-11896", Status::UnderInvestigation),
            ("CVE-2020-11897", Status::NotAffected),
            ("CVE-2020-11898", Status::Affected),
            ("CVE-2020-11901", Status::Fixed),
        ]
    );
    assert_eq!(vex.statements[1].impact.as_deref(), Some("IPv6 is not supported and code is not present."));
    assert!(vex.statements[2].action.as_deref().unwrap().starts_with("We are working"));
    let time: Timestamp = "2022-03-03T11:00:00Z".parse().unwrap();
    assert!(vex.statements.iter().all(|item| item.timestamp == Some(time)));
    let component = vex.statements[0].products[0].component.as_ref().unwrap();
    assert_eq!(
        (component.names.as_slice(), component.purls.len()),
        (&["Example Company GHI 17.4".to_owned()][..], 0)
    );
}

/// As Trivy's `csaf-not-affected-sub-components.json`.
#[test]
fn a_relationship_is_a_component_of_a_product() {
    let vex = document(
        r#""full_product_names":[
          {"name":"Argo CD 2.9.3-2","product_id":"argo","product_identification_helper":{"purl":"pkg:bitnami/argo-cd@2.9.3-2?arch=amd64"}},
          {"name":"Kubernetes v1.24.2","product_id":"k8s","product_identification_helper":{"purl":"pkg:golang/k8s.io/kubernetes@v1.24.2"}}],
        "relationships":[{"product_reference":"k8s","category":"default_component_of","relates_to_product_reference":"argo",
          "full_product_name":{"product_id":"argo-k8s","name":"Argo CD uses kubernetes golang library"}}]"#,
        r#"{"cve":"CVE-2023-2727","product_status":{"known_not_affected":["argo-k8s"]},
          "flags":[{"label":"vulnerable_code_cannot_be_controlled_by_adversary","product_ids":["argo-k8s"]}],
          "threats":[{"category":"impact","details":"only clusters"},{"category":"exploit_status","details":"none"}]}"#,
    )
    .unwrap();
    let statement = &vex.statements[0];
    let product = &statement.products[0];
    assert_eq!(product.component.as_ref().unwrap().purls[0].name(), "argo-cd");
    assert_eq!(product.subcomponents[0].purls[0].name(), "kubernetes");
    assert_eq!(statement.justification.as_deref(), Some("vulnerable_code_cannot_be_controlled_by_adversary"));
    assert_eq!(statement.impact.as_deref(), Some("only clusters"));
}

/// Use case 4 has a range of versions in the tree.
#[test]
fn a_range_is_not_every_version() {
    let branch = |category: &str, purl: &str| {
        let tree = format!(
            r#""branches":[{{"category":"{category}","name":"vers:generic/>=2.9|<=4.1","branches":[
              {{"category":"architecture","name":"amd64","product":{{"name":"n","product_id":"p",
                "product_identification_helper":{{"purl":"{purl}"}}}}}}]}}]"#
        );
        let vex = document(&tree, r#"{"cve":"CVE-1","product_status":{"fixed":["p"]}}"#).unwrap();
        vex.statements[0].products[0].component.as_ref().unwrap().purls.len()
    };
    assert_eq!(branch("product_version_range", "pkg:generic/abc"), 0);
    assert_eq!(branch("product_version", "pkg:generic/abc"), 0);
    assert_eq!(branch("product_version", "pkg:generic/abc@2.4"), 1);
    assert_eq!(branch("product_name", "pkg:generic/abc"), 1);
}

#[test]
fn groups_and_hashes() {
    let vex = document(
        r#""full_product_names":[{"name":"n","product_id":"p","product_identification_helper":{"hashes":[
            {"filename":"x","file_hashes":[{"algorithm":"sha256","value":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}]}]}}],
          "product_groups":[{"group_id":"g","product_ids":["p"]}]"#,
        r#"{"ids":[{"system_name":"x","text":"GHSA-1"},{"system_name":"y","text":"X-2"}],
          "product_status":{"known_not_affected":["p","nowhere"],"recommended":["p"]},
          "flags":[{"label":"component_not_present","group_ids":["g"]},{"label":"inline_mitigations_already_exist","product_ids":["p"]}]}"#,
    )
    .unwrap();
    assert_eq!(vex.statements.len(), 2);
    let [known, unknown] = &vex.statements[..] else { panic!("two") };
    assert_eq!((&*known.vulnerability, &*known.aliases), ("GHSA-1", &["X-2".to_owned()][..]));
    assert_eq!(known.justification.as_deref(), Some("component_not_present"));
    assert_eq!(known.products[0].component.as_ref().unwrap().digests, [Digest::sha256(b"")]);
    assert_eq!(unknown.products[0].component.as_ref().unwrap().names, ["nowhere"]);
    assert!(known.is_complete() && !unknown.is_complete());
}

#[test]
fn one_without_a_name_is_nothing_that_a_finding_is_known_as() {
    let vex = document(TREE, r#"{"title":"x","product_status":{"fixed":["CSAFPID-0001"]}}"#).unwrap();
    assert_eq!(vex.statements, []);
}

#[test]
fn refuses_ambiguous_documents() {
    let twice = r#""full_product_names":[{"name":"a","product_id":"p"},{"name":"b","product_id":"p"}]"#;
    assert!(matches!(document(twice, ""), Err(VexError::DuplicateProduct { .. })));
    let relation = r#""full_product_names":[{"name":"a","product_id":"p"}],"relationships":[{"product_reference":"p",
        "category":"installed_on","relates_to_product_reference":"p","full_product_name":{"name":"b","product_id":"p"}}]"#;
    assert!(matches!(document(relation, ""), Err(VexError::DuplicateProduct { .. })));
    let word = r#"{"cve":"CVE-1","product_status":{"not_affected":["p"]}}"#;
    assert!(matches!(document(TREE, word), Err(VexError::Status { .. })));
    let twin = r#"{"cve":"CVE-1","product_status":{},"Product_status":{}}"#;
    assert!(document(TREE, twin).unwrap_err().to_string().contains("another spelling"));
    assert!(matches!(document(TREE, r#"{"product_status":{"fixed":"p"}}"#), Err(VexError::Json(_))));
}

#[test]
fn refuses_what_is_no_published_vex() {
    let head = |category: &str, version: &str, status: &str| {
        let text = format!(
            r#"{{"document":{{"category":"{category}","csaf_version":"{version}","tracking":{{"status":"{status}"}}}}}}"#
        );
        read(text.as_bytes()).map(|vex| vex.statements.len()).map_err(|error| error.to_string())
    };
    assert_eq!(head("csaf_vex", "2.0", "final"), Ok(0));
    assert_eq!(head("csaf_vex", "2.1", "interim"), Ok(0));
    assert!(head("csaf_security_advisory", "2.0", "final").unwrap_err().contains("only csaf_vex"));
    assert!(head("csaf_vex", "1.2", "final").unwrap_err().contains("version"));
    assert!(head("csaf_vex", "2.0", "draft").unwrap_err().contains("draft"));
}

#[test]
fn keeps_the_ceiling() {
    let ids = vec!["\"p\""; crate::limits::VEX_ITEMS].join(",");
    let text = format!(r#"{{"cve":"CVE-1","product_status":{{"fixed":[{ids}]}}}}"#);
    assert!(matches!(document(TREE, &text), Err(VexError::TooManyItems)));
}
