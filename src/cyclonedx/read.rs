//! `CycloneDX` in JSON into an inventory. <https://cyclonedx.org/docs/1.6/json/>

use std::collections::BTreeMap;
use std::collections::HashMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::json;
use crate::json::JsonError;
use crate::package::Checksum;
use crate::package::ChecksumAlgorithm;
use crate::package::FileEntry;
use crate::package::FileKind;
use crate::package::Inventory;
use crate::package::Kind;
use crate::package::License;
use crate::package::Location;
use crate::package::Package;
use crate::package::Party;
use crate::package::Purl;
use crate::package::Relation;
use crate::package::Relationship;
use crate::package::Release;
use crate::package::Subject;
use crate::package::read_version;
use crate::package::reading;
use crate::package::reading::Losses;

/// Reads a document. What an inventory has no place for is counted in `losses`.
///
/// # Errors
/// It is no strict JSON, or not of the format's shape.
pub fn read(text: &[u8], losses: &mut Losses) -> Result<Inventory, JsonError> {
    let document: Document = json::from_slice(text)?;
    for (found, what) in [
        (document.services.is_some(), "lists of services"),
        (document.vulnerabilities.is_some(), "lists of vulnerabilities"),
        (document.annotations.is_some(), "lists of annotations"),
        (document.formulation.is_some(), "formulations"),
    ] {
        losses.add_many(what, usize::from(found));
    }
    let mut reader = Reader { inventory: Inventory::default(), places: HashMap::new(), losses };
    let root = document.metadata.and_then(|metadata| metadata.component);
    let mut root_ref = None;
    if let Some(mut root) = root {
        root_ref = root.bom_ref.clone();
        let inner = root.components.take();
        reader.inventory.subject = subject(&root);
        reader.add_all(inner, None);
    }
    reader.add_all(document.components, None);
    for dependency in document.dependencies.into_iter().flatten() {
        if Some(&dependency.name) != root_ref.as_ref() {
            reader.add_dependencies(&dependency);
        }
    }
    Ok(reader.inventory)
}

struct Reader<'a> {
    inventory: Inventory,
    /// The packages by `bom-ref`.
    places: HashMap<String, usize>,
    losses: &'a mut Losses,
}

