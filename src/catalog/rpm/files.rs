//! The files of an rpm package.

use serde_json::Value;
use serde_json::json;

use super::header::Header;
use super::header::tag;
use crate::package::OwnedFile;

/// The files of one package, directories among them.
#[derive(Debug)]
pub(super) struct Files {
    entries: Vec<Entry>,
    algorithm: &'static str,
}

#[derive(Debug)]
struct Entry {
    path: String,
    mode: u64,
    size: u64,
    digest: String,
    user: String,
    group: String,
    flags: u64,
    /// Left out when the package was installed (`--excludedocs`), or replaced by another's.
    is_absent: bool,
}

const FORMAT: u64 = 0o170_000;
const DIRECTORY: u64 = 0o040_000;

impl Files {
    pub(super) fn read(header: &Header<'_>) -> Self {
        let sizes = header.numbers(tag::LONG_FILE_SIZES).chain(header.numbers(tag::FILE_SIZES));
        let mut sizes = sizes.chain(std::iter::repeat(0));
        let mut modes = header.numbers(tag::FILE_MODES);
        let mut digests = header.texts(tag::FILE_DIGESTS);
        let mut users = header.texts(tag::FILE_USERS);
        let mut groups = header.texts(tag::FILE_GROUPS);
        let mut flags = header.numbers(tag::FILE_FLAGS);
        let mut states = header.numbers(tag::FILE_STATES);
        let entries = paths(header).into_iter().map(|path| Entry {
            path,
            mode: modes.next().unwrap_or(0),
            size: sizes.next().unwrap_or(0),
            digest: digests.next().unwrap_or_default().into_owned(),
            user: users.next().unwrap_or_default().into_owned(),
            group: groups.next().unwrap_or_default().into_owned(),
            flags: flags.next().unwrap_or(0),
            is_absent: states.next().is_some_and(|state| state != 0),
        });
        let entries = entries.collect();
        // Numbers of RFC 4880; headers without one are from before there was a choice.
        let algorithm = match header.number(tag::FILE_DIGEST_ALGORITHM) {
            Some(2) => "sha1",
            Some(8) => "sha256",
            Some(9) => "sha384",
            Some(10) => "sha512",
            Some(11) => "sha224",
            _ => "md5",
        };
        Self { entries, algorithm }
    }

    pub(super) fn owned(&self) -> Vec<OwnedFile> {
        let is_file = |entry: &&Entry| entry.mode & FORMAT != DIRECTORY && !entry.is_absent;
        let files = self.entries.iter().filter(is_file);
        files.map(|entry| OwnedFile { path: entry.path.clone() }).collect()
    }

    /// All, directories too: a dependency may name one.
    pub(super) fn paths(self) -> Vec<String> {
        self.entries.into_iter().map(|entry| entry.path).collect()
    }

    /// In syft's shape.
    pub(super) fn metadata(&self) -> Value {
        let entry = |entry: &Entry| {
            json!({
                "path": entry.path,
                "mode": entry.mode,
                "size": entry.size,
                "digest": { "algorithm": self.algorithm, "value": entry.digest },
                "userName": entry.user,
                "groupName": entry.group,
                "flags": letters(entry.flags),
            })
        };
        self.entries.iter().filter(|entry| !entry.is_absent).map(entry).collect()
    }
}

/// Names and directories are kept apart; before rpm 4 they were not.
fn paths(header: &Header<'_>) -> Vec<String> {
    let directories: Vec<_> = header.texts(tag::DIRECTORY_NAMES).collect();
    let indexes = header.numbers(tag::DIRECTORY_INDEXES);
    let join = |(name, index): (std::borrow::Cow<'_, str>, u64)| {
        let directory = usize::try_from(index).ok().and_then(|index| directories.get(index));
        format!("{}{name}", directory.map_or("", |directory| directory))
    };
    // A few long directories could be repeated for millions of names: what is more than a real package has
    // is cut off.
    let mut length = 0usize;
    let mut within = |path: &String| {
        length = length.saturating_add(path.len());
        length <= PATH_BYTES
    };
    let paths: Vec<String> =
        header.texts(tag::BASE_NAMES).zip(indexes).map(join).take_while(|path| within(path)).collect();
    if paths.is_empty() {
        header.texts(tag::OLD_FILE_NAMES).map(|path| path.into_owned()).collect()
    } else {
        paths
    }
}

/// Bytes of the paths of one package: a kernel's sources have five millions.
const PATH_BYTES: usize = 64 << 20;

/// As `rpm -q --qf '%{FILEFLAGS:fflags}'` prints them.
fn letters(flags: u64) -> String {
    const LETTERS: [(u64, char); 9] = [
        (1 << 1, 'd'),
        (1, 'c'),
        (1 << 5, 's'),
        (1 << 3, 'm'),
        (1 << 4, 'n'),
        (1 << 6, 'g'),
        (1 << 7, 'l'),
        (1 << 8, 'r'),
        (1 << 12, 'a'),
    ];
    LETTERS.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, letter)| *letter).collect()
}
