//! in-toto's list of vulnerabilities, v0.1 and v0.2.
//!
//! It names neither packages nor fixed versions, so no finding of it can be let through as unfixed.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::finding::Finding;
use super::super::finding::FindingKind;
use super::super::finding::Severity;
use super::super::report::Format;
use super::super::report::Report;
use super::super::report::ReportError;
use super::super::report::Target;
use super::Envelope;
use super::no_result;
use super::object::Object;
use crate::digest::Digest;

/// Reads a predicate. Its digest is for the caller to set.
pub(super) fn read(predicate: &Object<'_>, envelope: Envelope) -> Result<Report, ReportError> {
    let scanner = predicate.object("scanner")?.unwrap_or_default();
    let entries = scanner.objects("result")?.ok_or_else(no_result)?;
    let findings = entries.iter().map(read_entry).collect::<Result<_, _>>()?;
    Ok(Report {
        digest: Digest::sha256(b""),
        run: 0,
        format: Format::InTotoVulns,
        tool: envelope.tool,
        created: envelope.finished,
        database: envelope.database,
        target: Target::default(),
        os: None,
        coverage: None,
        filters: envelope.filters,
        faults: Vec::new(),
        findings,
    })
}

/// One vulnerability. The text of v0.1 has it in a key `vulnerability`, its example and v0.2 have it without.
fn read_entry(entry: &Object<'_>) -> Result<Finding, ReportError> {
    let inner = entry.object("vulnerability")?;
    let entry = inner.as_ref().unwrap_or(entry);
    let id = entry.field::<String>("id")?.filter(|id| !id.is_empty()).ok_or_else(|| {
        let found = "in-toto list of vulnerabilities with an entry that has no id".to_owned();
        ReportError::Unsupported { found, hint: "each entry names a vulnerability" }
    })?;
    let scores = match entry.field::<Scores>("severity")? {
        Some(Scores::Several(scores)) => scores,
        Some(Scores::One(score)) => vec![score],
        None => Vec::new(),
    };
    let mut severities = BTreeMap::new();
    let mut unknown = Vec::new();
    for Score { method, score } in scores {
        let severity = severity(&score);
        if severity == Severity::Unknown && !score.eq_ignore_ascii_case("unknown") {
            unknown.push(score);
        }
        let known = severities.entry(method).or_insert(severity);
        *known = severity.max(*known);
    }
    let severity = severities.values().copied().max().unwrap_or(Severity::Unknown);
    // A vector is no word; beside a score that can be read it says nothing more.
    let mut unknown = unknown.into_iter();
    let word = unknown.find(|score| severity == Severity::Unknown || !score.starts_with("CVSS:"));
    let mut finding = Finding::new(FindingKind::Vulnerability, id);
    finding.severity = severity;
    finding.severity_word = word;
    finding.severities = severities.into_iter().collect();
    Ok(finding)
}

/// A word, or a CVSS score in the bands of CVSS 3.1, section 5. Zero, and all that is neither, says nothing.
fn severity(score: &str) -> Severity {
    if let Ok(severity) = score.parse() {
        return severity;
    }
    let plain = score.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match score.parse::<f64>() {
        Ok(score) if plain && (9.0..=10.0).contains(&score) => Severity::Critical,
        Ok(score) if plain && (7.0..9.0).contains(&score) => Severity::High,
        Ok(score) if plain && (4.0..7.0).contains(&score) => Severity::Medium,
        Ok(score) if plain && score > 0.0 && score < 4.0 => Severity::Low,
        _ => Severity::Unknown,
    }
}

/// The specification says both "object" and "list"; its examples have lists.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scores {
    Several(Vec<Score>),
    One(Score),
}

#[derive(Deserialize)]
struct Score {
    method: String,
    score: String,
}
