use super::*;

fn evidence(signed: &[&str], attested: &[&str], scanned: &[&str]) -> Evidence {
    let proofs = signed.iter().map(|name| proof(name)).collect();
    let sboms = attested.iter().map(|name| sbom(name)).collect();
    let evidence = Evidence::new(index()).with_signatures(Part::found(proofs)).with_sboms(Part::found(sboms));
    scanned.iter().fold(evidence, |evidence, architecture| {
        evidence.with_report(format!("{architecture}.json"), report(architecture, CLEAN))
    })
}

const ALL: &[&str] = &["manifest amd64", "manifest arm64"];

#[test]
fn evidence_on_the_index_counts_for_all_but_scans() {
    assert!(matches!(
        decide("", &evidence(&["index"], &["index"], &["amd64", "arm64"])),
        Decision::Promote(_)
    ));
    let failed = failure("", &evidence(&["index"], &["index"], &["amd64"]));
    assert_eq!((failed.rule.id(), failed.platform.as_deref()), ("scan.found", Some("linux/arm64")));
    assert!(failed.next.unwrap().contains("--platform linux/arm64"));
}

#[test]
fn evidence_on_every_manifest_counts() {
    assert!(matches!(decide("", &evidence(ALL, ALL, &["amd64", "arm64"])), Decision::Promote(_)));
    assert_eq!(failed_rule("", &evidence(&ALL[..1], ALL, &["amd64", "arm64"])), "signature.subject");
    let failed = failure("", &evidence(ALL, &ALL[1..], &["amd64", "arm64"]));
    assert_eq!((failed.rule.id(), failed.platform.as_deref()), ("sbom.subject", Some("linux/amd64")));
}

#[test]
fn a_chosen_platform_needs_its_own_evidence_only() {
    let sections = "platforms: [linux/amd64]";
    let decision = decide(sections, &evidence(&["index"], &ALL[..1], &["amd64"]));
    assert!(matches!(decision, Decision::Promote(_)), "{decision:?}");
    assert_eq!(rules(&decision, Status::Note), ["image.platform"]);
    assert_eq!(decision.judgement().image().platforms.len(), 1);
    // A report of the other platform is no report of this one.
    assert_eq!(failed_rule(sections, &evidence(&["index"], &ALL[..1], &["arm64"])), "scan.found");
}

#[test]
fn a_signed_manifest_does_not_sign_an_index_around_it() {
    let sections = "platforms: [linux/amd64]";
    assert_eq!(failed_rule(sections, &evidence(&ALL[..1], &ALL[..1], &["amd64"])), "signature.subject");
    // Nor do signatures of all that we know of, when some may have been left out.
    let filtered = Evidence::new(crate::gate::fixtures::index().filtered_for_test())
        .with_signatures(Part::found(vec![proof("manifest amd64")]))
        .with_sboms(Part::found(vec![sbom("manifest amd64")]))
        .with_report("amd64.json", report("amd64", CLEAN));
    assert_eq!(failed_rule("", &filtered), "signature.subject");
    assert_eq!(failed_rule(sections, &filtered), "signature.subject");
    let signed = filtered.with_signatures(Part::found(vec![proof("index")]));
    for sections in ["", sections] {
        let decision = decide(sections, &signed);
        assert!(matches!(decision, Decision::Promote(_)));
        assert_eq!(rules(&decision, Status::Note), ["image.platform"]);
    }
}

#[test]
fn a_platform_that_is_not_there() {
    let decision = decide("platforms: [linux/s390x]", &evidence(&["index"], &["index"], &[]));
    assert_eq!(rules(&decision, Status::Fail), ["image.platform"]);
    assert!(matches!(decision, Decision::Refuse(_)));
    let text =
        &decision.judgement().rules().iter().find(|result| result.status == Status::Fail).unwrap().found;
    assert!(text.contains("linux/s390x") && text.contains("linux/amd64, linux/arm64"), "{text}");
}
