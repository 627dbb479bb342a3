//! Types of relationships: one spelling, and one direction where two types say the same.
//! <https://spdx.github.io/spdx-spec/v2.3/relationships-between-SPDX-elements/>

use std::borrow::Cow;

/// The types of SPDX 2.0 to 2.3, ordered.
const TYPES: [&str; 46] = [
    "AMENDS",
    "ANCESTOR_OF",
    "BUILD_DEPENDENCY_OF",
    "BUILD_TOOL_OF",
    "CONTAINED_BY",
    "CONTAINS",
    "COPY_OF",
    "DATA_FILE_OF",
    "DEPENDENCY_MANIFEST_OF",
    "DEPENDENCY_OF",
    "DEPENDS_ON",
    "DESCENDANT_OF",
    "DESCRIBED_BY",
    "DESCRIBES",
    "DEV_DEPENDENCY_OF",
    "DEV_TOOL_OF",
    "DISTRIBUTION_ARTIFACT",
    "DOCUMENTATION_OF",
    "DYNAMIC_LINK",
    "EXAMPLE_OF",
    "EXPANDED_FROM_ARCHIVE",
    "FILE_ADDED",
    "FILE_DELETED",
    "FILE_MODIFIED",
    "GENERATED_FROM",
    "GENERATES",
    "HAS_PREREQUISITE",
    "METAFILE_OF",
    "OPTIONAL_COMPONENT_OF",
    "OPTIONAL_DEPENDENCY_OF",
    "OTHER",
    "PACKAGE_OF",
    "PATCH_APPLIED",
    "PATCH_FOR",
    "PREREQUISITE_FOR",
    "PROVIDED_DEPENDENCY_OF",
    "REQUIREMENT_DESCRIPTION_FOR",
    "RUNTIME_DEPENDENCY_OF",
    "SPECIFICATION_FOR",
    "STATIC_LINK",
    "TEST_CASE_OF",
    "TEST_DEPENDENCY_OF",
    "TEST_OF",
    "TEST_TOOL_OF",
    "VARIANT_OF",
    "VARIANT_OF_ARCHIVE",
];

/// Types that say with the ends exchanged what another one says.
const INVERSES: [(&str, &str); 7] = [
    ("ANCESTOR_OF", "DESCENDANT_OF"),
    ("CONTAINED_BY", "CONTAINS"),
    ("DEPENDENCY_OF", "DEPENDS_ON"),
    ("DESCRIBED_BY", "DESCRIBES"),
    ("GENERATED_FROM", "GENERATES"),
    ("PACKAGE_OF", "CONTAINS"),
    ("PREREQUISITE_FOR", "HAS_PREREQUISITE"),
];

/// One type, in the spelling that is compared.
pub(super) struct Relation<'a> {
    /// Name.
    pub(super) name: Cow<'a, str>,
    /// Whether the ends change places.
    pub(super) inverse: bool,
    /// Whether SPDX 2 has it.
    pub(super) known: bool,
}

/// Reads a type of SPDX 2, whatever case it is written in.
pub(super) fn relation(text: &str) -> Relation<'_> {
    let name = match TYPES.binary_search(&text) {
        Ok(place) => TYPES.get(place).copied(),
        Err(_) => {
            let upper = text.trim().to_ascii_uppercase().replace('-', "_");
            TYPES.binary_search(&upper.as_str()).ok().and_then(|place| TYPES.get(place)).copied()
        }
    };
    let Some(name) = name else {
        return Relation { name: Cow::Borrowed(text), inverse: false, known: false };
    };
    let inverse = INVERSES.iter().find(|(inverse, _)| *inverse == name);
    let name = inverse.map_or(name, |(_, name)| name);
    Relation { name: Cow::Borrowed(name), inverse: inverse.is_some(), known: true }
}

/// Reads a type of SPDX 3: `dependsOn` is `DEPENDS_ON`.
pub(super) fn relation_3(text: &str) -> Cow<'_, str> {
    let mut name = String::with_capacity(text.len().saturating_add(4));
    for c in text.chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_uppercase());
    }
    match TYPES.binary_search(&name.as_str()).ok().and_then(|place| TYPES.get(place)) {
        Some(known) => Cow::Borrowed(known),
        None => Cow::Owned(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_in_order() {
        assert!(TYPES.is_sorted());
        assert!(INVERSES.iter().all(|(inverse, name)| TYPES.contains(inverse) && TYPES.contains(name)));
    }

    #[test]
    fn one_spelling_and_one_direction() {
        for (text, name, inverse) in [
            ("DEPENDENCY_OF", "DEPENDS_ON", true),
            ("dependency-of", "DEPENDS_ON", true),
            ("contains", "CONTAINS", false),
            ("PACKAGE_OF", "CONTAINS", true),
        ] {
            let found = relation(text);
            assert_eq!((&*found.name, found.inverse, found.known), (name, inverse, true));
        }
        assert!(!relation("FANCY_OF").known);
        assert_eq!(relation_3("dependsOn"), "DEPENDS_ON");
        assert_eq!(relation_3("hasDeclaredLicense"), "HAS_DECLARED_LICENSE");
    }
}
