//! A source that remembers what it was asked.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use jiff::Timestamp;

use super::Blob;
use super::BlobSource;
use super::Fault;
use super::Fetched;
use super::ImageSink;
use super::ImageSource;
use super::LayoutWriter;
use super::Referrers;
use super::SourceError;
use super::record::BlobAnswer;
use super::record::EMPTY;
use super::record::FileRole;
use super::record::ManifestAnswer;
use super::record::PackedFile;
use super::record::PackedImage;
use super::record::Record;
use super::record::ReferrersAnswer;
use super::record::Served;
use crate::digest::Digest;
use crate::oci::Descriptor;
use crate::oci::Reference;

/// Answers of several sources, remembered.
#[derive(Debug, Default)]
pub struct Answers {
    manifests: Mutex<BTreeMap<String, ManifestAnswer>>,
    referrers: Mutex<BTreeMap<(String, Digest), ReferrersAnswer>>,
    blobs: Mutex<BTreeMap<(String, Digest), u64>>,
}

impl Answers {
    /// Writes record and files into the layout; returns what stands in its `index.json`.
    ///
    /// # Errors
    /// They could not be written.
    pub fn finish(
        self,
        layout: &LayoutWriter,
        packed: Timestamp,
        images: Vec<PackedImage>,
        files: &[(FileRole, String, Vec<u8>)],
    ) -> Result<Vec<Descriptor>, SourceError> {
        let mut listed = Vec::new();
        for (role, name, bytes) in files {
            let digest = layout.put(bytes)?;
            let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            listed.push(PackedFile { role: *role, name: name.clone(), digest, size });
        }
        let manifests = self.manifests.into_inner().unwrap_or_else(PoisonError::into_inner);
        let referrers = self.referrers.into_inner().unwrap_or_else(PoisonError::into_inner);
        let blobs = self.blobs.into_inner().unwrap_or_else(PoisonError::into_inner);
        let record = Record {
            schema_version: 1,
            packed,
            images,
            files: listed,
            manifests: manifests.into_values().collect(),
            referrers: referrers.into_values().collect(),
            blobs: blobs.into_iter().map(|((at, digest), size)| BlobAnswer { at, digest, size }).collect(),
        };
        layout.put(EMPTY)?;
        layout.put(&record.to_bytes())?;
        layout.put(&record.artifact())?;
        Ok(record.entries())
    }
}

/// Passes questions on, writes what comes back into a layout, and remembers it. A question that was
/// answered before gets the same answer, so what is packed is of one piece.
#[derive(Debug)]
pub struct Recorder<'a, S> {
    source: &'a S,
    layout: &'a LayoutWriter,
    answers: &'a Answers,
}

impl<'a, S: BlobSource> Recorder<'a, S> {
    /// Asks `source`.
    pub fn new(source: &'a S, layout: &'a LayoutWriter, answers: &'a Answers) -> Self {
        Self { source, layout, answers }
    }

    fn known(&self, key: &str) -> Option<ManifestAnswer> {
        self.answers.manifests.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn remember(&self, key: String, found: Option<Served>, reason: String) {
        let answer = ManifestAnswer { at: key.clone(), found, reason };
        self.answers.manifests.lock().unwrap_or_else(PoisonError::into_inner).insert(key, answer);
    }

    fn remember_blob(&self, at: &Reference, digest: Digest, size: u64) {
        let mut blobs = self.answers.blobs.lock().unwrap_or_else(PoisonError::into_inner);
        blobs.insert((at.name(), digest), size);
    }
}

impl<S: BlobSource> ImageSource for Recorder<'_, S> {
    async fn manifest(&self, at: &Reference) -> Result<Fetched, SourceError> {
        let key = question(at);
        if let Some(answer) = self.known(&key) {
            return match answer.found {
                Some(Served { digest, media_type, .. }) => {
                    Ok(Fetched { bytes: self.layout.read(&digest)?, digest, media_type })
                }
                None => Err(SourceError::new(at.to_string(), Fault::NotFound { reason: answer.reason })),
            };
        }
        match self.source.manifest(at).await {
            Ok(fetched) => {
                let media_type = fetched.media_type.as_deref().unwrap_or_default();
                let here = at.with_digest(fetched.digest);
                self.layout.push_manifest(&here, &fetched.bytes, media_type).await?;
                let size = u64::try_from(fetched.bytes.len()).unwrap_or(u64::MAX);
                let media_type = fetched.media_type.clone();
                self.remember(key, Some(Served { digest: fetched.digest, size, media_type }), String::new());
                Ok(fetched)
            }
            Err(error) => {
                if let Fault::NotFound { reason } = error.fault.as_ref() {
                    self.remember(key, None, reason.clone());
                }
                Err(error)
            }
        }
    }

    async fn blob(
        &self,
        at: &Reference,
        descriptor: &Descriptor,
        ceiling: u64,
    ) -> Result<Vec<u8>, SourceError> {
        let bytes = self.source.blob(at, descriptor, ceiling).await?;
        let content = Box::new(std::io::Cursor::new(bytes.clone()));
        let content = Blob::from_reader(descriptor.digest.to_string(), descriptor, content);
        self.layout.push_blob(at, descriptor, content).await?;
        self.remember_blob(at, descriptor.digest, descriptor.size);
        Ok(bytes)
    }

    async fn referrers(&self, at: &Reference, subject: &Digest) -> Result<Referrers, SourceError> {
        let referrers = self.source.referrers(at, subject).await?;
        let answer = ReferrersAnswer {
            at: at.name(),
            subject: *subject,
            answer: referrers.answer,
            descriptors: referrers.descriptors.clone(),
        };
        let mut known = self.answers.referrers.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert((at.name(), *subject), answer);
        Ok(referrers)
    }
}

impl<S: BlobSource> BlobSource for Recorder<'_, S> {
    async fn open_blob(&self, at: &Reference, descriptor: &Descriptor) -> Result<Blob, SourceError> {
        self.source.open_blob(at, descriptor).await
    }
}

/// One spelling for one question: a digest decides, and the tag beside it is only a label.
pub(super) fn question(at: &Reference) -> String {
    at.digest().map_or_else(|| at.to_string(), |digest| at.with_digest(*digest).to_string())
}
