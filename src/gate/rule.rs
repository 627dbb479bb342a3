//! The rules of a decision, and what came of them.

use std::fmt;

use serde::Serialize;
use serde::Serializer;

/// A rule. Its [identifier](Self::id) is stable: scripts may rely on it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Rule {
    /// The image has the platforms that the policy names, and it is known which are judged.
    ImagePlatform,
    /// A pattern for an identity says what it seems to say.
    PolicyPattern,
    /// There is a signature.
    SignatureFound,
    /// A signature verifies.
    SignatureValid,
    /// The signature is about this image, all of it.
    SignatureSubject,
    /// It was made by whom the policy trusts.
    SignatureIdentity,
    /// Every witness that a signature needs was asked for.
    SignatureWitness,
    /// There is an attestation of the type.
    AttestationFound,
    /// An attestation verifies.
    AttestationValid,
    /// The attestation is about this image, on every platform.
    AttestationSubject,
    /// It was made by whom the policy trusts.
    AttestationIdentity,
    /// There is an attested bill of materials.
    SbomFound,
    /// Its attestation verifies and holds an SPDX document.
    SbomValid,
    /// It is about this image, on every platform.
    SbomSubject,
    /// It was attested by whom the policy trusts.
    SbomIdentity,
    /// It lists packages.
    SbomPackages,
    /// There is a scan report for every platform.
    ScanFound,
    /// The report can be read.
    ScanReadable,
    /// The report is about this image and platform.
    ScanBinding,
    /// An attested report was attested by whom the policy trusts.
    ScanIdentity,
    /// The scanner is not a release that is known to be malicious.
    ScanTool,
    /// The report is recent, and says when it was made.
    ScanAge,
    /// What the scanner compared with was recent.
    ScanDatabase,
    /// The report is the whole result of a scan that went well.
    ScanComplete,
    /// The report leaves nothing out on purpose.
    ScanFiltered,
    /// A newer report of the same signer, tool and platform counts instead.
    ScanSuperseded,
    /// The operating system still gets fixes.
    ScanOs,
    /// What is installed was looked up.
    ScanCoverage,
    /// The report does not waive its own findings.
    ScanSuppressed,
    /// No finding is as bad as the policy does not allow.
    ScanSeverity,
    /// What trusted VEX documents waive.
    VexApplied,
    /// The statement is recent enough to waive a finding.
    VexAge,
    /// The document is by somebody whom the policy believes.
    VexIdentity,
    /// A trusted document can be read, and nothing hides another.
    VexReadable,
    /// Entries that waived findings.
    AllowlistWaived,
    /// Entries for the same.
    AllowlistDuplicate,
    /// Entries that have expired.
    AllowlistExpired,
    /// Entries that soon expire.
    AllowlistExpiring,
    /// Entries for what has a fix now.
    AllowlistFixAvailable,
    /// Entries that do not count yet.
    AllowlistFuture,
    /// Entries that are met by too much.
    AllowlistOverBroad,
    /// Entries for what is worse than it was.
    AllowlistSeverityRaised,
    /// Entries that name nothing that was found.
    AllowlistStale,
    /// Entries that last longer than the policy allows.
    AllowlistTooLong,
}

impl Rule {
    /// The stable name.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::ImagePlatform => "image.platform",
            Self::PolicyPattern => "policy.pattern",
            Self::SignatureFound => "signature.found",
            Self::SignatureValid => "signature.valid",
            Self::SignatureSubject => "signature.subject",
            Self::SignatureIdentity => "signature.identity",
            Self::SignatureWitness => "signature.witness",
            Self::AttestationFound => "attestation.found",
            Self::AttestationValid => "attestation.valid",
            Self::AttestationSubject => "attestation.subject",
            Self::AttestationIdentity => "attestation.identity",
            Self::SbomFound => "sbom.found",
            Self::SbomValid => "sbom.valid",
            Self::SbomSubject => "sbom.subject",
            Self::SbomIdentity => "sbom.identity",
            Self::SbomPackages => "sbom.packages",
            Self::ScanFound => "scan.found",
            Self::ScanReadable => "scan.readable",
            Self::ScanBinding => "scan.binding",
            Self::ScanIdentity => "scan.identity",
            Self::ScanTool => "scan.tool",
            Self::ScanAge => "scan.age",
            Self::ScanDatabase => "scan.database",
            Self::ScanComplete => "scan.complete",
            Self::ScanFiltered => "scan.filtered",
            Self::ScanSuperseded => "scan.superseded",
            Self::ScanOs => "scan.os",
            Self::ScanCoverage => "scan.coverage",
            Self::ScanSuppressed => "scan.suppressed",
            Self::ScanSeverity => "scan.severity",
            Self::VexApplied => "vex.applied",
            Self::VexAge => "vex.age",
            Self::VexIdentity => "vex.identity",
            Self::VexReadable => "vex.readable",
            Self::AllowlistWaived => "allowlist.waived",
            Self::AllowlistDuplicate => "allowlist.duplicate",
            Self::AllowlistExpired => "allowlist.expired",
            Self::AllowlistExpiring => "allowlist.expiring",
            Self::AllowlistFixAvailable => "allowlist.fix-available",
            Self::AllowlistFuture => "allowlist.future",
            Self::AllowlistOverBroad => "allowlist.over-broad",
            Self::AllowlistSeverityRaised => "allowlist.severity-raised",
            Self::AllowlistStale => "allowlist.stale",
            Self::AllowlistTooLong => "allowlist.too-long",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// What came of a rule.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It holds.
    Pass,
    /// It does not hold: the image is refused.
    Fail,
    /// It could not be looked at: there is no decision.
    Unknown,
    /// Worth knowing; decides nothing.
    Note,
}

impl Status {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Note => "note",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One line of a decision. The texts may quote hostile input; renderers make it harmless.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleResult {
    /// The rule.
    pub rule: Rule,
    /// What came of it.
    pub status: Status,
    /// The platform that it is about, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// What was found.
    pub found: String,
    /// Where it was found.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl RuleResult {
    pub(super) fn new(rule: Rule, status: Status, found: impl Into<String>) -> Self {
        Self { rule, status, platform: None, found: found.into(), place: None, next: None }
    }

    pub(super) fn pass(rule: Rule, found: impl Into<String>) -> Self {
        Self::new(rule, Status::Pass, found)
    }

    pub(super) fn fail(rule: Rule, found: impl Into<String>, next: impl Into<String>) -> Self {
        Self { next: Some(next.into()), ..Self::new(rule, Status::Fail, found) }
    }

    pub(super) fn unknown(rule: Rule, found: impl Into<String>, next: impl Into<String>) -> Self {
        Self { next: Some(next.into()), ..Self::new(rule, Status::Unknown, found) }
    }

    pub(super) fn note(rule: Rule, found: impl Into<String>) -> Self {
        Self::new(rule, Status::Note, found)
    }

    pub(super) fn on(self, platform: impl ToString) -> Self {
        Self { platform: Some(platform.to_string()), ..self }
    }

    pub(super) fn at(self, place: impl ToString) -> Self {
        Self { place: Some(place.to_string()), ..self }
    }

    pub(super) fn next(self, next: impl Into<String>) -> Self {
        Self { next: Some(next.into()), ..self }
    }
}
