//! The commands of the drop-in that look at registries and move images: `tree`, `triangulate`, `download`,
//! `save`, `load`, `copy`.
//!
//! Expected texts are what cosign 3.1.1 printed for the same images in docker-registry.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Output;

use portcullis::digest::Digest;
use serde_json::Value;
use serde_json::json;

use super::cli;
use super::interop;
use crate::support::registry::Options;
use crate::support::registry::ReferrersApi;
use crate::support::registry::TestRegistry;

const DIGEST: &str = "0d06e6c086b218389fa05ba159c5a5ddb0fd445d336ce98d06c3c21de44cfb63";

async fn run(arguments: &[&str]) -> Output {
    let output = tokio::process::Command::new(cli::BINARY)
        .args(arguments)
        .env_clear()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(std::process::Stdio::null())
        .output();
    output.await.unwrap()
}

async fn cosign(arguments: &[&str]) -> Output {
    run(&[&["cosign"], arguments].concat()).await
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/interop").join(name)
}

fn blob(case_name: &str, digest: &str) -> String {
    fs::read_to_string(case(case_name).join("layout/blobs/sha256").join(digest)).unwrap()
}

/// The images of a case, in the repository `app`.
async fn registry(case_name: &str, referrers: ReferrersApi) -> TestRegistry {
    let layout = case(case_name).join("layout");
    let index: Value = serde_json::from_slice(&interop::read(&layout.join("index.json"))).unwrap();
    let registry = TestRegistry::start(Options { referrers, ..Options::default() }).await;
    let described: Value =
        serde_json::from_slice(&interop::read(&case(case_name).join("case.json"))).unwrap();
    interop::load(&registry, &layout, &index, described["image"].as_str().unwrap());
    registry
}

#[tokio::test]
async fn tree_of_tags() {
    let registry = registry("keyless-legacy", ReferrersApi::Absent).await;
    let at = format!("{}/app", registry.address);
    let output = cosign(&["tree", &format!("{at}:latest")]).await;
    assert!(output.status.success(), "{}", said(&output));
    // The order of the blocks is random in cosign.
    let expected = format!(
        "📦 Supply Chain Security Related artifacts for an image: {at}:latest
└── 🔐 Signatures for an image tag: {at}:sha256-{DIGEST}.sig
   └── 🍒 sha256:77f93d6d6c16fdea2351d6b8550118bc8df7078460a770b13a4f3ac425b2e2ff
└── 💾 Attestations for an image tag: {at}:sha256-{DIGEST}.att
   └── 🍒 sha256:be88bcbaebd76782d7609ff3e7f3e0dae242674c2e96eecc510e53497def364a
"
    );
    assert_eq!(out(&output), expected);
}

/// cosign shows these by the referrers API, or where the list tells the type; here in every case.
#[tokio::test]
async fn tree_of_referrers() {
    let api = registry("keyless-bundle", ReferrersApi::Present { page: 1 }).await;
    let at = format!("{}/app", api.address);
    let output = cosign(&["tree", &format!("{at}:latest")]).await;
    let expected = format!(
        "📦 Supply Chain Security Related artifacts for an image: {at}:latest
└── 🔗 https://spdx.dev/Document artifacts via OCI referrer: \
{at}@sha256:2cd943ea59a34b63ceb5b875a60704728edfcb1b653d056513fff6013fc05b11
   └── 🍒 sha256:07d2f92cec9d797a5223b5e5d2fac68b7459f02d422d9eda6c0d2ad7f1343017
└── 🔗 https://sigstore.dev/cosign/sign/v1 artifacts via OCI referrer: \
{at}@sha256:46944c600cbe1e6416f76361f19d3f0010a5d164fd173e94a1e2e4abcbc11b52
   └── 🍒 sha256:366135de0b2812b69e1fe154d5c0249b89d46c1d2717e0d20a71cbdd051a1dab
"
    );
    assert_eq!(out(&output), expected);
    let without = cosign(&["tree", "--experimental-oci11=false", &format!("{at}:latest")]).await;
    let nothing = format!(
        "📦 Supply Chain Security Related artifacts for an image: {at}:latest\n\
         No Supply Chain Security Related Artifacts found for image {at}:latest,\n start creating one with simply \
         running$ cosign sign <img>"
    );
    assert_eq!(out(&without), nothing);
    // Under the fallback tag, in a list that tells no types.
    let tag = registry("keyless-bundle", ReferrersApi::Absent).await;
    let entry = |digest: &str| {
        let bytes = tag.manifest("app", digest).unwrap();
        json!({"mediaType": crate::support::registry::MANIFEST, "digest": digest, "size": bytes.len()})
    };
    let entries = [
        entry("sha256:2cd943ea59a34b63ceb5b875a60704728edfcb1b653d056513fff6013fc05b11"),
        entry("sha256:46944c600cbe1e6416f76361f19d3f0010a5d164fd173e94a1e2e4abcbc11b52"),
    ];
    tag.put_fallback_tag("app", &json!({"digest": format!("sha256:{DIGEST}")}), &entries);
    let at_tag = format!("{}/app", tag.address);
    let output = cosign(&["tree", &format!("{at_tag}:latest")]).await;
    assert_eq!(out(&output), expected.replace(&at, &at_tag));
}

