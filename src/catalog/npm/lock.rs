//! What package managers leave in `node_modules` of where they fetched packages, and of their hashes.
//!
//! npm: `.package-lock.json` (and, before version 7, `_resolved` and `_integrity` in each `package.json`); pnpm:
//! `.pnpm/lock.yaml`; yarn 1: `.yarn-integrity`. What yarn 2 and later leave has neither.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use super::super::path;
use super::super::text;
use super::super::yaml;
use crate::package::Checksum;
use crate::package::ChecksumAlgorithm;
use crate::package::Package;

/// Everything that was left.
#[derive(Debug, Default)]
pub(super) struct Locks {
    /// By directory of the package.
    by_directory: HashMap<String, Origin>,
    /// By the `node_modules` that it is for, and name and version.
    by_version: HashMap<(String, String), Origin>,
}

/// Where a package was fetched from.
#[derive(Clone, Debug, Default)]
struct Origin {
    url: Option<String>,
    checksum: Option<Checksum>,
}

impl Origin {
    fn new(url: Option<&str>, integrity: Option<&str>) -> Self {
        // yarn writes the SHA-1 behind the URL.
        let (url, fragment) = match url {
            Some(url) => url.split_once('#').map_or((Some(url), None), |(url, hash)| (Some(url), Some(hash))),
            None => (None, None),
        };
        let sha1 = || Checksum::new(ChecksumAlgorithm::Sha1, fragment?);
        let url = url.filter(|url| url.starts_with("https://") || url.starts_with("http://"));
        Self { url: url.map(str::to_owned), checksum: integrity.and_then(strongest).or_else(sha1) }
    }
}

impl Locks {
    /// Reads one file.
    pub(super) fn read(&mut self, file: &str, bytes: &[u8]) -> Result<(), String> {
        let directory = path::parent(file);
        match path::name(file) {
            ".package-lock.json" => {
                self.read_npm(path::parent(directory), bytes).map_err(|error| error.to_string())
            }
            "lock.yaml" => self.read_pnpm(path::parent(directory), bytes),
            _ => self.read_yarn(directory, bytes).map_err(|error| error.to_string()),
        }
    }

    fn read_npm(&mut self, root: &str, bytes: &[u8]) -> Result<(), serde_json::Error> {
        let object = text::members(bytes, &["packages"])?;
        let packages = object.get("packages").and_then(Value::as_object);
        for (place, entry) in packages.into_iter().flatten() {
            let Some(entry) = entry.as_object() else { continue };
            let origin = Origin::new(text::string(entry, "resolved"), text::string(entry, "integrity"));
            if let Some(directory) = path::join(root, place) {
                self.by_directory.insert(directory, origin);
            }
        }
        Ok(())
    }

    fn read_pnpm(&mut self, modules: &str, bytes: &[u8]) -> Result<(), String> {
        let lock: PnpmLock = yaml::read(&text::decode(bytes))?;
        for (key, entry) in lock.packages {
            let Some(resolution) = entry.resolution else { continue };
            let origin = Origin::new(resolution.tarball.as_deref(), resolution.integrity.as_deref());
            if let Some(version) = pnpm_version(&key) {
                self.by_version.insert((modules.to_owned(), version), origin);
            }
        }
        Ok(())
    }

    fn read_yarn(&mut self, modules: &str, bytes: &[u8]) -> Result<(), serde_json::Error> {
        let object = text::members(bytes, &["lockfileEntries"])?;
        let entries = object.get("lockfileEntries").and_then(Value::as_object);
        for (pattern, url) in entries.into_iter().flatten() {
            let Some(url) = url.as_str().filter(|url| url.contains("/-/")) else { continue };
            let name_end = pattern.rfind('@').filter(|end| *end > 0).unwrap_or(pattern.len());
            let name = pattern.get(..name_end).unwrap_or(pattern);
            // `.../@scope/name/-/name-1.0.0.tgz#<sha1>`.
            let stem = url.split('#').next().map(path::name).and_then(|file| file.strip_suffix(".tgz"));
            let version = stem.and_then(|stem| stem.strip_prefix(path::name(name))?.strip_prefix('-'));
            if let Some(version) = version {
                let key = (modules.to_owned(), format!("{name}@{version}"));
                self.by_version.insert(key, Origin::new(Some(url), None));
            }
        }
        Ok(())
    }

    /// Adds to the package in `directory` what is known of it.
    pub(super) fn complete(&self, package: &mut Package, own: (Option<&str>, Option<&str>), directory: &str) {
        let own = Origin::new(own.0, own.1);
        let listed = self.by_directory.get(directory).or_else(|| {
            let version = format!("{}@{}", package.name, package.version.as_deref()?);
            modules_above(directory)
                .find_map(|modules| self.by_version.get(&(modules.to_owned(), version.clone())))
        });
        let listed = listed.cloned().unwrap_or_default();
        package.download = own.url.or(listed.url);
        package.checksums.extend(own.checksum.or(listed.checksum));
    }
}

/// Each `node_modules` that a path is in, innermost first.
fn modules_above(directory: &str) -> impl Iterator<Item = &str> {
    let places = directory.match_indices("node_modules");
    let mut ends: Vec<usize> = places.map(|(start, name)| start.saturating_add(name.len())).collect();
    ends.reverse();
    ends.into_iter().filter_map(move |end| directory.get(..end))
}

/// `name@1.0.0` of a key: `/name/1.0.0_peer` until version 5 of the format, `/name@1.0.0(peer)` in 6, without the
/// `/` in 9.
fn pnpm_version(key: &str) -> Option<String> {
    let key = key.split('(').next()?;
    let Some(old) = key.strip_prefix('/') else { return Some(key.to_owned()) };
    if old.rfind('@').is_some_and(|at| at > 0) {
        return Some(old.to_owned());
    }
    let (name, version) = old.rsplit_once('/')?;
    Some(format!("{name}@{}", version.split('_').next()?))
}

/// The part of pnpm's lock file that is read.
#[derive(Debug, Default, Deserialize)]
struct PnpmLock {
    #[serde(default)]
    packages: HashMap<String, PnpmPackage>,
}

#[derive(Debug, Deserialize)]
struct PnpmPackage {
    resolution: Option<PnpmResolution>,
}

#[derive(Debug, Deserialize)]
struct PnpmResolution {
    integrity: Option<String>,
    tarball: Option<String>,
}

/// The strongest of the hashes. <https://www.w3.org/TR/SRI/#the-integrity-attribute>
fn strongest(integrity: &str) -> Option<Checksum> {
    let algorithm = |name: &str| match name {
        "sha1" => Some(ChecksumAlgorithm::Sha1),
        "sha256" => Some(ChecksumAlgorithm::Sha256),
        "sha384" => Some(ChecksumAlgorithm::Sha384),
        "sha512" => Some(ChecksumAlgorithm::Sha512),
        _ => None,
    };
    let hashes = integrity.split_whitespace().filter_map(|part| {
        let (name, digest) = part.split_once('-')?;
        let bytes = STANDARD.decode(digest.split('?').next()?).ok()?;
        Checksum::new(algorithm(name)?, &hex::encode(bytes))
    });
    hashes.max_by_key(|checksum| checksum.algorithm)
}
