//! Which of two versions is newer, as each ecosystem sees it.

use std::cmp::Ordering;
use std::str::FromStr;

/// Compares two versions of a package of this purl type; `None` where the ecosystem has no order, or one of them is no
/// version in it.
#[must_use]
pub fn compare(kind: &str, a: &str, b: &str) -> Option<Ordering> {
    match kind {
        "alpm" | "rpm" => Some(with_epoch(a, b, rpm_release)),
        "apk" => apk(a, b),
        "cargo" | "composer" | "gem" | "golang" | "hex" | "npm" | "nuget" | "pub" | "swift" => semver(a, b),
        "deb" => Some(with_epoch(a, b, deb_revision)),
        "maven" => Some(maven(a, b)),
        "pypi" => {
            let version = |text| pep440_rs::Version::from_str(text).ok();
            Some(version(a)?.cmp(&version(b)?))
        }
        _ => None,
    }
}

/// `epoch:rest`; no epoch is 0.
fn with_epoch(a: &str, b: &str, rest: fn(&str, &str) -> Ordering) -> Ordering {
    let split = |text| -> (u64, &str) {
        let (epoch, rest) = str::split_once(text, ':').unwrap_or(("0", text));
        epoch.parse().map_or((0, text), |epoch| (epoch, rest))
    };
    let ((epoch_a, a), (epoch_b, b)) = (split(a), split(b));
    epoch_a.cmp(&epoch_b).then_with(|| rest(a, b))
}

/// Upstream version and Debian revision: <https://www.debian.org/doc/debian-policy/ch-controlfields.html#version>
fn deb_revision(a: &str, b: &str) -> Ordering {
    let split = |text| str::rsplit_once(text, '-').unwrap_or((text, "0"));
    let ((a, revision_a), (b, revision_b)) = (split(a), split(b));
    deb(a, b).then_with(|| deb(revision_a, revision_b))
}

/// Runs of other characters and of digits in turn; `~` is before the end, letters before all else.
fn deb(mut a: &str, mut b: &str) -> Ordering {
    let weight = |byte: Option<&u8>| match byte {
        Some(b'~') => -1,
        None => 0,
        Some(letter) if letter.is_ascii_alphabetic() => i32::from(*letter),
        Some(other) => i32::from(*other) + 256,
    };
    while !a.is_empty() || !b.is_empty() {
        let (text_a, rest_a) = split_run(a, |byte| !byte.is_ascii_digit());
        let (text_b, rest_b) = split_run(b, |byte| !byte.is_ascii_digit());
        let length = text_a.len().max(text_b.len());
        for place in 0..length {
            let (x, y) = (weight(text_a.as_bytes().get(place)), weight(text_b.as_bytes().get(place)));
            if x != y {
                return x.cmp(&y);
            }
        }
        let (number_a, left_a) = split_run(rest_a, |byte| byte.is_ascii_digit());
        let (number_b, left_b) = split_run(rest_b, |byte| byte.is_ascii_digit());
        match number(number_a, number_b) {
            Ordering::Equal => (a, b) = (left_a, left_b),
            unequal => return unequal,
        }
    }
    Ordering::Equal
}

/// Version and release of an RPM, which only count where both have one.
fn rpm_release(a: &str, b: &str) -> Ordering {
    match (a.rsplit_once('-'), b.rsplit_once('-')) {
        (Some((a, release_a)), Some((b, release_b))) => rpm(a, b).then_with(|| rpm(release_a, release_b)),
        _ => rpm(a, b),
    }
}

/// `rpmvercmp`: <https://rpm-software-management.github.io/rpm/man/rpm-version.7>
fn rpm(mut a: &str, mut b: &str) -> Ordering {
    let separator = |c: char| !c.is_ascii_alphanumeric() && c != '~' && c != '^';
    loop {
        (a, b) = (a.trim_start_matches(separator), b.trim_start_matches(separator));
        match (a.strip_prefix('~'), b.strip_prefix('~')) {
            (Some(rest_a), Some(rest_b)) => {
                (a, b) = (rest_a, rest_b);
                continue;
            }
            (Some(_), None) => return Ordering::Less,
            (None, Some(_)) => return Ordering::Greater,
            (None, None) => {}
        }
        match (a.strip_prefix('^'), b.strip_prefix('^')) {
            (Some(rest_a), Some(rest_b)) => {
                (a, b) = (rest_a, rest_b);
                continue;
            }
            (Some(_), None) => return if b.is_empty() { Ordering::Greater } else { Ordering::Less },
            (None, Some(_)) => return if a.is_empty() { Ordering::Less } else { Ordering::Greater },
            (None, None) => {}
        }
        if a.is_empty() || b.is_empty() {
            return a.len().cmp(&b.len());
        }
        let digits = a.starts_with(|c: char| c.is_ascii_digit());
        let same = |byte: u8| if digits { byte.is_ascii_digit() } else { byte.is_ascii_alphabetic() };
        let ((run_a, rest_a), (run_b, rest_b)) = (split_run(a, same), split_run(b, same));
        if run_b.is_empty() {
            // A number is newer than a word.
            return if digits { Ordering::Greater } else { Ordering::Less };
        }
        match if digits { number(run_a, run_b) } else { run_a.cmp(run_b) } {
            Ordering::Equal => (a, b) = (rest_a, rest_b),
            unequal => return unequal,
        }
    }
}

