//! OCI image layouts, <https://github.com/opencontainers/image-spec/blob/main/image-layout.md>, in a
//! directory or a tar archive, including what `cosign save` writes.
//!
//! `cosign save` marks the entries of `index.json` by the annotation `kind`, and leaves bundles as
//! blobs that nothing but their own `subject` connects to the image.

mod archive;
mod directory;

use std::io::ErrorKind;
use std::io::Read;
use std::path::Path;

use archive::Archive;
use directory::Directory;

use super::Answer;
use super::Blob;
use super::BlobSource;
use super::Fault;
use super::Fetched;
use super::ImageSource;
use super::Referrers;
use super::SourceError;
use super::tag_schema;
use crate::digest::Digest;
use crate::json;
use crate::limits;
use crate::oci::Descriptor;
use crate::oci::Index;
use crate::oci::Manifest;
use crate::oci::Reference;
use crate::oci::media_type;

/// An OCI layout, read as it was when it was opened.
#[derive(Debug)]
pub struct Layout {
    files: Files,
    entries: Vec<Descriptor>,
}

impl Layout {
    /// Reads `oci-layout` and `index.json` of `directory`.
    ///
    /// # Errors
    /// They are not there, too large, malformed, or of an unknown version.
    pub fn open(directory: &Path) -> Result<Self, SourceError> {
        let files = Directory::open(directory).map(Files::Directory);
        let files = files.map_err(|fault| SourceError::new(directory.display().to_string(), fault))?;
        Self::read(files, directory)
    }

    /// Reads the names of all files of a tar archive, and of those `oci-layout` and `index.json`.
    ///
    /// # Errors
    /// It is no plain tar archive, has what no layout has, or what [`Self::open`] says.
    pub fn open_archive(file: &Path) -> Result<Self, SourceError> {
        let files = Archive::open(file).map(Files::Archive);
        let files = files.map_err(|fault| SourceError::new(file.display().to_string(), fault))?;
        Self::read(files, file)
    }

    fn read(files: Files, path: &Path) -> Result<Self, SourceError> {
        let at = |file: &str| path.join(file).display().to_string();
        let read = |file: &str| {
            let bytes = files.read(file, limits::MANIFEST_BYTES);
            bytes.map_err(|fault| SourceError::new(at(file), fault))
        };
        let marker = read("oci-layout")?;
        check_marker(&marker).map_err(|fault| SourceError::new(at("oci-layout"), fault))?;
        let index = Index::from_list(&read("index.json")?, limits::INDEX_MANIFESTS)
            .map_err(|error| SourceError::new(at("index.json"), error))?;
        Ok(Self { files, entries: index.manifests })
    }

    /// What `index.json` lists.
    #[must_use]
    pub fn entries(&self) -> &[Descriptor] {
        &self.entries
    }

    /// Every blob there is, sorted.
    ///
    /// # Errors
    /// The directory could not be read, or has more than [`LAYOUT_BLOBS`](limits::LAYOUT_BLOBS).
    pub fn blobs(&self) -> Result<Vec<Digest>, SourceError> {
        let mut blobs = self.files.blobs().map_err(|fault| SourceError::new("blobs", fault))?;
        blobs.sort_unstable();
        Ok(blobs)
    }

    /// Opens a blob by its digest alone.
    ///
    /// # Errors
    /// It is not there.
    pub fn open_digest(&self, digest: &Digest) -> Result<Blob, SourceError> {
        let size = self.files.open(&blob_name(digest)).map(|content| content.size);
        let size = size.map_err(|fault| SourceError::new(blob_name(digest), fault))?;
        let descriptor = Descriptor {
            media_type: String::new(),
            digest: *digest,
            size,
            artifact_type: None,
            platform: None,
            annotations: std::collections::BTreeMap::new(),
        };
        self.open_here(blob_name(digest), &descriptor)
    }

    /// The bytes of a blob as they lie there. They are not checked: whoever reads them does.
    ///
    /// # Errors
    /// It is not there.
    pub fn reader(&self, digest: &Digest) -> Result<Box<dyn Read + Send>, SourceError> {
        let name = blob_name(digest);
        let content = self.files.open(&name).map_err(|fault| SourceError::new(name, fault))?;
        Ok(content.reader)
    }

    pub(super) fn open_here(&self, asked: String, descriptor: &Descriptor) -> Result<Blob, SourceError> {
        match self.files.open(&blob_name(&descriptor.digest)) {
            Ok(content) => Ok(Blob::from_reader(asked, descriptor, content.reader)),
            Err(fault) => Err(SourceError::new(asked, fault)),
        }
    }

