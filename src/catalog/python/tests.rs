use super::super::testing;
use super::*;

const SITE: &str = "opt/venv/lib/python3.11/site-packages";

fn metadata(name: &str, rest: &str) -> Vec<u8> {
    format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{rest}\n\nbody\nRequires-Dist: nothing\n")
        .into_bytes()
}

fn find(files: &[(String, Vec<u8>)]) -> Findings {
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    testing::find(&Installed, &files)
}

fn at(site: &str, name: &str, rest: &str) -> (String, Vec<u8>) {
    (format!("{site}/{name}-1.0.dist-info/METADATA"), metadata(name, rest))
}

#[test]
fn reads_distributions_in_every_layout() {
    let site = "usr/lib/python3/dist-packages";
    let egg = b"Metadata-Version: 1.0\r\nName: Old_Style\r\nVersion: 0.1\r\nLicense: UNKNOWN\r\n".to_vec();
    let found = find(&[
        at(site, "Foo.Bar", ""),
        (format!("{site}/old.egg-info"), egg.clone()),
        (format!("{site}/dir.egg-info/PKG-INFO"), b"Name: dir\nVersion: 2\n".to_vec()),
        (format!("{site}/egg-3-py3.egg/EGG-INFO/PKG-INFO"), b"Name: egg\nVersion: 3\n".to_vec()),
        (format!("{site}/broken-1.dist-info/METADATA"), b"Name: broken\n\xff\xfe".to_vec()),
        (format!("{site}/empty-1.dist-info/METADATA"), Vec::new()),
    ]);
    let expected = [
        "foo-bar 1.0 pkg:pypi/foo-bar@1.0",
        "dir 2 pkg:pypi/dir@2",
        "egg 3 pkg:pypi/egg@3",
        "old-style 0.1 pkg:pypi/old-style@0.1",
    ];
    let mut listed = testing::list(&found);
    listed.sort();
    let mut expected = expected.map(str::to_owned);
    expected.sort();
    assert_eq!(listed, expected);
    assert_eq!(found.unknowns().len(), 2);
}

#[test]
fn reads_who_made_it_and_its_licence() {
    let rest = "License: BSD-3-Clause\nAuthor-email: \"Doe, Jane\" <jane@example.com>, b@example.com\nMaintainer: Example Team\nProject-URL: Home Page, https://example.com/a\nSummary: a thing\nClassifier: License :: OSI Approved :: MIT License";
    let found = find(&[
        at(SITE, "a", rest),
        at(
            SITE,
            "b",
            "Classifier: License :: OSI Approved :: MIT License\nAuthor: Jane\nAuthor-email: jane@example.com",
        ),
    ]);
    let package = &found.packages()[0];
    assert_eq!(package.licenses[0].expression.as_deref(), Some("BSD-3-Clause"));
    assert_eq!(package.licenses.len(), 1);
    let author = package.originator.as_ref().unwrap();
    assert_eq!((author.name.as_str(), author.email.as_deref()), ("Doe, Jane", Some("jane@example.com")));
    assert_eq!(package.supplier, Some(crate::package::Party::organization("Example Team")));
    assert_eq!(package.homepage.as_deref(), Some("https://example.com/a"));
    let package = &found.packages()[1];
    assert_eq!(package.licenses[0].expression.as_deref(), Some("MIT"));
    assert_eq!(package.supplier.as_ref().unwrap().email.as_deref(), Some("jane@example.com"));
    assert_eq!(package.originator, None);
}

