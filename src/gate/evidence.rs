//! What was found about an image, and whether it is about that image.
//!
//! Nothing here is judged. A part that is absent, was refused or could not be looked at stays what it
//! is, for the decision to name; a part that is about something else is marked so once, here.

use std::fmt;

use jiff::Timestamp;

use crate::digest::Digest;
use crate::oci::PinnedImage;
use crate::oci::PlatformImage;
use crate::predicate::PredicateType;
use crate::scan::Report;
use crate::scan::ReportError;
use crate::spdx;
use crate::verify::Requirements;
use crate::verify::Signer;
use crate::verify::Verified;
use crate::vex::Vex;
use crate::vex::VexError;

/// What looking for one kind of evidence gave. Empty: looked, and there is none.
#[derive(Clone, Debug)]
pub struct Part<T> {
    /// What was found and verified.
    pub found: Vec<T>,
    /// What was found and refused, and where it could not be looked.
    pub failures: Vec<Failure>,
}

impl<T> Part<T> {
    /// Looked, and there is none.
    #[must_use]
    pub fn absent() -> Self {
        Self { found: Vec::new(), failures: Vec::new() }
    }

    /// Found these.
    #[must_use]
    pub fn found(found: Vec<T>) -> Self {
        Self { found, failures: Vec::new() }
    }

    /// Adds something that is there and was refused, or a place that could not be looked at.
    #[must_use]
    pub fn with_failure(mut self, failure: Failure) -> Self {
        self.failures.push(failure);
        self
    }
}

/// Something that is no evidence, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Failure {
    /// Where.
    pub place: String,
    /// Why, in words.
    pub reason: String,
    /// Of what class.
    pub cause: Cause,
}

impl Failure {
    /// It is there, and was refused.
    pub fn refused(place: impl ToString, reason: impl ToString) -> Self {
        Self { place: place.to_string(), reason: reason.to_string(), cause: Cause::Refused }
    }

    /// It could not be looked at. Never the same as "there is none".
    pub fn unreachable(place: impl ToString, reason: impl ToString) -> Self {
        Self { place: place.to_string(), reason: reason.to_string(), cause: Cause::Unreachable }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.reason, self.place)
    }
}

/// Why something is no evidence.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cause {
    /// It does not verify or cannot be read.
    Refused,
    /// It could not be looked at.
    Unreachable,
}

/// An image and everything that was found about it.
#[derive(Clone, Debug)]
pub struct Evidence {
    pub(super) image: PinnedImage,
    pub(super) signatures: Part<Verified<()>>,
    pub(super) attestations: Vec<(PredicateType, Part<Verified<()>>)>,
    pub(super) sboms: Part<Verified<spdx::Document>>,
    pub(super) reports: Part<PlacedReport>,
    pub(super) attested: AttestedReports,
    pub(super) vex: AttestedVex,
    pub(super) relaxed: Vec<&'static str>,
    /// SHA-256 of the trusted root.
    pub(super) root: Option<Digest>,
}

/// A report, where it came from, and the platform that it is about.
#[derive(Clone, Debug)]
pub(super) struct PlacedReport {
    pub(super) place: String,
    pub(super) report: Report,
    /// Index into the platforms of the image.
    pub(super) platform: Result<usize, Unbound>,
    /// Nothing for a file that was given.
    pub(super) attester: Option<Attester>,
}

/// Who attested a report.
#[derive(Clone, Debug)]
pub(super) struct Attester {
    pub(super) signer: Signer,
    /// The earliest verified time of the signature.
    pub(super) time: Option<Timestamp>,
    /// What the attestation is about.
    pub(super) subject: Digest,
    /// SHA-256 of the bundle or layer.
    pub(super) candidate: Digest,
}

impl Attester {
    fn of<T>(proof: &Verified<T>) -> Self {
        Self {
            signer: proof.signer().clone(),
            time: proof.checks().times.iter().min().copied(),
            subject: *proof.subject(),
            candidate: *proof.candidate(),
        }
    }
}

/// Reports that were attested.
#[derive(Clone, Debug, Default)]
pub(super) struct AttestedReports {
    pub(super) found: Vec<PlacedReport>,
    /// Attestations that verify, whose report cannot be read.
    pub(super) unread: Vec<(Attester, Failure)>,
    /// What does not verify, and where it could not be looked.
    pub(super) failures: Vec<Failure>,
}

/// A VEX document that was attested.
#[derive(Clone, Debug)]
pub(super) struct PlacedVex {
    pub(super) place: String,
    pub(super) attester: Attester,
    pub(super) vex: Vex,
}

