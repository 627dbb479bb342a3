//! Which entries have outlived their purpose, or were too much from the start.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use super::Allowlist;
use super::entry::Entry;
use super::entry::FixAtGrant;
use super::entry::days_between;
use super::entry::ids_of;
use super::matcher::Scope;
use super::matcher::check_fix;
use super::matcher::check_severity;
use super::matcher::today;
use super::rules::Rules;
use super::why::Why;
use crate::scan::Finding;
use crate::scan::Severity;

/// A report and the image that it is of.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// The image.
    pub scope: Scope,
    /// The findings, each with the severity that counts by the policy.
    pub findings: Vec<(&'a Finding, Severity)>,
}

/// Something to do about an entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Note<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// What it is about.
    pub class: Class,
    /// How bad that is.
    pub level: Level,
    /// In words.
    pub message: String,
}

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// An earlier one is for the same.
    Duplicate,
    /// It counts no longer.
    Expired,
    /// It will soon count no longer.
    Expiring,
    /// There is a fix, and there was none.
    FixAvailable,
    /// It does not count yet.
    Future,
    /// It is met by many packages or in many images.
    OverBroad,
    /// The severity is higher than recorded.
    SeverityRaised,
    /// It is met by nothing.
    Stale,
    /// It lasts longer than the policy allows.
    TooLong,
}

/// How bad something is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// To know.
    Note,
    /// To see to.
    Warning,
    /// Not to be left so.
    Error,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Duplicate,
        Self::Expired,
        Self::Expiring,
        Self::FixAvailable,
        Self::Future,
        Self::OverBroad,
        Self::SeverityRaised,
        Self::Stale,
        Self::TooLong,
    ];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::Expired => "expired",
            Self::Expiring => "expiring",
            Self::FixAvailable => "fix-available",
            Self::Future => "future",
            Self::OverBroad => "over-broad",
            Self::SeverityRaised => "severity-raised",
            Self::Stale => "stale",
            Self::TooLong => "too-long",
        }
    }

    /// The level where policy names none: an error for what no honest entry has.
    #[must_use]
    pub const fn default_level(self) -> Level {
        match self {
            Self::Future | Self::TooLong => Level::Error,
            Self::Expiring => Level::Note,
            _ => Level::Warning,
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Level {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What is to be said of each entry, in the order of the file.
///
/// An entry is stale if it is for the image of some report and no finding of these reports is what it names: one for an
/// image that was not looked at says nothing of itself. Without reports only dates and duplicates are looked at.
#[must_use]
pub fn review<'a>(
    allowlist: &'a Allowlist,
    reports: &[Judged<'_>],
    rules: &Rules,
    now: Timestamp,
) -> Vec<Note<'a>> {
    let mut notes = Vec::new();
    let met = meet(allowlist, reports);
    let mut earlier: HashMap<String, u64> = HashMap::new();
    for (entry, met) in allowlist.entries().iter().zip(&met) {
        let mut note = |class: Class, message: String| {
            notes.push(Note { entry, class, level: rules.level(class), message });
        };
        let place = entry.place();
        let keys: Vec<String> =
            entry.ids().map(|id| format!("{}\0{place}", id.to_ascii_lowercase())).collect();
        if let Some(line) = keys.iter().find_map(|key| earlier.get(key)) {
            note(Class::Duplicate, format!("line {line} has an entry for the same"));
        }
        for key in keys {
            earlier.entry(key).or_insert(entry.line);
        }
        if let Some((class, message)) = of_days(entry, rules, today(now)) {
            note(class, message);
        }
        if let Some(message) = too_long(entry, met, rules) {
            note(Class::TooLong, message);
        }
        // What has expired is met by nothing any more, whatever the reports have.
        let findings = if entry.expires < today(now) { Vec::new() } else { of_findings(entry, met, rules) };
        for (class, message) in findings {
            note(class, message);
        }
    }
    notes
}

/// What an entry was met by.
#[derive(Default)]
struct Met<'a> {
    is_for_some_report: bool,
    findings: Vec<(&'a Finding, Severity)>,
    images: BTreeSet<usize>,
}

/// Each entry with what it names, whatever the day.
fn meet<'r>(allowlist: &Allowlist, reports: &[Judged<'r>]) -> Vec<Met<'r>> {
    let mut met: Vec<Met<'r>> = Vec::new();
    let mut by_id: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, entry) in allowlist.entries().iter().enumerate() {
        let is_for_some_report = reports.iter().any(|report| entry.check_scope(&report.scope).is_ok());
        met.push(Met { is_for_some_report, ..Met::default() });
        let ids: BTreeSet<String> = entry.ids().map(str::to_ascii_lowercase).collect();
        for id in ids {
            by_id.entry(id).or_default().push(place);
        }
    }
    for (number, report) in reports.iter().enumerate() {
        for (finding, severity) in &report.findings {
            let ids = ids_of(finding).filter_map(|id| by_id.get(&id.to_ascii_lowercase()));
            let places: BTreeSet<usize> = ids.flatten().copied().collect();
            for place in places {
                let (Some(entry), Some(met)) = (allowlist.entries().get(place), met.get_mut(place)) else {
                    continue;
                };
                if entry.check_scope(&report.scope).is_ok() && entry.check_place(finding).is_ok() {
                    met.findings.push((*finding, *severity));
                    met.images.insert(number);
                }
            }
        }
    }
    met
}

