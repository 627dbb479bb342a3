//! Everything that is accepted: bundles and layers of the vectors, and of the test authority.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use portcullis::bundle::Bundle;
use portcullis::bundle::Candidate;
use portcullis::bundle::CandidateKind;
use portcullis::bundle::Content;
use portcullis::bundle::LogEntry;
use portcullis::bundle::Material;
use portcullis::bundle::Origin;
use portcullis::bundle::Place;
use portcullis::crypto::PublicKey;
use portcullis::digest::Digest;
use portcullis::evidence;
use portcullis::identity::IdentityPolicy;
use portcullis::identity::Matcher;
use portcullis::oci::PlatformFilter;
use portcullis::oci::Reference;
use portcullis::source;
use portcullis::source::Layout;
use portcullis::trust::Embedded;
use portcullis::trust::TrustedRoot;
use portcullis::verify::Artifact;
use portcullis::verify::Requirements;
use portcullis::verify::SignerPolicy;
use portcullis::verify::Verifier;
use serde_json::Value;

use crate::support::authority::cases;
use crate::support::authority::cases::Case;
use crate::support::authority::cases::CaseSigner;
use crate::support::authority::cases::Evidence;
use crate::vectors;

/// One candidate that is accepted, with all that it takes to judge a changed one alike.
pub struct Subject {
    pub name: String,
    pub candidate: Candidate,
    verifier: Arc<Verifier>,
    signer: SignerPolicy,
    requirements: Requirements,
    question: Question,
}

/// What the candidate is asked for.
#[derive(Clone)]
enum Question {
    Attestation(Vec<Digest>),
    Blob(Vec<u8>),
    BlobDigest(Digest),
    Signature(Vec<Digest>),
}

impl Subject {
    /// Whether a candidate is accepted in place of the original.
    pub fn accepts(&self, candidate: &Candidate) -> bool {
        let candidates = std::slice::from_ref(candidate);
        match &self.question {
            Question::Attestation(images) => {
                self.verifier.attestations(images, &[], candidates, &self.signer, self.requirements).is_ok()
            }
            Question::Blob(bytes) => self.blob(&Artifact::Bytes(bytes), candidate),
            Question::BlobDigest(digest) => self.blob(&Artifact::Digest(*digest), candidate),
            Question::Signature(images) => {
                self.verifier.signatures(images, candidates, &self.signer, self.requirements).is_ok()
            }
        }
    }

    fn blob(&self, artifact: &Artifact<'_>, candidate: &Candidate) -> bool {
        self.verifier.blob(artifact, candidate, &self.signer, self.requirements).is_ok()
    }

    /// What holds for the original, in the words of `equivalent-mutants.json`.
    pub fn facts(&self) -> Vec<String> {
        let bundle = Bundle::from_candidate(&self.candidate).expect("it was accepted");
        let entries = bundle.entries();
        let mut proofs = entries.iter().filter_map(|entry| entry.proof.as_ref());
        let key = matches!(self.signer, SignerPolicy::Key(_));
        let required = |requirements: Requirements| requirements == self.requirements;
        let all = [
            (key, "key"),
            (!key, "certificate"),
            (matches!(bundle.material(), Material::Certificates(_)), "has certificate"),
            (matches!(bundle.content(), Content::Envelope(_)), "envelope"),
            (matches!(bundle.content(), Content::Message { .. }), "message"),
            (!entries.is_empty(), "logged"),
            (entries.len() > 1, "two entries"),
            (entries.iter().any(|entry| entry.promise.is_some()), "promise"),
            (entries.iter().any(|entry| entry.proof.is_some()), "proof"),
            (entries.iter().any(|entry| entry.kind.is_rekor_v2()), "rekor v2"),
            (proofs.any(|proof| proof.hashes.is_empty()), "tree of one"),
            (entries.iter().any(is_signed_twice), "two log signatures"),
            (!bundle.timestamps().is_empty(), "timestamp"),
            (bundle.timestamps().len() > 1, "two timestamps"),
            (required(self.requirements.require_signed_timestamp()), "timestamp required"),
            (required(self.requirements.insecure_ignore_transparency_log()), "log ignored"),
        ];
        let mut facts: Vec<String> =
            all.into_iter().filter(|(holds, _)| *holds).map(|(_, name)| name.to_owned()).collect();
        facts.push(bundle.version().to_string());
        facts.extend(entries.iter().map(|entry| entry.kind.to_string()));
        facts
    }
}

