//! Names, versions and groups of archives.
//!
//! What Maven left in an archive is believed first. Without it the name of the file, its place in a
//! repository, the manifest and the packages of the classes are evidence.

use super::archive::JavaArchive;
use super::archive::Pom;
use super::groups;
use super::manifest::Manifest;
use super::pom::Coordinates;
use super::pom::Lineage;

/// What an archive itself is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Identity {
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) group: Option<Group>,
    /// Which of the archive's projects it is.
    pub(super) pom: Option<usize>,
}

/// The group of an artifact, and how it is known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) evidence: Evidence,
}

/// How a group is known, the surest first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Evidence {
    /// The project's own file says so.
    Pom,
    /// The place in a repository says so.
    Repository,
    /// It is well known for this artifact and these classes.
    Known,
    /// The manifest says so, or its names imply it.
    Manifest,
    /// The packages of the classes begin like that.
    Classes,
}

impl Evidence {
    /// As metadata write it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Classes => "classes",
            Self::Known => "known",
            Self::Manifest => "manifest",
            Self::Pom => "pom",
            Self::Repository => "repository",
        }
    }
}

/// What is known of an archive from where it lies, and from links to it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Place {
    /// From a repository; the version may be missing.
    pub(super) coordinates: Option<Coordinates>,
    /// From a link next to it: `guava-31.1-jre.jar` to `guava.jar`.
    pub(super) version: Option<String>,
}

/// Finds out what an archive itself is, and not what it contains. `None` if nothing tells.
pub(super) fn identify(archive: &JavaArchive, path: &str, place: &Place) -> Option<Identity> {
    let file = FileName::parse(path);
    let nothing = Manifest::default();
    let manifest = archive.manifest.as_ref().unwrap_or(&nothing);
    if let Some((index, coordinates)) = main_pom(archive, &file, manifest) {
        let Coordinates { group, artifact: name, version } = coordinates;
        let group = Some(Group { id: group, evidence: Evidence::Pom });
        return Some(Identity { name, version: Some(version), group, pom: Some(index) });
    }
    let placed = place.coordinates.as_ref();
    let name = match placed {
        Some(coordinates) => coordinates.artifact.clone(),
        None => name(&file, manifest)?,
    };
    let version = placed
        .map(|coordinates| coordinates.version.clone())
        .filter(|version| !version.is_empty())
        .or_else(|| version(&file, manifest, place));
    if archive.manifest.is_none() && (version.is_none() || !archive.has_classes) {
        return None;
    }
    let group = match placed {
        Some(coordinates) => Some(Group { id: coordinates.group.clone(), evidence: Evidence::Repository }),
        None => group(&name, version.as_deref().unwrap_or_default(), archive.package.as_deref(), manifest),
    };
    Some(Identity { name, version, group, pom: None })
}

/// What the files of a project in an archive name. Its `pom.xml` alone counts only where Maven puts it.
pub(super) fn coordinates(pom: &Pom) -> Option<Coordinates> {
    if let Some(found) = &pom.properties {
        return Some(found.clone());
    }
    let found = Lineage(&[pom.project.as_ref()?]).coordinates();
    let place = pom.directory.rsplit_once("META-INF/maven/")?.1;
    let named = place.split_once('/').is_some_and(|(_, artifact)| artifact == found.artifact);
    (named && found.is_complete()).then_some(found)
}

