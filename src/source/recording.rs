//! An archive of evidence, which answers as the registries did when it was made.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use super::Blob;
use super::BlobSource;
use super::Fault;
use super::Fetched;
use super::ImageSource;
use super::Layout;
use super::Referrers;
use super::SourceError;
use super::record::ManifestAnswer;
use super::record::PackedFile;
use super::record::RECORD;
use super::record::Record;
use super::record::ReferrersAnswer;
use super::record::Served;
use super::recorder::question;
use super::writer::OCI_LAYOUT;
use super::writer::index_json;
use crate::digest::Digest;
use crate::json;
use crate::limits;
use crate::oci::Descriptor;
use crate::oci::Manifest;
use crate::oci::Reference;

/// An archive of evidence.
///
/// It answers only what was asked when it was made: what nobody asked then is [`Fault::NotPacked`], which is
/// no answer, and never "there is none". It vouches for nothing: which digest a tag had, and what was attached
/// to it, is the word of whoever made it, and only signatures can show more.
#[derive(Debug)]
pub struct Recording {
    layout: Layout,
    record: Record,
    manifests: BTreeMap<String, ManifestAnswer>,
    referrers: BTreeMap<(String, Digest), ReferrersAnswer>,
    blobs: BTreeSet<(String, Digest)>,
}

impl Recording {
    /// Opens an archive of evidence; `None` if it is an archive of a layout without a record.
    ///
    /// # Errors
    /// It is no archive of a layout, its record is not one, or it has another `index.json` than its record
    /// makes.
    pub fn open(file: &Path) -> Result<Option<Self>, SourceError> {
        let layout = Layout::open_archive(file)?;
        let problem = |fault| SourceError::new(file.display().to_string(), fault);
        let mut artifacts = layout.entries().iter().filter(|entry| is_record(&layout, entry));
        let Some(artifact) = artifacts.next().cloned() else { return Ok(None) };
        if artifacts.next().is_some() {
            return Err(problem(Fault::NotARecord("it has two records")));
        }
        let record = read_record(&layout, &artifact).map_err(problem)?;
        let recording = Self::new(layout, record);
        recording.check_outside().map_err(problem)?;
        recording.check_images().map_err(problem)?;
        Ok(Some(recording))
    }

    fn new(layout: Layout, record: Record) -> Self {
        let mut manifests: BTreeMap<String, ManifestAnswer> = BTreeMap::new();
        for answer in &record.manifests {
            // A tag's manifest is also found by its digest.
            if let (Some(found), Ok(at)) = (&answer.found, Reference::parse(&answer.at)) {
                let by_digest = at.with_digest(found.digest).to_string();
                manifests.entry(by_digest).or_insert_with(|| answer.clone());
            }
        }
        for answer in &record.manifests {
            manifests.insert(answer.at.clone(), answer.clone());
        }
        let referrers = record.referrers.iter();
        let referrers = referrers.map(|answer| ((answer.at.clone(), answer.subject), answer.clone()));
        let blobs = record.blobs.iter().map(|answer| (answer.at.clone(), answer.digest));
        Self { manifests, referrers: referrers.collect(), blobs: blobs.collect(), layout, record }
    }

    /// What is in it.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// A file that was packed along.
    ///
    /// # Errors
    /// It is not there, or is another one.
    pub fn file(&self, file: &PackedFile) -> Result<Vec<u8>, SourceError> {
        let bytes = self.layout.read_blob(&file.digest, file.size.min(limits::RECORD_BYTES));
        bytes.map_err(|fault| SourceError::new(file.name.clone(), missing(file.digest)(fault)))
    }

    /// Every file of the layout, for who writes it down elsewhere.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// `index.json` and `oci-layout` have no digest of their own; they are compared with what the record
    /// makes of them. So no byte of the archive has two readings.
    fn check_outside(&self) -> Result<(), Fault> {
        let index = self.layout.file("index.json", limits::MANIFEST_BYTES)?;
        if index != index_json(&self.record.entries()) {
            return Err(Fault::NotARecord("index.json is not what the record makes"));
        }
        if self.layout.file("oci-layout", limits::MANIFEST_BYTES)? != OCI_LAYOUT {
            return Err(Fault::NotARecord("oci-layout is not as it was written"));
        }
        Ok(())
    }

    /// What `show` says of an image is what `verify` gets by its name.
    fn check_images(&self) -> Result<(), Fault> {
        let named = |reference: &str| {
            let answer = self.manifests.get(&question(&Reference::parse(reference).ok()?))?;
            answer.found.as_ref().map(|found| found.digest)
        };
        let right = self.record.images.iter().all(|image| named(&image.reference) == Some(image.digest));
        if right {
            Ok(())
        } else {
            Err(Fault::NotARecord("the name of an image in it stands for another one"))
        }
    }

