//! What makes two entries of two lists the same package.

use crate::package::Purl;

/// A package apart from its version: the same text for the spellings of every tool.
///
/// As [`Purl::canonical`] has it: without qualifiers and subpaths, which say where a package is from or for, and of
/// which each tool says something else.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Identity {
    /// Type of the package URL; empty where there is none.
    pub kind: String,
    /// Namespace and name, with slashes between; without a package URL, the name.
    pub name: String,
}

impl Identity {
    /// That of a package with this URL, and its version in the canonical spelling.
    #[must_use]
    pub fn of_purl(purl: &Purl) -> (Self, Option<String>) {
        let kind = match purl.kind() {
            // Trivy has names of its own for what is compiled into a program.
            "gobinary" => "golang",
            "rustbinary" => "cargo",
            kind => kind,
        };
        let version = purl.canonical_version();
        // Go's modules with and without `v` are one; others write it as a part of the version.
        let version = match (kind, version) {
            ("golang", Some(version)) => {
                Some(version.strip_prefix('v').map(str::to_owned).unwrap_or(version))
            }
            (_, version) => version,
        };
        (Self { kind: kind.to_owned(), name: purl.canonical_name() }, version)
    }

    /// That of a package that has only a name.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        Self { kind: String::new(), name: name.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_mean_the_same() {
        for (one, other) in [
            (
                "pkg:deb/debian/libc6@1:2.36-9?arch=amd64",
                "pkg:deb/debian/libc6@2.36-9?arch=amd64&epoch=1&distro=debian-12",
            ),
            ("pkg:deb/debian/libstdc%2B%2B6@12.2.0-14", "pkg:deb/debian/libstdc++6@0:12.2.0-14"),
            ("pkg:rpm/fedora/curl@7.1-1?epoch=0", "pkg:rpm/fedora/curl@7.1-1"),
            ("pkg:npm/%40angular/core@1.0.0", "pkg:npm/@angular/core@1.0.0"),
            ("pkg:pypi/Zope.Interface@5", "pkg:pypi/zope-interface@5"),
            ("pkg:rustbinary/serde@1.0.0", "pkg:cargo/serde@1.0.0"),
            ("pkg:golang/github.com/x/y@v1.2.3#sub", "pkg:golang/github.com/x/y@1.2.3"),
        ] {
            let identity = |text| Identity::of_purl(&Purl::parse(text).unwrap());
            assert_eq!(identity(one), identity(other), "{one}");
        }
        let identity = |text| Identity::of_purl(&Purl::parse(text).unwrap());
        assert_ne!(identity("pkg:deb/debian/a@1"), identity("pkg:deb/ubuntu/a@1"));
        assert_ne!(identity("pkg:deb/debian/a@1:1"), identity("pkg:deb/debian/a@1"));
    }
}
