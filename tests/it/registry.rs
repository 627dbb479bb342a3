//! Registries: what they should do, and what they must not get away with.

use std::fs;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use portcullis::bundle::CandidateKind;
use portcullis::bundle::Place;
use portcullis::digest::Digest;
use portcullis::evidence;
use portcullis::evidence::Collected;
use portcullis::evidence::EvidenceError;
use portcullis::evidence::Lookup;
use portcullis::evidence::Presence;
use portcullis::evidence::Skip;
use portcullis::oci::PinnedImage;
use portcullis::oci::PlatformFilter;
use portcullis::oci::Reference;
use portcullis::source;
use portcullis::source::Answer;
use portcullis::source::AuthSources;
use portcullis::source::Certificates;
use portcullis::source::ClientCertificate;
use portcullis::source::Credential;
use portcullis::source::Fault;
use portcullis::source::ImageSource;
use portcullis::source::Outcome;
use portcullis::source::PlainHttp;
use portcullis::source::Proxies;
use portcullis::source::Registry;
use portcullis::source::Secret;
use portcullis::source::Settings;
use portcullis::source::SettingsError;
use portcullis::source::SourceError;
use portcullis::source::Timeouts;
use serde_json::Value;
use serde_json::json;

use crate::support;
use crate::support::registry::Auth;
use crate::support::registry::BUNDLE;
use crate::support::registry::INDEX;
use crate::support::registry::MANIFEST;
use crate::support::registry::Misbehaviour;
use crate::support::registry::Options;
use crate::support::registry::ReferrersApi;
use crate::support::registry::TOKEN;
use crate::support::registry::TestRegistry;
use crate::support::registry::tag_of;

/// Short enough for tests, long enough for a busy machine.
fn settings() -> Settings {
    let timeouts = Timeouts {
        backoff: Duration::from_millis(5),
        connect: Duration::from_secs(2),
        idle: Duration::from_millis(500),
        request: Duration::from_secs(2),
        retry_after: Duration::from_secs(1),
        ..Timeouts::default()
    };
    Settings { timeouts, ..Settings::default() }
}

fn client() -> Registry {
    Registry::new(settings()).unwrap()
}

fn with_auth(auth: AuthSources) -> Registry {
    Registry::new(Settings { auth, ..settings() }).unwrap()
}

async fn resolve(reference: &Reference) -> Result<PinnedImage, SourceError> {
    source::resolve(&client(), reference, PlatformFilter::All).await
}

async fn collect(reference: &Reference) -> Result<Collected, EvidenceError> {
    let client = client();
    let image = source::resolve_digest(&client, reference, PlatformFilter::All).await?;
    evidence::collect(&client, &image).await
}

fn digest(descriptor: &Value) -> String {
    descriptor["digest"].as_str().unwrap().to_owned()
}

async fn plain() -> TestRegistry {
    TestRegistry::start(Options::default()).await
}

async fn with_referrers(page: usize) -> TestRegistry {
    TestRegistry::start(Options { referrers: ReferrersApi::Present { page }, ..Options::default() }).await
}

#[tokio::test]
async fn resolves_a_tag_once() {
    let registry = plain().await;
    let image = registry.put_image("app", "1");
    let pinned = resolve(&registry.reference("app:1")).await.unwrap();
    assert_eq!(pinned.digest().to_string(), digest(&image));
    let [platform] = pinned.platforms() else { panic!("one platform") };
    assert_eq!(platform.diff_ids(), [Digest::sha256(b"layer")]);
    let tags = registry.seen().iter().filter(|seen| seen.path.ends_with("/manifests/1")).count();
    assert_eq!(tags, 1);
}

#[tokio::test]
async fn resolves_an_index() {
    let registry = plain().await;
    let mut entry = registry.put_image("app", "");
    entry["platform"] = json!({"os": "linux", "architecture": "amd64"});
    let attestation = json!({"mediaType": MANIFEST, "digest": Digest::sha256(b"gone").to_string(), "size": 4,
        "platform": {"os": "unknown", "architecture": "unknown"}});
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry, attestation]});
    registry.put_document("app", "1", &index);
    let pinned = resolve(&registry.reference("app:1")).await.unwrap();
    assert!(pinned.is_index());
    assert_eq!(pinned.platforms().len(), 1);
    let asked = PlatformFilter::Only(vec!["linux/arm64".parse().unwrap()]);
    let error = source::resolve(&client(), &registry.reference("app:1"), asked).await.unwrap_err();
    assert!(
        error.to_string().ends_with("platform linux/arm64 is not in the image; it has linux/amd64"),
        "{error}"
    );
}

/// The same directories as in `layouts.rs`, served by a registry, must give the same candidates.
#[tokio::test]
async fn real_images() {
    let Some(vectors) = support::vectors() else { return };
    for (name, signatures, attestations) in [
        ("layouts/conforma-testimage", 1, 1),
        ("layouts/connaisseur-multi-cosigned-alice-bob-charlie", 3, 0),
        ("layouts/slsa-container-v2.1.0", 0, 1),
        ("negative-layouts/no-layers", 0, 0),
    ] {
        let registry = plain().await;
        registry.load_layout(&vectors.join("cosign").join(name), "app");
        let collected = collect(&registry.reference("app")).await.unwrap();
        let count = |kind, place| {
            let fits =
                collected.candidates.iter().filter(|found| found.kind == kind && found.origin.place == place);
            fits.count()
        };
        assert_eq!(count(CandidateKind::LegacySignature, Place::SignatureTag), signatures, "{name}");
        assert_eq!(count(CandidateKind::LegacyAttestation, Place::AttestationTag), attestations, "{name}");
        assert_eq!(collected.candidates.len(), signatures + attestations, "{name}");
    }
    let registry = plain().await;
    registry.load_layout(&vectors.join("cosign/negative-layouts/1001-layers"), "app");
    let error = collect(&registry.reference("app")).await.unwrap_err();
    assert!(error.to_string().ends_with("document has 1001 layers, more than 1000"), "{error}");
}

fn bundles(collected: &Collected) -> Vec<(Place, String)> {
    let text = |payload: &[u8]| String::from_utf8(payload.to_vec()).unwrap();
    let mut found: Vec<_> =
        collected.candidates.iter().map(|found| (found.origin.place, text(&found.payload))).collect();
    found.sort();
    found
}