#[tokio::test]
async fn triangulate() {
    let registry = registry("keyless-legacy", ReferrersApi::Absent).await;
    let at = format!("{}/app", registry.address);
    for (kind, expected) in [
        ("signature", format!("{at}:sha256-{DIGEST}.sig\n")),
        ("attestation", format!("{at}:sha256-{DIGEST}.att\n")),
        ("sbom", format!("{at}:sha256-{DIGEST}.sbom\n")),
        ("digest", format!("{at}@sha256:{DIGEST}\n")),
    ] {
        let output = cosign(&["triangulate", "--type", kind, &format!("{at}:latest")]).await;
        assert_eq!(out(&output), expected);
        assert!(said(&output).starts_with("Command \"triangulate\" is deprecated"));
    }
    let output = cosign(&["triangulate", "--type", "bogus", &format!("{at}:latest")]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("Error: unknown attachment type bogus\n"), "{}", said(&output));
}

#[tokio::test]
async fn downloads() {
    let bundles = registry("keyless-bundle", ReferrersApi::Present { page: 10 }).await;
    let image = format!("{}/app:latest", bundles.address);
    let sbom = blob("keyless-bundle", "07d2f92cec9d797a5223b5e5d2fac68b7459f02d422d9eda6c0d2ad7f1343017");
    let signature =
        blob("keyless-bundle", "366135de0b2812b69e1fe154d5c0249b89d46c1d2717e0d20a71cbdd051a1dab");
    for kind in ["signature", "attestation"] {
        let output = cosign(&["download", kind, &image]).await;
        assert_eq!(out(&output), format!("{sbom}\n{signature}\n"), "{kind}");
    }
    let typed = cosign(&["download", "attestation", "--predicate-type", "spdxjson", &image]).await;
    assert_eq!(out(&typed), format!("{sbom}\n"));
    let other = cosign(&["download", "attestation", "--predicate-type", "slsaprovenance", &image]).await;
    assert_eq!((other.status.code(), out(&other).as_str()), (Some(0), ""));

    let tags = registry("keyless-legacy", ReferrersApi::Absent).await;
    let image = format!("{}/app:latest", tags.address);
    let envelope = blob("keyless-legacy", "be88bcbaebd76782d7609ff3e7f3e0dae242674c2e96eecc510e53497def364a");
    let output = cosign(&["download", "attestation", &image]).await;
    assert_eq!(out(&output), format!("{}\n", envelope.trim_end()));
    let output = cosign(&["download", "signature", &image]).await;
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(out(&output).lines().count(), 1);
    let start = r#"{"Base64Signature":"MEQCIB7tNELxAXroT06Bjr50JXnBKzuaDlM400B4/VGz6CDYAiBrnV4GzoJviyIuM6mQhxlHlYvPBbSZk0q9ZlI/5uqQlQ==","Payload":"#;
    assert!(out(&output).starts_with(start), "{}", out(&output));
    // In full: as a floating-point number it would be another.
    let serial = "\"SerialNumber\":139969988235533939543282301487151480551,";
    assert!(out(&output).contains(serial), "{}", out(&output));
    assert_eq!(line["Cert"]["NotBefore"], "2026-11-23T14:51:48Z");
    assert_eq!(line["Chain"].as_array().unwrap().len(), 2);
    assert_eq!(line["Bundle"]["Payload"]["logIndex"], 1003);
    assert_eq!(line["RFC3161Timestamp"], Value::Null);
    let missing = cosign(&["download", "attestation", "--predicate-type", "slsaprovenance", &image]).await;
    assert_eq!(missing.status.code(), Some(1));
    let text = "Error: no attestations with predicate type 'https://slsa.dev/provenance/v0.2' found\n";
    assert!(said(&missing).contains(text), "{}", said(&missing));
    let sbom = cosign(&["download", "sbom", &image]).await;
    assert_eq!(sbom.status.code(), Some(1));
    assert!(said(&sbom).contains("Error: no sbom attached to reference\n"), "{}", said(&sbom));
}

