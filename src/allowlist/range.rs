//! Ranges of versions: `>=1.2, <1.5`, in the order of the package's ecosystem.

use std::cmp::Ordering;
use std::fmt;

use crate::package::compare_versions;

/// Versions that an entry is limited to: every part must be met.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Range {
    parts: Vec<(Operator, String)>,
}

impl Range {
    /// Reads comparisons (`=`, `<`, `<=`, `>`, `>=`) with commas between; a version alone is `=`.
    ///
    /// # Errors
    /// A part has no version, another operator, or a version with a blank or a star in it.
    pub fn parse(text: &str) -> Result<Self, RangeError> {
        let parts = text.split(',').map(|part| read_part(part.trim())).collect::<Result<_, _>>()?;
        Ok(Self { parts })
    }

    /// This version and no other.
    #[must_use]
    pub fn exactly(version: impl Into<String>) -> Self {
        Self { parts: vec![(Operator::Equal, version.into())] }
    }

    /// The one version that it is, if it is one.
    #[must_use]
    pub fn as_exact(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [(Operator::Equal, version)] => Some(version),
            _ => None,
        }
    }

    /// Whether a version is within, for packages of this purl type; nothing where that cannot be said: the type is not
    /// known or has no order, or a version is none of it.
    #[must_use]
    pub fn contains(&self, kind: Option<&str>, version: &str) -> Option<bool> {
        let mut within = true;
        for (operator, bound) in &self.parts {
            within &= operator.holds(kind, version, bound)?;
        }
        Some(within)
    }

    /// The first bound that is no version of this ecosystem.
    pub(super) fn check(&self, kind: &str) -> Result<(), RangeError> {
        for (operator, bound) in &self.parts {
            if *operator != Operator::Equal && compare_versions(kind, bound, bound).is_none() {
                return Err(RangeError::NoOrder { kind: kind.to_owned(), version: bound.clone() });
            }
        }
        Ok(())
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (operator, version)) in self.parts.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{}{version}", operator.as_str())?;
        }
        Ok(())
    }
}

/// Why a range was not read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RangeError {
    /// A part without a version.
    #[error("a part is empty; write ranges as \">=1.2, <1.5\"")]
    Empty,
    /// Something else than a comparison.
    #[error("{found:?} is not a comparison as =1.2, >=1.2, <1.5")]
    Malformed {
        /// The part.
        found: String,
    },
    /// The ecosystem cannot compare it.
    #[error("{version:?} cannot be compared: it is no version of {kind}, or {kind} has no order")]
    NoOrder {
        /// Purl type.
        kind: String,
        /// The bound.
        version: String,
    },
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Operator {
    AtLeast,
    AtMost,
    Equal,
    Greater,
    Less,
}

impl Operator {
    /// The longer first: `<` is the beginning of `<=`.
    const ALL: [Self; 5] = [Self::AtLeast, Self::AtMost, Self::Equal, Self::Greater, Self::Less];

    const fn as_str(self) -> &'static str {
        match self {
            Self::AtLeast => ">=",
            Self::AtMost => "<=",
            Self::Equal => "=",
            Self::Greater => ">",
            Self::Less => "<",
        }
    }

    fn holds(self, kind: Option<&str>, version: &str, bound: &str) -> Option<bool> {
        if self == Self::Equal {
            return Some(is_same(kind, version, bound));
        }
        let order = compare_versions(kind?, version, bound)?;
        Some(match self {
            Self::AtLeast => order != Ordering::Less,
            Self::AtMost => order != Ordering::Greater,
            Self::Equal => order == Ordering::Equal,
            Self::Greater => order == Ordering::Greater,
            Self::Less => order == Ordering::Less,
        })
    }
}

/// Whether two texts are one version: `1.0` and `1.0.0` where the ecosystem says so. What follows a `+` has no order
/// in most ecosystems and yet tells a patched build from another, so it must be the same text.
fn is_same(kind: Option<&str>, a: &str, b: &str) -> bool {
    let has_build = a.contains('+') || b.contains('+');
    a == b
        || !has_build
            && kind
                .and_then(|kind| compare_versions(kind, a, b))
                .is_some_and(|order| order == Ordering::Equal)
}

