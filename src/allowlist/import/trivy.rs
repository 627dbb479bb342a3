//! `.trivyignore` and `.trivyignore.yaml`.
//!
//! Trivy compares with the beginning of the day that is named, so the last day is the one before. It reads no other word
//! than `exp:` and no other key than its own, so that what is misspelled never ends; here it is left out.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;

use super::Fate;
use super::ImportError;
use super::Remark;
use super::Row;
use super::last_day;
use super::listed;
use crate::limits;
use crate::scan::FindingKind;
use crate::yaml;

/// One identifier a line, with `exp:YYYY-MM-DD` behind it; the comment above it, or behind it, is the reason.
pub(super) fn read_lines(text: &str) -> (Vec<Row>, Vec<Remark>) {
    let (mut rows, mut remarks) = (Vec::new(), Vec::new());
    let mut comment: Vec<&str> = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        if let Some(text) = line.strip_prefix('#') {
            comment.push(text.trim());
            continue;
        }
        if !line.is_empty() {
            match read_line(line, number, &comment) {
                Ok(row) => rows.push(row),
                Err(remark) => remarks.push(remark),
            }
        }
        comment.clear();
    }
    (rows, remarks)
}

fn read_line(line: &str, number: u64, comment: &[&str]) -> Result<Row, Remark> {
    let left_out =
        |reason: String| Remark { line: Some(number), text: line.to_owned(), fate: Fate::LeftOut, reason };
    let (words, behind) =
        line.split_once(" #").map_or((line, None), |(words, text)| (words, Some(text.trim())));
    let mut words = words.split_whitespace();
    let id = words.next().unwrap_or_default();
    let mut expires = None;
    for word in words {
        let Some(day) = word.strip_prefix("exp:") else {
            return Err(left_out(format!(
                "{word:?} means nothing to Trivy, which takes it for an entry without end"
            )));
        };
        let day = last_day(day).ok_or_else(|| left_out(format!("{word:?} has no day as 2026-12-31")))?;
        expires = Some(day);
    }
    let reason = behind.map(str::to_owned).or_else(|| (!comment.is_empty()).then(|| comment.join(" ")));
    Ok(Row {
        line: Some(number),
        text: line.to_owned(),
        id: Some(id.to_owned()),
        reason: reason.filter(|reason| !reason.is_empty()),
        expires,
        ..Row::default()
    })
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    id: String,
    #[serde(default)]
    paths: Option<Vec<String>>,
    #[serde(default)]
    purls: Option<Vec<String>>,
    #[serde(default)]
    statement: Option<String>,
    #[serde(default)]
    expired_at: Option<String>,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

pub(super) fn read_yaml(text: &str) -> Result<(Vec<Row>, Vec<Remark>), ImportError> {
    let file: BTreeMap<String, Option<Vec<Spanned<Entry>>>> = yaml::read(text, limits::ALLOWLIST_NODES)?;
    let (mut rows, mut remarks) = (Vec::new(), Vec::new());
    for (section, entries) in &file {
        for entry in entries.iter().flatten() {
            match read_entry(section, entry) {
                Ok(some) => rows.extend(some),
                Err(remark) => remarks.push(remark),
            }
        }
    }
    rows.sort_by_key(|row: &Row| row.line);
    Ok((rows, remarks))
}

/// A rule for each path and package: Trivy asks for one of the paths and one of the packages.
fn read_entry(section: &str, spanned: &Spanned<Entry>) -> Result<Vec<Row>, Remark> {
    let (line, entry) = (Some(spanned.referenced.line()), &spanned.value);
    let text = format!("{section}: {}", entry.id);
    let left_out = |reason: String| Remark { line, text: text.clone(), fate: Fate::LeftOut, reason };
    let kind = match section {
        "licenses" => FindingKind::License,
        "misconfigurations" => FindingKind::Misconfiguration,
        "secrets" => FindingKind::Secret,
        "vulnerabilities" => FindingKind::Vulnerability,
        _ => return Err(left_out("Trivy has no such section".to_owned())),
    };
    if let Some(keys) = listed(entry.other.keys()) {
        return Err(left_out(format!("{keys} means nothing to Trivy, which takes the entry without it")));
    }
    if entry.id.is_empty() {
        return Err(left_out("it has no `id`".to_owned()));
    }
    let expires = match &entry.expired_at {
        None => None,
        Some(day) => {
            Some(last_day(day).ok_or_else(|| left_out(format!("`expired_at` is {day:?}, which is no day")))?)
        }
    };
    let each = |list: &Option<Vec<String>>| -> Vec<Option<String>> {
        match list.as_deref() {
            None | Some([]) => vec![None],
            Some(some) => some.iter().cloned().map(Some).collect(),
        }
    };
    let mut rows = Vec::new();
    for path in each(&entry.paths) {
        for package in each(&entry.purls) {
            rows.push(Row {
                line,
                text: text.clone(),
                id: Some(entry.id.clone()),
                kind: Some(kind),
                package,
                path: path.clone(),
                reason: entry.statement.clone(),
                expires,
                ..Row::default()
            });
        }
    }
    Ok(rows)
}
