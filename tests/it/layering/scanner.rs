//! Finds the paths that a Rust source names, well enough to judge its imports.
//!
//! A tokenizer, not a parser: comments are dropped, literals are blanked, and every path is expanded
//! (`use crate::{a, b::c}` gives two) and resolved from the module it stands in. Knows no rules.

/// A path as the source names it, resolved to where it starts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Named {
    /// Line of the source, from 1.
    pub(crate) line: usize,
    /// What the first segment is relative to.
    pub(crate) root: Root,
    /// Segments below the root; `*` for a glob.
    pub(crate) segments: Vec<String>,
}

/// Where a path starts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Root {
    /// The root of the crate that the file belongs to, by `crate`, `super` or `self`.
    Crate,
    /// A name in scope: another crate, or an item.
    Scope,
}

#[derive(Debug, Eq, PartialEq)]
struct Token {
    line: usize,
    text: String,
}

/// Every path that `source` names, in order; `module` is the path of the file's module.
pub(crate) fn names(module: &[String], source: &str) -> Vec<Named> {
    let tokens = tokenize(source);
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let mut modules = module.to_vec();
    // Brace depths at which inline modules opened.
    let mut opened = Vec::new();
    let mut depth = 0_usize;
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "mod" if text(at + 2) == "{" => {
                depth += 1;
                opened.push(depth);
                modules.push(text(at + 1).to_owned());
                at += 3;
                continue;
            }
            "{" => depth += 1,
            "}" => {
                if opened.last() == Some(&depth) {
                    opened.pop();
                    modules.pop();
                }
                depth = depth.saturating_sub(1);
            }
            // A receiver, not a path.
            "self" if text(at + 1) != "::" => {}
            word if BEFORE_A_PATH.contains(&word) => {}
            word if is_word(word) && !is_visibility(&tokens, at) => {
                let mut paths = Vec::new();
                let end = expand(&tokens, at, &mut Vec::new(), &mut paths);
                found.extend(paths.into_iter().map(|path| resolve(&modules, token.line, path)));
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Keywords that a path with leading `::` may follow.
const BEFORE_A_PATH: [&str; 9] = ["as", "dyn", "else", "for", "impl", "in", "mut", "return", "use"];

/// The `crate`, `super` or `self` of `pub(crate)`, which limits a name and imports none.
fn is_visibility(tokens: &[Token], at: usize) -> bool {
    let is = |at: usize, expected: &str| tokens.get(at).is_some_and(|token| token.text == expected);
    at >= 2 && is(at - 2, "pub") && is(at - 1, "(") && is(at + 1, ")")
}

/// Reads the path tree at `at` into `paths` and returns the index behind it.
fn expand(tokens: &[Token], at: usize, prefix: &mut Vec<String>, paths: &mut Vec<Vec<String>>) -> usize {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    match text(at) {
        "{" => {
            let mut at = at + 1;
            while !matches!(text(at), "}" | "") {
                at = match text(at) {
                    "," => at + 1,
                    "as" => at + 2,
                    _ => expand(tokens, at, prefix, paths),
                };
            }
            at + 1
        }
        word if is_word(word) || word == "*" => {
            prefix.push(word.to_owned());
            let end = if text(at + 1) == "::" && (is_word(text(at + 2)) || matches!(text(at + 2), "{" | "*"))
            {
                expand(tokens, at + 2, prefix, paths)
            } else {
                paths.push(prefix.clone());
                at + 1
            };
            prefix.pop();
            end
        }
        // Nothing that a path may hold: skipped, so that the loop above always moves on.
        _ => at + 1,
    }
}

fn resolve(module: &[String], line: usize, path: Vec<String>) -> Named {
    let mut base: Option<Vec<String>> = None;
    let mut segments = Vec::new();
    for segment in path {
        match segment.as_str() {
            "crate" => base = Some(Vec::new()),
            "self" if base.is_none() && segments.is_empty() => base = Some(module.to_vec()),
            "self" => {}
            "super" => {
                let parent = base.get_or_insert_with(|| module.to_vec());
                parent.pop();
            }
            _ => segments.push(segment),
        }
    }
    match base {
        Some(mut base) => {
            base.append(&mut segments);
            Named { line, root: Root::Crate, segments: base }
        }
        None => Named { line, root: Root::Scope, segments },
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

fn tokenize(source: &str) -> Vec<Token> {
    let mut rest = source;
    let mut line = 1;
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => string(rest),
            '\'' => quote(rest),
            'r' | 'b' | 'c' if let Some(length) = literal_prefix(rest) => length,
            _ if first.is_alphanumeric() || first == '_' => {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            ':' if rest.starts_with("::") => 2,
            _ => first.len_utf8(),
        };
        let (text, behind) = rest.split_at(length);
        if let Some(path) = path_in_literal(text) {
            tokens.extend(tokenize(path).into_iter().map(|token| Token { line, text: token.text }));
        } else if !is_blank(text) {
            tokens.push(Token { line, text: text.to_owned() });
        }
        line += text.matches('\n').count();
        rest = behind;
    }
    tokens
}

/// White space, a comment or a literal that holds no code.
fn is_blank(text: &str) -> bool {
    text.trim().is_empty() || text.starts_with("//") || text.starts_with("/*") || text.contains(['"', '\''])
}

/// `"crate::json::bytes"` as `#[serde(with = ..)]` takes it: code in a literal.
fn path_in_literal(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let is_path = ["crate::", "super::", "self::"].iter().any(|start| inner.starts_with(start));
    (is_path && inner.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '<' | '>')))
        .then_some(inner)
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// Length of a string literal that begins with its quote.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A character literal, or the quote in front of a lifetime.
fn quote(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((after, escape))) => {
            let from = after + escape.len_utf8();
            text.get(from..).and_then(|rest| rest.find('\'')).map_or(text.len(), |end| from + end + 1)
        }
        (Some(_), Some((end, '\''))) => end + 1,
        _ => 1,
    }
}

