use std::env;
use std::fs;
use std::path::Path;

use super::*;
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
            Err(Failure::refused(
                "trivy-results.sarif",
                "SARIF log; give the report that `trivy image --format json` writes (schema 2)",
            )),
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
    Policy::from_slice(include_bytes!("../../testdata/gate/policy.yaml")).unwrap()
}

fn render(decision: &Decision) -> [(&'static str, String); 3] {
    let mut outputs = [Vec::new(), Vec::new(), Vec::new()];
    text(decision, &mut outputs[0]).unwrap();
    json(decision, &mut outputs[1]).unwrap();
    markdown(decision, &mut outputs[2]).unwrap();
    let [text, json, markdown] = outputs.map(|bytes| String::from_utf8(bytes).unwrap());
    [("decision.txt", text), ("decision.json", json), ("decision.md", markdown)]
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
    let [(_, text), (_, json), (_, markdown)] = render(&hostile());
    for output in [&text, &json, &markdown] {
        let acting = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!output.contains(acting), "{output}");
    }
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
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
        let [_, (_, json), _] = render(&decision);
        let document: serde_json::Value = serde_json::from_str(&json).unwrap();
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
        let [_, (_, json), (_, markdown)] = render(&decide("", &evidence));
        assert!(markdown.len() <= MARKDOWN_BYTES, "{}", markdown.len());
        let rows = markdown.lines().filter(|line| line.starts_with("| HIGH")).count();
        let more = markdown.lines().find(|line| line.contains("more did not fit"));
        let more = more.map_or(0, |line| line.split(' ').next().unwrap().parse::<usize>().unwrap());
        assert_eq!(rows + more, count, "{name:.20}");
        assert!(
            markdown.contains("<summary>Evidence (3)") || markdown.contains("Evidence: 3 rows did not fit")
        );
        assert_eq!(markdown.matches("<details>").count(), markdown.matches("</details>").count());
        let document: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(document["blocking"].as_array().unwrap().len(), count);
    }
}
