use crate::digest::Digest;
use crate::gate::Decision;
use crate::gate::Evidence;
use crate::gate::Failure;
use crate::gate::Part;
use crate::gate::Status;
use crate::gate::Verdict;
use crate::gate::evaluate;
use crate::gate::fixtures::*;
use crate::oci::PinnedImage;
use crate::spdx;
use crate::verify::Signer;
use crate::verify::Verified;

#[test]
fn everything_in_order_is_promoted() {
    let decision = decide("", &good());
    let Decision::Promote(approval) = &decision else { panic!("{decision:?}") };
    assert_eq!(*approval.digest(), digest("manifest amd64"));
    assert_eq!(
        rules(&decision, Status::Pass),
        [
            "signature.identity",
            "sbom.identity",
            "sbom.packages",
            "scan.binding",
            "scan.age",
            "scan.database",
            "scan.os",
            "scan.coverage",
            "scan.severity"
        ]
    );
    assert!(rules(&decision, Status::Note).is_empty());
}

#[test]
fn nothing_but_the_image_is_refused_with_every_reason() {
    let decision = decide("attestations: [{type: slsaprovenance1}]", &Evidence::new(plain()));
    assert!(matches!(decision, Decision::Refuse(_)));
    let expected = ["signature.found", "attestation.found", "sbom.found", "scan.found"];
    assert_eq!(rules(&decision, Status::Fail), expected);
}

#[test]
fn an_image_without_platforms_is_refused() {
    let evidence = Evidence::new(PinnedImage::for_test(digest("x"), Vec::new()));
    let evidence =
        evidence.with_signatures(Part::found(vec![proof("x")])).with_sboms(Part::found(vec![sbom("x")]));
    assert_eq!(failed_rule("", &evidence), "image.platform");
}

mod signature;
mod vex;

mod index;

mod attestation {
    use super::*;

    const ASKED: &str = "attestations: [{type: slsaprovenance1}]";

    fn with(part: Part<Verified<()>>) -> Evidence {
        good().with_attestations(type_of("slsaprovenance1"), part)
    }

    #[test]
    fn each_outcome() {
        assert!(matches!(
            decide(ASKED, &with(Part::found(vec![proof("manifest amd64")]))),
            Decision::Promote(_)
        ));
        assert_eq!(failed_rule(ASKED, &good()), "attestation.found");
        assert_eq!(failed_rule(ASKED, &with(Part::found(vec![proof("x")]))), "attestation.subject");
        let stranger = Verified::for_test((), digest("manifest amd64"), stranger());
        assert_eq!(failed_rule(ASKED, &with(Part::found(vec![stranger]))), "attestation.identity");
        let refused = Part::absent().with_failure(Failure::refused("x", "y"));
        assert_eq!(failed_rule(ASKED, &with(refused)), "attestation.valid");
        let unreachable = Part::absent().with_failure(Failure::unreachable("x", "y"));
        assert!(matches!(decide(ASKED, &with(unreachable)), Decision::Undecided(_)));
    }

    #[test]
    fn of_another_type() {
        let evidence = good().with_attestations(type_of("vuln"), Part::found(vec![proof("manifest amd64")]));
        assert_eq!(failed_rule(ASKED, &evidence), "attestation.found");
    }

    #[test]
    fn by_its_own_identities() {
        let asked = "attestations: [{type: vuln, identities: [{identity: scanner@example.com, issuer: https://accounts.example.com}]}]";
        let evidence = good().with_attestations(type_of("vuln"), Part::found(vec![proof("manifest amd64")]));
        assert_eq!(failed_rule(asked, &evidence), "attestation.identity");
    }
}

mod sbom_rules {
    use super::*;

    fn with(part: Part<Verified<spdx::Document>>) -> Evidence {
        good().with_sboms(part)
    }

    fn empty() -> Verified<spdx::Document> {
        let document = spdx::Document::from_text(r#"{"spdxVersion":"SPDX-2.3","packages":[]}"#).unwrap();
        Verified::for_test(document, digest("manifest amd64"), signer())
    }

    #[test]
    fn each_outcome() {
        assert_eq!(failed_rule("", &with(Part::absent())), "sbom.found");
        assert_eq!(failed_rule("", &with(Part::found(vec![sbom("x")]))), "sbom.subject");
        let refused = Part::absent().with_failure(Failure::refused("x", spdx::SpdxError::Empty));
        assert_eq!(failed_rule("", &with(refused)), "sbom.valid");
        let unreachable = Part::absent().with_failure(Failure::unreachable("x", "y"));
        assert!(matches!(decide("", &with(unreachable)), Decision::Undecided(_)));
    }

    #[test]
    fn the_number_of_packages() {
        assert_eq!(failed_rule("", &with(Part::found(vec![empty()]))), "sbom.packages");
        assert!(matches!(decide("sbom: {min-packages: 2}", &good()), Decision::Promote(_)));
        assert_eq!(failed_rule("sbom: {min-packages: 3}", &good()), "sbom.packages");
        let decision = decide("", &with(Part::found(vec![empty(), sbom("manifest amd64")])));
        assert!(matches!(decision, Decision::Promote(_)));
        assert_eq!(rules(&decision, Status::Note), ["sbom.packages"]);
    }

    #[test]
    fn given_up_by_policy() {
        let decision = decide("sbom: {required: false}", &with(Part::absent()));
        assert!(matches!(decision, Decision::Promote(_)));
        assert_eq!(rules(&decision, Status::Note), ["sbom.found"]);
        // One that is there and does not hold refuses all the same.
        let refused = Part::absent().with_failure(Failure::refused("x", "y"));
        assert_eq!(failed_rule("sbom: {required: false}", &with(refused)), "sbom.valid");
    }
}

mod scan_rules;

mod allowlist;

#[test]
fn findings_are_in_an_order_of_their_own() {
    let item = |id: &str, severity: &str, fixed: &str| {
        format!(
            r#"{{"VulnerabilityID":"{id}","PkgName":"p","Severity":"{severity}","FixedVersion":"{fixed}"}}"#
        )
    };
    let items = [
        item("b", "HIGH", "1"),
        item("d", "LOW", ""),
        item("c", "CRITICAL", "1"),
        item("a", "HIGH", "1"),
        item("e", "CRITICAL", ""),
    ];
    let results = format!(r#"[{{"Target":"t","Class":"os-pkgs","Vulnerabilities":[{}]}}]"#, items.join(","));
    let evidence = without_report().with_report("r", report("amd64", &results));
    let decision = decide("scan: {ignore-unfixed: true}", &evidence);
    let ids: Vec<&str> =
        decision.judgement().findings().iter().map(|found| found.finding.id.as_str()).collect();
    assert_eq!(ids, ["c", "a", "b", "e", "d"]);
    assert_eq!(decision.judgement().findings()[3].verdict, Verdict::Unfixed);
}
