//! From SPDX 2.3 to 2.2 and back. <https://spdx.github.io/spdx-spec/v2.3/diffs-from-previous-editions/>

use std::borrow::Cow;

use super::Version;
use crate::spdx::node::Node;

/// Fields of packages that came with 2.3.
const NEW_FIELDS: [&str; 4] = ["builtDate", "primaryPackagePurpose", "releaseDate", "validUntilDate"];

/// Types of relationships that came with 2.3.
const NEW_RELATIONSHIPS: [&str; 2] = ["REQUIREMENT_DESCRIPTION_FOR", "SPECIFICATION_FOR"];

/// Algorithms that 2.2 has; 2.3 added others.
const OLD_ALGORITHMS: [&str; 10] =
    ["MD2", "MD4", "MD5", "MD6", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "SHA"];

/// Fields that packages and files must have in 2.2; 2.3 takes their absence for `NOASSERTION`.
const REQUIRED: [(&str, &[&str]); 2] = [
    ("packages", &["licenseConcluded", "licenseDeclared", "copyrightText"]),
    ("files", &["licenseConcluded", "copyrightText"]),
];

/// Changes the version, and what the other one does not have.
pub(super) fn convert(root: &mut Node<'_>, version: Version, losses: &mut Vec<String>) {
    let name = match version {
        Version::V2_2 => "SPDX-2.2",
        Version::V2_3 => "SPDX-2.3",
    };
    replace(root, "spdxVersion", Node::Text(Cow::Borrowed(name)));
    if version == Version::V2_3 {
        // 2.3 has everything that 2.2 has.
        return;
    }
    for (index, package) in items(root, "packages").iter_mut().enumerate() {
        for field in NEW_FIELDS {
            if remove(package, field) {
                losses.push(format!("/packages/{index}/{field}: SPDX 2.2 does not have it"));
            }
        }
        for reference in items(package, "externalRefs") {
            let old = match reference.get("referenceCategory").and_then(Node::text) {
                Some("PACKAGE-MANAGER") => "PACKAGE_MANAGER",
                Some("PERSISTENT-ID") => "PERSISTENT_ID",
                _ => continue,
            };
            replace(reference, "referenceCategory", Node::Text(Cow::Borrowed(old)));
        }
    }
    for (list, required) in REQUIRED {
        for (index, element) in items(root, list).iter_mut().enumerate() {
            for field in required {
                element.set(field, Node::Text(Cow::Borrowed("NOASSERTION")));
            }
            checksums(element, &format!("/{list}/{index}"), losses);
        }
    }
    for (index, relationship) in items(root, "relationships").iter_mut().enumerate() {
        let kind = relationship.get("relationshipType").and_then(Node::text);
        let Some(kind) = kind.filter(|kind| NEW_RELATIONSHIPS.contains(kind)).map(str::to_owned) else {
            continue;
        };
        losses.push(format!("/relationships/{index}: {kind} is OTHER in SPDX 2.2"));
        replace(relationship, "relationshipType", Node::Text(Cow::Borrowed("OTHER")));
        relationship.set("comment", Node::Text(Cow::Owned(kind)));
    }
}

fn checksums(element: &mut Node<'_>, place: &str, losses: &mut Vec<String>) {
    let Some(list) = element.list_mut("checksums") else { return };
    list.retain(|sum| {
        let algorithm = sum.get("algorithm").and_then(Node::text).unwrap_or_default();
        let known = OLD_ALGORITHMS.contains(&algorithm);
        if !known {
            losses.push(format!("{place}/checksums: SPDX 2.2 does not have {algorithm}"));
        }
        known
    });
    if list.is_empty() {
        remove(element, "checksums");
    }
}

fn items<'n, 'a>(node: &'n mut Node<'a>, key: &str) -> &'n mut [Node<'a>] {
    node.list_mut(key).map(Vec::as_mut_slice).unwrap_or_default()
}

fn replace<'a>(node: &mut Node<'a>, key: &'static str, value: Node<'a>) {
    let Node::Object(entries) = node else { return };
    match entries.iter_mut().find(|(name, _)| name == key) {
        Some((_, place)) => *place = value,
        None => entries.push((Cow::Borrowed(key), value)),
    }
}

fn remove(node: &mut Node<'_>, key: &str) -> bool {
    let Node::Object(entries) = node else { return false };
    let before = entries.len();
    entries.retain(|(name, _)| name != key);
    entries.len() != before
}
