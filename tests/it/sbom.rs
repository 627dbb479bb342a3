//! Bills of materials through the binary: one image from every place, the commands on documents, and syft's
//! command line.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;

use super::cli;
use crate::support::container::Container;
use crate::support::container::Packing;
use crate::support::container::Tar;

mod commands;
#[cfg(all(feature = "net", unix))]
mod engine;
mod hostile;
mod places;
#[cfg(all(feature = "net", feature = "graviola"))]
mod remote;
mod syft;

/// A folder for one test.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Where `name` is, as an argument.
    fn at(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    /// What is in it, by name.
    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// A command whose documents are the same every time.
fn portcullis(arguments: &[&str]) -> Command {
    let mut command = cli::portcullis(arguments);
    command.env("SOURCE_DATE_EPOCH", "1767323045");
    command
}

fn run(arguments: &[&str]) -> Output {
    portcullis(arguments).output().unwrap()
}

/// The same with a file as stdin.
fn run_with_stdin(arguments: &[&str], stdin: &Path) -> Output {
    portcullis(arguments).stdin(Stdio::from(fs::File::open(stdin).unwrap())).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What it wrote, if it ended with 0 and without a word.
fn document(output: &Output) -> String {
    assert_eq!((output.status.code(), stderr(output)), (Some(0), String::new()));
    stdout(output)
}

fn json(output: &Output) -> Value {
    serde_json::from_str(&document(output)).unwrap()
}

/// How it ended, and its words.
#[track_caller]
fn fails(output: &Output, code: i32, words: &str) {
    let text = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.contains(words), "{words:?} is not in {text:?}");
    assert!(!text.contains("panicked"), "{text}");
}

const DPKG: &str = "Package: base-files\nVersion: 12.4+deb12u5\nArchitecture: amd64\n\
    Maintainer: Santiago Vila <sanvila@debian.org>\nDescription: Debian base system\n";

/// Packages of two ecosystems in two layers; the second deletes one of the first, and replaces another.
fn tars() -> Vec<Vec<u8>> {
    let info = |name: &str| format!("usr/lib/python3/dist-packages/{name}.dist-info/METADATA");
    let metadata =
        |name: &str, version: &str| format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
    let base = Tar::new()
        .file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n")
        .file("var/lib/dpkg/status.d/base", DPKG)
        .file(&info("requests-2.31.0"), metadata("requests", "2.31.0"))
        .file(&info("gone-1.0"), metadata("gone", "1.0"));
    let upper = Tar::new()
        .file("usr/lib/python3/dist-packages/.wh.requests-2.31.0.dist-info", "")
        .file("usr/lib/python3/dist-packages/.wh.gone-1.0.dist-info", "")
        .file(&info("requests-2.32.3"), metadata("requests", "2.32.3"));
    vec![base.done(), upper.done()]
}

/// By hand, from [`tars`].
const PURLS: &str =
    "pkg:deb/debian/base-files@12.4%2Bdeb12u5?arch=amd64&distro=debian-12\npkg:pypi/requests@2.32.3\n";

fn container(packing: Packing) -> Container {
    Container::new(&tars(), packing, "amd64")
}

/// The directory that the layers make.
fn unpacked(folder: &Folder) -> String {
    folder.write("root/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    folder.write("root/var/lib/dpkg/status.d/base", DPKG);
    let metadata = "Metadata-Version: 2.1\nName: requests\nVersion: 2.32.3\n";
    folder.write("root/usr/lib/python3/dist-packages/requests-2.32.3.dist-info/METADATA", metadata);
    folder.at("root")
}
