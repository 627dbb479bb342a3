//! Declarations and lock files of Python: requirements, Poetry, Pipenv, uv, PDM, `pylock.toml`, `setup.py`.
//!
//! Names are normalised as the package index does it (<https://packaging.python.org/en/latest/specifications/name-normalization/>).
//! Where a file lists digests of several archives of one package, none is the package's.

mod lists;
mod pdm;
mod pipfile;
mod poetry;
mod pylock;
mod requirements;
mod setup;
mod uv;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::super::Cataloger;
use super::super::Findings;
use super::super::Found;
use super::super::Want;
use super::super::view::View;
use super::Lock;
use crate::package::Checksum;
use crate::package::Kind;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::PurlBuilder;

/// What projects of Python declare.
#[derive(Debug)]
pub(in super::super) struct PythonLock;

impl Cataloger for PythonLock {
    fn name(&self) -> &'static str {
        "python-package-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["declared", "directory", "language", "package", "python"]
    }

    fn wants(&self) -> &'static [Want] {
        &[
            Want::Bytes("**/*.py.lock"),
            Want::Bytes("**/*requirements*.txt"),
            Want::Bytes("**/Pipfile.lock"),
            Want::Bytes("**/pdm.lock"),
            Want::Bytes("**/poetry.lock"),
            Want::Bytes("**/pylock.*.toml"),
            Want::Bytes("**/pylock.toml"),
            // Tells which extras the project itself asks for.
            Want::Bytes("**/pyproject.toml"),
            // Where pip-tools and many others keep `base.txt`, `dev.txt`; syft does not look there.
            Want::Bytes("**/requirements/*.txt"),
            Want::Bytes("**/setup.py"),
            Want::Bytes("**/uv.lock"),
        ]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        let constraints = requirements::constraints(view);
        super::each(view, findings, |lock| match lock.name() {
            "Pipfile.lock" => pipfile::read(lock),
            "pdm.lock" => pdm::read(lock),
            "poetry.lock" => poetry::read(lock, view),
            "pyproject.toml" => Ok(()),
            "setup.py" => setup::read(lock),
            name if name.starts_with("pylock.") => pylock::read(lock),
            name if name.ends_with(".lock") => uv::read(lock),
            _ if constraints.contains(lock.path) => Ok(()),
            _ => requirements::read(lock),
        });
    }
}

/// What a file says of one package.
#[derive(Default)]
struct Entry<'a> {
    /// As it is spelled there.
    name: &'a str,
    version: &'a str,
    /// `git+https://host/path@revision`.
    vcs: Option<String>,
    /// Digests of its archives.
    digests: Vec<&'a str>,
    metadata: Option<Metadata>,
}

fn add(lock: &mut Lock<'_, '_>, entry: Entry<'_>) -> Found {
    let name = normal(entry.name);
    let purl = PurlBuilder::new("pypi", &name)
        .version(entry.version)
        .qualifier("vcs_url", entry.vcs.clone().unwrap_or_default());
    let package = Package {
        purl: Some(purl.build()),
        download: entry.vcs,
        checksums: only(&entry.digests).into_iter().collect(),
        metadata: entry.metadata,
        ..lock.package(Kind::Python, &name, entry.version)
    };
    lock.add(package)
}

/// The digest, if there is but one.
fn only(digests: &[&str]) -> Option<Checksum> {
    match digests {
        [one] => super::prefixed(one),
        _ => None,
    }
}

/// PEP 503: lower case, and one hyphen for each run of hyphens, underscores and dots.
fn normal(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    let mut gap = false;
    for character in name.trim().chars() {
        if matches!(character, '-' | '_' | '.') {
            gap = !normal.is_empty();
            continue;
        }
        if std::mem::take(&mut gap) {
            normal.push('-');
        }
        normal.extend(character.to_lowercase());
    }
    normal
}

/// Name and extras of a requirement: `name[extra,other] >= 1.0 ; marker`.
fn requirement(text: &str) -> Option<(String, Vec<String>, &str)> {
    let text = text.trim_start();
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
    let (name, rest) = text.split_at_checked(end.unwrap_or(text.len()))?;
    let rest = rest.trim_start();
    let (extras, rest) = match rest.strip_prefix('[') {
        Some(open) => open.split_once(']')?,
        None => ("", rest),
    };
    let extras = extras.split(',').map(normal).filter(|extra| !extra.is_empty()).collect();
    (!name.is_empty()).then(|| (normal(name), extras, rest))
}

/// The versions of each package of one file, by normal name.
#[derive(Default)]
struct Versions(BTreeMap<String, Vec<(String, Found)>>);

impl Versions {
    fn add(&mut self, name: &str, version: &str, found: Found) {
        let list = self.0.entry(normal(name)).or_default();
        if !list.iter().any(|(_, known)| *known == found) {
            list.push((version.to_owned(), found));
        }
    }

    /// Those of `name` that `constraint` allows. Where there is one only, the file has settled it; a constraint
    /// that is not one of PEP 440 allows all.
    fn find(&self, name: &str, constraint: &str) -> Vec<Found> {
        let Some(list) = self.0.get(&normal(name)) else { return Vec::new() };
        if let [(_, one)] = list.as_slice() {
            return vec![*one];
        }
        let specifiers = constraint.parse::<pep440_rs::VersionSpecifiers>().ok();
        let allowed = |version: &str| match (&specifiers, version.parse::<pep440_rs::Version>()) {
            (Some(specifiers), Ok(version)) => specifiers.contains(&version),
            _ => true,
        };
        list.iter().filter(|(version, _)| allowed(version)).map(|(_, found)| *found).collect()
    }
}

/// The extras that somebody asks for, by normal name of package.
#[derive(Default)]
struct Extras(BTreeMap<String, BTreeSet<String>>);

impl Extras {
    fn ask(&mut self, name: &str, extras: impl Iterator<Item = String>) {
        self.0.entry(normal(name)).or_default().extend(extras);
    }

    fn asked(&self, name: &str, extra: &str) -> bool {
        self.0.get(&normal(name)).is_some_and(|extras| extras.contains(&normal(extra)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalises_names() {
        // The examples of the specification.
        for name in [
            "friendly-bard",
            "Friendly-Bard",
            "FRIENDLY-BARD",
            "friendly.bard",
            "friendly_bard",
            "FrIeNdLy-._.-bArD",
        ] {
            assert_eq!(normal(name), "friendly-bard");
        }
    }

    #[test]
    fn reads_requirements() {
        assert_eq!(
            requirement("Celery [redis, Py_Test]>=4 ; x"),
            Some(("celery".to_owned(), vec!["redis".to_owned(), "py-test".to_owned()], ">=4 ; x"))
        );
        assert_eq!(requirement("a"), Some(("a".to_owned(), vec![], "")));
        for wrong in ["", "[a]", "a[b", "é"] {
            assert_eq!(requirement(wrong), None, "{wrong}");
        }
    }
}
