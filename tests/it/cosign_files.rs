//! The drop-in on files: policies, signatures of blobs, bundles that are made, Dockerfiles and manifests. What
//! cosign says to the same command lines is compared in `differential`.

use std::env;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;

use serde_json::Value;
use serde_json::json;
use tempfile::TempDir;

use super::cli;
use crate::support::authority::IDENTITY;
use crate::support::authority::ISSUER;

const EVIDENCE: &str = "testdata/differential/evidence";
const LAYOUT: &str = "testdata/interop/keyless-bundle/layout";
const ROOT: &str = "testdata/interop/trusted_root.json";

/// The parts of the evidence's trusted root, as cosign's variables name them.
const PARTS: [(&str, &str); 4] = [
    ("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", "ctfe.pub"),
    ("SIGSTORE_REKOR_PUBLIC_KEY", "rekor.pub"),
    ("SIGSTORE_ROOT_FILE", "fulcio.pem"),
    ("SIGSTORE_TSA_CERTIFICATE_FILE", "tsa.pem"),
];

fn blob(name: &str) -> String {
    format!("{EVIDENCE}/blob/{name}")
}

fn key(name: &str) -> String {
    format!("{EVIDENCE}/keys/{name}")
}

fn command(arguments: &[&str]) -> Command {
    let mut command = cli::portcullis(&["cosign"]);
    command.args(arguments);
    command
}

/// With the parts of the root; `except` is left out.
fn with_parts(arguments: &[&str], except: &str) -> Output {
    let mut command = command(arguments);
    for (name, file) in PARTS.iter().filter(|(name, _)| *name != except) {
        command.env(name, format!("{EVIDENCE}/trust/{file}"));
    }
    command.output().unwrap()
}

fn said(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[track_caller]
fn accepted(output: &Output) {
    let (code, said) = said(output);
    assert_eq!(code, Some(0), "{said}");
}

#[track_caller]
fn refused(output: &Output, reason: &str) {
    let (code, said) = said(output);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(reason), "expected {reason:?} in {said}");
    assert!(!said.contains("Verified OK"), "{said}");
}

fn signer() -> [&'static str; 4] {
    ["--certificate-identity", IDENTITY, "--certificate-oidc-issuer", ISSUER]
}

/// `verify-attestation` with policies of these names and rules.
fn judge(policies: &[(&str, &str)]) -> Output {
    let folder = TempDir::new().unwrap();
    let mut arguments =
        vec!["verify-attestation", "--local-image", "--type", "spdxjson", "--trusted-root", ROOT];
    arguments.extend(signer());
    let paths: Vec<String> = policies
        .iter()
        .map(|(name, rules)| {
            let path = folder.path().join(name);
            fs::write(&path, format!("package signature\n{rules}\n")).unwrap();
            path.to_str().unwrap().to_owned()
        })
        .collect();
    arguments.extend(paths.iter().flat_map(|path| ["--policy", path.as_str()]));
    arguments.push(LAYOUT);
    command(&arguments).output().unwrap()
}