impl Reader<'_> {
    /// The nesting is bounded by that of JSON.
    fn add_all(&mut self, components: Option<Vec<Component>>, owner: Option<usize>) {
        for mut component in components.into_iter().flatten() {
            let inner = component.components.take();
            let place = self.add(component);
            if let (Some(from), Some(to)) = (owner, place) {
                self.inventory.relationships.push(Relationship { from, relation: Relation::Contains, to });
            }
            self.add_all(inner, place.or(owner));
        }
    }

    /// The package's place, where it is one.
    fn add(&mut self, component: Component) -> Option<usize> {
        let kind = component.kind.as_deref().unwrap_or_default();
        if kind == "operating-system" && component.purl.is_none() && self.inventory.release.is_none() {
            self.inventory.release = Some(release(&component));
            return None;
        }
        if kind == "file" && component.purl.is_none() {
            let file = self.file(component);
            self.inventory.files.push(file);
            return None;
        }
        let place = self.inventory.packages.len();
        if let Some(name) = component.bom_ref.clone()
            && self.places.insert(name, place).is_some()
        {
            self.losses.add("dependencies of components with the same bom-ref");
        }
        let package = self.package(component);
        self.inventory.packages.push(package);
        Some(place)
    }

    fn add_dependencies(&mut self, dependency: &Dependency) {
        let from = self.places.get(&dependency.name).copied();
        for name in dependency.depends_on.iter().flatten() {
            match (from, self.places.get(name).copied()) {
                (Some(from), Some(to)) => {
                    let edge = Relationship { from, relation: Relation::DependsOn, to };
                    self.inventory.relationships.push(edge);
                }
                _ => self.losses.add("dependencies on or of what is no package"),
            }
        }
    }

    fn file(&mut self, component: Component) -> FileEntry {
        let path = component.name.unwrap_or_default();
        FileEntry {
            location: Location {
                path: if path.starts_with('/') { path } else { format!("/{path}") },
                layer: None,
            },
            kind: FileKind::Regular,
            size: 0,
            mode: 0,
            checksums: self.hashes(component.hashes),
            owners: Vec::new(),
        }
    }

    fn package(&mut self, component: Component) -> Package {
        let text = component.purl.as_deref().filter(|text| !text.is_empty());
        let purl = text.and_then(|text| Purl::parse(text).ok());
        if text.is_some() && purl.is_none() {
            self.losses.add("package URLs that cannot be read");
        }
        let properties = Properties::new(component.properties, self.losses);
        let stated = properties.kind.as_deref().and_then(Kind::from_name);
        let guessed = purl.as_ref().map(Kind::of_purl).unwrap_or_default();
        let publisher = component.publisher.as_deref().and_then(Party::from_mailbox);
        let mut cpes: Vec<String> = component.cpe.into_iter().chain(properties.cpes).collect();
        cpes.retain(|cpe| !cpe.is_empty());
        let mut package = Package {
            // What has a group is known by both in its ecosystem, and the package URL has them apart.
            name: component.name.unwrap_or_default(),
            version: read_version(component.version),
            kind: stated.unwrap_or(guessed),
            purl,
            id: component.bom_ref,
            licenses: self.licenses(component.licenses),
            supplier: component.supplier.and_then(Organization::party),
            originator: publisher.or_else(|| component.author.as_deref().and_then(Party::from_mailbox)),
            description: component.description,
            copyright: component.copyright,
            checksums: self.hashes(component.hashes),
            cpes,
            locations: properties.locations,
            found_by: properties.found_by,
            ..Package::default()
        };
        if let Some(group) = component.group.filter(|group| !group.is_empty())
            && matches!(package.kind, Kind::Npm | Kind::Go | Kind::Php)
            && !package.name.contains('/')
        {
            package.name = format!("{group}/{}", package.name);
        }
        for reference in component.external_references.into_iter().flatten() {
            match reference.kind.as_str() {
                "website" if package.homepage.is_none() => package.homepage = Some(reference.url),
                "distribution" | "vcs" if package.download.is_none() => {
                    package.download = Some(reference.url)
                }
                _ => self.losses.add("external references of other kinds"),
            }
        }
        package
    }

    fn licenses(&mut self, choices: Option<Vec<Choice>>) -> Vec<License> {
        let mut licenses = Vec::new();
        for choice in choices.into_iter().flatten() {
            let named = choice.license.unwrap_or_default();
            let Some(declared) = choice.expression.or(named.id).or(named.name) else {
                self.losses.add("licences without name");
                continue;
            };
            let text = named.text.filter(|text| text.encoding.is_none()).and_then(|text| text.content);
            licenses.push(License { text, ..License::declared(&declared) });
        }
        licenses
    }

    fn hashes(&mut self, hashes: Option<Vec<Hash>>) -> Vec<Checksum> {
        let mut read = Vec::new();
        for hash in hashes.into_iter().flatten() {
            let algorithm = match hash.alg.as_str() {
                "MD5" => Some(ChecksumAlgorithm::Md5),
                "SHA-1" => Some(ChecksumAlgorithm::Sha1),
                "SHA-256" => Some(ChecksumAlgorithm::Sha256),
                "SHA-384" => Some(ChecksumAlgorithm::Sha384),
                "SHA-512" => Some(ChecksumAlgorithm::Sha512),
                _ => None,
            };
            match algorithm.and_then(|algorithm| Checksum::new(algorithm, &hash.content)) {
                Some(checksum) => read.push(checksum),
                None => self.losses.add("hashes that are not known or have the wrong length"),
            }
        }
        read
    }
}

/// Name and version; what else there is stands in properties of the tool that wrote it.
fn release(component: &Component) -> Release {
    let name = component.name.clone().unwrap_or_default();
    Release { id: name, version_id: component.version.clone(), ..Release::default() }
}

fn subject(root: &Component) -> Subject {
    let path = root.name.clone().unwrap_or_default();
    let purl = root.purl.as_deref().and_then(|text| Purl::parse(text).ok());
    let kind = root.kind.as_deref().unwrap_or_default();
    match reading::image(purl.as_ref(), &path) {
        Some(image) => image,
        None if kind == "container" => {
            // syft gives no package URL: the version is the digest, or the tag.
            let version = root.version.clone().unwrap_or_default();
            let separator = if version.contains(':') { '@' } else { ':' };
            let reference = if version.is_empty() { path } else { format!("{path}{separator}{version}") };
            container(&reference, &version)
        }
        None if kind == "file" => Subject::File { path, digest: None },
        None => Subject::Directory { path },
    }
}

