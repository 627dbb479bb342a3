//! The security history of cosign and its relatives: one test for each advisory, which shows the attack refused
//! for the right reason, and the same evidence without the attack accepted.
//!
//! Most attacks are evidence of the test authority, shown to the library and to the command; where the collected
//! vectors hold the original, that as well. `beyond.rs` has what no advisory is about yet.

mod beyond;
mod cosign;
mod relatives;
#[cfg(all(feature = "net", feature = "graviola"))]
mod resources;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

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
use portcullis::verify::Failure;
use portcullis::verify::Requirements;
use portcullis::verify::SignerPolicy;
use portcullis::verify::Verifier;
use serde_json::Value;

use crate::support::authority::Layout;
use crate::support::authority::cases;
use crate::support::authority::cases::Case;
use crate::support::authority::cases::CaseSigner;
use crate::support::authority::cases::Evidence;
use crate::support::authority::legacy::Layer;
use crate::vectors;

/// Advisories and issues, and the test that is theirs. `every_row_has_its_test` compares with the sources.
const ROWS: [(&str, &str); 26] = [
    ("cosign CVE-2022-23649, GHSA-ccxc-vr6p-4858", "cve_2022_23649_rekor_bundle_of_another_signature"),
    (
        "cosign CVE-2022-35929, GHSA-vjxv-45g9-9296; policy-controller CVE-2022-35930, GHSA-739f-hw6h-7wq8",
        "cve_2022_35929_no_attestation_of_the_requested_type",
    ),
    ("cosign CVE-2022-36056, GHSA-8gw7-4j42-w388", "cve_2022_36056_blob_bundle_bound_to_nothing"),
    ("cosign CVE-2023-46737, GHSA-vfp6-jrw2-99g9", "cve_2023_46737_endless_data_of_a_registry"),
    ("cosign CVE-2024-29902, GHSA-88jx-383q-w4qc", "cve_2024_29902_memory_of_attachments"),
    ("cosign CVE-2024-29903, GHSA-95pr-fxf5-86gv", "cve_2024_29903_number_of_layers_and_manifests"),
    ("cosign CVE-2026-22703, GHSA-whqx-f9j3-ch6m", "cve_2026_22703_log_entry_of_another_artifact"),
    ("cosign CVE-2026-24122, GHSA-wfqv-66vq-46rm", "cve_2026_24122_authority_expired_when_signed"),
    ("cosign CVE-2026-39395, GHSA-w6c6-c85g-mmv6", "cve_2026_39395_blob_attestation_of_another_type"),
    (
        "cosign #4648, #4649, #4651, #4652, #4653, #4760, #4881, #4979, #5016",
        "cosign_4648_what_others_panic_at_is_an_error",
    ),
    ("sigstore-go GHSA-cq38-jh5f-37mq", "ghsa_cq38_jh5f_37mq_lists_without_bound"),
    ("sigstore-go GHSA-9vcr-p3rj-q5q6", "ghsa_9vcr_p3rj_q5q6_one_log_counted_twice"),
    ("sigstore-go GHSA-wqqc-jjcq-vfxm", "ghsa_wqqc_jjcq_vfxm_validity_of_keys"),
    ("sigstore-go #471, #472, #51, #145, #260", "sigstore_go_51_time_and_proof_that_nobody_signed"),
    ("timestamp-authority CVE-2026-39984, GHSA-xm5m-wgh2-rrg3", "cve_2026_39984_certificate_out_of_the_bag"),
    ("slsa-verifier GHSA-r2xv-vpr2-42m9", "ghsa_r2xv_vpr2_42m9_publish_attestation_of_another_package"),
    ("sigstore-ruby GHSA-mhg6-2q2v-9h2c", "ghsa_mhg6_2q2v_9h2c_statement_about_another_artifact"),
    ("sigstore-python GHSA-hm8f-75xx-w2vr, #1652", "sigstore_python_1652_message_digest_of_another_artifact"),
    ("sigstore-js #1702", "sigstore_js_1702_log_entry_twice"),
    (
        "fulcio GHSA-59jp-pj84-45mr; kyverno CVE-2025-29778, GHSA-46mp-8w32-6g94",
        "cve_2025_29778_identity_patterns_count_and_are_told_when_unanchored",
    ),
    ("gitsign CVE-2023-47122", "cve_2023_47122_log_outside_of_the_trusted_root"),
    ("gh CVE-2025-25204, cli/cli #10418; chainloop #3397", "cve_2025_25204_nothing_was_verified"),
    ("sigstore-rust TOB-SIGSTORE-2, 3, 4, 12", "tob_sigstore_times_and_entries_are_checked_before_use"),
    ("jans #14636", "jans_14636_media_type_lowered"),
    ("rekor GHSA-843x-px86-vq42, GHSA-2h5h, GHSA-frqx", "ghsa_843x_px86_vq42_entry_bodies_are_only_read"),
    ("where sigstore-js 4.1.3 and sigstore-python 4.5.1 differ", "oracles_differ_and_the_stricter_is_right"),
];

