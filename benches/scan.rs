//! What it costs to read a scan report: a usual one of 32 KB, and 114 MB with 40,053 findings.
//!
//! The bars are 1 ms and 0.3 s. What `serde_json` takes to skip the same bytes is the measure of the machine.

use std::fmt::Write;
use std::hint::black_box;

use criterion::Criterion;
use criterion::Throughput;
use portcullis::scan;
use serde::de::IgnoredAny;

const LARGE: usize = 40_053;
const USUAL: usize = 11;

/// A report of Trivy with findings as large as those of an image with a kernel's headers, 1000 for each target.
fn report(findings: usize) -> String {
    let digest = "sha256:4f1e0bb5ec1c4bc4b4a1b5b6d3ea7d0fbd6a2ac0b1f5d7bd3d1f0c1ef5a3d2b1";
    let mut text = format!(
        r#"{{"SchemaVersion":2,"Trivy":{{"Version":"0.74.0"}},"CreatedAt":"2026-11-23T10:00:00.123456789Z","ArtifactName":"registry.example.com/app:1.0","ArtifactType":"container_image","Metadata":{{"OS":{{"Family":"debian","Name":"12.5"}},"ImageID":"{digest}","DiffIDs":["{digest}"],"ImageConfig":{{"architecture":"amd64","os":"linux"}}}},"Results":["#
    );
    for n in 0..findings {
        match n % 1000 {
            0 if n > 0 => text.push_str("]},"),
            0 => {}
            _ => text.push(','),
        }
        if n % 1000 == 0 {
            write!(text, r#"{{"Target":"app-{n} (debian 12.5)","Class":"os-pkgs","Vulnerabilities":["#)
                .expect("a string");
        }
        finding(&mut text, n, digest);
    }
    text.push_str("]}]}");
    text
}

fn finding(text: &mut String, n: usize, digest: &str) {
    let (name, version) = (n % 977, format!("{}.{}.0-1+deb12u{}", n % 17, n % 31, n % 7));
    let (low, high) = (n % 3 + 1, n % 4 + 1);
    let severity = ["LOW", "MEDIUM", "HIGH", "CRITICAL"][n % 4];
    let description = r#"In the Linux kernel, the following vulnerability has been resolved:\n\nnet: fix a global \"out of bounds\" read\n\nThe variable assigns a bigger maxtype, which leads to a read out of bounds when attributes are parsed.\n"#.repeat(5);
    let reference = format!("https://git.example.com/stable/c/{n:040x}");
    write!(
        text,
        r#"{{"VulnerabilityID":"CVE-2024-{n}","PkgID":"component-{name}@{version}","PkgName":"component-{name}","PkgIdentifier":{{"PURL":"pkg:deb/debian/component-{name}@{version}?arch=amd64&distro=debian-12.5","UID":"{n:016x}"}},"InstalledVersion":"{version}","FixedVersion":"{version}.1","Status":"fixed","Layer":{{"Digest":"{digest}","DiffID":"{digest}"}},"SeveritySource":"nvd","PrimaryURL":"https://avd.aquasec.com/nvd/cve-2024-{n}","DataSource":{{"ID":"debian","Name":"Debian Security Tracker","URL":"https://salsa.debian.org/security-tracker-team/security-tracker"}},"Title":"kernel: out-of-bounds read in component {name}","Description":"{description}","Severity":"{severity}","CweIDs":["CWE-125"],"VendorSeverity":{{"ghsa":{high},"nvd":{high},"redhat":{low},"ubuntu":2}},"CVSS":{{"nvd":{{"V2Vector":"AV:N/AC:M/Au:N/C:P/I:P/A:N","V3Vector":"CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H","V2Score":5.8,"V3Score":7.5}},"redhat":{{"V3Vector":"CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H","V3Score":5.9}}}},"References":["{reference}","{reference}1","{reference}2","{reference}3"],"PublishedDate":"2024-02-23T15:15:09.567Z","LastModifiedDate":"2024-04-17T19:25:43.337Z"}}"#
    )
    .expect("a string takes everything");
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for (name, findings, samples) in [("usual", USUAL, 100), ("large", LARGE, 10)] {
        let text = report(findings);
        let bytes = text.as_bytes();
        let mut group = criterion.benchmark_group(format!("scan, {name}"));
        group.sample_size(samples).throughput(Throughput::Bytes(bytes.len().try_into().expect("a size")));
        group.bench_function("read", |bencher| {
            bencher.iter(|| {
                let reports = scan::read(black_box(bytes)).expect("a report");
                assert_eq!(reports[0].findings.len(), findings);
                reports
            });
        });
        group.bench_function("skipped by serde_json", |bencher| {
            bencher.iter(|| serde_json::from_slice::<IgnoredAny>(black_box(bytes)).expect("JSON"));
        });
        group.finish();
    }
    criterion.final_summary();
}
