//! How many requests the verification of an image in a registry takes one after the other, and how many in all.
//!
//! The expected rounds are counted by hand: the manifest that a tag names, then everything that its digest
//! leads to (referrers API, its fallback tag, `.sig`, `.att`), then the manifest of the bundle, then the bundle.
//! A registry that wants a token is asked twice and its token service once, before anything else.

use std::process::Output;

use serde_json::Value;

use crate::support::registry::Auth;
use crate::support::registry::Options;
use crate::support::registry::ReferrersApi;
use crate::support::registry::TestRegistry;
use crate::support::registry::rounds::Rounds;

/// An image of two repositories, each with two tags; one bundle is attached to it.
async fn registry(referrers: ReferrersApi, auth: Auth) -> (TestRegistry, Rounds) {
    let rounds = Rounds::start();
    let options = Options { referrers, auth, rounds: Some(rounds.clone()), ..Options::default() };
    let registry = TestRegistry::start(options).await;
    for repository in ["app", "other"] {
        let image = registry.put_manifest(repository, "1", &file(IMAGE));
        registry.put_manifest(repository, "2", &file(IMAGE));
        let bundle = registry.put_bundle(repository, &image, &file(BUNDLE));
        registry.put_fallback_tag(repository, &image, &[bundle]);
    }
    (registry, rounds)
}

fn file(hex: &str) -> Vec<u8> {
    std::fs::read(format!("{}/{LAYOUT}/blobs/sha256/{hex}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

async fn run(registry: &TestRegistry, command: &[&str], images: &[&str]) -> Output {
    let images = images.iter().map(|image| format!("{}/{image}", registry.address));
    let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(command)
        .args(SIGNER)
        .args(images)
        .env_clear()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn counts(rounds: &Rounds) -> Vec<usize> {
    rounds.taken().iter().map(Vec::len).collect()
}

fn count(rounds: &Rounds, pattern: &str) -> usize {
    rounds.taken().iter().flatten().filter(|path| path.contains(pattern)).count()
}

/// The bar is five requests one after the other; a token is not of the registry.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_image_with_one_bundle() {
    let api = || ReferrersApi::Present { page: 100 };
    let token = || Auth::Bearer { password: None, refresh: None };
    let cases = [
        (ReferrersApi::Absent, Auth::None, &[1, 4, 1, 1][..]),
        (api(), Auth::None, &[1, 4, 1, 1]),
        (ReferrersApi::Absent, token(), &[1, 1, 1, 4, 1, 1]),
        (api(), token(), &[1, 1, 1, 4, 1, 1]),
    ];
    let jobs = cases.iter().flat_map(|(referrers, auth, expected)| {
        [&["verify"][..], &["cosign", "verify"]].map(|command| async move {
            let (registry, rounds) = registry(referrers.clone(), auth.clone()).await;
            run(&registry, command, &["app:1"]).await;
            assert_eq!(counts(&rounds), *expected, "{command:?}: {:#?}", rounds.taken());
            let of_registry = rounds.taken().iter().filter(|round| !round[0].starts_with("/token")).count();
            assert!(of_registry <= 5, "{command:?}: {:#?}", rounds.taken());
        })
    });
    futures_util::future::join_all(jobs).await;
}

/// What is asked side by side, by name: so that the counts above mean what they say.
#[tokio::test]
async fn the_places_are_asked_side_by_side() {
    let (registry, rounds) = registry(ReferrersApi::Absent, Auth::None).await;
    run(&registry, &["verify"], &["app:1"]).await;
    let places = rounds.taken().remove(1);
    let at = |place: &str| places.iter().filter(|path| path.ends_with(place)).count();
    let tag = format!("sha256-{IMAGE}");
    let found = [
        at(&format!("/referrers/sha256:{IMAGE}")),
        at(&format!("/manifests/{tag}")),
        at(&format!("/manifests/{tag}.sig")),
        at(&format!("/manifests/{tag}.att")),
    ];
    assert_eq!(found, [1; 4], "{places:?}");
}

/// Images one after the other: the second of a repository asks for no token, and that of another repository is
/// not turned away first.
#[tokio::test]
async fn tokens_are_not_asked_for_again() {
    let auth = Auth::Bearer { password: None, refresh: None };
    let (registry, rounds) = registry(ReferrersApi::Absent, auth).await;
    let output =
        run(&registry, &["cosign", "verify", "--max-workers", "1"], &["app:1", "app:2", "other:1"]).await;
    assert_eq!(verified(&output), 3);
    assert_eq!(
        counts(&rounds),
        [&[1, 1, 1, 4, 1, 1][..], &[1, 4, 1, 1], &[1, 1, 4, 1, 1]].concat(),
        "{:#?}",
        rounds.taken()
    );
    assert_eq!(count(&rounds, "/token"), 2);
    let turned_away = registry.seen().into_iter().filter(|seen| {
        let token = seen.path.starts_with("/token");
        !token && seen.authorization.is_none()
    });
    assert_eq!(turned_away.count(), 1);
}

/// Images side by side take no longer than one, and one token a repository.
#[tokio::test]
async fn images_side_by_side() {
    let auth = Auth::Bearer { password: None, refresh: None };
    let (registry, rounds) = registry(ReferrersApi::Present { page: 100 }, auth).await;
    let images = ["app:1", "app:2", "other:1", "other:2"];
    let output = run(&registry, &["cosign", "verify"], &images).await;
    assert_eq!(verified(&output), 4);
    assert_eq!(counts(&rounds), [4, 2, 4, 16, 4, 4], "{:#?}", rounds.taken());
    assert_eq!(count(&rounds, "/token"), 2);
}

/// How many images cosign's output is about: an array for each.
fn verified(output: &Output) -> usize {
    serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>().map(Result::unwrap).count()
}

const LAYOUT: &str = "testdata/interop/keyless-bundle/layout";
const IMAGE: &str = "0d06e6c086b218389fa05ba159c5a5ddb0fd445d336ce98d06c3c21de44cfb63";
/// `cosign sign` of it.
const BUNDLE: &str = "366135de0b2812b69e1fe154d5c0249b89d46c1d2717e0d20a71cbdd051a1dab";
const SIGNER: [&str; 6] = [
    "--trusted-root",
    "testdata/interop/trusted_root.json",
    "--certificate-identity",
    "https://github.com/example/app/.github/workflows/release.yml@refs/heads/main",
    "--certificate-oidc-issuer",
    "https://token.actions.githubusercontent.com",
];
