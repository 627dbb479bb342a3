//! Package URLs: read, compared by what they name, and built.
//!
//! <https://github.com/package-url/purl-spec/blob/main/PURL-SPECIFICATION.rst>

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write;
use std::ops::Range;

/// A package URL, `pkg:type/namespace/name@version?qualifiers#subpath`, percent-decoded.
///
/// Most need no decoding: their parts are those of the text, so that the tens of thousands of a large report take one
/// allocation each.
#[derive(Clone, Debug)]
pub struct Purl {
    text: Box<str>,
    parts: Parts,
}

/// Type, namespace, name and version.
#[derive(Clone, Debug)]
enum Parts {
    Apart(Box<Decoded>),
    InText { kind: Range<u32>, namespace: Range<u32>, name: Range<u32>, version: Option<Range<u32>> },
}

#[derive(Clone, Debug)]
struct Decoded {
    kind: String,
    namespace: Option<String>,
    name: String,
    version: Option<String>,
}

impl Purl {
    /// Parses a package URL.
    ///
    /// # Errors
    /// No `pkg:` in front, no type, no name, or a broken percent escape.
    pub fn parse(text: &str) -> Result<Self, PurlError> {
        let malformed = |reason| PurlError { found: text.to_owned(), reason };
        let rest = text.strip_prefix("pkg:").ok_or_else(|| malformed("it does not begin with pkg:"))?;
        let rest = rest.split('#').next().unwrap_or_default();
        let rest = rest.split('?').next().unwrap_or_default().trim_matches('/');
        let (kind, path) = rest.split_once('/').ok_or_else(|| malformed("it has no type"))?;
        let path = path.trim_start_matches('/');
        // The version begins at the last @ of the last segment: scoped npm names begin with one.
        let start = path.rfind('/').map_or(0, |slash| slash.saturating_add(1));
        let last = path.get(start..).unwrap_or_default();
        let (name, version) = match last.rsplit_once('@') {
            Some((name, version)) if !name.is_empty() => (name, Some(version)),
            _ => (last, None),
        };
        let namespace = path.get(..start).unwrap_or_default().trim_end_matches('/');
        let decode = |part: &str| decode(part).ok_or_else(|| malformed("it has a broken percent escape"));
        if kind.is_empty() || name.is_empty() {
            return Err(malformed("it has no type or no name"));
        }
        let plain = |part: &str| !part.contains('%');
        let is_plain = plain(namespace) && plain(name) && version.is_none_or(plain);
        if is_plain && !kind.bytes().any(|byte| byte.is_ascii_uppercase()) {
            let ranges = (range(text, kind), range(text, namespace), range(text, name));
            let version = version.map(|version| range(text, version));
            if let (Some(kind), Some(namespace), Some(name)) = ranges
                && version != Some(None)
            {
                let parts = Parts::InText { kind, namespace, name, version: version.flatten() };
                return Ok(Self { text: text.into(), parts });
            }
        }
        let parts = Decoded {
            kind: kind.to_ascii_lowercase(),
            namespace: if namespace.is_empty() { None } else { Some(decode(namespace)?) },
            name: decode(name)?,
            version: version.map(decode).transpose()?,
        };
        Ok(Self { text: text.into(), parts: Parts::Apart(Box::new(parts)) })
    }

    /// A part of the text.
    fn part(&self, range: &Range<u32>) -> &str {
        let bound = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        self.text.get(bound(range.start)..bound(range.end)).unwrap_or_default()
    }

    /// The text as it was read.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The type, in lower case: `deb`, `npm`.
    #[must_use]
    pub fn kind(&self) -> &str {
        match &self.parts {
            Parts::Apart(parts) => &parts.kind,
            Parts::InText { kind, .. } => self.part(kind),
        }
    }