    fn not_packed(&self) -> Fault {
        let has = self.record.images.iter().map(|image| {
            let platforms: Vec<String> = image.platforms.iter().map(ToString::to_string).collect();
            match platforms.as_slice() {
                [] => image.reference.clone(),
                some => format!("{} ({})", image.reference, some.join(", ")),
            }
        });
        Fault::NotPacked { has: has.collect() }
    }

    fn fetch(&self, at: &Reference) -> Result<Fetched, Fault> {
        let answer = self.manifests.get(&question(at)).ok_or_else(|| self.not_packed())?;
        let Some(Served { digest, size, media_type }) = &answer.found else {
            return Err(Fault::NotFound { reason: answer.reason.clone() });
        };
        let bytes = self.layout.read_blob(digest, limits::MANIFEST_BYTES);
        let bytes = bytes.map_err(missing(*digest))?;
        check_size(*size, &bytes)?;
        Ok(Fetched { bytes, digest: *digest, media_type: media_type.clone() })
    }

    fn fetch_blob(&self, at: &Reference, descriptor: &Descriptor, ceiling: u64) -> Result<Vec<u8>, Fault> {
        if descriptor.size > ceiling {
            return Err(Fault::TooLarge { ceiling });
        }
        if !self.blobs.contains(&(at.name(), descriptor.digest)) {
            return Err(self.not_packed());
        }
        let bytes = self.layout.read_blob(&descriptor.digest, descriptor.size);
        let bytes = bytes.map_err(missing(descriptor.digest))?;
        check_size(descriptor.size, &bytes)?;
        Ok(bytes)
    }
}

impl ImageSource for Recording {
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
        let answer = self.referrers.get(&(at.name(), *subject));
        let answer = answer.ok_or_else(|| SourceError::new(asked(), self.not_packed()))?;
        Ok(Referrers { answer: answer.answer, descriptors: answer.descriptors.clone() })
    }
}

impl BlobSource for Recording {
    async fn open_blob(&self, at: &Reference, descriptor: &Descriptor) -> Result<Blob, SourceError> {
        // Its digest says what it is, whichever image it was packed for.
        self.layout.open_here(format!("blob {} of {}", descriptor.digest, at.name()), descriptor)
    }
}

/// Whether an entry is, or was before somebody changed `index.json`, the artifact of a record: then the
/// archive is none of evidence that is taken for another.
fn is_record(layout: &Layout, entry: &Descriptor) -> bool {
    let named = entry.artifact_type.as_deref() == Some(RECORD);
    let manifest =
        || Manifest::from_slice(&layout.read_blob(&entry.digest, limits::MANIFEST_BYTES).ok()?, None).ok();
    named || manifest().is_some_and(|manifest| manifest.artifact_type.as_deref() == Some(RECORD))
}

/// The record that `artifact` holds.
fn read_record(layout: &Layout, artifact: &Descriptor) -> Result<Record, Fault> {
    let manifest = layout.read_blob(&artifact.digest, limits::MANIFEST_BYTES);
    let manifest = manifest.map_err(missing(artifact.digest))?;
    let manifest = Manifest::from_slice(&manifest, Some(&artifact.media_type))?;
    let layer = manifest.layers.first().filter(|layer| layer.media_type == RECORD);
    let layer = layer.ok_or(Fault::NotARecord("its artifact holds none"))?;
    let bytes = layout.read_blob(&layer.digest, layer.size.min(limits::RECORD_BYTES));
    let bytes = bytes.map_err(missing(layer.digest))?;
    let record: Record = json::from_slice(&bytes)?;
    if record.schema_version != 1 {
        return Err(Fault::NotARecord("it is of a newer version: use a newer portcullis"));
    }
    let mut names = BTreeSet::new();
    if !record.files.iter().all(|file| file.has_plain_name() && names.insert(&file.name)) {
        return Err(Fault::NotARecord("the name of a file in it leads elsewhere, or is there twice"));
    }
    if record.to_bytes() != bytes {
        return Err(Fault::NotARecord("it is not written in the one way"));
    }
    Ok(record)
}

/// What the record lists is there, or the archive is broken: it is not "nothing there".
fn missing(digest: Digest) -> impl Fn(Fault) -> Fault {
    move |fault| match fault {
        Fault::Io(error) if error.kind() == std::io::ErrorKind::NotFound => Fault::Incomplete { digest },
        fault => fault,
    }
}

fn check_size(expected: u64, bytes: &[u8]) -> Result<(), Fault> {
    let found = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if found == expected { Ok(()) } else { Err(Fault::WrongSize { expected, found }) }
}
