//! Installed npm packages: `package.json`.
//! <https://docs.npmjs.com/cli/v11/configuring-npm/package-json>
//!
//! Which package needs which is found as Node finds it: from the directory of the one that needs, upwards
//! through every `node_modules`, symbolic links followed.

mod lock;
mod manifest;
mod place;

use std::collections::HashMap;

use self::lock::Locks;
use self::manifest::Manifest;
use self::place::Place;
use super::Cataloger;
use super::Findings;
use super::Found;
use super::Want;
use super::path;
use super::view::File;
use super::view::View;
use crate::package::Package;
use crate::package::Relation;

/// What `npm`, `pnpm`, `yarn` and Debian have installed.
#[derive(Debug)]
pub(super) struct Installed;

impl Cataloger for Installed {
    fn name(&self) -> &'static str {
        "javascript-package-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["installed", "image", "language", "package", "javascript", "node"]
    }

    fn wants(&self) -> &'static [Want] {
        &[
            Want::Bytes("**/package.json"),
            Want::Bytes("**/node_modules/.package-lock.json"),
            Want::Bytes("**/node_modules/.pnpm/lock.yaml"),
            Want::Bytes("**/node_modules/.yarn-integrity"),
        ]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        let mut locks = Locks::default();
        let (mut manifests, mut copies) = (Vec::new(), Vec::new());
        for file in view.files() {
            let Some(bytes) = file.content.bytes() else {
                findings.unknown(file.location(), file.content.problem().unwrap_or("not kept"));
                continue;
            };
            if path::name(file.path) != "package.json" {
                if let Err(reason) = locks.read(file.path, bytes) {
                    findings.unknown(file.location(), reason);
                }
                continue;
            }
            match (place::of(path::parent(file.path)), Manifest::parse(bytes)) {
                (Place::Installed, Ok(Some(manifest))) => manifests.push((file, manifest)),
                (Place::Installed, Err(reason)) => findings.unknown(file.location(), reason.to_string()),
                (Place::Within { owner, rest }, Ok(Some(manifest)))
                    if !place::is_aside(rest) && manifest.is_copy(owner, rest) =>
                {
                    copies.push((owner, file, manifest));
                }
                _ => {}
            }
        }
        let mut installed: Vec<(&str, Found, Manifest)> = Vec::new();
        for (file, manifest) in manifests {
            let directory = path::parent(file.path);
            let mut package = manifest.package();
            package.locations.push(file.location());
            locks.complete(&mut package, manifest.resolved(), directory);
            installed.push((directory, findings.add(package), manifest));
        }
        relate(&installed, view, findings);
        add_copies(copies, &installed, findings);
    }
}

/// Adds what packages bring with them as copies. What those need was copied or compiled into them too, so they
/// are related to nothing but the package that holds them.
fn add_copies(
    copies: Vec<(&str, File<'_>, Manifest)>,
    installed: &[(&str, Found, Manifest)],
    findings: &mut Findings,
) {
    let by_directory: HashMap<&str, Found> =
        installed.iter().map(|(directory, found, _)| (*directory, *found)).collect();
    for (owner, file, manifest) in copies {
        let package = Package { locations: vec![file.location()], ..manifest.package() };
        let copy = findings.add(package);
        if let Some(owner) = by_directory.get(owner) {
            findings.relate(*owner, Relation::Contains, copy);
        }
    }
}

/// Relates each package to those that it needs.
fn relate(installed: &[(&str, Found, Manifest)], view: &View<'_>, findings: &mut Findings) {
    let by_directory: HashMap<&str, Found> =
        installed.iter().map(|(directory, found, _)| (*directory, *found)).collect();
    for (directory, from, manifest) in installed {
        for name in manifest.needs() {
            let candidates = place::candidates(directory, name);
            // Archives need not list directories, so it is the file that is looked for.
            let manifest = |candidate: &String| view.tree().resolve(&format!("{candidate}/package.json"));
            let needed = candidates.iter().find_map(manifest).map(|(file, _)| path::parent(file));
            if let Some(to) = needed.and_then(|directory| by_directory.get(directory)) {
                findings.relate(*from, Relation::DependsOn, *to);
            }
        }
    }
}

#[cfg(test)]
mod tests;
