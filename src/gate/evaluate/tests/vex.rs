//! VEX: who is believed, about what, and for how long.

use super::*;
use crate::gate::RuleResult;
use crate::vex;
use crate::vex::Vex;
use crate::vex::VexError;

type Proof = Verified<Result<Vex, VexError>>;

const SECTION: &str = "vex: {}\n";
const RECENT: &str = "2026-11-20T00:00:00Z";

/// An `OpenVEX` document whose statement names no product: attested, it is about the subject.
fn text(status: &str, time: &str) -> String {
    format!(
        r#"{{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example.com/vex","author":"app","timestamp":"{time}","version":1,
        "statements":[{{"vulnerability":{{"name":"CVE-2026-0001"}},{status}}}]}}"#
    )
}

const NOT_AFFECTED: &str = r#""status":"not_affected","justification":"vulnerable_code_not_present""#;
const AFFECTED: &str = r#""status":"affected","action_statement":"update""#;

fn attested(text: &str, by: Signer) -> Proof {
    Verified::for_test(vex::read(text.as_bytes()), digest("manifest amd64"), by)
}

/// The image with one critical vulnerability, and these documents.
fn with(found: Vec<Proof>, failures: Vec<Failure>) -> Evidence {
    let critical = vulnerable(r#","Severity":"CRITICAL""#);
    without_report().with_report("report.json", report("amd64", &critical)).with_vex(Part { found, failures })
}

fn recent() -> Proof {
    attested(&text(NOT_AFFECTED, RECENT), signer())
}

fn note<'a>(decision: &'a Decision, rule: &str) -> &'a RuleResult {
    let mut notes = decision.judgement().rules().iter().filter(|result| result.rule.id() == rule);
    notes.next().unwrap_or_else(|| panic!("no {rule}: {decision:?}"))
}

#[test]
fn a_trusted_statement_waives_the_finding_and_is_evidence() {
    let decision = decide(SECTION, &with(vec![recent()], Vec::new()));
    assert!(matches!(decision, Decision::Promote(_)), "{decision:?}");
    let (_, said) = decision.judgement().findings()[0].vex().unwrap();
    assert_eq!((said.status, said.reason.as_deref()), ("not_affected", Some("vulnerable_code_not_present")));
    assert_eq!(said.signer, Some(signer()));
    assert!(note(&decision, "vex.applied").found.ends_with("waives 1: CVE-2026-0001"));
    assert!(decision.judgement().evidence().iter().any(|row| row.kind.as_str() == "VEX"));
}

#[test]
fn without_the_section_nobody_is_believed() {
    let evidence = with(vec![recent()], Vec::new());
    assert_eq!(failed_rule("", &evidence), "scan.severity");
    let decision = decide("", &evidence);
    assert!(decision.judgement().rules().iter().all(|result| !result.rule.id().starts_with("vex.")));
}

#[test]
fn a_stranger_is_not_believed() {
    let evidence = with(vec![attested(&text(NOT_AFFECTED, RECENT), stranger())], Vec::new());
    assert_eq!(failed_rule(SECTION, &evidence), "scan.severity");
    let decision = decide(SECTION, &evidence);
    assert!(note(&decision, "vex.identity").found.contains("mallory@example.com"));
}

#[test]
fn only_those_of_the_section_are_believed_where_it_names_somebody() {
    let section = "vex:\n  identities: [{identity: vex@example.com, issuer: https://issuer.example}]\n";
    assert_eq!(failed_rule(section, &with(vec![recent()], Vec::new())), "scan.severity");
}

#[test]
fn the_newest_statement_counts_in_whatever_order() {
    let older = || attested(&text(NOT_AFFECTED, "2026-11-01T00:00:00Z"), signer());
    let newer = || attested(&text(AFFECTED, RECENT), signer());
    for found in [vec![older(), newer()], vec![newer(), older()]] {
        let evidence = with(found, Vec::new());
        assert_eq!(failed_rule(SECTION, &evidence), "scan.severity");
        let decision = decide(SECTION, &evidence);
        let why = &decision.judgement().findings()[0].why;
        assert!(why.contains("says affected"), "{why}");
    }
}

