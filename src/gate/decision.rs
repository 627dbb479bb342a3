//! The outcome, with everything that led to it.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::rule::RuleResult;
use super::rule::Status;
use crate::allowlist::Entry;
use crate::digest::Digest;
use crate::scan::Finding;
use crate::scan::Severity;
use crate::verify::Signer;

/// May the image be promoted?
#[derive(Clone, Debug)]
pub enum Decision {
    /// Yes.
    Promote(Approval),
    /// No: a rule does not hold.
    Refuse(Judgement),
    /// No answer: something could not be looked at, and nothing else refuses.
    Undecided(Judgement),
}

impl Decision {
    /// What the decision is made of.
    #[must_use]
    pub fn judgement(&self) -> &Judgement {
        match self {
            Self::Promote(approval) => &approval.judgement,
            Self::Refuse(judgement) | Self::Undecided(judgement) => judgement,
        }
    }

    /// The word for it: `promote`, `refuse`, `undecided`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Promote(_) => "promote",
            Self::Refuse(_) => "refuse",
            Self::Undecided(_) => "undecided",
        }
    }
}

/// Leave to promote one image. Only [`evaluate`](super::evaluate) makes one.
#[derive(Clone, Debug)]
pub struct Approval {
    judgement: Judgement,
}

impl Approval {
    /// The digest that may be promoted.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.judgement.image.digest
    }

    /// What the approval is made of.
    #[must_use]
    pub fn judgement(&self) -> &Judgement {
        &self.judgement
    }
}

/// Every rule with what came of it, and what was looked at.
#[derive(Clone, Debug)]
pub struct Judgement {
    pub(super) image: ImageFacts,
    pub(super) policy: Digest,
    pub(super) allowlist: Option<Digest>,
    pub(super) root: Option<Digest>,
    pub(super) at: Timestamp,
    pub(super) rules: Vec<RuleResult>,
    pub(super) findings: Vec<JudgedFinding>,
    pub(super) evidence: Vec<EvidenceRow>,
}

impl Judgement {
    /// Draws the conclusion. The one place that makes an [`Approval`].
    ///
    /// A rule that fails refuses, whatever else is unknown; no rule at all is no approval.
    pub(super) fn conclude(self) -> Decision {
        let has = |status| self.rules.iter().any(|result| result.status == status);
        if has(Status::Fail) {
            Decision::Refuse(self)
        } else if has(Status::Unknown) || !has(Status::Pass) {
            Decision::Undecided(self)
        } else {
            Decision::Promote(Approval { judgement: self })
        }
    }

    /// The image.
    #[must_use]
    pub fn image(&self) -> &ImageFacts {
        &self.image
    }

    /// SHA-256 of the policy file.
    #[must_use]
    pub fn policy(&self) -> &Digest {
        &self.policy
    }

    /// SHA-256 of the file with the findings that are accepted.
    #[must_use]
    pub fn allowlist(&self) -> Option<&Digest> {
        self.allowlist.as_ref()
    }

    /// SHA-256 of the trusted root that signatures were verified against.
    #[must_use]
    pub fn trusted_root(&self) -> Option<&Digest> {
        self.root.as_ref()
    }

    /// The time that was taken for now.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The rules in their order, failures among them.
    #[must_use]
    pub fn rules(&self) -> &[RuleResult] {
        &self.rules
    }

    /// The findings of the reports that were judged, worst first.
    #[must_use]
    pub fn findings(&self) -> &[JudgedFinding] {
        &self.findings
    }

    /// What was looked at and taken into account.
    #[must_use]
    pub fn evidence(&self) -> &[EvidenceRow] {
        &self.evidence
    }

    /// The scan reports that were judged.
    pub fn scans(&self) -> impl Iterator<Item = &EvidenceRow> {
        self.evidence.iter().filter(|row| row.kind == EvidenceKind::Scan)
    }

    /// The findings that refuse the image.
    pub fn blocking(&self) -> impl Iterator<Item = &JudgedFinding> {
        self.findings.iter().filter(|found| found.verdict == Verdict::Blocks)
    }

    /// The findings that the allowlist accepts, each with its entry and the days that this has left.
    pub fn waived(&self) -> impl Iterator<Item = (&JudgedFinding, &Entry, i32)> {
        self.findings.iter().filter_map(JudgedFinding::waiver)
    }
}

