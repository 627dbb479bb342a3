//! The same command line to `portcullis cosign` and to the real cosign: exit code, standard output, header and
//! the class of the error must be the same, or the difference stands in `testdata/differential/differences.json`
//! with its reason.
//!
//! The real one's answers were recorded (`testdata/differential/<version>`), so that nobody needs it to run the
//! tests. `PORTCULLIS_COSIGN=/path/to/cosign` asks that binary instead; with `PORTCULLIS_COSIGN_RECORD=1` its answers
//! become the transcripts. `PORTCULLIS_BLESS=1` takes differences that are gone off the list and writes the tables of
//! `docs/cosign-compatibility.md`. Everything runs
//! against loopback: the registry is in this process, and the proxy that the environment names does not exist.

mod case;
mod compare;
mod differences;
mod ground;
mod outcome;
mod table;
mod vectors;

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use self::case::Case;
use self::ground::Ground;
use self::outcome::Outcome;

/// The versions of which transcripts are kept; the first is the one to be the same as.
const VERSIONS: [&str; 2] = ["3.1.1", "2.5.0"];

/// Outcomes by case.
type Outcomes = BTreeMap<String, Outcome>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/differential")
}

/// Runs every case with a binary; a case whose evidence is absent has no outcome.
fn run_all(cases: &[Case], ground: &Ground, command: &[&str]) -> Outcomes {
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Outcomes::new());
    let workers = std::thread::available_parallelism().map_or(2, |n| n.get()).clamp(2, 8);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(outcome) = ground.run(case, command) {
                        outcomes.lock().unwrap().insert(case.name.clone(), outcome);
                    }
                }
            });
        }
    });
    outcomes.into_inner().unwrap()
}

/// Asks the real cosign, where one is named: its version and what it said.
fn ask_the_real_one(cases: &[Case], ground: &Ground) -> Option<(String, Outcomes)> {
    let binary = std::env::var("PORTCULLIS_COSIGN").ok()?;
    let version = outcome::version(&binary);
    assert!(VERSIONS.contains(&version.as_str()), "{binary} is {version}, not one of {VERSIONS:?}");
    let outcomes = run_all(cases, ground, &[&binary]);
    if std::env::var("PORTCULLIS_COSIGN_RECORD").is_ok() {
        outcome::record(&folder().join(&version), &outcomes);
    }
    Some((version, outcomes))
}

#[test]
fn cosign_and_portcullis_say_the_same() {
    let cases = case::all(&folder().join("cases"));
    let ground = Ground::prepare();
    let live = ask_the_real_one(&cases, &ground);
    let ours = run_all(&cases, &ground, &[crate::cli::BINARY, "cosign"]);
    let mut theirs: BTreeMap<&str, Outcomes> =
        VERSIONS.iter().map(|version| (*version, outcome::recorded(&folder().join(version)))).collect();
    let mut problems = Vec::new();
    for case in &cases {
        let complete = theirs.values().all(|recorded| recorded.contains_key(&case.name));
        if !complete {
            problems.push(format!("{}: not recorded with every version", case.name));
        }
        if !ours.contains_key(&case.name) {
            println!("{}: skipped, its evidence is absent", case.name);
        }
    }
    for (version, recorded) in &theirs {
        let unknown = recorded.keys().filter(|name| !cases.iter().any(|case| case.name == **name));
        problems.extend(unknown.map(|name| format!("{version} {name}: recorded, and no such case")));
    }
    if let Some((version, outcomes)) = live {
        let version = VERSIONS.into_iter().find(|known| *known == version).unwrap();
        for (name, outcome) in outcomes {
            let recorded = theirs.get_mut(version).unwrap().insert(name.clone(), outcome);
            let now = &theirs[version][&name];
            let aspects = recorded.map_or_else(Vec::new, |recorded| compare::differ(&recorded, now));
            if !aspects.is_empty() {
                problems.push(format!("{version} {name}: says other than its transcript: {aspects:?}"));
            }
        }
    }
    let [newest, oldest] = VERSIONS.map(|version| &theirs[version]);
    let mut known = differences::known(&folder());
    if std::env::var("PORTCULLIS_BLESS").is_ok() {
        differences::prune(&folder(), &mut known, &ours, newest);
    }
    problems.extend(differences::check(&cases, &known, &ours, newest, oldest));
    let tables = table::render(&cases, &known, newest, oldest);
    problems.extend(table::check(&tables));
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}
