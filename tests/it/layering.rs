//! Who may import whom: the table of `docs/architecture.md`, held against the sources.
//!
//! Test modules obey the same table: a test that needs more of the project than its module may know
//! is a test of the whole and belongs into `tests/`.

mod scanner;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use scanner::Named;
use scanner::Root;

/// The import table, word by word as `docs/architecture.md` has it.
const TABLE: [(&str, &str); 23] = [
    ("digest, limits, predicate, yaml", "nothing of the project"),
    ("package", "digest"),
    ("http, json", "limits"),
    ("crypto, intoto, identity", "base"),
    ("trust", "crypto http, base"),
    ("bundle", "intoto, base"),
    ("verify", "bundle crypto identity intoto trust, base"),
    ("oci", "base"),
    ("source", "http oci, base"),
    ("evidence", "bundle oci source, base"),
    ("pack", "bundle evidence oci source, base"),
    ("image", "oci source, base"),
    ("catalog", "image package, base"),
    ("spdx", "intoto package, base"),
    ("cyclonedx", "package, base"),
    ("sbom", "cyclonedx image package spdx, base"),
    ("scan", "intoto package, base"),
    ("vex", "package scan, base"),
    ("allowlist", "package scan, base"),
    ("gate", "allowlist identity oci scan spdx verify vex, base"),
    ("promote", "gate oci, base"),
    ("report", "allowlist gate promote sbom scan spdx verify, base"),
    ("pipeline", "every library module"),
];

/// The last row: the binary is a crate of its own, so the compiler holds it to the public library.
const BINARY: (&str, &str) = ("cli (binary)", "the public library only");

/// What the word `base` in the table stands for.
const BASE: [&str; 6] = ["digest", "json", "limits", "package", "predicate", "yaml"];

/// The modules that may open a connection, and nothing else may.
/// `http` makes their client.
const NETWORK: [&[&str]; 5] =
    [&["http"], &["source", "daemon"], &["source", "registry"], &["trust", "update"], &["promote", "github"]];

/// What opens connections. Addresses as values are `core::net`, which may be named anywhere.
const SOCKETS: [&[&str]; 6] = [
    &["oci_client"],
    &["reqwest"],
    &["std", "net"],
    &["std", "os", "unix", "net"],
    &["tokio", "net"],
    &["socket2"],
];

#[test]
fn sources_keep_to_the_table() {
    let rules = rules();
    let broken: Vec<_> = sources().iter().flat_map(|file| broken_imports(&rules, file)).collect();
    assert!(broken.is_empty(), "imports that docs/architecture.md does not allow:\n{}", broken.join("\n"));
}

#[test]
fn network_code_lives_in_its_modules() {
    let broken: Vec<_> = sources().iter().flat_map(broken_sockets).collect();
    assert!(broken.is_empty(), "network code outside of its modules:\n{}", broken.join("\n"));
}

#[test]
fn table_is_the_documented_one() {
    let documented = documented_table();
    let expected: Vec<_> =
        TABLE.iter().chain([&BINARY]).map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    assert_eq!(documented, expected);
}

#[test]
fn table_only_points_upwards() {
    let mut above: BTreeSet<String> = BTreeSet::new();
    for (modules, imports) in TABLE {
        let allowed = allowed(imports);
        let below: Vec<_> = allowed.iter().filter(|name| !above.contains(*name)).collect();
        assert!(below.is_empty(), "{modules}: {below:?} stands below");
        above.extend(words(modules).map(str::to_owned));
    }
    assert!(BASE.iter().all(|name| above.contains(*name)));
}

#[test]
fn every_module_has_a_row() {
    let rules = rules();
    let without: BTreeSet<_> = sources()
        .into_iter()
        .filter(|file| !file.is_binary())
        .filter_map(|file| file.module.first().cloned())
        .filter(|module| !rules.contains_key(module))
        .collect();
    assert!(without.is_empty(), "no row in docs/architecture.md for {without:?}");
}

#[test]
fn planned_modules_do_not_exist() {
    let text = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let existing: BTreeSet<_> =
        sources().into_iter().filter_map(|file| file.module.into_iter().next()).collect();
    let map = text.split("```text").nth(1).unwrap().split("```").next().unwrap();
    let planned: Vec<_> = map
        .lines()
        .filter(|line| line.contains("planned"))
        .filter_map(|line| line.split_whitespace().next())
        .map(|name| name.trim_end_matches('/').trim_end_matches(".rs"))
        .filter(|name| existing.contains(*name))
        .collect();
    assert!(planned.is_empty(), "docs/architecture.md calls these planned: {planned:?}");
}

