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
use portcullis::source::ImageSource;
use portcullis::source::Layout;
use portcullis::trust::TrustedRoot;
use portcullis::verify::Requirements;
use serde_json::Value;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/interop")
}

pub fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The cases with their descriptions.
pub fn cases() -> Vec<(PathBuf, Value)> {
    let entries = fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().path());
    let cases = entries.filter(|path| path.is_dir());
    cases
        .map(|case| {
            let described = serde_json::from_slice(&read(&case.join("case.json"))).unwrap();
            (case, described)
        })
        .collect()
}

/// Judges the image of a case, found in `source`, with one of its reports, or none.
async fn gate(
    source: &impl ImageSource,
    image: &Reference,
    case: &Path,
    described: &Value,
    report: Option<&str>,
) -> Decision {
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
    let reports: Vec<_> =
        report.iter().map(|name| ((*name).to_owned(), Ok(read(&case.join(name))))).collect();
    let inputs = pipeline::Inputs {
        image,
        policy: &policy,
        keys: &keys,
        root: &root,
        reports: &reports,
        lookup: &Lookup::default(),
        requirements: Requirements::strict(),
    };
    // Less than a day after the reports were made, which is set by hand in `scripts/interop/image.sh`.
    let now = "2026-11-24T09:00:00Z".parse().unwrap();
    pipeline::gate_image(source, &inputs, now).await.unwrap().decision
}

/// Judges a case with each of its reports; says what is not as it should be.
async fn judge(
    source: &impl ImageSource,
    image: &Reference,
    case: &Path,
    described: &Value,
) -> (usize, Vec<String>) {
    let mut wrong = Vec::new();
    let expectations = described["gate"].as_array().unwrap();
    for expected in expectations {
        let decision = gate(source, image, case, described, expected["report"].as_str()).await;
        let rules = decision.judgement().rules();
        let failed = rules.iter().filter(|result| result.status == Status::Fail);
        let failed: BTreeSet<&str> =
            failed.map(|result| result.rule.id().split('.').next().unwrap()).collect();
        let fails = expected["fails"].as_array().unwrap().iter();
        let fails: BTreeSet<&str> = fails.map(|section| section.as_str().unwrap()).collect();
        if decision.as_str() != expected["decision"] || failed != fails {
            wrong.push(format!("{}, {expected}: {}: {rules:#?}", case.display(), decision.as_str()));
        }
    }
    (expectations.len(), wrong)
}

/// Twelve directories, of which `demo` is judged three times.
const JUDGED: usize = 14;

#[tokio::test]
async fn every_case_is_decided_as_it_says() {
    let (mut judged, mut wrong) = (0, Vec::new());
    for (case, described) in cases() {
        let directory = case.join(described["layout"].as_str().unwrap());
        let image = format!("oci:{}@{}", directory.display(), described["image"].as_str().unwrap());
        let image = Reference::parse(&image).unwrap();
        let source = Layout::open(&directory).unwrap();
        let (count, differences) = judge(&source, &image, &case, &described).await;
        judged += count;
        wrong.extend(differences);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(judged, JUDGED);
}

/// The same from a registry. The layouts that `cosign save` wrote need the referrers API, because it drops
/// the tags; the copies of all tags have the fallback tags, and the registry then has no such API.
#[cfg(all(feature = "net", feature = "graviola"))]
#[tokio::test]
async fn every_case_is_decided_the_same_from_a_registry() {
    use portcullis::source::Registry;
    use portcullis::source::Settings;

    use crate::support::registry::Options;
    use crate::support::registry::ReferrersApi;
    use crate::support::registry::TestRegistry;

    let (mut judged, mut wrong) = (0, Vec::new());
    for (case, described) in cases() {
        let layout = case.join(described["layout"].as_str().unwrap());
        let index: Value = serde_json::from_slice(&read(&layout.join("index.json"))).unwrap();
        let annotations = &index["manifests"][0]["annotations"];
        let saved = annotations.get("kind").is_some();
        let referrers = if saved { ReferrersApi::Present { page: 1 } } else { ReferrersApi::Absent };
        let registry = TestRegistry::start(Options { referrers, ..Options::default() }).await;
        load(&registry, &layout, &index, described["image"].as_str().unwrap());
        let image = registry.reference(&format!("app@{}", described["image"].as_str().unwrap()));
        let source = Registry::new(Settings::default()).unwrap();
        let (count, differences) = judge(&source, &image, &case, &described).await;
        judged += count;
        wrong.extend(differences);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(judged, JUDGED);
}

/// Puts every blob, and every tag that `index.json` names or stands for, into the repository `app`.
#[cfg(all(feature = "net", feature = "graviola"))]
pub fn load(registry: &crate::support::registry::TestRegistry, layout: &Path, index: &Value, image: &str) {
    for file in fs::read_dir(layout.join("blobs/sha256")).unwrap() {
        let bytes = read(&file.unwrap().path());
        registry.put_blob(&bytes);
        let document = serde_json::from_slice::<Value>(&bytes);
        if document.is_ok_and(|document| document.get("schemaVersion").is_some()) {
            registry.put_manifest("app", "", &bytes);
        }
    }
    for entry in index["manifests"].as_array().unwrap() {
        let annotations = &entry["annotations"];
        let tag =
            match (annotations["org.opencontainers.image.ref.name"].as_str(), annotations["kind"].as_str()) {
                (Some(tag), _) => tag.to_owned(),
                (_, Some(kind)) if kind.ends_with("/sigs") => format!("{}.sig", image.replace(':', "-")),
                (_, Some(kind)) if kind.ends_with("/atts") => format!("{}.att", image.replace(':', "-")),
                _ => "latest".to_owned(),
            };
        let digest = entry["digest"].as_str().unwrap().trim_start_matches("sha256:");
        registry.put_manifest("app", &tag, &read(&layout.join("blobs/sha256").join(digest)));
    }
}
