//! SPDX 3 in JSON-LD. <https://spdx.github.io/spdx-spec/v3.0.1/serializations/>
//!
//! The elements of `@graph`, by their `type`. Agents, licences and relationships are followed as far as the model of
//! SPDX 2 has a field for what they say.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::de::MapAccess;

use super::context::Context;
use super::object::Field;
use super::object::Object;
use super::relation::relation_3;
use super::root::add_missing;
use crate::spdx::diagnostic::Code;
use crate::spdx::document::Form;
use crate::spdx::error::SpdxError;
use crate::spdx::view::AnnotationView;
use crate::spdx::view::ChecksumView;
use crate::spdx::view::Edge;
use crate::spdx::view::ExtractedLicense;
use crate::spdx::view::FileView;
use crate::spdx::view::PackageView;
use crate::spdx::view::ReferenceView;
use crate::spdx::view::View;

/// One element, of whatever type; the fields that are read of any.
#[derive(Default)]
pub(super) struct Element<'a> {
    kind: Option<Cow<'a, str>>,
    id: Option<Cow<'a, str>>,
    name: Option<Cow<'a, str>>,
    summary: Option<Cow<'a, str>>,
    description: Option<Cow<'a, str>>,
    comment: Option<Cow<'a, str>>,
    // CreationInfo
    version: Option<Cow<'a, str>>,
    created: Option<Cow<'a, str>>,
    created_by: Vec<Cow<'a, str>>,
    created_using: Vec<Cow<'a, str>>,
    creation: Option<Box<Self>>,
    // SpdxDocument, Sbom
    data_license: Option<Cow<'a, str>>,
    roots: Vec<Cow<'a, str>>,
    sbom_types: Vec<Cow<'a, str>>,
    // Relationship
    from: Option<Cow<'a, str>>,
    relation: Option<Cow<'a, str>>,
    to: Vec<Cow<'a, str>>,
    // Annotation
    statement: Option<Cow<'a, str>>,
    annotation_type: Option<Cow<'a, str>>,
    // licences
    license_expression: Option<Cow<'a, str>>,
    license_text: Option<Cow<'a, str>>,
    // software_Package
    package: PackageView<'a>,
    package_url: Option<Cow<'a, str>>,
    originators: Vec<Cow<'a, str>>,
}

impl<'a> Object<'a> for Element<'a> {
    fn field<A: MapAccess<'a>>(&mut self, key: &str, field: Field<'_, 'a, A>) -> Result<(), A::Error> {
        let package = &mut self.package;
        match key {
            "type" | "@type" => self.kind = field.text()?,
            "spdxId" | "@id" => self.id = field.text()?,
            "name" => self.name = field.text()?,
            "summary" => self.summary = field.text()?,
            "description" => self.description = field.text()?,
            "comment" => self.comment = field.text()?,
            "specVersion" => self.version = field.text()?,
            "created" => self.created = field.text()?,
            "createdBy" => self.created_by = field.texts()?,
            "createdUsing" => self.created_using = field.texts()?,
            "creationInfo" => self.creation = field.object_or_name()?.map(Box::new),
            "dataLicense" => self.data_license = field.text()?,
            "rootElement" => self.roots = field.texts()?,
            "software_sbomType" => self.sbom_types = field.texts()?,
            "from" => self.from = field.text()?,
            "relationshipType" => self.relation = field.text()?,
            "to" => self.to = field.texts()?,
            "statement" => self.statement = field.text()?,
            "annotationType" => self.annotation_type = field.text()?,
            "simplelicensing_licenseExpression" => self.license_expression = field.text()?,
            "simplelicensing_licenseText" => self.license_text = field.text()?,
            "originatedBy" => self.originators = field.texts()?,
            "suppliedBy" => package.supplier = field.text()?,
            "software_packageVersion" => package.version = field.text()?,
            "software_packageUrl" => self.package_url = field.text()?,
            "software_downloadLocation" => package.download = field.text()?,
            "software_homePage" => package.homepage = field.text()?,
            "software_copyrightText" => package.copyright = field.text()?,
            "software_sourceInfo" => package.source_info = field.text()?,
            "software_primaryPurpose" => package.purpose = field.text()?.map(purpose),
            "software_attributionText" => package.attributions = field.texts()?,
            "builtTime" => package.built = field.text()?,
            "releaseTime" => package.released = field.text()?,
            "validUntilTime" => package.valid_until = field.text()?,
            "verifiedUsing" => {
                let checksums = &mut package.checksums;
                field.each(|hash: Hash<'a>, _| checksums.extend(hash.checksum()))?;
            }
            "externalIdentifier" => {
                let references = &mut package.references;
                field.each(|found: Identifier<'a>, _| references.extend(found.reference()))?;
            }
            _ => drop(field.skip()?),
        }
        Ok(())
    }
}

/// `operatingSystem` as SPDX 2 writes it.
fn purpose(text: Cow<'_, str>) -> Cow<'_, str> {
    Cow::Owned(relation_3(&text).replace('_', "-"))
}

/// An entry of `verifiedUsing`.
#[derive(Default)]
struct Hash<'a> {
    algorithm: Option<Cow<'a, str>>,
    value: Option<Cow<'a, str>>,
}

