//! Which entry meets a finding, and why the others do not.

use std::collections::HashMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Allowlist;
use super::entry::Entry;
use super::entry::FixAtGrant;
use super::entry::PackagePattern;
use super::entry::days_between;
use super::entry::ids_of;
use super::rules::Rules;
use crate::digest::Digest;
use crate::package::Purl;
use crate::scan::Finding;
use crate::scan::FindingKind;
use crate::scan::Fix;
use crate::scan::Severity;

/// The image that findings are of. What is not known is met by no entry that names it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Scope {
    /// Repository with its registry, without tag and digest: `registry.example.com/team/app`.
    pub repository: Option<String>,
    /// Digests of the image: of its manifest, and of the index that lists it.
    pub digests: Vec<Digest>,
    /// Platform, as `linux/arm64/v8`.
    pub platform: Option<String>,
    /// Where it is promoted to.
    pub environment: Option<String>,
}

/// A finding as it is judged.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// The severity that counts by the policy.
    pub severity: Severity,
    /// The image.
    pub scope: &'a Scope,
}

/// An entry that meets a finding.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Match<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// Whole days that are left, 0 on the last one.
    pub days_left: i32,
}

/// The entries with the identifier of a finding.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Explanation<'a> {
    /// The one that meets it.
    pub matched: Option<Match<'a>>,
    /// Those that do not, in the order of the file.
    pub others: Vec<(&'a Entry, Why)>,
}

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

/// An allowlist made ready for many findings: the cost of one does not grow with the list.
#[derive(Debug)]
pub struct Matcher<'a> {
    allowlist: &'a Allowlist,
    rules: &'a Rules,
    today: Date,
    /// Places of entries by identifier and package, see [`key`].
    index: HashMap<String, Vec<usize>>,
}

