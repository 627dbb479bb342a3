//! Conan's `conan.lock` and `conanfile.txt`, and vcpkg's `vcpkg.json`.
//! <https://docs.conan.io/2/reference/commands/lock.html>, <https://learn.microsoft.com/en-us/vcpkg/reference/vcpkg-json>
//!
//! Of vcpkg only `overrides` fix a version; `version>=` and the baseline do not say what is built without the registry.
//! Ranges of `conanfile.txt` are passed over for the same reason.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::Found;
use super::super::Want;
use super::super::view::View;
use super::Lock;
use super::declared::Declared;
use super::metadata;
use super::value;
use super::value::Fields;
use crate::package::Kind;
use crate::package::License;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::PurlBuilder;

pub(in super::super) const CONAN: Declared = Declared {
    name: "conan-cataloger",
    tags: &["conan", "cpp", "declared", "directory", "language", "package"],
    wants: &[Want::Bytes("**/conan.lock"), Want::Bytes("**/conanfile.txt")],
    read: conan,
};

pub(in super::super) const VCPKG: Declared = Declared {
    name: "vcpkg-manifest-cataloger",
    tags: &["cpp", "declared", "directory", "language", "package", "vcpkg"],
    wants: &[Want::Bytes("**/vcpkg.json")],
    read: vcpkg,
};

fn conan(lock: &mut Lock<'_, '_>, _: &View<'_>) -> Result<(), String> {
    if lock.name() == "conanfile.txt" {
        conanfile(lock.text()?, lock);
        return Ok(());
    }
    let document = value::from_json(lock.bytes)?;
    match document.get("graph_lock") {
        Some(graph) => conan_1(lock, graph),
        None => conan_2(lock, &document),
    }
    Ok(())
}

fn conanfile(text: &str, lock: &mut Lock<'_, '_>) {
    let mut section = "";
    for line in text.lines() {
        let line = line.split(" #").next().unwrap_or(line).trim();
        if line.starts_with('[') && line.ends_with(']') {
            section = line;
        } else if section == "[requires]" && !line.is_empty() && !line.starts_with('#') && !line.contains('[')
        {
            reference(lock, line, metadata("c-conan-file-entry", [("ref", line.into())]));
        }
    }
}

/// A graph of numbered nodes.
fn conan_1(lock: &mut Lock<'_, '_>, graph: &Value) {
    let mut found = BTreeMap::new();
    for (number, node) in graph.table("nodes") {
        // The node of a `conanfile.txt` has none.
        let Some(text) = node.text("ref") else { continue };
        let keys =
            ["ref", "package_id", "prev", "build_requires", "py_requires", "options", "path", "context"];
        let about = metadata("c-conan-lock-entry", keys.map(|key| (key, node.copy(key))));
        found.extend(reference(lock, text, about).map(|package| (number.as_str(), package)));
    }
    for (number, node) in graph.table("nodes") {
        let Some(from) = found.get(number.as_str()) else { continue };
        for need in node.list("requires").iter().filter_map(Value::as_str) {
            if let Some(to) = found.get(need) {
                lock.depends(*from, *to);
            }
        }
    }
}

/// Lists of references, without edges.
fn conan_2(lock: &mut Lock<'_, '_>, document: &Value) {
    let lists = ["requires", "build_requires", "python_requires"].map(|key| document.list(key));
    for text in lists.into_iter().flatten().filter_map(Value::as_str) {
        let (name, revision) = text.split_once('#').unwrap_or((text, ""));
        let (revision, timestamp) = revision.split_once('%').unwrap_or((revision, ""));
        let (username, channel) =
            name.split_once('@').and_then(|(_, user)| user.split_once('/')).unwrap_or_default();
        let field = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty()).into();
        let fields = [
            ("ref", text.into()),
            ("username", field(username)),
            ("channel", field(channel)),
            ("recipeRevision", field(revision)),
            ("timestamp", field(timestamp)),
        ];
        reference(lock, text, metadata("c-conan-lock-v2-entry", fields));
    }
}

/// `name/version@user/channel#revision%timestamp`.
fn reference(lock: &mut Lock<'_, '_>, text: &str, metadata: Option<Metadata>) -> Option<Found> {
    let bare = text.split('#').next().unwrap_or(text);
    let (bare, owner) = bare.split_once('@').unwrap_or((bare, ""));
    let (user, channel) = owner.split_once('/').unwrap_or((owner, ""));
    let Some((name, version)) = bare
        .split_once('/')
        .filter(|(name, version)| !name.is_empty() && !version.is_empty() && !name.contains(' '))
    else {
        // The project itself: `conanfile.py (app/1.0)`, or without a version.
        if !bare.starts_with("conanfile") {
            lock.unknown(format!("{text:?} is not name and version"));
        }
        return None;
    };
    // syft's spelling: the user is the namespace.
    let purl = PurlBuilder::new("conan", name).namespace(user).version(version);
    let purl = purl.qualifier("channel", channel).build();
    let package = Package { purl: Some(purl), metadata, ..lock.package(Kind::Conan, name, version) };
    Some(lock.add(package))
}

