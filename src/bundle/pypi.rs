//! Attestations of files on PyPI. <https://peps.python.org/pep-0740/>
//!
//! The same certificate, log entry and envelope as in a bundle v0.3, under other names.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::BundleError;
use super::model::Bundle;
use super::model::Content;
use super::model::Envelope;
use super::model::Material;
use super::model::Version;
use super::wire::WireEntry;
use super::wire::decode;
use crate::intoto;
use crate::json;

/// The attestations of a provenance object, each as it stands there. Who published is not signed there; the
/// certificate of each attestation says it.
pub(super) fn attestations(bytes: &[u8]) -> Result<Vec<Vec<u8>>, BundleError> {
    let wire: WireProvenance<'_> = json::from_slice(bytes)?;
    check_version(wire.version)?;
    let attestations = wire.attestation_bundles.iter().flat_map(|bundle| &bundle.attestations);
    Ok(attestations.map(|attestation| attestation.get().as_bytes().to_vec()).collect())
}

/// Reads one attestation; its rules are checked by [`super::check`].
pub(super) fn read(payload: &[u8]) -> Result<Bundle, BundleError> {
    let wire: WireAttestation<'_> = json::from_slice(payload)?;
    check_version(wire.version)?;
    let material = wire.verification_material;
    super::check::check_counts(material.transparency_entries.len(), 0)?;
    let envelope = Envelope {
        payload: decode("statement", &wire.envelope.statement)?,
        payload_type: intoto::PAYLOAD_TYPE.to_owned(),
        signature: decode("signature", &wire.envelope.signature)?,
        key_id: String::new(),
        stored: None,
    };
    Ok(Bundle {
        version: Version::V0_3,
        material: Material::Certificates(vec![decode("certificate", &material.certificate)?]),
        content: Content::Envelope(envelope),
        entries: material.transparency_entries.into_iter().map(WireEntry::read).collect::<Result<_, _>>()?,
        timestamps: Vec::new(),
    })
}

fn check_version(found: u64) -> Result<(), BundleError> {
    if found == 1 { Ok(()) } else { Err(BundleError::PypiVersion { found }) }
}

#[derive(Deserialize)]
struct WireProvenance<'a> {
    version: u64,
    #[serde(borrow)]
    attestation_bundles: Vec<WirePublisher<'a>>,
}

#[derive(Deserialize)]
struct WirePublisher<'a> {
    #[serde(borrow)]
    attestations: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireAttestation<'a> {
    version: u64,
    #[serde(borrow)]
    verification_material: WireMaterial<'a>,
    #[serde(borrow)]
    envelope: WireEnvelope<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireMaterial<'a> {
    #[serde(borrow)]
    certificate: Cow<'a, str>,
    #[serde(borrow)]
    transparency_entries: Vec<WireEntry<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireEnvelope<'a> {
    #[serde(borrow)]
    statement: Cow<'a, str>,
    #[serde(borrow)]
    signature: Cow<'a, str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"version":1,"verification_material":{"certificate":"AQ==","transparency_entries":[]},
        "envelope":{"statement":"e30=","signature":"Ag=="}}"#;

    #[test]
    fn reads_an_attestation() {
        let bundle = read(GOOD.as_bytes()).unwrap();
        assert_eq!((bundle.version(), bundle.certificate()), (Version::V0_3, Some(&[1][..])));
        assert_eq!(bundle.signature(), [2]);
        let Content::Envelope(envelope) = bundle.content() else { panic!("an envelope") };
        assert_eq!(
            (envelope.payload.as_slice(), envelope.payload_type.as_str()),
            (&b"{}"[..], "application/vnd.in-toto+json")
        );
    }

    #[test]
    fn refuses_other_shapes() {
        for (from, to) in [
            ("\"version\":1", "\"version\":2"),
            ("\"version\":1,", ""),
            ("\"AQ==\"", "\"AQ\""),
            ("\"AQ==\"", "null"),
            ("\"transparency_entries\":[]", "\"transparency_entries\":{}"),
            ("\"signature\"", "\"sig\""),
            ("\"version\":1", "\"version\":1,\"more\":1"),
        ] {
            let text = GOOD.replace(from, to);
            assert_ne!(text, GOOD);
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
