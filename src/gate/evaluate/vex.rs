//! VEX documents: which are believed, and what they say of findings.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::Timestamp;

use super::Case;
use crate::digest::Digest;
use crate::gate::decision::EvidenceKind;
use crate::gate::decision::EvidenceRow;
use crate::gate::decision::VexWaiver;
use crate::gate::evidence::Attester;
use crate::gate::evidence::Cause;
use crate::gate::evidence::Failure;
use crate::gate::evidence::scope;
use crate::gate::policy::Trusted;
use crate::gate::policy::VexRule;
use crate::gate::rule::Rule;
use crate::gate::rule::RuleResult;
use crate::oci::PlatformImage;
use crate::scan::Finding;
use crate::vex;
use crate::vex::Statement;
use crate::vex::Vex;

/// A document that is believed.
#[derive(Clone, Copy)]
pub(super) struct Believed<'a> {
    vex: &'a Vex,
    place: &'a str,
    /// Nothing for a file that the policy believes without a signature.
    attester: Option<&'a Attester>,
}

/// What is said of the findings of one platform.
pub(super) struct Said<'a> {
    statements: vex::Statements<'a>,
    documents: &'a [Believed<'a>],
    max_age: Option<SignedDuration>,
    now: Timestamp,
}

impl<'a> Case<'a> {
    /// Picks the documents that are believed.
    ///
    /// 1. Files that the policy names.
    /// 2. What is attested of this image by whom the policy names. Anybody can attach another one: those are said, and
    ///    not counted.
    /// 3. A document from the future would be newer than all that is said until then, so it is none.
    pub(super) fn believe_vex(&mut self) {
        let Some(rule) = self.policy.vex() else { return };
        // 1.
        let files = rule.unsigned().iter();
        let mut believed: Vec<Believed<'a>> =
            files.map(|(place, vex)| Believed { vex, place, attester: None }).collect();
        for document in &believed {
            let found = format!("{} is believed although nobody has signed it", document.vex.format);
            self.rules.push(RuleResult::note(Rule::VexIdentity, found).at(document.place));
        }
        // 2.
        for item in &self.evidence.vex.found {
            match trusted(rule, &item.attester) {
                true => believed.push(Believed {
                    vex: &item.vex,
                    place: &item.place,
                    attester: Some(&item.attester),
                }),
                false => self.rules.push(stranger(&item.attester, &item.place)),
            }
        }
        // 3.
        believed.retain(|document| document.is_of_now(self.now));
        let key = |document: &Believed<'a>| (document.digest(), document.place, document.vex.digest);
        believed.sort_by_key(key);
        believed.dedup_by_key(|document| key(document));
        for document in &believed {
            let subject = document.attester.map(|attester| attester.subject);
            self.rows.push(EvidenceRow {
                kind: EvidenceKind::Vex,
                detail: Some(document.vex.format.to_string()),
                subject,
                platform: subject.and_then(|subject| self.platform_of(scope(&self.evidence.image, &subject))),
                signer: document.attester.map(|attester| attester.signer.clone()),
                time: document.attester.map_or(document.vex.created, |attester| attester.time),
                place: document.place.to_owned(),
                digest: document.digest(),
            });
        }
        self.vex = believed;
    }

