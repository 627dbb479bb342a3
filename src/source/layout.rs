//! OCI image layout directories, <https://github.com/opencontainers/image-spec/blob/main/image-layout.md>,
//! including what `cosign save` writes.
//!
//! `cosign save` marks the entries of `index.json` by the annotation `kind`, and leaves bundles as
//! blobs that nothing but their own `subject` connects to the image.

use std::fs::File;
use std::io::ErrorKind;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use super::Answer;
use super::Fault;
use super::Fetched;
use super::ImageSource;
use super::Referrers;
use super::SourceError;
use super::tag_schema;
use crate::digest::Algorithm;
use crate::digest::Digest;
use crate::json;
use crate::limits;
use crate::oci::Descriptor;
use crate::oci::Index;
use crate::oci::Manifest;
use crate::oci::Reference;
use crate::oci::media_type;

/// An OCI layout directory, read as it was when it was opened.
#[derive(Debug)]
pub struct Layout {
    /// Canonical: what a blob's path must stay in.
    root: PathBuf,
    entries: Vec<Descriptor>,
}

impl Layout {
    /// Reads `oci-layout` and `index.json` of `directory`.
    ///
    /// # Errors
    /// They are not there, too large, malformed, or of an unknown version.
    pub fn open(directory: &Path) -> Result<Self, SourceError> {
        let at = |file: &str| directory.join(file).display().to_string();
        let root = directory.canonicalize().map_err(|error| SourceError::new(at(""), Fault::Io(error)))?;
        let read = |file: &str| {
            let bytes = read_file(&root, &root.join(file), limits::MANIFEST_BYTES);
            bytes.map_err(|fault| SourceError::new(at(file), fault))
        };
        let marker = read("oci-layout")?;
        check_marker(&marker).map_err(|fault| SourceError::new(at("oci-layout"), fault))?;
        let index = Index::from_list(&read("index.json")?, limits::INDEX_MANIFESTS)
            .map_err(|error| SourceError::new(at("index.json"), error))?;
        Ok(Self { root, entries: index.manifests })
    }

    fn find(&self, at: &Reference) -> Result<(Digest, Option<&Descriptor>), Fault> {
        if let Some(digest) = at.digest() {
            return Ok((*digest, self.entries.iter().find(|entry| entry.digest == *digest)));
        }
        let named = match at.tag() {
            Some(name) => self.named(name),
            None => self.images().collect(),
        };
        let mut named = named.into_iter();
        let Some(first) = named.next() else { return Err(self.not_found(at)) };
        if named.any(|other| other.digest != first.digest) {
            return Err(Fault::AmbiguousImage { names: self.names() });
        }
        Ok((first.digest, Some(first)))
    }

    /// Entries of that name. `cosign save` writes no names, but signatures and attestations that belong
    /// to the one image of the directory.
    fn named(&self, name: &str) -> Vec<&Descriptor> {
        let by_name: Vec<&Descriptor> =
            self.entries.iter().filter(|entry| annotation(entry, REF_NAME) == Some(name)).collect();
        if !by_name.is_empty() {
            return by_name;
        }
        let of_kind = |suffix: &str, kind: &str| {
            let subject = name.strip_suffix(suffix)?;
            let belongs = |image: &Descriptor| tag_schema(&image.digest) == subject && cosign_image(image);
            self.entries.iter().any(belongs).then(|| {
                self.entries.iter().filter(|entry| annotation(entry, KIND) == Some(kind)).collect::<Vec<_>>()
            })
        };
        of_kind(".sig", SIGNATURES).or_else(|| of_kind(".att", ATTESTATIONS)).unwrap_or_default()
    }

    /// Entries that are not signatures, attestations or lists of referrers.
    fn images(&self) -> impl Iterator<Item = &Descriptor> {
        self.entries.iter().filter(|entry| {
            let kind = annotation(entry, KIND);
            let attached = annotation(entry, REF_NAME).is_some_and(is_attachment_tag);
            let artifact = entry.artifact_type.as_deref().is_some_and(|name| !name.is_empty());
            kind != Some(SIGNATURES) && kind != Some(ATTESTATIONS) && !attached && !artifact
        })
    }

    fn names(&self) -> Vec<String> {
        let name = |entry: &Descriptor| {
            annotation(entry, REF_NAME).map_or_else(|| entry.digest.to_string(), str::to_owned)
        };
        self.images().take(NAMES).map(name).collect()
    }

    fn not_found(&self, at: &Reference) -> Fault {
        let names = self.names();
        let reason = match (at.tag(), names.is_empty()) {
            (_, true) => "the layout has no image".to_owned(),
            (Some(_), false) => format!("the layout has {}", names.join(", ")),
            (None, false) => String::new(),
        };
        Fault::NotFound { reason }
    }

    fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.root.join("blobs").join(digest.algorithm().name()).join(digest.hex())
    }

    /// At most `ceiling` bytes of the blob, which must be its own.
    fn read_blob(&self, digest: &Digest, ceiling: u64) -> Result<Vec<u8>, Fault> {
        let bytes = read_file(&self.root, &self.blob_path(digest), ceiling)?;
        let found = Digest::of(digest.algorithm(), &bytes);
        if found == *digest { Ok(bytes) } else { Err(Fault::Digest { expected: *digest, found }) }
    }

    fn check_here(&self, at: &Reference) -> Result<(), Fault> {
        let here = at.layout().and_then(|path| path.canonicalize().ok());
        if here.as_ref() == Some(&self.root) { Ok(()) } else { Err(Fault::WrongSource) }
    }

    fn fetch(&self, at: &Reference) -> Result<Fetched, Fault> {
        self.check_here(at)?;
        let (digest, entry) = self.find(at)?;
        let ceiling = entry.map_or(limits::MANIFEST_BYTES, |entry| entry.size);
        if ceiling > limits::MANIFEST_BYTES {
            return Err(Fault::TooLarge { ceiling: limits::MANIFEST_BYTES });
        }
        let bytes = self.read_blob(&digest, ceiling).map_err(|fault| match (fault, entry) {
            // What the index lists is there or the layout is broken: it is not "nothing there".
            (Fault::Io(error), Some(_)) if error.kind() == ErrorKind::NotFound => {
                Fault::Incomplete { digest }
            }
            (fault, _) => fault,
        })?;
        if let Some(entry) = entry {
            check_size(entry, &bytes)?;
        }
        Ok(Fetched { bytes, digest, media_type: entry.map(|entry| entry.media_type.clone()) })
    }

    fn fetch_blob(&self, at: &Reference, descriptor: &Descriptor, ceiling: u64) -> Result<Vec<u8>, Fault> {
        self.check_here(at)?;
        if descriptor.size > ceiling {
            return Err(Fault::TooLarge { ceiling });
        }
        let bytes = self.read_blob(&descriptor.digest, descriptor.size)?;
        check_size(descriptor, &bytes)?;
        Ok(bytes)
    }

    fn find_referrers(&self, at: &Reference, subject: &Digest) -> Result<Vec<Descriptor>, Fault> {
        self.check_here(at)?;
        let mut found = self.tagged_referrers(at, subject)?;
        for descriptor in self.scan(subject)? {
            if !found.iter().any(|known| known.digest == descriptor.digest) {
                found.push(descriptor);
            }
        }
        if found.len() > limits::REFERRERS {
            return Err(Fault::TooMany { what: "referrers", ceiling: limits::REFERRERS });
        }
        Ok(found)
    }

    /// The referrers tag, where a tool copied it along.
    fn tagged_referrers(&self, at: &Reference, subject: &Digest) -> Result<Vec<Descriptor>, Fault> {
        let tag = tag_schema(subject);
        if self.named(&tag).is_empty() {
            return Ok(Vec::new());
        }
        let index = self.fetch(&at.with_tag(&tag)?)?;
        Ok(Index::from_list(&index.bytes, limits::REFERRERS)?.manifests)
    }

    /// Blobs that are manifests with that subject, sorted by digest.
    fn scan(&self, subject: &Digest) -> Result<Vec<Descriptor>, Fault> {
        let mut found = Vec::new();
        let mut looked_at = 0_usize;
        for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
            let directory = self.root.join("blobs").join(algorithm.name());
            if !directory.is_dir() {
                continue;
            }
            for file in directory.read_dir().map_err(Fault::Io)? {
                looked_at += 1;
                if looked_at > limits::LAYOUT_BLOBS {
                    return Err(Fault::TooMany { what: "blobs", ceiling: limits::LAYOUT_BLOBS });
                }
                let name = file.map_err(Fault::Io)?.file_name();
                let digest = name.to_str().map(|hex| Digest::parse(&format!("{}:{hex}", algorithm.name())));
                if let Some(Ok(digest)) = digest {
                    found.extend(self.refers_to(&digest, subject)?);
                }
            }
        }
        found.sort_by_key(|descriptor: &Descriptor| descriptor.digest);
        Ok(found)
    }

    /// The descriptor of blob `digest`, if it is a manifest with that subject.
    fn refers_to(&self, digest: &Digest, subject: &Digest) -> Result<Option<Descriptor>, Fault> {
        let path = self.blob_path(digest);
        if !looks_like_manifest(&self.root, &path)? {
            return Ok(None);
        }
        let bytes = read_file(&self.root, &path, limits::MANIFEST_BYTES)?;
        let Ok(manifest) = Manifest::from_slice(&bytes, None) else { return Ok(None) };
        if manifest.subject.is_none_or(|found| found.digest != *subject) {
            return Ok(None);
        }
        let found = Digest::of(digest.algorithm(), &bytes);
        if found != *digest {
            return Err(Fault::Digest { expected: *digest, found });
        }
        Ok(Some(Descriptor {
            media_type: media_type::OCI_MANIFEST.to_owned(),
            digest: *digest,
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            artifact_type: manifest.artifact_type,
            platform: None,
            annotations: manifest.annotations,
        }))
    }
}

