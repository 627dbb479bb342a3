//! The decision: may this image be promoted?
//!
//! A [`Policy`] says what must be true, [`Evidence`] holds what was found, and [`evaluate`] is the only
//! maker of an [`Approval`]. No I/O and no clock. Whatever is missing, stale, about something else or
//! unreadable is a refusal; what could not be looked at leaves the decision open.
//!
//! ```compile_fail,E0451
//! # fn forge(judgement: portcullis::gate::Judgement) {
//! let forged = portcullis::gate::Approval { judgement };
//! # }
//! ```

mod decision;
mod evaluate;
mod evidence;
mod policy;
mod rule;

#[cfg(test)]
pub(crate) mod fixtures;

pub use decision::Approval;
pub use decision::Decision;
pub use decision::EvidenceKind;
pub use decision::EvidenceRow;
pub use decision::ImageFacts;
pub use decision::JudgedFinding;
pub use decision::Judgement;
pub use decision::PlatformFacts;
pub use decision::Verdict;
pub use decision::VexWaiver;
pub use evaluate::ReportsJudgement;
pub use evaluate::ReportsVerdict;
pub use evaluate::evaluate;
pub use evaluate::evaluate_reports;
pub use evidence::Cause;
pub use evidence::Evidence;
pub use evidence::Failure;
pub use evidence::Part;
pub use evidence::Unbound;
pub use policy::AllowlistRule;
pub use policy::AttestationRule;
pub use policy::Choice;
pub use policy::FlagError;
pub use policy::Policy;
pub use policy::PolicyError;
pub use policy::SbomRule;
pub use policy::ScanFlags;
pub use policy::ScanPolicy;
pub use policy::ScanRule;
pub use policy::SeveritySource;
pub use policy::Trusted;
pub use policy::VexRule;
pub use policy::policy_schema;
pub use rule::Rule;
pub use rule::RuleResult;
pub use rule::Status;
