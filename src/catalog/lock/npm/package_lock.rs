//! `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3.
//! <https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json>
//!
//! Deviations from syft 1.18.1: nested packages of version 1 are listed, links are not (what they point to is), a
//! member of a workspace has the name of its folder and not its path, and what has no version is no package. Edges
//! follow the resolution of Node.js through the tree.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::super::Found;
use super::super::Lock;
use super::super::metadata;
use super::super::value;
use super::super::value::Fields;
use super::Entry;
use crate::limits;
use crate::package::License;

/// By place: `node_modules/a/node_modules/b`, and the empty one for the project.
type Places<'v> = BTreeMap<String, &'v Value>;

pub(super) fn read(lock: &mut Lock<'_, '_>) -> Result<(), String> {
    let document = value::from_json(lock.bytes)?;
    if !document.is_object() {
        return Err("not a lock file of npm: not an object".to_owned());
    }
    let mut places = Places::new();
    if document.get("packages").is_some() {
        places.extend(document.table("packages").map(|(place, entry)| (place.clone(), entry)));
    } else {
        flatten(&document, &mut places);
    }
    let mut found = BTreeMap::new();
    for (place, entry) in &places {
        if let Some(package) = package(lock, place, entry) {
            found.insert(place.as_str(), lock.add(package));
        }
    }
    for (place, from) in &found {
        let entry = places.get(*place).copied().unwrap_or(&Value::Null);
        for name in needs(place, entry) {
            if let Some(to) = resolve(place, name, &places, &found) {
                lock.depends(*from, to);
            }
        }
    }
    Ok(())
}

/// Version 1 nests what later versions spell as places. The depth of JSON is bounded.
fn flatten<'v>(document: &'v Value, places: &mut Places<'v>) {
    let mut open = vec![(String::new(), document)];
    while let Some((folder, parent)) = open.pop() {
        for (name, entry) in parent.table("dependencies").filter(|(_, entry)| entry.is_object()) {
            let slash = if folder.is_empty() { "" } else { "/" };
            let place = format!("{folder}{slash}node_modules/{name}");
            open.push((place.clone(), entry));
            places.insert(place, entry);
        }
    }
}

fn package(lock: &mut Lock<'_, '_>, place: &str, entry: &Value) -> Option<crate::package::Package> {
    if entry.flag("link") {
        return None;
    }
    let named = entry.text("name").unwrap_or_else(|| folder_name(place));
    let version = entry.text("version");
    let (name, version) = match version?.strip_prefix("npm:").and_then(super::split) {
        Some(alias) => alias,
        None => (named, version?),
    };
    if name.is_empty() {
        return None;
    }
    // Version 1 has the location of what is not from a registry for its version.
    let resolved = entry.text("resolved").or_else(|| Some(version).filter(|text| text.contains("://")));
    let fields = [
        ("resolved", entry.text("resolved").unwrap_or_default().into()),
        ("integrity", entry.text("integrity").unwrap_or_default().into()),
        ("dependencies", dependencies(entry)),
        ("dev", Some(true).filter(|_| entry.flag("dev")).into()),
        ("optional", Some(true).filter(|_| entry.flag("optional")).into()),
    ];
    let entry = Entry {
        name,
        version,
        resolved,
        integrity: entry.text("integrity"),
        licenses: licenses(entry),
        metadata: metadata("javascript-npm-package-lock-entry", fields),
    };
    Some(super::package(lock, entry))
}

/// The name that a place gives: `node_modules/@scope/name`, `packages/name`.
fn folder_name(place: &str) -> &str {
    if let Some((_, name)) = place.rsplit_once("node_modules/") {
        return name;
    }
    let mut slashes = place.rmatch_indices('/').map(|(at, _)| at);
    let last = slashes.next().map_or(place, |at| place.get(at.saturating_add(1)..).unwrap_or(place));
    let before = slashes.next().map_or(place, |at| place.get(at.saturating_add(1)..).unwrap_or(place));
    if before.starts_with('@') { before } else { last }
}

fn dependencies(entry: &Value) -> Value {
    let key = if entry.get("requires").is_some() { "requires" } else { "dependencies" };
    value::object(value::strings(entry.table(key)))
}

fn licenses(entry: &Value) -> Vec<License> {
    let one = entry.text("license").into_iter();
    one.chain(entry.list("license").iter().filter_map(Value::as_str)).map(License::declared).collect()
}