    /// What is said of findings of this platform.
    pub(super) fn said(&self, platform: &PlatformImage) -> Option<Said<'_>> {
        let rule = self.policy.vex()?;
        let scope = self.scope_of(platform);
        let mut digests = scope.digests;
        digests.push(*platform.config());
        let image = vex::Image {
            digests,
            repository: scope.repository,
            architecture: Some(platform.platform().architecture.clone()),
            boms: Vec::new(),
        };
        let statements = vex::Statements::new(self.vex.iter().map(|document| document.vex), &image);
        Some(Said { statements, documents: &self.vex, max_age: rule.max_age, now: self.now })
    }

    /// What was waived, and what stands against believing it.
    ///
    /// 1. What each document waives is said once.
    /// 2. Statements that are too old to waive anything are said.
    /// 3. A document of a trusted signer that cannot be read, or of which it is not known whether there is one, may
    ///    take back what another says. That matters where something was waived.
    pub(super) fn applied_vex(&mut self) {
        let Some(rule) = self.policy.vex() else { return };
        // 1.
        let mut waived: BTreeMap<(Digest, &str), (&VexWaiver, Vec<&str>)> = BTreeMap::new();
        for (found, said) in self.findings.iter().filter_map(|found| found.vex()) {
            let (_, names) = waived.entry((said.digest, &said.place)).or_insert_with(|| (said, Vec::new()));
            names.push(&found.finding.id);
        }
        let applied: Vec<RuleResult> =
            waived.into_values().map(|(said, names)| applied(said, names)).collect();
        let is_applied = !applied.is_empty();
        self.rules.extend(applied);
        // 2.
        let old = self.vex.iter().filter_map(|document| document.too_old(rule.max_age?, self.now));
        self.rules.extend(old);
        // 3.
        let (files, attested) = (rule.unsigned().iter(), self.evidence.vex.found.iter());
        let documents = files.map(|(place, vex)| Believed { vex, place, attester: None }).chain(
            attested.filter(|item| trusted(rule, &item.attester)).map(|item| Believed {
                vex: &item.vex,
                place: &item.place,
                attester: Some(&item.attester),
            }),
        );
        let future = documents
            .filter(|document| !document.is_of_now(self.now))
            .map(|document| Failure::refused(document.place, "it has a time that is still to come"));
        let mut doubts: Vec<Failure> = future.collect();
        for (attester, failure) in &self.evidence.vex.unread {
            match trusted(rule, attester) {
                true => doubts.push(failure.clone()),
                false => self.rules.push(stranger(attester, &failure.place)),
            }
        }
        doubts.extend(
            self.evidence.vex.failures.iter().filter(|failure| failure.cause == Cause::Unreachable).cloned(),
        );
        self.rules.extend(doubts.iter().map(|doubt| doubtful(doubt, is_applied)));
        let refused = self.evidence.vex.failures.iter().filter(|failure| failure.cause == Cause::Refused);
        self.rules.extend(refused.map(|failure| {
            let found = format!("an attested VEX document was not counted: {}", failure.reason);
            RuleResult::note(Rule::VexIdentity, found).at(&failure.place)
        }));
    }
}

impl Believed<'_> {
    /// Of the attestation, or of the file.
    fn digest(&self) -> Digest {
        self.attester.map_or(self.vex.digest, |attester| attester.candidate)
    }

    /// Since when a statement is made. It was made before it was signed, whatever it says.
    fn time(&self, statement: &Statement) -> Option<Timestamp> {
        let said = statement.time().or(self.vex.created);
        let signed = self.attester.and_then(|attester| attester.time);
        match (said, signed) {
            (Some(said), Some(signed)) => Some(said.min(signed)),
            (said, signed) => said.or(signed),
        }
    }

    fn is_of_now(&self, now: Timestamp) -> bool {
        let times = self.vex.statements.iter().filter_map(Statement::time).chain(self.vex.created);
        times.max().is_none_or(|newest| newest.duration_since(now) <= SKEW)
    }

    fn too_old(&self, max_age: SignedDuration, now: Timestamp) -> Option<RuleResult> {
        let waiving = self.vex.statements.iter().filter(|statement| statement.status.waives());
        let old = waiving.filter(|statement| is_older(self.time(statement), max_age, now)).count();
        if old == 0 {
            return None;
        }
        let found = format!(
            "{old} of {} statements are older than {}, or have no time, and waive nothing",
            self.vex.statements.len(),
            text(max_age)
        );
        Some(
            RuleResult::note(Rule::VexAge, found)
                .at(self.place)
                .next("look at them again, and attest them anew"),
        )
    }
}

