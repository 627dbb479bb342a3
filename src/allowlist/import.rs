//! Entries of other tools' files, and what of them cannot be carried over.
//!
//! Other tools accept an identifier wherever it is found, for ever, and answer for nothing. So an import needs to be told
//! who answers and until when, and it takes from reports of the image where an identifier is found today; what has no
//! place then is left out, and every such line is named.

mod grype;
mod osv;
mod trivy;

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::draft::Draft;
use super::draft::Terms;
use super::edit::check_draft;
use super::entry::days_between;
use super::entry::ids_of;
use crate::scan::Finding;
use crate::scan::FindingKind;
use crate::scan::Severity;
use crate::yaml::YamlError;

/// Another tool's file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Origin {
    /// Grype's configuration, `.grype.yaml`.
    Grype,
    /// `osv-scanner.toml`.
    OsvScanner,
    /// `.trivyignore`.
    Trivyignore,
    /// `.trivyignore.yaml`.
    TrivyignoreYaml,
}

impl Origin {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Grype, Self::OsvScanner, Self::Trivyignore, Self::TrivyignoreYaml];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Grype => "grype",
            Self::OsvScanner => "osv-scanner",
            Self::Trivyignore => "trivyignore",
            Self::TrivyignoreYaml => "trivyignore-yaml",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What came of an import.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Import {
    /// The entries, in the order of the file.
    pub drafts: Vec<Draft>,
    /// What is not as it was, in the order of the file.
    pub remarks: Vec<Remark>,
}

/// Something that is not as it was.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Remark {
    /// Line in the other file.
    pub line: Option<u64>,
    /// What stands there.
    pub text: String,
    /// Whether it came over at all.
    pub fate: Fate,
    /// Why, or how it differs.
    pub reason: String,
}

/// What came of a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It is an entry that says something else.
    Changed,
    /// There is no entry.
    LeftOut,
}

/// Why a file was not imported at all.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// Not TOML, or not of the right shape.
    #[error("{0}")]
    Toml(String),
    /// Not YAML, or not of the right shape.
    #[error(transparent)]
    Yaml(#[from] YamlError),
}

/// What another tool accepts: one rule of it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Row {
    /// Line in the other file.
    pub line: Option<u64>,
    /// The rule in words, for remarks.
    pub text: String,
    /// Identifier; nothing where the rule is for whatever is found in a package.
    pub id: Option<String>,
    /// Other identifiers.
    pub aliases: Vec<String>,
    /// Kind of finding.
    pub kind: Option<FindingKind>,
    /// Name or package URL.
    pub package: Option<String>,
    /// Purl type of the package, where a name alone is too little.
    pub package_type: Option<String>,
    /// Range of versions.
    pub versions: Option<String>,
    /// Glob for the file.
    pub path: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Last day on which it counts.
    pub expires: Option<Date>,
}

/// Reads another tool's file. `findings` are those of reports of the image, with the severity that counts.
///
/// # Errors
/// It cannot be read at all.
pub fn import(
    origin: Origin,
    text: &str,
    terms: &Terms,
    findings: &[(&Finding, Severity)],
) -> Result<Import, ImportError> {
    let (rows, remarks) = match origin {
        Origin::Grype => grype::read(text)?,
        Origin::OsvScanner => osv::read(text)?,
        Origin::Trivyignore => trivy::read_lines(text),
        Origin::TrivyignoreYaml => trivy::read_yaml(text)?,
    };
    let mut import = from_rows(&rows, terms, findings);
    import.remarks.extend(remarks);
    import.remarks.sort_by_key(|remark| remark.line);
    Ok(import)
}

/// Makes entries of rules, wherever they come from.
#[must_use]
pub fn from_rows(rows: &[Row], terms: &Terms, findings: &[(&Finding, Severity)]) -> Import {
    let mut import = Import::default();
    for row in rows {
        match carry(row, terms, findings) {
            Err(reason) => import.remarks.push(row.remark(Fate::LeftOut, reason)),
            Ok((drafts, changes)) => {
                for draft in drafts {
                    match check_draft(&draft) {
                        Err(error) => import.remarks.push(row.remark(Fate::LeftOut, error.to_string())),
                        Ok(_) if import.drafts.contains(&draft) => {}
                        Ok(_) => import.drafts.push(draft),
                    }
                }
                import.remarks.extend(changes.into_iter().map(|change| row.remark(Fate::Changed, change)));
            }
        }
    }
    import
}

impl Row {
    fn remark(&self, fate: Fate, reason: impl Into<String>) -> Remark {
        Remark { line: self.line, text: self.text.clone(), fate, reason: reason.into() }
    }
}

