//! syft's own JSON, schema 16.0.18, as far as an inventory has what is in it.
//!
//! For programs that read syft's output: grype, and scripts. Identifiers are ours; what syft computes and we do
//! not (owner and type of a file's content) is absent or empty.

use std::io;
use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::Serializer;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::package::ChecksumAlgorithm;
use crate::package::DocumentOptions;
use crate::package::FileDetail;
use crate::package::FileEntry;
use crate::package::FileKind;
use crate::package::ImageSubject;
use crate::package::Inventory;
use crate::package::Kind;
use crate::package::License;
use crate::package::Location;
use crate::package::Package;
use crate::package::Relation;
use crate::package::Release;
use crate::package::Root;
use crate::package::Subject;
use crate::package::cpes_of;
use crate::package::identity;
use crate::package::write_json;

/// Writes the document.
pub(super) fn write(inventory: &Inventory, options: &DocumentOptions, to: &mut impl Write) -> io::Result<()> {
    let root = Root::new(inventory, options);
    let ids: Vec<String> = inventory.packages.iter().map(Package::identity).collect();
    let wanted = |file: &&FileEntry| match options.files {
        FileDetail::None => false,
        FileDetail::Owned => !file.owners.is_empty(),
        FileDetail::All => true,
    };
    let document = Document {
        artifacts: Artifacts { inventory, ids: &ids },
        artifact_relationships: Relationships { inventory, ids: &ids, files: options.files },
        files: inventory.files.iter().filter(wanted).map(file).collect(),
        source: source(inventory, &root),
        distro: inventory.release.as_ref().map(distro).unwrap_or_default(),
        descriptor: json!({
            "name": options.tool.name,
            "version": options.tool.version,
            "configuration": {"catalogers": {"used": inventory.catalogers}},
        }),
        schema: json!({
            "version": "16.0.18",
            "url": "https://raw.githubusercontent.com/anchore/syft/main/schema/json/schema-16.0.18.json",
        }),
    };
    write_json(&document, options.layout, to)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    artifacts: Artifacts<'a>,
    artifact_relationships: Relationships<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<Value>,
    source: Value,
    distro: Map<String, Value>,
    descriptor: Value,
    schema: Value,
}

struct Artifacts<'a> {
    inventory: &'a Inventory,
    ids: &'a [String],
}

impl Serialize for Artifacts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let packages = self.inventory.packages.iter().zip(self.ids);
        serializer.collect_seq(packages.map(|(package, id)| Artifact::new(package, id)))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact<'a> {
    id: &'a str,
    name: &'a str,
    version: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    found_by: &'a str,
    locations: Vec<Value>,
    licenses: Vec<Value>,
    language: &'static str,
    cpes: Vec<Value>,
    purl: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Map<String, Value>>,
}

impl<'a> Artifact<'a> {
    fn new(package: &'a Package, id: &'a str) -> Self {
        let source = if package.cpes.is_empty() { "portcullis-generated" } else { "declared" };
        let evidence = |place| if place == 0 { "primary" } else { "supporting" };
        let locations = package.locations.iter().enumerate();
        Self {
            id,
            name: &package.name,
            version: package.written_version(),
            kind: package.kind.name(),
            found_by: package.found_by,
            locations: locations.map(|(place, one)| location(one, evidence(place))).collect(),
            licenses: package.licenses.iter().map(|one| license(one, package)).collect(),
            language: language(package.kind),
            cpes: cpes_of(package).iter().map(|cpe| json!({"cpe": cpe, "source": source})).collect(),
            purl: package.purl.as_ref().map(|purl| purl.as_str()).unwrap_or_default(),
            metadata_type: package.metadata.as_ref().map(|metadata| metadata.kind),
            metadata: package.metadata.as_ref().map(|metadata| &metadata.fields),
        }
    }
}

/// Of what lies in an archive, `path` is the archive's and `accessPath` has its own behind it.
fn location(location: &Location, evidence: &str) -> Value {
    let real = location.path.split(':').next().unwrap_or_default();
    let mut value = json!({"path": real});
    if let (Some(fields), Some(layer)) = (value.as_object_mut(), &location.layer) {
        fields.insert("layerID".to_owned(), layer.as_str().into());
    }
    if let Some(fields) = value.as_object_mut() {
        fields.insert("accessPath".to_owned(), location.path.as_str().into());
        fields.insert("annotations".to_owned(), json!({"evidence": evidence}));
    }
    value
}

