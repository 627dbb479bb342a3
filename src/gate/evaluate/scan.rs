//! Rules for scan reports.

mod alone;
mod attested;
mod checks;
mod verdicts;

use self::checks::Checks;
use self::checks::Listed;
use self::verdicts::Verdicts;
use super::Case;
use crate::gate::Verdict;
use crate::gate::decision::EvidenceKind;
use crate::gate::decision::EvidenceRow;
use crate::gate::decision::JudgedFinding;
use crate::gate::evidence::Cause;
use crate::gate::evidence::Failure;
use crate::gate::evidence::PlacedReport;
use crate::gate::evidence::Scope;
use crate::gate::evidence::Unbound;
use crate::gate::policy::Choice;
use crate::gate::rule::Rule;
use crate::gate::rule::RuleResult;
use crate::oci::Platform;
use crate::package::Purl;
use crate::scan::Report;

pub use alone::ReportsJudgement;
pub use alone::ReportsVerdict;
pub use alone::evaluate_reports;

impl<'a> Case<'a> {
    pub(super) fn scan(&mut self, platforms: &[usize]) {
        let evidence = self.evidence;
        let again = format!("scan again: {}", self.scan_command(None));
        self.rules.extend(evidence.reports.failures.iter().map(|failure| unread(failure, &again)));
        let mut items = self.ordered();
        items.extend(self.attested());
        for item in items.iter().copied() {
            match &item.platform {
                Err(Unbound::NoIdentity)
                    if self.policy.scan().unbound == Choice::Allow && platforms.len() == 1 =>
                {
                    let found = "the report does not say which image it is about; the policy allows it";
                    self.rules.push(RuleResult::note(Rule::ScanBinding, found).at(&item.place));
                    for index in platforms {
                        self.report(*index, item);
                    }
                }
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
        sort_findings(&mut self.findings);
        self.missing_reports(platforms, &items);
    }

    /// The reports in an order that is not that of the command line, each once.
    fn ordered(&self) -> Vec<&'a PlacedReport> {
        let mut reports: Vec<&PlacedReport> = self.evidence.reports.found.iter().collect();
        let key = |item: &PlacedReport| (item.platform.clone().ok(), item.report.digest, item.report.run);
        reports.sort_by_key(|item| (key(item), item.place.clone()));
        reports.dedup_by_key(|item| key(item));
        reports
    }

    fn missing_reports(&mut self, platforms: &[usize], items: &[&PlacedReport]) {
        let reports = &self.evidence.reports;
        let unread = reports.failures.iter().any(|failure| failure.cause == Cause::Unreachable);
        for index in platforms {
            let allowed = self.policy.scan().unbound == Choice::Allow && platforms.len() == 1;
            let bound = items.iter().any(|item| match &item.platform {
                Ok(found) => found == index,
                Err(unbound) => allowed && *unbound == Unbound::NoIdentity,
            });
            let Some(platform) = self.evidence.image.platforms().get(*index) else { continue };
            let name = platform.platform().to_string();
            if bound {
                self.missing_tools(*index, &name, items);
                self.unsigned(*index, &name, items);
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

    /// Where the policy asks for an attested report, a file does not do.
    fn unsigned(&mut self, index: usize, platform: &str, items: &[&PlacedReport]) {
        let is_signed =
            |item: &&PlacedReport| item.attester.is_some() && item.platform.as_ref() == Ok(&index);
        if !self.policy.scan().require_signed || items.iter().any(is_signed) {
            return;
        }
        let failures = &self.evidence.attested.failures;
        let unreachable = failures.iter().find(|failure| failure.cause == Cause::Unreachable);
        let result = if let Some(failure) = unreachable {
            let found = format!("whether a scan is attested is not known: {}", failure.reason);
            RuleResult::unknown(Rule::ScanIdentity, found, "run again when it can be looked at")
                .at(&failure.place)
        } else {
            let found = "no report of this platform is attested by whom the policy names";
            let next = format!("attest it: cosign attest --type vuln --predicate FILE {}", self.pinned());
            RuleResult::fail(Rule::ScanIdentity, found, next)
        };
        self.rules.push(result.on(platform));
    }

    fn missing_tools(&mut self, index: usize, platform: &str, items: &[&PlacedReport]) {
        for tool in &self.policy.scan().tools {
            let by = |item: &&PlacedReport| -> bool {
                item.platform.as_ref() == Ok(&index) && item.report.tool.name.eq_ignore_ascii_case(tool)
            };
            if !items.iter().any(by) {
                let found = format!("no report by {tool} of this platform was given");
                let next = format!("scan it with {tool}, and give its report beside the others");
                self.rules.push(RuleResult::fail(Rule::ScanFound, found, next).on(platform));
            }
        }
    }

    /// Judges a report that is about this platform.
    fn report(&mut self, index: usize, item: &PlacedReport) {
        let Some(platform) = self.evidence.image.platforms().get(index) else { return };
        let (rule, name) = (self.policy.scan(), platform.platform().to_string());
        let again = format!("scan again: {}", self.scan_command(Some(&name)));
        let checks = Checks { rule, now: self.now, again, listed: self.listed(index) };
        let scope = self.scope_of(platform);
        let said = self.said(platform);
        let verdicts = Verdicts { rule, said: said.as_ref(), matcher: self.matcher.as_ref(), scope: &scope };
        let tool = tool_of(&item.report);
        let bound = item.platform.is_ok().then(|| {
            let by = item.attester.as_ref().map(|attester| format!(", attested by {}", attester.signer));
            let by = by.unwrap_or_default();
            RuleResult::pass(
                Rule::ScanBinding,
                format!("{tool} report of image id {}{by}", platform.config()),
            )
        });
        let findings = verdicts.all(&item.report, &name, &item.place);
        let results = bound.into_iter().chain(checks.all(&item.report)).chain([verdicts.sum(&findings)]);
        self.rules.extend(results.map(|result| result.on(&name).at(&item.place)));
        self.findings.extend(findings);
        self.rows.push(EvidenceRow {
            kind: EvidenceKind::Scan,
            detail: Some(tool),
            subject: Some(*platform.config()),
            platform: Some(name),
            signer: item.attester.as_ref().map(|attester| attester.signer.clone()),
            time: item.report.created,
            place: item.place.clone(),
            digest: item.attester.as_ref().map_or(item.report.digest, |attester| attester.candidate),
        });
    }

    /// What the accepted SBOMs say about the platform at this index.
    fn listed(&self, index: usize) -> Listed<'a> {
        let about =
            |scope: &Scope| matches!(scope, Scope::Platform(of) if *of == index) || *scope == Scope::Image;
        let mut listed = Listed::default();
        for (_, document) in self.sboms.iter().filter(|(scope, _)| about(scope)) {
            let purls: Vec<&Purl> =
                document.packages.iter().filter_map(|package| package.purl.as_ref()).collect();
            let managed = |purl: &&&Purl| matches!(purl.kind(), "alpm" | "apk" | "deb" | "rpm");
            listed.os_packages = listed.os_packages.max(purls.iter().filter(managed).count());
            listed.purls.extend(purls);
        }
        listed
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

/// Blocking first, then waived; the worst first; then by name, so that the order is that of no report.
fn sort_findings(findings: &mut [JudgedFinding]) {
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Blocks => 0,
        Verdict::Waived { .. } => 1,
        Verdict::Vex(_) => 2,
        Verdict::Unfixed => 3,
        Verdict::Mild => 4,
    };
    findings.sort_by_cached_key(|found| {
        let finding = &found.finding;
        let name = (finding.id.clone(), finding.place().to_owned(), finding.version.clone());
        let place = (finding.target.clone(), finding.path.clone(), finding.kind, finding.title.clone());
        (rank(&found.verdict), std::cmp::Reverse(found.severity), name, found.platform.clone(), place)
    });
}

/// Name and version.
fn tool_of(report: &Report) -> String {
    let version = report.tool.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    format!("{}{version}", report.tool.name)
}

/// Why a report is none that counts.
fn unread(failure: &Failure, again: &str) -> RuleResult {
    let found = format!("the scan report cannot be used: {}", failure.reason);
    let result = match failure.cause {
        Cause::Refused => RuleResult::fail(Rule::ScanReadable, found, again),
        Cause::Unreachable => {
            RuleResult::unknown(Rule::ScanReadable, found, "check that the file can be read, then run again")
        }
    };
    result.at(&failure.place)
}
