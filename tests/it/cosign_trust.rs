//! `cosign initialize` and `cosign trusted-root create`, against what cosign 3.1.1 wrote and said.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;

use super::cli;

fn cosign(arguments: &[&str], environment: &[(&str, &Path)]) -> (Option<i32>, Vec<u8>, String) {
    let mut command = cli::portcullis(&[&["cosign"], arguments].concat());
    command.envs(environment.iter().copied());
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code(), stdout, String::from_utf8(stderr).unwrap())
}

/// In the folder of the keys and chains, as `scripts/trusted-root.sh` ran cosign.
fn create(arguments: &[&str]) -> (Option<i32>, Vec<u8>, String) {
    let mut command = cli::portcullis(&[&["cosign", "trusted-root", "create"], arguments].concat());
    let Output { status, stdout, stderr } = command.current_dir("testdata/trusted-root").output().unwrap();
    (status.code(), stdout, String::from_utf8(stderr).unwrap())
}

/// A document with its lists sorted: cosign puts entries in the order of their beginnings.
fn sorted(document: &[u8]) -> Value {
    let mut document: Value = serde_json::from_slice(document).unwrap();
    for list in document.as_object_mut().unwrap().values_mut().filter_map(Value::as_array_mut) {
        list.sort_by_key(ToString::to_string);
    }
    document
}

/// What cosign wrote.
fn expected(name: &str) -> Value {
    sorted(&fs::read(Path::new("testdata/trusted-root").join(name)).unwrap())
}

const ALL: [&str; 14] = [
    "--fulcio",
    "url=https://fulcio.example,certificate-chain=chain.pem",
    "--fulcio",
    "url=https://fulcio.example,certificate-chain=unnamed.pem,start-time=2025-01-01T00:00:00+02:00,end-time=2025-02-01T00:00:00.5Z",
    "--ctfe",
    "url=https://ct.example,public-key=p384.pub,start-time=2024-01-01T00:00:00Z,origin=ignored",
    "--rekor",
    "url=https://rekor.example,public-key=p256.pub,start-time=2024-01-01T00:00:00Z,end-time=2025-01-01T00:00:00Z",
    "--rekor",
    "url=https://rekor2.example,public-key=p256.pub,start-time=2024-01-01T00:00:00Z",
    "--tsa",
    "url=https://tsa.example,certificate-chain=tsa-chain.pem",
    "--tsa",
    "url=https://tsa.example,certificate-chain=tsa.pem,end-time=2029-01-01T00:00:00Z",
];

const DEPRECATED: [&str; 24] = [
    "--certificate-chain",
    "chain.pem",
    "--certificate-chain",
    "other.pem",
    "--fulcio-uri",
    "https://fulcio.example",
    "--ctfe-key",
    "p384.pub",
    "--ctfe-start-time",
    "2024-01-01T00:00:00Z",
    "--ctfe-end-time",
    "2025-01-01T00:00:00Z",
    "--ctfe-url",
    "https://ct.example",
    "--rekor-key",
    "ed25519.pub,rekor.example",
    "--rekor-url",
    "https://rekor.example",
    "--timestamp-certificate-chain",
    "tsa-chain.pem",
    "--timestamp-uri",
    "https://tsa.example",
    "--no-default-tsa",
    "--no-default-rekor",
];

#[test]
fn create_writes_what_cosign_writes() {
    for (arguments, file) in
        [(ALL.as_slice(), "all.json"), (DEPRECATED.as_slice(), "deprecated.json"), (&[], "empty.json")]
    {
        let (code, stdout, stderr) = create(arguments);
        assert_eq!(code, Some(0), "{file}: {stderr}");
        assert_eq!(sorted(&stdout), expected(file), "{file}");
        assert!(stdout.ends_with(b"}\n"));
    }
    let (_, _, stderr) = create(&DEPRECATED);
    for flag in [
        "--certificate-chain has been deprecated, use --fulcio",
        "--rekor-url has been deprecated, use --rekor",
    ] {
        assert!(stderr.contains(&format!("Flag {flag} instead")), "{stderr}");
    }
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.json");
    let (code, stdout, _) = create(&[ALL.as_slice(), &["--out", out.to_str().unwrap()]].concat());
    assert_eq!((code, stdout.as_slice()), (Some(0), b"".as_slice()));
    assert_eq!(sorted(&fs::read(&out).unwrap()), expected("all.json"));
}

