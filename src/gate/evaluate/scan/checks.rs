//! What one report must be, whatever it found: each way in which a report misleads has its rule here.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::gate::policy::Choice;
use crate::gate::policy::ScanRule;
use crate::gate::rule::Rule;
use crate::gate::rule::RuleResult;
use crate::package::Purl;
use crate::scan::Finding;
use crate::scan::FindingKind;
use crate::scan::Report;
use crate::scan::Severity;

/// What reports are judged by, and what they are compared with.
pub(super) struct Checks<'a> {
    pub(super) rule: &'a ScanRule,
    pub(super) now: Timestamp,
    /// How a new report is made, for whoever needs one.
    pub(super) again: String,
    /// What the accepted SBOMs of the image or platform list.
    pub(super) listed: Listed<'a>,
}

/// What an SBOM knows about the image that a report is about.
#[derive(Clone, Default)]
pub(super) struct Listed<'a> {
    /// How many packages of an operating system.
    pub(super) os_packages: usize,
    /// Every package URL.
    pub(super) purls: Vec<&'a Purl>,
}

impl Checks<'_> {
    /// Every rule about the report itself, in the order in which they are said.
    pub(super) fn all(&self, report: &Report) -> Vec<RuleResult> {
        let mut results = vec![self.age(report)];
        results.extend(self.database(report));
        results.extend(complete(report));
        results.push(self.operating_system(report));
        results.push(self.coverage(report));
        results.extend(self.share(report));
        results.extend(self.tool(report));
        results.extend(self.filtered(report));
        results.extend(self.suppressed(report));
        results
    }

    fn age(&self, report: &Report) -> RuleResult {
        let rule = Rule::ScanAge;
        let Some(limit) = self.rule.max_age else {
            let made = report.created.map(|made| format!("made {made}; ")).unwrap_or_default();
            return RuleResult::note(rule, format!("{made}the policy accepts any age"));
        };
        let Some(created) = report.created else {
            let again = format!("with a scanner that writes the time into its report, {}", self.again);
            return RuleResult::fail(rule, "the report does not say when it was made", again);
        };
        let age = self.now.duration_since(created);
        if age < -CLOCK_SKEW {
            let found = format!("the report is from the future: made {created}, now {}", self.now);
            RuleResult::fail(rule, found, "set the clocks right, then scan again")
        } else if age > limit {
            let found = format!("the report is {} old, more than {}", span(age), span(limit));
            RuleResult::fail(rule, format!("{found} (made {created})"), self.again.clone())
        } else {
            let age = span(age.max(SignedDuration::ZERO));
            RuleResult::pass(rule, format!("made {created}, {age} ago (at most {})", span(limit)))
        }
    }

    /// A scan of today with the knowledge of last year finds last year's vulnerabilities. What the scanner knew at the
    /// time of the scan counts; how long ago that was is the question of the report's age.
    fn database(&self, report: &Report) -> Option<RuleResult> {
        let rule = Rule::ScanDatabase;
        let limit = self.rule.max_database_age?;
        let database = report.database.as_ref();
        if let Some(fault) = database.and_then(|database| database.fault.as_ref()) {
            let found = format!("the vulnerability database was not good: {fault}");
            return Some(RuleResult::fail(rule, found, "update the scanner's database, then scan again"));
        }
        let Some(built) = database.and_then(|database| database.built) else {
            let found = "the report does not say how old the vulnerability database was";
            return Some(match self.rule.unknown_database {
                Choice::Allow => RuleResult::note(rule, format!("{found}; the policy allows it")),
                Choice::Refuse => RuleResult::fail(
                    rule,
                    found,
                    "attest the scan with the database's time (scanner.db.lastUpdate), use a scanner that writes it, \
                     or say aloud that it does not matter: `unknown-database: allow`",
                ),
            });
        };
        let age = report.created.unwrap_or(self.now).duration_since(built);
        Some(if age > limit {
            let found =
                format!("the vulnerability database was {} old, more than {}", span(age), span(limit));
            let next = "update the scanner's database, then scan again";
            RuleResult::fail(rule, format!("{found} (built {built})"), next)
        } else {
            RuleResult::pass(rule, format!("database built {built} (at most {} before)", span(limit)))
        })
    }

    fn operating_system(&self, report: &Report) -> RuleResult {
        let rule = Rule::ScanOs;
        let Some(os) = &report.os else {
            return match report.coverage {
                Some(_) => RuleResult::pass(rule, "the image has no operating system"),
                None => {
                    RuleResult::note(rule, "the report does not say which operating system the image has")
                }
            };
        };
        let name = format!("{} {}", os.family, os.name);
        match (os.end_of_life, self.rule.end_of_life_os) {
            (false, _) => RuleResult::pass(rule, name),
            (true, Choice::Allow) => {
                RuleResult::note(rule, format!("{name} gets no fixes any more; the policy allows it"))
            }
            (true, Choice::Refuse) => RuleResult::fail(
                rule,
                format!("{name} gets no fixes any more, so a scan of it finds too little"),
                "build on a release that is maintained, or allow it with `end-of-life-os: allow`",
            ),
        }
    }

    /// "Nothing found" is an answer only if something was looked up (which scanners were on, no Trivy report
    /// says: `--scanners secret --list-all-pkgs` looks like a clean scan), and the SBOM must not know better: where
    /// the image's package database was removed, a scanner finds no operating system and no packages.
    fn coverage(&self, report: &Report) -> RuleResult {
        let rule = Rule::ScanCoverage;
        let Some(coverage) = &report.coverage else {
            let found = format!("a report in {} does not say what was looked up", report.format);
            return match self.rule.unknown_coverage {
                Choice::Allow => RuleResult::note(rule, format!("{found}; the policy allows it")),
                Choice::Refuse => RuleResult::fail(
                    rule,
                    found,
                    "give the scanner's JSON report, or allow it with `unknown-coverage: allow`",
                ),
            };
        };
        if report.os.is_none() && self.listed.os_packages > 0 {
            let count = self.listed.os_packages;
            let found = format!("no operating system was found, but the SBOM lists {count} packages of one");
            return RuleResult::fail(
                rule,
                found,
                "scan the image that the SBOM describes, with its package database",
            );
        }
        let covers = |what: &str| RuleResult::pass(rule, format!("the report covers {what}"));
        match (&report.os, coverage.os_packages, coverage.language_packages) {
            (Some(os), false, _) => RuleResult::fail(
                rule,
                format!("the report does not cover the packages of {} {}", os.family, os.name),
                "use a scanner that knows this operating system, and scan all package types",
            ),
            (_, true, true) => covers("packages of the operating system and of languages"),
            (_, true, false) => covers("packages of the operating system"),
            (None, false, true) => covers("packages of languages"),
            (None, false, false) if !report.target.is_image() => {
                RuleResult::note(rule, "there was nothing to look up in it")
            }
            (None, false, false) => match self.rule.no_packages {
                Choice::Allow => RuleResult::note(
                    rule,
                    "no operating system and no packages were found; the policy allows it",
                ),
                Choice::Refuse => RuleResult::fail(
                    rule,
                    "no operating system and no packages were found, so nothing was looked up",
                    "check the scan; for an image without packages allow it with `no-packages: allow`",
                ),
            },
        }
    }

    /// Packages that the SBOM lists and the scanner never saw: lock files that it skipped, packages of other vendors
    /// that it leaves out, package databases that were removed.
    fn share(&self, report: &Report) -> Option<RuleResult> {
        let rule = Rule::ScanCoverage;
        let seen: BTreeSet<String> =
            report.coverage.iter().flat_map(|coverage| &coverage.packages).map(Purl::canonical).collect();
        let (floor, asked) = match (self.rule.min_coverage, seen.is_empty()) {
            (Some(floor), _) => (floor, true),
            (None, false) => (ScanRule::COVERAGE, false),
            (None, true) => return None,
        };
        let known: BTreeSet<String> = self
            .listed
            .purls
            .iter()
            .filter(|purl| LOOKED_UP.contains(&purl.kind()))
            .map(|purl| purl.canonical())
            .collect();
        if known.is_empty() {
            let found = "no SBOM lists packages that the report could be compared with";
            return asked.then(|| match floor {
                0 => RuleResult::note(rule, found),
                _ => {
                    RuleResult::fail(rule, found, "attest an SBOM of the image, or leave out `min-coverage`")
                }
            });
        }
        if seen.is_empty() {
            let found = "the report does not list the packages that were looked at";
            return Some(RuleResult::fail(rule, found, format!("{} --list-all-pkgs", self.again)));
        }
        let missed: Vec<&String> = known.difference(&seen).collect();
        let share = (known.len() - missed.len()) * 100 / known.len();
        let found = format!(
            "{} of {} packages of the SBOM were looked at, {share} % (at least {floor} %)",
            known.len() - missed.len(),
            known.len()
        );
        let Some(first) = missed.first().filter(|_| share < usize::from(floor)) else {
            return Some(RuleResult::pass(rule, found));
        };
        let next =
            "scan the whole image, all package types; what the scanner does not know needs another scanner";
        Some(RuleResult::fail(rule, format!("{found}; not {first}"), next))
    }

    /// A malicious scanner finds what it likes.
    fn tool(&self, report: &Report) -> Option<RuleResult> {
        let tool = &report.tool;
        let version = tool.version.as_deref()?;
        let version = version.strip_prefix('v').unwrap_or(version);
        let is = |name: &str| tool.name.eq_ignore_ascii_case(name);
        if let Some((_, _, why)) = MALICIOUS.iter().find(|(name, bad, _)| is(name) && *bad == version) {
            let found = format!("{} {version} is a malicious release ({why})", tool.name);
            let next = "treat the machine that ran it as compromised; scan with another release";
            return Some(RuleResult::fail(Rule::ScanTool, found, next));
        }
        let mut denied = self.rule.denied_versions.iter().filter(|(name, _)| is(name));
        denied
            .any(|(_, versions)| {
                versions.iter().any(|denied| denied.strip_prefix('v').unwrap_or(denied) == version)
            })
            .then(|| {
                let found = format!("{} {version} is denied by the policy", tool.name);
                RuleResult::fail(Rule::ScanTool, found, "scan with another release")
            })
    }

    /// What a report leaves out on purpose. Trivy's do not say so: one without anything mild is suspicious.
    fn filtered(&self, report: &Report) -> Option<RuleResult> {
        let rule = Rule::ScanFiltered;
        if report.filters.is_empty() {
            let vulnerabilities =
                report.findings.iter().filter(|found| found.kind == FindingKind::Vulnerability);
            let (mild, severe): (Vec<_>, Vec<_>) =
                vulnerabilities.partition(|found| found.severity < Severity::High);
            return (mild.is_empty() && severe.len() >= SUSPICIOUS).then(|| {
                let found = format!("all {} vulnerabilities are HIGH or CRITICAL", severe.len());
                RuleResult::note(rule, format!("{found}: the report may have been filtered by severity"))
                    .next("scan without --severity; the policy's `fail-on` decides what counts")
            });
        }
        let found = format!("the report leaves findings out: {}", report.filters.join(", "));
        Some(match self.rule.filtered {
            Choice::Allow => RuleResult::note(rule, format!("{found}; the policy allows it")),
            Choice::Refuse => RuleResult::fail(
                rule,
                found,
                "scan without filters and ignore rules: policy and allowlist decide what counts",
            ),
        })
    }

    /// A report may not waive itself, unless the policy lets it: what it marks is counted, and said.
    fn suppressed(&self, report: &Report) -> Option<RuleResult> {
        let marked: Vec<&Finding> =
            report.findings.iter().filter(|finding| finding.suppressed.is_some()).collect();
        let first = marked.first()?;
        let by = first.suppressed.as_ref().map(|mark| mark.source.as_str()).filter(|by| !by.is_empty());
        let by = by.map(|source| format!(" by {source}")).unwrap_or_default();
        let what = if self.rule.leave_out_suppressed { "left out" } else { "counted" };
        let found =
            format!("{} findings that the report sets aside are {what}: {}{by}", marked.len(), first.id);
        Some(RuleResult::note(Rule::ScanSuppressed, found).next("to accept one, add it to `allowlist`"))
    }
}

