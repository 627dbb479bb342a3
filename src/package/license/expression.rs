//! Loosely spelled declarations to SPDX expressions.
//!
//! 1. A declaration that as a whole is a name, an identifier or a URL that is known means that one.
//! 2. `or later`, `or any later version` and the like are a `+`.
//! 3. `and`, `or`, `with` in any case, `&`, `|`, `||` and `/` (as Cargo once had it: or) are operators. A comma or
//!    semicolon before an operator makes a group of what stands before it, as Debian has it; otherwise it means
//!    `AND`, the reading that takes no obligation away.
//! 4. What stands between two operators must be known; one unknown name, and the whole is no expression: a
//!    reader must not be satisfied by `MIT OR something`.
//! 5. Parentheses stay. More than [`DEPTH`] of them inside one another, and more than [`TERMS`] names, are no
//!    licence but an attack on whoever reads the document.

use super::names;

/// The expression in its canonical spelling, if `text` means one.
pub(super) fn normalise(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(known) = names::find(text) {
        return Some(known);
    }
    let text = later(text);
    let tokens = tokens(&text)?;
    let written = write(&tokens)?;
    // Deprecated identifiers without a successor are still on the list.
    let mode = spdx::ParseMode { allow_deprecated: true, ..spdx::ParseMode::STRICT };
    spdx::Expression::parse_mode(&written, mode).ok()?;
    Some(written)
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Token {
    Open,
    Close,
    And,
    Or,
    With,
    Comma,
    Term(String),
}

/// Rule 2. Longest first, so that nothing is left of them.
fn later(text: &str) -> String {
    const LATER: [&str; 9] = [
        " or (at your option) any later version",
        " or any later version",
        " or later versions",
        " or later version",
        " or (at your option) later",
        " or any later",
        " or greater",
        " or newer",
        " or later",
    ];
    let mut text = text.replace(", or", " or").split_whitespace().collect::<Vec<_>>().join(" ");
    for later in LATER {
        // Only ASCII is changed, so places in the one are places in the other.
        while let Some(start) = text.to_ascii_lowercase().find(later) {
            text.replace_range(start..start.saturating_add(later.len()), "+");
        }
    }
    text
}

/// Rule 3: operators and parentheses; words that follow one another are one term.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut term: Vec<&str> = Vec::new();
    let mut terms = 0_usize;
    let spaced = spaced(text);
    for word in spaced.split_whitespace() {
        let token = match word {
            "(" => Token::Open,
            ")" => Token::Close,
            "," | ";" => Token::Comma,
            "&" | "&&" => Token::And,
            "|" | "||" | "/" => Token::Or,
            _ if word.eq_ignore_ascii_case("and") => Token::And,
            _ if word.eq_ignore_ascii_case("or") => Token::Or,
            _ if word.eq_ignore_ascii_case("with") => Token::With,
            _ => {
                term.push(word);
                continue;
            }
        };
        terms += usize::from(!term.is_empty());
        flush(&mut term, &mut tokens);
        tokens.push(token);
    }
    flush(&mut term, &mut tokens);
    (terms <= TERMS && tokens.len() <= 4 * TERMS).then_some(tokens)
}

/// Puts spaces around what separates, but leaves URLs whole.
fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + 16);
    for word in text.split_whitespace() {
        if word.contains("://") {
            // Lists of addresses have their commas behind them.
            let address = word.trim_end_matches([',', ';']);
            spaced.push_str(address);
            spaced.push_str(if address.len() == word.len() { "" } else { " ," });
        } else {
            for c in word.chars() {
                match c {
                    '(' | ')' | ',' | ';' | '/' | '|' | '&' => spaced.extend([' ', c, ' ']),
                    _ => spaced.push(c),
                }
            }
        }
        spaced.push(' ');
    }
    spaced.replace("|  |", "||")
}

fn flush(term: &mut Vec<&str>, tokens: &mut Vec<Token>) {
    if !term.is_empty() {
        tokens.push(Token::Term(term.join(" ")));
        term.clear();
    }
}