/// Command lines, and the words that cosign 3.1.1 had for them.
#[test]
fn create_refuses_as_cosign_does() {
    let cases: [(&[&str], &str); 17] = [
        (&["--fulcio="], "parsing fulcio spec: invalid key-value pair: "),
        (&["--fulcio=url"], "parsing fulcio spec: invalid key-value pair: url"),
        (
            &["--fulcio=url=x"],
            "parsing fulcio spec: missing or empty required key 'certificate-chain' in fulcio spec",
        ),
        (
            &["--fulcio=url=x,certificate-chain=nope.pem"],
            "parsing fulcio spec: parsing Fulcio certificate-chain: open nope.pem: no such file or directory",
        ),
        (
            &["--fulcio=url=x,certificate-chain=README.md"],
            "parsing fulcio spec: parsing Fulcio certificate-chain: no certificates in file README.md",
        ),
        (
            &["--tsa=url=x,certificate-chain=root.pem"],
            "parsing tsa spec: first certificate in chain must be a leaf certificate",
        ),
        (
            &["--rekor=url=x,public-key=nope,start-time=2024-01-01T00:00:00Z"],
            "parsing rekor spec: parsing public-key: open nope: no such file or directory",
        ),
        (
            &["--rekor=url=x,public-key=p256.pub"],
            "parsing rekor spec: missing or empty required key 'start-time' in tlog spec",
        ),
        (
            &["--rekor=url=x,public-key=p256.pub,start-time=2024"],
            "parsing rekor spec: parsing start-time: parsing time \"2024\" as \"2006-01-02T15:04:05Z07:00\": cannot parse",
        ),
        (
            &["--ctfe=url=x,public-key=p256.pub,start-time=2024-01-01T00:00:00Z,end-time=x"],
            "parsing ctfe spec: parsing end-time: parsing time \"x\"",
        ),
        (
            &["--rekor=url=x,public-key=p256.pub,start-time=2024-01-01T00:00:00Z", "--rekor-key=p256.pub"],
            "cannot use --rekor and old rekor flags at the same time",
        ),
        (
            &["--fulcio=url=x,certificate-chain=root.pem", "--fulcio-uri=x"],
            "cannot use --fulcio and old fulcio flags at the same time",
        ),
        (&["--timestamp-certificate-chain=tsa.pem"], "certificate chain must have at least two certificates"),
        (
            &["--timestamp-certificate-chain=root.pem"],
            "first certificate in chain must be a leaf certificate",
        ),
        (&["--rekor-start-time=x", "--rekor-key=p256.pub"], "parsing time \"x\""),
        (&["--certificate-chain=root.pem,tsa.pem"], "open root.pem,tsa.pem: no such file or directory"),
        (&["--nope"], "unknown flag: --nope"),
    ];
    for (arguments, message) in cases {
        let (code, stdout, stderr) = create(arguments);
        assert_eq!(code, Some(1), "{arguments:?}: {stderr}");
        assert!(stdout.is_empty());
        assert!(stderr.contains(&format!("Error: {message}")), "{arguments:?}: {stderr}");
    }
}

/// The chain that is none is written, as cosign does, and said to be none.
#[test]
fn create_warns_of_broken_chains() {
    let (code, _, stderr) = create(&["--fulcio=url=x,certificate-chain=broken-chain.pem"]);
    assert_eq!(code, Some(0));
    assert!(stderr.contains("certificate 1 is not issued by certificate 2"), "{stderr}");
}

fn repository(case: &str) -> (String, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/tuf").join(case);
    (format!("file://{}", folder.join("1").display()), folder.join("root.json").to_str().unwrap().to_owned())
}

fn initialize(root: &Path, case: &str, more: &[&str]) -> (Option<i32>, Vec<u8>, String) {
    let (mirror, start) = repository(case);
    let arguments = ["initialize", "--mirror", &mirror, "--root", &start];
    cosign(&[&arguments, more].concat(), &[("TUF_ROOT", root)])
}

const VERIFY: [&str; 7] = [
    "verify",
    "--local-image",
    "testdata/interop/demo/layout",
    "--certificate-identity",
    "https://github.com/example/app/.github/workflows/release.yml@refs/heads/main",
    "--certificate-oidc-issuer",
    "https://token.actions.githubusercontent.com",
];

