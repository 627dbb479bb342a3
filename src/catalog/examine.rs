//! What is kept of each file while the layers pass.

use std::io;
use std::io::Read;

use super::Want;
use super::java;
use super::java::JavaArchive;
use super::pattern::Patterns;
use super::release;
use super::selection::Selection;
use crate::image::Examiner;
use crate::image::FileHeader;
use crate::limits;

/// What was kept of one file.
#[derive(Debug, Default)]
pub struct Content {
    /// The whole content of a file that a cataloger wants as such.
    bytes: Option<Box<[u8]>>,
    /// Why it could not be kept or understood.
    problem: Option<String>,
    /// What a Java archive tells.
    archive: Option<Box<JavaArchive>>,
}

impl Content {
    /// The whole content, if it was wanted.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        self.bytes.as_deref()
    }

    /// Why it could not be kept or understood.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// What a Java archive tells.
    pub(super) fn archive(&self) -> Option<&JavaArchive> {
        self.archive.as_deref()
    }
}

/// Keeps what the selected catalogers want.
#[derive(Debug)]
pub struct Examination {
    patterns: Patterns,
    /// Whether Java archives are looked into.
    archives: bool,
}

impl Examination {
    /// For these catalogers.
    #[must_use]
    pub fn new(selection: &Selection) -> Self {
        let mut patterns = Patterns::default();
        for path in release::PATHS {
            patterns.add(path);
        }
        for want in selection.catalogers().iter().flat_map(|cataloger| cataloger.wants()) {
            if let Want::Bytes(glob) = want {
                patterns.add(glob);
            }
        }
        let wants =
            |want: Want| selection.catalogers().iter().any(|cataloger| cataloger.wants().contains(&want));
        Self { patterns, archives: wants(Want::JavaArchives) }
    }
}

impl Examiner for Examination {
    type Kept = Content;

    fn examine(&self, file: &FileHeader<'_>, content: &mut dyn Read) -> io::Result<Option<Content>> {
        if self.archives && java::is_wanted(file.path) {
            let archive = java::examine(file, content)?;
            return Ok(Some(Content { archive: Some(Box::new(archive)), ..Content::default() }));
        }
        if !self.patterns.matches(file.path) {
            return Ok(None);
        }
        if file.size > limits::CATALOGED_FILE_BYTES {
            let problem = format!("{} bytes, more than {}", file.size, limits::CATALOGED_FILE_BYTES);
            return Ok(Some(Content { problem: Some(problem), ..Content::default() }));
        }
        let mut bytes = Vec::new();
        content.take(limits::CATALOGED_FILE_BYTES).read_to_end(&mut bytes)?;
        Ok(Some(Content { bytes: Some(bytes.into()), ..Content::default() }))
    }
}
