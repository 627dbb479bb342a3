//! Maven's project files. <https://maven.apache.org/pom.html>

use std::collections::BTreeMap;
use std::fmt;

use roxmltree::Document;
use roxmltree::Node;
use roxmltree::ParsingOptions;

use super::properties;

/// What names one artifact of Maven.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct Coordinates {
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: String,
}

impl Coordinates {
    /// Whether all three are there, and no placeholder is left in them.
    pub(super) fn is_complete(&self) -> bool {
        [&self.group, &self.artifact, &self.version].into_iter().all(|text| is_filled_in(text))
    }
}

impl fmt::Display for Coordinates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.group, self.artifact, self.version)
    }
}

/// A project as its file writes it: nothing is inherited yet, and no `${...}` filled in.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Project {
    /// What it says of itself; what it inherits is empty.
    pub(super) own: Coordinates,
    pub(super) parent: Option<Parent>,
    pub(super) packaging: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) url: String,
    pub(super) organization: String,
    pub(super) licenses: Vec<DeclaredLicense>,
    pub(super) properties: BTreeMap<String, String>,
    pub(super) dependencies: Vec<Dependency>,
    pub(super) managed: Vec<Dependency>,
    pub(super) modules: Vec<String>,
}

/// The project that one inherits from.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Parent {
    pub(super) coordinates: Coordinates,
    /// Where its file lies: `../pom.xml` if nothing is said; empty if it is only in a repository.
    pub(super) path: String,
}

/// A licence as a project names it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct DeclaredLicense {
    pub(super) name: String,
    pub(super) url: String,
}

/// What a project needs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Dependency {
    pub(super) coordinates: Coordinates,
    pub(super) scope: String,
    pub(super) optional: bool,
    /// `jar`, `pom`, ..
    pub(super) kind: String,
}

impl Dependency {
    /// Whether it is there when the program runs.
    pub(super) fn is_at_run_time(&self) -> bool {
        !self.optional && matches!(self.scope.as_str(), "" | "compile" | "runtime")
    }
}

impl Project {
    /// Reads a project file.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = properties::decode(bytes);
        // No document type: entities that it declares could blow up. Maven's files have none.
        let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES, ..ParsingOptions::default() };
        let document = Document::parse_with_options(&text, options).map_err(|error| error.to_string())?;
        let root = document.root_element();
        if root.tag_name().name() != "project" {
            return Err(format!("not a project but {:?}", root.tag_name().name()));
        }
        let mut project = Self { own: coordinates(root), ..Self::default() };
        for node in elements(root) {
            match node.tag_name().name() {
                "dependencies" => project.dependencies = dependencies(node),
                "dependencyManagement" => {
                    project.managed = child(node, "dependencies").map(dependencies).unwrap_or_default();
                }
                "description" => project.description = content(node),
                "licenses" => project.licenses = elements(node).map(license).collect(),
                "modules" => project.modules = elements(node).map(content).collect(),
                "name" => project.name = content(node),
                "organization" => project.organization = text_of(node, "name"),
                "packaging" => project.packaging = content(node),
                "parent" => project.parent = Some(parent(node)),
                "properties" => {
                    let pairs = elements(node).map(|node| (node.tag_name().name().to_owned(), content(node)));
                    project.properties = pairs.collect();
                }
                "url" => project.url = content(node),
                _ => {}
            }
        }
        Ok(project)
    }
}

/// A project with those that it inherits from, nearest first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lineage<'a>(pub(super) &'a [&'a Project]);

