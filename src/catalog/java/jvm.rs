//! Java runtimes and development kits, by the file `release` in their directory.
//! <https://openjdk.org/jeps/223> for the versions.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::properties;
use crate::catalog::Cataloger;
use crate::catalog::File;
use crate::catalog::Findings;
use crate::catalog::View;
use crate::catalog::Want;
use crate::image::EntryKind;
use crate::package::Kind;
use crate::package::Metadata;
use crate::package::OwnedFile;
use crate::package::Package;
use crate::package::Party;
use crate::package::PurlBuilder;

/// Installed runtimes of Java.
#[derive(Debug)]
pub(in crate::catalog) struct JavaRuntimes;

impl Cataloger for JavaRuntimes {
    fn name(&self) -> &'static str {
        "java-jvm-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["declared", "directory", "installed", "image", "java", "jvm", "jdk", "jre", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Bytes("**/release")]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        for file in view.files() {
            // Many programs have a file of this name: one that cannot be kept is none of ours.
            let Some(bytes) = file.content.bytes().filter(|bytes| bytes.len() <= RELEASE_BYTES) else {
                continue;
            };
            let release = Release::parse(bytes);
            if let Some(version) = release.version() {
                findings.add(package(&release, version, &file, view));
            }
        }
    }
}

/// The assignments of a `release` file.
struct Release(Vec<(String, String)>);

impl Release {
    fn parse(bytes: &[u8]) -> Self {
        let text = properties::decode(bytes);
        let pair = |line: &str| {
            let (key, value) = line.split_once('=')?;
            Some((key.trim().to_owned(), value.trim().trim_matches('"').to_owned()))
        };
        Self(text.lines().filter_map(pair).collect())
    }

    fn field(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The most exact version. That of the whole product (`FULL_VERSION`) may be the vendor's own.
    fn version(&self) -> Option<&str> {
        let java = self.field("JAVA_VERSION");
        let major = |version: &str| version.split('.').next().map(str::to_owned);
        let full = self.field("FULL_VERSION").filter(|full| java.and_then(major) == major(full));
        self.field("JAVA_RUNTIME_VERSION").or(full.filter(|_| java.is_some())).or(java)
    }
}

fn package(release: &Release, version: &str, file: &File<'_>, view: &View<'_>) -> Package {
    let directory = file.path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let owned = view.tree().below(directory).filter(|(_, entry)| entry.kind != EntryKind::Directory);
    let files: Vec<OwnedFile> = owned.map(|(path, _)| OwnedFile { path: format!("/{path}") }).collect();
    let is_kit = release.field("IMAGE_TYPE").is_some_and(|kind| !kind.to_ascii_lowercase().contains("jre"))
        || files.iter().any(|file| file.path.ends_with("bin/javac"));
    let (vendor, product) = vendor_and_product(release, file.path, is_kit);
    let repository = release.field("SOURCE_REPO").or(release.field("BUILD_SOURCE_REPO"));
    let purl = PurlBuilder::new("generic", product).namespace(vendor).version(version);
    let names: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
    let fields =
        Map::from_iter([("release".to_owned(), metadata(release)), ("files".to_owned(), json!(names))]);
    Package {
        name: product.to_owned(),
        version: Some(version.to_owned()),
        kind: Kind::Binary,
        purl: Some(purl.qualifier("repository_url", repository.unwrap_or_default()).build()),
        supplier: release.field("IMPLEMENTOR").filter(|name| *name != "N/A").map(Party::organization),
        cpes: cpes(vendor, product, version, is_kit),
        locations: vec![file.location()],
        files,
        metadata: Some(Metadata { kind: "java-jvm-installation", fields }),
        ..Package::default()
    }
}

/// The names that vulnerabilities are listed under.
fn vendor_and_product(release: &Release, path: &str, is_kit: bool) -> (&'static str, &'static str) {
    let implementor = release.field("IMPLEMENTOR").unwrap_or_default().to_ascii_lowercase().replace(' ', "");
    let edition = if is_kit { "jdk" } else { "jre" };
    if implementor.contains("azul") || path.contains("zulu") {
        ("azul", "zulu")
    } else if implementor.contains("sun") {
        ("sun", edition)
    } else if implementor.contains("oracle") || path.contains("oracle") {
        ("oracle", edition)
    } else {
        ("oracle", "openjdk")
    }
}

fn cpes(vendor: &str, product: &str, version: &str, is_kit: bool) -> Vec<String> {
    // `1.8.0_302-b08` is update 302 of 1.8.0; `17.0.12+7` is 17.0.12.
    let (number, update) = match version.split_once('_') {
        Some((number, update)) => (number, update.split('-').next().unwrap_or_default()),
        None => (version.split('+').next().unwrap_or(version), ""),
    };
    let update = match update.trim_start_matches('0') {
        "" => "*".to_owned(),
        digits => format!("update{digits}"),
    };
    let mut names = match (vendor, product) {
        ("azul", _) => vec![("azul", "zulu"), ("oracle", "openjdk")],
        (_, "openjdk") => vec![(vendor, product)],
        ("oracle", _) => vec![("oracle", "java_se"), ("oracle", "jre")],
        _ => vec![(vendor, "jre")],
    };
    if is_kit && matches!(product, "jdk" | "jre") {
        names.push((vendor, "jdk"));
    }
    let escape = |text: &str| -> String {
        let escaped = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '_');
        text.chars().flat_map(|c| escaped(c).then_some('\\').into_iter().chain([c])).collect()
    };
    let number = escape(number);
    let name = |(vendor, product)| format!("cpe:2.3:a:{vendor}:{product}:{number}:{update}:*:*:*:*:*:*");
    names.into_iter().map(name).collect()
}

