//! Everything that is accepted is changed in every small way; every mutant must be refused, or be listed in
//! `testdata/equivalent-mutants.json` with the reason why it says the same.

mod json;
mod mutate;
mod subjects;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use portcullis::bundle::Candidate;
use portcullis::bundle::CandidateKind;
use serde::Deserialize;

use self::mutate::Change;
use self::subjects::Subject;

/// Mutants that are accepted because they say the same.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Equivalent {
    /// The field; `*` stands for any text, `[]` for any position in a list.
    path: String,
    mutations: BTreeSet<String>,
    /// What must hold for the original (see `Subject::facts`); `!` in front: must not.
    #[serde(default)]
    given: Vec<String>,
    reason: String,
}

impl Equivalent {
    fn covers(&self, mutant: &Change, facts: &[String]) -> bool {
        let given = self.given.iter().all(|fact| match fact.strip_prefix('!') {
            Some(absent) => !facts.iter().any(|fact| fact == absent),
            None => facts.contains(fact),
        });
        given && self.mutations.contains(mutant.kind) && glob(&self.path, &mutant.path)
    }
}

fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.into_iter().any(|at| glob(rest, &text[at..]))
        }),
    }
}

/// The path without positions in lists, but for chains: their first certificate is the signer's.
fn general(change: &Change) -> Change {
    if change.path.contains("certificates[") {
        return change.clone();
    }
    let mut path = String::new();
    let mut digits = false;
    for letter in change.path.chars() {
        digits = letter == '[' || (digits && letter.is_ascii_digit());
        if !digits || letter == '[' {
            path.push(letter);
        }
    }
    Change { path, kind: change.kind }
}

/// Every mutant of a candidate. `donors` are others of its kind, whose annotations are put in its place.
fn mutants(original: &Candidate, donors: &[&Candidate], take: &mut dyn FnMut(Change, Candidate)) {
    if let Ok(text) = std::str::from_utf8(&original.payload) {
        mutate::document(text, &mut |change, new| {
            take(change, Candidate { payload: new.into_bytes(), ..original.clone() });
        });
    }
    for kind in [CandidateKind::Bundle, CandidateKind::LegacyAttestation, CandidateKind::LegacySignature] {
        if kind != original.kind {
            let change = Change { path: "kind".to_owned(), kind: "swapped" };
            take(change, Candidate { kind, ..original.clone() });
        }
    }
    let mut put = |change: Change, name: &str, value: Option<String>| {
        let mut mutant = original.clone();
        match value {
            Some(value) => mutant.annotations.insert(name.to_owned(), value),
            None => mutant.annotations.remove(name),
        };
        take(change, mutant);
    };
    let added = Change { path: "annotations".to_owned(), kind: "added" };
    put(added, "example.com/unknown", Some("1".to_owned()));
    for (name, value) in &original.annotations {
        let path = format!("annotations.{name}");
        put(Change { path: path.clone(), kind: "dropped" }, name, None);
        put(Change { path: path.clone(), kind: "doubled" }, name, Some(value.repeat(2)));
        for donor in donors {
            if let Some(other) = donor.annotations.get(name).filter(|other| *other != value) {
                put(Change { path: path.clone(), kind: "swapped" }, name, Some(other.clone()));
            }
        }
        let last = name.rsplit('/').next().unwrap_or_default();
        mutate::text(&path, last, value, &mut |change, new| put(change, name, Some(new)));
    }
}

/// What became of the mutants.
#[derive(Default)]
struct Tally {
    mutants: usize,
    refused: usize,
    equivalent: usize,
    /// By entry of the list: mutants that were accepted, and that were refused.
    used: BTreeMap<usize, (usize, usize)>,
    /// Accepted, and not listed.
    wrong: BTreeMap<Change, BTreeSet<String>>,
}

fn judge(subject: &Subject, all: &[Subject], listed: &[Equivalent], tally: &Mutex<Tally>) {
    let facts = subject.facts();
    let donors = donors(subject, all);
    mutants(&subject.candidate, &donors, &mut |change, mutant| {
        let accepted = subject.accepts(&mutant);
        let change = general(&change);
        let entry = listed.iter().position(|entry| entry.covers(&change, &facts));
        let mut tally = tally.lock().unwrap();
        tally.mutants += 1;
        match (accepted, entry) {
            (false, entry) => {
                tally.refused += 1;
                if let Some(entry) = entry {
                    tally.used.entry(entry).or_default().1 += 1;
                }
            }
            (true, Some(entry)) => {
                tally.equivalent += 1;
                tally.used.entry(entry).or_default().0 += 1;
            }
            (true, None) => {
                tally.wrong.entry(change).or_default().insert(subject.name.clone());
            }
        }
    });
}

/// Others of the same kind: those of the same manifest, and the four after it in the list.
fn donors<'a>(subject: &Subject, all: &'a [Subject]) -> Vec<&'a Candidate> {
    let manifest = |subject: &Subject| subject.name.rsplit_once('/').map(|(name, _)| name.to_owned());
    // Another entry about the same signature is no other evidence.
    let same = |other: &Subject| {
        other.candidate.payload == subject.candidate.payload
            && other.candidate.annotations.get(SIGNATURE) == subject.candidate.annotations.get(SIGNATURE)
    };
    let others = all.iter().filter(|other| other.candidate.kind == subject.candidate.kind && !same(other));
    let (near, far): (Vec<_>, Vec<_>) = others.partition(|other| manifest(other) == manifest(subject));
    near.into_iter().chain(far.into_iter().take(4)).map(|other| &other.candidate).collect()
}

/// The annotation with the signature of a `.sig` layer.
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";

#[tokio::test]
async fn every_mutant_is_refused_or_says_the_same() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/equivalent-mutants.json");
    let listed: Vec<Equivalent> = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    assert!(listed.iter().all(|entry| !entry.reason.is_empty()));
    let mut all = subjects::authority();
    let folder = crate::support::vectors();
    if let Some(folder) = &folder {
        all.extend(subjects::conformance(folder));
        all.extend(subjects::cosign(folder).await);
    }
    // The largest come first, so that no thread is left alone with one of them.
    all.sort_by_key(|subject| std::cmp::Reverse(subject.candidate.payload.len()));
    let (next, tally) = (AtomicUsize::new(0), Mutex::new(Tally::default()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(subject) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    judge(subject, &all, &listed, &tally);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    println!(
        "{} mutants of {} candidates: {} refused, {} equivalent",
        tally.mutants,
        all.len(),
        tally.refused,
        tally.equivalent
    );
    for (entry, (accepted, refused)) in &tally.used {
        println!("{accepted} accepted, {refused} refused: {:?}", listed[*entry]);
    }
    let wrong = tally.wrong.iter();
    let wrong: Vec<String> = wrong.map(|(change, subjects)| line(change, subjects)).collect();
    assert!(wrong.is_empty(), "{} kinds of mutants are accepted:\n{}", wrong.len(), wrong.join("\n"));
    // Some entries are about things that only the vectors have.
    if folder.is_some() {
        let used = |entry: &usize| tally.used.get(entry).is_some_and(|(accepted, _)| *accepted > 0);
        let unused: Vec<&Equivalent> =
            (0..listed.len()).filter(|entry| !used(entry)).map(|entry| &listed[entry]).collect();
        assert!(unused.is_empty(), "unused exceptions: {unused:#?}");
    }
}

fn line(change: &Change, subjects: &BTreeSet<String>) -> String {
    let some: Vec<&str> = subjects.iter().take(4).map(String::as_str).collect();
    format!("{} {}: {} of {}", change.path, change.kind, some.join(" "), subjects.len())
}
