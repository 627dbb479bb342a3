//! The same image from a registry.

use super::*;
use crate::support::container;
use crate::support::registry::Misbehaviour;
use crate::support::registry::Options;
use crate::support::registry::TestRegistry;

async fn run(arguments: &[&str]) -> Output {
    tokio::process::Command::from(portcullis(arguments)).output().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_gives_the_same_packages_and_the_manifests_digest() {
    let registry = TestRegistry::start(Options::default()).await;
    let image = container(Packing::Gzip);
    image.put(&registry, "team/app", "1");
    let arm = Container::new(&[Tar::new().done()], Packing::Zstd, "arm64");
    arm.put(&registry, "team/app", "arm");
    registry.put_manifest("team/app", "all", container::index(&[&image, &arm]).as_bytes());
    let name = |tag: &str| format!("{}/team/app:{tag}", registry.address);
    for place in [name("1"), format!("registry:{}", name("1"))] {
        assert_eq!(document(&run(&["sbom", &place, "-o", "purls"]).await), PURLS, "{place}");
        assert_eq!(document(&run(&["syft", &place, "-o", "purls"]).await), PURLS, "{place}");
    }
    let of = |platform: &'static str| {
        let image = name("all");
        async move { run(&["sbom", &image, "--platform", platform, "-o", "purls"]).await }
    };
    assert_eq!(document(&of("linux/amd64").await), PURLS);
    assert_eq!(document(&of("linux/arm64").await), "");
    let spdx = json(&run(&["sbom", &name("1")]).await);
    let purl = spdx["packages"][0]["externalRefs"][0]["referenceLocator"].as_str().unwrap();
    assert!(purl.starts_with(&format!("pkg:oci/app@{}?", image.digest())), "{purl}");
    fails(&run(&["sbom", &name("absent")]).await, 2, "not found");
    fails(&run(&["sbom", "--offline", &name("1")]).await, 2, "--offline");
}

/// Of a layer that breaks off, or is another, nothing is listed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_layer_that_is_not_there_whole_is_no_document() {
    let registry = TestRegistry::start(Options::default()).await;
    let image = container(Packing::Gzip);
    image.put(&registry, "team/app", "1");
    let layer = image.manifest["layers"][1]["digest"].as_str().unwrap();
    let name = format!("{}/team/app:1", registry.address);
    for how in [
        Misbehaviour::BreakOff,
        Misbehaviour::Endless,
        Misbehaviour::answer(200, &[], "another"),
        Misbehaviour::status(404),
        Misbehaviour::status(403),
    ] {
        registry.behave();
        registry.misbehave(layer, how);
        let folder = Folder::new();
        let file = format!("spdx-json={}", folder.at("sbom.json"));
        let output = run(&["sbom", &name, "-o", &file]).await;
        fails(&output, 2, "error: ");
        assert_eq!((stdout(&output), folder.names()), (String::new(), vec![]), "{}", stderr(&output));
    }
    assert!(registry.sent() < 64 << 20, "{}", registry.sent());
}
