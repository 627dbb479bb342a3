//! `OpenVEX`, v0.0.1 to v0.2.0. <https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md>

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::DeserializeOwned;
use serde::de::Error;
use serde::de::IgnoredAny;
use serde::de::MapAccess;
use serde::de::Visitor;
use serde::de::value::MapAccessDeserializer;

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

/// Reads a document that was recognised as `OpenVEX`.
pub(super) fn read(bytes: &[u8]) -> Result<Vex, VexError> {
    let wire: Wire = json::from_slice(bytes)?;
    if !CONTEXTS.contains(&wire.context.as_str()) {
        let found = format!("document with the JSON-LD context {:?}", wire.context);
        return Err(VexError::Unsupported { found, hint: "OpenVEX is known up to v0.2.0" });
    }
    spelling::check(bytes, KEYS)?;
    let created = time("timestamp", wire.timestamp)?;
    let mut budget = Budget::new();
    let statements = wire.statements.into_iter().map(|item| item.statement(created, &mut budget));
    Ok(Vex {
        digest: Digest::sha256(bytes),
        format: Format::OpenVex,
        id: wire.id,
        author: wire.author,
        created,
        subject: None,
        subjects: None,
        statements: statements.collect::<Result<_, _>>()?,
    })
}

/// "Fixed to `https://openvex.dev/ns` before 1.0 is released"; go-vex appends the version.
const CONTEXTS: &[&str] = &[
    "https://openvex.dev/ns",
    "https://openvex.dev/ns/",
    "https://openvex.dev/ns/v0.0.0",
    "https://openvex.dev/ns/v0.0.1",
    "https://openvex.dev/ns/v0.0.2",
    "https://openvex.dev/ns/v0.2.0",
];

const KEYS: &[&str] = &["@context", "@id", "author", "statements", "timestamp"];

/// The head may hold more. Below it, all that the specification does not name is an error: a misspelt `products`
/// would make a statement about one package one about the whole image.
#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "@context")]
    context: String,
    #[serde(rename = "@id")]
    id: Option<String>,
    author: Option<String>,
    timestamp: Option<String>,
    statements: Vec<WireStatement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireStatement {
    #[serde(rename = "@id")]
    _id: Option<IgnoredAny>,
    #[serde(rename = "version")]
    _version: Option<IgnoredAny>,
    vulnerability: Named<Vulnerability>,
    timestamp: Option<String>,
    last_updated: Option<String>,
    products: Option<Vec<Named<WireProduct>>>,
    /// Of the statement in v0.0.1, of the product since.
    subcomponents: Option<Vec<Named<WireComponent>>>,
    status: String,
    #[serde(rename = "supplier")]
    _supplier: Option<IgnoredAny>,
    #[serde(rename = "status_notes")]
    _status_notes: Option<IgnoredAny>,
    justification: Option<String>,
    impact_statement: Option<String>,
    action_statement: Option<String>,
    #[serde(rename = "action_statement_timestamp")]
    _action_statement_timestamp: Option<IgnoredAny>,
}

impl WireStatement {
    fn statement(self, created: Option<Timestamp>, budget: &mut Budget) -> Result<Statement, VexError> {
        let status = match self.status.as_str() {
            "not_affected" => Status::NotAffected,
            "fixed" => Status::Fixed,
            "under_investigation" => Status::UnderInvestigation,
            "affected" => Status::Affected,
            _ => return Err(VexError::Status { found: self.status }),
        };
        let (vulnerability, aliases) = match self.vulnerability {
            Named::Text(name) => (name, Vec::new()),
            Named::Object(Vulnerability { name, id, aliases, .. }) => {
                (name.or(id).unwrap_or_default(), aliases.unwrap_or_default())
            }
        };
        if vulnerability.is_empty() {
            let reason = "statement names no vulnerability";
            let error: serde_json::Error = Error::custom(reason);
            return Err(json::JsonError::from(error).into());
        }
        Ok(Statement {
            vulnerability: vulnerability.into(),
            aliases: aliases.into(),
            products: products(self.products, self.subcomponents, budget)?,
            status,
            justification: shared(self.justification),
            impact: shared(self.impact_statement),
            action: shared(self.action_statement),
            timestamp: time("timestamp", self.timestamp)?.or(created),
            last_updated: time("last_updated", self.last_updated)?,
        })
    }
}

/// The products of a statement. None at all is the document's own; an empty list is about nothing, as it is what a
/// filter leaves that found no product.
fn products(
    products: Option<Vec<Named<WireProduct>>>,
    subcomponents: Option<Vec<Named<WireComponent>>>,
    budget: &mut Budget,
) -> Result<Vec<Product>, VexError> {
    let common: Vec<_> = subcomponents.into_iter().flatten().map(Named::component).collect();
    let Some(products) = products else {
        budget.take(1)?;
        return Ok(vec![Product { component: None, subcomponents: common }]);
    };
    let mut found = Vec::new();
    for product in products {
        let (component, mut subcomponents) = match product {
            Named::Text(text) => (Named::Text(text), Vec::new()),
            Named::Object(WireProduct { id, identifiers, hashes, subcomponents, supplier }) => {
                let component = WireComponent { id, identifiers, hashes, _supplier: supplier };
                (Named::Object(component), subcomponents.unwrap_or_default())
            }
        };
        budget.take(common.len().saturating_add(subcomponents.len()).saturating_add(1))?;
        let own = subcomponents.drain(..).map(Named::component);
        let subcomponents = own.chain(common.iter().cloned()).collect();
        found.push(Product { component: Some(component.component()), subcomponents });
    }
    Ok(found)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vulnerability {
    #[serde(rename = "@id")]
    id: Option<String>,
    name: Option<String>,
    #[serde(rename = "description")]
    _description: Option<IgnoredAny>,
    aliases: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireProduct {
    #[serde(rename = "@id")]
    id: Option<String>,
    identifiers: Option<BTreeMap<String, String>>,
    hashes: Option<BTreeMap<String, String>>,
    subcomponents: Option<Vec<Named<WireComponent>>>,
    supplier: Option<IgnoredAny>,
}

/// A component of a product, which has no components itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireComponent {
    #[serde(rename = "@id")]
    id: Option<String>,
    identifiers: Option<BTreeMap<String, String>>,
    hashes: Option<BTreeMap<String, String>>,
    #[serde(rename = "supplier")]
    _supplier: Option<IgnoredAny>,
}

impl Named<WireComponent> {
    fn component(self) -> Arc<Component> {
        let mut found = Component::default();
        let wire = match self {
            Self::Text(text) => {
                found.add(text);
                return Arc::new(found);
            }
            Self::Object(wire) => wire,
        };
        for (kind, text) in wire.identifiers.into_iter().flatten() {
            if kind == "purl" {
                found.add(text);
            } else {
                found.names.push(text);
            }
        }
        if let Some(id) = wire.id {
            found.add(id);
        }
        for (algorithm, hex) in wire.hashes.iter().flatten() {
            found.add_hash(algorithm, hex);
        }
        Arc::new(found)
    }
}

/// An object, or its name alone, as v0.0.1 has it.
enum Named<T> {
    Object(T),
    Text(String),
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);

        impl<'de, T: DeserializeOwned> Visitor<'de> for Either<T> {
            type Value = Named<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object or a name")
            }

            fn visit_str<E>(self, text: &str) -> Result<Named<T>, E> {
                Ok(Named::Text(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Named<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Named::Object)
            }
        }

        deserializer.deserialize_any(Either(PhantomData))
    }
}

#[cfg(test)]
mod tests;