    /// The namespace, where there is one.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        match &self.parts {
            Parts::Apart(parts) => parts.namespace.as_deref(),
            Parts::InText { namespace, .. } => Some(self.part(namespace)).filter(|text| !text.is_empty()),
        }
    }

    /// The name without its namespace.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.parts {
            Parts::Apart(parts) => &parts.name,
            Parts::InText { name, .. } => self.part(name),
        }
    }

    /// The version, where there is one.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        match &self.parts {
            Parts::Apart(parts) => parts.version.as_deref(),
            Parts::InText { version, .. } => version.as_ref().map(|version| self.part(version)),
        }
    }

    /// A qualifier, percent-decoded; keys are in lower case.
    #[must_use]
    pub fn qualifier(&self, key: &str) -> Option<String> {
        let (_, qualifiers) = self.text.split('#').next()?.split_once('?')?;
        let mut pairs = qualifiers.split('&').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(found, _)| found.eq_ignore_ascii_case(key))?;
        decode(value).filter(|value| !value.is_empty())
    }

    /// One text for all spellings of the same version of the same package: what tools differ in is evened out.
    ///
    /// 1. Names are spelled as their type has them.
    /// 2. An epoch in a qualifier (`?epoch=1`, as Trivy writes it) goes in front of the version (`1:2.38`, as
    ///    syft has it), and the epoch 0, which means none, goes.
    /// 3. All is percent-decoded. Qualifiers and subpath are left out.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut canonical = format!("pkg:{}/{}", self.kind(), self.canonical_name());
        if let Some(version) = self.canonical_version() {
            canonical.push('@');
            canonical.push_str(&version);
        }
        canonical
    }

    /// Namespace and name of [`Self::canonical`], with slashes between.
    #[must_use]
    pub fn canonical_name(&self) -> String {
        let (namespace, name) = normalised(self.kind(), self.namespace(), self.name());
        let mut canonical = String::new();
        for segment in namespace.iter().flat_map(|namespace| namespace.split('/')) {
            if !segment.is_empty() {
                canonical.push_str(segment);
                canonical.push('/');
            }
        }
        canonical.push_str(&name);
        canonical
    }

    /// Version of [`Self::canonical`].
    #[must_use]
    pub fn canonical_version(&self) -> Option<String> {
        let version = self.version().filter(|version| !version.is_empty())?;
        let of_system = matches!(self.kind(), "alpm" | "deb" | "rpm");
        let epoch = if of_system { self.qualifier("epoch") } else { None };
        Some(match epoch.filter(|epoch| epoch != "0" && !version.starts_with(&format!("{epoch}:"))) {
            Some(epoch) => format!("{epoch}:{version}"),
            None if of_system => version.strip_prefix("0:").unwrap_or(version).to_owned(),
            None => version.to_owned(),
        })
    }

    /// Whether `other` is the same package. Qualifiers do not count; a version counts if `self` has one.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.kind() == other.kind()
            && self.namespace() == other.namespace()
            && self.name() == other.name()
            && (self.version().is_none() || self.version() == other.version())
    }
}

impl PartialEq for Purl {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
            && self.kind() == other.kind()
            && self.namespace() == other.namespace()
            && self.name() == other.name()
            && self.version() == other.version()
    }
}

impl Eq for Purl {}

/// Where a part stands in the text that it is a part of.
fn range(text: &str, part: &str) -> Option<Range<u32>> {
    let start = part.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    let end = start.checked_add(part.len())?;
    Some(u32::try_from(start).ok()?..u32::try_from(end).ok()?)
}

impl fmt::Display for Purl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Builds a package URL in its canonical spelling.
///
/// ```
/// use portcullis::package::PurlBuilder;
///
/// let purl = PurlBuilder::new("deb", "libc6").namespace("debian").version("1:2.36-9").qualifier("arch", "amd64").build();
/// assert_eq!(purl.as_str(), "pkg:deb/debian/libc6@1:2.36-9?arch=amd64");
/// ```
#[derive(Clone, Debug)]
pub struct PurlBuilder {
    kind: &'static str,
    namespace: Option<String>,
    name: String,
    version: Option<String>,
    qualifiers: BTreeMap<&'static str, String>,
    subpath: Option<String>,
}

impl PurlBuilder {
    /// `kind` is a registered type in lower case: `deb`. `name` is spelled as the type wants it.
    #[must_use]
    pub fn new(kind: &'static str, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { kind, namespace: None, name, version: None, qualifiers: BTreeMap::new(), subpath: None }
    }

