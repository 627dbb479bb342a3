//! Descriptors, image manifests and indexes, of the OCI image specification and of Docker.
//! <https://github.com/opencontainers/image-spec/blob/main/manifest.md>
//!
//! What a document is must be beyond doubt: two readers that see a manifest and an index in the same
//! bytes run two images (CVE-2021-41190).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;

use super::platform::Platform;
use crate::digest::Digest;
use crate::json;
use crate::json::JsonError;
use crate::limits;

/// A typed pointer to content.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Media type of the content.
    pub media_type: String,
    /// Digest of the content.
    pub digest: Digest,
    /// Size of the content in bytes.
    pub size: u64,
    /// Artifact type, in an index. Often wrong: never decide by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Platform, in an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Annotations.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// An image manifest.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Configuration.
    pub config: Descriptor,
    /// Layers, lowest first; at most [`limits::LAYERS`].
    pub layers: Vec<Descriptor>,
    /// What this manifest refers to.
    pub subject: Option<Descriptor>,
    /// What kind of artifact this is, where it is not an image.
    pub artifact_type: Option<String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
}

/// An image index.
#[derive(Clone, Debug)]
pub struct Index {
    /// Entries; at most [`limits::INDEX_MANIFESTS`].
    pub manifests: Vec<Descriptor>,
    /// What this index refers to.
    pub subject: Option<Descriptor>,
}

/// What a reference may name.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one at a time, and taken apart at once")]
pub enum Document {
    /// An image index.
    Index(Index),
    /// An image manifest.
    Manifest(Manifest),
}

impl Document {
    /// Reads a manifest or an index.
    ///
    /// `content_type` is what the registry or the parent's descriptor says; parameters behind `;` do
    /// not count. Without it and without the `mediaType` field, the fields decide.
    ///
    /// # Errors
    /// Not strict JSON, not one of the four media types, two opinions on what it is, or more entries
    /// than a ceiling.
    pub fn from_slice(bytes: &[u8], content_type: Option<&str>) -> Result<Self, DocumentError> {
        let wire = Wire::read(bytes, content_type)?;
        match wire.kind(content_type)? {
            Kind::Index => wire.into_index(limits::INDEX_MANIFESTS).map(Self::Index),
            Kind::Manifest => wire.into_manifest().map(Self::Manifest),
        }
    }
}

impl Manifest {
    /// Reads a document that must be an image manifest.
    ///
    /// # Errors
    /// As [`Document::from_slice`], or it is an index.
    pub fn from_slice(bytes: &[u8], content_type: Option<&str>) -> Result<Self, DocumentError> {
        match Document::from_slice(bytes, content_type)? {
            Document::Index(_) => Err(DocumentError::Unexpected { found: "index" }),
            Document::Manifest(manifest) => Ok(manifest),
        }
    }
}

impl Index {
    /// Reads a document that must be an index.
    ///
    /// # Errors
    /// As [`Document::from_slice`], or it is a manifest.
    pub fn from_slice(bytes: &[u8], content_type: Option<&str>) -> Result<Self, DocumentError> {
        match Document::from_slice(bytes, content_type)? {
            Document::Index(index) => Ok(index),
            Document::Manifest(_) => Err(DocumentError::Unexpected { found: "image manifest" }),
        }
    }

    /// Reads one page of referrers, or `index.json` of a layout: lists of things that are no
    /// platforms, and so have a ceiling of their own.
    ///
    /// # Errors
    /// As [`Index::from_slice`].
    pub fn from_list(bytes: &[u8], ceiling: usize) -> Result<Self, DocumentError> {
        let content_type = Some(media_type::OCI_INDEX);
        let wire = Wire::read(bytes, content_type)?;
        match wire.kind(content_type)? {
            Kind::Index => wire.into_index(ceiling),
            Kind::Manifest => Err(DocumentError::Unexpected { found: "image manifest" }),
        }
    }
}

