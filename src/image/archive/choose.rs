//! Which image of an archive is meant, and what it is made of.

use serde::Deserialize;

use super::ArchiveManifest;
use super::Choice;
use super::ImageError;
use super::Members;
use crate::digest::Digest;
use crate::image::error::ArchiveFault;
use crate::json;
use crate::limits;
use crate::oci::Descriptor;
use crate::oci::Document;
use crate::oci::ImageConfig;
use crate::oci::Index;
use crate::oci::Manifest;
use crate::oci::Platform;

/// An image of the archive.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) names: Vec<String>,
    pub(super) manifest: Option<ArchiveManifest>,
    pub(super) config: Vec<u8>,
    pub(super) diff_ids: Vec<Digest>,
    pub(super) layers: Vec<PlannedLayer>,
    platform: Platform,
}

/// Where a layer lies, and what it must be.
#[derive(Debug)]
pub(super) enum PlannedLayer {
    Blob(Descriptor),
    /// The name of the member; what it unpacks to.
    Member(String, Digest),
}

impl PlannedLayer {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Blob(descriptor) => {
                format!("blobs/{}/{}", descriptor.digest.algorithm().name(), descriptor.digest.hex())
            }
            Self::Member(name, _) => name.clone(),
        }
    }
}

/// The one image that is meant.
pub(super) fn choose(archive: &impl Members, choice: &Choice) -> Result<Plan, ImageError> {
    let saved = saved_images(archive)?;
    let mut plans = match (archive.document("oci-layout")?, archive.document("index.json")?, &saved) {
        (Some(_), Some(index), _) => oci_images(archive, &index, saved.as_deref().unwrap_or_default())?,
        (_, _, Some(saved)) => {
            saved.iter().map(|saved| docker_image(archive, saved)).collect::<Result<_, _>>()?
        }
        _ => return Err(ImageError::NotAnImage),
    };
    let offered: Vec<String> = plans.iter().map(Plan::describe).collect();
    plans.retain(|plan| plan.is_meant(choice));
    if let Some(preferred) = choice.preferred.as_ref().filter(|_| plans.len() > 1) {
        let is_preferred = |plan: &Plan| plan.platform.matches(preferred);
        if plans.iter().filter(|plan| is_preferred(plan)).count() == 1 {
            plans.retain(is_preferred);
        }
    }
    match (plans.pop(), plans.is_empty()) {
        (Some(plan), true) => Ok(plan),
        (Some(last), false) => {
            let names = plans.iter().chain([&last]).map(Plan::describe).collect();
            Err(ImageError::Ambiguous { names })
        }
        (None, _) => {
            let name = choice.name.clone().unwrap_or_default();
            let platform =
                choice.platform.as_ref().map_or_else(String::new, |platform| format!(" ({platform})"));
            Err(ImageError::NotFound { asked: format!("{name}{platform}").trim().to_owned(), names: offered })
        }
    }
}

impl Plan {
    fn is_meant(&self, choice: &Choice) -> bool {
        let named = choice.name.as_ref().is_none_or(|name| {
            let tag = format!(":{name}");
            self.names.iter().any(|own| own == name || own.ends_with(&tag))
        });
        named && choice.platform.as_ref().is_none_or(|asked| self.platform.matches(asked))
    }

    fn describe(&self) -> String {
        let digest = || {
            self.manifest.as_ref().map_or_else(
                || Digest::sha256(&self.config).to_string(),
                |manifest| manifest.digest.to_string(),
            )
        };
        let name = self.names.first().cloned().unwrap_or_else(digest);
        format!("{name} ({})", self.platform)
    }
}

/// One image of `manifest.json`.
#[derive(Debug, Deserialize)]
struct Saved {
    #[serde(rename = "Config")]
    config: String,
    #[serde(rename = "RepoTags")]
    names: Option<Vec<String>>,
    #[serde(rename = "Layers")]
    layers: Option<Vec<String>>,
}

fn saved_images(archive: &impl Members) -> Result<Option<Vec<Saved>>, ImageError> {
    const NAME: &str = "manifest.json";
    match archive.document(NAME)? {
        Some(bytes) => json::from_slice(&bytes).map(Some).map_err(|error| document(NAME, error)),
        None => Ok(None),
    }
}

fn docker_image(archive: &impl Members, saved: &Saved) -> Result<Plan, ImageError> {
    let config = need(archive, &saved.config)?;
    let read: ImageConfig = json::from_slice(&config).map_err(|error| document(&saved.config, error))?;
    let members = saved.layers.as_deref().unwrap_or_default();
    let diff_ids = check_layers(&saved.config, read.rootfs.diff_ids.clone(), members.len())?;
    let layer = |(name, diff_id): (&String, &Digest)| {
        PlannedLayer::Member(crate::image::walk::normal(name.as_bytes()), *diff_id)
    };
    Ok(Plan {
        names: saved.names.clone().unwrap_or_default(),
        manifest: None,
        layers: members.iter().zip(&diff_ids).map(layer).collect(),
        diff_ids,
        platform: platform(&read, None),
        config,
    })
}