#[tokio::test]
async fn referrers_by_api_and_tag() {
    for (registry, place) in
        [(with_referrers(2).await, Place::Referrers), (plain().await, Place::FallbackTag)]
    {
        let image = registry.put_image("app", "1");
        let entries: Vec<Value> =
            [&b"1"[..], b"2", b"3"].iter().map(|bundle| registry.put_bundle("app", &image, bundle)).collect();
        if place == Place::FallbackTag {
            // cosign lists a wrong artifact type, and some registries list a referrer twice.
            let wrong = entries.iter().chain(entries.first()).cloned().map(|mut entry| {
                entry["artifactType"] = json!("application/vnd.oci.empty.v1+json");
                entry
            });
            registry.put_fallback_tag("app", &image, &wrong.collect::<Vec<_>>());
        }
        let collected = collect(&registry.reference("app:1")).await.unwrap();
        let expected = ["1", "2", "3"].map(|text| (place, text.to_owned()));
        assert_eq!(bundles(&collected), expected);
        let absent = collected.looked.iter().filter(|looked| looked.presence == Presence::Absent);
        let places: Vec<Place> = absent.map(|looked| looked.place).collect();
        let nothing = [Place::SignatureTag, Place::AttestationTag];
        assert!(nothing.iter().all(|place| places.contains(place)), "{places:?}");
    }
}

/// A registry that learned the API later need not list what was pushed before.
#[tokio::test]
async fn tag_is_looked_at_beside_the_api() {
    let registry = with_referrers(10).await;
    let image = registry.put_image("app", "1");
    let listed = registry.put_bundle("app", &image, b"listed");
    let other = json!({"mediaType": MANIFEST, "digest": Digest::sha256(b"other").to_string(), "size": 5});
    let unlisted = registry.put_bundle("app", &other, b"unlisted");
    registry.put_fallback_tag("app", &image, &[listed, unlisted]);
    let collected = collect(&registry.reference("app:1")).await.unwrap();
    let expected = [(Place::FallbackTag, "unlisted".to_owned()), (Place::Referrers, "listed".to_owned())];
    assert_eq!(bundles(&collected), expected);
}

#[tokio::test]
async fn signature_repository_and_prefix() {
    let registry = plain().await;
    let image = registry.put_image("app", "1");
    let mut layer = registry.put_blob(b"payload");
    layer["mediaType"] = json!("application/vnd.dev.cosign.simplesigning.v1+json");
    let config = registry.put_blob(b"{}");
    let signatures = json!({"schemaVersion": 2, "config": config, "layers": [layer]});
    registry.put_document("signatures", &format!("team-{}.sig", tag_of(&image)), &signatures);
    let client = client();
    let pinned = source::resolve(&client, &registry.reference("app:1"), PlatformFilter::All).await.unwrap();
    assert!(evidence::collect(&client, &pinned).await.unwrap().candidates.is_empty());
    let lookup = Lookup {
        repository: Some(registry.reference("signatures")),
        tag_prefix: "team-".to_owned(),
        attachment_bytes: None,
    };
    let collected = evidence::collect_with(&client, &pinned, &lookup).await.unwrap();
    assert_eq!(bundles(&collected), [(Place::SignatureTag, "payload".to_owned())]);
    // The payload has seven bytes.
    let lower = |ceiling| Lookup { attachment_bytes: Some(ceiling), ..lookup.clone() };
    evidence::collect_with(&client, &pinned, &lower(7)).await.unwrap();
    let error = evidence::collect_with(&client, &pinned, &lower(6)).await.unwrap_err();
    assert!(matches!(error, EvidenceError::LayerSize { size: 7, ceiling: 6, .. }), "{error}");
}

/// The registry lists what is gone, or what is no bundle: said, and no hindrance.
#[tokio::test]
async fn referrers_that_are_no_candidates() {
    let registry = plain().await;
    let image = registry.put_image("app", "1");
    let bundle = registry.put_bundle("app", &image, b"bundle");
    let list =
        registry.put_document("app", "", &json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}));
    let gone = json!({"mediaType": MANIFEST, "digest": Digest::sha256(b"gone").to_string(), "size": 4});
    registry.put_fallback_tag("app", &image, &[gone, list, image.clone(), bundle]);
    let collected = collect(&registry.reference("app:1")).await.unwrap();
    assert_eq!(bundles(&collected), [(Place::FallbackTag, "bundle".to_owned())]);
    let skips: Vec<&Skip> = collected
        .looked
        .iter()
        .filter_map(|looked| match &looked.presence {
            Presence::Skipped(skip) => Some(skip),
            _ => None,
        })
        .collect();
    assert_eq!(skips, [&Skip::Gone, &Skip::Index, &Skip::OtherKind("application/octet-stream".to_owned())]);
}

/// CVE-2024-29902: sizes are refused from the descriptor, before a byte is read.
#[tokio::test]
async fn too_large_by_descriptor() {
    let layers = |count: usize, size: u64| {
        let layer = json!({"mediaType": BUNDLE, "digest": Digest::sha256(b"x").to_string(), "size": size});
        let mut layers = vec![layer; count];
        if count > 1 {
            layers
                .iter_mut()
                .for_each(|layer| layer["mediaType"] = json!("application/vnd.dsse.envelope.v1+json"));
        }
        layers
    };
    for (layers, expected) in [
        (layers(1, (128 << 20) + 1), "layer 0 has 134217729 bytes, more than 134217728"),
        (layers(5, 128 << 20), "more than 536870912 bytes together"),
        (layers(1000, 1 << 20), "more than 536870912 bytes together"),
        (layers(1, u64::MAX), "more than 134217728"),
    ] {
        let registry = plain().await;
        let image = registry.put_image("app", "1");
        let config = registry.put_blob(b"{}");
        let manifest = json!({"schemaVersion": 2, "config": config, "layers": layers});
        registry.put_document("app", &format!("{}.att", tag_of(&image)), &manifest);
        let error = collect(&registry.reference("app:1")).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!registry.seen().iter().any(|seen| seen.path.contains("/blobs/")));
    }
}