/// Alpine's: numbers, a letter, suffixes, `-r` and a number. <https://wiki.alpinelinux.org/wiki/APKBUILD_Reference#pkgver>
fn apk(a: &str, b: &str) -> Option<Ordering> {
    let split = |text: &str| -> Option<ApkVersion> {
        let (text, release) = text.rsplit_once("-r").unwrap_or((text, "0"));
        let mut parts = text.split('_');
        let main = parts.next()?;
        let (numbers, letter) = match main.char_indices().next_back()? {
            (at, letter) if letter.is_ascii_alphabetic() => (main.get(..at)?, Some(letter)),
            _ => (main, None),
        };
        let numbers = numbers.split('.').map(|part| part.parse::<u64>().ok()).collect::<Option<_>>()?;
        let suffixes = parts.map(apk_suffix).collect::<Option<Vec<_>>>()?;
        Some((numbers, letter, suffixes, release.parse().ok()?))
    };
    let ((numbers_a, letter_a, suffixes_a, release_a), (numbers_b, letter_b, suffixes_b, release_b)) =
        (split(a)?, split(b)?);
    let mut order = numbers_a.cmp(&numbers_b).then(letter_a.cmp(&letter_b));
    for place in 0..suffixes_a.len().max(suffixes_b.len()) {
        // No suffix lies between those that come before a release and those that come after it.
        let of = |list: &[(i8, u64)]| list.get(place).copied().unwrap_or((0, 0));
        order = order.then(of(&suffixes_a).cmp(&of(&suffixes_b)));
    }
    Some(order.then(release_a.cmp(&release_b)))
}

type ApkVersion = (Vec<u64>, Option<char>, Vec<(i8, u64)>, u64);

fn apk_suffix(text: &str) -> Option<(i8, u64)> {
    const ORDER: [(&str, i8); 9] = [
        ("alpha", -4),
        ("beta", -3),
        ("pre", -2),
        ("rc", -1),
        ("cvs", 1),
        ("svn", 2),
        ("git", 3),
        ("hg", 4),
        ("p", 5),
    ];
    let (word, digits) = split_run(text, |byte| byte.is_ascii_alphabetic());
    let (_, weight) = ORDER.iter().find(|(name, _)| *name == word)?;
    Some((*weight, if digits.is_empty() { 0 } else { digits.parse().ok()? }))
}

/// Numbers with dots, then what comes before a release: <https://semver.org/#spec-item-11>. More than three numbers and
/// a `v` in front are in use as well; gems have a dot before what comes before a release.
fn semver(a: &str, b: &str) -> Option<Ordering> {
    let split = |text: &str| -> Option<(Vec<u64>, Vec<String>)> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let text = text.split('+').next().unwrap_or_default();
        let (main, before) = text.split_once('-').unwrap_or((text, ""));
        let mut numbers = Vec::new();
        let mut words: Vec<String> = Vec::new();
        for part in main.split('.') {
            match part.parse() {
                Ok(number) if words.is_empty() => numbers.push(number),
                _ => words.push(part.to_owned()),
            }
        }
        while numbers.last() == Some(&0) {
            numbers.pop();
        }
        if main.is_empty() || !main.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        words.extend(before.split('.').filter(|part| !part.is_empty()).map(str::to_owned));
        Some((numbers, words))
    };
    let ((numbers_a, words_a), (numbers_b, words_b)) = (split(a)?, split(b)?);
    let words = match (words_a.is_empty(), words_b.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            let mut order = Ordering::Equal;
            for (x, y) in words_a.iter().zip(&words_b) {
                order = order.then_with(|| match (x.parse::<u64>(), y.parse::<u64>()) {
                    (Ok(x), Ok(y)) => x.cmp(&y),
                    (Ok(_), Err(_)) => Ordering::Less,
                    (Err(_), Ok(_)) => Ordering::Greater,
                    (Err(_), Err(_)) => x.cmp(y),
                });
            }
            order.then(words_a.len().cmp(&words_b.len()))
        }
    };
    Some(numbers_a.cmp(&numbers_b).then(words))
}

