//! The policy: what must be true of an image.
//!
//! Read strictly from `portcullis.yaml`: a key that is not known is an error with its place and a
//! suggestion, so that a misspelled rule is not a rule that is silently left out.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;

use jiff::SignedDuration;
use serde_saphyr::Spanned;

use self::file::ChoiceWord;
use self::file::FailOn;
use self::file::IdentityEntry;
use self::file::PolicyFile;
use self::file::ScanSection;
use self::file::SeverityWord;
use self::file::SuppressedWord;
use crate::allowlist::Allowlist;
use crate::digest::Digest;
use crate::identity::IdentityPolicy;
use crate::identity::Matcher;
use crate::limits;
use crate::oci::Platform;
use crate::predicate::PredicateType;
use crate::scan::Severity;
use crate::verify::Signer;
use crate::vex::Vex;
use crate::yaml;
use crate::yaml::Position;

/// What must be true of an image. There is no default: nobody is trusted unless named.
///
/// ```compile_fail,E0277
/// fn has_default<T: Default>() {}
/// has_default::<portcullis::gate::Policy>();
/// ```
#[derive(Clone, Debug)]
pub struct Policy {
    digest: Digest,
    platforms: Option<Vec<Platform>>,
    platforms_replaced: bool,
    signers: Vec<Trusted>,
    attestations: Vec<AttestationRule>,
    sbom: SbomRule,
    scan: ScanRule,
    vex: Option<VexRule>,
    allowlist: AllowlistRule,
}

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// It is too large, not YAML, has a key that is not known or twice, or asks for something that
    /// makes no sense; the error has the place.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, PolicyError> {
        if u64::try_from(bytes.len()).is_ok_and(|size| size <= limits::POLICY_BYTES) {
            let text = std::str::from_utf8(bytes).map_err(|_| PolicyError::NotText)?;
            let file: PolicyFile = yaml::read(text, limits::POLICY_NODES)?;
            return Self::check(file, Digest::sha256(bytes));
        }
        Err(PolicyError::TooLarge { size: bytes.len() })
    }

    fn check(file: PolicyFile, digest: Digest) -> Result<Self, PolicyError> {
        if file.version.value != 1 {
            return Err(PolicyError::Version { at: at(&file.version), found: file.version.value });
        }
        let signers = read_signers(&file.signature.identities)?;
        let mut attestations = Vec::new();
        for entry in file.attestations {
            let asked = &entry.predicate_type;
            let predicate_type = PredicateType::parse(&asked.value)
                .map_err(|reason| PolicyError::AttestationType { at: at(asked), reason })?;
            let signers = entry.identities.as_ref().map_or_else(|| Ok(signers.clone()), read_signers)?;
            attestations.push(AttestationRule { predicate_type, signers });
        }
        let sbom_signers = file.sbom.identities.as_ref().map_or_else(|| Ok(signers.clone()), read_signers)?;
        let scan_signers = file.scan.identities.as_ref().map_or_else(|| Ok(signers.clone()), read_signers)?;
        Ok(Self {
            digest,
            platforms_replaced: false,
            platforms: file.platforms.as_ref().map(read_platforms).transpose()?,
            attestations,
            sbom: SbomRule {
                required: file.sbom.required,
                min_packages: file.sbom.min_packages,
                signers: sbom_signers,
            },
            scan: ScanRule { signers: scan_signers, ..ScanRule::read(&file.scan)? },
            vex: file.vex.as_ref().map(|section| VexRule::read(section, &signers)).transpose()?,
            allowlist: AllowlistRule::read(&file.allowlist)?,
            signers,
        })
    }

    /// Judges these platforms instead of those that the file names.
    #[must_use]
    pub fn with_platforms(self, platforms: Vec<Platform>) -> Self {
        Self { platforms: Some(platforms), platforms_replaced: true, ..self }
    }

    /// Whether the platforms are not those of the file, which the [digest](Self::digest) names.
    #[must_use]
    pub fn has_other_platforms(&self) -> bool {
        self.platforms_replaced
    }

    /// Says which key is in each key file that the policy names: `fingerprint` is given the file's name
    /// and answers with the SHA-256 of its SubjectPublicKeyInfo. Until then the file trusts nobody.
    ///
    /// # Errors
    /// `fingerprint` fails.
    pub fn load_keys<E>(&mut self, mut fingerprint: impl FnMut(&str) -> Result<Digest, E>) -> Result<(), E> {
        let attested = self.attestations.iter_mut().flat_map(|rule| &mut rule.signers);
        let vex = self.vex.iter_mut().flat_map(|rule| &mut rule.signers);
        let others = self.sbom.signers.iter_mut().chain(&mut self.scan.signers).chain(attested);
        for signer in self.signers.iter_mut().chain(others).chain(vex) {
            if let Trusted::Key { path, fingerprint: known } = signer {
                *known = Some(fingerprint(path)?);
            }
        }
        Ok(())
    }

    /// Reads the allowlist that the policy names: `read` is given the file's name. Until then nothing is accepted.
    ///
    /// # Errors
    /// `read` fails.
    pub fn load_allowlist<E>(&mut self, read: impl FnOnce(&str) -> Result<Allowlist, E>) -> Result<(), E> {
        if let Some(file) = &self.allowlist.file {
            self.allowlist.list = Some(read(file)?);
        }
        Ok(())
    }

    /// Reads the VEX files that the policy trusts without a signature: `read` is given each file's name. Until then
    /// they say nothing.
    ///
    /// # Errors
    /// `read` fails.
    pub fn load_vex<E>(&mut self, mut read: impl FnMut(&str) -> Result<Vex, E>) -> Result<(), E> {
        let Some(rule) = &mut self.vex else { return Ok(()) };
        let files = rule.unsigned_files.iter();
        rule.unsigned = files.map(|name| Ok((name.clone(), read(name)?))).collect::<Result<_, E>>()?;
        Ok(())
    }

    /// SHA-256 of the policy file.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The platforms that are judged; all of the image's if none are named.
    #[must_use]
    pub fn platforms(&self) -> Option<&[Platform]> {
        self.platforms.as_deref()
    }

    /// Who may have signed the image.
    #[must_use]
    pub fn signers(&self) -> &[Trusted] {
        &self.signers
    }

    /// The attestations that the image must have, besides the SBOM.
    #[must_use]
    pub fn attestations(&self) -> &[AttestationRule] {
        &self.attestations
    }

    /// What is asked of the SBOM.
    #[must_use]
    pub fn sbom(&self) -> &SbomRule {
        &self.sbom
    }

    /// What is asked of the scan.
    #[must_use]
    pub fn scan(&self) -> &ScanRule {
        &self.scan
    }

    /// Which VEX documents are believed; nothing where none is.
    #[must_use]
    pub fn vex(&self) -> Option<&VexRule> {
        self.vex.as_ref()
    }

    /// Everybody whom the policy names for anything, in its order.
    pub fn all_signers(&self) -> impl Iterator<Item = &Trusted> {
        let attested = self.attestations.iter().flat_map(|rule| &rule.signers);
        let vex = self.vex.iter().flat_map(|rule| &rule.signers);
        self.signers.iter().chain(attested).chain(&self.sbom.signers).chain(&self.scan.signers).chain(vex)
    }

    /// Findings that are accepted for a time.
    #[must_use]
    pub fn allowlist(&self) -> &AllowlistRule {
        &self.allowlist
    }
}