impl Lineage<'_> {
    /// Group, artifact and version with what is inherited, and everything filled in that can be.
    pub(super) fn coordinates(&self) -> Coordinates {
        let Some(project) = self.0.first() else { return Coordinates::default() };
        let inherited = project.parent.as_ref().map(|parent| &parent.coordinates);
        let or = |own: &str, inherited: Option<&String>| {
            let text = if own.is_empty() { inherited.map_or("", String::as_str) } else { own };
            self.fill_in(text)
        };
        Coordinates {
            group: or(&project.own.group, inherited.map(|parent| &parent.group)),
            artifact: self.fill_in(&project.own.artifact),
            version: or(&project.own.version, inherited.map(|parent| &parent.version)),
        }
    }

    /// What a dependency means in this project.
    pub(super) fn dependency(&self, dependency: &Dependency) -> Dependency {
        let mut found = self.filled(dependency);
        for project in self.0 {
            for managed in &project.managed {
                let managed = self.filled(managed);
                let (wanted, known) = (&mut found.coordinates, &managed.coordinates);
                if wanted.group == known.group && wanted.artifact == known.artifact {
                    for (field, value) in
                        [(&mut wanted.version, &known.version), (&mut found.scope, &managed.scope)]
                    {
                        if field.is_empty() {
                            field.clone_from(value);
                        }
                    }
                }
            }
        }
        found
    }

    fn filled(&self, dependency: &Dependency) -> Dependency {
        let Coordinates { group, artifact, version } = &dependency.coordinates;
        Dependency {
            coordinates: Coordinates {
                group: self.fill_in(group),
                artifact: self.fill_in(artifact),
                version: self.fill_in(version),
            },
            scope: self.fill_in(&dependency.scope),
            ..dependency.clone()
        }
    }

    /// Replaces `${name}` by what the projects say of it. What they say nothing of stays.
    pub(super) fn fill_in(&self, text: &str) -> String {
        let mut text = text.to_owned();
        // Values may have placeholders too, and may name one another in a circle.
        for _ in 0..PLACEHOLDERS {
            let Some((before, rest)) = text.split_once("${") else { break };
            let Some((name, after)) = rest.split_once('}') else { break };
            let Some(value) = self.property(name) else { break };
            let filled = format!("{before}{value}{after}");
            if filled.len() > FILLED_BYTES {
                break;
            }
            text = filled;
        }
        text
    }

    fn property(&self, name: &str) -> Option<&str> {
        let project = self.0.first()?;
        let parent = project.parent.as_ref().map(|parent| &parent.coordinates);
        let of_project = name.strip_prefix("project.").or_else(|| name.strip_prefix("pom."));
        let (own, inherited) = match of_project.unwrap_or(name) {
            "artifactId" => (Some(&project.own.artifact), None),
            "groupId" => (Some(&project.own.group), parent.map(|parent| &parent.group)),
            "parent.artifactId" => (None, parent.map(|parent| &parent.artifact)),
            "parent.groupId" => (None, parent.map(|parent| &parent.group)),
            "parent.version" => (None, parent.map(|parent| &parent.version)),
            "version" => (Some(&project.own.version), parent.map(|parent| &parent.version)),
            _ => (None, None),
        };
        let stated = self.0.iter().find_map(|project| project.properties.get(name));
        let found = [own, inherited, stated].into_iter().flatten().find(|value| !value.is_empty());
        found.map(String::as_str)
    }
}

/// Whether a text says something, and has no placeholder of Maven or Ant in it.
pub(super) fn is_filled_in(text: &str) -> bool {
    !text.is_empty() && !text.contains("${") && !text.starts_with('@')
}

fn coordinates(node: Node<'_, '_>) -> Coordinates {
    Coordinates {
        group: text_of(node, "groupId"),
        artifact: text_of(node, "artifactId"),
        version: text_of(node, "version"),
    }
}

fn parent(node: Node<'_, '_>) -> Parent {
    let path = child(node, "relativePath").map_or_else(|| "../pom.xml".to_owned(), content);
    Parent { coordinates: coordinates(node), path }
}

fn license(node: Node<'_, '_>) -> DeclaredLicense {
    DeclaredLicense { name: text_of(node, "name"), url: text_of(node, "url") }
}

fn dependencies(node: Node<'_, '_>) -> Vec<Dependency> {
    let dependency = |node| Dependency {
        coordinates: coordinates(node),
        scope: text_of(node, "scope"),
        optional: text_of(node, "optional") == "true",
        kind: text_of(node, "type"),
    };
    elements(node).map(dependency).collect()
}

fn elements<'a, 'input>(node: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(Node::is_element)
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    elements(node).find(|node| node.tag_name().name() == name)
}

fn text_of(node: Node<'_, '_>, name: &str) -> String {
    child(node, name).map(content).unwrap_or_default()
}

