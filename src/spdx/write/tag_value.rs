//! SPDX 2.2 and 2.3 as lines of tags and values. <https://spdx.github.io/spdx-spec/v2.3/conformance/>

use std::collections::BTreeSet;
use std::io;
use std::io::Write;

use super::json;
use super::plan;
use super::plan::Plan;
use super::plan::Planned;
use super::plan::PlannedFile;
use crate::package::Checksum;
use crate::package::Relation;
use crate::package::content_uuid;
use crate::package::web;

/// Writes the document.
pub(super) fn write(plan: &Plan<'_>, version: &str, to: &mut impl Write) -> io::Result<()> {
    let uuid = content_uuid(|to| document(plan, version, "", to))?;
    document(plan, version, &plan.namespace(&uuid), to)
}

fn document(plan: &Plan<'_>, version: &str, namespace: &str, to: &mut dyn Write) -> io::Result<()> {
    head(plan, version, namespace, to)?;
    // A file belongs to the package that stands before it; those of no package stand before all.
    let owned: BTreeSet<usize> =
        plan.packages.iter().flat_map(|package| package.files.iter().copied()).collect();
    for (place, loose) in plan.files.iter().enumerate() {
        if !owned.contains(&place) {
            file(loose, to)?;
        }
    }
    root(plan, version, to)?;
    let mut written = BTreeSet::new();
    for planned in &plan.packages {
        package(plan, planned, to)?;
        for place in &planned.files {
            if let Some(entry) = plan.files.get(*place).filter(|_| written.insert(*place)) {
                file(entry, to)?;
            }
        }
    }
    for (id, license) in &plan.extracted.texts {
        writeln!(to)?;
        tag(to, "LicenseID", id)?;
        text(to, "ExtractedText", &license.text)?;
        tag(to, "LicenseName", license.name.as_deref().unwrap_or("NOASSERTION"))?;
    }
    relationships(plan, to)
}

fn head(plan: &Plan<'_>, version: &str, namespace: &str, to: &mut dyn Write) -> io::Result<()> {
    tag(to, "SPDXVersion", version)?;
    tag(to, "DataLicense", "CC0-1.0")?;
    tag(to, "SPDXID", "SPDXRef-DOCUMENT")?;
    tag(to, "DocumentName", &plan.root.name)?;
    tag(to, "DocumentNamespace", namespace)?;
    tag(to, "LicenseListVersion", json::license_list_version())?;
    let creators = plan.creators();
    for creator in &creators {
        tag(to, "Creator", creator)?;
    }
    let created = plan.options.created_text();
    tag(to, "Created", &created)?;
    text(to, "CreatorComment", &plan.comment())?;
    for unknown in plan.unknowns() {
        writeln!(to)?;
        tag(to, "Annotator", creators.last().map_or("Tool: unknown", String::as_str))?;
        tag(to, "AnnotationDate", &created)?;
        tag(to, "AnnotationType", "OTHER")?;
        tag(to, "SPDXREF", "SPDXRef-DOCUMENT")?;
        text(to, "AnnotationComment", &unknown)?;
    }
    Ok(())
}

fn root(plan: &Plan<'_>, version: &str, to: &mut dyn Write) -> io::Result<()> {
    let root = &plan.root;
    writeln!(to)?;
    tag(to, "PackageName", &root.name)?;
    tag(to, "SPDXID", &format!("SPDXRef-{}", plan.root_id))?;
    optional(to, "PackageVersion", root.version.as_deref())?;
    tag(to, "PackageSupplier", &root.supplier.as_ref().map_or_else(no_assertion, plan::actor))?;
    tag(to, "PackageDownloadLocation", "NOASSERTION")?;
    if version != "SPDX-2.2" {
        tag(to, "PrimaryPackagePurpose", plan.purpose())?;
    }
    tag(to, "FilesAnalyzed", "false")?;
    optional(
        to,
        "PackageChecksum",
        root.digest.map(|digest| format!("SHA256: {}", digest.hex())).as_deref(),
    )?;
    for name in ["PackageLicenseConcluded", "PackageLicenseDeclared", "PackageCopyrightText"] {
        tag(to, name, "NOASSERTION")?;
    }
    let purl = root.purl.as_ref().map(|purl| format!("PACKAGE-MANAGER purl {purl}"));
    optional(to, "ExternalRef", purl.as_deref())
}

