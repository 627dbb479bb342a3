//! Advisories about what a registry can make its clients spend.

use std::fs::File;
use std::process::Output;
use std::time::Duration;
use std::time::Instant;

use portcullis::evidence;
use portcullis::evidence::Collected;
use portcullis::evidence::EvidenceError;
use portcullis::oci::PlatformFilter;
use portcullis::source;
use portcullis::source::Fault;
use portcullis::source::ImageSource;
use portcullis::source::Layout as Folder;
use portcullis::source::Outcome;
use portcullis::source::Registry;
use portcullis::source::Settings;
use serde_json::Value;
use serde_json::json;

use super::case;
use super::command;
use crate::support::authority::IDENTITY;
use crate::support::authority::ISSUER;
use crate::support::authority::Image;
use crate::support::authority::Layout;
use crate::support::authority::cases;
use crate::support::authority::cases::Evidence;
use crate::support::authority::image;
use crate::support::authority::legacy;
use crate::support::registry::BUNDLE;
use crate::support::registry::INDEX;
use crate::support::registry::MANIFEST;
use crate::support::registry::Misbehaviour;
use crate::support::registry::Options;
use crate::support::registry::ReferrersApi;
use crate::support::registry::TestRegistry;
use crate::support::registry::tag_of;

async fn registry() -> TestRegistry {
    let referrers = ReferrersApi::Present { page: 100 };
    TestRegistry::start(Options { referrers, ..Options::default() }).await
}

/// The demonstration image under the tag `1`.
fn put_image(registry: &TestRegistry) -> Value {
    let image = cases::demo_image();
    registry.put_blob(&image.config);
    registry.put_manifest("app", "1", &image.manifest)
}

async fn collect(registry: &TestRegistry) -> Result<Collected, EvidenceError> {
    let client = Registry::new(Settings::default()).unwrap();
    let reference = registry.reference("app:1");
    let image = source::resolve_digest(&client, &reference, PlatformFilter::All).await.unwrap();
    evidence::collect(&client, &image).await
}

/// `portcullis verify` of the image, with the trusted root of a case.
async fn verify(registry: &TestRegistry, wanted: &[&str]) -> Output {
    let root = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(root.path(), &case("sig-keyless").trusted_root).unwrap();
    let root = format!("--trusted-root={}", root.path().display());
    let image = format!("{}/app:1", registry.address);
    let signer = [format!("--identity={IDENTITY}"), format!("--issuer={ISSUER}")];
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.env_clear().args(["verify", "--format=json", &root, &image]).args(signer).args(wanted);
    command.output().await.unwrap()
}

/// Undecided, with a reason, and not "there is none".
async fn undecided(registry: &TestRegistry, name: &str) {
    let output = verify(registry, &[]).await;
    let document = super::document(&output);
    assert_eq!(output.status.code(), Some(2), "{name}: {document:#}");
    assert_eq!(document["result"], "undecided", "{name}");
    let message = super::message(&document);
    assert!(!message.is_empty() && !message.contains("no signature"), "{name}: {message}");
}

/// Data without end, wherever an answer has a body: time and memory are bounded, and the outcome is no "not found".
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cve_2023_46737_endless_data_of_a_registry() {
    let good = registry().await;
    let subject = put_image(&good);
    let Evidence::ImageSignature(bundle) = &case("image-signature").evidence else { panic!("a bundle") };
    good.put_bundle("app", &subject, bundle);
    assert_eq!(verify(&good, &[]).await.status.code(), Some(0));

    for at in ["/manifests/1", "/referrers/", "/manifests/sha256-", ".sig", ".att", "/blobs/"] {
        for (name, how) in [("endless", Misbehaviour::Endless), ("layers", Misbehaviour::LayersWithoutEnd)] {
            let hostile = registry().await;
            let subject = put_image(&hostile);
            hostile.put_bundle("app", &subject, bundle);
            hostile.misbehave(at, how);
            let start = Instant::now();
            undecided(&hostile, &format!("{name} at {at}")).await;
            assert!(start.elapsed() < Duration::from_secs(20), "{name} at {at}: {:?}", start.elapsed());
            // Ceilings of a few manifests, and what the sockets' buffers hold.
            assert!(hostile.sent() < 64 << 20, "{name} at {at}: {} bytes taken", hostile.sent());
        }
    }
}