/// Rules 4 and 5. `None` where a name is unknown or the parentheses are odd.
fn write(tokens: &[Token]) -> Option<String> {
    let mut written = String::new();
    let mut depth = 0_usize;
    // Where the part began that a comma closes, outside of parentheses.
    let mut rest = tokens.iter().peekable();
    while let Some(token) = rest.next() {
        match token {
            Token::Open => {
                depth += 1;
                written.push('(');
            }
            Token::Close => {
                depth = depth.checked_sub(1)?;
                written.push(')');
            }
            Token::And => written.push_str(" AND "),
            Token::Or => written.push_str(" OR "),
            // Names of licences that have their exception with them are found as a whole below.
            Token::With => return None,
            Token::Comma => match rest.peek() {
                Some(Token::And | Token::Or) if depth == 0 => written = format!("({written})"),
                Some(Token::And | Token::Or | Token::Comma) | None => {}
                Some(_) => written.push_str(" AND "),
            },
            Token::Term(term) => {
                let with = rest.next_if_eq(&&Token::With).is_some();
                let exception = if with { Some(rest.next()?) } else { None };
                written.push_str(&known(term, exception)?);
            }
        }
        if depth > DEPTH {
            return None;
        }
    }
    (depth == 0).then_some(written)
}

/// A licence, and the exception to it.
fn known(term: &str, exception: Option<&Token>) -> Option<String> {
    let Some(exception) = exception else {
        if let Some(reference) = term.strip_prefix("LicenseRef-") {
            return is_reference(reference).then(|| term.to_owned());
        }
        let found = names::find(term)?;
        // An expression of its own keeps together: `Perl` means two licences.
        return Some(if found.contains(" OR ") { format!("({found})") } else { found });
    };
    let Token::Term(exception) = exception else { return None };
    let license = names::find(term).filter(|found| !found.contains(' '))?;
    let exception = names::exception(exception, &license)?;
    Some(format!("{license} WITH {exception}"))
}

fn is_reference(reference: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    !reference.is_empty() && reference.bytes().all(allowed)
}

/// No licence of the world has more parentheses inside one another.
const DEPTH: usize = 16;

