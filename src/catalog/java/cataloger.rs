//! Packages of the Java archives in a tree, of those within them, and how they are related.

use std::collections::HashMap;
use std::collections::HashSet;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::archive::JavaArchive;
use super::archive::Pom;
use super::archive::is_archive;
use super::identity;
use super::identity::Evidence;
use super::identity::Group;
use super::identity::Identity;
use super::identity::Place;
use super::license;
use super::pom::Coordinates;
use super::pom::Dependency;
use super::pom::Lineage;
use super::repository;
use crate::catalog::Cataloger;
use crate::catalog::Findings;
use crate::catalog::Found;
use crate::catalog::View;
use crate::catalog::Want;
use crate::image::EntryKind;
use crate::package::Checksum;
use crate::package::ChecksumAlgorithm;
use crate::package::Kind;
use crate::package::License;
use crate::package::Location;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::Party;
use crate::package::PurlBuilder;
use crate::package::Relation;

/// Java archives, at any depth.
#[derive(Debug)]
pub(in crate::catalog) struct JavaArchives;

impl Cataloger for JavaArchives {
    fn name(&self) -> &'static str {
        "java-archive-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["directory", "installed", "image", "language", "java", "maven", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::JavaArchives]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        let places = places(view);
        let nowhere = Place::default();
        let mut work = Work { findings, members: Vec::new() };
        for (path, entry) in view.tree().iter() {
            let Some(archive) = entry.kept.as_deref().and_then(|content| content.archive()) else { continue };
            let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
            let outer = Outer { scope: format!("/{directory}/"), layer: entry.layer, package: None };
            work.add(archive, &format!("/{path}"), places.get(path).unwrap_or(&nowhere), &outer);
        }
        work.relate();
    }
}

/// What the places of archives, and links to them, say of each.
fn places<'a>(view: &View<'a>) -> HashMap<&'a str, Place> {
    let mut places: HashMap<&str, Place> = HashMap::new();
    for (path, entry) in view.tree().iter().filter(|(path, _)| is_archive(path.as_bytes())) {
        match entry.kind {
            EntryKind::Regular => {
                if let Some(found) = repository::coordinates(path) {
                    places.entry(path).or_default().coordinates = Some(found);
                }
            }
            EntryKind::SymbolicLink(_) => {
                if let Some((real, _)) = view.tree().resolve(path) {
                    repository::learn(places.entry(real).or_default(), path, real);
                }
            }
            _ => {}
        }
    }
    places
}

/// What an archive lies in.
struct Outer {
    /// The directory or archive, by its path: what lies in one is on one class path.
    scope: String,
    layer: u32,
    /// The package that the archive around it is, if there is one.
    package: Option<Found>,
}

/// A package that others may need.
struct Member {
    package: Found,
    coordinates: Coordinates,
    /// What it lies in, and what it looks for its dependencies in, in this order.
    scope: String,
    looks_in: [String; 2],
    needs: Vec<Dependency>,
}

struct Work<'a> {
    findings: &'a mut Findings,
    members: Vec<Member>,
}

