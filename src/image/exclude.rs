//! Globs of what is left out, in syft's spelling.

use super::error::ImageError;
use super::tree::Tree;
use super::tree::parent;

/// What is left out. A directory that matches is left out with all that it holds.
#[derive(Clone, Debug, Default)]
pub struct Exclude {
    globs: Vec<String>,
}

impl Exclude {
    /// Of a directory: patterns from its root, which start with `./`, `*/` or `**/`.
    ///
    /// # Errors
    /// A pattern starts otherwise: `/etc` could mean the machine's.
    pub fn of_directory<S: AsRef<str>>(patterns: &[S]) -> Result<Self, ImageError> {
        let relative = |pattern: &str| ["./", "*/", "**/"].iter().any(|start| pattern.starts_with(start));
        match patterns.iter().map(AsRef::as_ref).find(|pattern| !relative(pattern)) {
            Some(pattern) => Err(ImageError::Exclude { pattern: pattern.to_owned() }),
            None => Ok(Self::of_image(patterns)),
        }
    }

    /// Of an image: patterns from its root, with or without a leading `/` or `./`.
    #[must_use]
    pub fn of_image<S: AsRef<str>>(patterns: &[S]) -> Self {
        let glob = |pattern: &S| {
            let pattern = pattern.as_ref();
            let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
            pattern.trim_matches('/').to_owned()
        };
        Self { globs: patterns.iter().map(glob).filter(|glob| !glob.is_empty()).collect() }
    }

    /// Whether nothing is left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.globs.is_empty()
    }

    /// Whether `path`, from the root without a leading `/`, is itself left out.
    pub(super) fn matches(&self, path: &str) -> bool {
        self.globs.iter().any(|glob| fast_glob::glob_match(glob, path))
    }

    /// Takes out of `tree` what is left out.
    pub(super) fn apply<K>(&self, tree: &mut Tree<K>) {
        if !self.is_empty() {
            tree.retain(|path| !self.covers(path));
        }
    }

    /// What `tree` is without what is left out.
    #[must_use]
    pub fn rest_of<K>(&self, tree: &Tree<K>) -> Tree<K> {
        tree.copy_where(|path| !self.covers(path))
    }

    /// Whether `path` or something above it is left out.
    fn covers(&self, path: &str) -> bool {
        let mut above = path;
        while !above.is_empty() {
            if self.matches(above) {
                return true;
            }
            above = parent(above);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_syft() {
        let exclude = Exclude::of_directory(&["./out", "*/cache", "**/*.json"]).unwrap();
        for path in ["out", "a/cache", "x.json", "a/b/x.json"] {
            assert!(exclude.matches(path), "{path}");
        }
        for path in ["a/out", "cache", "a/b/cache", "x.jso"] {
            assert!(!exclude.matches(path), "{path}");
        }
        assert!(Exclude::of_directory(&["/etc"]).is_err());
        assert!(Exclude::of_image(&["/etc", "/usr/**/*.txt"]).matches("usr/share/doc/a.txt"));
    }
}
