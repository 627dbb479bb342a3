//! The product tree of CSAF (3.2.2): which identifier stands for what.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use serde::Deserialize;

use super::super::model::Budget;
use super::super::model::Component;
use super::super::model::Product;
use super::super::model::VexError;

#[derive(Default, Deserialize)]
pub(super) struct ProductTree {
    branches: Option<Vec<Branch>>,
    full_product_names: Option<Vec<FullProductName>>,
    pub(super) product_groups: Option<Vec<Group>>,
    relationships: Option<Vec<Relationship>>,
}

impl ProductTree {
    /// All products by their identifiers. One of a relationship is a component of a product; a relationship of
    /// relationships, and to what is not there, is known by nothing.
    pub(super) fn products(&self, budget: &mut Budget) -> Result<HashMap<String, Product>, VexError> {
        let mut found = Components::default();
        for product in self.full_product_names.iter().flatten() {
            found.add(product, Place::Named)?;
        }
        found.add_all(self.branches.as_deref().unwrap_or_default(), Place::Named)?;
        let whole = |component: &Arc<Component>| Product {
            component: Some(Arc::clone(component)),
            subcomponents: Vec::new(),
        };
        let mut products: HashMap<String, Product> =
            found.0.iter().map(|(id, component)| (id.clone(), whole(component))).collect();
        for relationship in self.relationships.iter().flatten() {
            let id = &relationship.full_product_name.product_id;
            let component = found.0.get(&relationship.product_reference);
            let of = found.0.get(&relationship.relates_to_product_reference);
            let product = match (component, of) {
                (Some(component), Some(of)) => {
                    Product { component: Some(Arc::clone(of)), subcomponents: vec![Arc::clone(component)] }
                }
                _ => super::unknown(id),
            };
            if products.insert(id.clone(), product).is_some() {
                return Err(VexError::DuplicateProduct { found: id.clone() });
            }
        }
        budget.take(products.len())?;
        Ok(products)
    }
}

#[derive(Default)]
struct Components(HashMap<String, Arc<Component>>);

impl Components {
    /// The nesting is that of the document, so bounded.
    fn add_all(&mut self, branches: &[Branch], place: Place) -> Result<(), VexError> {
        for branch in branches {
            let place = match branch.category.as_deref() {
                Some("product_version" | "product_version_range") => Place::Versioned,
                _ => place,
            };
            if let Some(product) = &branch.product {
                self.add(product, place)?;
            }
            self.add_all(branch.branches.as_deref().unwrap_or_default(), place)?;
        }
        Ok(())
    }

    fn add(&mut self, product: &FullProductName, place: Place) -> Result<(), VexError> {
        match self.0.entry(product.product_id.clone()) {
            // 6.1.2: two products by one name would let the status of one pass for that of the other.
            Entry::Occupied(entry) => Err(VexError::DuplicateProduct { found: entry.key().clone() }),
            Entry::Vacant(entry) => {
                entry.insert(Arc::new(product.component(place)));
                Ok(())
            }
        }
    }
}

/// Whether a product stands below a branch of versions.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Place {
    Named,
    Versioned,
}

#[derive(Deserialize)]
struct Branch {
    category: Option<String>,
    branches: Option<Vec<Self>>,
    product: Option<FullProductName>,
}

#[derive(Deserialize)]
pub(super) struct Group {
    pub(super) group_id: String,
    pub(super) product_ids: Vec<String>,
}

#[derive(Deserialize)]
struct Relationship {
    product_reference: String,
    relates_to_product_reference: String,
    full_product_name: FullProductName,
}

#[derive(Deserialize)]
struct FullProductName {
    name: Option<String>,
    product_id: String,
    product_identification_helper: Option<Helper>,
}

impl FullProductName {
    /// A package URL without a version is every version of the package. Below a branch of one version or a range it
    /// is not meant so, and there it is a name only.
    fn component(&self, place: Place) -> Component {
        let mut found = Component { names: self.name.iter().cloned().collect(), ..Component::default() };
        let Some(helper) = &self.product_identification_helper else { return found };
        for purl in helper.purl.iter().chain(helper.purls.iter().flatten()) {
            found.add(purl.clone());
        }
        if place == Place::Versioned {
            let (purls, names) = found.purls.into_iter().partition(|purl| purl.version().is_some());
            found.purls = purls;
            found.names.extend(Vec::into_iter(names).map(|purl| purl.as_str().to_owned()));
        }
        for hash in helper.hashes.iter().flatten().flat_map(|hashes| &hashes.file_hashes) {
            found.add_hash(&hash.algorithm, &hash.value);
        }
        found
    }
}

#[derive(Deserialize)]
struct Helper {
    purl: Option<String>,
    purls: Option<Vec<String>>,
    hashes: Option<Vec<Hashes>>,
}

#[derive(Deserialize)]
struct Hashes {
    file_hashes: Vec<Hash>,
}

#[derive(Deserialize)]
struct Hash {
    algorithm: String,
    value: String,
}
