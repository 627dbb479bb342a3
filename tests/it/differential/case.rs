//! The cases, as data: `testdata/differential/cases/<command>.json`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// One command line.
pub(super) struct Case {
    /// `<file>/<id>`.
    pub(super) name: String,
    /// The command line without the program, with placeholders.
    pub(super) run: String,
    /// Files that are written before, by their name in the working folder.
    pub(super) files: BTreeMap<String, String>,
    pub(super) env: BTreeMap<String, String>,
    /// Whether the test authority's keys are in the environment, as cosign 2 needs them.
    pub(super) keys: bool,
    pub(super) stdin: String,
    /// Files and folders that the command makes and that are compared.
    pub(super) outputs: Vec<String>,
    /// A command line that prepares the ground, run by the same program before.
    pub(super) before: Option<String>,
}

/// Every case, in the order of the files.
pub(super) fn all(folder: &Path) -> Vec<Case> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let list: Vec<Value> = serde_json::from_slice(&fs::read(&file).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let command = file.file_stem().unwrap().to_str().unwrap();
        cases.extend(list.iter().map(|value| case(command, value)));
    }
    let mut names: Vec<_> = cases.iter().map(|case| case.name.as_str()).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "two cases have one name");
    cases
}

fn case(command: &str, value: &Value) -> Case {
    let known = ["id", "run", "files", "env", "keys", "stdin", "outputs", "before"];
    let unknown = value.as_object().unwrap().keys().find(|key| !known.contains(&key.as_str()));
    assert!(unknown.is_none(), "{value}: unknown {unknown:?}");
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    let table = |key: &str| {
        let entries = value[key].as_object().into_iter().flatten();
        entries.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
    };
    let outputs = value["outputs"].as_array().into_iter().flatten();
    Case {
        name: format!("{command}/{}", value["id"].as_str().unwrap()),
        run: text("run").unwrap(),
        files: table("files"),
        env: table("env"),
        keys: value["keys"].as_bool().unwrap_or(true),
        stdin: text("stdin").unwrap_or_default(),
        outputs: outputs.map(|name| name.as_str().unwrap().to_owned()).collect(),
        before: text("before"),
    }
}

/// Splits a command line at spaces; single quotes hold together.
pub(super) fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut any) = (Vec::new(), String::new(), false, false);
    for character in line.chars() {
        match character {
            '\'' => (quoted, any) = (!quoted, true),
            ' ' if !quoted => {
                if any {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            other => {
                word.push(other);
                any = true;
            }
        }
    }
    assert!(!quoted, "{line}: a quote is open");
    if any {
        words.push(word);
    }
    words
}