#[tokio::test]
async fn downloads_of_what_is_not_there() {
    let registry = registry("unsigned_fail", ReferrersApi::Absent).await;
    let image = format!("{}/app:latest", registry.address);
    let absent = format!("{}/app:absent", registry.address);
    let single = cosign(&["download", "attestation", "--platform", "linux/amd64", &image]).await;
    assert!(said(&single).contains("Error: specified reference is not a multiarch image\n"));
    for (kind, text) in [
        ("signature", format!("Error: {image}: no signatures associated\n")),
        ("attestation", "Error: found no attestations\n".to_owned()),
    ] {
        let output = cosign(&["download", kind, &image]).await;
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains(&text), "{}", said(&output));
        let output = cosign(&["download", kind, &absent]).await;
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains("Error: entity not found in registry, error: "), "{}", said(&output));
    }
}

/// The digests of everything that `verify` accepts of an image.
async fn verified(image: &str, described: &Value, kind: &[&str]) -> (Option<i32>, BTreeSet<String>) {
    let root = case("x").with_file_name("trusted_root.json").display().to_string();
    let mut words = vec!["verify", "--format", "json", "--trusted-root", &root];
    words.extend(kind);
    let identity = described["identity"].as_str();
    let Some(identity) = identity else { return (None, BTreeSet::new()) };
    words.extend(["--identity", identity, "--issuer", described["issuer"].as_str().unwrap(), image]);
    let output = run(&words).await;
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let proofs = document["images"][0]["verified"].as_array().into_iter().flatten();
    let found = proofs.map(|proof| format!("{} of {}", proof["candidate"], proof["subject"]));
    (output.status.code(), found.collect())
}

/// What is accepted of an image is accepted after `save` and `load`, and after `copy`, also where the new
/// registry has no referrers API: for images and indexes, tags and bundles.
#[tokio::test]
async fn nothing_is_lost_on_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let mut compared = 0;
    for (path, described) in interop::cases() {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let index: Value = serde_json::from_slice(&interop::read(&path.join("layout/index.json"))).unwrap();
        let saved = index["manifests"][0]["annotations"].get("kind").is_some();
        let referrers = if saved { ReferrersApi::Present { page: 2 } } else { ReferrersApi::Absent };
        let from = registry(&name, referrers).await;
        let to = TestRegistry::start(Options::default()).await;
        let image = format!("{}/app:latest", from.address);
        let directory = folder.path().join(&name).display().to_string();
        let (loaded, copied) = (format!("{}/loaded:1", to.address), format!("{}/copied:1", to.address));
        for words in [
            vec!["save", "--dir", &directory, &image],
            vec!["load", "--dir", &directory, &loaded],
            vec!["copy", &image, &copied],
        ] {
            let output = cosign(&words).await;
            assert!(output.status.success(), "{name} {words:?}: {}", said(&output));
            assert_eq!(out(&output), "");
        }
        for kind in [&[][..], &["--type", "spdxjson"]] {
            let expected = verified(&image, &described, kind).await;
            for other in [&loaded, &copied, &format!("oci:{directory}")] {
                assert_eq!(verified(other, &described, kind).await, expected, "{name}: {other}");
                compared += 1;
            }
        }
        // The layers went along.
        let manifest = to.manifest("loaded", "1").unwrap();
        assert_eq!(Some(&manifest), from.manifest("app", "latest").as_ref());
        assert_eq!(format!("{}", Digest::sha256(&manifest)), described["image"].as_str().unwrap());
    }
    assert_eq!(compared, 12 * 2 * 3);
}

