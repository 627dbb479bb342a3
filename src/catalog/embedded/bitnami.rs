//! Bitnami's components: `/opt/bitnami/.bitnami_components.json`, and an SPDX document beside each of the newer ones.
//! <https://github.com/bitnami/containers>

use serde_json::Map;
use serde_json::Value;

use super::super::Cataloger;
use super::super::Findings;
use super::super::Want;
use super::super::path;
use super::super::text;
use super::super::view::File;
use super::super::view::View;
use super::Document;
use super::Problem;
use crate::image::EntryKind;
use crate::package::Kind;
use crate::package::Metadata;
use crate::package::OwnedFile;
use crate::package::Package;
use crate::package::PurlBuilder;

/// What Bitnami's images are made of.
#[derive(Debug)]
pub(in super::super) struct Bitnami;

impl Cataloger for Bitnami {
    fn name(&self) -> &'static str {
        "bitnami-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["bitnami", "image", "installed", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Bytes(COMPONENTS), Want::Bytes("opt/bitnami/**/.spdx-*.spdx")]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        for file in view.files() {
            let Some(bytes) = file.content.bytes() else {
                findings.unknown(file.location(), file.content.problem().unwrap_or("not kept"));
                continue;
            };
            let read = match file.path {
                COMPONENTS => components(bytes),
                _ => super::read(bytes).map(|document| described(document, &file, view)),
            };
            match read {
                Ok(document) => {
                    document.add(&file.location(), findings);
                }
                Err(Problem::Broken(reason)) => findings.unknown(file.location(), reason),
                Err(Problem::Foreign) => findings.unknown(file.location(), "not an SPDX document"),
            }
        }
    }
}

/// `{"redis": {"arch": "amd64", "distro": "debian-12", "version": "7.4.0-0"}}`.
fn components(bytes: &[u8]) -> Result<Document, Problem> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let entries: Map<String, Value> =
        serde_json::from_slice(bytes).map_err(|error| Problem::Broken(error.to_string()))?;
    let mut document = Document::default();
    for (name, entry) in &entries {
        let Some(entry) = entry.as_object() else { continue };
        let Some(version) = text::string(entry, "version") else { continue };
        let purl = PurlBuilder::new("bitnami", name.as_str())
            .version(version)
            .qualifier("arch", text::string(entry, "arch").unwrap_or_default())
            .qualifier("distro", text::string(entry, "distro").unwrap_or_default());
        let mut package = Package {
            name: name.clone(),
            version: Some(version.to_owned()),
            kind: Kind::Bitnami,
            purl: Some(purl.build()),
            ..Package::default()
        };
        package.metadata = Some(metadata(&package, &format!("/opt/bitnami/{name}"), entry));
        document.packages.push((name.clone(), package));
    }
    Ok(document)
}

/// Only Bitnami's own: what else a document lists is found where it lies. The files beside it are those of the one
/// that it is about.
fn described(mut document: Document, file: &File<'_>, view: &View<'_>) -> Document {
    document.retain(|_, package| package.purl.as_ref().is_some_and(|purl| purl.kind() == "bitnami"));
    let directory = path::parent(file.path);
    let only = document.packages.len() == 1;
    for (id, package) in &mut document.packages {
        package.metadata = Some(metadata(package, &format!("/{directory}"), &Map::new()));
        if only || document.subjects.contains(id) {
            let below = view.tree().below(directory).filter(|(_, entry)| entry.kind != EntryKind::Directory);
            package.files = below.map(|(path, _)| OwnedFile { path: format!("/{path}") }).collect();
        }
    }
    document
}

fn metadata(package: &Package, directory: &str, entry: &Map<String, Value>) -> Metadata {
    let version = package.version.as_deref().unwrap_or_default();
    let (version, revision) = version.rsplit_once('-').unwrap_or((version, ""));
    let mut fields = Map::new();
    let field = |key: &str| {
        let qualifiers = package.purl.as_ref().and_then(|purl| purl.as_str().split_once('?'));
        let listed = qualifiers
            .and_then(|(_, list)| list.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('=')));
        text::string(entry, key).or(listed).unwrap_or_default().to_owned()
    };
    for (key, value) in [
        ("name", package.name.clone()),
        ("version", version.to_owned()),
        ("revision", revision.to_owned()),
        ("arch", field("arch")),
        ("distro", field("distro")),
        ("path", directory.to_owned()),
    ] {
        fields.insert(key.to_owned(), value.into());
    }
    Metadata { kind: "bitnami-sbom-entry", fields }
}

const COMPONENTS: &str = "opt/bitnami/.bitnami_components.json";
