//! uv's `uv.lock`, and `<script>.py.lock` beside scripts. <https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile>
//!
//! Edges as in [`super::poetry`], but that the file names the version where it has several. What members of the
//! workspace need for extras and development counts: that is what the file was made for. syft 1.18.1 reads no
//! `uv.lock`.

use serde_json::Value;
use serde_json::json;

use super::super::Lock;
use super::super::metadata;
use super::super::value;
use super::super::value::Fields;
use super::Entry;
use super::Extras;
use super::Versions;
use crate::package::Metadata;

pub(super) fn read(lock: &mut Lock<'_, '_>) -> Result<(), String> {
    let document = value::from_toml(lock.text()?)?;
    let mut versions = Versions::default();
    let mut extras = Extras::default();
    let mut entries = Vec::new();
    for entry in document.list("package") {
        for need in needs(entry).map(|(_, need)| need) {
            let asked = need.list("extra").iter().filter_map(Value::as_str).map(super::normal);
            extras.ask(need.text("name").unwrap_or_default(), asked);
        }
        let Some(name) = entry.text("name") else {
            lock.unknown("a package without name");
            continue;
        };
        // The version of a member may be made when it is built; then it is not here.
        let Some(version) = entry.text("version") else { continue };
        let files = entry.list("wheels").iter().chain(entry.get("sdist"));
        let digests = files.filter_map(|file| file.text("hash")).collect();
        let vcs = entry.get("source").and_then(|source| source.text("git")).map(vcs);
        let found = super::add(lock, Entry { name, version, vcs, digests, metadata: about(entry) });
        versions.add(name, version, found);
        entries.push((found, name, entry));
    }
    for (from, name, entry) in entries {
        for (condition, need) in needs(entry) {
            let holds = match condition {
                Condition::Always => true,
                Condition::Extra(extra) => is_member(entry) || extras.asked(name, extra),
                Condition::Development => is_member(entry),
            };
            let constraint = need.text("version").map_or("*".to_owned(), |version| format!("=={version}"));
            for to in versions.find(need.text("name").unwrap_or_default(), &constraint) {
                if holds {
                    lock.depends(from, to);
                }
            }
        }
    }
    Ok(())
}

/// When a package needs another one.
#[derive(Clone, Copy)]
enum Condition<'v> {
    Always,
    Development,
    Extra(&'v str),
}

fn needs(entry: &Value) -> impl Iterator<Item = (Condition<'_>, &Value)> {
    let lists = |key| entry.table(key).filter_map(|(name, list)| Some((name, list.as_array()?)));
    let extras = lists("optional-dependencies")
        .flat_map(|(extra, list)| list.iter().map(move |need| (Condition::Extra(extra), need)));
    let groups = lists("dev-dependencies").chain(lists("dependency-groups"));
    let groups = groups.flat_map(|(_, list)| list.iter().map(|need| (Condition::Development, need)));
    let always = entry.list("dependencies").iter().map(|need| (Condition::Always, need));
    always.chain(extras).chain(groups)
}

/// The project itself, or another of its workspace.
fn is_member(entry: &Value) -> bool {
    let source = entry.get("source");
    source.is_some_and(|source| source.get("virtual").is_some() || source.get("editable").is_some())
}

/// `https://host/path?rev=main#0a1b`.
fn vcs(source: &str) -> String {
    let (url, revision) = source.split_once('#').unwrap_or((source, ""));
    let url = url.split('?').next().unwrap_or(url);
    if revision.is_empty() { format!("git+{url}") } else { format!("git+{url}@{revision}") }
}

fn about(entry: &Value) -> Option<Metadata> {
    let source = entry.get("source").and_then(Value::as_object);
    let index = source.and_then(|source| source.values().find_map(Value::as_str)).unwrap_or_default();
    let describe = |condition: Condition<'_>, need: &Value| {
        let mut fields = json!({
            "name": need.text("name").unwrap_or_default(),
            "optional": matches!(condition, Condition::Extra(_)),
        });
        for (key, name) in [("extra", "extras"), ("marker", "markers")] {
            if let (Some(table), Some(value)) = (fields.as_object_mut(), need.get(key)) {
                table.insert(name.to_owned(), value.clone());
            }
        }
        fields
    };
    let needs: Vec<_> = needs(entry).map(|(condition, need)| describe(condition, need)).collect();
    metadata("python-uv-lock-entry", [("index", index.into()), ("dependencies", needs.into())])
}

#[cfg(test)]
mod tests {
    use super::super::super::super::testing;
    use super::super::PythonLock;

    #[test]
    fn reads_a_lock_file() {
        let lock = r#"
version = 1
requires-python = ">=3.11"

[[package]]
name = "coverage"
version = "7.6.7"
source = { registry = "https://pypi.org/simple" }

[package.optional-dependencies]
toml = [
    { name = "tomli", marker = "python_full_version <= '3.11'" },
]

[[package]]
name = "fixture"
version = "0.1.0"
source = { virtual = "." }
dependencies = [
    { name = "numpy", version = "1.26.4", source = { registry = "https://pypi.org/simple" }, marker = "python_version < '3.12'" },
    { name = "numpy", version = "2.1.3", source = { registry = "https://pypi.org/simple" }, marker = "python_version >= '3.12'" },
    { name = "old" },
]

[package.dev-dependencies]
dev = [
    { name = "coverage", extra = ["toml"] },
]

[[package]]
name = "numpy"
version = "1.26.4"
source = { registry = "https://pypi.org/simple" }
sdist = { url = "https://files.pythonhosted.org/numpy-1.26.4.tar.gz", hash = "sha256:2a02aba9ed12e4ac4eb3ea9421c420301a0c6460d9830d74a9df87efa4912010", size = 15786129 }

[[package]]
name = "numpy"
version = "2.1.3"
source = { registry = "https://pypi.org/simple" }
dependencies = [
    { name = "old", extra = ["other"] },
]

[[package]]
name = "old"
version = "0.1"
source = { git = "https://github.com/example/old?rev=main#0a1b" }

[package.optional-dependencies]
never = [
    { name = "tomli" },
]

[[package]]
name = "tomli"
version = "2.1.0"
source = { registry = "https://pypi.org/simple" }
"#;
        let found = testing::find(&PythonLock, &[("uv.lock", lock.as_bytes())]);
        let expected = [
            "coverage 7.6.7 pkg:pypi/coverage@7.6.7",
            "fixture 0.1.0 pkg:pypi/fixture@0.1.0",
            "numpy 1.26.4 pkg:pypi/numpy@1.26.4",
            "numpy 2.1.3 pkg:pypi/numpy@2.1.3",
            "old 0.1 pkg:pypi/old@0.1?vcs_url=git%2Bhttps:%2F%2Fgithub.com%2Fexample%2Fold%400a1b",
            "tomli 2.1.0 pkg:pypi/tomli@2.1.0",
        ];
        assert_eq!(testing::list(&found), expected);
        let expected = [
            "coverage@7.6.7 -> tomli@2.1.0",
            "fixture@0.1.0 -> coverage@7.6.7",
            "fixture@0.1.0 -> numpy@1.26.4",
            "fixture@0.1.0 -> numpy@2.1.3",
            "fixture@0.1.0 -> old@0.1",
            "numpy@2.1.3 -> old@0.1",
        ];
        assert_eq!(testing::edges(&found), expected);
        assert_eq!(found.packages()[2].checksums.len(), 1);
        let script = testing::find(&PythonLock, &[("bin/run.py.lock", lock.as_bytes())]);
        assert_eq!(script.packages().len(), 6);
    }
}
