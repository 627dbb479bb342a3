//! What a command did, in a form that can be kept.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use serde_json::json;

use super::Outcomes;

/// Exit code, output, and what was made.
#[derive(Clone, PartialEq)]
pub(super) struct Outcome {
    pub(super) exit: i32,
    /// The documents, where it is nothing else; else the text.
    pub(super) stdout: Value,
    pub(super) stderr: Vec<String>,
    pub(super) files: BTreeMap<String, Value>,
}

impl Outcome {
    pub(super) fn new(exit: i32, stdout: &str, stderr: &str, files: BTreeMap<String, Value>) -> Self {
        Self { exit, stdout: documents(stdout), stderr: lines(stderr), files }
    }

    fn to_json(&self) -> Value {
        let mut value = json!({"exit": self.exit, "stdout": self.stdout, "stderr": self.stderr});
        if !self.files.is_empty() {
            value["files"] = json!(self.files);
        }
        value
    }

    fn from_json(value: &Value) -> Self {
        let strings = value["stderr"].as_array().unwrap().iter();
        let files = value["files"].as_object().into_iter().flatten();
        Self {
            exit: value["exit"].as_i64().unwrap().try_into().unwrap(),
            stdout: value["stdout"].clone(),
            stderr: strings.map(|line| line.as_str().unwrap().to_owned()).collect(),
            files: files.map(|(name, value)| (name.clone(), value.clone())).collect(),
        }
    }
}

/// The JSON documents of a text, in a stable order: cosign's workers finish as they please. A text that is
/// something else stays one.
fn documents(text: &str) -> Value {
    let stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let Ok(mut documents) = stream.collect::<Result<Vec<Value>, _>>() else {
        return Value::String(text.to_owned());
    };
    if !documents.iter().all(|document| document.is_array() || document.is_object()) {
        return Value::String(text.to_owned());
    }
    for document in &mut documents {
        if let Some(list) = document.as_array_mut() {
            list.sort_by_cached_key(ToString::to_string);
        }
    }
    documents.sort_by_cached_key(ToString::to_string);
    Value::Array(documents)
}

/// The lines, without what is other in every run.
fn lines(text: &str) -> Vec<String> {
    // Where Go panics, addresses follow (cosign 2.5.0 does, in `verify-attestation --new-bundle-format`).
    let text = text.split("\n\ngoroutine ").next().unwrap_or_default();
    let text = text.split("[signal ").next().unwrap_or_default();
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    // Go's log prints the time before the line.
    let dated = |line: &str| line.get(..2) == Some("20") && line.get(4..5) == Some("/");
    lines
        .map(|line| if dated(line) { line.get(20..).unwrap_or(line).to_owned() } else { line.to_owned() })
        .collect()
}

/// What the program calls itself; one that a distribution built does not know, and is told
/// by `PORTCULLIS_COSIGN_VERSION`.
pub(super) fn version(binary: &str) -> String {
    if let Ok(version) = std::env::var("PORTCULLIS_COSIGN_VERSION") {
        return version;
    }
    let output = Command::new(binary).args(["version", "--json"]).env_clear().output();
    let output = output.unwrap_or_else(|error| panic!("{binary}: {error}"));
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let version = value["gitVersion"].as_str().unwrap().trim_start_matches('v');
    version.split(['-', '+', '~']).next().unwrap().to_owned()
}

/// Writes the transcripts of one version, a file for each command; what was not run stays.
pub(super) fn record(folder: &Path, outcomes: &Outcomes) {
    fs::create_dir_all(folder).unwrap();
    let mut files: BTreeMap<&str, BTreeMap<&str, Value>> = BTreeMap::new();
    for (name, outcome) in outcomes {
        let (file, id) = name.split_once('/').unwrap();
        files.entry(file).or_default().insert(id, outcome.to_json());
    }
    for (file, entries) in files {
        // A case to a line, so that a change is seen as the change of a case.
        let lines: Vec<String> =
            entries.iter().map(|(id, value)| format!("{}: {value}", json!(id))).collect();
        fs::write(folder.join(format!("{file}.json")), format!("{{\n{}\n}}\n", lines.join(",\n"))).unwrap();
    }
}

/// Reads the transcripts of one version.
pub(super) fn recorded(folder: &Path) -> Outcomes {
    let mut outcomes = Outcomes::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let entries: BTreeMap<String, Value> = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let file = path.file_stem().unwrap().to_str().unwrap();
        outcomes
            .extend(entries.iter().map(|(id, value)| (format!("{file}/{id}"), Outcome::from_json(value))));
    }
    outcomes
}
