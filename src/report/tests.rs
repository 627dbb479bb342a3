use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io;
use std::path::Path;

use super::*;
use crate::allowlist::Allowlist;
use crate::gate::Decision;
use crate::gate::Evidence;
use crate::gate::Failure;
use crate::gate::Part;
use crate::gate::Policy;
use crate::gate::evaluate;
use crate::gate::fixtures::*;
use crate::verify::Verified;

fn vulnerability(id: &str, package: &str, severity: &str, fixed: &str) -> String {
    format!(
        r#"{{"VulnerabilityID":"{id}","PkgName":"{package}","InstalledVersion":"1.2.3-r0","FixedVersion":"{fixed}",
        "Status":"{}","Severity":"{severity}","Title":"something about {package}","PrimaryURL":"https://avd.example/{id}"}}"#,
        if fixed.is_empty() { "affected" } else { "fixed" }
    )
}

fn results(items: &[String]) -> String {
    format!(
        r#"[{{"Target":"app (alpine 3.22.1)","Class":"os-pkgs","Vulnerabilities":[{}]}}]"#,
        items.join(",")
    )
}

/// An index with two platforms, everything signed, one finding waived, one without a fix.
fn promoted() -> Decision {
    let findings = results(&[
        vulnerability("CVE-2026-0002", "busybox", "MEDIUM", "1.37.0-r1"),
        vulnerability("CVE-2026-0001", "openssl", "HIGH", "3.5.2-r0"),
        vulnerability("CVE-2026-0003", "zlib", "CRITICAL", ""),
    ]);
    let evidence = Evidence::new(index())
        .with_signatures(Part::found(vec![proof("index")]))
        .with_attestations(type_of("slsaprovenance1"), Part::found(vec![proof("index")]))
        .with_sboms(Part::found(vec![sbom("manifest amd64"), sbom("manifest arm64")]))
        .with_report("scan-amd64.json", report("amd64", &findings))
        .with_report("scan-arm64.json", report("arm64", CLEAN));
    evaluate(&sample_policy(), &evidence, now())
}

/// Everything that can be wrong at once.
fn refused() -> Decision {
    let findings = results(&[
        vulnerability("CVE-2026-0002", "busybox", "LOW", "1.37.0-r1"),
        vulnerability("CVE-2026-0004", "openssl", "HIGH", "3.5.2-r0"),
        vulnerability("CVE-2026-0005", "libcrypto3", "CRITICAL", "3.5.2-r0, 3.4.9-r0"),
        vulnerability("GHSA-aaaa-bbbb-cccc", "libexpat", "IMPORTANT", "2.7.4-r0"),
        vulnerability("CVE-2025-9999", "curl", "HIGH", "8.16.0-r0"),
    ]);
    let old = report_text("amd64", &findings).replace("2026-11-23T10:00:00Z", "2026-11-19T08:30:00Z");
    let evidence = Evidence::new(index())
        .with_signatures(Part::found(vec![Verified::for_test((), digest("index"), stranger())]))
        .with_attestations(
            type_of("slsaprovenance1"),
            Part::<Verified<()>>::absent().with_failure(Failure::refused(
                "referrers API sha256:5b1e, layer 0",
                "certificate expired at 2026-01-01T00:10:00Z, signed at 2026-01-01T00:12:00Z",
            )),
        )
        .with_sboms(Part::found(vec![sbom("manifest amd64")]))
        .with_report("scan-amd64.json", read(&old))
        .with_report("scan-other.json", report("s390x", CLEAN))
        .with_report(
            "trivy-results.sarif",
            Err(Failure::refused("trivy-results.sarif", "it is no report of a scanner that is known")),
        );
    evaluate(&sample_policy(), &evidence, now())
}

/// The registry does not answer.
fn undecided() -> Decision {
    let unreachable = Failure::unreachable("referrers API", "registry.example answered 503 three times");
    let evidence = good().with_signatures(Part::<Verified<()>>::absent().with_failure(unreachable));
    decide("", &evidence)
}

/// Text that tries to act on whoever reads it.
fn hostile() -> Decision {
    let id = r"CVE-1 | <img src=x onerror=alert(1)> @octocat #1 `code` **bold** [link](https://evil.example)";
    let package =
        r"\u001b[31m\u009b31mred\u001b]8;;https://evil.example\u0007 \u202egnp.exe\n## heading\r| a | b |";
    let evidence = without_report().with_report(
        "scan\u{1b}[2J.json",
        report("amd64", &results(&[vulnerability(id, package, "CRITICAL", "1</td>")])),
    );
    decide("", &evidence)
}

fn sample_policy() -> Policy {
    let mut policy = Policy::from_slice(include_bytes!("../../testdata/gate/policy.yaml")).unwrap();
    let list = include_bytes!("../../testdata/gate/allowlist.yaml");
    policy.load_allowlist(|_| Allowlist::from_slice(list)).unwrap();
    policy
}