/// The project that an archive was built from, among those whose files are in it: a shaded archive has
/// the files of all that went into it.
fn main_pom(archive: &JavaArchive, file: &FileName<'_>, manifest: &Manifest) -> Option<(usize, Coordinates)> {
    let all: Vec<_> =
        archive.poms.iter().enumerate().filter_map(|(at, pom)| Some((at, coordinates(pom)?))).collect();
    // 1. `artifact-version`, with a classifier or without, is the file's name. The longest counts.
    let exact = all.iter().filter(|(_, found)| is_name_of(&found.artifact, &found.version, file.stem));
    if let Some(found) = exact.max_by_key(|(_, found)| found.artifact.len()) {
        return Some(found.clone());
    }
    // 2. The artifact is the file's name, and the version another: `lib-1.0-20240101.jar` is 1.0-SNAPSHOT.
    if let Some(found) =
        all.iter().find(|(_, found)| found.artifact == file.name || found.artifact == file.stem)
    {
        return Some(found.clone());
    }
    // 3. The name of a bundle ends in the artifact, or a file without version was renamed.
    let title = [
        manifest.main("Implementation-Title"),
        manifest.main("Bundle-SymbolicName"),
        manifest.main("Automatic-Module-Name"),
    ];
    let titled = |artifact: &str| title.into_iter().flatten().any(|title| title == artifact);
    let matching = |(_, found): &&(usize, Coordinates)| {
        let similar = found.artifact.starts_with(file.name) || file.name.ends_with(found.artifact.as_str());
        match file.version {
            Some(version) => similar && found.version.starts_with(version),
            None => similar || titled(&found.artifact) || all.len() == 1,
        }
    };
    let mut matching = all.iter().filter(matching);
    match (matching.next(), matching.next()) {
        (Some(found), None) => Some(found.clone()),
        _ => None,
    }
}

/// Whether `stem` is `artifact-version`, perhaps with a classifier, or the artifact alone.
fn is_name_of(artifact: &str, version: &str, stem: &str) -> bool {
    let rest = stem.strip_prefix(artifact);
    let after =
        rest.and_then(|rest| rest.strip_prefix(['-', '_'])).and_then(|rest| rest.strip_prefix(version));
    rest == Some("") || after.is_some_and(|after| after.is_empty() || after.starts_with(['-', '.', '_']))
}

fn name(file: &FileName<'_>, manifest: &Manifest) -> Option<String> {
    if !file.name.is_empty() {
        // Bundles are often called by group and artifact. Eclipse's artifacts have dots.
        let dotted = file
            .name
            .rsplit_once('.')
            .filter(|(group, _)| is_group(group) && !file.name.starts_with("org.eclipse."));
        return Some(dotted.map_or(file.name, |(_, artifact)| artifact).to_owned());
    }
    let fields =
        ["Short-Name", "Extension-Name", "Bundle-SymbolicName", "Bundle-Name", "Implementation-Title"];
    fields.into_iter().find_map(|field| manifest.main(field)).map(str::to_owned)
}

fn version(file: &FileName<'_>, manifest: &Manifest, place: &Place) -> Option<String> {
    let stated = || {
        // A bundle's version is in the form that OSGi wants, and a specification's that of no library.
        let fields = ["Implementation-Version", "Plugin-Version", "Bundle-Version", "Specification-Version"];
        fields.into_iter().find_map(|field| manifest.any(field)).filter(|version| !version.contains(' '))
    };
    // Debian names a file for all of a series: `spring3-core-3.x.jar`.
    let (series, exact) = match file.version {
        Some(version) if version.ends_with(".x") => (Some(version), None),
        version => (None, version),
    };
    exact.or(place.version.as_deref()).or_else(stated).or(series).map(str::to_owned)
}

