//! `osv-scanner.toml`: `IgnoredVulns` and `PackageOverrides`.
//!
//! It compares with the moment that is named, and a day is its beginning, so the last day is the one before.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;
use toml::Value;

use super::Fate;
use super::ImportError;
use super::Remark;
use super::Row;
use super::last_day;
use super::listed;
use crate::scan::FindingKind;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Configuration {
    #[serde(default)]
    ignored_vulns: Vec<Spanned<Ignored>>,
    #[serde(default)]
    package_overrides: Vec<Spanned<Override>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ignored {
    #[serde(default)]
    id: String,
    #[serde(default)]
    ignore_until: Option<Value>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Override {
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    ecosystem: String,
    #[serde(default)]
    ignore: bool,
    #[serde(default)]
    vulnerability: Switch,
    #[serde(default)]
    effective_until: Option<Value>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

#[derive(Default, Deserialize)]
struct Switch {
    #[serde(default)]
    ignore: bool,
}

pub(super) fn read(text: &str) -> Result<(Vec<Row>, Vec<Remark>), ImportError> {
    let file: Configuration =
        toml::from_str(text).map_err(|error| ImportError::Toml(error.to_string().trim_end().to_owned()))?;
    let line_of = |start: usize| {
        let newlines = text.bytes().take(start).filter(|byte| *byte == b'\n').count();
        u64::try_from(newlines).ok().and_then(|lines| lines.checked_add(1))
    };
    let ignored =
        file.ignored_vulns.iter().map(|entry| read_ignored(line_of(entry.span().start), entry.get_ref()));
    let overrides = file
        .package_overrides
        .iter()
        .map(|entry| read_override(line_of(entry.span().start), entry.get_ref()));
    let (mut rows, mut remarks) = (Vec::new(), Vec::new());
    for row in ignored.chain(overrides) {
        match row {
            Ok(row) => rows.push(row),
            Err(remark) => remarks.push(remark),
        }
    }
    rows.sort_by_key(|row: &Row| row.line);
    Ok((rows, remarks))
}

fn read_ignored(line: Option<u64>, entry: &Ignored) -> Result<Row, Remark> {
    let left_out = |reason: String| Remark { line, text: entry.id.clone(), fate: Fate::LeftOut, reason };
    if let Some(keys) = listed(entry.other.keys()) {
        return Err(left_out(format!("osv-scanner has no {keys}")));
    }
    if entry.id.is_empty() {
        return Err(left_out("it has no `id`".to_owned()));
    }
    Ok(Row {
        line,
        text: entry.id.clone(),
        id: Some(entry.id.clone()),
        kind: Some(FindingKind::Vulnerability),
        reason: entry.reason.clone(),
        expires: read_until(entry.ignore_until.as_ref()).map_err(left_out)?,
        ..Row::default()
    })
}

fn read_override(line: Option<u64>, entry: &Override) -> Result<Row, Remark> {
    let words = [&entry.ecosystem, &entry.name, &entry.version];
    let text = words.into_iter().filter(|word| !word.is_empty()).cloned().collect::<Vec<_>>().join(" ");
    let left_out = |reason: String| Remark { line, text: text.clone(), fate: Fate::LeftOut, reason };
    // Of licences an override says which one it is, which is no finding that is accepted.
    if let Some(keys) = listed(entry.other.keys()) {
        return Err(left_out(format!("an entry cannot be limited by {keys}")));
    }
    if !entry.ignore && !entry.vulnerability.ignore {
        return Err(left_out("it ignores no vulnerability".to_owned()));
    }
    if entry.name.is_empty() {
        return Err(left_out("it names no package".to_owned()));
    }
    let Some(kind) = purl_type(&entry.ecosystem) else {
        return Err(left_out(format!(
            "packages of {:?} have no package URL type that is known",
            entry.ecosystem
        )));
    };
    Ok(Row {
        line,
        text: text.clone(),
        kind: Some(FindingKind::Vulnerability),
        package: Some(entry.name.clone()),
        package_type: Some(kind.to_owned()),
        versions: (!entry.version.is_empty()).then(|| format!("={}", entry.version)),
        reason: entry.reason.clone(),
        expires: read_until(entry.effective_until.as_ref()).map_err(left_out)?,
        ..Row::default()
    })
}

/// TOML has days and times; a text is neither, and is read all the same.
fn read_until(value: Option<&Value>) -> Result<Option<jiff::civil::Date>, String> {
    let Some(value) = value else { return Ok(None) };
    let text = match value {
        Value::Datetime(time) => time.to_string(),
        Value::String(text) => text.clone(),
        _ => return Err("it ends at what is no day".to_owned()),
    };
    last_day(&text).map(Some).ok_or_else(|| format!("it ends at {text:?}, which is no day"))
}

/// The purl type of one of OSV's ecosystems, without the release behind a colon.
fn purl_type(ecosystem: &str) -> Option<&'static str> {
    Some(match ecosystem.split(':').next()? {
        "Alpine" | "Chainguard" | "Wolfi" => "apk",
        "AlmaLinux" | "Red Hat" | "Rocky Linux" | "SUSE" | "openSUSE" => "rpm",
        "Debian" | "Ubuntu" => "deb",
        "Go" => "golang",
        "Hex" => "hex",
        "Maven" => "maven",
        "NuGet" => "nuget",
        "Packagist" => "composer",
        "Pub" => "pub",
        "PyPI" => "pypi",
        "RubyGems" => "gem",
        "crates.io" => "cargo",
        "npm" => "npm",
        _ => return None,
    })
}
