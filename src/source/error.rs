//! Why something was not read from a source.

use std::io;
use std::time::Duration;

use crate::digest::Digest;
use crate::digest::DigestError;
use crate::json::JsonError;
use crate::oci::DocumentError;
use crate::oci::PinError;
use crate::oci::ReferenceError;

/// What was asked for, and what went wrong.
#[derive(Debug, thiserror::Error)]
#[error("{asked}: {fault}")]
pub struct SourceError {
    /// Registry, repository and what of it, or the path in a layout.
    pub asked: String,
    /// What went wrong.
    #[source]
    pub fault: Box<Fault>,
}

impl SourceError {
    pub(crate) fn new(asked: impl Into<String>, fault: impl Into<Fault>) -> Self {
        Self { asked: asked.into(), fault: Box::new(fault.into()) }
    }

    /// Which of the three outcomes this is.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.fault.outcome()
    }
}

/// Three outcomes that are never taken for one another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The source answered that there is no such thing.
    NotFound,
    /// The source did not let us, or we do not accept what it gave.
    Refused,
    /// The source did not answer, or not now.
    Unreachable,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Several images could be meant.
    #[error("the layout has several images: {}; name one of them", .names.join(", "))]
    AmbiguousImage {
        /// Their names or digests.
        names: Vec<String>,
    },
    /// An index has several platforms, and not the one that would be taken.
    #[error("the index has no {wanted}; it has {}", .has.join(", "))]
    AmbiguousPlatform {
        /// What would be taken.
        wanted: String,
        /// What there is.
        has: Vec<String>,
    },
    /// Sent to another place without TLS.
    #[error("redirect to {to:?} refused: {why}")]
    BadRedirect {
        /// Scheme and host.
        to: String,
        /// The rule.
        why: &'static str,
    },
    /// The transfer broke off.
    #[error("transfer broke off: {0}")]
    BrokenOff(String),
    /// No connection, by name service, network or TLS.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// A credential file or helper failed.
    #[cfg(feature = "net")]
    #[error(transparent)]
    Credentials(#[from] super::auth::AuthError),
    /// The registry wants other credentials, or none would do.
    #[error("access denied ({status}){}", because(.reason))]
    Denied {
        /// HTTP status, 401 or 403.
        status: u16,
        /// The registry's own words.
        reason: String,
    },
    /// The content is not that of the digest.
    #[error("content has digest {found}, expected {expected}")]
    Digest {
        /// Asked for.
        expected: Digest,
        /// Computed.
        found: Digest,
    },
    /// A digest in a header or file name is not one.
    #[error(transparent)]
    DigestSyntax(#[from] DigestError),
    /// A manifest, an index or a list of referrers is malformed.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The documents do not make an image.
    #[error(transparent)]
    Image(PinError),
    /// `index.json` of a layout lists what the layout does not have.
    #[error("the layout lists {digest}, but does not have it")]
    Incomplete {
        /// What is missing.
        digest: Digest,
    },
    /// A file of a layout could not be read.
    #[error("cannot read: {0}")]
    Io(#[source] io::Error),
    /// A document of a layout or a token answer is not JSON.
    #[error("malformed answer: {0}")]
    Json(#[from] JsonError),
    /// The file is not an archive of an OCI layout.
    #[error("not an archive of an OCI layout: {0}")]
    NotAnArchive(&'static str),
    /// It would be overwritten.
    #[error("there is something already, and it is not overwritten")]
    Exists,
    /// The directory is not an OCI layout.
    #[error("not an OCI image layout: {0}")]
    NotALayout(&'static str),
    /// The record of an archive of evidence is not one.
    #[error("the record of the archive is refused: {0}")]
    NotARecord(&'static str),
    /// Nobody asked this when the archive was made, so it does not say.
    #[error("not in the archive; it has {}", list(.has))]
    NotPacked {
        /// The images in it, and their platforms.
        has: Vec<String>,
    },
    /// There is no such thing.
    #[error("not found{}", because(.reason))]
    NotFound {
        /// The source's own words.
        reason: String,
    },
    /// Plain HTTP to a host that is not this machine.
    #[error("plain HTTP to {host} refused; it is allowed for loopback addresses and where asked for")]
    PlainHttp {
        /// The host.
        host: String,
    },
    /// A name in a question is not one.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// More entries than a ceiling.
    #[error("more than {ceiling} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are read.
        ceiling: usize,
    },
    /// More bytes than a ceiling.
    #[error("larger than {ceiling} bytes")]
    TooLarge {
        /// How many are read.
        ceiling: u64,
    },
    /// More redirects than are followed.
    #[error("more than {ceiling} redirects")]
    TooManyRedirects {
        /// How many are followed.
        ceiling: usize,
    },
    /// The registry wants us to come later.
    #[error("throttled by the registry (429){}{}", after(.retry_after), because(.reason))]
    Throttled {
        /// What it asked for, in seconds.
        retry_after: Option<u64>,
        /// The registry's own words.
        reason: String,
    },
    /// The answer did not come in time.
    #[error("timed out after {after:?}")]
    Timeout {
        /// How long we waited.
        after: Duration,
    },
    /// TLS cannot be used on this machine as it is set up.
    #[error("{0}")]
    Tls(String),
    /// The token service gave something that is no token.
    #[error("token service {service}: {why}")]
    Token {
        /// Scheme and host.
        service: String,
        /// The rule broken.
        why: String,
    },
    /// The answer breaks off before its size, or goes on after it.
    #[error("has {found} bytes, its descriptor says {expected}")]
    WrongSize {
        /// The descriptor's.
        expected: u64,
        /// Counted; one more than expected if it went on.
        found: u64,
    },
    /// Others keep overwriting the list of referrers.
    #[error("the entry does not stay in the list {tag}: somebody else writes it")]
    Unlisted {
        /// The list.
        tag: String,
    },
    /// A file could not be written.
    #[error("cannot write: {0}")]
    Write(#[source] io::Error),
    /// The reference belongs to another kind of source.
    #[error("does not lie in this source")]
    WrongSource,
    /// An answer that the protocol does not have here.
    #[error("unexpected answer (HTTP {status}){}", because(.reason))]
    UnexpectedStatus {
        /// HTTP status.
        status: u16,
        /// The registry's own words.
        reason: String,
    },
    /// The registry failed.
    #[error("registry failed (HTTP {status}){}", because(.reason))]
    Unavailable {
        /// HTTP status, 500 or above.
        status: u16,
        /// The registry's own words.
        reason: String,
    },
}

impl Fault {
    /// Which of the three outcomes this is.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::NotFound { .. } => Outcome::NotFound,
            Self::BrokenOff(_)
            | Self::Connect(_)
            | Self::NotPacked { .. }
            | Self::Throttled { .. }
            | Self::Timeout { .. }
            | Self::Tls(_)
            | Self::TooManyRedirects { .. }
            | Self::Unavailable { .. }
            | Self::Unlisted { .. } => Outcome::Unreachable,
            Self::Io(error) if error.kind() == io::ErrorKind::NotFound => Outcome::NotFound,
            _ => Outcome::Refused,
        }
    }
}

fn because(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn after(seconds: &Option<u64>) -> String {
    seconds.map_or_else(String::new, |seconds| format!(", retry after {seconds} s"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes() {
        let not_found = Fault::NotFound { reason: String::new() };
        let denied = Fault::Denied { status: 401, reason: String::new() };
        let throttled = Fault::Throttled { retry_after: Some(7), reason: "slow down".to_owned() };
        assert_eq!(not_found.outcome(), Outcome::NotFound);
        assert_eq!(denied.outcome(), Outcome::Refused);
        assert_eq!(throttled.outcome(), Outcome::Unreachable);
        let error = SourceError::new("manifest 1 of registry.example/app", throttled);
        assert_eq!(
            error.to_string(),
            "manifest 1 of registry.example/app: throttled by the registry (429), retry after 7 s: slow down"
        );
    }
}
