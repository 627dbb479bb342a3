//! Poetry's `poetry.lock`. <https://python-poetry.org/docs/basic-usage/#installing-dependencies>
//!
//! Edges: what a package needs by itself, and what it needs for those extras that another package or the project asks
//! for. Markers are not evaluated: the file is for every platform, and states under which one an edge holds. With
//! several versions of one package in the file the constraint tells which one is meant. syft 1.18.1 lists edges to
//! all versions.

use serde_json::Value;
use serde_json::json;

use super::super::super::view::View;
use super::super::Lock;
use super::super::metadata;
use super::super::value;
use super::super::value::Fields;
use super::Entry;
use super::Extras;
use super::Versions;
use super::lists;
use crate::package::Metadata;

pub(super) fn read(lock: &mut Lock<'_, '_>, view: &View<'_>) -> Result<(), String> {
    let document = value::from_toml(lock.text()?)?;
    let mut extras = Extras::default();
    lists::extras_of_project(view, lock.path, &mut extras);
    let mut versions = Versions::default();
    let mut entries = Vec::new();
    for entry in document.list("package") {
        let (Some(name), Some(version)) = (entry.text("name"), entry.text("version")) else {
            lock.unknown("a package without name or version");
            continue;
        };
        // Before version 2 the digests stand in a table of their own.
        let apart = document.get("metadata").and_then(|metadata| metadata.get("files"));
        let files = entry.list("files").iter().chain(apart.map(|files| files.list(name)).unwrap_or_default());
        let digests = files.filter_map(|file| file.text("hash")).collect();
        let vcs = vcs(entry);
        let package = Entry { name, version, vcs, digests, metadata: about(entry) };
        let found = super::add(lock, package);
        versions.add(name, version, found);
        entries.push((found, name, entry));
        for (name, need) in needs(entry) {
            extras.ask(name, need.list("extras").iter().filter_map(Value::as_str).map(super::normal));
        }
    }
    for (from, name, entry) in entries {
        for (needed, need) in needs(entry) {
            if need.flag("optional") && !wanted(entry, name, needed, &extras) {
                continue;
            }
            let constraint = need.as_str().or(need.text("version")).unwrap_or("*");
            for to in versions.find(needed, constraint) {
                lock.depends(from, to);
            }
        }
    }
    Ok(())
}

/// Each need is a constraint, a table, or a list of those for several platforms.
fn needs(entry: &Value) -> impl Iterator<Item = (&String, &Value)> {
    entry.table("dependencies").flat_map(|(name, need)| {
        let several = need.as_array().map_or(std::slice::from_ref(need), Vec::as_slice);
        several.iter().map(move |need| (name, need))
    })
}

/// Whether an extra that somebody asks for needs `needed`.
fn wanted(entry: &Value, name: &str, needed: &str, extras: &Extras) -> bool {
    let needed = super::normal(needed);
    entry.table("extras").filter(|(extra, _)| extras.asked(name, extra)).any(|(_, list)| {
        let list = list.as_array().into_iter().flatten().filter_map(Value::as_str);
        list.filter_map(super::requirement).any(|(name, _, _)| name == needed)
    })
}

fn vcs(entry: &Value) -> Option<String> {
    let source = entry.get("source").filter(|source| source.text("type") == Some("git"))?;
    let revision = source.text("resolved_reference").or(source.text("reference"))?;
    Some(format!("git+{}@{revision}", source.text("url")?))
}

fn about(entry: &Value) -> Option<Metadata> {
    let index = entry.get("source").and_then(|source| source.text("url"));
    let needs: Vec<_> = needs(entry)
        .map(|(name, need)| {
            let version = need.as_str().or(need.text("version")).unwrap_or_default();
            let mut fields = json!({ "name": name, "version": version, "optional": need.flag("optional") });
            for key in ["markers", "extras"] {
                if let (Some(table), Some(value)) = (fields.as_object_mut(), need.get(key)) {
                    table.insert(key.to_owned(), value.clone());
                }
            }
            fields
        })
        .collect();
    let extras: Vec<_> =
        entry.table("extras").map(|(name, list)| json!({ "name": name, "dependencies": list })).collect();
    let fields = [
        ("index", index.unwrap_or("https://pypi.org/simple").into()),
        ("dependencies", needs.into()),
        ("extras", extras.into()),
    ];
    metadata("python-poetry-lock-entry", fields)
}