/// Every form of a decision, by the name of its file.
fn render(decision: &Decision) -> BTreeMap<&'static str, String> {
    let judgement = decision.judgement();
    let (name, rules, findings) = (&judgement.image().reference, judgement.rules(), judgement.findings());
    let written = |write: &dyn Fn(&mut Vec<u8>) -> io::Result<()>| {
        let mut bytes = Vec::new();
        write(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    BTreeMap::from([
        ("decision.txt", written(&|out| text(decision, out))),
        ("decision.json", written(&|out| json(decision, out))),
        ("decision.md", written(&|out| markdown(decision, out))),
        ("decision.html", written(&|out| html(decision, out))),
        ("record.json", written(&|out| record(decision, out))),
        ("vsa.json", written(&|out| vsa(decision, out))),
        ("decision.sarif", written(&|out| sarif(name, rules, findings, out))),
        ("junit.xml", written(&|out| junit(name, rules, findings, out))),
        ("code-quality.json", written(&|out| code_quality(name, rules, findings, out))),
        ("github.log", written(&|out| annotations(CiSystem::GitHub, rules, findings, out))),
        ("azure.log", written(&|out| annotations(CiSystem::Azure, rules, findings, out))),
    ])
}

/// `PORTCULLIS_BLESS=1 cargo test --lib report` writes the files instead; read them before you commit them.
#[test]
#[expect(clippy::disallowed_methods, reason = "a switch for whoever changes a renderer")]
fn the_committed_outputs_are_these() {
    let bless = env::var_os("PORTCULLIS_BLESS").is_some();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/gate");
    for (case, decision) in
        [("promote", promoted()), ("refuse", refused()), ("undecided", undecided()), ("hostile", hostile())]
    {
        for (file, output) in render(&decision) {
            let path = root.join(case).join(file);
            if bless {
                fs::create_dir_all(root.join(case)).unwrap();
                fs::write(&path, &output).unwrap();
            }
            assert_eq!(fs::read_to_string(&path).unwrap(), output, "{}", path.display());
        }
    }
}

#[test]
fn no_output_acts_on_its_reader() {
    let outputs = render(&hostile());
    for (name, output) in &outputs {
        // Canonical JSON may not escape what need not be; it goes to files, and no renderer reads it back.
        if matches!(*name, "record.json" | "vsa.json") {
            continue;
        }
        let acting = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!output.contains(acting), "{output}");
    }
    let document: serde_json::Value = serde_json::from_str(&outputs["decision.json"]).unwrap();
    let markdown = &outputs["decision.md"];
    let package = document["blocking"][0]["package"].as_str().unwrap();
    assert!(
        package.starts_with("\u{1b}[31m\u{9b}31mred") && package.contains("\u{202e}gnp.exe"),
        "nothing is lost"
    );
    // Each line of a table has as many cells as its head, and none holds markup.
    assert!(
        !markdown.contains("<img")
            && markdown.contains("&#64;&#8203;octocat &#35;&#8203;1")
            && !markdown.contains("](http")
    );
    assert!(
        !markdown.contains("https://") && !markdown.contains("**bold") && !markdown.contains("\n## heading")
    );
    for table in markdown.split("\n\n|").skip(1) {
        let table = format!("|{table}");
        let rows: Vec<usize> = table
            .lines()
            .filter(|line| line.starts_with('|'))
            .map(|line| line.matches('|').count())
            .collect();
        assert!(rows.iter().all(|cells| *cells == rows[0]), "{table}");
    }
}

#[test]
fn the_document_holds_what_was_decided() {
    for (decision, word) in [(promoted(), "promote"), (refused(), "refuse"), (undecided(), "undecided")] {
        let document: serde_json::Value = serde_json::from_str(&render(&decision)["decision.json"]).unwrap();
        assert_eq!(document["schemaVersion"], 2);
        assert_eq!(document["decision"], word);
        assert_eq!(document["rules"].as_array().unwrap().len(), decision.judgement().rules().len());
        assert_eq!(document["blocking"].as_array().unwrap().len(), decision.judgement().blocking().count());
        assert_eq!(document["policy"], decision.judgement().policy().to_string());
        let counts = document["findings"].as_object().unwrap();
        let sum: u64 = counts.values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(usize::try_from(sum).unwrap(), decision.judgement().findings().len());
    }
}

#[test]
fn markdown_keeps_its_size_and_counts_the_rest() {
    for (count, name) in [(3_000, "p".to_owned()), (60, "<".repeat(3_000)), (3_000, "é".repeat(200))] {
        let items: Vec<String> =
            (0..count).map(|n| vulnerability(&format!("CVE-2026-{n:05}"), &name, "HIGH", "1")).collect();
        let evidence = without_report().with_report("r", report("amd64", &results(&items)));
        let outputs = render(&decide("", &evidence));
        let (json, markdown) = (&outputs["decision.json"], &outputs["decision.md"]);
        assert!(markdown.len() <= MARKDOWN_BYTES, "{}", markdown.len());
        let rows = markdown.lines().filter(|line| line.starts_with("| HIGH")).count();
        let more = markdown.lines().find(|line| line.contains("more did not fit"));
        let more = more.map_or(0, |line| line.split(' ').next().unwrap().parse::<usize>().unwrap());
        assert_eq!(rows + more, count, "{name:.20}");
        assert!(
            markdown.contains("<summary>Evidence (3)") || markdown.contains("Evidence: 3 rows did not fit")
        );
        assert_eq!(markdown.matches("<details>").count(), markdown.matches("</details>").count());
        let document: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(document["blocking"].as_array().unwrap().len(), count);
    }
}

