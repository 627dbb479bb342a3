//! From an image, archive or directory to what is in it.
//!
//! Layers of a registry are pumped to the threads that walk them; those of files are read there.

mod archive;
#[cfg(feature = "net")]
mod pump;
mod reader;

use std::io;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use crate::catalog::Content;
use crate::catalog::Selection;
use crate::digest::Digest;
use crate::image;
use crate::image::Exclude;
use crate::image::Layer;
use crate::image::Options;
use crate::image::Watch;
use crate::oci::Descriptor;
use crate::oci::Manifest;
use crate::oci::Platform;
use crate::oci::PlatformFilter;
use crate::oci::PlatformImage;
use crate::oci::Reference;
use crate::package::FileDetail;
use crate::package::ImageSubject;
use crate::package::Inventory;
use crate::package::LayerSubject;
use crate::package::Location;
use crate::package::Subject;
use crate::package::Unknown;
use crate::source;
use crate::source::Fault;
use crate::source::ImageSource;
use crate::source::Source;
use crate::source::SourceError;

use super::PipelineError;
use reader::Links;
use reader::READINGS;
use reader::Reader;

pub use archive::inventory_of_archive;
pub use archive::inventory_of_file;
pub use archive::inventory_of_stream;
#[cfg(all(feature = "net", unix))]
pub use pump::inventory_of_daemon;

/// How inventories are made.
#[derive(Clone)]
pub struct Scan {
    /// What the user wrote, for the document.
    pub reference: String,
    /// The catalogers.
    pub selection: Selection,
    /// Globs of what is left out.
    pub excludes: Vec<String>,
    /// Which files are listed.
    pub files: FileDetail,
    /// Which platforms of an index.
    pub platforms: Platforms,
    /// Which layers of an image count.
    pub scope: Scope,
    /// How many layers are walked at once.
    pub threads: usize,
    /// Who is told of bytes that were read.
    pub watch: Watch,
}

impl Scan {
    /// How the files are read.
    fn reading(&self, exclude: Exclude) -> Options {
        let threads = NonZeroUsize::new(self.threads).unwrap_or(NonZeroUsize::MIN);
        Options { threads, exclude, watch: self.watch.clone() }
    }

    fn reading_image(&self) -> Options {
        self.reading(Exclude::of_image(&self.excludes))
    }
}

/// Which platforms of an index are looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Platforms {
    /// Each of them.
    All,
    /// This one, or else the only one that there is.
    Best(Platform),
    /// This one.
    Only(Platform),
}

/// Which layers of an image count.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Scope {
    /// Each of them, with what later ones replace or delete.
    AllLayers,
    /// All together: what a container has.
    #[default]
    Squashed,
}

/// What is in an image, for each platform that is meant.
///
/// # Errors
/// Something of the image could not be read, or is not what its digest says; nothing is left out in silence.
pub async fn inventories_of_image(
    source: &Arc<Source>,
    reference: &Reference,
    scan: &Scan,
) -> Result<Vec<Inventory>, PipelineError> {
    let filter = match &scan.platforms {
        Platforms::Only(platform) => PlatformFilter::Only(vec![platform.clone()]),
        Platforms::All | Platforms::Best(_) => PlatformFilter::All,
    };
    let pinned = source::resolve(source.as_ref(), reference, filter).await?;
    let index = pinned.is_index().then(|| *pinned.digest());
    let mut inventories = Vec::new();
    for platform in choose(pinned.platforms(), &scan.platforms, reference)? {
        inventories.push(inventory_of_platform(source, reference, index, platform, scan).await?);
    }
    Ok(inventories)
}

/// Those that are meant.
fn choose<'a>(
    all: &'a [PlatformImage],
    wanted: &Platforms,
    reference: &Reference,
) -> Result<Vec<&'a PlatformImage>, PipelineError> {
    let Platforms::Best(best) = wanted else { return Ok(all.iter().collect()) };
    if let [one] = all {
        return Ok(vec![one]);
    }
    let found: Vec<_> = all.iter().filter(|image| image.platform().matches(best)).take(1).collect();
    if found.is_empty() {
        let has = all.iter().map(|image| image.platform().to_string()).collect();
        let fault = Fault::AmbiguousPlatform { wanted: best.to_string(), has };
        return Err(SourceError::new(reference.to_string(), fault).into());
    }
    Ok(found)
}

async fn inventory_of_platform(
    source: &Arc<Source>,
    reference: &Reference,
    index: Option<Digest>,
    platform: &PlatformImage,
    scan: &Scan,
) -> Result<Inventory, PipelineError> {
    let at = reference.with_digest(*platform.manifest());
    let fetched = source.manifest(&at).await?;
    let refuse = |fault: Fault| SourceError::new(at.to_string(), fault);
    let manifest = Manifest::from_slice(&fetched.bytes, fetched.media_type.as_deref());
    let manifest = manifest.map_err(|error| refuse(error.into()))?;
    let raw_config = source.blob(&at, &manifest.config, crate::limits::CONFIG_BYTES).await?;
    let subject = ImageSubject {
        reference: scan.reference.clone(),
        repository: reference.registry().is_some().then(|| reference.name()),
        tag: reference.tag().map(str::to_owned),
        manifest: Some(*platform.manifest()),
        index,
        config: Some(*platform.config()),
        platform: Some(platform.platform().to_string()),
        media_type: fetched.media_type,
        layers: layers(&manifest.layers, platform.diff_ids()),
        raw_manifest: fetched.bytes,
        raw_config,
    };
    let mut links = Links::new();
    let mut readings = 1;
    let (tree, reader) = loop {
        let (tree, reader) = read(source, &at, &manifest.layers, scan, &links).await?;
        if readings == READINGS || !reader.again(&tree, &mut links) {
            break (tree, reader);
        }
        readings += 1;
    };
    let mut inventory = reader.finish(&tree);
    note_problems(&mut inventory, &tree);
    name_layers(&mut inventory, &subject.layers);
    inventory.subject = Subject::Image(Box::new(subject));
    Ok(inventory)
}

