//! Dependencies between Gentoo's packages.
//! <https://projects.gentoo.org/pms/8/pms.html#dependency-specification-format>

use super::super::Found;
use super::super::dependency::Comparison;
use super::super::dependency::Edges;
use super::super::dependency::Providers;
use super::split;
use super::version;

/// An installed package, as far as dependencies ask.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) found: Found,
    /// With its category.
    pub(super) name: String,
    pub(super) version: String,
    /// `SLOT`: a slot, and behind a slash a part of it.
    pub(super) slot: String,
    /// `USE`: the flags that it was built with.
    pub(super) flags: String,
    /// `RDEPEND`.
    pub(super) depends: String,
}

/// Adds what the packages of one database need of each other.
///
/// Of alternatives, each that is installed counts: the database does not say which one is used.
pub(super) fn relate(nodes: &[Node], edges: &mut Edges<'_>) {
    let mut providers = Providers::new();
    for node in nodes {
        providers.add(node.name.as_str(), node.found, node);
    }
    for node in nodes {
        let flags: Vec<&str> = node.flags.split_ascii_whitespace().collect();
        for atom in atoms(&node.depends, &flags) {
            match Atom::parse(atom) {
                Some(atom) => edges.depends(node.found, providers.of(atom.name), |other| atom.accepts(other)),
                None => edges.unknown(format!("{}: dependency {atom:.80} cannot be read", node.name)),
            }
        }
    }
}

/// The atoms of groups that hold with these flags, without blockers.
fn atoms<'a>(text: &'a str, flags: &[&str]) -> Vec<&'a str> {
    let mut found = Vec::new();
    // Whether each group that is open holds.
    let mut open: Vec<bool> = Vec::new();
    let mut next = true;
    for word in text.split_ascii_whitespace() {
        let holds = open.last().copied().unwrap_or(true);
        match word {
            "(" => open.push(holds && std::mem::replace(&mut next, true)),
            ")" => drop(open.pop()),
            "||" | "^^" | "??" => {}
            condition if condition.ends_with('?') => {
                let flag = condition.trim_end_matches('?');
                next = match flag.strip_prefix('!') {
                    Some(flag) => !flags.contains(&flag),
                    None => flags.contains(&flag),
                };
            }
            blocker if blocker.starts_with('!') => {}
            atom if holds => found.push(atom),
            _ => {}
        }
    }
    found
}

/// `>=dev-libs/openssl-1.1.1q:0/1.1=[ssl]`.
#[derive(Debug)]
struct Atom<'a> {
    name: &'a str,
    constraint: Option<(Constraint, &'a str)>,
    slot: &'a str,
}

#[derive(Clone, Copy, Debug)]
enum Constraint {
    /// `=1.2*`.
    BeginsWith,
    Comparison(Comparison),
    /// `~1.2`: of any revision.
    Revision,
}

impl<'a> Atom<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        // Flags of the other package, and the repository that it is from, do not tell one from another.
        let text = text.split('[').next()?.split("::").next()?;
        let (text, slot) = text.split_once(':').unwrap_or((text, ""));
        // `:=` and `:*` allow any; `:0=` means that it was built for that one.
        let slot = slot.trim_end_matches(['=', '*']);
        let name = text.trim_start_matches(['<', '>', '=', '~']);
        let (constraint, full) = match text.strip_suffix(name)? {
            "" => return name.contains('/').then_some(Self { name, constraint: None, slot }),
            "<" => (Constraint::Comparison(Comparison::Less), name),
            "<=" => (Constraint::Comparison(Comparison::LessOrEqual), name),
            "=" => match name.strip_suffix('*') {
                Some(name) => (Constraint::BeginsWith, name),
                None => (Constraint::Comparison(Comparison::Equal), name),
            },
            ">=" => (Constraint::Comparison(Comparison::GreaterOrEqual), name),
            ">" => (Constraint::Comparison(Comparison::Greater), name),
            "~" => (Constraint::Revision, name),
            _ => return None,
        };
        let (name, version) = split(full).filter(|(name, _)| name.contains('/'))?;
        Some(Self { name, constraint: Some((constraint, version)), slot })
    }

    fn accepts(&self, node: &Node) -> bool {
        let version = self.constraint.is_none_or(|(constraint, wanted)| match constraint {
            Constraint::BeginsWith => begins_with(&node.version, wanted),
            Constraint::Comparison(comparison) => comparison.allows(version::compare(&node.version, wanted)),
            Constraint::Revision => {
                let found = version::without_revision(&node.version);
                version::compare(found, version::without_revision(wanted)).is_eq()
            }
        });
        let slot = node.slot.split('/').next().unwrap_or_default();
        version
            && (self.slot.is_empty() || self.slot == node.slot || self.slot.split('/').next() == Some(slot))
    }
}

/// Up to where a component ends: `1.2` and `1.2.3`, not `1.20`.
fn begins_with(version: &str, prefix: &str) -> bool {
    let rest = version.strip_prefix(prefix);
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_choose_groups() {
        let text = "a/a ssl? ( a/b !gnutls? ( a/c ) gnutls? ( a/d ) ) !ssl? ( a/e || ( a/f ) ) || ( a/g ( a/h !a/i ) ) !!a/j a/k";
        assert_eq!(atoms(text, &["ssl"]), ["a/a", "a/b", "a/c", "a/g", "a/h", "a/k"]);
        assert_eq!(atoms(text, &["gnutls"]), ["a/a", "a/e", "a/f", "a/g", "a/h", "a/k"]);
        assert_eq!(atoms(") ( a? ( x/y ) z/z", &[]), ["z/z"]);
    }

    #[test]
    fn atoms_tell_versions_and_slots() {
        let mut findings = super::super::super::Findings::new("test");
        let found = findings.add(crate::package::Package::default());
        let text = |text: &str| text.to_owned();
        let node = Node {
            found,
            name: text("dev-libs/openssl"),
            version: text("1.1.1q-r1"),
            slot: text("0/1.1"),
            flags: String::new(),
            depends: String::new(),
        };
        for (atom, expected) in [
            ("dev-libs/openssl", true),
            ("dev-libs/openssl:=", true),
            ("dev-libs/openssl:0=[-bindist(-)]", true),
            ("dev-libs/openssl:0/1.1=", true),
            ("dev-libs/openssl:3", false),
            (">=dev-libs/openssl-1.1.1:0=", true),
            ("<dev-libs/openssl-1.1.1q", false),
            ("=dev-libs/openssl-1.1*", true),
            ("=dev-libs/openssl-1*:*", true),
            ("=dev-libs/openssl-1.1.1q", false),
            ("~dev-libs/openssl-1.1.1q", true),
            (">dev-libs/openssl-1.1.1q-r1::gentoo", false),
        ] {
            let parsed = Atom::parse(atom).unwrap();
            assert_eq!((parsed.name, parsed.accepts(&node)), ("dev-libs/openssl", expected), "{atom}");
        }
        for broken in ["", "openssl", ">=dev-libs/openssl", "==a/b-1", "~x-1"] {
            assert!(Atom::parse(broken).is_none(), "{broken}");
        }
    }

    proptest::proptest! {
        #[test]
        fn reads_any_text(text in "(\\(|\\)| |a/b|>=|~|=|-1|\\*|:0|/1|\\[|x\\?|!|é|_p1|-r2){0,24}") {
            for atom in atoms(&text, &["x"]) {
                if let Some(Atom { constraint: Some((_, version)), .. }) = Atom::parse(atom) {
                    version::compare(version, "1.0_p1-r2");
                }
            }
        }
    }
}
