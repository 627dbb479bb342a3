//! What a decision says to the log of a CI system, in the words that this shows beside the code.

use std::io;
use std::io::Write;

use super::printable::printable;
use crate::gate::JudgedFinding;
use crate::gate::RuleResult;
use crate::gate::Status;
use crate::gate::Verdict;

/// A CI system that takes annotations out of a log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CiSystem {
    /// Azure Pipelines: logging commands.
    Azure,
    /// GitHub Actions: workflow commands.
    GitHub,
}

/// Writes a line for each rule that fails, each finding that blocks, and each note that asks for something to be done.
/// GitHub shows ten errors and ten warnings of a step, so there are no more, and the last one counts the others.
///
/// # Errors
/// `out` fails.
pub fn annotations(
    system: CiSystem,
    rules: &[RuleResult],
    findings: &[JudgedFinding],
    out: &mut impl Write,
) -> io::Result<()> {
    let failed =
        rules.iter().filter(|result| matches!(result.status, Status::Fail | Status::Unknown)).map(of_rule);
    let blocking = findings.iter().filter(|found| found.verdict == Verdict::Blocks).map(of_finding);
    lines(system, Level::Error, failed.chain(blocking).collect(), out)?;
    let asking = |result: &&RuleResult| result.status == Status::Note && result.next.is_some();
    lines(system, Level::Warning, rules.iter().filter(asking).map(of_rule).collect(), out)
}

#[derive(Clone, Copy)]
enum Level {
    Error,
    Warning,
}

impl Level {
    const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A title and a text.
type Note = (String, String);

fn of_rule(result: &RuleResult) -> Note {
    let platform = result.platform.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    let next = result.next.as_ref().map(|next| format!("; next: {next}")).unwrap_or_default();
    (result.rule.to_string(), format!("{platform}{}{next}", result.found))
}

fn of_finding(found: &JudgedFinding) -> Note {
    let finding = &found.finding;
    let fixed =
        finding.fixed_version.as_ref().map(|version| format!(", fixed in {version}")).unwrap_or_default();
    let version = finding.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    let title = format!("{} {}", found.severity, finding.id);
    (title, format!("{}{version}{fixed}", finding.place()))
}

fn lines(system: CiSystem, level: Level, notes: Vec<Note>, out: &mut impl Write) -> io::Result<()> {
    let shown = if notes.len() > SHOWN { SHOWN - 1 } else { notes.len() };
    let more = notes.len() - shown;
    let last = (more > 0).then(|| ("portcullis".to_owned(), format!("{more} more, which the report lists")));
    for (title, text) in notes.iter().take(shown).chain(&last) {
        let (title, text) = (printable(title).to_string(), printable(text).to_string());
        match system {
            CiSystem::Azure => writeln!(
                out,
                "##vso[task.logissue type={};code={}]{}",
                level.word(),
                azure(&title),
                azure(&text)
            )?,
            CiSystem::GitHub => {
                writeln!(out, "::{} title={}::{}", level.word(), property(&title), message(&text))?;
            }
        }
    }
    Ok(())
}

/// `@actions/core`, `escapeData`.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// `@actions/core`, `escapeProperty`.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

/// Azure Pipelines, "Logging commands", formatting.
fn azure(text: &str) -> String {
    let text = text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A");
    text.replace(';', "%3B").replace(']', "%5D")
}

/// Annotations of one kind that GitHub shows of a step.
const SHOWN: usize = 10;
