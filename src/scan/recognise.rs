//! Of which form a report is, told by its content and never by a file name.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;

use super::report::Report;
use super::report::ReportError;
use super::trivy;
use crate::json;
use crate::limits;

/// Reads what a scanner wrote: one report, or one for each run of a SARIF log. The content alone says of which form
/// it is.
///
/// # Errors
/// Too large, not strict JSON, not a report, or of a kind that cannot be judged for one image; the error names what it
/// was recognised as.
pub fn read(bytes: &[u8]) -> Result<Vec<Report>, ReportError> {
    if u64::try_from(bytes.len()).is_ok_and(|size| size <= limits::SCAN_REPORT_BYTES) {
        recognise(bytes)?;
        return Ok(vec![trivy::read(bytes)?]);
    }
    Err(ReportError::TooLarge { size: bytes.len() })
}

/// Tells a report from everything else that goes by the same file names.
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
        read(text.as_bytes()).unwrap_err().to_string()
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
            assert!(matches!(read(text.as_bytes()), Err(ReportError::Json(_))), "{text}");
        }
    }
}