/// The text of an element, which comments may part, with its white space made single.
fn content(node: Node<'_, '_>) -> String {
    let text: String = node.children().filter(Node::is_text).filter_map(|node| node.text()).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Elements and texts of one file. The largest real ones (bills of materials) have some 50,000.
const NODES: u32 = 1_000_000;

/// Placeholders that are filled in for one text.
const PLACEHOLDERS: usize = 32;

/// Bytes of a text with everything filled in: two properties that name each other twice would double with
/// every step.
const FILLED_BYTES: usize = 8 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Project {
        Project::parse(text.as_bytes()).unwrap()
    }

    const CHILD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <parent><groupId>org.example</groupId><artifactId>parent</artifactId><version>7</version></parent>
          <artifactId>lib-<!-- split -->core</artifactId>
          <name> Example
             Library </name>
          <organization><name>Example</name><url>https://example.org</url></organization>
          <licenses><license><name>MIT</name><url>https://example.org/mit</url></license></licenses>
          <properties><guava.version>31.1-jre</guava.version><loop>${loop}</loop></properties>
          <dependencies>
            <dependency><groupId>com.google.guava</groupId><artifactId>guava</artifactId><version>${guava.version}</version></dependency>
            <dependency><groupId>${project.groupId}</groupId><artifactId>api</artifactId></dependency>
            <dependency><groupId>junit</groupId><artifactId>junit</artifactId><scope>test</scope></dependency>
            <dependency><groupId>a</groupId><artifactId>b</artifactId><optional>true</optional></dependency>
          </dependencies>
        </project>"#;

    const PARENT: &str = "<project><groupId>org.example</groupId><artifactId>parent</artifactId><version>7</version>
          <properties><api.version>${project.version}.1</api.version></properties>
          <dependencyManagement><dependencies>
            <dependency><groupId>org.example</groupId><artifactId>api</artifactId><version>${api.version}</version><scope>runtime</scope></dependency>
          </dependencies></dependencyManagement></project>";

    #[test]
    fn inherits_and_fills_in() {
        let (child, parent) = (parse(CHILD), parse(PARENT));
        let lineage = [&child, &parent];
        let lineage = Lineage(&lineage);
        assert_eq!(lineage.coordinates().to_string(), "org.example:lib-core:7");
        let found = child.dependencies.iter().map(|dependency| lineage.dependency(dependency));
        let found: Vec<_> =
            found.map(|found| (found.coordinates.to_string(), found.is_at_run_time())).collect();
        let expected = [
            ("com.google.guava:guava:31.1-jre".to_owned(), true),
            ("org.example:api:7.1".to_owned(), true),
            ("junit:junit:".to_owned(), false),
            ("a:b:".to_owned(), false),
        ];
        assert_eq!(found, expected);
        assert_eq!((child.name.as_str(), child.organization.as_str()), ("Example Library", "Example"));
        assert_eq!(
            child.licenses,
            [DeclaredLicense { name: "MIT".into(), url: "https://example.org/mit".into() }]
        );
    }

    #[test]
    fn what_cannot_be_filled_in_stays() {
        let project = parse(CHILD);
        let lineage = [&project];
        let lineage = Lineage(&lineage);
        assert_eq!(lineage.fill_in("a ${none} b"), "a ${none} b");
        assert_eq!(lineage.fill_in("${loop}"), "${loop}");
        assert_eq!(lineage.fill_in("${open"), "${open");
        let text =
            "<project><properties><a>${b}${b}</a><b>${a}${a}xxxxxxxxxxxxxxxx</b></properties></project>";
        let project = parse(text);
        assert!(Lineage(&[&project]).fill_in("${a}").len() <= FILLED_BYTES);
    }

    #[test]
    fn refuses_what_is_no_project() {
        assert!(Project::parse(b"").is_err());
        assert!(Project::parse(b"<settings/>").is_err());
        assert!(Project::parse(b"<project><a></project>").is_err());
        let entities =
            b"<!DOCTYPE project [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><project>&b;</project>";
        assert!(Project::parse(entities).is_err());
    }

    #[test]
    fn survives_deep_nesting() {
        let deep = format!("<project>{}", "<a>".repeat(200_000));
        assert!(Project::parse(deep.as_bytes()).is_err());
        let deep = format!("<project>{}{}</project>", "<a>".repeat(100_000), "</a>".repeat(100_000));
        let _ = Project::parse(deep.as_bytes());
    }

    #[test]
    fn reads_latin_1() {
        let text = b"<project><groupId>g</groupId><artifactId>a</artifactId><version>1</version><name>Fran\xe7ois</name></project>";
        assert_eq!(Project::parse(text).unwrap().name, "Fran\u{e7}ois");
    }
}
