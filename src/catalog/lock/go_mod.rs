//! Go's `go.mod`, with the digests of `go.sum`. <https://go.dev/ref/mod#go-mod-file>
//!
//! Deviations from syft 1.18.1: a replacement counts only if what it replaces is required; a module that is replaced by
//! a folder keeps its name and has no package URL; `exclude` takes out the version that it names and no other. The
//! digest of `go.sum` is of a tree of files and not of an archive, so it is metadata only.

use std::collections::BTreeMap;

use super::super::Want;
use super::super::view::View;
use super::Lock;
use super::declared::Declared;
use super::metadata;
use crate::package::Kind;
use crate::package::Package;
use crate::package::PurlBuilder;

pub(in super::super) const GO_MOD: Declared = Declared {
    name: "go-module-file-cataloger",
    tags: &["declared", "directory", "go", "golang", "gomod", "language", "package"],
    wants: &[Want::Bytes("**/go.mod"), Want::Bytes("**/go.sum")],
    read,
};

/// What stands left of the arrow, with a version or for all, and what stands right of it.
struct Replacement<'a> {
    path: &'a str,
    version: Option<&'a str>,
    by: &'a str,
    by_version: Option<&'a str>,
}

fn read(lock: &mut Lock<'_, '_>, view: &View<'_>) -> Result<(), String> {
    let Some(folder) = lock.path.strip_suffix("go.mod") else { return Ok(()) };
    let text = lock.text()?;
    let (mut required, mut excluded, mut replaced) = (BTreeMap::new(), Vec::new(), Vec::new());
    for (verb, words) in directives(text) {
        match (verb, words.as_slice()) {
            ("require", [path, version]) => {
                required.insert(*path, *version);
            }
            ("exclude", [path, version]) => excluded.push((*path, *version)),
            ("replace", words) => match replacement(words) {
                Some(replacement) => replaced.push(replacement),
                None => lock.unknown(format!("a replacement that cannot be read: {words:?}")),
            },
            ("require" | "exclude", words) => {
                lock.unknown(format!("a requirement that cannot be read: {words:?}"));
            }
            _ => {}
        }
    }
    let sums = String::from_utf8_lossy(view.read(&format!("{folder}go.sum")).unwrap_or_default());
    let sums: BTreeMap<_, _> = sums.lines().filter_map(|line| line.rsplit_once(' ')).collect();
    for (path, version) in required {
        if excluded.contains(&(path, version)) {
            continue;
        }
        // A replacement for the version goes before one for all.
        let fits = |exact: bool| {
            replaced.iter().find(|one| one.path == path && one.version == exact.then_some(version))
        };
        match fits(true).or_else(|| fits(false)) {
            Some(Replacement { by_version: None, .. }) => {
                let package = lock.package(Kind::Go, path, version);
                lock.add(package);
            }
            Some(Replacement { by, by_version: Some(version), .. }) => add(lock, by, version, &sums),
            None => add(lock, path, version, &sums),
        }
    }
    Ok(())
}

fn add(lock: &mut Lock<'_, '_>, path: &str, version: &str, sums: &BTreeMap<&str, &str>) {
    let (namespace, name) = path.rsplit_once('/').unwrap_or(("", path));
    let purl = PurlBuilder::new("golang", name).namespace(namespace).version(version);
    let digest = sums.get(format!("{path} {version}").as_str()).copied();
    let package = Package {
        purl: Some(purl.build()),
        metadata: metadata("go-module-entry", [("h1Digest", digest.into())]),
        ..lock.package(Kind::Go, path, version)
    };
    lock.add(package);
}

/// Verb and words of each line; those of a block in parentheses have the block's verb.
fn directives(text: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    let mut block = None;
    text.lines().filter_map(move |line| {
        let line = line.split("//").next().unwrap_or(line).trim();
        let mut words = line.split_whitespace().map(|word| word.trim_matches(['"', '`']));
        if line == ")" {
            block = None;
            return None;
        }
        if let Some(verb) = block {
            return Some((verb, words.collect::<Vec<_>>())).filter(|(_, words)| !words.is_empty());
        }
        let verb = words.next()?;
        let words: Vec<_> = words.collect();
        if words == ["("] || verb.ends_with('(') {
            block = Some(verb.trim_end_matches('('));
            return None;
        }
        Some((verb, words))
    })
}

fn replacement<'a>(words: &[&'a str]) -> Option<Replacement<'a>> {
    let arrow = words.iter().position(|word| *word == "=>")?;
    let (left, right) = (words.get(..arrow)?, words.get(arrow.checked_add(1)?..)?);
    let (path, version) = match left {
        [path] => (*path, None),
        [path, version] => (*path, Some(*version)),
        _ => return None,
    };
    let (by, by_version) = match right {
        [by] => (*by, None),
        [by, version] => (*by, Some(*version)),
        _ => return None,
    };
    Some(Replacement { path, version, by, by_version })
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    const MOD: &str = r#"module github.com/example/app

go 1.22.3

toolchain go1.22.4

require (
	github.com/bmatcuk/doublestar v1.3.1
	github.com/CycloneDX/cyclonedx-go v0.6.0 // indirect
	github.com/old/lib/v2 v2.0.0
	github.com/local/lib v1.0.0
	github.com/ex/cluded v1.0.0
)

require golang.org/x/net v0.1.0

replace github.com/old/lib/v2 => github.com/new/lib/v2 v2.2.3
replace (
	github.com/local/lib v1.0.0 => ../lib
	github.com/unused/x v1.0.0 => github.com/unused/y v1.0.0
	golang.org/x/net v0.2.0 => golang.org/x/net v0.3.0
)

exclude github.com/ex/cluded v0.9.0
retract v0.1.0
"#;

    #[test]
    fn reads_a_module() {
        let sum = b"github.com/CycloneDX/cyclonedx-go v0.6.0 h1:SizWGbZzFTC/O/1yh072XQBMxfvsoWqd//oKCIyzFyE=
github.com/CycloneDX/cyclonedx-go v0.6.0/go.mod h1:nQCiF4Tvrg5Ieu8qPhYMvzPGMu5I7fANZkrSsJjl5mg=
";
        let found = testing::find(&GO_MOD, &[("go.mod", MOD.as_bytes()), ("go.sum", sum)]);
        let expected = [
            "github.com/CycloneDX/cyclonedx-go v0.6.0 pkg:golang/github.com/CycloneDX/cyclonedx-go@v0.6.0",
            "github.com/bmatcuk/doublestar v1.3.1 pkg:golang/github.com/bmatcuk/doublestar@v1.3.1",
            "github.com/ex/cluded v1.0.0 pkg:golang/github.com/ex/cluded@v1.0.0",
            "github.com/local/lib v1.0.0 -",
            "github.com/new/lib/v2 v2.2.3 pkg:golang/github.com/new/lib/v2@v2.2.3",
            "golang.org/x/net v0.1.0 pkg:golang/golang.org/x/net@v0.1.0",
        ];
        assert_eq!(testing::list(&found), expected);
        let digest = &found.packages()[0].metadata.as_ref().unwrap().fields["h1Digest"];
        assert_eq!(digest, "h1:SizWGbZzFTC/O/1yh072XQBMxfvsoWqd//oKCIyzFyE=");
    }

    #[test]
    fn what_cannot_be_read_is_unknown() {
        let found = testing::find(&GO_MOD, &[("go.mod", b"require a\nrequire b v1\nreplace =>\n")]);
        assert_eq!(testing::list(&found), ["b v1 pkg:golang/b@v1"]);
        assert_eq!(found.unknowns().len(), 2);
    }
}
