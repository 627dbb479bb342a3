//! The collected vectors: the official Sigstore conformance cases, and real bundles and layers with derived
//! negatives. Read where they lie: `PORTCULLIS_VECTORS`, or `../shared/vectors` beside the package.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use portcullis::bundle::Candidate;
use portcullis::bundle::CandidateKind;
use portcullis::bundle::Origin;
use portcullis::bundle::Place;
use portcullis::crypto::PublicKey;
use portcullis::digest::Digest;
use portcullis::evidence::Lookup;
use portcullis::identity::IdentityPolicy;
use portcullis::identity::Matcher;
use portcullis::oci::PlatformFilter;
use portcullis::oci::Reference;
use portcullis::pipeline;
use portcullis::pipeline::Question;
use portcullis::pipeline::Wanted;
use portcullis::predicate::PredicateType;
use portcullis::source::Layout;
use portcullis::trust::Embedded;
use portcullis::trust::TrustedRoot;
use portcullis::verify::Artifact;
use portcullis::verify::Failure;
use portcullis::verify::Requirements;
use portcullis::verify::SignerPolicy;
use portcullis::verify::Verifier;
use portcullis::verify::VerifyError;
use serde_json::Value;

use crate::support::vectors;

/// A candidate from a file.
pub fn file_candidate(payload: Vec<u8>) -> Candidate {
    let origin = Origin { place: Place::File, attached_to: None, manifest: None, layer: 0 };
    Candidate { kind: CandidateKind::Bundle, payload, annotations: BTreeMap::new(), origin }
}

/// Whose signature a case asks for.
pub fn signer(
    identity: Option<&str>,
    issuer: Option<&str>,
    key: Option<&Path>,
) -> Result<SignerPolicy, String> {
    if let Some(key) = key {
        let key = PublicKey::from_pem(&fs::read(key).unwrap()).map_err(|error| error.to_string())?;
        return Ok(SignerPolicy::Key(key));
    }
    let exact = |text: Option<&str>| text.map_or(Matcher::Anything, |text| Matcher::Exact(text.to_owned()));
    Ok(SignerPolicy::Identities(vec![IdentityPolicy::new(exact(identity), exact(issuer))]))
}

/// Compares what happened with what is expected, less the known exceptions.
pub fn compare(outcomes: BTreeMap<String, Result<(), String>>) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/exceptions.json");
    let exceptions: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let mut problems = Vec::new();
    for (case, outcome) in &outcomes {
        match (outcome, exceptions["vectors"].get(case)) {
            (Ok(()), None) | (Err(_), Some(_)) => {}
            (Ok(()), Some(_)) => problems.push(format!("{case}: agrees now, remove the exception")),
            (Err(problem), None) => problems.push(format!("{case}: {problem}")),
        }
    }
    assert!(problems.is_empty(), "{} of {}:\n{}", problems.len(), outcomes.len(), problems.join("\n"));
}

/// What a case is: it must be accepted or refused.
pub fn judge(expected: bool, outcome: Result<(), String>) -> Result<(), String> {
    match (expected, outcome) {
        (true, Ok(())) | (false, Err(_)) => Ok(()),
        (true, Err(error)) => Err(format!("refused: {error}")),
        (false, Ok(())) => Err("accepted".to_owned()),
    }
}

#[test]
fn conformance() {
    let Some(folder) = vectors() else { return };
    let outcomes = conformance_outcomes(&folder);
    assert_eq!(outcomes.len(), 140, "70 cases, each with the file and with its digest");
    compare(outcomes);
}

