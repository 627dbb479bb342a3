//! PDM's `pdm.lock`. <https://pdm-project.org/en/latest/usage/lockfile/>
//!
//! A package with extras stands in it once more for each set of them; here it is one package, with the needs of all.

use serde_json::Value;
use serde_json::json;

use super::super::Lock;
use super::super::metadata;
use super::super::value;
use super::super::value::Fields;
use super::Entry;
use super::Versions;

pub(super) fn read(lock: &mut Lock<'_, '_>) -> Result<(), String> {
    let document = value::from_toml(lock.text()?)?;
    let mut versions = Versions::default();
    let mut entries = Vec::new();
    for entry in document.list("package") {
        let (Some(name), Some(version)) = (entry.text("name"), entry.text("version")) else {
            lock.unknown("a package without name or version");
            continue;
        };
        let digests = entry.list("files").iter().filter_map(|file| file.text("hash")).collect();
        let vcs = entry.text("git").zip(entry.text("revision"));
        let vcs = vcs.map(|(url, revision)| format!("git+{url}@{revision}"));
        let files = entry.list("files").iter().map(|file| {
            let (algorithm, value) =
                file.text("hash").and_then(|hash| hash.split_once(':')).unwrap_or_default();
            let url = file.text("url").or(file.text("file")).unwrap_or_default();
            json!({ "url": url, "digest": { "algorithm": algorithm, "value": value } })
        });
        let fields = [
            ("summary", entry.text("summary").unwrap_or_default().into()),
            ("files", files.collect::<Vec<_>>().into()),
            ("requiresPython", entry.text("requires_python").into()),
            ("dependencies", entry.copy("dependencies")),
        ];
        let metadata = metadata("python-pdm-lock-entry", fields);
        let found = super::add(lock, Entry { name, version, vcs, digests, metadata });
        versions.add(name, version, found);
        entries.push((found, entry));
    }
    for (from, entry) in entries {
        let needs = entry.list("dependencies").iter().filter_map(Value::as_str);
        for (name, _, rest) in needs.filter_map(super::requirement) {
            let constraint = rest.split(';').next().unwrap_or(rest).trim();
            for to in versions.find(&name, constraint) {
                lock.depends(from, to);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::super::testing;
    use super::super::PythonLock;

    #[test]
    fn reads_a_lock_file() {
        let lock = r#"
[metadata]
lock_version = "4.5.0"

[[package]]
name = "certifi"
version = "2024.8.30"
requires_python = ">=3.6"
summary = "Python package for providing Mozilla's CA Bundle."
files = [
    {file = "certifi-2024.8.30-py3-none-any.whl", hash = "sha256:922820b53db7a7257ffbda3f597266d435245903d80737e34f8a45ff3e3230d8"},
    {file = "certifi-2024.8.30.tar.gz", hash = "sha256:bec941d2aa8195e248a60b31ff9f0558284cf01a52591ceda73ea9afffd69fd9"},
]

[[package]]
name = "pysocks"
version = "1.7.1"

[[package]]
name = "requests"
version = "2.32.3"
dependencies = [
    "certifi>=2017.4.17",
    "win-only; sys_platform == \"win32\"",
]

[[package]]
name = "requests"
version = "2.32.3"
extras = ["socks"]
dependencies = ["PySocks!=1.5.7,>=1.5.6", "requests==2.32.3"]
"#;
        let found = testing::find(&PythonLock, &[("pdm.lock", lock.as_bytes())]);
        let expected = [
            "certifi 2024.8.30 pkg:pypi/certifi@2024.8.30",
            "pysocks 1.7.1 pkg:pypi/pysocks@1.7.1",
            "requests 2.32.3 pkg:pypi/requests@2.32.3",
        ];
        assert_eq!(testing::list(&found), expected);
        let expected = ["requests@2.32.3 -> certifi@2024.8.30", "requests@2.32.3 -> pysocks@1.7.1"];
        assert_eq!(testing::edges(&found), expected);
        assert_eq!(found.packages()[0].checksums, []);
    }
}
