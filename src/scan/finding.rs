//! One finding of a scanner, whatever the scanner.

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
    pub severities: Severities,
    /// Whether there is a version without it.
    pub fix: Fix,
    /// That version or versions, as written.
    pub fixed_version: Option<String>,
    /// The report itself says that this finding does not count.
    pub suppressed: Option<Box<Suppression>>,
}

impl Finding {
    /// Nothing but a name, of unknown severity.
    pub(super) fn new(kind: FindingKind, id: String) -> Self {
        Self {
            kind,
            id,
            aliases: Vec::new(),
            target: String::new(),
            package: None,
            version: None,
            purl: None,
            path: None,
            title: None,
            url: None,
            severity: Severity::Unknown,
            severity_word: None,
            severities: Severities::default(),
            fix: Fix::Unknown,
            fixed_version: None,
            suppressed: None,
        }
    }

    /// The highest severity that any source in the report gives.
    #[must_use]
    pub fn highest(&self) -> Severity {
        self.severities.iter().map(|(_, severity)| severity).fold(self.severity, Severity::max)
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

/// The severities that a report names the sources of.
///
/// A report of 40,000 findings has four sources for each, and they are the same few names: these take three bits.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Severities {
    known: u64,
    others: Vec<(String, Severity)>,
}

impl Severities {
    /// What a source says.
    #[must_use]
    pub fn get(&self, source: &str) -> Option<Severity> {
        self.iter().find(|(name, _)| *name == source).map(|(_, severity)| severity)
    }

    /// All of them: what is well known first, the rest in the order of the report.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Severity)> {
        let known = SOURCES.iter().enumerate().filter_map(|(at, name)| Some((*name, self.known(at)?)));
        known.chain(self.others.iter().map(|(name, severity)| (name.as_str(), *severity)))
    }

    /// Whether no source is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known == 0 && self.others.is_empty()
    }

    /// Sets what a source says. Whether it had said something already.
    pub(super) fn insert(&mut self, source: &str, severity: Severity) -> bool {
        if let Some(at) = SOURCES.iter().position(|name| *name == source) {
            let old = self.known(at);
            let value = (1..).zip(Severity::ALL).find(|(_, known)| *known == severity);
            let shift = at.saturating_mul(Self::BITS);
            self.known &= !(Self::MASK << shift);
            self.known |= value.map_or(0, |(value, _)| value) << shift;
            return old.is_some();
        }
        match self.others.iter_mut().find(|(name, _)| name == source) {
            Some((_, old)) => {
                *old = severity;
                true
            }
            None => {
                self.others.push((source.to_owned(), severity));
                false
            }
        }
    }

    /// Nothing is 0, the severities are counted from 1.
    fn known(&self, at: usize) -> Option<Severity> {
        let value = (self.known >> at.saturating_mul(Self::BITS)) & Self::MASK;
        let index = usize::try_from(value).ok()?.checked_sub(1)?;
        Severity::ALL.get(index).copied()
    }

    const BITS: usize = 3;
    const MASK: u64 = 0b111;
}

impl<S: AsRef<str>> FromIterator<(S, Severity)> for Severities {
    fn from_iter<I: IntoIterator<Item = (S, Severity)>>(items: I) -> Self {
        let mut severities = Self::default();
        for (source, severity) in items {
            severities.insert(source.as_ref(), severity);
        }
        severities
    }
}

/// At most 21 of them: the sources of Trivy's database (`trivy-db/pkg/vulnsrc/vulnerability/const.go`), and what the
/// other readers call theirs.
const SOURCES: [&str; 18] = [
    "alma",
    "alpine",
    "amazon",
    "azure",
    "bitnami",
    "cbl-mariner",
    "debian",
    "ghsa",
    "nvd",
    "nvd:cpe",
    "oracle-oval",
    "photon",
    "redhat",
    "rocky",
    "ruby-advisory-db",
    "security-severity",
    "suse-cvrf",
    "ubuntu",
];

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
    fn the_last_word_of_a_source_counts() {
        let mut severities = Severities::default();
        assert!(severities.is_empty());
        assert!(!severities.insert("example", Severity::Medium));
        assert!(!severities.insert("nvd", Severity::Low));
        assert!(severities.insert("nvd", Severity::High));
        assert!(severities.insert("example", Severity::Unknown));
        let all: Vec<_> = severities.iter().collect();
        assert_eq!(all, [("nvd", Severity::High), ("example", Severity::Unknown)]);
        assert_eq!((severities.get("nvd"), severities.get("ghsa")), (Some(Severity::High), None));
    }

    #[test]
    fn every_source_has_bits_of_its_own() {
        let mut severities = Severities::default();
        for (at, source) in SOURCES.iter().enumerate() {
            assert!(!severities.insert(source, Severity::ALL[at % 5]));
        }
        for (at, source) in SOURCES.iter().enumerate() {
            assert_eq!(severities.get(source), Some(Severity::ALL[at % 5]));
        }
        assert!(severities.others.is_empty());
    }

    #[test]
    fn severities_are_read_in_any_case() {
        assert_eq!("critical".parse(), Ok(Severity::Critical));
        assert_eq!("High".parse(), Ok(Severity::High));
        assert!("".parse::<Severity>().is_err());
        assert!("IMPORTANT".parse::<Severity>().is_err());
    }
}
