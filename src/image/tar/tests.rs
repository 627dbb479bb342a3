use std::io::Cursor;

use super::super::testing::Builder;
use super::*;

/// Path, size and content of each member.
fn members(bytes: &[u8]) -> io::Result<Vec<(String, u64, Vec<u8>)>> {
    let mut archive = Archive::new(Cursor::new(bytes));
    let mut member = Member::default();
    let mut found = Vec::new();
    while archive.next(&mut member)? {
        let mut content = Vec::new();
        archive.content(&member).read_to_end(&mut content)?;
        found.push((String::from_utf8_lossy(&member.path).into_owned(), member.size, content));
    }
    Ok(found)
}

/// A pax header and the member behind it.
fn with_pax(records: &[(&str, &str)], content: &[u8]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_pax_extensions(records.iter().map(|(key, value)| (*key, value.as_bytes()))).unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_path("short").unwrap();
    header.set_size(content.len().try_into().unwrap());
    header.set_cksum();
    builder.append(&header, content).unwrap();
    builder.into_inner().unwrap()
}

#[test]
fn long_names_of_gnu_and_pax() {
    let long = "d/".repeat(120) + "name";
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(1);
    builder.append_data(&mut header, &long, &b"1"[..]).unwrap();
    assert_eq!(members(&builder.into_inner().unwrap()).unwrap(), [(long.clone(), 1, b"1".to_vec())]);
    assert_eq!(members(&with_pax(&[("path", &long)], b"2")).unwrap(), [(long, 1, b"2".to_vec())]);
    let found = members(&with_pax(&[("comment", "a\nb"), ("path", "x\ny")], b"")).unwrap();
    assert_eq!(found, [("x\ny".to_owned(), 0, Vec::new())]);
}

#[test]
fn numbers() {
    assert_eq!(field::number(b"0000644\0"), Some(0o644));
    assert_eq!(field::number(b" 644 \0\0\0"), Some(0o644));
    assert_eq!(field::number(b"\0\0\0"), Some(0));
    assert_eq!(field::number(&[0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1]), Some(0x2_0000_0001));
    assert_eq!(field::number(&[0xff; 12]), None);
    assert_eq!(field::number(&[0x80, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), None);
    assert_eq!(field::number(b"99"), None);
}

#[test]
fn pax_size_counts() {
    let mut bytes = with_pax(&[("size", "3")], b"abc");
    assert_eq!(members(&bytes).unwrap(), [("short".to_owned(), 3, b"abc".to_vec())]);
    bytes = with_pax(&[("size", "x")], b"abc");
    assert!(members(&bytes).is_err());
}

/// The map says that `ab` lies at 2 and `c` at 9 of 12 bytes.
const SPARSE: &[u8] = b"\0\0ab\0\0\0\0\0c\0\0";

#[test]
fn sparse_files_of_pax() {
    let old = [("GNU.sparse.size", "12"), ("GNU.sparse.map", "2,2,9,1")];
    assert_eq!(members(&with_pax(&old, b"abc")).unwrap(), [("short".to_owned(), 12, SPARSE.to_vec())]);
    let mut content = b"2\n2\n2\n9\n1\n".to_vec();
    content.resize(512, 0);
    content.extend(b"abc");
    let new = [
        ("GNU.sparse.major", "1"),
        ("GNU.sparse.minor", "0"),
        ("GNU.sparse.name", "real"),
        ("GNU.sparse.realsize", "12"),
    ];
    assert_eq!(members(&with_pax(&new, &content)).unwrap(), [("real".to_owned(), 12, SPARSE.to_vec())]);
    for bad in ["2,2,1,1", "2,2,9,4", "2,2,9,2", "2", "a,1"] {
        let records = [("GNU.sparse.size", "12"), ("GNU.sparse.map", bad)];
        assert!(members(&with_pax(&records, b"abc")).is_err(), "{bad}");
    }
}

#[test]
fn sparse_files_of_gnu() {
    let mut header = tar::Header::new_gnu();
    header.set_path("s").unwrap();
    header.set_entry_type(tar::EntryType::GNUSparse);
    header.set_size(3);
    let gnu = header.as_gnu_mut().unwrap();
    for (piece, (offset, length)) in gnu.sparse.iter_mut().zip([("2", "2"), ("11", "1")]) {
        piece.offset[..11].copy_from_slice(format!("{offset:0>11}").as_bytes());
        piece.numbytes[..11].copy_from_slice(format!("{length:0>11}").as_bytes());
    }
    gnu.realsize[..11].copy_from_slice(b"00000000014");
    header.set_cksum();
    let mut builder = tar::Builder::new(Vec::new());
    builder.append(&header, &b"abc"[..]).unwrap();
    let bytes = builder.into_inner().unwrap();
    assert_eq!(members(&bytes).unwrap(), [("s".to_owned(), 12, SPARSE.to_vec())]);
}

#[test]
fn damaged_archives() {
    let whole = Builder::new().file("a", "1").file("b", "2").done();
    assert_eq!(members(&whole).unwrap().len(), 2);
    for cut in [1, 511, 513, 1023, 1025, 1537] {
        assert!(members(&whole[..cut]).is_err(), "{cut}");
    }
    let mut checksum = whole.clone();
    checksum[0] = b'x';
    assert!(members(&checksum).is_err());
    let mut mark = Builder::new().done()[..512].to_vec();
    mark.extend(&whole);
    assert!(members(&mark).is_err());
    let header = with_pax(&[("path", "x")], b"");
    assert!(members(&header[..1024]).is_err());
}

#[test]
fn no_panic_on_damaged_bytes() {
    let long = "d/".repeat(120);
    let bytes =
        with_pax(&[("path", &long), ("GNU.sparse.size", "12"), ("GNU.sparse.map", "2,2,9,1")], b"abc");
    for at in 0..bytes.len() {
        for value in [0, 0xff, b'9'] {
            let mut damaged = bytes.clone();
            damaged[at] = value;
            let _ = members(&damaged);
        }
    }
}
