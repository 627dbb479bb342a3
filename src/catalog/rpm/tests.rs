use super::super::testing;
use super::header::tests::Value as Data;
use super::header::tests::write;
use super::*;

const RELEASE: (&str, &[u8]) = ("etc/os-release", b"ID=\"rhel\"\nVERSION_ID=\"9.4\"\n");
const EQUAL: u32 = 8;
const GREATER_OR_EQUAL: u32 = 12;

/// rpm's own format, as its library writes it.
fn ndb(headers: &[Vec<u8>]) -> Vec<u8> {
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let mut file = [b"RpmP".to_vec(), words(&[0, 1, 1, 9, 0, 0, 0])].concat();
    let mut blobs = Vec::new();
    for (place, header) in headers.iter().enumerate() {
        let number = u32::try_from(place).unwrap() + 1;
        let block = u32::try_from((4096 + blobs.len()) / 16).unwrap();
        file.extend([b"Slot".to_vec(), words(&[number, block, 1])].concat());
        blobs.extend([b"BlbS".to_vec(), words(&[number, 1, u32::try_from(header.len()).unwrap()])].concat());
        blobs.extend(header);
        blobs.resize(blobs.len().next_multiple_of(16), 0);
    }
    while file.len() < 4096 {
        file.extend([b"Slot".to_vec(), words(&[0, 0, 0])].concat());
    }
    [file, blobs].concat()
}

fn headers() -> Vec<Vec<u8>> {
    let bash = write(&[
        (tag::NAME, Data::Text("bash")),
        (tag::VERSION, Data::Text("5.1.8")),
        (tag::RELEASE, Data::Text("9.el9")),
        (tag::ARCH, Data::Text("x86_64")),
        (tag::LICENSE, Data::Text("GPL-3.0-or-later")),
        (tag::VENDOR, Data::Text("Example LLC <https://www.example.com/>")),
        (tag::SOURCE_RPM, Data::Text("bash-5.1.8-9.el9.src.rpm")),
        (tag::PROVIDE_NAMES, Data::Texts(&["bash", "config(bash)"])),
        (tag::PROVIDE_FLAGS, Data::Words(&[EQUAL, EQUAL])),
        (tag::PROVIDE_VERSIONS, Data::Texts(&["5.1.8-9.el9", "5.1.8-9.el9"])),
        (
            tag::REQUIRE_NAMES,
            Data::Texts(&["rpmlib(FileDigests)", "libc.so.6()(64bit)", "filesystem", "config(bash)"]),
        ),
        (tag::REQUIRE_FLAGS, Data::Words(&[EQUAL, 0, GREATER_OR_EQUAL, EQUAL])),
        (tag::REQUIRE_VERSIONS, Data::Texts(&["4.6", "", "3", "5.1.8-9.el9"])),
        (tag::BASE_NAMES, Data::Texts(&["bash", "sh", "bash", "readme"])),
        (tag::DIRECTORY_INDEXES, Data::Words(&[0, 0, 1, 9])),
        (tag::DIRECTORY_NAMES, Data::Texts(&["/usr/bin/", "/usr/share/doc/"])),
        (tag::FILE_MODES, Data::Halves(&[0o100_755, 0o120_777, 0o040_755, 0o100_644])),
        (tag::FILE_FLAGS, Data::Words(&[0, 0, 0, 3])),
        (tag::FILE_DIGEST_ALGORITHM, Data::Words(&[8])),
    ]);
    let glibc = write(&[
        (tag::NAME, Data::Text("glibc")),
        (tag::EPOCH, Data::Words(&[1])),
        (tag::VERSION, Data::Text("2.34")),
        (tag::RELEASE, Data::Text("100.el9")),
        (tag::ARCH, Data::Text("x86_64")),
        (tag::PROVIDE_NAMES, Data::Texts(&["glibc", "libc.so.6()(64bit)"])),
        (tag::PROVIDE_FLAGS, Data::Words(&[EQUAL, 0])),
        (tag::PROVIDE_VERSIONS, Data::Texts(&["1:2.34-100.el9", ""])),
        (
            tag::REQUIRE_NAMES,
            Data::Texts(&[
                "/usr/bin/sh",
                "(bash >= 5 if filesystem else nothing)",
                "(libc.so.6()(64bit) and (broken",
                "filesystem",
            ]),
        ),
        (tag::REQUIRE_FLAGS, Data::Words(&[0, 0, 0, 2])),
        (tag::REQUIRE_VERSIONS, Data::Texts(&["", "", "", "3"])),
    ]);
    let filesystem = write(&[
        (tag::NAME, Data::Text("filesystem")),
        (tag::VERSION, Data::Text("3.16")),
        (tag::RELEASE, Data::Text("2.el9")),
        (tag::MODULARITY_LABEL, Data::Text("base:rhel9")),
        (tag::PROVIDE_NAMES, Data::Texts(&["filesystem"])),
        (tag::PROVIDE_FLAGS, Data::Words(&[EQUAL])),
        (tag::PROVIDE_VERSIONS, Data::Texts(&["3.16-2.el9"])),
        (tag::REQUIRE_NAMES, Data::Texts(&["(bash or glibc)", "(bash with sh)"])),
    ]);
    let key = write(&[(tag::NAME, Data::Text("gpg-pubkey")), (tag::VERSION, Data::Text("fd431d51"))]);
    vec![bash, glibc, filesystem, key, write(&[(tag::NAME, Data::Text("broken"))])]
}

