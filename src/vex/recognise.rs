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

    #[test]
    fn refuses_what_is_not_one_document() {
        for text in ["", "{", "{}{}", r#"{"document":{},"document":{}}"#, "\u{feff}{}"] {
            assert!(matches!(read(text.as_bytes()), Err(VexError::Json(_))), "{text}");
        }
    }
}
