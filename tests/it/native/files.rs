//! Files of bundles: GitHub's, npm's and PyPI's, made of the collected vectors.

use super::*;

/// A case of the collected vectors.
fn case(folder: &Path, id: &str) -> Value {
    let index: Value = serde_json::from_slice(&fs::read(folder.join("cosign/index.json")).unwrap()).unwrap();
    let mut cases = ["bundles", "negatives"].iter().flat_map(|part| index[part].as_array().unwrap());
    cases.find(|case| case["id"] == id).unwrap_or_else(|| panic!("{id}")).clone()
}

fn bundle(folder: &Path, id: &str) -> Value {
    let path = folder.join("cosign").join(case(folder, id)["file"].as_str().unwrap());
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn artifact(folder: &Path, id: &str) -> String {
    let case = case(folder, id);
    match case["artifact"].as_str() {
        Some(file) => folder.join("cosign").join(file).to_str().unwrap().to_owned(),
        None => case["artifact_digest"].as_str().unwrap().to_owned(),
    }
}

fn signer(folder: &Path, id: &str) -> Vec<String> {
    let case = case(folder, id);
    let issuer = case["issuer"].as_str().unwrap_or("none");
    ["--identity", case["identity"].as_str().unwrap(), "--issuer", issuer].map(str::to_owned).to_vec()
}

/// Runs `verify-blob` with a file of that content.
fn verify_blob(content: &str, artifact: &str, signer: &[String], more: &[&str]) -> (i32, Value) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("attestations.jsonl");
    fs::write(&path, content).unwrap();
    let signer: Vec<&str> = signer.iter().map(String::as_str).collect();
    let arguments = ["verify-blob", "--bundle", path.to_str().unwrap(), artifact];
    json(&[arguments.as_slice(), &signer, more].concat())
}

const GITHUB: &str = "gh-release-attest-private";
const REUSABLE: &str = "gh-reusable-workflow";

