//! `bun.lock`. <https://bun.sh/docs/install/lockfile>
//!
//! JSON with trailing commas. Each package is a list that begins with `name@version`; what else stands where depends
//! on where it is from, so it is told by its type: the one object is what its `package.json` says. syft 1.18.1 does
//! not read it; as later ones do, members of the workspace are left out.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::json;

use super::super::super::Found;
use super::super::Lock;
use super::super::metadata;
use super::super::value;
use super::super::value::Fields;
use super::Entry;
use crate::limits;

pub(super) fn read(lock: &mut Lock<'_, '_>) -> Result<(), String> {
    let document = value::from_jsonc(lock.text()?)?;
    let mut found: BTreeMap<&str, (Found, &Value)> = BTreeMap::new();
    for (key, entry) in document.table("packages") {
        let fields = entry.as_array().map(Vec::as_slice).unwrap_or_default();
        let identifier = fields.first().and_then(Value::as_str).unwrap_or_default();
        let Some((name, version)) = super::split(identifier).filter(|(_, version)| !version.is_empty())
        else {
            lock.unknown(format!("{key:?} has no name and version"));
            continue;
        };
        if ["workspace:", "root:", "link:", "file:"].iter().any(|local| version.starts_with(local)) {
            continue;
        }
        let manifest = fields.iter().find(|field| field.is_object()).unwrap_or(&Value::Null);
        let last = fields.iter().skip(1).filter_map(Value::as_str);
        let integrity = last.into_iter().find(|text| text.starts_with("sha") && text.contains('-'));
        let about = Some(manifest).filter(|manifest| manifest.as_object().is_some_and(|m| !m.is_empty()));
        let fields = [
            ("identifier", identifier.into()),
            ("integrity", integrity.unwrap_or_default().into()),
            ("dependencies", about.map_or(Value::Null, |manifest| json!({ name: manifest }))),
        ];
        let entry = Entry {
            name,
            version,
            resolved: Some(version).filter(|version| version.contains("://")),
            integrity,
            metadata: metadata("javascript-bun-lock-entry", fields),
            ..Entry::default()
        };
        let package = super::package(lock, entry);
        found.insert(key, (lock.add(package), manifest));
    }
    for (key, (from, manifest)) in &found {
        for kind in ["dependencies", "optionalDependencies", "peerDependencies"] {
            for (name, _) in value::strings(manifest.table(kind)) {
                if let Some(to) = resolve(key, name, &found) {
                    lock.depends(*from, to);
                }
            }
        }
    }
    Ok(())
}

/// Keys are paths of names: `express/debug` is the `debug` that only `express` sees.
fn resolve(key: &str, name: &str, found: &BTreeMap<&str, (Found, &Value)>) -> Option<Found> {
    let mut folder = key;
    for _ in 0..limits::LOCK_NESTING {
        if let Some((found, _)) = found.get(format!("{folder}/{name}").as_str()) {
            return Some(*found);
        }
        let Some((parent, _)) = folder.rsplit_once('/') else { break };
        folder = parent;
    }
    found.get(name).map(|(found, _)| *found)
}

#[cfg(test)]
mod tests {
    use super::super::super::super::testing;
    use super::super::NpmLock;

    #[test]
    fn reads_a_lock_file() {
        let lock = br#"{
  "lockfileVersion": 1,
  "workspaces": {
    "": { "name": "fixture", "dependencies": { "debug": "^2.6.9", }, },
  },
  "packages": {
    "@s/util": ["@s/util@workspace:packages/util"],
    "@s/tool": ["@s/tool@1.2.0", "", { "dependencies": { "debug": "^4.0.0", "ms": "*" } }, "sha1-W/Rejkm6QYnhfUgnid/RW9FAt7Y="],
    "@s/tool/debug": ["debug@4.3.4", "", { "dependencies": { "ms": "2.1.2" } }, "sha512-x"],
    "@s/tool/debug/ms": ["ms@2.1.2", "", {}, "sha512-x"],
    "debug": ["debug@2.6.9", "", { "dependencies": { "ms": "2.0.0" } }, "sha512-x"],
    "git": ["git@github:example/git#0a1b", { "dependencies": { "ms": "*" } }, "example-git-0a1b", "sha1-W/Rejkm6QYnhfUgnid/RW9FAt7Y="],
    "ms": ["ms@2.0.0", "", {}, "sha512-x"],
    "odd": [],
  },
}"#;
        let found = testing::find(&NpmLock, &[("bun.lock", lock)]);
        let expected = [
            "@s/tool 1.2.0 pkg:npm/%40s/tool@1.2.0",
            "debug 4.3.4 pkg:npm/debug@4.3.4",
            "ms 2.1.2 pkg:npm/ms@2.1.2",
            "debug 2.6.9 pkg:npm/debug@2.6.9",
            "git github:example/git#0a1b pkg:npm/git@github:example%2Fgit%230a1b",
            "ms 2.0.0 pkg:npm/ms@2.0.0",
        ];
        assert_eq!(testing::list(&found), expected);
        let expected = [
            "@s/tool@1.2.0 -> debug@4.3.4",
            "@s/tool@1.2.0 -> ms@2.0.0",
            "debug@2.6.9 -> ms@2.0.0",
            "debug@4.3.4 -> ms@2.1.2",
            "git@github:example/git#0a1b -> ms@2.0.0",
        ];
        assert_eq!(testing::edges(&found), expected);
        for index in [0, 4] {
            assert_eq!(found.packages()[index].checksums[0].hex, "5bf45e8e49ba4189e17d482789dfd15bd140b7b6");
        }
        assert_eq!(found.unknowns().len(), 1);
    }
}
