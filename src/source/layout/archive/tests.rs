use std::fs;
use std::io::Write;

use super::*;

/// An entry as a writer of archives makes it.
fn entry(name: &str, kind: EntryType, content: &[u8]) -> Vec<u8> {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_size(u64::try_from(content.len()).unwrap());
    // As bytes: `set_path` refuses what these tests are about.
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn file(name: &str, content: &[u8]) -> Vec<u8> {
    entry(name, EntryType::Regular, content)
}

fn end() -> Vec<u8> {
    vec![0; 1024]
}

fn open(parts: &[Vec<u8>]) -> Result<Archive, Fault> {
    let mut archive = tempfile::NamedTempFile::new().unwrap();
    archive.write_all(&parts.concat()).unwrap();
    Archive::open(archive.path())
}

fn refused(parts: &[Vec<u8>]) -> String {
    open(parts).unwrap_err().to_string()
}

fn read(archive: &Archive, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    archive.file(name).unwrap().reader.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn files_are_found_by_name() {
    let parts = [
        entry("./", EntryType::Directory, b""),
        entry("blobs/", EntryType::Directory, b""),
        file("./index.json", b"{}"),
        file("blobs/sha256/ab", &[7; 700]),
        file("empty", b""),
        end(),
    ];
    let archive = open(&parts).unwrap();
    assert_eq!(read(&archive, "index.json"), b"{}");
    assert_eq!(read(&archive, "blobs/sha256/ab"), [7; 700]);
    assert_eq!(read(&archive, "empty"), b"");
    assert!(archive.file("blobs").is_err() && archive.file("other").is_err());
    // What GNU tar adds to fill a record does not count.
    let padded = open(&[parts.concat(), vec![0; 9000]]).unwrap();
    assert_eq!(padded.members.len(), 3);
}

#[test]
fn long_names_of_both_kinds() {
    let long = format!("blobs/sha512/{}", "ab".repeat(64));
    let record = format!("path={long}\n");
    // The length counts itself and the blank.
    let record = format!("{} {record}", record.len() + 4);
    let posix = [entry("x", EntryType::XHeader, record.as_bytes()), file("short", b"1"), end()];
    assert_eq!(read(&open(&posix).unwrap(), &long), b"1");
    let gnu = [
        entry("././@LongLink", EntryType::GNULongName, format!("{long}\0").as_bytes()),
        file("short", b"2"),
        end(),
    ];
    let archive = open(&gnu).unwrap();
    assert_eq!(read(&archive, &long), b"2");
    assert_eq!(archive.blobs().len(), 1);
}

#[test]
fn names_that_lead_elsewhere() {
    for name in ["/etc/passwd", "../x", "a/../../x", "a//b", "a/./b", "..", "a\\b", "c:x", "././x"] {
        let said = refused(&[file(name, b""), end()]);
        assert_eq!(said, "not an archive of an OCI layout: a name leads elsewhere", "{name}");
    }
    let said = refused(&[entry("../", EntryType::Directory, b""), end()]);
    assert!(said.ends_with("a name leads elsewhere"), "{said}");
}

#[test]
fn entries_that_are_no_files() {
    let kinds = [
        EntryType::Link,
        EntryType::Symlink,
        EntryType::Char,
        EntryType::Block,
        EntryType::Fifo,
        EntryType::GNUSparse,
        EntryType::XGlobalHeader,
        EntryType::GNULongLink,
    ];
    for kind in kinds {
        let said = refused(&[entry("x", kind, b""), end()]);
        assert!(said.contains("neither file nor directory"), "{kind:?}: {said}");
    }
    let sparse = b"22 GNU.sparse.major=1\n";
    let said = refused(&[entry("x", EntryType::XHeader, sparse), file("y", b""), end()]);
    assert!(said.ends_with("it has a sparse file"), "{said}");
}

#[test]
fn two_entries_of_one_name() {
    let said = refused(&[file("index.json", b"1"), file("./index.json", b"2"), end()]);
    assert!(said.ends_with("it has two entries of one name"), "{said}");
}

#[test]
fn cut_off() {
    let whole = [file("index.json", &[7; 600]), end()].concat();
    for length in 0..whole.len() {
        let said = refused(&[whole[..length].to_vec()]);
        assert!(said.contains("cut off") || said.contains("end mark"), "{length}: {said}");
    }
    assert!(open(&[whole]).is_ok());
}

#[test]
fn sizes_that_are_none() {
    let with_size = |write: &dyn Fn(&mut Header)| {
        let mut header = Header::new_gnu();
        header.set_path("x").unwrap();
        write(&mut header);
        header.set_cksum();
        refused(&[header.as_bytes().to_vec(), end()])
    };
    let huge = with_size(&|header| header.set_size(u64::MAX));
    assert!(huge.contains("longer than the file") || huge.contains("no number"), "{huge}");
    let large = with_size(&|header| header.set_size(1 << 40));
    assert!(large.contains("longer than the file"), "{large}");
    let letters = with_size(&|header| header.as_old_mut().size = *b"zzzzzzzzzzzz");
    assert!(letters.contains("no number"), "{letters}");
}

#[test]
fn a_header_that_was_changed() {
    let mut bytes = [file("index.json", b"{}"), end()].concat();
    bytes[0] ^= 1;
    assert!(refused(&[bytes]).ends_with("a header has a wrong checksum"));
}

#[test]
fn compression_is_named() {
    for (magic, word) in [
        (b"\x1f\x8b\x08".as_slice(), "gunzip"),
        (b"\x28\xb5\x2f\xfd", "unzstd"),
        (b"BZh9", "bunzip2"),
        (b"\xfd7zXZ\0", "unxz"),
    ] {
        let mut bytes = magic.to_vec();
        bytes.resize(2048, 1);
        let said = refused(&[bytes]);
        assert!(said.contains(word), "{said}");
    }
}

#[test]
fn extended_headers_have_a_ceiling() {
    let long = vec![b' '; usize::try_from(EXTENDED_BYTES).unwrap() + 1];
    let said = refused(&[entry("x", EntryType::XHeader, &long), file("y", b""), end()]);
    assert!(said.ends_with("an extended header is too long"), "{said}");
    // A name that nothing follows.
    let said = refused(&[entry("x", EntryType::GNULongName, b"y"), end()]);
    assert!(said.ends_with("its end mark is not one"), "{said}");
}

#[test]
fn entries_have_a_ceiling() {
    let mut bytes = Vec::new();
    for number in 0..=ENTRIES {
        bytes.extend(file(&format!("f{number}"), b""));
    }
    let said = refused(&[bytes, end()]);
    assert_eq!(said, format!("more than {ENTRIES} entries in the archive"));
}

#[test]
fn what_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Archive::open(folder.path()).unwrap_err().to_string().contains("oci:DIRECTORY"));
    let absent = Archive::open(&folder.path().join("absent")).unwrap_err();
    assert_eq!(absent.outcome(), super::super::super::Outcome::NotFound);
    let empty = folder.path().join("empty");
    fs::write(&empty, b"").unwrap();
    assert!(Archive::open(&empty).unwrap_err().to_string().contains("cut off"));
}