#[test]
fn reads_files_and_where_it_came_from() {
    let directory = format!("{SITE}/a-1.0.dist-info");
    let url = br#"{"url":"https://example.com/a.git","vcs_info":{"vcs":"git","commit_id":"0123abc"}}"#;
    let found = find(&[
        at(SITE, "a", ""),
        (format!("{directory}/RECORD"), b"a.py,sha256=x,1\n../../../bin/a,,\n".to_vec()),
        (format!("{directory}/top_level.txt"), b"a\n".to_vec()),
        (format!("{directory}/direct_url.json"), url.to_vec()),
    ]);
    let package = &found.packages()[0];
    assert_eq!(package.download.as_deref(), Some("git+https://example.com/a.git@0123abc"));
    assert_eq!(
        testing::list(&found),
        ["a 1.0 pkg:pypi/a@1.0?vcs_url=git%2Bhttps:%2F%2Fexample.com%2Fa.git%400123abc"]
    );
    let files: Vec<&str> = package.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(files, ["/opt/venv/bin/a", "/opt/venv/lib/python3.11/site-packages/a.py"]);
    let places: Vec<&str> = package.locations.iter().map(|place| path::name(&place.path)).collect();
    assert_eq!(places, ["METADATA", "RECORD", "top_level.txt", "direct_url.json"]);
}

#[test]
fn an_extra_holds_only_if_something_asks_for_it() {
    let a = "Requires-Dist: b[x] >=1\nRequires-Dist: d ; extra == 'never'\nRequires-Dist: f ; python_version < '3.8'";
    let b = "Provides-Extra: x\nRequires-Dist: c[y] ; extra == 'x'\nRequires-Dist: e ; extra == 'z'\nRequires-Dist: b[z] ; extra == 'w'";
    let c = "Requires-Dist: D_d ; extra == 'y'\nRequires-Dist: absent";
    let mut files = vec![at(SITE, "a", a), at(SITE, "b", b), at(SITE, "c", c)];
    files.extend(["d", "d.d", "e", "f"].map(|name| at(SITE, name, "")));
    let found = find(&files);
    assert_eq!(testing::edges(&found), ["a@1.0 -> b@1.0", "b@1.0 -> c@1.0", "c@1.0 -> d-d@1.0"]);
}

#[test]
fn environments_are_kept_apart() {
    let system = "usr/lib/python3/dist-packages";
    let local = "usr/local/lib/python3.11/dist-packages";
    let other = "usr/local/lib/python3.12/dist-packages";
    let with_system = "opt/two/lib/python3.11/site-packages";
    let configuration = |system: &str| {
        format!("home = /usr/bin\ninclude-system-site-packages = {system}\nversion = 3.11.2\n").into_bytes()
    };
    let version = |text: &str, rest: &str| format!("Name: {text}\n{rest}\n").into_bytes();
    let site = |site: &str, name: &str, number: &str, rest: &str| {
        (format!("{site}/{name}.dist-info/METADATA"), version(&format!("{name}\nVersion: {number}"), rest))
    };
    let found = find(&[
        ("opt/venv/pyvenv.cfg".to_owned(), configuration("false")),
        ("opt/two/pyvenv.cfg".to_owned(), configuration("true")),
        site(system, "six", "1", ""),
        site(SITE, "a", "1", "Requires-Dist: six"),
        site(with_system, "b", "1", "Requires-Dist: six"),
        site(local, "c", "1", "Requires-Dist: six"),
        site(other, "d", "1", "Requires-Dist: e"),
        site(local, "e", "1", ""),
        site(with_system, "f", "1", "Requires-Dist: g"),
        site(with_system, "g", "2", ""),
        site(system, "g", "1", ""),
    ]);
    assert_eq!(testing::edges(&found), ["b@1 -> six@1", "c@1 -> six@1", "f@1 -> g@2"]);
}

