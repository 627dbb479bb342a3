//! `cabal.project.freeze`, `stack.yaml` and `stack.yaml.lock` of Haskell.
//! <https://cabal.readthedocs.io/en/stable/cabal-commands.html#cabal-freeze>, <https://docs.haskellstack.org/en/stable/topics/lock_files/>
//!
//! The digest behind a package of Stack is of its description and no digest of an archive. No file states edges.

use serde_json::Value;

use super::super::Want;
use super::super::view::View;
use super::Lock;
use super::declared::Declared;
use super::metadata;
use super::value;
use super::value::Fields;
use crate::package::Kind;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::PurlBuilder;

pub(in super::super) const HASKELL: Declared = Declared {
    name: "haskell-cataloger",
    tags: &["cabal", "declared", "directory", "hackage", "haskell", "language", "package"],
    wants: &[
        Want::Bytes("**/cabal.project.freeze"),
        Want::Bytes("**/stack.yaml"),
        Want::Bytes("**/stack.yaml.lock"),
    ],
    read,
};

fn read(lock: &mut Lock<'_, '_>, _: &View<'_>) -> Result<(), String> {
    let text = lock.text()?;
    match lock.name() {
        "cabal.project.freeze" => freeze(lock, text),
        "stack.yaml" => {
            let document = value::from_yaml(text)?;
            // Tables are packages of git or archives, which say neither name nor version.
            for extra in document.list("extra-deps").iter().filter_map(Value::as_str) {
                stack(lock, extra, |hash| {
                    metadata("haskell-hackage-stack-entry", [("pkgHash", hash.into())])
                });
            }
        }
        _ => {
            let document = value::from_yaml(text)?;
            let completed = |entry: &Value| entry.get("completed").cloned();
            let snapshot = document.list("snapshots").iter().find_map(completed);
            let url = snapshot.as_ref().and_then(|snapshot| snapshot.text("url")).unwrap_or_default();
            for package in document.list("packages").iter().filter_map(completed) {
                let Some(name) = package.text("hackage") else { continue };
                stack(lock, name, |hash| {
                    let fields = [("pkgHash", hash.into()), ("snapshotURL", url.into())];
                    metadata("haskell-hackage-stack-lock-entry", fields)
                });
            }
        }
    }
    Ok(())
}

/// `constraints: any.name ==1.0,`: flags of packages have no `any.`.
fn freeze(lock: &mut Lock<'_, '_>, text: &str) {
    for part in text.lines().flat_map(|line| line.split(',')) {
        let part = part.trim().trim_start_matches("constraints:").trim();
        let pin = part.strip_prefix("any.").and_then(|part| part.split_once("=="));
        if let Some((name, version)) = pin {
            add(lock, name.trim(), version.trim(), None);
        }
    }
}

/// `name-1.0@sha256:<hex>,<size>`, or a revision `@rev:1`.
fn stack(lock: &mut Lock<'_, '_>, text: &str, about: impl Fn(Option<&str>) -> Option<Metadata>) {
    let (identifier, pin) = text.split_once('@').unwrap_or((text, ""));
    let hash = pin.strip_prefix("sha256:").and_then(|pin| pin.split(',').next());
    let version = |version: &str| version.starts_with(|c: char| c.is_ascii_digit());
    match identifier.rsplit_once('-') {
        Some((name, number)) if version(number) => add(lock, name, number, about(hash)),
        // Folders of the project.
        _ if identifier.starts_with('.') || identifier.contains('/') => {}
        _ => lock.unknown(format!("{text:?} is not name and version")),
    }
}

fn add(lock: &mut Lock<'_, '_>, name: &str, version: &str, metadata: Option<Metadata>) {
    let purl = PurlBuilder::new("hackage", name).version(version).build();
    let package = Package { purl: Some(purl), metadata, ..lock.package(Kind::Hackage, name, version) };
    lock.add(package);
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    #[test]
    fn reads_the_three_files() {
        let freeze = b"active-repositories: hackage.haskell.org:merge
constraints: any.Cabal ==3.2.1.0,
             any.Diff ==0.4.1,
             Diff +x,
             any.HTTP ==4000.3.16
index-state: hackage.haskell.org 2022-07-07T01:01:54Z
";
        let stack = b"resolver: lts-16.31
extra-deps:
- ShellCheck-0.8.0@sha256:353c9322847b661e4c6f7c83c2acf8e5c08b682fbe516c7d46c29605937543df,3297
- plain-name-1.0
- ./local
- odd
- git: https://github.com/example/x
  commit: 0a1b
";
        let locked = b"packages:
- completed:
    hackage: HTTP-3.2@sha256:353c9322847b661e4c6f7c83c2acf8e5c08b682fbe516c7d46c29605937543df,3297
  original:
    hackage: HTTP-3.2
snapshots:
- completed:
    url: https://example.com/lts/16/31.yaml
";
        let files: [(&str, &[u8]); 3] =
            [("cabal.project.freeze", freeze), ("stack.yaml", stack), ("stack.yaml.lock", locked)];
        let found = testing::find(&HASKELL, &files);
        let expected = [
            "Cabal 3.2.1.0 pkg:hackage/Cabal@3.2.1.0",
            "Diff 0.4.1 pkg:hackage/Diff@0.4.1",
            "HTTP 4000.3.16 pkg:hackage/HTTP@4000.3.16",
            "ShellCheck 0.8.0 pkg:hackage/ShellCheck@0.8.0",
            "plain-name 1.0 pkg:hackage/plain-name@1.0",
            "HTTP 3.2 pkg:hackage/HTTP@3.2",
        ];
        assert_eq!(testing::list(&found), expected);
        let about = &found.packages()[5].metadata.as_ref().unwrap().fields;
        assert_eq!(about["snapshotURL"], "https://example.com/lts/16/31.yaml");
        assert_eq!(found.unknowns().len(), 1);
    }
}
