//! The native commands, through the binary: many images, signers, types, trust domains and files of bundles.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

use serde_json::Value;
use serde_json::json;

use super::cli;
use crate::support::authority::Authority;
use crate::support::authority::Content;
use crate::support::authority::IDENTITY;
use crate::support::authority::ISSUER;
use crate::support::authority::Image;
use crate::support::authority::Layout;
use crate::support::authority::image;
use crate::support::authority::sha256;
use crate::support::vectors;

mod files;
#[cfg(all(feature = "net", feature = "graviola"))]
mod registry;
mod spdx;

const ROOT: [&str; 2] = ["--trusted-root", "testdata/interop/trusted_root.json"];
const SIGNER: [&str; 4] = ["--identity", IDENTITY, "--issuer", ISSUER];
const DEMO: &str = "oci:testdata/interop/demo/layout";
const DEMO_DIGEST: &str = "sha256:0d06e6c086b218389fa05ba159c5a5ddb0fd445d336ce98d06c3c21de44cfb63";
const UNSIGNED: &str = "oci:testdata/interop/unsigned_fail/layout";
const INDEX: &str = "oci:testdata/interop/index-multiplatform/layout";
const GONE: &str = "oci:testdata/interop/no-such-layout";

/// Runs it; exit code and document.
fn json(arguments: &[&str]) -> (i32, Value) {
    let output = cli::portcullis(&[arguments, &["--format", "json"]].concat()).output().unwrap();
    read(&output)
}

fn read(output: &Output) -> (i32, Value) {
    let text = String::from_utf8_lossy(&output.stdout);
    let document = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
    });
    (output.status.code().unwrap(), document)
}

fn verify(more: &[&str]) -> (i32, Value) {
    json(&[&["verify", "--offline"], ROOT.as_slice(), more].concat())
}

fn by_demo_signer(more: &[&str]) -> (i32, Value) {
    verify(&[SIGNER.as_slice(), more].concat())
}

fn results(document: &Value) -> Vec<&str> {
    document["images"].as_array().unwrap().iter().map(|image| image["result"].as_str().unwrap()).collect()
}

#[test]
fn every_image_has_its_outcome_in_order() {
    let pinned = format!("{DEMO}@{DEMO_DIGEST}");
    let images = [GONE, DEMO, UNSIGNED, &pinned, DEMO];
    let (code, document) = by_demo_signer(&images);
    assert_eq!(code, 1);
    assert_eq!(document["result"], "refused");
    assert_eq!(results(&document), ["undecided", "verified", "refused", "verified", "verified"]);
    for (image, asked) in document["images"].as_array().unwrap().iter().zip(images) {
        assert_eq!(image["image"]["reference"], asked);
    }
    assert_eq!(document["images"][3]["image"]["digest"], DEMO_DIGEST);
    assert_eq!(document["images"][0]["error"]["code"], "layout");
    assert_eq!(document["images"][2]["error"]["code"], "not-found");
    assert!(document["images"][1].get("error").is_none());
}

/// A refusal is an answer for all of them; without one, what is not known decides.
#[test]
fn the_exit_code_is_the_worst() {
    assert_eq!(by_demo_signer(&[DEMO, INDEX]).0, 0);
    assert_eq!(by_demo_signer(&[DEMO, GONE]).0, 2);
    assert_eq!(by_demo_signer(&[DEMO, "not a reference"]).0, 2);
    assert_eq!(by_demo_signer(&[GONE, UNSIGNED]).0, 1);
    assert_eq!(by_demo_signer(&["registry.example/app:1", DEMO]).0, 2);
}

#[test]
fn images_come_from_a_list() {
    let run = |list: &str| {
        let arguments = ["verify", "--offline", "--format", "json", "--images-from", "-"];
        let mut child = cli::portcullis(&[&arguments, ROOT.as_slice(), &SIGNER].concat())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(list.as_bytes()).unwrap();
        read(&child.wait_with_output().unwrap())
    };
    let (code, document) = run(&format!("# all of them\n\n {DEMO} # the first\n{INDEX}\n"));
    assert_eq!((code, results(&document)), (0, vec!["verified", "verified"]));
    // A list that lost its lines is no list of verified images.
    let (code, document) = run("# nothing\n\n");
    assert_eq!((code, &document["error"]["code"]), (2, &json!("usage")));
}

