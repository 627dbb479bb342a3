//! Dependencies between rpm packages: capabilities with versions, files, and rich dependencies.
//! <https://rpm-software-management.github.io/rpm/manual/dependencies.html>,
//! <https://rpm-software-management.github.io/rpm/manual/boolean_dependencies.html>

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::collections::HashMap;

use super::super::Found;
use super::super::dependency::Edges;
use super::super::dependency::Providers;
use super::header::Header;
use super::header::tag;
use super::version;

const LESS: u64 = 2;
const GREATER: u64 = 4;
const EQUAL: u64 = 8;

/// A capability as a package has or wants it.
#[derive(Debug)]
pub(super) struct Capability<'a> {
    pub(super) name: Cow<'a, str>,
    flags: u64,
    version: Cow<'a, str>,
}

impl<'a> Capability<'a> {
    pub(super) fn provided(header: &Header<'a>) -> Vec<Self> {
        Self::read(header, tag::PROVIDE_NAMES, tag::PROVIDE_FLAGS, tag::PROVIDE_VERSIONS)
    }

    pub(super) fn required(header: &Header<'a>) -> Vec<Self> {
        Self::read(header, tag::REQUIRE_NAMES, tag::REQUIRE_FLAGS, tag::REQUIRE_VERSIONS)
    }

    fn read(header: &Header<'a>, names: u32, flags: u32, versions: u32) -> Vec<Self> {
        let flags = header.numbers(flags).chain(std::iter::repeat(0));
        let versions = header.texts(versions).chain(std::iter::repeat(Cow::Borrowed("")));
        let capabilities = header.texts(names).zip(flags).zip(versions);
        capabilities.map(|((name, flags), version)| Self { name, flags, version }).collect()
    }

    /// Whether there is a version that both mean. Without one on either side, the name is enough.
    fn overlaps(&self, other: &Self) -> bool {
        let compares = LESS | GREATER | EQUAL;
        let is_bare = |capability: &Self| capability.flags & compares == 0 || capability.version.is_empty();
        if is_bare(self) || is_bare(other) {
            return true;
        }
        let both = |flag: u64| self.flags & other.flags & flag != 0;
        match version::compare(&self.version, &other.version) {
            Ordering::Less => self.flags & GREATER != 0 || other.flags & LESS != 0,
            Ordering::Greater => self.flags & LESS != 0 || other.flags & GREATER != 0,
            Ordering::Equal => both(EQUAL) || both(LESS) || both(GREATER),
        }
    }
}

/// An installed package, as far as dependencies ask.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) found: Found,
    pub(super) provides: Vec<Capability<'a>>,
    pub(super) requires: Vec<Capability<'a>>,
    pub(super) files: Vec<String>,
}

/// Adds what the packages of one database need of each other.
pub(super) fn relate(nodes: &[Node<'_>], edges: &mut Edges<'_>) {
    let mut index = Index { providers: Providers::new(), files: HashMap::new() };
    for node in nodes {
        for capability in &node.provides {
            index.providers.add(capability.name.as_ref(), node.found, capability);
        }
    }
    // Of the many files only those count that somebody asks for by name.
    let wanted = nodes.iter().flat_map(|node| &node.requires).flat_map(|capability| paths(&capability.name));
    index.files = wanted.map(|path| (path, Vec::new())).collect();
    for node in nodes {
        for path in &node.files {
            if let Some(owners) = index.files.get_mut(path.as_str()) {
                owners.push((node.found, ()));
            }
        }
    }
    for node in nodes {
        for capability in node.requires.iter().filter(|capability| !capability.name.starts_with("rpmlib(")) {
            if capability.name.starts_with('(') {
                let needed = rich(&capability.name).map(|rich| index.evaluate(&rich));
                match needed {
                    Some(needed) => {
                        let needed: Vec<(Found, ())> = needed.into_iter().map(|found| (found, ())).collect();
                        edges.depends(node.found, &needed, |()| true);
                    }
                    None => {
                        edges.unknown(format!("a dependency that cannot be read: {:.80}", capability.name))
                    }
                }
                continue;
            }
            edges.depends(node.found, index.providers.of(&capability.name), |has| has.overlaps(capability));
            edges.depends(node.found, index.owners(&capability.name), |()| true);
        }
    }
}

struct Index<'a> {
    providers: Providers<'a, &'a Capability<'a>>,
    files: HashMap<&'a str, Vec<(Found, ())>>,
}

