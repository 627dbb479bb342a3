use super::*;

fn with(signatures: Part<Verified<()>>) -> Evidence {
    good().with_signatures(signatures)
}

#[test]
fn absent_refused_and_unreachable_are_three_outcomes() {
    assert_eq!(failed_rule("", &with(Part::absent())), "signature.found");
    let refused = Part::absent().with_failure(Failure::refused(".sig tag", "certificate expired"));
    let failed = failure("", &with(refused));
    assert_eq!(failed.rule.id(), "signature.valid");
    assert!(failed.found.contains("certificate expired") && failed.place.as_deref() == Some(".sig tag"));
    let unreachable = Part::absent()
        .with_failure(Failure::refused(".sig tag", "certificate expired"))
        .with_failure(Failure::unreachable("referrers API", "status 503"));
    let decision = decide("", &with(unreachable));
    assert!(matches!(decision, Decision::Undecided(_)), "{decision:?}");
    assert_eq!(rules(&decision, Status::Unknown), ["signature.found"]);
}

#[test]
fn a_failure_refuses_whatever_else_is_unknown() {
    let unreachable: Part<Verified<()>> =
        Part::absent().with_failure(Failure::unreachable("referrers API", "status 503"));
    let evidence = without_report().with_signatures(unreachable);
    assert!(matches!(decide("", &evidence), Decision::Refuse(_)));
}

#[test]
fn one_that_holds_is_enough_and_the_others_are_said() {
    let part = Part::found(vec![proof("manifest amd64")])
        .with_failure(Failure::refused(".sig tag", "certificate expired"))
        .with_failure(Failure::unreachable("referrers API", "status 503"));
    let decision = decide("", &with(part));
    assert!(matches!(decision, Decision::Promote(_)), "{decision:?}");
    assert_eq!(rules(&decision, Status::Note), ["signature.valid", "signature.valid"]);
}

#[test]
fn of_another_image() {
    let both = Part::found(vec![proof("manifest amd64"), proof("another image")]);
    assert_eq!(failed_rule("", &with(both)), "signature.subject");
}

#[test]
fn by_a_stranger() {
    let stranger = Verified::for_test((), digest("manifest amd64"), stranger());
    let failed = failure("", &with(Part::found(vec![stranger.clone()])));
    assert_eq!(failed.rule.id(), "signature.identity");
    assert!(failed.found.contains("mallory@example.com") && failed.next.unwrap().contains(SAN));
    let decision = decide("", &with(Part::found(vec![stranger, proof("manifest amd64")])));
    assert!(matches!(decision, Decision::Promote(_)));
    assert_eq!(rules(&decision, Status::Note), ["signature.identity"]);
}

#[test]
fn by_a_key_that_was_loaded() {
    let by_key = Verified::for_test((), digest("manifest amd64"), Signer::Key(digest("key")));
    let evidence = with(Part::found(vec![by_key.clone()])).with_sboms(Part::found(vec![Verified::for_test(
        spdx::Document::from_text(SPDX).unwrap(),
        digest("manifest amd64"),
        Signer::Key(digest("key")),
    )]));
    let text = "version: 1\nsignature:\n  identities:\n    - key: cosign.pub\n";
    let mut policy = crate::gate::Policy::from_slice(text.as_bytes()).unwrap();
    assert!(
        matches!(evaluate(&policy, &evidence, now()), Decision::Refuse(_)),
        "a key that is not loaded trusts nobody"
    );
    policy.load_keys(|path| if path == "cosign.pub" { Ok(digest("other")) } else { Err(()) }).unwrap();
    assert!(matches!(evaluate(&policy, &evidence, now()), Decision::Refuse(_)));
    policy.load_keys(|_| Ok::<Digest, ()>(digest("key"))).unwrap();
    assert!(matches!(evaluate(&policy, &evidence, now()), Decision::Promote(_)));
}

#[test]
fn an_unanchored_pattern_is_said() {
    let text = "version: 1\nsignature:\n  identities:\n    - identity-regexp: github.com/example/\n      issuer-regexp: ^https://.*$\n";
    let policy = crate::gate::Policy::from_slice(text.as_bytes()).unwrap();
    let decision = evaluate(&policy, &good(), now());
    assert_eq!(rules(&decision, Status::Note), ["policy.pattern"]);
}