    /// At most `ceiling` bytes of a file other than a blob.
    pub(super) fn file(&self, name: &str, ceiling: u64) -> Result<Vec<u8>, Fault> {
        self.files.read(name, ceiling)
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

    /// At most `ceiling` bytes of the blob, which must be its own.
    pub(super) fn read_blob(&self, digest: &Digest, ceiling: u64) -> Result<Vec<u8>, Fault> {
        let bytes = self.files.read(&blob_name(digest), ceiling)?;
        let found = Digest::of(digest.algorithm(), &bytes);
        if found == *digest { Ok(bytes) } else { Err(Fault::Digest { expected: *digest, found }) }
    }

    fn check_here(&self, at: &Reference) -> Result<(), Fault> {
        let here = match &self.files {
            Files::Archive(archive) => at.archive().is_some_and(|path| archive.is(path)),
            Files::Directory(directory) => at.layout().is_some_and(|path| directory.is(path)),
        };
        if here { Ok(()) } else { Err(Fault::WrongSource) }
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
        if index.digest == *subject {
            return Ok(Vec::new());
        }
        Ok(Index::from_list(&index.bytes, limits::REFERRERS)?.manifests)
    }

    /// Blobs that are manifests with that subject, sorted by digest.
    fn scan(&self, subject: &Digest) -> Result<Vec<Descriptor>, Fault> {
        let mut found = Vec::new();
        for digest in self.files.blobs()? {
            found.extend(self.refers_to(&digest, subject)?);
        }
        found.sort_by_key(|descriptor: &Descriptor| descriptor.digest);
        Ok(found)
    }

    /// The descriptor of blob `digest`, if it is a manifest with that subject.
    fn refers_to(&self, digest: &Digest, subject: &Digest) -> Result<Option<Descriptor>, Fault> {
        let Some(bytes) = self.files.open(&blob_name(digest))?.read_manifest()? else { return Ok(None) };
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

impl BlobSource for Layout {
    async fn open_blob(&self, at: &Reference, descriptor: &Descriptor) -> Result<Blob, SourceError> {
        let asked = format!("blob {} of {}", descriptor.digest, at.name());
        match self.check_here(at) {
            Ok(()) => self.open_here(asked, descriptor),
            Err(fault) => Err(SourceError::new(asked, fault)),
        }
    }
}

/// Where the files of a layout lie.
#[derive(Debug)]
enum Files {
    Archive(Archive),
    Directory(Directory),
}

/// A file that was opened.
struct Content {
    size: u64,
    reader: Box<dyn Read + Send>,
}

impl Files {
    fn open(&self, name: &str) -> Result<Content, Fault> {
        match self {
            Self::Archive(archive) => archive.file(name),
            Self::Directory(directory) => directory.file(name),
        }
    }

    fn read(&self, name: &str, ceiling: u64) -> Result<Vec<u8>, Fault> {
        let mut content = self.open(name)?;
        let mut bytes = Vec::with_capacity(content.capacity(ceiling));
        content.read_more(&mut bytes, ceiling)?;
        Ok(bytes)
    }

    fn blobs(&self) -> Result<Vec<Digest>, Fault> {
        match self {
            Self::Archive(archive) => Ok(archive.blobs()),
            Self::Directory(directory) => directory.blobs(),
        }
    }
}

/// `blobs/sha256/<hex>`
pub(super) fn blob_name(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm().name(), digest.hex())
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

impl Content {
    /// Reads on, to `ceiling` bytes of the file at most.
    fn read_more(&mut self, bytes: &mut Vec<u8>, ceiling: u64) -> Result<(), Fault> {
        let length = |bytes: &[u8]| u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let left = ceiling.saturating_add(1).saturating_sub(length(bytes));
        self.reader.by_ref().take(left).read_to_end(bytes).map_err(Fault::Io)?;
        if length(bytes) > ceiling { Err(Fault::TooLarge { ceiling }) } else { Ok(()) }
    }

    /// Room for the whole file, as far as it may be read, and a byte to see that it ends.
    fn capacity(&self, ceiling: u64) -> usize {
        usize::try_from(self.size.min(ceiling).min(ROOM)).unwrap_or(0).saturating_add(1)
    }

    /// The whole of a blob that is small enough for a manifest and starts like JSON: layers are not read.
    fn read_manifest(mut self) -> Result<Option<Vec<u8>>, Fault> {
        if self.size > limits::MANIFEST_BYTES {
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(self.capacity(limits::MANIFEST_BYTES));
        self.reader.by_ref().take(64).read_to_end(&mut bytes).map_err(Fault::Io)?;
        if !bytes.trim_ascii_start().starts_with(b"{") {
            return Ok(None);
        }
        self.read_more(&mut bytes, limits::MANIFEST_BYTES)?;
        Ok(Some(bytes))
    }
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
pub(super) const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// cosign `pkg/oci/layout`.
pub(super) const KIND: &str = "kind";
pub(super) const IMAGE: &str = "dev.cosignproject.cosign/image";
pub(super) const IMAGE_INDEX: &str = "dev.cosignproject.cosign/imageIndex";
pub(super) const SIGNATURES: &str = "dev.cosignproject.cosign/sigs";
pub(super) const ATTESTATIONS: &str = "dev.cosignproject.cosign/atts";

/// Names listed in a message.
const NAMES: usize = 10;

/// Most that is set aside for a file by what its directory says of its size.
const ROOM: u64 = 1 << 20;