#[test]
fn the_page_fetches_and_runs_nothing() {
    for decision in [promoted(), refused(), undecided(), hostile()] {
        let page = &render(&decision)["decision.html"];
        assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'"));
        for word in ["<script", "<img", "<link", "<iframe", "url(", "@import", "javascript:"] {
            assert!(!page.contains(word), "{word}");
        }
        // Links lead out only by HTTPS.
        assert_eq!(page.matches("href=\"").count(), page.matches("href=\"https://").count());
        let opened = page.matches("<table>").count();
        assert_eq!(opened, page.matches("</table>").count());
    }
}

#[test]
fn junit_is_well_formed_and_counts_right() {
    for decision in [promoted(), refused(), undecided(), hostile()] {
        let text = &render(&decision)["junit.xml"];
        let document = roxmltree::Document::parse(text).unwrap();
        let count = |name: &str| document.descendants().filter(|node| node.has_tag_name(name)).count();
        let said = |name: &str| document.root_element().attribute(name).unwrap().parse::<usize>().unwrap();
        assert_eq!(said("tests"), count("testcase"));
        assert_eq!(said("failures"), count("failure"));
        assert_eq!(said("errors"), count("error"));
        assert_eq!(said("skipped"), count("skipped"));
        let refuses = matches!(decision, Decision::Refuse(_));
        assert_eq!(refuses, said("failures") > 0);
    }
}

#[test]
fn sarif_and_annotations_keep_the_limits_of_github_and_count_the_rest() {
    let items: Vec<String> =
        (0..6_000).map(|n| vulnerability(&format!("CVE-2026-{n:05}"), "p", "HIGH", "1")).collect();
    let evidence = without_report().with_report("r", report("amd64", &results(&items)));
    let outputs = render(&decide("", &evidence));
    let log: serde_json::Value = serde_json::from_str(&outputs["decision.sarif"]).unwrap();
    let run = &log["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), SARIF_RESULTS);
    let said = run["invocations"][0].to_string();
    // One result is the rule that does not hold.
    assert!(said.contains("1001"), "{said}");
    let errors = outputs["github.log"].lines().filter(|line| line.starts_with("::error "));
    let lines: Vec<&str> = errors.collect();
    assert_eq!(lines.len(), 10);
    assert!(lines[0].starts_with("::error title=scan.severity::"), "{}", lines[0]);
    assert!(lines[9].contains("5992 more"), "{}", lines[9]);
}

#[test]
fn the_record_has_every_finding_and_is_the_same_in_any_order() {
    let one = results(&[
        vulnerability("CVE-2026-0001", "openssl", "HIGH", "1"),
        vulnerability("CVE-2026-0002", "musl", "LOW", ""),
    ]);
    let two = results(&[vulnerability("CVE-2026-0003", "zlib", "CRITICAL", "2")]);
    let first = ("a.json", report("amd64", &one));
    let second = ("b.json", report("amd64", &two));
    let decide = |reports: &[&(&str, _)]| {
        let evidence = reports.iter().fold(without_report(), |evidence, (place, report)| {
            let report: &Result<crate::scan::Report, Failure> = report;
            evidence.with_report(place, report.clone())
        });
        render(&decide("", &evidence)).remove("record.json").unwrap()
    };
    let record = decide(&[&first, &second]);
    assert_eq!(record, decide(&[&second, &first]));
    assert_eq!(record, decide(&[&first, &second, &first]));
    assert_eq!(record.lines().count(), 1);
    let document: serde_json::Value = serde_json::from_str(&record).unwrap();
    let judged = document["judged"].as_array().unwrap();
    assert_eq!(judged.len(), 3);
    assert!(judged.iter().all(|finding| !finding["why"].as_str().unwrap().is_empty()));
    // RFC 8785: sorted keys, no space. What `serde_json` makes of the parsed text is so.
    assert_eq!(format!("{document}\n"), record);
}

#[test]
fn the_summary_names_what_was_judged() {
    let statement: serde_json::Value = serde_json::from_str(&render(&promoted())["vsa.json"]).unwrap();
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["predicateType"], VSA);
    let predicate = &statement["predicate"];
    assert_eq!(predicate["verificationResult"], "PASSED");
    let policy = promoted().judgement().policy().hex();
    assert_eq!(predicate["policy"]["digest"]["sha256"], policy);
    let digests: Vec<&str> = statement["subject"]
        .as_array()
        .unwrap()
        .iter()
        .map(|subject| subject["digest"]["sha256"].as_str().unwrap())
        .collect();
    assert!(digests.contains(&digest("index").hex().as_str()));
    for decision in [refused(), undecided()] {
        let statement: serde_json::Value = serde_json::from_str(&render(&decision)["vsa.json"]).unwrap();
        assert_eq!(statement["predicate"]["verificationResult"], "FAILED");
    }
}