/// Evidence on a platform manifest is found beside that on the index.
#[tokio::test]
async fn index_and_platforms() {
    let registry = with_referrers(10).await;
    let mut entry = registry.put_image("app", "");
    entry["platform"] = json!({"os": "linux", "architecture": "amd64"});
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]});
    let index = registry.put_document("app", "1", &index);
    registry.put_bundle("app", &index, b"on index");
    registry.put_bundle("app", &entry, b"on platform");
    let collected = collect(&registry.reference("app:1")).await.unwrap();
    let found: Vec<(String, &[u8])> = collected
        .candidates
        .iter()
        .map(|found| (found.origin.attached_to.unwrap().to_string(), found.payload.as_slice()))
        .collect();
    assert_eq!(found, [(digest(&index), &b"on index"[..]), (digest(&entry), b"on platform")]);
}

/// What registries without the API answer: all of it leads to the tag, and only that.
#[tokio::test]
async fn no_referrers_api() {
    for status in [400, 404, 405, 406, 501] {
        let registry = with_referrers(10).await;
        let image = registry.put_image("app", "1");
        registry.misbehave("/referrers/", Misbehaviour::status(status));
        let at = registry.reference("app");
        let subject = Digest::parse(&digest(&image)).unwrap();
        let referrers = client().referrers(&at, &subject).await.unwrap();
        assert_eq!((referrers.answer, referrers.descriptors.len()), (Answer::FallbackTag, 0), "{status}");
    }
    let registry = with_referrers(10).await;
    let image = registry.put_image("app", "1");
    let html = Misbehaviour::answer(200, &[("content-type", "text/html")], "<html>");
    registry.misbehave("/referrers/", html);
    let subject = Digest::parse(&digest(&image)).unwrap();
    let referrers = client().referrers(&registry.reference("app"), &subject).await.unwrap();
    assert_eq!(referrers.answer, Answer::FallbackTag);
}

/// A refused, throttled or failed look-up is never "there is none", wherever it happens.
#[tokio::test]
async fn errors_are_never_nothing() {
    for (status, outcome) in [
        (401, Outcome::Refused),
        (403, Outcome::Refused),
        (418, Outcome::Refused),
        (429, Outcome::Unreachable),
        (500, Outcome::Unreachable),
        (503, Outcome::Unreachable),
    ] {
        for place in ["/referrers/", ".sig", ".att", "/manifests/sha256-"] {
            let registry = plain().await;
            registry.put_image("app", "1");
            let body = r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}"#;
            registry.misbehave(place, Misbehaviour::answer(status, &[], body));
            let error = collect(&registry.reference("app:1")).await.unwrap_err();
            assert_eq!(error.outcome(), outcome, "{status} at {place}: {error}");
        }
    }
}

#[tokio::test]
async fn outcomes_of_a_manifest() {
    let registry = plain().await;
    registry.put_image("app", "1");
    let absent = resolve(&registry.reference("app:2")).await.unwrap_err();
    assert_eq!(absent.outcome(), Outcome::NotFound);
    assert!(absent.to_string().contains("app:2: not found: MANIFEST_UNKNOWN unknown"), "{absent}");
    for (status, outcome) in [
        (400, Outcome::Refused),
        (401, Outcome::Refused),
        (403, Outcome::Refused),
        (404, Outcome::NotFound),
        (429, Outcome::Unreachable),
        (500, Outcome::Unreachable),
        (502, Outcome::Unreachable),
        (504, Outcome::Unreachable),
        (204, Outcome::Refused),
    ] {
        registry.behave();
        registry.misbehave("/manifests/", Misbehaviour::status(status));
        let error = resolve(&registry.reference("app:1")).await.unwrap_err();
        assert_eq!(error.outcome(), outcome, "{status}: {error}");
    }
}

#[tokio::test]
async fn nobody_there() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = resolve(&Reference::parse(&format!("{free}/app:1")).unwrap()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unreachable);
    assert!(matches!(*error.fault, Fault::Connect(_)), "{error}");
    // RFC 6761: this name never resolves.
    let error = resolve(&Reference::parse("registry.invalid/app:1").unwrap()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unreachable, "{error}");
}

/// Plain HTTP to a host that was named for it, through a proxy; nobody else gets plain HTTP.
#[tokio::test]
async fn proxy() {
    let registry = plain().await;
    registry.put_image("app", "1");
    let proxies = Proxies { http: Some(format!("http://{}", registry.address)), ..Proxies::default() };
    let plain_http = PlainHttp::LoopbackAnd(vec!["registry.invalid".to_owned()]);
    let client = Registry::new(Settings { proxies, plain_http, ..settings() }).unwrap();
    let at = Reference::parse("registry.invalid/app:1").unwrap();
    source::resolve(&client, &at, PlatformFilter::All).await.unwrap();
    let before = registry.seen().len();
    let other = Reference::parse("other.invalid/app:1").unwrap();
    let error = source::resolve(&client, &other, PlatformFilter::All).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unreachable, "{error}");
    assert_eq!(registry.seen().len(), before);
    let broken = Proxies { https: Some("http://[".to_owned()), ..Proxies::default() };
    assert!(Registry::new(Settings { proxies: broken, ..settings() }).is_err());
}

#[tokio::test]
async fn tls() {
    let registry = TestRegistry::start(Options { tls: true, ..Options::default() }).await;
    registry.put_image("app", "1");
    let port = registry.address.port();
    let authority = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/tls/ca.pem")).unwrap();
    let resolve = async |host: &str, ca_certificates: &[u8]| {
        let ca_certificates = ca_certificates.to_vec();
        let plain_http = PlainHttp::Never;
        let client = Registry::new(Settings {
            plain_http,
            certificates: Certificates { authorities: ca_certificates, client: None },
            ..settings()
        })
        .unwrap();
        let at = Reference::parse(&format!("{host}:{port}/app:1")).unwrap();
        source::resolve(&client, &at, PlatformFilter::All).await
    };
    resolve("localhost", &authority).await.unwrap();
    let before = registry.seen().len();
    // An authority that nobody trusts here, and a name that the certificate does not have.
    for (host, authority) in [("localhost", &b""[..]), ("127.0.0.1", &authority)] {
        let start = Instant::now();
        let error = resolve(host, authority).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unreachable);
        assert!(error.to_string().contains("certificate"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(1));
    }
    assert_eq!(registry.seen().len(), before);
}

