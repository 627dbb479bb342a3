//! A decision as Markdown, for a pull request or a job summary.
//!
//! GitHub flavoured. Every text from outside is escaped so that it shows as it is: no markup, no HTML, no
//! link, no mention.

use std::io;
use std::io::Write;

use super::page::CELL;
use super::page::Page;
use super::page::SHORT;
use super::page::escape;
use super::printable::brief;
use crate::digest::Digest;
use crate::gate::Decision;
use crate::gate::EvidenceRow;
use crate::gate::JudgedFinding;
use crate::gate::ReportsJudgement;
use crate::gate::ReportsVerdict;
use crate::gate::Rule;
use crate::gate::RuleResult;
use crate::gate::Status;
use crate::gate::Verdict;
use crate::gate::VexWaiver;
use crate::scan::Fix;

/// Writes the answer with its reasons, then the findings that block, those that are waived, what holds, and
/// the evidence. Rows that do not fit are counted in their place, never dropped in silence.
///
/// # Errors
/// `out` fails.
pub fn markdown(decision: &Decision, out: &mut impl Write) -> io::Result<()> {
    let judgement = decision.judgement();
    let mut page = Page::default();
    heading(decision, &mut page);
    body(judgement.rules(), judgement.findings(), judgement.evidence(), &mut page);
    out.write_all(page.text.as_bytes())
}

/// Writes what came of reports alone, in the same way.
///
/// # Errors
/// `out` fails.
pub fn scan_markdown(judgement: &ReportsJudgement, out: &mut impl Write) -> io::Result<()> {
    let answer = match judgement.verdict {
        ReportsVerdict::Pass => "✅ Pass",
        ReportsVerdict::Block => "❌ Blocked",
        ReportsVerdict::Refuse => "❓ Cannot be relied on",
    };
    let reports = judgement.evidence.len();
    let mut page =
        Page::titled(format!("## {answer}\n\nscan reports: {reports} · judged {}\n", judgement.at));
    body(&judgement.rules, &judgement.findings, &judgement.evidence, &mut page);
    out.write_all(page.text.as_bytes())
}

/// The tables.
fn body(all: &[RuleResult], judged: &[JudgedFinding], evidence: &[EvidenceRow], page: &mut Page) {
    let rules = |wanted: fn(Status) -> bool| -> Vec<String> {
        let shown = |result: &&RuleResult| wanted(result.status) && result.rule != Rule::AllowlistWaived;
        all.iter().filter(shown).map(rule).collect()
    };
    let reasons = rules(|status| matches!(status, Status::Fail | Status::Unknown));
    page.table("Reasons", "| | Rule | Found | Next |\n|---|---|---|---|\n", &reasons);
    let blocking: Vec<String> =
        judged.iter().filter(|found| found.verdict == Verdict::Blocks).map(blocking).collect();
    page.table(
        &format!("Blocking findings ({})", blocking.len()),
        "| Severity | Finding | In | Installed | Fixed in | Platform |\n|---|---|---|---|---|---|\n",
        &blocking,
    );
    let waived = waived(judged);
    page.table(
        &format!("Waived findings ({})", waived.len()),
        "| Severity | Finding | In | Owner | Reason | Expires | Days left |\n|---|---|---|---|---|---|---:|\n",
        &waived,
    );
    let by_vex: Vec<String> = judged.iter().filter_map(JudgedFinding::vex).map(said).collect();
    page.table(
        &format!("Waived by VEX ({})", by_vex.len()),
        "| Severity | Finding | In | Status and reason | By | Since |\n|---|---|---|---|---|---|\n",
        &by_vex,
    );
    let notes = rules(|status| status == Status::Note);
    page.table("Notes", "| | Rule | Found | Where or what next |\n|---|---|---|---|\n", &notes);
    let holds = rules(|status| status == Status::Pass);
    page.folded("What holds", "| | Rule | Found | Where |\n|---|---|---|---|\n", &holds);
    let evidence: Vec<String> = evidence.iter().map(evidence_row).collect();
    page.folded(
        "Evidence",
        "| Kind | About | By | Time | Where | SHA-256 |\n|---|---|---|---|---|---|\n",
        &evidence,
    );
}

/// Writes that there is no decision, because the image could not even be read.
///
/// # Errors
/// `out` fails.
pub fn markdown_undecided(reference: &str, reason: &str, out: &mut impl Write) -> io::Result<()> {
    let (reference, reason) = (escape(reference, 300), escape(reason, CELL));
    writeln!(out, "## ❓ No decision: {reference}\n\n{reason}\n\nNo rule was judged.")
}