#[tokio::test]
async fn copy_overwrites_only_when_forced() {
    let from = registry("keyless-legacy", ReferrersApi::Absent).await;
    let to = TestRegistry::start(Options::default()).await;
    to.put_image("copy", "1");
    let (image, target) = (format!("{}/app:latest", from.address), format!("{}/copy:1", to.address));
    let before = to.manifest("copy", "1");
    let output = cosign(&["copy", &image, &target]).await;
    assert_eq!(output.status.code(), Some(1));
    let text = format!("Error: image \"{target}\" already exists. Use `-f` to overwrite\n");
    assert!(said(&output).contains(&text), "{}", said(&output));
    assert_eq!(to.manifest("copy", "1"), before);
    assert!(cosign(&["copy", "-f", &image, &target]).await.status.success());
    assert_eq!(to.manifest("copy", "1"), from.manifest("app", "latest"));
}

#[tokio::test]
async fn copy_of_parts() {
    let from = registry("keyless-legacy", ReferrersApi::Absent).await;
    let image = format!("{}/app:latest", from.address);
    for (flag, signature, attestation) in
        [("--only=sig", true, false), ("--sig-only", true, false), ("--only=att", false, true)]
    {
        let to = TestRegistry::start(Options::default()).await;
        let output = cosign(&["copy", flag, &image, &format!("{}/copy:1", to.address)]).await;
        assert!(output.status.success(), "{}", said(&output));
        let has = |suffix: &str| to.manifest("copy", &format!("sha256-{DIGEST}{suffix}")).is_some();
        // The image itself goes along under this tag, and without its own.
        assert_eq!((has(".sig"), has(".att"), has("")), (signature, attestation, true), "{flag}");
        assert!(to.manifest("copy", "1").is_none());
    }
    let output = cosign(&["copy", "--only=bogus", &image, &image]).await;
    let text =
        "Error: invalid value for --only: bogus, only the following values are supported: [sig sbom att]\n";
    assert!(said(&output).contains(text), "{}", said(&output));
}

/// `cosign copy` puts the image under the tag that stands in for the referrers API: it is no list of referrers,
/// and the image is verified all the same.
#[tokio::test]
async fn an_image_under_its_own_referrers_tag() {
    let registry = registry("keyless-legacy", ReferrersApi::Absent).await;
    let image = registry.manifest("app", "latest").unwrap();
    registry.put_manifest("app", &format!("sha256-{DIGEST}"), &image);
    let described: Value =
        serde_json::from_slice(&interop::read(&case("keyless-legacy").join("case.json"))).unwrap();
    let (code, found) = verified(&format!("{}/app:latest", registry.address), &described, &[]).await;
    assert_eq!((code, found.len()), (Some(0), 1));
}

#[tokio::test]
async fn usage() {
    for (words, text) in [
        (vec!["tree"], "Error: accepts 1 arg(s), received 0\n"),
        (vec!["copy", "a"], "Error: accepts 2 arg(s), received 1\n"),
        (vec!["save", "registry.example/a"], "Error: required flag(s) \"dir\" not set\n"),
        (vec!["load", "registry.example/a"], "Error: required flag(s) \"dir\" not set\n"),
        (
            vec!["tree", "--registry-referrers-mode", "bogus", "registry.example/a"],
            "Error: invalid argument \"bogus\" for \"--registry-referrers-mode\" flag: must be one of \"legacy\", \"oci-1-1\"\n",
        ),
    ] {
        let output = cosign(&words).await;
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(said(&output).contains(text), "{words:?}: {}", said(&output));
    }
}
