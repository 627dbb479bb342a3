//! How rpm orders versions: `[epoch:]version[-release]`, by segments of digits or letters.
//! <https://rpm-software-management.github.io/rpm/manual/dependencies.html#versioning>

use std::cmp::Ordering;

/// Whether `left` is older than `right`. A release counts only where both have one.
pub(in crate::catalog) fn compare(left: &str, right: &str) -> Ordering {
    let ((left_epoch, left), (right_epoch, right)) = (epoch(left), epoch(right));
    let (left, left_release) = release(left);
    let (right, right_release) = release(right);
    let releases = match (left_release, right_release) {
        (Some(left), Some(right)) => segments(left, right),
        _ => Ordering::Equal,
    };
    segments(left_epoch, right_epoch).then_with(|| segments(left, right)).then(releases)
}

fn epoch(version: &str) -> (&str, &str) {
    match version.split_once(':') {
        Some(("", rest)) => ("0", rest),
        Some(parts) => parts,
        None => ("0", version),
    }
}

fn release(version: &str) -> (&str, Option<&str>) {
    version.rsplit_once('-').map_or((version, None), |(version, release)| (version, Some(release)))
}

/// `rpmvercmp`: a tilde is older than the end, a caret newer than the end and older than anything else.
fn segments(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.as_bytes(), right.as_bytes());
    loop {
        (left, right) = (meaningful(left), meaningful(right));
        for (mark, at_end) in [(b'~', Ordering::Greater), (b'^', Ordering::Less)] {
            let (has_left, has_right) = (left.first() == Some(&mark), right.first() == Some(&mark));
            if has_left && !has_right {
                // Against the end the two marks differ; against anything else both are older.
                return if right.is_empty() { at_end.reverse() } else { Ordering::Less };
            }
            if has_right && !has_left {
                return if left.is_empty() { at_end } else { Ordering::Greater };
            }
        }
        if let ([b'~' | b'^', rest_left @ ..], [b'~' | b'^', rest_right @ ..]) = (left, right) {
            (left, right) = (rest_left, rest_right);
            continue;
        }
        if left.is_empty() || right.is_empty() {
            return left.len().min(1).cmp(&right.len().min(1));
        }
        let digits = left.first().is_some_and(u8::is_ascii_digit);
        let ((left_part, left_rest), (right_part, right_rest)) =
            (segment(left, digits), segment(right, digits));
        if right_part.is_empty() {
            // A number is newer than a word.
            return if digits { Ordering::Greater } else { Ordering::Less };
        }
        let order = if digits { numbers(left_part, right_part) } else { left_part.cmp(right_part) };
        if order.is_ne() {
            return order;
        }
        (left, right) = (left_rest, right_rest);
    }
}

fn meaningful(text: &[u8]) -> &[u8] {
    let separates = |byte: &u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'~' | b'^'));
    let start = text.iter().take_while(|byte| separates(byte)).count();
    text.get(start..).unwrap_or_default()
}

fn segment(text: &[u8], digits: bool) -> (&[u8], &[u8]) {
    let belongs = |byte: &u8| if digits { byte.is_ascii_digit() } else { byte.is_ascii_alphabetic() };
    text.split_at(text.iter().take_while(|byte| belongs(byte)).count())
}

fn numbers(left: &[u8], right: &[u8]) -> Ordering {
    let significant = |text: &[u8]| text.iter().copied().skip_while(|byte| *byte == b'0').collect::<Vec<_>>();
    let (left, right) = (significant(left), significant(right));
    left.len().cmp(&right.len()).then_with(|| left.cmp(&right))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From rpm's own test suite, `tests/rpmvercmp.at`.
    #[test]
    fn orders_as_rpm_does() {
        let cases = [
            ("1.0", "1.0", 0),
            ("1.0", "2.0", -1),
            ("2.0.1a", "2.0.1", 1),
            ("5.5p1", "5.5p10", -1),
            ("10xyz", "10.1xyz", -1),
            ("xyz10", "xyz10.1", -1),
            ("xyz.4", "8", -1),
            ("5.5p2", "5.6p1", -1),
            ("6.0.rc1", "6.0", 1),
            ("10b2", "10a1", 1),
            ("1.0aa", "1.0a", 1),
            ("10.0001", "10.1", 0),
            ("4.999.9", "5.0", -1),
            ("2_0", "2.0", 0),
            ("a+", "a_", 0),
            ("+", "_", 0),
            ("1.0~rc1", "1.0", -1),
            ("1.0~rc1~git123", "1.0~rc1", -1),
            ("1.0^", "1.0", 1),
            ("1.0^git1", "1.01", -1),
            ("1.0^20160101", "1.0.1", -1),
            ("1.0~rc1^git1", "1.0~rc1", 1),
            ("1.0^git1~pre", "1.0^git1", -1),
            ("1:1", "2", 1),
            ("0:1", "1", 0),
            ("1-2", "1", 0),
            ("1-2", "1-3", -1),
        ];
        for (left, right, expected) in cases {
            assert_eq!(compare(left, right), expected.cmp(&0), "{left} {right}");
            assert_eq!(compare(right, left), 0.cmp(&expected), "{right} {left}");
        }
    }

    proptest::proptest! {
        #[test]
        fn is_antisymmetric(left in "[0-9a~^+.:-]{0,8}", right in "[0-9a~^+.:-]{0,8}") {
            proptest::prop_assert_eq!(compare(&left, &right), compare(&right, &left).reverse());
        }
    }
}