impl Work<'_> {
    /// Adds the packages of an archive and of all within it.
    fn add(&mut self, archive: &JavaArchive, path: &str, place: &Place, outer: &Outer) {
        let location = Location { path: path.to_owned(), layer: Some(outer.layer.to_string()) };
        let wrapper = path.ends_with(".zip");
        for problem in &archive.problems {
            // A ZIP archive is looked into for others only; whether it is one is not asked here.
            if !(wrapper && problem == "not a ZIP archive") {
                self.findings.unknown(location.clone(), problem.as_str());
            }
        }
        // Weave-Classes: an instrument for another library, whose name and version it bears.
        let weaves =
            archive.manifest.as_ref().is_some_and(|manifest| manifest.main("Weave-Classes").is_some());
        let identity = if wrapper || weaves { None } else { identity::identify(archive, path, place) };
        let inside = format!("{path}:");
        let looks_in = [inside.clone(), outer.scope.clone()];
        let mut seen = HashSet::new();
        let main = identity.map(|identity| {
            let pom = identity.pom.and_then(|at| archive.poms.get(at));
            let package = main_package(archive, &identity, pom, &location);
            let coordinates = Coordinates {
                group: identity.group.map(|group| group.id).unwrap_or_default(),
                artifact: identity.name,
                version: identity.version.unwrap_or_default(),
            };
            seen.insert(coordinates.clone());
            self.member(package, coordinates, pom, &outer.scope, looks_in.clone())
        });
        if let (Some(main), Some(package)) = (main, outer.package) {
            self.findings.relate(package, Relation::Contains, main);
        }
        for pom in &archive.poms {
            let Some(coordinates) = identity::coordinates(pom).filter(|found| seen.insert(found.clone()))
            else {
                continue;
            };
            let package = shaded_package(pom, &coordinates, &location);
            let package = self.member(package, coordinates, Some(pom), &inside, looks_in.clone());
            if let Some(around) = main.or(outer.package) {
                self.findings.relate(around, Relation::Contains, package);
            }
        }
        let outer = Outer { scope: inside, layer: outer.layer, package: main.or(outer.package) };
        for nested in &archive.nested {
            self.add(nested, &format!("{}{}", outer.scope, nested.path), &Place::default(), &outer);
        }
    }

    fn member(
        &mut self,
        package: Package,
        coordinates: Coordinates,
        pom: Option<&Pom>,
        scope: &str,
        looks_in: [String; 2],
    ) -> Found {
        let package = self.findings.add(package);
        let project = pom.and_then(|pom| pom.project.as_ref());
        let needs = project.map_or_else(Vec::new, |project| {
            let lineage = [project];
            let needs = project.dependencies.iter().map(|need| Lineage(&lineage).dependency(need));
            needs.filter(Dependency::is_at_run_time).collect()
        });
        self.members.push(Member { package, coordinates, scope: scope.to_owned(), looks_in, needs });
        package
    }

    /// Relates packages with those on their class path that they need.
    fn relate(self) {
        let mut known: HashMap<(&str, &str, &str), Vec<&Member>> = HashMap::new();
        for member in &self.members {
            let Coordinates { group, artifact, .. } = &member.coordinates;
            known.entry((&member.scope, group, artifact)).or_default().push(member);
        }
        for member in &self.members {
            for need in &member.needs {
                let Coordinates { group, artifact, version } = &need.coordinates;
                let found =
                    member.looks_in.iter().find_map(|scope| known.get(&(scope.as_str(), group, artifact)));
                let Some(found) = found else { continue };
                // Which of several versions the JVM takes depends on the command line: the one that was
                // asked for, or else the first.
                let exact = found.iter().find(|found| found.coordinates.version == *version);
                if let Some(found) = exact.or(found.first()) {
                    self.findings.relate(member.package, Relation::DependsOn, found.package);
                }
            }
        }
    }
}

fn main_package(
    archive: &JavaArchive,
    identity: &Identity,
    pom: Option<&Pom>,
    location: &Location,
) -> Package {
    let mut package = package(&identity.name, identity.version.as_deref(), identity.group.as_ref(), location);
    let extension = location.path.rsplit('.').next().unwrap_or_default();
    if extension.eq_ignore_ascii_case("hpi") || extension.eq_ignore_ascii_case("jpi") {
        package.kind = Kind::Jenkins;
    }
    let mut metadata = Map::new();
    metadata.insert("virtualPath".to_owned(), json!(location.path));
    if let Some(manifest) = &archive.manifest {
        let main: Vec<Value> =
            manifest.main.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
        metadata.insert("manifest".to_owned(), json!({ "main": main }));
        package.licenses = license::of_manifest(manifest);
        let vendor = ["Bundle-Vendor", "Implementation-Vendor", "Specification-Vendor"];
        package.supplier = vendor.into_iter().find_map(|field| manifest.main(field)).map(Party::organization);
        let pages = ["Bundle-DocURL", "Implementation-URL", "Url"];
        package.homepage = pages.into_iter().find_map(|field| manifest.main(field)).and_then(web_page);
        package.description = manifest.main("Bundle-Description").map(str::to_owned);
    }
    if let Some(pom) = pom {
        describe(&mut package, &mut metadata, pom);
    }
    if let Some(license) = archive.license.as_ref().filter(|_| package.licenses.is_empty()) {
        let place = license.location.as_ref().map(|path| format!("{}:{path}", location.path));
        package.licenses.push(License { location: place, ..license.clone() });
    }
    if !archive.sha1.is_empty() {
        metadata.insert("digest".to_owned(), json!([{"algorithm": "sha1", "value": archive.sha1}]));
        package.checksums.extend(Checksum::new(ChecksumAlgorithm::Sha1, &archive.sha1));
    }
    // Not syft's: how sure the group is.
    let evidence = identity.group.as_ref().map_or("name", |group| group.evidence.name());
    metadata.insert("groupEvidence".to_owned(), json!(evidence));
    package.metadata = Some(Metadata { kind: "java-archive", fields: metadata });
    package
}

