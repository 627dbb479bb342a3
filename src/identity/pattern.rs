//! Regular expressions as Go reads them, because cosign and the policies written for it do.
//! <https://github.com/google/re2/wiki/Syntax>
//!
//! The crate `regex` shares nearly all of that syntax. Where it would match more, its classes are narrowed; where
//! one spelling means two things, it is refused.

use regex_syntax::ast::AssertionKind;
use regex_syntax::ast::Ast;
use regex_syntax::ast::ClassPerl;
use regex_syntax::ast::ClassPerlKind;
use regex_syntax::ast::ClassSetBinaryOp;
use regex_syntax::ast::ClassSetItem;
use regex_syntax::ast::Flag;
use regex_syntax::ast::Flags;
use regex_syntax::ast::GroupKind;
use regex_syntax::ast::Span;
use regex_syntax::ast::Visitor;
use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::visit;

/// Rewrites a pattern so that it matches what it matches in Go: `\d`, `\s`, `\w` and `\b` are of ASCII there.
/// What is no regular expression comes back as it is, for the crate to say why.
///
/// # Errors
/// It means something else in Go: why.
pub(super) fn translate(text: &str) -> Result<String, &'static str> {
    let Ok(ast) = Parser::new().parse(text) else { return Ok(text.to_owned()) };
    let edits = visit(&ast, Translation { text, edits: Vec::new() })?;
    let mut translated = String::with_capacity(text.len());
    let mut rest = 0;
    for (span, replacement) in edits {
        translated.push_str(text.get(rest..span.start.offset).unwrap_or_default());
        translated.push_str(replacement);
        rest = span.end.offset;
    }
    translated.push_str(text.get(rest..).unwrap_or_default());
    Ok(translated)
}

/// Replacements in the order of the text.
struct Translation<'a> {
    text: &'a str,
    edits: Vec<(Span, &'static str)>,
}

impl Translation<'_> {
    fn class(&mut self, class: &ClassPerl) {
        let ascii = match (&class.kind, class.negated) {
            (ClassPerlKind::Digit, false) => "[0-9]",
            (ClassPerlKind::Digit, true) => "[^0-9]",
            (ClassPerlKind::Space, false) => r"[\t\n\f\r ]",
            (ClassPerlKind::Space, true) => r"[^\t\n\f\r ]",
            (ClassPerlKind::Word, false) => "[0-9A-Za-z_]",
            (ClassPerlKind::Word, true) => "[^0-9A-Za-z_]",
        };
        self.edits.push((class.span, ascii));
    }

    fn check_flags(&self, flags: &Flags) -> Result<(), &'static str> {
        let other = [Flag::CRLF, Flag::IgnoreWhitespace, Flag::Unicode];
        match other.into_iter().any(|flag| flags.flag_state(flag).is_some()) {
            true => Err("Go knows no flags but i, m, s and U"),
            false => Ok(()),
        }
    }
}

impl Visitor for Translation<'_> {
    type Output = Vec<(Span, &'static str)>;
    type Err = &'static str;

    fn finish(self) -> Result<Self::Output, Self::Err> {
        Ok(self.edits)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Self::Err> {
        match ast {
            Ast::ClassPerl(class) => self.class(class),
            Ast::Flags(set) => self.check_flags(&set.flags)?,
            Ast::Group(group) => {
                if let GroupKind::NonCapturing(flags) = &group.kind {
                    self.check_flags(flags)?;
                }
            }
            Ast::Assertion(assertion) => match assertion.kind {
                AssertionKind::WordBoundary => self.edits.push((assertion.span, r"(?-u:\b)")),
                AssertionKind::NotWordBoundary => self.edits.push((assertion.span, r"(?-u:\B)")),
                AssertionKind::StartLine
                | AssertionKind::EndLine
                | AssertionKind::StartText
                | AssertionKind::EndText => {}
                _ => return Err(r"Go knows no word boundaries but \b and \B"),
            },
            Ast::Repetition(repetition) => {
                let span = repetition.op.span;
                let operator = self.text.get(span.start.offset..span.end.offset).unwrap_or_default();
                if operator.starts_with("{,") {
                    return Err("Go takes a repetition without a lower bound for text");
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Self::Err> {
        match item {
            ClassSetItem::Perl(class) => self.class(class),
            ClassSetItem::Bracketed(_) => return Err("Go takes a bracket within brackets for text"),
            _ => {}
        }
        Ok(())
    }

    fn visit_class_set_binary_op_pre(&mut self, _: &ClassSetBinaryOp) -> Result<(), Self::Err> {
        Err("Go takes &&, -- and ~~ within brackets for text")
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Regex::new(&translate(pattern).unwrap()).unwrap().is_match(text)
    }

    /// From the table of the syntax: `\d` is `[0-9]`, `\s` is `[\t\n\f\r ]`, `\w` is `[0-9A-Za-z_]`, and `\b` is
    /// a boundary of these.
    #[test]
    fn classes_are_of_ascii() {
        for (pattern, yes, no) in [
            (r"^\d$", "7", "\u{663}"),
            (r"^\D$", "\u{663}", "7"),
            (r"^[\d.]+$", "1.7", "1.\u{663}"),
            (r"^[^\D]$", "7", "\u{663}"),
            (r"^\w+$", "user_1", "us\u{435}r"),
            (r"^\W$", "\u{435}", "e"),
            (r"^a\sb$", "a b", "a\u{a0}b"),
            (r"^a\sb$", "a\tb", "a\u{b}b"),
            (r"^a\Sb$", "a\u{a0}b", "a b"),
            (r"r\b", "r\u{435}", "re"),
            (r"^(?i:\w{2})$", "eX", "e\u{445}"),
        ] {
            assert!(matches(pattern, yes), "{pattern} {yes:?}");
            assert!(!matches(pattern, no), "{pattern} {no:?}");
        }
    }

    #[test]
    fn what_is_the_same_stays() {
        for pattern in [
            r"^https://github\.com/example/[^/]+/\.github/workflows/.*@refs/tags/v[0-9]+$",
            r"(?i)^a|b\z",
            r"[[:alpha:]]\pL\x{1F600}(?P<name>x){2,3}?",
            "",
            "(",
            r"\Z",
        ] {
            assert_eq!(translate(pattern), Ok(pattern.to_owned()));
        }
    }

    #[test]
    fn refuses_what_means_something_else() {
        for pattern in [
            "[a-z&&b]",
            "[a--b]",
            "[a~~b]",
            "[[a]]",
            "[a[^b]]",
            "(?x)a b",
            "(?x: a)",
            "(?R)a$",
            "(?-u:a)",
            r"\<a",
            r"a\b{end}",
            "a{,3}",
        ] {
            // What the crate does not know either comes back for it to say so.
            let refused = translate(pattern).map_or(true, |same| Regex::new(&same).is_err());
            assert!(refused, "{pattern}");
        }
    }
}
