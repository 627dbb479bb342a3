//! SPDX 3.0.1 in JSON-LD. <https://spdx.github.io/spdx-spec/v3.0.1/serializations/>
//!
//! The profiles core, software and simple licensing: what SPDX 2 says, and an agent for everybody who
//! supplies something.

use std::collections::BTreeMap;
use std::io;
use std::io::Write;

use serde::Serialize;
use serde::Serializer;
use serde::ser::SerializeSeq;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::plan;
use super::plan::Plan;
use super::plan::Planned;
use super::plan::PlannedFile;
use crate::package::Checksum;
use crate::package::ChecksumAlgorithm;
use crate::package::Party;
use crate::package::PartyKind;
use crate::package::Relation;
use crate::package::RootKind;
use crate::package::content_uuid;
use crate::package::identity;
use crate::package::web;
use crate::package::write_json;

/// Writes the document.
pub(super) fn write(plan: &Plan<'_>, to: &mut impl Write) -> io::Result<()> {
    let mut document = Document::new(plan);
    let uuid = content_uuid(|to| Ok(serde_json::to_writer(to, &document)?))?;
    document.graph.namespace = plan.namespace(&uuid);
    write_json(&document, plan.options.layout, to)
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@graph")]
    graph: Graph<'a>,
}

/// The elements, each made when it is written.
struct Graph<'a> {
    plan: &'a Plan<'a>,
    namespace: String,
    /// Everybody who supplies or makes something, by local identifier.
    agents: BTreeMap<String, Party>,
    /// Expressions of the packages, by local identifier.
    licenses: BTreeMap<String, &'a str>,
}

impl<'a> Document<'a> {
    fn new(plan: &'a Plan<'a>) -> Self {
        let suppliers = plan.packages.iter().filter_map(|package| package.supplier.as_ref());
        let makers = plan.packages.iter().filter_map(|package| package.package.originator.as_ref());
        let all = suppliers.chain(makers).chain(&plan.options.authors).chain(&plan.root.supplier);
        let licenses = plan.packages.iter().filter_map(|package| package.license.as_deref());
        Self {
            context: "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
            graph: Graph {
                plan,
                namespace: String::new(),
                agents: all.map(|party| (agent_id(party), party.clone())).collect(),
                licenses: licenses.map(|license| (license_id(license), license)).collect(),
            },
        }
    }
}

impl Serialize for Graph<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plan = self.plan;
        let mut list = serializer.serialize_seq(None)?;
        let head = [self.creation_info(), self.tool(), self.document(), self.sbom(), self.root()];
        head.iter().try_for_each(|element| list.serialize_element(element))?;
        if plan.options.authors.is_empty() {
            list.serialize_element(&self.software_agent())?;
        }
        let agents = self.agents.iter().map(|(id, party)| self.agent(id, party));
        let packages = plan.packages.iter().map(|package| self.package(package));
        let files = plan.files.iter().map(|file| self.file(file));
        let texts = plan.extracted.texts.iter().map(|(id, license)| {
            let mut element = self.element("simplelicensing_SimpleLicensingText", id);
            put(&mut element, "name", license.name.as_deref());
            put(&mut element, "simplelicensing_licenseText", Some(&license.text));
            element
        });
        let licenses = self.licenses.iter().map(|(id, license)| self.license(id, license));
        let unknowns = plan.unknowns().into_iter().enumerate().map(|(place, unknown)| {
            let mut element = self.element("Annotation", &format!("Annotation-{place}"));
            element.insert("annotationType".to_owned(), "other".into());
            element.insert("subject".to_owned(), self.iri("DOCUMENT").into());
            element.insert("statement".to_owned(), unknown.into());
            element
        });
        let mut elements = agents.chain(packages).chain(files).chain(texts).chain(licenses).chain(unknowns);
        elements.try_for_each(|element| list.serialize_element(&element))?;
        self.relationships().try_for_each(|element| list.serialize_element(&element))?;
        list.end()
    }
}