/// A signer that is trusted.
#[derive(Clone, Debug)]
pub enum Trusted {
    /// Whoever has such a certificate.
    Certificate(IdentityPolicy),
    /// Whoever has the private key.
    Key {
        /// File with the PEM public key, as the policy names it.
        path: String,
        /// SHA-256 of its SubjectPublicKeyInfo, once [loaded](Policy::load_keys).
        fingerprint: Option<Digest>,
    },
}

impl Trusted {
    /// Whether `signer` is the one.
    #[must_use]
    pub fn admits(&self, signer: &Signer) -> bool {
        match (self, signer) {
            (Self::Certificate(policy), Signer::Certificate(found)) => policy.check(found).is_ok(),
            (Self::Key { fingerprint: Some(trusted), .. }, Signer::Key(found)) => trusted == found,
            _ => false,
        }
    }
}

impl fmt::Display for Trusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(policy) => policy.fmt(f),
            Self::Key { path, .. } => write!(f, "key {path}"),
        }
    }
}

/// An attestation that the image must have.
#[derive(Clone, Debug)]
pub struct AttestationRule {
    /// Of what type.
    pub predicate_type: PredicateType,
    /// Who may have made it.
    pub signers: Vec<Trusted>,
}

/// What is asked of the SBOM.
#[derive(Clone, Debug)]
pub struct SbomRule {
    /// Whether there must be one.
    pub required: bool,
    /// Fewest packages.
    pub min_packages: usize,
    /// Who may have attested it.
    pub signers: Vec<Trusted>,
}

