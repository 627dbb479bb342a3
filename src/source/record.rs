//! What a source answered, question by question, and the archive that holds it.
//!
//! An archive of evidence is an OCI layout with one artifact more: the record, and the files that were
//! packed with it. The record decides what is in `index.json`, so nothing in there can say anything else.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use serde_json::json;

use super::Answer;
use super::layout;
use crate::digest::Digest;
use crate::oci::Descriptor;
use crate::oci::Platform;
use crate::oci::Reference;
use crate::oci::media_type;

/// Everything that was asked when an archive was made, and what was answered.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Record {
    /// 1.
    pub schema_version: u32,
    /// When it was made.
    pub packed: Timestamp,
    /// The images, in the order in which they were named.
    pub images: Vec<PackedImage>,
    /// Files that were packed along.
    pub files: Vec<PackedFile>,
    /// Every manifest, index and tag that was asked for, sorted.
    pub manifests: Vec<ManifestAnswer>,
    /// Every list of referrers that was asked for, sorted.
    pub referrers: Vec<ReferrersAnswer>,
    /// Every blob that was asked for, sorted.
    pub blobs: Vec<BlobAnswer>,
}

/// One image.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PackedImage {
    /// As it was named.
    pub reference: String,
    /// What that was.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// Its size.
    pub size: u64,
    /// The platforms that were packed; all of them if none are named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<Platform>,
    /// The second repository that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_repository: Option<String>,
    /// What was put before `sha256-<hex>.sig`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tag_prefix: String,
    /// Whether the layers are there too.
    #[serde(default)]
    pub layers: bool,
    /// What was found, and where.
    pub found: Vec<PackedEvidence>,
}

/// A manifest with signatures or attestations.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PackedEvidence {
    /// How it was found, in words.
    pub place: String,
    /// The repository and tag or digest.
    pub at: String,
    /// The manifest that it is attached to.
    pub attached_to: Digest,
    /// What it is: media types of its layers, predicate types where they are told.
    pub holds: Vec<String>,
}

/// A file that was packed along.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PackedFile {
    /// What it is for.
    pub role: FileRole,
    /// The name under which it is unpacked.
    pub name: String,
    /// Its content.
    pub digest: Digest,
    /// Its size.
    pub size: u64,
}

/// What a packed file is for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileRole {
    /// The allowlist that the policy names.
    Allowlist,
    /// A key that the policy names.
    Key,
    /// The policy.
    Policy,
    /// The trusted root.
    TrustedRoot,
    /// A VEX file that the policy names.
    Vex,
}

/// The answer to a question for a manifest.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManifestAnswer {
    /// The repository with tag or digest.
    pub at: String,
    /// `None`: there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Served>,
    /// What the source said about there being none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// A manifest as it was served.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Served {
    /// Its digest.
    pub digest: Digest,
    /// Its size.
    pub size: u64,
    /// What it was served as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
}

/// The answer to a question for referrers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReferrersAnswer {
    /// The repository.
    pub at: String,
    /// What is referred to.
    pub subject: Digest,
    /// Who answered.
    pub answer: Answer,
    /// The list, in the order of the answer.
    pub descriptors: Vec<Descriptor>,
}

/// A blob of a repository.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BlobAnswer {
    /// The repository.
    pub at: String,
    /// The blob.
    pub digest: Digest,
    /// Its size.
    pub size: u64,
}

impl PackedFile {
    /// Whether the name leads to a file of its own below a directory, and to none of the layout.
    #[must_use]
    pub fn has_plain_name(&self) -> bool {
        let part = |part: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_.+@ ".contains(c);
            !part.is_empty() && !part.starts_with('.') && part.chars().all(plain)
        };
        let first = self.name.split('/').next().unwrap_or_default();
        // Where names differ by case or not, as the file system likes.
        let of_layout = |name: &&str| first.eq_ignore_ascii_case(name);
        self.name.split('/').all(part) && !["blobs", "index.json", "oci-layout"].iter().any(of_layout)
    }
}

impl Record {
    /// The file with that role, and for a key that name.
    #[must_use]
    pub fn file(&self, role: FileRole, name: Option<&str>) -> Option<&PackedFile> {
        self.files.iter().find(|file| file.role == role && name.is_none_or(|name| file.name == name))
    }