fn license(license: &License, package: &Package) -> Value {
    let layer = package.locations.first().and_then(|first| first.layer.clone());
    let place = |path: &String| {
        json!([location(&Location { path: path.clone(), layer: layer.clone() }, "supporting")])
    };
    let value = if license.declared.is_empty() {
        license.text.as_deref().unwrap_or_default()
    } else {
        &license.declared
    };
    json!({
        "value": value,
        "spdxExpression": license.expression.as_deref().unwrap_or_default(),
        "type": "declared",
        "urls": [],
        "locations": license.location.as_ref().map_or_else(|| json!([]), place),
    })
}

struct Relationships<'a> {
    inventory: &'a Inventory,
    ids: &'a [String],
    files: FileDetail,
}

impl Serialize for Relationships<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let id = |place: usize| self.ids.get(place).map_or("", String::as_str);
        let between = self.inventory.relationships.iter().map(|edge| match edge.relation {
            Relation::Contains => [id(edge.from), id(edge.to), "contains"],
            // syft's says it from the other end.
            Relation::DependsOn => [id(edge.to), id(edge.from), "dependency-of"],
            Relation::OwnsFilesOf => [id(edge.from), id(edge.to), "ownership-by-file-overlap"],
        });
        let mut all: Vec<(String, String, &str)> =
            between.map(|[from, to, kind]| (from.to_owned(), to.to_owned(), kind)).collect();
        if self.files != FileDetail::None {
            for file in &self.inventory.files {
                let to = file_id(&file.location);
                all.extend(file.owners.iter().map(|&owner| (id(owner).to_owned(), to.clone(), "contains")));
            }
        }
        all.sort();
        let pairs = all.into_iter();
        serializer.collect_seq(pairs.map(|(parent, child, kind)| Relationship { parent, child, kind }))
    }
}

#[derive(Serialize)]
struct Relationship<'a> {
    parent: String,
    child: String,
    #[serde(rename = "type")]
    kind: &'a str,
}

fn file_id(location: &Location) -> String {
    identity::hash([location.path.as_str(), location.layer.as_deref().unwrap_or_default()], 16)
}

fn file(file: &FileEntry) -> Value {
    let kind = match file.kind {
        FileKind::Directory => "Directory",
        FileKind::Other => "IrregularFile",
        FileKind::Regular => "RegularFile",
        FileKind::SymbolicLink => "SymbolicLink",
    };
    let name = |algorithm| match algorithm {
        ChecksumAlgorithm::Md5 => "md5",
        ChecksumAlgorithm::Sha1 => "sha1",
        ChecksumAlgorithm::Sha256 => "sha256",
        ChecksumAlgorithm::Sha384 => "sha384",
        ChecksumAlgorithm::Sha512 => "sha512",
    };
    let digests =
        file.checksums.iter().map(|sum| json!({"algorithm": name(sum.algorithm), "value": sum.hex}));
    // 0644 is the number 644 in syft's JSON.
    let mode: u32 = format!("{:o}", file.mode & 0o7777).parse().unwrap_or_default();
    json!({
        "id": file_id(&file.location),
        "location": {"path": file.location.path, "layerID": file.location.layer},
        "metadata": {"mode": mode, "type": kind, "userID": 0, "groupID": 0, "mimeType": "", "size": file.size},
        "digests": digests.collect::<Vec<_>>(),
    })
}

fn source(inventory: &Inventory, root: &Root) -> Value {
    let (kind, metadata) = match &inventory.subject {
        Subject::Directory { path } => ("directory", json!({"path": path})),
        Subject::File { path, digest } => {
            let digests = digest.map(|digest| json!({"algorithm": "sha256", "value": digest.hex()}));
            ("file", json!({"path": path, "digests": digests.into_iter().collect::<Vec<_>>()}))
        }
        Subject::Image(subject) => ("image", image(subject)),
        Subject::Unknown => ("unknown", json!({})),
    };
    let id = match (&root.digest, root.version.as_deref()) {
        (Some(digest), _) => digest.hex(),
        (None, version) => identity::hash([root.name.as_str(), version.unwrap_or_default()], 64),
    };
    let version = root.version.as_deref().unwrap_or_default();
    json!({"id": id, "name": root.name, "version": version, "type": kind, "metadata": metadata})
}

