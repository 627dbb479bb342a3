//! Reports without an image.

use jiff::Timestamp;
use serde::Serialize;

use super::checks::Checks;
use super::checks::Listed;
use super::sort_findings;
use super::tool_of;
use super::unread;
use super::verdicts::Verdicts;
use crate::allowlist::Matcher;
use crate::allowlist::Scope;
use crate::digest::Digest;
use crate::gate::decision::EvidenceKind;
use crate::gate::decision::EvidenceRow;
use crate::gate::decision::JudgedFinding;
use crate::gate::decision::Verdict;
use crate::gate::evaluate::entries;
use crate::gate::evidence::Failure;
use crate::gate::policy::AllowlistRule;
use crate::gate::policy::Choice;
use crate::gate::policy::ScanPolicy;
use crate::gate::policy::ScanRule;
use crate::gate::rule::Rule;
use crate::gate::rule::RuleResult;
use crate::gate::rule::Status;
use crate::oci::Reference;
use crate::scan::FindingKind;
use crate::scan::Report;

/// What came of reports that were judged without an image. It is no leave to promote anything.
#[derive(Clone, Debug)]
pub struct ReportsJudgement {
    /// The answer.
    pub verdict: ReportsVerdict,
    /// The time that was taken for now.
    pub at: Timestamp,
    /// The rules in their order, failures among them.
    pub rules: Vec<RuleResult>,
    /// The findings, worst first.
    pub findings: Vec<JudgedFinding>,
    /// The reports.
    pub evidence: Vec<EvidenceRow>,
}

/// What is said of reports alone.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportsVerdict {
    /// No finding counts.
    Pass,
    /// There are findings that count.
    Block,
    /// A report cannot be relied on, whatever it lists.
    Refuse,
}

impl ReportsVerdict {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Block => "block",
            Self::Refuse => "refuse",
        }
    }
}

impl ReportsJudgement {
    /// How many vulnerabilities block.
    #[must_use]
    pub fn blocking_vulnerabilities(&self) -> usize {
        let blocks = |found: &&JudgedFinding| {
            found.verdict == Verdict::Blocks && found.finding.kind == FindingKind::Vulnerability
        };
        self.findings.iter().filter(blocks).count()
    }

    /// The rules that made the answer.
    pub fn reasons(&self) -> impl Iterator<Item = &RuleResult> {
        self.rules.iter().filter(|result| matches!(result.status, Status::Fail | Status::Unknown))
    }
}

/// Judges reports by rules and allowlist, without an image: nothing is compared with one, and nothing is approved.
///
/// 1. A file that could not be read, or is no report, leaves the question open.
/// 2. A report that does not say which image it is about needs `unbound`.
/// 3. The report must be recent, complete, unfiltered, ..: what the gate asks of one, but for the SBOM's part.
/// 4. Its findings are judged.
///
/// The order of the reports, and giving one twice, changes nothing.
#[must_use]
pub fn evaluate_reports(
    policy: &ScanPolicy,
    reports: &[(String, Result<Report, Failure>)],
    now: Timestamp,
) -> ReportsJudgement {
    let rule = policy.scan();
    let accepted = policy.allowlist();
    let matcher = accepted.list().map(|list| Matcher::new(list, &accepted.rules, now));
    let (mut rules, mut findings, mut evidence) = (Vec::new(), Vec::new(), Vec::new());
    if reports.is_empty() {
        rules.push(RuleResult::fail(Rule::ScanFound, "no scan report was given", "give one or more files"));
    }
    let mut ordered: Vec<&(String, Result<Report, Failure>)> = reports.iter().collect();
    ordered.sort_by_key(|(place, report)| (report.as_ref().map(|report| report.digest).ok(), place.clone()));
    let mut seen: Vec<(Digest, usize)> = Vec::new();
    for (place, report) in ordered {
        let again = "scan the image again, with the scanner's JSON output";
        // 1.
        let report = match report {
            Ok(report) => report,
            Err(failure) => {
                rules.push(unread(failure, again));
                continue;
            }
        };
        let run = (report.digest, report.run);
        if seen.contains(&run) {
            continue;
        }
        seen.push(run);
        // 2. and 3.
        let checks = Checks { rule, now, again: again.to_owned(), listed: Listed::default() };
        let mut results = vec![binding(rule, report)];
        results.extend(checks.all(report));
        // 4.
        let platform = platform(report);
        let scope = scope(report, accepted);
        let verdicts = Verdicts { rule, said: None, matcher: matcher.as_ref(), scope: &scope };
        let judged = verdicts.all(report, &platform, place);
        results.push(verdicts.sum(&judged));
        rules.extend(results.into_iter().map(|result| result.at(place)));
        findings.extend(judged);
        evidence.push(row(place, report, platform));
    }
    sort_findings(&mut findings);
    if let Some(list) = accepted.list() {
        let complete = rules.iter().all(|result: &RuleResult| result.rule != Rule::ScanReadable);
        let nameless = |_: &str| Scope { environment: accepted.environment.clone(), ..Scope::default() };
        rules.extend(entries::notes(list, &accepted.rules, &findings, nameless, complete, now));
    }
    ReportsJudgement { verdict: verdict(&rules), at: now, rules, findings, evidence }
}