#[test]
fn githubs_own_trust_domain_is_named() {
    let Some(folder) = vectors() else { return };
    let (content, artifact) = (bundle(&folder, GITHUB).to_string(), artifact(&folder, GITHUB));
    let signer = signer(&folder, GITHUB);
    let run = |more: &[&str]| verify_blob(&content, &artifact, &signer, more);
    let (code, document) = run(&["--trust", "github"]);
    assert_eq!(code, 0, "{document}");
    let proof = &document["verified"][0];
    assert_eq!(proof["trust"], "github");
    assert_eq!(
        (&proof["checks"]["transparencyLog"], &proof["checks"]["certificateTimestamp"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(run(&["--trust", "production", "--trust", "github"]).0, 0);
    // Neither the public instance nor a file that lacks the logs does without them.
    assert_eq!(run(&[]).0, 1);
    assert_eq!(run(&["--trust", "staging", "--trust", "production"]).0, 1);
    let root = folder.join("cosign/trust/github.trusted_root.json");
    let root = ["--trusted-root", root.to_str().unwrap()];
    assert_eq!(run(&root).0, 1);
    assert_eq!(run(&[&root, ["--insecure-ignore-tlog", "--insecure-ignore-sct"].as_slice()].concat()).0, 0);
    // The other direction: nothing of the public instance holds in GitHub's.
    let content = bundle(&folder, REUSABLE).to_string();
    let (file, public) = (super::files::artifact(&folder, REUSABLE), super::files::signer(&folder, REUSABLE));
    assert_eq!(verify_blob(&content, &file, &public, &["--trust", "github"]).0, 1);
    assert_eq!(verify_blob(&content, &file, &public, &["--trust", "github", "--trust", "production"]).0, 0);
    // `none` is no wildcard: this certificate has an issuer.
    let nobody = [&public[..2], &["--issuer".to_owned(), "none".to_owned()]].concat();
    assert_eq!(verify_blob(&content, &file, &nobody, &[]).1["error"]["code"], "identity.issuer");
}

#[test]
fn bundles_on_lines_and_in_githubs_answer() {
    let Some(folder) = vectors() else { return };
    let (own, public) = (bundle(&folder, GITHUB), bundle(&folder, REUSABLE));
    let (artifact, signer) = (artifact(&folder, REUSABLE), signer(&folder, REUSABLE));
    let lines = format!("{own}\n{public}\n");
    let answer = json!({ "attestations": [{ "bundle": own, "repository_id": 1 }, { "bundle": public }] });
    for content in [lines.clone(), answer.to_string()] {
        let (code, document) = verify_blob(&content, &artifact, &signer, &[]);
        assert_eq!((code, document["verified"].as_array().unwrap().len()), (0, 1), "{document}");
        assert_eq!(document["verified"][0]["origin"]["layer"], 1);
        assert_eq!(document["rejected"][0]["rule"], "subject");
        let provenance = ["--type", "slsaprovenance1"];
        assert_eq!(verify_blob(&content, &artifact, &signer, &provenance).0, 0);
        let (code, document) = verify_blob(&content, &artifact, &signer, &["--type", "spdxjson"]);
        assert_eq!(
            (code, &document["rejected"][0]["predicateType"]),
            (1, &json!("https://slsa.dev/provenance/v1"))
        );
    }
    // A line that is broken is one candidate that is, and none where the file begins with it.
    assert_eq!(verify_blob(&format!("{public}\n{{broken\n"), &artifact, &signer, &[]).0, 0);
    assert_eq!(verify_blob(&format!("{{broken\n{public}\n"), &artifact, &signer, &[]).0, 2);
}

/// An image of which only the digest is known, and its attestations in a file: nothing is asked of a registry.
#[test]
fn an_image_is_verified_by_a_file() {
    let Some(folder) = vectors() else { return };
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("sha256.jsonl");
    fs::write(&path, format!("{}\n{}\n", bundle(&folder, GITHUB), bundle(&folder, REUSABLE))).unwrap();
    let path = path.to_str().unwrap();
    let digest = case(&folder, REUSABLE)["artifact_digest"].as_str().unwrap().to_owned();
    let image = format!("registry.example/app@{digest}");
    let signer = signer(&folder, REUSABLE);
    let signer: Vec<&str> = signer.iter().map(String::as_str).collect();
    let run = |more: &[&str]| json(&[["verify", "--bundle", path].as_slice(), &signer, more].concat());
    let (code, document) = run(&["--offline", "--type", "slsaprovenance1", &image]);
    assert_eq!((code, &document["images"][0]["image"]["digest"]), (0, &json!(digest)), "{document}");
    assert_eq!(run(&["--offline", "--type", "any", &image]).0, 0);
    assert_eq!(run(&["--offline", &image]).0, 1, "there is no signature in it");
    let other = format!("registry.example/app@sha256:{}", "0".repeat(64));
    assert_eq!(run(&["--offline", "--type", "any", &other]).0, 1);
    // A tag may be anything.
    assert_eq!(run(&["--offline", "--type", "any", "registry.example/app:1"]).0, 2);
    // Besides what is at the image.
    let bundle = "testdata/interop/demo/attestation.sigstore.json";
    let unsigned = [UNSIGNED, "--bundle", bundle, "--type", "spdxjson"];
    assert_eq!(by_demo_signer(&unsigned).0, 0);
    assert_eq!(by_demo_signer(&[UNSIGNED, "--type", "spdxjson"]).0, 1);
}

/// What `/-/npm/v1/attestations/...` answers.
fn npm(parts: &[&Value]) -> String {
    let parts: Vec<Value> =
        parts.iter().map(|bundle| json!({ "predicateType": "not signed here", "bundle": bundle })).collect();
    json!({ "attestations": parts }).to_string()
}

/// What `/-/npm/v1/keys` answers.
fn npm_keys(folder: &Path, expires: Value) -> String {
    let pem = fs::read_to_string(folder.join("cosign/trust/npm-publish_key.pub")).unwrap();
    let key: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    json!({ "keys": [{ "expires": expires, "keyid": "SHA256:x", "keytype": "ecdsa-sha2-nistp256", "key": key }] }).to_string()
}

const PACKAGE: &str = "npm-supreme-googles-cli-v02-tag";

/// GHSA-r2xv-vpr2-42m9: provenance that holds, beside a publish attestation that nobody verified.
#[test]
fn a_package_of_npm_is_published_and_built() {
    let Some(folder) = vectors() else { return };
    let part = |id: &str| bundle(&folder, id);
    let (provenance, publish) = (format!("{PACKAGE}-prov"), format!("{PACKAGE}-publish"));
    let (signer, file) = (signer(&folder, &provenance), artifact(&folder, &provenance));
    let temporary = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| {
        let path = temporary.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let keys = write("keys.json", npm_keys(&folder, Value::Null));
    let keys = ["--npm-keys", &keys];
    let (good, published) = (part(&provenance), part(&publish));
    let run = |parts: &[&Value], more: &[&str]| verify_blob(&npm(parts), &file, &signer, more);
    let (code, document) = run(&[&good, &published], &keys);
    assert_eq!((code, document["verified"].as_array().unwrap().len()), (0, 2), "{document}");
    // Each alone, and the publish attestation without the key that signed it.
    assert_eq!(run(&[&good], &keys).0, 1);
    assert_eq!(run(&[&published], &keys).0, 1);
    let (code, document) = run(&[&good, &published], &[]);
    assert_eq!(code, 1);
    assert!(document["error"]["hint"].as_str().unwrap().contains("--npm-keys"), "{document}");
    // The keys say that it is a package of npm, however the file is put together.
    let bundles = |parts: &[&Value]| parts.iter().map(|part| format!("{part}\n")).collect::<String>();
    assert_eq!(verify_blob(&bundles(&[&good]), &file, &signer, &keys).0, 1);
    assert_eq!(verify_blob(&bundles(&[&good, &published]), &file, &signer, &keys).0, 0);
    // Whoever asks for the provenance alone says so.
    assert_eq!(run(&[&good, &published], &["--type", "slsaprovenance1"]).0, case_type(&good));
    // A key that had expired, a signature that is broken, another package.
    let expired = write("expired.json", npm_keys(&folder, json!("2020-01-01T00:00:00.000Z")));
    assert_eq!(run(&[&good, &published], &["--npm-keys", &expired]).0, 1);
    let mut broken = published.clone();
    broken["dsseEnvelope"]["signatures"][0]["sig"] = good["dsseEnvelope"]["signatures"][0]["sig"].clone();
    assert_eq!(run(&[&good, &broken], &keys).0, 1);
    for other in
        ["npm-pnt-cli-v02-prega-publish", "npm-pnt-cli-v1-prega-publish", "npm-pnt-ossf-publish-invalidsig"]
    {
        assert_eq!(run(&[&good, &part(other)], &keys).0, 1, "{other}");
    }
    // The key signs for the registry and nothing else: not where it was built.
    assert_eq!(run(&[&published, &published], &keys).0, 1);
}

/// 0 if the provenance is of the type that is asked for there.
fn case_type(provenance: &Value) -> i32 {
    use base64::Engine;
    let payload = provenance["dsseEnvelope"]["payload"].as_str().unwrap();
    let payload = base64::engine::general_purpose::STANDARD.decode(payload).unwrap();
    let statement: Value = serde_json::from_slice(&payload).unwrap();
    i32::from(statement["predicateType"] != "https://slsa.dev/provenance/v1")
}

/// Every bundle of npm, GitHub and Python in the collection through the binary, as it is labelled.
#[test]
fn each_vector_as_it_is_labelled() {
    let Some(folder) = vectors() else { return };
    let index: Value = serde_json::from_slice(&fs::read(folder.join("cosign/index.json")).unwrap()).unwrap();
    let cosign = folder.join("cosign");
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in ["bundles", "negatives"].iter().flat_map(|part| index[part].as_array().unwrap()) {
        let id = case["id"].as_str().unwrap();
        let ours = ["npm-", "n-npm-", "gh-", "py-", "pypi-"].iter().any(|prefix| id.starts_with(prefix));
        if !ours || case["expect"] == "POLICY" {
            continue;
        }
        let path = |key: &str| case[key].as_str().map(|path| cosign.join(path).to_str().unwrap().to_owned());
        let artifact = path("artifact").or(case["artifact_digest"].as_str().map(str::to_owned)).unwrap();
        let mut arguments =
            ["verify-blob".to_owned(), "--bundle".to_owned(), path("file").unwrap(), artifact].to_vec();
        arguments.extend(["--trusted-root".to_owned(), path("trust").unwrap()]);
        match path("key") {
            Some(key) => arguments.extend(["--key".to_owned(), key]),
            None => {
                let identity = case["identity"].as_str().unwrap_or("nobody@example.com");
                let issuer = case["issuer"].as_str().unwrap_or("none");
                arguments.extend(["--identity", identity, "--issuer", issuer].map(str::to_owned));
            }
        }
        arguments.extend(
            case["cosign_flags"].as_array().unwrap().iter().map(|flag| flag.as_str().unwrap().to_owned()),
        );
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (code, document) = json(&arguments);
        count += 1;
        if (code == 0) != (case["expect"] == "PASS") {
            wrong.push(format!("{id}: {code}, {}", document["error"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 20, "{count}");
}

/// A bundle v0.3 with the names of PEP 740.
fn pep_740(bundle: &Value) -> Value {
    let material = &bundle["verificationMaterial"];
    json!({
        "version": 1,
        "verification_material": {
            "certificate": material["certificate"]["rawBytes"],
            "transparency_entries": material["tlogEntries"],
        },
        "envelope": {
            "statement": bundle["dsseEnvelope"]["payload"],
            "signature": bundle["dsseEnvelope"]["signatures"][0]["sig"],
        },
    })
}

const PYPI: &str = "pypi-models-004a2";

#[test]
fn provenance_of_pypi() {
    let Some(folder) = vectors() else { return };
    let attestation = pep_740(&bundle(&folder, PYPI));
    let publisher = json!({ "kind": "GitHub", "repository": "not/signed", "workflow": "here.yml" });
    let provenance = |attestations: &[&Value]| {
        json!({ "version": 1, "attestation_bundles": [{ "publisher": publisher, "attestations": attestations }] }).to_string()
    };
    let (signer, file) = (signer(&folder, PYPI), artifact(&folder, PYPI));
    let run = |content: &str| verify_blob(content, &file, &signer, &[]);
    let (code, document) = run(&attestation.to_string());
    assert_eq!((code, &document["verified"][0]["kind"]), (0, &json!("pypi-attestation")), "{document}");
    assert_eq!(run(&provenance(&[&attestation])).0, 0);
    let publish = ["--type", "https://docs.pypi.org/attestations/publish/v1"];
    assert_eq!(verify_blob(&provenance(&[&attestation]), &file, &signer, &publish).0, 0);
    assert_eq!(
        verify_blob(&provenance(&[&attestation]), &file, &signer, &["--type", "slsaprovenance1"]).0,
        1
    );
    assert_eq!(
        verify_blob(&attestation.to_string(), "README.md", &signer, &[]).1["error"]["code"],
        "subject"
    );
    assert_eq!(run(&provenance(&[])).0, 2);
    // What nothing signs may not be absent: the log entry; and one attestation for another's certificate.
    let change = |pointer: &str, value: Value| {
        let mut changed = attestation.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        run(&provenance(&[&changed]))
    };
    assert_eq!(
        change("/verification_material/transparency_entries", json!([])).1["error"]["code"],
        "log.missing"
    );
    assert_eq!(change("/version", json!(2)).1["error"]["code"], "bundle.pypi-version");
    let other = bundle(&folder, REUSABLE)["verificationMaterial"]["certificate"]["rawBytes"].clone();
    assert_eq!(change("/verification_material/certificate", other).0, 1);
    // The one that holds is enough.
    let mut broken = attestation.clone();
    broken["envelope"]["signature"] = json!("AAAA");
    assert_eq!(run(&provenance(&[&broken])).0, 1);
    assert_eq!(run(&provenance(&[&broken, &attestation])).0, 0);
}
