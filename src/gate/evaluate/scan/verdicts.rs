//! What becomes of each finding.

use std::sync::Arc;

use super::tool_of;
use crate::allowlist::Matcher;
use crate::allowlist::Query;
use crate::allowlist::Scope;
use crate::gate::Verdict;
use crate::gate::decision::JudgedFinding;
use crate::gate::evaluate::entries;
use crate::gate::evaluate::vex::Said;
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
    pub(super) said: Option<&'a Said<'a>>,
    pub(super) matcher: Option<&'a Matcher<'a>>,
    pub(super) scope: &'a Scope,
}

impl Verdicts<'_> {
    /// Judges each finding of a report; what the policy lets the report set aside is not among them.
    pub(super) fn all(&self, report: &Report, platform: &str, place: &str) -> Vec<JudgedFinding> {
        let by: Arc<str> = format!("{} ({place})", tool_of(report)).into();
        let counts = |finding: &&Finding| finding.suppressed.is_none() || !self.rule.leave_out_suppressed;
        let judge = |finding: &Finding| {
            let severity = self.severity_of(finding);
            let (verdict, why) = self.verdict(finding, severity);
            let (finding, platform, by) = (finding.clone(), platform.to_owned(), Arc::clone(&by));
            JudgedFinding { finding, severity, platform, verdict, by, why }
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
    /// 3. Of no matter in this image, by a VEX document that the policy believes.
    /// 4. Accepted by an entry of the allowlist.
    fn verdict(&self, finding: &Finding, severity: Severity) -> (Verdict, String) {
        let rule = self.rule;
        // 1.
        let counts = match severity {
            _ if finding.severity_word.is_some() => true,
            Severity::Unknown => rule.unknown_severity == Choice::Refuse,
            severity => severity >= rule.fail_from,
        };
        if !counts {
            return (Verdict::Mild, self.mild(severity));
        }
        // 2.
        if rule.ignore_unfixed && finding.kind.has_fixes() && finding.fix == Fix::Absent {
            return (
                Verdict::Unfixed,
                "the policy accepts vulnerabilities that have no fixed version".to_owned(),
            );
        }
        // 3.
        let said = self.said.and_then(|said| said.of(finding));
        if let Some(Ok(waiver)) = said {
            let why = format!("VEX by {} says {}", waiver.author(), waiver.said());
            return (Verdict::Vex(Box::new(waiver)), why);
        }
        // 4.
        let query = Query { finding, severity, scope: self.scope };
        match self.matcher.and_then(|matcher| matcher.find(&query)) {
            Some(found) => {
                let why = format!(
                    "{} accepts it until {}: {}",
                    entries::text(found.entry),
                    found.entry.expires,
                    found.entry.reason
                );
                (Verdict::Waived { waiver: Box::new(found.entry.clone()), days_left: found.days_left }, why)
            }
            None => (Verdict::Blocks, self.blocks(&query, said.and_then(Result::err))),
        }
    }

    fn mild(&self, severity: Severity) -> String {
        match severity {
            Severity::Unknown => "the policy accepts findings of unknown severity".to_owned(),
            severity => {
                format!("{severity} is below {}, from which on the policy refuses", self.rule.fail_from)
            }
        }
    }

    /// Why it counts, whatever VEX says, and why each entry with its identifier does not accept it.
    fn blocks(&self, query: &Query<'_>, said: Option<String>) -> String {
        let finding = query.finding;
        let mut why = match (&finding.severity_word, query.severity) {
            (Some(word), _) => format!("{word:?} is a severity that nobody knows"),
            (None, Severity::Unknown) => "the policy refuses findings of unknown severity".to_owned(),
            (None, severity) => format!("the policy refuses {severity}"),
        };
        let has_no_fix = self.rule.ignore_unfixed && finding.fix != Fix::Available;
        if has_no_fix && !finding.kind.has_fixes() {
            why.push_str("; a fix is not asked for: it is no vulnerability");
        } else if has_no_fix {
            why.push_str("; whether there is a fix is not known");
        }
        if let Some(said) = said {
            why.push_str(&format!("; {said}"));
        }
        let Some(matcher) = self.matcher else { return why };
        let others = matcher.explain(query).others;
        if others.is_empty() {
            why.push_str("; no entry of the allowlist has its identifier");
        }
        for (entry, reason) in others.iter().take(ENTRIES_NAMED) {
            why.push_str(&format!("; {} does not accept it: {reason}", entries::text(entry)));
        }
        if let Some(more) = others.len().checked_sub(ENTRIES_NAMED).filter(|more| *more > 0) {
            why.push_str(&format!("; nor do {more} more entries"));
        }
        why
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
        let by_vex = match count(|verdict| matches!(verdict, Verdict::Vex(_))) {
            0 => String::new(),
            count => format!("{count} waived by VEX, "),
        };
        let rest = format!("{unfixed} without a fix, {waived} waived, {by_vex}{mild} below {from}");
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
        let next =
            "update what is affected and build again, or accept it for a time: portcullis allowlist add";
        RuleResult::fail(Rule::ScanSeverity, found, next)
    }
}

/// Entries with the identifier of a finding that are said not to accept it.
const ENTRIES_NAMED: usize = 4;
