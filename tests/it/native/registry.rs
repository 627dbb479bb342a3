//! Many images of one registry.

use super::*;
use crate::interop;
use crate::support::registry::Options;
use crate::support::registry::ReferrersApi;
use crate::support::registry::TestRegistry;

/// One digest by three names: its evidence is read once. A tag that is not there says nothing about the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_digest_is_read_once() {
    let layout = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/interop/demo/layout");
    let index: Value = serde_json::from_slice(&fs::read(layout.join("index.json")).unwrap()).unwrap();
    let options = Options { referrers: ReferrersApi::Present { page: 1 }, ..Options::default() };
    let registry = TestRegistry::start(options).await;
    interop::load(&registry, &layout, &index, DEMO_DIGEST);
    let name = format!("{}/app", registry.address);
    let images = [
        format!("{name}:latest"),
        format!("{name}@{DEMO_DIGEST}"),
        format!("{name}:latest"),
        format!("{name}:gone"),
    ];
    let mut arguments = ["verify", "--format", "json"].map(str::to_owned).to_vec();
    arguments.extend(ROOT.iter().chain(&SIGNER).map(|word| (*word).to_owned()));
    arguments.extend(images);
    let output = tokio::process::Command::new(cli::BINARY)
        .args(arguments)
        .env_clear()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .await
        .unwrap();
    let (code, document) = read(&output);
    assert_eq!((code, results(&document)), (2, vec!["verified", "verified", "verified", "undecided"]));
    assert_eq!(document["images"][3]["error"]["code"], "image.not-found");
    let seen = registry.seen();
    let asked = |part: &str| seen.iter().filter(|seen| seen.path.contains(part)).count();
    assert_eq!(asked("/manifests/latest"), 1);
    assert_eq!(asked(&format!("/referrers/{DEMO_DIGEST}")), 2, "two pages, once");
    // Two bundles, each read once.
    assert_eq!(asked("/blobs/"), 2, "{:?}", seen.iter().map(|seen| &seen.path).collect::<Vec<_>>());
}
