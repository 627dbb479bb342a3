//! `yarn.lock`: that of Yarn 1, a format of its own, and that of Yarn 2 and later, which is YAML.
//! <https://classic.yarnpkg.com/lang/en/docs/yarn-lock/>
//!
//! Deviations from syft 1.18.1: members of the workspace, which Yarn calls version `0.0.0-use.local`, are no packages;
//! versions of any spelling are read; an alias has the name that the registry knows.

use std::collections::HashMap;

use serde_json::Value;

use super::super::super::Found;
use super::super::Lock;
use super::super::metadata;
use super::super::value;
use super::super::value::Fields;
use super::Entry;

pub(super) fn read(lock: &mut Lock<'_, '_>) -> Result<(), String> {
    let text = lock.text()?;
    if text.lines().any(|line| line.starts_with("__metadata:")) {
        return berry(lock, text);
    }
    classic(lock, text)
}

/// The packages by what asks for them, `name@range`, and what each asks for.
#[derive(Default)]
struct Graph {
    by_descriptor: HashMap<String, Found>,
    needs: Vec<(Found, Vec<(String, String)>)>,
}

impl Graph {
    fn relate(self, lock: &mut Lock<'_, '_>) {
        for (from, needs) in self.needs {
            for (name, range) in needs {
                // Before version 4 the ranges of Yarn 2 and 3 leave out the protocol that the keys have.
                let keys = [format!("{name}@{range}"), format!("{name}@npm:{range}")];
                if let Some(to) = keys.iter().find_map(|key| self.by_descriptor.get(key)) {
                    lock.depends(from, *to);
                }
            }
        }
    }
}

fn berry(lock: &mut Lock<'_, '_>, text: &str) -> Result<(), String> {
    let document = value::from_yaml(text)?;
    let mut graph = Graph::default();
    for (key, entry) in document.as_object().into_iter().flatten() {
        if key == "__metadata" {
            continue;
        }
        let resolution = entry.text("resolution").and_then(super::split);
        let (Some((name, reference)), Some(version)) = (resolution, entry.text("version")) else {
            lock.unknown(format!("{key:?} has no resolution or no version"));
            continue;
        };
        if reference.starts_with("workspace:") || entry.text("linkType") == Some("soft") {
            continue;
        }
        let needs = value::strings(entry.table("dependencies"));
        let needs = needs.chain(value::strings(entry.table("optionalDependencies")));
        let needs: Vec<_> = needs.map(|(name, range)| (name.to_owned(), range.to_owned())).collect();
        // The checksum is of the archive in Yarn's cache, which is another than the registry's.
        let fields = [
            ("resolved", entry.text("resolution").unwrap_or_default().into()),
            ("integrity", entry.text("checksum").unwrap_or_default().into()),
            ("dependencies", object(&needs)),
        ];
        let metadata = metadata("javascript-yarn-lock-entry", fields);
        let resolved = Some(reference).filter(|reference| !reference.starts_with("npm:"));
        let resolved = resolved.map(|reference| reference.replacen("#commit=", "#", 1));
        let resolved = resolved.as_deref();
        let package = Entry { name, version, resolved, metadata, ..Entry::default() };
        let found = lock.add(super::package(lock, package));
        for descriptor in key.split(", ") {
            graph.by_descriptor.insert(descriptor.to_owned(), found);
        }
        graph.needs.push((found, needs));
    }
    graph.relate(lock);
    Ok(())
}

/// One entry of Yarn 1.
#[derive(Default)]
struct Block<'a> {
    descriptors: Vec<&'a str>,
    fields: HashMap<&'a str, &'a str>,
    needs: Vec<(String, String)>,
}

