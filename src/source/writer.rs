//! Writes OCI layouts: a directory, or a tar archive that is the same for the same content.
//!
//! Both are made beside their place, under a name that starts with a dot, and moved there in one step.

use std::collections::BTreeSet;
use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use serde::Serialize;

use super::Blob;
use super::Fault;
use super::ImageSink;
use super::SourceError;
use super::layout::blob_name;
use crate::digest::Digest;
use crate::digest::VerifyingReader;
use crate::oci::Descriptor;
use crate::oci::Reference;
use crate::oci::media_type;

/// Writes a layout directory.
#[derive(Debug)]
pub struct LayoutWriter {
    target: PathBuf,
    work: PathBuf,
    blobs: Mutex<BTreeSet<(Digest, u64)>>,
    /// Names of files that are not done.
    parts: AtomicU64,
}

impl LayoutWriter {
    /// Starts a directory that is not there yet, or is empty.
    ///
    /// # Errors
    /// There is something, or nothing can be written there.
    pub fn create(directory: &Path) -> Result<Self, SourceError> {
        let problem = |fault| SourceError::new(directory.display().to_string(), fault);
        match directory.read_dir().map(|mut entries| entries.next().is_some()) {
            Ok(false) => {}
            Ok(true) => return Err(problem(Fault::Exists)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(problem(Fault::Exists));
            }
            Err(error) => return Err(problem(Fault::Write(error))),
        }
        Self::begin(directory).map_err(|error| problem(Fault::Write(error)))
    }

    /// Starts a directory, or adds to one: blobs that are there stay, `index.json` is replaced at the end.
    ///
    /// # Errors
    /// Nothing can be written there.
    pub fn merge(directory: &Path) -> Result<Self, SourceError> {
        let writer = Self::begin(directory);
        writer.map_err(|error| SourceError::new(directory.display().to_string(), Fault::Write(error)))
    }

    fn begin(target: &Path) -> io::Result<Self> {
        let work = beside(target, "dir")?;
        if let Some(folder) = work.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        fs::create_dir(&work)?;
        let writer =
            Self { target: target.to_owned(), work, blobs: Mutex::default(), parts: AtomicU64::new(0) };
        fs::create_dir_all(writer.work.join("blobs/sha256"))?;
        Ok(writer)
    }

