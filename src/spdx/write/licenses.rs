//! Licences of packages as SPDX takes them: expressions, and references to texts for all else.

use std::collections::BTreeMap;

use crate::package::License;
use crate::package::identity;

/// The licences that a document refers to and that are not on SPDX's list.
#[derive(Debug, Default)]
pub(super) struct Extracted {
    /// By identifier, `LicenseRef-..`.
    pub(super) texts: BTreeMap<String, ExtractedLicense>,
}

/// One of them.
#[derive(Debug)]
pub(super) struct ExtractedLicense {
    /// What the package says: the text of the licence, or as much of it as there is.
    pub(super) text: String,
    /// Its name, if that is all the package says of it.
    pub(super) name: Option<String>,
}

impl Extracted {
    /// The licences of one package as one expression; `None` without any. More than one hold together.
    pub(super) fn expression(&mut self, licenses: &[License]) -> Option<String> {
        let mut parts: Vec<String> = Vec::new();
        for license in licenses {
            let part = self.part(license);
            if !part.is_empty() && !parts.contains(&part) {
                parts.push(part);
            }
        }
        match parts.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            _ => Some(parts.iter().map(|part| grouped(part)).collect::<Vec<_>>().join(" AND ")),
        }
    }

    fn part(&mut self, license: &License) -> String {
        if let Some(expression) = license.expression.as_ref().filter(|expression| is_local(expression)) {
            for reference in references(expression) {
                let text = license.text.clone().unwrap_or_else(|| license.declared.clone());
                let name = Some(reference.to_owned());
                self.texts.entry(reference.to_owned()).or_insert(ExtractedLicense { text, name });
            }
            return expression.clone();
        }
        let declared = license.declared.trim();
        let text = license.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        if declared.is_empty() && text.is_none() {
            return String::new();
        }
        let id = reference(declared, text);
        let name = Some(declared)
            .filter(|name| !name.is_empty() && !name.contains('\n') && name.len() <= NAME_BYTES);
        self.texts.entry(id.clone()).or_insert_with(|| ExtractedLicense {
            text: text.unwrap_or(declared).to_owned(),
            name: name.map(str::to_owned),
        });
        id
    }
}

/// `LicenseRef-public-domain`. A hash follows where the name alone does not tell it from another licence.
fn reference(declared: &str, text: Option<&str>) -> String {
    let short: String = declared.lines().next().unwrap_or_default().chars().take(NAME_CHARACTERS).collect();
    let name = identity::sanitise(&short);
    let name = name.trim_matches('-');
    if name == declared && text.is_none() {
        return format!("LicenseRef-{name}");
    }
    let hash = identity::hash([declared, text.unwrap_or_default()], 8);
    if name.is_empty() { format!("LicenseRef-{hash}") } else { format!("LicenseRef-{name}-{hash}") }
}

/// Whether an expression stands for itself: one that names other documents, or additions that only SPDX 3 knows,
/// has no meaning in this one.
fn is_local(expression: &str) -> bool {
    !expression.contains("DocumentRef-") && !expression.contains("AdditionRef-")
}

fn references(expression: &str) -> impl Iterator<Item = &str> {
    expression.split([' ', '(', ')']).filter(|term| term.starts_with("LicenseRef-"))
}

fn grouped(part: &str) -> String {
    if part.contains(" OR ") { format!("({part})") } else { part.to_owned() }
}

/// How much of a name is in an identifier.
const NAME_CHARACTERS: usize = 48;

/// A longer declaration is no name.
const NAME_BYTES: usize = 200;
