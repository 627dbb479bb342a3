//! Paths as a tree has them: from the root, without a leading `/`.

/// What holds it; the root is empty.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Its last name.
pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `relative` as seen from the directory `base`; `None` if it leads out of the root. An absolute one
/// stays as it is.
pub(super) fn join(base: &str, relative: &str) -> Option<String> {
    let base = if relative.starts_with('/') { "" } else { base };
    let mut segments: Vec<&str> = Vec::new();
    for segment in base.split('/').chain(relative.split('/')) {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop()?;
            }
            _ => segments.push(segment),
        }
    }
    Some(segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_paths_apart_and_joins_them() {
        assert_eq!((parent("a/b/c"), name("a/b/c")), ("a/b", "c"));
        assert_eq!((parent("c"), name("c")), ("", "c"));
        assert_eq!(join("a/b", "../c/./d").unwrap(), "a/c/d");
        assert_eq!(join("a/b", "/c").unwrap(), "c");
        assert_eq!(join("", "c").unwrap(), "c");
        assert_eq!(join("a", "../../c"), None);
    }
}
