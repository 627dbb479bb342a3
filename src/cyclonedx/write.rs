//! The document.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashSet;
use std::io;
use std::io::Write;

use serde::Serialize;
use serde::Serializer;
use serde::ser::SerializeSeq;

use super::component::Component;
use super::component::Contact;
use super::component::Property;
use crate::package::DocumentOptions;
use crate::package::Inventory;
use crate::package::Package;
use crate::package::Party;
use crate::package::Relation;
use crate::package::Root;
use crate::package::content_uuid;
use crate::package::supplier_of;
use crate::package::write_json;

/// Versions of the format.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Version {
    /// 1.4.
    V1_4,
    /// 1.5.
    V1_5,
    /// 1.6.
    V1_6,
}

impl Version {
    /// `1.6`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1_4 => "1.4",
            Self::V1_5 => "1.5",
            Self::V1_6 => "1.6",
        }
    }
}

/// Writes an inventory as a CycloneDX document in JSON. The same inventory gives the same bytes.
///
/// # Errors
/// Those of `to`.
pub fn write(
    inventory: &Inventory,
    version: Version,
    options: &DocumentOptions,
    to: &mut impl Write,
) -> io::Result<()> {
    let plan = Plan::new(inventory, options);
    let mut document = Document::new(&plan, version);
    let uuid = content_uuid(|to| Ok(serde_json::to_writer(to, &document)?))?;
    document.serial_number = format!("urn:uuid:{uuid}");
    write_json(&document, options.layout, to)
}

/// The document before it is written.
struct Plan<'a> {
    inventory: &'a Inventory,
    options: &'a DocumentOptions,
    root: Root,
    root_ref: String,
    /// In the order of the document.
    packages: Vec<Planned<'a>>,
    /// What depends on what, by place in `packages`.
    edges: BTreeMap<usize, BTreeSet<usize>>,
    /// On which nothing depends, by place in `packages`.
    top: Vec<usize>,
}

struct Planned<'a> {
    package: &'a Package,
    bom_ref: String,
    supplier: Option<Party>,
}

impl<'a> Plan<'a> {
    fn new(inventory: &'a Inventory, options: &'a DocumentOptions) -> Self {
        let root = Root::new(inventory, options);
        let mut order: Vec<(usize, &Package)> = inventory.packages.iter().enumerate().collect();
        order.sort_by(|(_, a), (_, b)| sort_key(a).cmp(&sort_key(b)));
        let mut taken = HashSet::new();
        let mut places = vec![0; order.len()];
        let mut packages = Vec::with_capacity(order.len());
        for (new, (old, package)) in order.into_iter().enumerate() {
            if let Some(place) = places.get_mut(old) {
                *place = new;
            }
            let supplier = supplier_of(package, inventory.release.as_ref(), &root);
            packages.push(Planned { package, bom_ref: reference(package, &mut taken), supplier });
        }
        let mut edges: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        let mut needed = HashSet::new();
        // What is compiled into a program, or lies in an archive, is a dependency of it too.
        let counts = |relation| matches!(relation, Relation::Contains | Relation::DependsOn);
        for edge in inventory.relationships.iter().filter(|edge| counts(edge.relation)) {
            if let (Some(&from), Some(&to)) = (places.get(edge.from), places.get(edge.to)) {
                edges.entry(from).or_default().insert(to);
                needed.insert(to);
            }
        }
        let top = (0..packages.len()).filter(|place| !needed.contains(place)).collect();
        let root_ref = root.purl.as_ref().map_or_else(|| "root".to_owned(), |purl| purl.as_str().to_owned());
        Self { inventory, options, root, root_ref, packages, edges, top }
    }

    fn refs<'b>(&'b self, places: impl IntoIterator<Item = &'b usize>) -> Vec<&'b str> {
        places.into_iter().filter_map(|&place| Some(self.packages.get(place)?.bom_ref.as_str())).collect()
    }
}

fn sort_key(package: &Package) -> impl Ord {
    let purl = package.purl.as_ref().map(|purl| purl.as_str());
    (package.kind.name(), &package.name, &package.version, purl, &package.locations)
}