/// VEX documents that were attested.
#[derive(Clone, Debug, Default)]
pub(super) struct AttestedVex {
    pub(super) found: Vec<PlacedVex>,
    /// Attestations that verify, whose document cannot be read.
    pub(super) unread: Vec<(Attester, Failure)>,
    /// What does not verify, and where it could not be looked.
    pub(super) failures: Vec<Failure>,
}

impl Evidence {
    /// Nothing but the image. What is not added was not found.
    #[must_use]
    pub fn new(image: PinnedImage) -> Self {
        Self {
            image,
            signatures: Part::absent(),
            attestations: Vec::new(),
            sboms: Part::absent(),
            reports: Part::absent(),
            attested: AttestedReports::default(),
            vex: AttestedVex::default(),
            relaxed: Vec::new(),
            root: None,
        }
    }

    /// How it was verified, for the reader of the decision: against the trusted root with this digest, and with
    /// which witnesses.
    #[must_use]
    pub fn verified_with(self, root: Digest, requirements: Requirements) -> Self {
        Self { relaxed: requirements.relaxed().collect(), root: Some(root), ..self }
    }

    /// The signatures that verify, of the image's digest or of a platform manifest.
    #[must_use]
    pub fn with_signatures<T>(self, signatures: Part<Verified<T>>) -> Self {
        Self { signatures: erase(signatures), ..self }
    }

    /// The attestations of one type of the policy that verify.
    #[must_use]
    pub fn with_attestations<T>(mut self, predicate_type: PredicateType, part: Part<Verified<T>>) -> Self {
        self.attestations.push((predicate_type, erase(part)));
        self
    }

    /// The attested bills of materials that verify and can be read.
    #[must_use]
    pub fn with_sboms(self, sboms: Part<Verified<spdx::Document>>) -> Self {
        Self { sboms, ..self }
    }

    /// One scan report that was given, or why it could not be read.
    #[must_use]
    pub fn with_report(mut self, place: impl ToString, report: Result<Report, Failure>) -> Self {
        match report {
            Ok(report) => {
                let platform = bind(&report, self.image.platforms());
                self.reports.found.push(PlacedReport {
                    place: place.to_string(),
                    report,
                    platform,
                    attester: None,
                });
            }
            Err(failure) => self.reports.failures.push(failure),
        }
        self
    }

    /// The attested scans that verify, each with its reports or why they cannot be read.
    ///
    /// A report was made before it was signed, whatever it says: the earlier time counts.
    #[must_use]
    pub fn with_attested_reports(mut self, part: Part<Verified<Result<Vec<Report>, ReportError>>>) -> Self {
        self.attested.failures = part.failures;
        for proof in part.found {
            let attester = Attester::of(&proof);
            let place = proof.origin().to_string();
            match proof.into_value() {
                Err(error) => self.attested.unread.push((attester, Failure::refused(place, error))),
                Ok(reports) => {
                    for mut report in reports {
                        report.created =
                            report.created.map(|made| attester.time.map_or(made, |time| made.min(time)));
                        let platform = bind_attested(&report, &self.image, &attester.subject);
                        let (place, attester) = (place.clone(), Some(attester.clone()));
                        self.attested.found.push(PlacedReport { place, report, platform, attester });
                    }
                }
            }
        }
        self
    }

    /// The attested VEX documents that verify, each as it was read or why it cannot be.
    #[must_use]
    pub fn with_vex(mut self, part: Part<Verified<Result<Vex, VexError>>>) -> Self {
        self.vex.failures = part.failures;
        for proof in part.found {
            let attester = Attester::of(&proof);
            let place = proof.origin().to_string();
            match proof.into_value() {
                Err(error) => self.vex.unread.push((attester, Failure::refused(place, error))),
                Ok(vex) => {
                    let vex = vex.attested([attester.subject]);
                    self.vex.found.push(PlacedVex { place, attester, vex });
                }
            }
        }
        self
    }

    /// The image.
    #[must_use]
    pub fn image(&self) -> &PinnedImage {
        &self.image
    }
}

/// Keeps what was proven and forgets what was signed.
fn erase<T>(part: Part<Verified<T>>) -> Part<Verified<()>> {
    let found = part.found.into_iter().filter_map(|proof| proof.try_map(|_| Ok::<(), ()>(())).ok());
    Part { found: found.collect(), failures: part.failures }
}

/// How much of the image a subject stands for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Scope {
    /// All of it: the digest that the reference names.
    Image,
    /// The platform at this index.
    Platform(usize),
    /// Something else.
    Other,
}

/// Finds what `subject` is of the image.
pub(super) fn scope(image: &PinnedImage, subject: &Digest) -> Scope {
    if image.digest() == subject {
        return Scope::Image;
    }
    let platform = image.platforms().iter().position(|platform| platform.manifest() == subject);
    platform.map_or(Scope::Other, Scope::Platform)
}

