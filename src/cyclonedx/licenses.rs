//! Licences as CycloneDX takes them: a list of identifiers and names, or one expression.

use serde::Serialize;

use crate::package::License;

/// One entry of `licenses`.
#[derive(Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Choice {
    /// An expression, which must stand alone.
    Expression(String),
    /// One licence.
    License(Named),
}

/// A licence by its identifier on SPDX's list, or by whatever name it has.
#[derive(Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Named {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Text>,
}

#[derive(Debug, Eq, PartialEq, Serialize)]
pub(super) struct Text {
    content: String,
}

/// What a package's licences become.
pub(super) fn choices(licenses: &[License]) -> Vec<Choice> {
    let expressions: Option<Vec<&str>> =
        licenses.iter().map(|license| license.expression.as_deref()).collect();
    match expressions {
        // All are expressions, and one of them is more than an identifier: together they are one.
        Some(all) if all.iter().any(|one| !is_listed(one)) => {
            let grouped = |one: &&str| match one.contains(" OR ") && all.len() > 1 {
                true => format!("({one})"),
                false => (*one).to_owned(),
            };
            let mut parts: Vec<String> = Vec::new();
            for part in all.iter().map(grouped) {
                if !parts.contains(&part) {
                    parts.push(part);
                }
            }
            vec![Choice::Expression(parts.join(" AND "))]
        }
        _ => {
            let mut choices = Vec::new();
            for choice in licenses.iter().filter_map(named) {
                if !choices.contains(&choice) {
                    choices.push(choice);
                }
            }
            choices
        }
    }
}

fn named(license: &License) -> Option<Choice> {
    let expression = license.expression.as_deref();
    let id = expression.filter(|expression| is_listed(expression)).map(str::to_owned);
    let name = expression.unwrap_or(&license.declared).trim();
    let text = license.text.clone().filter(|_| id.is_none()).map(|content| Text { content });
    let name = if name.is_empty() { "unknown" } else { name };
    if license.declared.trim().is_empty() && text.is_none() && id.is_none() {
        return None;
    }
    let name = id.is_none().then(|| name.to_owned());
    Some(Choice::License(Named { id, name, text }))
}

/// Whether it is one identifier of SPDX's list.
fn is_listed(expression: &str) -> bool {
    spdx::license_id(expression).is_some_and(|id| id.name == expression)
}
