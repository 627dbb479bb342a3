//! The formats of bills of materials, by name.

use std::io;
use std::io::Write;
use std::str::FromStr;

use super::github;
use super::syft_json;
use super::table;
use super::text;
use crate::cyclonedx;
use crate::package::DocumentOptions;
use crate::package::Inventory;
use crate::spdx;
use crate::spdx::Encoding;

/// A format that inventories are written in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Format {
    /// CycloneDX in JSON.
    CycloneDx(cyclonedx::Version),
    /// A snapshot for GitHub's dependency graph.
    Github,
    /// Package URLs, one a line.
    Purls,
    /// SPDX.
    Spdx(Encoding),
    /// syft's own JSON.
    SyftJson,
    /// Columns for people.
    Table,
    /// A paragraph a package, for people.
    Text,
}

impl Format {
    /// Every name, the one to be used first for each format; the version behind `@` can be left out.
    pub const NAMES: [(&'static str, Self); 23] = [
        ("spdx-json@2.3", Self::Spdx(Encoding::Json2_3)),
        ("spdx-json@2.2", Self::Spdx(Encoding::Json2_2)),
        ("spdx-json@3.0", Self::Spdx(Encoding::JsonLd3_0)),
        ("spdx-json@3.0.1", Self::Spdx(Encoding::JsonLd3_0)),
        ("spdx-tag-value@2.3", Self::Spdx(Encoding::TagValue2_3)),
        ("spdx-tag-value@2.2", Self::Spdx(Encoding::TagValue2_2)),
        ("spdx@2.3", Self::Spdx(Encoding::TagValue2_3)),
        ("spdx@2.2", Self::Spdx(Encoding::TagValue2_2)),
        ("spdx-tv@2.3", Self::Spdx(Encoding::TagValue2_3)),
        ("spdx-tv@2.2", Self::Spdx(Encoding::TagValue2_2)),
        ("cyclonedx-json@1.6", Self::CycloneDx(cyclonedx::Version::V1_6)),
        ("cyclonedx-json@1.5", Self::CycloneDx(cyclonedx::Version::V1_5)),
        ("cyclonedx-json@1.4", Self::CycloneDx(cyclonedx::Version::V1_4)),
        ("syft-json", Self::SyftJson),
        ("json", Self::SyftJson),
        ("syft-table", Self::Table),
        ("table", Self::Table),
        ("syft-text", Self::Text),
        ("text", Self::Text),
        ("github-json", Self::Github),
        ("github", Self::Github),
        ("purls", Self::Purls),
        ("purl-list", Self::Purls),
    ];

    /// Reads a name as syft's command line takes it: `spdx-json`, `spdx-json@2.2`, `cyclonedx-json@1.5`. Without a
    /// version it is the first that [`Self::NAMES`] has.
    ///
    /// # Errors
    /// No such format, or not in this version.
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        let lower = text.trim().to_ascii_lowercase();
        let (name, version) = match lower.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (lower.as_str(), None),
        };
        let known = || Self::NAMES.iter().map(|(full, format)| (full.split('@').next(), full, *format));
        let exact = |(base, full, _): &(Option<&str>, &&str, Self)| match version {
            Some(_) => **full == lower,
            None => *base == Some(name),
        };
        if let Some((_, _, format)) = known().find(exact) {
            return Ok(format);
        }
        let versions = versions_of(name);
        Err(match name {
            // syft's names of the XML form: to write JSON instead would break whoever reads the file.
            "cyclonedx" | "cyclonedx-xml" => FormatError::Xml { found: text.to_owned() },
            "template" => FormatError::Template,
            _ if versions.is_empty() => FormatError::Unknown { found: text.to_owned() },
            _ => {
                let (name, found) = (name.to_owned(), version.unwrap_or_default().to_owned());
                FormatError::Version { name, found, known: versions.join(", ") }
            }
        })
    }
}

/// The versions in which a format of this name is written; none for a name that is unknown or has no versions.
fn versions_of(name: &str) -> Vec<&'static str> {
    let split = Format::NAMES.iter().filter_map(|(full, _)| full.split_once('@'));
    split.filter(|(base, _)| *base == name).map(|(_, version)| version).collect()
}

/// The list that syft shows: each format by the first of its names, a line each.
fn available() -> String {
    let mut lines = String::new();
    for name in [
        "cyclonedx-json",
        "github-json",
        "purls",
        "spdx-json",
        "spdx-tag-value",
        "syft-json",
        "syft-table",
        "syft-text",
    ] {
        let versions = versions_of(name);
        lines += "\n   - ";
        lines += name;
        if !versions.is_empty() {
            lines += " @ ";
            lines += &versions.join(", ");
        }
    }
    lines
}

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        Self::parse(text)
    }
}

