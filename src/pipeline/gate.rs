//! The gate: one image, one policy, one decision.

use std::convert::Infallible;

use jiff::Timestamp;

use super::PipelineError;
use super::subjects;
use crate::crypto::PublicKey;
use crate::digest::Digest;
use crate::evidence;
use crate::evidence::Collected;
use crate::evidence::EvidenceError;
use crate::evidence::Looked;
use crate::evidence::Lookup;
use crate::evidence::Presence;
use crate::evidence::Skip;
use crate::gate;
use crate::gate::Decision;
use crate::gate::Evidence;
use crate::gate::Part;
use crate::gate::Policy;
use crate::identity::IdentityPolicy;
use crate::intoto::Statement;
use crate::oci::PinnedImage;
use crate::oci::PlatformFilter;
use crate::oci::Reference;
use crate::predicate;
use crate::scan;
use crate::scan::Report;
use crate::scan::ReportError;
use crate::source;
use crate::source::ImageSource;
use crate::spdx;
use crate::trust::TrustedRoot;
use crate::verify::Accepted;
use crate::verify::Failure;
use crate::verify::ImageSignature;
use crate::verify::Rejected;
use crate::verify::Requirements;
use crate::verify::SignerPolicy;
use crate::verify::Verified;
use crate::verify::Verifier;
use crate::vex;
use crate::vex::Vex;
use crate::vex::VexError;

/// What the gate judges, besides what it finds at the image.
#[derive(Debug)]
pub struct Inputs<'a> {
    /// The image.
    pub image: &'a Reference,
    /// What is asked of it.
    pub policy: &'a Policy,
    /// The keys that the policy names.
    pub keys: &'a [PublicKey],
    /// Whose certificates and logs count.
    pub root: &'a TrustedRoot,
    /// Scan reports: where each is from, and its bytes or why it was not read.
    pub reports: &'a [(String, Result<Vec<u8>, String>)],
    /// Where evidence is looked for.
    pub lookup: &'a Lookup,
    /// Which witnesses a signature needs.
    pub requirements: Requirements,
}

/// A decision, and where was looked for evidence.
#[derive(Debug)]
pub struct Gated {
    /// May the image be promoted?
    pub decision: Decision,
    /// Every place that was looked at; empty if looking failed.
    pub looked: Vec<Looked>,
}

/// Judges one image, in these steps:
///
/// 1. The reference is resolved once; from here on the digest counts.
/// 2. Everything that may be a signature or attestation is collected. If that fails, nothing is known about
///    signatures, and there is no decision; it is never "not signed".
/// 3. What is there is verified: that it is genuine and about this image. Who may have signed what is judged
///    by the policy alone, in the next step, so that the rule is in one place.
/// 4. Evidence and policy make the decision.
///
/// # Errors
/// The image could not be resolved, or the trusted root cannot be used.
pub async fn gate_image(
    source: &impl ImageSource,
    inputs: &Inputs<'_>,
    now: Timestamp,
) -> Result<Gated, PipelineError> {
    // 1.
    let filter = match inputs.policy.platforms() {
        Some(platforms) => PlatformFilter::Only(platforms.to_vec()),
        None => PlatformFilter::All,
    };
    let image = source::resolve(source, inputs.image, filter).await?;
    // 2. and 3.
    let (mut evidence, looked) = match evidence::collect_with(source, &image, inputs.lookup).await {
        Ok(collected) => (verify_all(inputs, image, &collected)?, collected.looked),
        Err(error) => (unknown(inputs.policy, image, &error), Vec::new()),
    };
    evidence = evidence.verified_with(*inputs.root.digest(), inputs.requirements);
    for (place, bytes) in inputs.reports {
        match read_reports(place, bytes) {
            Ok(reports) => {
                for report in reports {
                    evidence = evidence.with_report(place, Ok(report));
                }
            }
            Err(failure) => evidence = evidence.with_report(place, Err(failure)),
        }
    }
    // 4.
    Ok(Gated { decision: gate::evaluate(inputs.policy, &evidence, now), looked })
}

/// Verifies every candidate for every part that the policy asks for.
fn verify_all(
    inputs: &Inputs<'_>,
    image: PinnedImage,
    collected: &Collected,
) -> Result<Evidence, PipelineError> {
    let verifier = Verifier::new(inputs.root)?;
    let subjects = subjects(&image);
    let judge = Judge { inputs, verifier: &verifier, subjects: &subjects, collected };
    let mut evidence = Evidence::new(image)
        .with_signatures(with_gone(judge.signatures(), collected))
        .with_sboms(with_gone(judge.sboms(), collected))
        .with_attested_reports(with_gone(judge.scans(), collected));
    if inputs.policy.vex().is_some() {
        evidence = evidence.with_vex(with_gone(judge.vex(), collected));
    }
    for rule in inputs.policy.attestations() {
        let part = with_gone(judge.attestations(&rule.predicate_type.uris()), collected);
        evidence = evidence.with_attestations(rule.predicate_type.clone(), part);
    }
    Ok(evidence)
}

/// Adds what is listed as attached to the image and is not there: it may have been anything, so where nothing
/// else holds it is not known that there is none.
fn with_gone<T>(part: Part<T>, collected: &Collected) -> Part<T> {
    let gone = collected.looked.iter().filter(|looked| looked.presence == Presence::Skipped(Skip::Gone));
    gone.fold(part, |part, looked| {
        let reason = format!("{} lists it as attached to the image, but it is not there", looked.place);
        part.with_failure(gate::Failure::unreachable(&looked.at, reason))
    })
}

