//! `mix.lock` of Elixir and `rebar.lock` of Erlang: terms of those languages, of which only the shapes that the tools
//! write are read. <https://hexdocs.pm/mix/Mix.Tasks.Deps.html>, <https://rebar3.org/docs/configuration/dependencies/>
//!
//! Deviations from syft 1.18.1, which takes the URL of a git dependency for its version: that has its revision for the
//! version, and no package URL of the registry. Edges of `mix.lock` are listed. The outer digest is the archive's.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::super::Want;
use super::super::view::View;
use super::Lock;
use super::declared::Declared;
use super::metadata;
use crate::package::Checksum;
use crate::package::ChecksumAlgorithm;
use crate::package::Kind;
use crate::package::Package;
use crate::package::PurlBuilder;

pub(in super::super) const MIX: Declared = Declared {
    name: "elixir-mix-lock-cataloger",
    tags: &["declared", "directory", "elixir", "language", "package"],
    wants: &[Want::Bytes("**/mix.lock")],
    read: mix,
};

pub(in super::super) const REBAR: Declared = Declared {
    name: "erlang-rebar-lock-cataloger",
    tags: &["declared", "directory", "erlang", "language", "package"],
    wants: &[Want::Bytes("**/rebar.lock")],
    read: rebar,
};

/// `"key": {:hex, :name, "version", "inner", [managers], [needs], "repository", "outer"}`; old ones end earlier.
const MIX_HEX: &str = r#"^\s*"([^"]+)":\s*\{:hex,\s*:"?([^",]+)"?,\s*"([^"]+)",\s*"([^"]*)"(.*)"#;
/// `"key": {:git, "url", "revision", [options]}`.
const MIX_GIT: &str = r#"^\s*"([^"]+)":\s*\{:git,\s*"([^"]+)",\s*"([^"]+)""#;
/// `{:name, "range", [hex: :name, repo: "hexpm", optional: false]}`.
const MIX_NEED: &str = r#"\{:"?([^",\s]+)"?,\s*(?:"[^"]*"|nil),\s*\[([^\]]*)\]\}"#;
/// The digest that ends a line.
const MIX_OUTER: &str = r#""([0-9a-fA-F]{64})"\s*\},?\s*$"#;
/// `{<<"key">>,{pkg,<<"name">>,<<"version">>..},level}`.
const REBAR_HEX: &str = r#"\{<<"([^"]+)">>,\s*\{pkg,\s*<<"([^"]+)">>,\s*<<"([^"]+)">>"#;
/// `{<<"key">>,{git,"url",{ref,"revision"}},level}`.
const REBAR_GIT: &str = r#"\{<<"([^"]+)">>,\s*\{git,\s*"([^"]+)",\s*\{ref,\s*"([^"]+)"\}"#;
/// `{<<"key">>, <<"digest">>}`.
const REBAR_HASH: &str = r#"\{<<"([^"]+)">>,\s*<<"([0-9a-fA-F]{64})">>\}"#;

macro_rules! pattern {
    ($pattern:expr) => {{
        static COMPILED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($pattern).ok());
        COMPILED.as_ref().ok_or("no pattern")?
    }};
}

/// One package of either file.
#[derive(Default)]
struct Entry<'a> {
    name: &'a str,
    version: &'a str,
    inner: &'a str,
    outer: &'a str,
    git: Option<&'a str>,
}

fn package(lock: &Lock<'_, '_>, entry: &Entry<'_>, kind: &'static str) -> Package {
    let fields = [
        ("name", entry.name.into()),
        ("version", entry.version.into()),
        ("pkgHash", entry.inner.into()),
        ("pkgHashExt", entry.outer.into()),
    ];
    let purl = PurlBuilder::new("hex", entry.name).version(entry.version);
    Package {
        purl: entry.git.is_none().then(|| purl.build()),
        download: entry.git.and_then(|url| super::download(&format!("git+{url}#{}", entry.version))),
        checksums: Checksum::new(ChecksumAlgorithm::Sha256, entry.outer).into_iter().collect(),
        metadata: metadata(kind, fields),
        ..lock.package(Kind::Hex, entry.name, entry.version)
    }
}

fn mix(lock: &mut Lock<'_, '_>, _: &View<'_>) -> Result<(), String> {
    const METADATA: &str = "elixir-mix-lock-entry";
    let (hex, git) = (pattern!(MIX_HEX), pattern!(MIX_GIT));
    let (need, outer) = (pattern!(MIX_NEED), pattern!(MIX_OUTER));
    let text = lock.text()?;
    let mut found = HashMap::new();
    let mut needs = Vec::new();
    for line in text.lines() {
        if let Some(groups) = hex.captures(line) {
            let (_, [key, name, version, inner, rest]) = groups.extract();
            let outer =
                outer.captures(rest).and_then(|groups| groups.get(1)).map_or("", |group| group.as_str());
            let entry = Entry { name, version, inner, outer, git: None };
            let package = package(lock, &entry, METADATA);
            let from = lock.add(package);
            found.insert(key, from);
            for groups in need.captures_iter(rest) {
                let (_, [name, options]) = groups.extract();
                if !options.contains("optional: true") {
                    needs.push((from, name.to_owned()));
                }
            }
        } else if let Some(groups) = git.captures(line) {
            let (_, [name, url, version]) = groups.extract();
            let package =
                package(lock, &Entry { name, version, git: Some(url), ..Entry::default() }, METADATA);
            found.insert(name, lock.add(package));
        } else if line.contains(": {:") && !line.contains("{:path") {
            lock.unknown(format!("a line that cannot be read: {}", line.trim()));
        }
    }
    for (from, name) in needs {
        if let Some(to) = found.get(name.as_str()) {
            lock.depends(from, *to);
        }
    }
    Ok(())
}

