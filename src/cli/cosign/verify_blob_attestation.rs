//! `cosign verify-blob-attestation`.

use std::path::Path;

use clap::ArgAction;
use clap::Args;
use portcullis::bundle::CandidateKind;
use portcullis::digest::Algorithm;
use portcullis::digest::Digest;
use portcullis::verify::SignerPolicy;

use super::arguments::TrustFlags;
use super::blob;
use super::blob::BlobFlags;
use super::blob::Prepared;
use super::error::Failure;
use super::error::Result;
use super::image;
use super::verify_attestation;
use crate::cli::output::say;

/// Verify an attestation on the supplied blob
#[derive(Args, Debug)]
pub(super) struct Options {
    #[command(flatten)]
    blob: BlobFlags,
    /// if true, verifies that the digest is in the subject; if false, only the envelope is verified
    #[arg(long, action = ArgAction::SetFalse)]
    check_claims: bool,
    /// Digest to use for verifying in-toto subject (instead of providing a blob)
    #[arg(long, value_name = "HEX")]
    digest: Option<String>,
    /// Digest algorithm to use for verifying in-toto subject (instead of providing a blob)
    #[arg(long = "digestAlg", value_name = "ALGORITHM")]
    digest_algorithm: Option<String>,
    /// a predicate type (slsaprovenance|slsaprovenance02|slsaprovenance1|link|spdx|spdxjson|cyclonedx|vuln|openvex|custom) or an URI
    #[arg(long = "type", value_name = "TYPE", default_value = "custom")]
    predicate_type: String,
    #[command(flatten)]
    trust: TrustFlags,
    /// The file
    #[arg(value_name = "BLOB")]
    blobs: Vec<String>,
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Result {
    let file = options.file()?;
    let trust = &options.trust;
    let requirements = trust.requirements("blob attestation");
    if options.blob.signature.is_none() && options.blob.bundle.is_none() {
        return Err(Failure::new(
            "please specify path to the DSSE envelope signature via --signature or --bundle",
        ));
    }
    options.blob.check(trust)?;
    let signer = trust.signer()?;
    let prepared = Prepared::new(&options.blob, trust, requirements, CandidateKind::LegacyAttestation)?;
    let subjects = match options.check_claims {
        true => options.subjects(file)?,
        false => image::claimed(&prepared.candidate),
    };
    options.verify(&prepared, &subjects, &signer)?;
    say("Verified OK");
    Ok(())
}

impl Options {
    fn file(&self) -> Result<Option<&Path>> {
        let digest = self.digest.is_some() && self.digest_algorithm.is_some();
        match self.blobs.as_slice() {
            [] if digest || !self.check_claims => Ok(None),
            [] => Err(Failure::new(
                "must provide path to blob or digest and digestAlg; run `cosign verify-blob-attestation -h` \
                 for more help",
            )),
            [blob] => Ok(Some(Path::new(blob))),
            more => Err(Failure::new(format!("accepts at most 1 arg(s), received {}", more.len()))),
        }
    }

    /// The digests by which the statement may name the file.
    fn subjects(&self, file: Option<&Path>) -> Result<Vec<Digest>> {
        if let Some(path) = file {
            if self.digest.is_some() || self.digest_algorithm.is_some() {
                say("WARNING: Ignoring provided --digest in favor of provided blob");
            }
            let all = [Algorithm::Sha256, Algorithm::Sha512, Algorithm::Sha384];
            return all.into_iter().map(|algorithm| blob::hash(path, algorithm)).collect();
        }
        let hex = self.digest.as_deref().unwrap_or_default();
        let algorithm = self.digest_algorithm.as_deref().unwrap_or_default();
        Digest::parse(&format!("{algorithm}:{}", hex.to_lowercase()))
            .map(|digest| vec![digest])
            .map_err(|error| Failure::new(format!("unable to decode provided digest: {error}")))
    }

    /// The statement must be signed, about the file, and of the type (GHSA-w6c6-c85g-mmv6: one that cannot be
    /// read has no type, and is refused before).
    fn verify(&self, prepared: &Prepared, subjects: &[Digest], signer: &SignerPolicy) -> Result {
        let candidates = std::slice::from_ref(&prepared.candidate);
        let accepted =
            prepared.verifier.attestations(subjects, &[], candidates, signer, prepared.requirements);
        let accepted = accepted.map_err(|failure| match failure.rejected().next() {
            Some(rejected) => prepared.refusal(&rejected.error),
            None => Failure::new(failure.to_string()),
        })?;
        let found: Vec<&str> =
            accepted.verified.iter().map(|verified| verified.value().predicate_type()).collect();
        match found.contains(&verify_attestation::uri(&self.predicate_type)) {
            true => Ok(()),
            false => Err(Failure::new(format!(
                "invalid predicate type, expected {} got {}",
                self.predicate_type,
                found.join(", ")
            ))),
        }
    }
}