#[test]
fn what_is_said_of_another_image_counts_for_nothing() {
    let other = Verified::for_test(
        vex::read(text(NOT_AFFECTED, RECENT).as_bytes()),
        digest("manifest of another"),
        signer(),
    );
    assert_eq!(failed_rule(SECTION, &with(vec![other], Vec::new())), "scan.severity");
}

#[test]
fn an_old_statement_waives_nothing() {
    let evidence = || with(vec![attested(&text(NOT_AFFECTED, "2026-08-01T00:00:00Z"), signer())], Vec::new());
    assert_eq!(failed_rule(SECTION, &evidence()), "scan.severity");
    let decision = decide(SECTION, &evidence());
    assert!(note(&decision, "vex.age").found.contains("older than 90d"));
    assert!(decision.judgement().findings()[0].why.contains("at most 90d is accepted"));
    for section in ["vex: {max-age: none}\n", "vex: {max-age: 200d}\n"] {
        assert!(matches!(decide(section, &evidence()), Decision::Promote(_)), "{section}");
    }
}

#[test]
fn an_old_statement_that_blocks_still_does() {
    let old = attested(&text(AFFECTED, "2025-01-01T00:00:00Z"), signer());
    let section = "vex: {}\nallowlist: {}\n";
    assert_eq!(failed_rule(section, &with(vec![old], Vec::new())), "scan.severity");
}

#[test]
fn a_document_from_the_future_is_none_and_refuses_what_another_waives() {
    let future = || attested(&text(NOT_AFFECTED, "2026-11-24T00:00:00Z"), signer());
    let alone = with(vec![future()], Vec::new());
    assert_eq!(failed_rule(SECTION, &alone), "scan.severity");
    assert!(note(&decide(SECTION, &alone), "vex.readable").found.contains("still to come"));
    assert_eq!(failed_rule(SECTION, &with(vec![future(), recent()], Vec::new())), "vex.readable");
}

#[test]
fn an_unreadable_document_matters_where_something_is_waived() {
    let broken = |by| attested("{", by);
    assert_eq!(failed_rule(SECTION, &with(vec![broken(signer()), recent()], Vec::new())), "vex.readable");
    // Nobody is refused because of what anybody can attach.
    let decision = decide(SECTION, &with(vec![broken(stranger()), recent()], Vec::new()));
    assert!(matches!(decision, Decision::Promote(_)), "{decision:?}");
    // It cannot make anything worse where nothing is waived.
    let clean = good().with_vex(Part::found(vec![broken(signer())]));
    assert!(matches!(decide(SECTION, &clean), Decision::Promote(_)));
}

#[test]
fn where_it_cannot_be_looked_nothing_is_decided_on_the_word_of_another() {
    let unreachable = || vec![Failure::unreachable("registry.example", "timed out")];
    let decision = decide(SECTION, &with(vec![recent()], unreachable()));
    assert!(matches!(decision, Decision::Undecided(_)), "{decision:?}");
    let clean = good().with_vex(Part { found: Vec::new(), failures: unreachable() });
    assert!(matches!(decide(SECTION, &clean), Decision::Promote(_)));
    let refused = vec![Failure::refused("registry.example", "signature is wrong")];
    assert!(matches!(decide(SECTION, &with(vec![recent()], refused)), Decision::Promote(_)));
}

#[test]
fn a_file_counts_without_a_signature_only_by_its_ugly_name() {
    let purl = "pkg:apk/alpine/openssl@3.0.1?arch=x86_64";
    let status = format!(r#""products":[{{"@id":"{purl}"}}],{NOT_AFFECTED}"#);
    let text = text(&status, RECENT);
    let section = "vex: {trust-unsigned-files: [app.vex.json]}\n";
    let mut policy = policy(section);
    let evidence = with(Vec::new(), Vec::new());
    assert!(matches!(evaluate(&policy, &evidence, now()), Decision::Refuse(_)), "not loaded yet");
    policy
        .load_vex(|name| if name == "app.vex.json" { vex::read(text.as_bytes()) } else { vex::read(b"") })
        .unwrap();
    let decision = evaluate(&policy, &evidence, now());
    assert!(matches!(decision, Decision::Promote(_)), "{decision:?}");
    assert!(note(&decision, "vex.identity").found.contains("although nobody has signed it"));
    assert!(note(&decision, "vex.applied").found.contains("app.vex.json (unsigned)"));
}