/// Silent, with the files that cosign leaves, and good for every command after it.
#[test]
fn initialize_is_taken_by_verification() {
    let root = tempfile::tempdir().unwrap();
    let at = root.path();
    let (code, stdout, stderr) = initialize(at, "good-interop", &[]);
    assert_eq!((code, stdout.as_slice(), stderr.as_str()), (Some(0), b"".as_slice(), ""));
    let (mirror, _) = repository("good-interop");
    assert_eq!(fs::read_to_string(at.join("remote.json")).unwrap(), format!("{{\"mirror\":\"{mirror}\"}}"));
    let theirs = at.join(mirror.replace(['/', ':'], "-"));
    let published = Path::new("testdata/tuf/good-interop/1");
    for (name, published) in [
        ("root.json", published.join("1.root.json")),
        ("snapshot.json", published.join("1.snapshot.json")),
        ("targets.json", published.join("1.targets.json")),
        ("timestamp.json", published.join("timestamp.json")),
        ("targets/trusted_root.json", PathBuf::from("testdata/interop/trusted_root.json")),
    ] {
        assert_eq!(fs::read(theirs.join(name)).unwrap(), fs::read(published).unwrap(), "{name}");
    }
    let (code, _, stderr) = cosign(&VERIFY, &[("TUF_ROOT", at)]);
    assert_eq!(code, Some(0), "{stderr}");
    // Without it, the embedded root, which knows nothing of that authority.
    assert_ne!(cosign(&VERIFY, &[]).0, Some(0));
    let (code, stdout, _) =
        cosign(&["trusted-root", "create", "--with-default-services"], &[("TUF_ROOT", at)]);
    assert_eq!(code, Some(0));
    assert!(String::from_utf8(stdout).unwrap().contains("rekor.portcullis.test"));
    // Again, with what is there.
    assert_eq!(initialize(at, "good-interop", &[]).0, Some(0));

    // A state that was changed stops everything, and so does a mirror that was not initialized.
    let verify = |environment: &[(&str, &Path)]| {
        let (code, _, stderr) = cosign(&VERIFY, environment);
        assert_eq!(code, Some(1), "{stderr}");
        stderr
    };
    let stderr = verify(&[("TUF_ROOT", at), ("TUF_MIRROR", Path::new("https://tuf.example"))]);
    assert!(stderr.contains("TUF_MIRROR"), "{stderr}");
    let (_, other) = repository("good");
    let stderr = verify(&[("TUF_ROOT", at), ("TUF_ROOT_JSON", Path::new(&other))]);
    assert!(stderr.contains("TUF_ROOT_JSON"), "{stderr}");
    let kept = fs::read_to_string(at.join("portcullis.json")).unwrap();
    fs::write(at.join("portcullis.json"), kept.replacen("Ii", "Ij", 1)).unwrap();
    assert!(verify(&[("TUF_ROOT", at)]).contains("cached trusted root"));
    fs::remove_file(at.join("portcullis.json")).unwrap();
    let stderr = verify(&[("TUF_ROOT", at)]);
    assert!(stderr.contains("remote.json names the TUF mirror"), "{stderr}");
}

/// Exit code 1 with cosign's words, and nothing is left behind.
#[test]
fn initialize_refuses() {
    let (mirror, start) = repository("good");
    let cases: [(&[&str], &str); 7] = [
        (&["--mirror", &mirror, "--root", "file:///root.json"], "loading URL: unrecognized scheme: file://"),
        (&["--mirror", &mirror, "--root", "nope.json"], "open nope.json: no such file or directory"),
        (
            &["--mirror", &mirror, "--root", &start, "--root-checksum", "sha256:00"],
            "incorrect checksum for file",
        ),
        (
            &["--mirror", &mirror, "--root", &start, "--root-checksum", "md5:00"],
            "unsupported checksum algorithm: md5",
        ),
        (&["--mirror", &mirror], "updating local metadata and targets"),
        (&["--mirror", "file:///nowhere", "--root", &start], "updating local metadata and targets"),
        (&["--mirror", "gs://bucket", "--root", &start], "neither https:// nor file:///"),
    ];
    for (arguments, message) in cases {
        let root = tempfile::tempdir().unwrap();
        let (code, _, stderr) = cosign(&[&["initialize"], arguments].concat(), &[("TUF_ROOT", root.path())]);
        assert_eq!(code, Some(1), "{arguments:?}: {stderr}");
        assert!(stderr.contains(message), "{arguments:?}: {stderr}");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0, "{arguments:?}");
    }
    for case in ["root-threshold_fail", "targets-wrong-key_fail", "target-missing_fail", "mix-targets_fail"] {
        let root = tempfile::tempdir().unwrap();
        let (code, _, stderr) = initialize(root.path(), case, &[]);
        assert_eq!(code, Some(1), "{stderr}");
        assert!(stderr.contains("error updating to TUF remote mirror: tuf: "), "{stderr}");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0, "{case}");
    }
}
