//! The rules of each profile.

use std::collections::HashSet;

use jiff::Timestamp;

use super::Outcome;
use crate::spdx::Form;
use crate::spdx::PackageView;
use crate::spdx::View;
use crate::spdx::asserted;

const AUTHOR: &str = "name the person or organization who makes the document, as a creator";
const EDGES: &str = "state what the document describes and what depends on what, as relationships";
const IDENTIFIER: &str = "give each package a package URL (externalRefs, PACKAGE-MANAGER, purl)";
const NAMES: &str = "give each package a name";
const SUPPLIER: &str = "give each package a supplier; NOASSERTION counts as none here";
const TIME: &str = "state when the document was made, as YYYY-MM-DDThh:mm:ssZ";
const VERSIONS: &str = "give each package a version";

/// The seven data fields.
pub(super) fn ntia(view: &View<'_>) -> Vec<Outcome> {
    vec![
        Outcome::once("ntia.author", "author of the document", AUTHOR, has_creator(view)),
        Outcome::once("ntia.timestamp", "timestamp", TIME, is_dated(view)),
        Outcome::once(
            "ntia.relationships",
            "dependency relationships",
            EDGES,
            view.edges.iter().any(is_structure),
        ),
        each(view, "ntia.name", "component name", NAMES, |package| asserted(&package.name).is_some()),
        each(view, "ntia.version", "component version", VERSIONS, |package| {
            asserted(&package.version).is_some()
        }),
        each(view, "ntia.identifier", "unique identifier", "give each package an SPDXID", |package| {
            asserted(&package.id).is_some()
        }),
        each(view, "ntia.supplier", "supplier name", SUPPLIER, |package| {
            asserted(&package.supplier).is_some()
        }),
    ]
}

/// The seventeen elements. Saying that something is not known satisfies those about components; silence does not.
pub(super) fn cisa(view: &View<'_>) -> Vec<Outcome> {
    let mut outcomes = cisa_of_document(view);
    outcomes.extend(cisa_of_components(view));
    outcomes
}

fn cisa_of_document(view: &View<'_>) -> Vec<Outcome> {
    let tool = view.creators.iter().find_map(|creator| creator.strip_prefix("Tool:").map(str::trim));
    let versioned = tool.is_some_and(|tool| {
        let version = tool.rsplit(['-', ' ', '@', ':', '(']).next().unwrap_or_default();
        tool != version && version.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit())
    });
    vec![
        Outcome::once("cisa.author", "SBOM author", AUTHOR, has_party(view)),
        Outcome::once(
            "cisa.signature",
            "author signature",
            "sign the document, or attest it: this looks at what is in it only, and a note of where the signature is",
            mentions(view, &["signature", "signed", "attestation"]),
        ),
        Outcome::once(
            "cisa.format",
            "data format name and version",
            "state the version of the specification",
            !view.version.is_empty(),
        ),
        Outcome::once(
            "cisa.generation-context",
            "generation context",
            "say before, during or after build: a comment on the creation, or the type of an SPDX 3 document",
            !view.sbom_types.is_empty()
                || mentions(view, &["generation context", "build", "runtime", "source code"]),
        ),
        Outcome::once("cisa.timestamp", "timestamp", TIME, is_dated(view)),
        Outcome::once("cisa.tool-name", "tool name", "name the tool, as a creator", tool.is_some()),
        Outcome::once("cisa.tool-version", "tool version", "write the tool as NAME-VERSION", versioned),
        Outcome::once(
            "cisa.sbom-version",
            "SBOM version",
            "give the document a namespace of its own",
            asserted(&view.namespace).is_some(),
        ),
    ]
}

fn cisa_of_components(view: &View<'_>) -> Vec<Outcome> {
    let connected = connected(view);
    let part = |package: &PackageView<'_>| package.id.as_deref().is_some_and(|id| connected.contains(id));
    vec![
        each(
            view,
            "cisa.producer",
            "component producer",
            "give each package a supplier, or NOASSERTION",
            |package| package.supplier.is_some() || package.originator.is_some(),
        ),
        each(view, "cisa.name", "component name", NAMES, |package| asserted(&package.name).is_some()),
        each(view, "cisa.version", "component version", VERSIONS, |package| package.version.is_some()),
        each(view, "cisa.identifier", "component identifiers", IDENTIFIER, is_identified),
        each(
            view,
            "cisa.hash",
            "component hash value",
            "give each package the digest of what is distributed, where its ecosystem has one",
            |package| !package.checksums.is_empty() || package.verification_code.is_some(),
        ),
        each(
            view,
            "cisa.hash-algorithm",
            "component hash algorithm",
            "name the algorithm of each digest",
            |package| {
                let named = |sum: &crate::spdx::ChecksumView<'_>| !sum.algorithm.is_empty();
                package.checksums.iter().all(named)
                    && (!package.checksums.is_empty() || package.verification_code.is_some())
            },
        ),
        each(
            view,
            "cisa.license",
            "component license",
            "state the licence of each package, or NOASSERTION",
            |package| package.license_declared.is_some() || package.license_concluded.is_some(),
        ),
        each(view, "cisa.relationship", "dependency relationship", EDGES, part),
        Outcome::once(
            "cisa.coverage",
            "coverage, and what is not known",
            "say NOASSERTION where something is not known, and NONE where it is known to be none",
            view.packages.iter().all(is_explicit),
        ),
    ]
}

