//! CSAF 2.0 and 2.1, profile VEX. <https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html>

mod tree;

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use self::tree::Group;
use self::tree::ProductTree;
use super::model::Budget;
use super::model::Component;
use super::model::Format;
use super::model::Product;
use super::model::Statement;
use super::model::Status;
use super::model::Vex;
use super::model::VexError;
use super::model::shared;
use super::model::time;
use super::spelling;
use crate::digest::Digest;
use crate::json;

/// Reads a document that was recognised as CSAF.
pub(super) fn read(bytes: &[u8]) -> Result<Vex, VexError> {
    let wire: Wire = json::from_slice(bytes)?;
    spelling::check(bytes, KEYS)?;
    let head = wire.document;
    check_head(&head)?;
    let created = time("current_release_date", head.tracking.current_release_date)?;
    let tree = wire.product_tree.unwrap_or_default();
    let mut budget = Budget::new();
    let products = tree.products(&mut budget)?;
    let groups: Groups<'_> =
        tree.product_groups.iter().flatten().map(|group| (group.group_id.as_str(), group)).collect();
    let mut reader = Reader { products, groups, created, budget, statements: Vec::new() };
    for vulnerability in wire.vulnerabilities.into_iter().flatten() {
        reader.read(vulnerability)?;
    }
    Ok(Vex {
        digest: Digest::sha256(bytes),
        format: Format::Csaf,
        id: head.tracking.id,
        author: head.publisher.and_then(|publisher| publisher.name),
        created,
        subject: None,
        subjects: None,
        statements: reader.statements,
    })
}

/// The profile, and no draft: "pre-release, intended for issuing party's internal use only" (3.2.1.12.8).
fn check_head(head: &Head) -> Result<(), VexError> {
    let refuse = |found: String, hint| Err(VexError::Unsupported { found, hint });
    if !matches!(head.csaf_version.as_str(), "2.0" | "2.1") {
        return refuse(
            format!("CSAF document of version {:?}", head.csaf_version),
            "only 2.0 and 2.1 are known",
        );
    }
    if head.category != "csaf_vex" {
        return refuse(format!("CSAF document of category {:?}", head.category), "only csaf_vex is VEX");
    }
    if head.tracking.status.as_deref() == Some("draft") {
        return refuse("CSAF document that is a draft".to_owned(), "only what was published counts");
    }
    Ok(())
}

type Groups<'a> = HashMap<&'a str, &'a Group>;

struct Reader<'a> {
    products: HashMap<String, Product>,
    groups: Groups<'a>,
    created: Option<Timestamp>,
    budget: Budget,
    statements: Vec<Statement>,
}

impl Reader<'_> {
    fn read(&mut self, wire: Vulnerability) -> Result<(), VexError> {
        let mut names = wire.cve.into_iter().chain(wire.ids.into_iter().flatten().filter_map(|id| id.text));
        // One without any name, which the format allows, is one that no finding can be known as.
        let Some(name) = names.find(|name| !name.is_empty()) else { return Ok(()) };
        let (name, aliases): (Arc<str>, Arc<[String]>) = (name.into(), names.collect());
        let labels = self.explanations(wire.flags, |_| true)?;
        let impacts = self.explanations(wire.threats, |item| item.category.as_deref() == Some("impact"))?;
        let actions = self.explanations(wire.remediations, |_| true)?;
        for (word, ids) in wire.product_status.into_iter().flatten() {
            let Some(status) = status(&word)? else { continue };
            for id in ids {
                self.budget.take(1)?;
                let product = self.products.get(&id).cloned().unwrap_or_else(|| unknown(&id));
                self.statements.push(Statement {
                    vulnerability: Arc::clone(&name),
                    aliases: Arc::clone(&aliases),
                    products: vec![product],
                    status,
                    justification: labels.of(&id),
                    impact: impacts.of(&id),
                    action: actions.of(&id),
                    // Each release of a document says again what is in it.
                    timestamp: self.created,
                    last_updated: None,
                });
            }
        }
        Ok(())
    }

    /// What is said of which product. Of several about one, the first.
    fn explanations(
        &mut self,
        items: Option<Vec<Explanation>>,
        wanted: impl Fn(&Explanation) -> bool,
    ) -> Result<Explanations, VexError> {
        let mut found = Explanations::default();
        for item in items.into_iter().flatten().filter(wanted) {
            let Some(text) = shared(item.label.or(item.details)) else { continue };
            if item.product_ids.is_none() && item.group_ids.is_none() {
                found.all.get_or_insert(text);
                continue;
            }
            let groups = item.group_ids.iter().flatten().filter_map(|id| self.groups.get(id.as_str()));
            let members = groups.flat_map(|group| group.product_ids.iter());
            for id in item.product_ids.iter().flatten().chain(members) {
                self.budget.take(1)?;
                found.products.entry(id.clone()).or_insert_with(|| Arc::clone(&text));
            }
        }
        Ok(found)
    }
}

