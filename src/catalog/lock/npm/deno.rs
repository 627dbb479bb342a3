//! `deno.lock`, versions 3 to 5. <https://docs.deno.com/runtime/fundamentals/modules/#integrity-checking-and-lock-files>
//!
//! syft 1.18.1 does not read it. Later ones make an npm package of each file in `remote`; here the files of one module
//! are one package if their URLs name a version (`https://deno.land/std@0.200.0/..`), and its package URL is not one
//! of npm. Files without a version are no package.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::super::Found;
use super::super::Lock;
use super::super::metadata;
use super::super::value;
use super::super::value::Fields;
use super::Entry;
use crate::package::Kind;
use crate::package::Package;
use crate::package::PurlBuilder;

pub(super) fn read(lock: &mut Lock<'_, '_>) -> Result<(), String> {
    let document = value::from_json(lock.bytes)?;
    // Until version 3 all but `remote` stands in `packages`.
    let packages = document.get("packages").unwrap_or(&document);
    let mut found = BTreeMap::new();
    for registry in ["jsr", "npm"] {
        for (key, entry) in packages.table(registry) {
            let Some((name, version)) = super::split(key) else {
                lock.unknown(format!("{key:?} is not name and version"));
                continue;
            };
            // Behind an underscore stand the peers.
            let version = version.split('_').next().unwrap_or(version);
            let package = package(lock, registry, name, version, entry);
            found.insert(format!("{registry}:{key}"), lock.add(package));
        }
    }
    for registry in ["jsr", "npm"] {
        for (key, entry) in packages.table(registry) {
            let Some(&from) = found.get(&format!("{registry}:{key}")) else { continue };
            for need in needs(entry) {
                if let Some(to) = resolve(registry, need, packages, &found) {
                    lock.depends(from, to);
                }
            }
        }
    }
    for (url, _) in document.table("remote") {
        remote(lock, url);
    }
    Ok(())
}

fn package(lock: &Lock<'_, '_>, registry: &str, name: &str, version: &str, entry: &Value) -> Package {
    let integrity = entry.text("integrity");
    let mut package = super::package(lock, Entry { name, version, integrity, ..Entry::default() });
    if registry == "jsr" {
        // The digest is of the manifest with the digests of the files, not of an archive.
        package.purl = Some(super::purl(name, version).qualifier("repository_url", "https://jsr.io").build());
        let fields = [("integrity", integrity.into()), ("dependencies", entry.copy("dependencies"))];
        package.metadata = metadata("deno-lock-entry", fields);
    } else {
        let fields = [("resolved", "".into()), ("integrity", integrity.unwrap_or_default().into())];
        package.metadata = metadata("javascript-npm-package-lock-entry", fields);
    }
    package
}

/// A list, or until version 3 a table whose values say it.
fn needs(entry: &Value) -> impl Iterator<Item = &str> {
    let listed = ["dependencies", "optionalDependencies", "optionalPeers"].into_iter();
    let listed = listed.flat_map(|key| entry.list(key)).filter_map(Value::as_str);
    listed.chain(value::strings(entry.table("dependencies")).map(|(_, key)| key))
}

/// `need` is the key of a package, its name if there is only one of it, an alias `name@npm:key`, or a request such
/// as `jsr:@std/path@1`, which `specifiers` resolves.
fn resolve(registry: &str, need: &str, packages: &Value, found: &BTreeMap<String, Found>) -> Option<Found> {
    let need = need.split_once("@npm:").map_or(need, |(_, key)| key);
    let asked = if need.contains(':') { need.to_owned() } else { format!("{registry}:{need}") };
    if let Some(to) = found.get(&asked) {
        return Some(*to);
    }
    let resolved = packages.get("specifiers").and_then(|table| table.text(&asked));
    let (kind, bare) = asked.split_once(':')?;
    if let Some(resolved) = resolved {
        // Version 3 repeats the whole, later ones only the version.
        let name = super::split(bare).map_or(bare, |(name, _)| name);
        let keys = [resolved.to_owned(), format!("{kind}:{name}@{resolved}")];
        return keys.iter().find_map(|key| found.get(key)).copied();
    }
    let prefix = format!("{asked}@");
    let mut same = found.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
    match (same.next(), same.next()) {
        (Some((_, to)), None) => Some(*to),
        _ => None,
    }
}