#[tokio::test]
async fn mutual_tls() {
    let registry = TestRegistry::start(Options { mutual_tls: true, ..Options::default() }).await;
    registry.put_image("app", "1");
    let port = registry.address.port();
    let file =
        |name: &str| fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/tls").join(name)).unwrap();
    let resolve = async |client: Option<ClientCertificate>| {
        let certificates = Certificates { authorities: file("ca.pem"), client };
        let plain_http = PlainHttp::Never;
        let client = Registry::new(Settings { plain_http, certificates, ..settings() }).unwrap();
        let at = Reference::parse(&format!("localhost:{port}/app:1")).unwrap();
        source::resolve(&client, &at, PlatformFilter::All).await
    };
    let ours = ClientCertificate { chain: file("client.pem"), key: file("client.key.pem") };
    assert!(!format!("{ours:?}").contains("PRIVATE"));
    resolve(Some(ours)).await.unwrap();
    let before = registry.seen().len();
    // None, and one of another authority.
    let other = ClientCertificate { chain: file("server.pem"), key: file("server.key.pem") };
    for client in [None, Some(other)] {
        assert_eq!(resolve(client).await.unwrap_err().outcome(), Outcome::Unreachable);
    }
    assert_eq!(registry.seen().len(), before);
    // A key that is not the certificate's.
    let mixed = ClientCertificate { chain: file("client.pem"), key: file("server.key.pem") };
    let certificates = Certificates { authorities: Vec::new(), client: Some(mixed) };
    let refused = Registry::new(Settings { certificates, ..settings() });
    assert!(matches!(refused, Err(SettingsError::ClientCertificate(_))));
}

#[tokio::test]
async fn tls_to_a_plain_registry() {
    let registry = plain().await;
    registry.put_image("app", "1");
    let client = Registry::new(Settings { plain_http: PlainHttp::Never, ..settings() }).unwrap();
    let error =
        source::resolve(&client, &registry.reference("app:1"), PlatformFilter::All).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unreachable, "{error}");
    assert!(registry.seen().is_empty());
}

#[tokio::test]
async fn tries_again() {
    let registry = plain().await;
    registry.put_image("app", "1");
    for how in [
        Misbehaviour::status(429),
        Misbehaviour::status(503),
        Misbehaviour::BreakOff,
        Misbehaviour::answer(429, &[("retry-after", "0")], ""),
    ] {
        registry.behave();
        registry.misbehave("/manifests/1", Misbehaviour::Times(2, Box::new(how)));
        resolve(&registry.reference("app:1")).await.unwrap_or_else(|error| panic!("{error}"));
    }
    registry.behave();
    let later = Misbehaviour::answer(503, &[("retry-after", "1")], "");
    registry.misbehave("/manifests/1", Misbehaviour::Times(1, Box::new(later)));
    let start = Instant::now();
    resolve(&registry.reference("app:1")).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1), "came back too early");
}

#[tokio::test]
async fn gives_up() {
    let registry = plain().await;
    registry.put_image("app", "1");
    let tries = || registry.seen().iter().filter(|seen| seen.path.ends_with("/manifests/1")).count();
    registry.misbehave("/manifests/1", Misbehaviour::status(429));
    let error = resolve(&registry.reference("app:1")).await.unwrap_err();
    assert!(matches!(*error.fault, Fault::Throttled { retry_after: None, .. }), "{error}");
    assert_eq!(tries(), 3);

    // Asked to wait longer than we do: no second try.
    registry.behave();
    let slow = Misbehaviour::answer(429, &[("retry-after", "3600")], "");
    registry.misbehave("/manifests/1", slow);
    let error = resolve(&registry.reference("app:1")).await.unwrap_err();
    assert!(matches!(*error.fault, Fault::Throttled { retry_after: Some(3600), .. }), "{error}");
    assert_eq!(tries(), 4);
}

/// Each costs bounded time and memory, is an error, and none of them is "not found".
#[tokio::test]
async fn hostile_bodies() {
    let at = ["/manifests/1", "/blobs/", "/referrers/", "/manifests/sha256-", ".sig"];
    let oversized = Misbehaviour::Answer { status: 200, headers: index_type(), body: vec![b' '; 5 << 20] };
    let cases = [
        ("endless", Misbehaviour::Endless),
        ("drip", Misbehaviour::Drip),
        ("break off", Misbehaviour::BreakOff),
        ("silence", Misbehaviour::Silence),
        ("layers without end", Misbehaviour::LayersWithoutEnd),
        ("oversized", oversized),
        ("wrong bytes", Misbehaviour::answer(200, &[("content-type", INDEX)], "wrong bytes")),
    ];
    let jobs =
        at.iter().flat_map(|at| cases.iter().map(move |(name, how)| hostile_body(at, name, how.clone())));
    futures_util::future::join_all(jobs).await;
}

async fn hostile_body(at: &str, name: &str, how: Misbehaviour) {
    let referrers =
        if at.contains("sha256-") { ReferrersApi::Absent } else { ReferrersApi::Present { page: 9 } };
    let registry = TestRegistry::start(Options { referrers, ..Options::default() }).await;
    let image = registry.put_image("app", "1");
    registry.put_bundle("app", &image, b"bundle");
    registry.misbehave(at, how);
    let start = Instant::now();
    let client = client();
    let outcome = match source::resolve(&client, &registry.reference("app:1"), PlatformFilter::All).await {
        Ok(image) => evidence::collect(&client, &image).await.unwrap_err().outcome(),
        Err(error) => error.outcome(),
    };
    assert_ne!(outcome, Outcome::NotFound, "{name} at {at}");
    assert!(start.elapsed() < Duration::from_secs(10), "{name} at {at}: {:?}", start.elapsed());
    // The ceiling of a manifest, at most three at once, and what the sockets' buffers hold.
    assert!(registry.sent() < 64 << 20, "{name} at {at}: {} bytes taken", registry.sent());
}

