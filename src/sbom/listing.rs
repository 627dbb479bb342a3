//! What a document lists, whatever its family: SPDX, CycloneDX JSON, syft's own JSON.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::Serialize;

use super::identity::Identity;
use crate::json;
use crate::json::JsonError;
use crate::package::Purl;
use crate::package::read_version;
use crate::spdx;
use crate::spdx::Attested;
use crate::spdx::Files;
use crate::spdx::PackageView;
use crate::spdx::SpdxError;
use crate::spdx::View;
use crate::spdx::asserted;

/// The components of a document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listing {
    /// Family of the document.
    pub family: Family,
    /// Name of the document.
    pub name: Option<String>,
    /// What it is about, where that is listed as a component: the image, its operating system.
    pub roots: Vec<Component>,
    /// What is in that.
    pub components: Vec<Component>,
}

/// The families of documents.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// `CycloneDX` in JSON.
    CycloneDx,
    /// SPDX in any form.
    Spdx,
    /// syft's own JSON.
    Syft,
}

/// One component.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Component {
    /// Name, as the document writes it.
    pub name: String,
    /// Version, as its ecosystem spells it.
    pub version: Option<String>,
    /// Package URL, where there is one that can be read.
    pub purl: Option<Purl>,
    /// Licence that is declared or concluded.
    pub license: Option<String>,
    /// Who distributes it.
    pub supplier: Option<String>,
    /// Digests: algorithm in upper case, digits in lower case.
    pub hashes: BTreeSet<(String, String)>,
    /// Notes that may hold identifiers of an image.
    pub notes: Vec<String>,
}

impl Component {
    /// What makes it the same component in another document.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.purl.as_ref().map_or_else(|| Identity::of_name(&self.name), |purl| Identity::of_purl(purl).0)
    }
}