impl Graph<'_> {
    fn iri(&self, id: &str) -> String {
        format!("{}#SPDXRef-{id}", self.namespace)
    }

    fn element(&self, kind: &str, id: &str) -> Map<String, Value> {
        let mut element = Map::new();
        element.insert("type".to_owned(), kind.into());
        element.insert("spdxId".to_owned(), self.iri(id).into());
        element.insert("creationInfo".to_owned(), CREATION.into());
        element
    }

    fn creation_info(&self) -> Map<String, Value> {
        let authors = &self.plan.options.authors;
        let mut by: Vec<String> = authors.iter().map(|party| self.iri(&agent_id(party))).collect();
        if by.is_empty() {
            by.push(self.iri("SoftwareAgent"));
        }
        let info = json!({
            "type": "CreationInfo",
            "@id": CREATION,
            "specVersion": "3.0.1",
            "created": self.plan.options.created_text(),
            "createdBy": by,
            "createdUsing": [self.iri("Tool")],
            "comment": self.plan.comment(),
        });
        match info {
            Value::Object(info) => info,
            _ => Map::new(),
        }
    }

    fn tool(&self) -> Map<String, Value> {
        let mut element = self.element("Tool", "Tool");
        element.insert("name".to_owned(), self.tool_name().into());
        element
    }

    fn tool_name(&self) -> String {
        let tool = &self.plan.options.tool;
        format!("{}-{}", tool.name, tool.version)
    }

    /// Somebody must have made the document: where no author is given, it is the program.
    fn software_agent(&self) -> Map<String, Value> {
        let mut element = self.element("SoftwareAgent", "SoftwareAgent");
        element.insert("name".to_owned(), self.tool_name().into());
        element
    }

    fn document(&self) -> Map<String, Value> {
        let mut element = self.element("SpdxDocument", "DOCUMENT");
        put(&mut element, "name", Some(&self.plan.root.name));
        element.insert("profileConformance".to_owned(), json!(["core", "software", "simpleLicensing"]));
        element.insert("rootElement".to_owned(), json!([self.iri("SBOM")]));
        element
    }

    fn sbom(&self) -> Map<String, Value> {
        let mut element = self.element("software_Sbom", "SBOM");
        put(&mut element, "name", Some(&self.plan.root.name));
        element.insert("software_sbomType".to_owned(), json!(["analyzed"]));
        element.insert("rootElement".to_owned(), json!([self.iri(&self.plan.root_id)]));
        let packages = self.plan.packages.iter().map(|package| self.iri(&package.id));
        let files = self.plan.files.iter().map(|file| self.iri(&file.id));
        let all = std::iter::once(self.iri(&self.plan.root_id)).chain(packages).chain(files);
        element.insert("element".to_owned(), all.collect());
        element
    }

    fn root(&self) -> Map<String, Value> {
        let root = &self.plan.root;
        let purpose = match root.kind {
            RootKind::Image => "container",
            RootKind::File => "file",
            RootKind::Directory | RootKind::Unknown => "other",
        };
        let mut element = self.element("software_Package", &self.plan.root_id);
        put(&mut element, "name", Some(&root.name));
        put(&mut element, "software_packageVersion", root.version.as_deref());
        put(&mut element, "software_packageUrl", root.purl.as_ref().map(|purl| purl.as_str()));
        put(&mut element, "software_primaryPurpose", Some(purpose));
        self.put_supplier(&mut element, root.supplier.as_ref());
        if let Some(digest) = root.digest {
            let hash = json!([{"type": "Hash", "algorithm": "sha256", "hashValue": digest.hex()}]);
            element.insert("verifiedUsing".to_owned(), hash);
        }
        element
    }

    fn package(&self, planned: &Planned<'_>) -> Map<String, Value> {
        let package = planned.package;
        let mut element = self.element("software_Package", &planned.id);
        put(&mut element, "name", Some(&package.name));
        put(&mut element, "description", package.description.as_deref());
        put(&mut element, "software_packageVersion", Some(package.written_version()));
        put(&mut element, "software_packageUrl", package.purl.as_ref().map(|purl| purl.as_str()));
        put(&mut element, "software_downloadLocation", package.download.as_deref().and_then(web::download));
        put(&mut element, "software_homePage", package.homepage.as_deref().and_then(web::page));
        put(&mut element, "software_copyrightText", package.copyright.as_deref());
        put(&mut element, "software_sourceInfo", plan::source_info(package).as_deref());
        self.put_supplier(&mut element, planned.supplier.as_ref());
        if let Some(maker) = &package.originator {
            element.insert("originatedBy".to_owned(), json!([self.iri(&agent_id(maker))]));
        }
        put_hashes(&mut element, &package.checksums);
        if !planned.cpes.is_empty() {
            let cpe = |cpe| json!({"type": "ExternalIdentifier", "externalIdentifierType": "cpe23", "identifier": cpe});
            element.insert("externalIdentifier".to_owned(), planned.cpes.iter().map(cpe).collect());
        }
        element
    }

    fn put_supplier(&self, element: &mut Map<String, Value>, supplier: Option<&Party>) {
        if let Some(supplier) = supplier {
            element.insert("suppliedBy".to_owned(), self.iri(&agent_id(supplier)).into());
        }
    }

    fn file(&self, file: &PlannedFile<'_>) -> Map<String, Value> {
        let mut element = self.element("software_File", &file.id);
        put(&mut element, "name", Some(&format!(".{}", file.entry.location.path)));
        let layer = file.entry.location.layer.as_ref().map(|layer| format!("layerID: {layer}"));
        put(&mut element, "comment", layer.as_deref());
        put_hashes(&mut element, &file.entry.checksums);
        element
    }

    fn agent(&self, id: &str, party: &Party) -> Map<String, Value> {
        let kind = match party.kind {
            PartyKind::Organization => "Organization",
            PartyKind::Person => "Person",
        };
        let mut element = self.element(kind, id);
        put(&mut element, "name", Some(&party.name));
        if let Some(email) = &party.email {
            let email = json!([{"type": "ExternalIdentifier", "externalIdentifierType": "email", "identifier": email}]);
            element.insert("externalIdentifier".to_owned(), email);
        }
        element
    }

    fn license(&self, id: &str, license: &str) -> Map<String, Value> {
        let mut element = self.element("simplelicensing_LicenseExpression", id);
        put(&mut element, "simplelicensing_licenseExpression", Some(license));
        let own = self
            .plan
            .extracted
            .texts
            .keys()
            .filter(|own| license.split([' ', '(', ')']).any(|term| term == own.as_str()));
        let own: Vec<Value> =
            own.map(|own| json!({"type": "DictionaryEntry", "key": own, "value": self.iri(own)})).collect();
        if !own.is_empty() {
            element.insert("simplelicensing_customIdToUri".to_owned(), own.into());
        }
        element
    }

    /// One element for each that others stand in the same relation to, as version 3 can.
    fn relationships(&self) -> impl Iterator<Item = Map<String, Value>> {
        let plan = self.plan;
        // Whether more packages than these are in the image is known only if some could not be read.
        let completeness = if plan.inventory.unknowns.is_empty() { "noAssertion" } else { "incomplete" };
        let all: Vec<&str> = plan.packages.iter().map(|package| package.id.as_str()).collect();
        let root =
            (!all.is_empty()).then(|| self.relationship(&plan.root_id, "contains", &all, Some(completeness)));
        let mut grouped: BTreeMap<(usize, &'static str), Vec<&str>> = BTreeMap::new();
        for edge in &plan.edges {
            let kind = match edge.relation {
                Relation::Contains => "contains",
                Relation::DependsOn => "dependsOn",
                Relation::OwnsFilesOf => "other",
            };
            grouped.entry((edge.from, kind)).or_default().push(plan.id(edge.to));
        }
        let between = grouped.into_iter().map(|((from, kind), to)| {
            let mut element = self.relationship(plan.id(from), kind, &to, None);
            put(&mut element, "comment", (kind == "other").then_some(plan::OWNS_FILES));
            element
        });
        let licenses = plan.packages.iter().filter_map(|package| {
            let license = license_id(package.license.as_deref()?);
            Some(self.relationship(&package.id, "hasDeclaredLicense", &[&license], None))
        });
        let files = plan.packages.iter().filter(|package| !package.files.is_empty()).map(|package| {
            let files = package.files.iter().filter_map(|&file| Some(plan.files.get(file)?.id.as_str()));
            let mut element = self.relationship(&package.id, "contains", &files.collect::<Vec<_>>(), None);
            // The package may contain packages as well.
            element
                .insert("spdxId".to_owned(), self.iri(&format!("Relationship-files-{}", package.id)).into());
            element
        });
        root.into_iter().chain(between).chain(licenses).chain(files)
    }

    fn relationship(
        &self,
        from: &str,
        kind: &str,
        to: &[&str],
        completeness: Option<&str>,
    ) -> Map<String, Value> {
        let mut element = self.element("Relationship", &format!("Relationship-{kind}-{from}"));
        element.insert("from".to_owned(), self.iri(from).into());
        element.insert("relationshipType".to_owned(), kind.into());
        element.insert("to".to_owned(), to.iter().map(|to| self.iri(to)).collect());
        put(&mut element, "completeness", completeness);
        element
    }
}