/// The entries that a rule becomes, and how they differ from it.
fn carry(
    row: &Row,
    terms: &Terms,
    findings: &[(&Finding, Severity)],
) -> Result<(Vec<Draft>, Vec<String>), String> {
    let mut changes = Vec::new();
    let expires = match row.expires {
        Some(expires) if expires < terms.created => {
            return Err(format!("it expired at the end of {expires}"));
        }
        Some(expires) => expires,
        None => {
            changes.push(format!("it was for ever, and is until {}", terms.expires));
            terms.expires
        }
    };
    let reason = row.reason.clone().filter(|reason| !reason.trim().is_empty());
    if reason.is_none() {
        changes.push("it gave no reason".to_owned());
    }
    let reason = reason.unwrap_or_else(|| terms.reason.clone());
    let terms = Terms { expires, reason, ..terms.clone() };
    let names_place = row.path.is_some() || row.package.is_some() && row.package_type.is_none();
    let found: Vec<(&Finding, Severity)> =
        findings.iter().filter(|(finding, _)| row.is_about(finding)).copied().collect();
    match &row.id {
        Some(id) if names_place => {
            let mut draft = row.draft(id, &terms);
            draft.package.clone_from(&row.package);
            let entry = check_draft(&draft).map_err(|error| error.to_string())?;
            let met = found.into_iter().filter(|(finding, _)| entry.check_place(finding).is_ok());
            Ok((vec![draft.recording(met)], changes))
        }
        _ if findings.is_empty() => {
            let what = if row.id.is_some() { "in which package it is" } else { "which findings it is for" };
            Err(format!("it does not say {what}; name reports of the image, which do"))
        }
        _ => {
            let drafts = row.at_each_place(found, &terms);
            if drafts.is_empty() {
                return Err("no report has what it names".to_owned());
            }
            changes.push(match drafts.len() {
                1 => "it was for any place, and is for the one where it is found".to_owned(),
                places => format!("it was for any place, and is for the {places} where it is found"),
            });
            Ok((drafts, changes))
        }
    }
}

impl Row {
    fn is_about(&self, finding: &Finding) -> bool {
        let is_one = |id: &String| ids_of(finding).any(|found| found.eq_ignore_ascii_case(id));
        let names_id = self.id.is_none() || self.id.iter().chain(&self.aliases).any(is_one);
        let is_type = |kind: &String| finding.purl.as_ref().is_some_and(|purl| purl.kind() == kind);
        let is_package =
            |package: &String| package.starts_with("pkg:") || finding.package.as_ref() == Some(package);
        names_id
            && self.kind.is_none_or(|kind| kind == finding.kind)
            && self.package_type.as_ref().is_none_or(is_type)
            && self.package.as_ref().is_none_or(is_package)
    }

    fn draft(&self, id: &str, terms: &Terms) -> Draft {
        Draft {
            aliases: self.aliases.clone(),
            kind: self.kind,
            versions: self.versions.clone(),
            path: self.path.clone(),
            ..Draft::new(id, terms)
        }
    }

    /// An entry for each identifier and package that is found, with what is recorded of the findings there.
    fn at_each_place(&self, found: Vec<(&Finding, Severity)>, terms: &Terms) -> Vec<Draft> {
        let mut order: Vec<Draft> = Vec::new();
        let mut met: BTreeMap<usize, Vec<(&Finding, Severity)>> = BTreeMap::new();
        for (finding, severity) in found {
            let id = self.id.as_ref().unwrap_or(&finding.id);
            let draft = self.draft(id, terms).at_place_of(finding);
            // What cannot be an entry is said where the others are checked.
            if check_draft(&draft).is_ok_and(|entry| entry.check_place(finding).is_err()) {
                continue;
            }
            let place = order.iter().position(|other| *other == draft).unwrap_or(order.len());
            if place == order.len() {
                order.push(draft);
            }
            met.entry(place).or_default().push((finding, severity));
        }
        let with = order.into_iter().enumerate();
        with.map(|(place, draft)| draft.recording(met.remove(&place).unwrap_or_default())).collect()
    }
}

/// The last whole day before a moment: other tools end at the beginning of the day that they name.
fn last_day_before(time: Timestamp) -> Option<Date> {
    let time = time.to_zoned(jiff::tz::TimeZone::UTC);
    let ends_with_the_day = time.hour() == 23 && time.minute() == 59;
    if ends_with_the_day { Some(time.date()) } else { time.date().yesterday().ok() }
}

/// Reads a day or a time, as YAML and TOML have them, to the last day on which it counts.
fn last_day(text: &str) -> Option<Date> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return last_day_before(time);
    }
    let date: Date = text.parse().ok()?;
    let is_day = date.to_string() == text && days_between(date, date) == 0;
    if is_day { date.yesterday().ok() } else { None }
}

/// Names of keys that a rule has and that have no place here.
fn listed<'a>(keys: impl IntoIterator<Item = &'a String>) -> Option<String> {
    let keys: Vec<String> = keys.into_iter().map(|key| format!("`{key}`")).collect();
    (!keys.is_empty()).then(|| keys.join(", "))
}

#[cfg(test)]
mod tests;
