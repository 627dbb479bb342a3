//! Lines of a tag-value text: tags with their values, which may go on over lines inside `<text>`.

use std::borrow::Cow;

use crate::spdx::error::SpdxError;

/// What stands on one line, or more.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Line<'a> {
    /// Something that is neither a tag nor a comment.
    Other { number: usize },
    /// A tag with its value; `quoted` in `<text>`, and `rest` if something follows the end of that.
    Tag { number: usize, name: &'a str, value: Cow<'a, str>, quoted: bool, rest: bool },
}

/// Splits a text into lines.
pub(super) struct Lines<'a> {
    text: &'a str,
    number: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, number: 0 }
    }

    /// The next line that says something.
    pub(super) fn next_line(&mut self) -> Result<Option<Line<'a>>, SpdxError> {
        loop {
            if self.text.is_empty() {
                return Ok(None);
            }
            let before = self.text;
            let line = self.take(before.find('\n').map_or(before.len(), |end| end.saturating_add(1)));
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let number = self.number;
            let tag = line.split_once(':').filter(|(name, _)| is_tag(name));
            let Some((name, value)) = tag else { return Ok(Some(Line::Other { number })) };
            let Some(start) = value.trim_start().strip_prefix("<text>") else {
                return Ok(Some(Line::Tag {
                    number,
                    name,
                    value: value.trim().into(),
                    quoted: false,
                    rest: false,
                }));
            };
            // The text begins in this line and ends where its end is, however far that is.
            let inside = before.split_once("<text>").map_or(start, |(_, inside)| inside);
            let Some(end) = inside.find("</text>") else {
                return Err(SpdxError::Line { line: number, reason: "<text> has no end" });
            };
            let (value, after) =
                (inside.get(..end).unwrap_or_default(), inside.get(end..).unwrap_or_default());
            let after = after.strip_prefix("</text>").unwrap_or(after);
            let rest = after.lines().next().is_some_and(|rest| !rest.trim().is_empty());
            self.number = self.number.saturating_add(value.matches('\n').count());
            self.text =
                after.find('\n').and_then(|end| after.get(end.saturating_add(1)..)).unwrap_or_default();
            let value = if value.contains('\r') {
                Cow::Owned(value.replace("\r\n", "\n"))
            } else {
                Cow::Borrowed(value)
            };
            return Ok(Some(Line::Tag { number, name, value, quoted: true, rest }));
        }
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (line, rest) = self.text.split_at_checked(length).unwrap_or((self.text, ""));
        self.text = rest;
        self.number = self.number.saturating_add(1);
        line
    }
}

fn is_tag(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(usize, &str, String)> {
        let mut lines = Lines::new(text);
        let mut found = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            found.push(match line {
                Line::Other { number } => (number, "", String::new()),
                Line::Tag { number, name, value, rest, .. } => {
                    (number, name, if rest { format!("{value}!") } else { value.into_owned() })
                }
            });
        }
        found
    }

    #[test]
    fn every_kind_of_line() {
        let found =
            lines("A: 1\r\n# no: 2\n\n B :x\nB:<text>one\r\n C: 2\n</text>\nD: <text>x</text> y\nE:\nF: a:b");
        let expected = [
            (1, "A", "1"),
            (4, "", ""),
            (5, "B", "one\n C: 2\n"),
            (8, "D", "x!"),
            (9, "E", ""),
            (10, "F", "a:b"),
        ];
        let expected: Vec<_> =
            expected.into_iter().map(|(n, name, value)| (n, name, value.to_owned())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_text_without_end_is_an_error() {
        let mut lines = Lines::new("A: 1\nB: <text>x\nC: 2\n");
        assert!(lines.next_line().is_ok());
        assert!(matches!(lines.next_line(), Err(SpdxError::Line { line: 2, .. })));
    }
}
