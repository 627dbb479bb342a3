//! Looks for the versions of known programs while files pass.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use regex::bytes::Regex;
use regex::bytes::RegexBuilder;

use super::rows;
use super::rows::Row;
use crate::catalog::executable::Window;
use crate::catalog::pattern;

/// A program that a row knows.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(in crate::catalog) struct RowNumber(pub usize);

/// What a row found in a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::catalog) struct Recognised {
    pub row: RowNumber,
    pub version: String,
}

/// The rows by name, and their patterns, compiled when a file first needs them.
#[derive(Debug)]
pub(in crate::catalog) struct Classifiers {
    names: pattern::Numbered,
    compiled: Mutex<HashMap<RowNumber, Arc<[Regex]>>>,
}

impl Classifiers {
    pub(in crate::catalog) fn new() -> Self {
        let mut names = pattern::Numbered::default();
        for (number, row) in rows::all().enumerate() {
            for glob in std::iter::once(&row.glob).chain(row.also) {
                names.add(glob, number);
            }
        }
        Self { names, compiled: Mutex::default() }
    }

    /// The searches of all rows that could know the file at `path`.
    pub(in crate::catalog) fn searches(&self, path: &str) -> Vec<Search> {
        let numbers = self.names.matching(path);
        let search = |number: usize| {
            let row = rows::get(RowNumber(number))?;
            let lies_there = row.path.is_none_or(|glob| pattern::matches(glob, path));
            let patterns = lies_there.then(|| self.patterns(RowNumber(number), row, path)).flatten()?;
            Some(Search { row: RowNumber(number), found: vec![None; patterns.len()], patterns })
        };
        numbers.into_iter().filter_map(search).collect()
    }

    fn patterns(&self, number: RowNumber, row: &Row, path: &str) -> Option<Arc<[Regex]>> {
        if let Some(prefix) = row.named {
            let version = version_in_name(path, prefix)?;
            return Some(compile(row, version));
        }
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(compiled.entry(number).or_insert_with(|| compile(row, ""))))
    }
}

/// `3.11` in `usr/lib/libpython3.11.so.1.0`, `usr/bin/python3.11`, `usr/bin/python3.11d`.
fn version_in_name<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    let name = path.rsplit('/').next()?.strip_prefix(prefix)?;
    let end = name.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(name.len());
    let (version, rest) = name.split_at_checked(end)?;
    let rest = rest.strip_prefix(|c: char| c.is_ascii_lowercase()).filter(|rest| !rest.starts_with("o")).unwrap_or(rest);
    let version = version.trim_end_matches('.');
    let numbers: Vec<&str> = version.split('.').collect();
    let is_version = numbers.len() > 1 && numbers.iter().all(|number| !number.is_empty());
    let is_program = rest.is_empty() || rest.trim_start_matches('.').starts_with("so");
    (is_version && is_program).then_some(version)
}

/// Patterns of the table compile: a test holds it to that.
fn compile(row: &Row, named: &str) -> Arc<[Regex]> {
    let named = format!(r"(?P<version>{}[-._a-zA-Z0-9]*)", regex::escape(named));
    let expand = |text: &&str| text.replace("<V>", THREE_NUMBERS).replace("<NAMED>", &named);
    let regex = |text: String| RegexBuilder::new(&text).unicode(false).build().ok();
    row.patterns.iter().map(expand).filter_map(regex).collect()
}

/// One row's search over one file.
#[derive(Debug)]
pub(in crate::catalog) struct Search {
    row: RowNumber,
    patterns: Arc<[Regex]>,
    found: Vec<Option<String>>,
}

impl Search {
    pub(in crate::catalog) fn see(&mut self, window: &Window<'_>) {
        for (pattern, found) in self.patterns.iter().zip(&mut self.found) {
            if found.is_some() {
                // Later patterns count only where no earlier one matches.
                return;
            }
            let version = pattern.captures(window.bytes).and_then(|captures| captures.name("version"));
            *found = version.map(|version| String::from_utf8_lossy(version.as_bytes()).into_owned());
        }
    }

    pub(in crate::catalog) fn finish(self) -> Option<Recognised> {
        let version = self.found.into_iter().flatten().next()?;
        Some(Recognised { row: self.row, version })
    }
}

const THREE_NUMBERS: &str = r"(?P<version>[0-9]+\.[0-9]+\.[0-9]+)";