/// A claim that belongs to no identity would ask nothing.
#[test]
fn claims_go_with_an_identity() {
    let claim = ["--certificate-github-workflow-ref", "refs/heads/other", DEMO];
    let signer = format!("identity={IDENTITY},issuer={ISSUER}");
    let run = |who: &[&str]| verify(&[who, &claim].concat());
    assert_eq!(run(&SIGNER).0, 1);
    for who in [
        &["--signer", signer.as_str()][..],
        &["--key", "testdata/interop/key-bundle/cosign.pub"],
        &[SIGNER.as_slice(), &["--signer", &signer]].concat(),
    ] {
        let (code, document) = run(who);
        assert_eq!((code, &document["error"]["code"]), (2, &json!("usage")), "{who:?}: {document}");
    }
}

/// Of a digest it is not known which manifests it has: then their signatures are not known to be there.
#[test]
fn manifests_of_a_digest_are_not_known() {
    let index = "sha256:828e9b74dc971c5ea5718b0f3bf7eea7909f003ad6e1bea439d992701410ad52";
    let blobs = "testdata/interop/index-multiplatform/layout/blobs/sha256";
    let bundle = format!("{blobs}/ef8136f2d69cdb81ea7ca6e29c61214dabe4e164b8f9df514ab56458a54e337a");
    let image = format!("registry.example/app@{index}");
    assert_eq!(by_demo_signer(&["--bundle", &bundle, &image]).0, 0);
    assert_eq!(by_demo_signer(&["--bundle", &bundle, &image, "--recursive"]).0, 2);
}

#[test]
fn any_of_several_signers() {
    let other = "somebody@example.com";
    let issuer = ["--issuer", ISSUER];
    assert_eq!(
        verify(&[&["--identity", other, "--identity", IDENTITY, DEMO], issuer.as_slice()].concat()).0,
        0
    );
    assert_eq!(
        verify(&[&["--identity", other, "--identity", "b@example.com", DEMO], issuer.as_slice()].concat()).0,
        1
    );
    let good = format!("identity={IDENTITY},issuer={ISSUER}");
    let crossed = format!("identity={IDENTITY},issuer=https://accounts.example.com");
    let foreign = format!("identity={other},issuer={ISSUER}");
    assert_eq!(verify(&["--signer", &crossed, "--signer", &good, DEMO]).0, 0);
    // The identity of one and the issuer of the other are nobody.
    assert_eq!(verify(&["--signer", &crossed, "--signer", &foreign, DEMO]).0, 1);
    assert_eq!(verify(&["--signer", "identity=a@example.com", DEMO]).0, 2);
    let (key, wrong) = ("testdata/interop/key-legacy/cosign.pub", tempfile::tempdir().unwrap());
    let keyed = "oci:testdata/interop/key-legacy/layout";
    let wrong = wrong.path().join("other.pub");
    fs::write(&wrong, OTHER_KEY).unwrap();
    let wrong = wrong.to_str().unwrap();
    assert_eq!(verify(&["--key", wrong, "--key", key, keyed]).0, 0);
    assert_eq!(verify(&["--key", wrong, keyed]).0, 1);
    assert_eq!(verify(&["--signer", &good, "--signer", &format!("key={key}"), keyed, DEMO]).0, 0);
}

/// A P-256 key that signed nothing here: the one of npm's registry.
const OTHER_KEY: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1Olb3zMAFFxXKHiIkQO5cJ3Yhl5i\n6UPp+IhuteBJbuHcA5UogKo0EWtlWwW6KSaKoTNEYL7JlCQiVnkhBktUgg==\n-----END PUBLIC KEY-----\n";

