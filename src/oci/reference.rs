//! Image references: `registry/repository:tag@digest`, `oci:DIR[:ref][@digest]` for an OCI layout, or
//! `oci-archive:FILE[:ref][@digest]` for one in a tar archive.
//!
//! The grammar is that of the distribution specification
//! (<https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>) with the
//! defaults that every client gives Docker Hub names. One reference has one canonical spelling, which
//! `Display` writes. A text that starts with `oci:` or `oci-archive:` is always a layout.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::str::FromStr;

use crate::digest::Digest;
use crate::digest::DigestError;

/// Names an image in a registry or in an OCI layout.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Reference {
    location: Location,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// Where an image lies.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Location {
    /// A tar archive of an OCI layout.
    Archive(PathBuf),
    /// An OCI layout directory.
    Layout(PathBuf),
    /// A repository of a registry.
    Registry {
        /// Host and port, `docker.io` for Docker Hub.
        registry: String,
        /// Path, `library/alpine`.
        repository: String,
    },
}

impl Reference {
    /// Parses a reference. A registry reference without tag and digest gets the tag `latest`.
    ///
    /// # Errors
    /// The text breaks a rule of the grammar; one [`ReferenceError`] for each.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        if text.is_empty() {
            return Err(ReferenceError::Empty);
        }
        if let Some(layout) = text.strip_prefix(LAYOUT) {
            return parse_layout(layout, LAYOUT, Location::Layout);
        }
        match text.strip_prefix(ARCHIVE) {
            Some(archive) => parse_layout(archive, ARCHIVE, Location::Archive),
            None => parse_registry(text),
        }
    }

    /// The one image of a layout directory, whatever characters its path has.
    #[must_use]
    pub fn in_layout(directory: &Path) -> Self {
        Self { location: Location::Layout(directory.to_owned()), tag: None, digest: None }
    }

    /// Where the image lies.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Host and port of the registry as users write it; `None` for a layout.
    #[must_use]
    pub fn registry(&self) -> Option<&str> {
        match &self.location {
            Location::Archive(_) | Location::Layout(_) => None,
            Location::Registry { registry, .. } => Some(registry),
        }
    }

    /// Host and port that requests go to: that of [`Self::registry`], but for Docker Hub.
    #[must_use]
    pub fn registry_host(&self) -> Option<&str> {
        self.registry().map(|registry| if registry == HUB { HUB_HOST } else { registry })
    }

    /// Path of the repository; `None` for a layout.
    #[must_use]
    pub fn repository(&self) -> Option<&str> {
        match &self.location {
            Location::Archive(_) | Location::Layout(_) => None,
            Location::Registry { repository, .. } => Some(repository),
        }
    }

    /// The archive of a layout; `None` for a directory or a registry.
    #[must_use]
    pub fn archive(&self) -> Option<&Path> {
        match &self.location {
            Location::Archive(path) => Some(path),
            Location::Layout(_) | Location::Registry { .. } => None,
        }
    }

    /// The layout directory; `None` for an archive or a registry.
    #[must_use]
    pub fn layout(&self) -> Option<&Path> {
        match &self.location {
            Location::Layout(path) => Some(path),
            Location::Archive(_) | Location::Registry { .. } => None,
        }
    }

    /// The tag, or the reference name in a layout.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest; where it is there, it decides and the tag is only a label.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The location alone, as `Display` writes it.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.location {
            Location::Archive(path) => format!("{ARCHIVE}{}", path.display()),
            Location::Layout(path) => format!("{LAYOUT}{}", path.display()),
            Location::Registry { registry, repository } => format!("{registry}/{repository}"),
        }
    }

    /// The same location with a digest, and without the tag.
    #[must_use]
    pub fn with_digest(&self, digest: Digest) -> Self {
        Self { location: self.location.clone(), tag: None, digest: Some(digest) }
    }

    /// The same location with a tag, and without the digest.
    ///
    /// # Errors
    /// The tag breaks the grammar.
    pub fn with_tag(&self, tag: &str) -> Result<Self, ReferenceError> {
        let tag = match &self.location {
            Location::Archive(_) | Location::Layout(_) => check_name(tag)?,
            Location::Registry { .. } => check_tag(tag)?,
        };
        Ok(Self { location: self.location.clone(), tag: Some(tag), digest: None })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        Self::parse(text)
    }
}

