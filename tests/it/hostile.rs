//! Attacks on whole commands: what an attacker who owns a registry, an index or a report would try.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use portcullis::bundle::Candidate;
use portcullis::bundle::CandidateKind;
use portcullis::bundle::Origin;
use portcullis::bundle::Place;
use portcullis::evidence::Lookup;
use portcullis::gate::Decision;
use portcullis::gate::Policy;
use portcullis::identity::IdentityPolicy;
use portcullis::identity::Matcher;
use portcullis::oci::PlatformFilter;
use portcullis::oci::Reference;
use portcullis::pipeline;
use portcullis::pipeline::ImageVerification;
use portcullis::pipeline::Question;
use portcullis::pipeline::Wanted;
use portcullis::source::Layout;
use portcullis::trust::TrustedRoot;
use portcullis::verify::Artifact;
use portcullis::verify::Requirements;
use portcullis::verify::SignerPolicy;
use portcullis::verify::Verifier;
use serde_json::json;

use crate::support::authority::Authority;
use crate::support::authority::Ca;
use crate::support::authority::Content;
use crate::support::authority::EntryKind;
use crate::support::authority::IDENTITY;
use crate::support::authority::ISSUER;
use crate::support::authority::Image;
use crate::support::authority::KeyKind;
use crate::support::authority::Layout as Made;
use crate::support::authority::Version;
use crate::support::authority::Window;
use crate::support::authority::at;
use crate::support::authority::cases;
use crate::support::authority::image;
use crate::support::authority::legacy;

/// A genuine signature of one image by the trusted identity, as a `.sig` layer.
fn signature(authority: &Authority, image: &Image) -> legacy::Layer {
    let payload = legacy::simple_signing("registry.example/app", &image.digest(), &json!(null));
    authority.sign(&authority.keyless(Content::Message(payload))).legacy()
}

fn attestation(authority: &Authority, image: &Image) -> legacy::Layer {
    authority.sign(&authority.keyless(cases::attestation(image))).legacy()
}

/// What `portcullis verify` says of the one image of a layout.
async fn verify(
    authority: &Authority,
    layout: &Path,
    wanted: Wanted<'_>,
    platforms: PlatformFilter,
) -> ImageVerification {
    let root = TrustedRoot::from_slice(&authority.trusted_root()).unwrap();
    let verifier = Verifier::new(&root).unwrap();
    let exact = |text: &str| Matcher::Exact(text.to_owned());
    let signer = SignerPolicy::Identities(vec![IdentityPolicy::new(exact(IDENTITY), exact(ISSUER))]);
    let lookup = Lookup::default();
    let requirements = Requirements::strict();
    let question = Question { wanted, platforms, lookup: &lookup, signer: &signer, requirements };
    let reference = Reference::parse(&format!("oci:{}", layout.display())).unwrap();
    let source = Layout::open(layout).unwrap();
    pipeline::verify_image(&source, &reference, &question, &verifier).await.unwrap()
}

/// Somebody else's signed manifest beside one of the attacker's: the index is not signed.
#[tokio::test]
async fn a_signed_manifest_signs_no_index_around_it() {
    let authority = Authority::default();
    let (genuine, evil) = (Image::new("demo", "amd64"), Image::new("evil", "amd64"));
    let folder = tempfile::tempdir().unwrap();
    Made::index(&[evil.clone(), genuine.clone()])
        .signatures(&genuine.digest(), &[signature(&authority, &genuine)])
        .attestations(&genuine.digest(), &[attestation(&authority, &genuine)])
        .write(folder.path());
    let all = PlatformFilter::All;
    for wanted in [Wanted::Signature, Wanted::Attestation(vec![cases::SPDX])] {
        let error = verify(&authority, folder.path(), wanted, all.clone()).await.result.unwrap_err();
        assert!(error.to_string().contains(&evil.digest()), "{error}");
    }
    let amd64 = PlatformFilter::Only(vec!["linux/amd64".parse().unwrap()]);
    assert!(verify(&authority, folder.path(), Wanted::Signature, amd64).await.result.is_err());
}

