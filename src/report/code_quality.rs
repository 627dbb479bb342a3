//! A decision as a code quality report, which GitLab shows in a merge request.

use std::io;
use std::io::Write;

use serde::Serialize;

use super::json::json_document;
use super::printable::printable;
use crate::digest::Digest;
use crate::gate::JudgedFinding;
use crate::gate::RuleResult;
use crate::gate::Status;
use crate::gate::Verdict;
use crate::scan::Severity;

/// Writes an issue for each rule that does not hold and each finding that blocks, in GitLab's subset of the Code Climate
/// format. `image` is where rules are located: they have no line in the repository.
///
/// # Errors
/// `out` fails.
pub fn code_quality(
    image: &str,
    rules: &[RuleResult],
    findings: &[JudgedFinding],
    out: &mut impl Write,
) -> io::Result<()> {
    let failed = rules.iter().filter(|result| matches!(result.status, Status::Fail | Status::Unknown));
    let blocking = findings.iter().filter(|found| found.verdict == Verdict::Blocks);
    let issues: Vec<Issue> = failed
        .map(|result| of_rule(image, result))
        .chain(blocking.map(|found| of_finding(image, found)))
        .collect();
    json_document(&issues, out)
}

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

impl Issue {
    /// The same issue has the same fingerprint in each pipeline: it is by what identifies it, not by its words.
    fn new(check: &str, path: &str, severity: &'static str, description: &str, identity: &[&str]) -> Self {
        let path = printable(path.trim_start_matches('/')).to_string();
        Self {
            description: printable(description).to_string(),
            check_name: printable(check).to_string(),
            fingerprint: Digest::sha256(identity.join("\0").as_bytes()).hex(),
            severity,
            location: Location { path, lines: Lines { begin: 1 } },
        }
    }
}

fn of_rule(image: &str, result: &RuleResult) -> Issue {
    let platform = result.platform.as_deref().unwrap_or_default();
    let next = result.next.as_ref().map(|next| format!("; next: {next}")).unwrap_or_default();
    let (check, place) = (format!("portcullis/{}", result.rule), result.place.as_deref().unwrap_or_default());
    let text = format!("{}{next}", result.found);
    Issue::new(&check, image, "blocker", &text, &[&check, image, platform, place])
}

fn of_finding(image: &str, found: &JudgedFinding) -> Issue {
    let finding = &found.finding;
    let version = finding.version.as_deref().unwrap_or_default();
    let fixed = finding.fixed_version.as_ref().map(|fixed| format!(", fixed in {fixed}")).unwrap_or_default();
    let text = format!("{} {} in {} {version}{fixed}", found.severity, finding.id, finding.place());
    let path = finding.path.as_deref().unwrap_or(&finding.target);
    let path = if path.is_empty() { image } else { path };
    let identity = [&finding.id, finding.place(), version, path, &found.platform];
    Issue::new(&finding.id, path, severity(found.severity), &text, &identity)
}

/// GitLab's words: `info`, `minor`, `major`, `critical`, `blocker`.
const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        // It counts because nobody knows how bad it is.
        Severity::High | Severity::Unknown => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
    }
}
