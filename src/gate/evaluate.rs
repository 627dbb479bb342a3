//! Judging evidence by a policy.

use jiff::Timestamp;

use self::vex::Believed;
use super::decision::Decision;
use super::decision::EvidenceRow;
use super::decision::ImageFacts;
use super::decision::JudgedFinding;
use super::decision::Judgement;
use super::decision::PlatformFacts;
use super::evidence::Evidence;
use super::evidence::Scope;
use super::policy::Policy;
use super::policy::Trusted;
use super::rule::Rule;
use super::rule::RuleResult;
use super::rule::Status;
use crate::allowlist;
use crate::allowlist::Matcher;
use crate::oci::PinnedImage;
use crate::oci::Platform;
use crate::oci::PlatformImage;
use crate::spdx;

/// Decides whether the image may be promoted. `now` is the time that ages and expiries are measured by.
///
/// 1. The image has the platforms that the policy names.
/// 2. A trusted signature covers all that is promoted: the image's digest, or each of its platforms. (An index
///    put together from somebody else's signed manifest and one of one's own is not signed.)
/// 3. Each required attestation covers every platform that is judged.
/// 4. So does an SBOM, and it lists packages.
/// 5. Each platform that is judged has a scan report of exactly that platform: recent, complete, without a
///    finding that the policy does not accept.
/// 6. What VEX documents waive is waived by somebody whom the policy believes, and nothing that may take it back is
///    hidden.
/// 7. Expired entries of the allowlist waive nothing.
///
/// Every rule is judged, also after one has failed: a refusal names all its reasons.
#[must_use]
pub fn evaluate(policy: &Policy, evidence: &Evidence, now: Timestamp) -> Decision {
    let mut case = Case::new(policy, evidence, now);
    case.note_patterns();
    case.note_departures();
    // 1.
    let platforms = case.platforms();
    // 2.
    case.signature();
    // 3.
    case.attestations(&platforms);
    // 4.
    case.sbom(&platforms);
    // 5.
    case.believe_vex();
    case.scan(&platforms);
    // 6.
    case.applied_vex();
    // 7.
    case.allowlist();
    let image = &evidence.image;
    let facts = |index: &usize| {
        let platform = image.platforms().get(*index)?;
        let name = platform.platform();
        Some(PlatformFacts {
            platform: name.to_string(),
            manifest: *platform.manifest(),
            config: *platform.config(),
        })
    };
    let image = ImageFacts {
        reference: image.reference().to_string(),
        digest: *image.digest(),
        platforms: platforms.iter().filter_map(facts).collect(),
    };
    let Case { rules, rows, findings, .. } = case;
    Judgement {
        image,
        policy: *policy.digest(),
        allowlist: policy.allowlist().list().map(|list| *list.digest()),
        root: evidence.root,
        at: now,
        rules,
        findings,
        evidence: rows,
    }
    .conclude()
}

/// One evaluation under way.
struct Case<'a> {
    policy: &'a Policy,
    evidence: &'a Evidence,
    now: Timestamp,
    rules: Vec<RuleResult>,
    rows: Vec<EvidenceRow>,
    findings: Vec<JudgedFinding>,
    /// The SBOMs that were accepted, and what each is about.
    sboms: Vec<(Scope, &'a spdx::Document)>,
    /// The VEX documents that are believed.
    vex: Vec<Believed<'a>>,
    /// The allowlist, made ready.
    matcher: Option<Matcher<'a>>,
}

impl<'a> Case<'a> {
    fn new(policy: &'a Policy, evidence: &'a Evidence, now: Timestamp) -> Self {
        let (rules, rows, findings, sboms) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let accepted = policy.allowlist();
        let matcher = accepted.list().map(|list| Matcher::new(list, &accepted.rules, now));
        Self { policy, evidence, now, rules, rows, findings, sboms, vex: Vec::new(), matcher }
    }

    /// The platforms that are judged, as indexes into those of the image.
    fn platforms(&mut self) -> Vec<usize> {
        let image = &self.evidence.image;
        let selected = match self.policy.platforms() {
            Some(asked) => self.select(asked),
            None => (0..image.platforms().len()).collect(),
        };
        if image.platforms().is_empty() {
            self.rules.push(RuleResult::fail(
                Rule::ImagePlatform,
                "the image has no platform that could be judged",
                "give the reference of a container image",
            ));
        }
        if image.is_index() && !image.is_complete() {
            let found = "the index may have other platforms, which were not judged";
            self.rules.push(RuleResult::note(Rule::ImagePlatform, found));
        }
        for (index, platform) in image.platforms().iter().enumerate() {
            if !selected.contains(&index) {
                let found = "is in the index and was not judged: the policy does not name it";
                let found = format!("{} {found}", platform.platform());
                self.rules.push(RuleResult::note(Rule::ImagePlatform, found));
            }
        }
        selected
    }