/// Why a text is not a reference.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// The digest behind `@` is not one.
    #[error("reference has a bad digest: {0}")]
    Digest(#[from] DigestError),
    /// There is nothing.
    #[error("reference is empty")]
    Empty,
    /// A layout reference names no directory or file.
    #[error("reference {scheme} names no {}", if *.scheme == LAYOUT { "directory" } else { "file" })]
    LayoutDirectory {
        /// `oci:` or `oci-archive:`.
        scheme: &'static str,
    },
    /// The name of an image in a layout is not one.
    #[error(
        "name {found:?} in the layout is empty, longer than {NAME_LENGTH} bytes or has unusual characters"
    )]
    LayoutName {
        /// What stood there.
        found: String,
    },
    /// The registry is not `host`, `host:port` or `[ipv6]:port`.
    #[error("registry {found:?} is not a host name with an optional port")]
    Registry {
        /// What stood there.
        found: String,
    },
    /// The registry is too long.
    #[error("registry has {found} characters, more than {REGISTRY_LENGTH}")]
    RegistryLength {
        /// Characters found.
        found: usize,
    },
    /// A part of the repository is not lower-case letters and digits with single separators.
    #[error("repository part {found:?} is not lower-case letters and digits, separated by one of . _ __ -")]
    Repository {
        /// The part.
        found: String,
    },
    /// There is no repository.
    #[error("reference has no repository")]
    RepositoryEmpty,
    /// The repository is too long.
    #[error("repository has {found} characters, more than {REPOSITORY_LENGTH}")]
    RepositoryLength {
        /// Characters found.
        found: usize,
    },
    /// The tag has a character that tags do not have.
    #[error("tag {found:?} is not letters, digits, '_', '.' and '-', or starts with '.' or '-'")]
    Tag {
        /// What stood there.
        found: String,
    },
    /// There is a colon with nothing behind it.
    #[error("tag is empty")]
    TagEmpty,
    /// The tag is too long.
    #[error("tag has {found} characters, more than {TAG_LENGTH}")]
    TagLength {
        /// Characters found.
        found: usize,
    },
}

fn parse_registry(text: &str) -> Result<Reference, ReferenceError> {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(Digest::parse(digest)?)),
        None => (text, None),
    };
    let (registry, rest) = split_registry(rest);
    let (repository, tag) = match rest.split_once(':') {
        Some((repository, tag)) => (repository, Some(check_tag(tag)?)),
        None => (rest, None),
    };
    let registry = match registry {
        Some(registry) => check_registry(registry)?,
        None => HUB.to_owned(),
    };
    check_repository(repository)?;
    let repository = if registry == HUB && !repository.contains('/') {
        format!("library/{repository}")
    } else {
        repository.to_owned()
    };
    let tag = if tag.is_none() && digest.is_none() { Some("latest".to_owned()) } else { tag };
    Ok(Reference { location: Location::Registry { registry, repository }, tag, digest })
}

/// The first part is a registry if it cannot be part of a repository, or is `localhost`.
fn split_registry(text: &str) -> (Option<&str>, &str) {
    let Some((first, rest)) = text.split_once('/') else { return (None, text) };
    let is_host = first == "localhost"
        || first.contains(['.', ':', '['])
        || first.bytes().any(|byte| byte.is_ascii_uppercase());
    if is_host { (Some(first), rest) } else { (None, text) }
}