/// Every conformance case, with the file and with its digest.
pub fn conformance_outcomes(folder: &Path) -> BTreeMap<String, Result<(), String>> {
    let cases = folder.join("conformance/bundle-verify");
    let production = TrustedRoot::embedded(Embedded::Production).unwrap();
    let mut outcomes = BTreeMap::new();
    for case in fs::read_dir(&cases).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        let text = |file: &str, default: &str| {
            fs::read_to_string(case.join(file))
                .map_or_else(|_| default.to_owned(), |text| text.trim().to_owned())
        };
        let artifact =
            fs::read(case.join("artifact")).unwrap_or_else(|_| fs::read(cases.join("a.txt")).unwrap());
        let root = match fs::read(case.join("trusted_root.json")) {
            Ok(json) => TrustedRoot::from_slice(&json),
            Err(_) => Ok(production.clone()),
        };
        let key = Some(case.join("key.pub")).filter(|path| path.exists());
        let signer = signer(
            Some(&text("identity", CONFORMANCE_IDENTITY)),
            Some(&text("issuer", "https://token.actions.githubusercontent.com")),
            key.as_deref(),
        );
        let candidate = file_candidate(fs::read(case.join("bundle.sigstore.json")).unwrap());
        let verify = |artifact: Artifact<'_>| -> Result<(), String> {
            let verifier =
                Verifier::new(root.as_ref().map_err(ToString::to_string)?).map_err(|e| e.to_string())?;
            let verified = verifier.blob(
                &artifact,
                &candidate,
                signer.as_ref().map_err(Clone::clone)?,
                Requirements::strict(),
            );
            verified.map(drop).map_err(|error| error.to_string())
        };
        let expected = !name.ends_with("_fail");
        let digest = Artifact::Digest(Digest::sha256(&artifact));
        outcomes.insert(format!("{name}/path"), judge(expected, verify(Artifact::Bytes(&artifact))));
        outcomes.insert(format!("{name}/digest"), judge(expected, verify(digest)));
    }
    outcomes
}

#[test]
fn bundles() {
    let Some(folder) = vectors() else { return };
    let outcomes = bundle_outcomes(&folder);
    assert!(outcomes.len() >= 50, "only {} bundles", outcomes.len());
    compare(outcomes);
}

/// Every real bundle and derived negative of the index.
pub fn bundle_outcomes(folder: &Path) -> BTreeMap<String, Result<(), String>> {
    let folder = folder.join("cosign");
    let index: Value = serde_json::from_slice(&fs::read(folder.join("index.json")).unwrap()).unwrap();
    let mut outcomes = BTreeMap::new();
    for case in ["bundles", "negatives"].iter().flat_map(|part| index[part].as_array().unwrap()) {
        let id = case["id"].as_str().unwrap().to_owned();
        let choice = POLICY.iter().find(|(policy, _, _)| *policy == id).map(|(_, accepted, _)| *accepted);
        let expected = match (case["expect"].as_str().unwrap(), choice) {
            ("POLICY", Some(accepted)) => accepted,
            ("POLICY", None) => {
                println!("{id} is a matter of policy, without a choice of ours: not judged");
                continue;
            }
            (expect, _) => expect == "PASS",
        };
        outcomes.insert(id, judge(expected, verify_case(&folder, case)));
    }
    outcomes
}

fn verify_case(folder: &Path, case: &Value) -> Result<(), String> {
    judge_case(folder, case).map_err(|error| error.to_string())
}

