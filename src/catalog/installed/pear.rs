//! PEAR and PECL: the registry, in PHP's serialisation.
//! <https://www.php.net/manual/en/function.serialize.php>

use serde_json::Map;
use serde_json::Value;

use super::super::Want;
use super::super::text;
use super::Described;
use super::Installed;
use super::Source;
use super::metadata;
use super::package;
use crate::package::Kind;
use crate::package::License;
use crate::package::OwnedFile;
use crate::package::PurlBuilder;

pub(in super::super) const PEAR: Installed = Installed {
    name: "php-pear-serialized-cataloger",
    tags: &["declared", "directory", "image", "language", "package", "pear", "pecl", "php"],
    wants: &[Want::Bytes("**/php/.registry/**/*.reg")],
    read,
};

fn read(source: &Source<'_>) -> Result<Option<Described>, String> {
    let mut reader = Reader { rest: source.bytes, values: 0 };
    let Some(Value::Object(object)) = reader.value(0) else {
        return Err("not a serialised array".to_owned());
    };
    let under = |key: &str, inner: &str| match object.get(key) {
        Some(Value::Object(object)) => text::string(object, inner).map(str::to_owned),
        Some(Value::String(value)) => Some(value.clone()),
        _ => None,
    };
    let name = text::string(&object, "name").ok_or("it names no package")?;
    let version = under("version", "release").ok_or("it has no version")?;
    let channel = text::string(&object, "channel").unwrap_or("pear.php.net");
    let license = under("license", "_content");
    let kind = if channel == "pecl.php.net" { Kind::Pecl } else { Kind::Pear };
    let mut found = package(kind, name, &version);
    found.purl = Some(PurlBuilder::new("pear", name).namespace(channel).version(version.as_str()).build());
    found.licenses = license.as_deref().map(License::declared).into_iter().collect();
    found.description = text::string(&object, "summary").map(str::to_owned);
    found.files = owned(&object);
    found.metadata = metadata(
        "php-pear-entry",
        [
            ("name", name.into()),
            ("channel", channel.into()),
            ("version", version.into()),
            ("license", license.into_iter().collect::<Vec<_>>().into()),
        ],
    );
    Ok(Some(Described::new(found)))
}

/// Where the files of its list were installed.
fn owned(object: &Map<String, Value>) -> Vec<OwnedFile> {
    let list = object.get("filelist").and_then(Value::as_object);
    let installed =
        list.into_iter().flat_map(Map::values).filter_map(|file| file.get("installed_as")?.as_str());
    let absolute = installed.filter(|path| path.starts_with('/'));
    let mut files: Vec<OwnedFile> = absolute.map(|path| OwnedFile { path: path.to_owned() }).collect();
    files.sort_unstable();
    files.dedup();
    files
}

/// Reads values one behind the other. Objects, references and floats are not in registries.
struct Reader<'a> {
    rest: &'a [u8],
    values: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        self.values = self.values.checked_add(1).filter(|values| *values <= VALUES)?;
        match self.take(2)? {
            b"N;" => Some(Value::Null),
            b"b:" | b"i:" | b"d:" => {
                self.until(b';').map(|digits| String::from_utf8_lossy(digits).into_owned().into())
            }
            b"s:" => {
                let string = self.string()?;
                self.take(1).filter(|end| *end == b";")?;
                Some(string.into())
            }
            b"a:" if depth < DEPTH => self.array(depth),
            _ => None,
        }
    }

    /// `count:{key value ..}`, keys as strings.
    fn array(&mut self, depth: usize) -> Option<Value> {
        let count = self.number()?;
        self.take(1).filter(|open| *open == b"{")?;
        let mut object = Map::new();
        for _ in 0..count {
            let Value::String(key) = self.value(depth.saturating_add(1))? else { return None };
            object.insert(key, self.value(depth.saturating_add(1))?);
        }
        self.take(1).filter(|close| *close == b"}")?;
        Some(Value::Object(object))
    }

    /// `length:"bytes"`.
    fn string(&mut self) -> Option<String> {
        let length = self.number()?;
        self.take(1).filter(|quote| *quote == b"\"")?;
        let bytes = self.take(length)?;
        self.take(1).filter(|quote| *quote == b"\"")?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    fn number(&mut self) -> Option<usize> {
        std::str::from_utf8(self.until(b':')?).ok()?.parse().ok()
    }

    fn until(&mut self, end: u8) -> Option<&'a [u8]> {
        let length = memchr::memchr(end, self.rest)?;
        let found = self.take(length)?;
        self.take(1)?;
        Some(found)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }
}

/// Arrays in arrays: a registry has six.
const DEPTH: usize = 32;

/// Values of one file: PEAR's largest package has some ten thousand.
const VALUES: usize = 1_000_000;

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    #[test]
    fn reads_the_registry() {
        let text = br#"a:5:{s:4:"name";s:9:"memcached";s:7:"channel";s:12:"pecl.php.net";s:7:"version";a:2:{s:7:"release";s:5:"3.2.0";s:3:"api";s:5:"3.2.0";}s:7:"license";a:1:{s:8:"_content";s:11:"PHP License";}s:8:"filelist";a:1:{i:0;a:1:{s:12:"installed_as";s:11:"/usr/x/a.so";}}}"#;
        let old = br#"a:3:{s:4:"name";s:7:"Archive";s:7:"version";s:3:"1.4";s:7:"license";s:3:"BSD";}"#;
        let deep = format!("{}N;{}", "a:1:{i:0;".repeat(100), "}".repeat(100));
        let found = testing::find(
            &PEAR,
            &[
                ("usr/share/php/.registry/.channel.pecl.php.net/memcached.reg", text),
                ("usr/share/php/.registry/archive.reg", old),
                ("usr/share/php/.registry/deep.reg", deep.as_bytes()),
                ("usr/share/php/.registry/huge.reg", b"a:99999999999:{"),
                ("usr/share/php/.registry/empty.reg", b""),
            ],
        );
        let expected = [
            "memcached 3.2.0 pkg:pear/pecl.php.net/memcached@3.2.0",
            "Archive 1.4 pkg:pear/pear.php.net/Archive@1.4",
        ];
        assert_eq!(testing::list(&found), expected);
        assert_eq!(found.packages()[0].files[0].path, "/usr/x/a.so");
        assert_eq!(found.unknowns().len(), 3);
    }
}
