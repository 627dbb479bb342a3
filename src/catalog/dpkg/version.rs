//! How dpkg orders versions: `[epoch:]upstream[-revision]`.
//! <https://www.debian.org/doc/debian-policy/ch-controlfields.html#version>

use std::cmp::Ordering;

/// Whether `left` is older than `right`.
pub(in crate::catalog) fn compare(left: &str, right: &str) -> Ordering {
    let (left, right) = (split(left), split(right));
    let epochs = numbers(left.0, right.0);
    epochs.then_with(|| parts(left.1, right.1)).then_with(|| parts(left.2, right.2))
}

/// Epoch, upstream version, revision.
fn split(version: &str) -> (&str, &str, &str) {
    let (epoch, rest) = version.trim().split_once(':').unwrap_or(("0", version.trim()));
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
    (epoch, upstream, revision)
}

/// Parts without digits and numbers by turns.
fn parts(mut left: &str, mut right: &str) -> Ordering {
    while !(left.is_empty() && right.is_empty()) {
        let ((left_word, left_rest), (right_word, right_rest)) = (word(left), word(right));
        let ((left_number, left_rest), (right_number, right_rest)) = (number(left_rest), number(right_rest));
        let order = words(left_word, right_word).then_with(|| numbers(left_number, right_number));
        if order.is_ne() {
            return order;
        }
        (left, right) = (left_rest, right_rest);
    }
    Ordering::Equal
}

fn word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn number(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// Character by character: the tilde before the end, the end before letters, letters before the rest.
fn words(left: &str, right: &str) -> Ordering {
    let weight = |byte: Option<u8>| match byte {
        Some(b'~') => (0, 0),
        None => (1, 0),
        Some(byte) if byte.is_ascii_alphabetic() => (2, byte),
        Some(byte) => (3, byte),
    };
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let places = 0..left.len().max(right.len());
    let mut orders =
        places.map(|place| weight(left.get(place).copied()).cmp(&weight(right.get(place).copied())));
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// Numbers of any length; none is zero.
fn numbers(left: &str, right: &str) -> Ordering {
    let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `dpkg --compare-versions` says so of each.
    #[test]
    fn orders_as_dpkg_does() {
        let ascending = [
            "1.0~~",
            "1.0~~a",
            "1.0~",
            "1.0~rc1-1",
            "1.0",
            "1.0-1",
            "1.0-1+b1",
            "1.0-1+deb12u1",
            "1.0-1.1",
            "1.0-2",
            "1.0a",
            "1.0+dfsg-1",
            "1.0.1",
            "1.9",
            "1.10",
            "1:0.5",
            "2:0~",
        ];
        for (place, left) in ascending.iter().enumerate() {
            for (other, right) in ascending.iter().enumerate() {
                assert_eq!(compare(left, right), place.cmp(&other), "{left} {right}");
            }
        }
        for (left, right) in [("0:1.0", "1.0"), ("1.0-0", "1.0"), ("1.00", "1.0"), ("", "0")] {
            assert_eq!(compare(left, right), Ordering::Equal, "{left} {right}");
        }
    }

    proptest::proptest! {
        #[test]
        fn is_antisymmetric(left in "[0-9a~+.:-]{0,8}", right in "[0-9a~+.:-]{0,8}") {
            proptest::prop_assert_eq!(compare(&left, &right), compare(&right, &left).reverse());
        }
    }
}