/// What is wrong with a bundle of the index.
pub fn judge_case(folder: &Path, case: &Value) -> Result<(), VerifyError> {
    let flags: Vec<&str> =
        case["cosign_flags"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let root = fs::read(folder.join(case["trust"].as_str().unwrap())).unwrap();
    let verifier = Verifier::new(&TrustedRoot::from_slice(&root).unwrap()).unwrap();
    let key = case["key"].as_str().map(|key| folder.join(key));
    let signer = signer(case["identity"].as_str(), case["issuer"].as_str(), key.as_deref());
    let candidate = file_candidate(fs::read(folder.join(case["file"].as_str().unwrap())).unwrap());
    let bytes = case["artifact"].as_str().map(|artifact| fs::read(folder.join(artifact)).unwrap());
    let digest = case["artifact_digest"].as_str().map(|digest| Digest::parse(digest).unwrap());
    let artifact = match (&bytes, digest) {
        (Some(bytes), _) => Artifact::Bytes(bytes),
        (None, Some(digest)) => Artifact::Digest(digest),
        (None, None) => Artifact::Bytes(b"test content"),
    };
    verifier.blob(&artifact, &candidate, &signer.unwrap(), requirements(&flags)).map(drop)
}

/// The requirements that cosign's flags stand for.
pub fn requirements(flags: &[&str]) -> Requirements {
    flags.iter().fold(Requirements::strict(), |requirements, flag| match *flag {
        "--insecure-ignore-tlog" => requirements.insecure_ignore_transparency_log(),
        "--insecure-ignore-sct" => requirements.insecure_ignore_certificate_timestamp(),
        flag if flag.starts_with("--use-signed-timestamps") => requirements.require_signed_timestamp(),
        flag => {
            println!("flag {flag} has no counterpart: the case is judged without it");
            requirements
        }
    })
}

pub const CONFORMANCE_IDENTITY: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";

/// Cases that are a matter of policy: our choice, and why.
pub const POLICY: [(&str, bool, &str); 2] = [
    (
        "go-public-key-validity",
        false,
        "a key bundle without log entry is refused unless the log is ignored by flag",
    ),
    (
        "n-downgrade-v01-set-only",
        true,
        "a v0.1 bundle may rest on its signed entry timestamp; --require-inclusion-proof refuses it",
    ),
];

#[test]
fn layouts() {
    let Some(folder) = vectors() else { return };
    let folder = folder.join("cosign");
    let index: Value = serde_json::from_slice(&fs::read(folder.join("index.json")).unwrap()).unwrap();
    let mut outcomes = BTreeMap::new();
    for case in ["layouts", "negative_layouts"].iter().flat_map(|part| index[part].as_array().unwrap()) {
        let id = case["id"].as_str().unwrap();
        let expected = case["expect"].as_str().unwrap() == "PASS";
        let key = case["key"].as_str();
        let kind = case["kind"].as_str().unwrap();
        if kind.contains("sig") {
            outcomes
                .insert(format!("{id}/signature"), judge(expected, verify_layout(&folder, case, key, None)));
        }
        if kind.contains("att") {
            let named = kind.split_once("--type ").and_then(|(_, rest)| rest.split([')', ' ']).next());
            let provenance = verify_layout(&folder, case, key, Some(named.unwrap_or("slsaprovenance")));
            outcomes.insert(format!("{id}/attestation"), judge(expected, provenance));
            // CVE-2022-35929: there is an attestation, and another type is asked for.
            let other = verify_layout(&folder, case, key, Some("spdxjson"));
            outcomes.insert(format!("{id}/other type"), judge(false, other));
        }
        if !kind.contains("sig") {
            outcomes
                .insert(format!("{id}/no signature"), judge(false, verify_layout(&folder, case, key, None)));
        }
        let keys = OTHER_KEYS.iter().filter(|(layout, _, _)| *layout == id);
        for (_, key, accepted) in keys {
            let outcome = verify_layout(&folder, case, Some(key), None);
            outcomes.insert(format!("{id}/{key}"), judge(*accepted, outcome));
        }
    }
    assert!(outcomes.len() >= 10, "only {} layout cases", outcomes.len());
    compare(outcomes);
}

fn verify_layout(
    folder: &Path,
    case: &Value,
    key: Option<&str>,
    predicate_type: Option<&str>,
) -> Result<(), String> {
    judge_layout(folder, case, key, predicate_type)?.map_err(|failure| failure.to_string())
}

/// What is wrong with the image of a layout of the index; a text if the layout could not be read.
pub fn judge_layout(
    folder: &Path,
    case: &Value,
    key: Option<&str>,
    predicate_type: Option<&str>,
) -> Result<Result<(), Failure>, String> {
    let flags: Vec<&str> = case["flags"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let root = fs::read(folder.join(case["trust"].as_str().unwrap())).unwrap();
    let verifier = Verifier::new(&TrustedRoot::from_slice(&root).unwrap()).unwrap();
    let key = key.map(|key| folder.join(key));
    let signer = signer(case["identity"].as_str(), case["issuer"].as_str(), key.as_deref())?;
    let directory = folder.join(case["dir"].as_str().unwrap());
    let reference = Reference::parse(&format!("oci:{}", directory.display())).unwrap();
    let predicate_type = predicate_type.map(|text| PredicateType::parse(text).unwrap());
    let question = Question {
        wanted: match &predicate_type {
            Some(predicate_type) => Wanted::Attestation(predicate_type.uris()),
            None => Wanted::Signature,
        },
        platforms: PlatformFilter::All,
        lookup: &Lookup::default(),
        signer: &signer,
        requirements: requirements(&flags),
    };
    let source = Layout::open(&directory).map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let verification = runtime.block_on(pipeline::verify_image(&source, &reference, &question, &verifier));
    let verification = verification.map_err(|error| error.to_string())?;
    Ok(verification.result.map(drop))
}

/// Keys beside the one of the index that sign a layout, or do not; from the `why` of the index.
pub const OTHER_KEYS: [(&str, &str, bool); 5] = [
    ("ci-cosign-key-rekor-valid", "trust/ci-cosign.pub", false),
    ("connaisseur-multi-cosigned-alice-bob-charlie", "trust/connaisseur-alice.key", true),
    ("connaisseur-multi-cosigned-alice-bob-charlie", "trust/connaisseur-bob.key", true),
    ("connaisseur-multi-cosigned-alice-bob-charlie", "trust/connaisseur-charlie.key", true),
    ("connaisseur-multi-cosigned-alice-bob-charlie", "trust/connaisseur-default.key", false),
];
