//! Container images made by hand, in every shape that they are handed around in.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use serde_json::json;

use super::authority::sha256;

pub(crate) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A tar archive in the making.
pub(crate) struct Tar(tar::Builder<Vec<u8>>);

impl Tar {
    pub(crate) fn new() -> Self {
        Self(tar::Builder::new(Vec::new()))
    }

    /// A member with any name, past the checks of the builder.
    pub(crate) fn member(mut self, path: &str, kind: tar::EntryType, link: &str, content: &[u8]) -> Self {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_size(content.len().try_into().unwrap());
        if path.len() > 100 {
            let mut long = tar::Header::new_gnu();
            long.set_entry_type(tar::EntryType::GNULongName);
            long.set_size(path.len().try_into().unwrap());
            long.set_cksum();
            self.0.append(&long, path.as_bytes()).unwrap();
        }
        let name = &path.as_bytes()[..path.len().min(100)];
        header.as_mut_bytes()[..name.len()].copy_from_slice(name);
        header.as_mut_bytes()[157..157 + link.len()].copy_from_slice(link.as_bytes());
        header.set_cksum();
        self.0.append(&header, content).unwrap();
        self
    }

    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.member(path, tar::EntryType::Regular, "", content.as_ref())
    }

    pub(crate) fn symbolic(self, path: &str, target: &str) -> Self {
        self.member(path, tar::EntryType::Symlink, target, b"")
    }

    pub(crate) fn hard(self, path: &str, target: &str) -> Self {
        self.member(path, tar::EntryType::Link, target, b"")
    }

    pub(crate) fn done(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }
}

/// How a layer is stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Packing {
    Gzip,
    Plain,
    Zstd,
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

impl Packing {
    fn pack(self, tar: &[u8]) -> (&'static str, Vec<u8>) {
        match self {
            Self::Gzip => ("application/vnd.oci.image.layer.v1.tar+gzip", gzip(tar)),
            Self::Plain => ("application/vnd.oci.image.layer.v1.tar", tar.to_vec()),
            Self::Zstd => ("application/vnd.oci.image.layer.v1.tar+zstd", zstd(tar)),
        }
    }
}

/// An image: blobs, the manifest and what it says. Public fields, so that a test can break each of them.
#[derive(Clone, Debug)]
pub(crate) struct Container {
    /// Layers as they are unpacked.
    pub(crate) tars: Vec<Vec<u8>>,
    /// Media type and bytes of each layer as it is stored.
    pub(crate) layers: Vec<(&'static str, Vec<u8>)>,
    pub(crate) config: Value,
    pub(crate) manifest: Value,
}

pub(crate) fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": sha256(bytes), "size": bytes.len()})
}

impl Container {
    /// An image for `linux/ARCHITECTURE`.
    pub(crate) fn new(tars: &[Vec<u8>], packing: Packing, architecture: &str) -> Self {
        let diff_ids: Vec<String> = tars.iter().map(|tar| sha256(tar)).collect();
        let config = json!({"os": "linux", "architecture": architecture,
            "rootfs": {"type": "layers", "diff_ids": diff_ids}});
        let layers = tars.iter().map(|tar| packing.pack(tar)).collect();
        Self::of_parts(tars.to_vec(), layers, config)
    }

