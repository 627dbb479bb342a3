//! Why an entry does not meet a finding.

use std::fmt;

use jiff::civil::Date;

use crate::scan::FindingKind;
use crate::scan::Severity;

/// Why an entry with the identifier of a finding does not meet it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Why {
    /// Another environment.
    Environment {
        /// That the entry names.
        expected: String,
        /// Of the image.
        found: Option<String>,
    },
    /// It has expired.
    Expired {
        /// Last day on which it counted.
        expires: Date,
    },
    /// There is a fix, and the entry does not record one.
    FixAvailable {
        /// The version, as the report has it.
        version: Option<String>,
        /// It records that there was none; else it records nothing.
        recorded_none: bool,
    },
    /// Another image.
    Image {
        /// That the entry names.
        expected: String,
        /// Repository of the image.
        found: Option<String>,
    },
    /// Another kind of finding.
    Kind {
        /// That the entry names.
        expected: FindingKind,
        /// Of the finding.
        found: FindingKind,
    },
    /// The finding has no package URL.
    NoPurl {
        /// That the entry names.
        expected: String,
    },
    /// It begins later.
    NotYetCreated {
        /// First day on which it counts.
        created: Date,
    },
    /// Another package.
    Package {
        /// That the entry names.
        expected: String,
        /// Of the finding.
        found: Option<String>,
    },
    /// Another file.
    Path {
        /// That the entry names.
        expected: String,
        /// Of the finding.
        found: Option<String>,
    },
    /// Another platform.
    Platform {
        /// That the entry names.
        expected: String,
        /// Of the image.
        found: Option<String>,
    },
    /// The severity is higher than recorded, or not known any more.
    SeverityRaised {
        /// Recorded.
        from: Severity,
        /// Now.
        to: Severity,
    },
    /// It lasts longer than the policy allows for this severity.
    TooLong {
        /// Days from its first to its last.
        days: i32,
        /// Most days.
        most: i32,
        /// Of the finding.
        severity: Severity,
    },
    /// Another version.
    Version {
        /// Those that the entry names.
        expected: String,
        /// Of the finding.
        found: Option<String>,
    },
    /// Whether the version is within the range cannot be said.
    VersionOrder {
        /// Those that the entry names.
        expected: String,
        /// Of the finding.
        found: String,
    },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = |found: &Option<String>| found.clone().unwrap_or_else(|| "not known".to_owned());
        match self {
            Self::Environment { expected, found } => {
                write!(f, "it is for the environment {expected}, and this is {}", known(found))
            }
            Self::Expired { expires } => write!(f, "it expired at the end of {expires}"),
            Self::FixAvailable { version, recorded_none } => {
                let version = version.as_ref().map_or_else(String::new, |version| format!(": {version}"));
                let recorded = if *recorded_none { "and there was none" } else { "and it records none" };
                write!(f, "there is a fix now{version}, {recorded} when it was granted")
            }
            Self::Image { expected, found } => {
                write!(f, "it is for the image {expected}, and this is {}", known(found))
            }
            Self::Kind { expected, found } => write!(f, "it is for a {expected}, and this is a {found}"),
            Self::NoPurl { expected } => {
                write!(f, "it is for {expected}, and the report gives no package URL")
            }
            Self::NotYetCreated { created } => write!(f, "it begins on {created}"),
            Self::Package { expected, found } => {
                write!(f, "it is for the package {expected}, and this is {}", known(found))
            }
            Self::Path { expected, found } => {
                write!(f, "it is for files {expected}, and this is {}", known(found))
            }
            Self::Platform { expected, found } => {
                write!(f, "it is for the platform {expected}, and this is {}", known(found))
            }
            Self::SeverityRaised { from, to } => write!(f, "it was granted for {from}, and this is {to}"),
            Self::TooLong { days, most, severity } => {
                write!(f, "it lasts {days} days, and the policy allows {most} for {severity}")
            }
            Self::Version { expected, found } => {
                write!(f, "it is for the versions {expected}, and this is {}", known(found))
            }
            Self::VersionOrder { expected, found } => {
                write!(f, "it is for the versions {expected}, and {found} cannot be compared with them")
            }
        }
    }
}
