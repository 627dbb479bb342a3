//! The order of Gentoo's versions. <https://projects.gentoo.org/pms/8/pms.html#version-comparison>

use std::cmp::Ordering;

/// Algorithm 3.1: numbers, a letter, suffixes, the revision.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    let (left, right) = (Version::split(left), Version::split(right));
    compare_numbers(left.numbers, right.numbers)
        .then(left.letter.cmp(&right.letter))
        .then_with(|| compare_suffixes(left.suffixes, right.suffixes))
        .then_with(|| by_value(left.revision, right.revision))
}

/// Without the revision, which `~` leaves open.
pub(super) fn without_revision(version: &str) -> &str {
    version.split("-r").next().unwrap_or(version)
}

struct Version<'a> {
    /// `1.5.1`.
    numbers: &'a str,
    letter: Option<char>,
    /// `alpha1_p2`.
    suffixes: &'a str,
    /// The number behind `-r`.
    revision: &'a str,
}

impl<'a> Version<'a> {
    fn split(text: &'a str) -> Self {
        let (text, revision) = text.split_once("-r").unwrap_or((text, ""));
        let (numbers, suffixes) = text.split_once('_').unwrap_or((text, ""));
        let letter = numbers.chars().last().filter(char::is_ascii_lowercase);
        let numbers = numbers.trim_end_matches(|c: char| c.is_ascii_lowercase());
        Self { numbers, letter, suffixes, revision }
    }
}

/// Algorithm 3.2 and 3.3: the first by its value; others so only if neither begins with a zero.
fn compare_numbers(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    let mut order = by_value(left.next().unwrap_or_default(), right.next().unwrap_or_default());
    while order.is_eq() {
        order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(left), Some(right)) if left.starts_with('0') || right.starts_with('0') => {
                left.trim_end_matches('0').cmp(right.trim_end_matches('0'))
            }
            (Some(left), Some(right)) => by_value(left, right),
        };
    }
    order
}

/// Algorithm 3.5 and 3.6: what follows without a suffix is later than all but `_p`.
fn compare_suffixes(left: &str, right: &str) -> Ordering {
    let suffixes = |text: &str| -> Vec<(u8, String)> {
        text.split('_').filter(|suffix| !suffix.is_empty()).map(suffix).collect()
    };
    let (left, right) = (suffixes(left), suffixes(right));
    let none = (NONE, String::new());
    for place in 0..left.len().max(right.len()) {
        let (left, right) = (left.get(place).unwrap_or(&none), right.get(place).unwrap_or(&none));
        let order = left.0.cmp(&right.0).then_with(|| by_value(&left.1, &right.1));
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

fn suffix(text: &str) -> (u8, String) {
    let end = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    let (name, number) = text.split_at_checked(end).unwrap_or((text, ""));
    let rank = match name {
        "alpha" => 0,
        "beta" => 1,
        "pre" => 2,
        "rc" => 3,
        _ => NONE.saturating_add(1),
    };
    (rank, number.to_owned())
}

/// Between `rc` and `p`.
const NONE: u8 = 4;

/// Numbers of any length.
fn by_value(left: &str, right: &str) -> Ordering {
    let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From Portage's own tests (`test_vercmp.py`).
    #[test]
    fn orders_as_portage_does() {
        for (less, greater) in [
            ("5.0", "6.0"),
            ("5", "5.0"),
            ("1.0-r0", "1.0-r1"),
            ("1.0", "1.0-r1"),
            ("1.2.3", "1.2.3-r1"),
            ("4.0", "5.0"),
            ("12.2b", "12.2.5"),
            ("4.0_alpha", "4.0"),
            ("1.0_pre2", "1.0_p2"),
            ("1.0_alpha2", "1.0_p2"),
            ("1.0_alpha1", "1.0_beta1"),
            ("1.0_beta3", "1.0_rc3"),
            ("1.001000000000000000001", "1.001000000000000000002"),
            ("1.00100000000", "1.001000000000000001"),
            ("1.01", "1.1"),
            ("999999999999999998", "999999999999999999"),
            ("999999999999999999", "1000000000000000000"),
            ("1.0_pre20040604", "1.0_pre20060604"),
            ("1.0_alpha", "1.0_alpha1"),
            ("19990723", "19990725"),
        ] {
            assert_eq!(compare(less, greater), Ordering::Less, "{less} {greater}");
            assert_eq!(compare(greater, less), Ordering::Greater, "{less} {greater}");
        }
        for (left, right) in [("4.0", "4.0"), ("1.0", "1.0-r0"), ("1.0_p", "1.0_p0"), ("1.010", "1.01")] {
            assert_eq!(compare(left, right), Ordering::Equal, "{left} {right}");
        }
        assert_eq!(without_revision("1.2-r3"), "1.2");
    }
}