fn vcpkg(lock: &mut Lock<'_, '_>, _: &View<'_>) -> Result<(), String> {
    let document = value::from_json(lock.bytes)?;
    if !document.is_object() {
        return Err("not an object".to_owned());
    }
    let project = document.text("name").and_then(|name| Some((name, version(&document)?)));
    let project = project.map(|(name, version)| port(lock, name, &version, &document));
    let project = project.map(|package| lock.add(package));
    for entry in document.list("overrides") {
        let (Some(name), Some(version)) = (entry.text("name"), version(entry)) else {
            lock.unknown("an override without name or version");
            continue;
        };
        // An override counts for what is needed; of what others need in turn nothing is known here.
        let named = |need: &Value| need.as_str().or(need.text("name")) == Some(name);
        let package = port(lock, name, &version, &Value::Null);
        let to = lock.add(package);
        if let Some(from) = project.filter(|_| document.list("dependencies").iter().any(named)) {
            lock.depends(from, to);
        }
    }
    Ok(())
}

/// `1.2.3`, or `1.2.3#4` with the version of the port.
fn version(entry: &Value) -> Option<String> {
    let keys = ["version", "version-semver", "version-date", "version-string"];
    let version = keys.into_iter().find_map(|key| entry.text(key))?;
    let port = entry.get("port-version").and_then(Value::as_u64).filter(|port| *port > 0);
    Some(port.map_or_else(|| version.to_owned(), |port| format!("{version}#{port}")))
}

fn port(lock: &Lock<'_, '_>, name: &str, version: &str, manifest: &Value) -> Package {
    let (upstream, port) = version.split_once('#').unwrap_or((version, "0"));
    let fields = [
        ("full-version", version.into()),
        ("version", upstream.into()),
        ("port-version", port.parse::<u64>().ok().into()),
        ("license", manifest.copy("license")),
        ("documentation", manifest.copy("documentation")),
    ];
    Package {
        purl: Some(PurlBuilder::new("vcpkg", name).version(version).build()),
        licenses: manifest.text("license").map(License::declared).into_iter().collect(),
        homepage: manifest.text("homepage").map(str::to_owned),
        description: manifest.text("description").map(str::to_owned),
        metadata: metadata("vcpkg-manifest", fields),
        ..lock.package(Kind::Vcpkg, name, version)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    #[test]
    fn reads_conan() {
        let one = br#"{"graph_lock": {"nodes": {
  "0": {"ref": "mfast/1.2.2", "path": "conanfile.py", "requires": ["1"]},
  "1": {"ref": "boost/1.75.0@user/channel#a9c3", "package_id": "dc8a", "context": "host", "requires": ["2"]},
  "2": {"ref": "zlib/1.2.12#c67ce17"}, "3": {"ref": "conanfile.py (x)"}, "4": {"ref": "odd"}, "5": {}}}, "version": "0.4"}"#;
        let two = br#"{"version": "0.5", "requires": ["sound32/1.0#83d4%1675278904.07"],
  "build_requires": ["cmake/3.2@user/channel#0a1b"], "python_requires": []}"#;
        let text = b"[requires]\ndocopt.cpp/0.6.3\nzlib/[>=1.2.11 <2]\nopenssl/1.1.1 # why\n\n[build_requires]\ncmake/3.3\n";
        let files: [(&str, &[u8]); 3] =
            [("1/conan.lock", one), ("2/conan.lock", two), ("3/conanfile.txt", text)];
        let found = testing::find(&CONAN, &files);
        let expected = [
            "mfast 1.2.2 pkg:conan/mfast@1.2.2",
            "boost 1.75.0 pkg:conan/user/boost@1.75.0?channel=channel",
            "zlib 1.2.12 pkg:conan/zlib@1.2.12",
            "sound32 1.0 pkg:conan/sound32@1.0",
            "cmake 3.2 pkg:conan/user/cmake@3.2?channel=channel",
            "docopt.cpp 0.6.3 pkg:conan/docopt.cpp@0.6.3",
            "openssl 1.1.1 pkg:conan/openssl@1.1.1",
        ];
        assert_eq!(testing::list(&found), expected);
        assert_eq!(testing::edges(&found), ["boost@1.75.0 -> zlib@1.2.12", "mfast@1.2.2 -> boost@1.75.0"]);
        assert_eq!(found.unknowns().len(), 1);
    }

    #[test]
    fn reads_vcpkg() {
        let text = br#"{"name": "app", "version-semver": "1.0.0", "license": "MIT",
  "dependencies": ["fmt", {"name": "zlib", "version>=": "1.2.13"}],
  "overrides": [{"name": "fmt", "version": "11.0.2", "port-version": 1}, {"name": "odd"}]}"#;
        let found = testing::find(&VCPKG, &[("vcpkg.json", text)]);
        assert_eq!(
            testing::list(&found),
            ["app 1.0.0 pkg:vcpkg/app@1.0.0", "fmt 11.0.2#1 pkg:vcpkg/fmt@11.0.2%231"]
        );
        assert_eq!(testing::edges(&found), ["app@1.0.0 -> fmt@11.0.2#1"]);
        assert_eq!(found.unknowns().len(), 1);
    }
}