/// Whether a checkpoint has two signatures in the name of its log.
fn is_signed_twice(entry: &LogEntry) -> bool {
    let checkpoint = entry.proof.as_ref().map(|proof| proof.checkpoint.as_str()).unwrap_or_default();
    let origin = checkpoint.lines().next().unwrap_or_default();
    checkpoint.matches(&format!("\u{2014} {origin} ")).count() > 1
}

fn candidate(kind: CandidateKind, payload: Vec<u8>, annotations: BTreeMap<String, String>) -> Candidate {
    let origin = Origin { place: Place::File, attached_to: None, manifest: None, layer: 0 };
    Candidate { kind, payload, annotations, origin }
}

/// The test authority's positives.
pub fn authority() -> Vec<Subject> {
    let cases = cases::all().iter().filter(|case| case.expect == cases::Expect::Accept);
    let subjects = cases.flat_map(of_case);
    subjects.filter(|subject| subject.accepts(&subject.candidate)).collect()
}

fn of_case(case: &Case) -> Vec<Subject> {
    let images = vec![Digest::parse(&cases::demo_image().digest()).unwrap()];
    let layers = |kind, layers: &[crate::support::authority::legacy::Layer]| -> Vec<Candidate> {
        let layers = layers.iter();
        layers.map(|layer| candidate(kind, layer.payload.clone(), layer.annotations.clone())).collect()
    };
    let bundle = |bytes: &Vec<u8>| vec![candidate(CandidateKind::Bundle, bytes.clone(), BTreeMap::new())];
    let (question, candidates) = match &case.evidence {
        Evidence::Attestation(bytes) => (Question::Attestation(images), bundle(bytes)),
        Evidence::ImageSignature(bytes) => (Question::Signature(images), bundle(bytes)),
        Evidence::Blob(bytes) => (Question::Blob(cases::ARTIFACT.to_vec()), bundle(bytes)),
        Evidence::LegacyAttestation(list) => {
            (Question::Attestation(images), layers(CandidateKind::LegacyAttestation, list))
        }
        Evidence::LegacySignature(list) => {
            (Question::Signature(images), layers(CandidateKind::LegacySignature, list))
        }
    };
    let signer = match &case.signer {
        CaseSigner::Identity { san, issuer } => {
            let exact = |text: &String| Matcher::Exact(text.clone());
            SignerPolicy::Identities(vec![IdentityPolicy::new(exact(san), exact(issuer))])
        }
        CaseSigner::Key(pem) => SignerPolicy::Key(PublicKey::from_pem(pem.as_bytes()).unwrap()),
    };
    let mut requirements = Requirements::strict();
    if case.ignore_tlog {
        requirements = requirements.insecure_ignore_transparency_log();
    }
    if case.signed_timestamps {
        requirements = requirements.require_signed_timestamp();
    }
    let verifier = Arc::new(Verifier::new(&TrustedRoot::from_slice(&case.trusted_root).unwrap()).unwrap());
    let subjects = candidates.into_iter().enumerate().map(|(layer, candidate)| Subject {
        name: format!("authority/{}/{layer}", case.name),
        candidate,
        verifier: Arc::clone(&verifier),
        signer: signer.clone(),
        requirements,
        question: question.clone(),
    });
    subjects.collect()
}