#[test]
fn main_dispatches_and_no_more() {
    let text = fs::read_to_string(root().join("src/main.rs")).unwrap();
    assert!(text.lines().count() <= 40, "src/main.rs is over 40 lines");
}

/// One source file below `src/`.
struct Source {
    /// Relative to the package.
    path: PathBuf,
    /// Path of its module; empty for a crate root.
    module: Vec<String>,
    text: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        let mut module: Vec<String> =
            path.trim_start_matches("src/").trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        let is_root = module == ["lib"] || module == ["main"];
        if is_root || module.last().is_some_and(|last| last == "mod") {
            module.pop();
        }
        Self { path: PathBuf::from(path), module, text: text.to_owned() }
    }

    /// Belongs to the binary, which is a crate of its own.
    fn is_binary(&self) -> bool {
        self.path == Path::new("src/main.rs") || self.module.first().is_some_and(|first| first == "cli")
    }

    fn names(&self) -> Vec<Named> {
        scanner::names(&self.module, &self.text)
    }

    fn complain(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path.display())
    }
}

fn broken_imports(rules: &BTreeMap<String, BTreeSet<String>>, file: &Source) -> Vec<String> {
    let mut broken = Vec::new();
    for name in file.names() {
        let path = name.segments.join("::");
        if name.root == Root::Scope {
            // Brings names in that no path shows.
            if path == "macro_use" {
                broken.push(file.complain(name.line, "`macro_use` hides an import"));
            }
            continue;
        }
        let Some(target) = name.segments.first() else {
            broken.push(file.complain(name.line, "the crate root as a whole is not imported"));
            continue;
        };
        if !may_import(rules, file, target) {
            broken.push(file.complain(name.line, &format!("may not import `{path}`")));
        }
    }
    broken.extend(hidden_files(file));
    broken
}

fn may_import(rules: &BTreeMap<String, BTreeSet<String>>, file: &Source, target: &str) -> bool {
    if file.is_binary() {
        return target == "cli";
    }
    match file.module.first() {
        // lib.rs holds the module map and may re-export from any of them.
        None => rules.contains_key(target),
        Some(own) => own == target || rules.get(own).is_some_and(|allowed| allowed.contains(target)),
    }
}

/// `#[path]`, `include!` and a `mod` in main.rs would compile a file where its rules do not hold.
fn hidden_files(file: &Source) -> Vec<String> {
    let mut broken = Vec::new();
    for (line, text) in (1..).zip(file.text.lines()) {
        let text = text.trim();
        if text.starts_with("#[path") || text.contains(" include!(") || text.starts_with("include!(") {
            broken.push(file.complain(line, "compiles a file out of its module"));
        }
        let declared = text.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';'));
        if file.path == Path::new("src/main.rs") && declared.is_some_and(|name| name != "cli") {
            broken.push(file.complain(line, "the binary declares no module but `cli`"));
        }
    }
    broken
}

fn broken_sockets(file: &Source) -> Vec<String> {
    if NETWORK.iter().any(|module| starts_with(&file.module, module)) {
        return Vec::new();
    }
    let opens = |name: &Named| {
        name.root == Root::Scope && SOCKETS.iter().any(|path| starts_with(&name.segments, path))
    };
    let found = file.names().into_iter().filter(opens);
    found.map(|name| file.complain(name.line, &format!("`{}`", name.segments.join("::")))).collect()
}

fn starts_with(path: &[String], start: &[&str]) -> bool {
    path.len() >= start.len() && path.iter().zip(start).all(|(found, expected)| found == expected)
}

/// Module to what it may import.
fn rules() -> BTreeMap<String, BTreeSet<String>> {
    let row = |(modules, imports): &(&'static str, &'static str)| {
        let allowed = allowed(imports);
        words(modules).map(move |module| (module.to_owned(), allowed.clone())).collect::<Vec<_>>()
    };
    TABLE.iter().flat_map(row).collect()
}

fn allowed(imports: &'static str) -> BTreeSet<String> {
    let expand = |name| if name == "base" { BASE.to_vec() } else { vec![name] };
    let names: Vec<_> = match imports {
        "nothing of the project" => Vec::new(),
        "every library module" => {
            let all = TABLE.iter().flat_map(|(modules, _)| words(modules));
            all.filter(|name| *name != "pipeline").collect()
        }
        names => words(names).flat_map(expand).collect(),
    };
    names.into_iter().map(str::to_owned).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ']).filter(|word| !word.is_empty())
}

/// The rows of the Markdown table, without its two head lines.
fn documented_table() -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let rows = text.lines().skip_while(|line| *line != "| module | may import |").skip(2);
    rows.take_while(|line| line.starts_with('|'))
        .map(|line| {
            let (module, imports) = line.trim_matches(['|', ' ']).split_once(" | ").unwrap();
            (module.replace('`', ""), imports.replace('`', ""))
        })
        .collect()
}

