//! One question about one image, by one trusted root.

use super::Asked;
use super::Coverage;
use super::Gathered;
use super::PipelineError;
use super::gather;
use crate::digest::Digest;
use crate::evidence::Looked;
use crate::evidence::Lookup;
use crate::evidence::Presence;
use crate::evidence::Skip;
use crate::intoto::Statement;
use crate::oci::PinnedImage;
use crate::oci::PlatformFilter;
use crate::oci::Reference;
use crate::source;
use crate::source::ImageSource;
use crate::verify::Accepted;
use crate::verify::Failure;
use crate::verify::ImageSignature;
use crate::verify::Rejected;
use crate::verify::Requirements;
use crate::verify::SignerPolicy;
use crate::verify::Verifier;
use crate::verify::VerifyError;

/// What is asked of an image.
#[derive(Clone, Debug)]
pub enum Wanted<'a> {
    /// An attestation of one of these predicate types.
    Attestation(Vec<&'a str>),
    /// A signature.
    Signature,
}

/// What was asked for, verified.
#[derive(Debug)]
pub enum Found {
    /// Attestations.
    Attestations(Accepted<Statement>),
    /// Signatures.
    Signatures(Accepted<ImageSignature>),
}

/// The outcome of [`verify_image`].
#[derive(Debug)]
pub struct ImageVerification {
    /// The image.
    pub image: PinnedImage,
    /// Every place that was looked at.
    pub looked: Vec<Looked>,
    /// What was found, or why nothing was accepted.
    pub result: Result<Found, Failure>,
}

/// What is asked of one image, and where it is looked for.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// What is asked.
    pub wanted: Wanted<'a>,
    /// Of which platforms, beside the image itself.
    pub platforms: PlatformFilter,
    /// Where evidence is looked for.
    pub lookup: &'a Lookup,
    /// Whose signature it must be.
    pub signer: &'a SignerPolicy,
    /// Which witnesses it needs.
    pub requirements: Requirements,
}

/// Verifies signatures or attestations of one image, in these steps:
///
/// 1. The reference is resolved once.
/// 2. Everything that is attached to the image and to its platform manifests is collected and verified.
/// 3. What is accepted must cover the image: be about its own digest, or about each platform manifest (for
///    attestations: each that is asked for). Anybody can put somebody else's signed manifest into an index of
///    their own.
///
/// # Errors
/// The image or what is attached to it could not be read.
pub async fn verify_image(
    source: &impl ImageSource,
    image: &Reference,
    question: &Question<'_>,
    verifier: &Verifier,
) -> Result<ImageVerification, PipelineError> {
    let Question { wanted, platforms, lookup, signer, requirements } = question;
    let image = source::resolve_digest(source, image, platforms.clone()).await?;
    let chosen = *platforms != PlatformFilter::All;
    let gathered = gather(source, image.clone(), chosen, lookup, &[]).await?;
    let (subjects, candidates) = (gathered.subjects(), gathered.candidates());
    let result = match wanted {
        Wanted::Signature => verifier
            .signatures(&subjects, candidates, signer, *requirements)
            .and_then(|accepted| covering(&gathered, &Asked::Signature, accepted))
            .map(Found::Signatures),
        Wanted::Attestation(types) => verifier
            .attestations(&subjects, types, candidates, signer, *requirements)
            .and_then(|accepted| covering(&gathered, &Asked::AnyAttestation, accepted))
            .map(Found::Attestations),
    };
    let looked = gathered.looked().to_vec();
    // What is listed and gone may have been what was asked for: then it is not known that there is none.
    let gone = looked.iter().find(|looked| looked.presence == Presence::Skipped(Skip::Gone));
    match (&result, gone) {
        (Err(_), Some(gone)) => Err(PipelineError::Gone { at: gone.at.clone() }),
        _ => Ok(ImageVerification { image, looked, result }),
    }
}

/// What was accepted, if it covers the image. The error is about the first manifest that nothing covers.
fn covering<T>(gathered: &Gathered, asked: &Asked, accepted: Accepted<T>) -> Result<Accepted<T>, Failure> {
    let about = |digest: &Digest| accepted.verified.iter().any(|verified| verified.subject() == digest);
    let uncovered = gathered.uncovered(asked, Coverage::Whole, about);
    let Some(missing) = uncovered.first().copied() else { return Ok(accepted) };
    let Accepted { verified, mut rejected } = accepted;
    rejected.extend(verified.iter().map(|verified| Rejected {
        origin: verified.origin().clone(),
        kind: verified.kind(),
        error: VerifyError::Uncovered { image: *gathered.digest(), missing, found: *verified.subject() },
    }));
    Err(Failure::new(asked.noun(), rejected))
}