fn heading(decision: &Decision, page: &mut Page) {
    let judgement = decision.judgement();
    let image = judgement.image();
    let answer = match decision {
        Decision::Promote(_) => "✅ May be promoted",
        Decision::Refuse(_) => "❌ Refused",
        Decision::Undecided(_) => "❓ No decision",
    };
    // The reference and the platforms come first and are short in any case.
    let platforms: Vec<String> =
        image.platforms.iter().take(20).map(|found| escape(&found.platform, 40)).collect();
    let platforms = if platforms.is_empty() { "none".to_owned() } else { platforms.join(", ") };
    page.text = format!(
        "## {answer}: {}\n\n`{}` · platforms: {platforms} · judged {} · policy `{}`{}\n",
        escape(&image.reference, 300),
        image.digest,
        judgement.at(),
        short(judgement.policy()),
        judgement.trusted_root().map(|root| format!(" · trust `{}`", short(root))).unwrap_or_default(),
    );
}

fn rule(result: &RuleResult) -> String {
    let mark = match result.status {
        Status::Pass => "✅ pass",
        Status::Fail => "❌ fail",
        Status::Unknown => "❓ unknown",
        Status::Note => "ℹ️ note",
    };
    let platform = result.platform.as_ref().map(|name| format!("{}: ", escape(name, 40))).unwrap_or_default();
    let place = result.place.as_ref().map(|place| escape(&brief(place), CELL));
    let next = result.next.as_ref().map(|next| escape(next, CELL));
    let found = escape(&result.found, CELL);
    // A reason needs both: where is part of what was found, and the last column says what to do.
    let (found, last) = match (result.status, place, next) {
        (Status::Fail | Status::Unknown, Some(place), next) => {
            (format!("{found}<br>in: {place}"), next.unwrap_or_default())
        }
        (_, place, next) => (found, next.or(place).unwrap_or_default()),
    };
    format!("| {mark} | `{}` | {platform}{found} | {last} |\n", result.rule)
}

fn blocking(found: &JudgedFinding) -> String {
    let finding = &found.finding;
    let fixed = match (&finding.fixed_version, finding.fix, finding.kind.has_fixes()) {
        (Some(version), ..) => escape(version, SHORT),
        (None, Fix::Available, _) => "yes".to_owned(),
        (None, Fix::Absent, true) => "no fix".to_owned(),
        (None, Fix::Unknown, true) => "not said".to_owned(),
        (None, _, false) => format!("({})", finding.kind),
    };
    let (id, place) = (escape(&finding.id, SHORT), escape(finding.place(), SHORT));
    let version = escape(finding.version.as_deref().unwrap_or_default(), SHORT);
    format!(
        "| {} | {id} | {place} | {version} | {fixed} | {} |\n",
        found.severity,
        escape(&found.platform, 40)
    )
}

fn waived(judged: &[JudgedFinding]) -> Vec<String> {
    let row = |(found, waiver, days): (&JudgedFinding, &crate::allowlist::Entry, i32)| {
        let finding = &found.finding;
        let (id, place) = (escape(&finding.id, SHORT), escape(finding.place(), SHORT));
        let (owner, reason) = (escape(&waiver.owner, SHORT), escape(&waiver.reason, CELL));
        format!(
            "| {} | {id} | {place} | {owner} | {reason} | {} | {days} |\n",
            found.severity, waiver.expires
        )
    };
    judged.iter().filter_map(JudgedFinding::waiver).map(row).collect()
}

fn said((found, said): (&JudgedFinding, &VexWaiver)) -> String {
    let finding = &found.finding;
    let (id, place) = (escape(&finding.id, SHORT), escape(finding.place(), SHORT));
    let (author, words) = (escape(&said.author(), CELL), escape(&said.said(), CELL));
    let time = said.time.map(|time| time.to_string()).unwrap_or_default();
    format!("| {} | {id} | {place} | {words} | {author} | {time} |\n", found.severity)
}

fn evidence_row(row: &EvidenceRow) -> String {
    let kind = row.kind.as_str();
    let detail = row.detail.as_ref().map(|text| format!(" {}", escape(text, SHORT))).unwrap_or_default();
    let about = match (&row.platform, &row.subject) {
        (Some(platform), Some(subject)) => format!("{} `{}`", escape(platform, 40), short(subject)),
        (None, Some(subject)) => format!("`{}`", short(subject)),
        (platform, None) => escape(platform.as_deref().unwrap_or_default(), 40),
    };
    let by = row.signer.as_ref().map_or_else(|| "(not signed)".to_owned(), ToString::to_string);
    let by = escape(&by, CELL);
    let time = row.time.map(|time| time.to_string()).unwrap_or_default();
    format!(
        "| {kind}{detail} | {about} | {by} | {time} | {} | `{}` |\n",
        escape(&brief(&row.place), CELL),
        short(&row.digest)
    )
}

/// Enough of a digest to tell two apart by eye.
fn short(digest: &Digest) -> String {
    let hex = digest.hex();
    format!("{}:{}", digest.algorithm().name(), hex.get(..12).unwrap_or(&hex))
}
