//! SPDX 2.2 and 2.3 in JSON. <https://github.com/spdx/spdx-spec/blob/v2.3/schemas/spdx-schema.json>

use std::io;
use std::io::Write;

use serde::Serialize;
use serde::Serializer;

use super::Encoding;
use super::plan;
use super::plan::Plan;
use super::plan::Planned;
use super::plan::PlannedFile;
use crate::package::Checksum;
use crate::package::Relation;
use crate::package::content_uuid;
use crate::package::web;
use crate::package::write_json;

/// Writes the document. Its namespace ends in a hash of all the rest, so it is made twice; nothing of it is held.
pub(super) fn write(plan: &Plan<'_>, encoding: Encoding, to: &mut impl Write) -> io::Result<()> {
    let creators = plan.creators();
    let mut document = Document::new(plan, encoding, &creators);
    let uuid = content_uuid(|to| Ok(serde_json::to_writer(to, &document)?))?;
    document.document_namespace = plan.namespace(&uuid);
    write_json(&document, plan.options.layout, to)
}

/// Clause 6.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    spdx_version: &'static str,
    data_license: &'static str,
    #[serde(rename = "SPDXID")]
    spdx_id: &'static str,
    name: &'a str,
    document_namespace: String,
    creation_info: CreationInfo<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    annotations: Vec<Annotation>,
    packages: Packages<'a>,
    #[serde(skip_serializing_if = "Files::is_empty")]
    files: Files<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    has_extracted_licensing_infos: Vec<ExtractedLicense<'a>>,
    relationships: Relationships<'a>,
}

impl<'a> Document<'a> {
    fn new(plan: &'a Plan<'a>, encoding: Encoding, creators: &'a [String]) -> Self {
        let created = plan.options.created_text();
        let tool = creators.last().cloned().unwrap_or_default();
        let annotation = |comment| Annotation {
            annotation_date: created.clone(),
            annotation_type: "OTHER",
            annotator: tool.clone(),
            comment,
        };
        let texts = plan.extracted.texts.iter();
        Self {
            spdx_version: if encoding == Encoding::Json2_2 { "SPDX-2.2" } else { "SPDX-2.3" },
            data_license: "CC0-1.0",
            spdx_id: "SPDXRef-DOCUMENT",
            name: &plan.root.name,
            document_namespace: String::new(),
            creation_info: CreationInfo {
                comment: plan.comment(),
                created: created.clone(),
                creators,
                license_list_version: license_list_version(),
            },
            annotations: plan.unknowns().into_iter().map(annotation).collect(),
            packages: Packages { plan, encoding },
            files: Files(plan),
            has_extracted_licensing_infos: texts
                .map(|(id, license)| ExtractedLicense {
                    license_id: id,
                    extracted_text: &license.text,
                    name: license.name.as_deref().unwrap_or("NOASSERTION"),
                })
                .collect(),
            relationships: Relationships(plan),
        }
    }
}

/// The licence list that expressions refer to, as clause 6.7 wants it: two numbers.
pub(super) fn license_list_version() -> &'static str {
    let version = spdx::license_version();
    match version.match_indices('.').nth(1) {
        Some((end, _)) => version.get(..end).unwrap_or(version),
        None => version,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreationInfo<'a> {
    comment: String,
    created: String,
    creators: &'a [String],
    license_list_version: &'static str,
}

/// Clause 12.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Annotation {
    annotation_date: String,
    annotation_type: &'static str,
    annotator: String,
    comment: String,
}

/// Clause 10.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExtractedLicense<'a> {
    license_id: &'a str,
    extracted_text: &'a str,
    name: &'a str,
}

/// Clause 7, one after the other: the root, then the packages.
struct Packages<'a> {
    plan: &'a Plan<'a>,
    encoding: Encoding,
}