impl Said<'_> {
    /// What is said of a finding: that it does not matter, or why what is said does not waive it.
    pub(super) fn of(&self, finding: &Finding) -> Option<Result<VexWaiver, String>> {
        let vex::Effective { document, statement } = self.statements.effective(finding)?;
        let believed = self.documents.iter().find(|believed| std::ptr::eq(believed.vex, document))?;
        let time = believed.time(statement);
        let waiver = VexWaiver {
            status: statement.status.as_str(),
            reason: reason(statement),
            signer: believed.attester.map(|attester| attester.signer.clone()),
            time,
            place: believed.place.to_owned(),
            digest: believed.digest(),
        };
        let author = waiver.author();
        if !statement.status.waives() {
            return Some(Err(format!("VEX by {author} says {}", waiver.said())));
        }
        match self.max_age {
            Some(max_age) if is_older(time, max_age, self.now) => {
                let age = time.map_or_else(|| "has no time".to_owned(), |time| format!("is of {time}"));
                Some(Err(format!(
                    "VEX by {author} says {}, but it {age}; at most {} is accepted",
                    waiver.said(),
                    text(max_age)
                )))
            }
            _ => Some(Ok(waiver)),
        }
    }
}

/// Clocks differ.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Findings that are named where a document is said to waive them.
const NAMED: usize = 5;

fn trusted(rule: &VexRule, attester: &Attester) -> bool {
    rule.signers.iter().any(|by: &Trusted| by.admits(&attester.signer))
}

fn is_older(time: Option<Timestamp>, max_age: SignedDuration, now: Timestamp) -> bool {
    time.is_none_or(|time| now.duration_since(time) > max_age)
}

fn reason(statement: &Statement) -> Option<String> {
    let parts: Vec<&str> =
        [&statement.justification, &statement.impact].into_iter().flatten().map(AsRef::as_ref).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn applied(said: &VexWaiver, mut names: Vec<&str>) -> RuleResult {
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    let rest = names.len().checked_sub(NAMED).filter(|rest| *rest > 0);
    let rest = rest.map(|rest| format!(", and {rest} more")).unwrap_or_default();
    names.truncate(NAMED);
    let found = format!("VEX by {} waives {count}: {}{rest}", said.author(), names.join(", "));
    RuleResult::note(Rule::VexApplied, found).at(&said.place)
}

fn stranger(attester: &Attester, place: &str) -> RuleResult {
    let found =
        format!("a VEX document is attested by {}, whom the policy does not name for it", attester.signer);
    RuleResult::note(Rule::VexIdentity, found).at(place)
}

/// What could be a document that takes a statement back.
fn doubtful(failure: &Failure, is_applied: bool) -> RuleResult {
    let result = match (failure.cause, is_applied) {
        (_, false) => {
            let found = format!("a VEX document is not counted: {}", failure.reason);
            RuleResult::note(Rule::VexReadable, found)
        }
        (Cause::Refused, true) => {
            let found = format!(
                "a VEX document that may take back what waived a finding cannot be used: {}",
                failure.reason
            );
            RuleResult::fail(Rule::VexReadable, found, "attest it again so that it can be read, or remove it")
        }
        (Cause::Unreachable, true) => {
            let found = format!(
                "whether a VEX document takes back what waived a finding is not known: {}",
                failure.reason
            );
            RuleResult::unknown(Rule::VexReadable, found, "run again when it can be looked at")
        }
    };
    result.at(&failure.place)
}

/// A length of time in the words of the policy.
fn text(age: SignedDuration) -> String {
    match age.as_secs() / 60 {
        minutes if minutes % (24 * 60) == 0 => format!("{}d", minutes / (24 * 60)),
        minutes if minutes % 60 == 0 => format!("{}h", minutes / 60),
        minutes => format!("{minutes}m"),
    }
}
