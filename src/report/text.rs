//! A decision as plain text. No color, no width: every line is one statement.

use std::io;
use std::io::Write;

use super::printable::printable;
use crate::gate::Decision;
use crate::gate::JudgedFinding;
use crate::gate::Judgement;
use crate::gate::RuleResult;
use crate::gate::Status;

/// Writes the answer, its reasons, and what else there is to know, in this order.
///
/// # Errors
/// `out` fails.
pub fn text(decision: &Decision, out: &mut impl Write) -> io::Result<()> {
    let judgement = decision.judgement();
    let image = judgement.image();
    writeln!(out, "{}  {}", decision.as_str().to_uppercase(), printable(&image.reference))?;
    writeln!(out, "  digest     {}", image.digest)?;
    for platform in &image.platforms {
        writeln!(out, "  platform   {}  {}", printable(&platform.platform), platform.manifest)?;
    }
    writeln!(out, "  policy     {}", judgement.policy())?;
    writeln!(out, "  judged at  {}", judgement.at())?;
    for (status, title) in SECTIONS {
        let results: Vec<&RuleResult> =
            judgement.rules().iter().filter(|result| result.status == status).collect();
        if results.is_empty() {
            continue;
        }
        writeln!(out, "\n{title}")?;
        for result in results {
            rule(result, out)?;
        }
    }
    findings(judgement, out)
}

/// The reasons first; what passed and the notes after them.
const SECTIONS: [(Status, &str); 4] = [
    (Status::Fail, "refused because"),
    (Status::Unknown, "not known"),
    (Status::Pass, "holds"),
    (Status::Note, "notes"),
];

fn rule(result: &RuleResult, out: &mut impl Write) -> io::Result<()> {
    let platform = result.platform.as_ref().map(|name| format!("{}: ", printable(name))).unwrap_or_default();
    writeln!(out, "  {:<8} {:<20} {platform}{}", result.status, result.rule, printable(&result.found))?;
    if let Some(place) = &result.place {
        writeln!(out, "{:INDENT$}in: {}", "", printable(place))?;
    }
    if let Some(next) = &result.next {
        writeln!(out, "{:INDENT$}next: {}", "", printable(next))?;
    }
    Ok(())
}

fn findings(judgement: &Judgement, out: &mut impl Write) -> io::Result<()> {
    let blocking: Vec<&JudgedFinding> = judgement.blocking().collect();
    if !blocking.is_empty() {
        writeln!(out, "\nblocking findings ({})", blocking.len())?;
        for found in blocking {
            writeln!(out, "  {}", finding(found))?;
        }
    }
    let waived: Vec<_> = judgement.waived().collect();
    if !waived.is_empty() {
        writeln!(out, "\nwaived findings ({})", waived.len())?;
        for (found, waiver, days) in waived {
            writeln!(out, "  {}", finding(found))?;
            let (owner, reason) = (printable(&waiver.owner), printable(&waiver.reason));
            writeln!(out, "           by {owner} until {} (days left: {days}): {reason}", waiver.expires)?;
        }
    }
    Ok(())
}

fn finding(found: &JudgedFinding) -> String {
    let finding = &found.finding;
    let version = finding.version.as_ref().map(|text| format!(" {}", printable(text))).unwrap_or_default();
    let fix = match (&finding.fixed_version, finding.fixed, finding.kind.has_fixes()) {
        (Some(fixed), ..) => format!("  fixed in {}", printable(fixed)),
        (None, true, _) => "  fixed".to_owned(),
        (None, false, true) => "  no fix".to_owned(),
        (None, false, false) => format!("  {}", finding.kind),
    };
    let severity = found.severity;
    let (id, place) = (printable(&finding.id), printable(finding.place()));
    let reported = match &finding.severity_word {
        Some(word) => format!("  (reported as {})", printable(word)),
        None if severity != finding.severity => format!("  (reported as {})", finding.severity),
        None => String::new(),
    };
    format!("{severity:<8} {id}  {place}{version}{fix}{reported}  [{}]", printable(&found.platform))
}

const INDENT: usize = 32;