/// The index is signed by way of its parts if each of them is.
#[tokio::test]
async fn an_index_is_covered_by_signatures_of_all_its_manifests() {
    let authority = Authority::default();
    let images = [Image::new("demo", "amd64"), Image::new("demo", "arm64")];
    let mut made = Made::index(&images);
    for image in &images {
        // One manifest of signatures: a layout has no tags to tell two apart.
        let bundle = authority.sign(&authority.keyless(cases::attestation(image))).bundle();
        made = made.bundle(&image.digest(), &bundle);
    }
    let folder = tempfile::tempdir().unwrap();
    made.write(folder.path());
    let spdx = || Wanted::Attestation(vec![cases::SPDX]);
    assert!(verify(&authority, folder.path(), spdx(), PlatformFilter::All).await.result.is_ok());

    // One of two: enough only where nothing else is asked for.
    let bundle = authority.sign(&authority.keyless(cases::attestation(&images[0]))).bundle();
    let folder = tempfile::tempdir().unwrap();
    Made::index(&images).bundle(&images[0].digest(), &bundle).write(folder.path());
    assert!(verify(&authority, folder.path(), spdx(), PlatformFilter::All).await.result.is_err());
    let amd64 = PlatformFilter::Only(vec!["linux/amd64".parse().unwrap()]);
    assert!(verify(&authority, folder.path(), spdx(), amd64).await.result.is_ok());

    // An entry that no media type of ours describes may be what a runtime picks.
    let mut strange: serde_json::Value = serde_json::from_slice(&image::index(&images)).unwrap();
    strange["manifests"][1]["mediaType"] = json!("application/vnd.example.image");
    let statement = Image { manifest: images[0].manifest.clone(), ..images[0].clone() };
    let mut made = Made::image(&statement);
    made.manifests.clear();
    let mut descriptor = made.add(image::INDEX, strange.to_string().as_bytes());
    descriptor["annotations"] = json!({ "kind": "dev.cosignproject.cosign/imageIndex" });
    made.manifests.push(descriptor);
    let folder = tempfile::tempdir().unwrap();
    made.signatures(&images[0].digest(), &[signature(&authority, &images[0])]).write(folder.path());
    let found = verify(&authority, folder.path(), Wanted::Signature, PlatformFilter::All).await;
    assert!(found.result.is_err());
}

fn interop(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/interop").join(case)
}

/// `portcullis gate ... | head -1` under `pipefail` must not turn a refusal into a pass.
#[test]
fn a_refusal_that_nobody_reads_is_one() {
    let case = interop("unsigned_fail");
    let layout = fs::read_dir(&case).unwrap().find(|entry| entry.as_ref().unwrap().path().is_dir());
    let layout = layout.expect("a layout").unwrap().path();
    for format in ["text", "json"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_portcullis"))
            .args(["gate", "--offline", "--format", format, "--policy"])
            .arg(case.join("portcullis.yaml"))
            .arg("--trusted-root")
            .arg(interop("trusted_root.json"))
            .arg(format!("oci:{}", layout.display()))
            .env_remove("GITHUB_STEP_SUMMARY")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(1), "{format}");
    }
}

/// The trusted root has the root certificate only; the intermediate comes with the evidence.
fn root_without_intermediate(authority: &Authority) -> TrustedRoot {
    let mut root = authority.trusted_root_value();
    let chain = &mut root["certificateAuthorities"][0]["certChain"]["certificates"];
    chain.as_array_mut().unwrap().remove(0);
    TrustedRoot::from_slice(root.to_string().as_bytes()).unwrap()
}

fn blob(authority: &Authority, kind: KeyKind) -> Result<(), String> {
    let request = authority.keyless(Content::message("text")).key(kind).version(Version::V02);
    judge_blob(&root_without_intermediate(authority), authority.sign(&request).bundle())
}

fn judge_blob(root: &TrustedRoot, bundle: Vec<u8>) -> Result<(), String> {
    let verifier = Verifier::new(root).unwrap();
    let candidate = Candidate {
        kind: CandidateKind::Bundle,
        payload: bundle,
        annotations: BTreeMap::new(),
        origin: Origin { place: Place::File, attached_to: None, manifest: None, layer: 0 },
    };
    let exact = |text: &str| Matcher::Exact(text.to_owned());
    let signer = SignerPolicy::Identities(vec![IdentityPolicy::new(exact(IDENTITY), exact(ISSUER))]);
    let judged = verifier.blob(&Artifact::Bytes(b"text"), &candidate, &signer, Requirements::strict());
    judged.map(drop).map_err(|error| error.to_string())
}

/// CVE-2026-24122, one certificate up: the path leads over the bundle's own intermediate to a root that had
/// expired, which no name in the leaf points to.
#[test]
fn an_expired_root_behind_an_intermediate_of_the_bundle() {
    let years = |end| Window::new(at("2024-01-01T00:00:00Z"), at(end));
    for kind in [KeyKind::P256, KeyKind::P521] {
        let good = Authority::default();
        assert_eq!(blob(&good, kind), Ok(()), "{kind:?}");
        let ca = Ca::new("default", years("2025-02-01T00:00:00Z"), years("2034-01-01T00:00:00Z"));
        let error = blob(&Authority { ca, ..Authority::default() }, kind).unwrap_err();
        assert!(error.contains("2025-02-01"), "{kind:?}: {error}");
    }
}

