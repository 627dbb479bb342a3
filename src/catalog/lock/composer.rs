//! Composer's `composer.lock`. <https://getcomposer.org/doc/01-basic-usage.md#commit-your-composer-lock-file-to-version-control>
//!
//! Edges, which syft does not list, follow `require`, through what packages `provide` and `replace`.

use std::collections::HashMap;

use serde_json::Value;

use super::super::Found;
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
use crate::package::License;
use crate::package::Package;
use crate::package::PurlBuilder;

pub(in super::super) const COMPOSER: Declared = Declared {
    name: "php-composer-lock-cataloger",
    tags: &["composer", "declared", "directory", "language", "package", "php"],
    wants: &[Want::Bytes("**/composer.lock")],
    read,
};

/// What is in `vendor`: the same entries, which Composer 1 wrote as a list and 2 in an object.
pub(in super::super) const COMPOSER_INSTALLED: Declared = Declared {
    name: "php-composer-installed-cataloger",
    tags: &["composer", "image", "installed", "language", "package", "php"],
    wants: &[Want::Bytes("**/installed.json")],
    read: installed,
};

fn installed(lock: &mut Lock<'_, '_>, _: &View<'_>) -> Result<(), String> {
    let document = match value::from_json(lock.bytes)? {
        Value::Array(packages) => serde_json::json!({ "packages": packages }),
        document => document,
    };
    packages(lock, &document, "php-composer-installed-entry");
    Ok(())
}

fn read(lock: &mut Lock<'_, '_>, _: &View<'_>) -> Result<(), String> {
    let document = value::from_json(lock.bytes)?;
    packages(lock, &document, "php-composer-lock-entry");
    Ok(())
}

fn packages(lock: &mut Lock<'_, '_>, document: &Value, kind: &'static str) {
    let mut packages: HashMap<String, Found> = HashMap::new();
    let mut stand_ins: HashMap<String, Vec<Found>> = HashMap::new();
    let mut entries = Vec::new();
    for entry in document.list("packages").iter().chain(document.list("packages-dev")) {
        let (Some(name), Some(version)) = (entry.text("name"), entry.text("version")) else {
            lock.unknown("a package without name or version");
            continue;
        };
        let package = package(lock, name, version, entry, kind);
        let found = lock.add(package);
        packages.insert(name.to_ascii_lowercase(), found);
        for (name, _) in entry.table("provide").chain(entry.table("replace")) {
            stand_ins.entry(name.to_ascii_lowercase()).or_default().push(found);
        }
        entries.push((found, entry));
    }
    for (from, entry) in entries {
        for (name, _) in entry.table("require") {
            let name = name.to_ascii_lowercase();
            let direct = packages.get(&name).map(std::slice::from_ref);
            let targets = direct.or_else(|| stand_ins.get(&name).map(Vec::as_slice)).unwrap_or_default();
            for to in targets {
                lock.depends(from, *to);
            }
        }
    }
}

fn package(lock: &Lock<'_, '_>, name: &str, version: &str, entry: &Value, kind: &'static str) -> Package {
    let (namespace, bare) = name.split_once('/').unwrap_or(("", name));
    let dist = entry.get("dist").unwrap_or(&Value::Null);
    let keys = [
        "source",
        "dist",
        "require",
        "provide",
        "require-dev",
        "suggest",
        "type",
        "notification-url",
        "bin",
        "authors",
        "description",
        "homepage",
        "keywords",
        "time",
    ];
    let mut about = metadata(kind, [("name", name.into()), ("version", version.into())]);
    if let Some(about) = &mut about {
        let fields = keys.map(|key| (key.to_owned(), entry.copy(key)));
        about.fields.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
    }
    let checksum = dist.text("shasum").and_then(|hex| Checksum::new(ChecksumAlgorithm::Sha1, hex));
    Package {
        purl: Some(PurlBuilder::new("composer", bare).namespace(namespace).version(version).build()),
        licenses: entry.list("license").iter().filter_map(Value::as_str).map(License::declared).collect(),
        description: entry.text("description").map(str::to_owned),
        homepage: entry.text("homepage").map(str::to_owned),
        download: dist.text("url").and_then(super::download),
        checksums: checksum.into_iter().collect(),
        metadata: about,
        ..lock.package(Kind::Php, name, version)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    #[test]
    fn reads_a_lock_file() {
        let lock = br#"{
  "packages": [
    {"name": "adoy/fastcgi-client", "version": "1.0.2",
     "dist": {"type": "zip", "url": "https://api.github.com/repos/adoy/PHP-FastCGI-Client/zipball/6d9a552f", "shasum": ""},
     "require": {"php": ">=5", "psr/log-implementation": "^1", "Monolog/Monolog": "^2"}, "license": ["MIT"]},
    {"name": "monolog/monolog", "version": "v2.0.0", "provide": {"psr/log-implementation": "1.0.0"},
     "dist": {"shasum": "5bf45e8e49ba4189e17d482789dfd15bd140b7b6"}},
    {"name": "odd"}
  ],
  "packages-dev": [{"name": "phpunit/phpunit", "version": "9.0.0", "require": {"monolog/monolog": "*"}}]
}"#;
        let found = testing::find(&COMPOSER, &[("composer.lock", lock)]);
        let expected = [
            "adoy/fastcgi-client 1.0.2 pkg:composer/adoy/fastcgi-client@1.0.2",
            "monolog/monolog v2.0.0 pkg:composer/monolog/monolog@v2.0.0",
            "phpunit/phpunit 9.0.0 pkg:composer/phpunit/phpunit@9.0.0",
        ];
        assert_eq!(testing::list(&found), expected);
        let mut edges = testing::edges(&found);
        edges.dedup();
        let expected = [
            "adoy/fastcgi-client@1.0.2 -> monolog/monolog@v2.0.0",
            "phpunit/phpunit@9.0.0 -> monolog/monolog@v2.0.0",
        ];
        assert_eq!(edges, expected);
        assert_eq!(found.packages()[1].checksums.len(), 1);
        assert_eq!(found.unknowns().len(), 1);
    }

    #[test]
    fn reads_what_is_installed() {
        let one = br#"[{"name":"a/b","version":"1.0.0","license":["MIT"],"require":{"c/d":"^1"}},{"name":"c/d","version":"v1.2"}]"#;
        let two = br#"{"packages":[{"name":"e/f","version":"2.0","require":{"php":">=7"}}],"dev":false,"dev-package-names":[]}"#;
        let files: [(&str, &[u8]); 4] = [
            ("app/vendor/composer/installed.json", one),
            ("web/vendor/composer/installed.json", two),
            ("other/installed.json", b"{}"),
            ("broken/installed.json", b"["),
        ];
        let found = testing::find(&COMPOSER_INSTALLED, &files);
        let expected = [
            "a/b 1.0.0 pkg:composer/a/b@1.0.0",
            "c/d v1.2 pkg:composer/c/d@v1.2",
            "e/f 2.0 pkg:composer/e/f@2.0",
        ];
        assert_eq!(testing::list(&found), expected);
        assert_eq!(testing::edges(&found), ["a/b@1.0.0 -> c/d@v1.2"]);
        assert_eq!(found.unknowns().len(), 1);
    }
}