/// The media type without parameters, in lower case.
#[must_use]
pub fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Why a document was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// It has the fields of a manifest and of an index (CVE-2021-41190).
    #[error("document has both \"manifests\" and \"config\" or \"layers\": it could be read as two images")]
    Ambiguous,
    /// The field `mediaType` and the transport disagree (CVE-2021-41190).
    #[error("document says it is {field:?}, but was served as {served:?}")]
    Disagreement {
        /// The field.
        field: String,
        /// The header, or the parent's descriptor.
        served: String,
    },
    /// Not JSON as we read it, or not of this shape.
    #[error("document is not a manifest: {0}")]
    Json(#[from] JsonError),
    /// A field that this kind of document must have.
    #[error("document has no {0:?}")]
    Missing(&'static str),
    /// Not a kind that we know.
    #[error("media type {found:?} is not an image manifest or index")]
    MediaType {
        /// What stood there.
        found: String,
    },
    /// Docker's first format, which names no configuration.
    #[error("schema version {found} is not 2")]
    Schema {
        /// What stood there.
        found: u64,
    },
    /// More layers or entries than the ceiling.
    #[error("document has {found} {what}, more than {ceiling}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        found: usize,
        /// How many are read.
        ceiling: usize,
    },
    /// One of the two kinds was needed and the other came.
    #[error("unexpected {found}")]
    Unexpected {
        /// What came.
        found: &'static str,
    },
}

/// Media types.
pub mod media_type {
    /// OCI image index.
    pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
    /// OCI image manifest.
    pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    /// OCI image configuration.
    pub const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
    /// Docker manifest list.
    pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
    /// Docker image manifest.
    pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
    /// Docker image configuration.
    pub const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Index,
    Manifest,
}

impl Kind {
    fn of(media_type: &str) -> Result<Self, DocumentError> {
        match media_type {
            media_type::OCI_INDEX | media_type::DOCKER_LIST => Ok(Self::Index),
            media_type::OCI_MANIFEST | media_type::DOCKER_MANIFEST => Ok(Self::Manifest),
            other => Err(DocumentError::MediaType { found: other.chars().take(128).collect() }),
        }
    }
}

/// Both kinds of document, as they come.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    media_type: Option<String>,
    artifact_type: Option<String>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
    subject: Option<Descriptor>,
    #[serde(default, deserialize_with = "null_is_empty")]
    annotations: BTreeMap<String, String>,
}

impl Wire {
    fn read(bytes: &[u8], content_type: Option<&str>) -> Result<Self, DocumentError> {
        // An error page is told as what it is, not as a JSON error.
        if let Some(content_type) = content_type {
            Kind::of(&essence(content_type))?;
        }
        let fields: Fields = json::from_slice(bytes)?;
        if fields.schema_version != 2 {
            return Err(DocumentError::Schema { found: fields.schema_version });
        }
        if fields.manifests.is_some() && (fields.config.is_some() || fields.layers.is_some()) {
            return Err(DocumentError::Ambiguous);
        }
        Ok(serde_json::from_slice(bytes).map_err(JsonError::from)?)
    }

    fn kind(&self, content_type: Option<&str>) -> Result<Kind, DocumentError> {
        let served = content_type.map(essence);
        let field = self.media_type.as_deref().filter(|field| !field.is_empty());
        if let (Some(field), Some(served)) = (field, &served)
            && field != served
        {
            let field = field.chars().take(128).collect();
            return Err(DocumentError::Disagreement { field, served: served.chars().take(128).collect() });
        }
        let kind = match field.or(served.as_deref()) {
            Some(name) => Kind::of(name)?,
            None if self.manifests.is_some() => Kind::Index,
            None => Kind::Manifest,
        };
        let other_kind = match kind {
            Kind::Index => self.config.is_some() || self.layers.is_some(),
            Kind::Manifest => self.manifests.is_some(),
        };
        if other_kind { Err(DocumentError::Ambiguous) } else { Ok(kind) }
    }