fn index_type() -> Vec<(&'static str, Vec<u8>)> {
    vec![("content-type", INDEX.as_bytes().to_vec())]
}

#[tokio::test]
async fn wrong_digest() {
    let registry = plain().await;
    let image = registry.put_image("app", "1");
    let other = registry.put_image("app", "other");
    assert_eq!(image, other);
    let document = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}).to_string();
    registry.misbehave("/manifests/", Misbehaviour::answer(200, &[("content-type", INDEX)], &document));
    let pinned = registry.reference(&format!("app@{}", digest(&image)));
    let error = resolve(&pinned).await.unwrap_err();
    assert!(matches!(*error.fault, Fault::Digest { .. }), "{error}");

    // The registry's own header says that these are other bytes.
    registry.behave();
    let lying = [("content-type", INDEX), ("docker-content-digest", &*digest(&image))];
    registry.misbehave("/manifests/", Misbehaviour::answer(200, &lying, &document));
    let error = resolve(&registry.reference("app:1")).await.unwrap_err();
    assert!(matches!(*error.fault, Fault::Digest { .. }), "{error}");

    // A blob of the right length.
    registry.behave();
    registry.misbehave("/blobs/", Misbehaviour::answer(200, &[], &"x".repeat(137)));
    let error = resolve(&registry.reference("app:1")).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Refused, "{error}");
}

#[tokio::test]
async fn odd_headers() {
    let registry = plain().await;
    registry.put_image("app", "1");
    // A digest header that is none is as good as none; the bytes count.
    let document = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}).to_string();
    for digest in [&b"\xff\xfe"[..], b"sha256:", b"md5:00"] {
        registry.behave();
        let headers =
            vec![("content-type", INDEX.as_bytes().to_vec()), ("docker-content-digest", digest.to_vec())];
        let body = document.clone().into_bytes();
        registry.misbehave("/manifests/1", Misbehaviour::Answer { status: 200, headers, body });
        let image =
            source::resolve_digest(&client(), &registry.reference("app:1"), PlatformFilter::All).await;
        assert_eq!(*image.unwrap().digest(), Digest::sha256(document.as_bytes()));
    }
    for content_type in [&b"\xff\xfe"[..], b"text/html", b"application/json", MANIFEST.as_bytes()] {
        registry.behave();
        let headers = vec![("content-type", content_type.to_vec())];
        let body = document.clone().into_bytes();
        registry.misbehave("/manifests/1", Misbehaviour::Answer { status: 200, headers, body });
        let error = resolve(&registry.reference("app:1")).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Refused, "{error}");
    }
    for (status, name) in [(401, "www-authenticate"), (302, "location"), (429, "retry-after")] {
        registry.behave();
        let headers = vec![(name, b"\xff\xfe \xc3".to_vec())];
        registry.misbehave("/manifests/1", Misbehaviour::Answer { status, headers, body: Vec::new() });
        let error = resolve(&registry.reference("app:1")).await.unwrap_err();
        assert_ne!(error.outcome(), Outcome::NotFound, "{error}");
    }
}

#[tokio::test]
async fn redirects() {
    let registry = plain().await;
    registry.put_image("app", "1");
    // To another path of the same registry.
    let redirect = |to: &str| Misbehaviour::answer(307, &[("location", to)], "");
    registry.put_image("other", "1");
    registry.misbehave("/v2/app/manifests/1", redirect("/v2/other/manifests/1"));
    resolve(&registry.reference("app:1")).await.unwrap();
    for to in ["/v2/app/manifests/1", "?x=1", ""] {
        registry.behave();
        registry.misbehave("/v2/app/manifests/1", redirect(to));
        let before = registry.seen().len();
        let error = resolve(&registry.reference("app:1")).await.unwrap_err();
        assert!(matches!(*error.fault, Fault::TooManyRedirects { ceiling: 5 }), "{error}");
        assert_eq!(error.outcome(), Outcome::Unreachable);
        assert_eq!(registry.seen().len() - before, 6);
    }
    for to in ["http://registry.example/", "ftp://127.0.0.1/", "file:///etc/passwd", "http://[", "data:,x"] {
        registry.behave();
        registry.misbehave("/v2/app/manifests/1", redirect(to));
        let error = resolve(&registry.reference("app:1")).await.unwrap_err();
        assert!(matches!(*error.fault, Fault::BadRedirect { .. }), "{to}: {error}");
    }
    registry.behave();
    registry.misbehave("/v2/app/manifests/1", Misbehaviour::status(302));
    let error = resolve(&registry.reference("app:1")).await.unwrap_err();
    assert!(matches!(*error.fault, Fault::BadRedirect { .. }), "{error}");
}

#[tokio::test]
async fn paging() {
    let registry = with_referrers(1).await;
    let image = registry.put_image("app", "1");
    for number in 0..5 {
        registry.put_bundle("app", &image, format!("{number}").as_bytes());
    }
    let subject = Digest::parse(&digest(&image)).unwrap();
    let ask = async || client().referrers(&registry.reference("app"), &subject).await;
    assert_eq!(ask().await.unwrap().descriptors.len(), 5);

    let empty = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}).to_string();
    let page = |link: &str| Misbehaviour::answer(200, &[("content-type", INDEX), ("link", link)], &empty);
    let path = format!("/v2/app/referrers/{subject}");
    // A page that leads to itself, and pages that go on for ever.
    registry.misbehave("/referrers/", page(&format!("<{path}>; rel=\"next\"")));
    assert!(matches!(*ask().await.unwrap_err().fault, Fault::TooMany { .. }));
    // Another host, another list.
    for link in [
        "<http://127.0.0.1:1/v2/app/referrers/x>; rel=next",
        "</v2/other/referrers/x>; rel=next",
        "<//[>; rel=next",
    ] {
        registry.behave();
        registry.misbehave("/referrers/", page(link));
        let error = ask().await.unwrap_err();
        assert!(matches!(*error.fault, Fault::BadRedirect { .. }), "{link}: {error}");
    }
    // The second page fails: the first is not an answer.
    for status in [404, 403, 429, 500] {
        registry.behave();
        registry.misbehave("from=1", Misbehaviour::status(status));
        assert!(ask().await.is_err(), "{status}");
    }
}