fn verdict(rules: &[RuleResult]) -> ReportsVerdict {
    let open = |result: &&RuleResult| {
        result.status == Status::Unknown || result.status == Status::Fail && result.rule != Rule::ScanSeverity
    };
    if rules.iter().any(|result| open(&result)) {
        ReportsVerdict::Refuse
    } else if rules.iter().any(|result| result.status == Status::Fail) {
        ReportsVerdict::Block
    } else if rules.iter().any(|result| result.status == Status::Pass) {
        ReportsVerdict::Pass
    } else {
        ReportsVerdict::Refuse
    }
}

fn binding(rule: &ScanRule, report: &Report) -> RuleResult {
    let target = &report.target;
    let tool = tool_of(report);
    if let Some(id) = &target.image_id {
        return RuleResult::note(
            Rule::ScanBinding,
            format!("{tool} report of image id {id}, compared with no image"),
        );
    }
    if !target.diff_ids.is_empty() {
        return RuleResult::note(
            Rule::ScanBinding,
            format!("{tool} report of an image of {} layers, compared with no image", target.diff_ids.len()),
        );
    }
    let found = format!("the {tool} report does not say which image it is about");
    match rule.unbound {
        Choice::Allow => RuleResult::note(Rule::ScanBinding, format!("{found}; that was allowed")),
        Choice::Refuse => RuleResult::fail(
            Rule::ScanBinding,
            found,
            "give a report of the image by digest, or say aloud that it does not matter: --unbound (`unbound: allow`)",
        ),
    }
}

/// The image that a report says it is of. Nothing has bound it to one.
fn scope(report: &Report, accepted: &AllowlistRule) -> Scope {
    let digests = report.target.repo_digests.iter().filter_map(|text| text.rsplit_once('@'));
    let reference = Reference::parse(&report.target.name).ok().filter(|name| name.registry().is_some());
    Scope {
        repository: reference.map(|reference| reference.name()),
        digests: digests.filter_map(|(_, digest)| Digest::parse(digest).ok()).collect(),
        platform: Some(platform(report)).filter(|name| !name.is_empty()),
        environment: accepted.environment.clone(),
    }
}

fn platform(report: &Report) -> String {
    match (&report.target.os, &report.target.architecture) {
        (Some(os), Some(architecture)) => format!("{os}/{architecture}"),
        _ => String::new(),
    }
}

fn row(place: &str, report: &Report, platform: String) -> EvidenceRow {
    EvidenceRow {
        kind: EvidenceKind::Scan,
        detail: Some(tool_of(report)),
        subject: report.target.image_id,
        platform: Some(platform).filter(|name| !name.is_empty()),
        signer: None,
        time: report.created,
        place: place.to_owned(),
        digest: report.digest,
    }
}
