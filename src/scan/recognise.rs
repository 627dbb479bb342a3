//! Of which form a report is, told by its content and never by a file name.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserializer;
use serde::de::IgnoredAny;
use serde::de::MapAccess;
use serde::de::Visitor;

use super::grype;
use super::report::Report;
use super::report::ReportError;
use super::sarif;
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
    if u64::try_from(bytes.len()).is_ok_and(|size| size > limits::SCAN_REPORT_BYTES) {
        return Err(ReportError::TooLarge { size: bytes.len() });
    }
    match Kind::of(bytes)? {
        Kind::Grype => Ok(vec![grype::read(bytes)?]),
        Kind::Sarif => sarif::read(bytes),
        Kind::Trivy => Ok(vec![trivy::read(bytes)?]),
    }
}

/// Whose reader is asked. It looks for the marks of the others again, and refuses what has several.
enum Kind {
    Grype,
    Sarif,
    Trivy,
}

impl Kind {
    /// Tells a report from everything else that goes by the same file names.
    ///
    /// Whatever is not known for sure is refused: an object of any other kind, read as a report without
    /// results, would pass.
    fn of(bytes: &[u8]) -> Result<Self, ReportError> {
        let unsupported = |found: &str| ReportError::Unsupported { found: found.to_owned(), hint: RESCAN };
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        if first != Some(&b'{') {
            json::check(bytes)?;
            return Err(unsupported(match first {
                Some(b'[') => "JSON array, as Trivy before 0.20 wrote (schema 1)",
                Some(b'n') => "the report is null: the scanner wrote nothing",
                _ => "JSON, but not an object",
            }));
        }
        let mut sight = Sight::default();
        // A fault behind the mark is the reader's to find, and before it that of the check below.
        let _ = serde_json::Deserializer::from_slice(bytes).deserialize_map(&mut sight);
        if let Some(kind) = sight.kind {
            return Ok(kind);
        }
        json::check(bytes)?;
        let other = OTHERS.iter().find(|(marks, _)| marks.iter().all(|key| sight.keys.contains(*key)));
        Err(unsupported(other.map_or(NOTHING_KNOWN, |(_, found)| *found)))
    }
}

/// The keys at the top of an object, up to one that says what it is: in real reports the first or second.
#[derive(Default)]
struct Sight {
    keys: BTreeSet<String>,
    kind: Option<Kind>,
}

impl<'de> Visitor<'de> for &mut Sight {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(key) = entries.next_key::<String>()? {
            self.kind = match key.as_str() {
                "SchemaVersion" => Some(Kind::Trivy),
                "matches" => Some(Kind::Grype),
                "runs" => Some(Kind::Sarif),
                _ => None,
            };
            if self.kind.is_some() {
                return Ok(());
            }
            // Longer than any mark: nothing to hold for.
            if key.len() <= LONGEST_MARK {
                self.keys.insert(key);
            }
            entries.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// Keys at the top of documents that are no report of one target, and what those are.
const OTHERS: &[(&[&str], &str)] = &[
    (&["ClusterName"], "Trivy report of a Kubernetes cluster, not of one image"),
    (&["apiVersion", "kind"], "Kubernetes object (a trivy-operator report?), not a scan report"),
    (&["inlineExternalProperties"], "SARIF log without runs"),
    (&["$schema", "version"], "SARIF log without runs, or another document with a schema"),
    (&["descriptor", "source"], "report of syft or grype without `matches`"),
    (&["bomFormat"], "CycloneDX document, not a scan report"),
    (&["spdxVersion"], "SPDX document, not a scan report"),
    (&["@context", "@graph"], "SPDX 3 document, not a scan report"),
    (&["@context", "statements"], "OpenVEX document, not a scan report"),
    (&["document", "product_tree"], "CSAF document, not a scan report"),
    (&["_type", "predicateType"], "in-toto statement, not a scan report"),
    (&["payloadType", "signatures"], "DSSE envelope, not a scan report"),
    (&["mediaType", "verificationMaterial"], "Sigstore bundle, not a scan report"),
    (&["scanner", "invocation"], "cosign vulnerability predicate"),
    (&["results"], "JSON object with `results` (an osv-scanner report?)"),
];

const NOTHING_KNOWN: &str = "JSON object that is no known scan report (no SchemaVersion, matches or runs)";

const LONGEST_MARK: usize = 24;

const RESCAN: &str =
    "give what `trivy image --format json` (schema 2) or `grype --output json` writes, or SARIF 2.1.0";

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
            (r#"{"SchemaVersion":2,"ClusterName":""}"#, "Kubernetes cluster"),
            (r#"{"ClusterName":"","SchemaVersion":2}"#, "Kubernetes cluster"),
            (r#"{"bomFormat":"CycloneDX"}"#, "CycloneDX"),
            (r#"{"spdxVersion":"SPDX-2.3"}"#, "SPDX"),
            (r#"{"@context":"https://openvex.dev/ns/v0.2.0","statements":[]}"#, "OpenVEX"),
            (r#"{"_type":"","predicateType":""}"#, "in-toto"),
            (r#"{"version":"2.1.0","$schema":""}"#, "without runs"),
            (r#"{"results":[]}"#, "osv-scanner"),
        ] {
            assert!(error(text).contains(expected), "{text}: {}", error(text));
        }
        assert!(OTHERS.iter().flat_map(|(marks, _)| *marks).all(|mark| mark.len() <= LONGEST_MARK));
    }

    #[test]
    fn the_order_of_keys_does_not_matter() {
        let format = |text: &str| read(text.as_bytes()).unwrap()[0].format;
        let trivy = format(r#"{"ArtifactType":"container_image","x":{"runs":1},"SchemaVersion":2}"#);
        assert_eq!(trivy, super::super::Format::TrivyJson);
        let grype = format(r#"{"source":{"matches":1},"descriptor":{"name":"grype"},"matches":[]}"#);
        assert_eq!(grype, super::super::Format::GrypeJson);
        let run = r#"{"tool":{"driver":{"name":"x"}},"results":[]}"#;
        let sarif = format(&format!(r#"{{"$schema":"","version":"2.1.0","runs":[{run}]}}"#));
        assert_eq!(sarif, super::super::Format::Sarif);
    }

    #[test]
    fn refuses_what_claims_to_be_several_kinds() {
        for text in [
            r#"{"SchemaVersion":2,"runs":[]}"#,
            r#"{"runs":[],"SchemaVersion":2,"version":"2.1.0"}"#,
            r#"{"matches":[],"descriptor":{"name":"grype"},"runs":[]}"#,
            r#"{"matches":[],"descriptor":{"name":"grype"},"SchemaVersion":2}"#,
            r#"{"runs":[],"version":"2.1.0","matches":[]}"#,
        ] {
            assert!(error(text).contains("several kinds"), "{text}: {}", error(text));
        }
    }

    #[test]
    fn refuses_what_is_not_one_document() {
        for text in [
            "",
            "{",
            r#"{"SchemaVersion":2}{}"#,
            r#"{"SchemaVersion":2,"SchemaVersion":2}"#,
            r#"{"version":"2.1.0","runs":[]}{}"#,
            r#"{"matches":[],"descriptor":{}} x"#,
            r#"{"other":1,"other":2}"#,
            "\u{feff}{\"SchemaVersion\":2}",
        ] {
            assert!(matches!(read(text.as_bytes()), Err(ReportError::Json(_))), "{text}");
        }
        assert!(read(b"{\"SchemaVersion\":2,\"x\":\"\xff\"}").is_err());
        assert!(read(b"\xff\xfe{\x00}\x00").is_err());
    }
}
