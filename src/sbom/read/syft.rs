//! syft's own JSON, schema 16, into an inventory. What is not read is what syft computes of each file (owner,
//! type, what a program imports), and where a licence stands.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Map;
use serde_json::Value;

use crate::digest::Digest;
use crate::json;
use crate::json::JsonError;
use crate::package::Checksum;
use crate::package::ChecksumAlgorithm;
use crate::package::FileEntry;
use crate::package::FileKind;
use crate::package::ImageSubject;
use crate::package::Inventory;
use crate::package::Kind;
use crate::package::LayerSubject;
use crate::package::License;
use crate::package::Location;
use crate::package::Metadata;
use crate::package::OwnedFile;
use crate::package::Package;
use crate::package::Purl;
use crate::package::Relation;
use crate::package::Relationship;
use crate::package::Release;
use crate::package::Subject;
use crate::package::read_version;
use crate::package::reading;
use crate::package::reading::Losses;

/// Reads the document.
pub(super) fn inventory(text: &[u8], losses: &mut Losses) -> Result<Inventory, JsonError> {
    let document: Document = json::from_slice(text)?;
    let mut inventory = Inventory {
        subject: document.source.map(|source| subject(source, losses)).unwrap_or_default(),
        release: document.distro.and_then(Distro::release),
        ..Inventory::default()
    };
    let (mut packages, mut files) = (HashMap::new(), HashMap::new());
    for artifact in document.artifacts {
        if packages.insert(artifact.id.clone(), inventory.packages.len()).is_some() {
            losses.add("relationships of packages with the same id");
        }
        inventory.packages.push(package(artifact, losses));
    }
    for file in document.files.into_iter().flatten() {
        files.insert(file.id.clone(), inventory.files.len());
        inventory.files.push(entry(file, losses));
    }
    for edge in document.relationships {
        add_relationship(&edge, &packages, &files, &mut inventory, losses);
    }
    Ok(inventory)
}

fn add_relationship(
    edge: &Edge,
    packages: &HashMap<String, usize>,
    files: &HashMap<String, usize>,
    inventory: &mut Inventory,
    losses: &mut Losses,
) {
    let (parent, child) = (packages.get(&edge.parent).copied(), packages.get(&edge.child).copied());
    let relationship = match (edge.kind.as_str(), parent, child) {
        ("contains", Some(from), Some(to)) => Relationship { from, relation: Relation::Contains, to },
        // syft says it from the other end.
        ("dependency-of", Some(to), Some(from)) => Relationship { from, relation: Relation::DependsOn, to },
        ("ownership-by-file-overlap", Some(from), Some(to)) => {
            Relationship { from, relation: Relation::OwnsFilesOf, to }
        }
        // What the source contains is everything, and evidence is the package's locations.
        ("contains", None, Some(_)) | ("evident-by", ..) => return,
        ("contains", Some(owner), None) => {
            let file = files.get(&edge.child).and_then(|&file| inventory.files.get_mut(file));
            match (file, inventory.packages.get_mut(owner)) {
                (Some(file), Some(package)) => {
                    file.owners.push(owner);
                    package.files.push(OwnedFile { path: file.location.path.clone() });
                }
                _ => losses.add("relationships to what is not in the document"),
            }
            return;
        }
        _ => return losses.add("relationships of other kinds"),
    };
    inventory.relationships.push(relationship);
}

fn package(artifact: Artifact, losses: &mut Losses) -> Package {
    let purl = artifact.purl.as_deref().filter(|text| !text.is_empty());
    let read = purl.and_then(|text| Purl::parse(text).ok());
    if purl.is_some() && read.is_none() {
        losses.add("package URLs that cannot be read");
    }
    let kind = Kind::from_name(&artifact.kind).unwrap_or_else(|| {
        losses.add("types of packages that are not known");
        read.as_ref().map(Kind::of_purl).unwrap_or_default()
    });
    let found_by = reading::cataloger(&artifact.found_by);
    if found_by.is_empty() && !artifact.found_by.is_empty() {
        losses.add("names of catalogers that are not known");
    }
    // The first place is the one that names the package.
    let (primary, supporting): (Vec<Place>, Vec<Place>) =
        artifact.locations.into_iter().flatten().partition(Place::is_primary);
    let guessed = |cpe: &Cpe| cpe.source.as_deref().is_some_and(|source| source.ends_with("-generated"));
    let metadata = metadata(artifact.metadata_type.as_deref(), artifact.metadata, losses);
    Package {
        name: artifact.name,
        version: read_version(artifact.version),
        kind,
        purl: read,
        licenses: artifact.licenses.into_iter().flatten().map(SyftLicense::license).collect(),
        // Those that were guessed are guessed again when a document is written.
        cpes: artifact.cpes.into_iter().flatten().filter(|cpe| !guessed(cpe)).map(|cpe| cpe.cpe).collect(),
        locations: primary.into_iter().chain(supporting).map(Place::location).collect(),
        found_by,
        metadata,
        ..Package::default()
    }
}

