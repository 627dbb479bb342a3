//! PEM blocks (RFC 7468), with whatever text stands around them, as Go's `encoding/pem` finds them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// One block.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Block<'a> {
    /// What stands behind `BEGIN`.
    pub(super) label: &'a str,
    pub(super) der: Vec<u8>,
}

/// The blocks of a text, in order. One that is not closed or not base64 is an error, and the last item.
pub(super) fn blocks(text: &[u8]) -> impl Iterator<Item = Result<Block<'_>, &'static str>> {
    let mut rest = str::from_utf8(text);
    std::iter::from_fn(move || {
        let Ok(text) = rest else {
            rest = Ok("");
            return Some(Err("it is not text"));
        };
        let (block, after) = next(text)?;
        rest = Ok(if block.is_ok() { after } else { "" });
        Some(block)
    })
}

fn next(text: &str) -> Option<(Result<Block<'_>, &'static str>, &str)> {
    let (_, text) = text.split_once(BEGIN)?;
    let Some((label, text)) = text.split_once(DASHES) else { return Some((Err("it has no end"), "")) };
    let Some((body, text)) = text.split_once(END) else { return Some((Err("it has no end"), "")) };
    let Some(rest) = text.strip_prefix(label).and_then(|text| text.strip_prefix(DASHES)) else {
        return Some((Err("it ends as another kind"), ""));
    };
    let base64: String = body.chars().filter(|char| !char.is_ascii_whitespace()).collect();
    let block = STANDARD.decode(base64).map(|der| Block { label, der }).map_err(|_| "it is not base64");
    Some((block, rest))
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Result<(&str, Vec<u8>), &'static str>> {
        blocks(text.as_bytes()).map(|block| block.map(|block| (block.label, block.der))).collect()
    }

    #[test]
    fn blocks_and_text_around_them() {
        let text = "before\n-----BEGIN A B-----\nAQID\r\nBA==\n-----END A B-----\nbetween\n\
                    -----BEGIN C-----\n-----END C-----\nafter";
        assert_eq!(read(text), [Ok(("A B", vec![1, 2, 3, 4])), Ok(("C", vec![]))]);
        assert_eq!(read(""), []);
        assert_eq!(read("no block"), []);
    }

    #[test]
    fn broken_blocks() {
        assert_eq!(read("-----BEGIN A"), [Err("it has no end")]);
        assert_eq!(read("-----BEGIN A-----\nAQID"), [Err("it has no end")]);
        assert_eq!(read("-----BEGIN A-----\nAQID\n-----END B-----"), [Err("it ends as another kind")]);
        assert_eq!(read("-----BEGIN A-----\nA!\n-----END A-----\n"), [Err("it is not base64")]);
        let headers = "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nAQID\n-----END A-----\n";
        assert_eq!(read(headers), [Err("it is not base64")]);
        assert_eq!(blocks(b"\xff").collect::<Vec<_>>(), [Err("it is not text")]);
    }
}
