//! The packages of Java that the classes of an archive lie in.

use std::collections::HashMap;

/// Counts class files by directory.
#[derive(Debug, Default)]
pub(super) struct Classes {
    directories: HashMap<Box<[u8]>, u32>,
    /// The directory that is being counted: entries of one directory follow each other.
    current: Box<[u8]>,
    count: u32,
}

impl Classes {
    /// An entry of the archive passes by.
    pub(super) fn see(&mut self, path: &[u8]) {
        let Some(path) = path.strip_suffix(b".class") else { return };
        let path = [&b"BOOT-INF/classes/"[..], b"WEB-INF/classes/"]
            .iter()
            .find_map(|root| path.strip_prefix(*root))
            .unwrap_or(path);
        // The default package says nothing, and what lies below META-INF is a second edition.
        let Some(slash) = memchr::memrchr(b'/', path) else { return };
        let directory = path.get(..slash).unwrap_or_default();
        if directory == &*self.current {
            self.count = self.count.saturating_add(1);
            return;
        }
        self.flush();
        if !directory.starts_with(b"META-INF") {
            self.current = directory.into();
            self.count = 1;
        }
    }

    /// The package that nearly all classes lie in or below: `org.apache.commons.io`.
    pub(super) fn dominant(mut self) -> Option<String> {
        self.flush();
        let mut names: Vec<&[u8]> = Vec::new();
        while names.len() < DEPTH {
            let mut next: HashMap<&[u8], u32> = HashMap::new();
            let mut total = 0;
            for (directory, count) in &self.directories {
                total += u64::from(*count);
                let mut segments = directory.split(|byte| *byte == b'/');
                if names.iter().all(|name| segments.next() == Some(name))
                    && let Some(name) = segments.next()
                {
                    let known = next.entry(name).or_default();
                    *known = known.saturating_add(*count);
                }
            }
            // Of two with as many classes, the first by name: the same archive gives the same answer.
            let most = next.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0)));
            match most {
                Some((name, count)) if u64::from(count) * 100 >= total * SHARE && total > 0 => {
                    names.push(name)
                }
                _ => break,
            }
        }
        let names: Vec<_> =
            names.into_iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        (!names.is_empty()).then(|| names.join("."))
    }

    fn flush(&mut self) {
        if self.count > 0 && (self.directories.len() < DIRECTORIES) {
            let known = self.directories.entry(std::mem::take(&mut self.current)).or_default();
            *known = known.saturating_add(self.count);
        }
        self.current = Box::default();
        self.count = 0;
    }
}

/// How deep a package is followed.
const DEPTH: usize = 5;

/// Percent of all classes that must lie in a package.
const SHARE: u64 = 75;

/// Directories that are counted. The largest real archives have some thousands.
const DIRECTORIES: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn dominant(paths: &[&str]) -> Option<String> {
        let mut classes = Classes::default();
        for path in paths {
            classes.see(path.as_bytes());
        }
        classes.dominant()
    }

    #[test]
    fn finds_the_common_package() {
        let found =
            dominant(&["org/example/a/A.class", "org/example/b/B.class", "org/example/C.class", "x.txt"]);
        assert_eq!(found.as_deref(), Some("org.example"));
        let found = dominant(&["BOOT-INF/classes/com/example/A.class", "com/example/B.class"]);
        assert_eq!(found.as_deref(), Some("com.example"));
    }

    #[test]
    fn a_mixture_has_none() {
        assert_eq!(dominant(&["org/a/A.class", "com/b/B.class"]), None);
        assert_eq!(dominant(&["A.class", "META-INF/versions/9/org/a/A.class", "a/b.txt"]), None);
        assert_eq!(dominant(&[]), None);
    }

    #[test]
    fn second_editions_do_not_count() {
        let found = dominant(&["META-INF/versions/9/org/a/A.class", "org/b/A.class", "META-INF/x/B.class"]);
        assert_eq!(found.as_deref(), Some("org.b"));
    }
}