/// Maven's order, for the versions in use: <https://maven.apache.org/pom.html#Version_Order_Specification>
fn maven(a: &str, b: &str) -> Ordering {
    let (a, b) = (maven_parts(a), maven_parts(b));
    for place in 0..a.len().max(b.len()) {
        let nothing = MavenPart::Word(RELEASE, String::new());
        let (x, y) = (a.get(place), b.get(place));
        let zero = MavenPart::Number(String::new());
        let (x, y) = match (x, y) {
            (Some(x), Some(y)) => (x, y),
            (Some(x @ MavenPart::Number(_)), None) => (x, &zero),
            (None, Some(y @ MavenPart::Number(_))) => (&zero, y),
            (Some(x), None) => (x, &nothing),
            (None, Some(y)) => (&nothing, y),
            (None, None) => break,
        };
        let order = match (x, y) {
            (MavenPart::Number(x), MavenPart::Number(y)) => number(x, y),
            (MavenPart::Number(_), MavenPart::Word(..)) => Ordering::Greater,
            (MavenPart::Word(..), MavenPart::Number(_)) => Ordering::Less,
            (MavenPart::Word(x, name_x), MavenPart::Word(y, name_y)) => {
                x.cmp(y).then_with(|| if *x == OTHER { name_x.cmp(name_y) } else { Ordering::Equal })
            }
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

enum MavenPart {
    Number(String),
    Word(u8, String),
}

/// Weight of what means the release itself.
const RELEASE: u8 = 5;
/// Weight of a word without meaning.
const OTHER: u8 = 7;

fn maven_parts(text: &str) -> Vec<MavenPart> {
    let mut parts = Vec::new();
    let text = text.to_ascii_lowercase();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        rest = rest.trim_start_matches(['.', '-', '_', '+']);
        let (digits, after) = split_run(rest, |byte| byte.is_ascii_digit());
        if !digits.is_empty() {
            parts.push(MavenPart::Number(digits.to_owned()));
            rest = after;
            continue;
        }
        let (word, after) = split_run(rest, |byte| !byte.is_ascii_digit() && !b".-_+".contains(&byte));
        if word.is_empty() {
            break;
        }
        let weight = match word {
            "a" | "alpha" => 0,
            "b" | "beta" => 1,
            "m" | "milestone" => 2,
            "cr" | "rc" => 3,
            "snapshot" => 4,
            "final" | "ga" | "release" => RELEASE,
            "sp" => 6,
            _ => OTHER,
        };
        parts.push(MavenPart::Word(weight, word.to_owned()));
        rest = after;
    }
    parts
}

/// Compares two numbers of any length; an empty one is 0.
fn number(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// The bytes in front that have a property, and the rest; the property holds for no byte of a longer character, or
/// for all of them.
fn split_run(text: &str, is: impl Fn(u8) -> bool) -> (&str, &str) {
    let end = text.bytes().position(|byte| !is(byte)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ecosystem_has_its_order() {
        // Ascending. From the specifications, and for Debian and RPM from the tests of dpkg and rpm.
        for (kind, ascending) in [
            ("deb", &["1.0~beta1", "1.0", "1.0-1", "1.0-1+deb12u1", "1.0-2", "1.0a", "1.0.1", "1:0.1"][..]),
            ("deb", &["2.36-9+deb12u8", "2.36-9+deb12u10"]),
            (
                "rpm",
                &["1.a-1", "1.0~rc1-1", "1.0-1", "1.0^git1-1", "1.0.1-1", "1.1-1.el9", "1.10-1", "1:0-1"],
            ),
            ("apk", &["1.2_alpha1", "1.2_rc1", "1.2-r0", "1.2-r1", "1.2_p1-r0", "1.2a-r0", "1.10-r0"]),
            (
                "npm",
                &[
                    "1.0.0-alpha",
                    "1.0.0-alpha.1",
                    "1.0.0-alpha.beta",
                    "1.0.0-beta.2",
                    "1.0.0-beta.11",
                    "1.0.0-rc.1",
                    "1.0.0",
                ],
            ),
            ("golang", &["v0.0.0-20190101000000-abcdef", "v0.1.0", "v1.2.0", "v1.10.0"]),
            ("gem", &["3.0.0.pre1", "3.0.0", "3.0.0.1"]),
            ("pypi", &["1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0.post1", "1!0.1"]),
            (
                "maven",
                &[
                    "1.0-alpha-1",
                    "1.0-beta-1",
                    "1.0-milestone-1",
                    "1.0-rc1",
                    "1.0-SNAPSHOT",
                    "1.0",
                    "1.0-sp1",
                    "1.0-jre",
                    "1.0.1",
                    "1.10",
                ],
            ),
        ] {
            for pair in ascending.windows(2) {
                assert_eq!(compare(kind, pair[0], pair[1]), Some(Ordering::Less), "{kind} {pair:?}");
                assert_eq!(compare(kind, pair[1], pair[0]), Some(Ordering::Greater), "{kind} {pair:?}");
            }
        }
    }

    #[test]
    fn the_same_in_two_spellings() {
        for (kind, a, b) in [
            ("deb", "0:1.0-1", "1.0-1"),
            ("deb", "1.01", "1.1"),
            ("rpm", "1.0", "1_0"),
            ("npm", "1.0.0+build1", "1.0.0+build2"),
            ("golang", "v1.0", "v1.0.0"),
            ("pypi", "1.0", "1.0.0"),
            ("maven", "1.0.ga", "1.0"),
        ] {
            assert_eq!(compare(kind, a, b), Some(Ordering::Equal), "{kind} {a} {b}");
        }
    }

    #[test]
    fn without_order() {
        for (kind, a, b) in [
            ("oci", "sha256:00", "sha256:01"),
            ("pypi", "latest", "1"),
            ("npm", "latest", "1"),
            ("apk", "x", "1"),
        ] {
            assert_eq!(compare(kind, a, b), None, "{kind} {a} {b}");
        }
    }
}
