//! One entry: what it says, and whether a finding is what it names.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde_saphyr::Spanned;

use super::error::AllowlistError;
use super::file::EntryFile;
use super::file::KindWord;
use super::file::SeverityWord;
use super::matcher::Scope;
use super::range::Range;
use super::why::Why;
use crate::digest::Digest;
use crate::limits;
use crate::package::Purl;
use crate::scan::Finding;
use crate::scan::FindingKind;
use crate::scan::Severity;
use crate::yaml::Position;

/// A finding that is accepted for a time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Identifier of the finding.
    pub id: String,
    /// Other identifiers of the same thing.
    pub aliases: Vec<String>,
    /// Kind of finding.
    pub kind: Option<FindingKind>,
    /// The package.
    pub package: Option<PackagePattern>,
    /// Installed versions; the one in the package URL, where that has one.
    pub versions: Option<Range>,
    /// Glob for the file, without a leading `/`.
    pub path: Option<String>,
    /// The image.
    pub image: Option<ImagePattern>,
    /// Platform of the image.
    pub platform: Option<String>,
    /// Where the image is promoted to.
    pub environment: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Where it is followed up.
    pub ticket: String,
    /// Why.
    pub reason: String,
    /// First day on which it counts, UTC.
    pub created: Date,
    /// Last day on which it counts, UTC.
    pub expires: Date,
    /// Severity when it was granted.
    pub severity: Option<Severity>,
    /// Fix when it was granted.
    pub fix: Option<FixAtGrant>,
    /// Line in the file.
    pub line: u64,
}

/// Which package.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PackagePattern {
    /// By its name, in any ecosystem.
    Name(String),
    /// By its package URL. Qualifiers that it has must be the same.
    Purl(Purl),
}

/// Which images.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ImagePattern {
    /// The one with this digest, of its manifest or its index.
    Digest(Digest),
    /// Those of a repository, by glob, and of one digest where it is named.
    Repository {
        /// Glob.
        glob: String,
        /// Digest.
        digest: Option<Digest>,
    },
}

/// What was known of a fix when an entry was granted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FixAtGrant {
    /// There was none.
    None,
    /// It was in this version.
    Version(String),
}

impl Entry {
    pub(super) fn read(spanned: Spanned<EntryFile>) -> Result<Self, AllowlistError> {
        let at = Position::from(spanned.referenced);
        let entry = spanned.value;
        check_texts(at, &entry)?;
        let package = entry.package.map(|package| read_package(at, package)).transpose()?;
        let path = entry.path.map(|path| read_path(at, &path)).transpose()?;
        if package.is_none() && path.is_none() {
            return Err(AllowlistError::Nowhere { at, id: entry.id });
        }
        let created = read_day(at, "created", &entry.created)?;
        let expires = read_day(at, "expires", &entry.expires)?;
        if expires < created {
            return Err(AllowlistError::EndsBeforeItBegins { at, created, expires });
        }
        Ok(Self {
            versions: read_versions(at, package.as_ref(), entry.versions.as_deref())?,
            package,
            path,
            image: entry.image.map(|image| read_image(at, &image)).transpose()?,
            platform: entry.platform.map(|platform| read_platform(at, platform)).transpose()?,
            id: entry.id,
            aliases: entry.aliases,
            kind: entry.kind.map(FindingKind::from),
            environment: entry.environment,
            owner: entry.owner,
            ticket: entry.ticket,
            reason: entry.reason,
            created,
            expires,
            severity: entry.severity.map(Severity::from),
            fix: entry.fixed_version.map(FixAtGrant::from),
            line: at.line,
        })
    }