fn rebar(lock: &mut Lock<'_, '_>, _: &View<'_>) -> Result<(), String> {
    const METADATA: &str = "erlang-rebar-lock-entry";
    let text = lock.text()?;
    let (packages, hashes) = text.split_once("{pkg_hash,").unwrap_or((text, ""));
    let (inner, outer) = hashes.split_once("{pkg_hash_ext,").unwrap_or((hashes, ""));
    let hash = pattern!(REBAR_HASH);
    let table = |text| -> HashMap<_, _> {
        let pairs = hash.captures_iter(text).map(|groups| groups.extract());
        pairs.map(|(_, [name, digest])| (name, digest)).collect()
    };
    let (inner, outer) = (table(inner), table(outer));
    let mut count = 0_usize;
    for groups in pattern!(REBAR_HEX).captures_iter(packages) {
        let (_, [key, name, version]) = groups.extract();
        let of =
            |table: &HashMap<&str, &'_ str>| table.get(key).map_or(String::new(), |hash| (*hash).to_owned());
        let (inner, outer) = (of(&inner), of(&outer));
        let entry = Entry { name, version, inner: &inner, outer: &outer, git: None };
        let package = package(lock, &entry, METADATA);
        lock.add(package);
        count = count.saturating_add(1);
    }
    for groups in pattern!(REBAR_GIT).captures_iter(packages) {
        let (_, [name, url, version]) = groups.extract();
        let package = package(lock, &Entry { name, version, git: Some(url), ..Entry::default() }, METADATA);
        lock.add(package);
        count = count.saturating_add(1);
    }
    // A project without dependencies has an empty list.
    if count == 0 && !text.trim_start().starts_with("[]") {
        return Err("no package that can be read".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    #[test]
    fn reads_mix() {
        let lock = br#"%{
  "castore": {:hex, :castore, "0.1.17", "ba672681de4e51ed8ec1f74ed624d104c0db72742ea1a5e74edbc770c815182f", [:mix], [], "hexpm", "d9844227ed52d26e7519224525cb6868650c272d4a3d327ce3ca5570c12163f9"},
  "connection": {:hex, :connection, "1.1.0", "ff2a49c4b75b6fb3e674bfc5536451607270aac754ffd1bdfe175abe4a6d7a68", [:mix], [{:castore, "~> 0.1", [hex: :castore, repo: "hexpm", optional: false]}, {:gitdep, ">= 0.0.0", [hex: :gitdep, optional: true]}], "hexpm", "722c1eb0a418fbe91ba7bd59a47e28008a189d47e37e0e7bb85585a016b2869c"},
  "gitdep": {:git, "https://github.com/example/gitdep.git", "0a1b", [tag: "1.0"]},
  "odd": {:svn, "x"},
}"#;
        let found = testing::find(&MIX, &[("mix.lock", lock)]);
        let expected = [
            "castore 0.1.17 pkg:hex/castore@0.1.17",
            "connection 1.1.0 pkg:hex/connection@1.1.0",
            "gitdep 0a1b -",
        ];
        assert_eq!(testing::list(&found), expected);
        assert_eq!(testing::edges(&found), ["connection@1.1.0 -> castore@0.1.17"]);
        assert_eq!(
            found.packages()[0].checksums[0].hex,
            "d9844227ed52d26e7519224525cb6868650c272d4a3d327ce3ca5570c12163f9"
        );
        assert_eq!(
            found.packages()[2].download.as_deref(),
            Some("git+https://github.com/example/gitdep.git@0a1b")
        );
        assert_eq!(found.unknowns().len(), 1);
    }

    #[test]
    fn reads_rebar() {
        let lock = br#"{"1.2.0",
[{<<"certifi">>,{pkg,<<"certifi">>,<<"2.9.0">>},0},
 {<<"gitdep">>,{git,"https://github.com/example/gitdep.git",{ref,"0a1b"}},0}]}.
[
{pkg_hash,[
 {<<"certifi">>, <<"6F2A475689DD47F19FB74334859D460A2DC4E3252A3324BD2111B8F0429E7E21">>}]},
{pkg_hash_ext,[
 {<<"certifi">>, <<"266DA46BDB06D6C6D35FDE799BCB28D36D985D424AD7C08B5BB48F5B5CDD4641">>}]}
].
"#;
        let files: [(&str, &[u8]); 3] =
            [("a/rebar.lock", lock), ("b/rebar.lock", b"[].\n"), ("c/rebar.lock", b"?")];
        let found = testing::find(&REBAR, &files);
        assert_eq!(testing::list(&found), ["certifi 2.9.0 pkg:hex/certifi@2.9.0", "gitdep 0a1b -"]);
        let about = &found.packages()[0].metadata.as_ref().unwrap().fields;
        assert_eq!(about["pkgHash"], "6F2A475689DD47F19FB74334859D460A2DC4E3252A3324BD2111B8F0429E7E21");
        assert_eq!((found.packages()[0].checksums.len(), found.unknowns().len()), (1, 1));
    }
}
