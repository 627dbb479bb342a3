//! What was made of one finding, and why.

use std::io;
use std::io::Write;

use serde::Serialize;

use super::json::Finding;
use super::json::SCHEMA_VERSION;
use super::json::json_document;
use super::printable::brief;
use super::printable::printable;
use crate::digest::Digest;
use crate::gate::Decision;
use crate::gate::JudgedFinding;
use crate::gate::Verdict;

/// The findings of a decision that have this identifier, or it for an alias.
#[must_use]
pub fn explained<'a>(decision: &'a Decision, id: &str) -> Vec<&'a JudgedFinding> {
    let is = |name: &String| name.eq_ignore_ascii_case(id);
    let findings = decision.judgement().findings().iter();
    findings.filter(|found| is(&found.finding.id) || found.finding.aliases.iter().any(is)).collect()
}

/// Writes what was found under this identifier, by whom, what was made of it and why, and what to change.
///
/// # Errors
/// `out` fails.
pub fn explain_text(decision: &Decision, id: &str, out: &mut impl Write) -> io::Result<()> {
    let judgement = decision.judgement();
    let found = explained(decision, id);
    writeln!(out, "{}  {}", printable(id), printable(&judgement.image().reference))?;
    writeln!(out, "  digest     {}", judgement.image().digest)?;
    writeln!(out, "  judged at  {}", judgement.at())?;
    for found in &found {
        writeln!(out)?;
        one(found, judgement.allowlist().is_some(), out)?;
    }
    if found.is_empty() {
        let reports: Vec<String> = judgement.scans().map(|row| brief(&row.place)).collect();
        match reports.as_slice() {
            [] => writeln!(out, "\nno report was judged, so it is not known whether the image has it")?,
            reports => writeln!(out, "\nno report names it: {}", printable(&reports.join(", ")))?,
        }
    }
    writeln!(out, "\nthe image as a whole: {}", decision.as_str())
}

fn one(found: &JudgedFinding, has_list: bool, out: &mut impl Write) -> io::Result<()> {
    let JudgedFinding { finding, severity, platform, verdict, why, by } = found;
    writeln!(out, "{}  {} [{}]", verdict.as_str(), printable(finding.place()), printable(platform))?;
    let mut row = |name: &str, text: &str| writeln!(out, "  {name:<9}  {}", printable(text));
    row("found", &format!("{severity} {}", finding.id))?;
    if !finding.aliases.is_empty() {
        row("also", &finding.aliases.join(", "))?;
    }
    if let Some(title) = &finding.title {
        row("title", title)?;
    }
    if let Some(version) = &finding.version {
        row("installed", version)?;
    }
    if let Some(fixed) = &finding.fixed_version {
        row("fixed in", fixed)?;
    }
    let sources: Vec<String> =
        finding.severities.iter().map(|(source, severity)| format!("{source} {severity}")).collect();
    if !sources.is_empty() {
        row("sources", &sources.join(", "))?;
    }
    row("by", &brief(by))?;
    row("why", why)?;
    if *verdict == Verdict::Blocks && !has_list {
        row("waiver", "none: the policy names no allowlist")?;
    }
    row("next", &next(found))
}

/// What to change so that it does not stand in the way.
fn next(found: &JudgedFinding) -> String {
    let package = found.finding.package.as_deref().unwrap_or(&found.finding.target);
    let accept = "accept it for a time: portcullis allowlist add";
    match (&found.verdict, &found.finding.fixed_version) {
        (Verdict::Blocks, Some(fixed)) => {
            format!("update {package} to {fixed}, build and scan again; or {accept}")
        }
        (Verdict::Blocks, None) => format!("remove or replace what is affected; or {accept}"),
        (Verdict::Waived { waiver, .. }, _) => {
            format!("nothing until {}; from the day after it blocks", waiver.expires)
        }
        (Verdict::Vex(_), _) => {
            "nothing; it blocks once the statement is taken back, or is older than the policy accepts"
                .to_owned()
        }
        (Verdict::Unfixed, _) => "nothing; it blocks once there is a fix".to_owned(),
        (Verdict::Mild, _) => "nothing".to_owned(),
    }
}

/// Writes the same as one JSON document.
///
/// # Errors
/// `out` fails.
pub fn explain_json(decision: &Decision, id: &str, out: &mut impl Write) -> io::Result<()> {
    let judgement = decision.judgement();
    let row = |found: &'_ &JudgedFinding| (found.by.to_string(), next(found));
    let found = explained(decision, id);
    let rows: Vec<(String, String)> = found.iter().map(row).collect();
    let document = Document {
        schema_version: SCHEMA_VERSION,
        id,
        image: &judgement.image().reference,
        digest: judgement.image().digest,
        decision: decision.as_str(),
        reports: judgement.scans().map(|row| row.place.as_str()).collect(),
        findings: found
            .iter()
            .zip(&rows)
            .map(|(found, (by, next))| Row { finding: Finding::from(*found), by, next })
            .collect(),
    };
    json_document(&document, out)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    id: &'a str,
    image: &'a str,
    digest: Digest,
    /// Of the image as a whole.
    decision: &'static str,
    reports: Vec<&'a str>,
    findings: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    finding: Finding<'a>,
    by: &'a str,
    next: &'a str,
}