/// Length of a literal with a prefix (`r#".."#`, `b".."`, `c".."`, `b'.'`), if one begins here.
fn literal_prefix(text: &str) -> Option<usize> {
    let letters = text.find(|c: char| !matches!(c, 'b' | 'c' | 'r')).filter(|length| *length <= 2)?;
    let (prefix, rest) = text.split_at(letters);
    if !prefix.ends_with('r') {
        return match rest.chars().next()? {
            '"' => Some(letters + string(rest)),
            '\'' if prefix == "b" => Some(letters + quote(rest)),
            _ => None,
        };
    }
    let hashes = rest.find(|c| c != '#')?;
    let inner = rest.get(hashes..)?.strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = inner.find(&close).map_or(inner.len(), |end| end + close.len());
    Some(letters + hashes + 1 + end)
}

/// The paths of a snippet in the module `a::b`, each with `::` between its segments.
#[cfg(test)]
fn crate_paths(source: &str) -> Vec<String> {
    let module = ["a".to_owned(), "b".to_owned()];
    let found = names(&module, source);
    found.iter().filter(|name| name.root == Root::Crate).map(|name| name.segments.join("::")).collect()
}

#[test]
fn expands_groups() {
    assert_eq!(crate_paths("use crate::{x::{self, Y as Z}, w::*, v};"), ["x", "x::Y", "w::*", "v"]);
    assert_eq!(crate_paths("use {crate::x, crate::{y}};"), ["x", "y"]);
}

#[test]
fn sees_paths_outside_of_use() {
    assert_eq!(
        crate_paths("fn f(x: &'a crate::x::Y<crate::z::W>) { crate::v::g::<u8>(); $crate::m!() }"),
        ["x::Y", "z::W", "v::g", "m"]
    );
    assert_eq!(crate_paths("#[serde(with = \"crate::json::hex\")] a: u8"), ["json::hex"]);
    assert_eq!(crate_paths("use crate as c;"), [""]);
    assert_eq!(crate_paths("pub(in crate::x) fn f() {}"), ["x"]);
}

#[test]
fn resolves_from_the_module_it_stands_in() {
    assert_eq!(crate_paths("use super::c; use super::super::d; use self::e;"), ["a::c", "d", "a::b::e"]);
    assert_eq!(
        crate_paths("mod tests { use super::*; use super::super::super::d; } use super::c;"),
        ["a::b::*", "d", "a::c"]
    );
    assert_eq!(crate_paths("mod m { fn f() { {} } use super::x; }"), ["a::b::x"]);
    assert_eq!(crate_paths("use super::{super::{x, y}, z};"), ["x", "y", "a::z"]);
}

#[test]
fn ignores_what_is_not_code() {
    let source = r###"
        // crate::x
        //! crate::x
        /* crate::x /* crate::y */ crate::z */
        pub(crate) const A: &str = "see crate::x"; pub(super) fn f() {}
        const B: &str = r#"crate::x "quoted" crate::y"#; const C: &[u8] = b"crate::x \" crate::y";
        const D: char = '"'; const E: char = '\''; const F: &'static str = "crate::z }"; const G: u8 = b'"';
    "###;
    assert_eq!(crate_paths(source), Vec::<String>::new());
}

#[test]
fn finds_code_behind_literals() {
    let source = "const A: char = '\\''; /* é */ const B: &'static str = r\"\\\"; use crate::x;\n\"\n\"; use crate::y;";
    let found = names(&[], source);
    let lines: Vec<_> = found.iter().filter(|name| name.root == Root::Crate).map(|name| name.line).collect();
    assert_eq!(lines, [1, 3]);
}

#[test]
fn names_other_crates() {
    let scope = |source| {
        let found = names(&[], source);
        let found = found.iter().filter(|name| name.root == Root::Scope);
        found.map(|name| name.segments.join("::")).collect::<Vec<_>>()
    };
    assert_eq!(scope("use std::{io, net::TcpStream};"), ["std::io", "std::net::TcpStream"]);
    assert_eq!(scope("use ::reqwest::Client;"), ["reqwest::Client"]);
}
