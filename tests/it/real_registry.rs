//! Against the real `docker-registry`, filled by the real `skopeo`, where they are installed.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use portcullis::bundle::Place;
use portcullis::digest::Digest;
use portcullis::evidence;
use portcullis::oci::PlatformFilter;
use portcullis::oci::Reference;
use portcullis::source;
use portcullis::source::Answer;
use portcullis::source::AuthSources;
use portcullis::source::Credential;
use portcullis::source::Fault;
use portcullis::source::ImageSource;
use portcullis::source::Outcome;
use portcullis::source::Registry;
use portcullis::source::Secret;
use portcullis::source::Settings;
use serde_json::json;

/// `docker-registry serve`; ended when dropped.
struct Real {
    child: Child,
    address: String,
    folder: tempfile::TempDir,
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn installed(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_err() {
        println!("skipped, no {program}");
    }
    found.is_ok()
}

impl Real {
    async fn start(auth: &str, passwords: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let root = folder.path().join("data");
        let config = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: {address}}}\n{auth}",
            root.display()
        );
        let file = folder.path().join("config.yml");
        fs::write(&file, config.replace("FOLDER", &folder.path().display().to_string())).unwrap();
        fs::write(folder.path().join("htpasswd"), passwords).unwrap();
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let real = Self { child, address, folder };
        for _ in 0..100 {
            if tokio::net::TcpStream::connect(&real.address).await.is_ok() {
                return real;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("docker-registry does not listen");
    }

    fn push(&self, layout: &Path, name: &str, to: &str) {
        let status = Command::new("skopeo")
            .args(["copy", "--quiet", "--insecure-policy", "--dest-tls-verify=false", "--multi-arch=all"])
            .arg(format!("oci:{}:{name}", layout.display()))
            .arg(format!("docker://{}/{to}", self.address))
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "skopeo copy {name}");
    }

    fn reference(&self, name: &str) -> Reference {
        Reference::parse(&format!("{}/{name}", self.address)).unwrap()
    }
}

/// A layout with an image `image`, and the referrers tag of a bundle `referrers`.
fn layout(folder: &Path) -> (PathBuf, Digest) {
    let root = folder.join("layout");
    fs::create_dir_all(root.join("blobs/sha256")).unwrap();
    fs::write(root.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    let blob = |kind: &str, bytes: &[u8]| {
        let digest = Digest::sha256(bytes);
        fs::write(root.join("blobs/sha256").join(digest.hex()), bytes).unwrap();
        json!({"mediaType": kind, "digest": digest.to_string(), "size": bytes.len()})
    };
    let config = blob(
        "application/vnd.oci.image.config.v1+json",
        br#"{"os":"linux","architecture":"arm64","rootfs":{"type":"layers","diff_ids":[]}}"#,
    );
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let image = json!({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []}).to_string();
    let digest = Digest::sha256(image.as_bytes());
    let image = blob(kind, image.as_bytes());
    let empty = blob("application/vnd.oci.empty.v1+json", b"{}");
    let layer = blob("application/vnd.dev.sigstore.bundle.v0.3+json", b"{\"bundle\":true}");
    let bundle =
        json!({"schemaVersion": 2, "mediaType": kind, "config": empty, "layers": [layer], "subject": image});
    let bundle = blob(kind, bundle.to_string().as_bytes());
    let list_kind = "application/vnd.oci.image.index.v1+json";
    let list = json!({"schemaVersion": 2, "mediaType": list_kind, "manifests": [bundle]}).to_string();
    let list = blob(list_kind, list.as_bytes());
    let named = |mut entry: serde_json::Value, name: &str| {
        entry["annotations"] = json!({"org.opencontainers.image.ref.name": name});
        entry
    };
    let index = json!({"schemaVersion": 2, "manifests": [named(image, "image"), named(list, "referrers")]});
    fs::write(root.join("index.json"), index.to_string()).unwrap();
    (root, digest)
}

#[tokio::test]
async fn docker_registry() {
    if !installed("docker-registry") || !installed("skopeo") {
        return;
    }
    let real = Real::start("", "").await;
    let (layout, digest) = layout(real.folder.path());
    real.push(&layout, "image", "team/app:1");
    let client = Registry::new(Settings::default()).unwrap();
    let image = source::resolve(&client, &real.reference("team/app:1"), PlatformFilter::All).await.unwrap();
    assert_eq!(*image.digest(), digest);
    assert_eq!(image.platforms().first().unwrap().platform().to_string(), "linux/arm64");
    let collected = evidence::collect(&client, &image).await.unwrap();
    assert!(collected.candidates.is_empty());

    real.push(&layout, "referrers", &format!("team/app:sha256-{}", digest.hex()));
    let referrers = client.referrers(image.reference(), &digest).await.unwrap();
    assert_eq!((referrers.answer, referrers.descriptors.len()), (Answer::FallbackTag, 0));
    let collected = evidence::collect(&client, &image).await.unwrap();
    let [found] = collected.candidates.as_slice() else { panic!("one bundle") };
    assert_eq!(
        (found.origin.place, found.payload.as_slice()),
        (Place::FallbackTag, &b"{\"bundle\":true}"[..])
    );

    for absent in ["team/app:2", "team/absent:1"] {
        let error = source::resolve(&client, &real.reference(absent), PlatformFilter::All).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotFound, "{error}");
    }
}

#[tokio::test]
async fn docker_registry_with_passwords() {
    if !installed("docker-registry") {
        return;
    }
    // bcrypt of "hunter2", as `htpasswd -B` writes it.
    let line = "user:$2b$04$abcdefghijklmnopqrstuuV3duMsC0HpUex6N9qapiuOHHWkwRXVm\n";
    let real = Real::start("auth: {htpasswd: {realm: test, path: FOLDER/htpasswd}}\n", line).await;
    let auth = |word: &str| {
        let password = Secret::new(word.to_owned());
        let credential = Credential::Basic { username: "user".to_owned(), password };
        AuthSources { explicit: Some((real.address.clone(), credential)), ..AuthSources::default() }
    };
    let resolve = async |auth| {
        let client = Registry::new(Settings { auth, ..Settings::default() }).unwrap();
        source::resolve(&client, &real.reference("team/app:1"), PlatformFilter::All).await.unwrap_err()
    };
    let error = resolve(auth("hunter2")).await;
    assert_eq!(error.outcome(), Outcome::NotFound, "{error}");
    for auth in [AuthSources::default(), auth("hunter3")] {
        let error = resolve(auth).await;
        assert!(matches!(*error.fault, Fault::Denied { status: 401, .. }), "{error}");
    }
}
