//! `cosign triangulate`.

use clap::Args;

use super::arguments::GlobalFlags;
use super::arguments::RegistryFlags;
use super::error::Failure;
use super::error::Result;
use super::store;
use super::store::Place;
use crate::cli::output::say;

/// Outputs the located cosign image reference
///
/// This is the location cosign stores the specified artifact type.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// related attachment to triangulate (attestation|sbom|signature|digest), default signature
    #[arg(long = "type", value_name = "TYPE", default_value = "signature")]
    kind: String,
    #[command(flatten)]
    registry: RegistryFlags,
    /// The image
    #[arg(value_name = "IMAGE")]
    images: Vec<String>,
}

/// Runs the command.
pub(super) fn run(options: &Options, global: &GlobalFlags) -> Result {
    say(DEPRECATED);
    let place = Place::only(&options.images, &options.registry)?;
    let suffix = match options.kind.as_str() {
        "signature" => Some("sig"),
        "attestation" => Some("att"),
        "sbom" => {
            say(SBOM_DEPRECATED);
            Some("sbom")
        }
        "digest" => None,
        other => return Err(Failure::new(format!("unknown attachment type {other}"))),
    };
    let lookup = options.registry.lookup()?;
    // A digest needs nobody to be asked.
    let digest = match place.reference.digest() {
        Some(digest) => *digest,
        None => *store::run(global, place.resolve())?.digest(),
    };
    let found = match suffix {
        None => place.reference.with_digest(digest),
        Some(suffix) => {
            let tag = format!("{}{}.{suffix}", lookup.tag_prefix, digest.to_string().replace(':', "-"));
            let base = lookup.repository.as_ref().unwrap_or(&place.reference);
            base.with_tag(&tag).map_err(|error| Failure::new(error.to_string()))?
        }
    };
    global.stdout(|out| writeln!(out, "{}", super::image::go_name(&found)))?;
    Ok(())
}

const DEPRECATED: &str = "Command \"triangulate\" is deprecated, triangulate will be removed in v4.0.0 (see \
    https://github.com/sigstore/cosign/issues/4696). Instead, please use `oras discover` or `cosign tree` to show \
    referring artifacts";

/// What cosign says of SBOMs that are attached and not attested.
pub(super) const SBOM_DEPRECATED: &str = "WARNING: SBOM attachments are deprecated and support will be removed in a \
    Cosign release soon after 2024-02-22 (see https://github.com/sigstore/cosign/issues/2755). Instead, please use \
    SBOM attestations.";