fn sources() -> Vec<Source> {
    let mut folders = vec![root().join("src")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let relative = path.strip_prefix(root()).unwrap().to_str().unwrap();
                found.push(Source::new(relative, &fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 10, "the sources are under src/");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn import_faults(path: &str, text: &str) -> Vec<String> {
    broken_imports(&rules(), &Source::new(path, text))
}

#[test]
fn refuses_imports_below_the_row() {
    let refused = [
        ("src/digest.rs", "use crate::limits;"),
        ("src/digest.rs", "use super::limits;"),
        ("src/digest.rs", "mod tests { use super::super::limits::X; }"),
        ("src/digest.rs", "#[cfg(test)] mod tests { use crate::json; }"),
        ("src/json.rs", "fn f() { crate::digest::Digest::sha256(b\"\"); }"),
        ("src/verify/mod.rs", "pub(crate) use crate::{digest::Digest, gate::Policy};"),
        ("src/verify/certificate.rs", "use super::super::source;"),
        ("src/oci/image.rs", "impl crate::verify::T for X {}"),
        ("src/gate/mod.rs", "use crate::promote::Plan;"),
        ("src/gate/mod.rs", "use crate::pipeline;"),
        ("src/gate/mod.rs", "#[serde(with = \"crate::report::text\")] x: u8"),
        ("src/pipeline.rs", "use crate::cli::Options;"),
        ("src/oci/mod.rs", "use crate::Digest;"),
        ("src/oci/mod.rs", "use crate::*;"),
        ("src/oci/mod.rs", "use crate as all;"),
        ("src/oci/mod.rs", "use super as all;"),
        ("src/oci/mod.rs", "use crate::{self as all};"),
        ("src/oci/mod.rs", "extern crate self as portcullis;"),
        ("src/oci/mod.rs", "#[path = \"../verify/mod.rs\"] mod verify;"),
        ("src/oci/mod.rs", "include!(\"../verify/mod.rs\");"),
        ("src/oci/mod.rs", "#[macro_use] mod macros;"),
        ("src/unknown.rs", "use crate::digest;"),
        ("src/lib.rs", "pub use crate::unknown::X;"),
        ("src/main.rs", "mod digest;"),
        ("src/cli/gate.rs", "use crate::digest::Digest;"),
    ];
    for (path, text) in refused {
        assert_eq!(import_faults(path, text).len(), 1, "{path}: {text}");
    }
}

#[test]
fn accepts_imports_of_the_row() {
    let accepted = [
        ("src/json.rs", "use crate::limits;"),
        (
            "src/verify/mod.rs",
            "mod certificate; use crate::{digest::Digest, trust::Root}; use certificate::Chain;",
        ),
        (
            "src/verify/certificate.rs",
            "use super::Verified; use crate::verify::error::Error; use self::sct::Sct;",
        ),
        (
            "src/digest.rs",
            "//! See [`crate::verify`].\n pub(crate) fn f(self) {} mod tests { use super::*; }",
        ),
        ("src/gate/mod.rs", "use crate::identity::IdentityPolicy;"),
        ("src/pipeline.rs", "use crate::report; use crate::gate;"),
        ("src/lib.rs", "pub mod digest; pub use crate::digest::Digest;"),
        ("src/main.rs", "mod cli; fn main() { crate::cli::main() }"),
        ("src/cli/gate.rs", "use portcullis::gate; use super::Options; use crate::cli::exit;"),
    ];
    for (path, text) in accepted {
        assert_eq!(import_faults(path, text), Vec::<String>::new(), "{path}: {text}");
    }
}

#[test]
fn refuses_sockets_elsewhere() {
    let refused = [
        "use reqwest::Client;",
        "use std::net::TcpStream;",
        "use std::{io, net};",
        "fn f() { tokio::net::TcpStream::connect(x); }",
        "use ::oci_client;",
    ];
    for text in refused {
        for path in [
            "src/verify/mod.rs",
            "src/source/layout.rs",
            "src/cli/gate.rs",
            "src/trust/mod.rs",
            "src/main.rs",
        ] {
            assert_eq!(broken_sockets(&Source::new(path, text)).len(), 1, "{path}: {text}");
        }
        for path in ["src/source/registry.rs", "src/source/registry/token.rs", "src/trust/update.rs"] {
            assert_eq!(broken_sockets(&Source::new(path, text)), Vec::<String>::new(), "{path}: {text}");
        }
    }
    let harmless = "use std::io; use core::net::IpAddr; use tokio::fs; // use reqwest;";
    assert_eq!(broken_sockets(&Source::new("src/cli/gate.rs", harmless)), Vec::<String>::new());
}
