//! What the place of an archive in a repository, or a link to it, says of it.

use super::identity::FileName;
use super::identity::Place;
use super::pom::Coordinates;

/// The coordinates of an archive in a repository of Maven (`.../org/example/lib/1.2/lib-1.2.jar`) or the
/// cache of Gradle (`.../org.example/lib/1.2/<hash>/lib-1.2.jar`).
pub(super) fn coordinates(path: &str) -> Option<Coordinates> {
    let segments: Vec<&str> = path.split('/').collect();
    let root = segments.iter().position(|segment| ROOTS.contains(segment))?;
    let inside = segments.get(root.checked_add(1)?..)?;
    let (file, directories) = inside.split_last()?;
    let is_named = |artifact: &str, version: &str| {
        let rest = file.strip_prefix(artifact).and_then(|rest| rest.strip_prefix('-')?.strip_prefix(version));
        rest.is_some_and(|rest| rest.starts_with(['.', '-']))
    };
    let (group, artifact, version) = match directories {
        [group, artifact, version, _] if segments.get(root) == Some(&"files-2.1") => {
            ((*group).to_owned(), *artifact, *version)
        }
        [group @ .., artifact, version] if !group.is_empty() => (group.join("."), *artifact, *version),
        _ => return None,
    };
    let found = Coordinates { group, artifact: artifact.to_owned(), version: version.to_owned() };
    let is_group = found.group.contains('.') || found.group == found.artifact;
    (is_group && is_named(artifact, version)).then_some(found)
}

/// Adds what a link at `path` says of the archive at `real`.
///
/// Debian links the archives of `/usr/share/java` into `/usr/share/maven-repo`, and names a link with the
/// version next to an archive without: what a package's own build knows and the archive does not tell.
pub(super) fn learn(place: &mut Place, path: &str, real: &str) {
    if let Some(mut found) = coordinates(path) {
        // Versions of Debian's own that stand for any: `debian`, `3.x`.
        let placeholder = found.version == "debian" || found.version.ends_with(".x");
        let known = place.coordinates.as_ref().is_some_and(|known| !known.version.is_empty());
        if placeholder {
            found.version.clear();
        }
        if !known && (!placeholder || place.coordinates.is_none()) {
            place.coordinates = Some(found);
        }
        return;
    }
    let (link, archive) = (FileName::parse(path), FileName::parse(real));
    if archive.version.is_none() && link.name == archive.name && place.version.is_none() {
        place.version = link.version.map(str::to_owned);
    }
}

/// Directories that repositories begin below.
const ROOTS: [&str; 5] = ["files-2.1", "maven-repo", "maven2", "repo", "repository"];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Option<String> {
        coordinates(path).map(|found| found.to_string())
    }

    #[test]
    fn reads_repositories() {
        assert_eq!(
            read("root/.m2/repository/org/example/lib/1.2/lib-1.2.jar").as_deref(),
            Some("org.example:lib:1.2")
        );
        assert_eq!(
            read("root/.m2/repository/org/example/lib/1.2/lib-1.2-linux.jar").as_deref(),
            Some("org.example:lib:1.2")
        );
        let gradle = "home/a/.gradle/caches/modules-2/files-2.1/org.example/lib/1.2/0a1b/lib-1.2.jar";
        assert_eq!(read(gradle).as_deref(), Some("org.example:lib:1.2"));
        assert_eq!(read("root/.m2/repository/org/example/lib/1.2/other-1.2.jar"), None);
        assert_eq!(read("repository/lib/1.2/lib-1.2.jar"), None);
        assert_eq!(read("srv/repo/lib-1.2.jar"), None);
        assert_eq!(read("opt/lib-1.2.jar"), None);
    }

    #[test]
    fn learns_from_links() {
        let mut place = Place::default();
        let real = "usr/share/java/spring3-core-3.x.jar";
        learn(
            &mut place,
            "usr/share/maven-repo/org/springframework/spring-core/debian/spring-core-debian.jar",
            real,
        );
        assert_eq!(place.coordinates.as_ref().unwrap().to_string(), "org.springframework:spring-core:");
        learn(
            &mut place,
            "usr/share/maven-repo/org/springframework/spring-core/4.3.30/spring-core-4.3.30.jar",
            real,
        );
        assert_eq!(place.coordinates.as_ref().unwrap().to_string(), "org.springframework:spring-core:4.3.30");
        learn(
            &mut place,
            "usr/share/maven-repo/org/springframework/spring-core/debian/spring-core-debian.jar",
            real,
        );
        assert_eq!(place.coordinates.as_ref().unwrap().version, "4.3.30");

        let mut place = Place::default();
        learn(&mut place, "usr/share/java/other-1.0.jar", "usr/share/java/lib.jar");
        assert_eq!(place, Place::default());
        learn(&mut place, "usr/share/java/lib-1.0.jar", "usr/share/java/lib.jar");
        assert_eq!(place.version.as_deref(), Some("1.0"));
    }
}