    /// The identifier and its aliases.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.id).chain(&self.aliases).map(String::as_str)
    }

    /// Whether it is about the same identifier as a finding: one of its own is one of the finding's, in either case.
    ///
    /// CVE and GHSA identifiers are written in both cases, SPDX licence names are the same in both, and no two checks
    /// or secret rules differ in case alone.
    #[must_use]
    pub fn has_id_of(&self, finding: &Finding) -> bool {
        self.ids().any(|id| ids_of(finding).any(|found| found.eq_ignore_ascii_case(id)))
    }

    /// Whole days from the first to the last.
    #[must_use]
    pub fn days(&self) -> i32 {
        days_between(self.created, self.expires)
    }

    /// One text for all that it says of the place: two entries with the same are for the same places.
    pub(super) fn place(&self) -> String {
        let package = self.package.as_ref().map(PackagePattern::canonical);
        let image = (&self.image, &self.platform, &self.environment);
        format!("{:?}", (package, self.kind, &self.versions, &self.path, image))
    }

    /// Whether it is for such an image at all.
    pub(super) fn check_scope(&self, scope: &Scope) -> Result<(), Why> {
        if let Some(image) = &self.image
            && !image.covers(scope)
        {
            return Err(Why::Image { expected: image.to_string(), found: scope.repository.clone() });
        }
        if let Some(platform) = &self.platform {
            let covers = |found: &String| {
                found
                    .strip_prefix(platform.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            if !scope.platform.as_ref().is_some_and(covers) {
                return Err(Why::Platform { expected: platform.clone(), found: scope.platform.clone() });
            }
        }
        match &self.environment {
            Some(environment) if scope.environment.as_ref() != Some(environment) => {
                Err(Why::Environment { expected: environment.clone(), found: scope.environment.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Whether it names what a finding is in. Says nothing of the identifier, the image or the time.
    pub(super) fn check_place(&self, finding: &Finding) -> Result<(), Why> {
        if let Some(kind) = self.kind
            && kind != finding.kind
        {
            return Err(Why::Kind { expected: kind, found: finding.kind });
        }
        if let Some(package) = &self.package {
            package.check(finding)?;
        }
        if let Some(range) = &self.versions {
            self.check_version(range, finding)?;
        }
        if let Some(glob) = &self.path {
            let found = path_of(finding);
            if !found.is_some_and(|path| fast_glob::glob_match(glob, plain_path(path))) {
                return Err(Why::Path { expected: glob.clone(), found: found.map(str::to_owned) });
            }
        }
        Ok(())
    }

    fn check_version(&self, range: &Range, finding: &Finding) -> Result<(), Why> {
        let of_purl = || finding.purl.as_ref().and_then(Purl::canonical_version);
        let Some(found) = finding.version.clone().or_else(of_purl) else {
            return Err(Why::Version { expected: range.to_string(), found: None });
        };
        let kind = match &self.package {
            Some(PackagePattern::Purl(purl)) => Some(purl.kind()),
            _ => finding.purl.as_ref().map(Purl::kind),
        };
        match range.contains(kind, &found) {
            Some(true) => Ok(()),
            Some(false) => Err(Why::Version { expected: range.to_string(), found: Some(found) }),
            None => Err(Why::VersionOrder { expected: range.to_string(), found }),
        }
    }
}

impl PackagePattern {
    /// One text for all spellings.
    #[must_use]
    pub fn canonical(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Purl(purl) => {
                // Qualifiers count where they are written.
                let qualifiers = purl.as_str().split_once('?').map_or("", |(_, rest)| rest);
                format!("{}?{qualifiers}", purl.canonical())
            }
        }
    }

    /// A finding without a package URL is not met by an entry with one: absence proves nothing.
    fn check(&self, finding: &Finding) -> Result<(), Why> {
        let covers = match self {
            Self::Name(name) => finding.package.as_ref() == Some(name),
            Self::Purl(purl) => match &finding.purl {
                Some(found) => is_same_package(purl, found),
                None => return Err(Why::NoPurl { expected: purl.as_str().to_owned() }),
            },
        };
        let found =
            || finding.purl.as_ref().map(|purl| purl.as_str().to_owned()).or_else(|| finding.package.clone());
        if covers { Ok(()) } else { Err(Why::Package { expected: self.to_string(), found: found() }) }
    }
}

/// The version is the business of [`Entry::check_version`], and with it the epoch.
fn is_same_package(expected: &Purl, found: &Purl) -> bool {
    expected.kind() == found.kind()
        && expected.canonical_name() == found.canonical_name()
        && qualifier_keys(expected)
            .filter(|key| !key.eq_ignore_ascii_case("epoch"))
            .all(|key| expected.qualifier(key) == found.qualifier(key))
}

fn qualifier_keys(purl: &Purl) -> impl Iterator<Item = &str> {
    let (_, qualifiers) = purl.as_str().split_once('?').unwrap_or_default();
    qualifiers.split('&').filter_map(|pair| pair.split_once('=')).map(|(key, _)| key)
}

impl fmt::Display for PackagePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Purl(purl) => f.write_str(purl.as_str()),
        }
    }
}

impl ImagePattern {
    fn covers(&self, scope: &Scope) -> bool {
        match self {
            Self::Digest(digest) => scope.digests.contains(digest),
            Self::Repository { glob, digest } => {
                scope.repository.as_ref().is_some_and(|found| fast_glob::glob_match(glob, found))
                    && digest.as_ref().is_none_or(|digest| scope.digests.contains(digest))
            }
        }
    }
}

impl fmt::Display for ImagePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest(digest) => digest.fmt(f),
            Self::Repository { glob, digest: None } => f.write_str(glob),
            Self::Repository { glob, digest: Some(digest) } => write!(f, "{glob}@{digest}"),
        }
    }
}

