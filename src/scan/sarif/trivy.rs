//! What Trivy's SARIF says in words (`pkg/report/sarif.go` in aquasecurity/trivy).
//!
//! Rules are one for each CVE, and each package overwrites them: level, score and texts of a rule are those of the last
//! package. Only the result's own level and message are about the package.

use super::result::Case;
use super::result::Level;
use crate::scan::finding::Finding;
use crate::scan::finding::FindingKind;
use crate::scan::finding::Fix;
use crate::scan::finding::Severity;

/// Adds what the message says. One that is not of the form, as before 0.21, leaves open whether there is a fix.
pub(super) fn finding(case: &Case<'_>, found: Finding) -> Finding {
    let lines: Vec<&str> = case.message.split('\n').collect();
    let name = case.rule().map_or("", |rule| &*rule.name);
    let found = Finding { title: title(case), ..found };
    match (name, lines.as_slice()) {
        ("License", [_, license, package, ..]) => of_license(case, found, license, package),
        ("License", _) => Finding { kind: FindingKind::License, ..found },
        ("Misconfiguration", lines) => of_file(case, found, FindingKind::Misconfiguration, lines),
        ("Secret", lines) => of_file(case, found, FindingKind::Secret, lines),
        (_, lines) => of_package(case, found, name == LANGUAGE, lines),
    }
}

/// Exactly six lines: a name with a line break in it would else say that there is no fix.
fn of_package(case: &Case<'_>, found: Finding, has_path: bool, lines: &[&str]) -> Finding {
    let [package, installed, id, severity, fixed, link] = lines else { return found };
    let fields = (
        package.strip_prefix("Package: "),
        installed.strip_prefix("Installed Version: "),
        id.strip_prefix("Vulnerability "),
        severity.strip_prefix("Severity: "),
        fixed.strip_prefix("Fixed Version: ").or((*fixed == "Fixed Version:").then_some("")),
        link.strip_prefix("Link: "),
    );
    let (Some(package), Some(installed), Some(id), Some(severity), Some(fixed), Some(_)) = fields else {
        return found;
    };
    if id != case.rule_id() {
        return found;
    }
    let fixed = fixed.trim();
    let (severity, severity_word) = severity_of(case, severity);
    Finding {
        package: Some(package.to_owned()),
        version: Some(installed.to_owned()),
        path: found.path.filter(|_| has_path),
        severity,
        severity_word,
        fix: if fixed.is_empty() { Fix::Absent } else { Fix::Available },
        fixed_version: (!fixed.is_empty()).then(|| fixed.to_owned()),
        ..found
    }
}

/// Of a misconfiguration or a secret. What matched as a secret is never kept.
fn of_file(case: &Case<'_>, found: Finding, kind: FindingKind, lines: &[&str]) -> Finding {
    let found = Finding { kind, ..found };
    let word = match lines {
        [artifact, of, _, severity, ..] if artifact.starts_with("Artifact: ") && of.starts_with("Type: ") => {
            severity.strip_prefix("Severity: ")
        }
        _ => None,
    };
    let Some(word) = word else { return found };
    let (severity, severity_word) = severity_of(case, word);
    Finding { severity, severity_word, ..found }
}

/// The message has no severity; the rule is of this one package and licence.
fn of_license(case: &Case<'_>, found: Finding, license: &str, package: &str) -> Finding {
    let found = Finding { kind: FindingKind::License, ..found };
    let (Some(license), Some(package)) =
        (license.strip_prefix("License "), package.strip_prefix("PkgName: "))
    else {
        return found;
    };
    let tags = case.rule().and_then(|rule| rule.properties.tags.as_ref());
    let word = tags.and_then(|tags| tags.0.iter().find(|tag| tag.parse::<Severity>().is_ok()));
    let said = word.map(|word| severity_of(case, word));
    let (severity, severity_word) = said.unwrap_or((found.severity, found.severity_word));
    let package = Some(package.to_owned()).filter(|package| !package.is_empty());
    Finding { id: license.to_owned(), package, severity, severity_word, ..found }
}

/// `toSarifErrorLevel`.
fn severity_of(case: &Case<'_>, word: &str) -> (Severity, Option<String>) {
    let level = match word {
        "CRITICAL" | "HIGH" => Level::Error,
        "MEDIUM" => Level::Warning,
        "LOW" | "UNKNOWN" => Level::Note,
        _ => Level::None,
    };
    case.named(word, &level)
}

fn title(case: &Case<'_>) -> Option<String> {
    let text = case.rule().map(|rule| &*rule.short.text).filter(|text| !text.is_empty())?;
    text.lines().next().map(super::result::shortened)
}

const LANGUAGE: &str = "LanguageSpecificPackageVulnerability";
