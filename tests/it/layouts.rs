//! Layout directories, real and made, through `Layout`, `resolve` and `collect`.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use portcullis::bundle::CandidateKind;
use portcullis::bundle::Place;
use portcullis::digest::Digest;
use portcullis::evidence;
use portcullis::evidence::Collected;
use portcullis::evidence::EvidenceError;
use portcullis::evidence::Presence;
use portcullis::evidence::Skip;
use portcullis::oci::PinnedImage;
use portcullis::oci::PlatformFilter;
use portcullis::oci::Reference;
use portcullis::source;
use portcullis::source::Fault;
use portcullis::source::Layout;
use portcullis::source::Outcome;
use portcullis::source::SourceError;
use serde_json::Value;
use serde_json::json;

use crate::support;

fn reference(directory: &Path, suffix: &str) -> Reference {
    Reference::parse(&format!("oci:{}{suffix}", directory.display())).unwrap()
}

async fn resolve(directory: &Path, suffix: &str) -> Result<PinnedImage, SourceError> {
    let layout = Layout::open(directory)?;
    source::resolve(&layout, &reference(directory, suffix), PlatformFilter::All).await
}

async fn pin(directory: &Path) -> PinnedImage {
    let layout = Layout::open(directory).unwrap();
    source::resolve_digest(&layout, &reference(directory, ""), PlatformFilter::All).await.unwrap()
}

async fn collect(directory: &Path) -> Result<Collected, EvidenceError> {
    let layout = Layout::open(directory).unwrap();
    evidence::collect(&layout, &pin(directory).await).await
}

fn count(collected: &Collected, kind: CandidateKind) -> usize {
    collected.candidates.iter().filter(|candidate| candidate.kind == kind).count()
}

/// Counted by hand in the JSON of each directory: layers of the manifests that `index.json` calls
/// `sigs` and `atts`.
const REAL: [(&str, &str, usize, usize); 14] = [
    ("layouts/ci-cosign-key-rekor-valid", "0489474d", 1, 0),
    ("layouts/ci-cosign-mixed", "634a8f35", 2, 0),
    ("layouts/ci-cosign-modified-manifest", "d9dcafdb", 1, 0),
    ("layouts/conforma-testimage", "bb2863eb", 1, 1),
    ("layouts/connaisseur-keyless", "31dc72a1", 1, 0),
    ("layouts/connaisseur-multi-cosigned-alice-bob-charlie", "bfec161f", 3, 0),
    ("layouts/slsa-container-v1.6.0", "0159a907", 0, 1),
    ("layouts/slsa-container-v2.1.0", "234e2c83", 0, 1),
    ("negative-layouts/att-other-image", "0159a907", 0, 1),
    ("negative-layouts/foreign-rekor-bundle", "0489474d", 1, 0),
    ("negative-layouts/no-cert", "0489474d", 1, 0),
    ("negative-layouts/no-layers", "0489474d", 0, 0),
    ("negative-layouts/one-bad-one-good", "0489474d", 2, 0),
    ("negative-layouts/set-tampered", "0489474d", 1, 0),
];

#[tokio::test]
async fn real_layouts() {
    let Some(vectors) = support::vectors() else { return };
    for (name, digest, signatures, attestations) in REAL {
        let directory = vectors.join("cosign").join(name);
        let image = pin(&directory).await;
        assert!(image.digest().hex().starts_with(digest), "{name}: {}", image.digest());
        let collected = collect(&directory).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let found = (
            count(&collected, CandidateKind::LegacySignature),
            count(&collected, CandidateKind::LegacyAttestation),
        );
        assert_eq!(found, (signatures, attestations), "{name}: {:?}", collected.looked);
        assert_eq!(count(&collected, CandidateKind::Bundle), 0, "{name}");
        assert!(collected.candidates.iter().all(|candidate| candidate.origin.place == Place::Layout));
    }
}

/// The real cosign refuses it too (CVE-2024-29903).
#[tokio::test]
async fn too_many_layers() {
    let Some(vectors) = support::vectors() else { return };
    let error = collect(&vectors.join("cosign/negative-layouts/1001-layers")).await.unwrap_err();
    assert!(error.to_string().ends_with("document has 1001 layers, more than 1000"), "{error}");
    assert_eq!(error.outcome(), Outcome::Refused);
}