/// The package URL, which other documents know as well, and the package's identity, as the same package
/// can lie in several places.
fn reference(package: &Package, taken: &mut HashSet<String>) -> String {
    let identity = package.identity();
    let reference = match &package.purl {
        Some(purl) => {
            let joint = if purl.as_str().contains('?') { '&' } else { '?' };
            format!("{purl}{joint}package-id={identity}")
        }
        None => identity,
    };
    let mut free = reference.clone();
    let mut number = 2_u32;
    while !taken.insert(free.clone()) {
        free = format!("{reference}-{number}");
        number = number.saturating_add(1);
    }
    free
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    #[serde(rename = "$schema")]
    schema: String,
    bom_format: &'static str,
    spec_version: &'static str,
    serial_number: String,
    version: u32,
    metadata: Metadata<'a>,
    components: Components<'a>,
    dependencies: Dependencies<'a>,
    compositions: [Composition<'a>; 1],
}

impl<'a> Document<'a> {
    fn new(plan: &'a Plan<'a>, version: Version) -> Self {
        // Only what was looked at and could not be read is known to be missing.
        let aggregate = if plan.inventory.unknowns.is_empty() { "unknown" } else { "incomplete" };
        Self {
            schema: format!("http://cyclonedx.org/schema/bom-{}.schema.json", version.as_str()),
            bom_format: "CycloneDX",
            spec_version: version.as_str(),
            serial_number: String::new(),
            version: 1,
            metadata: Metadata::new(plan, version),
            components: Components(plan),
            dependencies: Dependencies(plan),
            compositions: [Composition { aggregate, assemblies: [&plan.root_ref] }],
        }
    }
}

#[derive(Serialize)]
struct Composition<'a> {
    aggregate: &'static str,
    assemblies: [&'a str; 1],
}

#[derive(Serialize)]
struct Metadata<'a> {
    timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    lifecycles: Option<[Lifecycle; 1]>,
    tools: Tools<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Contact<'a>>,
    component: Component<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property>,
}

impl<'a> Metadata<'a> {
    fn new(plan: &'a Plan<'a>, version: Version) -> Self {
        let unknowns = plan.inventory.unknowns.iter().take(UNKNOWNS).map(|unknown| {
            let value = format!("{}: {} ({})", unknown.location.path, unknown.reason, unknown.cataloger);
            Property::new("portcullis:not-read", value)
        });
        let tool = &plan.options.tool;
        let tool = ToolComponent { kind: None, name: &tool.name, version: &tool.version };
        Self {
            timestamp: plan.options.created_text(),
            lifecycles: (version >= Version::V1_5).then_some([Lifecycle { phase: "post-build" }]),
            tools: match version {
                Version::V1_4 => Tools::List([tool]),
                Version::V1_5 | Version::V1_6 => {
                    Tools::Components { components: [ToolComponent { kind: Some("application"), ..tool }] }
                }
            },
            authors: plan.options.authors.iter().map(Contact::from).collect(),
            component: Component::of_root(&plan.root, &plan.root_ref),
            properties: unknowns.collect(),
        }
    }
}

#[derive(Serialize)]
struct Lifecycle {
    phase: &'static str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Tools<'a> {
    Components { components: [ToolComponent<'a>; 1] },
    List([ToolComponent<'a>; 1]),
}

#[derive(Serialize)]
struct ToolComponent<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    name: &'a str,
    version: &'a str,
}

struct Components<'a>(&'a Plan<'a>);

impl Serialize for Components<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let packages = self.0.packages.iter();
        let packages =
            packages.map(|one| Component::of_package(one.package, &one.bom_ref, one.supplier.as_ref()));
        let release = self.0.inventory.release.as_ref();
        serializer.collect_seq(packages.chain(release.map(|release| Component::of_release(release, SYSTEM))))
    }
}

struct Dependencies<'a>(&'a Plan<'a>);

impl Serialize for Dependencies<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plan = self.0;
        let mut list = serializer.serialize_seq(None)?;
        let system = plan.inventory.release.is_some();
        let mut top = plan.refs(&plan.top);
        top.extend(system.then_some(SYSTEM));
        list.serialize_element(&Dependency { name: &plan.root_ref, depends_on: top })?;
        // Each is listed: one that is not would be one whose dependencies are unknown.
        let none = BTreeSet::new();
        for (place, package) in plan.packages.iter().enumerate() {
            let needs = plan.edges.get(&place).unwrap_or(&none);
            list.serialize_element(&Dependency { name: &package.bom_ref, depends_on: plan.refs(needs) })?;
        }
        if system {
            // The distribution is its packages: trivy takes no others for those of the system.
            let of_system =
                |place: &usize| plan.packages.get(*place).is_some_and(|one| one.package.kind.is_of_system());
            let packages: Vec<usize> = (0..plan.packages.len()).filter(of_system).collect();
            list.serialize_element(&Dependency { name: SYSTEM, depends_on: plan.refs(&packages) })?;
        }
        list.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency<'a> {
    #[serde(rename = "ref")]
    name: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<&'a str>,
}

/// What the distribution is called in the document: there is one at most.
const SYSTEM: &str = "operating-system";

/// How many of the files that could not be read are named.
const UNKNOWNS: usize = 1000;
