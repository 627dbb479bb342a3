//! A decision as JUnit XML, which most CI systems show as test results.
//!
//! By the schema that Jenkins, GitLab and Azure read: each rule is a test case that passes or fails, each finding
//! that blocks one that fails, each that is waived one that was skipped.

use std::fmt::Write as _;
use std::io;
use std::io::Write;

use super::printable::printable;
use crate::gate::JudgedFinding;
use crate::gate::RuleResult;
use crate::gate::Status;
use crate::gate::Verdict;

/// Writes one test suite for the rules, and one for the findings.
///
/// # Errors
/// `out` fails.
pub fn junit(
    name: &str,
    rules: &[RuleResult],
    findings: &[JudgedFinding],
    out: &mut impl Write,
) -> io::Result<()> {
    let rules: Vec<Case> = rules.iter().filter_map(of_rule).collect();
    let findings: Vec<Case> = findings.iter().filter_map(of_finding).collect();
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let all = || rules.iter().chain(&findings);
    let _ = writeln!(text, "<testsuites name=\"{}\" {}>", xml(name), counts(all()));
    suite("rules", &rules, &mut text);
    suite("findings", &findings, &mut text);
    text.push_str("</testsuites>\n");
    out.write_all(text.as_bytes())
}

struct Case {
    class: String,
    name: String,
    result: Outcome,
}

enum Outcome {
    Passed,
    /// One line, and all of it.
    Failed(String, String),
    /// It could not be looked at.
    Error(String, String),
    Skipped(String),
}

fn of_rule(result: &RuleResult) -> Option<Case> {
    let next = result.next.as_ref().map(|next| format!("\nnext: {next}")).unwrap_or_default();
    let place = result.place.as_ref().map(|place| format!("\nin: {place}")).unwrap_or_default();
    let whole = format!("{}{place}{next}", result.found);
    let outcome = match result.status {
        Status::Pass => Outcome::Passed,
        Status::Fail => Outcome::Failed(result.found.clone(), whole),
        Status::Unknown => Outcome::Error(result.found.clone(), whole),
        Status::Note => return None,
    };
    let platform = result.platform.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    Some(Case {
        class: "portcullis.rules".to_owned(),
        name: format!("{}{platform}", result.rule),
        result: outcome,
    })
}

fn of_finding(found: &JudgedFinding) -> Option<Case> {
    let finding = &found.finding;
    let version = finding.version.as_deref().unwrap_or_default();
    let outcome = match &found.verdict {
        Verdict::Blocks => {
            let fixed = finding.fixed_version.as_deref().unwrap_or("not known");
            let title = finding.title.as_deref().unwrap_or_default();
            let line = format!("{} {} in {} {version}", found.severity, finding.id, finding.place());
            let url = finding.url.as_deref().unwrap_or_default();
            Outcome::Failed(line, format!("{title}\nfixed in: {fixed}\n{url}"))
        }
        Verdict::Waived { waiver, days_left } => {
            Outcome::Skipped(format!("waived by {}, {days_left} days left: {}", waiver.owner, waiver.reason))
        }
        Verdict::Vex(said) => Outcome::Skipped(format!("VEX by {}: {}", said.author(), said.said())),
        Verdict::Mild | Verdict::Unfixed => return None,
    };
    let platform = match found.platform.as_str() {
        "" => String::new(),
        name => format!(" ({name})"),
    };
    let name = format!("{} in {} {version}{platform}", finding.id, finding.place());
    Some(Case { class: format!("portcullis.{}", finding.kind), name, result: outcome })
}

fn suite(name: &str, cases: &[Case], text: &mut String) {
    let _ = writeln!(text, "  <testsuite name=\"{name}\" {}>", counts(cases.iter()));
    for case in cases {
        let _ = write!(text, "    <testcase classname=\"{}\" name=\"{}\"", xml(&case.class), xml(&case.name));
        let _ = match &case.result {
            Outcome::Passed => writeln!(text, "/>"),
            Outcome::Failed(line, whole) => element("failure", line, whole, text),
            Outcome::Error(line, whole) => element("error", line, whole, text),
            Outcome::Skipped(line) => writeln!(text, "><skipped message=\"{}\"/></testcase>", xml(line)),
        };
    }
    text.push_str("  </testsuite>\n");
}

fn element(name: &str, line: &str, whole: &str, text: &mut String) -> std::fmt::Result {
    writeln!(text, "><{name} message=\"{}\">{}</{name}></testcase>", xml(line), xml(whole))
}

fn counts<'a>(cases: impl Iterator<Item = &'a Case>) -> String {
    let (mut tests, mut failures, mut errors, mut skipped) = (0, 0, 0, 0);
    for case in cases {
        tests += 1;
        match case.result {
            Outcome::Passed => {}
            Outcome::Failed(..) => failures += 1,
            Outcome::Error(..) => errors += 1,
            Outcome::Skipped(_) => skipped += 1,
        }
    }
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"")
}

/// Harmless in text and attributes: control characters, which XML 1.0 has no way to write, are shown as escapes.
fn xml(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = match line.strip_suffix('\n') {
            Some(line) => (line, "\n"),
            None => (line, ""),
        };
        for c in printable(line).to_string().chars() {
            match c {
                '&' => shown.push_str("&amp;"),
                '<' => shown.push_str("&lt;"),
                '>' => shown.push_str("&gt;"),
                '"' => shown.push_str("&quot;"),
                '\u{fffe}' | '\u{ffff}' => shown.push('\u{fffd}'),
                c => shown.push(c),
            }
        }
        shown.push_str(end);
    }
    shown
}
