//! The collected vectors through the command line of cosign: each must get the verdict of its label.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use base64::Engine;
use serde_json::Value;

use crate::support::vectors;
use crate::vectors::OTHER_KEYS;
use crate::vectors::POLICY;

/// A command line and whether it must succeed.
struct Line {
    name: String,
    accepted: bool,
    words: Vec<String>,
}

#[test]
fn every_open_vector_gets_its_verdict() {
    let Some(folder) = vectors() else { return };
    let folder = folder.join("cosign");
    let index: Value = serde_json::from_slice(&fs::read(folder.join("index.json")).unwrap()).unwrap();
    let work = tempfile::tempdir().unwrap();
    let artifact = work.path().join("artifact");
    fs::write(&artifact, b"test content").unwrap();
    let part = |name: &str| index[name].as_array().unwrap().iter();
    let mut lines: Vec<Line> = part("bundles")
        .chain(part("negatives"))
        .filter_map(|case| bundle(&folder, case, &artifact))
        .collect();
    assert!(lines.len() >= 80, "only {} bundles", lines.len());
    for case in part("layouts").chain(part("negative_layouts")) {
        lines.extend(layout(&folder, case));
    }
    assert!(lines.len() >= 110, "only {} command lines", lines.len());
    let wrong = run(&lines, work.path());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
}

fn run(lines: &[Line], work: &Path) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(line) = lines.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(problem) = judge(line, work) {
                        wrong.lock().unwrap().push(problem);
                    }
                }
            });
        }
    });
    wrong.into_inner().unwrap()
}

fn judge(line: &Line, work: &Path) -> Result<(), String> {
    let mut command = Command::new(crate::cli::BINARY);
    command.arg("cosign").args(&line.words).env_clear().env("HOME", work).current_dir(work);
    let output = command.stdin(Stdio::null()).output().unwrap();
    let code = output.status.code();
    // A panic is no refusal.
    if code == Some(0) && line.accepted || matches!(code, Some(1 | 10 | 12)) && !line.accepted {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(format!("{}: must {}be accepted, exit {code:?}: {:?}\n  {stderr}", line.name, not(line), line.words))
}

fn not(line: &Line) -> &'static str {
    if line.accepted { "" } else { "not " }
}

/// Root, signer and flags of a case.
fn common(folder: &Path, case: &Value, key: Option<&str>) -> Vec<String> {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let mut words = vec!["--trusted-root".to_owned(), path(case["trust"].as_str().unwrap())];
    if let Some(key) = key {
        words.extend(["--key".to_owned(), path(key)]);
    } else {
        let signer = [("identity", "--certificate-identity"), ("issuer", "--certificate-oidc-issuer")].map(
            |(name, flag)| {
                let value = case[name].as_str();
                value.map_or_else(|| format!("{flag}-regexp=.*"), |value| format!("{flag}={value}"))
            },
        );
        words.extend(signer);
    }
    let flags = case["cosign_flags"].as_array().or(case["flags"].as_array()).into_iter().flatten();
    // A remark follows some flags.
    words.extend(flags.map(|flag| flag.as_str().unwrap().split(' ').next().unwrap().to_owned()));
    words
}

/// `verify-blob` for a signature, `verify-blob-attestation` for a statement; `None` for a matter of policy on
/// which we took no side.
fn bundle(folder: &Path, case: &Value, default: &Path) -> Option<Line> {
    let name = case["id"].as_str().unwrap().to_owned();
    let choice = POLICY.iter().find(|(policy, _, _)| *policy == name).map(|(_, accepted, _)| *accepted);
    let accepted = match case["expect"].as_str().unwrap() {
        "POLICY" => choice?,
        expect => expect == "PASS",
    };
    let file = folder.join(case["file"].as_str().unwrap());
    let bundle: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap_or_default();
    let artifact = case["artifact"].as_str().map(|artifact| folder.join(artifact));
    let digest = case["artifact_digest"].as_str();
    let mut words = common(folder, case, case["key"].as_str());
    words.extend(["--bundle".to_owned(), file.to_str().unwrap().to_owned()]);
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let statement = bundle.get("dsseEnvelope").is_some();
    if statement {
        words.insert(0, "verify-blob-attestation".to_owned());
        words.extend(["--type".to_owned(), predicate_type(&bundle)]);
    } else {
        words.insert(0, "verify-blob".to_owned());
    }
    match (artifact, digest) {
        (Some(artifact), _) => words.push(path(&artifact)),
        (None, None) => words.push(path(default)),
        (None, Some(digest)) if statement => {
            let (algorithm, hex) = digest.split_once(':').unwrap();
            words.extend([format!("--digest={hex}"), format!("--digestAlg={algorithm}")]);
        }
        (None, Some(digest)) => words.push(digest.to_owned()),
    }
    Some(Line { name, accepted, words })
}

/// The type that the statement itself claims, so that nothing is refused for its type alone.
fn predicate_type(bundle: &Value) -> String {
    let payload = bundle["dsseEnvelope"]["payload"].as_str().unwrap_or_default();
    let payload = base64::engine::general_purpose::STANDARD.decode(payload).unwrap_or_default();
    let statement: Value = serde_json::from_slice(&payload).unwrap_or_default();
    statement["predicateType"].as_str().unwrap_or("custom").to_owned()
}

/// The signature, the attestation, another type and other keys of a layout, as its label says what it holds.
fn layout(folder: &Path, case: &Value) -> Vec<Line> {
    let id = case["id"].as_str().unwrap();
    let kind = case["kind"].as_str().unwrap();
    let expected = case["expect"] == "PASS";
    let key = case["key"].as_str();
    let directory = folder.join(case["dir"].as_str().unwrap()).to_str().unwrap().to_owned();
    let line = |what: &str, accepted: bool, key: Option<&str>, command: &[&str]| {
        let mut words: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        words.push("--local-image".to_owned());
        words.extend(common(folder, case, key));
        words.push(directory.clone());
        Line { name: format!("{id}/{what}"), accepted, words }
    };
    let signed = kind.contains("sig");
    let mut lines = vec![line("signature", signed && expected, key, &["verify"])];
    if kind.contains("att") {
        let named = kind.split_once("--type ").and_then(|(_, rest)| rest.split([')', ' ']).next());
        let named = named.unwrap_or("slsaprovenance");
        lines.push(line("attestation", expected, key, &["verify-attestation", "--type", named]));
    }
    // CVE-2022-35929: there is an attestation or none, and it is not of the type that is asked for.
    lines.push(line("other type", false, key, &["verify-attestation", "--type", "spdxjson"]));
    let keys = OTHER_KEYS.iter().filter(|(layout, _, _)| *layout == id);
    lines.extend(keys.map(|(_, key, accepted)| line(key, *accepted, Some(key), &["verify"])));
    lines
}
