//! Both ways of verifying give the same verdict on every collected bundle.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;

use super::*;
use crate::bundle::Origin;
use crate::bundle::Place;
use crate::identity::Matcher;
use crate::trust::Embedded;

#[expect(clippy::disallowed_methods, reason = "the folder of the vectors is named by the environment")]
fn vectors() -> Option<PathBuf> {
    let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors");
    let folder = std::env::var_os("PORTCULLIS_VECTORS").map_or(default, PathBuf::from);
    Some(folder).filter(|folder| folder.is_dir())
}

fn both(root: &[u8]) -> Option<[Verifier; 2]> {
    let root = if root.is_empty() {
        TrustedRoot::embedded(Embedded::Production)
    } else {
        TrustedRoot::from_slice(root)
    };
    let root = root.ok()?;
    let usual = Verifier::new(&root).ok()?;
    let composed = Verifier { usual: None, composed: Composed::new(&root).ok()? };
    Some([usual, composed])
}

fn candidate(path: &Path) -> Candidate {
    let origin = Origin { place: Place::File, attached_to: None, manifest: None, layer: 0 };
    let payload = fs::read(path).unwrap();
    Candidate { kind: CandidateKind::Bundle, payload, annotations: BTreeMap::new(), origin }
}

fn signer(key: Option<PathBuf>) -> Option<SignerPolicy> {
    match key.map(|path| PublicKey::from_pem(&fs::read(path).unwrap())) {
        Some(key) => key.ok().map(SignerPolicy::Key),
        None => {
            Some(SignerPolicy::Identities(vec![IdentityPolicy::new(Matcher::Anything, Matcher::Anything)]))
        }
    }
}

/// Compares, and counts what both accepted and refused.
fn compare(
    name: &str,
    root: &[u8],
    bundle: &Path,
    artifact: &Artifact<'_>,
    key: Option<PathBuf>,
    counts: &mut [u32; 2],
) {
    let (Some(verifiers), Some(signer)) = (both(root), signer(key)) else { return };
    let loose =
        Requirements::strict().insecure_ignore_transparency_log().insecure_ignore_certificate_timestamp();
    for requirements in [Requirements::strict(), loose] {
        let candidate = candidate(bundle);
        let [usual, composed] = verifiers
            .each_ref()
            .map(|verifier| verifier.blob(artifact, &candidate, &signer, requirements).map(drop));
        let words = |result: &Result<(), VerifyError>| result.as_ref().map_err(ToString::to_string).err();
        assert_eq!(
            usual.is_ok(),
            composed.is_ok() && !KNOWN.contains(&name),
            "{name}, {requirements:?}: usual {:?}, composed {:?}",
            words(&usual),
            words(&composed)
        );
        counts[usize::from(usual.is_err())] += 1;
    }
}

#[test]
fn both_ways_agree() {
    let Some(folder) = vectors() else {
        println!("skipped, no vectors");
        return;
    };
    let mut counts = [0, 0];
    let cases = folder.join("conformance/bundle-verify");
    for case in fs::read_dir(&cases).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        let artifact = fs::read(case.join("artifact")).or_else(|_| fs::read(cases.join("a.txt"))).unwrap();
        let root = fs::read(case.join("trusted_root.json")).unwrap_or_default();
        let key = Some(case.join("key.pub")).filter(|path| path.exists());
        let name = case.file_name().unwrap().to_str().unwrap();
        let bundle = case.join("bundle.sigstore.json");
        compare(name, &root, &bundle, &Artifact::Bytes(&artifact), key, &mut counts);
    }
    let folder = folder.join("cosign");
    let index: Value = serde_json::from_slice(&fs::read(folder.join("index.json")).unwrap()).unwrap();
    for case in ["bundles", "negatives"].iter().flat_map(|part| index[part].as_array().unwrap()) {
        let bytes = case["artifact"].as_str().map(|artifact| fs::read(folder.join(artifact)).unwrap());
        let digest = case["artifact_digest"].as_str().map(|digest| Digest::parse(digest).unwrap());
        let artifact = match (&bytes, digest) {
            (Some(bytes), _) => Artifact::Bytes(bytes),
            (None, Some(digest)) => Artifact::Digest(digest),
            (None, None) => Artifact::Bytes(b"test content"),
        };
        let root = fs::read(folder.join(case["trust"].as_str().unwrap())).unwrap();
        let key = case["key"].as_str().map(|key| folder.join(key));
        let bundle = folder.join(case["file"].as_str().unwrap());
        compare(case["id"].as_str().unwrap(), &root, &bundle, &artifact, key, &mut counts);
    }
    let [accepted, refused] = counts;
    println!("both ways accept {accepted} and refuse {refused}");
    assert!(accepted >= 100 && refused >= 100, "both ways accept {accepted} and refuse {refused}");
}

/// Where the composed way accepts what the usual one refuses: none.
const KNOWN: [&str; 0] = [];
