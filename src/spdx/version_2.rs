//! SPDX 2.x in JSON. <https://spdx.github.io/spdx-spec/v2.3/>

use serde::Deserialize;

use super::document::Document;
use super::document::Form;
use super::document::SpdxError;
use super::lenient::Text;
use crate::digest::Digest;
use crate::json;
use crate::package::Package;
use crate::package::Purl;

/// Reads an object that has an `spdxVersion`.
pub(super) fn read(text: &str) -> Result<Document, SpdxError> {
    let wire: Wire<'_> = json::from_slice(text.as_bytes())?;
    check_version(wire.version.as_str())?;
    let info = wire.creation_info.unwrap_or_default();
    let (roots, packages) = wire.packages.unwrap_or_default().into_iter().partition(WirePackage::is_root);
    Ok(Document {
        digest: Digest::sha256(text.as_bytes()),
        form: Form::Json,
        version: wire.version.as_str().to_owned(),
        name: wire.name.owned(),
        namespace: wire.namespace.owned(),
        created: info.created.as_str().parse().ok(),
        creators: info.creators.unwrap_or_default().into_iter().filter_map(Text::owned).collect(),
        roots: read_packages(roots),
        packages: read_packages(packages),
    })
}

/// The versions with this model.
pub(super) fn check_version(version: &str) -> Result<(), SpdxError> {
    let known = version.strip_prefix("SPDX-2.").is_some_and(|minor| matches!(minor, "0" | "1" | "2" | "3"));
    if known { Ok(()) } else { Err(SpdxError::Version { found: version.to_owned() }) }
}

/// Whether a package is the thing described, not something in it, by its purpose or package URL.
///
/// A list that holds the image itself and nothing else is an empty list.
pub(super) fn is_root(purpose: &str, purl: Option<&Purl>) -> bool {
    let purpose: String = purpose.chars().filter(char::is_ascii_alphabetic).collect();
    purpose.eq_ignore_ascii_case("container")
        || purpose.eq_ignore_ascii_case("operatingsystem")
        || purl.is_some_and(|purl| matches!(purl.kind(), "oci" | "docker"))
}

fn read_packages(packages: Vec<WirePackage<'_>>) -> Vec<Package> {
    let read = |package: WirePackage<'_>| Package {
        purl: package.purl(),
        name: package.name.owned().unwrap_or_default(),
        version: package.version.owned(),
        id: package.id.owned(),
        ..Package::default()
    };
    packages.into_iter().map(read).collect()
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow, rename = "spdxVersion")]
    version: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default, rename = "documentNamespace")]
    namespace: Text<'a>,
    #[serde(borrow, default, rename = "creationInfo")]
    creation_info: Option<CreationInfo<'a>>,
    #[serde(borrow, default)]
    packages: Option<Vec<WirePackage<'a>>>,
}

#[derive(Default, Deserialize)]
struct CreationInfo<'a> {
    #[serde(borrow, default)]
    created: Text<'a>,
    #[serde(borrow, default)]
    creators: Option<Vec<Text<'a>>>,
}

#[derive(Deserialize)]
struct WirePackage<'a> {
    #[serde(borrow, default, rename = "SPDXID")]
    id: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default, rename = "versionInfo")]
    version: Text<'a>,
    #[serde(borrow, default, rename = "primaryPackagePurpose")]
    purpose: Text<'a>,
    #[serde(borrow, default, rename = "externalRefs")]
    references: Option<Vec<ExternalRef<'a>>>,
}

impl WirePackage<'_> {
    fn purl(&self) -> Option<Purl> {
        let mut references = self.references.iter().flatten();
        let purl = references.find(|reference| reference.kind.as_str() == "purl")?;
        Purl::parse(purl.locator.as_str()).ok()
    }

    fn is_root(&self) -> bool {
        is_root(self.purpose.as_str(), self.purl().as_ref())
    }
}

#[derive(Deserialize)]
struct ExternalRef<'a> {
    #[serde(borrow, default, rename = "referenceType")]
    kind: Text<'a>,
    #[serde(borrow, default, rename = "referenceLocator")]
    locator: Text<'a>,
}
