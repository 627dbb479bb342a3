//! Jar manifests. <https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html#jar-manifest>

/// The main section of a manifest, and what other sections say of versions.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Manifest {
    /// The attributes of the main section, in their order.
    pub(super) main: Vec<(String, String)>,
    /// `Implementation-*`, `Specification-*` and `Bundle-*` of the sections for single packages, the first
    /// of each name: Ant and Xerces write their versions there.
    sections: Vec<(String, String)>,
}

impl Manifest {
    /// Reads a manifest. Lines that are no attribute are passed over, as the JVM passes over what it does
    /// not know: one strange line must not hide a library.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let mut manifest = Self::default();
        let mut section = 0;
        let mut blank = false;
        for line in unfold(bytes) {
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_start_matches('\u{feff}');
            if line.is_empty() {
                blank = true;
                continue;
            }
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim(), value.trim());
            if key.is_empty() {
                continue;
            }
            if blank && !manifest.main.is_empty() {
                section += 1;
            }
            blank = false;
            if section == 0 {
                if value.len() <= VALUE_BYTES && manifest.main.len() < ATTRIBUTES {
                    manifest.main.push((key.to_owned(), value.to_owned()));
                }
            } else if section > SECTIONS {
                break;
            } else if is_version_field(key) && find(&manifest.sections, key).is_none() {
                manifest.sections.push((key.to_owned(), value.to_owned()));
            }
        }
        manifest
    }

    /// An attribute of the main section that says something.
    pub(super) fn main(&self, name: &str) -> Option<&str> {
        find(&self.main, name)
    }

    /// The same; where the main section does not have it, of another section.
    pub(super) fn any(&self, name: &str) -> Option<&str> {
        self.main(name).or_else(|| find(&self.sections, name))
    }
}

/// Attribute names are case-insensitive. A placeholder that a build did not fill in says nothing.
fn find<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty() && !value.contains("${"))
}

fn is_version_field(key: &str) -> bool {
    let starts = |prefix: &str| key.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    starts("Implementation-") || starts("Specification-") || starts("Bundle-")
}

/// The lines of a manifest with their continuations, which begin with one space. A line ends after 72
/// bytes, also within a character, so lines are put together before they are decoded.
fn unfold(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let mut line = next_line(&mut rest)?.to_vec();
        while let Some(more) = rest.strip_prefix(b" ") {
            rest = more;
            line.extend_from_slice(next_line(&mut rest).unwrap_or_default());
        }
        Some(line)
    })
}

/// Takes one line, which ends in CR LF, LF or CR, off `rest`.
fn next_line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    if rest.is_empty() {
        return None;
    }
    let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
    let (line, tail) = rest.split_at(end);
    *rest = tail.strip_prefix(b"\r\n").or_else(|| tail.get(1..)).unwrap_or_default();
    Some(line)
}

/// Bytes of one attribute that are kept. Longer ones are lists of packages, which nothing here reads.
const VALUE_BYTES: usize = 16 << 10;

/// Attributes of the main section that are kept. Real ones have below 60.
const ATTRIBUTES: usize = 256;

/// Sections that are looked at after the main one. A signed jar has one for each of its classes.
const SECTIONS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn puts_continued_lines_together() {
        let text = "Manifest-Version: 1.0\r\nBundle-Name: An example of a na\r\n me that goes on\r\n\r\nName: x\r\nImplementation-Version: 3\r\n";
        let manifest = Manifest::parse(text.as_bytes());
        assert_eq!(manifest.main("bundle-name"), Some("An example of a name that goes on"));
        assert_eq!(manifest.main("Implementation-Version"), None);
        assert_eq!(manifest.any("Implementation-Version"), Some("3"));
        assert_eq!(manifest.main.len(), 2);
    }

    #[test]
    fn decodes_characters_that_are_split_between_lines() {
        let manifest = Manifest::parse(b"Vendor: Fran\xc3\n \xa7ois\rOther: \xff\n");
        assert_eq!(manifest.main("Vendor"), Some("Fran\u{e7}ois"));
        assert_eq!(manifest.main("Other"), Some("\u{fffd}"));
    }

    #[test]
    fn passes_over_what_is_no_attribute() {
        assert_eq!(Manifest::parse(b""), Manifest::default());
        assert_eq!(Manifest::parse(b" lost\n\nno colon\n: nothing\n"), Manifest::default());
        let manifest = Manifest::parse(b"\n\nImplementation-Version: ${project.version}\nA:\n");
        assert_eq!((manifest.main("Implementation-Version"), manifest.main("A")), (None, None));
    }
}
