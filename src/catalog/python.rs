//! Installed Python distributions: `dist-info` and `egg-info`.
//! <https://packaging.python.org/en/latest/specifications/recording-installed-packages/>
//!
//! Which distribution needs which is read from `Requires-Dist`, with its markers evaluated for the
//! interpreter that the distribution was installed for, and with the extras that something asks for.

mod edges;
mod environment;
mod metadata;
mod record;
mod requirement;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use self::edges::Distribution;
use self::environment::Platform;
use self::environment::Site;
use super::Cataloger;
use super::Findings;
use super::Found;
use super::Want;
use super::embedded;
use super::embedded::Problem;
use super::path;
use super::text;
use super::view::File;
use super::view::View;
use crate::package::Package;
use crate::package::Relation;

/// What `pip` and its like have installed.
#[derive(Debug)]
pub(super) struct Installed;

impl Cataloger for Installed {
    fn name(&self) -> &'static str {
        "python-installed-package-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["directory", "installed", "image", "language", "package", "python"]
    }

    fn wants(&self) -> &'static [Want] {
        &[
            Want::Bytes("**/*.egg-info"),
            Want::Bytes("**/*dist-info/METADATA"),
            Want::Bytes("**/*DIST-INFO/METADATA"),
            Want::Bytes("**/*egg-info/PKG-INFO"),
            Want::Bytes("**/*EGG-INFO/PKG-INFO"),
            // What belongs to those.
            Want::Bytes("**/*dist-info/RECORD"),
            Want::Bytes("**/*dist-info/WHEEL"),
            Want::Bytes("**/*dist-info/direct_url.json"),
            Want::Bytes("**/*dist-info/sboms/*"),
            Want::Bytes("**/*dist-info/top_level.txt"),
            Want::Bytes("**/*egg-info/installed-files.txt"),
            Want::Bytes("**/*egg-info/requires.txt"),
            Want::Bytes("**/*egg-info/top_level.txt"),
            Want::Bytes("**/*EGG-INFO/requires.txt"),
            Want::Bytes("**/*EGG-INFO/top_level.txt"),
            // What tells the version of the interpreter.
            Want::Bytes("**/pyvenv.cfg"),
            Want::Bytes("**/include/python*/patchlevel.h"),
            Want::Bytes(environment::DPKG_STATUS),
            Want::Bytes(environment::APK_INSTALLED),
        ]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        let mut wheels: BTreeMap<&str, Vec<&[u8]>> = BTreeMap::new();
        let mut named: Vec<(File<'_>, Layout<'_>)> = Vec::new();
        let mut sboms: BTreeMap<&str, Vec<File<'_>>> = BTreeMap::new();
        for file in view.files() {
            if let Some(layout) = Layout::of(file.path) {
                named.push((file, layout));
            } else if path::name(file.path) == "WHEEL"
                && let Some(bytes) = file.content.bytes()
            {
                wheels.entry(path::parent(path::parent(file.path))).or_default().push(bytes);
            } else if path::name(path::parent(file.path)) == "sboms" {
                sboms.entry(path::parent(path::parent(file.path))).or_default().push(file);
            }
        }
        let directories: BTreeSet<&str> = named.iter().map(|(_, layout)| layout.site).collect();
        let general = Platform::from_tree(view);
        let site = |directory: &&str| {
            let wheels = wheels.get(directory).into_iter().flatten().copied();
            Site::find(directory, view, &Platform::from_wheels(wheels).unwrap_or_else(|| general.clone()))
        };
        let sites: Vec<Site> = directories.iter().map(site).collect();
        let places: BTreeMap<&str, usize> =
            directories.iter().enumerate().map(|(place, directory)| (*directory, place)).collect();
        let mut distributions = Vec::new();
        for (file, layout) in named {
            let Some(&site) = places.get(layout.site) else { continue };
            let Some(distribution) = read(&file, layout, site, view, findings) else { continue };
            let directory = layout.directory.unwrap_or_default();
            for sbom in sboms.get(directory).into_iter().flatten() {
                contents(distribution.found, sbom, findings);
            }
            distributions.push(distribution);
        }
        edges::relate(&distributions, &sites, findings);
    }
}

/// How the metadata of one distribution lies.
#[derive(Clone, Copy)]
struct Layout<'a> {
    /// The directory that is on the path of modules.
    site: &'a str,
    /// The directory of the metadata; `None` if there is the one file only.
    directory: Option<&'a str>,
}

