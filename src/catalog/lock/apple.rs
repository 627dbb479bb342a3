//! `Podfile.lock` of CocoaPods and `Package.resolved` of Swift's package manager.
//! <https://guides.cocoapods.org/using/using-cocoapods.html>, <https://docs.swift.org/package-manager/>
//!
//! Deviations from syft 1.18.1: package URLs are as their specification wants them (a subspec of a pod is the subpath;
//! the name of a Swift package is the last part of its location, which its identity repeats); a package that is pinned
//! to a revision only has that for its version; edges between pods are listed. The checksum of a pod is of its
//! specification and no digest of an archive.

use std::collections::HashMap;

use serde_json::Value;

use super::super::Want;
use super::super::view::View;
use super::Lock;
use super::declared::Declared;
use super::metadata;
use super::value;
use super::value::Fields;
use crate::package::Kind;
use crate::package::Package;
use crate::package::Purl;
use crate::package::PurlBuilder;

pub(in super::super) const COCOAPODS: Declared = Declared {
    name: "cocoapods-cataloger",
    tags: &["cocoapods", "declared", "directory", "language", "package", "swift"],
    wants: &[Want::Bytes("**/Podfile.lock")],
    read: pods,
};

pub(in super::super) const SWIFT: Declared = Declared {
    name: "swift-package-manager-cataloger",
    tags: &["declared", "directory", "language", "package", "spm", "swift"],
    wants: &[Want::Bytes("**/.package.resolved"), Want::Bytes("**/Package.resolved")],
    read: resolved,
};

fn pods(lock: &mut Lock<'_, '_>, _: &View<'_>) -> Result<(), String> {
    let document = value::from_yaml(lock.text()?)?;
    let mut found = HashMap::new();
    let mut needs = Vec::new();
    for entry in document.list("PODS") {
        // A name, or a table of a name and what it needs.
        let several = entry.as_object().into_iter().flatten().map(|(name, list)| (name.as_str(), list));
        for (text, list) in entry.as_str().map(|text| (text, &Value::Null)).into_iter().chain(several) {
            let named = text.split_once(" (").and_then(|(name, rest)| Some((name, rest.strip_suffix(')')?)));
            let Some((name, version)) = named else {
                lock.unknown(format!("{text:?} is not name and version"));
                continue;
            };
            let (bare, subspec) = name.split_once('/').unwrap_or((name, ""));
            let checksum = document.get("SPEC CHECKSUMS").and_then(|table| table.text(bare));
            let fields = [("checksum", checksum.unwrap_or_default().into())];
            let purl = PurlBuilder::new("cocoapods", bare).version(version).subpath(subspec);
            let package = Package {
                purl: Some(purl.build()),
                metadata: metadata("cocoa-podfile-lock-entry", fields),
                ..lock.package(Kind::Cocoapods, name, version)
            };
            let from = lock.add(package);
            found.insert(name.to_owned(), from);
            let list = list.as_array().into_iter().flatten().filter_map(Value::as_str);
            needs.extend(list.map(|need| (from, need.split(" (").next().unwrap_or(need).to_owned())));
        }
    }
    for (from, name) in needs {
        if let Some(to) = found.get(&name) {
            lock.depends(from, *to);
        }
    }
    Ok(())
}

fn resolved(lock: &mut Lock<'_, '_>, _: &View<'_>) -> Result<(), String> {
    let document = value::from_json(lock.bytes)?;
    // Version 1 has its pins one level deeper.
    let pins = document.get("object").unwrap_or(&document);
    if pins.get("pins").is_none() {
        return Err("no pins".to_owned());
    }
    for pin in pins.list("pins") {
        let state = pin.get("state").unwrap_or(&Value::Null);
        let revision = state.text("revision");
        let name = pin.text("identity").or(pin.text("package"));
        let (Some(name), Some(version)) = (name, state.text("version").or(revision)) else {
            lock.unknown("a pin without name or version");
            continue;
        };
        let location = pin.text("location").or(pin.text("repositoryURL")).unwrap_or_default();
        let git = location.starts_with("https://").then_some(revision).flatten();
        let package = Package {
            purl: swift_purl(location, version),
            download: git.map(|revision| format!("git+{location}@{revision}")),
            metadata: metadata("swift-package-manager-lock-entry", [("revision", revision.into())]),
            ..lock.package(Kind::Swift, name, version)
        };
        lock.add(package);
    }
    Ok(())
}