/// The Linux kernel's headers, the richest package known, name some forty.
const TERMS: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        normalise(text)
    }

    #[test]
    fn reads_what_package_databases_write() {
        for (text, expression) in [
            ("MIT", "MIT"),
            ("mit", "MIT"),
            ("MIT License", "MIT"),
            ("The MIT License", "MIT"),
            ("Expat", "MIT"),
            ("MIT/X11", "MIT"),
            ("Apache-2.0", "Apache-2.0"),
            ("Apache 2.0", "Apache-2.0"),
            ("Apache 2", "Apache-2.0"),
            ("Apache-2", "Apache-2.0"),
            ("ASL 2.0", "Apache-2.0"),
            ("Apache License, Version 2.0", "Apache-2.0"),
            ("The Apache Software License, Version 2.0", "Apache-2.0"),
            ("http://www.apache.org/licenses/LICENSE-2.0.txt", "Apache-2.0"),
            ("https://spdx.org/licenses/BSD-3-Clause.html", "BSD-3-Clause"),
            ("https://opensource.org/licenses/MIT", "MIT"),
            ("BSD-3-clause", "BSD-3-Clause"),
            ("BSD 3-Clause License", "BSD-3-Clause"),
            ("New BSD", "BSD-3-Clause"),
            ("BSD-2", "BSD-2-Clause"),
            ("ISC", "ISC"),
            ("ISC License (ISCL)", "ISC"),
            ("zlib", "Zlib"),
            ("CC0", "CC0-1.0"),
            ("BSL-1", "BSL-1.0"),
            ("Artistic-2", "Artistic-2.0"),
            ("MPLv2.0", "MPL-2.0"),
            ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
            ("PSF-2.0", "PSF-2.0"),
            ("Unlicense", "Unlicense"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expression), "{text}");
        }
    }

    /// <https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/#license-specification>,
    /// <https://docs.fedoraproject.org/en-US/legal/update-existing-packages/>, and the deprecated
    /// identifiers of <https://spdx.org/licenses/>.
    #[test]
    fn reads_the_gnu_family() {
        for (text, expression) in [
            ("GPL-2", "GPL-2.0-only"),
            ("GPL-2+", "GPL-2.0-or-later"),
            ("GPL-2.0", "GPL-2.0-only"),
            ("GPL-2.0+", "GPL-2.0-or-later"),
            ("GPL-2.0-only", "GPL-2.0-only"),
            ("GPLv2", "GPL-2.0-only"),
            ("GPLv2+", "GPL-2.0-or-later"),
            ("GPL2", "GPL-2.0-only"),
            ("GPL v3", "GPL-3.0-only"),
            ("GPL (>= 2)", "GPL-2.0-or-later"),
            ("GNU GPL v2", "GPL-2.0-only"),
            ("GPL version 2 or later", "GPL-2.0-or-later"),
            ("GNU General Public License v3 or later (GPLv3+)", "GPL-3.0-or-later"),
            ("GNU Lesser General Public License v2.1", "LGPL-2.1-only"),
            ("LGPL-2.1+", "LGPL-2.1-or-later"),
            ("LGPL-2+", "LGPL-2.0-or-later"),
            ("LGPLv2.1+", "LGPL-2.1-or-later"),
            ("AGPL-3.0", "AGPL-3.0-only"),
            ("GFDL-1.3", "GFDL-1.3-only"),
            ("GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later"),
            ("GFDL-1.3+-no-invariant", "GFDL-1.3-no-invariants-or-later"),
            ("GPL", "GPL-1.0-or-later"),
            ("GPL+", "GPL-1.0-or-later"),
            ("LGPL", "LGPL-2.0-or-later"),
            ("Perl", "GPL-1.0-or-later OR Artistic-1.0-Perl"),
            ("GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"),
            ("GPL-2+ with Classpath exception", "GPL-2.0-or-later WITH Classpath-exception-2.0"),
            ("GPL-3+ WITH GCC-exception-3.1", "GPL-3.0-or-later WITH GCC-exception-3.1"),
            ("GPL-3+-WITH-BISON-EXCEPTION", "GPL-3.0-or-later WITH Bison-exception-2.2"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expression), "{text}");
        }
    }

    #[test]
    fn reads_operators() {
        for (text, expression) in [
            ("MIT/Apache-2.0", "MIT OR Apache-2.0"),
            ("MIT or Apache-2.0", "MIT OR Apache-2.0"),
            ("MIT || Apache-2.0", "MIT OR Apache-2.0"),
            ("(MIT OR CC0-1.0)", "(MIT OR CC0-1.0)"),
            (
                "GPLv2+ and LGPLv2+ and BSD-3-Clause",
                "GPL-2.0-or-later AND LGPL-2.0-or-later AND BSD-3-Clause",
            ),
            ("MIT, ISC", "MIT AND ISC"),
            ("MIT, ISC, and Zlib", "(MIT AND ISC) AND Zlib"),
            (
                "GPL-2+ or Artistic-2.0, and BSD-3-clause",
                "(GPL-2.0-or-later OR Artistic-2.0) AND BSD-3-Clause",
            ),
            ("LGPL-2.1 or later and MIT", "LGPL-2.1-or-later AND MIT"),
            ("Perl and MIT", "(GPL-1.0-or-later OR Artistic-1.0-Perl) AND MIT"),
            ("Apache-2.0 WITH LLVM-exception/MIT", "Apache-2.0 WITH LLVM-exception OR MIT"),
            ("LicenseRef-own OR MIT", "LicenseRef-own OR MIT"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expression), "{text}");
        }
    }

    #[test]
    fn what_is_not_said_is_not_guessed() {
        for text in [
            "",
            "BSD",
            "Apache",
            "MPL",
            "Artistic",
            "Creative Commons",
            "public-domain",
            "Dual License",
            "MIT ORACLE",
            "MIT AND",
            "AND MIT",
            "MIT OR Custom - see LICENSE",
            "MIT WITH",
            "MIT WITH nonsense",
            "GPL-2+ with OpenSSL exception",
            "GPL-7",
            "(MIT",
            "MIT)",
            "()",
            "LicenseRef-foo_bar",
            "DocumentRef-x:LicenseRef-y",
            "SEE LICENSE IN LICENSE.md",
            "UNLICENSED",
            "https://example.com/license",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    /// A stack overflow in a reader that recurses, if it got into a document.
    #[test]
    fn bounds_parentheses_and_names() {
        let nested = |depth: usize| format!("{}MIT{}", "(".repeat(depth), ")".repeat(depth));
        assert!(read(&nested(DEPTH)).is_some());
        assert_eq!(read(&nested(DEPTH + 1)), None);
        assert_eq!(read(&nested(200_000)), None);
        assert_eq!(read(&vec!["MIT"; 100_000].join(" OR ")), None);
    }
}
