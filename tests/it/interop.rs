//! Real evidence (`testdata/interop`, made by `scripts/interop`) through the whole gate.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use portcullis::crypto::PublicKey;
use portcullis::evidence::Lookup;
use portcullis::gate::Decision;
use portcullis::gate::Policy;
use portcullis::gate::Status;
use portcullis::oci::Reference;
use portcullis::pipeline;
use portcullis::source::Layout;
use portcullis::trust::TrustedRoot;
use portcullis::verify::Requirements;
use serde_json::Value;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/interop")
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Judges a case with one of its reports, or none.
async fn gate(case: &Path, described: &Value, report: Option<&str>) -> Decision {
    let root = case.join(described["trusted-root"].as_str().unwrap());
    let root = TrustedRoot::from_slice(&read(&root)).unwrap();
    let mut policy = Policy::from_slice(&read(&case.join("portcullis.yaml"))).unwrap();
    let mut keys = Vec::new();
    let known = policy.load_keys(|name| {
        let key = PublicKey::from_pem(&read(&case.join(name)))?;
        keys.push(key.clone());
        Ok::<_, portcullis::crypto::KeyError>(key.fingerprint())
    });
    known.unwrap();
    let layout = case.join(described["layout"].as_str().unwrap());
    let image = format!("oci:{}@{}", layout.display(), described["image"].as_str().unwrap());
    let reports: Vec<_> =
        report.iter().map(|name| ((*name).to_owned(), Ok(read(&case.join(name))))).collect();
    let inputs = pipeline::Inputs {
        image: &Reference::parse(&image).unwrap(),
        policy: &policy,
        keys: &keys,
        root: &root,
        reports: &reports,
        lookup: &Lookup::default(),
        requirements: Requirements::strict(),
    };
    // A day after the evidence was made.
    let now = "2026-11-25T12:00:00Z".parse().unwrap();
    let layout = Layout::open(&layout).unwrap();
    pipeline::gate_image(&layout, &inputs, now).await.unwrap().decision
}

#[tokio::test]
async fn every_case_is_decided_as_it_says() {
    let mut judged = 0;
    let mut wrong = Vec::new();
    for entry in fs::read_dir(directory()).unwrap() {
        let case = entry.unwrap().path();
        if !case.is_dir() {
            continue;
        }
        let described: Value = serde_json::from_slice(&read(&case.join("case.json"))).unwrap();
        for expected in described["gate"].as_array().unwrap() {
            let decision = gate(&case, &described, expected["report"].as_str()).await;
            let rules = decision.judgement().rules().iter();
            let failed = rules.filter(|result| result.status == Status::Fail);
            let failed: BTreeSet<&str> =
                failed.map(|result| result.rule.id().split('.').next().unwrap()).collect();
            let fails: BTreeSet<&str> = expected["fails"]
                .as_array()
                .unwrap()
                .iter()
                .map(|section| section.as_str().unwrap())
                .collect();
            if decision.as_str() != expected["decision"] || failed != fails {
                let rules = decision.judgement().rules();
                wrong.push(format!("{}, {expected}: {}: {rules:#?}", case.display(), decision.as_str()));
            }
            judged += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Twelve directories, of which `demo` is judged three times.
    assert_eq!(judged, 14);
}
