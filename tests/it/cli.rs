//! The command line, by transcripts: what a user types, and what comes back.
//!
//! `tests/cmd/*.toml` and the `console` blocks of the README are run against the built binary, in the folder
//! of the package. `TRYCMD=overwrite cargo test --test it cli` writes what the commands say now; read it
//! before you commit it.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

use portcullis::gate::Policy;

pub const BINARY: &str = env!("CARGO_BIN_EXE_portcullis");

/// A time at which the reports of the demonstration are fresh.
pub const AT: &str = "2026-11-24T09:00:00Z";

/// What the command line reads from the environment; empty is the same as absent.
const ENVIRONMENT: [&str; 18] = [
    "COSIGN_REPOSITORY",
    "DOCKER_CONFIG",
    "GITHUB_STEP_SUMMARY",
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "REGISTRY_AUTH_FILE",
    "TUF_MIRROR",
    "TUF_ROOT",
    "TUF_ROOT_JSON",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn run(glob: &str) {
    let cases = trycmd::TestCases::new();
    for name in ENVIRONMENT {
        cases.env(name, "");
    }
    // The width of a help text without a terminal.
    cases.env("COLUMNS", "100");
    cases.register_bin("portcullis", Path::new(BINARY)).case(root().join(glob)).run();
}

#[test]
fn transcripts() {
    run("tests/cmd/*.toml");
}

#[test]
fn readme() {
    run("README.md");
}

/// The binary in the folder of the package, with nothing from the environment.
pub fn portcullis(arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.current_dir(root()).env_clear().args(arguments).stdin(Stdio::null());
    command
}

/// `gate` on the demonstration with one of its reports.
pub fn demo<'a>(report: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let arguments = [
        "gate",
        "--offline",
        "--at",
        AT,
        "--policy",
        "testdata/interop/demo/portcullis.yaml",
        "--trusted-root",
        "testdata/interop/trusted_root.json",
        "--scan",
        report,
        "oci:testdata/interop/demo/layout",
    ];
    [arguments.as_slice(), more].concat()
}

pub const PROMOTE: &str = "testdata/interop/demo/report-promote.json";
pub const REFUSE: &str = "testdata/interop/demo/report-refuse.json";

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn succeeds(output: &Output) {
    assert!(output.status.success(), "{:?}: {}", output.status, text(&output.stderr));
}

/// The blocks of the README in one language, with continued lines joined.
fn blocks(language: &str) -> Vec<String> {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let mut parts = readme.split("\n```");
    parts.next();
    // Every other part is what stands inside a fence.
    let inside = parts.step_by(2).filter_map(|part| part.split_once('\n'));
    let wanted = inside.filter(|(info, _)| *info == language).map(|(_, block)| block);
    wanted.map(|block| block.replace("\\\n> ", "").replace("\\\n", "")).collect()
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// The first command of the README goes through cargo, so no transcript runs it: it must be one that does.
#[test]
fn the_command_of_the_readme_is_one_that_is_run() {
    let shell = blocks("sh");
    let [gate, tests] = shell.as_slice() else { panic!("two commands, not {}", shell.len()) };
    assert_eq!(tests.trim_end(), "cargo test");
    let arguments = gate.strip_prefix("cargo run -- ").expect("the command of the README");
    let transcripts = blocks("console");
    let first = transcripts[0].lines().next().unwrap();
    let run = first.strip_prefix("$ portcullis ").expect("a transcript");
    assert_eq!(words(arguments), words(run));
}

#[test]
fn the_policy_of_the_readme_is_one() {
    let blocks = blocks("yaml");
    assert_eq!(blocks.len(), 1);
    Policy::from_slice(blocks[0].as_bytes()).unwrap();
    let schema = blocks[0].lines().next().unwrap().split_once("$schema=").unwrap().1;
    assert!(root().join(schema).is_file());
}

/// `PORTCULLIS_BLESS=1 cargo test --test it cli` writes the sample instead.
fn same_as_sample(found: &[u8], sample: &str) {
    let path = root().join(sample);
    if std::env::var_os("PORTCULLIS_BLESS").is_some() {
        fs::write(&path, found).unwrap();
    }
    assert_eq!(text(found), fs::read_to_string(path).unwrap(), "{sample}");
}

#[test]
fn a_summary_replaces_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let summary = folder.path().join("summary.md");
    fs::write(&summary, "from an earlier run").unwrap();
    let output = portcullis(&demo(PROMOTE, &["--summary", summary.to_str().unwrap()])).output().unwrap();
    succeeds(&output);
    same_as_sample(&fs::read(&summary).unwrap(), "tests/cmd/summary.md");
    // No half-written file is left beside it.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_summary_is_appended_for_github() {
    let folder = tempfile::tempdir().unwrap();
    let summary = folder.path().join("step");
    fs::write(&summary, "# by the step before\n").unwrap();
    let output = portcullis(&demo(REFUSE, &[])).env("GITHUB_STEP_SUMMARY", &summary).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let found = fs::read_to_string(&summary).unwrap();
    let appended = found.strip_prefix("# by the step before\n").expect("what stood there");
    assert!(appended.contains("CVE-2099-0001"), "{appended}");
}

#[test]
fn a_summary_that_cannot_be_written_is_no_promotion() {
    let nowhere: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "no", "such", "folder", "summary.md"].iter().collect();
    let output = portcullis(&demo(PROMOTE, &["--summary", nowhere.to_str().unwrap()])).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).starts_with("error: cannot write "), "{}", text(&output.stderr));
}

/// Whoever reads may stop, as `head` does. Nothing is said about it, and a refusal stays one.
#[test]
fn a_reader_that_leaves_changes_no_exit_code() {
    for (report, code) in [(PROMOTE, 0), (REFUSE, 1)] {
        let mut child = portcullis(&demo(report, &["--format", "json"]))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(code), ""), "{report}");
    }
}

#[test]
fn stdin_is_read_where_a_dash_stands() {
    let report = fs::File::open(root().join(PROMOTE)).unwrap();
    succeeds(&portcullis(&demo("-", &[])).stdin(report).output().unwrap());
}
