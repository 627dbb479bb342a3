//! Small real images and OCI layout directories (<https://github.com/opencontainers/image-spec>).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use serde_json::json;

use super::legacy::Layer;
use super::sha256;

pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// An image of one platform, with one layer.
#[derive(Clone, Debug)]
pub struct Image {
    pub manifest: Vec<u8>,
    pub config: Vec<u8>,
    pub layer: Vec<u8>,
    pub architecture: String,
}

impl Image {
    /// An image with one file, `etc/os-release`, that says `name`.
    pub fn new(name: &str, architecture: &str) -> Self {
        let release = format!("ID=portcullis\nNAME=\"{name}\"\n");
        let layer = tar(&[("etc/os-release", release.as_bytes())]);
        let config = json!({
            "architecture": architecture,
            "os": "linux",
            "config": { "Labels": { "org.opencontainers.image.title": name } },
            "rootfs": { "type": "layers", "diff_ids": [sha256(&layer)] },
        });
        let config = config.to_string().into_bytes();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor("application/vnd.oci.image.config.v1+json", &config),
            "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", &layer)],
        });
        let (manifest, architecture) = (manifest.to_string().into_bytes(), architecture.to_owned());
        Self { manifest, config, layer, architecture }
    }

    /// The digest that signatures are about.
    pub fn digest(&self) -> String {
        sha256(&self.manifest)
    }

    /// The digest of the configuration: what Docker and Trivy call the image's id.
    pub fn id(&self) -> String {
        sha256(&self.config)
    }

    /// The digest of the uncompressed layer.
    pub fn diff_id(&self) -> String {
        sha256(&self.layer)
    }
}

/// An index of images.
pub fn index(images: &[Image]) -> Vec<u8> {
    let manifests = images.iter().map(|image| {
        let mut descriptor = descriptor(MANIFEST, &image.manifest);
        descriptor["platform"] = json!({ "architecture": image.architecture, "os": "linux" });
        descriptor
    });
    let manifests: Vec<Value> = manifests.collect();
    json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests }).to_string().into_bytes()
}

/// A statement about an image digest (in-toto v1).
pub fn statement(digest: &str, predicate_type: &str, predicate: &Value) -> Value {
    let hex = digest.strip_prefix("sha256:").expect("sha256");
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "registry.example/app", "digest": { "sha256": hex } }],
        "predicateType": predicate_type,
        "predicate": predicate,
    })
}

/// Blobs, tags and `index.json`: a layout directory as `cosign save` writes it, and what a registry holds.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// Digest to bytes: manifests, configurations, layers.
    pub blobs: BTreeMap<String, Vec<u8>>,
    /// Descriptors of `index.json`.
    pub manifests: Vec<Value>,
    /// Tag to descriptor: `.sig`, `.att`, and the referrers fallback tag of each subject.
    pub tags: BTreeMap<String, Value>,
    /// Digest of a subject to the descriptors of its referrers.
    pub referrers: BTreeMap<String, Vec<Value>>,
}

impl Layout {
    /// A layout with an image.
    pub fn image(image: &Image) -> Self {
        let mut layout = Self::default();
        layout.add_blobs(image);
        let mut descriptor = descriptor(MANIFEST, &image.manifest);
        descriptor["annotations"] = json!({ "kind": "dev.cosignproject.cosign/image" });
        layout.manifests.push(descriptor);
        layout
    }

    /// A layout with an index of images.
    pub fn index(images: &[Image]) -> Self {
        let mut layout = Self::default();
        images.iter().for_each(|image| layout.add_blobs(image));
        let mut descriptor = layout.add(INDEX, &index(images));
        descriptor["annotations"] = json!({ "kind": "dev.cosignproject.cosign/imageIndex" });
        layout.manifests.push(descriptor);
        layout
    }

    fn add_blobs(&mut self, image: &Image) {
        for blob in [&image.manifest, &image.config, &image.layer] {
            self.add("", blob);
        }
    }

    /// Stores a blob and describes it.
    pub fn add(&mut self, media_type: &str, bytes: &[u8]) -> Value {
        self.blobs.insert(sha256(bytes), bytes.to_vec());
        descriptor(media_type, bytes)
    }