/// The fields as syft names them: `JAVA_VERSION_DATE` is `javaVersionDate`.
fn metadata(release: &Release) -> Value {
    let field = |(key, value): &(String, String)| {
        let mut words = key.split('_').map(str::to_ascii_lowercase);
        let mut name = words.next().unwrap_or_default();
        for word in words {
            let (first, rest) = word.split_at_checked(1).unwrap_or((&word, ""));
            name += &first.to_ascii_uppercase();
            name += rest;
        }
        let value = match key.as_str() {
            "MODULES" => json!(value.split_whitespace().collect::<Vec<_>>()),
            _ => json!(value),
        };
        (name, value)
    };
    Value::Object(release.0.iter().filter(|(_, value)| !value.is_empty()).map(field).collect())
}

/// Bytes of a `release` file. Real ones have two thousand.
const RELEASE_BYTES: usize = 500 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::testing;

    fn find(release: &str, others: &[&str]) -> Vec<Package> {
        let mut files: Vec<(&str, &[u8])> = vec![("opt/java/release", release.as_bytes())];
        files.extend(others.iter().map(|path| (*path, &b""[..])));
        testing::find(&JavaRuntimes, &files).packages().to_vec()
    }

    /// What syft's `parse_jvm_release_test.go` expects of Temurin, Oracle and Zulu.
    #[test]
    fn reads_releases() {
        let temurin = "IMPLEMENTOR=\"Eclipse Adoptium\"\nJAVA_RUNTIME_VERSION=\"21.0.4+7-LTS\"\nJAVA_VERSION=\"21.0.4\"\nSOURCE_REPO=\"https://github.com/adoptium/jdk21u.git\"\nIMAGE_TYPE=\"JDK\"\nMODULES=\"java.base java.xml\"\n";
        let found = find(temurin, &["opt/java/bin/java", "opt/other"]);
        let package = found.first().unwrap();
        assert_eq!((package.name.as_str(), package.version.as_deref()), ("openjdk", Some("21.0.4+7-LTS")));
        assert_eq!(
            package.purl.as_ref().unwrap().as_str(),
            "pkg:generic/oracle/openjdk@21.0.4%2B7-LTS?repository_url=https:%2F%2Fgithub.com%2Fadoptium%2Fjdk21u.git"
        );
        assert_eq!(package.cpes, ["cpe:2.3:a:oracle:openjdk:21.0.4:*:*:*:*:*:*:*"]);
        let owned: Vec<_> = package.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(owned, ["/opt/java/bin/java", "/opt/java/release"]);
        let release = package.metadata.as_ref().unwrap().fields.get("release").unwrap();
        assert_eq!(release.get("javaRuntimeVersion").unwrap(), "21.0.4+7-LTS");
        assert_eq!(release.get("modules").unwrap(), &json!(["java.base", "java.xml"]));

        let oracle = "IMPLEMENTOR=\"Oracle Corporation\"\nJAVA_VERSION=\"1.8.0_411\"\n";
        let found = find(oracle, &["opt/java/bin/javac"]);
        assert_eq!(found.first().unwrap().name, "jdk");
        let expected = [
            "cpe:2.3:a:oracle:java_se:1.8.0:update411:*:*:*:*:*:*",
            "cpe:2.3:a:oracle:jre:1.8.0:update411:*:*:*:*:*:*",
            "cpe:2.3:a:oracle:jdk:1.8.0:update411:*:*:*:*:*:*",
        ];
        assert_eq!(found.first().unwrap().cpes, expected);

        let zulu =
            "IMPLEMENTOR=\"Azul Systems, Inc.\"\nJAVA_VERSION=\"17.0.1\"\nFULL_VERSION=\"17.0.1+12\"\n";
        let found = find(zulu, &[]);
        assert_eq!(
            found.first().unwrap().purl.as_ref().unwrap().as_str(),
            "pkg:generic/azul/zulu@17.0.1%2B12"
        );
    }

    #[test]
    fn other_files_of_that_name_are_none() {
        assert_eq!(find("", &[]), []);
        assert_eq!(find("ID=debian\nVERSION=\"12\"\n", &[]), []);
        assert_eq!(find("JAVA_VERSION=\"\"\n", &[]), []);
    }
}