/// The image that was judged.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageFacts {
    /// As it was asked for.
    pub reference: String,
    /// What that was resolved to, once.
    pub digest: Digest,
    /// The platforms that were judged.
    pub platforms: Vec<PlatformFacts>,
}

/// A platform that was judged.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlatformFacts {
    /// `linux/amd64`.
    pub platform: String,
    /// Digest of its manifest.
    pub manifest: Digest,
    /// Digest of its configuration: the image id.
    pub config: Digest,
}

/// A finding, and what was made of it.
#[derive(Clone, Debug)]
pub struct JudgedFinding {
    /// The finding.
    pub finding: Finding,
    /// The severity that counted.
    pub severity: Severity,
    /// Platform of the report.
    pub platform: String,
    /// What was made of it.
    pub verdict: Verdict,
    /// The tool that found it, and the report that says so.
    pub by: Arc<str>,
    /// Why, in words: the rule that applied, and why no entry of the allowlist accepts it.
    pub why: String,
}

impl JudgedFinding {
    /// The finding with the entry that accepts it, and the days that this has left.
    #[must_use]
    pub fn waiver(&self) -> Option<(&Self, &Entry, i32)> {
        match &self.verdict {
            Verdict::Waived { waiver, days_left } => Some((self, waiver, *days_left)),
            Verdict::Blocks | Verdict::Mild | Verdict::Unfixed | Verdict::Vex(_) => None,
        }
    }

    /// The finding with the VEX statement that it is not counted for.
    #[must_use]
    pub fn vex(&self) -> Option<(&Self, &VexWaiver)> {
        match &self.verdict {
            Verdict::Vex(said) => Some((self, said)),
            _ => None,
        }
    }
}

/// What was made of a finding.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It refuses the image.
    Blocks,
    /// It is milder than the policy's threshold.
    Mild,
    /// There is no fixed version, and the policy accepts that.
    Unfixed,
    /// A VEX document that the policy believes says that it does not matter in this image.
    Vex(Box<VexWaiver>),
    /// The allowlist accepts it.
    Waived {
        /// The entry.
        waiver: Box<Entry>,
        /// Whole days that the entry has left; 0 on its last one.
        days_left: i32,
    },
}

impl Verdict {
    /// The word for it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Blocks => "blocks",
            Self::Mild => "mild",
            Self::Unfixed => "unfixed",
            Self::Vex(_) => "vex",
            Self::Waived { .. } => "waived",
        }
    }
}

/// The VEX statement that a finding is not counted for.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VexWaiver {
    /// `not_affected` or `fixed`.
    pub status: &'static str,
    /// Why: the label of the justification, and what is said besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who signed the document; nothing where the policy believes it without a signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<Signer>,
    /// Since when this is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// Where the document was found.
    #[serde(rename = "where")]
    pub place: String,
    /// SHA-256 of the document.
    pub digest: Digest,
}

impl VexWaiver {
    /// Who says so: the signer, or the file.
    #[must_use]
    pub fn author(&self) -> String {
        self.signer.as_ref().map_or_else(|| format!("{} (unsigned)", self.place), ToString::to_string)
    }

    /// What is said: the status, and the reason for it.
    #[must_use]
    pub fn said(&self) -> String {
        let reason = self.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("{}{reason}", self.status)
    }
}

/// One piece of evidence.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EvidenceRow {
    /// What it is.
    pub kind: EvidenceKind,
    /// The type of an attestation, the form of an SBOM, the tool of a report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The digest that it is about: image, platform manifest or configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Digest>,
    /// The platform, if it is about one only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Who signed; nothing for what is not signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<Signer>,
    /// When it was signed (by a verified time), or made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// Where it was found.
    #[serde(rename = "where")]
    pub place: String,
    /// SHA-256 of its bytes.
    pub digest: Digest,
}

/// A kind of evidence.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// A signature of the image.
    Signature,
    /// An attestation.
    Attestation,
    /// An attested bill of materials.
    Sbom,
    /// A scan report.
    Scan,
    /// A VEX document.
    Vex,
}

impl EvidenceKind {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Attestation => "attestation",
            Self::Sbom => "SBOM",
            Self::Scan => "scan",
            Self::Vex => "VEX",
        }
    }
}