/// The group of an archive that does not name its own.
pub(super) fn group(name: &str, version: &str, package: Option<&str>, manifest: &Manifest) -> Option<Group> {
    let found = |id: &str, evidence| Some(Group { id: id.to_owned(), evidence });
    // Jenkins' plugins name theirs.
    if let Some(id) = manifest.main("Group-Id").filter(|id| is_group(id)) {
        return found(id, Evidence::Manifest);
    }
    if let Some(id) =
        groups::known(name, version, package).or_else(|| package.and_then(groups::specification))
    {
        return found(id, Evidence::Known);
    }
    // Build tools put the organisation here, people anything.
    let vendors = [
        "Implementation-Vendor-Id",
        "Specification-Vendor-Id",
        "Implementation-Vendor",
        "Specification-Vendor",
    ];
    let vendor = vendors.into_iter().filter_map(|field| manifest.main(field));
    if let Some(id) = vendor.into_iter().find(|id| is_group(id) && !UMBRELLAS.contains(id)) {
        return found(id, Evidence::Manifest);
    }
    let bundle =
        manifest.main("Bundle-SymbolicName").map(|text| text.split(';').next().unwrap_or_default().trim());
    if let Some(id) = bundle.and_then(|bundle| group_of_bundle(bundle, name)) {
        return found(&id, Evidence::Manifest);
    }
    if let Some(id) = package.map(shorten).filter(|id| is_group(id) && !UMBRELLAS.contains(&id.as_str())) {
        return found(&id, Evidence::Classes);
    }
    let rest = ["Automatic-Module-Name", "Extension-Name", "Main-Class"];
    let id = rest.into_iter().filter_map(|field| manifest.main(field)).find_map(|text| {
        let id = text.rsplit_once('.').filter(|(id, _)| is_group(id)).map_or(text, |(id, _)| id);
        is_group(id).then(|| shorten(id))
    });
    found(&id?, Evidence::Manifest)
}

/// What the bundle plugin of Felix makes of group and artifact, turned round:
/// <https://felix.apache.org/documentation/subprojects/apache-felix-maven-bundle-plugin-bnd.html>
fn group_of_bundle(bundle: &str, artifact: &str) -> Option<String> {
    let segments: Vec<&str> = bundle.split('.').collect();
    // From the longest group to the shortest.
    for length in (2..=segments.len()).rev() {
        let (group, rest) = segments.split_at(length);
        let last = group.last().copied().unwrap_or_default();
        let rest = rest.join("-");
        let is_whole = rest.is_empty() && (artifact == last && length > 2 || artifact == bundle);
        if is_whole {
            // `org.example.lib` may be group `org.example` and artifact `lib`, which is how most are named.
            let shorter =
                group.get(..length - 1).map(|group| group.join(".")).filter(|group| is_group(group));
            return shorter.or_else(|| is_group(bundle).then(|| bundle.to_owned()));
        }
        let joined = format!("{last}-{rest}");
        let same = |text: &str| text.replace(['.', '_'], "-") == artifact.replace(['.', '_'], "-");
        if !rest.is_empty() && (same(&rest) || same(&joined)) {
            let group = group.join(".");
            return is_group(&group).then_some(group);
        }
    }
    None
}

/// At most three names of a package: groups are seldom longer.
fn shorten(package: &str) -> String {
    package.split('.').take(3).collect::<Vec<_>>().join(".")
}

/// Whether a text can be a group: a domain turned round.
fn is_group(text: &str) -> bool {
    let mut segments = text.split('.');
    let domain = segments.next().unwrap_or_default();
    let known = DOMAINS.contains(&domain)
        || (domain.len() == 2 && domain.bytes().all(|byte| byte.is_ascii_lowercase()));
    let valid = |segment: &str| {
        segment.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let mut rest = segments.peekable();
    known && rest.peek().is_some() && rest.all(valid)
}

/// The name of an archive's file: `lib-core-1.2.jar`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct FileName<'a> {
    /// Without extension.
    pub(super) stem: &'a str,
    /// What stands before the version.
    pub(super) name: &'a str,
    pub(super) version: Option<&'a str>,
}

