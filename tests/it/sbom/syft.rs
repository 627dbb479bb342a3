//! syft's command line.

use super::*;
use crate::support::container;

/// A file of the image.
fn image(folder: &Folder) -> String {
    folder.write("image.tar", container::oci_archive(&[&container(Packing::Gzip)], "1"))
}

/// The program by the name of syft.
#[cfg(unix)]
fn linked(folder: &Folder) -> Command {
    let link = folder.path("syft");
    if !link.exists() {
        std::os::unix::fs::symlink(cli::BINARY, &link).unwrap();
    }
    let mut command = Command::new(link);
    command.env_clear().env("SOURCE_DATE_EPOCH", "1767323045").current_dir(folder.0.path());
    command
}

const TABLE: &str = "NAME        VERSION        TYPE   \n\
    base-files  12.4+deb12u5   deb     \n\
    requests    2.32.3         python  \n";

/// The columns of a table, however wide.
fn words(table: &str) -> Vec<Vec<&str>> {
    table.lines().map(|line| line.split_whitespace().collect()).collect()
}

#[test]
#[cfg(unix)]
fn a_link_speaks_as_the_subcommand() {
    let folder = Folder::new();
    let archive = image(&folder);
    for arguments in [vec!["scan", &archive], vec![&archive], vec!["-q", &archive, "-o", "table"]] {
        let by_link = linked(&folder).args(&arguments).output().unwrap();
        assert_eq!(words(&document(&by_link)), words(TABLE), "{arguments:?}");
        let by_word = run(&[&["syft"], arguments.as_slice()].concat());
        assert_eq!(by_word.stdout, by_link.stdout, "{arguments:?}");
    }
}