#[tokio::test]
async fn too_many_referrers() {
    let registry = with_referrers(10).await;
    let image = registry.put_image("app", "1");
    let subject = Digest::parse(&digest(&image)).unwrap();
    for count in [1_001, 100_000] {
        let entry =
            json!({"mediaType": MANIFEST, "digest": digest(&image), "size": 1, "artifactType": BUNDLE});
        let list =
            json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": vec![entry; count]}).to_string();
        registry.behave();
        registry.misbehave("/referrers/", Misbehaviour::answer(200, &[("content-type", INDEX)], &list));
        let error = client().referrers(&registry.reference("app"), &subject).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Refused, "{count}: {error}");
    }
}

fn explicit(registry: &TestRegistry, credential: Credential) -> AuthSources {
    AuthSources { explicit: Some((registry.address.to_string(), credential)), ..AuthSources::default() }
}

fn password(username: &str, password: &str) -> Credential {
    Credential::Basic { username: username.to_owned(), password: Secret::new(password.to_owned()) }
}

async fn resolve_with(registry: &TestRegistry, auth: AuthSources) -> Result<PinnedImage, SourceError> {
    source::resolve(&with_auth(auth), &registry.reference("team/app:1"), PlatformFilter::All).await
}

async fn protected(auth: Auth) -> TestRegistry {
    let registry = TestRegistry::start(Options { auth, ..Options::default() }).await;
    registry.put_image("team/app", "1");
    registry
}

#[tokio::test]
async fn basic_authentication() {
    let registry = protected(Auth::Basic { username: "user", password: "hunter2" }).await;
    resolve_with(&registry, explicit(&registry, password("user", "hunter2"))).await.unwrap();
    for auth in [AuthSources::default(), explicit(&registry, password("user", "hunter3"))] {
        let error = resolve_with(&registry, auth).await.unwrap_err();
        assert!(matches!(*error.fault, Fault::Denied { status: 401, .. }), "{error}");
        assert!(!error.to_string().contains("hunter") && !format!("{error:?}").contains("hunter"));
    }
    // For another registry.
    let auth = AuthSources {
        explicit: Some(("registry.example".to_owned(), password("user", "hunter2"))),
        ..AuthSources::default()
    };
    assert!(resolve_with(&registry, auth).await.is_err());
    assert!(registry.seen().iter().rev().take(1).all(|seen| seen.authorization.is_none()));
}

#[tokio::test]
async fn token_authentication() {
    let anonymous = protected(Auth::Bearer { password: None, refresh: None }).await;
    resolve_with(&anonymous, AuthSources::default()).await.unwrap();
    let tokens = anonymous.seen().iter().filter(|seen| seen.path.starts_with("/token")).count();
    assert_eq!(tokens, 1, "one token serves for all requests");
    let asked = anonymous.seen().into_iter().find(|seen| seen.path.starts_with("/token")).unwrap();
    assert!(
        asked.path.contains("scope=repository%3Ateam%2Fapp%3Apull") && asked.path.contains("service=test")
    );

    let registry =
        protected(Auth::Bearer { password: Some(("user", "hunter2")), refresh: Some("refresh-me") }).await;
    resolve_with(&registry, explicit(&registry, password("user", "hunter2"))).await.unwrap();
    let identity = Credential::IdentityToken(Secret::new("refresh-me".to_owned()));
    resolve_with(&registry, explicit(&registry, identity)).await.unwrap();
    let direct = Credential::RegistryToken(Secret::new(TOKEN.to_owned()));
    resolve_with(&registry, explicit(&registry, direct)).await.unwrap();
    for auth in [
        AuthSources::default(),
        explicit(&registry, password("user", "wrong-word")),
        explicit(&registry, Credential::IdentityToken(Secret::new("wrong-word".to_owned()))),
        explicit(&registry, Credential::RegistryToken(Secret::new("wrong-word".to_owned()))),
        explicit(&registry, Credential::RegistryToken(Secret::new("wrong\nword".to_owned()))),
    ] {
        let error = resolve_with(&registry, auth).await.unwrap_err();
        assert!(matches!(*error.fault, Fault::Denied { status: 401, .. }), "{error}");
        assert!(!error.to_string().contains("wrong-word"), "{error}");
    }
}