fn find() -> Findings {
    testing::find(&Rpm, &[RELEASE, ("usr/lib/sysimage/rpm/Packages.db", &ndb(&headers()))])
}

#[test]
fn lists_what_is_installed() {
    let found = find();
    let expected = [
        "bash 5.1.8-9.el9 pkg:rpm/redhat/bash@5.1.8-9.el9?arch=x86_64&distro=rhel-9.4&upstream=bash-5.1.8-9.el9.src.rpm",
        "glibc 1:2.34-100.el9 pkg:rpm/redhat/glibc@2.34-100.el9?arch=x86_64&distro=rhel-9.4&epoch=1",
        "filesystem 3.16-2.el9 pkg:rpm/redhat/filesystem@3.16-2.el9?distro=rhel-9.4",
    ];
    assert_eq!(testing::list(&found), expected);
    let reasons: Vec<&str> = found.unknowns().iter().map(|unknown| unknown.reason.as_str()).collect();
    let expected = [
        "a package without name or version",
        "a dependency that cannot be read: (libc.so.6()(64bit) and (broken",
    ];
    assert_eq!(reasons, expected);
}

#[test]
fn resolves_dependencies() {
    let mut edges = testing::edges(&find());
    edges.dedup();
    let expected = [
        "bash@5.1.8-9.el9 -> filesystem@3.16-2.el9",
        "bash@5.1.8-9.el9 -> glibc@1:2.34-100.el9",
        "filesystem@3.16-2.el9 -> bash@5.1.8-9.el9",
        "filesystem@3.16-2.el9 -> glibc@1:2.34-100.el9",
        "glibc@1:2.34-100.el9 -> bash@5.1.8-9.el9",
    ];
    assert_eq!(edges, expected);
}

#[test]
fn reads_the_fields() {
    let found = find();
    let bash = found.packages().first().unwrap();
    let owned: Vec<&str> = bash.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(owned, ["/usr/bin/bash", "/usr/bin/sh", "readme"]);
    assert_eq!(bash.supplier, Some(Party::organization("Example LLC")));
    let fields = &bash.metadata.as_ref().unwrap().fields;
    assert_eq!(fields.get("epoch").unwrap(), &Value::Null);
    assert_eq!(fields.get("files").unwrap().pointer("/3/flags").unwrap(), "dc");
    assert_eq!(fields.get("files").unwrap().pointer("/0/digest/algorithm").unwrap(), "sha256");
}

