//! What becomes of each finding.

use jiff::Timestamp;

use crate::gate::Verdict;
use crate::gate::allowlist::Waiver;
use crate::gate::decision::JudgedFinding;
use crate::gate::policy::Choice;
use crate::gate::policy::ScanRule;
use crate::gate::policy::SeveritySource;
use crate::gate::rule::Rule;
use crate::gate::rule::RuleResult;
use crate::scan::Finding;
use crate::scan::Fix;
use crate::scan::Report;
use crate::scan::Severity;

/// What findings are judged by.
pub(super) struct Verdicts<'a> {
    pub(super) rule: &'a ScanRule,
    pub(super) allowlist: &'a [Waiver],
    pub(super) now: Timestamp,
}

impl Verdicts<'_> {
    /// Judges each finding of a report; what the policy lets the report set aside is not among them.
    pub(super) fn all(&self, report: &Report, platform: &str) -> Vec<JudgedFinding> {
        let counts = |finding: &&Finding| finding.suppressed.is_none() || !self.rule.leave_out_suppressed;
        let judge = |finding: &Finding| {
            let severity = self.severity_of(finding);
            let verdict = self.verdict(finding, severity);
            JudgedFinding { finding: finding.clone(), severity, platform: platform.to_owned(), verdict }
        };
        report.findings.iter().filter(counts).map(judge).collect()
    }

    fn severity_of(&self, finding: &Finding) -> Severity {
        match &self.rule.severity {
            SeveritySource::Highest => finding.highest(),
            SeveritySource::Reported => finding.severity,
            SeveritySource::HighestOf(sources) => {
                let named = finding
                    .severities
                    .iter()
                    .filter(|(source, _)| sources.iter().any(|asked| asked == source));
                let highest = named.map(|(_, severity)| severity).max();
                highest.filter(|severity| *severity > Severity::Unknown).unwrap_or(finding.severity)
            }
        }
    }

    /// 1. Milder than the threshold. Unknown is not mild, unless the policy says so; a word that is none of the
    ///    scanner's own, as nobody knows what it means, never is.
    /// 2. Without a fix, for findings that can have one.
    /// 3. Named by an entry of the allowlist that has not expired; the one that lasts longest.
    fn verdict(&self, finding: &Finding, severity: Severity) -> Verdict {
        let rule = self.rule;
        // 1.
        let counts = match severity {
            _ if finding.severity_word.is_some() => true,
            Severity::Unknown => rule.unknown_severity == Choice::Refuse,
            severity => severity >= rule.fail_from,
        };
        if !counts {
            return Verdict::Mild;
        }
        // 2.
        if rule.ignore_unfixed && finding.kind.has_fixes() && finding.fix == Fix::Absent {
            return Verdict::Unfixed;
        }
        // 3.
        let named = self.allowlist.iter().filter(|waiver| waiver.names(finding));
        let active = named.filter_map(|waiver| Some((waiver, waiver.days_left(self.now)?)));
        match active.max_by_key(|(waiver, _)| waiver.expires) {
            Some((waiver, days_left)) => Verdict::Waived { waiver: Box::new(waiver.clone()), days_left },
            None => Verdict::Blocks,
        }
    }

    /// The rule that sums them up.
    pub(super) fn sum(&self, findings: &[JudgedFinding]) -> RuleResult {
        let count = |is: fn(&Verdict) -> bool| findings.iter().filter(|found| is(&found.verdict)).count();
        let unfixed = count(|verdict| *verdict == Verdict::Unfixed);
        let waived = count(|verdict| matches!(verdict, Verdict::Waived { .. }));
        let mild = count(|verdict| *verdict == Verdict::Mild);
        let mut blocking: Vec<&JudgedFinding> =
            findings.iter().filter(|found| found.verdict == Verdict::Blocks).collect();
        blocking.sort_by_key(|found| (std::cmp::Reverse(found.severity), found.finding.id.clone()));
        let from = self.rule.fail_from;
        let rest = format!("{unfixed} without a fix, {waived} waived, {mild} below {from}");
        let Some(worst) = blocking.first() else {
            return RuleResult::pass(
                Rule::ScanSeverity,
                format!("0 of {} findings block ({rest})", findings.len()),
            );
        };
        let finding = &worst.finding;
        let fix =
            finding.fixed_version.as_ref().map(|fixed| format!(", fixed in {fixed}")).unwrap_or_default();
        let worst = format!("{} {} in {}{fix}", worst.severity, finding.id, finding.place());
        let found =
            format!("{} of {} findings block ({rest}); worst: {worst}", blocking.len(), findings.len());
        let next = "update what is affected and build again, or add an entry with owner, reason and expiry to `allowlist`";
        RuleResult::fail(Rule::ScanSeverity, found, next)
    }
}