    fn select(&mut self, asked: &[Platform]) -> Vec<usize> {
        let image = &self.evidence.image;
        let mut selected = Vec::new();
        for asked in asked {
            let found = indexes(image, asked);
            if found.is_empty() {
                self.rules.push(RuleResult::fail(
                    Rule::ImagePlatform,
                    format!("the image has no {asked}; it has {}", names(image)),
                    "build the image for that platform, or take it out of `platforms` in the policy",
                ));
            }
            selected.extend(found);
        }
        selected.sort_unstable();
        selected.dedup();
        selected
    }

    /// An unanchored pattern accepts the identity as a part of somebody else's.
    fn note_patterns(&mut self) {
        let mut seen = Vec::new();
        for signer in self.policy.all_signers() {
            let Trusted::Certificate(identity) = signer else { continue };
            for pattern in identity.unanchored() {
                if !seen.contains(&pattern) {
                    seen.push(pattern);
                }
            }
        }
        for pattern in seen {
            let found = format!("pattern {pattern:?} matches anywhere in a value");
            let note = RuleResult::note(Rule::PolicyPattern, found);
            self.rules.push(note.next("begin it with ^ and end it with $"));
        }
    }

    /// What the command line changed: a decision that was made by other rules must say so.
    fn note_departures(&mut self) {
        if self.policy.has_other_platforms() {
            let found = "the platforms are those of the command line, not of the policy file";
            self.rules.push(RuleResult::note(Rule::ImagePlatform, found));
        }
        for relaxed in &self.evidence.relaxed {
            let found = format!("{relaxed} were accepted: the command line asked for it");
            self.rules.push(RuleResult::note(Rule::SignatureWitness, found));
        }
    }

    /// What the allowlist accepts, and what is wrong with its entries.
    fn allowlist(&mut self) {
        // Without every report it is not known what an entry would have met.
        let scanned = |result: &RuleResult| {
            let about = matches!(result.rule, Rule::ScanFound | Rule::ScanReadable | Rule::ScanBinding);
            !about || !matches!(result.status, Status::Fail | Status::Unknown)
        };
        let complete = self.rules.iter().all(scanned);
        let accepted = self.policy.allowlist();
        let Some(list) = accepted.list() else { return };
        let scope_of = |name: &str| {
            let mut platforms = self.evidence.image.platforms().iter();
            platforms
                .find(|platform| platform.platform().to_string() == name)
                .map_or_else(|| self.scope_of_image(), |platform| self.scope_of(platform))
        };
        let notes = entries::notes(list, &accepted.rules, &self.findings, scope_of, complete, self.now);
        self.rules.extend(notes);
    }

    /// What entries of the allowlist say of the image is compared with this.
    fn scope_of_image(&self) -> allowlist::Scope {
        let image = &self.evidence.image;
        let reference = image.reference();
        allowlist::Scope {
            repository: reference.registry().map(|_| reference.name()),
            digests: vec![*image.digest()],
            platform: None,
            environment: self.policy.allowlist().environment.clone(),
        }
    }

    fn scope_of(&self, platform: &PlatformImage) -> allowlist::Scope {
        let mut scope = self.scope_of_image();
        scope.digests.push(*platform.manifest());
        scope.platform = Some(platform.platform().to_string());
        scope
    }
}

fn indexes(image: &PinnedImage, asked: &Platform) -> Vec<usize> {
    let platforms = image.platforms().iter().enumerate();
    platforms.filter(|(_, found)| found.platform().matches(asked)).map(|(index, _)| index).collect()
}

fn names(image: &PinnedImage) -> String {
    let names: Vec<String> = image.platforms().iter().map(|found| found.platform().to_string()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

mod entries;
mod proofs;
mod scan;
mod vex;

pub use scan::ReportsJudgement;
pub use scan::ReportsVerdict;
pub use scan::evaluate_reports;

#[cfg(test)]
mod tests;
