//! `cosign verify-blob`.

use clap::Args;
use portcullis::bundle::CandidateKind;

use super::arguments::TrustFlags;
use super::blob::BlobFlags;
use super::blob::Input;
use super::blob::Prepared;
use super::error::Failure;
use super::error::Result;
use crate::cli::output::say;

/// Verify a signature on the supplied blob
#[derive(Args, Debug)]
pub(super) struct Options {
    #[command(flatten)]
    blob: BlobFlags,
    #[command(flatten)]
    trust: TrustFlags,
    /// The file, - for stdin, or sha256:HEX
    #[arg(value_name = "BLOB")]
    blobs: Vec<String>,
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Result {
    let [typed] = options.blobs.as_slice() else {
        return Err(Failure::new(format!("accepts 1 arg(s), received {}", options.blobs.len())));
    };
    let trust = &options.trust;
    let requirements = trust.requirements("blob");
    options.blob.check(trust)?;
    let signer = trust.signer()?;
    let prepared = Prepared::new(&options.blob, trust, requirements, CandidateKind::LegacySignature)?;
    let input = Input::read(typed, prepared.candidate.kind)?;
    let result = prepared.verifier.blob(&input.artifact(), &prepared.candidate, &signer, requirements);
    result.map_err(|error| prepared.refusal(&error))?;
    say("Verified OK");
    Ok(())
}
