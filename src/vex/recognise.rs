//! Of which format a VEX document is, told by its content.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::csaf;
use super::cyclonedx;
use super::model::Vex;
use super::model::VexError;
use super::openvex;
use crate::json;
use crate::limits;

/// Reads a VEX document. The content alone says of which format it is.
///
/// # Errors
/// Too large, not strict JSON, a key in another spelling, an unknown status, or not a VEX document; the error names
/// what it was recognised as.
pub fn read(bytes: &[u8]) -> Result<Vex, VexError> {
    if !u64::try_from(bytes.len()).is_ok_and(|size| size <= limits::VEX_BYTES) {
        return Err(VexError::TooLarge { size: bytes.len() });
    }
    let unsupported = |found: &str| {
        let hint = "give an OpenVEX, CSAF VEX or CycloneDX document in JSON";
        Err(VexError::Unsupported { found: found.to_owned(), hint })
    };
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        json::check(bytes)?;
        return unsupported("JSON, but not an object");
    }
    let keys: BTreeMap<String, &RawValue> = json::from_slice(bytes)?;
    let has = |key| keys.contains_key(key);
    // In this order, so that a document which would be two is always the same one of them, or refused by it.
    if has("@context") && has("statements") {
        return openvex::read(bytes);
    }
    if has("bomFormat") {
        return cyclonedx::read(bytes);
    }
    if has("document") {
        return csaf::read(bytes);
    }
    unsupported(match () {
        () if has("predicateType") => "in-toto statement: its predicate is the VEX document",
        () if has("payloadType") => "DSSE envelope: its payload holds the VEX document",
        () if has("SchemaVersion") || has("matches") || has("runs") => "scan report, not a VEX document",
        () if has("spdxVersion") || has("@graph") => "SPDX document, not a VEX document",
        () => "JSON object that is no known VEX document",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_it_is_given() {
        for (text, expected) in [
            ("[]", "not an object"),
            ("null", "not an object"),
            ("{}", "no known VEX"),
            (r#"{"_type":"x","predicateType":"y"}"#, "in-toto statement"),
            (r#"{"payloadType":"x"}"#, "DSSE envelope"),
            (r#"{"SchemaVersion":2,"Results":[]}"#, "scan report"),
            (r#"{"spdxVersion":"SPDX-2.3"}"#, "SPDX document"),
            (r#"{"bomFormat":"CycloneDX","specVersion":"1.6"}"#, "no vulnerabilities"),
            (r#"{"@context":"https://example.com","statements":[]}"#, "context"),
        ] {
            let error = read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    /// One of each format, with something in every field that is read.
    const DOCUMENTS: [&str; 3] = [
        r#"{"@context":"https://openvex.dev/ns","@id":"x","author":"a","timestamp":"2023-01-01T00:00:00Z","statements":[
            {"vulnerability":{"name":"CVE-1","aliases":["GHSA-1"]},"products":[{"@id":"pkg:oci/a@sha256:00",
            "identifiers":{"purl":"pkg:npm/%40a/b@1"},"hashes":{"sha-256":"00"},"subcomponents":[{"@id":"pkg:npm/a"}]}],
            "status":"not_affected","justification":"component_not_present","last_updated":"2023-01-01T00:00:00Z"}]}"#,
        r#"{"document":{"category":"csaf_vex","csaf_version":"2.0","tracking":{"current_release_date":"2023-01-01T00:00:00Z"}},
            "product_tree":{"branches":[{"category":"product_version","name":"1","product":{"product_id":"p","name":"p",
            "product_identification_helper":{"purl":"pkg:npm/a@1"}}}],"product_groups":[{"group_id":"g","product_ids":["p"]}],
            "relationships":[{"product_reference":"p","relates_to_product_reference":"p",
            "full_product_name":{"product_id":"q","name":"q"}}]},"vulnerabilities":[{"cve":"CVE-1","product_status":
            {"fixed":["q"]},"flags":[{"label":"x","group_ids":["g"]}]}]}"#,
        r#"{"bomFormat":"CycloneDX","specVersion":"1.6","serialNumber":"urn:uuid:0","metadata":{"component":{"bom-ref":"r",
            "purl":"pkg:oci/a"}},"components":[{"bom-ref":"c","purl":"pkg:npm/a@1"}],"vulnerabilities":[{"id":"CVE-1",
            "analysis":{"state":"resolved","detail":"d"},"affects":[{"ref":"c","versions":[{"version":"1"}]},
            {"ref":"urn:cdx:0/1#c"}]}]}"#,
    ];

    #[test]
    fn a_part_of_a_document_is_none() {
        for text in DOCUMENTS {
            assert_eq!(read(text.as_bytes()).unwrap().statements.len(), 1);
            for end in 0..text.len() {
                assert!(matches!(read(&text.as_bytes()[..end]), Err(VexError::Json(_))), "{end} of {text}");
            }
        }
    }

    #[test]
    fn no_byte_makes_a_reader_panic() {
        for text in DOCUMENTS {
            for position in 0..text.len() {
                for byte in [0, b'"', b'%', b'0', b':', b'[', b'\\', b'}', 0xff] {
                    let mut bytes = text.as_bytes().to_vec();
                    bytes[position] = byte;
                    if let Ok(vex) = read(&bytes) {
                        assert!(vex.statements.len() <= 1);
                    }
                }
            }
        }
    }

    #[test]
    fn refuses_what_is_not_one_document() {
        for text in ["", "{", "{}{}", r#"{"document":{},"document":{}}"#, "\u{feff}{}"] {
            assert!(matches!(read(text.as_bytes()), Err(VexError::Json(_))), "{text}");
        }
    }
}
