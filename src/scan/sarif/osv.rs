//! What OSV-Scanner's SARIF says in words (`internal/output/sarif.go` in google/osv-scanner).
//!
//! Every result is a `warning`, whatever it is: only the score says how bad, and there is one only where OSV has a CVSS
//! vector. Fixed versions stand in a table in the rule's help; that a package is not in it says nothing.

use super::result::Case;
use super::result::Level;
use crate::scan::finding::Finding;
use crate::scan::finding::Fix;
use crate::scan::finding::Severity;

/// Adds what message and rule say.
pub(super) fn finding(case: &Case<'_>, found: Finding) -> Finding {
    let (severity, severity_word) = match (&case.level, case.score.severity) {
        (Level::Warning, score) => (score.unwrap_or(Severity::Unknown), case.score.malformed.clone()),
        // Not what the tool writes.
        _ => (found.severity, found.severity_word),
    };
    let found = Finding { severity, severity_word, ..found };
    let quoted =
        case.message.strip_prefix("Package '").and_then(|rest| rest.split_once("' is vulnerable to '"));
    let Some((package, version)) = quoted.and_then(|(package, _)| package.rsplit_once('@')) else {
        return found;
    };
    let rule = case.rule();
    let short = rule.map(|rule| &*rule.short.text).filter(|text| !text.is_empty());
    let aliases = rule.map(|rule| rule.other_ids.as_slice()).unwrap_or_default();
    let aliases = aliases.iter().filter(|id| ***id != *found.id).map(|id| id.to_string());
    let fixed = rule.map(|rule| fixed_versions(&rule.help.text, package)).unwrap_or_default();
    Finding {
        aliases: aliases.collect(),
        package: Some(package.to_owned()),
        version: Some(version.to_owned()),
        title: short.and_then(|text| text.lines().next()).map(super::result::shortened),
        fix: if fixed.is_empty() { Fix::Unknown } else { Fix::Available },
        fixed_version: (!fixed.is_empty()).then(|| fixed.join(", ")),
        ..found
    }
}

/// Of the rows `| identifier | package | versions |` below the heading.
fn fixed_versions<'h>(help: &'h str, package: &str) -> Vec<&'h str> {
    let Some((_, table)) = help.split_once("### Fixed Versions") else { return Vec::new() };
    let mut found = Vec::new();
    for row in table.lines() {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        if let ["", _, name, versions, ""] = cells.as_slice()
            && *name == package
            && !versions.is_empty()
            && !found.contains(versions)
        {
            found.push(*versions);
        }
    }
    found
}