fn read_part(part: &str) -> Result<(Operator, String), RangeError> {
    let found = Operator::ALL
        .into_iter()
        .find_map(|operator| Some((operator, part.strip_prefix(operator.as_str())?)));
    let (operator, version) = found.unwrap_or((Operator::Equal, part));
    let version = version.trim();
    if version.is_empty() {
        return Err(RangeError::Empty);
    }
    let is_version = version.starts_with(|c: char| c.is_alphanumeric())
        && !version.contains(|c: char| c.is_whitespace() || c.is_control() || "*<>=|!".contains(c));
    if !is_version {
        return Err(RangeError::Malformed { found: part.to_owned() });
    }
    Ok((operator, version.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(range: &str, kind: &str, version: &str) -> Option<bool> {
        Range::parse(range).unwrap().contains(Some(kind), version)
    }

    #[test]
    fn a_range_is_in_the_order_of_its_ecosystem() {
        for (range, kind, version, expected) in [
            (">=1.2, <1.5", "npm", "1.2.0", true),
            (">=1.2, <1.5", "npm", "1.4.9", true),
            (">=1.2, <1.5", "npm", "1.5.0", false),
            (">=1.2, <1.5", "npm", "1.10.0", false),
            // What comes before 1.5 is less than 1.5, and what comes before 1.2 less than 1.2.
            (">=1.2, <1.5", "npm", "1.2.0-rc.1", false),
            ("<1.5", "npm", "1.5.0-rc.1", true),
            ("<=3.0.11-1~deb12u2", "deb", "3.0.11-1~deb12u1", true),
            ("<=3.0.11-1~deb12u2", "deb", "3.0.11-1", false),
            (">2.0", "deb", "1:1.0", true),
            ("<1.1.1w-r1", "apk", "1.1.1w-r0", true),
            (">1.0, <=1.1", "pypi", "1.0.post1", true),
            ("1.0", "pypi", "1.0.0", true),
            ("=1.0", "pypi", "1.0.1", false),
            ("=1.0.0+build1", "npm", "1.0.0+build2", false),
            ("=1.0.0", "npm", "1.0.0+patched", false),
            ("=v1.2.3", "golang", "1.2.3", true),
        ] {
            assert_eq!(contains(range, kind, version), Some(expected), "{range} {kind} {version}");
        }
    }

    #[test]
    fn without_an_order_only_the_same_text_is_the_same() {
        let range = Range::parse(">=1").unwrap();
        assert_eq!(range.contains(None, "2"), None);
        assert_eq!(range.contains(Some("generic"), "2"), None);
        assert_eq!(range.contains(Some("npm"), "latest"), None);
        assert_eq!(Range::exactly("2").contains(None, "2"), Some(true));
        assert_eq!(Range::exactly("2").contains(None, "2.0"), Some(false));
    }

    #[test]
    fn other_spellings_are_errors() {
        for text in ["", ">=", "1,", ",1", ">=1,,<2"] {
            assert_eq!(Range::parse(text), Err(RangeError::Empty), "{text:?}");
        }
        for text in ["^1.2", "~1.2", "!=1", "*", "1.*", ">=1 <2", "== 1", "=>1", "1 || 2", ">=1.2 - 2"] {
            assert!(matches!(Range::parse(text), Err(RangeError::Malformed { .. })), "{text:?}");
        }
        assert_eq!(Range::parse(" >= 1.2 ,<1.5 ").unwrap().to_string(), ">=1.2, <1.5");
        assert_eq!(Range::parse("1.2").unwrap().as_exact(), Some("1.2"));
    }

    #[test]
    fn a_bound_must_be_a_version() {
        assert_eq!(Range::parse(">=1.2").unwrap().check("npm"), Ok(()));
        assert!(Range::parse("<latest").unwrap().check("npm").is_err());
        assert!(Range::parse("<1").unwrap().check("generic").is_err());
        assert_eq!(Range::exactly("latest").check("generic"), Ok(()));
    }
}