impl<'a> Hash<'a> {
    fn checksum(self) -> Option<ChecksumView<'a>> {
        let algorithm = match &*self.algorithm?.to_ascii_uppercase() {
            sha3 if sha3.starts_with("SHA3") => sha3.replace('_', "-"),
            other => other.replace(['_', '-'], ""),
        };
        Some(ChecksumView { algorithm: algorithm.into(), value: self.value? })
    }
}

impl<'a> Object<'a> for Hash<'a> {
    fn field<A: MapAccess<'a>>(&mut self, key: &str, field: Field<'_, 'a, A>) -> Result<(), A::Error> {
        match key {
            "algorithm" => self.algorithm = field.text()?,
            "hashValue" => self.value = field.text()?,
            _ => drop(field.skip()?),
        }
        Ok(())
    }
}

/// An entry of `externalIdentifier`.
#[derive(Default)]
struct Identifier<'a> {
    kind: Option<Cow<'a, str>>,
    value: Option<Cow<'a, str>>,
}

impl<'a> Identifier<'a> {
    /// The names of SPDX 2: its users look for them.
    fn reference(self) -> Option<ReferenceView<'a>> {
        let (category, kind) = match self.kind.as_deref() {
            Some("packageUrl" | "purl") => ("PACKAGE-MANAGER", Cow::Borrowed("purl")),
            Some("cpe23") => ("SECURITY", Cow::Borrowed("cpe23Type")),
            Some("cpe22") => ("SECURITY", Cow::Borrowed("cpe22Type")),
            Some("swid" | "cve" | "securityOther") => ("SECURITY", self.kind?),
            Some("gitoid" | "swhid") => ("PERSISTENT-ID", self.kind?),
            _ => ("OTHER", self.kind?),
        };
        Some(ReferenceView { category: Some(category.into()), kind: Some(kind), locator: self.value? })
    }
}

impl<'a> Object<'a> for Identifier<'a> {
    fn field<A: MapAccess<'a>>(&mut self, key: &str, field: Field<'_, 'a, A>) -> Result<(), A::Error> {
        match key {
            "externalIdentifierType" => self.kind = field.text()?,
            "identifier" => self.value = field.text()?,
            _ => drop(field.skip()?),
        }
        Ok(())
    }
}

/// The elements, sorted by what is done with them.
#[derive(Default)]
pub(super) struct Graph<'a> {
    view: Option<Box<View<'a>>>,
    created_by: Vec<Cow<'a, str>>,
    created_using: Vec<Cow<'a, str>>,
    /// `Organization: Example`, by identifier.
    agents: HashMap<Cow<'a, str>, Cow<'a, str>>,
    /// The same, in their order.
    everybody: Vec<Cow<'a, str>>,
    /// Expressions and texts, by identifier.
    licenses: HashMap<Cow<'a, str>, Cow<'a, str>>,
    roots: Vec<(Cow<'a, str>, Vec<Cow<'a, str>>)>,
}

impl<'a> Graph<'a> {
    pub(super) fn take(&mut self, element: Element<'a>, context: &mut Context) {
        let mut view = self.view.take().unwrap_or_else(|| Box::new(View::empty(Form::JsonLd)));
        self.sort(element, &mut view, context);
        self.view = Some(view);
    }

    fn sort(&mut self, mut element: Element<'a>, view: &mut View<'a>, context: &mut Context) {
        if let Some(creation) = element.creation.take() {
            self.creation(*creation, view);
        }
        let Some(kind) = element.kind.clone() else {
            context.report(Code::Missing, "type", || "an element without type is ignored".to_owned());
            return;
        };
        match &*kind {
            "CreationInfo" => self.creation(element, view),
            "Agent" | "Organization" | "Person" | "SoftwareAgent" | "Tool" => self.agent(&kind, element),
            "SpdxDocument" => {
                view.namespace = element.id.clone();
                view.name = element.name;
                view.comment = element.comment;
                view.data_license = element.data_license;
                self.roots.extend(element.id.clone().map(|id| (id, element.roots)));
                view.id = element.id;
            }
            "Bom" | "software_Sbom" => {
                view.sbom_types.extend(element.sbom_types);
                self.roots.extend(element.id.map(|id| (id, element.roots)));
            }
            "Relationship" | "LifecycleScopedRelationship" => relationship(element, view),
            "Annotation" => view.annotations.push(AnnotationView {
                annotator: None,
                kind: element.annotation_type,
                comment: element.statement,
            }),
            "software_File" => {
                view.counts.files = view.counts.files.saturating_add(1);
                if context.with_files {
                    let checksums = element.package.checksums;
                    view.files.push(FileView { id: element.id, name: element.name, checksums });
                }
            }
            "software_Snippet" => view.counts.snippets = view.counts.snippets.saturating_add(1),
            "software_Package" | "ai_AIPackage" | "dataset_DatasetPackage" => {
                view.counts.packages = view.counts.packages.saturating_add(1);
                view.packages.push(package(element));
            }
            _ => self.license(element, view),
        }
    }

