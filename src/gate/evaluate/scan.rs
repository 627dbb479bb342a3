//! Rules for scan reports (the ways in which a report misleads, each with its default).

use jiff::SignedDuration;

use super::Case;
use crate::gate::Verdict;
use crate::gate::decision::EvidenceKind;
use crate::gate::decision::EvidenceRow;
use crate::gate::decision::JudgedFinding;
use crate::gate::evidence::Cause;
use crate::gate::evidence::PlacedReport;
use crate::gate::evidence::Scope;
use crate::gate::policy::Choice;
use crate::gate::policy::SeveritySource;
use crate::gate::rule::Rule;
use crate::gate::rule::RuleResult;
use crate::oci::Platform;
use crate::scan::Finding;
use crate::scan::Fix;
use crate::scan::Report;
use crate::scan::Severity;
use crate::scan::Tool;

impl Case<'_> {
    pub(super) fn scan(&mut self, platforms: &[usize]) {
        let evidence = self.evidence;
        for failure in &evidence.reports.failures {
            let found = format!("the scan report cannot be used: {}", failure.reason);
            let result = match failure.cause {
                Cause::Refused => RuleResult::fail(
                    Rule::ScanReadable,
                    found,
                    format!("scan again: {}", self.scan_command(None)),
                ),
                Cause::Unreachable => RuleResult::unknown(
                    Rule::ScanReadable,
                    found,
                    "check that the file can be read, then run again",
                ),
            };
            self.rules.push(result.at(&failure.place));
        }
        for item in &evidence.reports.found {
            match &item.platform {
                Err(unbound) => {
                    let next = format!("scan this image: {}", self.scan_command(None));
                    let found = format!("the report is not about this image: {unbound}");
                    self.rules.push(RuleResult::fail(Rule::ScanBinding, found, next).at(&item.place));
                }
                Ok(index) if platforms.contains(index) => self.report(*index, item),
                Ok(index) => {
                    let platform = self.platform_of(Scope::Platform(*index)).unwrap_or_default();
                    let found = "the report is about a platform that is not judged";
                    self.rules.push(RuleResult::note(Rule::ScanBinding, found).on(platform).at(&item.place));
                }
            }
        }
        self.sort_findings();
        self.missing_reports(platforms);
    }

    fn missing_reports(&mut self, platforms: &[usize]) {
        let reports = &self.evidence.reports;
        let unread = reports.failures.iter().any(|failure| failure.cause == Cause::Unreachable);
        for index in platforms {
            let bound = reports.found.iter().any(|item| item.platform.as_ref() == Ok(index));
            let Some(platform) = self.evidence.image.platforms().get(*index) else { continue };
            let name = platform.platform().to_string();
            if bound {
                continue;
            }
            let result = if self.policy.scan().required && unread {
                let found = "a report that could not be read may be that of this platform";
                RuleResult::unknown(Rule::ScanFound, found, "check that the file can be read, then run again")
            } else if self.policy.scan().required {
                let next = format!("scan it: {}", self.scan_command(Some(&name)));
                RuleResult::fail(Rule::ScanFound, "no scan report of this platform was given", next)
            } else {
                RuleResult::note(
                    Rule::ScanFound,
                    "no scan report was given, and the policy does not ask for one",
                )
            };
            self.rules.push(result.on(name));
        }
    }

    /// Judges a report that is about this platform.
    fn report(&mut self, index: usize, item: &PlacedReport) {
        let Some(platform) = self.evidence.image.platforms().get(index) else { return };
        let name = platform.platform().to_string();
        let tool = &item.report.tool;
        let version = tool.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
        let results = [
            RuleResult::pass(
                Rule::ScanBinding,
                format!("{}{version} report of image id {}", tool.name, platform.config()),
            ),
            self.age(&item.report, &name),
            self.operating_system(&item.report),
            self.coverage(&item.report, index),
        ];
        let findings = self.judge(&item.report, &name);
        let severity = self.severity(&findings);
        let suppressed = suppressed(&item.report);
        for result in results.into_iter().chain(tool_fault(tool)).chain(suppressed).chain([severity]) {
            self.rules.push(result.on(&name).at(&item.place));
        }
        self.findings.extend(findings);
        self.rows.push(EvidenceRow {
            kind: EvidenceKind::Scan,
            detail: Some(format!("{}{version}", tool.name)),
            subject: Some(*platform.config()),
            platform: Some(name),
            signer: None,
            time: item.report.created,
            place: item.place.clone(),
            digest: item.report.digest,
        });
    }

    fn age(&self, report: &Report, platform: &str) -> RuleResult {
        let rule = Rule::ScanAge;
        let again = format!("scan again: {}", self.scan_command(Some(platform)));
        let Some(created) = report.created else {
            let again = format!("with a newer trivy, which writes CreatedAt, {again}");
            return RuleResult::fail(rule, "the report does not say when it was made", again);
        };
        let age = self.now.duration_since(created);
        let limit = self.policy.scan().max_age;
        if age < -CLOCK_SKEW {
            let found = format!("the report is from the future: made {created}, now {}", self.now);
            RuleResult::fail(rule, found, "set the clocks right, then scan again")
        } else if age > limit {
            let found = format!("the report is {} old, more than {}", span(age), span(limit));
            RuleResult::fail(rule, format!("{found} (made {created})"), again)
        } else {
            let age = span(age.max(SignedDuration::ZERO));
            RuleResult::pass(rule, format!("made {created}, {age} ago (at most {})", span(limit)))
        }
    }

    fn operating_system(&self, report: &Report) -> RuleResult {
        let rule = Rule::ScanOs;
        let Some(os) = &report.os else {
            return RuleResult::pass(rule, "the image has no operating system");
        };
        let name = format!("{} {}", os.family, os.name);
        match (os.end_of_life, self.policy.scan().end_of_life_os) {
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
    fn coverage(&self, report: &Report, index: usize) -> RuleResult {
        let rule = Rule::ScanCoverage;
        let about =
            |scope: &Scope| matches!(scope, Scope::Platform(of) if *of == index) || *scope == Scope::Image;
        let listed = self.os_packages.iter().filter(|(scope, _)| about(scope)).map(|(_, count)| *count).max();
        if let (None, Some(listed @ 1..)) = (&report.os, listed) {
            let found = format!("no operating system was found, but the SBOM lists {listed} packages of one");
            return RuleResult::fail(
                rule,
                found,
                "scan the image that the SBOM describes, with its package database",
            );
        }
        let Some(coverage) = &report.coverage else {
            return match self.policy.scan().no_packages {
                Choice::Allow => {
                    RuleResult::note(rule, "the report does not say what was looked up; the policy allows it")
                }
                Choice::Refuse => RuleResult::fail(
                    rule,
                    "the report does not say what was looked up",
                    "give the scanner's JSON report, which does",
                ),
            };
        };
        let covers = |what: &str| RuleResult::pass(rule, format!("the report covers {what}"));
        match (&report.os, coverage.os_packages, coverage.language_packages) {
            (Some(os), false, _) => RuleResult::fail(
                rule,
                format!("the report does not cover the packages of {} {}", os.family, os.name),
                "use a scanner that knows this operating system, and scan all package types",
            ),
            (Some(_), true, true) => covers("packages of the operating system and of languages"),
            (_, true, false) => covers("packages of the operating system"),
            (None, true, true) => covers("packages of the operating system and of languages"),
            (None, false, true) => covers("packages of languages"),
            (None, false, false) => match self.policy.scan().no_packages {
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

    fn judge(&self, report: &Report, platform: &str) -> Vec<JudgedFinding> {
        let judge = |finding: &Finding| {
            let severity = match self.policy.scan().severity {
                SeveritySource::Highest => finding.highest(),
                SeveritySource::Reported => finding.severity,
            };
            let verdict = self.verdict(finding, severity);
            JudgedFinding { finding: finding.clone(), severity, platform: platform.to_owned(), verdict }
        };
        report.findings.iter().map(judge).collect()
    }

    /// 1. Milder than the threshold. Unknown is not mild, unless the policy says so; a word that is none of the
    ///    scanner's own, as nobody knows what it means, never is.
    /// 2. Without a fix, for findings that can have one.
    /// 3. Named by an entry of the allowlist that has not expired; the one that lasts longest.
    fn verdict(&self, finding: &Finding, severity: Severity) -> Verdict {
        let rule = self.policy.scan();
        // 1.
        let counts = match severity {
            _ if finding.severity_word.is_some() => true,
            Severity::Unknown => rule.unknown_severity == Choice::Refuse,
            severity => severity >= rule.fail_from,
        };
        if !counts {
            return Verdict::Mild;
        }
        // 2.
        if rule.ignore_unfixed && finding.kind.has_fixes() && finding.fix == Fix::Absent {
            return Verdict::Unfixed;
        }
        // 3.
        let named = self.policy.allowlist().iter().filter(|waiver| waiver.names(finding));
        let active = named.filter_map(|waiver| Some((waiver, waiver.days_left(self.now)?)));
        match active.max_by_key(|(waiver, _)| waiver.expires) {
            Some((waiver, days_left)) => Verdict::Waived { waiver: Box::new(waiver.clone()), days_left },
            None => Verdict::Blocks,
        }
    }

    fn severity(&self, findings: &[JudgedFinding]) -> RuleResult {
        let count = |is: fn(&Verdict) -> bool| findings.iter().filter(|found| is(&found.verdict)).count();
        let unfixed = count(|verdict| *verdict == Verdict::Unfixed);
        let waived = count(|verdict| matches!(verdict, Verdict::Waived { .. }));
        let mild = count(|verdict| *verdict == Verdict::Mild);
        let mut blocking: Vec<&JudgedFinding> =
            findings.iter().filter(|found| found.verdict == Verdict::Blocks).collect();
        blocking.sort_by_key(|found| (std::cmp::Reverse(found.severity), found.finding.id.clone()));
        let from = self.policy.scan().fail_from;
        let rest = format!("{unfixed} without a fix, {waived} waived, {mild} below {from}");
        let Some(worst) = blocking.first() else {
            return RuleResult::pass(
                Rule::ScanSeverity,
                format!("0 of {} findings block ({rest})", findings.len()),
            );
        };
        let finding = &worst.finding;
        let fix =
            finding.fixed_version.as_ref().map(|fixed| format!(", fixed in {fixed}")).unwrap_or_default();
        let worst = format!("{} {} in {}{fix}", worst.severity, finding.id, finding.place());
        let found =
            format!("{} of {} findings block ({rest}); worst: {worst}", blocking.len(), findings.len());
        let next = "update what is affected and build again, or add an entry with owner, reason and expiry to `allowlist`";
        RuleResult::fail(Rule::ScanSeverity, found, next)
    }

    /// Blocking first, then waived; the worst first; then by name, so that the order is that of no report.
    fn sort_findings(&mut self) {
        let rank = |verdict: &Verdict| match verdict {
            Verdict::Blocks => 0,
            Verdict::Waived { .. } => 1,
            Verdict::Unfixed => 2,
            Verdict::Mild => 3,
        };
        self.findings.sort_by(|a, b| {
            let key = |found: &JudgedFinding| (rank(&found.verdict), std::cmp::Reverse(found.severity));
            let name = |found: &JudgedFinding| (found.finding.id.clone(), found.finding.place().to_owned());
            key(a).cmp(&key(b)).then_with(|| name(a).cmp(&name(b))).then_with(|| a.platform.cmp(&b.platform))
        });
    }

    fn scan_command(&self, platform: Option<&str>) -> String {
        // For copying into a shell, and the name may be out of an image configuration, which says what it likes.
        let platform = platform.and_then(|name| name.parse::<Platform>().ok());
        let Some(layout) = self.evidence.image.reference().layout() else {
            let platform = platform.map(|name| format!("--platform {name} ")).unwrap_or_default();
            return format!("trivy image {platform}--format json --output report.json {}", self.pinned());
        };
        let layout = layout.display();
        match platform.filter(|_| self.evidence.image.is_index()) {
            // Of an index in a directory trivy takes the first platform, whatever it is asked for.
            Some(Platform { os, architecture, .. }) => format!(
                "skopeo copy --override-os {os} --override-arch {architecture} oci:{layout} oci:PLATFORM, \
                 then trivy image --format json --output report.json --input PLATFORM"
            ),
            None => format!("trivy image --format json --output report.json --input {layout}"),
        }
    }
}

/// A malicious scanner finds what it likes.
fn tool_fault(tool: &Tool) -> Option<RuleResult> {
    let version = tool.version.as_deref()?;
    let version = version.strip_prefix('v').unwrap_or(version);
    let (_, _, why) =
        MALICIOUS.iter().find(|(name, bad, _)| *name == tool.name.as_str() && *bad == version)?;
    let found = format!("{} {version} is a malicious release ({why})", tool.name);
    Some(RuleResult::fail(
        Rule::ScanTool,
        found,
        "treat the machine that ran it as compromised; scan with another release",
    ))
}

/// A report may not waive itself: what it marks is counted, and said.
fn suppressed(report: &Report) -> Option<RuleResult> {
    let marked: Vec<&Finding> =
        report.findings.iter().filter(|finding| finding.suppressed.is_some()).collect();
    let first = marked.first()?;
    let by = first.suppressed.as_ref().map(|mark| mark.source.as_str()).filter(|source| !source.is_empty());
    let by = by.map(|source| format!(" by {source}")).unwrap_or_default();
    let found = format!("{} findings that the report sets aside are counted: {}{by}", marked.len(), first.id);
    Some(RuleResult::note(Rule::ScanSuppressed, found).next("to accept one, add it to `allowlist`"))
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

/// What the clocks of two machines may differ.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);