/// The names that a package needs: what is for its developers counts only where they work, in the project.
fn needs<'v>(place: &str, entry: &'v Value) -> impl Iterator<Item = &'v str> {
    let own = !place.split('/').any(|name| name == "node_modules");
    let keys = ["dependencies", "optionalDependencies", "peerDependencies", "requires"];
    let keys = keys.into_iter().chain(own.then_some("devDependencies"));
    // In version 1 `dependencies` are the packages that lie inside.
    let old = entry.get("requires").is_some();
    let keys = keys.filter(move |key| !old || *key == "requires");
    keys.flat_map(|key| value::strings(entry.table(key))).map(|(name, _)| name)
}

/// Where Node.js finds `name` from `place`: in the nearest `node_modules` on the way up.
fn resolve(place: &str, name: &str, places: &Places<'_>, found: &BTreeMap<&str, Found>) -> Option<Found> {
    let mut folder = place;
    for _ in 0..limits::LOCK_NESTING {
        let slash = if folder.is_empty() { "" } else { "/" };
        let candidate = format!("{folder}{slash}node_modules/{name}");
        if let Some(entry) = places.get(&candidate) {
            let target = entry.text("resolved").filter(|_| entry.flag("link"));
            return found.get(target.unwrap_or(&candidate)).copied();
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::super::super::testing;
    use super::super::NpmLock;

    /// Written by npm 10 (shortened): an alias, a nested version, a member of the workspace, a git dependency.
    const V3: &str = r#"{
  "name": "fixture", "version": "1.0.0", "lockfileVersion": 3, "requires": true,
  "packages": {
    "": {
      "name": "fixture", "version": "1.0.0", "workspaces": ["packages/*"],
      "dependencies": {"lodash3": "npm:lodash@3.10.1", "debug": "2.6.9"},
      "devDependencies": {"mocha": "10.2.0"}
    },
    "node_modules/debug": {
      "version": "2.6.9", "resolved": "https://registry.npmjs.org/debug/-/debug-2.6.9.tgz",
      "integrity": "sha512-bC7ElrdJaJnPbAP+1EotYvqZsb3ecl5wi6Bfi6BJTUcNowp6cvspg0jXznRTKDjm/E7AdgFBVeAPVMNcKGsHMA==",
      "license": "MIT", "dependencies": {"ms": "2.0.0"}
    },
    "node_modules/lodash3": {"name": "lodash", "version": "3.10.1"},
    "node_modules/member": {"resolved": "packages/member", "link": true},
    "node_modules/mocha": {
      "version": "10.2.0", "dev": true, "dependencies": {"debug": "4.3.4", "ms": "2.1.3"},
      "optionalDependencies": {"fsevents": "2.3.3"}
    },
    "node_modules/mocha/node_modules/debug": {"version": "4.3.4", "dev": true, "dependencies": {"ms": "2.1.2"}},
    "node_modules/mocha/node_modules/debug/node_modules/ms": {"version": "2.1.2", "dev": true},
    "node_modules/mocha/node_modules/ms": {"version": "2.1.3", "dev": true},
    "node_modules/ms": {"version": "2.0.0", "license": ["MIT", "ISC"]},
    "packages/member": {"version": "0.2.0", "dependencies": {"ms": "*", "tool": "github:example/tool"}},
    "packages/@s/other": {"name": "@s/renamed"},
    "node_modules/tool": {"version": "0.1.0", "resolved": "git+ssh://git@github.com/example/tool.git#0a1b"}
  }
}"#;

    #[test]
    fn reads_version_3() {
        let found = testing::find(&NpmLock, &[("package-lock.json", V3.as_bytes())]);
        let mut list = testing::list(&found);
        list.sort();
        let expected = [
            "debug 2.6.9 pkg:npm/debug@2.6.9",
            "debug 4.3.4 pkg:npm/debug@4.3.4",
            "fixture 1.0.0 pkg:npm/fixture@1.0.0",
            "lodash 3.10.1 pkg:npm/lodash@3.10.1",
            "member 0.2.0 pkg:npm/member@0.2.0",
            "mocha 10.2.0 pkg:npm/mocha@10.2.0",
            "ms 2.0.0 pkg:npm/ms@2.0.0",
            "ms 2.1.2 pkg:npm/ms@2.1.2",
            "ms 2.1.3 pkg:npm/ms@2.1.3",
            "tool 0.1.0 pkg:npm/tool@0.1.0?vcs_url=git%2Bssh:%2F%2Fgit%40github.com%2Fexample%2Ftool.git%400a1b",
        ];
        assert_eq!(list, expected);
        let expected = [
            "debug@2.6.9 -> ms@2.0.0",
            "debug@4.3.4 -> ms@2.1.2",
            "fixture@1.0.0 -> debug@2.6.9",
            "fixture@1.0.0 -> lodash@3.10.1",
            "fixture@1.0.0 -> mocha@10.2.0",
            "member@0.2.0 -> ms@2.0.0",
            "member@0.2.0 -> tool@0.1.0",
            "mocha@10.2.0 -> debug@4.3.4",
            "mocha@10.2.0 -> ms@2.1.3",
        ];
        assert_eq!(testing::edges(&found), expected);
    }

    #[test]
    fn keeps_what_is_said_of_a_package() {
        let found = testing::find(&NpmLock, &[("package-lock.json", V3.as_bytes())]);
        let debug = found.packages().iter().find(|package| package.name == "debug").unwrap();
        assert_eq!(debug.download.as_deref(), Some("https://registry.npmjs.org/debug/-/debug-2.6.9.tgz"));
        // base64 -d | xxd
        assert!(debug.checksums[0].hex.starts_with("6c2ec496b7496899cf6c03fed44a2d62fa99b1bdde725e70"));
        assert_eq!(debug.licenses[0].declared, "MIT");
        let mocha = found.packages().iter().find(|package| package.name == "mocha").unwrap();
        assert_eq!(mocha.metadata.as_ref().unwrap().fields["dev"], true);
    }

    #[test]
    fn reads_version_1() {
        let lock = br#"{
  "name": "fixture", "version": "1.0.0", "lockfileVersion": 1, "requires": true,
  "dependencies": {
    "lodash3": {"version": "npm:lodash@3.10.1", "integrity": "sha1-W/Rejkm6QYnhfUgnid/RW9FAt7Y="},
    "mocha": {"version": "10.2.0", "dev": true, "requires": {"debug": "4.3.4", "ms": "2.1.3"}, "dependencies": {
      "debug": {"version": "4.3.4", "requires": {"ms": "2.1.2"}, "dependencies": {"ms": {"version": "2.1.2"}}}
    }},
    "ms": {"version": "2.1.3"},
    "odd": 5
  }
}"#;
        let found = testing::find(&NpmLock, &[("package-lock.json", lock)]);
        let mut list = testing::list(&found);
        list.sort();
        let expected = [
            "debug 4.3.4 pkg:npm/debug@4.3.4",
            "lodash 3.10.1 pkg:npm/lodash@3.10.1",
            "mocha 10.2.0 pkg:npm/mocha@10.2.0",
            "ms 2.1.2 pkg:npm/ms@2.1.2",
            "ms 2.1.3 pkg:npm/ms@2.1.3",
        ];
        assert_eq!(list, expected);
        let expected = ["debug@4.3.4 -> ms@2.1.2", "mocha@10.2.0 -> debug@4.3.4", "mocha@10.2.0 -> ms@2.1.3"];
        assert_eq!(testing::edges(&found), expected);
        let lodash = found.packages().iter().find(|package| package.name == "lodash").unwrap();
        assert_eq!(lodash.checksums[0].hex, "5bf45e8e49ba4189e17d482789dfd15bd140b7b6");
    }

    #[test]
    fn broken_files_are_unknown() {
        for broken in ["", "[]", "{", "{\"packages\":{\"a\":1,\"a\":2}}"] {
            let found = testing::find(&NpmLock, &[("package-lock.json", broken.as_bytes())]);
            assert_eq!((found.packages().len(), found.unknowns().len()), (0, 1), "{broken}");
        }
    }

    #[test]
    fn a_long_way_up_is_bounded() {
        let place = "a/".repeat(100_000);
        let lock = format!(r#"{{"packages":{{"{place}b":{{"version":"1","dependencies":{{"x":"1"}}}}}}}}"#);
        let found = testing::find(&NpmLock, &[("package-lock.json", lock.as_bytes())]);
        assert_eq!(found.packages().len(), 1);
    }
}
