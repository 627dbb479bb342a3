//! Rules for what is signed: signatures, attestations, bills of materials.

use super::Case;
use crate::gate::decision::EvidenceKind;
use crate::gate::decision::EvidenceRow;
use crate::gate::evidence::Cause;
use crate::gate::evidence::Failure;
use crate::gate::evidence::Part;
use crate::gate::evidence::Scope;
use crate::gate::evidence::scope;
use crate::gate::policy::Trusted;
use crate::gate::rule::Rule;
use crate::gate::rule::RuleResult;
use crate::verify::Verified;

/// The rules of one kind of proof, in the order in which they are judged.
struct Family {
    kind: EvidenceKind,
    noun: String,
    found: Rule,
    valid: Rule,
    subject: Rule,
    identity: Rule,
    make: String,
}

/// A proof that is about this image and by somebody trusted.
struct Accepted<'a, T> {
    proof: &'a Verified<T>,
    scope: Scope,
}

impl Case<'_> {
    pub(super) fn signature(&mut self) {
        let (evidence, policy) = (self.evidence, self.policy);
        let digest = evidence.image.digest();
        let family = Family {
            kind: EvidenceKind::Signature,
            noun: "signature".to_owned(),
            found: Rule::SignatureFound,
            valid: Rule::SignatureValid,
            subject: Rule::SignatureSubject,
            identity: Rule::SignatureIdentity,
            make: format!("sign it: cosign sign {}", self.pinned()),
        };
        let Some(accepted) = self.accept(&family, &evidence.signatures, policy.signers()) else { return };
        if accepted.iter().any(|item| item.scope == Scope::Image) {
            self.pass(&family, None, &accepted);
            return;
        }
        // Without a signature of the index, each manifest in it must be signed; which those are is known
        // only if none was left out. Else somebody could put a signed manifest into an index of their own.
        let all: Vec<usize> = (0..evidence.image.platforms().len()).collect();
        let missing = missing(&accepted, &all);
        if evidence.image.is_complete() && missing.is_empty() && !all.is_empty() {
            self.pass(&family, None, &accepted);
            return;
        }
        let found = format!("{digest} is not signed, only {}", self.covered(&accepted));
        self.rules.push(RuleResult::fail(
            family.subject,
            found,
            format!("sign the index itself: cosign sign {}", self.pinned()),
        ));
    }

    pub(super) fn attestations(&mut self, platforms: &[usize]) {
        let (evidence, policy) = (self.evidence, self.policy);
        for rule in policy.attestations() {
            let name = &rule.predicate_type;
            let family = Family {
                kind: EvidenceKind::Attestation,
                noun: format!("{name} attestation"),
                found: Rule::AttestationFound,
                valid: Rule::AttestationValid,
                subject: Rule::AttestationSubject,
                identity: Rule::AttestationIdentity,
                make: format!("attest it: cosign attest --type {name} --predicate FILE {}", self.pinned()),
            };
            let part = evidence.attestations.iter().find(|(found, _)| found == name).map(|(_, part)| part);
            let absent = Part::absent();
            let Some(accepted) = self.accept(&family, part.unwrap_or(&absent), &rule.signers) else {
                continue;
            };
            self.cover(&family, &accepted, platforms, Some(name.as_str().to_owned()));
        }
    }

    pub(super) fn sbom(&mut self, platforms: &[usize]) {
        let (evidence, rule) = (self.evidence, self.policy.sbom());
        let part = &evidence.sboms;
        if !rule.required && part.found.is_empty() && part.failures.is_empty() {
            self.rules.push(RuleResult::note(
                Rule::SbomFound,
                "there is no SBOM, and the policy does not ask for one",
            ));
            return;
        }
        let family = Family {
            kind: EvidenceKind::Sbom,
            noun: "SBOM".to_owned(),
            found: Rule::SbomFound,
            valid: Rule::SbomValid,
            subject: Rule::SbomSubject,
            identity: Rule::SbomIdentity,
            make: format!("attest one: cosign attest --type spdxjson --predicate FILE {}", self.pinned()),
        };
        let Some(accepted) = self.accept(&family, part, &rule.signers) else { return };
        let (full, short): (Vec<_>, Vec<_>) =
            accepted.into_iter().partition(|item| item.proof.value().packages.len() >= rule.min_packages);
        for item in &short {
            let document = item.proof.value();
            let found = format!(
                "the {} {} lists {} packages",
                document.version,
                document.form,
                document.packages.len()
            );
            let result = if full.is_empty() {
                let next = format!(
                    "make the SBOM from the image; the policy asks for {} or more",
                    rule.min_packages
                );
                RuleResult::fail(Rule::SbomPackages, found, next)
            } else {
                RuleResult::note(Rule::SbomPackages, format!("{found}; another SBOM has enough"))
            };
            self.rules.push(result.at(item.proof.origin()));
        }
        if full.is_empty() || !self.cover(&family, &full, platforms, None) {
            return;
        }
        for item in &full {
            let document = item.proof.value();
            self.sboms.push((item.scope, document));
            let made = document.creators.iter().find_map(|creator| creator.strip_prefix("Tool: "));
            let made = made.map(|tool| format!(", made by {tool}")).unwrap_or_default();
            let found = format!(
                "{} {} lists {} packages{made}",
                document.version,
                document.form,
                document.packages.len()
            );
            let result = RuleResult::pass(Rule::SbomPackages, found).at(item.proof.origin());
            self.rules.push(RuleResult { platform: self.platform_of(item.scope), ..result });
        }
    }

    /// The rules `found`, `valid`, `subject` and `identity`, in this order; nothing if one fails.
    fn accept<'a, T>(
        &mut self,
        family: &Family,
        part: &'a Part<Verified<T>>,
        trusted: &[Trusted],
    ) -> Option<Vec<Accepted<'a, T>>> {
        let noun = &family.noun;
        if part.found.is_empty() {
            self.rules.push(self.nothing(family, &part.failures));
            return None;
        }
        let mut accepted = Vec::new();
        let mut strangers = Vec::new();
        for proof in &part.found {
            let scope = scope(&self.evidence.image, proof.subject());
            if scope == Scope::Other {
                let found = format!("the {noun} is about {}, not about this image", proof.subject());
                self.rules
                    .push(RuleResult::fail(family.subject, found, family.make.clone()).at(proof.origin()));
                return None;
            }
            match trusted.iter().any(|signer| signer.admits(proof.signer())) {
                true => accepted.push(Accepted { proof, scope }),
                false => strangers.push(proof),
            }
        }
        let expected: Vec<String> = trusted.iter().map(ToString::to_string).collect();
        for proof in &strangers {
            let found = format!("the {noun} is by {}, whom the policy does not name", proof.signer());
            let result = if accepted.is_empty() {
                let next = format!("the policy trusts: {}", expected.join("; or "));
                RuleResult::fail(family.identity, found, next)
            } else {
                RuleResult::note(family.identity, found)
            };
            self.rules.push(result.at(proof.origin()));
        }
        if accepted.is_empty() {
            return None;
        }
        for failure in &part.failures {
            let found = format!("another {noun} was not counted: {}", failure.reason);
            self.rules.push(RuleResult::note(family.valid, found).at(&failure.place));
        }
        Some(accepted)
    }

    /// Absent, refused and unreachable are three things.
    fn nothing(&self, family: &Family, failures: &[Failure]) -> RuleResult {
        let noun = &family.noun;
        let digest = self.evidence.image.digest();
        if let Some(failure) = failures.iter().find(|failure| failure.cause == Cause::Unreachable) {
            let found = format!("could not look for the {noun}: {}", failure.reason);
            let next = "this says nothing about the image: check connection and credentials, then run again";
            return RuleResult::unknown(family.found, found, next).at(&failure.place);
        }
        let again = format!(
            "if another Sigstore instance made it, name that one's trusted root (--trusted-root); else {}",
            family.make
        );
        match failures {
            [] => RuleResult::fail(
                family.found,
                format!("no {noun} of {digest} was found"),
                family.make.clone(),
            ),
            [only] => {
                let found = format!("the {noun} does not hold: {}", only.reason);
                RuleResult::fail(family.valid, found, again).at(&only.place)
            }
            [first, ..] => {
                let found =
                    format!("none of {} candidates for the {noun} holds: {}", failures.len(), first.reason);
                RuleResult::fail(family.valid, found, again).at(&first.place)
            }
        }
    }

    /// Whether the proofs cover every platform that is judged; adds the rule that says so.
    fn cover<T>(
        &mut self,
        family: &Family,
        accepted: &[Accepted<'_, T>],
        platforms: &[usize],
        detail: Option<String>,
    ) -> bool {
        let missing = missing(accepted, platforms);
        for index in &missing {
            let Some(platform) = self.evidence.image.platforms().get(*index) else { continue };
            let found = format!(
                "no {} of {} was found, only of {}",
                family.noun,
                platform.manifest(),
                self.covered(accepted)
            );
            let result = RuleResult::fail(family.subject, found, family.make.clone());
            self.rules.push(result.on(platform.platform()));
        }
        if missing.is_empty() {
            self.pass(family, detail, accepted);
        }
        missing.is_empty()
    }

    fn pass<T>(&mut self, family: &Family, detail: Option<String>, accepted: &[Accepted<'_, T>]) {
        for item in accepted {
            let proof = item.proof;
            let signer = proof.signer();
            let platform = self.platform_of(item.scope);
            let result =
                RuleResult::pass(family.identity, format!("{} by {signer}", family.noun)).at(proof.origin());
            self.rules.push(RuleResult { platform: platform.clone(), ..result });
            self.rows.push(EvidenceRow {
                kind: family.kind,
                detail: detail.clone(),
                subject: Some(*proof.subject()),
                platform,
                signer: Some(signer.clone()),
                time: proof.checks().times.iter().min().copied(),
                place: proof.origin().to_string(),
                digest: *proof.candidate(),
            });
        }
    }

    pub(super) fn platform_of(&self, scope: Scope) -> Option<String> {
        match scope {
            Scope::Platform(index) => {
                self.evidence.image.platforms().get(index).map(|found| found.platform().to_string())
            }
            Scope::Image | Scope::Other => None,
        }
    }

    fn covered<T>(&self, accepted: &[Accepted<'_, T>]) -> String {
        let subjects: Vec<String> = accepted.iter().map(|item| item.proof.subject().to_string()).collect();
        subjects.join(", ")
    }

    /// The image as a command line would name it. What lies in a layout is signed where it is pushed to.
    pub(super) fn pinned(&self) -> String {
        let image = &self.evidence.image;
        match image.reference().layout() {
            Some(_) => format!("REPOSITORY@{}", image.digest()),
            None => image.reference().with_digest(*image.digest()).to_string(),
        }
    }
}

fn missing<T>(accepted: &[Accepted<'_, T>], platforms: &[usize]) -> Vec<usize> {
    if accepted.iter().any(|item| item.scope == Scope::Image) {
        return Vec::new();
    }
    let covered = |index: &usize| accepted.iter().any(|item| item.scope == Scope::Platform(*index));
    platforms.iter().filter(|index| !covered(index)).copied().collect()
}
