//! The test authority's cases: what the library says of them, and what the real cosign said.

use std::collections::BTreeMap;
use std::path::PathBuf;

use portcullis::bundle::Candidate;
use portcullis::bundle::CandidateKind;
use portcullis::bundle::Origin;
use portcullis::bundle::Place;
use portcullis::crypto::PublicKey;
use portcullis::digest::Digest;
use portcullis::identity::IdentityPolicy;
use portcullis::identity::Matcher;
use portcullis::trust::TrustedRoot;
use portcullis::verify::Artifact;
use portcullis::verify::Requirements;
use portcullis::verify::SignerPolicy;
use portcullis::verify::Verifier;

use crate::support::authority::cases;
use crate::support::authority::cases::Case;
use crate::support::authority::cases::CaseSigner;
use crate::support::authority::cases::Evidence;
use crate::support::authority::cases::Expect;
use crate::support::authority::legacy::Layer;

/// What the library says of a case.
fn judge(case: &Case) -> Result<(), String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let root = TrustedRoot::from_slice(&case.trusted_root).map_err(|error| text(&error))?;
    let verifier = Verifier::new(&root).map_err(|error| text(&error))?;
    let signer = match &case.signer {
        CaseSigner::Identity { san, issuer } => {
            let exact = |value: &String| Matcher::Exact(value.clone());
            SignerPolicy::Identities(vec![IdentityPolicy::new(exact(san), exact(issuer))])
        }
        CaseSigner::Key(pem) => {
            SignerPolicy::Key(PublicKey::from_pem(pem.as_bytes()).map_err(|error| text(&error))?)
        }
    };
    let mut requirements = Requirements::strict();
    if case.ignore_tlog {
        requirements = requirements.insecure_ignore_transparency_log();
    }
    if case.signed_timestamps {
        requirements = requirements.require_signed_timestamp();
    }
    let image = [Digest::parse(&cases::demo_image().digest()).expect("a digest")];
    let candidates = candidates(&case.evidence);
    // Counting is the collector's duty, before anything is fetched.
    if candidates.len() > LAYERS {
        return Err(format!("{} layers", candidates.len()));
    }
    let attestations = || {
        let accepted = verifier.attestations(&image, &[cases::SPDX], &candidates, &signer, requirements);
        accepted.map(drop).map_err(|error| text(&error))
    };
    match &case.evidence {
        Evidence::Attestation(_) | Evidence::LegacyAttestation(_) => attestations(),
        Evidence::Blob(_) => {
            let artifact = Artifact::Bytes(cases::ARTIFACT);
            let accepted = verifier.blob(&artifact, &candidates[0], &signer, requirements);
            accepted.map(drop).map_err(|error| text(&error))
        }
        Evidence::ImageSignature(_) | Evidence::LegacySignature(_) => {
            let accepted = verifier.signatures(&image, &candidates, &signer, requirements);
            accepted.map(drop).map_err(|error| text(&error))
        }
    }
}

fn candidates(evidence: &Evidence) -> Vec<Candidate> {
    let candidate = |kind, place, layer, payload: &[u8], annotations: &BTreeMap<String, String>| Candidate {
        kind,
        payload: payload.to_vec(),
        annotations: annotations.clone(),
        origin: Origin { place, attached_to: None, manifest: None, layer },
    };
    let layers = |kind, place, layers: &[Layer]| {
        let layers = layers.iter().enumerate();
        layers.map(|(n, layer)| candidate(kind, place, n, &layer.payload, &layer.annotations)).collect()
    };
    match evidence {
        Evidence::Attestation(bundle) | Evidence::Blob(bundle) | Evidence::ImageSignature(bundle) => {
            vec![candidate(CandidateKind::Bundle, Place::File, 0, bundle, &BTreeMap::new())]
        }
        Evidence::LegacyAttestation(list) => {
            layers(CandidateKind::LegacyAttestation, Place::AttestationTag, list)
        }
        Evidence::LegacySignature(list) => layers(CandidateKind::LegacySignature, Place::SignatureTag, list),
    }
}

/// As many layers as cosign reads of one manifest.
const LAYERS: usize = 1000;

/// Cases where the library is not yet what it should be, with the reason. One that comes right fails the
/// test until it is taken off the list.
const OPEN: &[(&str, &str)] = &[];

