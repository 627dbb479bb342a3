//! Packages as components.

use serde::Serialize;

use super::licenses;
use super::licenses::Choice;
use crate::package::Checksum;
use crate::package::ChecksumAlgorithm;
use crate::package::Kind;
use crate::package::Package;
use crate::package::Party;
use crate::package::Release;
use crate::package::Root;
use crate::package::RootKind;
use crate::package::cpes_of;
use crate::package::web;

/// A component. <https://cyclonedx.org/docs/1.6/json/#components>
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Component<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref")]
    bom_ref: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    supplier: Option<Organization<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    publisher: Option<&'a str>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<Choice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    copyright: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpe: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_references: Vec<ExternalReference<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property>,
}

#[derive(Debug, Serialize)]
pub(super) struct Organization<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contact: Vec<Contact<'a>>,
}

/// A person, or the address of an organisation.
#[derive(Debug, Serialize)]
pub(super) struct Contact<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
}

impl<'a> From<&'a Party> for Contact<'a> {
    fn from(party: &'a Party) -> Self {
        Self { name: &party.name, email: party.email.as_deref() }
    }
}

impl<'a> From<&'a Party> for Organization<'a> {
    fn from(party: &'a Party) -> Self {
        let contact = party.email.iter().map(|_| Contact::from(party)).collect();
        Self { name: &party.name, contact }
    }
}

#[derive(Debug, Serialize)]
struct Hash {
    alg: &'static str,
    content: String,
}

#[derive(Debug, Serialize)]
struct ExternalReference<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    url: &'a str,
}

/// A name and a value. Names are those of syft's, which scanners know.
#[derive(Debug, Serialize)]
pub(super) struct Property {
    name: String,
    value: String,
}

impl Property {
    pub(super) fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

impl<'a> Component<'a> {
    pub(super) fn of_package(package: &'a Package, bom_ref: &'a str, supplier: Option<&'a Party>) -> Self {
        let mut cpes = cpes_of(package).into_iter();
        let cpe = cpes.next();
        let homepage = package.homepage.as_deref().and_then(web::page);
        let homepage = homepage.map(|url| ExternalReference { kind: "website", url });
        let download = package.download.as_deref().and_then(web::download);
        let download = download.map(|url| {
            let is_repository = ["git+", "hg+", "svn+", "bzr+"].iter().any(|system| url.starts_with(system));
            ExternalReference { kind: if is_repository { "vcs" } else { "distribution" }, url }
        });
        let text = |text: &'a Option<String>| text.as_deref().filter(|text| !text.is_empty());
        Self {
            kind: component_type(package.kind),
            bom_ref,
            supplier: supplier.map(Organization::from),
            publisher: package.originator.as_ref().map(|party| party.name.as_str()),
            name: &package.name,
            version: Some(package.written_version()),
            description: text(&package.description),
            hashes: package.checksums.iter().map(hash).collect(),
            licenses: licenses::choices(&package.licenses),
            copyright: text(&package.copyright),
            cpe,
            purl: package.purl.as_ref().map(|purl| purl.as_str()),
            external_references: homepage.into_iter().chain(download).collect(),
            properties: properties(package, cpes),
        }
    }

    pub(super) fn of_root(root: &'a Root, bom_ref: &'a str) -> Self {
        let kind = match root.kind {
            RootKind::Image => "container",
            RootKind::File => "file",
            RootKind::Directory | RootKind::Unknown => "application",
        };
        let hash = root.digest.map(|digest| Hash { alg: "SHA-256", content: digest.hex() });
        Self {
            kind,
            bom_ref,
            supplier: root.supplier.as_ref().map(Organization::from),
            publisher: None,
            name: &root.name,
            version: root.version.as_deref(),
            description: None,
            hashes: hash.into_iter().collect(),
            licenses: Vec::new(),
            copyright: None,
            cpe: None,
            purl: root.purl.as_ref().map(|purl| purl.as_str()),
            external_references: Vec::new(),
            properties: Vec::new(),
        }
    }
}

impl<'a> Component<'a> {
    /// The distribution, as syft has it: scanners choose their data by it.
    pub(super) fn of_release(release: &'a Release, bom_ref: &'a str) -> Self {
        let fields = [
            ("id", Some(&release.id)),
            ("prettyName", release.pretty_name.as_ref()),
            ("versionCodename", release.version_codename.as_ref()),
            ("versionID", release.version_id.as_ref()),
        ];
        let stated = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let homepage = release.home_url.as_deref().and_then(web::page);
        Self {
            kind: "operating-system",
            bom_ref,
            supplier: None,
            publisher: None,
            name: &release.id,
            version: release.version_id.as_deref().or(release.build_id.as_deref()),
            description: release.pretty_name.as_deref(),
            hashes: Vec::new(),
            licenses: Vec::new(),
            copyright: None,
            cpe: release.cpe.clone().filter(|cpe| cpe.starts_with("cpe:")),
            purl: None,
            external_references: homepage
                .into_iter()
                .map(|url| ExternalReference { kind: "website", url })
                .collect(),
            properties: stated
                .map(|(name, value)| Property::new(format!("syft:distro:{name}"), value.as_str()))
                .collect(),
        }
    }
}

fn properties(package: &Package, cpes: impl Iterator<Item = String>) -> Vec<Property> {
    let mut properties = Vec::new();
    if !package.found_by.is_empty() {
        properties.push(Property::new("syft:package:foundBy", package.found_by));
    }
    properties.push(Property::new("syft:package:type", package.kind.name()));
    if let Some(metadata) = &package.metadata {
        properties.push(Property::new("syft:package:metadataType", metadata.kind));
    }
    properties.extend(cpes.map(|cpe| Property::new("syft:cpe23", cpe)));
    for (place, location) in package.locations.iter().enumerate() {
        if let Some(layer) = &location.layer {
            properties.push(Property::new(format!("syft:location:{place}:layerID"), layer.as_str()));
        }
        properties.push(Property::new(format!("syft:location:{place}:path"), location.path.as_str()));
    }
    properties
}

fn component_type(kind: Kind) -> &'static str {
    match kind {
        Kind::AppleApp | Kind::Binary | Kind::Snap => "application",
        Kind::Linux => "operating-system",
        _ => "library",
    }
}

fn hash(checksum: &Checksum) -> Hash {
    let alg = match checksum.algorithm {
        ChecksumAlgorithm::Md5 => "MD5",
        ChecksumAlgorithm::Sha1 => "SHA-1",
        ChecksumAlgorithm::Sha256 => "SHA-256",
        ChecksumAlgorithm::Sha384 => "SHA-384",
        ChecksumAlgorithm::Sha512 => "SHA-512",
    };
    Hash { alg, content: checksum.hex.clone() }
}
