//! Requirements on other distributions: `requests[socks]>=2 ; python_version < "3.11"`.
//! <https://packaging.python.org/en/latest/specifications/dependency-specifiers/>
//!
//! Versions are not compared: what is installed is what is used, whether it satisfies them or not.

use std::str::FromStr;

use pep508_rs::ExtraName;
use pep508_rs::MarkerEnvironment;
use pep508_rs::MarkerTree;

/// One requirement.
#[derive(Clone, Debug)]
pub(super) struct Requirement {
    /// Name, normalised.
    pub(super) name: String,
    /// The extras that it asks for.
    pub(super) extras: Vec<ExtraName>,
    marker: MarkerTree,
}

impl Requirement {
    /// Reads one, `None` if its name or marker cannot be.
    ///
    /// The version is passed over, since old metadata has such as `>=1.0.*`, which nothing accepts now; so is
    /// the URL, in which the crate would put the values of environment variables.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (requirement, marker) = split_marker(text);
        let requirement = requirement.trim();
        let end = requirement.find(|c: char| !is_name(c)).unwrap_or(requirement.len());
        let (name, rest) = requirement.split_at_checked(end)?;
        if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        let extras = match rest.trim_start().strip_prefix('[') {
            Some(list) => list.split_once(']')?.0,
            None => "",
        };
        let extras = extras.split(',').filter_map(|extra| ExtraName::from_str(extra.trim()).ok());
        Some(Self { name: normalize(name), extras: extras.collect(), marker: parse_marker(marker)? })
    }

    /// Whether it holds in `environment` when the distribution that has it was asked for with `extras`.
    pub(super) fn applies(&self, environment: &MarkerEnvironment, extras: &[ExtraName]) -> bool {
        self.marker.evaluate_reporter(environment, extras, &mut |_, _| {})
    }

    /// The requirements in an `egg-info/requires.txt`: a line each, in sections `[extra:marker]`; those
    /// that cannot be read, as they are written.
    pub(super) fn from_requires(text: &str) -> Vec<Result<Self, String>> {
        let mut section = String::new();
        let mut requirements = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(header) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = section_marker(header);
                continue;
            }
            let full = match split_marker(line) {
                _ if section.is_empty() => line.to_owned(),
                (line, "") => format!("{line} ; {section}"),
                (line, marker) => format!("{line} ; ({marker}) and {section}"),
            };
            requirements.push(Self::parse(&full).ok_or_else(|| line.to_owned()));
        }
        requirements
    }
}

/// The name that compares: PEP 503.
pub(super) fn normalize(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for c in name.trim().chars() {
        match c {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            _ => normal.extend(c.to_lowercase()),
        }
    }
    normal
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// A URL may have semicolons, so that its marker begins with a space and one.
fn split_marker(text: &str) -> (&str, &str) {
    let separator = if text.contains('@') && text.contains("://") { " ;" } else { ";" };
    text.split_once(separator).map_or((text, ""), |(requirement, marker)| (requirement, marker.trim()))
}

fn section_marker(header: &str) -> String {
    let (extra, marker) = header.split_once(':').unwrap_or((header, ""));
    let extra = format!("extra == '{}'", normalize(extra));
    match (extra.as_str(), marker.trim()) {
        ("extra == ''", "") => String::new(),
        ("extra == ''", marker) => format!("({marker})"),
        (extra, "") => extra.to_owned(),
        (extra, marker) => format!("({marker}) and {extra}"),
    }
}

/// The crate reads parentheses by recursion, and may make a decision diagram of two to the power of half the
/// comparisons: a marker beyond these bounds is not read. SQLAlchemy's has the most that is known, nine of
/// them, seven deep.
fn parse_marker(text: &str) -> Option<MarkerTree> {
    if text.is_empty() {
        return Some(MarkerTree::TRUE);
    }
    let comparisons =
        text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| matches!(*word, "and" | "or"));
    let nested = text.bytes().filter(|&byte| byte == b'(').count();
    if text.len() > MARKER_BYTES || comparisons.count() > MARKER_COMPARISONS || nested > MARKER_COMPARISONS {
        return None;
    }
    MarkerTree::parse_reporter(text, &mut |_, _| {}).ok()
}

