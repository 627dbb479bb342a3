//! What is asked of any number of images, or of a file: several kinds of proof, signers and trust domains.
//!
//! [`gather`] reads, [`Inquiry::judge`] is pure: it can run on as many threads as there are images.

use super::PipelineError;
use super::TrustDomain;
use super::subjects;
use crate::bundle::Candidate;
use crate::digest::Digest;
use crate::evidence;
use crate::evidence::Collected;
use crate::evidence::Looked;
use crate::evidence::Lookup;
use crate::evidence::Presence;
use crate::evidence::Skip;
use crate::intoto;
use crate::intoto::Statement;
use crate::oci::PinnedImage;
use crate::predicate::PredicateType;
use crate::source::ImageSource;
use crate::verify::Accepted;
use crate::verify::Failure;
use crate::verify::ImageSignature;
use crate::verify::Rejected;
use crate::verify::SignerPolicy;
use crate::verify::Verified;
use crate::verify::VerifyError;

/// What must be there, by whom, and whose word counts.
pub struct Inquiry {
    /// Each of these must be there.
    pub asked: Vec<Asked>,
    /// Whose it must be: any of them.
    pub signers: Vec<SignerPolicy>,
    /// Wholly within one of these.
    pub domains: Vec<TrustDomain>,
    /// What of an index must be covered.
    pub coverage: Coverage,
}

/// A kind of proof.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Asked {
    /// An attestation, of whatever type. A signature is none, also where it is stored as one.
    AnyAttestation,
    /// An attestation of this type.
    Attestation(PredicateType),
    /// A signature.
    Signature,
}

/// What of an index must be covered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Coverage {
    /// The index, and each manifest of it that was asked for, by proofs of their own.
    Each,
    /// The index itself, or else each manifest of it that was asked for. Anybody can put somebody else's signed
    /// manifest into an index of their own, so for a signature nothing may have been left out unasked.
    Whole,
}

/// One image with everything that may be a proof about it.
#[derive(Debug)]
pub struct Gathered {
    digest: Digest,
    image: Option<PinnedImage>,
    /// Only some platforms of an index were asked for.
    chosen: bool,
    candidates: Vec<Candidate>,
    looked: Vec<Looked>,
}

impl Gathered {
    /// Of an image, nothing but its digest is known, and nothing is looked for: these candidates are all.
    #[must_use]
    pub fn of_digest(digest: Digest, candidates: Vec<Candidate>) -> Self {
        Self { digest, image: None, chosen: false, candidates, looked: Vec::new() }
    }

    /// The digest that was asked about.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The image, unless only its digest is known.
    #[must_use]
    pub fn image(&self) -> Option<&PinnedImage> {
        self.image.as_ref()
    }

    /// Every place that was looked at.
    #[must_use]
    pub fn looked(&self) -> &[Looked] {
        &self.looked
    }

    /// The platform of a manifest in the index, if the platforms were read. A plain image is no part of itself.
    #[must_use]
    pub fn platform(&self, manifest: &Digest) -> Option<String> {
        let platforms = self.image.as_ref()?.platforms();
        let found = platforms.iter().find(|platform| platform.manifest() == manifest)?;
        (*manifest != self.digest).then(|| found.platform().to_string())
    }

    fn is_index(&self) -> bool {
        self.image.as_ref().is_some_and(PinnedImage::is_index)
    }

    /// What may be a proof.
    pub(super) fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// The digests that a proof may be about.
    pub(super) fn subjects(&self) -> Vec<Digest> {
        self.image.as_ref().map_or_else(|| vec![self.digest], subjects)
    }