fn package(plan: &Plan<'_>, planned: &Planned<'_>, to: &mut dyn Write) -> io::Result<()> {
    let package = planned.package;
    let code = plan.verification_code(planned);
    writeln!(to)?;
    tag(to, "PackageName", &package.name)?;
    tag(to, "SPDXID", &format!("SPDXRef-{}", planned.id))?;
    tag(to, "PackageVersion", package.written_version())?;
    tag(to, "PackageSupplier", &planned.supplier.as_ref().map_or_else(no_assertion, plan::actor))?;
    optional(to, "PackageOriginator", package.originator.as_ref().map(plan::actor).as_deref())?;
    let download = package.download.as_deref().and_then(web::download);
    tag(to, "PackageDownloadLocation", download.unwrap_or("NOASSERTION"))?;
    tag(to, "FilesAnalyzed", if code.is_some() { "true" } else { "false" })?;
    optional(to, "PackageVerificationCode", code.as_deref())?;
    checksums(to, "PackageChecksum", &package.checksums)?;
    optional(to, "PackageHomePage", package.homepage.as_deref().and_then(web::page))?;
    if let Some(info) = plan::source_info(package) {
        text(to, "PackageSourceInfo", &info)?;
    }
    tag(to, "PackageLicenseConcluded", "NOASSERTION")?;
    tag(to, "PackageLicenseDeclared", planned.license.as_deref().unwrap_or("NOASSERTION"))?;
    match package.copyright.as_deref().filter(|text| !text.is_empty()) {
        Some(copyright) => text(to, "PackageCopyrightText", copyright)?,
        None => tag(to, "PackageCopyrightText", "NOASSERTION")?,
    }
    if let Some(description) = package.description.as_deref().filter(|text| !text.is_empty()) {
        text(to, "PackageDescription", description)?;
    }
    for cpe in &planned.cpes {
        tag(to, "ExternalRef", &format!("SECURITY cpe23Type {cpe}"))?;
    }
    let purl = package.purl.as_ref().map(|purl| format!("PACKAGE-MANAGER purl {purl}"));
    optional(to, "ExternalRef", purl.as_deref())
}

fn file(file: &PlannedFile<'_>, to: &mut dyn Write) -> io::Result<()> {
    let location = &file.entry.location;
    writeln!(to)?;
    tag(to, "FileName", &format!(".{}", location.path))?;
    tag(to, "SPDXID", &format!("SPDXRef-{}", file.id))?;
    checksums(to, "FileChecksum", &file.entry.checksums)?;
    tag(to, "LicenseConcluded", "NOASSERTION")?;
    tag(to, "LicenseInfoInFile", "NOASSERTION")?;
    tag(to, "FileCopyrightText", "NOASSERTION")?;
    match &location.layer {
        Some(layer) => text(to, "FileComment", &format!("layerID: {layer}")),
        None => Ok(()),
    }
}

fn relationships(plan: &Plan<'_>, to: &mut dyn Write) -> io::Result<()> {
    let root = &plan.root_id;
    writeln!(to)?;
    tag(to, "Relationship", &format!("SPDXRef-DOCUMENT DESCRIBES SPDXRef-{root}"))?;
    for package in &plan.packages {
        tag(to, "Relationship", &format!("SPDXRef-{root} CONTAINS SPDXRef-{}", package.id))?;
    }
    for edge in &plan.edges {
        let (from, to_id) = (plan.id(edge.from), plan.id(edge.to));
        let kind = match edge.relation {
            Relation::Contains => "CONTAINS",
            Relation::DependsOn => "DEPENDS_ON",
            Relation::OwnsFilesOf => "OTHER",
        };
        tag(to, "Relationship", &format!("SPDXRef-{from} {kind} SPDXRef-{to_id}"))?;
        if edge.relation == Relation::OwnsFilesOf {
            text(to, "RelationshipComment", plan::OWNS_FILES)?;
        }
    }
    for package in &plan.packages {
        for file in package.files.iter().filter_map(|&file| plan.files.get(file)) {
            tag(to, "Relationship", &format!("SPDXRef-{} CONTAINS SPDXRef-{}", package.id, file.id))?;
        }
    }
    Ok(())
}

fn checksums(to: &mut dyn Write, name: &str, checksums: &[Checksum]) -> io::Result<()> {
    for checksum in checksums {
        tag(to, name, &format!("{}: {}", checksum.algorithm.spdx(), checksum.hex))?;
    }
    Ok(())
}

fn optional(to: &mut dyn Write, name: &str, value: Option<&str>) -> io::Result<()> {
    match value.filter(|value| !value.is_empty()) {
        Some(value) => tag(to, name, value),
        None => Ok(()),
    }
}

/// One line: a value with a line break would be taken for more tags.
fn tag(to: &mut dyn Write, name: &str, value: &str) -> io::Result<()> {
    let value = value.replace(['\n', '\r'], " ");
    writeln!(to, "{name}: {}", value.replace("<text>", "< text>"))
}

/// A value of any length. It cannot hold the mark of its own end.
fn text(to: &mut dyn Write, name: &str, value: &str) -> io::Result<()> {
    let value = value.replace("<text>", "< text>").replace("</text>", "< /text>");
    writeln!(to, "{name}: <text>{value}</text>")
}

fn no_assertion() -> String {
    "NOASSERTION".to_owned()
}
