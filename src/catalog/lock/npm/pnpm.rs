//! `pnpm-lock.yaml`, formats 5 to 9. <https://github.com/pnpm/spec/tree/master/lockfile>
//!
//! Deviations from syft 1.18.1: links within the workspace are no packages, and peers are no part of a version.

use std::collections::HashMap;

use serde_json::Value;
use serde_json::json;

use super::super::super::Found;
use super::super::Lock;
use super::super::metadata;
use super::super::value;
use super::super::value::Fields;
use super::Entry;

/// How keys are spelled.
#[derive(Clone, Copy, PartialEq)]
enum Format {
    /// `/name/version_peers`.
    Five,
    /// `/name@version(peers)`.
    Six,
    /// `name@version(peers)`, with the dependencies apart in `snapshots`.
    Nine,
}

pub(super) fn read(lock: &mut Lock<'_, '_>) -> Result<(), String> {
    let document = value::from_yaml(lock.text()?)?;
    let format = match document.get("lockfileVersion") {
        Some(Value::String(text)) => text.parse::<f64>().ok(),
        Some(number) => number.as_f64(),
        None => None,
    };
    let format = match format.ok_or("no version of the format")? {
        version if version < 6.0 => Format::Five,
        version if version < 9.0 => Format::Six,
        _ => Format::Nine,
    };
    let snapshots = if format == Format::Nine { "snapshots" } else { "packages" };
    let mut found = HashMap::new();
    for (key, entry) in document.table("packages") {
        let Some((name, version)) = name(key, entry, format) else {
            lock.unknown(format!("{key:?} is not name and version"));
            continue;
        };
        let snapshot = document.get(snapshots).and_then(|table| table.get(key)).unwrap_or(entry);
        let package = package(lock, name, version, entry, snapshot);
        found.insert(key.as_str(), lock.add(package));
    }
    for (key, snapshot) in document.table(snapshots) {
        let Some(&from) = find(key, &found) else { continue };
        let needs = value::strings(snapshot.table("dependencies"));
        for (name, reference) in needs.chain(value::strings(snapshot.table("optionalDependencies"))) {
            if let Some(&to) = target(name, reference, format, &found) {
                lock.depends(from, to);
            }
        }
    }
    Ok(())
}

/// By its key, or by that without peers: in format 9 the packages have none.
fn find<'f>(key: &str, found: &'f HashMap<&str, Found>) -> Option<&'f Found> {
    found.get(key).or_else(|| found.get(key.split('(').next()?))
}

/// What `reference` means beside `name`: a version, or the key of a package that is called otherwise.
fn target<'f>(
    name: &str,
    reference: &str,
    format: Format,
    found: &'f HashMap<&str, Found>,
) -> Option<&'f Found> {
    let key = match format {
        Format::Five => format!("/{name}/{reference}"),
        Format::Six => format!("/{name}@{reference}"),
        Format::Nine => format!("{name}@{reference}"),
    };
    find(&key, found).or_else(|| find(reference, found))
}

fn name<'v>(key: &'v str, entry: &'v Value, format: Format) -> Option<(&'v str, &'v str)> {
    let key = key.split('(').next().unwrap_or(key);
    let bare = key.strip_prefix('/').unwrap_or(key);
    let spelled = match format {
        Format::Five => bare.rsplit_once('/').map(|(name, version)| {
            // No version has an underscore.
            (name, version.split('_').next().unwrap_or(version))
        }),
        Format::Six | Format::Nine => super::split(bare),
    };
    // What is not from a registry says what it is called.
    let name = entry.text("name").or(spelled.map(|(name, _)| name))?;
    let version = entry.text("version").or(spelled.map(|(_, version)| version))?;
    (!name.is_empty() && !version.is_empty()).then_some((name, version))
}

fn package(
    lock: &Lock<'_, '_>,
    name: &str,
    version: &str,
    entry: &Value,
    snapshot: &Value,
) -> crate::package::Package {
    let resolution = entry.get("resolution").unwrap_or(&Value::Null);
    let git = resolution.text("repo").zip(resolution.text("commit"));
    let git = git.map(|(repository, commit)| format!("git+{repository}#{commit}"));
    let integrity = resolution.text("integrity");
    let fields = [
        ("resolution", json!({ "integrity": integrity.unwrap_or_default() })),
        ("dependencies", value::object(value::strings(snapshot.table("dependencies")))),
        ("dev", Some(true).filter(|_| entry.flag("dev")).into()),
    ];
    let entry = Entry {
        name,
        version,
        resolved: git.as_deref().or(resolution.text("tarball")),
        integrity,
        metadata: metadata("javascript-pnpm-lock-entry", fields),
        ..Entry::default()
    };
    super::package(lock, entry)
}

#[cfg(test)]
mod tests {
    use super::super::super::super::testing;
    use super::super::NpmLock;