/// The tests of these files are the ones of [`ROWS`].
const SOURCES: [&str; 3] = [
    include_str!("security/cosign.rs"),
    include_str!("security/relatives.rs"),
    include_str!("security/resources.rs"),
];

#[test]
fn every_row_has_its_test() {
    let listed: BTreeSet<&str> = ROWS.iter().map(|(_, test)| *test).collect();
    assert_eq!(listed.len(), ROWS.len(), "one test for each row");
    let mut found = BTreeSet::new();
    for source in SOURCES {
        let mut lines = source.lines();
        while let Some(line) = lines.next() {
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                let function = lines.next().unwrap().trim_start_matches("async ");
                found.insert(function.trim_start_matches("fn ").split('(').next().unwrap());
            }
            assert!(!line.starts_with("#[ignore"), "a row that is not tested: {line}");
        }
    }
    assert_eq!(found, listed);
}

/// Refused for the right reason, natively and by the command, where the control is accepted by both.
fn attack(name: &str, rule: &str, control: &str) {
    accepted(case(control));
    refused(case(name), rule);
}

/// A case of the test authority by its name.
fn case(name: &str) -> &'static Case {
    cases::all().iter().find(|case| case.name == name).unwrap_or_else(|| panic!("no case {name}"))
}

fn accepted(case: &Case) {
    let judged = judge(case);
    assert!(judged.is_ok(), "{}: {judged:?}", case.name);
    let (code, document) = run(case, &[]);
    assert_eq!(code, 0, "{}: {document:#}", case.name);
    assert_eq!(document["result"], "verified", "{}", case.name);
}

fn refused(case: &Case, rule: &str) {
    let refused = judge(case).expect_err(case.name);
    assert_eq!(refused.rule, rule, "{}: {}", case.name, refused.text);
    let (code, document) = run(case, &[]);
    assert_eq!(code, 1, "{}: {document:#}", case.name);
    assert_eq!(document["result"], "refused", "{}", case.name);
    assert_eq!(document["verified"], Value::Array(Vec::new()), "{}", case.name);
    let first = document["rejected"][0]["rule"].as_str().unwrap_or(NOTHING);
    assert_eq!(first, rule, "{}: {document:#}", case.name);
}

/// Refused, and the text says this.
fn refused_saying(case: &Case, rule: &str, said: &str) {
    refused(case, rule);
    let text = judge(case).expect_err(case.name).text;
    assert!(text.contains(said), "{}: {text}", case.name);
}

/// In the place of a rule: there was nothing to refuse.
const NOTHING: &str = "nothing";

/// Why the library refused: the broken rule of the candidate that came farthest.
#[derive(Debug)]
struct Refused {
    rule: &'static str,
    text: String,
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        let rule = failure.rejected().next().map_or(NOTHING, |rejected| family(rejected.error.rule()));
        Self { rule, text: failure.to_string() }
    }
}