/// What is asked of the scan.
#[derive(Clone, Debug)]
pub struct ScanRule {
    /// Whether there must be a report.
    pub required: bool,
    /// Whether there must be one that is attested by one of [`ScanRule::signers`].
    pub require_signed: bool,
    /// Whose attested reports count; nobody's where reports are judged alone.
    pub signers: Vec<Trusted>,
    /// This severity and worse are not accepted.
    pub fail_from: Severity,
    /// Vulnerabilities without a fixed version are accepted.
    pub ignore_unfixed: bool,
    /// Oldest report; any age if there is no limit.
    pub max_age: Option<SignedDuration>,
    /// Oldest vulnerability database, where a report says how old it was; any age if there is no limit.
    pub max_database_age: Option<SignedDuration>,
    /// Reports that do not say how old it was.
    pub unknown_database: Choice,
    /// Scanners that each platform must have a report of.
    pub tools: Vec<String>,
    /// Versions of scanners that are not accepted, by the scanner's name.
    pub denied_versions: BTreeMap<String, Vec<String>>,
    /// Reports that do not say which image they are about.
    pub unbound: Choice,
    /// Reports that leave findings out.
    pub filtered: Choice,
    /// Reports in a form that does not say what was looked up.
    pub unknown_coverage: Choice,
    /// Fewest packages of the SBOM that a report lists, in percent; nothing: [`ScanRule::COVERAGE`], of reports that
    /// list any.
    pub min_coverage: Option<u8>,
    /// Whether findings that a report sets aside are left out.
    pub leave_out_suppressed: bool,
    /// Whose severity counts.
    pub severity: SeveritySource,
    /// Findings without a severity.
    pub unknown_severity: Choice,
    /// Operating systems without fixes.
    pub end_of_life_os: Choice,
    /// Images without an operating system and packages.
    pub no_packages: Choice,
}

impl ScanRule {
    /// Percent of an SBOM's packages that a report which lists packages must list, if the policy does not say.
    pub const COVERAGE: u8 = 90;

    fn read(section: &ScanSection) -> Result<Self, PolicyError> {
        Ok(Self {
            required: section.required,
            require_signed: section.require_signed,
            signers: Vec::new(),
            fail_from: read_fail_on(&section.fail_on)?,
            ignore_unfixed: section.ignore_unfixed,
            max_age: read_age("max-age", &section.max_age)?,
            max_database_age: read_age("max-database-age", &section.max_database_age)?,
            unknown_database: section.unknown_database.into(),
            tools: section.tools.clone(),
            denied_versions: section.denied_versions.clone(),
            unbound: section.unbound.into(),
            filtered: section.filtered.into(),
            unknown_coverage: section.unknown_coverage.into(),
            min_coverage: section.min_coverage.as_ref().map(read_percent).transpose()?,
            leave_out_suppressed: matches!(section.suppressed, SuppressedWord::LeaveOut),
            severity: read_severity(section)?,
            unknown_severity: section.unknown_severity.into(),
            end_of_life_os: section.end_of_life_os.into(),
            no_packages: section.no_packages.into(),
        })
    }
}

/// Whose severity counts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SeveritySource {
    /// The highest of all sources in the report.
    Highest,
    /// The highest of these sources; where none of them says anything, the one that the scanner decided on.
    HighestOf(Vec<String>),
    /// The one that the scanner decided on.
    Reported,
}

/// What to do with a case that is not clear.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Choice {
    /// Accept it.
    Allow,
    /// Refuse the image.
    Refuse,
}

impl From<ChoiceWord> for Choice {
    fn from(word: ChoiceWord) -> Self {
        match word {
            ChoiceWord::Allow => Self::Allow,
            ChoiceWord::Refuse => Self::Refuse,
        }
    }
}