/// Why a report is not about the image.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Unbound {
    /// A file system, a repository, ... was scanned.
    #[error("it is a report about {}, not about a container image", article(found))]
    Kind {
        /// What was scanned, in the tool's words.
        found: String,
    },
    /// It does not say what was scanned.
    #[error(
        "it names no image id and no layers (a name or a registry digest is no proof of what was scanned)"
    )]
    NoIdentity,
    /// Another image was scanned.
    #[error("it is about image id {found}, expected {expected}")]
    OtherImage {
        /// What was scanned.
        found: String,
        /// The configurations of the image.
        expected: String,
    },
    /// The image id is one of this image, the layers are not: two scans in one report.
    #[error("it has the image id {id}, but not the layers of that image")]
    OtherLayers {
        /// The image id.
        id: Digest,
    },
    /// It was attested of something else than it is about.
    #[error("it was attested of {found}, which is not what it is about")]
    OtherSubject {
        /// What it was attested of.
        found: Digest,
    },
    /// The same layers for another platform, or the platform is not said.
    #[error("its layers are those of {expected}, but its platform is {found}")]
    OtherPlatform {
        /// In the report.
        found: String,
        /// In the image.
        expected: String,
    },
}

fn article(kind: &str) -> String {
    if kind.is_empty() { "something unnamed".to_owned() } else { format!("a {}", kind.replace('_', " ")) }
}

/// The platform that an attested report is about: what the report says and what was signed must not contradict each
/// other, and where the report does not say, as SARIF, what was signed counts.
fn bind_attested(report: &Report, image: &PinnedImage, subject: &Digest) -> Result<usize, Unbound> {
    match (bind(report, image.platforms()), scope(image, subject)) {
        (_, Scope::Other) => Err(Unbound::OtherSubject { found: *subject }),
        (Ok(index), Scope::Platform(signed)) if index != signed => {
            Err(Unbound::OtherSubject { found: *subject })
        }
        (Err(Unbound::NoIdentity), Scope::Platform(signed)) => Ok(signed),
        (Err(Unbound::NoIdentity), Scope::Image) if image.platforms().len() == 1 => Ok(0),
        (bound, _) => bound,
    }
}

/// Finds the platform that a report is about.
///
/// 1. It must be a report about an image, not about a directory with the same packages.
/// 2. The image id must be the digest of a platform's configuration, or else the layers must be a
///    platform's layers. A name, a tag or a registry digest is no proof: a tag moves, and for an index the
///    scanner picks a platform by itself (aquasecurity/trivy#4253). Layers that contradict the image id are
///    those of another scan.
/// 3. Operating system and architecture must not contradict, and must be there if the layers decide: two
///    platforms may have the same layers.
fn bind(report: &Report, platforms: &[PlatformImage]) -> Result<usize, Unbound> {
    let target = &report.target;
    // 1.
    let says_nothing = target.image_id.is_none() && target.diff_ids.is_empty();
    match target.kind.as_str() {
        "" if says_nothing => return Err(Unbound::NoIdentity),
        _ if !target.is_image() => return Err(Unbound::Kind { found: target.kind.clone() }),
        _ => {}
    }
    // 2.
    let by_id = |platform: &PlatformImage| target.image_id.as_ref() == Some(platform.config());
    let by_layers =
        |platform: &PlatformImage| !target.diff_ids.is_empty() && target.diff_ids == platform.diff_ids();
    let mut other_platform = None;
    for (index, platform) in platforms.iter().enumerate() {
        // 3.
        let same = |found: &Option<String>, expected: &str| match found {
            Some(found) => found == expected,
            None => by_id(platform),
        };
        if by_id(platform) && !target.diff_ids.is_empty() && !by_layers(platform) {
            return Err(Unbound::OtherLayers { id: *platform.config() });
        }
        if by_id(platform) || by_layers(platform) {
            let expected = platform.platform();
            if same(&target.os, &expected.os) && same(&target.architecture, &expected.architecture) {
                return Ok(index);
            }
            let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "(absent)".to_owned());
            other_platform = Some(Unbound::OtherPlatform {
                found: format!("{}/{}", word(&target.os), word(&target.architecture)),
                expected: expected.to_string(),
            });
        }
    }
    Err(other_platform.unwrap_or_else(|| match (&target.image_id, target.diff_ids.as_slice()) {
        (None, []) => Unbound::NoIdentity,
        (id, _) => Unbound::OtherImage {
            found: id.map_or_else(|| "(absent, and other layers)".to_owned(), |id| id.to_string()),
            expected: expected_ids(platforms),
        },
    }))
}

fn expected_ids(platforms: &[PlatformImage]) -> String {
    let ids: Vec<String> = platforms.iter().map(|platform| platform.config().to_string()).collect();
    ids.join(" or ")
}

#[cfg(test)]
mod tests;
