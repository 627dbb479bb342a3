//! Predicate types of attestations: the short names that cosign users type, and the URIs behind them.
//!
//! Names follow cosign's `--type` (`cmd/cosign/cli/options/predicate.go`). One deviation: `spdx`,
//! `spdxjson` and `vuln` accept every spelling that is in use for such a document, where cosign accepts only
//! one. Tools write all of them, and the predicate is read by its content anyway.

use std::fmt;

/// The spellings in use for an SPDX document; the last stands for every version 3.
///
/// cosign and `BuildKit` write the first; the in-toto specification names `v2.3` and `v3`; GitHub's
/// attest action appends the version of the document.
pub const SPDX: &[&str] = &[
    "https://spdx.dev/Document",
    "https://spdx.dev/Document/v2.2",
    "https://spdx.dev/Document/v2.3",
    SPDX_3,
];

/// `https://spdx.dev/Document/v3`, `.../v3.0`, `.../v3.0.1` and what comes. The asterisk makes it no URI, so
/// nobody asks for it or attests it by accident.
const SPDX_3: &str = "https://spdx.dev/Document/v3*";

/// The spellings in use for cosign's record of a scan; the second is of policies and tools that left the scheme out.
///
/// <https://github.com/sigstore/cosign/blob/main/specs/COSIGN_VULN_ATTESTATION_SPEC.md>
pub const VULN: &[&str] =
    &["https://cosign.sigstore.dev/attestation/vuln/v1", "cosign.sigstore.dev/attestation/vuln/v1"];

/// The versions of in-toto's list of vulnerabilities.
///
/// <https://github.com/in-toto/attestation/blob/main/spec/predicates/vulns_02.md>
pub const VULNS: &[&str] =
    &["https://in-toto.io/attestation/vulns/v0.1", "https://in-toto.io/attestation/vulns/v0.2"];

/// OpenVEX, as cosign and vexctl attest it.
pub const OPENVEX: &str = "https://openvex.dev/ns";

/// What may be a VEX document: OpenVEX with and without the version of its format, a CycloneDX document, CSAF by its
/// schema.
///
/// <https://github.com/openvex/spec/blob/main/ATTESTING.md>
pub const VEX: &[&str] = &[
    OPENVEX,
    "https://openvex.dev/ns/v0.2.0",
    "https://cyclonedx.org/bom",
    "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json",
];

/// Whether `found` is the predicate type that `spelling` stands for: itself, or for the last of [`SPDX`] any
/// version 3.
#[must_use]
pub fn is_spelling(spelling: &str, found: &str) -> bool {
    if spelling != SPDX_3 {
        return spelling == found;
    }
    let version = found.strip_prefix(SPDX_3.trim_end_matches('*'));
    version.is_some_and(|rest| {
        rest.split('.').skip(1).all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
            && (rest.is_empty() || rest.starts_with('.'))
    })
}

/// Short name to the predicate types that it accepts.
pub const NAMES: &[(&str, &[&str])] = &[
    ("custom", &["https://cosign.sigstore.dev/attestation/v1"]),
    ("cyclonedx", &["https://cyclonedx.org/bom"]),
    ("link", &["https://in-toto.io/Link/v1"]),
    ("openvex", &["https://openvex.dev/ns"]),
    ("slsaprovenance", &["https://slsa.dev/provenance/v0.2"]),
    ("slsaprovenance02", &["https://slsa.dev/provenance/v0.2"]),
    ("slsaprovenance1", &["https://slsa.dev/provenance/v1"]),
    ("spdx", SPDX),
    ("spdxjson", SPDX),
    ("vuln", VULN),
];

/// What kind of attestation is asked for: a short name or a URI.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct PredicateType {
    text: String,
}

impl PredicateType {
    /// Reads a short name of [`NAMES`] or a URI.
    ///
    /// # Errors
    /// It is neither. A word that is not a known name is refused rather than matched with nothing.
    pub fn parse(text: &str) -> Result<Self, PredicateTypeError> {
        let known = NAMES.iter().any(|(name, _)| *name == text);
        let uri = text.split_once(':').is_some_and(|(scheme, rest)| {
            scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
                && !rest.is_empty()
                && !rest.contains(|c: char| c.is_whitespace() || c.is_control())
        });
        if known || uri {
            return Ok(Self { text: text.to_owned() });
        }
        Err(PredicateTypeError { found: text.to_owned() })
    }

