//! `CycloneDX` 1.4 and later, with the analysis of vulnerabilities. <https://cyclonedx.org/docs/1.6/json/#vulnerabilities>

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

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
use crate::package::Purl;

/// Reads a document that was recognised as `CycloneDX`.
pub(super) fn read(bytes: &[u8]) -> Result<Vex, VexError> {
    let wire: Wire = json::from_slice(bytes)?;
    spelling::check(bytes, KEYS)?;
    let version = wire.spec_version.unwrap_or_default();
    let refuse = |found: String, hint| Err(VexError::Unsupported { found, hint });
    if wire.format != "CycloneDX" || !version.starts_with("1.") {
        return refuse(
            format!("document of {} {version}", wire.format),
            "only CycloneDX 1.4 and later is known",
        );
    }
    let Some(vulnerabilities) = wire.vulnerabilities else {
        return refuse(
            "CycloneDX document that lists no vulnerabilities".to_owned(),
            "VEX has their analysis",
        );
    };
    let metadata = wire.metadata.unwrap_or_default();
    let created = time("metadata.timestamp", metadata.timestamp)?;
    let mut reader = Reader {
        created,
        serial: wire.serial.clone(),
        root: None,
        components: HashMap::new(),
        budget: Budget::new(),
    };
    let mut subject = Component::default();
    if let Some(mut root) = metadata.component {
        let inner = root.components.take();
        reader.root = root.bom_ref.take();
        subject = root.component();
        reader.add_all(inner)?;
    }
    subject.bom = wire.serial.clone();
    reader.add_all(wire.components)?;
    let mut statements = Vec::new();
    for vulnerability in vulnerabilities {
        statements.extend(reader.statement(vulnerability)?);
    }
    let authors =
        metadata.authors.into_iter().flatten().chain(metadata.manufacturer).chain(metadata.supplier);
    Ok(Vex {
        digest: Digest::sha256(bytes),
        format: Format::CycloneDx,
        id: wire.serial,
        author: authors.filter_map(|author| author.name).next(),
        created,
        subject: Some(Arc::new(subject)),
        subjects: None,
        statements,
    })
}

struct Reader {
    created: Option<Timestamp>,
    serial: Option<String>,
    /// Reference of what the document is about.
    root: Option<String>,
    components: HashMap<String, Arc<Component>>,
    budget: Budget,
}

impl Reader {
    /// The nesting is that of the document, so bounded.
    fn add_all(&mut self, components: Option<Vec<WireComponent>>) -> Result<(), VexError> {
        for mut wire in components.into_iter().flatten() {
            self.add_all(wire.components.take())?;
            let Some(reference) = wire.bom_ref.take() else { continue };
            let known = self.root.as_ref() == Some(&reference);
            // "Every bom-ref MUST be unique within the BOM".
            if known || self.components.insert(reference.clone(), Arc::new(wire.component())).is_some() {
                return Err(VexError::DuplicateProduct { found: reference });
            }
        }
        Ok(())
    }

    /// Nothing where no analysis was made: the vulnerability is listed, and nothing is said of it.
    fn statement(&mut self, wire: Vulnerability) -> Result<Option<Statement>, VexError> {
        let Some(analysis) = wire.analysis else { return Ok(None) };
        let Some(word) = analysis.state else { return Ok(None) };
        let status = match word.as_str() {
            "false_positive" | "not_affected" => Status::NotAffected,
            "resolved" | "resolved_with_pedigree" => Status::Fixed,
            "in_triage" => Status::UnderInvestigation,
            "exploitable" => Status::Affected,
            _ => return Err(VexError::Status { found: word }),
        };
        let Some(vulnerability) = wire.id.filter(|id| !id.is_empty()) else { return Ok(None) };
        let mut products = Vec::new();
        for affected in wire.affects.into_iter().flatten() {
            products.push(self.product(affected)?);
        }
        Ok(Some(Statement {
            vulnerability: vulnerability.into(),
            aliases: wire.references.into_iter().flatten().filter_map(|reference| reference.id).collect(),
            products,
            status,
            justification: shared(analysis.justification),
            impact: shared(analysis.detail),
            action: shared(analysis.response.map(|words| words.join(", "))),
            timestamp: time("analysis.firstIssued", analysis.first_issued)?.or(self.created),
            last_updated: time("analysis.lastUpdated", analysis.last_updated)?,
        }))
    }

    /// A reference to the subject of this document, to one of its components, or to those of another document by a
    /// BOM-Link, `urn:cdx:SERIAL/VERSION#REFERENCE`.
    fn product(&mut self, affected: Affected) -> Result<Product, VexError> {
        self.budget.take(1)?;
        let Affected { reference, versions } = affected;
        let versions = versions.unwrap_or_default();
        let Some(link) = reference.strip_prefix("urn:cdx:") else { return self.own(&reference, versions) };
        let (document, inner) = match link.split_once('#') {
            Some((document, inner)) => (document, Some(inner)),
            None => (link, None),
        };
        let serial = format!("urn:uuid:{}", document.split('/').next().unwrap_or(document));
        match inner {
            Some(inner) if self.serial.as_ref() == Some(&serial) => self.own(inner, versions),
            _ => Ok(foreign(serial, inner, versions)),
        }
    }

