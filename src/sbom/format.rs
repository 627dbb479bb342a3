//! Formats by name: `spdx-json`, `spdx-json@2.2`, in syft's spellings and ours.

use std::str::FromStr;

use crate::spdx::Encoding;

/// A format that documents are written in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Format {
    /// SPDX.
    Spdx(Encoding),
    /// Columns, for people.
    Table,
    /// Paragraphs, for people.
    Text,
}

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        let name = name.trim().to_ascii_lowercase();
        let no_version = |format| if version.is_none() { Some(format) } else { None };
        let format = match (name.as_str(), version) {
            ("spdx-json", None | Some("2" | "2.3")) => Some(Self::Spdx(Encoding::Json2_3)),
            ("spdx-json", Some("2.2")) => Some(Self::Spdx(Encoding::Json2_2)),
            ("table" | "syft-table", _) => no_version(Self::Table),
            ("text" | "syft-text", _) => no_version(Self::Text),
            _ => None,
        };
        format.ok_or_else(|| FormatError { found: text.to_owned() })
    }
}

/// A name that is none of a format.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unsupported output format {found:?}; there are spdx-json (@2.2, @2.3), table, text")]
pub struct FormatError {
    /// The name.
    pub found: String,
}