/// What the library says of a case.
fn judge(case: &Case) -> Result<(), Refused> {
    let verifier = Verifier::new(&TrustedRoot::from_slice(&case.trusted_root).unwrap()).unwrap();
    judge_by(case, &verifier, &signer(case), requirements(case))
}

fn judge_by(
    case: &Case,
    verifier: &Verifier,
    signer: &SignerPolicy,
    requirements: Requirements,
) -> Result<(), Refused> {
    let image = [Digest::parse(&cases::demo_image().digest()).unwrap()];
    let candidates = candidates(&case.evidence);
    match &case.evidence {
        Evidence::Attestation(_) | Evidence::LegacyAttestation(_) => verifier
            .attestations(&image, &[cases::SPDX], &candidates, signer, requirements)
            .map(drop)
            .map_err(Refused::from),
        Evidence::Blob(_) => verifier
            .blob(&Artifact::Bytes(cases::ARTIFACT), &candidates[0], signer, requirements)
            .map(drop)
            .map_err(|error| Refused { rule: family(error.rule()), text: error.to_string() }),
        Evidence::ImageSignature(_) | Evidence::LegacySignature(_) => {
            verifier.signatures(&image, &candidates, signer, requirements).map(drop).map_err(Refused::from)
        }
    }
}

fn signer(case: &Case) -> SignerPolicy {
    match &case.signer {
        CaseSigner::Identity { san, issuer } => identity(san, issuer),
        CaseSigner::Key(pem) => SignerPolicy::Key(PublicKey::from_pem(pem.as_bytes()).unwrap()),
    }
}

fn identity(san: &str, issuer: &str) -> SignerPolicy {
    let exact = |text: &str| Matcher::Exact(text.to_owned());
    SignerPolicy::Identities(vec![IdentityPolicy::new(exact(san), exact(issuer))])
}

/// Of the codes for what is malformed or by another signer, the part that all of them share.
fn family(rule: &'static str) -> &'static str {
    match rule.split_once('.') {
        Some((family @ ("bundle" | "identity" | "statement"), _)) => family,
        _ => rule,
    }
}

fn requirements(case: &Case) -> Requirements {
    let mut requirements = Requirements::strict();
    if case.ignore_tlog {
        requirements = requirements.insecure_ignore_transparency_log();
    }
    if case.signed_timestamps {
        requirements = requirements.require_signed_timestamp();
    }
    requirements
}

fn candidate(kind: CandidateKind, place: Place, layer: usize, found: &Layer) -> Candidate {
    let origin = Origin { place, attached_to: None, manifest: None, layer };
    Candidate { kind, payload: found.payload.clone(), annotations: found.annotations.clone(), origin }
}

/// A bundle as it comes from a file.
fn bundle(payload: &[u8]) -> Candidate {
    let layer = Layer { media_type: String::new(), payload: payload.to_vec(), annotations: BTreeMap::new() };
    candidate(CandidateKind::Bundle, Place::File, 0, &layer)
}

fn candidates(evidence: &Evidence) -> Vec<Candidate> {
    let layers = |kind, place, layers: &[Layer]| {
        layers.iter().enumerate().map(|(n, layer)| candidate(kind, place, n, layer)).collect()
    };
    match evidence {
        Evidence::Attestation(payload) | Evidence::Blob(payload) | Evidence::ImageSignature(payload) => {
            vec![bundle(payload)]
        }
        Evidence::LegacyAttestation(found) => {
            layers(CandidateKind::LegacyAttestation, Place::AttestationTag, found)
        }
        Evidence::LegacySignature(found) => {
            layers(CandidateKind::LegacySignature, Place::SignatureTag, found)
        }
    }
}

/// The layout that holds what a case shows of the image.
fn layout(case: &Case) -> Layout {
    let image = cases::demo_image();
    let made = Layout::image(&image);
    match &case.evidence {
        Evidence::Attestation(payload) | Evidence::ImageSignature(payload) => {
            made.bundle(&image.digest(), payload)
        }
        Evidence::LegacyAttestation(layers) => made.attestations(&image.digest(), layers),
        Evidence::LegacySignature(layers) => made.signatures(&image.digest(), layers),
        Evidence::Blob(_) => panic!("a blob is in no layout"),
    }
}

/// Exit code and document of the native command for a case, with more options.
fn run(case: &Case, options: &[&str]) -> (i32, Value) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::write(folder.path().join("trusted_root.json"), &case.trusted_root).unwrap();
    let mut arguments = match &case.evidence {
        Evidence::Blob(payload) => {
            fs::write(folder.path().join("bundle.json"), payload).unwrap();
            fs::write(folder.path().join("artifact"), cases::ARTIFACT).unwrap();
            vec!["verify-blob".to_owned(), "--bundle".to_owned(), at("bundle.json"), at("artifact")]
        }
        evidence => {
            layout(case).write(&folder.path().join("layout"));
            let attested = matches!(evidence, Evidence::Attestation(_) | Evidence::LegacyAttestation(_));
            let wanted = attested.then(|| format!("--type={}", cases::SPDX));
            let image = format!("oci:{}", at("layout"));
            ["verify".to_owned(), image].into_iter().chain(wanted).collect()
        }
    };
    arguments.push(format!("--trusted-root={}", at("trusted_root.json")));
    match &case.signer {
        CaseSigner::Identity { san, issuer } => {
            arguments.extend([format!("--identity={san}"), format!("--issuer={issuer}")]);
        }
        CaseSigner::Key(pem) => {
            fs::write(folder.path().join("key.pub"), pem).unwrap();
            arguments.push(format!("--key={}", at("key.pub")));
        }
    }
    let flags =
        [(case.signed_timestamps, "--use-signed-timestamps"), (case.ignore_tlog, "--insecure-ignore-tlog")];
    arguments.extend(flags.iter().filter(|(set, _)| *set).map(|(_, flag)| (*flag).to_owned()));
    let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    arguments.extend(["--offline", "--format=json"]);
    arguments.extend(options);
    let output = command(&arguments);
    let code = output.status.code().unwrap_or_else(|| panic!("{}: killed", case.name));
    (code, document(&output))
}