/// None for what is not on a server: `https://host/owner/name.git`, `git@host:owner/name.git`.
fn swift_purl(location: &str, version: &str) -> Option<Purl> {
    let path = match location.split_once("://") {
        Some(("https" | "http" | "ssh" | "git", rest)) => rest.to_owned(),
        Some(_) => return None,
        None => location.strip_prefix("git@")?.replacen(':', "/", 1),
    };
    let path = path.strip_prefix("git@").unwrap_or(&path).trim_end_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let (namespace, name) = path.rsplit_once('/')?;
    let whole = !name.is_empty() && !namespace.is_empty();
    whole.then(|| PurlBuilder::new("swift", name).namespace(namespace).version(version).build())
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    #[test]
    fn reads_pods() {
        let lock = br#"PODS:
  - GlossButtonNode (3.1.2):
    - PINCache/Core (~> 3)
    - Missing (~> 3)
  - PINCache/Core (3.0.3):
    - PINOperation (~> 1.2.1)
  - PINOperation (1.2.1)
  - "Quoted+Name (1.0.0)"
  - Odd

SPEC CHECKSUMS:
  PINCache: 7a8fc1a691173d21dbddbf86cd515de6efa55086

COCOAPODS: 1.12.1
"#;
        let found = testing::find(&COCOAPODS, &[("Podfile.lock", lock)]);
        let expected = [
            "GlossButtonNode 3.1.2 pkg:cocoapods/GlossButtonNode@3.1.2",
            "PINCache/Core 3.0.3 pkg:cocoapods/PINCache@3.0.3#Core",
            "PINOperation 1.2.1 pkg:cocoapods/PINOperation@1.2.1",
            "Quoted+Name 1.0.0 pkg:cocoapods/Quoted%2BName@1.0.0",
        ];
        assert_eq!(testing::list(&found), expected);
        let expected =
            ["GlossButtonNode@3.1.2 -> PINCache/Core@3.0.3", "PINCache/Core@3.0.3 -> PINOperation@1.2.1"];
        assert_eq!(testing::edges(&found), expected);
        let about = &found.packages()[1].metadata.as_ref().unwrap().fields;
        assert_eq!(about["checksum"], "7a8fc1a691173d21dbddbf86cd515de6efa55086");
        assert_eq!(found.unknowns().len(), 1);
    }

    #[test]
    fn reads_pins() {
        let new = br#"{"pins": [
  {"identity": "swift-algorithms", "kind": "remoteSourceControl", "location": "https://github.com/apple/swift-algorithms.git",
   "state": {"revision": "b14b7f4c", "version": "1.0.0"}},
  {"identity": "swift-branch", "location": "git@github.com:apple/swift-branch", "state": {"branch": "main", "revision": "0a1b"}},
  {"identity": "mona.LinkedList", "kind": "registry", "location": "", "state": {"version": "1.2.0"}},
  {"identity": "odd"}
], "version": 2}"#;
        let old = br#"{"object": {"pins": [{"package": "swift-numerics", "repositoryURL": "https://github.com/apple/swift-numerics",
  "state": {"branch": null, "revision": "0a5bc04", "version": "1.0.2"}}]}, "version": 1}"#;
        let files: [(&str, &[u8]); 2] = [("a/Package.resolved", new), ("b/.package.resolved", old)];
        let expected = [
            "swift-algorithms 1.0.0 pkg:swift/github.com/apple/swift-algorithms@1.0.0",
            "swift-branch 0a1b pkg:swift/github.com/apple/swift-branch@0a1b",
            "mona.LinkedList 1.2.0 -",
            "swift-numerics 1.0.2 pkg:swift/github.com/apple/swift-numerics@1.0.2",
        ];
        let found = testing::find(&SWIFT, &files);
        assert_eq!(testing::list(&found), expected);
        assert_eq!(found.unknowns().len(), 1);
    }
}