struct Judge<'a> {
    inputs: &'a Inputs<'a>,
    verifier: &'a Verifier,
    subjects: &'a [Digest],
    collected: &'a Collected,
}

impl Judge<'_> {
    fn signatures(&self) -> Part<Verified<ImageSignature>> {
        self.each_signer(|signer| {
            let candidates = &self.collected.candidates;
            self.verifier.signatures(self.subjects, candidates, signer, self.inputs.requirements)
        })
    }

    fn attestations(&self, types: &[&str]) -> Part<Verified<Statement>> {
        self.each_signer(|signer| {
            let candidates = &self.collected.candidates;
            self.verifier.attestations(self.subjects, types, candidates, signer, self.inputs.requirements)
        })
    }

    fn sboms(&self) -> Part<Verified<spdx::Document>> {
        let Part { found, failures } = self.attestations(spdx::PREDICATES);
        let mut sboms = Part { found: Vec::new(), failures };
        for statement in found {
            let place = statement.origin().to_string();
            match statement.try_map(spdx::Document::from_statement) {
                Ok(sbom) => sboms.found.push(sbom),
                Err(error) => sboms.failures.push(gate::Failure::refused(place, error)),
            }
        }
        sboms
    }

    /// A report that cannot be read stays with who signed it: it may be the newest.
    fn scans(&self) -> Part<Verified<Result<Vec<Report>, ReportError>>> {
        let types: Vec<&str> = predicate::VULN.iter().chain(predicate::VULNS).copied().collect();
        let Part { found, failures } = self.attestations(&types);
        let read = |statement: Verified<Statement>| {
            statement.try_map(|statement| Ok::<_, Infallible>(scan::read_statement(&statement))).ok()
        };
        Part { found: found.into_iter().filter_map(read).collect(), failures }
    }

    /// A document that cannot be read stays with who signed it: it may take another back. A bill of materials
    /// without vulnerabilities is none.
    fn vex(&self) -> Part<Verified<Result<Vex, VexError>>> {
        let Part { found, failures } = self.attestations(predicate::VEX);
        let read = |statement: Verified<Statement>| {
            let is_bom = statement.value().predicate_type() != predicate::OPENVEX;
            let read = |statement: Statement| vex::read(statement.predicate().get().as_bytes());
            let proof = statement.try_map(|statement| Ok::<_, Infallible>(read(statement))).ok()?;
            let is_none = is_bom && matches!(proof.value(), Err(VexError::Unsupported { .. }));
            (!is_none).then_some(proof)
        };
        Part { found: found.into_iter().filter_map(read).collect(), failures }
    }

    /// Verifies under any certificate of the trusted root, and under each key of the policy. A candidate that
    /// one of them accepts is no failure for the others.
    fn each_signer<T>(
        &self,
        verify: impl Fn(&SignerPolicy) -> Result<Accepted<T>, Failure>,
    ) -> Part<Verified<T>> {
        // The gate compares the identity with the policy and names it if it is another one.
        let anybody = SignerPolicy::Identities(vec![IdentityPolicy::any_identity_insecure()]);
        let keys = self.inputs.keys.iter().cloned().map(SignerPolicy::Key);
        let mut part = Part::absent();
        let mut refused: Vec<Rejected> = Vec::new();
        for signer in std::iter::once(anybody).chain(keys) {
            match verify(&signer) {
                Ok(Accepted { verified, rejected }) => {
                    part.found.extend(verified);
                    refused.extend(rejected);
                }
                Err(failure) => refused.extend(failure.into_rejected()),
            }
        }
        part.failures = failures(&part.found, refused);
        part
    }
}

/// The candidates that no signer's verification accepted, each with the reason that says most.
fn failures<T>(found: &[Verified<T>], mut refused: Vec<Rejected>) -> Vec<gate::Failure> {
    refused.retain(|rejected| !rejected.error.is_other_type());
    refused.retain(|rejected| found.iter().all(|verified| *verified.origin() != rejected.origin));
    refused.sort_by_key(|rejected| std::cmp::Reverse(rejected.error.rank()));
    let mut failures: Vec<gate::Failure> = Vec::new();
    for Rejected { origin, error, .. } in &refused {
        let place = origin.to_string();
        if failures.iter().all(|failure| failure.place != place) {
            failures.push(gate::Failure::refused(place, error));
        }
    }
    failures
}

/// Nothing is known about signatures and attestations.
fn unknown(policy: &Policy, image: PinnedImage, error: &EvidenceError) -> Evidence {
    let place = image.reference().to_string();
    let failure = || gate::Failure::unreachable(&place, error);
    let mut evidence = Evidence::new(image)
        .with_signatures(Part::<Verified<()>>::absent().with_failure(failure()))
        .with_sboms(Part::absent().with_failure(failure()))
        .with_attested_reports(Part::absent().with_failure(failure()))
        .with_vex(Part::absent().with_failure(failure()));
    for rule in policy.attestations() {
        let part = Part::<Verified<()>>::absent().with_failure(failure());
        evidence = evidence.with_attestations(rule.predicate_type.clone(), part);
    }
    evidence
}

fn read_reports(place: &str, bytes: &Result<Vec<u8>, String>) -> Result<Vec<Report>, gate::Failure> {
    match bytes {
        Ok(bytes) => scan::read(bytes).map_err(|error| gate::Failure::refused(place, error)),
        Err(error) => Err(gate::Failure::unreachable(place, error)),
    }
}
