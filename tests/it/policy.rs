//! The policy format: its JSON Schema, and the samples that the schema and the reader must agree on.

use std::env;
use std::fs;
use std::path::PathBuf;

use portcullis::gate::Policy;
use portcullis::gate::policy_schema;
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// `PORTCULLIS_BLESS=1 cargo test` writes the file instead.
#[test]
#[expect(clippy::disallowed_methods, reason = "a switch for whoever changes the format")]
fn the_committed_schema_is_the_generated_one() {
    let path = root().join("schemas/portcullis.schema.json");
    let generated = policy_schema();
    if env::var_os("PORTCULLIS_BLESS").is_some() {
        fs::write(&path, &generated).unwrap();
    }
    assert_eq!(
        fs::read_to_string(path).unwrap(),
        generated,
        "run PORTCULLIS_BLESS=1 cargo test --test it policy"
    );
}

#[test]
fn the_schema_is_a_schema() {
    let schema: Value = serde_json::from_str(&policy_schema()).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
}

/// Samples in `testdata/policy`: a name that ends in `_fail` must be refused. What only the reader can see
/// (a gap in `fail-on`, an entry twice, a pattern that is none) ends in `_reader_fail`: the schema accepts it.
#[test]
fn reader_and_schema_agree_on_the_samples() {
    let schema: Value = serde_json::from_str(&policy_schema()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let (mut good, mut bad) = (0, 0);
    for path in samples() {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let by_reader = Policy::from_slice(text.as_bytes());
        // As an editor reads it: by YAML 1.2, where `y` is a text.
        let options = serde_saphyr::options! { strict_booleans: true };
        let document: Value = serde_saphyr::from_str_with_options(&text, options).unwrap();
        let by_schema = schema.is_valid(&document);
        let refused = name.ends_with("_fail");
        assert_eq!(by_reader.is_err(), refused, "{name}: {by_reader:?}");
        assert_eq!(by_schema, !refused || name.ends_with("_reader_fail"), "{name}: the schema disagrees");
        if refused { bad += 1 } else { good += 1 }
    }
    assert!(good >= 3 && bad >= 10, "{good} good and {bad} bad samples");
}

/// The first line of each refused sample is a comment with the error that it must give.
#[test]
fn refusals_say_where_and_why() {
    for path in samples() {
        let text = fs::read_to_string(&path).unwrap();
        let Err(error) = Policy::from_slice(text.as_bytes()) else { continue };
        let expected = text.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap();
        assert_eq!(error.to_string(), expected, "{}", path.display());
    }
}

fn samples() -> Vec<PathBuf> {
    let yaml = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "yaml");
    let files = fs::read_dir(root().join("testdata/policy")).expect("samples");
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("sample").path()).filter(yaml).collect();
    files.sort();
    files
}