#[test]
fn reads_the_list_of_images_without_database() {
    let list = b"bash\t5.1.8-4.cm2\t1699\t1698\tExample Corporation\t(none)\t5\tx86_64\t0\tbash-5.1.8-4.cm2.src.rpm\nopenssl\t1.1-2\t1\t1\t(none)\t1\t2\tnoarch\t1\t(none)\nshort\t1\n\n";
    let release: (&str, &[u8]) = ("etc/os-release", b"ID=mariner\nVERSION_ID=2.0\n");
    let found = testing::find(&Rpm, &[release, ("var/lib/rpmmanifest/container-manifest-2", list)]);
    let expected = [
        "bash 5.1.8-4.cm2 pkg:rpm/mariner/bash@5.1.8-4.cm2?arch=x86_64&distro=mariner-2.0&upstream=bash-5.1.8-4.cm2.src.rpm",
        "openssl 1:1.1-2 pkg:rpm/mariner/openssl@1.1-2?arch=noarch&distro=mariner-2.0&epoch=1",
    ];
    assert_eq!(testing::list(&found), expected);
    assert_eq!(found.unknowns().len(), 1);
}

#[test]
fn says_what_it_does_not_read() {
    let files: [(&str, &[u8]); 3] = [
        ("var/lib/rpm/rpmdb.sqlite", b"no database"),
        ("var/lib/rpm/rpmdb.sqlite-wal", b"x"),
        ("var/lib/rpm/Packages", b""),
    ];
    let found = testing::find(&Rpm, &files);
    assert_eq!(found.unknowns().len(), 2);
}

/// Databases of go-rpmdb (`pkg/testdata`, MIT), with the numbers of packages that its tests expect, keys not
/// counted; and all that becomes of them when bytes are changed or missing.
#[test]
fn reads_real_databases_and_survives_their_mutants() {
    // `clippy.toml` leaves the environment to the command line, and a test is told by it where things are.
    let Some(vectors) = option_env!("PORTCULLIS_VECTORS") else {
        println!("skipped: PORTCULLIS_VECTORS is not set");
        return;
    };
    let cases = [
        ("libuuid-bdb-Packages", "var/lib/rpm/Packages", 1),
        ("sle15-Packages.db", "usr/lib/sysimage/rpm/Packages.db", 35),
        ("mariner-rpmdb.sqlite", "var/lib/rpm/rpmdb.sqlite", 129),
    ];
    for (name, path, count) in cases {
        let bytes = std::fs::read(format!("{vectors}/packagedb/{name}")).unwrap();
        let found = testing::find(&Rpm, &[(path, &bytes)]);
        assert_eq!((found.packages().len(), found.unknowns()), (count, &[][..]), "{name}");
        let mut state = 1u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % below
        };
        for round in 0..24 {
            let mut mutant = bytes.clone();
            // The structure of the file lies at the front, and at the front of its pages.
            for _ in 0..64 {
                let page = random(mutant.len() / 4096) * 4096;
                let place = page + random(64);
                mutant[place] = [0, 1, 0xff, 0x80][random(4)];
            }
            if round % 4 == 0 {
                mutant.truncate(random(mutant.len()));
            }
            let blobs = database::read(&mutant);
            let held: usize = blobs.headers.iter().map(|header| header.len()).sum();
            assert!(held <= mutant.len(), "{name}: {held} bytes of {}", mutant.len());
            if round % 4 == 0 {
                testing::find(&Rpm, &[(path, &mutant)]);
            }
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn survives_mutants(mutations in proptest::collection::vec((0usize..6000, proptest::num::u8::ANY), 0..16)) {
        let mut bytes = ndb(&headers());
        for (place, byte) in mutations {
            if let Some(old) = bytes.get_mut(place) { *old = byte; }
        }
        testing::find(&Rpm, &[("var/lib/rpm/Packages.db", &bytes)]);
    }
}