fn metadata(kind: Option<&str>, fields: Option<Map<String, Value>>, losses: &mut Losses) -> Option<Metadata> {
    let (kind, fields) = (kind.filter(|kind| !kind.is_empty())?, fields?);
    let known = reading::metadata_kind(kind);
    if known.is_none() {
        losses.add("metadata of kinds that are not known");
    }
    known.map(|kind| Metadata { kind, fields })
}

fn entry(file: File, losses: &mut Losses) -> FileEntry {
    for (found, what) in [
        (file.executable.is_some(), "facts of executables"),
        (file.contents.is_some(), "contents of files"),
        (file.licenses.is_some(), "licences of files"),
        (file.unknowns.is_some(), "notes on files that could not be read"),
    ] {
        losses.add_many(what, usize::from(found));
    }
    let metadata = file.metadata.unwrap_or_default();
    let kind = match metadata.kind.as_deref() {
        Some("Directory") => FileKind::Directory,
        Some("SymbolicLink" | "HardLink") => FileKind::SymbolicLink,
        Some("RegularFile") | None => FileKind::Regular,
        Some(_) => FileKind::Other,
    };
    let checksum = |digest: FileDigest| {
        let algorithm = algorithm(&digest.algorithm);
        let read = algorithm.and_then(|algorithm| Checksum::new(algorithm, &digest.value));
        if read.is_none() {
            losses.add("digests of files that are not known");
        }
        read
    };
    FileEntry {
        location: Location { path: file.location.path, layer: file.location.layer },
        kind,
        size: metadata.size.unwrap_or_default(),
        // 0644 is the number 644 in syft's JSON.
        mode: u32::from_str_radix(&metadata.mode.unwrap_or_default().to_string(), 8).unwrap_or_default(),
        checksums: file.digests.into_iter().flatten().filter_map(checksum).collect(),
        owners: Vec::new(),
    }
}

fn algorithm(name: &str) -> Option<ChecksumAlgorithm> {
    Some(match name {
        "md5" => ChecksumAlgorithm::Md5,
        "sha1" => ChecksumAlgorithm::Sha1,
        "sha256" => ChecksumAlgorithm::Sha256,
        "sha384" => ChecksumAlgorithm::Sha384,
        "sha512" => ChecksumAlgorithm::Sha512,
        _ => return None,
    })
}

fn subject(source: Source, losses: &mut Losses) -> Subject {
    let metadata = source.metadata.unwrap_or_default();
    let path = metadata.path.clone().or_else(|| source.name.clone()).unwrap_or_default();
    match source.kind.as_deref() {
        Some("image") => Subject::Image(Box::new(image(metadata, source.name))),
        Some("directory") => Subject::Directory { path },
        Some("file") => {
            let digests = metadata.digests.into_iter().flatten();
            let sha256 = digests.into_iter().find(|digest| digest.algorithm == "sha256");
            let digest = sha256.and_then(|digest| Digest::parse(&format!("sha256:{}", digest.value)).ok());
            Subject::File { path, digest }
        }
        _ => {
            losses.add("sources of other kinds");
            Subject::Unknown
        }
    }
}

fn image(metadata: SourceMetadata, name: Option<String>) -> ImageSubject {
    let digest = |text: &Option<String>| text.as_deref().and_then(|text| Digest::parse(text).ok());
    let bytes = |text: Option<String>| text.and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
    let first = |list: &Option<Vec<String>>| list.iter().flatten().next().cloned();
    let tagged = first(&metadata.tags);
    let tagged =
        tagged.as_deref().and_then(|text| text.rsplit_once(':')).filter(|(_, tag)| !tag.contains('/'));
    let pinned = first(&metadata.repo_digests);
    let repository = pinned.as_deref().and_then(|text| text.split_once('@')).map(|(name, _)| name);
    let platform = metadata.os.filter(|text| !text.is_empty());
    let platform = platform.zip(metadata.architecture.filter(|text| !text.is_empty()));
    let layer = |layer: Layer| LayerSubject {
        media_type: layer.media_type.unwrap_or_default(),
        diff_id: layer.digest,
        digest: None,
        size: layer.size.unwrap_or_default(),
    };
    ImageSubject {
        repository: repository.or(tagged.map(|(name, _)| name)).map(str::to_owned),
        tag: tagged.map(|(_, tag)| tag.to_owned()),
        reference: metadata.user_input.or(name).unwrap_or_default(),
        manifest: digest(&metadata.manifest_digest),
        index: None,
        config: digest(&metadata.image_id),
        platform: platform.map(|(system, architecture)| format!("{system}/{architecture}")),
        media_type: metadata.media_type.filter(|text| !text.is_empty()),
        layers: metadata.layers.into_iter().flatten().map(layer).collect(),
        raw_manifest: bytes(metadata.manifest),
        raw_config: bytes(metadata.config),
    }
}