fn classic(lock: &mut Lock<'_, '_>, text: &str) -> Result<(), String> {
    let mut graph = Graph::default();
    let mut block = Block::default();
    let mut section = "";
    for (number, line) in text.lines().enumerate() {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let indent = line.len().saturating_sub(line.trim_start_matches(' ').len());
        match indent {
            0 => {
                let Some(header) = content.strip_suffix(':') else {
                    add(lock, block, &mut graph);
                    graph.relate(lock);
                    return Err(format!("line {}: neither a package nor a field", number.saturating_add(1)));
                };
                add(lock, std::mem::take(&mut block), &mut graph);
                block.descriptors = header.split(',').map(unquoted).collect();
            }
            _ if indent <= 2 => match content.strip_suffix(':') {
                Some(name) => section = name,
                None => {
                    let (key, value) = content.split_once(' ').unwrap_or((content, ""));
                    block.fields.insert(key, unquoted(value));
                }
            },
            _ if matches!(section, "dependencies" | "optionalDependencies") => {
                let (name, range) = content.split_once(' ').unwrap_or((content, ""));
                block.needs.push((unquoted(name).to_owned(), unquoted(range).to_owned()));
            }
            _ => {}
        }
    }
    add(lock, block, &mut graph);
    graph.relate(lock);
    Ok(())
}

fn add(lock: &mut Lock<'_, '_>, block: Block<'_>, graph: &mut Graph) {
    let Some((alias, range)) = block.descriptors.first().and_then(|first| super::split(first)) else {
        if !block.descriptors.is_empty() {
            lock.unknown(format!("{:?} is not name and range", block.descriptors));
        }
        return;
    };
    let Some(version) = block.fields.get("version").filter(|version| !version.is_empty()) else {
        lock.unknown(format!("{alias} has no version"));
        return;
    };
    let name = range.strip_prefix("npm:").and_then(super::split).map_or(alias, |(name, _)| name);
    let (resolved, integrity) = (block.fields.get("resolved"), block.fields.get("integrity"));
    let fields = [
        ("resolved", resolved.copied().unwrap_or_default().into()),
        ("integrity", integrity.copied().unwrap_or_default().into()),
        ("dependencies", object(&block.needs)),
    ];
    let entry = Entry {
        name,
        version,
        resolved: resolved.copied(),
        integrity: integrity.copied(),
        metadata: metadata("javascript-yarn-lock-entry", fields),
        ..Entry::default()
    };
    let mut package = super::package(lock, entry);
    // Old files have the SHA-1 of the archive behind its URL instead of an integrity.
    let sha1 = resolved.and_then(|url| url.split_once(".tgz#")).map(|(_, sha1)| format!("sha1:{sha1}"));
    if package.checksums.is_empty() {
        package.checksums.extend(sha1.as_deref().and_then(super::super::prefixed));
    }
    let found = lock.add(package);
    for descriptor in block.descriptors {
        graph.by_descriptor.insert(descriptor.to_owned(), found);
    }
    graph.needs.push((found, block.needs));
}

