//! Archives of images, and single files.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::PipelineError;
use super::Platforms;
use super::Scan;
use super::follow;
use super::name_layers;
use super::note_problems;
use super::reader::Reader;
use crate::catalog::Content;
use crate::digest;
use crate::digest::Algorithm;
use crate::digest::Digest;
use crate::image;
use crate::image::ArchiveImage;
use crate::image::Choice;
use crate::json;
use crate::oci::Descriptor;
use crate::oci::ImageConfig;
use crate::oci::Manifest;
use crate::oci::Platform;
use crate::oci::Reference;
use crate::package::ImageSubject;
use crate::package::Inventory;
use crate::package::LayerSubject;
use crate::package::Subject;

/// What is in an image of an archive: what `docker save` and `podman save` write, or an OCI layout; plain or
/// compressed.
///
/// # Errors
/// It is no such archive, has no image or several that may be meant, or one that is broken.
pub fn inventory_of_archive(
    path: &Path,
    name: Option<&str>,
    scan: &Scan,
) -> Result<Inventory, PipelineError> {
    if !path.metadata()?.is_file() {
        // A pipe cannot be read twice.
        return inventory_of_stream(File::open(path)?, name, scan);
    }
    let options = scan.reading_image();
    let (image, reader) = follow(|links| {
        let reader = Reader::of_image(scan).following(links);
        Ok((image::read_archive(path, &choice(name, scan), &reader, &options)?, reader))
    })?;
    Ok(inventory(image, reader, scan))
}

/// The same of an archive that comes piece by piece and cannot be read twice: stdin, or a container engine.
///
/// # Errors
/// As [`inventory_of_archive`].
pub fn inventory_of_stream(
    stream: impl Read + Send,
    name: Option<&str>,
    scan: &Scan,
) -> Result<Inventory, PipelineError> {
    let (reader, options) = (Reader::of_image(scan), scan.reading_image());
    let image = image::read_stream(stream, &choice(name, scan), &reader, &options)?;
    Ok(inventory(image, reader, scan))
}

/// What is in one file.
///
/// # Errors
/// It cannot be read, or is no regular file.
pub fn inventory_of_file(path: &Path, scan: &Scan) -> Result<Inventory, PipelineError> {
    let reader = Reader::of_files(scan);
    let tree = image::read_file(path, &reader)?;
    let mut inventory = reader.finish(&tree);
    name_layers(&mut inventory, &[]);
    let (digest, _) = digest::hash_reader(Algorithm::Sha256, File::open(path)?)?;
    inventory.subject = Subject::File { path: scan.reference.clone(), digest: Some(digest) };
    Ok(inventory)
}

fn choice(name: Option<&str>, scan: &Scan) -> Choice {
    let (platform, preferred) = match &scan.platforms {
        Platforms::All => (None, None),
        Platforms::Best(platform) => (None, Some(platform.clone())),
        Platforms::Only(platform) => (Some(platform.clone()), None),
    };
    Choice { name: name.map(str::to_owned), platform, preferred }
}

fn inventory(image: ArchiveImage<Content>, reader: Reader, scan: &Scan) -> Inventory {
    let mut inventory = reader.finish(&image.tree);
    note_problems(&mut inventory, &image.tree);
    let subject = subject(image, scan);
    name_layers(&mut inventory, &subject.layers);
    inventory.subject = Subject::Image(Box::new(subject));
    inventory
}

/// What the archive says of the image. One without a manifest has no digest that anything could attest.
fn subject(image: ArchiveImage<Content>, scan: &Scan) -> ImageSubject {
    let manifest = image.manifest.as_ref();
    let read = manifest.and_then(|manifest| Manifest::from_slice(&manifest.bytes, None).ok());
    let stored: Vec<Descriptor> = read.map(|manifest| manifest.layers).unwrap_or_default();
    let layer = |(place, diff_id): (usize, &Digest)| {
        let stored = stored.get(place);
        LayerSubject {
            media_type: stored.map_or_else(|| PLAIN_LAYER.to_owned(), |layer| layer.media_type.clone()),
            diff_id: Some(diff_id.to_string()),
            digest: stored.map(|layer| layer.digest),
            size: stored.map_or(0, |layer| layer.size),
        }
    };
    let name = image.names.first();
    let reference = name.and_then(|name| Reference::parse(name).ok());
    ImageSubject {
        reference: scan.reference.clone(),
        repository: reference.as_ref().map(Reference::name),
        tag: reference.as_ref().and_then(|reference| reference.tag()).map(str::to_owned),
        manifest: manifest.map(|manifest| manifest.digest),
        index: None,
        config: Some(Digest::sha256(&image.config)),
        platform: platform(&image.config),
        media_type: None,
        layers: image.diff_ids.iter().enumerate().map(layer).collect(),
        raw_manifest: manifest.map(|manifest| manifest.bytes.clone()).unwrap_or_default(),
        raw_config: image.config,
    }
}

fn platform(config: &[u8]) -> Option<String> {
    let config: ImageConfig = json::from_slice(config).ok()?;
    let platform = format!("{}/{}", config.os, config.architecture);
    platform.parse::<Platform>().ok().map(|platform| platform.to_string())
}

/// A layer as Docker's archives hold it.
const PLAIN_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar";
