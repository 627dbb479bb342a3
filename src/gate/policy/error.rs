//! Why a policy was not read, and where.

use crate::limits;
use crate::oci::PlatformError;
use crate::predicate::PredicateTypeError;
use crate::scan::Severity;
use crate::yaml::Position;
use crate::yaml::YamlError;

/// Why a policy was not read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The allowlist has no name.
    #[error("{at}: `file` of the allowlist is empty")]
    AllowlistFile {
        /// Where.
        at: Position,
    },
    /// Not an attestation type.
    #[error("{at}: {reason}")]
    AttestationType {
        /// Where.
        at: Position,
        /// What is wrong.
        reason: PredicateTypeError,
    },
    /// `fail-on` names nothing.
    #[error("{at}: `fail-on` is empty; to do without a scan, write `required: false`")]
    FailOnEmpty {
        /// Where.
        at: Position,
    },
    /// `fail-on` leaves out something worse than it names.
    #[error("{at}: `fail-on` has {lowest} but not {missing}, which is worse")]
    FailOnGap {
        /// Where.
        at: Position,
        /// The mildest that is named.
        lowest: Severity,
        /// What is left out.
        missing: Severity,
    },
    /// An identity is incomplete or contradicts itself.
    #[error("{at}: this identity cannot be used: {reason}")]
    Identity {
        /// Where.
        at: Position,
        /// What is wrong.
        reason: &'static str,
    },
    /// A pattern or claim of an identity cannot be used.
    #[error("{at}: {reason}")]
    Matcher {
        /// Where.
        at: Position,
        /// What is wrong.
        reason: String,
    },
    /// An age is not a length of time.
    #[error(
        "{at}: `{key}` is {found:?}, which is not a number of minutes, hours or days as 90m, 24h, 7d, nor none"
    )]
    MaxAge {
        /// Where.
        at: Position,
        /// The key.
        key: &'static str,
        /// What stood there.
        found: String,
    },
    /// A list of identities is empty.
    #[error("{at}: `identities` is empty, so nobody is trusted")]
    NobodyTrusted {
        /// Where.
        at: Position,
    },
    /// Not UTF-8.
    #[error("policy is not UTF-8 text")]
    NotText,
    /// `platforms` names nothing.
    #[error("{at}: `platforms` is empty; leave it out to judge every platform")]
    NoPlatform {
        /// Where.
        at: Position,
    },
    /// More than the whole.
    #[error("{at}: `min-coverage` is {found}; it is a percentage, 100 at most")]
    Percent {
        /// Where.
        at: Position,
        /// What stood there.
        found: u8,
    },
    /// Sources that would not count.
    #[error("{at}: `severity-sources` needs `severity: highest`")]
    SeveritySources {
        /// Where.
        at: Position,
    },
    /// Not a platform.
    #[error("{at}: {reason}")]
    Platform {
        /// Where.
        at: Position,
        /// What is wrong.
        reason: PlatformError,
    },
    /// A VEX file has no name.
    #[error("{at}: `trust-unsigned-files` names a file without a name")]
    VexFile {
        /// Where.
        at: Position,
    },
    /// Too large.
    #[error("policy has {size} bytes, more than {}", limits::POLICY_BYTES)]
    TooLarge {
        /// Its size.
        size: usize,
    },
    /// Another version of the format.
    #[error("{at}: `version` is {found}; this program reads version 1")]
    Version {
        /// Where.
        at: Position,
        /// What stood there.
        found: u64,
    },
    /// Not YAML, or not of the right shape.
    #[error(transparent)]
    Yaml(#[from] YamlError),
}

#[cfg(test)]
mod tests {
    use super::super::super::Policy;

    const SIGNATURE: &str = "signature:\n  identities: [{identity: a, issuer: b}]\n";

    #[test]
    fn common_mistakes_are_told_in_plain_words() {
        for (text, message) in [
            ("version: 1\nversion: 1\n", "a key stands twice: version"),
            ("version: 1\nscan: {fail-on: HIGH}\n", "expected a list, such as [HIGH]"),
            ("version: 1\nsbom:\n- required\n", "expected keys with values; are they indented?"),
            ("version: 1\nsbom: {required: yes}\n", "write true or false"),
        ] {
            let error = Policy::from_slice(format!("{text}{SIGNATURE}").as_bytes()).unwrap_err().to_string();
            assert!(error.contains(message) && !error.contains("Policy in"), "{text:?}: {error}");
        }
    }
}
