//! Advisories of cosign itself.

use super::attack;
use super::case;
use super::refused;
use super::vector;
use super::vector_layout;
use crate::support::authority::Authority;
use crate::support::authority::Content;
use crate::support::authority::Version;
use crate::support::authority::cases;
use crate::support::authority::cases::Case;
use crate::support::authority::cases::Evidence;
use crate::support::authority::legacy::DSSE;
use crate::support::authority::legacy::Layer;

/// The log entry in the annotation is genuine and promised, but of another signature by the same key: the
/// signature itself was never logged.
#[test]
fn cve_2022_23649_rekor_bundle_of_another_signature() {
    attack("sig-foreign-bundle", "log.entry", "sig-keyless");
    attack("sig-key-foreign-bundle", "log.entry", "sig-key-p256");
    attack("sig-key-entry-other-key", "log.entry", "sig-key-p256");
    // Another entry has another time, and that is what is seen first: outside of the certificate's.
    vector_layout("foreign-rekor-bundle", None, "certificate.chain");
}

/// `verify-attestation --type` found attestations, none of that type, and ended with success.
#[test]
fn cve_2022_35929_no_attestation_of_the_requested_type() {
    attack("attestation-predicate-type", "attestation.type", "attestation-v03");
    attack("att-predicate-type", "attestation.type", "att-dsse");
    // The annotation says the type that is asked for, the statement another one.
    attack("att-predicate-annotation", "attestation.type", "att-dsse");
    // Nor is a signature an attestation.
    let signature = Case { evidence: layers_as_attestation("sig-keyless"), ..case("sig-keyless").clone() };
    refused(&signature, "bundle");
    vector_layout("slsa-container-v2.1.0", Some("spdxjson"), "attestation.type");
}

/// A `.sig` layer that calls itself an `.att` layer.
fn layers_as_attestation(name: &str) -> Evidence {
    match &case(name).evidence {
        Evidence::LegacySignature(layers) => Evidence::LegacyAttestation(
            layers.iter().map(|layer| Layer { media_type: DSSE.to_owned(), ..layer.clone() }).collect(),
        ),
        _ => panic!("{name} is no legacy signature"),
    }
}

/// `verify-blob` took an entry of another signature, did not look at the identity, and passed over a bundle that
/// it could not read.
#[test]
fn cve_2022_36056_blob_bundle_bound_to_nothing() {
    attack("tlog-foreign-hashedrekord", "log.entry", "blob-v03");
    attack("tlog-other-certificate", "log.entry", "blob-v03");
    attack("tlog-foreign-beside-good", "log.entry", "blob-v03");
    attack("certificate-identity-other", "identity", "blob-v03");
    attack("certificate-issuer-other", "identity", "blob-v03");
    unreadable(case("bundle-truncated"));
    attack("sig-bundle-garbage", "bundle", "sig-keyless");
    attack("blob-other-artifact", "subject.declared", "blob-v03");
    vector("py-bundle_cve_2022_36056", "log.entry");
    for garbage in ["", "null", "[]", "\u{0}", "<html></html>"] {
        unreadable(&Case {
            evidence: Evidence::Blob(garbage.as_bytes().to_vec()),
            ..case("blob-v03").clone()
        });
    }
}

/// A file that holds no bundle: the library refuses it, the command has nothing to judge.
fn unreadable(case: &Case) {
    let refused = super::judge(case).expect_err(case.name);
    assert!(super::breaks(refused.rule, "bundle"), "{}: {}", refused.rule, refused.text);
    let (code, document) = super::run(case, &[]);
    assert_eq!((code, document["error"]["code"].as_str()), (2, Some("bundle.json")), "{document:#}");
}

