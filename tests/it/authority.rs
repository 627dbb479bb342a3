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
        Evidence::LegacySignature(_) => {
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
        Evidence::Attestation(bundle) | Evidence::Blob(bundle) => {
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
const OPEN: &[(&str, &str)] = &[
    ("att-tsa", "cosign stamps the envelope of an .att layer, not its signature"),
    ("blob-key-p384", "hashedrekord 0.0.1 with SHA-384 is refused by sigstore-verify"),
    ("blob-p384", "hashedrekord 0.0.1 with SHA-384 is refused by sigstore-verify"),
    ("tlog-rekor2-origin", "the checkpoint's first line is not compared with the log's name"),
];

#[test]
fn every_case_ends_as_its_label_says() {
    let mut wrong = Vec::new();
    for case in cases::all() {
        let open = OPEN.iter().any(|(name, _)| *name == case.name);
        let verdict = judge(&case);
        let right = verdict.is_ok() == (case.expect == Expect::Accept);
        if right == open {
            wrong.push(format!("{} ({}): {verdict:?}, listed as open: {open}", case.name, case.shows));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Prints each verdict, to read whether a refusal has the right reason.
#[test]
#[ignore = "prints"]
fn print_verdicts() {
    for case in cases::all() {
        println!("{}: {}", case.name, judge(&case).map_or_else(|error| error, |()| "accepted".to_owned()));
    }
}

/// Writes every case below `PORTCULLIS_CASES`, for `scripts/judges.sh`.
#[test]
#[ignore = "writes files; run by scripts/judges.sh"]
#[expect(clippy::disallowed_methods, reason = "the script says where")]
fn write_cases() {
    let directory = PathBuf::from(std::env::var_os("PORTCULLIS_CASES").expect("PORTCULLIS_CASES is set"));
    for case in cases::all() {
        case.write(&directory.join(case.name));
    }
}
