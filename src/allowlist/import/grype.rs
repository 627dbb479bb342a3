//! `ignore` of Grype's configuration. Its rules never end.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;

use super::Fate;
use super::ImportError;
use super::Remark;
use super::Row;
use super::listed;
use crate::limits;
use crate::yaml;

/// The rest of the configuration is of any shape.
#[derive(Deserialize)]
struct Configuration {
    #[serde(default)]
    ignore: Option<Vec<Spanned<Rule>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Rule {
    #[serde(default)]
    vulnerability: String,
    /// Other identifiers always count here.
    #[serde(default)]
    #[expect(dead_code, reason = "a key that is known")]
    include_aliases: bool,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    package: Package,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

#[derive(Default, Deserialize)]
struct Package {
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    location: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

pub(super) fn read(text: &str) -> Result<(Vec<Row>, Vec<Remark>), ImportError> {
    let file: Configuration = yaml::read(text, limits::ALLOWLIST_NODES)?;
    let (mut rows, mut remarks) = (Vec::new(), Vec::new());
    for rule in file.ignore.iter().flatten() {
        match read_rule(rule) {
            Ok(row) => rows.push(row),
            Err(remark) => remarks.push(remark),
        }
    }
    Ok((rows, remarks))
}

fn read_rule(spanned: &Spanned<Rule>) -> Result<Row, Remark> {
    let (line, rule) = (Some(spanned.referenced.line()), &spanned.value);
    let package = &rule.package;
    let words = [&rule.vulnerability, &package.name, &package.version, &package.location];
    let text = words.into_iter().filter(|word| !word.is_empty()).cloned().collect::<Vec<_>>().join(" ");
    let left_out = |reason: String| Err(Remark { line, text: text.clone(), fate: Fate::LeftOut, reason });
    // Each key narrows a rule: without one it would be for more than it was.
    let in_package = package.other.keys().map(|key| format!("package.{key}"));
    let unknown: Vec<String> = rule.other.keys().cloned().chain(in_package).collect();
    if let Some(keys) = listed(&unknown) {
        return left_out(format!("an entry cannot be limited by {keys}"));
    }
    if rule.vulnerability.is_empty() {
        return left_out("it names no vulnerability: it is for whatever is found there".to_owned());
    }
    // Grype reads a name as a regular expression.
    if package.name.contains(|c| r"\*+?()[]{}|^$".contains(c)) && !is_plain(&package.name) {
        return left_out(format!("{:?} is a pattern, and a package is written whole", package.name));
    }
    let some = |text: &String| (!text.is_empty()).then(|| text.clone());
    let kind = match purl_type(&package.kind) {
        Some(kind) => Some(kind.to_owned()).filter(|kind| !kind.is_empty()),
        None => {
            return left_out(format!(
                "packages of the type {:?} have no package URL type that is known",
                package.kind
            ));
        }
    };
    Ok(Row {
        line,
        text,
        id: Some(rule.vulnerability.clone()),
        package: some(&package.name),
        package_type: kind,
        versions: some(&package.version).map(|version| format!("={version}")),
        path: some(&package.location),
        reason: rule.reason.clone(),
        ..Row::default()
    })
}

/// `libstdc++` is no pattern that anybody means.
fn is_plain(name: &str) -> bool {
    name.strip_suffix("++").is_some_and(|stem| !stem.contains(|c| r"\*+?()[]{}|^$".contains(c)))
}

/// The purl type of one of syft's package types; an empty text for no type.
fn purl_type(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "" => "",
        "alpm" => "alpm",
        "apk" => "apk",
        "deb" => "deb",
        "dotnet" => "nuget",
        "gem" => "gem",
        "go-module" => "golang",
        "java-archive" | "jenkins-plugin" => "maven",
        "npm" => "npm",
        "php-composer" => "composer",
        "python" => "pypi",
        "rpm" => "rpm",
        "rust-crate" => "cargo",
        _ => return None,
    })
}
