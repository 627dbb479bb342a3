//! Programs without a package, known by their content: what images carry that was copied or compiled in.
//!
//! Each row of the tables has the names of a program and how its version lies in it; the facts are those of
//! syft's classifiers, so that both say the same. A program may be known by a symbolic link's name too:
//! `redis-server` leads to `redis-check-rdb` in Debian. Links are met before or after what they lead to,
//! so such rows name both, and count only if there is a link.

mod classify;
mod first;
mod java;
mod row;
mod rows;
mod second;
#[cfg(test)]
mod tests;
mod third;

use std::collections::BTreeSet;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::Cataloger;
use super::Findings;
use super::Want;
use super::pattern;
use super::view::File;
use super::view::View;
use crate::image::EntryKind;
use crate::package::Kind;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::Purl;
use crate::package::PurlBuilder;
pub(super) use classify::Classifiers;
use classify::NAMES;
pub(super) use classify::Recognised;
pub(super) use classify::Search;
use rows::Row;

/// Known programs.
#[derive(Debug)]
pub(super) struct Binaries;

impl Cataloger for Binaries {
    fn name(&self) -> &'static str {
        "binary-classifier-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["declared", "directory", "installed", "image", "binary", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Programs]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        catalog(view, findings, |row| !is_of_php(row));
    }
}

/// The interpreters of PHP, which syft has apart.
#[derive(Debug)]
pub(super) struct PhpInterpreters;

impl Cataloger for PhpInterpreters {
    fn name(&self) -> &'static str {
        "php-interpreter-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["binary", "declared", "directory", "image", "installed", "package", "php"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Programs]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        catalog(view, findings, is_of_php);
    }
}

fn is_of_php(row: &Row) -> bool {
    matches!(row.class, "php-apache-binary" | "php-cli-binary" | "php-fpm-binary")
}

/// The programs of the rows that are `wanted`.
fn catalog(view: &View<'_>, findings: &mut Findings, wanted: fn(&Row) -> bool) {
    let mut met = BTreeSet::new();
    for (path, entry) in view.tree().iter() {
        // A file under its own name, and under that of each link to it.
        let file = match &entry.kind {
            EntryKind::Regular => {
                entry.kept.as_deref().map(|content| File { path, layer: entry.layer, content })
            }
            EntryKind::SymbolicLink(_) if !NAMES.matching(path).is_empty() => view.open(path),
            _ => None,
        };
        let Some(file) = file else { continue };
        for recognised in named(path, file.content.recognised()) {
            let Some(row) = rows::get(recognised.row).filter(|row| wanted(row)) else { continue };
            if met.insert((file.path, recognised.row)) {
                findings.add(package(row, &recognised.version, &file));
            }
        }
    }
}

/// Of what was recognised in a file, what counts for the name at hand.
fn named<'a>(path: &str, recognised: &'a [Recognised]) -> Vec<&'a Recognised> {
    let mut taken: Vec<&str> = Vec::new();
    let counts = |recognised: &&Recognised| {
        let Some(row) = rows::get(recognised.row) else { return false };
        let counts = pattern::matches(row.glob, path) && !(row.exclusive && taken.contains(&row.glob));
        if counts {
            taken.push(row.glob);
        }
        counts
    };
    recognised.iter().filter(counts).collect()
}

fn package(row: &Row, version: &str, file: &File<'_>) -> Package {
    let location = file.location();
    let matched = json!({
        "classifier": row.class,
        "location": { "path": location.path, "accessPath": location.path },
    });
    Package {
        name: row.package.to_owned(),
        version: Some(version.to_owned()),
        kind: Kind::Binary,
        purl: purl(row.purl, version),
        cpes: row.cpes.iter().map(|cpe| full_cpe(cpe, version)).collect(),
        locations: vec![location],
        metadata: Some(Metadata {
            kind: "binary-signature",
            fields: Map::from_iter([("matches".to_owned(), Value::Array(vec![matched]))]),
        }),
        ..Package::default()
    }
}

fn purl(path: &'static str, version: &str) -> Option<Purl> {
    let (kind, rest) = path.split_once('/')?;
    let (namespace, name) = rest.rsplit_once('/').unwrap_or(("", rest));
    Some(PurlBuilder::new(kind, name).namespace(namespace).version(version).build())
}

/// In CPE 2.3 names, what is no letter, digit, `.`, `-` or `_` is escaped. OpenJDK's updates stand apart:
/// `1.8.0_352-b08` is update 352 of 1.8.0.
fn full_cpe(product: &str, version: &str) -> String {
    let update = version.split_once('_').filter(|_| product == "a:oracle:openjdk");
    let update = update.and_then(|(primary, rest)| Some((primary, rest.split_once('-')?.0)));
    let escape = |text: &str| {
        let mut escaped = String::new();
        for c in text.chars() {
            if !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '_') {
                escaped.push('\\');
            }
            escaped.push(c);
        }
        escaped
    };
    match update {
        Some((primary, update)) => {
            format!("cpe:2.3:{product}:{}:update{}:*:*:*:*:*:*", escape(primary), escape(update))
        }
        None => format!("cpe:2.3:{product}:{}:*:*:*:*:*:*:*", escape(version)),
    }
}
