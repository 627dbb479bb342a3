//! Writing: registries with and without the referrers API, layout directories, archives.

use std::fs;

use portcullis::digest::Digest;
use portcullis::oci::Descriptor;
use portcullis::oci::PlatformFilter;
use portcullis::oci::Reference;
use portcullis::source::ArchiveWriter;
use portcullis::source::AuthSources;
use portcullis::source::Blobs;
use portcullis::source::Credential;
use portcullis::source::Fault;
use portcullis::source::ImageSink;
use portcullis::source::ImageSource;
use portcullis::source::Layout;
use portcullis::source::LayoutWriter;
use portcullis::source::Registry;
use portcullis::source::Secret;
use portcullis::source::Settings;
use portcullis::source::Transfer;
use serde_json::Value;
use serde_json::json;

use crate::support::registry::Auth;
use crate::support::registry::BUNDLE;
use crate::support::registry::Misbehaviour;
use crate::support::registry::Options;
use crate::support::registry::ReferrersApi;
use crate::support::registry::TOKEN;
use crate::support::registry::TestRegistry;
use crate::support::registry::tag_of;

fn registry() -> Registry {
    let mut settings = Settings::default();
    settings.timeouts.backoff = std::time::Duration::from_millis(1);
    Registry::new(settings).unwrap()
}

fn descriptor(value: &Value) -> Descriptor {
    serde_json::from_value(value.clone()).unwrap()
}

/// An index of one image in a registry, with a bundle that refers to the index.
async fn signed_index(referrers: ReferrersApi) -> (TestRegistry, Value, Value) {
    let from = TestRegistry::start(Options { referrers, ..Options::default() }).await;
    let mut image = from.put_image("app", "");
    image["platform"] = json!({"os": "linux", "architecture": "amd64"});
    let index =
        json!({"schemaVersion": 2, "mediaType": crate::support::registry::INDEX, "manifests": [image]});
    let index = from.put_document("app", "1", &index);
    let bundle = from.put_bundle("app", &index, b"{}");
    (from, index, bundle)
}

#[tokio::test]
async fn an_image_moves_from_registry_to_registry() {
    let (from, index, _) = signed_index(ReferrersApi::Absent).await;
    let to = TestRegistry::start(Options::default()).await;
    let (source, sink) = (registry(), registry());
    let transfer = Transfer::new(&source, &sink);
    let target = to.reference("copy:2");
    let copied = transfer.image(&from.reference("app:1"), &target, &PlatformFilter::All, Blobs::All).await;
    let digest = index["digest"].as_str().unwrap();
    assert_eq!(copied.unwrap().digest.to_string(), digest);
    assert_eq!(to.manifest("copy", "2"), from.manifest("app", "1"));
    assert_eq!(to.manifest("copy", digest), from.manifest("app", "1"));
    assert!(to.has_blob(&Digest::sha256(b"layer").to_string()));
    // What is there is not sent again.
    let before = to.seen().len();
    transfer.image(&from.reference("app:1"), &target, &PlatformFilter::All, Blobs::All).await.unwrap();
    assert!(to.seen()[before..].iter().all(|seen| !seen.path.contains("uploads")));
}

#[tokio::test]
async fn a_blob_of_the_same_registry_is_mounted() {
    let (from, _, _) = signed_index(ReferrersApi::Absent).await;
    let source = registry();
    let blob = descriptor(&from.put_blob(b"mounted"));
    let (here, there) = (from.reference("other:1"), from.reference("app:1"));
    assert!(source.mount_blob(&here, &there, &blob).await.unwrap());
    let posted = from.seen().into_iter().rev().find(|seen| seen.method == "POST").unwrap();
    assert!(posted.path.contains("mount=sha256%3A") && posted.path.contains("from=app"), "{}", posted.path);
    // Of another registry nothing is mounted, and nobody is asked.
    let elsewhere = Reference::parse("registry.example/app:1").unwrap();
    assert!(!source.mount_blob(&here, &elsewhere, &blob).await.unwrap());
}