/// What is in a directory.
///
/// # Errors
/// The directory cannot be read. A file in it that cannot be is an unknown.
pub fn inventory_of_directory(path: &Path, scan: &Scan) -> Result<Inventory, PipelineError> {
    let options = scan.reading(Exclude::of_directory(&scan.excludes)?);
    let (tree, reader) = follow(|links| {
        let reader = Reader::of_files(scan).following(links);
        Ok((image::read_directory(path, &reader, &options)?, reader))
    })?;
    let mut inventory = reader.finish(&tree);
    note_problems(&mut inventory, &tree);
    name_layers(&mut inventory, &[]);
    inventory.subject = Subject::Directory { path: scan.reference.clone() };
    Ok(inventory)
}

/// The layers with what the configuration says of them.
fn layers(descriptors: &[Descriptor], diff_ids: &[Digest]) -> Vec<LayerSubject> {
    let diff_ids = diff_ids.iter().map(Some).chain(std::iter::repeat(None));
    let layer = |(descriptor, diff_id): (&Descriptor, Option<&Digest>)| LayerSubject {
        media_type: descriptor.media_type.clone(),
        diff_id: diff_id.map(Digest::to_string),
        digest: Some(descriptor.digest),
        size: descriptor.size,
    };
    descriptors.iter().zip(diff_ids).map(layer).collect()
}

/// Reads the layers from wherever they are.
async fn read(
    source: &Arc<Source>,
    at: &Reference,
    descriptors: &[Descriptor],
    scan: &Scan,
    links: &Links,
) -> Result<(image::Tree<Content>, Reader), PipelineError> {
    match source.as_ref() {
        Source::Layout(_) => {
            let layers = descriptors.iter().map(|descriptor| local_layer(source, descriptor)).collect();
            let (reader, options) = (Reader::of_image(scan).following(links), scan.reading_image());
            Ok((image::read_layers(layers, &reader, &options)?, reader))
        }
        Source::Recording(_) => Err(SourceError::new(at.to_string(), Fault::WrongSource).into()),
        #[cfg(feature = "net")]
        Source::Registry(_) => pump::read(source, at, descriptors, scan, links).await,
    }
}

/// Reads, and reads once more what turned out to be wanted by the name of a link.
fn follow<T>(
    mut read: impl FnMut(&Links) -> Result<(T, Reader), PipelineError>,
) -> Result<(T, Reader), PipelineError>
where
    T: AsRef<image::Tree<Content>>,
{
    let mut links = Links::new();
    let mut readings = 1;
    loop {
        let (found, reader) = read(&links)?;
        if readings == READINGS || !reader.again(found.as_ref(), &mut links) {
            return Ok((found, reader));
        }
        readings += 1;
    }
}

/// A layer in a file, which is read where it is walked.
fn local_layer(source: &Arc<Source>, descriptor: &Descriptor) -> Layer<'static> {
    let (source, digest) = (Arc::clone(source), descriptor.digest);
    let open = move || match source.as_ref() {
        Source::Layout(layout) => layout.reader(&digest).map_err(io::Error::other),
        _ => Err(io::Error::other("it does not lie in a file")),
    };
    Layer::of_blob(descriptor, Box::new(open))
}

/// What the walk could not look at, among what could not be read.
fn note_problems<K>(inventory: &mut Inventory, tree: &image::Tree<K>) {
    inventory.unknowns.extend(tree.problems().iter().map(|problem| Unknown {
        location: Location {
            path: format!("/{}", problem.path),
            layer: tree.get(&problem.path).map(|entry| entry.layer.to_string()),
        },
        reason: problem.reason.clone(),
        cataloger: "files",
    }));
}

/// Replaces the numbers of layers by their diff ids.
fn name_layers(inventory: &mut Inventory, layers: &[LayerSubject]) {
    let rename = |location: &mut Location| {
        let number = location.layer.take().and_then(|number| number.parse::<usize>().ok());
        let layer = number.and_then(|number| layers.get(number));
        location.layer = layer
            .and_then(|layer| layer.diff_id.clone().or_else(|| layer.digest.as_ref().map(Digest::to_string)));
    };
    for package in &mut inventory.packages {
        package.locations.iter_mut().for_each(rename);
    }
    inventory.files.iter_mut().for_each(|file| rename(&mut file.location));
    inventory.unknowns.iter_mut().for_each(|unknown| rename(&mut unknown.location));
}
