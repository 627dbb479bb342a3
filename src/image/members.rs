//! Tar archives that are no layers: packages hold such.

use std::io;
use std::io::BufReader;
use std::io::Read;
use std::ops::ControlFlow;

use super::tar::Archive;
use super::tar::Kind;
use super::tar::Member;

/// Shows each regular file of an uncompressed tar archive to `see`, by its path without a leading `/` or `./`, until
/// that breaks off. Nothing is kept, and links are not followed.
///
/// # Errors
/// Those of `archive`, of what is no such archive, and of `see`.
pub fn read_members(
    archive: impl Read,
    mut see: impl FnMut(&str, &mut dyn Read) -> io::Result<ControlFlow<()>>,
) -> io::Result<()> {
    let mut archive = Archive::new(BufReader::new(archive));
    let mut member = Member::default();
    while archive.next(&mut member)? {
        if member.kind != Kind::Regular {
            continue;
        }
        let path = String::from_utf8_lossy(&member.path).into_owned();
        let path = path.trim_start_matches("./").trim_start_matches('/');
        if see(path, &mut archive.content(&member))?.is_break() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By GNU tar: `tar cf - --format=ustar -C DIRECTORY ./a ./b`, with `a` and `b` holding one letter each.
    fn archive() -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, content) in [("./a", "x"), ("./b", "y")] {
            let mut block = [0_u8; 512];
            block[..name.len()].copy_from_slice(name.as_bytes());
            block[100..108].copy_from_slice(b"0000644\0");
            block[124..136].copy_from_slice(b"00000000001\0");
            block[148..156].copy_from_slice(b"        ");
            block[156] = b'0';
            block[257..265].copy_from_slice(b"ustar\x0000");
            let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
            block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            bytes.extend(block);
            bytes.extend(content.as_bytes());
            bytes.resize(bytes.len().next_multiple_of(512), 0);
        }
        bytes.resize(bytes.len() + 1024, 0);
        bytes
    }

    fn seen(bytes: &[u8], until: &str) -> (Vec<String>, io::Result<()>) {
        let mut seen = Vec::new();
        let result = read_members(bytes, |path, content| {
            let mut text = String::new();
            content.read_to_string(&mut text)?;
            seen.push(format!("{path}={text}"));
            Ok(if path == until { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        });
        (seen, result)
    }

    #[test]
    fn shows_members_until_told_to_stop() {
        let bytes = archive();
        assert_eq!(seen(&bytes, "").0, ["a=x", "b=y"]);
        assert_eq!(seen(&bytes, "a").0, ["a=x"]);
        assert!(seen(&bytes[..700], "").1.is_err());
        assert!(seen(b"no archive, whatever its length may be", "").1.is_err());
    }
}
