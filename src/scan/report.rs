//! A scan report, whatever tool wrote it.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use super::finding::Finding;
use crate::digest::Digest;
use crate::digest::DigestError;
use crate::json::JsonError;
use crate::limits;
use crate::package::Purl;

/// What a scanner says about one target.
#[derive(Clone, Debug)]
pub struct Report {
    /// SHA-256 of the report's bytes.
    pub digest: Digest,
    /// Which run of several in one file, from 0.
    pub run: usize,
    /// In which form.
    pub format: Format,
    /// Who wrote it.
    pub tool: Tool,
    /// When the scan was made, where the report says so.
    pub created: Option<Timestamp>,
    /// What it was compared with, where the report says so.
    pub database: Option<Database>,
    /// What was scanned.
    pub target: Target,
    /// The operating system that was found in it, where one was.
    pub os: Option<OperatingSystem>,
    /// How much was looked at; nothing where the form has no place for it.
    pub coverage: Option<Coverage>,
    /// What the report says that it leaves out: severities, findings without a fix, ignore rules, ...
    pub filters: Vec<String>,
    /// Why it is not the whole result of a scan that went well: the tool did not run, failed, ...
    pub faults: Vec<String>,
    /// What was found, in the order of the report, with what the report itself wants not to count.
    pub findings: Vec<Finding>,
}

/// The scanner.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version, where the report says so.
    pub version: Option<String>,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Format {
    /// Grype's JSON.
    GrypeJson,
    /// in-toto's list of vulnerabilities, v0.1 or v0.2.
    InTotoVulns,
    /// SARIF 2.1.0, of whatever tool.
    Sarif,
    /// Trivy's JSON, schema 2.
    TrivyJson,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GrypeJson => "Grype's JSON",
            Self::InTotoVulns => "in-toto's vulnerabilities",
            Self::Sarif => "SARIF",
            Self::TrivyJson => "Trivy's JSON",
        })
    }
}

/// What vulnerabilities were looked up in.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Database {
    /// When it was made, or last brought up to date.
    pub built: Option<Timestamp>,
    /// Its version, or its schema's.
    pub version: Option<String>,
    /// Why it cannot be relied on, in the tool's words.
    pub fault: Option<String>,
}

/// What a report says it is about. Names identify nothing; digests do.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Target {
    /// Kind of artifact in the tool's words: `container_image`, `filesystem`, ...
    pub kind: String,
    /// Name as it was given to the tool.
    pub name: String,
    /// Digest of the image configuration.
    pub image_id: Option<Digest>,
    /// Digest of the image manifest, where the report names it as such.
    pub manifest: Option<Digest>,
    /// Digests of the uncompressed layers.
    pub diff_ids: Vec<Digest>,
    /// Operating system in the image configuration.
    pub os: Option<String>,
    /// CPU architecture in the image configuration.
    pub architecture: Option<String>,
    /// Digests under which a registry or daemon knows it, as written. The index's, for an index.
    pub repo_digests: Vec<String>,
}

impl Target {
    /// Whether it is a container image, in the words of any tool.
    #[must_use]
    pub fn is_image(&self) -> bool {
        matches!(self.kind.as_str(), "container_image" | "image" | "oci-model")
    }
}

/// An operating system release.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OperatingSystem {
    /// `debian`, `alpine`, ...
    pub family: String,
    /// Release.
    pub name: String,
    /// The scanner says that it gets no fixes any more.
    pub end_of_life: bool,
}

/// How much a scanner looked at.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Coverage {
    /// Packages of the operating system were looked up.
    pub os_packages: bool,
    /// Packages of programming languages were looked up.
    pub language_packages: bool,
    /// The classes of result, in the tool's words.
    pub classes: BTreeSet<String>,
    /// The packages that the report lists, where it lists any.
    pub packages: Vec<Purl>,
}

/// A digest that the report names, or an error; nothing where the text is empty, as Go writes what it does not have.
pub(super) fn digest(field: &'static str, text: &str) -> Result<Option<Digest>, ReportError> {
    let parsed = (!text.is_empty()).then(|| Digest::parse(text)).transpose();
    parsed.map_err(|reason| ReportError::Digest { field, found: text.to_owned(), reason })
}

/// A time that the report names, likewise. 0001-01-01 is how Go writes none.
pub(super) fn time(field: &'static str, text: &str) -> Result<Option<Timestamp>, ReportError> {
    if text.is_empty() || text == "0001-01-01T00:00:00Z" {
        return Ok(None);
    }
    let parsed = text.parse().map(Some);
    parsed.map_err(|_| ReportError::Time { field, found: text.to_owned() })
}

/// Why a report was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// An identifier of the target is not a digest.
    #[error("report has {field} {found:?}: {reason}")]
    Digest {
        /// The field.
        field: &'static str,
        /// What stood there.
        found: String,
        /// Why it is not one.
        reason: DigestError,
    },
    /// Not strict JSON of the right shape.
    #[error("report is not valid: {0}")]
    Json(#[from] JsonError),
    /// The time is not a time.
    #[error("report has {field} {found:?}, which is not a time")]
    Time {
        /// The field.
        field: &'static str,
        /// What stood there.
        found: String,
    },
    /// Too large.
    #[error("report has {size} bytes, more than {}", limits::SCAN_REPORT_BYTES)]
    TooLarge {
        /// Its size.
        size: usize,
    },
    /// A document that cannot be judged for one image.
    #[error("{found}; {hint}")]
    Unsupported {
        /// What it was recognised as.
        found: String,
        /// What to do about it.
        hint: &'static str,
    },
}
