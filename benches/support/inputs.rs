//! What the benches verify: one bundle of each kind, by the test authority, whose keys and times are fixed.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use portcullis::bundle::Candidate;
use portcullis::bundle::CandidateKind;
use portcullis::bundle::Origin;
use portcullis::bundle::Place;
use portcullis::crypto;
use portcullis::crypto::Provider;
use portcullis::crypto::PublicKey;
use portcullis::digest::Digest;
use portcullis::identity::IdentityPolicy;
use portcullis::identity::Matcher;
use portcullis::trust::TrustedRoot;
use portcullis::verify::Artifact;
use portcullis::verify::Requirements;
use portcullis::verify::SignerPolicy;
use portcullis::verify::Verifier;

use crate::support::authority::Authority;
use crate::support::authority::cases;
use crate::support::authority::cases::Case;
use crate::support::authority::cases::CaseSigner;
use crate::support::authority::cases::Evidence;

/// Case of the test authority, and what it is.
const KINDS: [(&str, &str); 5] = [
    ("blob-v03", "v0.3 hashedrekord"),
    ("attestation-v03", "v0.3 DSSE"),
    ("attestation-rekor2", "Rekor v2 DSSE + TSA"),
    ("sig-keyless", "legacy .sig"),
    ("blob-key-p256", "managed key"),
];

/// One bundle and whom to trust. The verifier is made beforehand.
pub struct Input {
    pub kind: &'static str,
    pub candidate: Candidate,
    verifier: Arc<Verifier>,
    signer: SignerPolicy,
    images: [Digest; 1],
}

impl Input {
    /// Parses and verifies.
    pub fn verify(&self) {
        let candidates = std::slice::from_ref(&self.candidate);
        let strict = Requirements::strict();
        let verified = match (self.candidate.kind, self.kind.contains("DSSE")) {
            (CandidateKind::LegacySignature, _) => self
                .verifier
                .signatures(&self.images, candidates, &self.signer, strict)
                .map(drop)
                .map_err(|error| error.to_string()),
            (_, true) => self
                .verifier
                .attestations(&self.images, &[cases::SPDX], candidates, &self.signer, strict)
                .map(drop)
                .map_err(|error| error.to_string()),
            (_, false) => self
                .verifier
                .blob(&Artifact::Bytes(cases::ARTIFACT), &self.candidate, &self.signer, strict)
                .map(drop)
                .map_err(|error| error.to_string()),
        };
        verified.unwrap_or_else(|error| panic!("{}: {error}", self.kind));
    }
}

/// One input of each kind.
pub fn all() -> Vec<Input> {
    let cases: Vec<Case> = cases::accepted::ALL.iter().map(|make| make(&Authority::default())).collect();
    let find = |name: &str| cases.iter().find(|case| case.name == name).expect("a case of that name");
    KINDS.iter().map(|(name, kind)| input(find(name), kind)).collect()
}

fn input(case: &Case, kind: &'static str) -> Input {
    let candidate = |kind, payload: &[u8], annotations| {
        let origin = Origin { place: Place::File, attached_to: None, manifest: None, layer: 0 };
        Candidate { kind, payload: payload.to_vec(), annotations, origin }
    };
    let candidate = match &case.evidence {
        Evidence::LegacySignature(layers) | Evidence::LegacyAttestation(layers) => {
            let layer = layers.first().expect("a layer");
            candidate(CandidateKind::LegacySignature, &layer.payload, layer.annotations.clone())
        }
        Evidence::Attestation(bytes) | Evidence::Blob(bytes) | Evidence::ImageSignature(bytes) => {
            candidate(CandidateKind::Bundle, bytes, std::collections::BTreeMap::new())
        }
    };
    let signer = match &case.signer {
        CaseSigner::Identity { san, issuer } => {
            let exact = |text: &String| Matcher::Exact(text.clone());
            SignerPolicy::Identities(vec![IdentityPolicy::new(exact(san), exact(issuer))])
        }
        CaseSigner::Key(pem) => SignerPolicy::Key(PublicKey::from_pem(pem.as_bytes()).expect("a key")),
    };
    let root = TrustedRoot::from_slice(&case.trusted_root).expect("a root");
    Input {
        kind,
        candidate,
        verifier: Arc::new(Verifier::new(&root).expect("a verifier")),
        signer,
        images: [Digest::parse(&cases::demo_image().digest()).expect("a digest")],
    }
}

/// Installs the provider that the environment names, or the fastest.
#[expect(clippy::disallowed_methods, reason = "cargo bench has no arguments of its own")]
pub fn install() -> Provider {
    if let Ok(name) = std::env::var("PORTCULLIS_BENCH_PROVIDER") {
        let available = Provider::available();
        let provider = available.into_iter().find(|provider| provider.to_string() == name);
        crypto::install(provider.expect("a provider of this build and CPU"))
            .expect("the first to be installed");
    }
    crypto::installed()
}

/// Verifies `count` bundles, the kinds in turn, on that many threads.
pub fn batch(inputs: &[Input], count: usize, threads: usize) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        return;
                    }
                    inputs.iter().cycle().nth(index % inputs.len()).into_iter().for_each(Input::verify);
                }
            });
        }
    });
}