#[test]
fn the_interpreter_decides() {
    let marker = "Requires-Dist: six ; python_full_version < '3.11.3'";
    let edges = |files: &[(&str, &[u8])], site: &str| {
        let mut all = vec![at(site, "a", marker), at(site, "six", "")];
        all.extend(files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())));
        testing::edges(&find(&all)).len()
    };
    assert_eq!(edges(&[("opt/venv/pyvenv.cfg", b"version_info = 3.11.2.final.0\n")], SITE), 1);
    assert_eq!(edges(&[("opt/venv/pyvenv.cfg", b"version = 3.11.9\n")], SITE), 0);
    assert_eq!(edges(&[], SITE), 0);
    let status = b"Package: libpython3.11-minimal\nVersion: 3.11.2-6+deb12u6\n";
    let site = "usr/lib/python3/dist-packages";
    let interpreter: (&str, &[u8]) = ("usr/lib/python3.11/os.py", b"");
    assert_eq!(edges(&[("var/lib/dpkg/status", status), interpreter], site), 1);
    let header = b"#define PY_VERSION \t\"3.11.9\"\n";
    assert_eq!(
        edges(
            &[("usr/local/include/python3.11/patchlevel.h", header)],
            "usr/local/lib/python3.11/site-packages"
        ),
        0
    );
}

#[test]
fn wheels_tell_the_platform() {
    let rest =
        "Requires-Dist: six ; sys_platform == 'win32'\nRequires-Dist: b ; platform_machine == 'aarch64'";
    let edges = |tag: &str| {
        let wheel = format!("Wheel-Version: 1.0\nTag: {tag}\n").into_bytes();
        let files = [
            at(SITE, "a", rest),
            at(SITE, "b", ""),
            at(SITE, "six", ""),
            (format!("{SITE}/six-1.0.dist-info/WHEEL"), b"Tag: py3-none-any\n".to_vec()),
            (format!("{SITE}/a-1.0.dist-info/WHEEL"), wheel),
        ];
        testing::edges(&find(&files))
    };
    assert_eq!(edges("cp311-cp311-win_amd64"), ["a@1.0 -> six@1.0"]);
    assert_eq!(edges("cp311-cp311-manylinux_2_17_aarch64"), ["a@1.0 -> b@1.0"]);
    assert!(edges("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64").is_empty());
}

#[test]
fn eggs_say_what_they_require_in_a_file() {
    let directory = "usr/lib/python3/dist-packages/a.egg-info";
    let found = find(&[
        (format!("{directory}/PKG-INFO"), b"Name: a\nVersion: 1.0\n".to_vec()),
        (format!("{directory}/requires.txt"), b"six\n\n[x]\nb\n".to_vec()),
        at("usr/lib/python3/dist-packages", "six", ""),
        at("usr/lib/python3/dist-packages", "b", ""),
    ]);
    assert_eq!(testing::edges(&found), ["a@1.0 -> six@1.0"]);
}

#[test]
fn what_cannot_be_read_is_said() {
    let found = find(&[at(SITE, "a", "Requires-Dist: b ; (((nonsense")]);
    assert_eq!(found.packages().len(), 1);
    assert!(found.unknowns()[0].reason.contains("nonsense"));
}

#[test]
fn sboms_tell_what_a_distribution_holds() {
    let sbom =
        br#"{"bomFormat":"CycloneDX","metadata":{"component":{"bom-ref":"root","name":"a"}},"components":[
        {"bom-ref":"root","name":"a","purl":"pkg:cargo/a@1"},
        {"bom-ref":"x","name":"archery","version":"1.2.3","purl":"pkg:cargo/archery@1.2.3"}]}"#;
    let found = find(&[
        at(SITE, "a", ""),
        (format!("{SITE}/a-1.0.dist-info/sboms/a.cdx.json"), sbom.to_vec()),
        (format!("{SITE}/a-1.0.dist-info/sboms/b.spdx"), b"SPDXVersion: SPDX-2.3".to_vec()),
    ]);
    assert_eq!(testing::list(&found), ["a 1.0 pkg:pypi/a@1.0", "archery 1.2.3 pkg:cargo/archery@1.2.3"]);
    assert_eq!(testing::edges(&found), ["a@1.0 -> archery@1.2.3"]);
    assert_eq!(found.unknowns().len(), 1);
}