fn of_days(entry: &Entry, rules: &Rules, today: Date) -> Option<(Class, String)> {
    let left = days_between(today, entry.expires);
    if today < entry.created {
        return Some((Class::Future, format!("it begins on {}", entry.created)));
    }
    if left < 0 {
        return Some((Class::Expired, format!("it expired at the end of {}", entry.expires)));
    }
    let soon = match left {
        0 => "today is its last day".to_owned(),
        1 => format!("it has 1 day left, until {}", entry.expires),
        _ => format!("it has {left} days left, until {}", entry.expires),
    };
    (left <= rules.warn_days).then_some((Class::Expiring, soon))
}

/// By what it is met by, else by what it records; what neither says is held against the longest that any may last.
fn too_long(entry: &Entry, met: &Met<'_>, rules: &Rules) -> Option<String> {
    let worst = met.findings.iter().map(|(_, severity)| *severity).max().or(entry.severity);
    let (days, most, of) = match worst {
        Some(severity) => {
            let (days, most) = rules.excess(entry, severity)?;
            (days, most, format!(" for {severity}"))
        }
        None => {
            let each = Severity::ALL.into_iter().map(|severity| rules.max_days(severity));
            let most = each.collect::<Option<Vec<i32>>>()?.into_iter().max()?;
            (entry.days(), most, String::new())
        }
    };
    (days > most).then(|| format!("it lasts {days} days, and the policy allows {most}{of}"))
}

fn of_findings(entry: &Entry, met: &Met<'_>, rules: &Rules) -> Vec<(Class, String)> {
    if met.findings.is_empty() {
        let stale = (Class::Stale, "no report has what it names".to_owned());
        return met.is_for_some_report.then_some(stale).into_iter().collect();
    }
    let mut notes = Vec::new();
    let ends = |counts: bool| if counts { "" } else { "; it does not count any more" };
    let watches = rules.lapse_on_fix || entry.fix == Some(FixAtGrant::None);
    let fix = met.findings.iter().find_map(|(finding, _)| check_fix(entry, finding).err());
    if let (true, Some(why)) = (watches, fix) {
        notes.push((Class::FixAvailable, format!("{why}{}", ends(!rules.lapse_on_fix))));
    }
    let raised = met.findings.iter().filter_map(|(_, severity)| check_severity(entry, *severity).err());
    let raised = raised.max_by_key(|why| match why {
        Why::SeverityRaised { to, .. } => Some(*to),
        _ => None,
    });
    if let Some(why) = raised {
        notes.push((Class::SeverityRaised, format!("{why}{}", ends(false))));
    }
    notes.extend(too_broad(met, rules).map(|message| (Class::OverBroad, message)));
    notes
}

