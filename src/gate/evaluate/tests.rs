use jiff::Timestamp;

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

mod signature {
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
        let evidence =
            with(Part::found(vec![by_key.clone()])).with_sboms(Part::found(vec![Verified::for_test(
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
}

mod index {
    use super::*;

    fn evidence(signed: &[&str], attested: &[&str], scanned: &[&str]) -> Evidence {
        let proofs = signed.iter().map(|name| proof(name)).collect();
        let sboms = attested.iter().map(|name| sbom(name)).collect();
        let evidence =
            Evidence::new(index()).with_signatures(Part::found(proofs)).with_sboms(Part::found(sboms));
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
}

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

mod scan_rules {
    use super::*;

    fn with(text: &str) -> Evidence {
        without_report().with_report("report.json", read(text))
    }

    fn clean(from: &str, to: &str) -> Evidence {
        let text = report_text("amd64", CLEAN);
        assert!(text.contains(from), "{from}");
        with(&text.replace(from, to))
    }

    #[test]
    fn missing_unreadable_unreachable() {
        assert_eq!(failed_rule("", &without_report()), "scan.found");
        let failed = |failure| without_report().with_report("r", Err(failure));
        let decision = decide("", &failed(Failure::refused("r", "report is null")));
        assert_eq!(rules(&decision, Status::Fail), ["scan.readable", "scan.found"]);
        let decision =
            decide("scan: {required: false}", &failed(Failure::unreachable("r", "permission denied")));
        assert!(matches!(decision, Decision::Undecided(_)));
        assert_eq!(rules(&decision, Status::Unknown), ["scan.readable"]);
    }

    #[test]
    fn given_up_by_policy() {
        let decision = decide("scan: {required: false}", &without_report());
        assert!(matches!(decision, Decision::Promote(_)));
        assert_eq!(rules(&decision, Status::Note), ["scan.found"]);
        // One that is given counts all the same.
        let evidence =
            without_report().with_report("r", report("amd64", &vulnerable(r#","Severity":"HIGH""#)));
        assert_eq!(failed_rule("scan: {required: false}", &evidence), "scan.severity");
    }

    #[test]
    fn of_something_else() {
        for (from, to) in [
            ("container_image", "filesystem"),
            (&*digest("config amd64").to_string(), &*digest("x").to_string()),
            ("\"architecture\":\"amd64\"", "\"architecture\":\"arm64\""),
        ] {
            let decision = decide("", &clean(from, to));
            assert_eq!(rules(&decision, Status::Fail), ["scan.binding", "scan.found"], "{from}");
        }
    }

    #[test]
    fn age() {
        let at = |now: &str| {
            let decision = evaluate(&policy("scan: {max-age: 24h}"), &good(), now.parse().unwrap());
            rules(&decision, Status::Fail)
        };
        // Made at 2026-11-23T10:00:00Z.
        assert!(at("2026-11-23T10:00:00Z").is_empty());
        assert!(at("2026-11-24T10:00:00Z").is_empty());
        assert_eq!(at("2026-11-24T10:00:01Z"), ["scan.age"]);
        assert!(at("2026-11-23T09:55:00Z").is_empty());
        assert_eq!(at("2026-11-23T09:54:59Z"), ["scan.age"]);
        assert_eq!(failed_rule("", &clean("\"CreatedAt\":\"2026-11-23T10:00:00Z\",", "")), "scan.age");
        // What Go writes for a time that is not set.
        assert_eq!(failed_rule("", &clean("2026-11-23T10:00:00Z", "0001-01-01T00:00:00Z")), "scan.age");
        assert!(matches!(decide("scan: {max-age: 120m}", &good()), Decision::Promote(_)));
        assert_eq!(failed_rule("scan: {max-age: 119m}", &good()), "scan.age");
    }

    #[test]
    fn end_of_life() {
        let eol = clean("\"Name\":\"3.22.1\"", "\"Name\":\"3.9\",\"EOSL\":true");
        assert_eq!(failed_rule("", &eol), "scan.os");
        let decision = decide("scan: {end-of-life-os: allow}", &eol);
        assert!(matches!(decision, Decision::Promote(_)));
        assert_eq!(rules(&decision, Status::Note), ["scan.os"]);
    }

    #[test]
    fn coverage() {
        assert_eq!(failed_rule("", &clean("os-pkgs", "lang-pkgs")), "scan.coverage");
        assert_eq!(failed_rule("", &clean(CLEAN, "[]")), "scan.coverage");
        assert_eq!(failed_rule("scan: {no-packages: allow}", &clean(CLEAN, "null")), "scan.coverage");
        let no_os = |class: &str| {
            let text =
                report_text("amd64", CLEAN).replace(r#""OS":{"Family":"alpine","Name":"3.22.1"},"#, "");
            with(&text.replace("os-pkgs", class))
        };
        assert!(matches!(decide("", &no_os("lang-pkgs")), Decision::Promote(_)));
        assert_eq!(failed_rule("", &no_os("secret")), "scan.coverage");
        assert!(matches!(decide("scan: {no-packages: allow}", &no_os("secret")), Decision::Promote(_)));
    }

    #[test]
    fn the_sbom_knows_of_packages_that_the_scanner_did_not_see() {
        let no_os = report_text("amd64", CLEAN).replace(r#""OS":{"Family":"alpine","Name":"3.22.1"},"#, "");
        let no_os = no_os.replace("os-pkgs", "lang-pkgs");
        let with_purl = |purl: &str| {
            let text = SPDX.replace(
                r#"{"name":"openssl"}"#,
                &format!(r#"{{"name":"openssl","externalRefs":[{{"referenceType":"purl","referenceLocator":"{purl}"}}]}}"#),
            );
            let document = spdx::Document::from_text(&text).unwrap();
            let sbom = Verified::for_test(document, digest("manifest amd64"), signer());
            with(&no_os).with_sboms(Part::found(vec![sbom]))
        };
        assert!(matches!(decide("", &with_purl("pkg:golang/example.com/openssl@1")), Decision::Promote(_)));
        let evidence = with_purl("pkg:apk/alpine/openssl@3.5.2-r0");
        assert_eq!(failed_rule("scan: {no-packages: allow}", &evidence), "scan.coverage");
    }

    fn blocks(sections: &str, fields: &str) -> bool {
        let evidence = without_report().with_report("r", report("amd64", &vulnerable(fields)));
        match decide(sections, &evidence) {
            Decision::Promote(_) => false,
            decision => {
                assert_eq!(rules(&decision, Status::Fail), ["scan.severity"]);
                true
            }
        }
    }

    #[test]
    fn severity() {
        for (sections, severity, expected) in [
            ("", "MEDIUM", false),
            ("", "HIGH", true),
            ("", "CRITICAL", true),
            ("", "UNKNOWN", true),
            ("", "", true),
            ("", "IMPORTANT", true),
            ("scan: {unknown-severity: allow}", "IMPORTANT", false),
            ("scan: {fail-on: [CRITICAL]}", "HIGH", false),
            ("scan: {fail-on: [CRITICAL]}", "CRITICAL", true),
            ("scan: {fail-on: [LOW, MEDIUM, HIGH, CRITICAL]}", "LOW", true),
        ] {
            assert_eq!(
                blocks(sections, &format!(r#","Severity":"{severity}""#)),
                expected,
                "{sections} {severity}"
            );
        }
    }

    #[test]
    fn severity_of_all_sources() {
        let fields = r#","Severity":"LOW","VendorSeverity":{"nvd":4}"#;
        assert!(!blocks("", fields));
        assert!(blocks("scan: {severity: highest}", fields));
    }

    #[test]
    fn unfixed() {
        let ignore = "scan: {ignore-unfixed: true}";
        for (sections, fields, expected) in [
            ("", r#","Severity":"HIGH","Status":"affected""#, true),
            (ignore, r#","Severity":"HIGH","Status":"affected""#, false),
            (ignore, r#","Severity":"HIGH","Status":"fixed""#, true),
            (ignore, r#","Severity":"HIGH","FixedVersion":"3.0.2""#, true),
            (ignore, r#","Severity":"UNKNOWN""#, false),
            (ignore, r#","Severity":"UNKNOWN","FixedVersion":"3.0.2""#, true),
        ] {
            assert_eq!(blocks(sections, fields), expected, "{sections} {fields}");
        }
    }

    #[test]
    fn what_has_no_fixes_is_never_unfixed() {
        for item in [
            r#""Secrets":[{"RuleID":"aws","Severity":"CRITICAL"}]"#,
            r#""Misconfigurations":[{"ID":"DS002","Severity":"HIGH","Status":"FAIL"}]"#,
            r#""Licenses":[{"Name":"AGPL-3.0","Severity":"CRITICAL"}]"#,
        ] {
            let results = format!(r#"[{{"Target":"t","Class":"os-pkgs",{item}}}]"#);
            let evidence = without_report().with_report("r", report("amd64", &results));
            assert_eq!(failed_rule("scan: {ignore-unfixed: true}", &evidence), "scan.severity", "{item}");
        }
    }

    #[test]
    fn a_report_may_not_waive_itself() {
        let results = r#"[{"Target":"t","Class":"os-pkgs","ExperimentalModifiedFindings":[{"Type":"vulnerability","Status":"ignored",
            "Source":".trivyignore","Finding":{"VulnerabilityID":"CVE-2026-0001","PkgName":"openssl","Severity":"HIGH"}}]}]"#;
        let evidence = without_report().with_report("r", report("amd64", results));
        let decision = decide("", &evidence);
        assert_eq!(rules(&decision, Status::Fail), ["scan.severity"]);
        assert_eq!(rules(&decision, Status::Note), ["scan.suppressed"]);
    }

    #[test]
    fn every_report_of_a_platform_counts() {
        let evidence = good().with_report("second", report("amd64", &vulnerable(r#","Severity":"HIGH""#)));
        assert_eq!(failed_rule("", &evidence), "scan.severity");
    }
}

mod allowlist {
    use super::*;

    fn decide_at(now: &str, package: &str, expires: &str, fields: &str) -> Decision {
        let sections = format!(
            "allowlist:\n  - id: CVE-2026-0001\n    package: {package}\n    owner: team@example.com\n    reason: not reachable\n    expires: {expires}\n"
        );
        let now: Timestamp = now.parse().unwrap();
        let evidence = without_report().with_report("r", report("amd64", &vulnerable(fields)));
        evaluate(&policy(&sections), &evidence, now)
    }

    const HIGH: &str = r#","Severity":"HIGH""#;

    #[test]
    fn waives_to_the_end_of_its_day() {
        for (now, days) in [
            ("2026-11-23T12:00:00Z", 1),
            ("2026-11-23T23:59:59Z", 1),
            ("2026-11-24T00:00:00Z", 0),
            ("2026-11-24T09:59:59Z", 0),
        ] {
            let decision = decide_at(now, "openssl", "2026-11-24", HIGH);
            assert!(matches!(decision, Decision::Promote(_)), "{now}");
            let waived: Vec<i32> = decision.judgement().waived().map(|(.., days)| days).collect();
            assert_eq!(
                (waived, rules(&decision, Status::Note)),
                (vec![days], vec!["allowlist.waived"]),
                "{now}"
            );
        }
    }

    #[test]
    fn an_expired_entry_waives_nothing_and_is_said() {
        let decision = decide_at("2026-11-24T00:00:00Z", "openssl", "2026-11-23", HIGH);
        assert_eq!(rules(&decision, Status::Fail), ["scan.severity"]);
        assert_eq!(rules(&decision, Status::Note), ["allowlist.expired"]);
        let note =
            &decision.judgement().rules().iter().find(|result| result.status == Status::Note).unwrap().found;
        assert!(note.contains("1 that it names block"), "{note}");
    }

    #[test]
    fn an_entry_that_does_nothing_is_said() {
        let decision = decide_at(NOW, "libssl3", "2026-12-31", HIGH);
        assert_eq!(rules(&decision, Status::Fail), ["scan.severity"]);
        assert_eq!(rules(&decision, Status::Note), ["allowlist.unused"]);
        let decision = decide_at(NOW, "openssl", "2026-12-31", r#","Severity":"LOW""#);
        assert!(matches!(decision, Decision::Promote(_)));
        assert_eq!(rules(&decision, Status::Note), ["allowlist.unused"]);
    }

    #[test]
    fn nothing_is_said_to_be_unused_while_a_report_is_missing() {
        let sections = "allowlist: [{id: a, package: b, owner: c, reason: d, expires: 2026-12-24}]";
        assert!(rules(&decide(sections, &without_report()), Status::Note).is_empty());
        assert_eq!(rules(&decide(sections, &good()), Status::Note), ["allowlist.unused"]);
    }

    #[test]
    fn the_entry_that_lasts_longest_waives() {
        let sections = "allowlist:\n  - {id: CVE-2026-0001, package: openssl, owner: a, reason: b, expires: 2026-11-24}\n  \
            - {id: CVE-2026-0001, package: pkg:apk/alpine/openssl, owner: c, reason: d, expires: 2026-12-24}\n";
        let evidence = without_report().with_report("r", report("amd64", &vulnerable(HIGH)));
        let decision = decide(sections, &evidence);
        let owners: Vec<&str> =
            decision.judgement().waived().map(|(_, waiver, _)| waiver.owner.as_str()).collect();
        assert_eq!(owners, ["c"]);
        assert_eq!(rules(&decision, Status::Note), ["allowlist.unused", "allowlist.waived"]);
    }
}

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
