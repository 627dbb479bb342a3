//! The attestations of a package as an npm registry hands them out, and those of GitHub's API, which have the
//! same shape. <https://github.com/npm/attestation>

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::BundleError;
use super::file::FileFormat;
use crate::json;

/// Predicate type of the statement that the registry signs when a version is published.
pub const NPM_PUBLISH: &str = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1";

/// The bundles, each as it stands there. npm's entries name their predicate type, which is not signed there.
pub(super) fn attestations(bytes: &[u8]) -> Result<(FileFormat, Vec<Vec<u8>>), BundleError> {
    let wire: Wire<'_> = json::from_slice(bytes)?;
    let npm = wire.attestations.iter().all(|entry| entry.predicate_type.is_some());
    let bundles = wire.attestations.iter().map(|entry| entry.bundle.get().as_bytes().to_vec());
    Ok((if npm { FileFormat::Npm } else { FileFormat::Github }, bundles.collect()))
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    attestations: Vec<WireAttestation<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAttestation<'a> {
    #[serde(borrow, default)]
    predicate_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    bundle: &'a RawValue,
}