    /// Writes a blob that is in memory.
    ///
    /// # Errors
    /// It could not be written.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest, SourceError> {
        let digest = Digest::sha256(bytes);
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if !self.has(&digest) {
            let write = || {
                let (part, mut file) = self.part()?;
                file.write_all(bytes)?;
                self.keep(&part, digest, size)
            };
            write().map_err(|error| self.problem(&digest, error))?;
        }
        Ok(digest)
    }

    /// Whether a blob was written.
    #[must_use]
    pub fn has(&self, digest: &Digest) -> bool {
        let blobs = self.blobs.lock().unwrap_or_else(PoisonError::into_inner);
        blobs.range((*digest, 0)..=(*digest, u64::MAX)).next().is_some()
    }

    /// The bytes of a blob that was written.
    ///
    /// # Errors
    /// It is not there any more.
    pub fn read(&self, digest: &Digest) -> Result<Vec<u8>, SourceError> {
        fs::read(self.work.join(blob_name(digest)))
            .map_err(|error| SourceError::new(blob_name(digest), Fault::Io(error)))
    }

    /// Writes a file that is no blob, under a name that leads nowhere else.
    ///
    /// # Errors
    /// It could not be written.
    pub fn put_file(&self, name: &str, bytes: &[u8]) -> Result<(), SourceError> {
        let path = self.work.join(name);
        let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
        folder.and_then(|()| write_new(&path, bytes)).map_err(|error| {
            SourceError::new(self.target.join(name).display().to_string(), Fault::Write(error))
        })
    }

    /// Writes `index.json` and moves the directory to its place.
    ///
    /// # Errors
    /// It could not be written, or something has come there in the meantime.
    pub fn finish(self, entries: &[Descriptor]) -> Result<(), SourceError> {
        self.complete(entries)?;
        let move_in = || match self.target.read_dir().map(|mut entries| entries.next().is_some()) {
            Ok(true) => self.add_to_target(),
            _ => fs::rename(&self.work, &self.target),
        };
        move_in().map_err(|error| SourceError::new(self.target.display().to_string(), Fault::Write(error)))
    }

    /// Blobs first: `index.json` never lists what is not there.
    fn add_to_target(&self) -> io::Result<()> {
        let blobs = self.blobs.lock().unwrap_or_else(PoisonError::into_inner);
        for (digest, _) in blobs.iter() {
            let path = self.target.join(blob_name(digest));
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::rename(self.work.join(blob_name(digest)), path)?;
        }
        for name in ["oci-layout", "index.json"] {
            fs::rename(self.work.join(name), self.target.join(name))?;
        }
        Ok(())
    }

    fn complete(&self, entries: &[Descriptor]) -> Result<(), SourceError> {
        self.put_file("index.json", &index_json(entries))?;
        self.put_file("oci-layout", OCI_LAYOUT)
    }

    fn part(&self) -> io::Result<(PathBuf, File)> {
        let number = self.parts.fetch_add(1, Ordering::Relaxed);
        let path = self.work.join(format!("part-{number}"));
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok((path, file))
    }

    /// Gives a whole blob its name.
    fn keep(&self, part: &Path, digest: Digest, size: u64) -> io::Result<()> {
        let path = self.work.join(blob_name(&digest));
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::rename(part, path)?;
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner).insert((digest, size));
        Ok(())
    }

    async fn write(&self, descriptor: &Descriptor, mut content: Blob) -> Result<(), SourceError> {
        let problem = |error| self.problem(&descriptor.digest, error);
        let (part, mut file) = self.part().map_err(problem)?;
        while let Some(piece) = content.next().await? {
            file.write_all(&piece).map_err(problem)?;
        }
        drop(file);
        self.keep(&part, descriptor.digest, descriptor.size).map_err(problem)
    }

    fn problem(&self, digest: &Digest, error: io::Error) -> SourceError {
        let at = self.target.join(blob_name(digest));
        SourceError::new(at.display().to_string(), Fault::Write(error))
    }
}

impl Drop for LayoutWriter {
    /// Nothing half-written is left; what is done has moved on.
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.work);
    }
}

impl ImageSink for LayoutWriter {
    async fn has_blob(&self, _at: &Reference, descriptor: &Descriptor) -> Result<bool, SourceError> {
        Ok(self.has(&descriptor.digest))
    }

    async fn push_blob(
        &self,
        _at: &Reference,
        descriptor: &Descriptor,
        content: Blob,
    ) -> Result<(), SourceError> {
        self.write(descriptor, content).await
    }

    async fn push_manifest(
        &self,
        at: &Reference,
        bytes: &[u8],
        _media_type: &str,
    ) -> Result<Digest, SourceError> {
        match at.digest() {
            // Its name is what it was asked by.
            Some(digest) if Digest::of(digest.algorithm(), bytes) != *digest => {
                let found = Digest::of(digest.algorithm(), bytes);
                Err(SourceError::new(at.to_string(), Fault::Digest { expected: *digest, found }))
            }
            Some(digest) if *digest != Digest::sha256(bytes) => {
                let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                let write = || {
                    let (part, mut file) = self.part()?;
                    file.write_all(bytes)?;
                    self.keep(&part, *digest, size)
                };
                write().map_err(|error| self.problem(digest, error))?;
                Ok(*digest)
            }
            _ => self.put(bytes),
        }
    }
}

/// Writes a tar archive of a layout: sorted, without times and owners. It takes the room of its content
/// twice until it is done.
#[derive(Debug)]
pub struct ArchiveWriter {
    target: PathBuf,
    layout: LayoutWriter,
}

