//! What makes two entries of two lists the same package.

use std::borrow::Cow;

use crate::package::Purl;

/// A package apart from its version: the same text for the spellings of every tool.
///
/// Names are spelled as the type of their package URL has them, an epoch stands in front of the version and not in a
/// qualifier, all is percent-decoded, and qualifiers and subpaths are left out: they say where a package is from
/// or for, and each tool says something else.
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
        let namespace = purl.namespace().map(|namespace| spelled(kind, namespace).into_owned() + "/");
        let name = namespace.unwrap_or_default() + &spelled(kind, purl.name());
        let version =
            purl.version().filter(|version| !version.is_empty()).map(|version| canonical(purl, version));
        (Self { kind: kind.to_owned(), name }, version)
    }

    /// That of a package that has only a name.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        Self { kind: String::new(), name: name.to_owned() }
    }
}

fn canonical(purl: &Purl, version: &str) -> String {
    if !matches!(purl.kind(), "alpm" | "deb" | "rpm") {
        // Go's modules with and without `v` are one; others write it as a part of the version.
        return if purl.kind() == "golang" {
            version.trim_start_matches('v').to_owned()
        } else {
            version.to_owned()
        };
    }
    // syft writes 1:2.38, Trivy 2.38?epoch=1; no epoch is 0.
    let version = version.strip_prefix("0:").unwrap_or(version);
    let epoch = purl.qualifier("epoch").filter(|epoch| epoch != "0");
    match epoch {
        Some(epoch) if !version.starts_with(&format!("{epoch}:")) => format!("{epoch}:{version}"),
        _ => version.to_owned(),
    }
}

/// A name as its type has it: <https://github.com/package-url/purl-spec/blob/main/PURL-TYPES.rst>
fn spelled<'n>(kind: &str, name: &'n str) -> Cow<'n, str> {
    match kind {
        "pypi" => Cow::Owned(name.to_ascii_lowercase().replace(['_', '.'], "-")),
        "alpm" | "apk" | "bitbucket" | "composer" | "deb" | "github" | "githubactions" | "hex"
        | "luarocks" | "npm" | "pub" => Cow::Owned(name.to_ascii_lowercase()),
        _ => Cow::Borrowed(name),
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
