//! SPDX 3 in JSON-LD. <https://spdx.github.io/spdx-spec/v3.0.1/serializations/>
//!
//! The elements of `@graph`, by their `type`; links between them are not followed.

use serde::Deserialize;

use super::document::Document;
use super::document::Form;
use super::document::SpdxError;
use super::lenient::Text;
use super::version_2::is_root;
use crate::digest::Digest;
use crate::json;
use crate::package::Package;
use crate::package::Purl;

/// Reads an object that has an `@graph`.
pub(super) fn read(text: &str) -> Result<Document, SpdxError> {
    let wire: Wire<'_> = json::from_slice(text.as_bytes())?;
    let mut document = Document {
        digest: Digest::sha256(text.as_bytes()),
        form: Form::JsonLd,
        version: String::new(),
        name: None,
        namespace: None,
        created: None,
        creators: Vec::new(),
        roots: Vec::new(),
        packages: Vec::new(),
    };
    for element in wire.graph {
        element.read(&mut document);
    }
    if document.version == "SPDX-3.0" || document.version.starts_with("SPDX-3.0.") {
        return Ok(document);
    }
    Err(SpdxError::Version { found: document.version })
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow, rename = "@graph")]
    graph: Vec<Element<'a>>,
}

#[derive(Deserialize)]
struct Element<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default, rename = "spdxId")]
    id: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default, rename = "specVersion")]
    version: Text<'a>,
    #[serde(borrow, default)]
    created: Text<'a>,
    #[serde(borrow, default, rename = "software_packageVersion")]
    package_version: Text<'a>,
    #[serde(borrow, default, rename = "software_packageUrl")]
    package_url: Text<'a>,
    #[serde(borrow, default, rename = "software_primaryPurpose")]
    purpose: Text<'a>,
}

impl Element<'_> {
    fn read(self, document: &mut Document) {
        match self.kind.as_str() {
            "CreationInfo" if document.version.is_empty() => {
                document.version = format!("SPDX-{}", self.version.as_str());
                document.created = self.created.as_str().parse().ok();
            }
            "Organization" | "Person" | "SoftwareAgent" | "Tool" => {
                document.creators.push(format!("{}: {}", self.kind.as_str(), self.name.as_str()));
            }
            "SpdxDocument" => {
                document.name = self.name.owned();
                document.namespace = self.id.owned();
            }
            "software_Package" => {
                let purl = Purl::parse(self.package_url.as_str()).ok();
                let root = is_root(self.purpose.as_str(), purl.as_ref());
                let package = Package {
                    name: self.name.owned().unwrap_or_default(),
                    version: self.package_version.owned(),
                    purl,
                    id: self.id.owned(),
                    ..Package::default()
                };
                if root { document.roots.push(package) } else { document.packages.push(package) }
            }
            _ => {}
        }
    }
}
