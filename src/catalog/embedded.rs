//! SBOMs that are found among the files: what they list, and how it is related.
//!
//! CycloneDX, SPDX 2 and syft's own, in JSON. Only the names, versions, licences and relationships are taken: the
//! document speaks of them, and nobody has checked it. Digests are left out, since they are of archives that are
//! not here, and one component that others see without would become two.

mod bitnami;
mod cyclonedx;
mod file;
mod spdx;
mod syft;

pub(super) use bitnami::Bitnami;
pub(super) use file::SbomFiles;

use std::collections::HashMap;

use serde_json::Map;
use serde_json::Value;

use super::Findings;
use super::Found;
use super::text;
use crate::package::Checksum;
use crate::package::ChecksumAlgorithm;
use crate::package::Kind;
use crate::package::License;
use crate::package::Location;
use crate::package::Package;
use crate::package::Purl;
use crate::package::Relation;

/// What a document says.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Packages by their identifier in the document.
    pub(super) packages: Vec<(String, Package)>,
    /// From, relation, to.
    pub(super) relationships: Vec<(String, Relation, String)>,
    /// The identifiers of what the document is about.
    pub(super) subjects: Vec<String>,
}

/// Why a file gives no [`Document`].
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Problem {
    /// It is of a known format and cannot be read.
    Broken(String),
    /// It is something else.
    Foreign,
}

/// Reads one file.
pub(super) fn read(bytes: &[u8]) -> Result<Document, Problem> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        let head = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
        let other = [("SPDXVersion:", "SPDX in tag-value"), ("cyclonedx.org/schema/bom", "CycloneDX in XML")];
        let known = other.iter().find(|(mark, _)| memchr::memmem::find(head, mark.as_bytes()).is_some());
        return Err(
            known.map_or(Problem::Foreign, |(_, name)| Problem::Broken(format!("{name} is not read here")))
        );
    }
    if bytes.len() > DOCUMENT_BYTES {
        return Err(Problem::Broken(format!("{} bytes, more than {DOCUMENT_BYTES}", bytes.len())));
    }
    let marks = text::members(bytes, &["bomFormat", "spdxVersion", "schema", "SPDXID"]);
    let marks = marks.map_err(|error| Problem::Broken(format!("not JSON: {error}")))?;
    let read = match (text::string(&marks, "bomFormat"), text::string(&marks, "spdxVersion")) {
        (Some("CycloneDX"), _) => cyclonedx::read,
        (_, Some(version)) if version.starts_with("SPDX-2") => spdx::read,
        _ if marks.get("schema").and_then(|schema| schema.get("url")).is_some() => syft::read,
        _ => return Err(Problem::Foreign),
    };
    read(bytes).map_err(|error| Problem::Broken(error.to_string()))
}

impl Document {
    /// Without the package that has this identifier; what it needs or holds is left.
    pub(super) fn retain(&mut self, keep: impl Fn(&str, &Package) -> bool) {
        self.packages.retain(|(id, package)| keep(id, package));
    }

    /// Adds everything to `findings`, as seen at `location`.
    pub(super) fn add(self, location: &Location, findings: &mut Findings) -> HashMap<String, Found> {
        let mut found = HashMap::new();
        for (id, mut package) in self.packages {
            package.locations = vec![location.clone()];
            found.insert(id, findings.add(package));
        }
        for (from, relation, to) in self.relationships {
            if let (Some(from), Some(to)) = (found.get(&from), found.get(&to)) {
                findings.relate(*from, relation, *to);
            }
        }
        found
    }
}

/// A package of a document.
fn package(name: &str, version: Option<&str>, purl: Option<&str>) -> Package {
    let purl = purl.and_then(|purl| Purl::parse(purl).ok());
    Package {
        name: name.to_owned(),
        version: version.map(str::to_owned),
        kind: purl.as_ref().map_or(Kind::Unknown, |purl| kind(purl.kind())),
        purl,
        ..Package::default()
    }
}

/// A licence, unless the document says that it says nothing.
fn license(text: Option<&str>) -> Option<License> {
    text.filter(|text| !matches!(*text, "NOASSERTION" | "NONE")).map(License::declared)
}

/// The digests of a list whose entries have them in these two fields. Of a wrong one nothing is passed on.
fn checksums(object: &Map<String, Value>, list: &str, algorithm: &str, value: &str) -> Vec<Checksum> {
    let one = |entry: &Map<String, Value>| {
        let algorithm = match text::string(entry, algorithm)? {
            "MD5" => ChecksumAlgorithm::Md5,
            "SHA1" | "SHA-1" => ChecksumAlgorithm::Sha1,
            "SHA256" | "SHA-256" => ChecksumAlgorithm::Sha256,
            "SHA384" | "SHA-384" => ChecksumAlgorithm::Sha384,
            "SHA512" | "SHA-512" => ChecksumAlgorithm::Sha512,
            _ => return None,
        };
        Checksum::new(algorithm, text::string(entry, value)?)
    };
    objects(object, list).filter_map(one).collect()
}

/// The objects of a list.
fn objects<'a>(object: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a Map<String, Value>> {
    object.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// The kind of packages with package URLs of this type.
fn kind(purl: &str) -> Kind {
    match purl {
        "alpm" => Kind::Alpm,
        "apk" => Kind::Apk,
        "bitnami" => Kind::Bitnami,
        "cargo" => Kind::Rust,
        "cocoapods" => Kind::Cocoapods,
        "composer" => Kind::Php,
        "conan" => Kind::Conan,
        "conda" => Kind::Conda,
        "cran" => Kind::R,
        "deb" => Kind::Deb,
        "gem" => Kind::Gem,
        "github" => Kind::GithubAction,
        "golang" => Kind::Go,
        "hackage" => Kind::Hackage,
        "hex" => Kind::Hex,
        "luarocks" => Kind::Lua,
        "maven" => Kind::Java,
        "npm" => Kind::Npm,
        "nuget" => Kind::Dotnet,
        "opam" => Kind::Opam,
        "otp" => Kind::Erlang,
        "pub" => Kind::Dart,
        "pypi" => Kind::Python,
        "rpm" => Kind::Rpm,
        "swift" => Kind::Swift,
        "terraform" => Kind::Terraform,
        "vcpkg" => Kind::Vcpkg,
        _ => Kind::Unknown,
    }
}

/// Bytes of one embedded document: GitHub's limit of an attestation is 16 MiB, and the largest seen in a wheel
/// has 0.8.
const DOCUMENT_BYTES: usize = 64 << 20;

/// Where a format that is not JSON names itself.
const HEAD_BYTES: usize = 2048;

#[cfg(test)]
mod tests;