impl<'a> FileName<'a> {
    /// Parts the name of the file that `path` leads to.
    pub(super) fn parse(path: &'a str) -> Self {
        let file = path.rsplit('/').next().unwrap_or(path);
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let dashes = stem.match_indices('-').map(|(at, _)| at);
        let versions = dashes.filter_map(|at| Some((stem.get(..at)?, stem.get(at.checked_add(1)?..)?)));
        let mut versions = versions.filter(|(name, rest)| !name.is_empty() && is_version(rest));
        let Some((name, version)) = versions.next() else {
            return Self::parse_bundle(stem);
        };
        // `log4j-1.2-api-2.20.0`: the name goes on.
        let again = versions.find(|(name, _)| NAME_ENDS.iter().any(|end| name.ends_with(end)));
        let (name, version) = again.unwrap_or((name, version));
        Self { stem, name, version: Some(without_classifier(version)) }
    }

    /// `org.example.lib_1.2.3`, as bundles are named; but `lib_2.12` is built for Scala 2.12.
    fn parse_bundle(stem: &'a str) -> Self {
        let parted = stem.rsplit_once('_').filter(|(name, version)| {
            !name.is_empty()
                && version.starts_with(|c: char| c.is_ascii_digit())
                && version.matches('.').count() >= 2
        });
        match parted {
            Some((name, version)) => Self { stem, name, version: Some(version) },
            None => Self { stem, name: stem, version: None },
        }
    }
}

/// Whether a version begins here: `1.2`, `build7`, `r09`, `rc1`, `v1-rev20210127`.
fn is_version(text: &str) -> bool {
    let digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let all_digits = |text: &str| {
        let end = text.trim_start_matches(|c: char| c.is_ascii_digit());
        digit(text) && (end.is_empty() || end.starts_with(['-', '.']))
    };
    digit(text)
        || text.strip_prefix("build").is_some_and(digit)
        || text.strip_prefix("rc").or_else(|| text.strip_prefix('r')).is_some_and(all_digits)
        || text.strip_prefix('v').is_some_and(|rest| digit(rest) && rest.contains("-rev"))
}

/// A version without what Maven appends to tell the archives of one artifact apart.
fn without_classifier(version: &str) -> &str {
    let ends = version.match_indices('-').map(|(at, _)| version.split_at(at));
    let classified = |rest: &str| {
        CLASSIFIERS
            .iter()
            .any(|known| rest.strip_prefix(known).is_some_and(|end| end.is_empty() || end.starts_with('-')))
    };
    ends.into_iter().find(|(_, rest)| classified(rest)).map_or(version, |(version, _)| version)
}

/// Endings of names that a version stands within.
const NAME_ENDS: [&str; 3] = ["-api", "-bridge", "-compat"];

/// Classifiers, and operating systems that they begin with.
const CLASSIFIERS: [&str; 12] = [
    "-all",
    "-jar-with-dependencies",
    "-javadoc",
    "-linux",
    "-macos",
    "-osx",
    "-shaded",
    "-sources",
    "-test-sources",
    "-tests",
    "-uber",
    "-windows",
];

/// Organisations that are too large to be a group.
const UMBRELLAS: [&str; 8] = [
    "com.google",
    "com.ibm",
    "com.microsoft",
    "com.oracle",
    "com.sun",
    "org.apache",
    "org.eclipse",
    "org.jboss",
];