    fn own(&mut self, reference: &str, versions: Vec<WireVersion>) -> Result<Product, VexError> {
        if self.root.as_deref() == Some(reference) && versions.is_empty() {
            return Ok(Product { component: None, subcomponents: Vec::new() });
        }
        let component = match self.components.get(reference) {
            Some(component) if versions.is_empty() => Arc::clone(component),
            Some(component) => {
                // A copy each time: what it takes must not be more than the document.
                let length: usize = component.purls.iter().map(|purl| purl.as_str().len()).sum();
                self.budget.take(length / 64)?;
                let purls = component.purls.clone();
                Arc::new(limited(Component { purls, ..Component::default() }, versions))
            }
            // Known by nothing, so about nothing.
            None => Arc::new(Component { names: vec![reference.to_owned()], ..Component::default() }),
        };
        Ok(Product { component: None, subcomponents: vec![component] })
    }
}

/// A component of what another document is about, known where its reference is its package URL, as Trivy and others
/// write it.
fn foreign(serial: String, inner: Option<&str>, versions: Vec<WireVersion>) -> Product {
    let product = Component { bom: Some(serial), ..Component::default() };
    let subcomponents = inner.map(|inner| {
        let mut component = Component::default();
        component.add(inner.to_owned());
        Arc::new(limited(component, versions))
    });
    Product { component: Some(Arc::new(product)), subcomponents: subcomponents.into_iter().collect() }
}

/// The component in the versions that are listed as affected, which are those that the analysis is about. A range
/// counts for nothing where the component is given without its version.
fn limited(mut component: Component, versions: Vec<WireVersion>) -> Component {
    if versions.is_empty() {
        return component;
    }
    let open = component.purls.iter().any(|purl| purl.version().is_none());
    let ranges = versions.iter().any(|version| version.version.is_none());
    let counts = |version: &WireVersion| version.status.as_deref().unwrap_or("affected") != "unaffected";
    let listed = versions.into_iter().filter(counts).filter_map(|version| version.version);
    if open || !ranges {
        component.versions = Some(listed.collect());
    }
    component
}

const KEYS: &[&str] = &[
    "affects",
    "analysis",
    "bom-ref",
    "bomFormat",
    "components",
    "firstIssued",
    "justification",
    "lastUpdated",
    "metadata",
    "purl",
    "ref",
    "serialNumber",
    "specVersion",
    "state",
    "versions",
    "vulnerabilities",
];

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "bomFormat")]
    format: String,
    #[serde(rename = "specVersion")]
    spec_version: Option<String>,
    #[serde(rename = "serialNumber")]
    serial: Option<String>,
    metadata: Option<Metadata>,
    components: Option<Vec<WireComponent>>,
    vulnerabilities: Option<Vec<Vulnerability>>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    timestamp: Option<String>,
    component: Option<WireComponent>,
    authors: Option<Vec<Named>>,
    manufacturer: Option<Named>,
    supplier: Option<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
}

#[derive(Deserialize)]
struct WireComponent {
    #[serde(rename = "bom-ref")]
    bom_ref: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    name: Option<String>,
    version: Option<String>,
    purl: Option<String>,
    hashes: Option<Vec<Hash>>,
    components: Option<Vec<Self>>,
}

impl WireComponent {
    fn component(self) -> Component {
        let mut found = Component { names: self.name.into_iter().collect(), ..Component::default() };
        if let Some(purl) = self.purl.as_deref() {
            found.purls.extend(Purl::parse(purl).ok());
        }
        for hash in self.hashes.iter().flatten() {
            found.add_hash(&hash.alg, &hash.content);
        }
        // syft gives the digest of an image for its version.
        if self.kind.as_deref() == Some("container") {
            found.digests.extend(self.version.and_then(|version| Digest::parse(&version).ok()));
        }
        found
    }
}

#[derive(Deserialize)]
struct Hash {
    alg: String,
    content: String,
}

#[derive(Deserialize)]
struct Vulnerability {
    id: Option<String>,
    references: Option<Vec<Reference>>,
    analysis: Option<Analysis>,
    affects: Option<Vec<Affected>>,
}

#[derive(Deserialize)]
struct Reference {
    id: Option<String>,
}

#[derive(Deserialize)]
struct Analysis {
    state: Option<String>,
    justification: Option<String>,
    response: Option<Vec<String>>,
    detail: Option<String>,
    #[serde(rename = "firstIssued")]
    first_issued: Option<String>,
    #[serde(rename = "lastUpdated")]
    last_updated: Option<String>,
}

#[derive(Deserialize)]
struct Affected {
    #[serde(rename = "ref")]
    reference: String,
    versions: Option<Vec<WireVersion>>,
}

/// Either a version or a range.
#[derive(Deserialize)]
struct WireVersion {
    version: Option<String>,
    status: Option<String>,
}

#[cfg(test)]
mod tests;