/// GHSA-wqqc-jjcq-vfxm for logs: a proof under a key that was retired before the time of signing.
#[test]
fn a_proof_by_a_retired_log_key() {
    let authority = Authority::default();
    for (kind, entry) in
        [(KeyKind::P256, EntryKind::HashedRekord002), (KeyKind::P521, EntryKind::HashedRekord002)]
    {
        let request = authority.keyless(Content::message("text")).key(kind).entry(entry);
        let bundle = authority.sign(&request.timestamped(authority.time)).bundle();
        for (end, accepted) in [("2025-03-02T00:00:00Z", true), ("2025-02-01T00:00:00Z", false)] {
            let mut root = authority.trusted_root_value();
            root["tlogs"][1]["publicKey"]["validFor"]["end"] = json!(at(end).to_string());
            let root = TrustedRoot::from_slice(root.to_string().as_bytes()).unwrap();
            let judged = judge_blob(&root, bundle.clone());
            assert_eq!(judged.is_ok(), accepted, "{kind:?} {end}: {judged:?}");
        }
    }
}

/// Five referrers with a thousand layers each, all of one blob of two bytes.
#[tokio::test]
async fn candidates_have_a_ceiling() {
    let subject = cases::demo_image();
    let mut made = Made::image(&subject);
    let config = made.add("application/vnd.oci.empty.v1+json", b"{}");
    let layer = made.add(legacy::SIMPLE_SIGNING, b"{}");
    for number in 0..5 {
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": image::MANIFEST,
            "config": config,
            "layers": vec![&layer; 1000],
            "subject": image::descriptor(image::MANIFEST, &subject.manifest),
            "annotations": { "number": number.to_string() },
        });
        made.add(image::MANIFEST, manifest.to_string().as_bytes());
    }
    let folder = tempfile::tempdir().unwrap();
    made.write(folder.path());
    let reference = Reference::parse(&format!("oci:{}", folder.path().display())).unwrap();
    let layout = Layout::open(folder.path()).unwrap();
    let image = portcullis::source::resolve_digest(&layout, &reference, PlatformFilter::All).await.unwrap();
    let error = portcullis::evidence::collect(&layout, &image).await.unwrap_err();
    assert_eq!(error.to_string(), "there are more than 4000 signatures and attestations");
}

/// A decision by other rules than the policy's says so.
#[test]
fn a_relaxed_decision_says_so() {
    let case = interop("keyless-bundle");
    let described: serde_json::Value =
        serde_json::from_slice(&fs::read(case.join("case.json")).unwrap()).unwrap();
    let layout = case.join(described["layout"].as_str().unwrap());
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(["gate", "--offline", "--insecure-ignore-tlog", "--insecure-ignore-sct"])
        .args(["--platform", "linux/amd64", "--policy"])
        .arg(case.join("portcullis.yaml"))
        .arg("--trusted-root")
        .arg(interop("trusted_root.json"))
        .arg(format!("oci:{}@{}", layout.display(), described["image"].as_str().unwrap()))
        .env_remove("GITHUB_STEP_SUMMARY")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for said in ["no transparency log has seen", "no certificate transparency log", "of the command line"] {
        assert!(text.contains(said), "{said}: {text}");
    }
}

/// A signature that is listed and was lost on the way: nothing is known, not "there is none".
#[tokio::test]
async fn a_listed_referrer_that_is_not_there() {
    let authority = Authority::default();
    let subject = cases::demo_image();
    let signed = authority.sign(&authority.keyless(cases::attestation(&subject)));
    let mut made = Made::image(&subject).bundle(&subject.digest(), &signed.bundle());
    let tag = subject.digest().replace(':', "-");
    let mut list = made.tags[&tag].clone();
    list["annotations"] = json!({ "org.opencontainers.image.ref.name": tag });
    made.manifests.push(list);
    let lost = made.referrers[&subject.digest()][0]["digest"].as_str().unwrap().to_owned();
    made.blobs.remove(&lost);
    let folder = tempfile::tempdir().unwrap();
    made.write(folder.path());
    let policy = format!(
        "version: 1\nsignature:\n  identities: [{{identity: '{IDENTITY}', issuer: '{ISSUER}'}}]\nscan: {{required: false}}\n"
    );
    let layout = Layout::open(folder.path()).unwrap();
    let inputs = pipeline::Inputs {
        image: &Reference::parse(&format!("oci:{}", folder.path().display())).unwrap(),
        policy: &Policy::from_slice(policy.as_bytes()).unwrap(),
        keys: &[],
        root: &TrustedRoot::from_slice(&authority.trusted_root()).unwrap(),
        reports: &[],
        lookup: &Lookup::default(),
        requirements: Requirements::strict(),
    };
    let decision = pipeline::gate_image(&layout, &inputs, authority.time).await.unwrap().decision;
    assert!(matches!(decision, Decision::Undecided(_)), "{decision:?}");
}