    /// What no proof covers; empty if it is enough.
    pub(super) fn uncovered(
        &self,
        asked: &Asked,
        coverage: Coverage,
        about: impl Fn(&Digest) -> bool,
    ) -> Vec<Digest> {
        let manifests = self.image.as_ref().map(PinnedImage::manifests).unwrap_or_default();
        let missing = |digests: &mut dyn Iterator<Item = &Digest>| -> Vec<Digest> {
            digests.filter(|digest| !about(digest)).copied().collect()
        };
        if coverage == Coverage::Each {
            return missing(&mut std::iter::once(&self.digest).chain(manifests));
        }
        if about(&self.digest) {
            return Vec::new();
        }
        let uncovered = missing(&mut manifests.iter());
        let whole = self.image.as_ref().is_some_and(|image| match asked {
            Asked::AnyAttestation | Asked::Attestation(_) => true,
            Asked::Signature => image.is_complete() || (self.chosen && !image.leaves_unread()),
        });
        if manifests.is_empty() || (uncovered.is_empty() && !whole) { vec![self.digest] } else { uncovered }
    }
}

/// Collects what may be a proof about an image, beside `files`.
///
/// # Errors
/// What is attached to the image could not be read.
pub async fn gather(
    source: &impl ImageSource,
    image: PinnedImage,
    chosen: bool,
    lookup: &Lookup,
    files: &[Candidate],
) -> Result<Gathered, PipelineError> {
    let Collected { mut candidates, looked } = evidence::collect_with(source, &image, lookup).await?;
    candidates.extend_from_slice(files);
    Ok(Gathered { digest: *image.digest(), image: Some(image), chosen, candidates, looked })
}

/// What was proven.
#[derive(Clone, Debug)]
pub enum Proven {
    /// A statement.
    Attestation(Statement),
    /// A signature.
    Signature(ImageSignature),
}

/// A proof, and the trust domain that it holds in.
#[derive(Clone, Debug)]
pub struct Held {
    /// What was proven.
    pub proof: Verified<Proven>,
    /// The name of the domain.
    pub domain: String,
}

/// What came of one kind of proof.
#[derive(Debug)]
pub struct Answer {
    /// What was asked.
    pub asked: Asked,
    /// The proofs, or why there is none.
    pub result: Result<Vec<Held>, Failure>,
    /// Candidates that do not hold, beside proofs that do.
    pub rejected: Vec<Rejected>,
    /// What no proof covers.
    pub missing: Vec<Missing>,
}

/// A manifest that no proof covers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Missing {
    /// Its digest.
    pub manifest: Digest,
    /// Its platform, if that is known.
    pub platform: Option<String>,
}

impl Inquiry {
    /// Judges what was gathered about one image; an answer for each kind of proof.
    ///
    /// 1. Each candidate is verified in each trust domain for each signer until it holds, wholly within one.
    /// 2. What holds must cover the image.
    /// 3. Something that is listed as attached and is not there may have been what was asked for: then it is not
    ///    known that there is none.
    ///
    /// # Errors
    /// Nothing is accepted, and something that is listed is gone.
    pub fn judge(&self, gathered: &Gathered) -> Result<Vec<Answer>, PipelineError> {
        let answers: Vec<Answer> = self.asked.iter().map(|asked| self.answer(asked, gathered)).collect();
        // 3.
        let gone = gathered.looked.iter().find(|looked| looked.presence == Presence::Skipped(Skip::Gone));
        match gone {
            Some(gone) if answers.iter().any(|answer| answer.result.is_err()) => {
                Err(PipelineError::Gone { at: gone.at.clone() })
            }
            _ => Ok(answers),
        }
    }

    fn answer(&self, asked: &Asked, gathered: &Gathered) -> Answer {
        // 1.
        let subjects = gathered.subjects();
        let (held, mut rejected) = self.any_of(asked, &subjects, &gathered.candidates);
        // 2.
        let covered = !held.is_empty();
        let about = |digest: &Digest| held.iter().any(|held| held.proof.subject() == digest);
        let missing = gathered.uncovered(asked, self.coverage, about);
        let result = match (held.is_empty(), missing.first()) {
            (false, None) => Ok(held),
            (_, missing) => {
                rejected.extend(held.iter().filter_map(|held| {
                    let (image, missing) = (gathered.digest, *missing?);
                    let error = VerifyError::Uncovered { image, missing, found: *held.proof.subject() };
                    let (origin, kind) = (held.proof.origin().clone(), held.proof.kind());
                    Some(Rejected { origin, kind, error })
                }));
                Err(Failure::new(asked.noun(), std::mem::take(&mut rejected)))
            }
        };
        let name = |manifest: Digest| Missing { manifest, platform: gathered.platform(&manifest) };
        // Where nothing holds at all, nothing of a whole is missing.
        let part = covered || (self.coverage == Coverage::Each && gathered.is_index());
        let missing = missing.into_iter().filter(|_| part).map(name).collect();
        Answer { asked: asked.clone(), result, rejected, missing }
    }

