//! What a document of any family says of itself.

use std::io;
use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;
use sha2::Digest as _;
use sha2::Sha256;
use uuid::Uuid;

use super::Party;

/// How an inventory becomes a document.
#[derive(Clone, Debug)]
pub struct DocumentOptions {
    /// When it is made; fractions of a second are left out.
    pub created: Timestamp,
    /// The program that makes it.
    pub tool: Tool,
    /// Who stands for it: the organisation or person that runs the program.
    pub authors: Vec<Party>,
    /// Name of what is described, instead of the one that its reference gives.
    pub name: Option<String>,
    /// Version of what is described, instead of its tag or digest.
    pub version: Option<String>,
    /// Who supplies what is described.
    pub supplier: Option<Party>,
    /// What the document's namespace begins with: an `https` URL without a `/` at its end.
    pub namespace: Option<String>,
    /// Which files it lists.
    pub files: FileDetail,
    /// How JSON is laid out.
    pub layout: Layout,
}

impl DocumentOptions {
    /// A small document of this program: no files, on one line.
    #[must_use]
    pub fn new(created: Timestamp) -> Self {
        Self {
            created,
            tool: Tool::default(),
            authors: Vec::new(),
            name: None,
            version: None,
            supplier: None,
            namespace: None,
            files: FileDetail::None,
            layout: Layout::Minified,
        }
    }

    /// [`Self::created`] as SPDX and CycloneDX both take it: in UTC, without a fraction.
    #[must_use]
    pub fn created_text(&self) -> String {
        self.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

/// A program that makes documents.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tool {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
}

impl Default for Tool {
    fn default() -> Self {
        Self { name: "portcullis".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// Which files a document lists.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum FileDetail {
    /// None: the document stays small enough to be attested.
    #[default]
    None,
    /// Those that a package owns.
    Owned,
    /// Every one that the inventory has.
    All,
}

/// How JSON is laid out.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Layout {
    /// On one line.
    #[default]
    Minified,
    /// Indented by two spaces.
    Pretty,
}

/// A UUID of version 5 for a document: the same for the same content. `write` makes the document without it.
///
/// # Errors
/// Those of `write`.
pub fn content_uuid(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<String> {
    let mut hashing = Hashing(Sha256::new());
    write(&mut hashing)?;
    Ok(Uuid::new_v5(&Uuid::NAMESPACE_URL, &hashing.0.finalize()).to_string())
}

/// Writes a document in JSON, and a newline.
///
/// # Errors
/// Those of `to`.
pub fn write_json(document: &impl Serialize, layout: Layout, to: &mut impl Write) -> io::Result<()> {
    match layout {
        Layout::Minified => serde_json::to_writer(&mut *to, document)?,
        Layout::Pretty => serde_json::to_writer_pretty(&mut *to, document)?,
    }
    to.write_all(b"\n")
}

/// Takes what is written for its hash only.
struct Hashing(Sha256);

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