/// See [`parse_marker`].
const MARKER_BYTES: usize = 4096;
/// See [`parse_marker`].
const MARKER_COMPARISONS: usize = 24;

#[cfg(test)]
mod tests {
    use super::super::environment::Platform;
    use super::*;

    fn applies(text: &str, extras: &[&str]) -> bool {
        let extras: Vec<ExtraName> = extras.iter().map(|extra| extra.parse().unwrap()).collect();
        let environment = Platform::default().environment("3.11.2", "CPython").unwrap();
        Requirement::parse(text).unwrap().applies(&environment, &extras)
    }

    fn name(text: &str) -> Option<String> {
        Requirement::parse(text).map(|requirement| requirement.name)
    }

    #[test]
    fn reads_names_as_pep_503_has_them() {
        assert_eq!(normalize("Foo.__Bar-baz"), "foo-bar-baz");
        assert_eq!(name("charset-normalizer <4,>=2").unwrap(), "charset-normalizer");
        assert_eq!(name("Zope.Interface(>=1.0.*)").unwrap(), "zope-interface");
        assert_eq!(name("a").unwrap(), "a");
        assert_eq!(name("pip @ https://example.com/a;b.zip ; python_version > '3'").unwrap(), "pip");
        for text in ["", " ", "-a", "a[b", "a ; python_version", "a ; python_version < '3' and"] {
            assert_eq!(name(text), None, "{text:?}");
        }
        let requirement = Requirement::parse("uvicorn [Standard, x_y] >=0.12").unwrap();
        let extras: Vec<String> = requirement.extras.iter().map(ToString::to_string).collect();
        assert_eq!(extras, ["standard", "x-y"]);
    }

    /// Answers of `packaging` 24.0 for CPython 3.11.2 on Linux x86_64.
    #[test]
    fn evaluates_markers() {
        assert!(applies("a ; python_full_version < '3.11.3'", &[]));
        assert!(!applies("a ; python_version < \"3.11\"", &[]));
        assert!(applies("a ; platform_machine == 'aarch64' or (platform_machine == 'x86_64')", &[]));
        assert!(!applies("a ; sys_platform == 'win32' or os_name == 'nt'", &[]));
        assert!(!applies("a ; extra == 'socks'", &[]));
        assert!(applies("a ; extra == 'Use_Chardet'", &["use-chardet"]));
        assert!(applies("a ; python_version in '3.10 3.11'", &[]));
    }

    #[test]
    fn a_marker_beyond_the_bounds_is_not_read() {
        let marker = |terms: usize| vec!["extra == 'a'"; terms].join(" or ");
        assert!(name(&format!("a ; {}", marker(24))).is_some());
        assert_eq!(name(&format!("a ; {}", marker(100))), None);
        assert_eq!(name(&format!("a ; {}os_name == 'a'{}", "(".repeat(2000), ")".repeat(2000))), None);
    }

    #[test]
    fn reads_the_sections_of_requires_txt() {
        let text = "six>=1\n\n[:python_version < '3']\nenum34\n\n[Test_Extra]\npytest\n\n[b:os_name == 'posix']\nc ; python_version > '3'\n";
        let read: Vec<Requirement> =
            Requirement::from_requires(text).into_iter().map(Result::unwrap).collect();
        let environment = Platform::default().environment("3.11.2", "CPython").unwrap();
        let extras = ["test-extra", "b"].map(|extra| extra.parse().unwrap());
        let names = |extras: &[ExtraName]| {
            let held = read.iter().filter(|requirement| requirement.applies(&environment, extras));
            held.map(|requirement| requirement.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&[]), ["six"]);
        assert_eq!(names(&extras), ["six", "pytest", "c"]);
        let broken = Requirement::from_requires("six\n??\n[x]\na ; b c\n");
        let unread: Vec<String> = broken.into_iter().filter_map(Result::err).collect();
        assert_eq!(unread, ["??", "a ; b c"]);
    }
}
