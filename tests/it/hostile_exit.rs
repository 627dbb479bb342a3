//! Hostile registries, seen from the command line: exit code 2, a reason, and never "not signed".
//!
//! What takes the program's own patience (a body that drips, silence) is tested with shorter times in
//! `registry.rs`.

use std::process::Output;
use std::time::Duration;
use std::time::Instant;

use portcullis::digest::Digest;
use serde_json::json;

use crate::support::registry::INDEX;
use crate::support::registry::MANIFEST;
use crate::support::registry::Misbehaviour;
use crate::support::registry::Options;
use crate::support::registry::ReferrersApi;
use crate::support::registry::TestRegistry;
use crate::support::registry::tag_of;

/// Asks for a signature only: what is refused for another reason is refused, whatever is not known.
const POLICY: &str = "
version: 1
signature:
  identities: [{identity: release@example.com, issuer: https://accounts.example.com}]
sbom: {required: false}
scan: {required: false}
";
const VERIFY: [&str; 5] =
    ["verify", "--identity", "release@example.com", "--issuer", "https://accounts.example.com"];

async fn run(arguments: &[&str], registry: &TestRegistry) -> Output {
    let image = format!("{}/app:1", registry.address);
    tokio::process::Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(arguments)
        .arg(&image)
        .env_clear()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .await
        .unwrap()
}

async fn check(name: &str, at: &str, how: Misbehaviour) {
    let registry = TestRegistry::start(Options::default()).await;
    registry.put_image("app", "1");
    registry.misbehave(at, how);
    let policy = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(policy.path(), POLICY).unwrap();
    let gate = ["gate", "--policy", policy.path().to_str().unwrap()];
    for arguments in [&VERIFY[..], &gate[..]] {
        let start = Instant::now();
        let output = run(arguments, &registry).await;
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        let command = arguments[0];
        assert_eq!(output.status.code(), Some(2), "{command}, {name} at {at}: {text}");
        assert!(!text.contains("no signature") && !text.contains("not signed"), "{name} at {at}: {text}");
        assert!(
            text.contains(&registry.address.to_string()),
            "{command}, {name} at {at} names nobody: {text}"
        );
        assert!(start.elapsed() < Duration::from_secs(30), "{name} at {at}: {:?}", start.elapsed());
    }
    // The ceiling of a manifest, for each request and attempt, and what the sockets' buffers hold.
    assert!(registry.sent() < 256 << 20, "{name} at {at}: {} bytes taken", registry.sent());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_misbehaviour_is_undecided() {
    let redirect = [("location", "/v2/app/manifests/1")];
    let wrong = Misbehaviour::answer(200, &[("content-type", INDEX)], "wrong bytes");
    let cases = [
        ("endless", Misbehaviour::Endless),
        ("broken off", Misbehaviour::BreakOff),
        ("layers without end", Misbehaviour::LayersWithoutEnd),
        ("wrong bytes", wrong),
        ("401", Misbehaviour::status(401)),
        ("403", Misbehaviour::status(403)),
        ("429", Misbehaviour::status(429)),
        ("500", Misbehaviour::status(500)),
    ];
    let jobs = ["/manifests/1", ".sig"]
        .into_iter()
        .flat_map(|at| cases.iter().map(move |(name, how)| check(name, at, how.clone())));
    futures_util::future::join_all(jobs).await;
    check("redirect loop", "/manifests/1", Misbehaviour::answer(307, &redirect, "")).await;
}

/// The image itself is not there: no decision either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_absent_image_is_undecided() {
    check("404", "/manifests/1", Misbehaviour::status(404)).await;
}

/// A referrer that is listed and gone may have been the signature.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_referrer_that_is_gone_is_undecided() {
    let referrers = ReferrersApi::Present { page: 9 };
    let registry = TestRegistry::start(Options { referrers, ..Options::default() }).await;
    let image = registry.put_image("app", "1");
    registry.put_bundle("app", &image, b"bundle");
    registry.misbehave("/manifests/sha256:", Misbehaviour::status(404));
    let output = run(&VERIFY, &registry).await;
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("listed as attached to the image, but it is not there"), "{text}");
    assert!(!text.contains("no signature"), "{text}");
}

/// The same for the drop-in, also where something else is attached: then it would say 10, "no signatures found".
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_referrer_that_is_gone_is_not_unsigned_to_the_drop_in() {
    let registry = TestRegistry::start(Options::default()).await;
    let image = registry.put_image("app", "1");
    let mut layer = registry.put_blob(b"{}");
    layer["mediaType"] = json!("application/vnd.dsse.envelope.v1+json");
    let attestations = json!({"schemaVersion": 2, "config": registry.put_blob(b"{}"), "layers": [layer]});
    registry.put_document("app", &format!("{}.att", tag_of(&image)), &attestations);
    let signer =
        ["--certificate-identity", "a@example.com", "--certificate-oidc-issuer", "https://example.com"];
    let verify = [&["cosign", "verify"], signer.as_slice()].concat();
    assert_eq!(run(&verify, &registry).await.status.code(), Some(10), "nothing is gone yet");
    let gone = json!({"mediaType": MANIFEST, "digest": Digest::sha256(b"gone").to_string(), "size": 4});
    registry.put_fallback_tag("app", &image, &[gone]);
    let attestation = [&["cosign", "verify-attestation"], signer.as_slice()].concat();
    let signatures = vec!["cosign", "download", "signature"];
    for arguments in [verify, attestation, signatures] {
        let output = run(&arguments, &registry).await;
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {text}");
        assert!(
            text.contains("listed as attached to the image, but it is not there"),
            "{arguments:?}: {text}"
        );
        assert!(!text.contains("no signatures") && !text.contains("no matching"), "{arguments:?}: {text}");
    }
}