fn too_broad(met: &Met<'_>, rules: &Rules) -> Option<String> {
    let place = |finding: &Finding| match &finding.purl {
        Some(purl) => format!("{}/{}", purl.kind(), purl.canonical_name()),
        None => finding.place().to_owned(),
    };
    let places: BTreeSet<String> = met.findings.iter().map(|(finding, _)| place(finding)).collect();
    let (packages, images) = (places.len(), met.images.len());
    if packages > rules.max_packages {
        return Some(format!("it is met by {packages} packages or files, more than {}", rules.max_packages));
    }
    (images > rules.max_images)
        .then(|| format!("it is met in {images} images, more than {}", rules.max_images))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::scan::Fix;

    fn notes(
        list: &Allowlist,
        reports: &[Judged<'_>],
        rules: &Rules,
        now: &str,
    ) -> Vec<(u64, Class, String)> {
        let notes = review(list, reports, rules, time(now));
        notes.into_iter().map(|note| (note.entry.line, note.class, note.message)).collect()
    }

    fn classes(list: &Allowlist, reports: &[Judged<'_>], rules: &Rules) -> Vec<Class> {
        let notes = notes(list, reports, rules, "2026-11-24T12:00:00Z");
        notes.into_iter().map(|(_, class, _)| class).collect()
    }

    fn judged<'a>(findings: &'a [Finding]) -> Judged<'a> {
        let findings = findings.iter().map(|finding| (finding, finding.severity)).collect();
        Judged { scope: Scope::default(), findings }
    }

    #[test]
    fn days_are_told_with_what_is_left() {
        let list = list("package: openssl");
        for (now, expected) in [
            ("2026-10-31T12:00:00Z", Some((Class::Future, "it begins on 2026-11-01"))),
            ("2026-11-30T12:00:00Z", None),
            ("2026-12-01T12:00:00Z", Some((Class::Expiring, "it has 30 days left, until 2026-12-31"))),
            ("2026-12-30T12:00:00Z", Some((Class::Expiring, "it has 1 day left, until 2026-12-31"))),
            ("2026-12-31T12:00:00Z", Some((Class::Expiring, "today is its last day"))),
            ("2027-01-01T00:00:00Z", Some((Class::Expired, "it expired at the end of 2026-12-31"))),
        ] {
            let expected: Vec<_> =
                expected.into_iter().map(|(class, message)| (3, class, message.to_owned())).collect();
            assert_eq!(notes(&list, &[], &Rules::common(), now), expected, "{now}");
        }
    }

    #[test]
    fn the_same_twice_is_told_once() {
        let entries = [
            "id: CVE-2026-0001, package: pkg:pypi/a-b",
            "id: GHSA-1, aliases: [cve-2026-0001], package: pkg:pypi/A_B",
            "id: CVE-2026-0001, package: pkg:pypi/a-b, platform: linux/amd64",
            "id: CVE-2026-0002, package: pkg:pypi/a-b",
            "id: CVE-2026-0001, package: a-b",
        ];
        let list = list_of(&entries.join("}\n  - {"));
        let found = notes(&list, &[], &Rules::common(), "2026-11-24T12:00:00Z");
        assert_eq!(found, [(4, Class::Duplicate, "line 3 has an entry for the same".to_owned())]);
    }

    #[test]
    fn stale_is_what_no_report_of_its_image_has() {
        let rules = Rules::common();
        let here = list("package: openssl");
        let elsewhere = list("package: openssl, image: registry.example.com/other");
        let (found, other) = ([finding()], [Finding { id: "CVE-2026-0002".to_owned(), ..finding() }]);
        assert_eq!(classes(&here, &[], &rules), []);
        let expired = list_of("id: CVE-2026-0001, package: openssl, expires: 2026-11-23");
        assert_eq!(classes(&expired, &[judged(&[])], &rules), [Class::Expired]);
        assert_eq!(classes(&here, &[judged(&[])], &rules), [Class::Stale]);
        assert_eq!(classes(&here, &[judged(&other)], &rules), [Class::Stale]);
        assert_eq!(classes(&here, &[judged(&other), judged(&found)], &rules), []);
        assert_eq!(classes(&elsewhere, &[judged(&other)], &rules), []);
        let scope = Scope { repository: Some("registry.example.com/other".to_owned()), ..Scope::default() };
        let of_other = Judged { scope, findings: Vec::new() };
        assert_eq!(classes(&elsewhere, &[judged(&found), of_other], &rules), [Class::Stale]);
    }

    #[test]
    fn what_was_accepted_is_not_what_is_there() {
        let fixed = [Finding { fix: Fix::Available, fixed_version: Some("3.0.2".to_owned()), ..finding() }];
        let none = list("package: openssl, fixed-version: none");
        let silent = list("package: openssl");
        let rules = Rules::common();
        let lapse = Rules { lapse_on_fix: true, ..Rules::common() };
        assert_eq!(classes(&none, &[judged(&fixed)], &rules), [Class::FixAvailable]);
        assert_eq!(classes(&silent, &[judged(&fixed)], &rules), []);
        assert_eq!(classes(&silent, &[judged(&fixed)], &lapse), [Class::FixAvailable]);
        assert_eq!(classes(&none, &[judged(&[finding()])], &lapse), []);
        let raised = [finding(), Finding { severity: Severity::Critical, ..finding() }];
        let found = notes(
            &list("package: openssl, severity: MEDIUM"),
            &[judged(&raised)],
            &rules,
            "2026-11-24T12:00:00Z",
        );
        let message = "it was granted for MEDIUM, and this is CRITICAL; it does not count any more";
        assert_eq!(found, [(3, Class::SeverityRaised, message.to_owned())]);
    }

    #[test]
    fn too_broad_is_counted_in_packages_and_images() {
        let list = list("path: usr/**");
        let found: Vec<Finding> = ["a", "b", "c"]
            .into_iter()
            .map(|name| {
                let purl = Some(purl(&format!("pkg:apk/alpine/{name}@1")));
                Finding { purl, path: Some("usr/x".to_owned()), ..finding() }
            })
            .collect();
        let three = Rules { max_packages: 3, max_images: 1, ..Rules::common() };
        let two = Rules { max_packages: 2, ..Rules::common() };
        assert_eq!(classes(&list, &[judged(&found)], &three), []);
        assert_eq!(classes(&list, &[judged(&found)], &two), [Class::OverBroad]);
        assert_eq!(classes(&list, &[judged(&found), judged(&found)], &three), [Class::OverBroad]);
    }

    #[test]
    fn too_long_is_by_what_is_there_then_by_what_is_recorded() {
        // 60 days.
        let silent = list("package: openssl");
        let critical = list("package: openssl, severity: CRITICAL");
        let some = Rules { max_days: [(Severity::Critical, 30)].into(), ..Rules::common() };
        let all = Severity::ALL.into_iter().map(|severity| (severity, 59)).collect();
        let all = Rules { max_days: all, ..Rules::common() };
        assert_eq!(classes(&silent, &[], &some), []);
        assert_eq!(classes(&silent, &[], &all), [Class::TooLong]);
        assert_eq!(classes(&critical, &[], &some), [Class::TooLong]);
        assert_eq!(classes(&critical, &[judged(&[finding()])], &some), []);
    }

    #[test]
    fn policy_sets_the_levels() {
        let list = list("package: openssl");
        let rules = Rules { levels: [(Class::Stale, Level::Error)].into(), ..Rules::common() };
        let now = time("2026-11-24T12:00:00Z");
        let level = |rules: &Rules| review(&list, &[judged(&[])], rules, now)[0].level;
        assert_eq!((level(&Rules::common()), level(&rules)), (Level::Warning, Level::Error));
        assert!(Level::Error > Level::Warning && Level::Warning > Level::Note);
    }
}