fn image(image: &ImageSubject) -> Value {
    let text = |digest: &Option<crate::digest::Digest>| digest.map(|one| one.to_string()).unwrap_or_default();
    let layers = image.layers.iter().map(|layer| {
        let digest = layer.diff_id.clone().unwrap_or_else(|| text(&layer.digest));
        json!({"mediaType": layer.media_type, "digest": digest, "size": layer.size})
    });
    let size: u64 = image.layers.iter().fold(0, |sum, layer| sum.saturating_add(layer.size));
    let tags: Vec<String> = match (&image.repository, &image.tag) {
        (Some(repository), Some(tag)) => vec![format!("{repository}:{tag}")],
        _ => Vec::new(),
    };
    let digests: Vec<String> = match (&image.repository, &image.manifest) {
        (Some(repository), Some(manifest)) => vec![format!("{repository}@{manifest}")],
        _ => Vec::new(),
    };
    let mut platform = image.platform.as_deref().unwrap_or_default().split('/');
    let (system, architecture) = (platform.next().unwrap_or_default(), platform.next().unwrap_or_default());
    json!({
        "userInput": image.reference,
        "imageID": text(&image.config),
        "manifestDigest": text(&image.manifest),
        "mediaType": image.media_type.as_deref().unwrap_or_default(),
        "tags": tags,
        "imageSize": size,
        "layers": layers.collect::<Vec<_>>(),
        "manifest": STANDARD.encode(&image.raw_manifest),
        "config": STANDARD.encode(&image.raw_config),
        "repoDigests": digests,
        "architecture": architecture,
        "os": system,
    })
}

fn distro(release: &Release) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut add = |name: &str, value: Option<&String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            fields.insert(name.to_owned(), value.as_str().into());
        }
    };
    add("prettyName", release.pretty_name.as_ref());
    add("name", release.name.as_ref());
    add("id", Some(&release.id));
    add("version", release.version.as_ref());
    add("versionID", release.version_id.as_ref());
    add("versionCodename", release.version_codename.as_ref());
    add("buildID", release.build_id.as_ref());
    add("homeURL", release.home_url.as_ref());
    add("cpeName", release.cpe.as_ref());
    if !release.id_like.is_empty() {
        fields.insert("idLike".to_owned(), release.id_like.clone().into());
    }
    fields
}

fn language(kind: Kind) -> &'static str {
    match kind {
        Kind::Cocoapods | Kind::Swift => "swift",
        Kind::Conan | Kind::Vcpkg => "c++",
        Kind::Dart => "dart",
        Kind::Dotnet => "dotnet",
        Kind::Erlang => "erlang",
        Kind::Gem => "ruby",
        Kind::Go => "go",
        Kind::Hackage => "haskell",
        Kind::Hex => "elixir",
        Kind::Java | Kind::Jenkins | Kind::Graalvm => "java",
        Kind::Lua => "lua",
        Kind::Npm => "javascript",
        Kind::Opam => "ocaml",
        Kind::Pear | Kind::Pecl | Kind::Php | Kind::Wordpress => "php",
        Kind::Python => "python",
        Kind::R => "R",
        Kind::Rust => "rust",
        Kind::SwiPlPack => "swipl",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::testing;

    #[test]
    fn has_the_shape_of_syfts() {
        let mut options = DocumentOptions::new("2026-01-02T03:04:05Z".parse().unwrap());
        options.files = FileDetail::Owned;
        let mut bytes = Vec::new();
        write(&testing::inventory(), &options, &mut bytes).unwrap();
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        let keys: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected =
            ["artifacts", "artifactRelationships", "files", "source", "distro", "descriptor", "schema"];
        expected.sort_unstable();
        let mut sorted = keys.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, expected);
        let libc =
            document["artifacts"].as_array().unwrap().iter().find(|one| one["name"] == "libc6").unwrap();
        assert_eq!((&libc["type"], &libc["metadataType"]), (&"deb".into(), &"dpkg-db-entry".into()));
        assert_eq!(libc["metadata"]["package"], "libc6");
        assert_eq!(libc["locations"][0]["annotations"]["evidence"], "primary");
        assert_eq!(libc["licenses"][0]["spdxExpression"], "MIT OR Apache-2.0");
        let adduser =
            document["artifacts"].as_array().unwrap().iter().find(|one| one["name"] == "adduser").unwrap();
        let edge = json!({"parent": libc["id"], "child": adduser["id"], "type": "dependency-of"});
        let edges = document["artifactRelationships"].as_array().unwrap();
        assert!(edges.contains(&edge));
        assert_eq!(edges.len(), 3 + 1, "two between packages, two files owned");
        assert_eq!(document["files"][0]["metadata"]["mode"], 644);
        assert_eq!(document["source"]["metadata"]["architecture"], "amd64");
        assert_eq!(document["distro"]["versionID"], "12");
    }
}
