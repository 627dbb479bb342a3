//! Snapshots for GitHub's dependency graph.
//! <https://docs.github.com/en/rest/dependency-graph/dependency-submission>

use std::collections::BTreeMap;
use std::io;
use std::io::Write;

use serde::Serialize;

use crate::package::DocumentOptions;
use crate::package::Inventory;
use crate::package::Package;
use crate::package::Release;
use crate::package::Root;
use crate::package::write_json;

/// Writes a snapshot: a manifest for each file that showed packages. `job`, `sha` and `ref` are for whoever
/// submits it, who alone knows them.
pub(super) fn write(inventory: &Inventory, options: &DocumentOptions, to: &mut impl Write) -> io::Result<()> {
    let root = Root::new(inventory, options);
    let mut manifests: BTreeMap<String, Manifest<'_>> = BTreeMap::new();
    for package in &inventory.packages {
        let Some(location) = package.locations.first() else { continue };
        let name = format!("{}:{}", root.name, location.path);
        let manifest = manifests.entry(name.clone()).or_insert_with(|| Manifest {
            file: ManifestFile { source_location: name.clone() },
            name,
            metadata: location.layer.iter().map(|layer| ("syft:filesystem", layer.as_str())).collect(),
            resolved: BTreeMap::new(),
        });
        if let Some((key, dependency)) = dependency(package) {
            manifest.resolved.insert(key, dependency);
        }
    }
    let distro = inventory.release.as_ref().and_then(distro);
    let snapshot = Snapshot {
        version: 0,
        job: BTreeMap::new(),
        detector: Detector {
            name: &options.tool.name,
            // GitHub demands an address of the detector.
            url: env!("CARGO_PKG_REPOSITORY"),
            version: &options.tool.version,
        },
        metadata: distro.into_iter().map(|distro| ("syft:distro", distro)).collect(),
        manifests,
        scanned: options.created_text(),
    };
    write_json(&snapshot, options.layout, to)
}

fn distro(release: &Release) -> Option<String> {
    let version = release.version_id.as_ref().map(|version| format!("@{version}")).unwrap_or_default();
    (!release.id.is_empty()).then(|| format!("pkg:generic/{}{version}", release.id))
}

/// By the package URL without its qualifiers.
fn dependency(package: &Package) -> Option<(&str, Dependency<'_>)> {
    let purl = package.purl.as_ref()?.as_str();
    let key = purl.split(['?', '#']).next()?;
    Some((key, Dependency { package_url: purl, relationship: "direct", scope: "runtime" }))
}

#[derive(Serialize)]
struct Snapshot<'a> {
    version: u32,
    job: BTreeMap<&'static str, String>,
    detector: Detector<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<&'static str, String>,
    manifests: BTreeMap<String, Manifest<'a>>,
    scanned: String,
}

#[derive(Serialize)]
struct Detector<'a> {
    name: &'a str,
    url: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct Manifest<'a> {
    name: String,
    file: ManifestFile,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<&'static str, &'a str>,
    resolved: BTreeMap<&'a str, Dependency<'a>>,
}

#[derive(Serialize)]
struct ManifestFile {
    source_location: String,
}

#[derive(Serialize)]
struct Dependency<'a> {
    package_url: &'a str,
    relationship: &'static str,
    scope: &'static str,
}