/// Bundles of the time before v0.3, whose log entry cosign compared with nothing once a trusted root was given.
#[test]
fn cve_2026_22703_log_entry_of_another_artifact() {
    for version in [Version::V01, Version::V02] {
        let authority = Authority::default();
        let request = |content| authority.keyless(content).version(version);
        let mut signed = authority.sign(&request(cases::blob()));
        super::accepted(&Case::new("blob", "", &authority, cases::bundled(&signed)));
        signed.entries = authority.sign(&request(Content::message(cases::OTHER_ARTIFACT))).entries;
        refused(&Case::new("blob-foreign", "", &authority, cases::bundled(&signed)), "log.entry");

        let mut signed = authority.sign(&request(cases::attestation(&cases::demo_image())));
        super::accepted(&Case::new("attestation", "", &authority, cases::bundled(&signed)));
        signed.entries = authority.sign(&request(cases::attestation(&cases::other_image()))).entries;
        refused(&Case::new("attestation-foreign", "", &authority, cases::bundled(&signed)), "log.entry");
    }
    attack("tlog-foreign-dsse", "log.entry", "attestation-v03");
    attack("tlog-foreign-intoto", "log.entry", "attestation-intoto");
    attack("tlog-foreign-rekor2", "log.entry", "blob-rekor2");
    attack("att-foreign-bundle-dsse", "log.entry", "att-dsse");
    attack("att-foreign-bundle-intoto-v1", "log.entry", "att-intoto-v1");
    attack("att-foreign-bundle-intoto-v2", "log.entry", "att-intoto-v2");
    attack("key-entry-other-image", "log.entry", "attestation-key-p256");
    attack("key-entry-other-key", "log.entry", "blob-key-p256");
    attack("key-rekor2-entry-other-key", "log.entry", "blob-key-rekor2");
    // Another entry has another time, and that is what is seen first: outside of the certificate's.
    vector("n-foreign-tlog-entry-dsse", "certificate.chain");
}

/// The leaf was valid when it signed, the authority above it no longer.
#[test]
fn cve_2026_24122_authority_expired_when_signed() {
    attack("certificate-expired-intermediate", "certificate.authority-time", "blob-v03");
    attack("certificate-expired-intermediate-v02", "certificate.authority-time", "blob-v02");
    attack("certificate-expired-root", "certificate.authority-time", "blob-v03");
    attack("certificate-authority-window", "certificate.chain", "blob-v03");
    attack("sig-expired-intermediate", "certificate.authority-time", "sig-keyless");
}

/// `verify-blob-attestation` skipped the comparison of the type in old bundles, and swallowed the error where the
/// payload could not be read.
#[test]
fn cve_2026_39395_blob_attestation_of_another_type() {
    attack("attestation-payload-malformed", "statement", "attestation-v03");
    attack("attestation-payload-null", "statement", "attestation-v03");
    attack("attestation-statement-type", "statement", "attestation-v03");
    attack("dsse-payload-type", "envelope.type", "attestation-v03");
    attack("att-payload-type", "envelope.type", "att-dsse");
    attack("attestation-predicate-type", "attestation.type", "attestation-v03");
}

/// Nil pointers and failed type assertions, each by one field of evidence that anybody can push.
#[test]
fn cosign_4648_what_others_panic_at_is_an_error() {
    attack("att-payload-null", "bundle", "att-dsse");
    attack("sig-certificate-whitespace", "bundle", "sig-keyless");
    attack("sig-certificate-garbage", "certificate.malformed", "sig-keyless");
    attack("sig-bundle-body-number", "bundle", "sig-keyless");
    attack("sig-bundle-body-malformed", "bundle", "sig-keyless");
    attack("sig-bundle-null", "bundle", "sig-keyless");
    attack("sig-payload-digest-null", "payload", "sig-keyless");
    attack("sig-payload-garbage", "payload", "sig-keyless");
    attack("att-subject-null", "statement", "att-dsse");
    attack("att-no-signature", "bundle", "att-dsse");
    attack("attestation-subject-null", "statement", "attestation-v03");
    attack("attestation-digest-null", "statement", "attestation-v03");
    attack("tlog-body-malformed", "bundle", "blob-v03");
    attack("tlog-proof-negative-index", "bundle", "blob-v03");
}