/// `artifact-1.0.0.tar.gz.spdx.json`: the artifact's name and version, the format, and JSON.
pub(super) fn naming(view: &View<'_>, file_name: Option<&str>) -> Vec<Outcome> {
    let name = file_name.unwrap_or_default();
    let lower = name.to_ascii_lowercase();
    let stem = lower.strip_suffix(".spdx.json").unwrap_or_default();
    let numbered = stem.bytes().any(|byte| byte.is_ascii_digit());
    let spaced = name.contains(|c: char| c.is_whitespace() || c.is_control() || "/\\:*?\"<>|".contains(c));
    vec![
        Outcome::once(
            "openssf.extension",
            "the name ends in .spdx.json",
            "name the file NAME-VERSION.spdx.json",
            !stem.is_empty(),
        ),
        Outcome::once(
            "openssf.version",
            "the name has the artifact's version",
            "name the file NAME-VERSION.spdx.json",
            numbered,
        ),
        Outcome::once(
            "openssf.characters",
            "the name works on every system",
            "leave spaces and the characters / \\ : * ? \" < > | out of the name",
            !name.is_empty() && !spaced,
        ),
        Outcome::once(
            "openssf.json",
            "the document is JSON",
            "write JSON; `sbom convert` does",
            matches!(view.form, Form::Json | Form::JsonLd),
        ),
    ]
}

/// What of the guideline can be seen in a document.
pub(super) fn bsi(view: &View<'_>) -> Vec<Outcome> {
    let reachable = |text: &str| text.contains('@') || text.contains("://");
    let version: Vec<u32> =
        view.version.trim_start_matches("SPDX-").split('.').filter_map(|part| part.parse().ok()).collect();
    let connected = connected(view);
    vec![
        Outcome::once(
            "bsi.format",
            "SPDX 3.0.1 or later",
            "write SPDX 3.0.1; no version 2 can pass",
            version.as_slice() >= [3, 0, 1].as_slice(),
        ),
        Outcome::once(
            "bsi.creator",
            "creator with electronic mail or URL",
            "write the creator with an address: Organization: NAME (MAIL)",
            view.creators.iter().any(|creator| reachable(creator)),
        ),
        Outcome::once("bsi.timestamp", "timestamp", TIME, is_dated(view)),
        each(view, "bsi.component-creator", "component creator", "give each package a supplier", |package| {
            asserted(&package.supplier).is_some() || asserted(&package.originator).is_some()
        }),
        each(view, "bsi.name", "component name", NAMES, |package| asserted(&package.name).is_some()),
        each(view, "bsi.version", "component version", VERSIONS, |package| {
            asserted(&package.version).is_some()
        }),
        each(view, "bsi.dependencies", "dependencies", EDGES, |package| {
            package.id.as_deref().is_some_and(|id| connected.contains(id))
        }),
        each(view, "bsi.license", "distribution licences", "state the licence of each package", |package| {
            package.license().is_some()
        }),
        each(view, "bsi.hash", "SHA-512 of the deployable component", "state a SHA512 checksum", |package| {
            package.checksums.iter().any(|sum| sum.algorithm == "SHA512")
        }),
        each(view, "bsi.identifier", "unique identifiers", IDENTIFIER, is_identified),
    ]
}

fn each(
    view: &View<'_>,
    rule: &'static str,
    title: &'static str,
    mend: &'static str,
    holds: impl Fn(&PackageView<'_>) -> bool,
) -> Outcome {
    Outcome::each(rule, title, mend, view.packages.iter().map(|package| (label(package), holds(package))))
}

/// What people know a package by.
fn label<'v>(package: &'v PackageView<'_>) -> &'v str {
    asserted(&package.name).or_else(|| asserted(&package.id)).unwrap_or("(no name)")
}

fn has_creator(view: &View<'_>) -> bool {
    view.creators.iter().any(|creator| !creator.trim().is_empty())
}

fn has_party(view: &View<'_>) -> bool {
    view.creators.iter().any(|creator| {
        let name = creator.strip_prefix("Person:").or_else(|| creator.strip_prefix("Organization:"));
        name.is_some_and(|name| {
            !matches!(name.trim().trim_end_matches("()").trim(), "" | "Anonymous" | "NOASSERTION")
        })
    })
}

fn is_dated(view: &View<'_>) -> bool {
    view.created.as_deref().is_some_and(|text| text.parse::<Timestamp>().is_ok())
}

fn is_structure(edge: &crate::spdx::Edge<'_>) -> bool {
    matches!(&*edge.relation, "CONTAINS" | "DEPENDS_ON" | "DESCRIBES")
        || edge.relation.ends_with("DEPENDENCY_OF")
}

/// The identifiers that a relationship names which says where something belongs.
fn connected<'v>(view: &'v View<'_>) -> HashSet<&'v str> {
    view.edges.iter().filter(|edge| is_structure(edge)).flat_map(|edge| [&*edge.from, &*edge.to]).collect()
}

fn is_identified(package: &PackageView<'_>) -> bool {
    package.references.iter().any(|reference| {
        let known = matches!(
            reference.kind.as_deref(),
            Some("purl" | "cpe22Type" | "cpe23Type" | "swh" | "swhid" | "gitoid" | "swid")
        );
        known && !reference.locator.trim().is_empty()
    })
}

/// Whether a package is silent about nothing that may be unknown.
fn is_explicit(package: &PackageView<'_>) -> bool {
    (package.supplier.is_some() || package.originator.is_some())
        && (package.license_declared.is_some() || package.license_concluded.is_some())
        && package.version.is_some()
}

fn mentions(view: &View<'_>, words: &[&str]) -> bool {
    let texts = [&view.comment, &view.creator_comment];
    let notes = view.annotations.iter().filter_map(|annotation| annotation.comment.as_deref());
    texts.into_iter().filter_map(|text| text.as_deref()).chain(notes).any(|text| {
        let text = text.to_lowercase();
        words.iter().any(|word| text.contains(word))
    })
}