#[test]
fn every_case_ends_as_its_label_says() {
    let mut wrong = Vec::new();
    for case in cases::all() {
        let open = OPEN.iter().any(|(name, _)| *name == case.name);
        let verdict = judge(case);
        let right = verdict.is_ok() == (case.expect == Expect::Accept);
        if right == open {
            wrong.push(format!("{} ({}): {verdict:?}, listed as open: {open}", case.name, case.shows));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where the real cosign does not say what our label says: version, case, why we keep the label.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("2.5.0", "attestation-predicate-type", "CVE-2026-39395: it does not compare the type"),
    ("2.5.0", "attestation-rekor2", "it knows no Rekor v2"),
    ("2.5.0", "attestation-statement-type", NOT_A_STATEMENT),
    ("2.5.0", "blob-key-p384", "it always checks SHA-256"),
    ("2.5.0", "blob-key-p521", "it always checks SHA-256"),
    ("2.5.0", "blob-key-rekor2", "it knows no Rekor v2"),
    ("2.5.0", "blob-message-digest", "it does not compare messageDigest"),
    ("2.5.0", "blob-p384", "it always checks SHA-256"),
    ("2.5.0", "blob-p521", "it always checks SHA-256"),
    ("2.5.0", "blob-rekor2", "it knows no Rekor v2"),
    ("2.5.0", "blob-rekor2-witnessed", "it knows no Rekor v2"),
    ("2.5.0", "blob-tsa-extra-certificate", "it knows no Rekor v2"),
    ("2.5.0", "blob-two-entries", "it knows no Rekor v2"),
    ("2.5.0", "certificate-leaf-is-ca", CA_LEAF),
    ("2.5.0", "time-tsa-outside-leaf-unasked", UNASKED),
    ("3.1.1", "attestation-statement-type", NOT_A_STATEMENT),
    ("3.1.1", "certificate-leaf-is-ca", CA_LEAF),
    (
        "3.1.1",
        "image-signature-provenance",
        "it takes any statement about the image for a signature; we ask for the predicate type of cosign sign",
    ),
    (
        "3.1.1",
        "time-tsa-duplicate",
        "it counts the token once and goes on; a doubled token is nothing that a signer writes",
    ),
    ("3.1.1", "time-tsa-outside-leaf-unasked", UNASKED),
    (
        "3.1.1",
        "time-tsa-second-outside",
        "it is content with one time inside; TOB-SIGSTORE-3 asks that all are",
    ),
    (
        "3.1.1",
        "tlog-kind-label",
        "it goes by the body; the label is not signed, but nobody writes a wrong one",
    ),
];
const CA_LEAF: &str =
    "Go's path search takes a CA certificate for a leaf; RFC 5280 key usage and webpki do not";
const NOT_A_STATEMENT: &str = "it does not look at _type; in-toto says that a consumer must";
const UNASKED: &str = "it looks at tokens only when asked to; conformance says refuse";

/// The recorded verdicts of the real cosign (`scripts/judges/cosign.sh`) are those of our labels.
#[test]
fn the_real_cosign_agrees() {
    let mut wrong = Vec::new();
    for text in [
        include_str!("../../testdata/judges/cosign-2.5.0.json"),
        include_str!("../../testdata/judges/cosign-3.1.1.json"),
    ] {
        let recorded: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let version = recorded["version"].as_str().expect("a version");
        let cases = cases::all();
        let verdicts = recorded["verdicts"].as_object().expect("an object");
        assert_eq!(verdicts.len(), cases.len(), "cosign {version}: run scripts/judges/cosign.sh");
        for case in cases {
            let said = &verdicts[case.name];
            assert_eq!(
                said["fingerprint"],
                case.fingerprint(),
                "{} changed: run scripts/judges/cosign.sh",
                case.name
            );
            if said["verdict"] == "unsupported" {
                // Nothing was judged. Only cosign 2, and only bundles in a layout.
                assert!(version == "2.5.0" && matches!(case.evidence, Evidence::ImageSignature(_)), "{said}");
                continue;
            }
            let differs = DIFFERENCES.iter().any(|(by, name, _)| *by == version && *name == case.name);
            let agrees = (said["verdict"] == "accept") == (case.expect == Expect::Accept);
            if agrees == differs {
                wrong
                    .push(format!("cosign {version}, {}: {said}, listed as different: {differs}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Prints each verdict, to read whether a refusal has the right reason.
#[test]
#[ignore = "prints"]
fn print_verdicts() {
    for case in cases::all() {
        println!("{}: {}", case.name, judge(case).map_or_else(|error| error, |()| "accepted".to_owned()));
    }
}

/// Writes every case below `PORTCULLIS_CASES`, for `scripts/judges/cosign.sh`.
#[test]
#[ignore = "writes files; run by scripts/judges/cosign.sh"]
#[expect(clippy::disallowed_methods, reason = "the script says where")]
fn write_cases() {
    let directory = PathBuf::from(std::env::var_os("PORTCULLIS_CASES").expect("PORTCULLIS_CASES is set"));
    for case in cases::all() {
        case.write(&directory.join(case.name));
    }
}
