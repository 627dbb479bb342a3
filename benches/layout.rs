//! What it costs to find the signatures and attestations of an image in a directory, and to verify them there:
//! what `verify --local-image` does once the program runs.

use std::path::Path;
use std::path::PathBuf;

use criterion::BenchmarkId;
use criterion::Criterion;
use portcullis::evidence;
use portcullis::evidence::Lookup;
use portcullis::identity::IdentityPolicy;
use portcullis::identity::Matcher;
use portcullis::oci::PlatformFilter;
use portcullis::oci::Reference;
use portcullis::pipeline;
use portcullis::pipeline::Question;
use portcullis::pipeline::Wanted;
use portcullis::source;
use portcullis::source::Layout;
use portcullis::trust::TrustedRoot;
use portcullis::verify::Requirements;
use portcullis::verify::SignerPolicy;
use portcullis::verify::Verifier;

/// Signed by real tools, and how the signatures lie there.
const LAYOUTS: [(&str, &str); 3] =
    [("keyless-bundle", "bundles"), ("keyless-legacy", "tags"), ("index-multiplatform", "index")];

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/interop").join(name)
}

async fn collect(directory: &Path, image: &Reference) -> usize {
    let layout = Layout::open(directory).expect("a layout");
    let image = source::resolve_digest(&layout, image, PlatformFilter::All).await.expect("an image");
    evidence::collect(&layout, &image).await.expect("evidence").candidates.len()
}

async fn verify(directory: &Path, image: &Reference, verifier: &Verifier, signer: &SignerPolicy) {
    let layout = Layout::open(directory).expect("a layout");
    let question = Question {
        wanted: Wanted::Signature,
        platforms: PlatformFilter::All,
        lookup: &Lookup::default(),
        signer,
        requirements: Requirements::strict(),
    };
    let verification = pipeline::verify_image(&layout, image, &question, verifier).await.expect("evidence");
    verification.result.expect("a signature");
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let root = std::fs::read(folder("trusted_root.json")).expect("a root");
    let verifier = Verifier::new(&TrustedRoot::from_slice(&root).expect("a root")).expect("a verifier");
    let exact = |text: &str| Matcher::Exact(text.to_owned());
    let signer = SignerPolicy::Identities(vec![IdentityPolicy::new(
        exact("https://github.com/example/app/.github/workflows/release.yml@refs/heads/main"),
        exact("https://token.actions.githubusercontent.com"),
    )]);
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("layout");
    for (name, kind) in LAYOUTS {
        let directory = folder(name).join("layout");
        let image = Reference::parse(&format!("oci:{}", directory.display())).expect("a reference");
        group.bench_function(BenchmarkId::new("collect", kind), |bencher| {
            bencher.iter(|| runtime.block_on(collect(&directory, &image)));
        });
        group.bench_function(BenchmarkId::new("verify", kind), |bencher| {
            bencher.iter(|| runtime.block_on(verify(&directory, &image, &verifier, &signer)));
        });
    }
    group.finish();
    criterion.final_summary();
}