    /// The record as JSON.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // Maps with keys of text: there is nothing that JSON cannot say.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The manifest of the artifact that holds the record and the files.
    pub(super) fn artifact(&self) -> Vec<u8> {
        let record = self.to_bytes();
        let mut layers = vec![json!({
            "mediaType": RECORD,
            "digest": Digest::sha256(&record),
            "size": record.len(),
        })];
        for file in &self.files {
            layers.push(json!({
                "mediaType": "application/octet-stream",
                "digest": file.digest,
                "size": file.size,
                "annotations": {"org.opencontainers.image.title": file.name},
            }));
        }
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": media_type::OCI_MANIFEST,
            "artifactType": RECORD,
            "config": {
                "mediaType": "application/vnd.oci.empty.v1+json",
                "digest": Digest::sha256(EMPTY),
                "size": EMPTY.len(),
            },
            "layers": layers,
        });
        manifest.to_string().into_bytes()
    }

    /// What stands in `index.json`: the images and what is attached to them by tags, marked as cosign and
    /// the image specification do, and the artifact of the record.
    pub(super) fn entries(&self) -> Vec<Descriptor> {
        let mut entries: Vec<Descriptor> = self.images.iter().map(PackedImage::entry).collect();
        entries.dedup_by(|a, b| a == b);
        entries.extend(self.attached());
        let artifact = self.artifact();
        entries.push(Descriptor {
            media_type: media_type::OCI_MANIFEST.to_owned(),
            digest: Digest::sha256(&artifact),
            size: u64::try_from(artifact.len()).unwrap_or(u64::MAX),
            artifact_type: Some(RECORD.to_owned()),
            platform: None,
            annotations: BTreeMap::new(),
        });
        entries
    }

    /// What lies under tags other than those of the images.
    fn attached(&self) -> impl Iterator<Item = Descriptor> {
        let named = |at: &str| self.images.iter().any(|image| image.reference == at);
        let tagged = self.manifests.iter().filter(move |answer| !named(&answer.at));
        tagged.filter_map(|answer| {
            let found = answer.found.as_ref()?;
            let reference = Reference::parse(&answer.at).ok()?;
            let tag = reference.tag().filter(|_| reference.digest().is_none())?.to_owned();
            let of_image = |suffix: &str| {
                let images = self.images.iter();
                let mut tags = images.map(|image| super::tag_schema(&image.digest));
                tags.any(|schema| tag.strip_suffix(suffix).is_some_and(|tag| tag.ends_with(&schema)))
            };
            let kind = [(".sig", layout::SIGNATURES), (".att", layout::ATTESTATIONS)];
            let kind = kind.into_iter().find(|(suffix, _)| of_image(suffix)).map(|(_, kind)| kind);
            let kind = kind.map(|kind| (layout::KIND.to_owned(), kind.to_owned()));
            let annotations = std::iter::once((layout::REF_NAME.to_owned(), tag)).chain(kind).collect();
            Some(Descriptor {
                media_type: found.media_type.clone().unwrap_or_else(|| media_type::OCI_MANIFEST.to_owned()),
                digest: found.digest,
                size: found.size,
                artifact_type: None,
                platform: None,
                annotations,
            })
        })
    }
}

impl PackedImage {
    fn entry(&self) -> Descriptor {
        let index = matches!(self.media_type.as_str(), media_type::OCI_INDEX | media_type::DOCKER_LIST);
        let kind = if index { layout::IMAGE_INDEX } else { layout::IMAGE };
        Descriptor {
            media_type: self.media_type.clone(),
            digest: self.digest,
            size: self.size,
            artifact_type: None,
            platform: None,
            annotations: BTreeMap::from([
                (layout::KIND.to_owned(), kind.to_owned()),
                (layout::REF_NAME.to_owned(), self.reference.clone()),
            ]),
        }
    }
}

/// Media type of the record, and artifact type of what holds it.
pub(super) const RECORD: &str = "application/vnd.portcullis.evidence.v1+json";

/// <https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidance-for-an-empty-descriptor>
pub(super) const EMPTY: &[u8] = b"{}";