impl<'a> Matcher<'a> {
    /// Makes a list ready, for the UTC day of `now`.
    #[must_use]
    pub fn new(allowlist: &'a Allowlist, rules: &'a Rules, now: Timestamp) -> Self {
        let mut index: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, entry) in allowlist.entries().iter().enumerate() {
            for id in entry.ids() {
                let mut buffer = String::new();
                key(&mut buffer, id, &Key::of_entry(entry));
                let places = index.entry(buffer).or_default();
                // An alias that repeats the identifier.
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        Self { allowlist, rules, today: today(now), index }
    }

    /// The entry that meets a finding; of several the one that lasts longest, then the first of the file.
    #[must_use]
    pub fn find(&self, query: &Query<'_>) -> Option<Match<'a>> {
        let valid =
            self.candidates(query.finding).into_iter().filter(|entry| self.check(entry, query).is_ok());
        let best = valid.min_by_key(|entry| (std::cmp::Reverse(entry.expires), entry.line))?;
        Some(Match { entry: best, days_left: days_between(self.today, best.expires) })
    }

    /// The entry that meets a finding, and why each other one with its identifier does not.
    #[must_use]
    pub fn explain(&self, query: &Query<'_>) -> Explanation<'a> {
        let same = self.allowlist.entries().iter().filter(|entry| entry.has_id_of(query.finding));
        let others = same.filter_map(|entry| Some((entry, self.check(entry, query).err()?))).collect();
        Explanation { matched: self.find(query), others }
    }

    /// Whether an entry with the identifier of a finding meets it.
    ///
    /// 1. It is for this image, platform and environment.
    /// 2. It names the package, version and file.
    /// 3. It has begun, has not expired, and lasts no longer than this severity allows.
    /// 4. What was accepted is what is there: the severity has not risen, and no fix has come up.
    fn check(&self, entry: &Entry, query: &Query<'_>) -> Result<(), Why> {
        entry.check_scope(query.scope)?;
        entry.check_place(query.finding)?;
        check_days(entry, self.today)?;
        if let Some((days, most)) = self.rules.excess(entry, query.severity) {
            return Err(Why::TooLong { days, most, severity: query.severity });
        }
        check_severity(entry, query.severity)?;
        if self.rules.lapse_on_fix { check_fix(entry, query.finding) } else { Ok(()) }
    }

    /// Entries with an identifier and a package of the finding, or with its identifier and no package, once each.
    fn candidates(&self, finding: &Finding) -> Vec<&'a Entry> {
        let keys = Key::of_finding(finding);
        let mut buffer = String::new();
        let mut places: Vec<usize> = Vec::new();
        for id in ids_of(finding) {
            for place in &keys {
                key(&mut buffer, id, place);
                places.extend(self.index.get(&buffer).into_iter().flatten());
            }
        }
        places.sort_unstable();
        places.dedup();
        places.into_iter().filter_map(|place| self.allowlist.entries().get(place)).collect()
    }
}

/// The day in UTC.
pub(super) fn today(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

/// Whether it has begun and not expired. Both days are whole and count.
pub(super) fn check_days(entry: &Entry, today: Date) -> Result<(), Why> {
    if today < entry.created {
        return Err(Why::NotYetCreated { created: entry.created });
    }
    if today > entry.expires {
        return Err(Why::Expired { expires: entry.expires });
    }
    Ok(())
}

/// Whether the severity is what was accepted. One that is not known any more may be any, so it is worse than each but
/// the worst.
pub(super) fn check_severity(entry: &Entry, severity: Severity) -> Result<(), Why> {
    let Some(from) = entry.severity else { return Ok(()) };
    let is_lost = severity == Severity::Unknown && !matches!(from, Severity::Unknown | Severity::Critical);
    if severity > from || is_lost { Err(Why::SeverityRaised { from, to: severity }) } else { Ok(()) }
}

/// Whether a fix has come up. An entry that records nothing of it says nothing of one that was there.
pub(super) fn check_fix(entry: &Entry, finding: &Finding) -> Result<(), Why> {
    let recorded_none = match entry.fix {
        Some(FixAtGrant::Version(_)) => return Ok(()),
        Some(FixAtGrant::None) => true,
        None => false,
    };
    if finding.fix == Fix::Available {
        return Err(Why::FixAvailable { version: finding.fixed_version.clone(), recorded_none });
    }
    Ok(())
}

/// What an entry or a finding is filed under, besides its identifier.
enum Key {
    Anywhere,
    Name(String),
    Purl(String),
}

impl Key {
    fn of_entry(entry: &Entry) -> Self {
        match &entry.package {
            None => Self::Anywhere,
            Some(PackagePattern::Name(name)) => Self::Name(name.clone()),
            Some(PackagePattern::Purl(purl)) => Self::of_purl(purl),
        }
    }

    fn of_finding(finding: &Finding) -> Vec<Self> {
        let name = finding.package.clone().map(Self::Name);
        let purl = finding.purl.as_ref().map(Self::of_purl);
        std::iter::once(Self::Anywhere).chain(name).chain(purl).collect()
    }

    fn of_purl(purl: &Purl) -> Self {
        Self::Purl(format!("{}/{}", purl.kind(), purl.canonical_name()))
    }
}

/// Writes one text for an identifier, in lower case, and a package.
fn key(buffer: &mut String, id: &str, place: &Key) {
    let (kind, name) = match place {
        Key::Anywhere => ('a', ""),
        Key::Name(name) => ('n', name.as_str()),
        Key::Purl(name) => ('p', name.as_str()),
    };
    buffer.clear();
    buffer.extend(id.chars().map(|letter| letter.to_ascii_lowercase()));
    buffer.push('\0');
    buffer.push(kind);
    buffer.push_str(name);
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

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn why(keys: &str, finding: &Finding) -> Option<Why> {
        why_in(keys, finding, &Scope::default(), &Rules::common())
    }

    fn why_in(keys: &str, finding: &Finding, scope: &Scope, rules: &Rules) -> Option<Why> {
        let list = list(keys);
        let matcher = Matcher::new(&list, rules, time("2026-11-24T12:00:00Z"));
        let query = Query { finding, severity: finding.severity, scope };
        let explanation = matcher.explain(&query);
        assert_eq!(explanation.matched.is_some(), explanation.others.is_empty(), "{keys}: {explanation:?}");
        explanation.others.into_iter().next().map(|(_, why)| why)
    }

    fn meets(keys: &str, finding: &Finding) -> bool {
        why(keys, finding).is_none()
    }

    #[test]
    fn the_identifier_is_whole_and_in_either_case() {
        let rules = Rules::common();
        for (id, aliases, expected) in [
            ("CVE-2026-0001", "", true),
            ("cve-2026-0001", "", true),
            ("CVE-2026-00011", "", false),
            ("CVE-2026-000", "", false),
            ("GHSA-aaaa-bbbb-cccc", "", true),
            ("ghsa-AAAA-bbbb-cccc", "", true),
            ("GHSA-xxxx-xxxx-xxxx", "CVE-2026-0001", true),
            ("GHSA-xxxx-xxxx-xxxx", "GHSA-aaaa-bbbb-cccc", true),
            ("GHSA-xxxx-xxxx-xxxx", "CVE-2026-0002", false),
        ] {
            let list = list_of(&format!("id: {id}, aliases: [{aliases}], package: openssl"));
            let finding = Finding { aliases: vec!["GHSA-aaaa-bbbb-cccc".to_owned()], ..finding() };
            let matcher = Matcher::new(&list, &rules, time("2026-11-24T12:00:00Z"));
            let query = Query { finding: &finding, severity: Severity::High, scope: &Scope::default() };
            assert_eq!(matcher.find(&query).is_some(), expected, "{id} {aliases}");
            assert_eq!(list.entries()[0].has_id_of(&finding), expected, "{id} {aliases}");
        }
    }

    #[test]
    fn a_package_is_named_whole() {
        let found = finding();
        for (package, expected) in [
            ("openssl", true),
            ("openss", false),
            ("OpenSSL", false),
            ("pkg:apk/alpine/openssl", true),
            ("pkg:apk/alpine/openssl@3.0.1", true),
            ("pkg:apk/alpine/openssl@3.0.2", false),
            ("pkg:apk/wolfi/openssl", false),
            ("pkg:apk/openssl", false),
            ("pkg:deb/alpine/openssl", false),
            ("pkg:apk/alpine/openssl?arch=x86_64", true),
            ("pkg:apk/alpine/openssl?arch=aarch64", false),
            ("pkg:apk/alpine/openssl?distro=3.20", false),
        ] {
            assert_eq!(meets(&format!("package: \"{package}\""), &found), expected, "{package}");
        }
    }

    /// Trivy's `matchPURL` lets an entry with a package URL meet every finding without one.
    #[test]
    fn an_entry_with_a_package_url_does_not_meet_a_finding_without() {
        let found = Finding { purl: None, ..finding() };
        let expected = "pkg:apk/alpine/openssl".to_owned();
        assert_eq!(why("package: pkg:apk/alpine/openssl", &found), Some(Why::NoPurl { expected }));
        assert!(meets("package: openssl", &found));
    }

    #[test]
    fn names_of_one_package_are_spelled_in_many_ways() {
        let found = Finding { purl: Some(purl("pkg:pypi/zope-interface@5.0")), version: None, ..finding() };
        assert!(meets("package: pkg:pypi/Zope.Interface", &found));
        let scoped = Finding { purl: Some(purl("pkg:npm/%40example/a@1.0.0")), ..finding() };
        assert!(meets("package: \"pkg:npm/@example/a\"", &scoped));
        assert!(!meets("package: pkg:npm/a", &scoped));
    }

    #[test]
    fn versions_are_a_range() {
        for (versions, expected) in [
            ("\">=3.0, <3.1\"", true),
            ("\"<3.0.1\"", false),
            ("3.0.1", true),
            ("\"=3.0.1\"", true),
            ("3.0", false),
        ] {
            assert_eq!(
                meets(&format!("package: openssl, versions: {versions}"), &finding()),
                expected,
                "{versions}"
            );
        }
        let plain = Finding { purl: None, ..finding() };
        let order = Why::VersionOrder { expected: ">=3".to_owned(), found: "3.0.1".to_owned() };
        assert_eq!(why("package: openssl, versions: \">=3\"", &plain), Some(order));
        assert!(meets("package: openssl, versions: 3.0.1", &plain));
        let none = Finding { purl: Some(purl("pkg:apk/alpine/openssl")), version: None, ..finding() };
        let version = Why::Version { expected: ">=3".to_owned(), found: None };
        assert_eq!(why("package: openssl, versions: \">=3\"", &none), Some(version));
    }

    #[test]
    fn the_file_is_that_of_the_package_or_of_the_finding() {
        let secret = Finding {
            kind: FindingKind::Secret,
            package: None,
            purl: None,
            version: None,
            target: "/app/key.pem".to_owned(),
            ..finding()
        };
        for (path, expected) in [
            ("/app/key.pem", true),
            ("app/*.pem", true),
            ("app/**", true),
            ("\"**/key.pem\"", true),
            ("app", false),
            ("\"*.pem\"", false),
            ("app/{cert,key}.pem", true),
        ] {
            assert_eq!(meets(&format!("path: \"{}\"", path.trim_matches('"')), &secret), expected, "{path}");
        }
        assert!(!meets("package: openssl", &secret));
        // The target of a package is an operating system or a lock file, which is not where it lies.
        assert!(!meets("path: alpine", &Finding { target: "alpine".to_owned(), ..finding() }));
        let jar = Finding { path: Some("app/a.jar".to_owned()), ..finding() };
        assert!(meets("package: openssl, path: app/*.jar", &jar));
        assert!(!meets("package: openssl, path: lib/*.jar", &jar));
        assert!(!meets("package: openssl, path: app/*.jar", &finding()));
    }

    #[test]
    fn one_identifier_may_be_of_several_kinds() {
        assert!(meets("package: openssl, kind: vulnerability", &finding()));
        let why = why("package: openssl, kind: license", &finding());
        assert_eq!(
            why,
            Some(Why::Kind { expected: FindingKind::License, found: FindingKind::Vulnerability })
        );
    }

    #[test]
    fn the_image_is_known_or_not_met() {
        let digest = Digest::sha256(b"manifest");
        let scope = Scope {
            repository: Some("registry.example.com/team/app".to_owned()),
            digests: vec![digest.clone()],
            platform: Some("linux/arm64/v8".to_owned()),
            environment: Some("production".to_owned()),
        };
        let other = Digest::sha256(b"other");
        for (keys, expected) in [
            ("image: registry.example.com/team/app".to_owned(), true),
            ("image: registry.example.com/team/*".to_owned(), true),
            ("image: registry.example.com/*".to_owned(), false),
            ("image: registry.example.com/**".to_owned(), true),
            ("image: team/app".to_owned(), false),
            (format!("image: \"{digest}\""), true),
            (format!("image: \"{other}\""), false),
            (format!("image: \"registry.example.com/team/app@{digest}\""), true),
            (format!("image: \"registry.example.com/team/app@{other}\""), false),
            (format!("image: \"registry.example.com/team/b@{digest}\""), false),
            ("platform: linux/arm64".to_owned(), true),
            ("platform: linux/arm64/v8".to_owned(), true),
            ("platform: linux/arm64/v7".to_owned(), false),
            ("platform: linux/arm".to_owned(), false),
            ("platform: linux/amd64".to_owned(), false),
            ("environment: production".to_owned(), true),
            ("environment: test".to_owned(), false),
        ] {
            let keys = format!("package: openssl, {keys}");
            let found = why_in(&keys, &finding(), &scope, &Rules::common());
            assert_eq!(found.is_none(), expected, "{keys}: {found:?}");
            assert!(why_in(&keys, &finding(), &Scope::default(), &Rules::common()).is_some(), "{keys}");
        }
    }

    /// Trivy compares with the beginning of the day.
    #[test]
    fn both_days_count() {
        let list = list_of("package: openssl, id: CVE-2026-0001, created: 2026-11-01, expires: 2026-12-31");
        let rules = Rules::common();
        for (now, expected) in [
            ("2026-10-31T23:59:59Z", Err("it begins on 2026-11-01")),
            ("2026-11-01T00:00:00Z", Ok(60)),
            ("2026-12-30T23:59:59Z", Ok(1)),
            ("2026-12-31T00:00:00Z", Ok(0)),
            ("2026-12-31T23:59:59.999999999Z", Ok(0)),
            ("2027-01-01T00:00:00Z", Err("it expired at the end of 2026-12-31")),
            ("2026-12-31T23:00:00-02:00", Err("it expired at the end of 2026-12-31")),
        ] {
            let matcher = Matcher::new(&list, &rules, time(now));
            let found = finding();
            let explanation = matcher.explain(&Query {
                finding: &found,
                severity: Severity::High,
                scope: &Scope::default(),
            });
            let found = explanation
                .matched
                .map(|found| found.days_left)
                .ok_or_else(|| explanation.others[0].1.to_string());
            assert_eq!(found, expected.map_err(str::to_owned), "{now}");
        }
    }

    #[test]
    fn it_lapses_when_the_severity_rises() {
        use Severity::{Critical, High, Low, Medium, Unknown};
        for (from, to, counts) in [
            (High, High, true),
            (High, Medium, true),
            (Medium, High, false),
            (High, Critical, false),
            (High, Unknown, false),
            (Critical, Unknown, true),
            (Unknown, Unknown, true),
            (Unknown, Low, false),
        ] {
            let found = Finding { severity: to, ..finding() };
            let why = why(&format!("package: openssl, severity: {from}"), &found);
            assert_eq!(why, (!counts).then_some(Why::SeverityRaised { from, to }), "{from} {to}");
        }
    }

    #[test]
    fn it_lapses_when_a_fix_comes_up_and_policy_says_so() {
        let fixed = Finding { fix: Fix::Available, fixed_version: Some("3.0.2".to_owned()), ..finding() };
        let open = Finding { fix: Fix::Unknown, ..finding() };
        let lapse = Rules { lapse_on_fix: true, ..Rules::common() };
        let scope = Scope::default();
        let lapsed =
            |recorded_none| Some(Why::FixAvailable { version: Some("3.0.2".to_owned()), recorded_none });
        for (recorded, expected) in
            [("", lapsed(false)), (", fixed-version: none", lapsed(true)), (", fixed-version: 3.0.2", None)]
        {
            let keys = format!("package: openssl{recorded}");
            assert_eq!(why_in(&keys, &fixed, &scope, &lapse), expected, "{recorded}");
            assert_eq!(why_in(&keys, &open, &scope, &lapse), None, "{recorded}");
            assert_eq!(why_in(&keys, &fixed, &scope, &Rules::common()), None, "{recorded}");
        }
    }

    #[test]
    fn it_lasts_no_longer_than_its_severity_allows() {
        let max_days = [(Severity::High, 30), (Severity::Critical, 7)].into();
        let rules = Rules { max_days, ..Rules::common() };
        let scope = Scope::default();
        for (severity, expires, expected) in [
            (Severity::High, "2026-12-01", None),
            (Severity::High, "2026-12-02", Some((31, 30))),
            (Severity::Critical, "2026-12-01", Some((30, 7))),
            (Severity::Low, "2036-12-01", None),
            (Severity::Unknown, "2026-12-01", Some((30, 7))),
        ] {
            let found = Finding { severity, ..finding() };
            let keys = format!("package: openssl, created: 2026-11-01, expires: {expires}");
            let list = list_of(&format!("id: CVE-2026-0001, {keys}"));
            let matcher = Matcher::new(&list, &rules, time("2026-11-24T12:00:00Z"));
            let others = matcher.explain(&Query { finding: &found, severity, scope: &scope }).others;
            let why = others.into_iter().next().map(|(_, why)| why);
            assert_eq!(why, expected.map(|(days, most)| Why::TooLong { days, most, severity }), "{severity}");
        }
    }

    #[test]
    fn of_several_the_longest_counts() {
        let entries = [
            "id: CVE-2026-0001, package: openssl, expires: 2026-11-30",
            "id: CVE-2026-0001, package: pkg:apk/alpine/openssl, expires: 2026-12-31",
            "id: GHSA-a, aliases: [CVE-2026-0001], path: usr/lib/**, expires: 2026-12-31",
            "id: CVE-2026-0001, package: openssl, expires: 2026-11-23",
        ];
        let list = list_of(&entries.join("}\n  - {"));
        let rules = Rules::common();
        let matcher = Matcher::new(&list, &rules, time("2026-11-24T12:00:00Z"));
        let found = Finding { path: Some("usr/lib/libssl.so".to_owned()), ..finding() };
        let query = Query { finding: &found, severity: Severity::High, scope: &Scope::default() };
        assert_eq!(matcher.find(&query).unwrap().entry.line, 4);
        assert_eq!(matcher.explain(&query).others.len(), 1);
    }
}
