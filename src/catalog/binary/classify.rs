//! Looks for the versions of known programs while files pass.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::Mutex;
use std::sync::PoisonError;

use regex::bytes::Regex;
use regex::bytes::RegexBuilder;

use super::rows;
use super::rows::Row;
use crate::catalog::executable::Window;
use crate::catalog::pattern;

/// A program that a row knows.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(in crate::catalog) struct RowNumber(pub usize);

/// What a row found in a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::catalog) struct Recognised {
    pub row: RowNumber,
    pub version: String,
}

/// The patterns of the rows, compiled when a file first needs them.
#[derive(Debug, Default)]
pub(in crate::catalog) struct Classifiers {
    compiled: Mutex<HashMap<RowNumber, Arc<[Regex]>>>,
}

impl Classifiers {
    /// The searches of all rows that could know the file at `path`.
    pub(in crate::catalog) fn searches(&self, path: &str) -> Vec<Search> {
        let search = |number: usize| {
            let row = rows::get(RowNumber(number))?;
            let lies_there = row.path.is_none_or(|glob| pattern::matches(glob, path));
            let patterns = lies_there.then(|| self.patterns(RowNumber(number), row, path)).flatten()?;
            Some(Search { row: RowNumber(number), found: vec![None; patterns.len()], patterns })
        };
        NAMES.matching(path).into_iter().filter_map(search).collect()
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

/// The rows by the names of files.
#[derive(Debug, Default)]
pub(super) struct Names {
    whole: HashMap<&'static str, Vec<(&'static str, usize)>>,
    /// By what stands before the first wildcard.
    beginnings: Vec<(&'static str, &'static str, usize)>,
}

impl Names {
    fn new() -> Self {
        let mut names = Self::default();
        for (number, row) in rows::all().enumerate() {
            for glob in std::iter::once(&row.glob).chain(row.also) {
                names.add(glob, number);
            }
        }
        names
    }

    fn add(&mut self, glob: &'static str, number: usize) {
        let last = glob.rsplit('/').next().unwrap_or(glob);
        if let Some(choices) = last.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            for name in choices.split(',') {
                self.whole.entry(name).or_default().push((glob, number));
            }
        } else if let Some(wild) = last.find(['*', '?', '[']) {
            self.beginnings.push((last.get(..wild).unwrap_or_default(), glob, number));
        } else {
            self.whole.entry(last).or_default().push((glob, number));
        }
    }

    /// The rows that know a file of this name, in their order.
    pub(super) fn matching(&self, path: &str) -> Vec<usize> {
        let last = path.rsplit('/').next().unwrap_or(path);
        let whole = self.whole.get(last).into_iter().flatten().copied();
        let begin = self.beginnings.iter().filter(|(beginning, ..)| last.starts_with(beginning));
        let candidates = whole.chain(begin.map(|(_, glob, number)| (*glob, *number)));
        let mut rows: Vec<usize> =
            candidates.filter(|(glob, _)| pattern::matches(glob, path)).map(|(_, number)| number).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }
}

pub(super) static NAMES: LazyLock<Names> = LazyLock::new(Names::new);

/// `3.11` in `usr/lib/libpython3.11.so.1.0`, `usr/bin/python3.11`, `usr/bin/python3.11d`.
fn version_in_name<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    let name = path.rsplit('/').next()?.strip_prefix(prefix)?;
    let end = name.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(name.len());
    let (version, rest) = name.split_at_checked(end)?;
    let version = version.trim_end_matches('.');
    let numbers: Vec<&str> = version.split('.').collect();
    let is_version = numbers.len() > 1 && numbers.iter().all(|number| !number.is_empty());
    // A letter for the way it was built: `python3.11d`, `libpython3.7m.so.1.0`.
    let is_program = rest.len() <= 1 || rest.starts_with("so") || rest.get(1..4) == Some(".so");
    (is_version && is_program).then_some(version)
}

/// Patterns of the table compile: a test holds it to that.
pub(super) fn compile(row: &Row, named: &str) -> Arc<[Regex]> {
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
