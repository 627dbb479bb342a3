use proptest::prelude::*;

use super::super::testing::Jar;
use super::*;

const POM: &str = "groupId=org.example\nartifactId=lib\nversion=1.2\n";
const POM_PATH: &str = "META-INF/maven/org.example/lib/pom.properties";

fn library() -> Vec<u8> {
    let jar = Jar::new().stored("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\nBundle-Version: 1.2\n");
    jar.deflated(POM_PATH, POM.as_bytes()).deflated("org/example/A.class", b"x").finish()
}

fn names(archive: &JavaArchive) -> Vec<String> {
    archive.poms.iter().filter_map(|pom| pom.properties.as_ref()).map(ToString::to_string).collect()
}

#[test]
fn reads_what_is_there() {
    let archive = JavaArchive::read(&library());
    assert_eq!(archive.problems, [""; 0]);
    assert_eq!(names(&archive), ["org.example:lib:1.2"]);
    assert_eq!(archive.manifest.unwrap().main("Bundle-Version"), Some("1.2"));
    assert_eq!((archive.package.as_deref(), archive.has_classes), (Some("org.example"), true));
}

#[test]
fn a_text_tells_the_licence_where_nothing_declares_one() {
    let text = "Licensed under the Apache License, Version 2.0 (the \"License\")";
    let license = |jar: Jar| {
        let license = JavaArchive::read(&jar.finish()).license?;
        Some((license.expression?, license.location?))
    };
    let expected = |path: &str| Some(("Apache-2.0".to_owned(), path.to_owned()));
    for path in ["META-INF/LICENSE", "LICENSE.txt", "META-INF/License.md", "COPYING"] {
        assert_eq!(license(Jar::new().deflated(path, text.as_bytes())), expected(path));
    }
    for path in ["META-INF/LICENSE-asm", "META-INF/versions/9/LICENSE", "license/LICENSE", "LICENSE.class"] {
        assert_eq!(license(Jar::new().stored(path, text.as_bytes())), None, "{path}");
    }
    assert_eq!(license(Jar::new().stored("LICENSE", b"All rights reserved.")), None);
    let declared = Jar::new().stored("META-INF/MANIFEST.MF", b"Bundle-License: MIT\n");
    assert_eq!(license(declared.stored("LICENSE", text.as_bytes())), None);
    // What is broken is passed over.
    assert_eq!(license(Jar::new().with_method("LICENSE", text.as_bytes(), 12)), None);
    let both = Jar::new().stored("LICENSE", b"Ask.").stored("META-INF/LICENSE", text.as_bytes());
    assert_eq!(license(both), expected("META-INF/LICENSE"));
}