fn container(reference: &str, version: &str) -> Subject {
    let purl = Purl::parse("pkg:oci/image").ok();
    let mut subject = reading::image(purl.as_ref(), reference).unwrap_or_default();
    if let Subject::Image(image) = &mut subject {
        image.manifest = crate::digest::Digest::parse(version).ok();
        image.tag = Some(version.to_owned()).filter(|text| !text.is_empty() && image.manifest.is_none());
    }
    subject
}

/// Properties that syft and this program write of a package.
#[derive(Default)]
struct Properties {
    kind: Option<String>,
    found_by: &'static str,
    cpes: Vec<String>,
    locations: Vec<Location>,
}

impl Properties {
    fn new(properties: Option<Vec<Property>>, losses: &mut Losses) -> Self {
        let mut read = Self::default();
        let mut places: BTreeMap<u32, Location> = BTreeMap::new();
        for Property { name, value } in properties.into_iter().flatten() {
            let value = value.unwrap_or_default();
            match name.strip_prefix("syft:").and_then(|name| name.split_once(':').or(Some((name, "")))) {
                Some(("package", "type")) => read.kind = Some(value),
                Some(("package", "foundBy")) => read.found_by = reading::cataloger(&value),
                // Both say again what other fields say.
                Some(("package", "language" | "metadataType")) => {}
                Some(("cpe23", "")) => read.cpes.push(value),
                Some(("location", rest)) => {
                    let Some((Ok(place), field)) = rest.split_once(':').map(|(n, f)| (n.parse(), f)) else {
                        losses.add("properties");
                        continue;
                    };
                    let empty = || Location { path: String::new(), layer: None };
                    let location = places.entry(place).or_insert_with(empty);
                    match field {
                        "path" => location.path = value,
                        "layerID" => location.layer = Some(value),
                        _ => losses.add("properties"),
                    }
                }
                _ => losses.add("properties"),
            }
        }
        read.locations = places.into_values().filter(|location| !location.path.is_empty()).collect();
        read
    }
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    metadata: Option<Metadata>,
    #[serde(default)]
    components: Option<Vec<Component>>,
    #[serde(default)]
    dependencies: Option<Vec<Dependency>>,
    #[serde(default)]
    services: Option<IgnoredAny>,
    #[serde(default)]
    vulnerabilities: Option<IgnoredAny>,
    #[serde(default)]
    annotations: Option<IgnoredAny>,
    #[serde(default)]
    formulation: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    component: Option<Component>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Component {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(rename = "bom-ref")]
    bom_ref: Option<String>,
    supplier: Option<Organization>,
    author: Option<String>,
    publisher: Option<String>,
    group: Option<String>,
    name: Option<String>,
    version: Option<String>,
    description: Option<String>,
    hashes: Option<Vec<Hash>>,
    licenses: Option<Vec<Choice>>,
    copyright: Option<String>,
    cpe: Option<String>,
    purl: Option<String>,
    external_references: Option<Vec<Reference>>,
    properties: Option<Vec<Property>>,
    components: Option<Vec<Self>>,
}

#[derive(Deserialize)]
struct Organization {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    contact: Option<Vec<Contact>>,
}

impl Organization {
    fn party(self) -> Option<Party> {
        let email = self.contact.into_iter().flatten().find_map(|contact| contact.email);
        let name = self.name.filter(|name| !name.is_empty())?;
        Some(Party { email, ..Party::organization(name) })
    }
}

#[derive(Deserialize)]
struct Contact {
    #[serde(default)]
    email: Option<String>,
}

#[derive(Deserialize)]
struct Hash {
    alg: String,
    content: String,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    license: Option<Named>,
    #[serde(default)]
    expression: Option<String>,
}

#[derive(Default, Deserialize)]
struct Named {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    text: Option<Text>,
}

#[derive(Deserialize)]
struct Text {
    #[serde(default)]
    encoding: Option<String>,
    #[serde(default)]
    content: Option<String>,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "type")]
    kind: String,
    url: String,
}

#[derive(Deserialize)]
struct Property {
    name: String,
    #[serde(default)]
    value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dependency {
    #[serde(rename = "ref")]
    name: String,
    #[serde(default)]
    depends_on: Option<Vec<String>>,
}
