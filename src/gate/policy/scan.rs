//! The rules for reports alone: those of a policy file, or of a command line.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_saphyr::Spanned;

use super::AllowlistRule;
use super::Choice;
use super::PolicyError;
use super::ScanRule;
use super::at;
use super::file::AllowlistSection;
use super::file::FailOn;
use super::file::ScanSection;
use super::read_age;
use super::read_fail_on;
use crate::allowlist::Allowlist;
use crate::limits;
use crate::scan::Severity;
use crate::yaml;

/// What is asked of scan reports where no image is judged.
#[derive(Clone, Debug)]
pub struct ScanPolicy {
    scan: ScanRule,
    allowlist: AllowlistRule,
}

/// What a command line asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScanFlags<'a> {
    /// Severities that are not accepted; none for the policy's.
    pub fail_on: &'a [String],
    /// Accept vulnerabilities without a fixed version.
    pub ignore_unfixed: bool,
    /// Oldest report, as the policy file writes it.
    pub max_age: Option<&'a str>,
    /// Accept reports that do not say which image they are about.
    pub unbound: bool,
}

/// The sections that count; the others are a gate's.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    version: Spanned<u64>,
    #[serde(default)]
    scan: ScanSection,
    #[serde(default)]
    allowlist: AllowlistSection,
    #[serde(default, rename = "platforms")]
    _platforms: Option<IgnoredAny>,
    #[serde(default, rename = "signature")]
    _signature: Option<IgnoredAny>,
    #[serde(default, rename = "attestations")]
    _attestations: Option<IgnoredAny>,
    #[serde(default, rename = "sbom")]
    _sbom: Option<IgnoredAny>,
    #[serde(default, rename = "vex")]
    _vex: Option<IgnoredAny>,
}

impl ScanPolicy {
    /// The rules of `portcullis scan` without a policy file: the defaults of one, but that a report need not say what
    /// only few scanners do: how old its database was, and, in SARIF, what was looked up.
    ///
    /// # Errors
    /// None: the defaults are a policy.
    pub fn reports_alone() -> Result<Self, PolicyError> {
        let scan = ScanRule::read(&ScanSection::default())?;
        let scan = ScanRule { unknown_database: Choice::Allow, unknown_coverage: Choice::Allow, ..scan };
        Ok(Self { scan, allowlist: AllowlistRule::read(&AllowlistSection::default())? })
    }

    /// Reads the sections `scan` and `allowlist` of a policy file, which needs no others here.
    ///
    /// # Errors
    /// As [`Policy::from_slice`](super::Policy::from_slice).
    pub fn from_slice(bytes: &[u8]) -> Result<Self, PolicyError> {
        if u64::try_from(bytes.len()).is_ok_and(|size| size > limits::POLICY_BYTES) {
            return Err(PolicyError::TooLarge { size: bytes.len() });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| PolicyError::NotText)?;
        let file: File = yaml::read(text, limits::POLICY_NODES)?;
        if file.version.value != 1 {
            return Err(PolicyError::Version { at: at(&file.version), found: file.version.value });
        }
        Ok(Self { scan: ScanRule::read(&file.scan)?, allowlist: AllowlistRule::read(&file.allowlist)? })
    }

    /// The same with what a command line changes.
    ///
    /// # Errors
    /// A flag has a value that the policy file could not have either.
    pub fn with_flags(mut self, flags: &ScanFlags<'_>) -> Result<Self, FlagError> {
        if !flags.fail_on.is_empty() {
            let words: Result<Vec<FailOn>, FlagError> =
                flags.fail_on.iter().map(|word| fail_on(word)).collect();
            self.scan.fail_from = read_fail_on(&unplaced(words?)).map_err(|_| FlagError::Gap)?;
        }
        if let Some(age) = flags.max_age {
            let age_error = |_| FlagError::Age { found: age.to_owned() };
            self.scan.max_age = read_age("max-age", &unplaced(age.to_owned())).map_err(age_error)?;
        }
        self.scan.ignore_unfixed |= flags.ignore_unfixed;
        if flags.unbound {
            self.scan.unbound = Choice::Allow;
        }
        Ok(self)
    }

    /// The rules.
    #[must_use]
    pub fn scan(&self) -> &ScanRule {
        &self.scan
    }

    /// Findings that are accepted for a time.
    #[must_use]
    pub fn allowlist(&self) -> &AllowlistRule {
        &self.allowlist
    }

    /// Takes these entries for those of the file that the policy names.
    #[must_use]
    pub fn with_allowlist(mut self, list: Allowlist) -> Self {
        self.allowlist.list = Some(list);
        self
    }
}

fn fail_on(word: &str) -> Result<FailOn, FlagError> {
    match word.trim().parse() {
        Ok(Severity::Low) => Ok(FailOn::Low),
        Ok(Severity::Medium) => Ok(FailOn::Medium),
        Ok(Severity::High) => Ok(FailOn::High),
        Ok(Severity::Critical) => Ok(FailOn::Critical),
        Ok(Severity::Unknown) | Err(_) => Err(FlagError::Severity { found: word.to_owned() }),
    }
}

fn unplaced<T>(value: T) -> Spanned<T> {
    Spanned::new(value, serde_saphyr::Location::UNKNOWN, serde_saphyr::Location::UNKNOWN)
}

/// A flag that cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FlagError {
    /// Not a length of time.
    #[error(
        "--max-age is {found:?}, which is not a number of minutes, hours or days as 90m, 24h, 7d, nor none"
    )]
    Age {
        /// What stood there.
        found: String,
    },
    /// Something worse than what is named is left out.
    #[error("--fail-on leaves out a severity that is worse than one that it names")]
    Gap,
    /// Not a severity.
    #[error("--fail-on has {found:?}, which is none of LOW, MEDIUM, HIGH, CRITICAL")]
    Severity {
        /// What stood there.
        found: String,
    },
}
