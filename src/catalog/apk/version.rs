//! How apk orders versions: `digits{.digits}[letter]{_suffix[digits]}[~hash][-rN]`.
//! <https://gitlab.alpinelinux.org/alpine/apk-tools/-/blob/master/doc/apk-package.5.scd>

use std::cmp::Ordering;

/// Whether `left` is older than `right`; `None` if either is no version.
pub(super) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (Version::parse(left)?, Version::parse(right)?);
    Some(left.compare(&right))
}

/// Whether `version` begins with all the parts of `prefix`, as `~` in a dependency asks.
pub(super) fn begins_with(version: &str, prefix: &str) -> Option<bool> {
    let (version, prefix) = (Version::parse(version)?, Version::parse(prefix)?);
    Some(version.begins_with(&prefix))
}

#[derive(Debug)]
struct Version<'a> {
    numbers: Vec<&'a str>,
    letter: Option<u8>,
    /// Rank and number.
    suffixes: Vec<(u8, &'a str)>,
    revision: Option<&'a str>,
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (rest, revision) = match text.rsplit_once("-r") {
            Some((rest, revision)) if is_number(revision) => (rest, Some(revision)),
            _ => (text, None),
        };
        // A commit's hash tells versions apart but does not order them.
        let rest = rest.split('~').next()?;
        let mut parts = rest.split('_');
        let dotted = parts.next()?;
        let (dotted, letter) = match dotted.as_bytes() {
            [.., letter @ b'a'..=b'z'] => (dotted.get(..dotted.len().checked_sub(1)?)?, Some(*letter)),
            _ => (dotted, None),
        };
        let numbers: Vec<&str> = dotted.split('.').collect();
        let suffixes: Option<Vec<(u8, &str)>> = parts.map(suffix).collect();
        let valid = numbers.iter().all(|number| is_number(number));
        valid.then_some(Self { numbers, letter, suffixes: suffixes?, revision })
    }

    fn compare(&self, other: &Self) -> Ordering {
        let numbers = || {
            let mut pairs = self.numbers.iter().zip(&other.numbers).enumerate();
            let differs = pairs.find_map(|(index, (left, right))| {
                let order = if index == 0 { by_value(left, right) } else { by_place(left, right) };
                Some(order).filter(|order| order.is_ne())
            });
            differs.unwrap_or_else(|| self.numbers.len().cmp(&other.numbers.len()))
        };
        let revision = |version: &Self| version.revision.unwrap_or("0").to_owned();
        numbers()
            .then_with(|| self.letter.cmp(&other.letter))
            .then_with(|| self.compare_suffixes(other))
            .then_with(|| by_value(&revision(self), &revision(other)))
    }

    fn compare_suffixes(&self, other: &Self) -> Ordering {
        let places = self.suffixes.len().max(other.suffixes.len());
        let at = |version: &Self, place: usize| {
            version.suffixes.get(place).map_or((NO_SUFFIX, "0"), |s| (s.0, s.1))
        };
        let pairs = (0..places).map(|place| {
            let ((left, left_number), (right, right_number)) = (at(self, place), at(other, place));
            left.cmp(&right).then_with(|| by_value(left_number, right_number))
        });
        pairs.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    fn begins_with(&self, prefix: &Self) -> bool {
        let ends_in_numbers =
            prefix.letter.is_none() && prefix.suffixes.is_empty() && prefix.revision.is_none();
        let numbers =
            self.numbers.iter().zip(&prefix.numbers).all(|(left, right)| by_value(left, right).is_eq());
        if ends_in_numbers {
            return numbers && self.numbers.len() >= prefix.numbers.len();
        }
        let revision = prefix.revision.is_none() || self.compare(prefix).is_eq();
        let unrevised = self.letter == prefix.letter && self.compare_suffixes(prefix).is_eq();
        numbers && self.numbers.len() == prefix.numbers.len() && unrevised && revision
    }
}

const NO_SUFFIX: u8 = 4;

fn suffix(text: &str) -> Option<(u8, &str)> {
    const SUFFIXES: [(&str, u8); 9] = [
        ("alpha", 0),
        ("beta", 1),
        ("pre", 2),
        ("rc", 3),
        ("cvs", 5),
        ("svn", 6),
        ("git", 7),
        ("hg", 8),
        ("p", 9),
    ];
    let find = |(name, rank): &(&str, u8)| {
        let number = text.strip_prefix(name)?;
        (number.is_empty() || is_number(number)).then_some((*rank, number))
    };
    SUFFIXES.iter().find_map(find)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// As numbers of any length; nothing is zero.
fn by_value(left: &str, right: &str) -> Ordering {
    let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

/// After a dot, a number that begins with zero is a decimal fraction: 1.05 is older than 1.1.
fn by_place(left: &str, right: &str) -> Ordering {
    if left.starts_with('0') || right.starts_with('0') { left.cmp(right) } else { by_value(left, right) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the test suite of apk-tools, `test/unit/version_test.c` and `test/version.data`.
    #[test]
    fn orders_as_apk_does() {
        let cases = [
            ("2.34", "0.1.0_alpha", Ordering::Greater),
            ("0.1.0_alpha", "0.1.0_alpha", Ordering::Equal),
            ("0.1.0_alpha", "0.1.3_alpha", Ordering::Less),
            ("0.1.3_alpha", "0.1.0", Ordering::Greater),
            ("0.1.0_alpha2", "0.1.0_alpha", Ordering::Greater),
            ("0.1.0_alpha", "0.1.0_beta", Ordering::Less),
            ("1.0_p10-r0", "1.0_p9-r0", Ordering::Greater),
            ("1.0", "1.0_rc3", Ordering::Greater),
            ("1.0", "1.0_p1", Ordering::Less),
            ("1.0", "1.0b", Ordering::Less),
            ("1.0-r2", "1.0-r10", Ordering::Less),
            ("1.0.0", "1.0", Ordering::Greater),
            ("1.05", "1.1", Ordering::Less),
            ("20231105", "20240101", Ordering::Less),
            ("6.0_pre1", "6.0", Ordering::Less),
            ("1.2.5~1f2a-r0", "1.2.5-r0", Ordering::Equal),
        ];
        for (left, right, expected) in cases {
            assert_eq!(compare(left, right), Some(expected), "{left} {right}");
            assert_eq!(compare(right, left), Some(expected.reverse()), "{right} {left}");
        }
        for text in ["", "x", "1.", "1_what", "1..2", "-r1"] {
            assert_eq!(compare(text, "1"), None, "{text:?}");
        }
    }

    #[test]
    fn compares_beginnings() {
        let cases = [
            ("1.2.3-r1", "1.2", true),
            ("1.20-r0", "1.2", false),
            ("1", "1.2", false),
            ("1.2-r1", "1.2-r1", true),
        ];
        for (version, prefix, expected) in cases {
            assert_eq!(begins_with(version, prefix), Some(expected), "{version} {prefix}");
        }
    }
}
