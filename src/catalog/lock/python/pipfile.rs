//! Pipenv's `Pipfile.lock`. <https://pipenv.pypa.io/en/latest/pipfile.html>
//!
//! It states no edges. Every category is read, as syft reads `default` and `develop`.

use serde_json::Value;

use super::super::Lock;
use super::super::metadata;
use super::super::value;
use super::super::value::Fields;
use super::Entry;

pub(super) fn read(lock: &mut Lock<'_, '_>) -> Result<(), String> {
    let document = value::from_json(lock.bytes)?;
    let about = document.get("_meta").ok_or("no _meta")?;
    let index = |name: &str| {
        let source = about.list("sources").iter().find(|source| source.text("name") == Some(name));
        source.and_then(|source| source.text("url")).map(str::to_owned)
    };
    let categories = document.as_object().into_iter().flatten().filter(|(name, _)| *name != "_meta");
    for (name, entry) in categories.flat_map(|(_, list)| list.as_object()).flatten() {
        let vcs = entry.text("git").zip(entry.text("ref"));
        let vcs = vcs.map(|(url, revision)| format!("git+{}@{revision}", url.trim_start_matches("git+")));
        // What comes from version control or a folder has no version here.
        let Some(version) = entry.text("version").map(|text| text.trim_start_matches('=').trim()) else {
            continue;
        };
        let index = entry.text("index").map_or(Some("https://pypi.org/simple".to_owned()), index);
        let fields = [("hashes", entry.copy("hashes")), ("index", index.unwrap_or_default().into())];
        let digests = entry.list("hashes").iter().filter_map(Value::as_str).collect();
        let metadata = metadata("python-pipfile-lock-entry", fields);
        super::add(lock, Entry { name, version, vcs, digests, metadata });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::super::testing;
    use super::super::PythonLock;

    #[test]
    fn reads_a_lock_file() {
        let lock = br#"{
  "_meta": {"hash": {"sha256": "0a1b"}, "pipfile-spec": 6, "requires": {},
    "sources": [{"name": "pypi", "url": "https://pypi.org/simple", "verify_ssl": true}]},
  "default": {
    "aio-pika": {"hashes": ["sha256:1d4305a5f78af3857310b4fe48348cdcf6c097e0e275ea88c2cd08570531a369"], "index": "pypi", "version": "==6.8.0"},
    "local": {"editable": true, "path": "."}
  },
  "develop": {"aiodns": {"hashes": [], "version": "==2.0.0", "markers": "python_version >= '3.8'"}}
}"#;
        let found = testing::find(&PythonLock, &[("Pipfile.lock", lock)]);
        let expected = ["aio-pika 6.8.0 pkg:pypi/aio-pika@6.8.0", "aiodns 2.0.0 pkg:pypi/aiodns@2.0.0"];
        assert_eq!(testing::list(&found), expected);
        assert_eq!(found.packages()[0].checksums.len(), 1);
        let broken = testing::find(&PythonLock, &[("Pipfile.lock", b"{}")]);
        assert_eq!(broken.unknowns().len(), 1);
    }
}
