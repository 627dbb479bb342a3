//! Gradle's lock files. <https://docs.gradle.org/current/userguide/dependency_locking.html>

use serde_json::Map;
use serde_json::json;

use super::pom::Coordinates;
use crate::catalog::Cataloger;
use crate::catalog::Findings;
use crate::catalog::View;
use crate::catalog::Want;
use crate::package::Kind;
use crate::package::Location;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::PurlBuilder;

/// What a build with Gradle has locked.
#[derive(Debug)]
pub(in crate::catalog) struct GradleLockfiles;

impl Cataloger for GradleLockfiles {
    fn name(&self) -> &'static str {
        "java-gradle-lockfile-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["declared", "directory", "gradle", "java", "language", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Bytes("**/gradle.lockfile*")]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        for file in view.files() {
            let Some(bytes) = file.content.bytes() else {
                findings.unknown(file.location(), file.content.problem().unwrap_or("not kept"));
                continue;
            };
            for line in String::from_utf8_lossy(bytes).lines() {
                let line = line.trim();
                // `empty=` lists configurations without dependencies.
                if line.is_empty() || line.starts_with('#') || line.starts_with("empty=") {
                    continue;
                }
                match coordinates(line) {
                    Some(coordinates) => {
                        findings.add(declared(&coordinates, file.location()));
                    }
                    None => findings.unknown(file.location(), format!("not a locked dependency: {line:?}")),
                }
            }
        }
    }
}

/// `group:artifact:version=configurations`.
fn coordinates(line: &str) -> Option<Coordinates> {
    let (named, _) = line.split_once('=')?;
    let mut parts = named.split(':').map(str::to_owned);
    let found = Coordinates { group: parts.next()?, artifact: parts.next()?, version: parts.next()? };
    (parts.next().is_none() && found.is_complete()).then_some(found)
}

/// An artifact of Maven that a file asks for.
pub(super) fn declared(coordinates: &Coordinates, location: Location) -> Package {
    let Coordinates { group, artifact, version } = coordinates;
    let project =
        json!({"path": "", "groupId": group, "artifactId": artifact, "version": version, "name": artifact});
    let path = location.path.clone();
    let fields =
        Map::from_iter([("virtualPath".to_owned(), json!(path)), ("pomProject".to_owned(), project)]);
    let purl = PurlBuilder::new("maven", artifact).namespace(group).version(version);
    Package {
        name: artifact.clone(),
        version: Some(version.clone()).filter(|version| !version.is_empty()),
        kind: Kind::Java,
        purl: Some(purl.build()),
        locations: vec![location],
        metadata: Some(Metadata { kind: "java-archive", fields }),
        ..Package::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::testing;

    /// The example of Gradle's manual, and one line that is none.
    #[test]
    fn reads_a_lock_file() {
        let text = b"# This is a Gradle generated file for dependency locking.\n# Manual edits can break the build and are not advised.\n# This file is expected to be part of source control.\norg.springframework:spring-beans:5.0.5.RELEASE=compileClasspath, runtimeClasspath\norg.springframework:spring-core:5.0.5.RELEASE=compileClasspath,runtimeClasspath\nempty=annotationProcessor\nbroken\n";
        let found = testing::find(&GradleLockfiles, &[("app/gradle.lockfile", text)]);
        let expected = [
            "spring-beans 5.0.5.RELEASE pkg:maven/org.springframework/spring-beans@5.0.5.RELEASE",
            "spring-core 5.0.5.RELEASE pkg:maven/org.springframework/spring-core@5.0.5.RELEASE",
        ];
        assert_eq!(testing::list(&found), expected);
        let unknowns: Vec<_> = found.unknowns().iter().map(|unknown| unknown.reason.as_str()).collect();
        assert_eq!(unknowns, ["not a locked dependency: \"broken\""]);
    }
}