/// The outcome of the one image or file that a command was asked about.
fn document(output: &Output) -> Value {
    let document: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    document["images"].as_array().and_then(|images| images.first()).unwrap_or(&document).clone()
}

/// What it says is wrong.
fn message(document: &Value) -> String {
    let error = &document["error"];
    error.as_str().or(error["message"].as_str()).unwrap_or_default().to_owned()
}

/// The binary, with nothing from the environment.
fn command(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_clear().args(arguments).stdin(Stdio::null());
    command.output().unwrap()
}

/// A bundle of the index of vectors is refused for this reason; skipped without the vectors.
fn vector(id: &str, rule: &str) {
    let Some((folder, case)) = vector_case(id) else { return };
    let error = vectors::judge_case(&folder, &case).expect_err(id);
    assert_eq!(family(error.rule()), rule, "{id}: {error}");
}

/// The image of a layout of the index of vectors is refused for this reason; skipped without the vectors.
fn vector_layout(id: &str, predicate_type: Option<&str>, rule: &str) {
    let Some((folder, case)) = vector_case(id) else { return };
    let judged = vectors::judge_layout(&folder, &case, case["key"].as_str(), predicate_type);
    let refused = Refused::from(judged.unwrap().expect_err(id));
    assert_eq!(refused.rule, rule, "{id}: {}", refused.text);
}

fn vector_case(id: &str) -> Option<(PathBuf, Value)> {
    let folder = crate::support::vectors()?.join("cosign");
    let index: Value = serde_json::from_slice(&fs::read(folder.join("index.json")).unwrap()).unwrap();
    let lists = ["bundles", "negatives", "layouts", "negative_layouts"];
    let mut all = lists.iter().flat_map(|list| index[list].as_array().unwrap());
    let found = all.find(|case| case["id"] == id).unwrap_or_else(|| panic!("no vector {id}"));
    Some((folder, found.clone()))
}