#[derive(Deserialize)]
struct Document {
    artifacts: Vec<Artifact>,
    #[serde(default, rename = "artifactRelationships")]
    relationships: Vec<Edge>,
    #[serde(default)]
    files: Option<Vec<File>>,
    #[serde(default)]
    source: Option<Source>,
    #[serde(default)]
    distro: Option<Distro>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    id: String,
    name: String,
    #[serde(default)]
    version: Option<String>,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    found_by: String,
    #[serde(default)]
    locations: Option<Vec<Place>>,
    #[serde(default)]
    licenses: Option<Vec<SyftLicense>>,
    #[serde(default)]
    cpes: Option<Vec<Cpe>>,
    #[serde(default)]
    purl: Option<String>,
    #[serde(default)]
    metadata_type: Option<String>,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Cpe {
    cpe: String,
    #[serde(default)]
    source: Option<String>,
}

#[derive(Deserialize)]
struct Place {
    path: String,
    #[serde(default, rename = "layerID")]
    layer: Option<String>,
    #[serde(default, rename = "accessPath")]
    access: Option<String>,
    #[serde(default)]
    annotations: Option<HashMap<String, String>>,
}

impl Place {
    fn is_primary(&self) -> bool {
        let annotations = self.annotations.as_ref();
        annotations.and_then(|all| all.get("evidence")).is_some_and(|evidence| evidence == "primary")
    }

    fn location(self) -> Location {
        // What lies in an archive has its own path behind the archive's.
        let nested = self
            .access
            .filter(|access| access.strip_prefix(&self.path).is_some_and(|inner| inner.starts_with(':')));
        Location { path: nested.unwrap_or(self.path), layer: self.layer.filter(|layer| !layer.is_empty()) }
    }
}

#[derive(Deserialize)]
struct SyftLicense {
    #[serde(default)]
    value: String,
    #[serde(default, rename = "spdxExpression")]
    expression: Option<String>,
    #[serde(default)]
    locations: Option<Vec<Place>>,
}

impl SyftLicense {
    fn license(self) -> License {
        let location = self.locations.into_iter().flatten().next().map(|place| place.path);
        let read = License::declared(&self.value);
        let expression = self.expression.filter(|text| !text.is_empty()).or(read.expression);
        License { expression, location, ..read }
    }
}

#[derive(Deserialize)]
struct Edge {
    parent: String,
    child: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct File {
    id: String,
    location: Coordinates,
    #[serde(default)]
    metadata: Option<FileMetadata>,
    #[serde(default)]
    digests: Option<Vec<FileDigest>>,
    #[serde(default)]
    executable: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    contents: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    licenses: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    unknowns: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Coordinates {
    path: String,
    #[serde(default, rename = "layerID")]
    layer: Option<String>,
}

#[derive(Default, Deserialize)]
struct FileMetadata {
    #[serde(default)]
    mode: Option<u32>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    size: Option<u64>,
}

#[derive(Deserialize)]
struct FileDigest {
    algorithm: String,
    value: String,
}

#[derive(Deserialize)]
struct Source {
    #[serde(default)]
    name: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    metadata: Option<SourceMetadata>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SourceMetadata {
    user_input: Option<String>,
    #[serde(rename = "imageID")]
    image_id: Option<String>,
    manifest_digest: Option<String>,
    media_type: Option<String>,
    tags: Option<Vec<String>>,
    repo_digests: Option<Vec<String>>,
    layers: Option<Vec<Layer>>,
    manifest: Option<String>,
    config: Option<String>,
    architecture: Option<String>,
    os: Option<String>,
    path: Option<String>,
    digests: Option<Vec<FileDigest>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layer {
    #[serde(default)]
    media_type: Option<String>,
    #[serde(default)]
    digest: Option<String>,
    #[serde(default)]
    size: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Distro {
    id: Option<String>,
    id_like: Option<Vec<String>>,
    name: Option<String>,
    pretty_name: Option<String>,
    version: Option<String>,
    #[serde(rename = "versionID")]
    version_id: Option<String>,
    version_codename: Option<String>,
    #[serde(rename = "buildID")]
    build_id: Option<String>,
    #[serde(rename = "homeURL")]
    home_url: Option<String>,
    cpe_name: Option<String>,
}

impl Distro {
    fn release(self) -> Option<Release> {
        Some(Release {
            id: self.id.filter(|id| !id.is_empty())?,
            id_like: self.id_like.unwrap_or_default(),
            name: self.name,
            pretty_name: self.pretty_name,
            version: self.version,
            version_id: self.version_id,
            version_codename: self.version_codename,
            build_id: self.build_id,
            home_url: self.home_url,
            cpe: self.cpe_name,
        })
    }
}