/// 3.2.3.9. `recommended` is advice and no status.
fn status(word: &str) -> Result<Option<Status>, VexError> {
    Ok(match word {
        "known_not_affected" => Some(Status::NotAffected),
        "first_fixed" | "fixed" => Some(Status::Fixed),
        "under_investigation" | "unknown" => Some(Status::UnderInvestigation),
        "first_affected" | "known_affected" | "last_affected" => Some(Status::Affected),
        "recommended" => None,
        _ => return Err(VexError::Status { found: word.to_owned() }),
    })
}

/// A product that the tree does not have is known by nothing but its identifier.
fn unknown(id: &str) -> Product {
    let component = Component { names: vec![id.to_owned()], ..Component::default() };
    Product { component: Some(Arc::new(component)), subcomponents: Vec::new() }
}

#[derive(Default)]
struct Explanations {
    all: Option<Arc<str>>,
    products: HashMap<String, Arc<str>>,
}

impl Explanations {
    fn of(&self, product: &str) -> Option<Arc<str>> {
        self.products.get(product).or(self.all.as_ref()).cloned()
    }
}

const KEYS: &[&str] = &[
    "branches",
    "category",
    "csaf_version",
    "current_release_date",
    "cve",
    "details",
    "document",
    "flags",
    "full_product_name",
    "full_product_names",
    "group_id",
    "group_ids",
    "label",
    "product",
    "product_groups",
    "product_id",
    "product_identification_helper",
    "product_ids",
    "product_reference",
    "product_status",
    "product_tree",
    "purl",
    "purls",
    "relates_to_product_reference",
    "relationships",
    "status",
    "threats",
    "tracking",
    "vulnerabilities",
];

#[derive(Deserialize)]
struct Wire {
    document: Head,
    product_tree: Option<ProductTree>,
    vulnerabilities: Option<Vec<Vulnerability>>,
}

/// 3.2.1
#[derive(Deserialize)]
struct Head {
    category: String,
    csaf_version: String,
    publisher: Option<Publisher>,
    tracking: Tracking,
}

#[derive(Deserialize)]
struct Publisher {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Tracking {
    id: Option<String>,
    status: Option<String>,
    current_release_date: Option<String>,
}

/// 3.2.3
#[derive(Deserialize)]
struct Vulnerability {
    cve: Option<String>,
    ids: Option<Vec<Id>>,
    product_status: Option<BTreeMap<String, Vec<String>>>,
    flags: Option<Vec<Explanation>>,
    threats: Option<Vec<Explanation>>,
    remediations: Option<Vec<Explanation>>,
}

#[derive(Deserialize)]
struct Id {
    text: Option<String>,
}

/// 3.2.3.5, 3.2.3.12, 3.2.3.14: a flag has a label, a threat and a remediation have details.
#[derive(Deserialize)]
struct Explanation {
    category: Option<String>,
    label: Option<String>,
    details: Option<String>,
    product_ids: Option<Vec<String>>,
    group_ids: Option<Vec<String>>,
}

#[cfg(test)]
mod tests;