    /// The namespace; its segments are separated by `/`.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into()).filter(|text| !text.is_empty());
        self
    }

    /// The version.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into()).filter(|text| !text.is_empty());
        self
    }

    /// A qualifier; an empty value is none.
    #[must_use]
    pub fn qualifier(mut self, key: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.qualifiers.insert(key, value);
        }
        self
    }

    /// The subpath.
    #[must_use]
    pub fn subpath(mut self, subpath: impl Into<String>) -> Self {
        self.subpath = Some(subpath.into()).filter(|text| !text.is_empty());
        self
    }

    /// The package URL.
    #[must_use]
    pub fn build(self) -> Purl {
        let segments = |path: &str| {
            let segments = path.split('/').filter(|segment| !segment.is_empty()).map(encode);
            segments.collect::<Vec<_>>().join("/")
        };
        let mut text = format!("pkg:{}/", self.kind);
        if let Some(namespace) = &self.namespace {
            text += &segments(namespace);
            text.push('/');
        }
        text += &encode(&self.name);
        if let Some(version) = &self.version {
            text.push('@');
            text += &encode(version);
        }
        for (index, (key, value)) in self.qualifiers.iter().enumerate() {
            text.push(if index == 0 { '?' } else { '&' });
            text += key;
            text.push('=');
            text += &encode(value);
        }
        if let Some(subpath) = &self.subpath {
            text.push('#');
            text += &segments(subpath);
        }
        let Self { kind, namespace, name, version, .. } = self;
        let parts = Decoded { kind: kind.to_owned(), namespace, name, version };
        Purl { text: text.into(), parts: Parts::Apart(Box::new(parts)) }
    }
}

/// Namespace and name as their type spells them.
/// <https://github.com/package-url/purl-spec/blob/main/PURL-TYPES.rst>
fn normalised(kind: &str, namespace: Option<&str>, name: &str) -> (Option<String>, String) {
    let lower = |text: &str| text.to_lowercase();
    match kind {
        // The distributions do not know upper case, and tools write Debian's name in both.
        "alpm" | "apk" | "bitbucket" | "composer" | "deb" | "github" | "gitlab" | "hex" | "oci" | "pub"
        | "docker" => (namespace.map(lower), lower(name)),
        // The specification has modules in lower case; what they are called is not, so this is for comparing only.
        "golang" => (namespace.map(lower), lower(name)),
        // PEP 503: runs of `-`, `_` and `.` are one `-`.
        "pypi" => {
            let mut plain = String::with_capacity(name.len());
            for c in name.chars() {
                match c {
                    '-' | '_' | '.' if plain.ends_with('-') => {}
                    '-' | '_' | '.' => plain.push('-'),
                    _ => plain.extend(c.to_lowercase()),
                }
            }
            (None, plain)
        }
        "npm" => (namespace.map(lower), lower(name)),
        "rpm" => (namespace.map(lower), name.to_owned()),
        _ => (namespace.map(str::to_owned), name.to_owned()),
    }
}