    /// The name or URI as it was asked for.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The predicate types that are accepted: one, or several spellings of one.
    #[must_use]
    pub fn uris(&self) -> Vec<&str> {
        let named = NAMES.iter().find(|(name, _)| *name == self.text);
        // A URI of the SPDX family stands for the family as well: which spelling a tool wrote says
        // nothing about the document.
        match named {
            Some((_, uris)) => uris.to_vec(),
            None if SPDX.iter().any(|spelling| is_spelling(spelling, &self.text)) => SPDX.to_vec(),
            None => vec![&self.text],
        }
    }

    /// Whether a statement of this predicate type is asked for.
    #[must_use]
    pub fn accepts(&self, predicate_type: &str) -> bool {
        self.uris().iter().any(|spelling| is_spelling(spelling, predicate_type))
    }
}

impl fmt::Display for PredicateType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Neither a short name nor a URI.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{found:?} is not an attestation type: give a URI or one of {}", names())]
pub struct PredicateTypeError {
    /// The text.
    pub found: String,
}

fn names() -> String {
    let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_cosign() {
        // cosign v3.1.2, cmd/cosign/cli/options/predicate.go, `PredicateTypeMap`.
        for (name, uri) in [
            ("custom", "https://cosign.sigstore.dev/attestation/v1"),
            ("slsaprovenance", "https://slsa.dev/provenance/v0.2"),
            ("slsaprovenance02", "https://slsa.dev/provenance/v0.2"),
            ("slsaprovenance1", "https://slsa.dev/provenance/v1"),
            ("spdx", "https://spdx.dev/Document"),
            ("spdxjson", "https://spdx.dev/Document"),
            ("cyclonedx", "https://cyclonedx.org/bom"),
            ("link", "https://in-toto.io/Link/v1"),
            ("vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"),
            ("openvex", "https://openvex.dev/ns"),
        ] {
            assert!(PredicateType::parse(name).unwrap().accepts(uri), "{name}");
        }
        assert_eq!(NAMES.len(), 10);
    }

    #[test]
    fn spdx_accepts_every_spelling() {
        for asked in
            ["spdx", "spdxjson", "https://spdx.dev/Document/v2.3", "https://spdx.dev/Document/v3.0.1"]
        {
            let asked = PredicateType::parse(asked).unwrap();
            for found in [
                "https://spdx.dev/Document",
                "https://spdx.dev/Document/v2.2",
                "https://spdx.dev/Document/v2.3",
                "https://spdx.dev/Document/v3",
                "https://spdx.dev/Document/v3.0",
                "https://spdx.dev/Document/v3.0.1",
                "https://spdx.dev/Document/v3.1",
            ] {
                assert!(asked.accepts(found), "{asked} {found}");
            }
            for found in [
                "https://spdx.dev/Document/",
                "https://spdx.dev/Documents",
                "https://spdx.dev/Document/v3*",
                "https://spdx.dev/Document/v3.",
                "https://spdx.dev/Document/v3/evil",
                "https://spdx.dev/Document/v30",
                "https://spdx.dev/Document/v4",
                "https://cyclonedx.org/bom",
                "",
            ] {
                assert!(!asked.accepts(found), "{asked} {found}");
            }
        }
    }

    #[test]
    fn uris_are_taken_as_they_are() {
        let asked = PredicateType::parse("https://example.com/review/v1").unwrap();
        assert!(asked.accepts("https://example.com/review/v1"));
        assert!(!asked.accepts("https://example.com/review/v1/"));
    }

    #[test]
    fn words_that_are_neither_are_refused() {
        for text in ["", "spdx-json", "SPDX", "slsaprovenance2", "a b:c", ":x", "x:", "x:a b"] {
            assert!(PredicateType::parse(text).is_err(), "{text:?}");
        }
    }
}