    /// Attaches legacy signatures to a digest: the manifest of tag `sha256-<hex>.sig`.
    pub fn signatures(mut self, digest: &str, layers: &[Layer]) -> Self {
        self.attach(digest, "sig", "dev.cosignproject.cosign/sigs", layers);
        self
    }

    /// Attaches legacy attestations to a digest: the manifest of tag `sha256-<hex>.att`.
    pub fn attestations(mut self, digest: &str, layers: &[Layer]) -> Self {
        self.attach(digest, "att", "dev.cosignproject.cosign/atts", layers);
        self
    }

    fn attach(&mut self, digest: &str, suffix: &str, kind: &str, layers: &[Layer]) {
        let diff_ids: Vec<String> = layers.iter().map(|layer| sha256(&layer.payload)).collect();
        let config = json!({
            "architecture": "", "os": "", "config": {},
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
        });
        let config = self.add("application/vnd.oci.image.config.v1+json", config.to_string().as_bytes());
        let layers = layers.iter().map(|layer| {
            let mut descriptor = self.add(&layer.media_type, &layer.payload);
            descriptor["annotations"] = json!(layer.annotations);
            descriptor
        });
        let layers: Vec<Value> = layers.collect();
        let manifest =
            json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers });
        let mut descriptor = self.add(MANIFEST, manifest.to_string().as_bytes());
        self.tags.insert(format!("{}.{suffix}", digest.replace(':', "-")), descriptor.clone());
        descriptor["annotations"] = json!({ "kind": kind });
        self.manifests.push(descriptor);
    }

    /// Attaches a bundle as a referrer of a digest in this layout; also to the fallback tag.
    pub fn bundle(mut self, digest: &str, bundle: &[u8]) -> Self {
        let subject = self.blobs.get(digest).expect("the subject is in the layout").clone();
        let is_index = subject.windows(INDEX.len()).any(|window| window == INDEX.as_bytes());
        let subject = descriptor(if is_index { INDEX } else { MANIFEST }, &subject);
        let config = self.add("application/vnd.oci.empty.v1+json", b"{}");
        let layer = self.add(BUNDLE, bundle);
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": BUNDLE,
            "config": config,
            "layers": [layer],
            "subject": subject,
            "annotations": {
                "org.opencontainers.image.created": "2025-03-01T12:00:00Z",
                "dev.sigstore.bundle.content": "dsse-envelope",
            },
        });
        let mut descriptor = self.add(MANIFEST, manifest.to_string().as_bytes());
        descriptor["artifactType"] = json!(BUNDLE);
        let referrers = self.referrers.entry(digest.to_owned()).or_default();
        referrers.push(descriptor);
        let fallback = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": referrers });
        let fallback = self.add(INDEX, fallback.to_string().as_bytes());
        self.tags.insert(digest.replace(':', "-"), fallback);
        self
    }

    /// Writes the directory. Referrers are blobs that `index.json` does not list, as `cosign save` has it.
    pub fn write(&self, directory: &Path) {
        let blobs = directory.join("blobs/sha256");
        fs::create_dir_all(&blobs).expect("directory");
        for (digest, bytes) in &self.blobs {
            fs::write(blobs.join(digest.trim_start_matches("sha256:")), bytes).expect("blob");
        }
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": self.manifests });
        fs::write(directory.join("index.json"), index.to_string()).expect("index.json");
        fs::write(directory.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).expect("oci-layout");
    }
}

/// A descriptor of these bytes.
pub fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": sha256(bytes), "size": bytes.len() })
}

/// A `ustar` archive (POSIX.1-1988) of plain files, all of 1970.
pub fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (path, contents) in files {
        let mut header = [0; 512];
        let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
        put(0, path);
        put(100, "0000644\0");
        put(108, "0000000\0");
        put(116, "0000000\0");
        put(124, &format!("{:011o}\0", contents.len()));
        put(136, "00000000000\0");
        put(148, "        ");
        put(156, "0");
        put(257, "ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        archive.extend(header);
        archive.extend_from_slice(contents);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}