impl ArchiveWriter {
    /// Starts an archive; a file that is there is replaced at the end.
    ///
    /// # Errors
    /// Nothing can be written there.
    pub fn create(file: &Path) -> Result<Self, SourceError> {
        let problem = |fault| SourceError::new(file.display().to_string(), fault);
        if file.is_dir() {
            return Err(problem(Fault::Exists));
        }
        let layout = LayoutWriter::begin(file).map_err(|error| problem(Fault::Write(error)))?;
        Ok(Self { target: file.to_owned(), layout })
    }

    /// What goes into it.
    #[must_use]
    pub fn layout(&self) -> &LayoutWriter {
        &self.layout
    }

    /// Writes the archive and moves it to its place. Returns its digest and size.
    ///
    /// # Errors
    /// It could not be written.
    pub fn finish(self, entries: &[Descriptor]) -> Result<(Digest, u64), SourceError> {
        self.layout.complete(entries)?;
        let write = || {
            let work = beside(&self.target, "tar")?;
            let written = self.archive(&work).and_then(|()| {
                let hashed =
                    crate::digest::hash_reader(crate::digest::Algorithm::Sha256, File::open(&work)?)?;
                fs::rename(&work, &self.target)?;
                Ok(hashed)
            });
            if written.is_err() {
                let _ = fs::remove_file(&work);
            }
            written
        };
        write().map_err(|error| SourceError::new(self.target.display().to_string(), Fault::Write(error)))
    }

    fn archive(&self, work: &Path) -> io::Result<()> {
        let file = OpenOptions::new().write(true).create_new(true).open(work)?;
        let mut builder = tar::Builder::new(io::BufWriter::with_capacity(1 << 20, file));
        let blobs = self.layout.blobs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (digest, size) in blobs {
            let name = blob_name(&digest);
            let content = File::open(self.layout.work.join(&name))?;
            append(&mut builder, &name, size, VerifyingReader::new(content, digest, size))?;
        }
        for name in ["index.json", "oci-layout"] {
            let content = fs::read(self.layout.work.join(name))?;
            let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
            append(&mut builder, name, size, content.as_slice())?;
        }
        builder.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

impl ImageSink for ArchiveWriter {
    async fn has_blob(&self, at: &Reference, descriptor: &Descriptor) -> Result<bool, SourceError> {
        self.layout.has_blob(at, descriptor).await
    }

    async fn push_blob(
        &self,
        at: &Reference,
        descriptor: &Descriptor,
        content: Blob,
    ) -> Result<(), SourceError> {
        self.layout.push_blob(at, descriptor, content).await
    }

    async fn push_manifest(
        &self,
        at: &Reference,
        bytes: &[u8],
        media_type: &str,
    ) -> Result<Digest, SourceError> {
        self.layout.push_manifest(at, bytes, media_type).await
    }
}

fn append(
    builder: &mut tar::Builder<impl Write>,
    name: &str,
    size: u64,
    content: impl Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    builder.append_data(&mut header, name, content)
}

/// `index.json` of those entries.
pub(super) fn index_json(entries: &[Descriptor]) -> Vec<u8> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Document<'a> {
        schema_version: u32,
        media_type: &'static str,
        manifests: &'a [Descriptor],
    }
    let document = Document { schema_version: 2, media_type: media_type::OCI_INDEX, manifests: entries };
    // Maps with keys of text: there is nothing that JSON cannot say.
    serde_json::to_vec(&document).unwrap_or_default()
}

/// A name beside `target` that nobody else uses.
fn beside(target: &Path, kind: &str) -> io::Result<PathBuf> {
    // `.` and `a/..` have no name of their own.
    let target = if target.file_name().is_some() { target.to_owned() } else { target.canonicalize()? };
    let name = target.file_name().ok_or_else(|| io::Error::other("it names no file"))?;
    let name = name.to_string_lossy();
    Ok(target.with_file_name(format!(".{name}.{}.{kind}.tmp", std::process::id())))
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(bytes)
}

/// <https://github.com/opencontainers/image-spec/blob/main/image-layout.md#oci-layout-file>
pub(super) const OCI_LAYOUT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;