fn agent_id(party: &Party) -> String {
    let kind = match party.kind {
        PartyKind::Organization => "organization",
        PartyKind::Person => "person",
    };
    let hash = identity::hash([kind, &party.name, party.email.as_deref().unwrap_or_default()], 16);
    format!("Agent-{hash}")
}

fn license_id(expression: &str) -> String {
    format!("License-{}", identity::hash([expression], 16))
}

fn put(element: &mut Map<String, Value>, name: &str, value: Option<&str>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        element.insert(name.to_owned(), value.into());
    }
}

fn put_hashes(element: &mut Map<String, Value>, checksums: &[Checksum]) {
    let name = |algorithm| match algorithm {
        ChecksumAlgorithm::Md5 => "md5",
        ChecksumAlgorithm::Sha1 => "sha1",
        ChecksumAlgorithm::Sha256 => "sha256",
        ChecksumAlgorithm::Sha384 => "sha384",
        ChecksumAlgorithm::Sha512 => "sha512",
    };
    let hash =
        |sum: &Checksum| json!({"type": "Hash", "algorithm": name(sum.algorithm), "hashValue": sum.hex});
    if !checksums.is_empty() {
        element.insert("verifiedUsing".to_owned(), checksums.iter().map(hash).collect());
    }
}

/// What all elements refer to; it has no identifier outside of the document.
const CREATION: &str = "_:creation-info";
