//! A scan report, whatever tool wrote it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::de::IgnoredAny;

use super::finding::Finding;
use super::trivy;
use crate::digest::Digest;
use crate::digest::DigestError;
use crate::json;
use crate::json::JsonError;
use crate::limits;

/// What a scanner says about one target.
#[derive(Clone, Debug)]
pub struct Report {
    /// SHA-256 of the report's bytes.
    pub digest: Digest,
    /// Who wrote it.
    pub tool: Tool,
    /// When the scan was made, where the report says so.
    pub created: Option<Timestamp>,
    /// What was scanned.
    pub target: Target,
    /// The operating system that was found in it, where one was.
    pub os: Option<OperatingSystem>,
    /// How much was looked at.
    pub coverage: Coverage,
    /// What was found, in the order of the report, with what the report itself wants not to count.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Reads a report, of the tool that its content shows: in this version Trivy's JSON, schema 2.
    ///
    /// # Errors
    /// Too large, not strict JSON, not a report, or of a kind that cannot be judged for one image; the
    /// error names what it was recognised as.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, ReportError> {
        if u64::try_from(bytes.len()).is_ok_and(|size| size <= limits::SCAN_REPORT_BYTES) {
            recognise(bytes)?;
            return trivy::read(bytes);
        }
        Err(ReportError::TooLarge { size: bytes.len() })
    }
}

/// The scanner.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// Its version, where the report says so.
    pub version: Option<String>,
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
    /// Digests of the uncompressed layers.
    pub diff_ids: Vec<Digest>,
    /// Operating system in the image configuration.
    pub os: Option<String>,
    /// CPU architecture in the image configuration.
    pub architecture: Option<String>,
    /// Digests under which a registry or daemon knows it, as written. The index's, for an index.
    pub repo_digests: Vec<String>,
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
    /// Number of packages that the report lists, where it lists any.
    pub packages: usize,
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
    #[error("report has CreatedAt {found:?}, which is not a time")]
    Time {
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

/// Tells a Trivy report from everything else that goes by the same file names.
///
/// Whatever is not known for sure is refused: an object of any other kind, read as a report without
/// results, would pass.
fn recognise(bytes: &[u8]) -> Result<(), ReportError> {
    let unsupported = |found: &str, hint| Err(ReportError::Unsupported { found: found.to_owned(), hint });
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first != Some(&b'{') {
        json::check(bytes)?;
        return match first {
            Some(b'[') => unsupported("JSON array, as Trivy before 0.20 wrote (schema 1)", RESCAN),
            Some(b'n') => unsupported("the report is null: the scanner wrote nothing", RESCAN),
            _ => unsupported("JSON, but not an object", RESCAN),
        };
    }
    let keys: BTreeMap<String, IgnoredAny> = json::from_slice(bytes)?;
    let has = |key| keys.contains_key(key);
    for (marks, found) in OTHERS {
        if marks.iter().all(|key| has(*key)) {
            return unsupported(found, RESCAN);
        }
    }
    if !has("SchemaVersion") {
        return unsupported("JSON object that is no known scan report (it has no SchemaVersion)", RESCAN);
    }
    Ok(())
}

/// Keys at the top of documents that are not a Trivy report of one target, and what those are.
const OTHERS: &[(&[&str], &str)] = &[
    (&["ClusterName"], "Trivy report of a Kubernetes cluster, not of one image"),
    (&["apiVersion", "kind"], "Kubernetes object (a trivy-operator report?), not a scan report"),
    (&["runs"], "SARIF log"),
    (&["matches", "descriptor"], "grype report"),
    (&["bomFormat"], "CycloneDX document, not a scan report"),
    (&["spdxVersion"], "SPDX document, not a scan report"),
    (&["@context", "@graph"], "SPDX 3 document, not a scan report"),
    (&["_type", "predicateType"], "in-toto statement, not a scan report"),
    (&["payloadType", "signatures"], "DSSE envelope, not a scan report"),
    (&["scanner", "invocation"], "cosign vulnerability predicate"),
    (&["results"], "JSON object with `results` (an osv-scanner report?)"),
];

const RESCAN: &str = "give the report that `trivy image --format json` writes (schema 2)";

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Report::from_slice(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn names_what_it_is_given() {
        for (text, expected) in [
            ("null", "is null"),
            (" [] ", "schema 1"),
            ("\"x\"", "not an object"),
            ("{}", "no known scan report"),
            (r#"{"Results":[]}"#, "no known scan report"),
            (r#"{"ClusterName":"","Resources":[]}"#, "Kubernetes cluster"),
            (r#"{"apiVersion":"v1","kind":"x"}"#, "Kubernetes object"),
            (r#"{"version":"2.1.0","runs":[]}"#, "SARIF"),
            (r#"{"matches":[],"descriptor":{}}"#, "grype"),
            (r#"{"SchemaVersion":2,"ClusterName":""}"#, "Kubernetes cluster"),
            (r#"{"bomFormat":"CycloneDX"}"#, "CycloneDX"),
            (r#"{"spdxVersion":"SPDX-2.3"}"#, "SPDX"),
        ] {
            assert!(error(text).contains(expected), "{text}: {}", error(text));
        }
    }

    #[test]
    fn refuses_what_is_not_one_document() {
        for text in ["", "{", r#"{"SchemaVersion":2}{}"#, r#"{"SchemaVersion":2,"SchemaVersion":2}"#] {
            assert!(matches!(Report::from_slice(text.as_bytes()), Err(ReportError::Json(_))), "{text}");
        }
    }
}
