//! A decision as one JSON document.

use std::io;
use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;

use super::printable::is_harmless;
use crate::digest::Digest;
use crate::gate::Decision;
use crate::gate::EvidenceRow;
use crate::gate::ImageFacts;
use crate::gate::JudgedFinding;
use crate::gate::ReportsJudgement;
use crate::gate::ReportsVerdict;
use crate::gate::RuleResult;
use crate::gate::Verdict;
use crate::gate::VexWaiver;
use crate::scan::FindingKind;
use crate::scan::Fix;
use crate::scan::Severity;

/// Version of the document's shape. It changes when a field changes its meaning or goes, not when one is added.
pub const SCHEMA_VERSION: u32 = 2;

/// Writes one document: the decision, every rule whatever came of it, the findings that block or are waived,
/// the number of the others, and the evidence. Same input, same bytes.
///
/// # Errors
/// `out` fails.
pub fn json(decision: &Decision, out: &mut impl Write) -> io::Result<()> {
    let judgement = decision.judgement();
    let document = Document {
        head: Head::of(decision),
        blocking: judgement.blocking().map(Finding::from).collect(),
        waived: judgement.waived().map(|(found, ..)| Finding::from(found)).collect(),
    };
    json_document(&document, out)
}

/// Writes what came of reports alone: the verdict, how many vulnerabilities block, every reason, every rule, and the
/// findings that block or are waived. Same input, same bytes.
///
/// # Errors
/// `out` fails.
pub fn scan_json(judgement: &ReportsJudgement, out: &mut impl Write) -> io::Result<()> {
    let document = ScanDocument {
        schema_version: SCHEMA_VERSION,
        verdict: judgement.verdict,
        blocking: judgement.blocking_vulnerabilities(),
        reasons: judgement.reasons().collect(),
        judged_at: judgement.at,
        rules: &judgement.rules,
        counts: Findings::of(&judgement.findings),
        findings: judgement.findings.iter().map(Finding::from).collect(),
        evidence: &judgement.evidence,
    };
    json_document(&document, out)
}

/// Writes a value as one JSON document that acts on no terminal.
///
/// # Errors
/// `out` fails.
pub fn json_document(value: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    writeln!(out, "{}", ascii_where_needed(&text))
}

/// Escapes what a terminal would act on and JSON may hold as it is: C1 controls, turns of direction, ...
/// Such characters stand in strings only; the rest of the text is ASCII.
fn ascii_where_needed(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || is_harmless(c) {
            escaped.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            escaped.push_str(&format!("\\u{unit:04x}"));
        }
    }
    escaped
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    blocking: Vec<Finding<'a>>,
    waived: Vec<Finding<'a>>,
}

/// What each document about a decision says.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Head<'a> {
    schema_version: u32,
    decision: &'static str,
    image: &'a ImageFacts,
    policy: &'a Digest,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowlist: Option<&'a Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trusted_root: Option<&'a Digest>,
    judged_at: Timestamp,
    rules: &'a [RuleResult],
    findings: Findings,
    evidence: &'a [EvidenceRow],
}

impl<'a> Head<'a> {
    pub(super) fn of(decision: &'a Decision) -> Self {
        let judgement = decision.judgement();
        Self {
            schema_version: SCHEMA_VERSION,
            decision: decision.as_str(),
            image: judgement.image(),
            policy: judgement.policy(),
            allowlist: judgement.allowlist(),
            trusted_root: judgement.trusted_root(),
            judged_at: judgement.at(),
            rules: judgement.rules(),
            findings: Findings::of(judgement.findings()),
            evidence: judgement.evidence(),
        }
    }
}

/// How many findings came to what.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Findings {
    blocking: usize,
    waived: usize,
    vex: usize,
    unfixed: usize,
    mild: usize,
}

impl Findings {
    fn of(findings: &[JudgedFinding]) -> Self {
        let count = |is: fn(&Verdict) -> bool| findings.iter().filter(|found| is(&found.verdict)).count();
        Self {
            blocking: count(|verdict| *verdict == Verdict::Blocks),
            waived: count(|verdict| matches!(verdict, Verdict::Waived { .. })),
            vex: count(|verdict| matches!(verdict, Verdict::Vex(_))),
            unfixed: count(|verdict| *verdict == Verdict::Unfixed),
            mild: count(|verdict| *verdict == Verdict::Mild),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ScanDocument<'a> {
    schema_version: u32,
    verdict: ReportsVerdict,
    /// Vulnerabilities that block; what else blocks is among the findings.
    blocking: usize,
    reasons: Vec<&'a RuleResult>,
    judged_at: Timestamp,
    rules: &'a [RuleResult],
    counts: Findings,
    findings: Vec<Finding<'a>>,
    evidence: &'a [EvidenceRow],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Finding<'a> {
    id: &'a str,
    kind: FindingKind,
    verdict: &'static str,
    why: &'a str,
    severity: Severity,
    reported_severity: &'a str,
    platform: &'a str,
    target: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    fixed: bool,
    fix: Fix,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<Waiver<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vex: Option<&'a VexWaiver>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Waiver<'a> {
    id: &'a str,
    owner: &'a str,
    ticket: &'a str,
    reason: &'a str,
    expires: String,
    days_left: i32,
    line: u64,
}

impl<'a> From<&'a JudgedFinding> for Finding<'a> {
    fn from(found: &'a JudgedFinding) -> Self {
        let finding = &found.finding;
        let waiver = match &found.verdict {
            Verdict::Waived { waiver, days_left } => Some(Waiver {
                id: &waiver.id,
                owner: &waiver.owner,
                ticket: &waiver.ticket,
                reason: &waiver.reason,
                expires: waiver.expires.to_string(),
                days_left: *days_left,
                line: waiver.line,
            }),
            _ => None,
        };
        Self {
            id: &finding.id,
            kind: finding.kind,
            verdict: found.verdict.as_str(),
            why: &found.why,
            severity: found.severity,
            reported_severity: finding.severity_word.as_deref().unwrap_or(finding.severity.as_str()),
            platform: &found.platform,
            target: &finding.target,
            package: finding.package.as_deref(),
            version: finding.version.as_deref(),
            purl: finding.purl.as_ref().map(crate::package::Purl::as_str),
            path: finding.path.as_deref(),
            fixed: finding.fix == Fix::Available,
            fix: finding.fix,
            fixed_version: finding.fixed_version.as_deref(),
            title: finding.title.as_deref(),
            url: finding.url.as_deref(),
            suppressed_by: finding.suppressed.as_ref().map(|mark| mark.source.as_str()),
            waiver,
            vex: found.vex().map(|(_, said)| said),
        }
    }
}