/// A project whose files were merged into an archive with others.
fn shaded_package(pom: &Pom, coordinates: &Coordinates, location: &Location) -> Package {
    let Coordinates { group, artifact, version } = coordinates;
    let file = if pom.properties.is_some() { "pom.properties" } else { "pom.xml" };
    let place = Location { path: format!("{}:{}/{file}", location.path, pom.directory), ..location.clone() };
    let from = Group { id: group.clone(), evidence: Evidence::Pom };
    let mut package = package(artifact, Some(version), Some(&from), &place);
    let mut metadata = Map::new();
    metadata.insert("virtualPath".to_owned(), json!(format!("{}:{group}:{artifact}", location.path)));
    describe(&mut package, &mut metadata, pom);
    package.metadata = Some(Metadata { kind: "java-archive", fields: metadata });
    package
}

fn package(name: &str, version: Option<&str>, group: Option<&Group>, location: &Location) -> Package {
    // A package URL of Maven has a group. Where nothing shows it, syft takes the name; the metadata say so.
    let id = group.map_or(name, |group| group.id.as_str());
    let purl = PurlBuilder::new("maven", name).namespace(id).version(version.unwrap_or_default()).build();
    let jenkins = JENKINS.iter().any(|known| id.starts_with(known)) || id.contains(".jenkins.plugin");
    Package {
        name: name.to_owned(),
        version: version.map(str::to_owned),
        kind: if jenkins { Kind::Jenkins } else { Kind::Java },
        purl: Some(purl),
        locations: vec![location.clone()],
        ..Package::default()
    }
}

/// Adds what the files of a project say.
fn describe(package: &mut Package, metadata: &mut Map<String, Value>, pom: &Pom) {
    if let Some(Coordinates { group, artifact, version }) = &pom.properties {
        let path = format!("{}/pom.properties", pom.directory);
        let properties =
            json!({"path": path, "name": "", "groupId": group, "artifactId": artifact, "version": version});
        metadata.insert("pomProperties".to_owned(), properties);
    }
    let Some(project) = &pom.project else { return };
    let lineage = [project];
    let lineage = Lineage(&lineage);
    let Coordinates { group, artifact, version } = lineage.coordinates();
    let filled = |text: &str| Some(lineage.fill_in(text)).filter(|text| super::pom::is_filled_in(text));
    let mut fields = json!({
        "path": format!("{}/pom.xml", pom.directory), "groupId": group, "artifactId": artifact, "version": version,
        "name": filled(&project.name).unwrap_or_default(),
    });
    if let Some(fields) = fields.as_object_mut() {
        if let Some(parent) = &project.parent {
            let Coordinates { group, artifact, version } = &parent.coordinates;
            let parent = json!({"groupId": group, "artifactId": artifact, "version": version});
            fields.insert("parent".to_owned(), parent);
        }
        for (key, text) in [("description", &project.description), ("url", &project.url)] {
            fields.extend(filled(text).map(|text| (key.to_owned(), Value::String(text))));
        }
    }
    metadata.insert("pomProject".to_owned(), fields);
    let licenses: Vec<License> = license::of_project(&project.licenses);
    if !licenses.is_empty() {
        package.licenses = licenses;
    }
    package.supplier = filled(&project.organization).map(Party::organization).or(package.supplier.take());
    package.homepage = filled(&project.url).as_deref().and_then(web_page).or(package.homepage.take());
    package.description = filled(&project.description).or(package.description.take());
}

fn web_page(text: &str) -> Option<String> {
    let valid =
        (text.starts_with("https://") || text.starts_with("http://")) && !text.contains([' ', '"', '<']);
    valid.then(|| text.to_owned())
}

/// Groups of plugins for Jenkins.
const JENKINS: [&str; 5] = [
    "com.cloudbees.jenkins.plugins",
    "io.jenkins-ci.plugins",
    "io.jenkins.plugins",
    "org.jenkins-ci.plugins",
    "org.jenkins.plugins",
];
