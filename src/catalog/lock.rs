//! Lock files and declarations: what a project says it is made of. One file per ecosystem.
//!
//! Only directories are searched for them: in an image they tell how it was built, not what is in it.
//! Files come from strangers: each is read within the bounds of its format's reader, its entries are taken
//! one by one, and what cannot be read is an unknown while the rest stays.

mod apple;
mod beam;
mod cargo;
mod composer;
mod cpp;
mod dart;
mod declared;
mod gemfile;
mod github;
mod go_mod;
mod haskell;
mod npm;
mod nuget;
mod opam;
mod python;
mod terraform;
mod value;

pub(super) use apple::COCOAPODS;
pub(super) use apple::SWIFT;
pub(super) use beam::MIX;
pub(super) use beam::REBAR;
pub(super) use cargo::CargoLock;
pub(super) use composer::COMPOSER;
pub(super) use composer::COMPOSER_INSTALLED;
pub(super) use cpp::CONAN;
pub(super) use cpp::VCPKG;
pub(super) use dart::PUBSPEC;
pub(super) use dart::PUBSPEC_LOCK;
pub(super) use gemfile::GEMFILE;
pub(super) use github::GITHUB_ACTIONS;
pub(super) use github::GITHUB_WORKFLOWS;
pub(super) use go_mod::GO_MOD;
pub(super) use haskell::HASKELL;
pub(super) use npm::NpmLock;
pub(super) use nuget::NUGET;
pub(super) use opam::OPAM;
pub(super) use python::PythonLock;
pub(super) use terraform::TERRAFORM;

use std::collections::HashMap;

use serde_json::Map;
use serde_json::Value;

use super::Findings;
use super::Found;
use super::view::File;
use super::view::View;
use crate::package::Checksum;
use crate::package::ChecksumAlgorithm;
use crate::package::Kind;
use crate::package::Location;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::Relation;

/// One file, while its packages are collected.
struct Lock<'a, 'f> {
    /// From the root, without a leading `/`.
    path: &'a str,
    bytes: &'a [u8],
    location: Location,
    findings: &'f mut Findings,
    /// By name and version: what stands in a file twice is one package.
    found: HashMap<(String, Option<String>), Found>,
}

/// Reads every file that the cataloger wants with `read`; its error is an unknown.
fn each<'a>(
    view: &View<'a>,
    findings: &mut Findings,
    read: impl Fn(&mut Lock<'a, '_>) -> Result<(), String>,
) {
    for file in view.files() {
        one(file, findings, &read);
    }
}

fn one<'a>(file: File<'a>, findings: &mut Findings, read: impl Fn(&mut Lock<'a, '_>) -> Result<(), String>) {
    let location = file.location();
    let Some(bytes) = file.content.bytes() else {
        findings.unknown(location, file.content.problem().unwrap_or("not kept"));
        return;
    };
    let found = HashMap::new();
    let mut lock = Lock { path: file.path, bytes, location: location.clone(), findings, found };
    if let Err(reason) = read(&mut lock) {
        findings.unknown(location, reason);
    }
}

impl<'a> Lock<'a, '_> {
    /// The last name of the path.
    fn name(&self) -> &'a str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// The content as text, without a byte order mark.
    fn text(&self) -> Result<&'a str, String> {
        let bytes = self.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(self.bytes);
        std::str::from_utf8(bytes).map_err(|error| format!("not UTF-8: {error}"))
    }

    /// A package of this file.
    fn package(&self, kind: Kind, name: &str, version: &str) -> Package {
        Package {
            name: name.to_owned(),
            version: Some(version.to_owned()).filter(|version| !version.is_empty()),
            kind,
            locations: vec![self.location.clone()],
            ..Package::default()
        }
    }

    /// Adds a package, unless this file has it already.
    fn add(&mut self, package: Package) -> Found {
        let key = (package.name.clone(), package.version.clone());
        *self.found.entry(key).or_insert_with(|| self.findings.add(package))
    }

    /// `from` needs `to`.
    fn depends(&mut self, from: Found, to: Found) {
        self.findings.relate(from, Relation::DependsOn, to);
    }

    /// A part of this file could not be read.
    fn unknown(&mut self, reason: impl Into<String>) {
        self.findings.unknown(self.location.clone(), reason);
    }
}

/// Metadata of syft's type `kind`: the fields that are not null.
fn metadata<const N: usize>(kind: &'static str, fields: [(&str, Value); N]) -> Option<Metadata> {
    let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
    let fields: Map<_, _> = fields.map(|(key, value)| (key.to_owned(), value)).collect();
    Some(Metadata { kind, fields })
}

/// Digests in the notation of subresource integrity: `sha512-<base64> sha1-<base64>`.
/// <https://www.w3.org/TR/SRI/#the-integrity-attribute>
fn integrity(text: &str) -> Vec<Checksum> {
    use base64::Engine;
    let one = |part: &str| {
        let (algorithm, digest) = part.split_once('-')?;
        let digest = digest.split('?').next().unwrap_or(digest);
        let digest = base64::engine::general_purpose::STANDARD.decode(digest).ok()?;
        Checksum::new(algorithm_named(algorithm)?, &hex::encode(digest))
    };
    text.split_ascii_whitespace().filter_map(one).collect()
}

/// A digest as `sha256:<hex>` or `sha256=<hex>`.
fn prefixed(text: &str) -> Option<Checksum> {
    let (algorithm, hex) = text.split_once([':', '='])?;
    Checksum::new(algorithm_named(algorithm)?, hex)
}

fn algorithm_named(name: &str) -> Option<ChecksumAlgorithm> {
    match name {
        "md5" => Some(ChecksumAlgorithm::Md5),
        "sha1" => Some(ChecksumAlgorithm::Sha1),
        "sha256" => Some(ChecksumAlgorithm::Sha256),
        "sha384" => Some(ChecksumAlgorithm::Sha384),
        "sha512" => Some(ChecksumAlgorithm::Sha512),
        _ => None,
    }
}

/// What a [`Package::download`] may say of a location in a lock file: URLs, and those of version control
/// with the revision behind an `@` as SPDX wants it (SPDX 2.3, 7.7), where package managers write `#`.
fn download(location: &str) -> Option<String> {
    let (scheme, rest) = location.split_once("://")?;
    if rest.is_empty() || location.contains(char::is_whitespace) {
        return None;
    }
    match scheme {
        "http" | "https" => Some(location.split('#').next().unwrap_or(location).to_owned()),
        _ if scheme.starts_with("git+") => Some(location.replacen('#', "@", 1)),
        "git" | "ssh" => Some(format!("git+{}", location.replacen('#', "@", 1))),
        _ => None,
    }
}
