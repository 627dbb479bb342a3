//! What is said of the allowlist's entries once the findings are judged.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::allowlist;
use crate::allowlist::Allowlist;
use crate::allowlist::Class;
use crate::allowlist::Entry;
use crate::allowlist::Judged;
use crate::allowlist::Level;
use crate::allowlist::Rules;
use crate::allowlist::Scope;
use crate::gate::decision::JudgedFinding;
use crate::gate::decision::Verdict;
use crate::gate::rule::Rule;
use crate::gate::rule::RuleResult;

/// Each entry that accepts findings, with how many; then what is wrong with entries, and how bad that is by the policy.
///
/// An entry is stale only where every report was read: without that it is not known what it would have met. Stale
/// entries share one line: a list that serves many images has hundreds.
pub(super) fn notes(
    list: &Allowlist,
    rules: &Rules,
    findings: &[JudgedFinding],
    scope_of: impl Fn(&str) -> Scope,
    is_complete: bool,
    now: Timestamp,
) -> Vec<RuleResult> {
    let mut results = waived(findings);
    let mut platforms: BTreeMap<&str, Vec<&JudgedFinding>> = BTreeMap::new();
    for found in findings {
        platforms.entry(&found.platform).or_default().push(found);
    }
    let mut judged: Vec<Judged<'_>> = platforms
        .iter()
        .map(|(platform, found)| Judged {
            scope: scope_of(platform),
            findings: found.iter().map(|found| (&found.finding, found.severity)).collect(),
        })
        .collect();
    if judged.is_empty() {
        judged.push(Judged { scope: scope_of(""), findings: Vec::new() });
    }
    let mut stale = Vec::new();
    for note in allowlist::review(list, &judged, rules, now) {
        if note.class == Class::Stale && note.level < Level::Error {
            stale.push(note.entry);
            continue;
        }
        if note.class == Class::Stale && !is_complete {
            continue;
        }
        results.push(result(rule_of(note.class), note.level, &text(note.entry), &note.message));
    }
    if is_complete {
        results.extend(unused(&stale));
    }
    results
}

fn waived(findings: &[JudgedFinding]) -> Vec<RuleResult> {
    let mut counts: BTreeMap<u64, (&Entry, i32, usize)> = BTreeMap::new();
    for found in findings {
        if let Verdict::Waived { waiver, days_left } = &found.verdict {
            counts.entry(waiver.line).or_insert((waiver, *days_left, 0)).2 += 1;
        }
    }
    let line = |(entry, days, count): &(&Entry, i32, usize)| {
        let found = format!("{} waives {count}, {}: {}", text(entry), days_left(*days), entry.reason);
        RuleResult::note(Rule::AllowlistWaived, found)
    };
    counts.values().map(line).collect()
}

fn unused(stale: &[&Entry]) -> Option<RuleResult> {
    let named: Vec<String> = stale.iter().take(NAMED).map(|entry| text(entry)).collect();
    let rest = stale.len().checked_sub(NAMED).filter(|rest| *rest > 0);
    let rest = rest.map(|rest| format!(", and {rest} more")).unwrap_or_default();
    let found = match stale {
        [] => return None,
        [_] => format!("{} names nothing that was found", named.join(", ")),
        _ => format!("{} entries name nothing that was found: {}{rest}", stale.len(), named.join(", ")),
    };
    Some(RuleResult::note(Rule::AllowlistStale, found).next("delete what no image needs any more"))
}

fn result(rule: Rule, level: Level, entry: &str, message: &str) -> RuleResult {
    let found = format!("{entry}: {message}");
    match level {
        Level::Error => RuleResult::fail(rule, found, "mend the entry, or delete it"),
        Level::Warning => RuleResult::note(rule, found).next("mend the entry, or delete it"),
        Level::Note => RuleResult::note(rule, found),
    }
}

const fn rule_of(class: Class) -> Rule {
    match class {
        Class::Duplicate => Rule::AllowlistDuplicate,
        Class::Expired => Rule::AllowlistExpired,
        Class::Expiring => Rule::AllowlistExpiring,
        Class::FixAvailable => Rule::AllowlistFixAvailable,
        Class::Future => Rule::AllowlistFuture,
        Class::OverBroad => Rule::AllowlistOverBroad,
        Class::SeverityRaised => Rule::AllowlistSeverityRaised,
        Class::Stale => Rule::AllowlistStale,
        Class::TooLong => Rule::AllowlistTooLong,
    }
}

/// Identifier, place in the file and owner.
pub(super) fn text(entry: &Entry) -> String {
    format!("{} (line {}, owner {})", entry.id, entry.line, entry.owner)
}

fn days_left(days: i32) -> String {
    match days {
        0 => "last day today".to_owned(),
        1 => "1 day left".to_owned(),
        days => format!("{days} days left"),
    }
}

/// Stale entries that are named.
const NAMED: usize = 3;