    fn creation(&mut self, element: Element<'a>, view: &mut View<'a>) {
        // Several may stand in one graph; the first is that of the document in all that are known.
        if view.version.is_empty() {
            view.version = element.version.map(|text| format!("SPDX-{text}").into()).unwrap_or_default();
            view.created = element.created;
            view.creator_comment = element.comment;
            self.created_by = element.created_by;
            self.created_using = element.created_using;
        }
    }

    fn agent(&mut self, kind: &str, element: Element<'a>) {
        let kind = if kind == "SoftwareAgent" { "Tool" } else { kind };
        let name: Cow<'a, str> = format!("{kind}: {}", element.name.unwrap_or_default()).into();
        self.everybody.push(name.clone());
        if let Some(id) = element.id {
            self.agents.insert(id, name);
        }
    }

    fn license(&mut self, element: Element<'a>, view: &mut View<'a>) {
        let Some(id) = element.id else { return };
        if let Some(expression) = element.license_expression {
            self.licenses.insert(id, expression);
        } else if let Some(text) = element.license_text {
            view.licenses.push(ExtractedLicense { id: Some(id), name: element.name, text: Some(text) });
        }
    }

    pub(super) fn finish(self, context: Context) -> Result<View<'a>, SpdxError> {
        let mut view = self.view.map_or_else(|| View::empty(Form::JsonLd), |view| *view);
        if view.version != "SPDX-3.0" && !view.version.starts_with("SPDX-3.0.") {
            return Err(SpdxError::Version { found: view.version.into_owned() });
        }
        let agents = self.agents;
        let named = |id: Cow<'a, str>| agents.get(&id).cloned().unwrap_or(id);
        view.creators = self.created_by.into_iter().chain(self.created_using).map(named).collect();
        if view.creators.is_empty() {
            view.creators = self.everybody;
        }
        for package in &mut view.packages {
            package.supplier = package.supplier.take().map(named);
            package.originator = package.originator.take().map(named);
        }
        apply_licenses(&mut view, &self.licenses);
        // What the document describes: its own roots, or where those are collections, their roots.
        let document = view.id.clone().unwrap_or_default();
        let collections: Vec<Cow<'a, str>> = self.roots.iter().map(|(id, _)| id.clone()).collect();
        let roots = self.roots.into_iter().flat_map(|(_, roots)| roots);
        let roots = roots.filter(|root| !collections.contains(root));
        let describes = roots.map(|root| (document.clone(), "DESCRIBES", root)).collect();
        add_missing(&mut view.edges, describes);
        view.diagnostics = context.diagnostics;
        Ok(view)
    }
}

fn relationship<'a>(element: Element<'a>, view: &mut View<'a>) {
    view.counts.relationships = view.counts.relationships.saturating_add(1);
    let (Some(from), Some(relation)) = (element.from, element.relation) else { return };
    let relation = match relation {
        Cow::Borrowed(text) => relation_3(text),
        Cow::Owned(text) => Cow::Owned(relation_3(&text).into_owned()),
    };
    let edges = element.to.into_iter();
    view.edges.extend(edges.map(|to| Edge { from: from.clone(), relation: relation.clone(), to }));
}

fn package(element: Element<'_>) -> PackageView<'_> {
    let mut package = element.package;
    package.id = element.id;
    package.name = element.name;
    package.summary = element.summary;
    package.description = element.description;
    package.comment = element.comment;
    package.originator = element.originators.into_iter().next();
    if let Some(locator) = element.package_url {
        let reference =
            ReferenceView { category: Some("PACKAGE-MANAGER".into()), kind: Some("purl".into()), locator };
        package.references.insert(0, reference);
    }
    package
}

/// Licences are relationships to elements with an expression.
fn apply_licenses<'a>(view: &mut View<'a>, licenses: &HashMap<Cow<'a, str>, Cow<'a, str>>) {
    let mut declared: HashMap<Cow<'a, str>, Cow<'a, str>> = HashMap::new();
    let mut concluded: HashMap<Cow<'a, str>, Cow<'a, str>> = HashMap::new();
    for edge in &view.edges {
        let of = match &*edge.relation {
            "HAS_DECLARED_LICENSE" => &mut declared,
            "HAS_CONCLUDED_LICENSE" => &mut concluded,
            _ => continue,
        };
        let license = licenses.get(&edge.to).cloned().unwrap_or_else(|| individual(&edge.to));
        of.insert(edge.from.clone(), license);
    }
    for package in &mut view.packages {
        let Some(id) = &package.id else { continue };
        package.license_declared = declared.remove(id);
        package.license_concluded = concluded.remove(id);
    }
}

/// The individuals of the model that stand for no licence and for none that is known.
fn individual<'a>(id: &Cow<'a, str>) -> Cow<'a, str> {
    match id.rsplit(['/', ':']).next() {
        Some("NoAssertionLicense" | "expandedlicensing_NoAssertionLicense") => Cow::Borrowed("NOASSERTION"),
        Some("NoneLicense" | "expandedlicensing_NoneLicense") => Cow::Borrowed("NONE"),
        _ => id.clone(),
    }
}
