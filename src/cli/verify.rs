//! `portcullis verify`: signatures and attestations of an image.

use clap::Args;
use portcullis::intoto::Statement;
use portcullis::pipeline;
use portcullis::pipeline::Found;
use portcullis::pipeline::ImageVerification;
use portcullis::pipeline::Question;
use portcullis::pipeline::Wanted;
use portcullis::predicate::PredicateType;
use portcullis::verify::ImageSignature;

use super::Outcome;
use super::arguments::ImageArguments;
use super::arguments::SignerArguments;
use super::arguments::TrustArguments;
use super::context;
use super::output;
use super::output::Exit;
use super::output::Format;
use super::output::Problem;
use super::verified;
use super::verified::Document;
use super::verified::Proof;
use super::verified::REFUSED;
use super::verified::Refusal;
use super::verified::VERIFIED;

/// Verify the signature of an image, or an attestation of it
///
/// Looks at the referrers API, the referrers tag, .sig and .att tags, of the image and of its platform
/// manifests; one candidate that verifies is enough. Give --identity and --issuer, or --key. Exit code 0:
/// verified, 1: refused, 2: no answer.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// Verify an attestation instead of a signature: spdxjson, slsaprovenance1, vuln, ..., or a URI
    #[arg(long = "type", value_name = "TYPE")]
    predicate_type: Option<String>,
    /// Output format
    #[arg(long, short = 'o', visible_alias = "output", value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    signer: SignerArguments,
    #[command(flatten)]
    trust: TrustArguments,
    #[command(flatten)]
    image: ImageArguments,
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let signer = options.signer.policy()?;
    let reference = options.image.reference()?;
    let source = options.image.source(&reference)?;
    let predicate_type = options.predicate_type.as_deref().map(PredicateType::parse).transpose();
    let predicate_type = predicate_type.map_err(Problem::new)?;
    let question = Question {
        wanted: match &predicate_type {
            Some(predicate_type) => Wanted::Attestation(predicate_type.uris()),
            None => Wanted::Signature,
        },
        platforms: options.image.platforms(),
        lookup: &options.image.lookup()?,
        signer: &signer,
        requirements: options.trust.requirements(),
    };
    let verifier = options.trust.verifier()?;
    let verification =
        context::block_on(&source, pipeline::verify_image(&source, &reference, &question, &verifier))?;
    let document = match verification {
        Ok(verification) => document(verification),
        Err(error) => Document::undecided(&reference, &error),
    };
    output::stdout(|out| match options.format {
        Format::Json => output::json(&document, out),
        Format::Text => document.text(out),
    })?;
    Ok(match document.result {
        VERIFIED => Exit::Pass,
        REFUSED => Exit::Refused,
        _ => Exit::Undecided,
    })
}

fn document(verification: ImageVerification) -> Document {
    let ImageVerification { image, looked, result } = verification;
    let first = result.as_ref().err().and_then(|failure| failure.rejected().next());
    let hint = first.and_then(|rejected| verified::hint(&rejected.error));
    let (verified, rejected, error) = match &result {
        Ok(Found::Signatures(accepted)) => {
            let proofs = accepted.verified.iter().map(|proof| Proof::new(proof, signature(proof.value())));
            (proofs.collect(), accepted.rejected.iter().map(Refusal::from).collect(), None)
        }
        Ok(Found::Attestations(accepted)) => {
            let proofs = accepted.verified.iter().map(|proof| Proof::new(proof, attestation(proof.value())));
            (proofs.collect(), accepted.rejected.iter().map(Refusal::from).collect(), None)
        }
        Err(failure) => {
            (Vec::new(), failure.rejected().map(Refusal::from).collect(), Some(failure.to_string()))
        }
    };
    Document {
        schema_version: 1,
        result: if error.is_none() { VERIFIED } else { REFUSED },
        reference: Some(image.reference().to_string()),
        digest: Some(*image.digest()),
        verified,
        rejected,
        looked,
        error,
        hint,
    }
}

fn signature(signature: &ImageSignature) -> String {
    match &signature.docker_reference {
        Some(reference) if !reference.is_empty() => format!("signature, made for {reference}"),
        _ => "signature".to_owned(),
    }
}

fn attestation(statement: &Statement) -> String {
    format!("attestation {}", statement.predicate_type())
}
