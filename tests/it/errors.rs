//! The table of codes in `docs/errors.md`, held against the sources: each code is in it, and no other.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// What stands between quotes.
fn quoted(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split('"').skip(1).step_by(2).map(str::to_owned)
}

/// The functions that give a variant its code.
const RULES: [&str; 5] =
    ["src/bundle/error.rs", "src/identity.rs", "src/intoto.rs", "src/pipeline/mod.rs", "src/verify/error.rs"];

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let nested = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    entries.flat_map(nested).collect()
}

fn codes_of_the_sources() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for file in RULES {
        let text = read(file);
        let body = text.split_once("fn rule(&self)").expect(file).1;
        let body = body.split_once("\n    }\n").expect(file).0;
        let found: Vec<String> = quoted(body).collect();
        assert!(found.len() >= 4, "{file}: {found:?}");
        codes.extend(found);
    }
    for file in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli")) {
        // Cosign's words and codes are its own.
        if file.components().any(|part| part.as_os_str() == "cosign") {
            continue;
        }
        let text = fs::read_to_string(file).unwrap();
        for (start, _) in text.match_indices("code: \"").chain(text.match_indices(".code(\"")) {
            codes.extend(quoted(&text[start..]).next());
        }
    }
    // Where nothing was found, in `verified.rs`.
    assert!(read("src/cli/verified.rs").contains("\"not-found\""));
    codes.insert("not-found".to_owned());
    codes
}

#[test]
fn every_code_is_explained() {
    let table = read("docs/errors.md");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let rows: Vec<(&str, &str)> = rows.collect();
    let explained: BTreeSet<String> = rows.iter().map(|(code, _)| (*code).to_owned()).collect();
    assert_eq!(explained.len(), rows.len(), "a code is explained twice");
    assert!(rows.iter().all(|(_, text)| text.len() > 10), "an explanation is empty");
    let codes = codes_of_the_sources();
    let missing: Vec<&String> = codes.difference(&explained).collect();
    let stale: Vec<&String> = explained.difference(&codes).collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "not explained: {missing:?}; not given any more: {stale:?}"
    );
}
