//! `syft attest`: refused, with the way to do it.

use std::ffi::OsString;

use clap::Args;

use crate::cli::output::Problem;

/// Generate an SBOM as an attestation for the given container image: not here, see the message
#[derive(Args, Debug)]
pub(super) struct Options {
    /// whatever syft takes
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Says how it is done: signing is cosign's.
pub(super) fn run(options: &Options) -> Result<(), Problem> {
    let image = options.arguments.iter().filter_map(|argument| argument.to_str());
    let image = image.rev().find(|argument| !argument.starts_with('-')).unwrap_or("IMAGE@sha256:...");
    Err(Problem::usage("syft attest signs, and portcullis does not").hint(format!(
        "portcullis sbom {image} -o spdx-json=sbom.spdx.json, then \
         cosign attest --type spdxjson --predicate sbom.spdx.json {image}"
    )))
}
