//! A machine with only Rust builds and tests this: no crate of the build compiles or links C.
//!
//! Asks cargo what is in the build on this host. `deny.toml` says the same for other platforms.

use std::io;
use std::process::Command;

/// What a crate needs at build time to bring C in.
const BUILDERS: [&str; 8] =
    ["autotools", "bindgen", "cc", "cmake", "cxx-build", "nasm-rs", "pkg-config", "vcpkg"];

/// Crates named `-sys` that declare an interface and build nothing.
const DECLARATIONS: [(&str, &str); 4] = [
    ("core-foundation-sys", "frameworks of macOS, part of every installation"),
    ("linux-raw-sys", "constants and structs of the Linux kernel"),
    ("security-framework-sys", "frameworks of macOS, part of every installation"),
    ("windows-sys", "declarations of the Windows API"),
];

#[test]
fn default_build_needs_no_c_compiler() {
    check(&["-e", "normal,build"]);
}

#[test]
fn library_alone_needs_no_c_compiler() {
    check(&["-e", "normal,build", "--no-default-features"]);
}

#[test]
fn test_build_needs_no_c_compiler() {
    check(&["-e", "normal,build,dev"]);
}

fn check(options: &[&str]) {
    let Some(tree) = cargo_tree(options) else { return };
    assert!(tree.lines().any(|line| line.starts_with("sigstore-verify ")), "not our tree:\n{tree}");
    let found = builds_c(&tree);
    assert!(found.is_empty(), "{found:?} build or link C; cargo tree -i NAME says who wants them");
}

/// The crates of a `cargo tree --prefix none` that build or link C.
fn builds_c(tree: &str) -> Vec<&str> {
    let names = tree.lines().filter_map(|line| line.split_whitespace().next());
    let mut found: Vec<_> = names.filter(|name| is_builder(name) || is_foreign(name)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn is_builder(name: &str) -> bool {
    BUILDERS.contains(&name)
}

fn is_foreign(name: &str) -> bool {
    name.ends_with("-sys") && !DECLARATIONS.iter().any(|(declared, _)| *declared == name)
}

/// The tree of this host with the committed lock file; nothing is downloaded.
fn cargo_tree(options: &[&str]) -> Option<String> {
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["tree", "--offline", "--locked", "--no-dedupe", "--prefix", "none"])
        .args(options)
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            println!("skipped, no cargo");
            return None;
        }
        Err(error) => panic!("cargo: {error}"),
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn knows_crates_that_build_c() {
    let tree = "portcullis v0.1.0 (/p)\naws-lc-sys v0.47.0\ncc v1.11.3\ncmake v0.1.58\nlinux-raw-sys v0.12.1\n\
                cc v1.11.3 (*)\nccm v1.0.0\nopenssl-sys v0.9.0\nopenssl-probe v0.2.2\n";
    assert_eq!(builds_c(tree), ["aws-lc-sys", "cc", "cmake", "openssl-sys"]);
    assert_eq!(builds_c("portcullis v0.1.0\nwindows-sys v0.61.2\n"), Vec::<&str>::new());
}