fn object(needs: &[(String, String)]) -> Value {
    value::object(needs.iter().map(|(name, range)| (name.as_str(), range.as_str())))
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::super::super::super::testing;
    use super::super::NpmLock;

    #[test]
    fn reads_yarn_1() {
        let lock = r#"# THIS IS AN AUTOGENERATED FILE. DO NOT EDIT THIS FILE DIRECTLY.
# yarn lockfile v1


"@babel/code-frame@7.10.4", "@babel/code-frame@^7.0.0":
  version "7.10.4"
  resolved "https://registry.yarnpkg.com/@babel/code-frame/-/code-frame-7.10.4.tgz#168da1a36e90da68ae8d49c0f1b48c7c6249213a"
  integrity sha512-vG6SvB6oYEhvgisZNFRmRCUkLz11c7rp+tbNTynGqc6mS1d5ATd/sGyV6W0KZZnXRKMTzZDRgQT3Ou9jhpAfUg==
  dependencies:
    "@babel/highlight" "^7.10.4"
  optionalDependencies:
    js-tokens "^4.0.0"

"@babel/highlight@^7.10.4":
  version "7.10.4"
  resolved "https://registry.yarnpkg.com/@babel/highlight/-/highlight-7.10.4.tgz#7d1bdfd65753538fabe6c38596cdb76d9ac60143"

js-tokens@^4.0.0:
  version "4.0.0+build.1"

"old@npm:js-tokens@^3.0.0":
  version "3.0.2"
"#;
        let found = testing::find(&NpmLock, &[("yarn.lock", lock.as_bytes())]);
        let expected = [
            "@babel/code-frame 7.10.4 pkg:npm/%40babel/code-frame@7.10.4",
            "@babel/highlight 7.10.4 pkg:npm/%40babel/highlight@7.10.4",
            "js-tokens 4.0.0+build.1 pkg:npm/js-tokens@4.0.0%2Bbuild.1",
            "js-tokens 3.0.2 pkg:npm/js-tokens@3.0.2",
        ];
        assert_eq!(testing::list(&found), expected);
        let expected = [
            "@babel/code-frame@7.10.4 -> @babel/highlight@7.10.4",
            "@babel/code-frame@7.10.4 -> js-tokens@4.0.0+build.1",
        ];
        assert_eq!(testing::edges(&found), expected);
        let checksum = |index: usize| &found.packages()[index].checksums[0].hex;
        assert!(checksum(0).starts_with("bc6e92bc1ea860486f822b1934546644"));
        assert_eq!(checksum(1), "7d1bdfd65753538fabe6c38596cdb76d9ac60143");
        assert_eq!(
            found.packages()[0].download.as_deref(),
            Some("https://registry.yarnpkg.com/@babel/code-frame/-/code-frame-7.10.4.tgz")
        );
    }

    #[test]
    fn reads_later_ones() {
        let lock = r#"# This file is generated by running "yarn install" inside your project.

__metadata:
  version: 8
  cacheKey: 10c0

"@babel/code-frame@npm:7.10.4, @babel/code-frame@npm:^7.0.0":
  version: 7.10.4
  resolution: "@babel/code-frame@npm:7.10.4"
  dependencies:
    "@babel/highlight": "npm:^7.10.4"
    old: "npm:js-tokens@^3.0.0"
  checksum: 10c0/69ce
  languageName: node
  linkType: hard

"@babel/highlight@npm:^7.10.4":
  version: 7.10.4
  resolution: "@babel/highlight@npm:7.10.4"
  dependencies:
    js-tokens: ^4.0.0
  languageName: node
  linkType: hard

"fixture@workspace:.":
  version: 0.0.0-use.local
  resolution: "fixture@workspace:."
  dependencies:
    "@babel/code-frame": "npm:7.10.4"
  languageName: unknown
  linkType: soft

"js-tokens@npm:^4.0.0":
  version: 4.0.0
  resolution: "js-tokens@npm:4.0.0"
  languageName: node
  linkType: hard

"old@npm:js-tokens@^3.0.0":
  version: 3.0.2
  resolution: "js-tokens@npm:3.0.2"
  languageName: node
  linkType: hard

"tool@https://github.com/example/tool.git":
  version: 1.2.3
  resolution: "tool@https://github.com/example/tool.git#commit=0a1b"
  languageName: node
  linkType: hard
"#;
        let found = testing::find(&NpmLock, &[("yarn.lock", lock.as_bytes())]);
        let expected = [
            "@babel/code-frame 7.10.4 pkg:npm/%40babel/code-frame@7.10.4",
            "@babel/highlight 7.10.4 pkg:npm/%40babel/highlight@7.10.4",
            "js-tokens 4.0.0 pkg:npm/js-tokens@4.0.0",
            "js-tokens 3.0.2 pkg:npm/js-tokens@3.0.2",
            "tool 1.2.3 pkg:npm/tool@1.2.3",
        ];
        assert_eq!(testing::list(&found), expected);
        let expected = [
            "@babel/code-frame@7.10.4 -> @babel/highlight@7.10.4",
            "@babel/code-frame@7.10.4 -> js-tokens@3.0.2",
            "@babel/highlight@7.10.4 -> js-tokens@4.0.0",
        ];
        assert_eq!(testing::edges(&found), expected);
    }

    #[test]
    fn what_came_before_the_fault_stays() {
        let lock = b"a@^1:\n  version \"1.0.0\"\n\nb@^1:\n  resolved \"x\"\nbroken\n";
        let found = testing::find(&NpmLock, &[("yarn.lock", lock)]);
        assert_eq!(testing::list(&found), ["a 1.0.0 pkg:npm/a@1.0.0"]);
        assert_eq!(found.unknowns().len(), 2);
    }
}