/// The layers of connaisseur's sample share one payload; their annotations differ.
#[tokio::test]
async fn layers_of_one_digest_stay_apart() {
    let Some(vectors) = support::vectors() else { return };
    let directory = vectors.join("cosign/layouts/connaisseur-multi-cosigned-alice-bob-charlie");
    let candidates = collect(&directory).await.unwrap().candidates;
    let [alice, bob, charlie] = candidates.as_slice() else { panic!("three") };
    assert_eq!(alice.payload, bob.payload);
    assert_eq!(alice.payload, charlie.payload);
    assert!(alice.annotations != bob.annotations && bob.annotations != charlie.annotations);
    assert_eq!(candidates.iter().map(|candidate| candidate.origin.layer).collect::<Vec<_>>(), [0, 1, 2]);
}

/// Files of slsa-container-v2.1.0: an index of linux/amd64 and a build-kit attestation.
#[tokio::test]
async fn resolves_a_real_index() {
    let Some(vectors) = support::vectors() else { return };
    let image = resolve(&vectors.join("cosign/layouts/slsa-container-v2.1.0"), "").await.unwrap();
    assert!(image.is_index());
    let [platform] = image.platforms() else { panic!("one platform") };
    assert_eq!(platform.platform().to_string(), "linux/amd64");
    assert!(platform.config().hex().starts_with("533ae3a04dfa"));
    assert!(platform.manifest().hex().starts_with("d1fc0de9c6a3"));
    assert_eq!(image.manifests(), [*platform.manifest()]);
}

/// A layout that a test fills.
struct Made {
    folder: tempfile::TempDir,
    entries: Vec<Value>,
}

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

impl Made {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("blobs/sha256")).unwrap();
        fs::write(folder.path().join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        let made = Self { folder, entries: Vec::new() };
        made.write_index();
        made
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn blob_path(&self, descriptor: &Value) -> PathBuf {
        let digest = descriptor["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
        self.path().join("blobs/sha256").join(digest)
    }

    fn blob(&self, media_type: &str, bytes: &[u8]) -> Value {
        let digest = Digest::sha256(bytes);
        let descriptor = json!({"mediaType": media_type, "digest": digest.to_string(), "size": bytes.len()});
        fs::write(self.blob_path(&descriptor), bytes).unwrap();
        descriptor
    }

    fn document(&self, media_type: &str, document: &Value) -> Value {
        self.blob(media_type, document.to_string().as_bytes())
    }

    fn image(&self, architecture: &str) -> Value {
        let config = json!({"os": "linux", "architecture": architecture, "rootfs": {"diff_ids": []}});
        let config = self.document(CONFIG, &config);
        self.document(
            MANIFEST,
            &json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": []}),
        )
    }

    fn bundle(&self, subject: &Value, layers: &[&[u8]]) -> Value {
        let empty = self.blob("application/vnd.oci.empty.v1+json", b"{}");
        let layers: Vec<Value> = layers.iter().map(|layer| self.blob(BUNDLE, layer)).collect();
        self.document(
            MANIFEST,
            &json!({"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": BUNDLE, "config": empty,
                "layers": layers, "subject": subject}),
        )
    }

    fn add(&mut self, mut entry: Value, annotations: Value) {
        entry["annotations"] = annotations;
        self.entries.push(entry);
        self.write_index();
    }

    fn write_index(&self) {
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": self.entries});
        fs::write(self.path().join("index.json"), index.to_string()).unwrap();
    }
}

fn named(name: &str) -> Value {
    json!({"org.opencontainers.image.ref.name": name})
}

#[tokio::test]
async fn names_and_digests() {
    let mut made = Made::new();
    assert_eq!(resolve(made.path(), "").await.unwrap_err().outcome(), Outcome::NotFound);
    let (one, two) = (made.image("amd64"), made.image("arm64"));
    made.add(one.clone(), named("registry.example/app:1"));
    let image = resolve(made.path(), "").await.unwrap();
    assert_eq!(image.digest().to_string(), one["digest"].as_str().unwrap());

    made.add(two.clone(), named("two"));
    let error = resolve(made.path(), "").await.unwrap_err();
    assert!(
        matches!(&*error.fault, Fault::AmbiguousImage { names } if names == &["registry.example/app:1", "two"])
    );
    for (suffix, expected) in [
        (":registry.example/app:1".to_owned(), &one),
        (":two".to_owned(), &two),
        (format!("@{}", two["digest"].as_str().unwrap()), &two),
    ] {
        let image = resolve(made.path(), &suffix).await.unwrap();
        assert_eq!(image.digest().to_string(), expected["digest"].as_str().unwrap());
    }
    let error = resolve(made.path(), ":three").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotFound);
    assert!(error.to_string().contains("registry.example/app:1, two"), "{error}");
    let absent = format!("@{}", Digest::sha256(b"absent"));
    assert_eq!(resolve(made.path(), &absent).await.unwrap_err().outcome(), Outcome::NotFound);
}