fn check_registry(text: &str) -> Result<String, ReferenceError> {
    if text.len() > REGISTRY_LENGTH {
        return Err(ReferenceError::RegistryLength { found: text.len() });
    }
    let bad = || ReferenceError::Registry { found: shorten(text) };
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']').ok_or_else(bad)?;
            address.parse::<core::net::Ipv6Addr>().map_err(|_| bad())?;
            (None, if port.is_empty() { None } else { Some(port.strip_prefix(':').ok_or_else(bad)?) })
        }
        None => match text.split_once(':') {
            Some((host, port)) => (Some(host), Some(port)),
            None => (Some(text), None),
        },
    };
    if host.is_some_and(|host| !is_host(host)) || port.is_some_and(|port| !is_port(port)) {
        return Err(bad());
    }
    let registry = text.to_ascii_lowercase();
    Ok(if HUB_ALIASES.contains(&registry.as_str()) { HUB.to_owned() } else { registry })
}

fn is_host(host: &str) -> bool {
    host.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

/// Digits without a leading zero: `parse` alone would take `+80` and `0080`.
fn is_port(port: &str) -> bool {
    port.parse::<u16>().is_ok_and(|number| number.to_string() == port && number != 0)
}

fn check_repository(text: &str) -> Result<(), ReferenceError> {
    if text.is_empty() {
        return Err(ReferenceError::RepositoryEmpty);
    }
    if text.len() > REPOSITORY_LENGTH {
        return Err(ReferenceError::RepositoryLength { found: text.len() });
    }
    match text.split('/').find(|part| !is_path_component(part)) {
        Some(part) => Err(ReferenceError::Repository { found: shorten(part) }),
        None => Ok(()),
    }
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_path_component(part: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let ends = part.starts_with(alphanumeric) && part.ends_with(alphanumeric);
    ends && part.split(alphanumeric).all(|separator| {
        matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|byte| byte == b'-')
    })
}

fn check_tag(text: &str) -> Result<String, ReferenceError> {
    if text.is_empty() {
        return Err(ReferenceError::TagEmpty);
    }
    if text.len() > TAG_LENGTH {
        return Err(ReferenceError::TagLength { found: text.len() });
    }
    let good = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    if !good || text.starts_with(['.', '-']) {
        return Err(ReferenceError::Tag { found: shorten(text) });
    }
    Ok(text.to_owned())
}

/// The path ends at the first colon: names in a layout may have colons, paths may not.
fn parse_layout(
    text: &str,
    scheme: &'static str,
    location: fn(PathBuf) -> Location,
) -> Result<Reference, ReferenceError> {
    let (rest, digest) = match text.rsplit_once('@') {
        Some((rest, digest)) if digest.starts_with("sha") && digest.contains(':') => {
            (rest, Some(Digest::parse(digest)?))
        }
        _ => (text, None),
    };
    let (path, tag) = match rest.split_once(':') {
        Some((path, name)) => (path, Some(check_name(name)?)),
        None => (rest, None),
    };
    if path.is_empty() {
        return Err(ReferenceError::LayoutDirectory { scheme });
    }
    Ok(Reference { location: location(PathBuf::from(path)), tag, digest })
}

/// A layout's `org.opencontainers.image.ref.name` is often a whole reference.
fn check_name(text: &str) -> Result<String, ReferenceError> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:@/+".contains(&byte);
    if text.is_empty() || text.len() > NAME_LENGTH || !text.bytes().all(good) {
        return Err(ReferenceError::LayoutName { found: shorten(text) });
    }
    Ok(text.to_owned())
}

fn shorten(text: &str) -> String {
    text.chars().take(64).collect()
}

/// Docker Hub, as users write it and as requests reach it.
const HUB: &str = "docker.io";
const HUB_HOST: &str = "registry-1.docker.io";
const HUB_ALIASES: [&str; 2] = ["index.docker.io", HUB_HOST];

/// Prefix of a layout, as skopeo writes it.
const LAYOUT: &str = "oci:";