/// A run that failed found what it found before.
fn complete(report: &Report) -> Option<RuleResult> {
    let (first, more) = report.faults.split_first()?;
    let more = match more.len() {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let found = format!("the report is not the whole result of a scan: {first}{more}");
    Some(RuleResult::fail(Rule::ScanComplete, found, "look at the scanner's own messages, then scan again"))
}

/// `3d 4h`, `26m`: enough to compare with a limit.
fn span(duration: SignedDuration) -> String {
    let minutes = duration.as_secs().unsigned_abs() / 60;
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let parts = [(days, "d"), (hours, "h"), (minutes, "m")];
    let text: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .take(2)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    if text.is_empty() { "less than 1m".to_owned() } else { text.join(" ") }
}

/// Scanner, version, and the advisory.
const MALICIOUS: [(&str, &str, &str); 3] = [
    ("trivy", "0.69.4", "CVE-2026-33634"),
    ("trivy", "0.69.5", "CVE-2026-33634"),
    ("trivy", "0.69.6", "CVE-2026-33634"),
];

/// Kinds of package URL that scanners look up; of an SBOM's others (`generic`, `oci`, `github`) nobody expects it.
const LOOKED_UP: [&str; 12] =
    ["apk", "cargo", "composer", "deb", "gem", "golang", "maven", "npm", "nuget", "pypi", "rpm", "swift"];

/// So many severe vulnerabilities without a single mild one are no chance any more: what is installed has both.
const SUSPICIOUS: usize = 10;

/// What the clocks of two machines may differ.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);