    fn into_index(self, ceiling: usize) -> Result<Index, DocumentError> {
        let manifests = self.manifests.unwrap_or_default();
        check_count("manifests", manifests.len(), ceiling)?;
        Ok(Index { manifests, subject: self.subject })
    }

    fn into_manifest(self) -> Result<Manifest, DocumentError> {
        let layers = self.layers.unwrap_or_default();
        check_count("layers", layers.len(), limits::LAYERS)?;
        Ok(Manifest {
            config: self.config.ok_or(DocumentError::Missing("config"))?,
            layers,
            subject: self.subject,
            artifact_type: self.artifact_type.filter(|name| !name.is_empty()),
            annotations: self.annotations,
        })
    }
}

/// Which fields there are, whatever they hold: `null` counts as absent, as Go reads and writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    #[serde(default)]
    schema_version: u64,
    config: Option<serde::de::IgnoredAny>,
    layers: Option<serde::de::IgnoredAny>,
    manifests: Option<serde::de::IgnoredAny>,
}

fn check_count(what: &'static str, found: usize, ceiling: usize) -> Result<(), DocumentError> {
    if found > ceiling { Err(DocumentError::TooMany { what, found, ceiling }) } else { Ok(()) }
}

/// Go writes `null` for a map that was never made.
fn null_is_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn descriptor(media_type: &str) -> String {
        format!(r#"{{"mediaType":"{media_type}","digest":"{DIGEST}","size":3}}"#)
    }

    fn manifest(extra: &str) -> String {
        format!(r#"{{"schemaVersion":2,"config":{},"layers":[]{extra}}}"#, descriptor(media_type::OCI_CONFIG))
    }

    fn index(extra: &str) -> String {
        format!(r#"{{"schemaVersion":2,"manifests":[{}]{extra}}}"#, descriptor(media_type::OCI_MANIFEST))
    }

    fn read(text: &str, content_type: Option<&str>) -> Result<Document, DocumentError> {
        Document::from_slice(text.as_bytes(), content_type)
    }

    #[test]
    fn reads_both_families() {
        for name in [media_type::OCI_MANIFEST, media_type::DOCKER_MANIFEST] {
            let with_field = manifest(&format!(r#","mediaType":"{name}""#));
            assert!(matches!(read(&with_field, Some(name)), Ok(Document::Manifest(_))));
            assert!(matches!(read(&with_field, None), Ok(Document::Manifest(_))));
            assert!(matches!(
                read(&manifest(""), Some(&format!("{name}; charset=utf-8"))),
                Ok(Document::Manifest(_))
            ));
        }
        for name in [media_type::OCI_INDEX, media_type::DOCKER_LIST] {
            let with_field = index(&format!(r#","mediaType":"{name}""#));
            assert!(matches!(read(&with_field, Some(name)), Ok(Document::Index(_))));
            assert!(matches!(read(&index(""), Some(name)), Ok(Document::Index(_))));
        }
        assert!(matches!(read(&manifest(""), None), Ok(Document::Manifest(_))));
        assert!(matches!(read(&index(""), None), Ok(Document::Index(_))));
    }

    #[test]
    fn reads_fields() {
        let text = manifest(&format!(
            r#","artifactType":"a/b","annotations":{{"k":"v"}},"subject":{}"#,
            descriptor(media_type::OCI_MANIFEST)
        ));
        let manifest = Manifest::from_slice(text.as_bytes(), None).unwrap();
        assert_eq!(manifest.artifact_type.as_deref(), Some("a/b"));
        assert_eq!(manifest.annotations.get("k").map(String::as_str), Some("v"));
        assert_eq!(manifest.subject.unwrap().digest.to_string(), DIGEST);
        let go_nulls = r#","annotations":null,"subject":null,"artifactType":"""#;
        let manifest = Manifest::from_slice(super::tests::manifest(go_nulls).as_bytes(), None).unwrap();
        assert!(manifest.annotations.is_empty() && manifest.artifact_type.is_none());
    }

    #[test]
    fn refuses_two_readings() {
        // CVE-2021-41190.
        for extra in [r#","manifests":[]"#, r#","manifests":[{}]"#, r#","manifests":0"#] {
            assert!(matches!(read(&manifest(extra), None), Err(DocumentError::Ambiguous)), "{extra}");
            let served = Some(media_type::OCI_MANIFEST);
            assert!(matches!(read(&manifest(extra), served), Err(DocumentError::Ambiguous)), "{extra}");
        }
        let empty = format!(r#"{{"schemaVersion":2,"layers":[],"mediaType":"{}"}}"#, media_type::OCI_INDEX);
        assert!(matches!(read(&empty, None), Err(DocumentError::Ambiguous)));
        let field = index(&format!(r#","mediaType":"{}""#, media_type::OCI_INDEX));
        for served in [media_type::OCI_MANIFEST, media_type::DOCKER_LIST] {
            assert!(matches!(read(&field, Some(served)), Err(DocumentError::Disagreement { .. })));
        }
        assert!(matches!(read(&index(""), Some(media_type::OCI_MANIFEST)), Err(DocumentError::Ambiguous)));
    }

    #[test]
    fn refuses_by_rule() {
        assert!(matches!(read("", None), Err(DocumentError::Json(_))));
        assert!(matches!(read("<html>", Some("text/html")), Err(DocumentError::MediaType { .. })));
        assert!(matches!(read("{}", None), Err(DocumentError::Schema { found: 0 })));
        assert!(matches!(read(r#"{"schemaVersion":1}"#, None), Err(DocumentError::Schema { found: 1 })));
        assert!(matches!(read(r#"{"schemaVersion":2}"#, None), Err(DocumentError::Missing("config"))));
        let typed = manifest(r#","mediaType":"application/json""#);
        assert!(matches!(read(&typed, None), Err(DocumentError::MediaType { .. })));
        assert!(matches!(read(&manifest(r#","layers":[]"#), None), Err(DocumentError::Json(_))));
        for layer in [
            r#"{"mediaType":"a","digest":"sha256:00","size":1}"#.to_owned(),
            format!(r#"{{"mediaType":"a","digest":"{DIGEST}","size":-1}}"#),
            format!(r#"{{"mediaType":"a","digest":"{DIGEST}"}}"#),
            format!(r#"{{"digest":"{DIGEST}","size":1}}"#),
        ] {
            let config = descriptor(media_type::OCI_CONFIG);
            let text = format!(r#"{{"schemaVersion":2,"config":{config},"layers":[{layer}]}}"#);
            assert!(matches!(read(&text, None), Err(DocumentError::Json(_))), "{layer}");
        }
        assert!(matches!(
            Manifest::from_slice(index("").as_bytes(), None),
            Err(DocumentError::Unexpected { found: "index" })
        ));
        assert!(matches!(
            Index::from_slice(manifest("").as_bytes(), None),
            Err(DocumentError::Unexpected { .. })
        ));
    }

    #[test]
    fn ceilings() {
        let many = |count| vec![descriptor("a/b"); count].join(",");
        let layers = |count| {
            format!(r#"{{"schemaVersion":2,"config":{},"layers":[{}]}}"#, descriptor("a/b"), many(count))
        };
        assert!(read(&layers(limits::LAYERS), None).is_ok());
        let error = read(&layers(limits::LAYERS + 1), None).unwrap_err();
        assert_eq!(error.to_string(), "document has 1001 layers, more than 1000");
        let index = |count| format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, many(count));
        assert!(read(&index(limits::INDEX_MANIFESTS), None).is_ok());
        assert!(matches!(
            read(&index(limits::INDEX_MANIFESTS + 1), None),
            Err(DocumentError::TooMany { .. })
        ));
        assert!(matches!(Index::from_list(index(3).as_bytes(), 2), Err(DocumentError::TooMany { .. })));
        assert_eq!(Index::from_list(index(2).as_bytes(), 2).unwrap().manifests.len(), 2);
    }
}
