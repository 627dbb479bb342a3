//! Dart's `pubspec.lock` and `pubspec.yaml`. <https://dart.dev/tools/pub/glossary#lockfile>
//!
//! Deviations from syft 1.18.1: what comes from the SDK or a folder has no package URL, since the registry holds other
//! packages of those names. The lock file states no edges.

use serde_json::Value;

use super::super::Want;
use super::super::view::View;
use super::Lock;
use super::declared::Declared;
use super::metadata;
use super::value;
use super::value::Fields;
use crate::package::Checksum;
use crate::package::ChecksumAlgorithm;
use crate::package::Kind;
use crate::package::Package;
use crate::package::PurlBuilder;

pub(in super::super) const PUBSPEC_LOCK: Declared = Declared {
    name: "dart-pubspec-lock-cataloger",
    tags: &["dart", "declared", "directory", "language", "package"],
    wants: &[Want::Bytes("**/pubspec.lock")],
    read: lock_file,
};

pub(in super::super) const PUBSPEC: Declared = Declared {
    name: "dart-pubspec-cataloger",
    tags: &["dart", "declared", "directory", "language", "package"],
    wants: &[Want::Bytes("**/pubspec.yaml"), Want::Bytes("**/pubspec.yml")],
    read: project,
};

fn lock_file(lock: &mut Lock<'_, '_>, _: &View<'_>) -> Result<(), String> {
    let document = value::from_yaml(lock.text()?)?;
    for (name, entry) in document.table("packages") {
        let Some(version) = entry.text("version") else {
            lock.unknown(format!("{name} has no version"));
            continue;
        };
        let package = locked(lock, name, version, entry);
        lock.add(package);
    }
    Ok(())
}

fn locked(lock: &Lock<'_, '_>, name: &str, version: &str, entry: &Value) -> Package {
    let description = entry.get("description").unwrap_or(&Value::Null);
    let source = entry.text("source").unwrap_or_default();
    let url = description.text("url");
    let host = url.map(|url| url.split_once("://").map_or(url, |(_, host)| host).trim_end_matches('/'));
    let host = host.filter(|host| source == "hosted" && !matches!(*host, "pub.dartlang.org" | "pub.dev"));
    let git = url.zip(description.text("resolved-ref")).filter(|_| source == "git");
    let git = git.map(|(url, revision)| format!("{url}@{revision}"));
    let fields = [
        ("name", name.into()),
        ("version", version.into()),
        ("hosted_url", host.into()),
        ("vcs_url", git.as_deref().into()),
    ];
    let vcs = git.map(|git| format!("git+{git}"));
    let purl = PurlBuilder::new("pub", name)
        .version(version)
        .qualifier("hosted_url", host.unwrap_or_default())
        .qualifier("vcs_url", vcs.clone().unwrap_or_default());
    // The digest of the archive, since Dart 2.19.
    let checksum = description.text("sha256").and_then(|hex| Checksum::new(ChecksumAlgorithm::Sha256, hex));
    Package {
        purl: matches!(source, "git" | "hosted").then(|| purl.build()),
        download: vcs,
        checksums: checksum.into_iter().collect(),
        metadata: metadata("dart-pubspec-lock-entry", fields),
        ..lock.package(Kind::Dart, name, version)
    }
}

fn project(lock: &mut Lock<'_, '_>, _: &View<'_>) -> Result<(), String> {
    let document = value::from_yaml(lock.text()?)?;
    let (Some(name), Some(version)) = (document.text("name"), document.text("version")) else {
        return Ok(());
    };
    let keys = ["homepage", "repository", "documentation", "publish_to", "environment", "platforms"];
    let fields = keys.map(|key| (key, document.copy(key)));
    let package = Package {
        purl: Some(PurlBuilder::new("pub", name).version(version).build()),
        homepage: document.text("homepage").map(str::to_owned),
        description: document.text("description").map(str::to_owned),
        metadata: metadata("dart-pubspec", fields),
        ..lock.package(Kind::Dart, name, version)
    };
    lock.add(package);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    #[test]
    fn reads_a_lock_file() {
        let lock = br#"packages:
  ale:
    dependency: transitive
    description:
      name: ale
      sha256: "1d4305a5f78af3857310b4fe48348cdcf6c097e0e275ea88c2cd08570531a369"
      url: "https://pub.dartlang.org"
    source: hosted
    version: "3.3.0"
  gitpkg:
    dependency: "direct main"
    description:
      path: "."
      ref: "8.1.4"
      resolved-ref: d8e9c3f6
      url: "https://github.com/example/gitpkg.git"
    source: git
    version: "8.1.4"
  odd: {}
  priv:
    description: {name: priv, url: "https://dart.example.com"}
    source: hosted
    version: "0.1.0"
  sky_engine:
    description: flutter
    source: sdk
    version: "0.0.99"
"#;
        let found = testing::find(&PUBSPEC_LOCK, &[("pubspec.lock", lock)]);
        let expected = [
            "ale 3.3.0 pkg:pub/ale@3.3.0",
            "gitpkg 8.1.4 pkg:pub/gitpkg@8.1.4?vcs_url=git%2Bhttps:%2F%2Fgithub.com%2Fexample%2Fgitpkg.git%40d8e9c3f6",
            "priv 0.1.0 pkg:pub/priv@0.1.0?hosted_url=dart.example.com",
            "sky_engine 0.0.99 -",
        ];
        assert_eq!(testing::list(&found), expected);
        assert_eq!((found.packages()[0].checksums.len(), found.unknowns().len()), (1, 1));
    }

    #[test]
    fn reads_a_project() {
        let files: [(&str, &[u8]); 2] = [
            ("a/pubspec.yaml", b"name: a\nversion: 1.0.0+1\nhomepage: https://example.com\n"),
            ("b/pubspec.yml", b"name: b\n"),
        ];
        let found = testing::find(&PUBSPEC, &files);
        assert_eq!(testing::list(&found), ["a 1.0.0+1 pkg:pub/a@1.0.0%2B1"]);
    }
}