impl From<KindWord> for FindingKind {
    fn from(word: KindWord) -> Self {
        match word {
            KindWord::License => Self::License,
            KindWord::Misconfiguration => Self::Misconfiguration,
            KindWord::Secret => Self::Secret,
            KindWord::Vulnerability => Self::Vulnerability,
        }
    }
}

impl From<SeverityWord> for Severity {
    fn from(word: SeverityWord) -> Self {
        match word {
            SeverityWord::Unknown => Self::Unknown,
            SeverityWord::Low => Self::Low,
            SeverityWord::Medium => Self::Medium,
            SeverityWord::High => Self::High,
            SeverityWord::Critical => Self::Critical,
        }
    }
}

impl From<String> for FixAtGrant {
    fn from(text: String) -> Self {
        if text == "none" { Self::None } else { Self::Version(text) }
    }
}

/// The identifiers of a finding.
pub(super) fn ids_of(finding: &Finding) -> impl Iterator<Item = &str> {
    std::iter::once(&finding.id).chain(&finding.aliases).map(String::as_str)
}

/// The file of a finding: what it names, and for one without a package what was scanned.
pub(super) fn path_of(finding: &Finding) -> Option<&str> {
    let target = || finding.package.is_none().then_some(finding.target.as_str());
    finding.path.as_deref().or_else(target).filter(|path| !path.is_empty())
}

/// Without what tools differ in: a leading `/` or `./`.
fn plain_path(path: &str) -> &str {
    path.strip_prefix("./").unwrap_or(path).trim_start_matches('/')
}

/// Whole days from one day to another, negative if that is earlier.
pub(super) fn days_between(from: Date, to: Date) -> i32 {
    // A span of two days that exist is within the range of spans.
    from.until(to).map_or(0, |span| span.get_days())
}

fn check_texts(at: Position, entry: &EntryFile) -> Result<(), AllowlistError> {
    let required = [
        ("id", Some(&entry.id)),
        ("owner", Some(&entry.owner)),
        ("ticket", Some(&entry.ticket)),
        ("reason", Some(&entry.reason)),
        ("package", entry.package.as_ref()),
        ("versions", entry.versions.as_ref()),
        ("path", entry.path.as_ref()),
        ("image", entry.image.as_ref()),
        ("environment", entry.environment.as_ref()),
        ("fixed-version", entry.fixed_version.as_ref()),
    ];
    let aliases = entry.aliases.iter().map(|alias| ("aliases", Some(alias)));
    for (field, value) in required.into_iter().chain(aliases) {
        if value.is_some_and(|value| value.trim().is_empty()) {
            return Err(AllowlistError::Empty { at, field });
        }
    }
    for (field, id) in
        std::iter::once(("id", &entry.id)).chain(entry.aliases.iter().map(|id| ("aliases", id)))
    {
        let reason = match id {
            id if id.contains('*') => "an identifier is written whole; there is no star",
            id if id.trim() != id => "an identifier has no blank at its ends",
            _ => continue,
        };
        return Err(AllowlistError::Pattern { at, field, found: id.clone(), reason });
    }
    Ok(())
}