    #[test]
    fn reads_format_5() {
        let lock = b"lockfileVersion: 5.4

specifiers:
  ms: ^2.1.3

dependencies:
  own: link:../own
  debug: 4.3.4_supports-color@8.1.1

packages:

  /@types/node/14.18.12:
    resolution: {integrity: sha512-q4jlIR71hUpWTnGhXWcakgkZeHa3CCjcQcnuzU8M891BAWA2jHiziiWEPEkdS5pFsz7H9HJiy8BrK7tBRNrY7A==}
    dev: true

  /debug/4.3.4_supports-color@8.1.1:
    resolution: {integrity: sha1-W/Rejkm6QYnhfUgnid/RW9FAt7Y=}
    dependencies:
      ms: 2.1.2
      old: /ms/2.0.0
      supports-color: link:../x

  /ms/2.0.0:
    resolution: {integrity: x}
  /ms/2.1.2:
    resolution: {integrity: x}
  github.com/example/tool/0a1b:
    resolution: {tarball: https://codeload.github.com/example/tool/tar.gz/0a1b}
    name: tool
    version: 1.0.0
    dependencies:
      '@types/node': 14.18.12
";
        let found = testing::find(&NpmLock, &[("pnpm-lock.yaml", lock)]);
        let expected = [
            "@types/node 14.18.12 pkg:npm/%40types/node@14.18.12",
            "debug 4.3.4 pkg:npm/debug@4.3.4",
            "ms 2.0.0 pkg:npm/ms@2.0.0",
            "ms 2.1.2 pkg:npm/ms@2.1.2",
            "tool 1.0.0 pkg:npm/tool@1.0.0",
        ];
        assert_eq!(testing::list(&found), expected);
        let expected =
            ["debug@4.3.4 -> ms@2.0.0", "debug@4.3.4 -> ms@2.1.2", "tool@1.0.0 -> @types/node@14.18.12"];
        assert_eq!(testing::edges(&found), expected);
        assert_eq!(found.packages()[1].checksums[0].hex, "5bf45e8e49ba4189e17d482789dfd15bd140b7b6");
        assert_eq!(found.unknowns(), []);
    }

    #[test]
    fn reads_format_6() {
        let lock = b"lockfileVersion: '6.0'

dependencies:
  '@babel/plugin':
    specifier: ^7.24.7
    version: 7.24.7(@babel/core@7.24.7)

packages:

  /@babel/core@7.24.7:
    resolution: {integrity: x}
    dev: false

  /@babel/plugin@7.24.7(@babel/core@7.24.7):
    resolution: {integrity: x}
    peerDependencies:
      '@babel/core': ^7.0.0
    dependencies:
      '@babel/core': 7.24.7
      old: /ms@2.0.0
  /ms@2.0.0:
    resolution: {integrity: x}
";
        let found = testing::find(&NpmLock, &[("pnpm-lock.yaml", lock)]);
        let expected = [
            "@babel/core 7.24.7 pkg:npm/%40babel/core@7.24.7",
            "@babel/plugin 7.24.7 pkg:npm/%40babel/plugin@7.24.7",
            "ms 2.0.0 pkg:npm/ms@2.0.0",
        ];
        assert_eq!(testing::list(&found), expected);
        let expected = ["@babel/plugin@7.24.7 -> @babel/core@7.24.7", "@babel/plugin@7.24.7 -> ms@2.0.0"];
        assert_eq!(testing::edges(&found), expected);
    }

    #[test]
    fn reads_format_9() {
        let lock = b"lockfileVersion: '9.0'

importers:
  .:
    dependencies:
      '@babel/plugin':
        specifier: ^7.24.7
        version: 7.24.7(@babel/core@7.24.7)

packages:
  '@babel/core@7.24.7':
    resolution: {integrity: x}
    engines: {node: '>=6.9.0'}
  '@babel/plugin@7.24.7':
    resolution: {integrity: x}
    peerDependencies:
      '@babel/core': ^7.0.0
  ms@2.0.0:
    resolution: {integrity: x}
  tool@https://codeload.github.com/example/tool/tar.gz/0a1b:
    resolution: {tarball: https://codeload.github.com/example/tool/tar.gz/0a1b}
    version: 1.0.0

snapshots:
  '@babel/core@7.24.7': {}
  '@babel/plugin@7.24.7(@babel/core@7.24.7)':
    dependencies:
      '@babel/core': 7.24.7
      old: ms@2.0.0
      tool: https://codeload.github.com/example/tool/tar.gz/0a1b
  ms@2.0.0: {}
";
        let found = testing::find(&NpmLock, &[("pnpm-lock.yaml", lock)]);
        let expected = [
            "@babel/core 7.24.7 pkg:npm/%40babel/core@7.24.7",
            "@babel/plugin 7.24.7 pkg:npm/%40babel/plugin@7.24.7",
            "ms 2.0.0 pkg:npm/ms@2.0.0",
            "tool 1.0.0 pkg:npm/tool@1.0.0",
        ];
        assert_eq!(testing::list(&found), expected);
        let expected = [
            "@babel/plugin@7.24.7 -> @babel/core@7.24.7",
            "@babel/plugin@7.24.7 -> ms@2.0.0",
            "@babel/plugin@7.24.7 -> tool@1.0.0",
        ];
        assert_eq!(testing::edges(&found), expected);
        assert_eq!(
            found.packages()[3].download.as_deref(),
            Some("https://codeload.github.com/example/tool/tar.gz/0a1b")
        );
    }

    #[test]
    fn broken_files_are_unknown() {
        for broken in ["", "packages: {}", "lockfileVersion: '9.0'\npackages: {x: {}}", "a: [", "- a"] {
            let found = testing::find(&NpmLock, &[("pnpm-lock.yaml", broken.as_bytes())]);
            assert_eq!((found.packages().len(), found.unknowns().len()), (0, 1), "{broken}");
        }
    }
}