/// The distribution specification, "Pushing manifests with subject": without `OCI-Subject` in the answer,
/// the client writes the tag.
#[tokio::test]
async fn a_referrer_is_listed_where_the_registry_does_not() {
    for referrers in [ReferrersApi::Absent, ReferrersApi::Present { page: 10 }] {
        let lists = matches!(referrers, ReferrersApi::Present { .. });
        let to = TestRegistry::start(Options { referrers, ..Options::default() }).await;
        let sink = registry();
        let subject = to.put_image("app", "1");
        let config = to.put_blob(b"{}");
        let push = async |number: u32| {
            let manifest = json!({"schemaVersion": 2, "artifactType": BUNDLE, "config": config, "layers": [],
                "mediaType": crate::support::registry::MANIFEST, "subject": subject,
                "annotations": {"number": number.to_string()}});
            let bytes = manifest.to_string().into_bytes();
            let at = to.reference("app:1").with_digest(Digest::sha256(&bytes));
            sink.push_manifest(&at, &bytes, crate::support::registry::MANIFEST).await.unwrap()
        };
        let (first, second) = (push(1).await, push(2).await);
        // Once more: it is there already.
        push(1).await;
        let digest = Digest::parse(subject["digest"].as_str().unwrap()).unwrap();
        let tagged = to.manifest("app", &tag_of(&subject));
        let found = match &tagged {
            Some(tag) => {
                let index: Value = serde_json::from_slice(tag).unwrap();
                index["manifests"].as_array().unwrap().iter().map(descriptor).collect()
            }
            None => sink.referrers(&to.reference("app:1"), &digest).await.unwrap().descriptors,
        };
        let mut digests: Vec<Digest> = found.iter().map(|descriptor| descriptor.digest).collect();
        let mut expected = vec![first, second];
        digests.sort_unstable();
        expected.sort_unstable();
        assert_eq!(digests, expected);
        assert_eq!(tagged.is_none(), lists, "the tag is written where nobody else lists it");
        if let Some(tag) = tagged {
            let index: Value = serde_json::from_slice(&tag).unwrap();
            assert_eq!(index["manifests"][0]["artifactType"], BUNDLE);
            assert_eq!(index["manifests"][0]["annotations"]["number"], "1");
        }
    }
}

#[tokio::test]
async fn content_of_another_digest_is_not_written() {
    let (from, _, _) = signed_index(ReferrersApi::Absent).await;
    let to = TestRegistry::start(Options::default()).await;
    let layer = Digest::sha256(b"layer").to_string();
    from.misbehave(&layer, Misbehaviour::answer(200, &[], "LAYER"));
    let (source, sink) = (registry(), registry());
    let image = |to| (from.reference("app:1"), to, PlatformFilter::All);
    let (at, target, filter) = image(to.reference("copy:2"));
    let error = Transfer::new(&source, &sink).image(&at, &target, &filter, Blobs::All).await.unwrap_err();
    assert!(matches!(*error.fault, Fault::Digest { .. }), "{error}");
    assert!(!to.has_blob(&layer) && to.manifest("copy", "2").is_none());
    let folder = tempfile::tempdir().unwrap();
    let directory = LayoutWriter::create(&folder.path().join("layout")).unwrap();
    let error =
        Transfer::new(&source, &directory).image(&at, &target, &filter, Blobs::All).await.unwrap_err();
    assert!(matches!(*error.fault, Fault::Digest { .. }), "{error}");
    drop(directory);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing half-written is left");
}

#[tokio::test]
async fn a_transfer_that_breaks_off_is_tried_again() {
    let (from, _, _) = signed_index(ReferrersApi::Absent).await;
    let to = TestRegistry::start(Options::default()).await;
    // Longer than what comes before it breaks off.
    let blob = descriptor(&from.put_blob(&[7; 5000]));
    let digest = blob.digest.to_string();
    from.misbehave(&digest, Misbehaviour::Times(1, Box::new(Misbehaviour::BreakOff)));
    let (source, sink) = (registry(), registry());
    let transfer = Transfer::new(&source, &sink);
    transfer.blob(&from.reference("app:1"), &to.reference("copy:2"), &blob).await.unwrap();
    assert!(to.has_blob(&digest));
}

#[tokio::test]
async fn a_refusal_to_write_is_one() {
    let (from, _, _) = signed_index(ReferrersApi::Absent).await;
    let to = TestRegistry::start(Options::default()).await;
    to.misbehave("uploads", Misbehaviour::status(403));
    let (source, sink) = (registry(), registry());
    let transfer = Transfer::new(&source, &sink);
    let target = to.reference("copy:2");
    let error = transfer
        .image(&from.reference("app:1"), &target, &PlatformFilter::All, Blobs::All)
        .await
        .unwrap_err();
    assert!(matches!(*error.fault, Fault::Denied { status: 403, .. }), "{error}");
}

