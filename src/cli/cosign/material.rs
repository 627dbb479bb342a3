//! Signatures, certificates and payloads that are given as files instead of being found beside the image.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portcullis::bundle::Candidate;
use portcullis::bundle::CandidateKind;
use portcullis::bundle::Origin;
use portcullis::bundle::Place;
use portcullis::limits;

use super::arguments::TrustFlags;
use super::error::Failure;
use super::error::Result;
use crate::cli::context;

/// Annotation of a layer with the base64 signature.
pub(super) const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
/// Annotation of a layer with the PEM signing certificate.
pub(super) const CERTIFICATE: &str = "dev.sigstore.cosign/certificate";
/// Annotation of a layer with the PEM certificates above it.
pub(super) const CHAIN: &str = "dev.sigstore.cosign/chain";

/// The certificate of `--certificate` and `--certificate-chain`, as annotations of a layer.
pub(super) fn certificate(flags: &TrustFlags) -> Result<BTreeMap<String, String>> {
    if flags.sct.is_some() {
        return Err(Failure::unsupported(
            "a detached certificate timestamp (--sct)",
            "Fulcio embeds it in the certificate; without one, --insecure-ignore-sct",
        ));
    }
    let mut annotations = BTreeMap::new();
    if flags.key.is_none() {
        for (path, name) in [(&flags.certificate, CERTIFICATE), (&flags.certificate_chain, CHAIN)] {
            if let Some(path) = path.as_ref().filter(|_| flags.certificate.is_some()) {
                annotations.insert(name.to_owned(), pem(path)?);
            }
        }
    }
    Ok(annotations)
}

/// PEM, or the base64 of PEM that cosign writes as well.
pub(super) fn pem(path: &Path) -> Result<String> {
    let bytes = context::read_file(path, limits::TRUSTED_ROOT_BYTES)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::new(format!("loading cert: {} is not PEM", path.display())))?;
    if text.contains("-----BEGIN") {
        return Ok(text);
    }
    let decoded = STANDARD.decode(text.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded
        .filter(|text| text.contains("-----BEGIN"))
        .ok_or_else(|| Failure::new(format!("loading cert: {} is not PEM", path.display())))
}

/// A signature that is named on the command line: the name of a file with base64 in it, or base64.
pub(super) fn signature(text: &str) -> Result<String> {
    let path = Path::new(text);
    let signature = match path.is_file() {
        true => context::read_file(path, limits::KEY_BYTES)?,
        false => text.as_bytes().to_vec(),
    };
    // cosign takes the raw signature as well.
    match std::str::from_utf8(&signature).ok().map(str::trim).filter(|text| STANDARD.decode(text).is_ok()) {
        Some(text) => Ok(text.to_owned()),
        None if path.is_file() => Ok(STANDARD.encode(signature)),
        None => Err(Failure::new(format!("loading signature: {text:?} is neither a file nor base64"))),
    }
}

/// A candidate made of files.
pub(super) fn candidate(
    kind: CandidateKind,
    payload: Vec<u8>,
    annotations: BTreeMap<String, String>,
) -> Candidate {
    let origin = Origin { place: Place::File, attached_to: None, manifest: None, layer: 0 };
    Candidate { kind, payload, annotations, origin }
}