#[test]
fn the_digest_is_that_of_the_file() {
    // FIPS 180-2, appendix A.1.
    assert_eq!(JavaArchive::read(b"abc").sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
}

#[test]
fn reads_archives_in_archives() {
    let war = Jar::new().stored("WEB-INF/lib/a.jar", &library()).deflated("WEB-INF/lib/b.jar", &library());
    let ear = JavaArchive::read(&Jar::new().deflated("web.war", &war.finish()).finish());
    let war = ear.nested.first().unwrap();
    let paths: Vec<_> = war.nested.iter().map(|nested| (nested.path.as_str(), names(nested))).collect();
    let names = vec!["org.example:lib:1.2".to_owned()];
    assert_eq!(paths, [("WEB-INF/lib/a.jar", names.clone()), ("WEB-INF/lib/b.jar", names)]);
}

#[test]
fn something_may_stand_in_front() {
    let mut bytes = b"#!/bin/bash\nexec java -jar \"$0\"\n".to_vec();
    bytes.extend(Jar::new().stored("lib/a.jar", &library()).deflated(POM_PATH, POM.as_bytes()).finish());
    let archive = JavaArchive::read(&bytes);
    assert_eq!((archive.problems.len(), names(&archive).len(), archive.nested.len()), (0, 1, 1));
    assert_eq!(names(archive.nested.first().unwrap()), ["org.example:lib:1.2"]);
}

#[test]
fn the_directory_counts_and_not_the_local_header() {
    let mut bytes = Jar::new().deflated(POM_PATH, POM.as_bytes()).finish();
    // The local header, which stands first, says another name.
    let at = memchr::memmem::find(&bytes, b"META-INF").unwrap();
    bytes.get_mut(at..at + 8).unwrap().copy_from_slice(b"META-XXX");
    assert_eq!(names(&JavaArchive::read(&bytes)), ["org.example:lib:1.2"]);
    // A file that only a local header names is not in the archive.
    let at = memchr::memmem::rfind(&bytes, b"META-INF").unwrap();
    bytes.get_mut(at..at + 8).unwrap().copy_from_slice(b"XXXX-INF");
    assert_eq!(names(&JavaArchive::read(&bytes)), ["org.example:lib:1.2"], "the suffix is the same");
    let at = memchr::memmem::rfind(&bytes, b"pom.properties").unwrap();
    bytes.get_mut(at..at + 3).unwrap().copy_from_slice(b"xxx");
    assert_eq!(names(&JavaArchive::read(&bytes)), [""; 0]);
}

#[test]
fn every_double_is_seen_and_the_last_manifest_counts() {
    let other = POM.replace("1.2", "1.3");
    let jar = Jar::new().stored("META-INF/MANIFEST.MF", b"A: 1\n").stored("meta-inf/manifest.mf", b"A: 2\n");
    let jar = jar.deflated(POM_PATH, POM.as_bytes()).deflated(POM_PATH, other.as_bytes());
    let archive = JavaArchive::read(&jar.finish());
    assert_eq!(names(&archive), ["org.example:lib:1.2", "org.example:lib:1.3"]);
    assert_eq!(archive.manifest.unwrap().main("A"), Some("2"));
}

#[test]
fn what_is_broken_is_told() {
    let problem = |bytes: &[u8]| JavaArchive::read(bytes).problems;
    assert_eq!(problem(b""), ["not a ZIP archive"]);
    assert_eq!(problem(b"PK\x03\x04 and no more"), ["not a ZIP archive"]);
    let whole = library();
    assert_eq!(problem(whole.get(..whole.len() - 30).unwrap()), ["not a ZIP archive"]);
    let jar = Jar::new().stored("META-INF/maven/g/a/pom.xml", b"<project").finish();
    assert!(problem(&jar).first().unwrap().starts_with("META-INF/maven/g/a/pom.xml: "));
    let nested = JavaArchive::read(&Jar::new().stored("a.jar", b"no archive").finish());
    assert_eq!(nested.nested.first().unwrap().problems, ["not a ZIP archive"]);
    let odd = JavaArchive::read(&Jar::new().with_method("a.jar", &library(), 12).finish());
    assert_eq!(odd.nested.first().unwrap().problems, ["it is compressed by method 12"]);
}

#[test]
fn names_may_be_anything() {
    let jar = Jar::new().stored("../../etc/a.jar", &library()).stored_raw(b"\xff\xfe/b.jar", &library());
    let archive = JavaArchive::read(&jar.finish());
    let paths: Vec<_> = archive.nested.iter().map(|nested| nested.path.as_str()).collect();
    assert_eq!(paths, ["../../etc/a.jar", "\u{fffd}\u{fffd}/b.jar"]);
}

#[test]
fn bombs_stop() {
    // 200 MiB of nothing in 200 KiB: more than its size allows.
    let zeros = vec![0; 200 << 20];
    let bomb = Jar::new().deflated("a.jar", &zeros).finish();
    assert!(bomb.len() < 1 << 20);
    let archive = JavaArchive::read(&bomb);
    let problem = archive.nested.first().unwrap().problems.first().unwrap();
    assert_eq!(problem, "209715200 bytes are more than are left to read of this archive");
    // It says that it is small, and is not.
    let mut lying = bomb;
    let size = u32::try_from(zeros.len()).unwrap().to_le_bytes();
    while let Some(at) = memchr::memmem::find(&lying, &size) {
        lying.get_mut(at..at + 4).unwrap().copy_from_slice(&1000_u32.to_le_bytes());
    }
    let archive = JavaArchive::read(&lying);
    let problem = archive.nested.first().unwrap().problems.first().unwrap();
    assert_eq!(problem, "it is longer than the archive's directory says");
}

#[test]
fn nesting_ends() {
    let mut jar = library();
    for _ in 0..limits::JAVA_ARCHIVE_DEPTH + 3 {
        jar = Jar::new().stored("a.jar", &jar).finish();
    }
    let top = JavaArchive::read(&jar);
    let mut deepest = &top;
    while let Some(next) = deepest.nested.first() {
        deepest = next;
    }
    assert_eq!(deepest.problems, ["nested more than 16 deep"]);
}

#[test]
fn budgets_are_told() {
    let mut budget = Budget::new(0);
    budget.entries = 1;
    assert!(budget.take_entry() && !budget.take_entry() && !budget.take_entry());
    let archive = budget.finish(JavaArchive::default());
    assert_eq!(archive.problems, ["more entries than are looked at"]);
}

proptest! {
    #[test]
    fn never_panics(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = Jar::new().stored("a.jar", &library()).deflated("b.jar", &library()).finish();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            *bytes.get_mut(at).unwrap() = byte;
        }
        JavaArchive::read(&bytes);
    }

    #[test]
    fn never_panics_when_cut(end in any::<prop::sample::Index>()) {
        let bytes = library();
        JavaArchive::read(bytes.get(..end.index(bytes.len())).unwrap());
    }
}