impl Index<'_> {
    fn owners(&self, path: &str) -> &[(Found, ())] {
        self.files.get(path).map_or(&[], Vec::as_slice)
    }

    /// The installed packages that make the condition true.
    fn evaluate(&self, rich: &Rich<'_>) -> BTreeSet<Found> {
        match rich {
            Rich::Capability(wanted) => {
                let providers = self.providers.of(&wanted.name).iter();
                let providers = providers.filter(|(_, has)| has.overlaps(wanted)).map(|(found, _)| *found);
                providers.chain(self.owners(&wanted.name).iter().map(|(found, ())| *found)).collect()
            }
            Rich::All(parts) => parts.iter().flat_map(|part| self.evaluate(part)).collect(),
            Rich::If(part, condition, otherwise) => match (self.evaluate(condition).is_empty(), otherwise) {
                (false, _) => self.evaluate(part),
                (true, Some(otherwise)) => self.evaluate(otherwise),
                (true, None) => BTreeSet::new(),
            },
            Rich::Unless(part, condition, otherwise) => {
                match (self.evaluate(condition).is_empty(), otherwise) {
                    (true, _) => self.evaluate(part),
                    (false, Some(otherwise)) => self.evaluate(otherwise),
                    (false, None) => BTreeSet::new(),
                }
            }
            Rich::With(left, right) => &self.evaluate(left) & &self.evaluate(right),
            Rich::Without(left, right) => &self.evaluate(left) - &self.evaluate(right),
        }
    }
}

/// A rich dependency.
#[derive(Debug)]
enum Rich<'a> {
    /// Alternatives too: the package works with each that is installed.
    All(Vec<Self>),
    Capability(Capability<'a>),
    If(Box<Self>, Box<Self>, Option<Box<Self>>),
    Unless(Box<Self>, Box<Self>, Option<Box<Self>>),
    With(Box<Self>, Box<Self>),
    Without(Box<Self>, Box<Self>),
}

/// Reads a whole rich dependency.
fn rich(text: &str) -> Option<Rich<'_>> {
    let (rich, rest) = group(tokens(text), DEPTH)?;
    rest.is_empty().then_some(rich)
}

/// Groups within groups: real ones have three.
const DEPTH: usize = 16;

/// Parentheses are tokens only where they are not of a capability, such as `libc.so.6()(64bit)`.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    for word in text.split_ascii_whitespace() {
        let opened = word.trim_start_matches('(');
        tokens.extend(std::iter::repeat_n("(", word.len().saturating_sub(opened.len())));
        let mut end = opened.len();
        let surplus = |part: &str| part.matches(')').count().saturating_sub(part.matches('(').count());
        let closed = surplus(opened);
        for _ in 0..closed {
            end = end.saturating_sub(1);
        }
        tokens.extend(opened.get(..end).filter(|name| !name.is_empty()));
        tokens.extend(std::iter::repeat_n(")", closed));
    }
    tokens
}

fn group<'a>(tokens: Vec<&'a str>, depth: usize) -> Option<(Rich<'a>, Vec<&'a str>)> {
    let mut rest: std::collections::VecDeque<&str> = tokens.into();
    let rich = operand(&mut rest, depth)?;
    Some((rich, rest.into()))
}

fn operand<'a>(tokens: &mut std::collections::VecDeque<&'a str>, depth: usize) -> Option<Rich<'a>> {
    let depth = depth.checked_sub(1)?;
    let first = tokens.pop_front()?;
    if first != "(" {
        return (first != ")").then(|| Rich::Capability(capability(first, tokens)));
    }
    let mut whole = operand(tokens, depth)?;
    loop {
        let operator = tokens.pop_front()?;
        if operator == ")" {
            return Some(whole);
        }
        let next = operand(tokens, depth)?;
        let (left, right) = (Box::new(whole), Box::new(next));
        whole = match operator {
            "and" | "or" => Rich::All(vec![*left, *right]),
            "if" | "unless" => {
                let mut otherwise = None;
                if tokens.front() == Some(&"else") {
                    tokens.pop_front();
                    otherwise = Some(Box::new(operand(tokens, depth)?));
                }
                if operator == "if" {
                    Rich::If(left, right, otherwise)
                } else {
                    Rich::Unless(left, right, otherwise)
                }
            }
            "with" => Rich::With(left, right),
            "without" => Rich::Without(left, right),
            _ => return None,
        };
    }
}

fn capability<'a>(name: &'a str, tokens: &mut std::collections::VecDeque<&'a str>) -> Capability<'a> {
    let flags = match tokens.front() {
        Some(&"<") => LESS,
        Some(&"<=") => LESS | EQUAL,
        Some(&"=") => EQUAL,
        Some(&">=") => GREATER | EQUAL,
        Some(&">") => GREATER,
        _ => return Capability { name: name.into(), flags: 0, version: "".into() },
    };
    tokens.pop_front();
    Capability { name: name.into(), flags, version: tokens.pop_front().unwrap_or_default().into() }
}

/// The files that a dependency names.
fn paths(name: &str) -> impl Iterator<Item = &str> {
    let is_rich = name.starts_with('(');
    let tokens = if is_rich { tokens(name) } else { vec![name] };
    tokens.into_iter().filter(|token| token.starts_with('/'))
}
