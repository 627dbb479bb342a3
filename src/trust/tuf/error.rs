//! Why metadata, or a mirror, was refused.

use jiff::Timestamp;

/// Why no trusted root came of TUF metadata.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TufError {
    /// Metadata has expired: the mirror is stale, or somebody holds back what is newer (freeze).
    #[error("{role} metadata expired at {expires}")]
    Expired {
        /// Whose metadata.
        role: String,
        /// When.
        expires: Timestamp,
    },
    /// A length or a hash is not the one that was signed, or versions do not belong together.
    #[error("{0}")]
    Integrity(String),
    /// Not TUF metadata.
    #[error("TUF metadata is malformed: {0}")]
    Malformed(String),
    /// The mirror did not answer, or its answer cannot be used.
    #[error(transparent)]
    Mirror(#[from] MirrorFault),
    /// The repository lacks a file that its metadata, or every repository, has.
    #[error("{0}")]
    Missing(String),
    /// The metadata lists no trusted root.
    #[error("the repository lists no target {target:?}")]
    NoTarget {
        /// The name that was asked for.
        target: String,
    },
    /// A version went backwards.
    #[error("rollback: {role} version {new}, while version {trusted} was seen before")]
    Rollback {
        /// Whose version.
        role: String,
        /// What was seen before.
        trusted: u64,
        /// What is offered now.
        new: u64,
    },
    /// A root that does not follow the one before.
    #[error("root version {new} does not follow version {trusted}")]
    RootVersion {
        /// The one before.
        trusted: u64,
        /// What is offered.
        new: u64,
    },
    /// Signatures of another form, key or algorithm.
    #[error("{0}")]
    Signature(String),
    /// The target is not a trusted root.
    #[error("target trusted_root.json: {0}")]
    Target(String),
    /// Not enough signatures by the keys of the role.
    #[error("{role} metadata has {found} of {threshold} valid signatures that its role needs")]
    Threshold {
        /// Whose metadata.
        role: String,
        /// How many are valid.
        found: usize,
        /// How many it takes.
        threshold: usize,
    },
}

impl TufError {
    /// The broken rule, in one word.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Expired { .. } => "expired",
            Self::Integrity(_) => "integrity",
            Self::Malformed(_) => "malformed",
            Self::Mirror(fault) => fault.rule(),
            Self::Missing(_) => "missing",
            Self::NoTarget { .. } => "no-target",
            Self::Rollback { .. } => "rollback",
            Self::RootVersion { .. } => "root-version",
            Self::Signature(_) => "signature",
            Self::Target(_) => "target",
            Self::Threshold { .. } => "threshold",
        }
    }

    /// Whether something was there and is refused, rather than not there or not reached.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        !matches!(self, Self::Missing(_) | Self::NoTarget { .. })
            && !matches!(self, Self::Mirror(fault) if !fault.is_refusal())
    }
}

/// Why a mirror's answer cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MirrorFault {
    /// More bytes than metadata of this kind may have, or than were signed for.
    #[error("{name} has more than {ceiling} bytes")]
    Long {
        /// The file.
        name: String,
        /// How many are read.
        ceiling: u64,
    },
    /// The name would lead out of the repository.
    #[error("metadata asks for a file with the name {name:?}")]
    Name {
        /// What it asks for.
        name: String,
    },
    /// A redirect that is not followed.
    #[error("{url}: redirect refused: {why}")]
    Redirect {
        /// From where.
        url: String,
        /// Why.
        why: &'static str,
    },
    /// HTTP says no.
    #[error("{url}: HTTP status {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// The status.
        status: u16,
    },
    /// The mirror cannot be set up: its URL, TLS, a proxy.
    #[error("{0}")]
    Setup(String),
    /// No answer.
    #[error("{url} is unreachable: {reason}")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// What happened.
        reason: String,
    },
}

impl MirrorFault {
    fn rule(&self) -> &'static str {
        match self {
            Self::Long { .. } => "too-long",
            Self::Name { .. } => "name",
            Self::Redirect { .. } => "redirect",
            Self::Setup(_) => "setup",
            Self::Status { .. } => "status",
            Self::Unreachable { .. } => "unreachable",
        }
    }

    fn is_refusal(&self) -> bool {
        matches!(self, Self::Long { .. } | Self::Name { .. } | Self::Redirect { .. })
    }
}

impl From<MirrorFault> for sigstore_tuf::Error {
    fn from(fault: MirrorFault) -> Self {
        Self::transport_with_source("mirror", fault)
    }
}

impl From<sigstore_tuf::Error> for TufError {
    fn from(error: sigstore_tuf::Error) -> Self {
        use sigstore_tuf::Error;
        match error {
            Error::BadRootVersion { trusted, new } => Self::RootVersion { trusted, new },
            Error::Crypto(_)
            | Error::DuplicateSignature { .. }
            | Error::UnsupportedScheme { .. }
            | Error::UnusableKey { .. } => Self::Signature(error.to_string()),
            Error::Expired { role, expires } => Self::Expired { role, expires },
            Error::IntegrityMismatch(reason) => Self::Integrity(reason),
            Error::Json(error) => Self::Malformed(error.to_string()),
            Error::Rollback { role, trusted, new } => Self::Rollback { role, trusted, new },
            Error::TargetNotFound(target) => Self::NoTarget { target },
            Error::ThresholdNotMet { role, found, threshold } => Self::Threshold { role, found, threshold },
            Error::Transport { message, source } => {
                match source.map(|source| source.downcast::<MirrorFault>()) {
                    Some(Ok(fault)) => Self::Mirror(*fault),
                    _ => Self::Missing(message),
                }
            }
            other => Self::Malformed(other.to_string()),
        }
    }
}