/// Why a text names no format.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// syft's templates are programs of Go.
    #[error("templates are not available: write json and run the template over that")]
    Template,
    /// No format of this name.
    #[error("unsupported output format {found:?}, supported formats are:{}", available())]
    Unknown {
        /// The name.
        found: String,
    },
    /// Not in this version.
    #[error("{name} is not available in version {found:?}, only in {known}")]
    Version {
        /// The format.
        name: String,
        /// The version that was asked for.
        found: String,
        /// Its versions.
        known: String,
    },
    /// CycloneDX in XML.
    #[error("{found:?} is CycloneDX in XML, which is not available: use cyclonedx-json")]
    Xml {
        /// The name.
        found: String,
    },
}

/// Writes an inventory in a format.
///
/// # Errors
/// Those of `to`.
pub fn write(
    inventory: &Inventory,
    format: Format,
    options: &DocumentOptions,
    to: &mut impl Write,
) -> io::Result<()> {
    match format {
        Format::CycloneDx(version) => cyclonedx::write(inventory, version, options, to),
        Format::Github => github::write(inventory, options, to),
        Format::Purls => purls(inventory, to),
        Format::Spdx(encoding) => spdx::write(inventory, encoding, options, to),
        Format::SyftJson => syft_json::write(inventory, options, to),
        Format::Table => table::write(inventory, to),
        Format::Text => text::write(inventory, to),
    }
}

fn purls(inventory: &Inventory, to: &mut impl Write) -> io::Result<()> {
    let mut purls: Vec<&str> =
        inventory.packages.iter().filter_map(|package| Some(package.purl.as_ref()?.as_str())).collect();
    purls.sort_unstable();
    purls.dedup();
    purls.into_iter().try_for_each(|purl| writeln!(to, "{purl}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::testing;

    /// The names and aliases of syft 1.18.1: `syft scan --help`.
    #[test]
    fn knows_the_names_of_syft() {
        let parse = |text| Format::parse(text).unwrap();
        assert_eq!(parse("spdx-json"), Format::Spdx(Encoding::Json2_3));
        assert_eq!(parse("spdx-json@2.2"), Format::Spdx(Encoding::Json2_2));
        for name in ["spdx", "spdx-tv", "spdx-tag-value", "SPDX-tag-value@2.3"] {
            assert_eq!(parse(name), Format::Spdx(Encoding::TagValue2_3), "{name}");
        }
        assert_eq!(parse("cyclonedx-json"), Format::CycloneDx(cyclonedx::Version::V1_6));
        assert_eq!(parse("cyclonedx-json@1.5"), Format::CycloneDx(cyclonedx::Version::V1_5));
        assert_eq!((parse("json"), parse("syft-json")), (Format::SyftJson, Format::SyftJson));
        assert_eq!(
            (parse("table"), parse("text"), parse("github-json")),
            (Format::Table, Format::Text, Format::Github)
        );
    }

    /// The first line is that of syft 1.18.1, which has a space and a heading before the list.
    #[test]
    fn says_what_is_wrong() {
        let message = |text| Format::parse(text).unwrap_err().to_string();
        let unknown = message("bogus");
        assert!(
            unknown.starts_with("unsupported output format \"bogus\", supported formats are:\n"),
            "{unknown}"
        );
        for line in ["\n   - cyclonedx-json @ 1.6, 1.5, 1.4\n", "\n   - github-json\n", "\n   - syft-text"] {
            assert!(unknown.contains(line), "{unknown}");
        }
        let versions = message("cyclonedx-json@9");
        assert_eq!(versions, "cyclonedx-json is not available in version \"9\", only in 1.6, 1.5, 1.4");
        for name in ["cyclonedx", "cyclonedx-xml", "cyclonedx@1.5"] {
            assert!(message(name).contains("use cyclonedx-json"), "{name}");
        }
        assert_eq!(Format::parse("template"), Err(FormatError::Template));
        assert!(matches!(Format::parse("table@1"), Err(FormatError::Unknown { .. })));
        assert!(matches!(Format::parse(""), Err(FormatError::Unknown { .. })));
    }

    #[test]
    fn writes_every_format() {
        let options = DocumentOptions::new("2026-01-02T03:04:05Z".parse().unwrap());
        for (name, format) in Format::NAMES {
            let mut bytes = Vec::new();
            write(&testing::inventory(), format, &options, &mut bytes).unwrap();
            assert!(String::from_utf8(bytes).unwrap().contains("adduser"), "{name}");
        }
    }
}