/// What `cosign save` of v3 leaves: bundles that only their `subject` connects (sigstore/cosign#4937).
#[tokio::test]
async fn orphan_bundles_of_index_and_platform() {
    let mut made = Made::new();
    let child = made.image("amd64");
    let mut entry = child.clone();
    entry["platform"] = json!({"os": "linux", "architecture": "amd64"});
    let index = made.document(INDEX, &json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}));
    made.add(index.clone(), json!({"kind": "dev.cosignproject.cosign/imageIndex"}));
    let on_index = made.bundle(&index, &[b"{\"on\":\"index\"}"]);
    let on_child = made.bundle(&child, &[b"{\"on\":\"child\"}"]);
    made.bundle(
        &json!({"mediaType": MANIFEST, "digest": Digest::sha256(b"x"), "size": 1}),
        &[b"{\"on\":\"other\"}"],
    );

    let collected = collect(made.path()).await.unwrap();
    let found: Vec<(String, String, String)> = collected
        .candidates
        .iter()
        .map(|candidate| {
            let text = String::from_utf8(candidate.payload.clone()).unwrap();
            let origin = &candidate.origin;
            (text, origin.attached_to.unwrap().to_string(), origin.manifest.unwrap().to_string())
        })
        .collect();
    let text = |value: &Value| value["digest"].as_str().unwrap().to_owned();
    assert_eq!(
        found,
        [
            ("{\"on\":\"index\"}".to_owned(), text(&index), text(&on_index)),
            ("{\"on\":\"child\"}".to_owned(), text(&child), text(&on_child)),
        ]
    );
    assert!(collected.candidates.iter().all(|candidate| candidate.kind == CandidateKind::Bundle));
}

#[tokio::test]
async fn referrers_that_are_no_candidates_are_told() {
    let mut made = Made::new();
    let image = made.image("amd64");
    made.add(image.clone(), json!({}));
    let two_layers = made.bundle(&image, &[b"{}", b"[]"]);
    let no_layers = made.bundle(&image, &[]);
    let collected = collect(made.path()).await.unwrap();
    assert!(collected.candidates.is_empty());
    let presence = |of: &Value| {
        let digest = of["digest"].as_str().unwrap();
        let looked = collected.looked.iter().find(|looked| looked.at.ends_with(digest)).unwrap();
        looked.presence.clone()
    };
    assert_eq!(presence(&two_layers), Presence::Skipped(Skip::BundleLayers(2)));
    assert_eq!(presence(&no_layers), Presence::Skipped(Skip::OtherKind(BUNDLE.to_owned())));
    let absent = collected.looked.iter().filter(|looked| looked.presence == Presence::Absent).count();
    assert_eq!(absent, 2, ".sig and .att: {:?}", collected.looked);
}

#[tokio::test]
async fn tags_that_a_copy_brought_along() {
    let mut made = Made::new();
    let image = made.image("amd64");
    made.add(image.clone(), named("1"));
    let hex = image["digest"].as_str().unwrap().replace(':', "-");
    let layer = made.blob("application/vnd.dev.cosign.simplesigning.v1+json", b"payload");
    let config = made.blob(CONFIG, b"{}");
    let signatures = json!({"schemaVersion": 2, "config": config, "layers": [layer]});
    let signatures = made.document(MANIFEST, &signatures);
    made.add(signatures, named(&format!("{hex}.sig")));
    let bundle = made.bundle(&image, &[b"{}"]);
    let list =
        made.document(INDEX, &json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [bundle, bundle]}));
    made.add(list, named(&hex));
    let collected = collect(made.path()).await.unwrap();
    let kinds: Vec<CandidateKind> = collected.candidates.iter().map(|candidate| candidate.kind).collect();
    assert_eq!(kinds, [CandidateKind::Bundle, CandidateKind::LegacySignature]);
}