#[test]
fn documents_of_a_scan() {
    let folder = Folder::new();
    let archive = image(&folder);
    let (spdx, cyclonedx) = (folder.at("a.json"), folder.at("b.json"));
    let output = run(&[
        "syft",
        &archive,
        "-o",
        "syft-json",
        "-o",
        &format!("spdx-json@2.2={spdx}"),
        "-o",
        &format!("cyclonedx-json@1.5={cyclonedx}"),
    ]);
    let syft = json(&output);
    let artifacts = syft["artifacts"].as_array().unwrap();
    let names: Vec<&str> = artifacts.iter().map(|artifact| artifact["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["base-files", "requests"]);
    assert_eq!(syft["source"]["metadata"]["manifestDigest"], container(Packing::Gzip).digest());
    assert_eq!(syft["distro"]["id"], "debian");
    let read = |path: &str| serde_json::from_slice::<Value>(&fs::read(path).unwrap()).unwrap();
    assert_eq!(read(&spdx)["spdxVersion"], "SPDX-2.2");
    assert_eq!(read(&cyclonedx)["specVersion"], "1.5");
    let named = run(&["syft", &archive, "--source-name", "app", "--source-version", "7", "-o", "json"]);
    let source = json(&named)["source"].clone();
    assert_eq!((&source["name"], &source["version"]), (&"app".into(), &"7".into()));
    let chosen = run(&["syft", &archive, "--override-default-catalogers", "python", "-o", "purls"]);
    assert_eq!(document(&chosen), "pkg:pypi/requests@2.32.3\n");
    let excluded = run(&["syft", &archive, "--exclude", "/usr/lib/python3/**", "-o", "purls"]);
    assert!(!document(&excluded).contains("pypi"));
    let legacy = run(&["syft", &archive, "-o", "purls", "--file", &folder.at("purls")]);
    assert_eq!((legacy.status.code(), stdout(&legacy)), (Some(0), String::new()));
    assert_eq!(fs::read_to_string(folder.path("purls")).unwrap(), PURLS);
    fails(&run(&["syft", &archive, "-o", "table", "-o", "json"]), 1, "only one document");
    fails(&run(&["syft", &archive, "-o", "bogus"]), 1, "unsupported output format \"bogus\"");
    fails(&run(&["syft", &archive, "--select-catalogers", "+bogus"]), 1, "bogus");
    fails(&run(&["syft", &archive, "--platform", "linux/arm64"]), 1, "linux/arm64");
    fails(&run(&["syft", &folder.at("absent.tar")]), 1, "ERROR ");
}

#[test]
#[cfg(unix)]
fn files_and_variables_configure() {
    let folder = Folder::new();
    let archive = image(&folder);
    let purls = |command: &mut Command| document(&command.arg(&archive).output().unwrap());
    assert_eq!(purls(linked(&folder).env("SYFT_OUTPUT", "purls")), PURLS);
    folder.write(".syft.yaml", "output: purls\nexclude: ['/usr/**']\n");
    let dpkg = PURLS.lines().next().unwrap().to_owned() + "\n";
    assert_eq!(purls(&mut linked(&folder)), dpkg);
    // The environment comes before the file, and the flag before both.
    assert_eq!(purls(linked(&folder).env("SYFT_EXCLUDE", "/etc/passwd")), PURLS);
    assert_eq!(purls(linked(&folder).args(["--exclude", "/etc/passwd"])), PURLS);
    let table = purls(linked(&folder).args(["-o", "table"]).env("SYFT_OUTPUT", "json"));
    assert!(table.starts_with("NAME"), "{table}");
    let named = folder.write("other.yaml", "output: [purls]\nselect-catalogers: python\n");
    assert_eq!(purls(linked(&folder).args(["-c", &named])), "pkg:pypi/requests@2.32.3\n");
    assert_eq!(purls(linked(&folder).env("SYFT_CONFIG", &named)), "pkg:pypi/requests@2.32.3\n");
    let broken = folder.write("broken.yaml", "output: {a: b}\n");
    fails(&linked(&folder).args(["-c", &broken, &archive]).output().unwrap(), 1, "broken.yaml: ");
    let pretty = linked(&folder).args(["-o", "json", &archive]).env("SYFT_FORMAT_PRETTY", "true").output();
    assert!(document(&pretty.unwrap()).starts_with("{\n"));
    fails(
        &linked(&folder).arg(&archive).env("SYFT_FORMAT_PRETTY", "perhaps").output().unwrap(),
        1,
        "SYFT_FORMAT_PRETTY",
    );
}

#[test]
fn quiet_says_nothing_but_errors() {
    let folder = Folder::new();
    let tar = Tar::new().file("lib/apk/db/installed", b"P:\xff\nV:\n\n").done();
    let image = Container::new(&[tar], Packing::Gzip, "amd64");
    let archive = folder.write("image.tar", container::oci_archive(&[&image], "1"));
    let loud = run(&["syft", &archive, "-o", "json"]);
    assert!(stderr(&loud).starts_with("warning: "), "{}", stderr(&loud));
    let quiet = run(&["syft", "-q", &archive, "-o", "json"]);
    assert_eq!(document(&quiet), stdout(&loud));
    fails(&run(&["syft", "-q", &folder.at("absent")]), 1, "ERROR ");
}

#[test]
fn the_base_of_a_directory_is_the_directory() {
    let folder = Folder::new();
    let root = unpacked(&folder);
    let base = |base: &str| run(&["syft", &root, "--base-path", base, "-o", "purls"]);
    assert_eq!(document(&base(&root)), PURLS);
    fails(&base(&folder.0.path().display().to_string()), 1, "--base-path");
}

#[test]
fn convert_takes_every_document() {
    let folder = Folder::new();
    let archive = image(&folder);
    for from in ["spdx-json", "spdx-json@3.0", "spdx-tag-value", "cyclonedx-json", "syft-json"] {
        let file = folder.at("from");
        document(&run(&["syft", &archive, "-o", &format!("{from}={file}")]));
        let spdx = folder.at("to.spdx.json");
        let output =
            run(&["syft", "-q", "convert", &file, "-o", "purls", "-o", &format!("spdx-json={spdx}")]);
        assert_eq!(document(&output), PURLS, "{from}");
        let spdx: Value = serde_json::from_slice(&fs::read(spdx).unwrap()).unwrap();
        assert_eq!(spdx["spdxVersion"], "SPDX-2.3", "{from}");
        let stdin = run_with_stdin(&["syft", "convert", "-", "-o", "purls"], Path::new(&file));
        assert_eq!(stdout(&stdin), PURLS, "{from}");
        let table = run(&["syft", "-q", "convert", &file]);
        assert_eq!(words(&document(&table)), words(TABLE), "{from}");
    }
    fails(&run(&["syft", "convert", &archive, "-o", "json"]), 1, "ERROR ");
    fails(&run(&["syft", "convert", &folder.at("from"), "-t", "x"]), 1, "templates");
}
