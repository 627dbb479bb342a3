use std::io::Read;

use super::super::Exclude;
use super::super::testing::Everything;
use super::super::testing::list;
use super::super::testing::options;
use super::*;

#[test]
fn regular_files_once_and_links_as_such() {
    let root = tempfile::tempdir().unwrap();
    let at = |path: &str| root.path().join(path);
    fs::create_dir_all(at("d/e")).unwrap();
    fs::write(at("d/a"), "1").unwrap();
    fs::hard_link(at("d/a"), at("d/b")).unwrap();
    fs::write(at("d/e/x.json"), "2").unwrap();
    std::os::unix::fs::symlink("/etc", at("out")).unwrap();
    // Whoever opens a pipe that nobody writes to waits for ever.
    assert!(std::process::Command::new("mkfifo").arg(at("s")).status().unwrap().success());
    let tree = read_directory(root.path(), &Everything, &options()).unwrap();
    let all = ["d/", "d/a 1", "d/b 1", "d/e/", "d/e/x.json 2", "out -> /etc", "s other"];
    assert_eq!(list(&tree), all);
    let (a, b) = (tree.get("d/a").unwrap(), tree.get("d/b").unwrap());
    assert!(Arc::ptr_eq(a.kept.as_ref().unwrap(), b.kept.as_ref().unwrap()));
    let exclude = Exclude::of_directory(&["./d/e", "**/a", "./s", "*/b"]).unwrap();
    let tree = read_directory(root.path(), &Everything, &Options { exclude, ..options() }).unwrap();
    assert_eq!(list(&tree), ["d/", "out -> /etc"]);
}

/// Cannot read what is called `locked`, as a user without rights cannot.
struct Locked;

impl Examiner for Locked {
    type Kept = ();

    fn examine(&self, file: &FileHeader<'_>, content: &mut dyn Read) -> io::Result<Option<()>> {
        if file.path == "locked" {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        content.read_exact(&mut [0])?;
        Ok(Some(()))
    }
}

#[test]
fn what_cannot_be_read_is_noted() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("locked"), "1").unwrap();
    fs::write(root.path().join("free"), "1").unwrap();
    let tree = read_directory(root.path(), &Locked, &options()).unwrap();
    assert_eq!(tree.problems().iter().map(|problem| &*problem.path).collect::<Vec<_>>(), ["locked"]);
    assert!(tree.get("free").unwrap().kept.is_some() && tree.get("locked").unwrap().kept.is_none());
    let absent = read_directory(&root.path().join("absent"), &Locked, &options());
    assert!(matches!(absent, Err(ImageError::File { .. })));
}

#[test]
fn one_file() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.lock"), "1").unwrap();
    assert_eq!(list(&read_file(&root.path().join("a.lock"), &Everything).unwrap()), ["a.lock 1"]);
    assert!(read_file(root.path(), &Everything).is_err());
}

#[test]
fn links_that_replaced_a_file_are_not_followed() {
    let root = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/etc/passwd", root.path().join("a")).unwrap();
    assert!(open(&root.path().join("a")).is_err());
}