#[tokio::test]
async fn refuses_other_bytes() {
    let mut made = Made::new();
    let image = made.image("amd64");
    made.add(image.clone(), json!({}));
    let bundle = made.bundle(&image, &[b"{\"a\":1}"]);
    assert_eq!(collect(made.path()).await.unwrap().candidates.len(), 1);

    let layer = made.blob_path(&made.blob(BUNDLE, b"{\"a\":1}"));
    fs::write(&layer, b"{\"a\":2}").unwrap();
    let error = collect(made.path()).await.unwrap_err();
    assert!(error.to_string().contains("content has digest"), "{error}");
    assert_eq!(error.outcome(), Outcome::Refused);
    fs::write(&layer, b"{\"a\":1").unwrap();
    assert_eq!(collect(made.path()).await.unwrap_err().outcome(), Outcome::Refused);
    fs::write(&layer, vec![b' '; 1 << 20]).unwrap();
    assert!(collect(made.path()).await.unwrap_err().to_string().ends_with("larger than 7 bytes"));
    fs::remove_file(&layer).unwrap();
    // Evidence with a part missing is not the same as no evidence.
    assert_eq!(collect(made.path()).await.unwrap_err().outcome(), Outcome::Refused);

    let mut manifest = fs::read(made.blob_path(&bundle)).unwrap();
    manifest.push(b'\n');
    fs::write(made.blob_path(&bundle), manifest).unwrap();
    let error = collect(made.path()).await.unwrap_err();
    assert!(error.to_string().contains("content has digest"), "{error}");
}

/// Signatures that `index.json` lists and nobody has are not "no signatures".
#[tokio::test]
async fn refuses_a_listed_manifest_that_is_missing() {
    let mut made = Made::new();
    let image = made.image("amd64");
    made.add(image, json!({"kind": "dev.cosignproject.cosign/image"}));
    let signatures = made.document(MANIFEST, &json!({"schemaVersion": 2}));
    made.add(signatures.clone(), json!({"kind": "dev.cosignproject.cosign/sigs"}));
    fs::remove_file(made.blob_path(&signatures)).unwrap();
    let error = collect(made.path()).await.unwrap_err();
    assert!(error.to_string().contains("but does not have it"), "{error}");
    assert_eq!(error.outcome(), Outcome::Refused);
}

#[tokio::test]
async fn refuses_links_and_devices() {
    let mut made = Made::new();
    let image = made.image("amd64");
    made.add(image.clone(), json!({}));
    let path = made.blob_path(&image);
    let outside = tempfile::tempdir().unwrap();
    let copy = outside.path().join("copy");
    fs::rename(&path, &copy).unwrap();
    std::os::unix::fs::symlink(&copy, &path).unwrap();
    let error = resolve(made.path(), "").await.unwrap_err();
    assert!(error.to_string().contains("symbolic link"), "{error}");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = resolve(made.path(), "").await.unwrap_err();
    assert!(error.to_string().contains("not a regular file"), "{error}");
}

#[test]
fn refuses_what_is_no_layout() {
    let open = |path: &Path| Layout::open(path).unwrap_err();
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(open(&folder.path().join("absent")).outcome(), Outcome::NotFound);
    assert_eq!(open(folder.path()).outcome(), Outcome::NotFound);
    let made = Made::new();
    for marker in ["", "{}", r#"{"imageLayoutVersion":"2.0.0"}"#] {
        fs::write(made.path().join("oci-layout"), marker).unwrap();
        assert_eq!(open(made.path()).outcome(), Outcome::Refused, "{marker}");
    }
    let made = Made::new();
    for index in ["", "{}", "[]", r#"{"schemaVersion":2,"manifests":[],"layers":[]}"#] {
        fs::write(made.path().join("index.json"), index).unwrap();
        assert_eq!(open(made.path()).outcome(), Outcome::Refused, "{index}");
    }
    fs::write(made.path().join("index.json"), vec![b' '; (4 << 20) + 1]).unwrap();
    assert!(matches!(*open(made.path()).fault, Fault::TooLarge { .. }));
}

#[tokio::test]
async fn another_directory_is_another_source() {
    let (mut one, two) = (Made::new(), Made::new());
    let image = one.image("amd64");
    one.add(image, json!({}));
    let layout = Layout::open(one.path()).unwrap();
    let error = source::resolve(&layout, &reference(two.path(), ""), PlatformFilter::All).await.unwrap_err();
    assert!(matches!(*error.fault, Fault::WrongSource));
}