/// `YYYY-MM-DD` and nothing else.
fn read_day(at: Position, field: &'static str, text: &str) -> Result<Date, AllowlistError> {
    let date = text.parse().ok().filter(|date: &Date| date.to_string() == text);
    date.ok_or_else(|| AllowlistError::Day { at, field, found: text.to_owned() })
}

fn read_package(at: Position, text: String) -> Result<PackagePattern, AllowlistError> {
    let refused = |reason| AllowlistError::Pattern { at, field: "package", found: text.clone(), reason };
    if text.contains('*') {
        return Err(refused("a package is written whole; there is no star"));
    }
    if !text.starts_with("pkg:") {
        return Ok(PackagePattern::Name(text));
    }
    if text.contains('#') {
        return Err(refused("a part of a package cannot be named; use `path`"));
    }
    let purl = Purl::parse(&text).map_err(|reason| AllowlistError::Package { at, reason })?;
    Ok(PackagePattern::Purl(purl))
}

fn read_versions(
    at: Position,
    package: Option<&PackagePattern>,
    text: Option<&str>,
) -> Result<Option<Range>, AllowlistError> {
    let purl = match package {
        Some(PackagePattern::Purl(purl)) => Some(purl),
        _ => None,
    };
    let of_purl = purl.and_then(Purl::canonical_version);
    let Some(text) = text else { return Ok(of_purl.map(Range::exactly)) };
    if of_purl.is_some() {
        let reason = "the package URL names a version already";
        return Err(AllowlistError::Pattern { at, field: "versions", found: text.to_owned(), reason });
    }
    let refused = |reason| AllowlistError::Range { at, reason };
    let range = Range::parse(text).map_err(refused)?;
    if let Some(purl) = purl {
        range.check(purl.kind()).map_err(refused)?;
    }
    Ok(Some(range))
}

fn read_path(at: Position, text: &str) -> Result<String, AllowlistError> {
    let plain = plain_path(text);
    let reason = if !plain.contains(|c| !"*?/.!".contains(c)) {
        Some("it is met by every file")
    } else {
        glob_fault(plain)
    };
    match reason {
        Some(reason) => Err(AllowlistError::Pattern { at, field: "path", found: text.to_owned(), reason }),
        None => Ok(plain.to_owned()),
    }
}

fn read_image(at: Position, text: &str) -> Result<ImagePattern, AllowlistError> {
    let refused = |reason| AllowlistError::Pattern { at, field: "image", found: text.to_owned(), reason };
    let digest =
        |text: &str| Digest::from_str(text).map_err(|_| refused("it has no digest as sha256:0123..."));
    if text.starts_with("sha256:") || text.starts_with("sha512:") {
        return Ok(ImagePattern::Digest(digest(text)?));
    }
    let (glob, digest) = match text.split_once('@') {
        Some((glob, found)) => (glob, Some(digest(found)?)),
        None => (text, None),
    };
    // A colon before the last slash is a port.
    if glob.rsplit('/').next().is_some_and(|last| last.contains(':')) {
        return Err(refused("tags move: name the repository or a digest"));
    }
    if glob.is_empty() {
        return Err(refused("it has no repository"));
    }
    glob_fault(glob).map_or_else(
        || Ok(ImagePattern::Repository { glob: glob.to_owned(), digest }),
        |fault| Err(refused(fault)),
    )
}

/// As `os/architecture/variant`, all in lower case.
fn read_platform(at: Position, text: String) -> Result<String, AllowlistError> {
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
    };
    if (2..=3).contains(&text.split('/').count()) && text.split('/').all(is_part) {
        return Ok(text);
    }
    Err(AllowlistError::Pattern { at, field: "platform", found: text, reason: "write it as linux/amd64" })
}

fn glob_fault(glob: &str) -> Option<&'static str> {
    if glob.len() > limits::GLOB_BYTES {
        return Some("it is too long");
    }
    // fast-glob takes that for "all but this".
    if glob.starts_with('!') {
        return Some("it cannot say what is not meant");
    }
    fast_glob::validate(glob)
        .is_err()
        .then_some("it has a bracket or brace that does not end, or too many of them")
}
