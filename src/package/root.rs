//! What a document is about, as a package of its own: the image, directory or file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::DocumentOptions;
use super::ImageSubject;
use super::Inventory;
use super::Party;
use super::Purl;
use super::PurlBuilder;
use super::Subject;
use super::supplier;
use crate::digest::Algorithm;
use crate::digest::Digest;

/// What a document is about.
#[derive(Clone, Debug)]
pub struct Root {
    /// What it is.
    pub kind: RootKind,
    /// Name: of an image its repository, of a directory or file the last part of its path. No path of the
    /// machine that made the document gets into it.
    pub name: String,
    /// The version that was given, or the tag, or the digest.
    pub version: Option<String>,
    /// Package URL of an image.
    pub purl: Option<Purl>,
    /// Who supplies it, as far as can be told.
    pub supplier: Option<Party>,
    /// Digest of the manifest, or of the file.
    pub digest: Option<Digest>,
}

/// What a [`Root`] is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RootKind {
    /// A directory.
    Directory,
    /// One file.
    File,
    /// A container image.
    Image,
    /// Unknown.
    Unknown,
}

impl RootKind {
    /// `Image`, as identifiers hold it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Directory => "Directory",
            Self::File => "File",
            Self::Image => "Image",
            Self::Unknown => "Unknown",
        }
    }
}

impl Root {
    /// The root of an inventory's document.
    #[must_use]
    pub fn new(inventory: &Inventory, options: &DocumentOptions) -> Self {
        let mut root = match &inventory.subject {
            Subject::Directory { path } => Self::bare(RootKind::Directory, last_part(path, "directory")),
            Subject::File { path, digest } => {
                let version = digest.as_ref().map(Digest::to_string);
                Self { version, digest: *digest, ..Self::bare(RootKind::File, last_part(path, "file")) }
            }
            Subject::Image(image) => Self::image(image),
            Subject::Unknown => Self::bare(RootKind::Unknown, "unknown".to_owned()),
        };
        if let Some(name) = &options.name {
            root.name.clone_from(name);
        }
        if let Some(version) = &options.version {
            root.version = Some(version.clone());
        }
        root.supplier = supplier::of_root(&root, inventory, options);
        root
    }

    fn bare(kind: RootKind, name: String) -> Self {
        Self { kind, name, version: None, purl: None, supplier: None, digest: None }
    }

    fn image(image: &ImageSubject) -> Self {
        let name = image.repository.clone().unwrap_or_else(|| last_part(&image.reference, "image"));
        let digest = image.manifest;
        let version =
            image.tag.clone().or_else(|| digest.as_ref().or(image.config.as_ref()).map(Digest::to_string));
        Self {
            version,
            purl: Some(image_purl(image, &name)),
            supplier: labels(image).or_else(|| image.repository.as_deref().and_then(owner)),
            digest: digest.filter(|digest| digest.algorithm() == Algorithm::Sha256),
            ..Self::bare(RootKind::Image, name)
        }
    }
}

/// <https://github.com/package-url/purl-spec/blob/main/types-doc/oci-definition.md>: the name is the last
/// part of the repository in lower case, the version the manifest's digest.
fn image_purl(image: &ImageSubject, name: &str) -> Purl {
    let last = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    let architecture = image.platform.as_deref().and_then(|platform| platform.split('/').nth(1));
    PurlBuilder::new("oci", last)
        .version(image.manifest.as_ref().map(Digest::to_string).unwrap_or_default())
        .qualifier("arch", architecture.unwrap_or_default())
        .qualifier("repository_url", image.repository.clone().unwrap_or_default())
        .qualifier("tag", image.tag.clone().unwrap_or_default())
        .build()
}

/// Who the image's own labels say supplies it.
/// <https://github.com/opencontainers/image-spec/blob/main/annotations.md>
fn labels(image: &ImageSubject) -> Option<Party> {
    #[derive(Deserialize)]
    struct File {
        config: Option<Config>,
    }
    #[derive(Deserialize)]
    struct Config {
        #[serde(rename = "Labels")]
        labels: Option<BTreeMap<String, String>>,
    }
    let file: File = serde_json::from_slice(&image.raw_config).ok()?;
    let labels = file.config?.labels?;
    let label = |name: &str| labels.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    let vendor = label("org.opencontainers.image.vendor").map(Party::organization);
    vendor.or_else(|| label("org.opencontainers.image.authors").and_then(Party::from_mailbox))
}

/// The registry and the part of it that the image is in: whoever may push there distributes it.
fn owner(repository: &str) -> Option<Party> {
    let (owner, _) = repository.rsplit_once('/')?;
    Some(Party::organization(owner))
}

/// The last part of a path or reference, without tag, digest and the ending of an archive.
fn last_part(path: &str, otherwise: &str) -> String {
    let path = path.split('@').next().unwrap_or_default().trim_end_matches('/');
    let last = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let last = last.split(':').next().unwrap_or_default();
    let endings = [".tar.gz", ".tar.zst", ".tgz", ".tar"];
    let last = endings.iter().find_map(|ending| last.strip_suffix(ending)).unwrap_or(last);
    if last.trim_matches('.').is_empty() { otherwise.to_owned() } else { last.to_owned() }
}
