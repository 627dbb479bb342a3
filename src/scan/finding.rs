//! One finding of a scanner, whatever the scanner.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::package::Purl;

/// Something that a scanner found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// What kind of thing.
    pub kind: FindingKind,
    /// Identifier: CVE or advisory, check, secret rule, licence name.
    pub id: String,
    /// Other identifiers of the same thing, where the report has them.
    pub aliases: Vec<String>,
    /// What was scanned: the operating system, a lock file, a file.
    pub target: String,
    /// Name of the package, where it is about one.
    pub package: Option<String>,
    /// Installed version of the package.
    pub version: Option<String>,
    /// Package URL, where the report has one that can be read.
    pub purl: Option<Purl>,
    /// File of the package or of the finding, where the report names one.
    pub path: Option<String>,
    /// One line about it.
    pub title: Option<String>,
    /// Where to read more.
    pub url: Option<String>,
    /// The severity that the scanner decided on.
    pub severity: Severity,
    /// What the report wrote, where that is none of our words.
    pub severity_word: Option<String>,
    /// What each source of the scanner says, by the source's name.
    pub severities: BTreeMap<String, Severity>,
    /// Whether there is a version without it.
    pub fix: Fix,
    /// That version or versions, as written.
    pub fixed_version: Option<String>,
    /// The report itself says that this finding does not count.
    pub suppressed: Option<Suppression>,
}

impl Finding {
    /// The highest severity that any source in the report gives.
    #[must_use]
    pub fn highest(&self) -> Severity {
        self.severities.values().copied().fold(self.severity, Severity::max)
    }

    /// What it is in: the package, else the file, else the target.
    #[must_use]
    pub fn place(&self) -> &str {
        self.package.as_deref().or(self.path.as_deref()).unwrap_or(&self.target)
    }
}

/// What a report says about a version without the finding.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fix {
    /// There is one.
    Available,
    /// There is none.
    Absent,
    /// It does not say, which is not the same as none.
    #[default]
    Unknown,
}

/// What kind of thing was found.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// A licence that the scanner has an opinion about.
    License,
    /// A configuration that fails a check.
    Misconfiguration,
    /// Something that looks like a credential.
    Secret,
    /// A known vulnerability in a package.
    Vulnerability,
}

impl FindingKind {
    /// Whether a finding of this kind can have a fixed version at all.
    #[must_use]
    pub const fn has_fixes(self) -> bool {
        matches!(self, Self::Vulnerability)
    }

    /// The word for one of them.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::License => "license",
            Self::Misconfiguration => "misconfiguration",
            Self::Secret => "secret",
            Self::Vulnerability => "vulnerability",
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How bad a finding is. `Unknown` sorts lowest, which says nothing about the danger.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// Not rated, or rated in a word that is none of the others.
    Unknown,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl Severity {
    /// All of them, lowest first.
    pub const ALL: [Self; 5] = [Self::Unknown, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word in upper case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
            Self::Critical => "CRITICAL",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = SeverityError;

    fn from_str(text: &str) -> Result<Self, SeverityError> {
        let known = Self::ALL.into_iter().find(|severity| severity.as_str().eq_ignore_ascii_case(text));
        known.ok_or_else(|| SeverityError { found: text.to_owned() })
    }
}

/// Not a severity.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{found:?} is not a severity")]
pub struct SeverityError {
    /// The text.
    pub found: String,
}

/// What a report says about why a finding does not count.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Suppression {
    /// `ignored`, `not_affected`, ...
    pub status: String,
    /// Who or what says so: a file name, `OpenVEX`, ...
    pub source: String,
    /// Why.
    pub statement: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_are_ordered() {
        assert!(Severity::ALL.is_sorted());
        assert!(Severity::Critical > Severity::High && Severity::Low > Severity::Unknown);
    }

    #[test]
    fn severities_are_read_in_any_case() {
        assert_eq!("critical".parse(), Ok(Severity::Critical));
        assert_eq!("High".parse(), Ok(Severity::High));
        assert!("".parse::<Severity>().is_err());
        assert!("IMPORTANT".parse::<Severity>().is_err());
    }
}