/// The official conformance cases that must be accepted.
pub fn conformance(folder: &Path) -> Vec<Subject> {
    let cases = folder.join("conformance/bundle-verify");
    let directories = fs::read_dir(&cases).unwrap().map(|entry| entry.unwrap().path());
    let positive = |path: &std::path::PathBuf| path.is_dir() && !path.to_str().unwrap().ends_with("_fail");
    let subjects = directories.filter(positive).map(|case| {
        let text = |file: &str, default: &str| {
            fs::read_to_string(case.join(file)).map_or(default.to_owned(), |text| text.trim().to_owned())
        };
        let artifact =
            fs::read(case.join("artifact")).unwrap_or_else(|_| fs::read(cases.join("a.txt")).unwrap());
        let root = fs::read(case.join("trusted_root.json")).map_or_else(
            |_| TrustedRoot::embedded(Embedded::Production).unwrap(),
            |json| TrustedRoot::from_slice(&json).unwrap(),
        );
        let key = Some(case.join("key.pub")).filter(|path| path.exists());
        let signer = vectors::signer(
            Some(&text("identity", vectors::CONFORMANCE_IDENTITY)),
            Some(&text("issuer", "https://token.actions.githubusercontent.com")),
            key.as_deref(),
        );
        let payload = fs::read(case.join("bundle.sigstore.json")).unwrap();
        Subject {
            name: format!("conformance/{}", case.file_name().unwrap().to_str().unwrap()),
            candidate: candidate(CandidateKind::Bundle, payload, BTreeMap::new()),
            verifier: Arc::new(Verifier::new(&root).unwrap()),
            signer: signer.unwrap(),
            requirements: Requirements::strict(),
            question: Question::Blob(artifact),
        }
    });
    subjects.filter(|subject| subject.accepts(&subject.candidate)).collect()
}

/// The bundles and layers of the open vectors that are accepted.
pub async fn cosign(folder: &Path) -> Vec<Subject> {
    let folder = folder.join("cosign");
    let index: Value = serde_json::from_slice(&fs::read(folder.join("index.json")).unwrap()).unwrap();
    let mut subjects = Vec::new();
    for case in ["bundles", "negatives"].iter().flat_map(|part| index[part].as_array().unwrap()) {
        let payload = fs::read(folder.join(case["file"].as_str().unwrap())).unwrap();
        let artifact = case["artifact"].as_str().map(|artifact| fs::read(folder.join(artifact)).unwrap());
        let digest = case["artifact_digest"].as_str().map(|digest| Digest::parse(digest).unwrap());
        let question = match (artifact, digest) {
            (Some(bytes), _) => Question::Blob(bytes),
            (None, Some(digest)) => Question::BlobDigest(digest),
            (None, None) => Question::Blob(b"test content".to_vec()),
        };
        subjects.extend(of_vector(&folder, case, "cosign_flags").map(|prepared| Subject {
            candidate: candidate(CandidateKind::Bundle, payload, BTreeMap::new()),
            question,
            ..prepared
        }));
    }
    for case in ["layouts", "negative_layouts"].iter().flat_map(|part| index[part].as_array().unwrap()) {
        let directory = folder.join(case["dir"].as_str().unwrap());
        let reference = Reference::parse(&format!("oci:{}", directory.display())).unwrap();
        let layout = Layout::open(&directory).unwrap();
        let image = source::resolve_digest(&layout, &reference, PlatformFilter::All).await.unwrap();
        let Ok(collected) = evidence::collect(&layout, &image).await else { continue };
        let mut images = vec![*image.digest()];
        images.extend(image.manifests());
        for (layer, candidate) in collected.candidates.into_iter().enumerate() {
            let question = match candidate.kind {
                CandidateKind::LegacySignature => Question::Signature(images.clone()),
                _ => Question::Attestation(images.clone()),
            };
            subjects.extend(of_vector(&folder, case, "flags").map(|prepared| Subject {
                name: format!("{}/{layer}", prepared.name),
                candidate,
                question,
                ..prepared
            }));
        }
    }
    subjects.into_iter().filter(|subject| subject.accepts(&subject.candidate)).collect()
}

/// Trust and signer of a vector; the candidate is to be filled in. `None` for a key or root that is none: nothing
/// is accepted by it.
fn of_vector(folder: &Path, case: &Value, flags: &str) -> Option<Subject> {
    let flags: Vec<&str> = case[flags].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let key = case["key"].as_str().map(|key| folder.join(key));
    let signer = vectors::signer(case["identity"].as_str(), case["issuer"].as_str(), key.as_deref()).ok()?;
    let root = fs::read(folder.join(case["trust"].as_str().unwrap())).unwrap();
    let root = TrustedRoot::from_slice(&root).ok()?;
    Some(Subject {
        name: format!("cosign/{}", case["id"].as_str().unwrap()),
        candidate: candidate(CandidateKind::Bundle, Vec::new(), BTreeMap::new()),
        verifier: Arc::new(Verifier::new(&root).unwrap()),
        signer,
        requirements: vectors::requirements(&flags),
        question: Question::Blob(Vec::new()),
    })
}
