//! A decision as plain text. No color, no width: every line is one statement.

use std::io;
use std::io::Write;

use super::printable::brief;
use super::printable::printable;
use crate::gate::Decision;
use crate::gate::JudgedFinding;
use crate::gate::ReportsJudgement;
use crate::gate::ReportsVerdict;
use crate::gate::Rule;
use crate::gate::RuleResult;
use crate::gate::Status;
use crate::gate::Verdict;
use crate::scan::Fix;

/// Writes the answer, its reasons, the findings that block or are waived, notes, and what holds.
///
/// # Errors
/// `out` fails.
pub fn text(decision: &Decision, out: &mut impl Write) -> io::Result<()> {
    let judgement = decision.judgement();
    let image = judgement.image();
    writeln!(out, "{}  {}", decision.as_str().to_uppercase(), printable(&image.reference))?;
    writeln!(out, "  digest     {}", image.digest)?;
    for platform in &image.platforms {
        write!(out, "  platform   {}", printable(&platform.platform))?;
        // The manifest of an image that is no index is the image.
        if platform.manifest == image.digest {
            writeln!(out)?
        } else {
            writeln!(out, "  {}", platform.manifest)?
        }
    }
    writeln!(out, "  policy     {}", judgement.policy())?;
    if let Some(root) = judgement.trusted_root() {
        writeln!(out, "  trust      {root}")?;
    }
    writeln!(out, "  judged at  {}", judgement.at())?;
    body("refused because", judgement.rules(), judgement.findings(), out)
}

/// Writes what came of reports alone, in the same way.
///
/// # Errors
/// `out` fails.
pub fn scan_text(judgement: &ReportsJudgement, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", judgement.verdict.as_str().to_uppercase())?;
    writeln!(out, "  judged at  {}", judgement.at)?;
    let because = match judgement.verdict {
        ReportsVerdict::Block => "blocked because",
        ReportsVerdict::Pass | ReportsVerdict::Refuse => "refused because",
    };
    body(because, &judgement.rules, &judgement.findings, out)
}

/// What stands in the way, the findings, and the rest.
fn body(
    because: &str,
    rules: &[RuleResult],
    judged: &[JudgedFinding],
    out: &mut impl Write,
) -> io::Result<()> {
    for (status, title) in [(Status::Fail, because), (Status::Unknown, "not known")] {
        for (index, result) in with_status(rules, status).enumerate() {
            if index == 0 {
                writeln!(out, "\n{title}")?;
            }
            reason(result, out)?;
        }
    }
    findings(judged, out)?;
    for (status, title) in [(Status::Note, "notes"), (Status::Pass, "holds")] {
        let mut place = None;
        for (index, result) in with_status(rules, status).enumerate() {
            if index == 0 {
                writeln!(out, "\n{title}")?;
            }
            line(result, place, out)?;
            place = result.place.as_deref();
        }
    }
    Ok(())
}

fn with_status(rules: &[RuleResult], status: Status) -> impl Iterator<Item = &RuleResult> {
    // The waived findings have a section of their own.
    let shown = |result: &&RuleResult| result.rule != Rule::AllowlistWaived;
    rules.iter().filter(move |result| result.status == status).filter(shown)
}

/// A rule that stands in the way: a paragraph, narrow enough at its left for any terminal.
fn reason(result: &RuleResult, out: &mut impl Write) -> io::Result<()> {
    let platform = result.platform.as_ref().map(|name| format!("  {}", printable(name))).unwrap_or_default();
    writeln!(out, "  {}{platform}", result.rule)?;
    writeln!(out, "    {}", printable(&result.found))?;
    if let Some(place) = &result.place {
        writeln!(out, "    in: {}", printable(&brief(place)))?;
    }
    if let Some(next) = &result.next {
        writeln!(out, "    next: {}", printable(next))?;
    }
    Ok(())
}

/// Any other rule: a line, with short digests. Its place is left out where it is that of the line before.
fn line(result: &RuleResult, before: Option<&str>, out: &mut impl Write) -> io::Result<()> {
    let platform = result.platform.as_ref().map(|name| format!("{}: ", printable(name))).unwrap_or_default();
    writeln!(out, "  {:<20} {platform}{}", result.rule, printable(&brief(&result.found)))?;
    if let Some(place) = result.place.as_deref().filter(|place| before != Some(*place)) {
        writeln!(out, "{:INDENT$}in: {}", "", printable(&brief(place)))?;
    }
    if let Some(next) = &result.next {
        writeln!(out, "{:INDENT$}next: {}", "", printable(next))?;
    }
    Ok(())
}

fn findings(judged: &[JudgedFinding], out: &mut impl Write) -> io::Result<()> {
    let blocking: Vec<&JudgedFinding> =
        judged.iter().filter(|found| found.verdict == Verdict::Blocks).collect();
    if !blocking.is_empty() {
        writeln!(out, "\nblocking findings ({})", blocking.len())?;
        for found in blocking {
            writeln!(out, "  {}", finding(found))?;
        }
    }
    let waived: Vec<_> = judged.iter().filter_map(JudgedFinding::waiver).collect();
    if !waived.is_empty() {
        writeln!(out, "\nwaived findings ({})", waived.len())?;
        for (found, waiver, days) in waived {
            writeln!(out, "  {}", finding(found))?;
            let (owner, reason) = (printable(&waiver.owner), printable(&waiver.reason));
            writeln!(out, "           by {owner} until {} (days left: {days}): {reason}", waiver.expires)?;
        }
    }
    let by_vex: Vec<_> = judged.iter().filter_map(JudgedFinding::vex).collect();
    if !by_vex.is_empty() {
        writeln!(out, "\nwaived by VEX ({})", by_vex.len())?;
        for (found, said) in by_vex {
            writeln!(out, "  {}", finding(found))?;
            writeln!(out, "           by {}: {}", printable(&said.author()), printable(&said.said()))?;
        }
    }
    Ok(())
}

fn finding(found: &JudgedFinding) -> String {
    let finding = &found.finding;
    let version = finding.version.as_ref().map(|text| format!(" {}", printable(text))).unwrap_or_default();
    let fix = match (&finding.fixed_version, finding.fix, finding.kind.has_fixes()) {
        (Some(fixed), ..) => format!("  fixed in {}", printable(fixed)),
        (None, Fix::Available, _) => "  fixed".to_owned(),
        (None, Fix::Absent, true) => "  no fix".to_owned(),
        (None, Fix::Unknown, true) => "  fix not said".to_owned(),
        (None, _, false) => format!("  {}", finding.kind),
    };
    let severity = found.severity;
    let (id, place) = (printable(&finding.id), printable(finding.place()));
    let reported = match &finding.severity_word {
        Some(word) => format!("  (reported as {})", printable(word)),
        None if severity != finding.severity => format!("  (reported as {})", finding.severity),
        None => String::new(),
    };
    let platform = match found.platform.as_str() {
        "" => String::new(),
        name => format!("  [{}]", printable(name)),
    };
    format!("{severity:<8} {id}  {place}{version}{fix}{reported}{platform}")
}

/// Where the text of a line begins: behind the name of the rule.
const INDENT: usize = 23;
