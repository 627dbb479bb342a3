//! Random layers against a model that does what a kernel would: a directory for each layer, looked up from
//! the highest down.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::super::testing::Builder;
use super::super::super::testing::list;
use super::super::super::testing::read;

/// One member of a layer.
#[derive(Clone, Debug)]
enum Step {
    Directory(Vec<u8>),
    File(Vec<u8>, u8),
    Opaque(Vec<u8>),
    Whiteout(Vec<u8>),
}

/// A layer, unpacked to a directory of its own.
#[derive(Default)]
struct Unpacked {
    /// `None` is a directory.
    entries: BTreeMap<String, Option<u8>>,
    opaque: BTreeSet<String>,
    removed: BTreeSet<String>,
}

fn path(names: &[u8]) -> String {
    names.iter().map(|name| char::from(b'a' + name).to_string()).collect::<Vec<_>>().join("/")
}

fn above(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

impl Unpacked {
    fn make(&mut self, path: &str) {
        for directory in above(path) {
            self.entries.insert(directory.to_owned(), None);
        }
    }

    fn put(&mut self, path: &str, content: Option<u8>) {
        self.make(path);
        if content.is_some() {
            self.entries.retain(|other, _| !other.starts_with(&format!("{path}/")));
        }
        self.entries.insert(path.to_owned(), content);
    }

    fn take(steps: &[Step]) -> Self {
        let mut unpacked = Self::default();
        for step in steps {
            match step {
                Step::Directory(at) => unpacked.put(&path(at), None),
                Step::File(at, content) => unpacked.put(&path(at), Some(*content)),
                Step::Opaque(at) => drop(unpacked.opaque.insert(path(at))),
                Step::Whiteout(at) => drop(unpacked.removed.insert(path(at))),
            }
        }
        unpacked
    }
}

/// Looks one path up: what the highest layer says that says anything.
fn look_up(layers: &[Unpacked], at: &str) -> Option<Option<u8>> {
    for layer in layers.iter().rev() {
        if let Some(found) = layer.entries.get(at) {
            return Some(*found);
        }
        // Hidden, or a directory above is none in this layer.
        let hidden = |directory: &str| {
            layer.removed.contains(directory) || layer.entries.get(directory).is_some_and(Option::is_some)
        };
        let opaque = layer.opaque.contains("") || above(at).any(|directory| layer.opaque.contains(directory));
        if opaque || hidden(at) || above(at).any(hidden) {
            return None;
        }
    }
    None
}

fn model(layers: &[Vec<Step>]) -> Vec<String> {
    let layers: Vec<_> = layers.iter().map(|steps| Unpacked::take(steps)).collect();
    let paths: BTreeSet<&String> = layers.iter().flat_map(|layer| layer.entries.keys()).collect();
    let line = |path: &&String| match look_up(&layers, path)? {
        None => Some(format!("{path}/")),
        Some(content) => Some(format!("{path} {content}")),
    };
    paths.iter().filter_map(line).collect()
}

fn archive(steps: &[Step]) -> Vec<u8> {
    let hide = |at: &[u8], name: &str| {
        let path = path(at);
        if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
    };
    let mut builder = Builder::new();
    for step in steps {
        builder = match step {
            Step::Directory(at) => builder.directory(&(path(at) + "/")),
            Step::File(at, content) => builder.file(&path(at), &content.to_string()),
            Step::Opaque(at) => builder.file(&hide(at, ".wh..wh..opq"), ""),
            Step::Whiteout(at) => {
                let (name, directory) = at.split_last().unwrap();
                builder.file(&hide(directory, &format!(".wh.{}", path(&[*name]))), "")
            }
        };
    }
    builder.done()
}

fn step() -> impl Strategy<Value = Step> {
    let path = || prop::collection::vec(0..3_u8, 1..4);
    prop_oneof![
        2 => path().prop_map(Step::Directory),
        5 => (path(), any::<u8>()).prop_map(|(at, content)| Step::File(at, content)),
        1 => prop::collection::vec(0..3_u8, 0..3).prop_map(Step::Opaque),
        2 => path().prop_map(Step::Whiteout),
    ]
}

/// A whiteout or opaque mark below something that is no directory, in its own layer or below it, makes a
/// directory of that; the model does not know of such, and no tool writes them.
fn is_plain(layers: &[Vec<Step>]) -> bool {
    let files: BTreeSet<String> = layers
        .iter()
        .flatten()
        .filter_map(|step| if let Step::File(at, _) = step { Some(path(at)) } else { None })
        .collect();
    layers.iter().flatten().all(|step| match step {
        Step::Opaque(at) => !files.contains(&path(at)) && !above(&path(at)).any(|at| files.contains(at)),
        Step::Whiteout(at) => !above(&path(at)).any(|at| files.contains(at)),
        _ => true,
    })
}

proptest! {
    #[test]
    fn layers_lie_over_one_another_as_in_a_kernel(
        layers in prop::collection::vec(prop::collection::vec(step(), 0..8), 1..5),
    ) {
        prop_assume!(is_plain(&layers));
        let archives: Vec<_> = layers.iter().map(|steps| archive(steps)).collect();
        prop_assert_eq!(list(&read(&archives).unwrap()), model(&layers));
    }
}