#[test]
fn policies_allow_and_deny() {
    let allow = ("a.rego", r#"allow { input.predicateType == "https://spdx.dev/Document" }"#);
    let output = judge(&[allow]);
    accepted(&output);
    assert!(output.stdout.starts_with(b"{\"payload\":"));
    assert!(said(&output).1.starts_with("will be validating against Rego policies: ["));
    let denied = judge(&[("d.rego", "default allow = false")]);
    refused(
        &denied,
        "There are 1 number of errors occurred during the validation:\n\n- expression value, false, is not true\nError: 1 validation errors occurred\n",
    );
    assert!(denied.stdout.is_empty());
    refused(
        &judge(&[("u.rego", "allow { input.nothing }")]),
        "- result is undefined for query 'data.signature.allow'",
    );
    // All files are one policy.
    accepted(&judge(&[allow, ("u.rego", "allow { input.nothing }")]));
}

#[test]
fn policies_that_cannot_be_judged_deny() {
    refused(&judge(&[("p.cue", "")]), "not supported by portcullis");
    refused(&judge(&[("p.txt", "")]), "Error: invalid policy format, expected .cue or .rego");
    refused(&judge(&[("p.rego", "allow {")]), "1 error occurred during loading");
    refused(
        &judge(&[("p.rego", "deny[p] { [p, _] := walk(input) }\nallow { count(deny) == 0 }")]),
        "walk is supported as",
    );
    // What ends the process that evaluates them is no answer.
    refused(
        &judge(&[("p.rego", "f(x) = y { y := f(x) }\nallow { f(1) }")]),
        "the policies were not evaluated",
    );
}

#[test]
fn a_policy_sees_nothing_of_the_environment() {
    refused(&judge(&[("p.rego", "allow { opa.runtime().env.PATH }")]), "could not find function");
    refused(
        &judge(&[("p.rego", r#"allow { http.send({"method": "get", "url": "http://localhost"}) }"#)]),
        "could not find function",
    );
}

#[test]
fn the_older_file_of_a_blob() {
    let (file, hello) = (blob("old-keyless.bundle.json"), blob("hello.txt"));
    let arguments = [&["verify-blob", "--bundle", &file], signer().as_slice(), &[&hello]].concat();
    accepted(&with_parts(&arguments, ""));
    // Each part is needed: the embedded root does not know the authority.
    for (name, reason) in [
        ("SIGSTORE_REKOR_PUBLIC_KEY", "log"),
        ("SIGSTORE_ROOT_FILE", "certificate"),
        ("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", "certificate"),
    ] {
        refused(&with_parts(&arguments, name), reason);
    }
    accepted(&with_parts(&arguments, "SIGSTORE_TSA_CERTIFICATE_FILE"));
}

/// CVE-2022-36056 (GHSA-8gw7-4j42-w388): the bundle was not held against signature, certificate and identity.
#[test]
fn an_older_file_is_about_its_own_signature() {
    let folder = TempDir::new().unwrap();
    let mut file: Value =
        serde_json::from_slice(&fs::read(blob("old-keyless.bundle.json")).unwrap()).unwrap();
    let other: Value = serde_json::from_slice(&fs::read(blob("old-key.bundle.json")).unwrap()).unwrap();
    let hello = blob("hello.txt");
    let verify = |file: &Value, more: &[&str]| {
        let path = folder.path().join("bundle.json");
        fs::write(&path, file.to_string()).unwrap();
        let arguments = ["verify-blob", "--bundle", path.to_str().unwrap()];
        with_parts(&[arguments.as_slice(), more, &[&hello]].concat(), "")
    };
    accepted(&verify(&file, &signer()));
    // The entry of another signature over the same file.
    let entry = std::mem::replace(&mut file["rekorBundle"], other["rekorBundle"].clone());
    refused(&verify(&file, &signer()), "transparency log entry is not about this signature");
    file["rekorBundle"] = Value::Null;
    refused(&verify(&file, &signer()), "no transparency log entry");
    file["rekorBundle"] = entry;
    // A key in place of the certificate would vouch for itself, and nobody's identity would be checked. cosign
    // 3.1.1 accepts this.
    let pem = fs::read_to_string(key("cosign.pub")).unwrap();
    let mut own = other.clone();
    own["cert"] = json!(pem);
    refused(&verify(&own, &signer()), "a signature by a key found, expected a certificate");
    // Another certificate or signature beside the file.
    let (signature, certificate) = (blob("old-key.sig"), key("leaf.pem"));
    refused(&verify(&file, &[signer().as_slice(), &["--signature", &signature]].concat()), "does not match");
    refused(
        &verify(&file, &[signer().as_slice(), &["--certificate", &certificate]].concat()),
        "does not match",
    );
    let identity = ["--certificate-identity", "nobody@example.com", "--certificate-oidc-issuer", ISSUER];
    refused(&verify(&file, &identity), "none of the expected identities matched");
}

/// GHSA-w6c6-c85g-mmv6: a predicate that could not be read had no type, and passed.
#[test]
fn an_attestation_of_another_type_is_refused() {
    let (file, hello) = (blob("old-attestation.bundle.json"), blob("hello.txt"));
    let verify = |kind: &str| {
        let arguments = ["verify-blob-attestation", "--bundle", &file, "--type", kind];
        with_parts(&[arguments.as_slice(), &signer(), &[&hello]].concat(), "")
    };
    accepted(&verify("slsaprovenance"));
    refused(
        &verify("spdxjson"),
        "invalid predicate type, expected spdxjson got https://slsa.dev/provenance/v0.2",
    );
    refused(&verify("custom"), "invalid predicate type");
}

#[test]
fn nothing_is_fetched() {
    let file = blob("keyless.sigstore.json");
    let arguments =
        [&["verify-blob", "--bundle", &file, "--trusted-root", ROOT], signer().as_slice()].concat();
    let output =
        command(&[arguments.as_slice(), &["https://example.com/hello.txt"]].concat()).output().unwrap();
    refused(&output, "fetching https://example.com/hello.txt is not supported");
    let (signature, hello) = (blob("key-notlog.sig"), blob("hello.txt"));
    let create =
        ["bundle", "create", "--artifact", &hello, "--signature", &signature, "--key", &key("cosign.pub")];
    refused(&command(&create).output().unwrap(), "inclusion proof");
}

/// What is made is what the drop-in and cosign itself accept, and what cosign makes.
#[test]
fn bundles_that_are_made() {
    let folder = TempDir::new().unwrap();
    let (signature, hello, public) = (blob("key-notlog.sig"), blob("hello.txt"), key("cosign.pub"));
    let made = folder.path().join("made.json");
    let create = [
        "bundle",
        "create",
        "--ignore-tlog",
        "--artifact",
        &hello,
        "--signature",
        &signature,
        "--key",
        &public,
    ];
    let output = command(&create).output().unwrap();
    accepted(&output);
    accepted(&command(&[create.as_slice(), &["--out", made.to_str().unwrap()]].concat()).output().unwrap());
    assert_eq!([fs::read(&made).unwrap(), b"\n".to_vec()].concat(), output.stdout);
    let root = format!("{EVIDENCE}/trust/trusted_root.json");
    let verify = |file: &str| {
        let mut arguments = vec!["verify-blob", "--insecure-ignore-tlog", "--bundle", made.to_str().unwrap()];
        arguments.extend(["--trusted-root", &root, "--key", &public]);
        arguments.push(file);
        arguments.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let (right, wrong) = (verify(&hello), verify(&blob("other.txt")));
    let ours = |arguments: &[String]| {
        command(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).output().unwrap()
    };
    accepted(&ours(&right));
    refused(&ours(&wrong), "bundle declares artifact");
    let Some(cosign) = cosign() else { return println!("skipped: no cosign") };
    let run = |arguments: &[String]| {
        let mut command = Command::new(&cosign);
        command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).env("HOME", folder.path());
        command.output().unwrap()
    };
    accepted(&run(&right));
    assert_eq!(run(&wrong).status.code(), Some(1));
    let theirs = run(&create.map(str::to_owned));
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
    assert_eq!(json(&theirs.stdout), json(&output.stdout));
}

/// As for the differential tests.
fn cosign() -> Option<PathBuf> {
    env::var_os("PORTCULLIS_COSIGN").map(PathBuf::from).filter(|path| path.is_file())
}

#[test]
fn bundles_of_what_does_not_fit_are_not_made() {
    let (hello, file) = (blob("hello.txt"), blob("old-keyless.bundle.json"));
    let create = |more: &[&str]| {
        let arguments = ["bundle", "create", "--ignore-tlog"];
        command(&[arguments.as_slice(), more].concat()).output().unwrap()
    };
    refused(&create(&[]), "must supply --artifact");
    refused(&create(&["--artifact", &hello]), "must at least supply signature via --bundle or --signature");
    refused(&create(&["--artifact", &hello, "--bundle", &file]), "cannot ignore transparency log when");
    let signature = blob("key-notlog.sig");
    refused(&create(&["--artifact", &hello, "--signature", &signature]), "missing verification material");
    refused(&create(&["--artifact", &hello, "--signature", &hello]), "decoding");
    let both = create(&["--artifact", &hello, "--bundle", &file, "--signature", &signature]);
    refused(&both, "if any flags in the group [bundle signature] are set none of the others can be");
}

#[test]
fn a_bundle_is_inspected() {
    let output = command(&["bundle", "inspect", &blob("keyless.sigstore.json")]).output().unwrap();
    accepted(&output);
    let shown = String::from_utf8(output.stdout).unwrap();
    for line in [
        "- Bundle Media Type: application/vnd.dev.sigstore.bundle.v0.3+json",
        "  - Content: X.509 Certificate",
        "        - URI: https://github.com/example/app/.github/workflows/release.yml@refs/heads/main",
        "      - Issuer (V2): https://token.actions.githubusercontent.com",
        "  - Tlog Entries: 1",
        "  - Type: Message Signature",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line:?} is not in\n{shown}");
    }
    refused(
        &command(&["bundle", "inspect", &blob("hello.txt")]).output().unwrap(),
        "unmarshaling bundle JSON",
    );
}

fn layout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(LAYOUT)
}

#[test]
fn images_of_dockerfiles_and_manifests_are_verified() {
    let folder = TempDir::new().unwrap();
    let unsigned = layout().join("../../unsigned_fail/layout").canonicalize().unwrap();
    let verify = |kind: &str, name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let arguments = [kind, "verify", "--local-image", "--trusted-root", ROOT];
        let arguments = [arguments.as_slice(), &signer(), &[path.to_str().unwrap()]].concat();
        command(&arguments).output().unwrap()
    };
    let (signed, unsigned) = (layout().display().to_string(), unsigned.display().to_string());
    for (kind, name, good, bad) in [
        (
            "dockerfile",
            "Dockerfile",
            format!("ARG A={signed}\nFROM $A AS b\n"),
            format!("FROM {signed}\nFROM {unsigned}\n"),
        ),
        (
            "manifest",
            "pods.yaml",
            format!("spec: {{containers: [{{image: {signed}}}]}}\n"),
            format!("items: [{{spec: {{containers: [{{image: {signed}}}, {{image: {unsigned}}}]}}}}]\n"),
        ),
    ] {
        let output = verify(kind, name, good);
        accepted(&output);
        assert!(said(&output).1.contains(&format!("Extracted image(s): {signed}\n")));
        assert!(output.stdout.starts_with(b"\n[{\"critical\":"));
        refused(&verify(kind, name, bad), "no signatures associated with the image saved in");
        refused(&verify(kind, name, String::new()), "no images found in");
    }
    refused(&verify("manifest", "pods.json", String::new()), "only [.yaml .yml] manifests are supported");
    refused(&verify("dockerfile", "Dockerfile", "FROM\n".to_owned()), "FROM names no image");
}

/// What a command line does not show is said.
#[test]
fn what_the_environment_turns_off_is_said() {
    let arguments =
        [&["verify", "--local-image", "--trusted-root", ROOT], signer().as_slice(), &[LAYOUT]].concat();
    let told = |variables: &[(&str, &str)], more: &[&str]| {
        let output = command(&arguments).args(more).envs(variables.iter().copied()).output().unwrap();
        let (code, said) = said(&output);
        assert_eq!(code, Some(0), "{said}");
        said.lines().filter(|line| line.contains("in the environment")).count()
    };
    for (name, off, on) in [
        ("COSIGN_CHECK_CLAIMS", "false", "true"),
        ("COSIGN_INSECURE_IGNORE_SCT", "true", "false"),
        ("COSIGN_INSECURE_IGNORE_TLOG", "true", "false"),
        ("COSIGN_PRIVATE_INFRASTRUCTURE", "true", "false"),
    ] {
        assert_eq!((told(&[(name, off)], &[]), told(&[(name, on)], &[])), (1, 0), "{name}");
    }
    assert_eq!(told(&[("COSIGN_INSECURE_IGNORE_SCT", "true")], &["--insecure-ignore-sct=false"]), 0);
    // With a trusted root, the parts of another one do not count.
    assert_eq!(told(&[("SIGSTORE_ROOT_FILE", "no-such-file")], &[]), 0);
    let (file, hello) = (blob("old-keyless.bundle.json"), blob("hello.txt"));
    let parts = [&["verify-blob", "--bundle", &file], signer().as_slice(), &[&hello]].concat();
    let (code, said) = said(&with_parts(&parts, ""));
    let lines = said.lines().filter(|line| line.contains("in the environment takes the place of"));
    assert_eq!((code, lines.count()), (Some(0), 4), "{said}");
}