/// Prefix of an archive of a layout, as skopeo writes it.
const ARCHIVE: &str = "oci-archive:";

/// RFC 1035 allows 253 characters for a host name; a colon and a port follow.
const REGISTRY_LENGTH: usize = 253 + 6;

/// The distribution specification: "many clients impose a limit of 255 characters".
const REPOSITORY_LENGTH: usize = 255;

/// The distribution specification: a tag is "at most 128 characters".
const TAG_LENGTH: usize = 128;

/// Registry, repository, tag and digest together, as a layout may name them.
const NAME_LENGTH: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn canonical(text: &str) -> String {
        Reference::parse(text).unwrap().to_string()
    }

    fn error(text: &str) -> ReferenceError {
        Reference::parse(text).unwrap_err()
    }

    #[test]
    fn docker_hub_defaults() {
        // The table of distribution/reference, normalize_test.go.
        for (text, expected) in [
            ("alpine", "docker.io/library/alpine:latest"),
            ("alpine:3.20", "docker.io/library/alpine:3.20"),
            ("docker.io/alpine", "docker.io/library/alpine:latest"),
            ("index.docker.io/alpine", "docker.io/library/alpine:latest"),
            ("docker.io/library/alpine", "docker.io/library/alpine:latest"),
            ("bitnami/redis", "docker.io/bitnami/redis:latest"),
        ] {
            assert_eq!(canonical(text), expected);
        }
        let hub = Reference::parse("alpine").unwrap();
        assert_eq!(hub.registry(), Some("docker.io"));
        assert_eq!(hub.registry_host(), Some("registry-1.docker.io"));
        assert_eq!(hub.repository(), Some("library/alpine"));
    }

    #[test]
    fn registries() {
        for (text, registry, repository) in [
            ("localhost/app", "localhost", "app"),
            ("localhost:5000/app", "localhost:5000", "app"),
            ("127.0.0.1:5000/a/b/c", "127.0.0.1:5000", "a/b/c"),
            ("[::1]:5000/app", "[::1]:5000", "app"),
            ("[::1]/app", "[::1]", "app"),
            ("registry.example/app", "registry.example", "app"),
            ("Registry.Example/app", "registry.example", "app"),
            ("host:80/a__b/c--d.e_f", "host:80", "a__b/c--d.e_f"),
        ] {
            let reference = Reference::parse(text).unwrap();
            assert_eq!(
                (reference.registry().unwrap(), reference.repository().unwrap()),
                (registry, repository)
            );
            assert_eq!(Reference::parse(&reference.to_string()), Ok(reference));
        }
    }

    #[test]
    fn tags_and_digests() {
        let both = Reference::parse(&format!("registry.example/app:1.0@{DIGEST}")).unwrap();
        assert_eq!(both.tag(), Some("1.0"));
        assert_eq!(both.digest().unwrap().to_string(), DIGEST);
        let pinned = Reference::parse(&format!("registry.example/app@{DIGEST}")).unwrap();
        assert_eq!(pinned.tag(), None);
        assert_eq!(both.with_digest(*pinned.digest().unwrap()), pinned);
        assert_eq!(pinned.with_tag("x").unwrap().to_string(), "registry.example/app:x");
        assert_eq!(pinned.with_tag("a b"), Err(ReferenceError::Tag { found: "a b".to_owned() }));
    }

    #[test]
    fn refuses_by_rule() {
        assert_eq!(error(""), ReferenceError::Empty);
        assert_eq!(error("registry.example/"), ReferenceError::RepositoryEmpty);
        assert_eq!(error("registry.example/app:"), ReferenceError::TagEmpty);
        assert!(matches!(error("registry.example/app:.x"), ReferenceError::Tag { .. }));
        assert!(matches!(error("registry.example/app:a:b"), ReferenceError::Tag { .. }));
        assert!(matches!(error("registry.example/app:x/../y"), ReferenceError::Tag { .. }));
        assert!(matches!(error(&format!("a:{}", "x".repeat(129))), ReferenceError::TagLength { found: 129 }));
        assert!(Reference::parse(&format!("a:{}", "x".repeat(128))).is_ok());
        for part in
            ["App/x", "a..b", "a___b", "-a", "a-", "a/", "a//b", "../a", "a/%2e", "ä", "a b", "a?b", "a#b"]
        {
            let text = format!("registry.example/{part}");
            assert!(matches!(error(&text), ReferenceError::Repository { .. }), "{text}");
        }
        let long = format!("registry.example/{}", "a".repeat(256));
        assert_eq!(error(&long), ReferenceError::RepositoryLength { found: 256 });
        assert!(Reference::parse(&format!("registry.example/{}", "a".repeat(255))).is_ok());
        for host in [
            "a..b",
            "-a.b",
            "a.b-",
            "a.b:",
            "a.b:x",
            "a.b:0",
            "a.b:080",
            "a.b:+80",
            "a.b:65536",
            "u@h.x",
            "[::1",
            "[::g]",
            "[::1]x",
            "a_b.c",
            "h:1:2",
        ] {
            assert!(Reference::parse(&format!("{host}/app")).is_err(), "{host}");
        }
        let long = format!("{}.example/app", "a".repeat(260));
        assert!(matches!(error(&long), ReferenceError::RegistryLength { .. }));
        for digest in ["", "sha256", "sha256:00", "md5:00", "sha256:ba78@x"] {
            assert!(matches!(error(&format!("a@{digest}")), ReferenceError::Digest(_)), "{digest}");
        }
    }

    #[test]
    fn layouts() {
        let plain = Reference::parse("oci:/srv/layout").unwrap();
        assert_eq!(plain.layout().unwrap(), Path::new("/srv/layout"));
        assert_eq!((plain.tag(), plain.digest(), plain.registry()), (None, None, None));
        let named = Reference::parse("oci:dir:registry.example/app:1.0").unwrap();
        assert_eq!(
            (named.layout().unwrap(), named.tag()),
            (Path::new("dir"), Some("registry.example/app:1.0"))
        );
        let pinned = Reference::parse(&format!("oci:dir@{DIGEST}")).unwrap();
        assert_eq!(pinned.digest().unwrap().to_string(), DIGEST);
        assert_eq!(Reference::parse("oci:a@b").unwrap().layout().unwrap(), Path::new("a@b"));
        for text in ["oci:/srv/layout", "oci:dir:registry.example/app:1.0", &format!("oci:dir:x@{DIGEST}")] {
            assert_eq!(canonical(text), *text);
        }
        assert_eq!(error("oci:"), ReferenceError::LayoutDirectory { scheme: "oci:" });
        assert_eq!(error("oci::x"), ReferenceError::LayoutDirectory { scheme: "oci:" });
        assert_eq!(error("oci-archive:").to_string(), "reference oci-archive: names no file");
        assert!(matches!(error("oci:a:"), ReferenceError::LayoutName { .. }));
        assert!(matches!(error("oci:a:x y"), ReferenceError::LayoutName { .. }));
        assert!(matches!(error("oci:a@sha256:00"), ReferenceError::Digest(_)));
    }

    #[test]
    fn archives() {
        let named = Reference::parse("oci-archive:a/b.tar:registry.example/app:1.0").unwrap();
        assert_eq!(named.archive(), Some(Path::new("a/b.tar")));
        assert_eq!((named.layout(), named.registry()), (None, None));
        assert_eq!(named.tag(), Some("registry.example/app:1.0"));
        for text in ["oci-archive:b.tar", "oci-archive:a/b.tar:x", &format!("oci-archive:b.tar@{DIGEST}")] {
            assert_eq!(canonical(text), *text);
        }
        assert_ne!(named, Reference::parse("oci:a/b.tar:registry.example/app:1.0").unwrap());
    }
}