/// Top-level domains of more than two letters that groups begin with, and names that stand in their place.
const DOMAINS: [&str; 14] = [
    "app", "biz", "cloud", "com", "dev", "edu", "gov", "info", "jakarta", "javax", "net", "org", "software",
    "tech",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> (&str, Option<&str>) {
        let file = FileName::parse(path);
        (file.name, file.version)
    }

    /// Artifacts and versions of Maven's central repository.
    #[test]
    fn parts_names_of_files() {
        let cases = [
            ("opt/guava-31.1-jre.jar", "guava", Some("31.1-jre")),
            ("guava.jar", "guava", None),
            ("breeze_2.12-2.1.0.jar", "breeze_2.12", Some("2.1.0")),
            ("breeze_2.12.jar", "breeze_2.12", None),
            ("log4j-1.2-api-2.20.0.jar", "log4j-1.2-api", Some("2.20.0")),
            ("zstd-jni-1.5.5-4.jar", "zstd-jni", Some("1.5.5-4")),
            ("org.eclipse.core.runtime_3.7.0.v2011.jar", "org.eclipse.core.runtime", Some("3.7.0.v2011")),
            ("mesos-1.4.3-shaded-protobuf.jar", "mesos", Some("1.4.3")),
            (
                "netty-transport-native-epoll-4.1.96.Final-linux-x86_64.jar",
                "netty-transport-native-epoll",
                Some("4.1.96.Final"),
            ),
            ("guava-r09.jar", "guava", Some("r09")),
            (
                "google-api-services-storage-v1-rev20210127-1.31.5.jar",
                "google-api-services-storage",
                Some("v1-rev20210127-1.31.5"),
            ),
            ("commons-compress-1.0-beta-2.jar", "commons-compress", Some("1.0-beta-2")),
            ("-1.0.jar", "-1.0", None),
            (".jar", "", None),
        ];
        for (path, name, version) in cases {
            assert_eq!(file(path), (name, version), "{path}");
        }
    }

    #[test]
    fn turns_names_of_bundles_round() {
        let cases = [
            ("org.jodd.core", "jodd-core", Some("org.jodd")),
            ("org.xerial.snappy.snappy-java", "snappy-java", Some("org.xerial.snappy")),
            ("org.apache.maven.core", "maven-core", Some("org.apache.maven")),
            ("org.objenesis", "objenesis", None),
            ("com.zaxxer.HikariCP", "HikariCP", Some("com.zaxxer")),
            ("org.scala-lang.modules.scala-xml", "scala-xml", Some("org.scala-lang.modules")),
            ("lz4-java", "lz4-java", None),
            ("", "x", None),
        ];
        for (bundle, artifact, group) in cases {
            assert_eq!(group_of_bundle(bundle, artifact).as_deref(), group, "{bundle} {artifact}");
        }
    }

    fn group_id(name: &str, package: &str, manifest: &str) -> Option<(String, &'static str)> {
        let manifest = Manifest::parse(manifest.as_bytes());
        let package = Some(package).filter(|package| !package.is_empty());
        group(name, "1.0", package, &manifest).map(|group| (group.id, group.evidence.name()))
    }

    #[test]
    fn finds_groups() {
        let cases = [
            ("RoaringBitmap", "org.roaringbitmap", "", Some(("org.roaringbitmap", "classes"))),
            ("activation", "", "Implementation-Vendor-Id: com.sun\n", Some(("javax.activation", "known"))),
            (
                "algebra_2.12",
                "",
                "Implementation-Vendor-Id: org.typelevel\n",
                Some(("org.typelevel", "manifest")),
            ),
            (
                "transaction-api",
                "javax.transaction",
                "Extension-Name: javax.transaction\n",
                Some(("javax.transaction", "known")),
            ),
            (
                "objenesis",
                "org.objenesis",
                "Bundle-SymbolicName: org.objenesis\n",
                Some(("org.objenesis", "classes")),
            ),
            (
                "thing",
                "org.apache.thing.deep.er",
                "Implementation-Vendor-Id: org.apache\n",
                Some(("org.apache.thing", "classes")),
            ),
            (
                "thing",
                "",
                "Implementation-Vendor: The Example Project\nMain-Class: com.example.thing.Main\n",
                Some(("com.example.thing", "manifest")),
            ),
            ("thing", "", "Implementation-Vendor: Example Inc.\n", None),
            (
                "plugin",
                "hudson.plugins",
                "Group-Id: org.jenkins-ci.plugins\n",
                Some(("org.jenkins-ci.plugins", "manifest")),
            ),
        ];
        for (name, package, manifest, expected) in cases {
            let found = group_id(name, package, manifest);
            let found = found.as_ref().map(|(id, evidence)| (id.as_str(), *evidence));
            assert_eq!(found, expected, "{name} {package}");
        }
    }
}
