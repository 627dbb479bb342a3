//! `mtree`: what a package put there, with digests, compressed by gzip. <https://man.freebsd.org/cgi/man.cgi?mtree(5)>

use std::io::Read;

use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::limits;

/// One file, directory or link.
#[derive(Debug, PartialEq)]
pub(super) struct Entry {
    /// With a leading `/`.
    pub(super) path: String,
    pub(super) is_directory: bool,
    /// In syft's shape.
    pub(super) record: Value,
}

/// The entries, without the files that describe the package itself.
pub(super) fn read(packed: &[u8]) -> Result<Vec<Entry>, String> {
    let mut bytes = Vec::new();
    let read =
        MultiGzDecoder::new(packed).take(limits::MTREE_BYTES.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| error.to_string())?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > limits::MTREE_BYTES) {
        return Err(format!("more than {} bytes", limits::MTREE_BYTES));
    }
    let text = String::from_utf8_lossy(&bytes);
    if !text.starts_with("#mtree") {
        return Err("it is no mtree".to_owned());
    }
    // `/set` tells what holds where an entry says nothing else: modes and owners, and that it is a file.
    let lines = text.lines().filter(|line| line.starts_with("./"));
    Ok(lines.filter_map(entry).filter(|entry| !OF_THE_PACKAGE.contains(&entry.path.as_str())).collect())
}

fn entry(line: &str) -> Option<Entry> {
    let mut words = line.split_ascii_whitespace();
    let path = unescape(words.next()?.strip_prefix('.')?);
    let mut fields = Map::from_iter([("path".to_owned(), Value::from(path.as_str()))]);
    let mut digests = Vec::new();
    let mut is_directory = false;
    for (key, value) in words.filter_map(|word| word.split_once('=')) {
        let value = match key {
            "gid" | "size" | "uid" => Value::from(value),
            "link" => Value::from(unescape(value)),
            "md5digest" | "sha256digest" => {
                let algorithm = key.trim_end_matches("digest");
                digests.push(json!({ "algorithm": algorithm, "value": value }));
                continue;
            }
            "time" => {
                let seconds = value.split('.').next().and_then(|seconds| seconds.parse().ok());
                let Some(time) = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()) else {
                    continue;
                };
                Value::from(time.to_string())
            }
            "type" => {
                is_directory = value == "dir";
                Value::from(value)
            }
            _ => continue,
        };
        fields.insert(key.to_owned(), value);
    }
    fields.insert("digest".to_owned(), digests.into());
    Some(Entry { path, is_directory, record: fields.into() })
}

/// `\040` is a space, and so are other bytes that could not stand there.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after
            .get(..3)
            .filter(|digits| byte == b'\\' && digits.iter().all(|digit| (b'0'..b'8').contains(digit)));
        let code = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        bytes.push(code.unwrap_or(byte));
        rest = if code.is_some() { after.get(3..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// They are in the archive of the package, and are not installed.
const OF_THE_PACKAGE: [&str; 5] = ["/.BUILDINFO", "/.CHANGELOG", "/.INSTALL", "/.MTREE", "/.PKGINFO"];

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    pub(in super::super) fn pack(text: &[u8]) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(text).unwrap();
        packed.finish().unwrap()
    }

    /// In the shape in which bsdtar writes them for makepkg.
    #[test]
    fn reads_entries() {
        let text = b"#mtree\n/set type=file uid=0 gid=0 mode=644\n./.BUILDINFO time=1636052000.0 size=6 md5digest=aa\n/set mode=755\n./etc time=1.0 type=dir\n./etc/a\\040b\\134c time=1636052001.0 size=137 md5digest=81c39827 sha256digest=95fc\n./lib.so time=x mode=777 type=link link=lib.so.1\nbroken\n./\n";
        let entries = read(&pack(text)).unwrap();
        let paths: Vec<(&str, bool)> =
            entries.iter().map(|entry| (entry.path.as_str(), entry.is_directory)).collect();
        assert_eq!(paths, [("/etc", true), ("/etc/a b\\c", false), ("/lib.so", false), ("/", false)]);
        assert_eq!(
            entries[1].record,
            json!({
                "path": "/etc/a b\\c",
                "time": "2021-11-04T18:53:21Z",
                "size": "137",
                "digest": [
                    { "algorithm": "md5", "value": "81c39827" },
                    { "algorithm": "sha256", "value": "95fc" },
                ],
            })
        );
        assert_eq!(
            entries[2].record,
            json!({ "path": "/lib.so", "type": "link", "link": "lib.so.1", "digest": [] })
        );
    }

    #[test]
    fn refuses_what_is_none() {
        assert!(read(b"#mtree").is_err());
        assert_eq!(read(&pack(b"./a\n")), Err("it is no mtree".to_owned()));
        let long = [b"#mtree\n".as_slice(), &vec![b' '; 17 << 20]].concat();
        assert_eq!(read(&pack(&long)), Err("more than 16777216 bytes".to_owned()));
        assert_eq!(unescape("\\999\\4\\400\\"), "\\999\\4\\400\\");
    }
}
