//! Real images, against what `umoci` unpacked of them: each in four shapes.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use super::super::*;
use crate::image::EntryKind;
use crate::image::FileHeader;
use crate::image::read_directory;
use crate::image::testing::options;

/// Keeps how many bytes came.
struct Length;

impl Examiner for Length {
    type Kept = u64;

    fn examine(&self, _: &FileHeader<'_>, content: &mut dyn Read) -> io::Result<Option<u64>> {
        io::copy(content, &mut io::sink()).map(Some)
    }
}

/// Type, size and content's length of every file.
fn list(tree: &Tree<u64>) -> BTreeMap<String, String> {
    let line = |(path, entry): (&str, &crate::image::Entry<u64>)| {
        let what = match &entry.kind {
            EntryKind::Regular => format!("{} {}", entry.size, entry.kept.as_deref().unwrap()),
            kind => format!("{kind:?}"),
        };
        (path.to_owned(), what)
    };
    tree.iter().map(line).collect()
}

fn check(folder: &Path, name: &str) {
    let expected = list(&read_directory(&folder.join("rootfs").join(name), &Length, &options()).unwrap());
    for kind in ["docker", "oci"] {
        let path = folder.join(kind).join(format!("{name}.tar"));
        let indexed = read_archive(&path, &Choice::default(), &Length, &options()).unwrap();
        let stream = fs::File::open(&path).unwrap();
        let streamed = read_stream(stream, &Choice::default(), &Length, &options()).unwrap();
        assert_eq!(indexed.config, streamed.config);
        for found in [list(&indexed.tree), list(&streamed.tree)] {
            let differs = |path: &&String| found.get(*path) != expected.get(*path);
            let other: Vec<_> = found.keys().chain(expected.keys()).filter(differs).take(5).collect();
            let lines: Vec<_> = other.iter().map(|at| (at, found.get(*at), expected.get(*at))).collect();
            assert!(other.is_empty(), "{kind} {name}: {lines:?}");
        }
    }
}

/// `PORTCULLIS_IMAGES` is the folder that `make_images.sh` wrote.
#[test]
#[expect(clippy::disallowed_methods, reason = "the images lie elsewhere")]
fn real_images_are_as_unpacked() {
    let folder = std::env::var_os("PORTCULLIS_IMAGES").map(PathBuf::from);
    let Some(folder) = folder.filter(|folder| folder.is_dir()) else {
        println!("skipped: PORTCULLIS_IMAGES is not set");
        return;
    };
    let mut names = 0;
    for image in fs::read_dir(folder.join("rootfs")).unwrap() {
        check(&folder, image.unwrap().file_name().to_str().unwrap());
        names += 1;
    }
    assert!(names > 0);
}