impl ImageSource for Layout {
    async fn manifest(&self, at: &Reference) -> Result<Fetched, SourceError> {
        self.fetch(at).map_err(|fault| SourceError::new(at.to_string(), fault))
    }

    async fn blob(
        &self,
        at: &Reference,
        descriptor: &Descriptor,
        ceiling: u64,
    ) -> Result<Vec<u8>, SourceError> {
        let asked = || format!("blob {} of {}", descriptor.digest, at.name());
        self.fetch_blob(at, descriptor, ceiling).map_err(|fault| SourceError::new(asked(), fault))
    }

    async fn referrers(&self, at: &Reference, subject: &Digest) -> Result<Referrers, SourceError> {
        let asked = || format!("referrers of {subject} in {}", at.name());
        let descriptors =
            self.find_referrers(at, subject).map_err(|fault| SourceError::new(asked(), fault))?;
        Ok(Referrers { answer: Answer::Layout, descriptors })
    }
}

fn check_marker(bytes: &[u8]) -> Result<(), Fault> {
    #[derive(serde::Deserialize)]
    struct Marker {
        #[serde(rename = "imageLayoutVersion")]
        version: String,
    }
    let marker: Marker = json::from_slice(bytes)?;
    if marker.version == "1.0.0" { Ok(()) } else { Err(Fault::NotALayout("imageLayoutVersion is not 1.0.0")) }
}

fn check_size(descriptor: &Descriptor, bytes: &[u8]) -> Result<(), Fault> {
    let found = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if found == descriptor.size { Ok(()) } else { Err(Fault::WrongSize { expected: descriptor.size, found }) }
}

/// Reads a regular file that lies under `root` also when every link is followed.
fn read_file(root: &Path, path: &Path, ceiling: u64) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let file = open_file(root, path)?;
    file.take(ceiling.saturating_add(1)).read_to_end(&mut bytes).map_err(Fault::Io)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > ceiling {
        return Err(Fault::TooLarge { ceiling });
    }
    Ok(bytes)
}

fn open_file(root: &Path, path: &Path) -> Result<File, Fault> {
    let real = path.canonicalize().map_err(Fault::Io)?;
    if !real.starts_with(root) {
        return Err(Fault::NotALayout("a symbolic link leads out of it"));
    }
    // A pipe or device would block or never end.
    if !real.metadata().map_err(Fault::Io)?.is_file() {
        return Err(Fault::NotALayout("a blob is not a regular file"));
    }
    File::open(&real).map_err(Fault::Io)
}

/// Whether a blob is small enough for a manifest and starts like JSON: layers are not read.
fn looks_like_manifest(root: &Path, path: &Path) -> Result<bool, Fault> {
    let file = open_file(root, path)?;
    if file.metadata().map_err(Fault::Io)?.len() > limits::MANIFEST_BYTES {
        return Ok(false);
    }
    let mut start = Vec::new();
    file.take(64).read_to_end(&mut start).map_err(Fault::Io)?;
    Ok(start.trim_ascii_start().starts_with(b"{"))
}

fn annotation<'a>(entry: &'a Descriptor, key: &str) -> Option<&'a str> {
    entry.annotations.get(key).map(String::as_str)
}

fn cosign_image(entry: &Descriptor) -> bool {
    matches!(annotation(entry, KIND), Some(IMAGE | IMAGE_INDEX))
}

/// `sha256-<hex>` with or without a suffix.
fn is_attachment_tag(name: &str) -> bool {
    let hex = name.strip_prefix("sha256-").map(|rest| rest.split('.').next().unwrap_or(rest));
    hex.is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// <https://github.com/opencontainers/image-spec/blob/main/annotations.md>
const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// cosign `pkg/oci/layout`.
const KIND: &str = "kind";
const IMAGE: &str = "dev.cosignproject.cosign/image";
const IMAGE_INDEX: &str = "dev.cosignproject.cosign/imageIndex";
const SIGNATURES: &str = "dev.cosignproject.cosign/sigs";
const ATTESTATIONS: &str = "dev.cosignproject.cosign/atts";

/// Names listed in a message.
const NAMES: usize = 10;
