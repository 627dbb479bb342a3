//! The known differences, each with its reason. One that is not listed fails, and one that is listed and is none
//! fails as well.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use serde_json::json;

use super::Outcomes;
use super::case::Case;
use super::compare;
use super::compare::Aspect;

/// One difference from the newest cosign, and the cases that show it.
pub(super) struct Difference {
    pub(super) id: String,
    pub(super) cosign: String,
    pub(super) portcullis: String,
    pub(super) reason: String,
    pub(super) cases: BTreeMap<String, Vec<Aspect>>,
}

/// Reads `differences.json`.
pub(super) fn known(folder: &Path) -> Vec<Difference> {
    let list: Vec<Value> = serde_json::from_slice(&fs::read(folder.join(FILE)).unwrap()).unwrap();
    list.iter().map(difference).collect()
}

fn difference(value: &Value) -> Difference {
    let text = |key: &str| value[key].as_str().unwrap_or_else(|| panic!("{value}: no {key}")).to_owned();
    let cases = value["cases"].as_object().unwrap().iter().map(|(name, aspects)| {
        let aspects = aspects.as_str().unwrap().split(' ').map(Aspect::parse).collect();
        (name.clone(), aspects)
    });
    Difference {
        id: text("id"),
        cosign: text("cosign"),
        portcullis: text("portcullis"),
        reason: text("reason"),
        cases: cases.collect(),
    }
}

/// What is listed of a case.
pub(super) fn listed(known: &[Difference], case: &str) -> Vec<Aspect> {
    let mut aspects: Vec<Aspect> =
        known.iter().filter_map(|difference| difference.cases.get(case)).flatten().copied().collect();
    aspects.sort();
    aspects
}

/// Compares what we say with what the newest says and with what is listed; and with the older one, from which
/// we may differ only as the newest does.
pub(super) fn check(
    cases: &[Case],
    known: &[Difference],
    ours: &Outcomes,
    newest: &Outcomes,
    oldest: &Outcomes,
) -> Vec<String> {
    let mut problems = Vec::new();
    for case in cases {
        let (Some(our), Some(new), Some(old)) =
            (ours.get(&case.name), newest.get(&case.name), oldest.get(&case.name))
        else {
            continue;
        };
        let differ = compare::differ(our, new);
        let listed = listed(known, &case.name);
        if differ != listed {
            let names =
                |aspects: &[Aspect]| -> Vec<&str> { aspects.iter().map(|aspect| aspect.as_str()).collect() };
            problems.push(format!(
                "{}: differs in {:?}, listed {:?}\n  $ cosign {}\n  cosign: {}\n  ours:   {}",
                case.name,
                names(&differ),
                names(&listed),
                case.run,
                show(new),
                show(our),
            ));
        }
        if !differ.is_empty() {
            continue;
        }
        let (from_old, apart) = (compare::differ(our, old), compare::differ(new, old));
        let own = from_old.iter().filter(|aspect| !apart.contains(aspect));
        problems.extend(own.map(|aspect| format!("{}: {aspect:?} is neither old nor new", case.name)));
    }
    let unknown = known.iter().flat_map(|difference| difference.cases.keys());
    let unknown = unknown.filter(|name| !cases.iter().any(|case| case.name == **name));
    problems.extend(unknown.map(|name| format!("differences.json: no case {name}")));
    problems
}

/// Takes off the list what is no difference any more.
pub(super) fn prune(folder: &Path, known: &mut Vec<Difference>, ours: &Outcomes, newest: &Outcomes) {
    for difference in known.iter_mut() {
        difference.cases.retain(|name, aspects| {
            let (Some(our), Some(new)) = (ours.get(name), newest.get(name)) else { return true };
            let differ = compare::differ(our, new);
            aspects.retain(|aspect| differ.contains(aspect));
            !aspects.is_empty()
        });
    }
    known.retain(|difference| !difference.cases.is_empty());
    let list: Vec<Value> = known.iter().map(to_json).collect();
    let text = serde_json::to_string_pretty(&list).unwrap();
    fs::write(folder.join(FILE), format!("{text}\n")).unwrap();
}

fn to_json(difference: &Difference) -> Value {
    let names = |aspects: &Vec<Aspect>| -> String {
        aspects.iter().map(|aspect| aspect.as_str()).collect::<Vec<_>>().join(" ")
    };
    let cases: BTreeMap<&String, String> =
        difference.cases.iter().map(|(name, aspects)| (name, names(aspects))).collect();
    let Difference { id, cosign, portcullis, reason, .. } = difference;
    json!({"id": id, "cosign": cosign, "portcullis": portcullis, "reason": reason, "cases": cases})
}

const FILE: &str = "differences.json";

fn show(outcome: &super::outcome::Outcome) -> String {
    let short = |text: String| -> String { text.chars().take(1500).collect() };
    let stdout = short(outcome.stdout.to_string());
    let files = serde_json::to_string(&outcome.files).unwrap();
    let class = if outcome.exit == 0 { "" } else { compare::class(outcome) };
    let stderr = short(outcome.stderr.join(" | "));
    format!(
        "exit {} {class}\n    stdout {stdout}\n    stderr {stderr}\n    files {}",
        outcome.exit,
        short(files)
    )
}