/// A layer of 129 MiB: refused by what its descriptor says, before it is asked for; where the descriptor says less,
/// while it is read; and the same of files.
#[tokio::test]
async fn cve_2024_29902_memory_of_attachments() {
    const SIZE: u64 = 129 << 20;
    let described = |registry: &TestRegistry, media_type: &str, size: u64| {
        let mut layer = registry.put_blob(b"{}");
        layer["mediaType"] = json!(media_type);
        layer["size"] = json!(size);
        json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": registry.put_blob(b"{}"), "layers": [layer]})
    };
    for (media_type, suffix) in [(legacy::SIMPLE_SIGNING, ".sig"), (legacy::DSSE, ".att"), (BUNDLE, ".sig")] {
        let registry = registry().await;
        let subject = put_image(&registry);
        let manifest = described(&registry, media_type, SIZE);
        registry.put_document("app", &format!("{}{suffix}", tag_of(&subject)), &manifest);
        let error = collect(&registry).await.unwrap_err();
        let EvidenceError::LayerSize { size, ceiling, .. } = error else { panic!("{media_type}: {error}") };
        assert_eq!((size, ceiling), (SIZE, 128 << 20));
        assert!(!registry.seen().iter().any(|seen| seen.path.contains("/blobs/")), "{media_type}");
        undecided(&registry, media_type).await;
    }

    // The descriptor says two bytes, the body does not end.
    let lying = registry().await;
    let subject = put_image(&lying);
    lying.put_document(
        "app",
        &format!("{}.sig", tag_of(&subject)),
        &described(&lying, legacy::SIMPLE_SIGNING, 2),
    );
    lying.misbehave("/blobs/", Misbehaviour::Endless);
    let EvidenceError::Source(error) = collect(&lying).await.unwrap_err() else { panic!("a source's error") };
    assert_eq!(error.outcome(), Outcome::Refused, "{error}");
    assert!(lying.sent() < 16 << 20, "{} bytes taken", lying.sent());

    // A bundle in a file.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle.json");
    File::create(&path).unwrap().set_len(SIZE).unwrap();
    let bundle = format!("--bundle={}", path.display());
    let identity = format!("--identity={IDENTITY}");
    let artifact = cases::demo_image().digest();
    let output = command(&["verify-blob", &bundle, &identity, "--issuer=https://issuer.example", &artifact]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("134217728"), "{text}");
}

/// A manifest of signatures with `count` layers, of which the last is a signature.
fn many_layers(registry: &TestRegistry, count: usize) -> Value {
    let Evidence::LegacySignature(layers) = &case("sig-keyless").evidence else { panic!("a signature") };
    let genuine = &layers[0];
    let mut last = registry.put_blob(&genuine.payload);
    last["mediaType"] = json!(legacy::SIMPLE_SIGNING);
    last["annotations"] = json!(genuine.annotations);
    let mut other = registry.put_blob(b"text");
    other["mediaType"] = json!("text/plain");
    let mut layers = vec![other; count - 1];
    layers.push(last);
    json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": registry.put_blob(b"{}"), "layers": layers})
}

/// 1001 layers, 10^5 referrers, and lists that have no end: counted before anything in them is read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cve_2024_29903_number_of_layers_and_manifests() {
    for (count, code) in [(1000, 0), (1001, 2)] {
        let registry = registry().await;
        let subject = put_image(&registry);
        registry.put_document("app", &format!("{}.sig", tag_of(&subject)), &many_layers(&registry, count));
        let output = verify(&registry, &[]).await;
        assert_eq!(output.status.code(), Some(code), "{count}: {output:?}");
        let read = registry.seen().iter().filter(|seen| seen.path.contains("/blobs/")).count();
        assert_eq!(read, usize::from(code == 0), "{count}: only the signature is read");
    }
    attack_by_layout();

    for (count, list) in [(1001, "/referrers/"), (100_000, "/referrers/"), (100_000, "/manifests/sha256-")] {
        let registry = registry().await;
        let subject = put_image(&registry);
        let entry =
            json!({"mediaType": MANIFEST, "digest": subject["digest"], "size": 1, "artifactType": BUNDLE});
        let list_of = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": vec![entry; count]});
        let answer = Misbehaviour::answer(200, &[("content-type", INDEX)], &list_of.to_string());
        registry.misbehave(list, answer);
        let EvidenceError::Source(error) = collect(&registry).await.unwrap_err() else {
            assert_eq!(list, "/manifests/sha256-", "{count}");
            continue;
        };
        assert_eq!(error.outcome(), Outcome::Refused, "{count} at {list}: {error}");
        let reads = registry.seen().iter().filter(|seen| seen.path.contains("/manifests/sha256:")).count();
        assert_eq!(reads, 0, "{count} at {list}: no referrer is read");
        undecided(&registry, &format!("{count} at {list}")).await;
    }
    referrers_of_a_layout().await;
}

/// The same number of layers in a directory.
fn attack_by_layout() {
    let case = case("sig-1001-layers");
    let (code, document) = super::run(case, &[]);
    assert_eq!((code, document["result"].as_str()), (2, Some("undecided")), "{document:#}");
    super::accepted(super::case("sig-keyless"));
}

/// 1001 manifests that say they are about the image, in a directory.
async fn referrers_of_a_layout() {
    for count in [1000, 1001] {
        let subject = Image::new("demo", "amd64");
        let mut made = Layout::image(&subject);
        let config = made.add("application/vnd.oci.empty.v1+json", b"{}");
        for number in 0..count {
            let manifest = json!({
                "schemaVersion": 2, "mediaType": image::MANIFEST, "config": config, "layers": [],
                "subject": image::descriptor(image::MANIFEST, &subject.manifest),
                "annotations": { "number": number.to_string() },
            });
            made.add(image::MANIFEST, manifest.to_string().as_bytes());
        }
        let folder = tempfile::tempdir().unwrap();
        made.write(folder.path());
        let at = format!("oci:{}", folder.path().display());
        let at = portcullis::oci::Reference::parse(&at).unwrap();
        let layout = Folder::open(folder.path()).unwrap();
        let digest = portcullis::digest::Digest::parse(&subject.digest()).unwrap();
        match layout.referrers(&at, &digest).await {
            Ok(found) => assert_eq!((found.descriptors.len(), count), (1000, 1000)),
            Err(error) => {
                assert_eq!(count, 1001);
                assert!(matches!(*error.fault, Fault::TooMany { what: "referrers", .. }), "{error}");
            }
        }
    }
}
