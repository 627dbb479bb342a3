//! Archives of images: what `docker save`, `podman save` and `skopeo copy` to `docker-archive:` or
//! `oci-archive:` write.
//!
//! A plain file is read by offset, after a pass over its headers. A compressed one, and a stream, is read once,
//! front to back: the documents that say which of its members are layers, and what of, may come last, so every
//! member that may be a layer is looked at while it passes. Where an archive is of both formats, as `docker
//! save` writes them since version 25, that of the OCI counts: it has the manifest that attestations name.
//! <https://github.com/moby/docker-image-spec/blob/main/spec.md#combined-image-json--filesystem-changeset-format>

mod choose;
mod indexed;
mod streamed;

use std::fs::File;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::path::Path;

use self::choose::Plan;
use super::Examiner;
use super::Options;
use super::decompress::Format;
use super::decompress::sniff;
use super::error::ImageError;
use super::tree::Tree;
use crate::digest::Digest;
use crate::oci::Platform;

/// Which image of an archive is meant.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// By name, as in `example.com/app:1`, or by tag alone.
    pub name: Option<String>,
    /// By platform.
    pub platform: Option<Platform>,
    /// Where several are left: that of this platform.
    pub preferred: Option<Platform>,
}

/// An image of an archive.
#[derive(Debug)]
pub struct ArchiveImage<K> {
    /// The names that the archive gives it.
    pub names: Vec<String>,
    /// Its manifest, if the archive has one: Docker's own format has none.
    pub manifest: Option<ArchiveManifest>,
    /// Its configuration.
    pub config: Vec<u8>,
    /// What its uncompressed layers are, lowest first, as the configuration says.
    pub diff_ids: Vec<Digest>,
    /// Its files.
    pub tree: Tree<K>,
}

impl<K> AsRef<Tree<K>> for ArchiveImage<K> {
    fn as_ref(&self) -> &Tree<K> {
        &self.tree
    }
}

/// The manifest of an image.
#[derive(Clone, Debug)]
pub struct ArchiveManifest {
    /// Of `bytes`.
    pub digest: Digest,
    /// As they are in the archive.
    pub bytes: Vec<u8>,
}

/// Reads an image from the archive `path`.
///
/// # Errors
/// It is no archive of images, has none or several that may be meant, or one that is broken.
pub fn read_archive<E: Examiner>(
    path: &Path,
    choice: &Choice,
    examiner: &E,
    options: &Options,
) -> Result<ArchiveImage<E::Kept>, ImageError> {
    let at = |error| ImageError::File { path: path.to_owned(), error };
    let mut file = File::open(path).map_err(at)?;
    let regular = file.metadata().map_err(at)?.is_file();
    if !regular {
        return read_stream(file, choice, examiner, options);
    }
    let mut start = Vec::new();
    file.by_ref().take(4).read_to_end(&mut start).map_err(at)?;
    file.rewind().map_err(at)?;
    if sniff(&start) != Format::Plain {
        return read_stream(file, choice, examiner, options);
    }
    let archive = indexed::Indexed::read(file)?;
    let plan = choose::choose(&archive, choice)?;
    let tree = archive.layers(&plan, examiner, options)?;
    Ok(finish(plan, tree))
}

/// Reads an image from an archive that cannot be read twice.
///
/// # Errors
/// As [`read_archive`].
pub fn read_stream<E: Examiner>(
    stream: impl Read + Send,
    choice: &Choice,
    examiner: &E,
    options: &Options,
) -> Result<ArchiveImage<E::Kept>, ImageError> {
    let mut archive = streamed::Streamed::read(stream, examiner, &options.watch)?;
    let plan = choose::choose(&archive, choice)?;
    let mut tree = archive.layers(&plan, examiner)?;
    options.exclude.apply(&mut tree);
    Ok(finish(plan, tree))
}

fn finish<K>(plan: Plan, tree: Tree<K>) -> ArchiveImage<K> {
    let Plan { names, manifest, config, diff_ids, .. } = plan;
    ArchiveImage { names, manifest, config, diff_ids, tree }
}

/// The members of an archive, however they are had.
trait Members {
    /// A document, links followed; `None` if there is none of that name, or it is too large to be one.
    fn document(&self, name: &str) -> Result<Option<Vec<u8>>, ImageError>;
}

/// What links between members lead to.
fn follow<'a>(links: &'a std::collections::HashMap<String, String>, name: &'a str) -> &'a str {
    let mut at = name;
    for _ in 0..LINKS {
        match links.get(at) {
            Some(target) => at = target,
            None => return at,
        }
    }
    at
}

/// The name that a symbolic link at `path` leads to.
fn symbolic(path: &str, target: &[u8]) -> String {
    if target.starts_with(b"/") {
        return super::walk::normal(target);
    }
    let mut whole = super::tree::parent(path).as_bytes().to_vec();
    whole.push(b'/');
    whole.extend_from_slice(target);
    super::walk::normal(&whole)
}

fn archive(error: io::Error) -> ImageError {
    ImageError::Archive(super::error::LayerFault::from_io(error))
}

/// As in a tree.
const LINKS: usize = 40;

#[cfg(test)]
mod tests;
