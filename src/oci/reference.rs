//! Image references, `registry/repository:tag@digest`.

use std::fmt;

use crate::digest::Digest;

/// Names an image in a registry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
impl Reference {
    pub(crate) fn for_test() -> Self {
        Self { registry: "registry.example".to_owned(), repository: "app".to_owned(), tag: Some("1.0".to_owned()), digest: None }
    }
}
