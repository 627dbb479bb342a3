//! What it costs to hold findings against an allowlist of 2,000 entries.
//!
//! The bar is 10,000 findings in 50 ms, and a cost that grows with the findings alone.

use std::fmt::Write;
use std::hint::black_box;

use criterion::BenchmarkId;
use criterion::Criterion;
use criterion::Throughput;
use jiff::Timestamp;
use portcullis::allowlist::Allowlist;
use portcullis::allowlist::Matcher;
use portcullis::allowlist::Query;
use portcullis::allowlist::Rules;
use portcullis::allowlist::Scope;
use portcullis::package::Purl;
use portcullis::scan::Finding;
use portcullis::scan::FindingKind;
use portcullis::scan::Fix;
use portcullis::scan::Severity;

const ENTRIES: usize = 2_000;
const FINDINGS: usize = 10_000;

/// Half of the entries are for one identifier, each in another package: one kernel, many packages of it.
fn list() -> String {
    let mut text = String::from("version: 1\nentries:\n");
    for n in 0..ENTRIES {
        let id = if n % 2 == 0 { 0 } else { n };
        write!(
            text,
            "  - id: CVE-2026-{id}\n    aliases: [GHSA-{n}]\n    package: pkg:deb/debian/component-{n}\n    versions: \">=1.0, <2.0\"\n    image: registry.example.com/team/*\n    owner: team@example.com\n    ticket: SEC-{n}\n    reason: not reachable\n    created: 2026-11-01\n    expires: 2026-12-31\n    severity: HIGH\n    fixed-version: none\n"
        )
        .expect("a string takes everything");
    }
    text
}

fn findings(count: usize) -> Vec<Finding> {
    let finding = |n: usize| {
        let component = n % (2 * ENTRIES);
        let id = if component.is_multiple_of(2) { 0 } else { component };
        Finding {
            kind: FindingKind::Vulnerability,
            id: format!("CVE-2026-{id}"),
            aliases: vec![format!("GHSA-x-{n}")],
            target: "app (debian 12)".to_owned(),
            package: Some(format!("component-{component}")),
            version: Some("1.5-1".to_owned()),
            purl: Purl::parse(&format!("pkg:deb/debian/component-{component}@1.5-1?arch=amd64")).ok(),
            path: None,
            title: None,
            url: None,
            severity: Severity::High,
            severity_word: None,
            severities: portcullis::scan::Severities::default(),
            fix: Fix::Absent,
            fixed_version: None,
            suppressed: None,
        }
    };
    (0..count).map(finding).collect()
}

fn main() {
    let text = list();
    let list = Allowlist::from_slice(text.as_bytes()).expect("an allowlist");
    let rules = Rules::common();
    let now: Timestamp = "2026-11-24T12:00:00Z".parse().expect("a time");
    let scope = Scope { repository: Some("registry.example.com/team/app".to_owned()), ..Scope::default() };
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("allowlist");
    group.sample_size(10);
    group.bench_function("read 2000 entries", |bencher| {
        bencher.iter(|| {
            Allowlist::from_slice(black_box(text.as_bytes())).expect("an allowlist").entries().len()
        });
    });
    for factor in [1, 10, 100] {
        let findings = findings(FINDINGS * factor);
        group.throughput(Throughput::Elements(findings.len().try_into().expect("a size")));
        group.bench_with_input(BenchmarkId::new("match", findings.len()), &findings, |bencher, findings| {
            bencher.iter(|| {
                let matcher = Matcher::new(&list, &rules, now);
                let met = findings
                    .iter()
                    .filter(|finding| {
                        matcher.find(&Query { finding, severity: finding.severity, scope: &scope }).is_some()
                    })
                    .count();
                assert_eq!(met * 2, findings.len() + FINDINGS * factor % (2 * ENTRIES));
                met
            });
        });
    }
    group.finish();
    criterion.final_summary();
}