    /// An image whose configuration may say anything.
    pub(crate) fn of_parts(tars: Vec<Vec<u8>>, layers: Vec<(&'static str, Vec<u8>)>, config: Value) -> Self {
        let descriptors: Vec<Value> =
            layers.iter().map(|(media_type, bytes)| descriptor(media_type, bytes)).collect();
        let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST,
            "config": descriptor(CONFIG, config.to_string().as_bytes()), "layers": descriptors});
        Self { tars, layers, config, manifest }
    }

    pub(crate) fn digest(&self) -> String {
        sha256(self.manifest.to_string().as_bytes())
    }

    fn platform(&self) -> Value {
        json!({"os": self.config["os"], "architecture": self.config["architecture"]})
    }

    /// What stands for it in an index.
    pub(crate) fn entry(&self) -> Value {
        let mut entry = descriptor(MANIFEST, self.manifest.to_string().as_bytes());
        entry["platform"] = self.platform();
        entry
    }

    /// Name and content of each blob. Each has the name that the manifest gives it, whatever its content.
    pub(crate) fn blobs(&self) -> Vec<(String, Vec<u8>)> {
        let named = |descriptor: &Value| descriptor["digest"].as_str().unwrap().to_owned();
        let layers = self.manifest["layers"].as_array().unwrap().iter().zip(&self.layers);
        let mut blobs: Vec<(String, Vec<u8>)> =
            layers.map(|(descriptor, (_, bytes))| (named(descriptor), bytes.clone())).collect();
        blobs.push((named(&self.manifest["config"]), self.config.to_string().into_bytes()));
        blobs.push((self.digest(), self.manifest.to_string().into_bytes()));
        blobs
    }

    /// What `docker save` wrote before version 25: no manifest but its own.
    pub(crate) fn docker_archive(&self, name: &str) -> Vec<u8> {
        let config = self.config.to_string();
        let config_name = format!("{}.json", &sha256(config.as_bytes())[7..]);
        let mut archive = Tar::new().file(&config_name, config);
        let mut layers = Vec::new();
        for (number, tar) in self.tars.iter().enumerate() {
            let layer = format!("{number}/layer.tar");
            archive = archive.file(&layer, tar);
            layers.push(layer);
        }
        let manifest = json!([{"Config": config_name, "RepoTags": [name], "Layers": layers}]);
        archive.file("manifest.json", manifest.to_string()).done()
    }
}

/// Files of an OCI layout with these images: one stands alone, several in an index.
pub(crate) fn layout_files(images: &[&Container], tag: &str) -> Vec<(String, Vec<u8>)> {
    let mut blobs: Vec<(String, Vec<u8>)> = images.iter().flat_map(|image| image.blobs()).collect();
    let mut entry = match images {
        [one] => one.entry(),
        _ => {
            let index = index(images).into_bytes();
            let entry = descriptor(INDEX, &index);
            blobs.push((sha256(&index), index));
            entry
        }
    };
    entry["annotations"] = json!({"org.opencontainers.image.ref.name": tag});
    let index = json!({"schemaVersion": 2, "manifests": [entry]});
    let mut files: Vec<(String, Vec<u8>)> = vec![
        ("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()),
        ("index.json".to_owned(), index.to_string().into_bytes()),
    ];
    for (digest, bytes) in blobs {
        let name = format!("blobs/{}", digest.replace(':', "/"));
        if files.iter().all(|(known, _)| *known != name) {
            files.push((name, bytes));
        }
    }
    files
}

/// An index of images.
pub(crate) fn index(images: &[&Container]) -> String {
    let entries: Vec<Value> = images.iter().map(|image| image.entry()).collect();
    json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).to_string()
}

/// Writes an OCI layout to a directory.
pub(crate) fn write_layout(directory: &Path, images: &[&Container], tag: &str) {
    for (name, bytes) in layout_files(images, tag) {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// The same as an archive.
pub(crate) fn oci_archive(images: &[&Container], tag: &str) -> Vec<u8> {
    let files = layout_files(images, tag);
    files.into_iter().fold(Tar::new(), |tar, (name, bytes)| tar.file(&name, bytes)).done()
}

#[cfg(all(feature = "net", feature = "graviola"))]
impl Container {
    /// Puts it into a registry.
    pub(crate) fn put(&self, registry: &super::registry::TestRegistry, repository: &str, tag: &str) {
        self.layers.iter().for_each(|(_, bytes)| drop(registry.put_blob(bytes)));
        registry.put_blob(self.config.to_string().as_bytes());
        registry.put_document(repository, tag, &self.manifest);
    }
}
