//! Reports that were attested: by whom, and which of them count.

use jiff::Timestamp;

use crate::gate::evaluate::Case;
use crate::gate::evidence::Attester;
use crate::gate::evidence::Failure;
use crate::gate::evidence::PlacedReport;
use crate::gate::rule::Rule;
use crate::gate::rule::RuleResult;

impl<'a> Case<'a> {
    /// The attested reports that count.
    ///
    /// 1. Those by whom the policy names. Anybody can attach another one, so those by others are said and not counted.
    /// 2. Of several by one signer with one tool about one platform, the newest: a scan of today clears what one of
    ///    last month found, and no older one hides what the newest found.
    /// 3. One that cannot be read may be the newest. It refuses, unless its signer made a newer one.
    pub(super) fn attested(&mut self) -> Vec<&'a PlacedReport> {
        let attested = &self.evidence.attested;
        let trusted =
            |attester: &Attester| self.policy.scan().signers.iter().any(|by| by.admits(&attester.signer));
        let (mut results, mut candidates) = (Vec::new(), Vec::new());
        // 1.
        for item in &attested.found {
            match &item.attester {
                Some(attester) if trusted(attester) => candidates.push(item),
                Some(attester) => results.push(stranger(attester).at(&item.place)),
                None => {}
            }
        }
        // 2.
        let newer = |item: &PlacedReport| candidates.iter().copied().find(|other| replaces(other, item));
        let (old, newest): (Vec<_>, Vec<_>) =
            candidates.iter().copied().partition(|item| newer(item).is_some());
        for item in old {
            let platform = item.platform.as_ref().ok().and_then(|index| self.platform_at(*index));
            let found = format!(
                "the {} report made {} is not counted: its signer made another one {}",
                item.report.tool.name,
                text(time(item)),
                text(newer(item).and_then(time))
            );
            let result = RuleResult::note(Rule::ScanSuperseded, found).at(&item.place);
            results.push(RuleResult { platform, ..result });
        }
        // 3.
        for (attester, failure) in &attested.unread {
            let after = |item: &&PlacedReport| time(item) > attester.time && attester.time.is_some();
            let by_same = |item: &&PlacedReport| {
                item.attester.as_ref().is_some_and(|other| other.signer == attester.signer)
            };
            results.push(if !trusted(attester) {
                stranger(attester).at(&failure.place)
            } else if newest.iter().copied().any(|item| by_same(&item) && after(&item)) {
                let found =
                    format!("a scan that cannot be read was followed by a newer one: {}", failure.reason);
                RuleResult::note(Rule::ScanSuperseded, found).at(&failure.place)
            } else {
                unreadable(failure)
            });
        }
        for failure in &attested.failures {
            let found = format!("an attested scan was not counted: {}", failure.reason);
            results.push(RuleResult::note(Rule::ScanIdentity, found).at(&failure.place));
        }
        // A log of several runs is said once.
        results.dedup();
        self.rules.extend(results);
        newest
    }

    fn platform_at(&self, index: usize) -> Option<String> {
        self.evidence.image.platforms().get(index).map(|found| found.platform().to_string())
    }
}

/// Whether `newer` counts instead of `item`. What names no platform is replaced by a newer one that does.
fn replaces(newer: &PlacedReport, item: &PlacedReport) -> bool {
    let signer = |item: &PlacedReport| item.attester.as_ref().map(|attester| attester.signer.clone());
    let about_same = match (&newer.platform, &item.platform) {
        (Ok(newer), Ok(item)) => newer == item,
        (_, Err(_)) => true,
        (Err(_), Ok(_)) => false,
    };
    about_same
        && time(newer) > time(item)
        && newer.report.tool.name.eq_ignore_ascii_case(&item.report.tool.name)
        && signer(newer) == signer(item)
}

/// When it was made, as far as that is known.
fn time(item: &PlacedReport) -> Option<Timestamp> {
    item.report.created.or_else(|| item.attester.as_ref()?.time)
}

fn text(time: Option<Timestamp>) -> String {
    time.map_or_else(|| "at a time that it does not say".to_owned(), |time| time.to_string())
}

fn stranger(attester: &Attester) -> RuleResult {
    let found = format!("a scan is attested by {}, whom the policy does not name", attester.signer);
    RuleResult::note(Rule::ScanIdentity, found)
}

fn unreadable(failure: &Failure) -> RuleResult {
    let found = format!("the attested scan cannot be used: {}", failure.reason);
    RuleResult::fail(Rule::ScanReadable, found, "scan again, and attest the new report").at(&failure.place)
}
