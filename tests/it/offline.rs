//! `--offline` and what reads files only open no socket: shown by strace, or by a network namespace without
//! interfaces, whichever there is.

use std::fs;
use std::process::Command;
use std::process::Output;
use std::sync::OnceLock;

use super::cli;

const ROOT: [&str; 2] = ["--trusted-root", "testdata/interop/trusted_root.json"];
const SIGNER: [&str; 4] = [
    "--identity",
    "https://github.com/example/app/.github/workflows/release.yml@refs/heads/main",
    "--issuer",
    "https://token.actions.githubusercontent.com",
];
const IMAGE: &str = "oci:testdata/interop/demo/layout";
const BUNDLE: &str = "testdata/interop/demo/attestation.sigstore.json";
const SBOM: &str = "testdata/interop/demo/sbom.spdx.json";
const LAYOUT: &str = "testdata/interop/demo/layout";
/// A file, and the bundle of its signature.
const SIGNED: &str = "testdata/differential/evidence/blob/hello.txt";
const KEYLESS: &str = "testdata/differential/evidence/blob/keyless.sigstore.json";
const MANIFEST: &str = "sha256:0d06e6c086b218389fa05ba159c5a5ddb0fd445d336ce98d06c3c21de44cfb63";

const UNSIGNED: &str = "oci:testdata/interop/unsigned_fail/layout";
/// Its attestation is in a file.
const PINNED: &str =
    "registry.example/app@sha256:0d06e6c086b218389fa05ba159c5a5ddb0fd445d336ce98d06c3c21de44cfb63";

/// Every command that must need no network, and its exit code.
fn commands() -> Vec<(Vec<&'static str>, i32)> {
    vec![
        (cli::demo(cli::PROMOTE, &[]), 0),
        (cli::demo(cli::REFUSE, &[]), 1),
        ([&["verify", "--offline", IMAGE], ROOT.as_slice(), &SIGNER].concat(), 0),
        ([&["verify", "--offline", "--type", "spdxjson", IMAGE], ROOT.as_slice(), &SIGNER].concat(), 0),
        ([&["verify-blob", "--bundle", BUNDLE, MANIFEST], ROOT.as_slice(), &SIGNER].concat(), 0),
        ([&["verify", "--offline", IMAGE, UNSIGNED], ROOT.as_slice(), &SIGNER].concat(), 1),
        (
            [&["verify", "--offline", "--type", "any", "--bundle", BUNDLE, PINNED], ROOT.as_slice(), &SIGNER]
                .concat(),
            0,
        ),
        (vec!["resolve", "--offline", IMAGE], 0),
        (vec!["resolve", IMAGE], 0),
        (vec!["resolve", "--offline", "registry.example/app:1.0"], 2),
        (vec!["trust", "show"], 0),
        ([&["verify", "--archive", archive()], ROOT.as_slice(), &SIGNER].concat(), 0),
        (vec!["gate", "--archive", archive(), "--policy", "testdata/gate/policy.yaml"], 1),
        (vec!["resolve", "--archive", archive()], 0),
        (
            vec![
                "verify",
                "--archive",
                archive(),
                "--key",
                "testdata/interop/key-legacy/cosign.pub",
                "registry.example/app:1.0",
            ],
            2,
        ),
        (vec!["show", archive()], 0),
        (drop_in(&["verify", "--offline", "--local-image", LAYOUT]), 0),
        (drop_in(&["verify-attestation", "--local-image", "--type", "spdxjson", LAYOUT]), 0),
        (drop_in(&["verify-blob", "--bundle", KEYLESS, SIGNED]), 0),
        (drop_in(&["verify-blob", "--offline", "--bundle", KEYLESS, BUNDLE]), 1),
        (drop_in(&["verify-blob-attestation", "--bundle", BUNDLE, "--type", "custom", SIGNED]), 1),
        (vec!["cosign", "bundle", "inspect", BUNDLE], 0),
        (vec!["cosign", "version"], 0),
        (vec!["sbom", "--offline", "dir:testdata/sbom/root", "-o", "table"], 0),
        (vec!["sbom", "--offline", IMAGE, "-o", "table"], 2),
        (vec!["sbom", "--offline", "registry.example/app:1.0"], 2),
        (vec!["sbom", "--offline", "docker:app:1.0"], 2),
        (vec!["sbom", "check", "--profile", "ntia-2021", SBOM], 1),
        (vec!["sbom", "diff", SBOM, SBOM], 0),
        (vec!["sbom", "verify", "--offline", "dir:testdata/sbom/root", SBOM], 1),
        (vec!["sbom", "convert", SBOM, "-o", "spdx-tag-value"], 0),
        (vec!["syft", "convert", SBOM, "-o", "table"], 0),
        (vec!["syft", "dir:testdata/sbom/root", "-o", "table"], 0),
        (vec!["syft", "testdata/sbom/root", "-o", "purls"], 0),
        (vec!["syft", "cataloger", "list"], 0),
        // Reads the archive, and then does not overwrite what is there.
        (vec!["unpack", archive(), "-d", "testdata"], 2),
    ]
}