#[tokio::test]
async fn a_token_for_writing_asks_for_it() {
    let password = Some(("user", "hunter2"));
    let auth = Auth::Bearer { password, refresh: None };
    let to = TestRegistry::start(Options { auth, ..Options::default() }).await;
    let mut settings = Settings::default();
    let credential =
        Credential::Basic { username: "user".to_owned(), password: Secret::new("hunter2".to_owned()) };
    settings.auth =
        AuthSources { explicit: Some((to.address.to_string(), credential)), ..AuthSources::default() };
    let sink = Registry::new(settings).unwrap();
    let (from, _, _) = signed_index(ReferrersApi::Absent).await;
    let source = registry();
    let transfer = Transfer::new(&source, &sink);
    let target = to.reference("copy:2");
    transfer.image(&from.reference("app:1"), &target, &PlatformFilter::All, Blobs::All).await.unwrap();
    let seen = to.seen();
    let token = seen.iter().find(|seen| seen.path.starts_with("/token")).unwrap();
    assert!(token.path.contains("scope=repository%3Acopy%3Apull%2Cpush"), "{}", token.path);
    let put = seen.iter().rfind(|seen| seen.method == "PUT").unwrap();
    assert_eq!(put.authorization.as_deref(), Some(format!("Bearer {TOKEN}").as_str()));
}

/// CVE-2020-15157: an upload that the registry sends elsewhere goes there without credentials.
#[tokio::test]
async fn an_upload_elsewhere_takes_no_credentials_along() {
    let storage = TestRegistry::start(Options::default()).await;
    let auth = Auth::Basic { username: "user", password: "hunter2" };
    let to = TestRegistry::start(Options { auth, ..Options::default() }).await;
    let location = format!("http://{}/v2/storage/blobs/uploads/", storage.address);
    to.misbehave("uploads", Misbehaviour::answer(202, &[("location", &location)], ""));
    let mut settings = Settings::default();
    let credential =
        Credential::Basic { username: "user".to_owned(), password: Secret::new("hunter2".to_owned()) };
    settings.auth =
        AuthSources { explicit: Some((to.address.to_string(), credential)), ..AuthSources::default() };
    let sink = Registry::new(settings).unwrap();
    let (from, _, _) = signed_index(ReferrersApi::Absent).await;
    let source = registry();
    let blob =
        Descriptor { size: 5, digest: Digest::sha256(b"layer"), ..descriptor(&from.put_blob(b"layer")) };
    Transfer::new(&source, &sink).blob(&from.reference("app:1"), &to.reference("a:1"), &blob).await.unwrap();
    assert!(storage.has_blob(&blob.digest.to_string()));
    assert!(storage.seen().iter().all(|seen| seen.authorization.is_none()));
}

#[tokio::test]
async fn a_layout_that_is_written_is_read() {
    let (from, index, _) = signed_index(ReferrersApi::Absent).await;
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("layout");
    let source = registry();
    let sink = LayoutWriter::create(&directory).unwrap();
    let at = from.reference("app:1");
    let top = Transfer::new(&source, &sink).image(&at, &at, &PlatformFilter::All, Blobs::All).await.unwrap();
    sink.finish(std::slice::from_ref(&top)).unwrap();
    let layout = Layout::open(&directory).unwrap();
    let here = Reference::parse(&format!("oci:{}", directory.display())).unwrap();
    let fetched = layout.manifest(&here).await.unwrap();
    assert_eq!(fetched.digest.to_string(), index["digest"].as_str().unwrap());
    // It is not overwritten, and what is beside it is gone.
    assert!(matches!(*LayoutWriter::create(&directory).unwrap_err().fault, Fault::Exists));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn an_archive_is_the_same_for_the_same_content() {
    let (from, _, _) = signed_index(ReferrersApi::Absent).await;
    let folder = tempfile::tempdir().unwrap();
    let source = registry();
    let at = from.reference("app:1");
    let mut written = Vec::new();
    for name in ["1.tar", "2.tar"] {
        let path = folder.path().join(name);
        let sink = ArchiveWriter::create(&path).unwrap();
        let top =
            Transfer::new(&source, &sink).image(&at, &at, &PlatformFilter::All, Blobs::All).await.unwrap();
        let (digest, size) = sink.finish(std::slice::from_ref(&top)).unwrap();
        let bytes = fs::read(&path).unwrap();
        assert_eq!((digest, size), (Digest::sha256(&bytes), u64::try_from(bytes.len()).unwrap()));
        written.push(bytes);
        let layout = Layout::open_archive(&path).unwrap();
        let here = Reference::parse(&format!("oci-archive:{}", path.display())).unwrap();
        assert_eq!(layout.manifest(&here).await.unwrap().digest, top.digest);
    }
    assert_eq!(written[0], written[1]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}
