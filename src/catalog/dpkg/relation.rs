//! Dependencies between Debian packages.
//! <https://www.debian.org/doc/debian-policy/ch-relationships.html>

use super::super::Found;
use super::super::dependency::Comparison;
use super::super::dependency::Edges;
use super::super::dependency::Providers;
use super::version;

/// What an installed package provides: itself, or a virtual package.
#[derive(Debug)]
pub(super) struct Provision {
    version: Option<String>,
    architecture: String,
    /// `Multi-Arch: foreign`: serves packages of every architecture.
    is_foreign: bool,
}

/// An installed package, as far as dependencies ask.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) found: Found,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) architecture: String,
    pub(super) multi_arch: String,
    /// `Provides`.
    pub(super) provides: String,
    /// `Depends` and `Pre-Depends`.
    pub(super) depends: Vec<String>,
}

/// Adds what the packages of one database need of each other.
///
/// Of alternatives, each that is installed counts: the package works with any of them, and the database
/// does not say which one it uses.
pub(super) fn relate(nodes: &[Node], edges: &mut Edges<'_>) {
    let native = nodes.iter().find(|node| node.name == "dpkg").map(|node| node.architecture.as_str());
    let mut providers = Providers::new();
    for node in nodes {
        let provision = |version: Option<&str>| Provision {
            version: version.map(str::to_owned),
            architecture: node.architecture.clone(),
            is_foreign: node.multi_arch == "foreign",
        };
        providers.add(node.name.as_str(), node.found, provision(Some(&node.version)));
        for virtual_package in node.provides.split(',').filter_map(Possibility::parse) {
            let version = virtual_package.constraint.map(|(_, version)| version);
            providers.add(virtual_package.name, node.found, provision(version));
        }
    }
    for node in nodes {
        let possibilities = node.depends.iter().flat_map(|field| field.split([',', '|']));
        for possibility in possibilities.filter_map(Possibility::parse) {
            let accepts = |provision: &Provision| possibility.accepts(provision, &node.architecture, native);
            edges.depends(node.found, providers.of(possibility.name), accepts);
        }
    }
}

/// One alternative: `libc6 (>= 2.36)`, `python3:any`.
#[derive(Debug)]
struct Possibility<'a> {
    name: &'a str,
    /// What stands behind the colon.
    architecture: Option<&'a str>,
    constraint: Option<(Comparison, &'a str)>,
}

impl<'a> Possibility<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        // Restrictions of architecture and build profile stand in source packages only.
        let text = text.split(['[', '<']).next().filter(|_| !text.contains('(')).unwrap_or(text);
        let (name, constraint) = match text.split_once('(') {
            Some((name, rest)) => (name, Some(constraint(rest.split(')').next()?.trim())?)),
            None => (text, None),
        };
        let name = name.trim();
        let (name, architecture) = match name.split_once(':') {
            Some((name, architecture)) => (name, Some(architecture)),
            None => (name, None),
        };
        (!name.is_empty()).then_some(Self { name, architecture, constraint })
    }

    /// Whether `provision` will do for a package of `architecture`.
    fn accepts(&self, provision: &Provision, architecture: &str, native: Option<&str>) -> bool {
        let version = match (self.constraint, &provision.version) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some((comparison, wanted)), Some(found)) => comparison.allows(version::compare(found, wanted)),
        };
        // What is for all architectures counts as being of the native one.
        let own =
            |architecture: &'_ str| if architecture == "all" { None } else { Some(architecture.to_owned()) };
        let native = || native.map(str::to_owned);
        let provided = own(&provision.architecture).or_else(native);
        let wanted = match self.architecture {
            Some("any") => return version,
            Some("native") => native(),
            Some(named) => Some(named.to_owned()),
            None if provision.is_foreign => return version,
            None => own(architecture).or_else(native),
        };
        // Without a native architecture nothing can be said against it.
        version && (wanted.is_none() || provided.is_none() || wanted == provided)
    }
}

fn constraint(text: &str) -> Option<(Comparison, &str)> {
    let version = text.trim_start_matches(['<', '>', '=']);
    let comparison = match text.strip_suffix(version)? {
        "<<" => Comparison::Less,
        // The single signs are obsolete, and mean what nobody would think.
        "<=" | "<" => Comparison::LessOrEqual,
        "=" => Comparison::Equal,
        ">=" | ">" => Comparison::GreaterOrEqual,
        ">>" => Comparison::Greater,
        _ => return None,
    };
    Some((comparison, version.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_alternatives() {
        let read = |text: &'static str| {
            let possibility = Possibility::parse(text)?;
            Some((possibility.name, possibility.architecture, possibility.constraint))
        };
        assert_eq!(
            read(" libc6 (>= 2.36)"),
            Some(("libc6", None, Some((Comparison::GreaterOrEqual, "2.36"))))
        );
        assert_eq!(read("libc6(<<2)"), Some(("libc6", None, Some((Comparison::Less, "2")))));
        assert_eq!(read("python3:any (= 3)"), Some(("python3", Some("any"), Some((Comparison::Equal, "3")))));
        assert_eq!(read("gcc [amd64] <!nocheck>"), Some(("gcc", None, None)));
        for text in ["", " ", "(>= 1)", "a (~ 1)", ":any"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn reads_any_text(text in "[a:()<>=\\[ é~0-9]{0,16}") {
            Possibility::parse(&text);
        }
    }
}
