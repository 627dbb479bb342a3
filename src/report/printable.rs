//! Text from outside, on its way to a terminal.

use std::fmt;
use std::fmt::Write;

/// Shows a text from outside without letting it act.
///
/// Control characters (escape sequences among them), line breaks, and the characters that turn the direction
/// of writing or have no width are written as `\u{..}`, so that what is seen is what is there.
#[must_use]
pub fn printable(text: &str) -> Printable<'_> {
    Printable(text)
}

/// Shortens each SHA-256 digest of a text to its first 12 digits, for places that are read and not copied.
#[must_use]
pub fn brief(text: &str) -> String {
    let mut parts = text.split(SHA256);
    let mut brief = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        let (digest, rest) = part.split_at(digits);
        let kept = if digits == DIGITS { digest.get(..BRIEF).unwrap_or(digest) } else { digest };
        brief.extend([SHA256, kept, rest]);
    }
    brief
}

const SHA256: &str = "sha256:";

/// Hexadecimal digits of a SHA-256 digest.
const DIGITS: usize = 64;

/// As many as Docker shows.
const BRIEF: usize = 12;

/// See [`printable`].
#[derive(Clone, Copy, Debug)]
pub struct Printable<'a>(&'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if is_harmless(c) { f.write_char(c)? } else { write!(f, "{}", c.escape_unicode())? }
        }
        Ok(())
    }
}

/// Not a control character (C0, DEL, C1), line or paragraph separator, bidirectional control, invisible
/// character, variation selector, tag, or private-use character.
pub(super) fn is_harmless(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_spelled_out() {
        for (text, expected) in [
            ("plain text, ünïcödé 漢字 ✅", "plain text, ünïcödé 漢字 ✅"),
            ("\u{1b}[31mred\u{1b}]8;;x\u{7}", r"\u{1b}[31mred\u{1b}]8;;x\u{7}"),
            ("a\nb\r\tc\0", r"a\u{a}b\u{d}\u{9}c\u{0}"),
            ("\u{9b}31m\u{85}\u{7f}", r"\u{9b}31m\u{85}\u{7f}"),
            ("ab\u{202e}dc\u{2066}x\u{2069}", r"ab\u{202e}dc\u{2066}x\u{2069}"),
            ("pay\u{200b}pal\u{feff}\u{ad}", r"pay\u{200b}pal\u{feff}\u{ad}"),
            ("\u{2028}\u{2029}\u{e0041}\u{fe0f}", r"\u{2028}\u{2029}\u{e0041}\u{fe0f}"),
        ] {
            assert_eq!(printable(text).to_string(), expected);
        }
    }

    #[test]
    fn only_whole_digests_are_shortened() {
        let digest = "0d06e6c086b218389fa05ba159c5a5ddb0fd445d336ce98d06c3c21de44cfb63";
        for (text, expected) in [
            (format!("at sha256:{digest}, layer 0"), "at sha256:0d06e6c086b2, layer 0".to_owned()),
            (
                format!("sha256:{digest} sha256:{digest}"),
                "sha256:0d06e6c086b2 sha256:0d06e6c086b2".to_owned(),
            ),
            (format!("sha256:{digest}0"), format!("sha256:{digest}0")),
            (format!("sha512:{digest}"), format!("sha512:{digest}")),
            ("sha256:5b1e, sha256:".to_owned(), "sha256:5b1e, sha256:".to_owned()),
            (format!("sha256:{}é", &digest[..63]), format!("sha256:{}é", &digest[..63])),
            (String::new(), String::new()),
        ] {
            assert_eq!(brief(&text), expected);
        }
    }
}
