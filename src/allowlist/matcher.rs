//! Which entry meets a finding, and why the others do not.

use std::collections::BTreeSet;
use std::collections::HashMap;

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
use super::why::Why;
use crate::digest::Digest;
use crate::package::Purl;
use crate::scan::Finding;
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

/// An allowlist made ready for many findings: the cost of one does not grow with the list.
#[derive(Debug)]
pub struct Matcher<'a> {
    allowlist: &'a Allowlist,
    rules: &'a Rules,
    today: Date,
    /// Places of entries by identifier and package, see [`key`].
    index: HashMap<String, Vec<usize>>,
    /// Places of entries by identifier, in lower case.
    by_id: HashMap<String, Vec<usize>>,
}

impl<'a> Matcher<'a> {
    /// Makes a list ready, for the UTC day of `now`.
    #[must_use]
    pub fn new(allowlist: &'a Allowlist, rules: &'a Rules, now: Timestamp) -> Self {
        let mut index: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_id: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, entry) in allowlist.entries().iter().enumerate() {
            for id in entry.ids() {
                let mut buffer = String::new();
                key(&mut buffer, id, &Key::of_entry(entry));
                for places in
                    [index.entry(buffer).or_default(), by_id.entry(id.to_ascii_lowercase()).or_default()]
                {
                    // An alias that repeats the identifier.
                    if places.last() != Some(&place) {
                        places.push(place);
                    }
                }
            }
        }
        Self { allowlist, rules, today: today(now), index, by_id }
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
        let ids = ids_of(query.finding).filter_map(|id| self.by_id.get(&id.to_ascii_lowercase()));
        let places: BTreeSet<usize> = ids.flatten().copied().collect();
        let same = places.into_iter().filter_map(|place| self.allowlist.entries().get(place));
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

#[cfg(test)]
mod tests;
