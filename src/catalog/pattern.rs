//! Globs over paths, sorted by what their last name must be, so that most paths meet none.

use std::collections::HashMap;

/// The globs that somebody wants. `**/` matches any directories, `*` no `/`.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    /// By the whole last name.
    names: HashMap<&'static str, Vec<&'static str>>,
    /// By what follows the last dot of the last name.
    extensions: HashMap<&'static str, Vec<&'static str>>,
    /// The others.
    rest: Vec<&'static str>,
}

impl Patterns {
    pub(super) fn add(&mut self, glob: &'static str) {
        let last = glob.rsplit('/').next().unwrap_or(glob);
        let wild = |text: &str| text.contains(['*', '?', '[', '{']);
        let extension = last.rsplit_once('.').map(|(_, extension)| extension);
        let list = match extension {
            _ if !wild(last) => self.names.entry(last).or_default(),
            Some(extension) if !wild(extension) => self.extensions.entry(extension).or_default(),
            _ => &mut self.rest,
        };
        if !list.contains(&glob) {
            list.push(glob);
        }
    }

    /// Whether a path, from the root without a leading `/`, matches one of them.
    pub(super) fn matches(&self, path: &str) -> bool {
        let last = path.rsplit('/').next().unwrap_or(path);
        let by_name = self.names.get(last);
        let by_extension = last.rsplit_once('.').and_then(|(_, extension)| self.extensions.get(extension));
        let candidates = by_name.into_iter().chain(by_extension).flatten().chain(&self.rest);
        candidates.into_iter().any(|glob| matches(glob, path))
    }
}

/// Whether `path`, from the root without a leading `/`, matches `glob`.
pub(super) fn matches(glob: &str, path: &str) -> bool {
    fast_glob::glob_match(glob.trim_start_matches('/'), path)
}