/// What a token service may say; none of it is "no such image", none of it a panic.
#[tokio::test]
async fn hostile_token_service() {
    let long = format!(r#"{{"token":"{}"}}"#, "a".repeat(100_000));
    for (status, body) in [
        (200, ""),
        (200, "<html>"),
        (200, "{}"),
        (200, r#"{"token":"a\nb"}"#),
        (200, r#"{"token":"\u0000"}"#),
        (200, r#"{"token":"ä"}"#),
        (200, r#"{"token":1}"#),
        (200, &long),
        (204, ""),
        (302, ""),
        (401, "secret-echo"),
        (403, ""),
        (404, ""),
        (429, ""),
        (500, ""),
    ] {
        let registry = protected(Auth::Bearer { password: None, refresh: None }).await;
        registry
            .misbehave("/token", Misbehaviour::answer(status, &[("location", "http://127.0.0.1:1/")], body));
        let error = resolve_with(&registry, AuthSources::default()).await.unwrap_err();
        assert_ne!(error.outcome(), Outcome::NotFound, "{status} {body:.20}: {error}");
        let unreachable = matches!(status, 429 | 500);
        assert_eq!(error.outcome() == Outcome::Unreachable, unreachable, "{status} {body:.20}: {error}");
    }
    for how in [Misbehaviour::Endless, Misbehaviour::Drip, Misbehaviour::Silence, Misbehaviour::BreakOff] {
        let registry = protected(Auth::Bearer { password: None, refresh: None }).await;
        registry.misbehave("/token", how);
        let start = Instant::now();
        assert!(resolve_with(&registry, AuthSources::default()).await.is_err());
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn hostile_challenges() {
    let registry = protected(Auth::None).await;
    for challenge in [
        "",
        ",,,",
        "Bearer",
        "Bearer realm=",
        "Bearer realm=\"\"",
        "Bearer realm=\"not a url\"",
        "Bearer realm=\"http://registry.example/token\"",
        "Bearer realm=\"file:///etc/passwd\"",
        "Bearer realm=\"http://user:word@127.0.0.1/token\"",
        "Bearer realm=\"https://\"",
        "Digest realm=\"x\"",
        "Basic",
    ] {
        registry.behave();
        registry.misbehave("/manifests/", Misbehaviour::answer(401, &[("www-authenticate", challenge)], ""));
        let error = resolve_with(&registry, AuthSources::default()).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Refused, "{challenge}: {error}");
    }
}

/// CVE-2020-15157: a password or token never leaves for another origin.
#[tokio::test]
async fn credentials_stay_at_home() {
    let registry = protected(Auth::Basic { username: "user", password: "hunter2" }).await;
    let stranger = plain().await;
    let bytes = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}).to_string();
    stranger.put_manifest("team/app", "1", bytes.as_bytes());
    let away = format!("http://{}/v2/team/app/manifests/1", stranger.address);
    registry.misbehave("/manifests/away", Misbehaviour::answer(307, &[("location", &away)], ""));
    let client = with_auth(explicit(&registry, password("user", "hunter2")));
    let at = registry.reference("team/app:1");
    source::resolve(&client, &at, PlatformFilter::All).await.unwrap();
    client.manifest(&at.with_tag("away").unwrap()).await.unwrap();
    assert!(registry.seen().iter().any(|seen| seen.path.ends_with("/away") && seen.authorization.is_some()));
    let seen = stranger.seen();
    assert_eq!(seen.len(), 1);
    assert!(seen.iter().all(|seen| seen.authorization.is_none()));

    // The stranger knows nothing of what the registry has.
    stranger.misbehave("/manifests/", Misbehaviour::Times(1, Box::new(Misbehaviour::status(404))));
    let error = client.manifest(&at.with_tag("away").unwrap()).await.unwrap_err();
    assert!(matches!(*error.fault, Fault::UnexpectedStatus { status: 404, .. }), "{error}");

    // The stranger asks for a password: its challenge is not ours to answer.
    stranger.misbehave("/manifests/", Misbehaviour::answer(401, &[("www-authenticate", "Basic")], ""));
    let error = client.manifest(&at.with_tag("away").unwrap()).await.unwrap_err();
    assert!(matches!(*error.fault, Fault::Denied { status: 401, .. }), "{error}");
    assert!(stranger.seen().iter().all(|seen| seen.authorization.is_none()));
}

/// A registry that quotes what it was sent.
#[tokio::test]
async fn secrets_do_not_come_back() {
    let registry = protected(Auth::Basic { username: "user", password: "hunter2" }).await;
    let echo = r#"{"errors":[{"code":"DENIED","message":"hunter2 and dXNlcjpodW50ZXIy"}]}"#;
    registry.misbehave("/blobs/", Misbehaviour::answer(403, &[], echo));
    let error = resolve_with(&registry, explicit(&registry, password("user", "hunter2"))).await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("[hidden] and [hidden]") && !text.contains("hunter2"), "{text}");
    let client = with_auth(explicit(&registry, password("user", "hunter2")));
    assert!(!format!("{client:?}").contains("hunter2"));
}

fn write(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

fn helper(folder: &Path, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    let path = write(folder, &format!("docker-credential-{name}"), &format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn authentication_files() {
    let registry = protected(Auth::Basic { username: "user", password: "hunter2" }).await;
    let folder = tempfile::tempdir().unwrap();
    let host = registry.address.to_string();
    // user:hunter2 and user:wrong in base64.
    let (right, wrong) = ("dXNlcjpodW50ZXIy", "dXNlcjp3cm9uZw==");
    let entry = |key: &str, auth: &str| format!(r#"{{"auths":{{"{key}":{{"auth":"{auth}"}}}}}}"#);
    let auth = |texts: &[&str]| AuthSources {
        files: texts
            .iter()
            .enumerate()
            .map(|(number, text)| write(folder.path(), &number.to_string(), text))
            .collect(),
        helper_directories: vec![folder.path().to_owned()],
        explicit: None,
    };
    helper(
        folder.path(),
        "good",
        r#"read -r server; echo "{\"ServerURL\":\"$server\",\"Username\":\"user\",\"Secret\":\"hunter2\"}""#,
    );
    helper(folder.path(), "none", "echo 'credentials not found in native keychain'; exit 1");
    let scoped = format!(
        r#"{{"auths":{{"{host}":{{"auth":"{wrong}"}},"{host}/team":{{"auth":"{right}"}},"{host}/team/other":{{"auth":"{wrong}"}}}}}}"#
    );
    for texts in [
        &[entry(&host, right).as_str()][..],
        &[&entry(&format!("https://{host}/v2/"), right)],
        &[&entry(&format!("{host}/team/app"), right)],
        &[&scoped],
        &[&entry("registry.example", wrong), &entry(&host, right)],
        &["", &entry(&host, right)],
        &[&format!(r#"{{"auths":{{"{host}":{{"username":"user","password":"hunter2"}}}}}}"#)],
        &[r#"{"credsStore":"good","auths":null}"#],
        &[&format!(r#"{{"credHelpers":{{"{host}":"good"}},"auths":{{"{host}":{{"auth":"{wrong}"}}}}}}"#)],
        &[&format!(r#"{{"credsStore":"none","auths":{{"{host}":{{}}}}}}"#), &entry(&host, right)],
    ] {
        let result = resolve_with(&registry, auth(texts)).await;
        assert!(result.is_ok(), "{texts:?}: {}", result.unwrap_err());
    }
    for texts in [
        &[entry(&host, wrong).as_str()][..],
        &[&entry(&format!("{host}/other"), right)],
        &[&entry(&format!("{host}/team/app/x"), right)],
        &[&format!(r#"{{"credHelpers":{{"{host}":"none"}}}}"#)],
    ] {
        let error = resolve_with(&registry, auth(texts)).await.unwrap_err();
        assert!(matches!(*error.fault, Fault::Denied { .. }), "{texts:?}: {error}");
    }
}

#[tokio::test]
async fn identity_tokens_of_files_and_helpers() {
    let registry = protected(Auth::Bearer { password: Some(("a", "b")), refresh: Some("refresh-me") }).await;
    let folder = tempfile::tempdir().unwrap();
    let host = registry.address.to_string();
    helper(folder.path(), "azure", r#"echo '{"Username":"<token>","Secret":"refresh-me"}'"#);
    for text in [
        format!(r#"{{"auths":{{"{host}":{{"identitytoken":"refresh-me","auth":"MDAwMDo="}}}}}}"#),
        format!(r#"{{"auths":{{"{host}":{{"registrytoken":"{TOKEN}"}}}}}}"#),
        format!(r#"{{"credHelpers":{{"{host}":"azure"}}}}"#),
    ] {
        let auth = AuthSources {
            files: vec![folder.path().join("absent.json"), write(folder.path(), "config.json", &text)],
            helper_directories: vec![folder.path().join("absent"), folder.path().to_owned()],
            explicit: None,
        };
        let result = resolve_with(&registry, auth).await;
        assert!(result.is_ok(), "{text}: {}", result.unwrap_err());
    }
}

/// A token that ran out is asked for anew; a registry that takes none is not asked for ever.
#[tokio::test]
async fn expired_token() {
    let registry = protected(Auth::Bearer { password: None, refresh: None }).await;
    let client = client();
    let at = registry.reference("team/app:1");
    source::resolve(&client, &at, PlatformFilter::All).await.unwrap();
    let challenge = format!("Bearer realm=\"http://{}/token\"", registry.address);
    let expired = Misbehaviour::answer(401, &[("www-authenticate", &challenge)], "");
    registry.misbehave("/manifests/", Misbehaviour::Times(1, Box::new(expired.clone())));
    source::resolve(&client, &at, PlatformFilter::All).await.unwrap();
    registry.misbehave("/manifests/", expired);
    let before = registry.seen().len();
    let error = source::resolve(&client, &at, PlatformFilter::All).await.unwrap_err();
    assert!(matches!(*error.fault, Fault::Denied { status: 401, .. }), "{error}");
    assert_eq!(registry.seen().len() - before, 3);
}

#[tokio::test]
async fn broken_authentication_files() {
    let registry = protected(Auth::Basic { username: "user", password: "hunter2" }).await;
    let folder = tempfile::tempdir().unwrap();
    helper(folder.path(), "fails", "echo hunter2; exit 1");
    helper(folder.path(), "garbage", "echo hunter2");
    helper(folder.path(), "hangs", "sleep 60");
    helper(folder.path(), "endless", "while :; do echo hunter2hunter2hunter2hunter2; done");
    let host = registry.address.to_string();
    let store = |name: &str| format!(r#"{{"credsStore":"{name}"}}"#);
    for text in [
        "hunter2".to_owned(),
        r#""hunter2""#.to_owned(),
        r#"{"auths":"hunter2"}"#.to_owned(),
        format!(r#"{{"auths":{{"{host}":"hunter2"}}}}"#),
        format!(r#"{{"auths":{{"{host}":{{"auth":"!hunter2"}}}}}}"#),
        format!(r#"{{"auths":{{"{host}":{{"auth":"aHVudGVyMg=="}}}}}}"#),
        format!(r#"{{"auths":{{"{host}":{{}},"{host}":{{}}}}}}"#),
        store("fails"),
        store("garbage"),
        store("hangs"),
        store("endless"),
        store("absent"),
        store("../fails"),
    ] {
        let auth = AuthSources {
            files: vec![write(folder.path(), "config.json", &text)],
            helper_directories: vec![folder.path().to_owned()],
            explicit: None,
        };
        let mut settings = settings();
        settings.timeouts.helper = Duration::from_millis(500);
        let client = Registry::new(Settings { auth, ..settings }).unwrap();
        let start = Instant::now();
        let result = source::resolve(&client, &registry.reference("team/app:1"), PlatformFilter::All).await;
        let error = result.unwrap_err();
        assert!(matches!(*error.fault, Fault::Credentials(_)), "{text}: {error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(5), "{text}");
    }
}

/// Pages of referrers have a ceiling each and together, whether their length is announced or not.
#[tokio::test]
async fn bytes_of_manifests_and_referrers_have_a_ceiling() {
    let registry = plain().await;
    let image = registry.put_image("app", "1");
    let subject = Digest::parse(&digest(&image)).unwrap();
    let at = registry.reference("app:1");
    // One byte more than a manifest may have; the distribution specification says 4 MiB.
    let large = " ".repeat((4 << 20) + 1);
    registry.misbehave("/manifests/1", Misbehaviour::answer(200, &[("content-type", MANIFEST)], &large));
    let error = client().manifest(&at).await.unwrap_err();
    assert!(matches!(*error.fault, Fault::TooLarge { ceiling } if ceiling == 4 << 20), "{error}");
    registry.behave();
    registry.misbehave("/referrers/", Misbehaviour::answer(200, &[("content-type", INDEX)], &large));
    let error = client().referrers(&at, &subject).await.unwrap_err();
    assert!(matches!(*error.fault, Fault::TooLarge { ceiling } if ceiling == 4 << 20), "{error}");
    registry.behave();
    // Five pages of nearly 4 MiB each are more than four of them.
    let page = format!(r#"{{"schemaVersion":2,"manifests":[]{}}}"#, " ".repeat((4 << 20) - 64));
    for number in 1..=5 {
        let next = format!("</v2/app/referrers/{subject}?page={}>; rel=\"next\"", number + 1);
        let headers = [("content-type", INDEX), ("link", next.as_str())];
        registry.misbehave(&format!("page={number}"), Misbehaviour::answer(200, &headers, &page));
    }
    let first = format!("</v2/app/referrers/{subject}?page=1>; rel=\"next\"");
    let headers = [("content-type", INDEX), ("link", first.as_str())];
    let small = r#"{"schemaVersion":2,"manifests":[]}"#;
    registry.misbehave("/referrers/", Misbehaviour::answer(200, &headers, small));
    let error = client().referrers(&at, &subject).await.unwrap_err();
    assert!(matches!(*error.fault, Fault::TooLarge { ceiling } if ceiling == 16 << 20), "{error}");
    let pages = registry.seen().into_iter().filter(|seen| seen.path.contains("page=")).count();
    assert_eq!(pages, 5, "the fifth page is the one too many");
}