/// The JSON Schema of `portcullis.yaml`, for editors.
#[must_use]
pub fn policy_schema() -> String {
    let schema = schemars::schema_for!(PolicyFile);
    // A schema is a map of JSON values: it has no reason to fail.
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

fn read_signers(entries: &Spanned<Vec<Spanned<IdentityEntry>>>) -> Result<Vec<Trusted>, PolicyError> {
    if entries.value.is_empty() {
        return Err(PolicyError::NobodyTrusted { at: at(entries) });
    }
    entries.value.iter().map(read_signer).collect()
}

fn read_signer(entry: &Spanned<IdentityEntry>) -> Result<Trusted, PolicyError> {
    let here = at(entry);
    let incomplete = |reason| PolicyError::Identity { at: here, reason };
    let IdentityEntry { identity, identity_regexp, issuer, issuer_regexp, claims, key } = &entry.value;
    if let Some(path) = key {
        let alone = [identity, identity_regexp, issuer, issuer_regexp].iter().all(|field| field.is_none());
        if !alone || !claims.is_empty() {
            return Err(incomplete("a key stands alone: it has no identity, issuer or claims"));
        }
        if path.is_empty() {
            return Err(incomplete("the key names no file"));
        }
        return Ok(Trusted::Key { path: path.clone(), fingerprint: None });
    }
    let matcher = |exact: &Option<String>, pattern: &Option<String>, missing, both| match (exact, pattern) {
        (Some(text), None) if text.is_empty() => Err(incomplete(missing)),
        (None, Some(text)) if text.is_empty() => Err(incomplete(missing)),
        (Some(text), None) => Ok(Matcher::Exact(text.clone())),
        (None, Some(text)) => Matcher::pattern(text)
            .map_err(|reason| PolicyError::Matcher { at: here, reason: reason.to_string() }),
        (None, None) => Err(incomplete(missing)),
        (Some(_), Some(_)) => Err(incomplete(both)),
    };
    let san = matcher(
        identity,
        identity_regexp,
        "it needs `identity` or `identity-regexp` (or `key`)",
        "it has both `identity` and `identity-regexp`",
    )?;
    let issuer = matcher(
        issuer,
        issuer_regexp,
        "it needs `issuer` or `issuer-regexp`: an identity is nothing without who vouches for it",
        "it has both `issuer` and `issuer-regexp`",
    )?;
    let mut policy = IdentityPolicy::new(san, issuer);
    for (name, value) in claims {
        policy = policy
            .with_claim(name, value.clone())
            .map_err(|reason| PolicyError::Matcher { at: here, reason: reason.to_string() })?;
    }
    Ok(Trusted::Certificate(policy))
}

fn read_platforms(list: &Spanned<Vec<String>>) -> Result<Vec<Platform>, PolicyError> {
    if list.value.is_empty() {
        return Err(PolicyError::NoPlatform { at: at(list) });
    }
    let read = |text: &String| text.parse().map_err(|reason| PolicyError::Platform { at: at(list), reason });
    list.value.iter().map(read).collect()
}

/// A list of severities without a gap at its upper end is a threshold.
fn read_fail_on(list: &Spanned<Vec<FailOn>>) -> Result<Severity, PolicyError> {
    let named: BTreeSet<Severity> = list.value.iter().map(|word| word.severity()).collect();
    let Some(lowest) = named.first().copied() else {
        return Err(PolicyError::FailOnEmpty { at: at(list) });
    };
    match Severity::ALL.into_iter().find(|severity| *severity > lowest && !named.contains(severity)) {
        None => Ok(lowest),
        Some(missing) => Err(PolicyError::FailOnGap { at: at(list), lowest, missing }),
    }
}

impl FailOn {
    fn severity(self) -> Severity {
        match self {
            Self::Low => Severity::Low,
            Self::Medium => Severity::Medium,
            Self::High => Severity::High,
            Self::Critical => Severity::Critical,
        }
    }
}

fn read_severity(section: &ScanSection) -> Result<SeveritySource, PolicyError> {
    let sources = &section.severity_sources;
    match (section.severity, sources.value.is_empty()) {
        (SeverityWord::Highest, true) => Ok(SeveritySource::Highest),
        (SeverityWord::Highest, false) => Ok(SeveritySource::HighestOf(sources.value.clone())),
        (SeverityWord::Reported, true) => Ok(SeveritySource::Reported),
        (SeverityWord::Reported, false) => Err(PolicyError::SeveritySources { at: at(sources) }),
    }
}

fn read_percent(percent: &Spanned<u8>) -> Result<u8, PolicyError> {
    let in_range = (percent.value <= 100).then_some(percent.value);
    in_range.ok_or_else(|| PolicyError::Percent { at: at(percent), found: percent.value })
}

/// `90m`, `24h`, `7d`; at most five digits. Nothing for `none`.
fn read_age(key: &'static str, text: &Spanned<String>) -> Result<Option<SignedDuration>, PolicyError> {
    let malformed = || PolicyError::MaxAge { at: at(text), key, found: text.value.clone() };
    let value = text.value.as_str();
    if value == "none" {
        return Ok(None);
    }
    let (number, hours, minutes) = if let Some(number) = value.strip_suffix('d') {
        (number, 24, 0)
    } else if let Some(number) = value.strip_suffix('h') {
        (number, 1, 0)
    } else {
        (value.strip_suffix('m').ok_or_else(malformed)?, 0, 1)
    };
    let digits = !number.is_empty() && number.len() <= 5 && number.bytes().all(|byte| byte.is_ascii_digit());
    let count: i32 =
        number.parse().ok().filter(|_| digits && !number.starts_with('0')).ok_or_else(malformed)?;
    let unit = SignedDuration::from_hours(hours).saturating_add(SignedDuration::from_mins(minutes));
    unit.checked_mul(count).map(Some).ok_or_else(malformed)
}

fn at<T>(spanned: &Spanned<T>) -> Position {
    Position::from(spanned.referenced)
}

mod allowlist;
mod error;
mod file;
mod scan;
mod vex;

pub use allowlist::AllowlistRule;
pub use error::PolicyError;
pub use scan::FlagError;
pub use scan::ScanFlags;
pub use scan::ScanPolicy;
pub use vex::VexRule;

#[cfg(test)]
mod tests;
