//! A page of Markdown, and texts from outside in it.
//!
//! GitHub flavoured. Every text from outside is escaped so that it shows as it is: no markup, no HTML, no
//! link, no mention.

use std::fmt;
use std::fmt::Write as _;

use super::printable::Printable;
use super::printable::printable;

/// Bytes that are written at most: the body of a GitHub comment holds 65,536 characters.
pub const MARKDOWN_BYTES: usize = 65_536;

/// The page under way; never longer than [`MARKDOWN_BYTES`].
#[derive(Default)]
pub(super) struct Page {
    pub(super) text: String,
}

impl Page {
    /// A page that begins with this.
    pub(super) fn titled(text: String) -> Self {
        Self { text }
    }

    /// Adds a section with as many rows as fit, and the number of the others.
    pub(super) fn table(&mut self, title: &str, head: &str, rows: &[String]) {
        self.section(title, &format!("\n### {title}\n\n{head}"), rows, "");
    }

    /// The same, for the reader to open.
    pub(super) fn folded(&mut self, title: &str, head: &str, rows: &[String]) {
        let start = format!("\n<details><summary>{title} ({})</summary>\n\n{head}", rows.len());
        self.section(title, &start, rows, "\n</details>\n");
    }

    fn section(&mut self, title: &str, start: &str, rows: &[String], end: &str) {
        if rows.is_empty() {
            return;
        }
        if self.left() < start.len() {
            let _ = write!(self.text, "\n{title}: {} rows did not fit.\n", rows.len());
            return;
        }
        self.text.push_str(start);
        let mut written = 0;
        for row in rows {
            if self.left() < row.len() {
                break;
            }
            self.text.push_str(row);
            written += 1;
        }
        let more = rows.len() - written;
        if more > 0 {
            let _ = write!(self.text, "\n{more} more did not fit; the JSON output has all of them.\n");
        }
        self.text.push_str(end);
    }

    /// What may still be written, without what the last words of each section need.
    fn left(&self) -> usize {
        (MARKDOWN_BYTES - RESERVE).saturating_sub(self.text.len())
    }
}

/// A text from outside, harmless in a table cell: at most `limit` characters of it.
///
/// 1. ASCII punctuation that means something to Markdown or HTML becomes a character reference. So does `:`,
///    so that no URL becomes a link.
/// 2. GitHub looks for mentions and issue numbers after that, in what is shown: there a zero-width space
///    parts them (as Renovate does). An address in front of a digest, `app@sha256:...`, is none, and is kept
///    as it is for copying.
pub(super) fn escape(text: &str, limit: usize) -> String {
    let end = text.char_indices().nth(limit).map_or(text.len(), |(end, _)| end);
    let (text, more) = text.split_at(end);
    let mut shown = String::new();
    let mut before = ' ';
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '&' | '<' | '>' | '|' | '`' | '*' | '_' | '~' | '[' | ']' | '\\' | '@' | '#' | '$' | ':' => {
                let _ = write!(shown, "&#{};", u32::from(c));
            }
            '.' if before.eq_ignore_ascii_case(&'w') => shown.push_str("&#46;"),
            '\n' | '\r' | '\t' => shown.push(' '),
            c => {
                let mut buffer = [0; 4];
                let _ = write!(shown, "{}", Bare(printable(c.encode_utf8(&mut buffer))));
            }
        }
        if is_reference(before, c, rest.as_str()) {
            shown.push_str("&#8203;");
        }
        before = c;
    }
    if !more.is_empty() {
        let _ = write!(shown, "… ({} more characters)", more.chars().count());
    }
    shown
}

/// Whether `c` begins what GitHub would take for a mention, a mail address, or an issue number.
fn is_reference(before: char, c: char, rest: &str) -> bool {
    let digit = rest.starts_with(|next: char| next.is_ascii_digit());
    match c {
        '@' => {
            let domain = rest.split(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).next();
            !before.is_ascii_alphanumeric() || domain.is_some_and(|domain| domain.contains('.'))
        }
        '#' => digit,
        '-' => digit && before.eq_ignore_ascii_case(&'h'),
        _ => false,
    }
}

/// A character written as `\u{..}` has a backslash of its own.
struct Bare<'a>(Printable<'a>);

impl fmt::Display for Bare<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        f.write_str(&text.replace('\\', "&#92;"))
    }
}

/// Characters shown of a longer text.
pub(super) const CELL: usize = 400;

/// Characters shown of a name.
pub(super) const SHORT: usize = 120;

/// Kept for the last words of the sections: six of them, below 100 bytes each.
const RESERVE: usize = 1024;