/// Why a document was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListingError {
    /// It is JSON of one of the other families, and broken.
    #[error("document is not valid: {0}")]
    Json(#[from] JsonError),
    /// It is SPDX, or nothing else that is known.
    #[error(transparent)]
    Spdx(#[from] SpdxError),
}

impl Listing {
    /// Reads a document of any family; SPDX also out of a statement or a DSSE envelope.
    ///
    /// # Errors
    /// It is of none of them, or broken.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, ListingError> {
        let attested = Attested::from_slice(bytes)?;
        match View::read(&attested.text, Files::Count) {
            Ok(view) => Ok(Self::from_spdx(&view)),
            Err(SpdxError::NotSpdx { .. }) if is_object(&attested.text) => {
                let other: Other = json::from_slice(attested.text.trim_start_matches('\u{feff}').as_bytes())?;
                match other {
                    Other { bom_format: Some(ref format), .. } if format == "CycloneDX" => {
                        Ok(other.cyclonedx())
                    }
                    Other { artifacts: Some(_), descriptor: Some(_), .. } => Ok(other.syft()),
                    _ => Err(SpdxError::NotSpdx { found: "nor CycloneDX, nor syft's JSON" }.into()),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Lists what an SPDX document has.
    #[must_use]
    pub fn from_spdx(view: &View<'_>) -> Self {
        let (mut roots, mut components) = (Vec::new(), Vec::new());
        for package in &view.packages {
            let component = from_package(package);
            if spdx::is_root(package.purpose.as_deref(), component.purl.as_ref()) {
                roots.push(component);
            } else {
                components.push(component);
            }
        }
        Self { family: Family::Spdx, name: view.name.as_deref().map(str::to_owned), roots, components }
    }
}

fn is_object(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
}

fn from_package(package: &PackageView<'_>) -> Component {
    let owned = |text| asserted(text).map(str::to_owned);
    let purl = package.purl().and_then(|text| Purl::parse(text).ok());
    Component {
        name: owned(&package.name).unwrap_or_default(),
        version: version(owned(&package.version), purl.as_ref()),
        purl,
        license: asserted(&package.license_declared).or_else(|| package.license()).map(str::to_owned),
        supplier: owned(&package.supplier),
        hashes: package
            .checksums
            .iter()
            .map(|sum| (sum.algorithm.clone().into_owned(), sum.value.to_ascii_lowercase()))
            .collect(),
        notes: package
            .attributions
            .iter()
            .chain(package.annotations.iter().filter_map(|annotation| annotation.comment.as_ref()))
            .map(|text| text.clone().into_owned())
            .collect(),
    }
}

/// The version of the package URL is the one with its epoch.
fn version(written: Option<String>, purl: Option<&Purl>) -> Option<String> {
    purl.and_then(|purl| Identity::of_purl(purl).1).or_else(|| read_version(written))
}

/// Documents of the other families; what is read of them.
#[derive(Deserialize)]
struct Other {
    #[serde(default, rename = "bomFormat")]
    bom_format: Option<String>,
    #[serde(default)]
    metadata: Option<Metadata>,
    #[serde(default)]
    components: Option<Vec<CycloneDxComponent>>,
    #[serde(default)]
    artifacts: Option<Vec<Artifact>>,
    #[serde(default)]
    descriptor: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    source: Option<Source>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    component: Option<CycloneDxComponent>,
}

/// A component: <https://cyclonedx.org/docs/1.6/json/#components>
#[derive(Deserialize)]
struct CycloneDxComponent {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    purl: Option<String>,
    #[serde(default)]
    supplier: Option<Named>,
    #[serde(default)]
    hashes: Option<Vec<Hash>>,
    #[serde(default)]
    licenses: Option<Vec<LicenseChoice>>,
    #[serde(default)]
    components: Option<Vec<Self>>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
struct Hash {
    alg: String,
    content: String,
}

#[derive(Deserialize)]
struct LicenseChoice {
    #[serde(default)]
    license: Option<License>,
    #[serde(default)]
    expression: Option<String>,
}

#[derive(Deserialize)]
struct License {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

/// An entry of syft's `artifacts`.
#[derive(Deserialize)]
struct Artifact {
    name: String,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    purl: Option<String>,
    #[serde(default)]
    licenses: Option<Vec<SyftLicense>>,
}

#[derive(Deserialize)]
struct SyftLicense {
    #[serde(default, rename = "spdxExpression")]
    expression: Option<String>,
    #[serde(default)]
    value: Option<String>,
}

#[derive(Deserialize)]
struct Source {
    #[serde(default)]
    name: Option<String>,
}

impl Other {
    fn cyclonedx(self) -> Listing {
        let (mut roots, mut components) = (Vec::new(), Vec::new());
        let root = self.metadata.and_then(|metadata| metadata.component);
        let name = root.as_ref().and_then(|root| root.name.clone());
        let mut waiting: Vec<CycloneDxComponent> = self.components.unwrap_or_default();
        waiting.reverse();
        roots.extend(root.map(|mut root| {
            waiting.extend(root.components.take().unwrap_or_default());
            root.component().1
        }));
        // The nesting is bounded by that of JSON; a stack keeps the order.
        while let Some(mut component) = waiting.pop() {
            waiting.extend(component.components.take().into_iter().flatten().rev());
            let (kind, component) = component.component();
            match kind.as_deref() {
                Some("container" | "operating-system") => roots.push(component),
                // Files are no packages, whoever owns them.
                Some("file") if component.purl.is_none() => {}
                _ => components.push(component),
            }
        }
        Listing { family: Family::CycloneDx, name, roots, components }
    }

    fn syft(self) -> Listing {
        let components = self.artifacts.into_iter().flatten().map(Artifact::component).collect();
        let name = self.source.and_then(|source| source.name);
        Listing { family: Family::Syft, name, roots: Vec::new(), components }
    }
}

impl CycloneDxComponent {
    fn component(self) -> (Option<String>, Component) {
        let purl = self.purl.as_deref().and_then(|text| Purl::parse(text).ok());
        let licenses = self.licenses.into_iter().flatten().filter_map(|choice| {
            let license = choice.license.and_then(|license| license.id.or(license.name));
            choice.expression.or(license)
        });
        let hash = |hash: Hash| {
            (hash.alg.to_ascii_uppercase().replace("SHA-", "SHA"), hash.content.to_ascii_lowercase())
        };
        let component = Component {
            name: self.name.unwrap_or_default(),
            version: version(self.version, purl.as_ref()),
            purl,
            license: join(licenses),
            supplier: self.supplier.and_then(|supplier| supplier.name),
            hashes: self.hashes.into_iter().flatten().map(hash).collect(),
            notes: Vec::new(),
        };
        (self.kind, component)
    }
}

impl Artifact {
    fn component(self) -> Component {
        let purl = self.purl.as_deref().and_then(|text| Purl::parse(text).ok());
        let licenses = self.licenses.into_iter().flatten();
        let licenses = licenses
            .filter_map(|license| license.expression.filter(|text| !text.is_empty()).or(license.value));
        Component {
            name: self.name,
            version: version(self.version, purl.as_ref()),
            purl,
            license: join(licenses),
            ..Component::default()
        }
    }
}

fn join(licenses: impl Iterator<Item = String>) -> Option<String> {
    let licenses: Vec<String> = licenses.collect();
    (!licenses.is_empty()).then(|| licenses.join(" AND "))
}
