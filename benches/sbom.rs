//! What it costs to read a large SPDX document: 9,121 packages, 48,874 files, 61,495 relationships, on one line.
//!
//! The numbers are those of the largest document seen; the bar is a view in 0.1 s.

use std::fmt::Write;
use std::hint::black_box;

use criterion::Criterion;
use criterion::Throughput;
use portcullis::digest::Digest;
use portcullis::json;
use portcullis::spdx::Files;
use portcullis::spdx::Model;
use portcullis::spdx::Text;

const PACKAGES: usize = 9_121;
const FILES: usize = 48_874;
const RELATIONSHIPS: usize = 61_495;

fn document() -> String {
    let mut text = String::from(
        r#"{"spdxVersion":"SPDX-2.3","dataLicense":"CC0-1.0","SPDXID":"SPDXRef-DOCUMENT","name":"large","documentNamespace":"https://example.com/large","creationInfo":{"licenseListVersion":"3.25","creators":["Organization: Example","Tool: example-1.0"],"created":"2026-11-23T11:26:07Z"},"packages":["#,
    );
    list(&mut text, PACKAGES, |text, n| {
        let (major, minor) = (n % 17, n % 31);
        write!(
            text,
            r#"{{"name":"component-{n}","SPDXID":"SPDXRef-Package-npm-component-{n}","versionInfo":"{major}.{minor}.0","supplier":"NOASSERTION","downloadLocation":"https://registry.example.com/component-{n}/-/component-{n}.tgz","filesAnalyzed":false,"sourceInfo":"acquired package info from installed node module manifest file: /app/node_modules/component-{n}/package.json","licenseConcluded":"NOASSERTION","licenseDeclared":"MIT","copyrightText":"NOASSERTION","externalRefs":[{{"referenceCategory":"SECURITY","referenceType":"cpe23Type","referenceLocator":"cpe:2.3:a:component-{n}:component-{n}:{major}.{minor}.0:*:*:*:*:*:*:*"}},{{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:npm/component-{n}@{major}.{minor}.0"}}]}}"#
        )
    });
    text.push_str(r#"],"files":["#);
    list(&mut text, FILES, |text, n| {
        let digest = Digest::sha256(&n.to_le_bytes()).hex();
        let (sha1, notice) = (&digest[..40], "This file comes with no warranty. ".repeat(8));
        write!(
            text,
            r#"{{"fileName":"usr/share/component/lib/directory/file-number-{n}.js","SPDXID":"SPDXRef-File-{n}","fileTypes":["TEXT"],"checksums":[{{"algorithm":"SHA1","checksumValue":"{sha1}"}},{{"algorithm":"SHA256","checksumValue":"{digest}"}}],"licenseConcluded":"NOASSERTION","licenseInfoInFiles":["NOASSERTION"],"copyrightText":"NOASSERTION","noticeText":"{notice}","comment":"layerID: sha256:{digest}"}}"#
        )
    });
    text.push_str(r#"],"relationships":["#);
    list(&mut text, RELATIONSHIPS, |text, n| match n {
        0 => write!(
            text,
            r#"{{"spdxElementId":"SPDXRef-DOCUMENT","relatedSpdxElement":"SPDXRef-Package-npm-component-0","relationshipType":"DESCRIBES"}}"#
        ),
        n if n < FILES => write!(
            text,
            r#"{{"spdxElementId":"SPDXRef-Package-npm-component-{}","relatedSpdxElement":"SPDXRef-File-{n}","relationshipType":"CONTAINS"}}"#,
            n % PACKAGES
        ),
        n => write!(
            text,
            r#"{{"spdxElementId":"SPDXRef-Package-npm-component-{}","relatedSpdxElement":"SPDXRef-Package-npm-component-{}","relationshipType":"DEPENDENCY_OF"}}"#,
            n % PACKAGES,
            n * 7 % PACKAGES
        ),
    });
    text.push_str("]}");
    text
}

fn list(text: &mut String, count: usize, item: impl Fn(&mut String, usize) -> std::fmt::Result) {
    for n in 0..count {
        if n > 0 {
            text.push(',');
        }
        item(text, n).expect("a string takes everything");
    }
}

fn main() {
    let document = document();
    let bytes = document.as_bytes();
    let view = |files| {
        let text = Text::decode(black_box(bytes)).expect("text");
        let view = text.view(files).expect("a document");
        assert_eq!(view.counts.relationships, RELATIONSHIPS);
        view.packages.len()
    };
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("sbom");
    group.sample_size(20).throughput(Throughput::Bytes(bytes.len().try_into().expect("a size")));
    group.bench_function("view", |bencher| bencher.iter(|| view(Files::Count)));
    group.bench_function("view with files", |bencher| bencher.iter(|| view(Files::Keep)));
    group.bench_function("doubled keys alone", |bencher| {
        bencher.iter(|| json::check(black_box(bytes)).expect("JSON"));
    });
    group.bench_function("whole model", |bencher| {
        bencher.iter(|| Model::read(black_box(&document)).expect("a document").root.items().len());
    });
    group.finish();
    criterion.final_summary();
}