#[cfg(test)]
mod tests {
    use super::super::super::super::testing;
    use super::super::PythonLock;

    const LOCK: &str = r#"
[[package]]
name = "cryptography"
version = "41.0.1"
description = ""
optional = false
python-versions = ">=3.7"
files = [{file = "cryptography-41.0.1.tar.gz", hash = "sha256:d34579085401d3f49762d2f7d6634d6b6c2ae1242202e860f4d26b046e3a1006"}]

[[package]]
name = "numpy"
version = "1.24.4"

[[package]]
name = "numpy"
version = "1.26.0"

[[package]]
name = "pandas"
version = "2.0.3"

[package.dependencies]
numpy = [
    {version = ">=1.20.3,<1.25", markers = "python_version < \"3.9\""},
    {version = ">=1.26.0", markers = "python_version >= \"3.12\""},
]
tool = "*"

[[package]]
name = "Urllib3"
version = "2.0.3"

[package.dependencies]
brotli = {version = ">=1.0.9", optional = true}
cryptography = {version = ">=1.9", optional = true, markers = "extra == \"secure\""}
numpy = ">=1.25"

[package.extras]
brotli = ["brotli (>=1.0.9)"]
secure = ["cryptography (>=1.9)", "pyopenssl (>=17.1.0)"]

[[package]]
name = "tool"
version = "0.1.0"
[package.source]
type = "git"
url = "https://github.com/example/tool.git"
reference = "main"
resolved_reference = "0a1b"

[[package]]
name = "brotli"
version = "1.0.9"

[metadata]
lock-version = "2.0"
"#;

    #[test]
    fn reads_a_lock_file() {
        let project = b"[tool.poetry.dependencies]\nurllib3 = {version = \"^2\", extras = [\"secure\"]}\n";
        let files: [(&str, &[u8]); 2] =
            [("app/poetry.lock", LOCK.as_bytes()), ("app/pyproject.toml", project)];
        let found = testing::find(&PythonLock, &files);
        let expected = [
            "cryptography 41.0.1 pkg:pypi/cryptography@41.0.1",
            "numpy 1.24.4 pkg:pypi/numpy@1.24.4",
            "numpy 1.26.0 pkg:pypi/numpy@1.26.0",
            "pandas 2.0.3 pkg:pypi/pandas@2.0.3",
            "urllib3 2.0.3 pkg:pypi/urllib3@2.0.3",
            "tool 0.1.0 pkg:pypi/tool@0.1.0?vcs_url=git%2Bhttps:%2F%2Fgithub.com%2Fexample%2Ftool.git%400a1b",
            "brotli 1.0.9 pkg:pypi/brotli@1.0.9",
        ];
        assert_eq!(testing::list(&found), expected);
        let expected = [
            "pandas@2.0.3 -> numpy@1.24.4",
            "pandas@2.0.3 -> numpy@1.26.0",
            "pandas@2.0.3 -> tool@0.1.0",
            "urllib3@2.0.3 -> cryptography@41.0.1",
            "urllib3@2.0.3 -> numpy@1.26.0",
        ];
        assert_eq!(testing::edges(&found), expected);
        assert_eq!(found.packages()[0].checksums.len(), 1);
        let index = &found.packages()[0].metadata.as_ref().unwrap().fields["index"];
        assert_eq!(index, "https://pypi.org/simple");
    }

    #[test]
    fn an_extra_that_nobody_asks_for_is_not_needed() {
        let found = testing::find(&PythonLock, &[("poetry.lock", LOCK.as_bytes())]);
        assert!(!testing::edges(&found).iter().any(|edge| edge.ends_with("cryptography@41.0.1")));
    }
}