impl Serialize for Packages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let packages =
            self.plan.packages.iter().map(|package| Package::new(self.plan, package, self.encoding));
        serializer.collect_seq(std::iter::once(Package::root(self.plan, self.encoding)).chain(packages))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Package<'a> {
    name: &'a str,
    #[serde(rename = "SPDXID")]
    spdx_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_info: Option<&'a str>,
    supplier: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    originator: Option<String>,
    download_location: &'a str,
    files_analyzed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    package_verification_code: Option<VerificationCode>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checksums: Vec<JsonChecksum>,
    #[serde(skip_serializing_if = "Option::is_none")]
    homepage: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_info: Option<String>,
    license_concluded: &'static str,
    license_declared: &'a str,
    copyright_text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_refs: Vec<ExternalRef<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_package_purpose: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VerificationCode {
    package_verification_code_value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonChecksum {
    algorithm: &'static str,
    checksum_value: String,
}

impl From<&Checksum> for JsonChecksum {
    fn from(checksum: &Checksum) -> Self {
        Self { algorithm: checksum.algorithm.spdx(), checksum_value: checksum.hex.clone() }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExternalRef<'a> {
    reference_category: &'static str,
    reference_type: &'static str,
    reference_locator: &'a str,
}

impl<'a> Package<'a> {
    fn new(plan: &'a Plan<'a>, planned: &'a Planned<'a>, encoding: Encoding) -> Self {
        let package = planned.package;
        let code = plan.verification_code(planned);
        let cpes = planned.cpes.iter().map(|cpe| ExternalRef {
            reference_category: "SECURITY",
            reference_type: "cpe23Type",
            reference_locator: cpe,
        });
        let purl = package.purl.iter().map(|purl| purl_reference(purl.as_str(), encoding));
        Self {
            name: &package.name,
            spdx_id: format!("SPDXRef-{}", planned.id),
            version_info: Some(package.written_version()),
            supplier: planned.supplier.as_ref().map_or_else(no_assertion, plan::actor),
            originator: package.originator.as_ref().map(plan::actor),
            download_location: package.download.as_deref().and_then(web::download).unwrap_or(NO_ASSERTION),
            files_analyzed: code.is_some(),
            package_verification_code: code
                .map(|code| VerificationCode { package_verification_code_value: code }),
            checksums: package.checksums.iter().map(JsonChecksum::from).collect(),
            homepage: package.homepage.as_deref().and_then(web::page),
            source_info: plan::source_info(package),
            license_concluded: NO_ASSERTION,
            license_declared: planned.license.as_deref().unwrap_or(NO_ASSERTION),
            copyright_text: package
                .copyright
                .as_deref()
                .filter(|text| !text.is_empty())
                .unwrap_or(NO_ASSERTION),
            description: package.description.as_deref().filter(|text| !text.is_empty()),
            external_refs: cpes.chain(purl).collect(),
            primary_package_purpose: None,
        }
    }

    fn root(plan: &'a Plan<'a>, encoding: Encoding) -> Self {
        let root = &plan.root;
        let checksum = root
            .digest
            .as_ref()
            .map(|digest| JsonChecksum { algorithm: "SHA256", checksum_value: digest.hex() });
        Self {
            name: &root.name,
            spdx_id: format!("SPDXRef-{}", plan.root_id),
            version_info: root.version.as_deref(),
            supplier: root.supplier.as_ref().map_or_else(no_assertion, plan::actor),
            originator: None,
            download_location: NO_ASSERTION,
            files_analyzed: false,
            package_verification_code: None,
            checksums: checksum.into_iter().collect(),
            homepage: None,
            source_info: None,
            license_concluded: NO_ASSERTION,
            license_declared: NO_ASSERTION,
            copyright_text: NO_ASSERTION,
            description: None,
            external_refs: root.purl.iter().map(|purl| purl_reference(purl.as_str(), encoding)).collect(),
            primary_package_purpose: (encoding == Encoding::Json2_3).then(|| plan.purpose()),
        }
    }
}

fn purl_reference(purl: &str, encoding: Encoding) -> ExternalRef<'_> {
    // The schema of 2.2 first knew the underscore only; that of 2.3 prefers the hyphen.
    let underscore = encoding == Encoding::Json2_2;
    ExternalRef {
        reference_category: if underscore { "PACKAGE_MANAGER" } else { "PACKAGE-MANAGER" },
        reference_type: "purl",
        reference_locator: purl,
    }
}

fn no_assertion() -> String {
    NO_ASSERTION.to_owned()
}

const NO_ASSERTION: &str = "NOASSERTION";

/// Clause 8.
struct Files<'a>(&'a Plan<'a>);

impl Files<'_> {
    fn is_empty(&self) -> bool {
        self.0.files.is_empty()
    }
}

impl Serialize for Files<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.files.iter().map(File::new))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File {
    file_name: String,
    #[serde(rename = "SPDXID")]
    spdx_id: String,
    checksums: Vec<JsonChecksum>,
    license_concluded: &'static str,
    license_info_in_files: [&'static str; 1],
    copyright_text: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

impl File {
    fn new(file: &PlannedFile<'_>) -> Self {
        let location = &file.entry.location;
        Self {
            // Clause 8.1: relative to the root, and beginning with `./`.
            file_name: format!(".{}", location.path),
            spdx_id: format!("SPDXRef-{}", file.id),
            checksums: file.entry.checksums.iter().map(JsonChecksum::from).collect(),
            license_concluded: NO_ASSERTION,
            license_info_in_files: [NO_ASSERTION],
            copyright_text: NO_ASSERTION,
            comment: location.layer.as_ref().map(|layer| format!("layerID: {layer}")),
        }
    }
}

/// Clause 11: what is described; what it contains; how the packages are related; which files they hold.
struct Relationships<'a>(&'a Plan<'a>);

impl Serialize for Relationships<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plan = self.0;
        let root = &plan.root_id;
        let described = std::iter::once(Relationship::new("DOCUMENT", "DESCRIBES", root));
        let contained = plan.packages.iter().map(|package| Relationship::new(root, "CONTAINS", &package.id));
        let between = plan.edges.iter().map(|edge| {
            let (from, to) = (plan.id(edge.from), plan.id(edge.to));
            match edge.relation {
                Relation::Contains => Relationship::new(from, "CONTAINS", to),
                Relation::DependsOn => Relationship::new(from, "DEPENDS_ON", to),
                Relation::OwnsFilesOf => {
                    Relationship { comment: Some(plan::OWNS_FILES), ..Relationship::new(from, "OTHER", to) }
                }
            }
        });
        let files = plan.packages.iter().flat_map(|package| {
            let files = package.files.iter().filter_map(|&file| plan.files.get(file));
            files.map(|file| Relationship::new(&package.id, "CONTAINS", &file.id))
        });
        serializer.collect_seq(described.chain(contained).chain(between).chain(files))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Relationship {
    spdx_element_id: String,
    related_spdx_element: String,
    relationship_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'static str>,
}

impl Relationship {
    fn new(from: &str, kind: &'static str, to: &str) -> Self {
        Self {
            spdx_element_id: format!("SPDXRef-{from}"),
            related_spdx_element: format!("SPDXRef-{to}"),
            relationship_type: kind,
            comment: None,
        }
    }
}