#[test]
fn each_type_that_is_asked_for_must_be_there() {
    let (code, document) = by_demo_signer(&["--type", "spdxjson", "--type", "any", DEMO]);
    assert_eq!((code, document["images"][0]["verified"].as_array().unwrap().len()), (0, 2));
    let (code, document) = by_demo_signer(&["--type", "spdxjson", "--type", "slsaprovenance1", DEMO]);
    assert_eq!(code, 1);
    let error = &document["images"][0]["error"];
    assert_eq!(error["code"], "attestation.type");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("https://spdx.dev/Document") && !hint.contains("cosign/sign"), "{hint}");
    // A signature is no attestation, also where it is stored as one (the class of CVE-2025-25204).
    let (code, document) = by_demo_signer(&["--type", "any", "oci:testdata/interop/keyless-bundle/layout"]);
    let types: Vec<&str> = document["images"][0]["verified"]
        .as_array()
        .unwrap()
        .iter()
        .map(|proof| proof["what"].as_str().unwrap())
        .collect();
    assert!(types.iter().all(|what| !what.contains("cosign/sign")), "{types:?}");
    assert_eq!(code, i32::from(types.is_empty()));
}

#[test]
fn only_signatures_are_no_attestation_of_any_type() {
    let (authority, image) = (Authority::default(), Image::new("demo", "amd64"));
    let statement = image::statement(&image.digest(), "https://sigstore.dev/cosign/sign/v1", &json!({}));
    let bundle = authority.sign(&authority.keyless(Content::statement(&statement))).bundle();
    let folder = Written::new(&authority, Layout::image(&image).bundle(&image.digest(), &bundle));
    assert_eq!(folder.verify(&[]).0, 0);
    assert_eq!(folder.verify(&["--type", "any"]).0, 1);
}

/// A layout that the test authority filled, beside its trusted root.
struct Written {
    folder: tempfile::TempDir,
    image: String,
    root: String,
}

impl Written {
    fn new(authority: &Authority, layout: Layout) -> Self {
        let folder = tempfile::tempdir().unwrap();
        layout.write(&folder.path().join("layout"));
        let root = folder.path().join("root.json");
        fs::write(&root, authority.trusted_root()).unwrap();
        let image = format!("oci:{}", folder.path().join("layout").display());
        Self { root: root.to_str().unwrap().to_owned(), image, folder }
    }

