//! Packages that ecosystems install with one describing file each, and catalogers of these as values.
//!
//! A reader tells the package of one file, and by name what it needs; who that is becomes known when every
//! file was read.

mod conan;
mod conda;
mod erlang;
mod homebrew;
mod lua;
mod pear;
mod r;
mod ruby;
mod swipl;
mod wordpress;

use std::collections::HashMap;

use regex::Regex;
use serde_json::Map;
use serde_json::Value;

pub(super) use conan::CONAN_INFO;
pub(super) use conda::CONDA;
pub(super) use erlang::OTP;
pub(super) use homebrew::KEGS;
pub(super) use lua::ROCKS;
pub(super) use pear::PEAR;
pub(super) use r::R;
pub(super) use ruby::GEMS;
pub(super) use ruby::GEMSPECS;
pub(super) use swipl::PACKS;
pub(super) use wordpress::PLUGINS;

use super::Cataloger;
use super::Findings;
use super::Found;
use super::Want;
use super::text;
use super::view::File;
use super::view::View;
use crate::package::Kind;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::Relation;

/// A cataloger of one ecosystem.
pub(super) struct Installed {
    name: &'static str,
    tags: &'static [&'static str],
    wants: &'static [Want],
    /// Reads one file; an error is an unknown, and none is a file of something else.
    read: fn(&Source<'_>) -> Result<Option<Described>, String>,
}

/// One file.
struct Source<'a> {
    view: View<'a>,
    path: &'a str,
    bytes: &'a [u8],
}

impl Source<'_> {
    /// Its content, in which what is not UTF-8 is marked.
    fn text(&self) -> String {
        text::decode(self.bytes).into_owned()
    }
}

/// What one file tells.
struct Described {
    package: Package,
    /// Packages of the same scope see one another.
    scope: String,
    /// The names of what it needs.
    needs: Vec<String>,
    /// Other packages that it lists, all of which it needs.
    listed: Vec<Package>,
}

impl Described {
    fn new(package: Package) -> Self {
        Self { package, scope: String::new(), needs: Vec::new(), listed: Vec::new() }
    }
}

impl Cataloger for Installed {
    fn name(&self) -> &'static str {
        self.name
    }

    fn tags(&self) -> &'static [&'static str] {
        self.tags
    }

    fn wants(&self) -> &'static [Want] {
        self.wants
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        let mut by_name: HashMap<(String, String), Found> = HashMap::new();
        let mut needs = Vec::new();
        for file in view.files() {
            let Some(described) = self.one(&file, view, findings) else { continue };
            let Described { mut package, scope, needs: named, listed } = described;
            package.locations.push(file.location());
            let name = package.name.clone();
            let found = findings.add(package);
            for mut package in listed {
                package.locations.push(file.location());
                let needed = findings.add(package);
                findings.relate(found, Relation::DependsOn, needed);
            }
            // Paths are ordered, so that the last of several versions is the newest, as far as letters tell.
            by_name.insert((scope.clone(), name), found);
            needs.push((found, scope, named));
        }
        for (from, scope, names) in needs {
            for name in names {
                if let Some(to) = by_name.get(&(scope.clone(), name)) {
                    findings.relate(from, Relation::DependsOn, *to);
                }
            }
        }
    }
}

impl Installed {
    fn one(&self, file: &File<'_>, view: &View<'_>, findings: &mut Findings) -> Option<Described> {
        let Some(bytes) = file.content.bytes() else {
            findings.unknown(file.location(), file.content.problem().unwrap_or("not kept"));
            return None;
        };
        match (self.read)(&Source { view: *view, path: file.path, bytes }) {
            Ok(described) => described,
            Err(reason) => {
                findings.unknown(file.location(), reason);
                None
            }
        }
    }
}

/// A package with name and version.
fn package(kind: Kind, name: &str, version: &str) -> Package {
    Package { name: name.to_owned(), version: Some(version.to_owned()), kind, ..Package::default() }
}

/// Metadata of syft's type `kind`: the fields that say something.
fn metadata<const N: usize>(kind: &'static str, fields: [(&str, Value); N]) -> Option<Metadata> {
    let says = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    };
    let fields = fields.into_iter().filter(|(_, value)| says(value));
    let fields: Map<_, _> = fields.map(|(key, value)| (key.to_owned(), value)).collect();
    Some(Metadata { kind, fields })
}

/// The first group that took part in the first match.
fn capture<'a>(pattern: &Regex, text: &'a str) -> Option<&'a str> {
    let captures = pattern.captures(text)?;
    captures.iter().skip(1).flatten().next().map(|group| group.as_str())
}

/// A pattern that is compiled once.
macro_rules! pattern {
    ($pattern:expr) => {{
        static COMPILED: std::sync::LazyLock<Option<regex::Regex>> =
            std::sync::LazyLock::new(|| regex::Regex::new($pattern).ok());
        COMPILED.as_ref().ok_or("no pattern")?
    }};
}

use pattern;