fn remote(lock: &mut Lock<'_, '_>, url: &str) {
    let Some((scheme, rest)) = url.split_once("://") else { return };
    let Some((path, rest)) = rest.split_once('@') else { return };
    let (version, _) = rest.split_once('/').unwrap_or((rest, ""));
    let Some((host, name)) = path.split_once('/') else { return };
    if version.is_empty() || name.is_empty() || host.is_empty() {
        return;
    }
    let base = format!("{scheme}://{path}@{version}");
    let purl = PurlBuilder::new("generic", name.rsplit('/').next().unwrap_or(name))
        .namespace(path.rsplit_once('/').map_or("", |(namespace, _)| namespace))
        .version(version)
        .qualifier("download_url", &base);
    let package = Package {
        purl: Some(purl.build()),
        download: Some(base.clone()),
        metadata: metadata("deno-remote-lock-entry", [("url", base.into())]),
        ..lock.package(Kind::Npm, path, version)
    };
    lock.add(package);
}

#[cfg(test)]
mod tests {
    use super::super::super::super::testing;
    use super::super::NpmLock;

    #[test]
    fn reads_version_4() {
        let lock = br#"{
  "version": "4",
  "specifiers": {"jsr:@std/assert@1": "1.0.10", "jsr:@std/internal@^1.0.5": "1.0.5", "npm:chalk@5": "5.3.0"},
  "jsr": {
    "@std/assert@1.0.10": {"integrity": "59b5cbac5bd55459a19045d95cc7c2ff787b4f8527c0dd195078ff6f9481fbb3",
      "dependencies": ["jsr:@std/internal@^1.0.5", "npm:chalk@5"]},
    "@std/internal@1.0.5": {"integrity": "54a546004f769c1ac9e025abd15a76b6671ddc9687e2313b67376125650dc7ba"}
  },
  "npm": {
    "chalk@5.3.0": {"integrity": "sha1-W/Rejkm6QYnhfUgnid/RW9FAt7Y="},
    "typedoc@0.28.19_typescript@6.0.3": {"integrity": "sha512-x", "dependencies": ["typescript", "ms@2.0.0", "old@npm:ms@1.0.0"]},
    "typescript@6.0.3": {"integrity": "sha512-x"},
    "ms@1.0.0": {}, "ms@2.0.0": {}
  },
  "remote": {
    "https://deno.land/std@0.200.0/path/mod.ts": "0a1b", "https://deno.land/std@0.200.0/path/win32.ts": "0a1c",
    "https://deno.land/x/oak@v12.6.1/mod.ts": "0a1d", "https://example.com/mod.ts": "0a1e"
  }
}"#;
        let found = testing::find(&NpmLock, &[("deno.lock", lock)]);
        let expected = [
            "@std/assert 1.0.10 pkg:npm/%40std/assert@1.0.10?repository_url=https:%2F%2Fjsr.io",
            "@std/internal 1.0.5 pkg:npm/%40std/internal@1.0.5?repository_url=https:%2F%2Fjsr.io",
            "chalk 5.3.0 pkg:npm/chalk@5.3.0",
            "ms 1.0.0 pkg:npm/ms@1.0.0",
            "ms 2.0.0 pkg:npm/ms@2.0.0",
            "typedoc 0.28.19 pkg:npm/typedoc@0.28.19",
            "typescript 6.0.3 pkg:npm/typescript@6.0.3",
            "deno.land/std 0.200.0 pkg:generic/deno.land/std@0.200.0?download_url=https:%2F%2Fdeno.land%2Fstd%400.200.0",
            "deno.land/x/oak v12.6.1 pkg:generic/deno.land/x/oak@v12.6.1?download_url=https:%2F%2Fdeno.land%2Fx%2Foak%40v12.6.1",
        ];
        assert_eq!(testing::list(&found), expected);
        let expected = [
            "@std/assert@1.0.10 -> @std/internal@1.0.5",
            "@std/assert@1.0.10 -> chalk@5.3.0",
            "typedoc@0.28.19 -> ms@1.0.0",
            "typedoc@0.28.19 -> ms@2.0.0",
            "typedoc@0.28.19 -> typescript@6.0.3",
        ];
        assert_eq!(testing::edges(&found), expected);
    }

    #[test]
    fn reads_version_3() {
        let lock = br#"{
  "version": "3",
  "packages": {
    "specifiers": {"jsr:@std/a@1": "jsr:@std/a@1.0.0"},
    "jsr": {"@std/a@1.0.0": {"dependencies": ["jsr:@std/a@1"]}, "@std/b@1.0.0": {"dependencies": ["jsr:@std/a@1"]}},
    "npm": {"debug@4.3.4": {"dependencies": {"ms": "ms@2.1.2"}}, "ms@2.1.2": {"dependencies": {}}}
  }
}"#;
        let found = testing::find(&NpmLock, &[("deno.lock", lock)]);
        assert_eq!(found.packages().len(), 4);
        assert_eq!(testing::edges(&found), ["@std/b@1.0.0 -> @std/a@1.0.0", "debug@4.3.4 -> ms@2.1.2"]);
    }
}