/// The images of a layout: entries of its index, and of the indexes that these name.
fn oci_images(archive: &impl Members, index: &[u8], saved: &[Saved]) -> Result<Vec<Plan>, ImageError> {
    let index =
        Index::from_list(index, limits::INDEX_MANIFESTS).map_err(|error| document("index.json", error))?;
    let mut plans: Vec<Plan> = Vec::new();
    let mut missing = None;
    let mut todo: Vec<(Descriptor, Vec<String>, u32)> = Vec::new();
    todo.extend(
        index.manifests.into_iter().rev().map(|entry| (names(&entry), entry)).map(|(n, e)| (e, n, 0)),
    );
    let mut read = 0_usize;
    while let Some((entry, names, depth)) = todo.pop() {
        if entry.platform.as_ref().is_some_and(Platform::is_unknown) {
            continue;
        }
        read += 1;
        if read > limits::INDEX_MANIFESTS || depth > DEPTH {
            let fault = crate::image::LayerFault::Limit { what: "manifests", ceiling: MANIFESTS };
            return Err(ImageError::Archive(fault));
        }
        // Other platforms of an index need not have been saved.
        let Some(bytes) = blob(archive, &entry)? else {
            missing = missing.or(Some(entry));
            continue;
        };
        let name = blob_name(&entry.digest);
        match Document::from_slice(&bytes, Some(&entry.media_type)).map_err(|error| document(&name, error))? {
            Document::Index(index) => {
                todo.extend(index.manifests.into_iter().rev().map(|inner| (inner, names.clone(), depth + 1)));
            }
            Document::Manifest(manifest) => {
                let Some(mut plan) = oci_image(archive, &entry, bytes, manifest, names)? else { continue };
                let known = plans.iter_mut().find(|known| known.digest() == plan.digest());
                add_saved_names(&mut plan, saved);
                match known {
                    Some(known) => known.names.append(&mut plan.names),
                    None => plans.push(plan),
                }
            }
        }
    }
    match missing {
        Some(entry) if plans.is_empty() => Err(ImageError::Incomplete { name: blob_name(&entry.digest) }),
        _ => Ok(plans),
    }
}

impl Plan {
    fn digest(&self) -> Option<Digest> {
        self.manifest.as_ref().map(|manifest| manifest.digest)
    }
}

/// `None` if it is an artifact that is no image.
fn oci_image(
    archive: &impl Members,
    entry: &Descriptor,
    bytes: Vec<u8>,
    manifest: Manifest,
    names: Vec<String>,
) -> Result<Option<Plan>, ImageError> {
    use crate::oci::media_type;

    if ![media_type::OCI_CONFIG, media_type::DOCKER_CONFIG].contains(&manifest.config.media_type.as_str()) {
        return Ok(None);
    }
    let name = blob_name(&manifest.config.digest);
    let config =
        blob(archive, &manifest.config)?.ok_or_else(|| ImageError::Incomplete { name: name.clone() })?;
    let read: ImageConfig = json::from_slice(&config).map_err(|error| document(&name, error))?;
    let diff_ids = check_layers(&name, read.rootfs.diff_ids.clone(), manifest.layers.len())?;
    Ok(Some(Plan {
        names,
        manifest: Some(ArchiveManifest { digest: entry.digest, bytes }),
        config,
        diff_ids,
        layers: manifest.layers.into_iter().map(PlannedLayer::Blob).collect(),
        platform: platform(&read, entry.platform.as_ref()),
    }))
}

/// The names that `manifest.json` has for the same configuration.
fn add_saved_names(plan: &mut Plan, saved: &[Saved]) {
    let config = blob_name(&Digest::sha256(&plan.config));
    let same = saved.iter().filter(|saved| saved.config == config);
    for name in same.flat_map(|saved| saved.names.iter().flatten()) {
        if !plan.names.contains(name) {
            plan.names.push(name.clone());
        }
    }
}

/// Whole names come first, as containerd writes them; a tag alone is not told twice.
fn names(entry: &Descriptor) -> Vec<String> {
    let of = |key| entry.annotations.get(key).cloned();
    let (whole, tag) = (of("io.containerd.image.name"), of("org.opencontainers.image.ref.name"));
    match (whole, tag) {
        (Some(whole), Some(tag)) if whole.ends_with(&format!(":{tag}")) => vec![whole],
        (whole, tag) => whole.into_iter().chain(tag).collect(),
    }
}

fn platform(config: &ImageConfig, declared: Option<&Platform>) -> Platform {
    if config.os.is_empty() && config.architecture.is_empty() {
        return declared.cloned().unwrap_or_else(Platform::unknown);
    }
    let variant = config.variant.clone().filter(|variant| !variant.is_empty());
    Platform { os: config.os.clone(), architecture: config.architecture.clone(), variant }
}

fn check_layers(name: &str, diff_ids: Vec<Digest>, layers: usize) -> Result<Vec<Digest>, ImageError> {
    if diff_ids.len() == layers {
        return Ok(diff_ids);
    }
    Err(document(name, ArchiveFault::Layers { layers, diff_ids: diff_ids.len() }))
}

/// A document by its digest, which is checked.
fn blob(archive: &impl Members, descriptor: &Descriptor) -> Result<Option<Vec<u8>>, ImageError> {
    let name = blob_name(&descriptor.digest);
    let Some(bytes) = archive.document(&name)? else { return Ok(None) };
    let found = Digest::of(descriptor.digest.algorithm(), &bytes);
    if found == descriptor.digest {
        return Ok(Some(bytes));
    }
    Err(document(&name, ArchiveFault::Digest { expected: descriptor.digest, found }))
}

fn need(archive: &impl Members, name: &str) -> Result<Vec<u8>, ImageError> {
    archive.document(name)?.ok_or_else(|| ImageError::Incomplete { name: name.to_owned() })
}

fn blob_name(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm().name(), digest.hex())
}

fn document(name: &str, fault: impl Into<ArchiveFault>) -> ImageError {
    ImageError::Document { name: name.to_owned(), fault: fault.into() }
}

/// Indexes in indexes: an index of images, in the index of a layout, and one to spare.
const DEPTH: u32 = 3;

/// [`limits::INDEX_MANIFESTS`]
const MANIFESTS: u64 = 1000;