    fn verify(&self, more: &[&str]) -> (i32, Value) {
        let trust = ["verify", "--offline", "--trusted-root", &self.root, &self.image];
        json(&[trust.as_slice(), &SIGNER, more].concat())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// The index, and each manifest in it.
#[test]
fn recursive_asks_for_each() {
    let (code, document) = by_demo_signer(&["--recursive", INDEX]);
    assert_eq!(code, 0);
    let proofs = document["images"][0]["verified"].as_array().unwrap();
    assert_eq!(proofs.len(), 3);
    let platforms: Vec<&str> = proofs.iter().filter_map(|proof| proof["platform"].as_str()).collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
    // The index has no SBOM of its own.
    let (code, document) = by_demo_signer(&["--recursive", "--type", "spdxjson", INDEX]);
    assert_eq!(code, 1);
    let missing = document["images"][0]["missing"].as_array().unwrap();
    assert_eq!(missing.len(), 1);
    assert_eq!(missing[0]["manifest"], document["images"][0]["image"]["digest"]);

    let authority = Authority::default();
    let images = [Image::new("demo", "amd64"), Image::new("demo", "arm64")];
    let digest = sha256(&image::index(&images));
    let sign = |digest: &str| {
        let statement = image::statement(digest, "https://sigstore.dev/cosign/sign/v1", &json!({}));
        authority.sign(&authority.keyless(Content::statement(&statement))).bundle()
    };
    let made = Layout::index(&images)
        .bundle(&digest, &sign(&digest))
        .bundle(&images[0].digest(), &sign(&images[0].digest()));
    let written = Written::new(&authority, made);
    assert_eq!(written.verify(&[]).0, 0);
    let (code, document) = written.verify(&["--recursive"]);
    assert_eq!((code, &document["images"][0]["error"]["code"]), (1, &json!("subject.coverage")));
    let expected = json!([{ "manifest": images[1].digest(), "platform": "linux/arm64" }]);
    assert_eq!(document["images"][0]["missing"], expected);
    assert_eq!(written.verify(&["--recursive", "--platform", "linux/amd64"]).0, 0);
}

/// What is asked about is the platform: its manifest may be signed instead of the index.
#[test]
fn a_platform_is_enough_where_it_is_asked_for() {
    let authority = Authority::default();
    let images = [Image::new("demo", "amd64"), Image::new("demo", "arm64")];
    let statement = image::statement(&images[0].digest(), "https://sigstore.dev/cosign/sign/v1", &json!({}));
    let bundle = authority.sign(&authority.keyless(Content::statement(&statement))).bundle();
    let written = Written::new(&authority, Layout::index(&images).bundle(&images[0].digest(), &bundle));
    assert_eq!(written.verify(&[]).0, 1);
    let (code, document) = written.verify(&["--platform", "linux/amd64"]);
    let proof = &document["images"][0]["verified"][0];
    assert_eq!(
        (code, &proof["platform"], &proof["subject"]),
        (0, &json!("linux/amd64"), &json!(images[0].digest()))
    );
    assert_eq!(written.verify(&["--platform", "linux/arm64"]).0, 1);
    assert_eq!(written.verify(&["--platform", "linux/amd64", "--platform", "linux/arm64"]).0, 1);
    // A platform that is not there is no answer, also where the index is signed.
    assert_eq!(written.verify(&["--platform", "linux/s390x"]).0, 2);
    assert_eq!(by_demo_signer(&["--platform", "linux/s390x", INDEX]).0, 2);
}

/// Runs a command that was printed, as a shell reads it.
fn run_printed(command: &str) -> Output {
    let script = format!("portcullis() {{ '{}' \"$@\"; }}\n{command}\n", cli::BINARY);
    Command::new("sh").args(["-c", &script]).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap()
}

#[test]
fn the_signer_that_was_found_is_a_command_that_verifies() {
    let cases: [&[&str]; 3] = [
        &["--identity", "somebody@example.com", "--issuer", ISSUER, DEMO],
        &["--identity", IDENTITY, "--issuer", "https://accounts.example.com", "--type", "spdxjson", DEMO],
        &["--insecure-any-identity", DEMO],
    ];
    for case in cases {
        let (code, document) = verify(case);
        let image = &document["images"][0];
        let hint = if code == 0 { &image["hint"] } else { &image["error"]["hint"] };
        let (_, command) = hint.as_str().unwrap().split_once(": ").unwrap();
        assert!(command.starts_with("portcullis verify --identity "), "{command}");
        let output = run_printed(command);
        assert_eq!(output.status.code(), Some(0), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn what_is_not_compared_is_in_the_document() {
    let (code, document) = verify(&["--insecure-any-identity", "--insecure-ignore-sct", DEMO]);
    assert_eq!((code, &document["insecure"]), (0, &json!(["any-identity", "ignore-sct"])));
    assert!(by_demo_signer(&[DEMO]).1.get("insecure").is_none());
}

/// No command leaves a program that reads JSON without a document.
#[test]
fn every_failure_is_a_document() {
    let root = ["--trusted-root", "no-such-file"];
    for (arguments, code) in [
        (vec!["verify", DEMO], "usage"),
        (vec!["verify", "--no-such-option", DEMO], "usage"),
        (vec!["verify"], "usage"),
        (vec!["no-such-command"], "usage"),
        ([&["verify", DEMO], root.as_slice(), &SIGNER].concat(), "file"),
        ([&["verify", DEMO, "--trusted-root", "README.md"], SIGNER.as_slice()].concat(), "trust"),
        ([&["verify", DEMO, "--bundle", "README.md"], SIGNER.as_slice()].concat(), "bundle.json"),
        (vec!["verify", DEMO, "--key", "README.md"], "key"),
        ([&["verify-blob", "--bundle", "no-such-file", "README.md"], SIGNER.as_slice()].concat(), "file"),
        ([&["verify-blob", "--bundle", "README.md", "README.md"], SIGNER.as_slice()].concat(), "bundle.json"),
        (vec!["resolve", GONE], "layout"),
        (vec!["resolve", "oci:testdata/interop/demo/layout:no-such-tag"], "image.not-found"),
        (vec!["resolve", "--offline", "registry.example/app"], "offline"),
        (vec!["resolve", "a b"], "reference"),
        (vec!["trust", "show", "--trusted-root", "no-such-file"], "file"),
        (vec!["trust", "show", "--trust", "nobody"], "usage"),
        (vec!["gate", "--policy", "no-such-file", DEMO], "file"),
        (vec!["gate", "--policy", "README.md", DEMO], "policy"),
        (vec!["gate", "--at", "yesterday", DEMO], "usage"),
    ] {
        let (exit, document) = json(&arguments);
        assert_eq!((exit, &document["schemaVersion"]), (2, &json!(2)), "{arguments:?}: {document}");
        let result = document.get("result").or(document.get("decision"));
        assert_eq!(result, Some(&json!("undecided")), "{arguments:?}");
        assert_eq!(document["error"]["code"], code, "{arguments:?}: {document}");
        assert!(document["error"]["message"].is_string(), "{arguments:?}");
    }
}

/// Keys of all documents of ours are in camel case; only what names somebody else's thing is not.
#[test]
fn keys_are_in_camel_case() {
    let gate = cli::demo(cli::PROMOTE, &[]);
    let gate: Vec<&str> = gate.into_iter().collect();
    let blob = [
        &["verify-blob", "--bundle", "testdata/interop/demo/attestation.sigstore.json", DEMO_DIGEST],
        ROOT.as_slice(),
        &SIGNER,
    ]
    .concat();
    let documents = [
        by_demo_signer(&[DEMO, UNSIGNED, GONE, INDEX]).1,
        by_demo_signer(&["--recursive", "--type", "spdx", INDEX]).1,
        json(&gate).1,
        json(&blob).1,
        json(&["resolve", INDEX]).1,
        json(&["trust", "show"]).1,
    ];
    fn check(value: &Value, at: &str) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| check(value, at)),
            Value::Object(map) if at != "claims" => {
                for (key, value) in map {
                    let camel = key.starts_with(|c: char| c.is_ascii_lowercase())
                        && key.chars().all(|c| c.is_ascii_alphanumeric());
                    assert!(camel, "{key} in {at}");
                    check(value, key);
                }
            }
            _ => {}
        }
    }
    documents.iter().for_each(|document| check(document, "document"));
    let signer = &documents[0]["images"][0]["verified"][0]["signer"];
    let same = &documents[2]["evidence"][0]["signer"];
    assert_eq!((signer, &signer["certificate"]["identity"]), (same, &json!(IDENTITY)));
    let (verified, gated) = (&documents[0]["images"][0]["image"], &documents[2]["image"]);
    assert_eq!((&verified["reference"], &verified["digest"]), (&gated["reference"], &gated["digest"]));
}

#[test]
fn help_fits_a_terminal() {
    for command in ["", "gate", "resolve", "trust", "verify", "verify-blob"] {
        let arguments: Vec<&str> = [command, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let output = cli::portcullis(&arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.lines().count() > 5, "{text}");
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{command}: {line}");
        }
        assert_eq!(text.contains("COSIGN_REPOSITORY"), matches!(command, "gate" | "verify"), "{command}");
    }
}

#[test]
fn a_summary_goes_to_stdout_for_a_dash() {
    let output = cli::portcullis(&cli::demo(cli::PROMOTE, &["--summary", "-"])).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let expected =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/summary.md")).unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}
