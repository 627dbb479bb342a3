//! Versions that builders give to Go's linker: `-ldflags "-X main.version=1.2.3"`.
//!
//! The linker keeps every value given by `-X` as a text of its own, ended by a zero byte, and sets the toolchain's
//! version in the same way, so that all of them lie together in the data. This finds the nearest one that is
//! like a version. `cmd/link/internal/ld/data.go` of Go, `addstrdata`.

/// The toolchain's version that stands at `at` as a whole text, and the version nearest to it.
pub(super) fn beside(bytes: &[u8], at: usize) -> Option<(String, String)> {
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    let toolchain = text(bytes.get(at..)?).filter(|_| before == Some(&0))?;
    let start = at.saturating_sub(REACH);
    let end = at.saturating_add(REACH).min(bytes.len());
    let near = bytes.get(start..end)?;
    let own = at.saturating_sub(start);
    // A text may follow other data without a zero between, but not in the midst of a word.
    let begins = |place: &usize| {
        let before = place.checked_sub(1).and_then(|before| near.get(before));
        !before.is_some_and(|byte| byte.is_ascii_alphanumeric() || b".+-~_/:".contains(byte))
    };
    let versions = (0..near.len()).filter(begins).filter_map(|place| {
        let version = text(near.get(place..)?).filter(|text| is_version(text))?;
        Some((place.abs_diff(own), version))
    });
    let (_, version) = versions.min_by_key(|(distance, _)| *distance)?;
    Some((toolchain.to_owned(), version.to_owned()))
}

/// The text up to the next zero byte, if it is short and all of it could be of a version.
fn text(bytes: &[u8]) -> Option<&str> {
    let end = bytes.iter().take(TEXT_BYTES).position(|byte| *byte == 0)?;
    let text = bytes.get(..end).filter(|text| !text.is_empty())?;
    let known = |byte: &u8| byte.is_ascii_alphanumeric() || b".+-~_".contains(byte);
    std::str::from_utf8(text).ok().filter(|text| text.as_bytes().iter().all(known))
}

/// `1.2.3`, `v1.2.3-rc.1`, `2.8.2+ds1`: three numbers, and what follows them.
fn is_version(text: &str) -> bool {
    let mut numbers = text.strip_prefix('v').unwrap_or(text).splitn(3, '.');
    let mut is_number = || {
        let number = numbers.next().unwrap_or_default();
        !number.is_empty() && number.len() <= 6 && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    is_number()
        && is_number()
        && numbers.next().is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// How far from the toolchain's version the others lie: below 1000 bytes in all programs that were looked at.
const REACH: usize = 1024;

/// Bytes of a version, with all that builders add.
const TEXT_BYTES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn find(bytes: &[u8]) -> Option<String> {
        let at = memchr::memmem::find(bytes, b"go1.").unwrap();
        beside(bytes, at).map(|(toolchain, version)| format!("{toolchain} {version}"))
    }

    /// The bytes around the toolchain's version in programs that were released.
    #[test]
    fn finds_what_lies_beside_the_toolchain() {
        // docker-registry 2.8.2+ds1-1 of Debian 12, umoci 0.4.7+ds-3+b7 of Debian 12, syft 1.18.1, docker 28.2.2.
        let registry = b"\x02\0\0\0\0\0\0\0go1.19.8\0\0\0\0\0\0\0\x002.8.2+ds1\0\0\0\0\0\0\0\x0f\x0e\r\x0c";
        assert_eq!(find(registry).as_deref(), Some("go1.19.8 2.8.2+ds1"));
        let umoci = b"\x02\0\0\0\0\0\0\0go1.19.8\0\0\0\0\0\0\0\x000.4.7+ds-3+b7\0\0\0o\xb5w\0";
        assert_eq!(find(umoci).as_deref(), Some("go1.19.8 0.4.7+ds-3+b7"));
        let syft = b"\0\0\0P@v1.18.1\0\0\x10\xbe\x02\0\0\0\0\0go1.23.4\0\0\0\0\0\0\0\0\xd4+DT\x01";
        assert_eq!(find(syft).as_deref(), Some("go1.23.4 v1.18.1"));
        let docker = [b"\0\x0028.2.2\0\0", vec![7; 888].as_slice(), b"e6534b4\0go1.24.3\0\0"].concat();
        assert_eq!(find(&docker).as_deref(), Some("go1.24.3 28.2.2"));
    }

    #[test]
    fn takes_nothing_else_for_a_version() {
        for bytes in [
            // No other text; a part of one; of two numbers; an address; too far; a version that isn't ended.
            b"\0go1.25.4\0\0\0\0".as_slice(),
            b"\0x1.2.3\0go1.25.4\0",
            b"\x001.2\0go1.25.4\0\0",
            b"\x00127.0.0.1:80\0go1.25.4\0\0",
            &[b"\x001.2.3\0", vec![0; 1100].as_slice(), b"\0go1.25.4\0"].concat(),
            b"\0go1.25.4\0\x001.2.3",
            // Not a text of its own.
            b"built with go1.25.4\0\x001.2.3\0",
            b"\0go1.25.4 and later\0\x001.2.3\0",
        ] {
            assert_eq!(find(bytes), None, "{}", bytes.escape_ascii());
        }
    }
}
