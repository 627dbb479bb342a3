//! `pylock.toml`. <https://packaging.python.org/en/latest/specifications/pylock-toml/>
//!
//! syft does not read it.

use super::super::Lock;
use super::super::metadata;
use super::super::value;
use super::super::value::Fields;
use super::Entry;
use super::Versions;

pub(super) fn read(lock: &mut Lock<'_, '_>) -> Result<(), String> {
    let document = value::from_toml(lock.text()?)?;
    if document.text("lock-version").is_none() {
        return Err("no lock-version".to_owned());
    }
    let mut versions = Versions::default();
    let mut entries = Vec::new();
    for entry in document.list("packages") {
        let Some(name) = entry.text("name") else {
            lock.unknown("a package without name");
            continue;
        };
        // Source trees may be without one.
        let Some(version) = entry.text("version") else { continue };
        let vcs = entry.get("vcs").and_then(|vcs| {
            let (url, commit) = vcs.text("url").zip(vcs.text("commit-id"))?;
            Some(format!("{}+{url}@{commit}", vcs.text("type").unwrap_or("git")))
        });
        let files = entry.list("wheels").iter().chain(entry.get("sdist")).chain(entry.get("archive"));
        let digests = files.flat_map(|file| value::strings(file.table("hashes")));
        let digests: Vec<_> = digests.map(|(algorithm, hex)| format!("{algorithm}:{hex}")).collect();
        let digests = digests.iter().map(String::as_str).collect();
        let index = entry.text("index").unwrap_or_default();
        let metadata = metadata("python-pylock-entry", [("index", index.into())]);
        let found = super::add(lock, Entry { name, version, vcs, digests, metadata });
        versions.add(name, version, found);
        entries.push((found, entry));
    }
    for (from, entry) in entries {
        for need in entry.list("dependencies") {
            let constraint = need.text("version").map_or("*".to_owned(), |version| format!("=={version}"));
            for to in versions.find(need.text("name").unwrap_or_default(), &constraint) {
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
        // After the example of the specification.
        let lock = r#"
lock-version = '1.0'
environments = ["sys_platform == 'linux'"]
requires-python = '== 3.12'
created-by = 'mousebender'

[[packages]]
name = 'attrs'
version = '25.1.0'
requires-python = '>= 3.8'
wheels = [{name = 'attrs-25.1.0-py3-none-any.whl', url = 'https://files.pythonhosted.org/attrs-25.1.0-py3-none-any.whl', hashes = {sha256 = 'c75a69e28a550a7e93789579c22aa26b0f5b83b75dc4e08fe092980051e1090a'}}]

[[packages]]
name = 'cattrs'
version = '24.1.2'
dependencies = [{name = 'attrs'}]

[[packages]]
name = 'tree'
directory = {path = '.'}
"#;
        let found = testing::find(&PythonLock, &[("pylock.dev.toml", lock.as_bytes())]);
        let expected = ["attrs 25.1.0 pkg:pypi/attrs@25.1.0", "cattrs 24.1.2 pkg:pypi/cattrs@24.1.2"];
        assert_eq!(testing::list(&found), expected);
        assert_eq!(testing::edges(&found), ["cattrs@24.1.2 -> attrs@25.1.0"]);
        assert_eq!(found.packages()[0].checksums.len(), 1);
    }
}
