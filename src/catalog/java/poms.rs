//! What Maven's project files in a directory ask for.

use std::collections::BTreeMap;
use std::collections::HashMap;

use super::gradle;
use super::pom::Coordinates;
use super::pom::Dependency;
use super::pom::Lineage;
use super::pom::Project;
use crate::catalog::Cataloger;
use crate::catalog::File;
use crate::catalog::Findings;
use crate::catalog::Found;
use crate::catalog::View;
use crate::catalog::Want;
use crate::package::Package;
use crate::package::Relation;

/// The dependencies that `pom.xml` files declare.
///
/// What has no version because that comes from a project which is not in the tree is reported as such: this
/// opens no connection.
#[derive(Debug)]
pub(in crate::catalog) struct MavenProjects;

impl Cataloger for MavenProjects {
    fn name(&self) -> &'static str {
        "java-pom-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["declared", "directory", "java", "language", "maven", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Bytes("**/*pom.xml")]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        let mut projects = BTreeMap::new();
        for file in view.files() {
            let Some(bytes) = file.content.bytes() else {
                findings.unknown(file.location(), file.content.problem().unwrap_or("not kept"));
                continue;
            };
            match Project::parse(bytes) {
                Ok(project) => {
                    projects.insert(file.path, (project, file));
                }
                Err(problem) => findings.unknown(file.location(), problem),
            }
        }
        Reactor::new(&projects).report(findings);
    }
}

/// All projects of a tree: they inherit from and need one another.
struct Reactor<'a> {
    projects: &'a BTreeMap<&'a str, (Project, File<'a>)>,
    /// Where the project of a group and artifact lies.
    paths: HashMap<(String, String), &'a str>,
}

impl<'a> Reactor<'a> {
    fn new(projects: &'a BTreeMap<&'a str, (Project, File<'a>)>) -> Self {
        let paths = projects.iter().map(|(path, (project, _))| {
            let Coordinates { group, artifact, .. } = Lineage(&[project]).coordinates();
            ((group, artifact), *path)
        });
        Self { projects, paths: paths.collect() }
    }

    fn report(&self, findings: &mut Findings) {
        for (path, (project, file)) in self.projects {
            let lineage = self.lineage(path, project);
            let own = Lineage(&lineage).coordinates();
            // A parent or a bill of materials is no software.
            let root =
                (own.is_complete() && project.packaging != "pom").then(|| findings.add(root(&own, file)));
            let mut seen: HashMap<Coordinates, Found> = HashMap::new();
            for declared in lineage.iter().flat_map(|project| &project.dependencies) {
                let mut need = Lineage(&lineage).dependency(declared);
                self.complete(&mut need, &lineage);
                if need.coordinates.group.is_empty() || need.coordinates.artifact.is_empty() {
                    continue;
                }
                if !need.coordinates.is_complete() {
                    let Coordinates { group, artifact, version } = &need.coordinates;
                    let reason = if version.is_empty() { "has no version here" } else { "is not filled in" };
                    findings.unknown(
                        file.location(),
                        format!("{group}:{artifact} {version} {reason}").replace("  ", " "),
                    );
                    continue;
                }
                let found = *seen
                    .entry(need.coordinates.clone())
                    .or_insert_with(|| findings.add(gradle::declared(&need.coordinates, file.location())));
                if let Some(root) = root.filter(|_| need.is_at_run_time()) {
                    findings.relate(root, Relation::DependsOn, found);
                }
            }
        }
    }

    /// A project with its parents that lie in the tree, nearest first.
    fn lineage(&self, path: &'a str, project: &'a Project) -> Vec<&'a Project> {
        let (mut path, mut lineage) = (path, vec![project]);
        while let Some(parent) = lineage.last().and_then(|project| project.parent.as_ref()) {
            let Coordinates { group, artifact, .. } = &parent.coordinates;
            let near = Some(parent.path.as_str()).filter(|relative| !relative.is_empty());
            let near = near.and_then(|relative| self.resolve(path, relative)).filter(|(_, project)| {
                let found = Lineage(&[project]).coordinates();
                (&found.group, &found.artifact) == (group, artifact)
            });
            let far = || {
                let path = *self.paths.get(&(group.clone(), artifact.clone()))?;
                Some((path, &self.projects.get(path)?.0))
            };
            let Some((next, project)) = near.or_else(far) else { break };
            // Projects may name each other as parents.
            if lineage.len() >= PARENTS || lineage.iter().any(|known| std::ptr::eq(*known, project)) {
                break;
            }
            lineage.push(project);
            path = next;
        }
        lineage
    }

    /// The project at a path relative to another one's file: a file, or a directory with a `pom.xml`.
    fn resolve(&self, from: &str, relative: &str) -> Option<(&'a str, &'a Project)> {
        let mut segments: Vec<&str> = from.split('/').collect();
        segments.pop();
        for segment in relative.split('/') {
            match segment {
                "" | "." => {}
                ".." => {
                    segments.pop();
                }
                name => segments.push(name),
            }
        }
        let path = segments.join("/");
        let nested = if path.is_empty() { "pom.xml".to_owned() } else { format!("{path}/pom.xml") };
        let (found, (project, _)) = self
            .projects
            .get_key_value(path.as_str())
            .or_else(|| self.projects.get_key_value(nested.as_str()))?;
        Some((*found, project))
    }

    /// Takes a version from bills of materials in the tree, and from projects of the tree themselves.
    fn complete(&self, need: &mut Dependency, lineage: &[&'a Project]) {
        if !need.coordinates.version.is_empty() {
            return;
        }
        let bills =
            lineage.iter().flat_map(|project| &project.managed).filter(|managed| managed.scope == "import");
        for bill in bills {
            let bill = Lineage(lineage).dependency(bill).coordinates;
            let Some(path) = self.paths.get(&(bill.group, bill.artifact)) else { continue };
            let Some((project, _)) = self.projects.get(path) else { continue };
            let lineage = self.lineage(path, project);
            let known = Lineage(&lineage).dependency(need);
            if !known.coordinates.version.is_empty() {
                need.coordinates.version = known.coordinates.version;
                return;
            }
        }
    }
}

fn root(coordinates: &Coordinates, file: &File<'_>) -> Package {
    gradle::declared(coordinates, file.location())
}

/// Parents of one project.
const PARENTS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::testing;

    const PARENT: &[u8] = b"<project><groupId>org.example</groupId><artifactId>parent</artifactId><version>7</version><packaging>pom</packaging>
        <properties><guava>31.1-jre</guava></properties>
        <dependencyManagement><dependencies>
          <dependency><groupId>com.google.guava</groupId><artifactId>guava</artifactId><version>${guava}</version></dependency>
          <dependency><groupId>org.example</groupId><artifactId>bom</artifactId><version>7</version><type>pom</type><scope>import</scope></dependency>
        </dependencies></dependencyManagement></project>";

    const BOM: &[u8] = b"<project><groupId>org.example</groupId><artifactId>bom</artifactId><version>7</version><packaging>pom</packaging>
        <dependencyManagement><dependencies>
          <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-api</artifactId><version>2.0.7</version></dependency>
        </dependencies></dependencyManagement></project>";

    const CHILD: &[u8] = b"<project><parent><groupId>org.example</groupId><artifactId>parent</artifactId><version>7</version></parent>
        <artifactId>service</artifactId>
        <dependencies>
          <dependency><groupId>com.google.guava</groupId><artifactId>guava</artifactId></dependency>
          <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-api</artifactId></dependency>
          <dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.13</version><scope>test</scope></dependency>
          <dependency><groupId>org.example</groupId><artifactId>far</artifactId></dependency>
        </dependencies></project>";

    #[test]
    fn inherits_within_the_tree() {
        let files = [("pom.xml", PARENT), ("bom/pom.xml", BOM), ("service/pom.xml", CHILD)];
        let found = testing::find(&MavenProjects, &files);
        let expected = [
            "service 7 pkg:maven/org.example/service@7",
            "guava 31.1-jre pkg:maven/com.google.guava/guava@31.1-jre",
            "slf4j-api 2.0.7 pkg:maven/org.slf4j/slf4j-api@2.0.7",
            "junit 4.13 pkg:maven/junit/junit@4.13",
        ];
        assert_eq!(testing::list(&found), expected);
        assert_eq!(testing::edges(&found), ["service@7 -> guava@31.1-jre", "service@7 -> slf4j-api@2.0.7"]);
        let unknowns: Vec<_> = found.unknowns().iter().map(|unknown| unknown.reason.as_str()).collect();
        assert_eq!(unknowns, ["org.example:far has no version here"]);
    }

    #[test]
    fn parents_may_go_in_a_circle() {
        let one = b"<project><parent><groupId>g</groupId><artifactId>b</artifactId><version>1</version><relativePath>../b</relativePath></parent><artifactId>a</artifactId></project>";
        let two = b"<project><parent><groupId>g</groupId><artifactId>a</artifactId><version>1</version><relativePath>../a</relativePath></parent><artifactId>b</artifactId></project>";
        let found =
            testing::find(&MavenProjects, &[("a/pom.xml", one), ("b/pom.xml", two), ("c/pom.xml", b"<x/>")]);
        assert_eq!(testing::list(&found), ["a 1 pkg:maven/g/a@1", "b 1 pkg:maven/g/b@1"]);
        assert_eq!(found.unknowns().len(), 1);
    }
}