    /// Each candidate that holds, and of each other one the reason that says most.
    fn any_of(
        &self,
        asked: &Asked,
        subjects: &[Digest],
        candidates: &[Candidate],
    ) -> (Vec<Held>, Vec<Rejected>) {
        let (mut held, mut rejected) = (Vec::new(), Vec::new());
        for candidate in candidates {
            let mut worst: Option<Rejected> = None;
            let mut holds = None;
            for (domain, signer) in self.pairs() {
                match asked.verify(domain, signer, subjects, candidate) {
                    Ok(proof) => holds = Some(Held { proof, domain: domain.name().to_owned() }),
                    Err(Some(error)) => {
                        let farther = |worst: &Rejected| error.error.rank() > worst.error.rank();
                        if worst.as_ref().is_none_or(farther) {
                            worst = Some(*error);
                        }
                    }
                    Err(None) => {}
                }
                if holds.is_some() {
                    break;
                }
            }
            match holds {
                Some(proof) => held.push(proof),
                None => rejected.extend(worst),
            }
        }
        (held, rejected)
    }

    fn pairs(&self) -> impl Iterator<Item = (&TrustDomain, &SignerPolicy)> {
        self.domains.iter().flat_map(|domain| self.signers.iter().map(move |signer| (domain, signer)))
    }
}

impl Asked {
    /// In words.
    #[must_use]
    pub fn noun(&self) -> String {
        match self {
            Self::AnyAttestation => "attestation".to_owned(),
            Self::Attestation(predicate_type) => format!("attestation of type {predicate_type}"),
            Self::Signature => "signature".to_owned(),
        }
    }

    /// One candidate in one domain by one signer; no error if it is of a format that cannot be asked for.
    fn verify(
        &self,
        domain: &TrustDomain,
        signer: &SignerPolicy,
        subjects: &[Digest],
        candidate: &Candidate,
    ) -> Result<Verified<Proven>, Option<Box<Rejected>>> {
        let candidates = std::slice::from_ref(candidate);
        let (verifier, requirements) = (domain.verifier(), domain.requirements());
        let attestations =
            |types: &[&str]| verifier.attestations(subjects, types, candidates, signer, requirements);
        match self {
            Self::Signature => {
                one(verifier.signatures(subjects, candidates, signer, requirements), Proven::Signature)
            }
            Self::Attestation(predicate_type) => {
                one(attestations(&predicate_type.uris()), Proven::Attestation)
            }
            Self::AnyAttestation => {
                let proof = one(attestations(&[]), Proven::Attestation)?;
                match proof.value() {
                    Proven::Attestation(statement)
                        if statement.predicate_type() == intoto::COSIGN_SIGN_V1 =>
                    {
                        let (expected, found) = (vec!["any attestation".to_owned()], intoto::COSIGN_SIGN_V1);
                        let error = VerifyError::PredicateType { expected, found: found.to_owned() };
                        let (origin, kind) = (proof.origin().clone(), proof.kind());
                        Err(Some(Box::new(Rejected { origin, kind, error })))
                    }
                    _ => Ok(proof),
                }
            }
        }
    }
}

/// What came of one candidate.
fn one<T>(
    result: Result<Accepted<T>, Failure>,
    proven: impl FnOnce(T) -> Proven,
) -> Result<Verified<Proven>, Option<Box<Rejected>>> {
    match result {
        Ok(Accepted { verified, .. }) => match verified.into_iter().next() {
            Some(verified) => verified
                .try_map(|value| Ok::<_, std::convert::Infallible>(proven(value)))
                .map_err(|never| match never {}),
            None => Err(None),
        },
        Err(failure) => Err(failure.into_rejected().into_iter().next().map(Box::new)),
    }
}