impl<'a> Layout<'a> {
    /// Of the file that names a distribution; other files have none.
    fn of(file: &'a str) -> Option<Self> {
        let (name, directory) = (path::name(file), path::parent(file));
        let kind = path::name(directory).to_ascii_lowercase();
        if name == "METADATA" && kind.ends_with("dist-info")
            || name == "PKG-INFO" && kind.ends_with("egg-info")
        {
            let above = path::parent(directory);
            // An unpacked egg: `site-packages/six-1.0-py3.egg/EGG-INFO/PKG-INFO`.
            let site = if above.ends_with(".egg") { path::parent(above) } else { above };
            return Some(Self { site, directory: Some(directory) });
        }
        name.ends_with(".egg-info").then_some(Self { site: directory, directory: None })
    }
}

/// Reads one distribution.
fn read(
    file: &File<'_>,
    layout: Layout<'_>,
    site: usize,
    view: &View<'_>,
    findings: &mut Findings,
) -> Option<Distribution> {
    let Some(bytes) = file.content.bytes() else {
        findings.unknown(file.location(), file.content.problem().unwrap_or("not kept"));
        return None;
    };
    let read = |name: &str| {
        view.open(&format!("{}/{name}", layout.directory?)).filter(|file| file.content.bytes().is_some())
    };
    let metadata = metadata::parse(&text::decode(bytes));
    let Some(mut package) = metadata.package() else {
        findings.unknown(file.location(), "no name or no version");
        return None;
    };
    package.locations.push(file.location());
    metadata.complete(&mut package, layout.site);
    supplement(&mut package, layout.site, &read);
    let requires = read("requires.txt");
    let requires = requires.and_then(|file| file.content.bytes()).map(text::decode);
    let (requirements, unread) = metadata.requirements(requires.as_deref());
    for requirement in unread {
        findings.unknown(file.location(), format!("requirement {requirement:?} cannot be read"));
    }
    Some(Distribution { name: package.name.clone(), site, requirements, found: findings.add(package) })
}

/// What was compiled or copied into a distribution, as its SBOMs say.
/// <https://peps.python.org/pep-0770/>
fn contents(distribution: Found, sbom: &File<'_>, findings: &mut Findings) {
    let Some(bytes) = sbom.content.bytes() else {
        findings.unknown(sbom.location(), sbom.content.problem().unwrap_or("not kept"));
        return;
    };
    match embedded::read(bytes) {
        Ok(mut document) => {
            // The distribution itself is known, better than by the crate or directory that it was built of.
            let subjects = document.subjects.clone();
            document.retain(|id, _| !subjects.iter().any(|subject| subject == id));
            for component in document.add(&sbom.location(), findings).into_values() {
                findings.relate(distribution, Relation::Contains, component);
            }
        }
        Err(Problem::Broken(reason)) => findings.unknown(sbom.location(), reason),
        Err(Problem::Foreign) => findings.unknown(sbom.location(), "not a known form of SBOM"),
    }
}

/// What the other files of a distribution say.
fn supplement<'a>(package: &mut Package, site: &str, read: &dyn Fn(&str) -> Option<File<'a>>) {
    for name in ["RECORD", "installed-files.txt"] {
        if let Some((file, bytes)) = read(name).and_then(|file| Some((file, file.content.bytes()?))) {
            let text = text::decode(bytes);
            package.files = match name {
                "RECORD" => record::from_record(&text, site),
                _ => record::from_installed_files(&text, path::parent(file.path)),
            };
            package.locations.push(file.location());
            break;
        }
    }
    if let Some((file, bytes)) = read("top_level.txt").and_then(|file| Some((file, file.content.bytes()?))) {
        let text = text::decode(bytes);
        let names: Vec<serde_json::Value> = text.split_whitespace().map(Into::into).collect();
        if let Some(metadata) = &mut package.metadata {
            metadata.fields.insert("topLevelPackages".to_owned(), names.into());
        }
        package.locations.push(file.location());
    }
    if let Some((file, bytes)) = read("direct_url.json").and_then(|file| Some((file, file.content.bytes()?)))
    {
        metadata::direct_url(package, bytes);
        package.locations.push(file.location());
    }
}

#[cfg(test)]
mod tests;
