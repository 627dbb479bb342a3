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
        let list = match Key::of(glob) {
            Key::Extension(extension) => self.extensions.entry(extension).or_default(),
            Key::Name(name) => self.names.entry(name).or_default(),
            Key::Nothing => &mut self.rest,
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

/// What the last name of a path must be for a glob to match.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Key<'a> {
    /// It ends in a dot and this.
    Extension(&'a str),
    /// It is this.
    Name(&'a str),
    /// Nothing can be told.
    Nothing,
}

impl<'a> Key<'a> {
    pub(super) fn of(glob: &'a str) -> Self {
        let wild = |text: &str| text.contains(['*', '?', '[', ']', '{', '}']);
        // Alternatives may hold a slash.
        let last = if glob.contains('{') { "*" } else { glob.rsplit('/').next().unwrap_or(glob) };
        match last.rsplit_once('.') {
            _ if !wild(last) => Self::Name(last),
            Some((_, extension)) if !wild(extension) => Self::Extension(extension),
            _ => Self::Nothing,
        }
    }
}

/// Whether `path`, from the root without a leading `/`, matches `glob`.
pub(super) fn matches(glob: &str, path: &str) -> bool {
    fast_glob::glob_match(glob.trim_start_matches('/'), path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        assert_eq!(Key::of("**/lib/dpkg/status"), Key::Name("status"));
        assert_eq!(Key::of("**/*.gemspec"), Key::Extension("gemspec"));
        assert_eq!(Key::of("**/python*"), Key::Nothing);
        assert_eq!(Key::of("**/{a,b/c}.json"), Key::Nothing);
        assert_eq!(Key::of("**/lib/dpkg/status.d/*"), Key::Nothing);
    }

    #[test]
    fn globs() {
        for (glob, path, expected) in [
            ("**/lib/apk/db/installed", "lib/apk/db/installed", true),
            ("**/lib/apk/db/installed", "usr/lib/apk/db/installed", true),
            ("**/lib/apk/db/installed", "usr/mylib/apk/db/installed", false),
            ("**/lib/dpkg/status.d/*", "var/lib/dpkg/status.d/base", true),
            ("**/lib/dpkg/status.d/*", "var/lib/dpkg/status.d/a/b", false),
            ("**/*dist-info/METADATA", "x/six-1.0.dist-info/METADATA", true),
            ("**/package.json", "package.json", true),
            ("/opt/bitnami/.bitnami_components.json", "opt/bitnami/.bitnami_components.json", true),
            ("**/{var/lib,usr/share}/rpm/Packages", "x/var/lib/rpm/Packages", true),
            ("**/libpython*.so*", "usr/lib/libpython3.11.so.1.0", true),
        ] {
            assert_eq!(matches(glob, path), expected, "{glob} {path}");
            let leaked: &'static str = glob;
            let mut patterns = Patterns::default();
            patterns.add(leaked);
            assert_eq!(patterns.matches(path), expected, "{glob} {path}");
        }
    }
}