/// A command of the drop-in, with the root and the signer of the evidence.
fn drop_in(command: &[&'static str]) -> Vec<&'static str> {
    let signer = ["--certificate-identity", SIGNER[1], "--certificate-oidc-issuer", SIGNER[3]];
    [&["cosign"], command, ROOT.as_slice(), signer.as_slice()].concat()
}

/// An archive of the demonstration, made once.
fn archive() -> &'static str {
    static ARCHIVE: OnceLock<(tempfile::TempDir, String)> = OnceLock::new();
    let (_, path) = ARCHIVE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("evidence.tar").display().to_string();
        let packed = cli::portcullis(&["pack", IMAGE, "-o", &path]).output().unwrap();
        assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));
        (folder, path)
    });
    path
}

/// A program that runs another one, if it is there and may.
fn works(wrapper: &[&str]) -> bool {
    let [program, arguments @ ..] = wrapper else { return false };
    Command::new(program).args(arguments).arg("true").output().is_ok_and(|output| output.status.success())
}

fn wrapped(wrapper: &[&str], arguments: &[&str]) -> Output {
    let (program, options) = wrapper.split_first().unwrap();
    let mut command = Command::new(program);
    command.args(options).arg(cli::BINARY).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.env_clear().output().unwrap()
}

fn same(arguments: &[&str], code: i32, found: &Output) {
    let free = cli::portcullis(arguments).output().unwrap();
    assert_eq!(free.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&free.stderr));
    assert_eq!(found.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&found.stderr));
    assert_eq!(found.stdout, free.stdout, "{arguments:?}");
    assert_eq!(found.stderr, free.stderr, "{arguments:?}");
}

/// No system call of the network, and the same output.
#[test]
fn nothing_is_called_on_the_network() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("calls");
    let wrapper =
        ["strace", "-f", "-qq", "-e", "trace=network", "-e", "signal=none", "-o", log.to_str().unwrap()];
    if !works(&wrapper) {
        println!("skipped, no strace that may trace");
        return;
    }
    for (arguments, code) in commands() {
        same(&arguments, code, &wrapped(&wrapper, &arguments));
        assert_eq!(fs::read_to_string(&log).unwrap(), "", "{arguments:?}");
    }
    // The log is not empty because nothing is ever written to it.
    let arguments = ["resolve", "127.0.0.1:1/app:1.0"];
    assert_eq!(wrapped(&wrapper, &arguments).status.code(), Some(2));
    let calls = fs::read_to_string(&log).unwrap();
    assert!(!cfg!(feature = "net") || calls.contains("connect("), "{calls}");
}

/// The same answer where there is no network at all.
#[test]
fn nothing_is_missed_without_a_network() {
    let wrapper = ["unshare", "--map-root-user", "--net"];
    if !works(&wrapper) {
        println!("skipped, no network namespaces");
        return;
    }
    for (arguments, code) in commands() {
        same(&arguments, code, &wrapped(&wrapper, &arguments));
    }
}

/// With a cache, too: what `cosign initialize` left is verified without the network, and a cache that does not
/// verify is refused without it.
#[test]
#[cfg(feature = "net")]
fn caches_are_verified_without_a_network() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("calls");
    let wrapper =
        ["strace", "-f", "-qq", "-e", "trace=network", "-e", "signal=none", "-o", log.to_str().unwrap()];
    if !works(&wrapper) {
        println!("skipped, no strace that may trace");
        return;
    }
    let (tuf, cache) = (folder.path().join("tuf"), folder.path().join("cache"));
    let repository = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/tuf/good-interop");
    let mirror = format!("file://{}", repository.join("1").display());
    let start = repository.join("root.json");
    let initialize = ["cosign", "initialize", "--mirror", &mirror, "--root", start.to_str().unwrap()];
    assert!(cli::portcullis(&initialize).env("TUF_ROOT", &tuf).status().unwrap().success());
    fs::create_dir_all(cache.join("portcullis/tuf/production")).unwrap();
    fs::write(cache.join("portcullis/tuf/production/tuf.json"), "{}").unwrap();
    let identity = ["--certificate-identity", SIGNER[1], "--certificate-oidc-issuer", SIGNER[3]];
    let layout = "testdata/interop/demo/layout";
    let blob = ["verify-blob", "--bundle", BUNDLE, MANIFEST];
    let packed = folder.path().join("packed.tar").display().to_string();
    let cases = [
        ([["pack", IMAGE, "-o", &packed].as_slice(), &ROOT].concat(), 0),
        ([["cosign", "verify", "--local-image", layout].as_slice(), &identity].concat(), 0),
        (vec!["cosign", "trusted-root", "create", "--with-default-services"], 0),
        ([["verify", "--offline", IMAGE].as_slice(), &SIGNER].concat(), 2),
        ([blob.as_slice(), &SIGNER].concat(), 2),
        (vec!["trust", "show"], 2),
        (vec!["trust", "show", "--trust", "github"], 0),
    ];
    for (arguments, code) in cases {
        let (program, options) = wrapper.split_first().unwrap();
        let mut command = Command::new(program);
        command.args(options).arg(cli::BINARY).args(&arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
        let found = command.env_clear().env("TUF_ROOT", &tuf).env("XDG_CACHE_HOME", &cache).output().unwrap();
        let stderr = String::from_utf8_lossy(&found.stderr);
        assert_eq!(found.status.code(), Some(code), "{arguments:?}: {stderr}");
        assert_eq!(fs::read_to_string(&log).unwrap(), "", "{arguments:?}");
    }
}
