//! Checkpoints: signed tree heads in the one spelling that the standard has.
//! <https://c2sp.org/tlog-checkpoint>, <https://c2sp.org/signed-note>
//!
//! Reads what the proof repeats. Signatures are verified elsewhere, by a parser that takes more than this
//! one: what is refused here is a second reading of what it accepts.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The tree that a checkpoint is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct TreeHead {
    pub(super) size: u64,
    pub(super) root: [u8; 32],
}

impl TreeHead {
    /// Reads a note with at least one signature; `None` if anything is not as the standard spells it.
    pub(super) fn parse(note: &str) -> Option<Self> {
        let (text, signatures) = note.split_once("\n\n")?;
        if note.contains(|letter: char| letter.is_ascii_control() && letter != '\n') {
            return None;
        }
        let mut lines = text.split('\n');
        let _origin = lines.next().filter(|line| !line.is_empty())?;
        let size_text = lines.next()?;
        let size: u64 = size_text.parse().ok().filter(|size: &u64| size.to_string() == size_text)?;
        let root = STANDARD.decode(lines.next()?).ok()?.try_into().ok()?;
        let mut seen = HashSet::new();
        let signatures = signatures.strip_suffix('\n')?.split('\n');
        let all = signatures.into_iter().all(|line| is_signature(line) && seen.insert(line));
        all.then_some(Self { size, root })
    }
}

/// A dash, the name of the key, and four bytes of its id before the signature.
fn is_signature(line: &str) -> bool {
    let parts = line.strip_prefix("\u{2014} ").and_then(|line| line.split_once(' '));
    parts.is_some_and(|(name, signature)| {
        let name = !name.is_empty() && !name.contains(|letter: char| letter.is_whitespace() || letter == '+');
        name && STANDARD.decode(signature).is_ok_and(|bytes| bytes.len() > 4)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the public log, as in the documentation of Rekor.
    const NOTE: &str = "rekor.sigstore.dev - 2605736670972794746\n23083062\ndauhleYK4YyAdxwwDtR0l0KnSOWZdG2bwqHftlanvcI=\nTimestamp: 1689177396617352539\n\n\u{2014} rekor.sigstore.dev xNI9ajBFAiBxaGyEtxkzFLkaCSEJqFuSS3dJjEZCNiyByVs1CNVQ8gIhAOoNnXtmMtTctV2oRnSRUZAo4EWUYPK/vBsqOzAU6TMs\n";

    #[test]
    fn reads_the_tree() {
        let head = TreeHead::parse(NOTE).unwrap();
        assert_eq!(head.size, 23_083_062);
        assert_eq!(head.root[..4], [0x75, 0xab, 0xa1, 0x95]);
        let witnessed = format!("{NOTE}\u{2014} witness.example AAAAAAA=\n");
        assert_eq!(TreeHead::parse(&witnessed), Some(head));
    }

    #[test]
    fn refuses_other_spellings() {
        let signature = NOTE.rsplit_once("\n\n").unwrap().1;
        let others = [
            String::new(),
            NOTE.trim_end().to_owned(),
            format!("{NOTE} "),
            format!("{NOTE}\n"),
            format!("{NOTE}{signature}"),
            format!("{NOTE}\n{signature}"),
            format!("\n{NOTE}"),
            NOTE.replace('\n', "\r\n"),
            NOTE.replace("23083062", "+23083062"),
            NOTE.replace("23083062", "023083062"),
            NOTE.replace("23083062", " 23083062"),
            NOTE.replace("vcI=", "vcI"),
            NOTE.replace("vcI=", "vcJ="),
            NOTE.replace("dauh", ""),
            NOTE.replace("\n\n", "\n"),
            NOTE.replace("\u{2014} rekor", "- rekor"),
            NOTE.replace("\u{2014} rekor", "\u{2014}  rekor"),
            NOTE.replace("dev xNI9", "dev  xNI9"),
            NOTE.replace("6TMs\n", "6TMs more\n"),
            NOTE.replace(signature, ""),
            NOTE.replace(signature, "\u{2014} rekor.sigstore.dev xNI9ag==\n"),
        ];
        for other in others {
            assert_eq!(TreeHead::parse(&other), None, "{other:?}");
        }
    }
}
