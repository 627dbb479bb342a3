//! The seeds of the fuzz targets: each is accepted by its reader. One that is refused would teach a fuzzer nothing.

use std::fs;
use std::path::Path;

use jiff::civil::date;
use portcullis::allowlist::Allowlist;
use portcullis::allowlist::Terms;
use portcullis::allowlist::import::Origin;
use portcullis::allowlist::import::import;
use portcullis::intoto::Statement;
use portcullis::scan;
use portcullis::vex;

/// Says why a seed of this target is refused.
fn read(target: &str, bytes: &[u8]) -> Result<(), String> {
    fn error(error: impl ToString) -> String {
        error.to_string()
    }
    match target {
        "scan_grype" | "scan_sarif" | "scan_trivy" => scan::read(bytes).map(drop).map_err(error),
        "scan_statement" => {
            let statement = Statement::from_slice(bytes).map_err(error)?;
            scan::read_statement(&statement).map(drop).map_err(error)
        }
        "vex_csaf" | "vex_cyclonedx" | "vex_openvex" => vex::read(bytes).map(drop).map_err(error),
        "allowlist" => Allowlist::from_slice(bytes).map(drop).map_err(error),
        "allowlist_import" => read_import(bytes),
        other => Err(format!("{other} is no target")),
    }
}

/// The first byte says whose file it is; see `fuzz/fuzz_targets/allowlist_import.rs`.
fn read_import(bytes: &[u8]) -> Result<(), String> {
    let (first, rest) = bytes.split_first().ok_or("empty")?;
    let origin = match first {
        b'g' => Origin::Grype,
        b'o' => Origin::OsvScanner,
        b't' => Origin::Trivyignore,
        _ => Origin::TrivyignoreYaml,
    };
    let text = std::str::from_utf8(rest).map_err(|error| error.to_string())?;
    let said = || "said".to_owned();
    let (owner, ticket, reason) = (said(), said(), said());
    let terms = Terms { owner, ticket, reason, created: date(2026, 11, 1), expires: date(2026, 12, 1) };
    let made = import(origin, text, &terms, &[]).map_err(|error| error.to_string())?;
    let is_empty = made.drafts.is_empty() && made.remarks.is_empty();
    if is_empty { Err("nothing was read".to_owned()) } else { Ok(()) }
}

#[test]
fn every_target_has_seeds_that_its_reader_accepts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("fuzz/Cargo.toml")).unwrap();
    let targets: Vec<&str> = manifest.lines().filter_map(|line| line.strip_prefix("name = \"")).collect();
    let targets = targets.iter().map(|name| name.trim_end_matches('"')).filter(|name| !name.contains('-'));
    let mut count = 0;
    for target in targets {
        for seed in fs::read_dir(root.join("testdata/fuzz").join(target)).expect(target) {
            let path = seed.unwrap().path();
            read(target, &fs::read(&path).unwrap())
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            count += 1;
        }
    }
    assert_eq!(count, 19);
}
