//! Files that hold bundles: one, one a line, or as a package registry hands them out.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::BundleError;
use super::candidate::Candidate;
use super::candidate::CandidateKind;
use super::candidate::Origin;
use super::candidate::Place;
use super::npm;
use super::pypi;
use crate::json;
use crate::limits;

/// The candidates of one file.
#[derive(Clone, Debug)]
pub struct BundleFile {
    /// How they are put together.
    pub format: FileFormat,
    /// The candidates, in the order of the file; at least one.
    pub candidates: Vec<Candidate>,
}

/// How bundles are put together in a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FileFormat {
    /// One sigstore bundle.
    Bundle,
    /// The answer of GitHub's API for attestations.
    Github,
    /// One bundle on each line, as `gh attestation download` writes.
    JsonLines,
    /// The answer of an npm registry (`/-/npm/v1/attestations/...`).
    Npm,
    /// One attestation of PyPI (PEP 740).
    PypiAttestation,
    /// The provenance of a file on PyPI (PEP 740): attestations by publisher.
    PypiProvenance,
}

impl BundleFile {
    /// Reads a file; the bundles in it stay as they are, and are read when they are verified.
    ///
    /// # Errors
    /// It is none of the formats, has no bundle, or has more than [`limits::CANDIDATES`].
    pub fn from_slice(bytes: &[u8]) -> Result<Self, BundleError> {
        let (format, texts) = match json::from_slice::<Shape<'_>>(bytes) {
            // An array would fill the fields by position.
            Ok(_) if !bytes.trim_ascii_start().starts_with(b"{") => return Err(BundleError::NoBundle),
            Ok(shape) => shape.read(bytes)?,
            Err(error) => match lines(bytes) {
                Some(lines) => (FileFormat::JsonLines, lines),
                None => return Err(error.into()),
            },
        };
        if texts.is_empty() {
            return Err(BundleError::NoBundle);
        }
        BundleError::check_candidates(texts.len(), limits::CANDIDATES)?;
        let kind = match format {
            FileFormat::PypiAttestation | FileFormat::PypiProvenance => CandidateKind::PypiAttestation,
            _ => CandidateKind::Bundle,
        };
        let candidates = texts.into_iter().enumerate().map(|(layer, payload)| Candidate {
            kind,
            payload,
            annotations: std::collections::BTreeMap::new(),
            origin: Origin { place: Place::File, attached_to: None, manifest: None, layer },
        });
        Ok(Self { format, candidates: candidates.collect() })
    }
}

/// The keys that tell formats apart.
#[derive(Deserialize)]
struct Shape<'a> {
    #[serde(borrow, default)]
    attestations: Option<&'a RawValue>,
    #[serde(borrow, default)]
    attestation_bundles: Option<&'a RawValue>,
    #[serde(borrow, default)]
    verification_material: Option<&'a RawValue>,
}

impl Shape<'_> {
    fn read(&self, bytes: &[u8]) -> Result<(FileFormat, Vec<Vec<u8>>), BundleError> {
        if self.attestation_bundles.is_some() {
            return Ok((FileFormat::PypiProvenance, pypi::attestations(bytes)?));
        }
        if self.attestations.is_some() {
            return npm::attestations(bytes);
        }
        let format = match self.verification_material {
            Some(_) => FileFormat::PypiAttestation,
            None => FileFormat::Bundle,
        };
        Ok((format, vec![bytes.to_vec()]))
    }
}

/// The lines of a file that has more than one document, if its first line is one.
fn lines(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    // One more than the ceiling is enough to see that it is exceeded.
    let lines: Vec<Vec<u8>> = lines.take(limits::CANDIDATES + 1).map(<[u8]>::to_vec).collect();
    let first = lines.first()?;
    (lines.len() > 1 && json::check(first).is_ok()).then_some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(FileFormat, usize), String> {
        let file = BundleFile::from_slice(text.as_bytes()).map_err(|error| error.to_string())?;
        for (position, candidate) in file.candidates.iter().enumerate() {
            assert_eq!((candidate.origin.layer, candidate.origin.place), (position, Place::File));
        }
        Ok((file.format, file.candidates.len()))
    }

    #[test]
    fn tells_the_formats_apart() {
        for (text, expected) in [
            (r#"{"mediaType":"m"}"#, (FileFormat::Bundle, 1)),
            ("{\n}\n", (FileFormat::Bundle, 1)),
            ("{\"mediaType\":\"m\"}\n\n{\"mediaType\":\"n\"}\n", (FileFormat::JsonLines, 2)),
            (r#"{"attestations":[{"predicateType":"p","bundle":{}}]}"#, (FileFormat::Npm, 1)),
            (r#"{"attestations":[{"bundle":{},"repository_id":1},{"bundle":{}}]}"#, (FileFormat::Github, 2)),
            (
                r#"{"version":1,"attestation_bundles":[{"publisher":{"kind":"GitHub"},"attestations":[{},{}]},
                {"publisher":{},"attestations":[{}]}]}"#,
                (FileFormat::PypiProvenance, 3),
            ),
            (r#"{"version":1,"verification_material":{},"envelope":{}}"#, (FileFormat::PypiAttestation, 1)),
        ] {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_none_of_them_is_refused() {
        for text in [
            "",
            "\n",
            "hello",
            "hello\n{}\n",
            "[]",
            r#"{"attestations":[]}"#,
            r#"{"attestations":{}}"#,
            r#"{"attestations":[{}]}"#,
            r#"{"attestations":[{"bundle":{}}],"attestations":[]}"#,
            r#"{"attestation_bundles":[]}"#,
            r#"{"version":2,"attestation_bundles":[{"publisher":{},"attestations":[{}]}]}"#,
            "{\"a\":1,\n{}",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        let many = "{}\n".repeat(limits::CANDIDATES + 1);
        assert!(read(&many).unwrap_err().contains("more than"));
        assert_eq!(read(&many[3..]).unwrap().1, limits::CANDIDATES);
    }
}
