//! SPDX documents under every predicate type and in every wrapping that is in use.

use super::*;

/// What syft wrote about the image of the demonstration.
fn real_document() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/interop/demo/sbom.spdx.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

const TAG_VALUE: &str = "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\n\
    DocumentName: demo\nDocumentNamespace: https://example.com/demo\nCreator: Tool: hand\n\
    Created: 2026-11-23T12:00:00Z\n\nPackageName: musl\nSPDXID: SPDXRef-musl\nPackageVersion: 1.2.5-r0\n\
    PackageDownloadLocation: NOASSERTION\n";

const SPELLINGS: [&str; 6] = [
    "https://spdx.dev/Document",
    "https://spdx.dev/Document/v2.2",
    "https://spdx.dev/Document/v2.3",
    "https://spdx.dev/Document/v3",
    "https://spdx.dev/Document/v3.0.1",
    "https://spdx.dev/Document/v3.1",
];

const POLICY: &str = "version: 1\nsignature:\n  identities:\n    - identity: IDENTITY\n      issuer: ISSUER\nscan:\n  required: false\n";

/// `verify` and the gate take each of them, by either name.
#[test]
fn every_spelling_and_every_wrapping() {
    let document = real_document();
    let text = document.to_string();
    let shapes = [
        ("object", document.clone()),
        ("JSON in a string", json!(text)),
        ("tag-value in a string", json!(TAG_VALUE)),
        ("wrapped", json!({ "Data": document, "Timestamp": "2026-11-23T12:00:00Z" })),
        ("wrapped string", json!({ "Data": text, "Timestamp": "" })),
    ];
    let (authority, image) = (Authority::default(), Image::new("demo", "amd64"));
    let bundle = |predicate_type: &str, predicate: &Value| {
        let statement = image::statement(&image.digest(), predicate_type, predicate);
        authority.sign(&authority.keyless(Content::statement(&statement))).bundle()
    };
    let signature = bundle("https://sigstore.dev/cosign/sign/v1", &json!({}));
    for (position, spelling) in SPELLINGS.iter().enumerate() {
        // Each spelling with one wrapping, and the first with all of them.
        let all = shapes.len() * usize::from(position == 0);
        for (name, predicate) in shapes.iter().cycle().skip(position).take(all.max(1)) {
            let layout = Layout::image(&image)
                .bundle(&image.digest(), &signature)
                .bundle(&image.digest(), &bundle(spelling, predicate));
            let written = Written::new(&authority, layout);
            for asked in ["spdx", "spdxjson", spelling] {
                let (code, document) = written.verify(&["--type", asked]);
                assert_eq!(code, 0, "{spelling}, {name}: {document}");
            }
            let policy = POLICY.replace("IDENTITY", IDENTITY).replace("ISSUER", ISSUER);
            fs::write(written.file("portcullis.yaml"), policy).unwrap();
            let policy = written.file("portcullis.yaml");
            let gate = [
                "gate",
                "--offline",
                "--policy",
                policy.to_str().unwrap(),
                "--trusted-root",
                &written.root,
                &written.image,
            ];
            let (code, document) = json(&gate);
            assert_eq!(
                (code, &document["decision"]),
                (0, &json!("promote")),
                "{spelling}, {name}: {document}"
            );
            let read =
                document["rules"].as_array().unwrap().iter().any(|rule| rule["rule"] == "sbom.packages");
            assert!(read, "{spelling}, {name}: {document}");
        }
    }
}