/// Percent-encodes all but what the specification leaves bare: letters, digits, `.-_~` and the colon.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b':' => {
                encoded.push(char::from(byte));
            }
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// Why a text is not a package URL.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{found:?} is not a package URL: {reason}")]
pub struct PurlError {
    /// The text.
    pub found: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next()?, rest.next()?];
            let digits =
                std::str::from_utf8(&pair).ok().filter(|pair| pair.bytes().all(|b| b.is_ascii_hexdigit()))?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Purl {
        Purl::parse(text).unwrap()
    }

    #[test]
    fn what_is_read_and_what_is_built_are_equal() {
        for built in [
            PurlBuilder::new("deb", "libc6")
                .namespace("debian")
                .version("1:2.36-9")
                .qualifier("arch", "amd64")
                .build(),
            PurlBuilder::new("npm", "animation").namespace("@angular").version("1.0").build(),
            PurlBuilder::new("generic", "a b").build(),
        ] {
            let read = Purl::parse(built.as_str()).unwrap();
            assert_eq!(read, built);
            assert_eq!((read.kind(), read.namespace()), (built.kind(), built.namespace()));
            assert_eq!((read.name(), read.version()), (built.name(), built.version()));
        }
        let upper = Purl::parse("pkg:DEB//debian/Curl@1%3A2?a=b").unwrap();
        assert_eq!((upper.kind(), upper.namespace()), ("deb", Some("debian")));
        assert_eq!((upper.name(), upper.version()), ("Curl", Some("1:2")));
        let plain = Purl::parse("pkg:deb//debian//Curl@?a=b").unwrap();
        assert_eq!((plain.namespace(), plain.name(), plain.version()), (Some("debian"), "Curl", Some("")));
        assert_ne!(plain, upper);
    }

    #[test]
    fn reads_the_examples_of_the_specification() {
        let purl = parse("pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie");
        assert_eq!((purl.kind(), purl.name(), purl.version()), ("deb", "curl", Some("7.50.3-1")));
        let purl = parse("pkg:npm/%40angular/animation@12.3.1");
        assert_eq!((purl.namespace(), purl.name()), (Some("@angular"), "animation"));
        let purl = parse("pkg:golang/google.golang.org/genproto#googleapis/api/annotations");
        assert_eq!(
            (purl.namespace(), purl.name(), purl.version()),
            (Some("google.golang.org"), "genproto", None)
        );
        let purl = parse("pkg:docker/cassandra@sha256:244fd47e07d1004f0aed9c");
        assert_eq!(purl.version(), Some("sha256:244fd47e07d1004f0aed9c"));
        assert_eq!(parse("pkg:npm/@scope/name").name(), "name");
        assert_eq!(parse("pkg:npm/@name").name(), "@name");
    }

    #[test]
    fn compares_what_is_named() {
        let found = parse("pkg:deb/debian/openssl@3.0.1?distro=debian-12");
        assert!(parse("pkg:deb/debian/openssl").covers(&found));
        assert!(parse("pkg:DEB/debian/openssl@3.0.1?arch=amd64").covers(&found));
        assert!(!parse("pkg:deb/debian/openssl@3.0.2").covers(&found));
        assert!(!parse("pkg:deb/ubuntu/openssl").covers(&found));
        assert!(!parse("pkg:rpm/debian/openssl").covers(&found));
        assert!(!parse("pkg:deb/debian/libssl3").covers(&found));
        assert!(!found.covers(&parse("pkg:deb/debian/openssl")));
    }

    /// What syft 1.18.1 and Trivy write of the same package.
    #[test]
    fn spellings_of_one_package_have_one_canonical_text() {
        for (one, other) in [
            ("pkg:deb/debian/libc6@1:2.38-1?arch=amd64", "pkg:deb/debian/libc6@2.38-1?arch=amd64&epoch=1"),
            (
                "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1",
                "pkg:deb/debian/libstdc++6@12.2.0-14+deb12u1",
            ),
            ("pkg:rpm/redhat/bash@0:5.1-1", "pkg:rpm/redhat/bash@5.1-1?epoch=0"),
            ("pkg:pypi/ruamel.yaml@0.18", "pkg:pypi/Ruamel_YAML@0.18"),
            ("pkg:npm/%40babel/core@7.0.0", "pkg:npm/@babel/core@7.0.0"),
            (
                "pkg:golang/github.com/Masterminds/semver@v3.0.0",
                "pkg:golang/github.com/masterminds/semver@v3.0.0",
            ),
            ("pkg:oci/debian@sha256%3Aab?tag=1", "pkg:oci/debian@sha256:ab"),
        ] {
            assert_eq!(parse(one).canonical(), parse(other).canonical());
        }
        assert_eq!(
            parse("pkg:deb/debian/libc6@2.38?epoch=1&distro=x").canonical(),
            "pkg:deb/debian/libc6@1:2.38"
        );
        let different = [
            ("pkg:maven/g/A@1", "pkg:maven/g/a@1"),
            ("pkg:deb/debian/a@1:1", "pkg:deb/debian/a@1"),
            ("pkg:gem/a@1?epoch=1", "pkg:gem/a@1:1"),
        ];
        for (one, other) in different {
            assert_ne!(parse(one).canonical(), parse(other).canonical());
        }
    }

    #[test]
    fn refuses_what_is_not_one() {
        for text in [
            "",
            "openssl",
            "pkg:",
            "pkg:deb",
            "pkg:deb/",
            "pkg:/x",
            "pkg:deb/a%2",
            "pkg:deb/a%zz",
            "pkg:deb/a%+1",
        ] {
            assert!(Purl::parse(text).is_err(), "{text:?}");
        }
    }
}
