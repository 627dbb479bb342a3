//! Go modules that a program was built from, by the build information in it.
//!
//! <https://pkg.go.dev/runtime/debug#BuildInfo>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Map;
use serde_json::Value;

use super::Cataloger;
use super::Executable;
use super::Findings;
use super::Found;
use super::GoBuild;
use super::Want;
use super::view::File;
use super::view::View;
use crate::package::Checksum;
use crate::package::ChecksumAlgorithm;
use crate::package::Kind;
use crate::package::License;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::Purl;
use crate::package::PurlBuilder;
use crate::package::Relation;

/// What Go's linker wrote into programs.
#[derive(Debug)]
pub(super) struct GoBinary;

impl Cataloger for GoBinary {
    fn name(&self) -> &'static str {
        "go-module-binary-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["directory", "installed", "image", "language", "go", "golang", "gomod", "binary", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Executables]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        for (file, executable) in view.executables() {
            if executable.packed {
                findings.unknown(file.location(), "packed with UPX: nothing can be told of what is in it");
            }
            for problem in &executable.problems {
                findings.unknown(file.location(), problem.as_str());
            }
            for build in &executable.go {
                add(build, executable, &file, findings);
            }
        }
    }
}

/// Adds the modules of one program: the main one needs all others, which is as much as is known.
fn add(build: &GoBuild, executable: &Executable, file: &File<'_>, findings: &mut Findings) {
    let lists = Lists { stamp: build.stamp.as_deref(), ..Lists::read(&build.modules) };
    let main = lists.main();
    let toolchain = build.version.as_deref().map(|version| version.split(' ').next().unwrap_or(version));
    let architecture = lists.setting("GOARCH").or(executable.architecture.map(|architecture| architecture.0));
    let describe = |module: &Module<'_>| {
        let mut fields = Map::new();
        let mut field = |key: &str, value: Option<&str>| {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                fields.insert(key.to_owned(), value.into());
            }
        };
        field("goCompiledVersion", toolchain);
        field("architecture", architecture);
        field("h1Digest", module.sum);
        field("mainModule", main.as_ref().map(|main| main.path));
        let experiments = build.version.as_deref().map(experiments).filter(|list| !list.is_empty());
        if let Some(list) = experiments {
            fields.insert("goExperiments".to_owned(), list.into());
        }
        fields
    };
    let mut others = Vec::new();
    for module in &lists.dependencies {
        let metadata = describe(module);
        others.push(findings.add(package(module, module.version, metadata, file)));
    }
    if let Some(toolchain) = toolchain {
        others.push(findings.add(standard_library(toolchain, file)));
    }
    if let Some(main) = &main {
        let mut metadata = describe(main);
        if !lists.settings.is_empty() {
            let settings = lists.settings.iter().map(|(key, value)| {
                Value::from(Map::from_iter([
                    ("key".into(), (*key).into()),
                    ("value".into(), value.as_str().into()),
                ]))
            });
            metadata.insert("goBuildSettings".to_owned(), settings.collect());
        }
        let version = lists.main_version(main);
        let main = findings.add(package(main, version.as_deref(), metadata, file));
        others.into_iter().for_each(|other: Found| findings.relate(main, Relation::DependsOn, other));
    }
}

fn package(
    module: &Module<'_>,
    version: Option<&str>,
    metadata: Map<String, Value>,
    file: &File<'_>,
) -> Package {
    // `(devel)` is Go's word for "not known": no version, and none that a scanner could compare.
    let known = version.filter(|version| !version.is_empty() && *version != DEVELOPMENT);
    Package {
        name: module.path.to_owned(),
        version: version.filter(|version| !version.is_empty()).map(str::to_owned),
        kind: Kind::Go,
        purl: Some(purl(module.path, known)),
        checksums: module.sum.and_then(checksum).into_iter().collect(),
        locations: vec![file.location()],
        metadata: Some(Metadata { kind: "go-module-buildinfo-entry", fields: metadata }),
        ..Package::default()
    }
}

/// The standard library and runtime, which are compiled into every program.
fn standard_library(toolchain: &str, file: &File<'_>) -> Package {
    let version = toolchain.strip_prefix("go").unwrap_or(toolchain);
    let fields = Map::from_iter([("goCompiledVersion".to_owned(), toolchain.into())]);
    Package {
        name: "stdlib".to_owned(),
        version: Some(toolchain.to_owned()),
        kind: Kind::Go,
        purl: Some(purl("stdlib", Some(version))),
        licenses: vec![License::declared("BSD-3-Clause")],
        cpes: standard_cpe(version).into_iter().collect(),
        locations: vec![file.location()],
        metadata: Some(Metadata { kind: "go-module-buildinfo-entry", fields }),
        ..Package::default()
    }
}

/// `1.24.3` or `1.25rc1`; builds between releases have none.
fn standard_cpe(version: &str) -> Option<String> {
    let version = version.split('+').next().unwrap_or(version);
    let end = version.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(version.len());
    let (number, candidate) = version.split_at_checked(end)?;
    let number = number.trim_end_matches('.');
    let candidate = candidate.trim_start_matches('-');
    let known = number.starts_with(|c: char| c.is_ascii_digit())
        && candidate.chars().all(|c| c.is_ascii_alphanumeric());
    let candidate = if candidate.is_empty() { "-" } else { candidate };
    known.then(|| format!("cpe:2.3:a:golang:go:{number}:{candidate}:*:*:*:*:*:*"))
}

/// The namespace is all of the path but its last segment.
/// <https://github.com/package-url/purl-spec/blob/main/types-doc/golang-definition.md>
fn purl(path: &str, version: Option<&str>) -> Purl {
    let (namespace, name) = path.rsplit_once('/').unwrap_or(("", path));
    PurlBuilder::new("golang", name).namespace(namespace).version(version.unwrap_or_default()).build()
}

/// `h1:` is the SHA-256 of a list of the module's files. <https://go.dev/ref/mod#go-sum-files>
fn checksum(sum: &str) -> Option<Checksum> {
    let digest = STANDARD.decode(sum.strip_prefix("h1:")?).ok()?;
    Checksum::new(ChecksumAlgorithm::Sha256, &hex::encode(digest))
}

/// What stands behind `X:` in `go1.22.1 X:nocoverageredesign,rangefunc`.
fn experiments(version: &str) -> Vec<&str> {
    version.split(' ').filter_map(|word| word.strip_prefix("X:")).flat_map(|list| list.split(',')).collect()
}

/// One `mod`, `dep` or `=>` line.
#[derive(Clone, Copy, Debug)]
struct Module<'a> {
    path: &'a str,
    version: Option<&'a str>,
    sum: Option<&'a str>,
}

impl<'a> Module<'a> {
    fn read(fields: &'a str) -> Option<Self> {
        let mut fields = fields.split('\t');
        let path = fields.next().filter(|path| !path.is_empty())?;
        let mut next = || fields.next().filter(|field| !field.is_empty());
        Some(Self { path, version: next(), sum: next() })
    }

    /// What stands in for it by a `replace` directive.
    ///
    /// A directory of the build machine has no name that anybody else knows: there the module keeps its own.
    fn replace(&mut self, other: Self) {
        let is_directory = other.path.starts_with(['.', '/', '\\']) || other.path.get(1..2) == Some(":");
        if !is_directory {
            *self = other;
        }
    }
}

/// The lines of build information.
#[derive(Debug, Default)]
struct Lists<'a> {
    /// The package that was built.
    path: Option<&'a str>,
    module: Option<Module<'a>>,
    dependencies: Vec<Module<'a>>,
    settings: Vec<(&'a str, String)>,
    /// The version that was given to the linker, where its flags are not among the settings.
    stamp: Option<&'a str>,
}

impl<'a> Lists<'a> {
    fn read(text: &'a str) -> Self {
        let mut lists = Self::default();
        let mut of_dependency = false;
        for line in text.lines() {
            let Some((word, rest)) = line.split_once('\t') else { continue };
            match word {
                "path" => lists.path = Some(rest).filter(|path| !path.is_empty()),
                "mod" => {
                    lists.module = Module::read(rest);
                    of_dependency = false;
                }
                "dep" if lists.dependencies.len() < DEPENDENCIES => {
                    lists.dependencies.extend(Module::read(rest));
                    of_dependency = true;
                }
                "=>" => {
                    let last = lists.dependencies.last_mut().filter(|_| of_dependency);
                    if let (Some(replaced), Some(other)) =
                        (last.or(lists.module.as_mut()), Module::read(rest))
                    {
                        replaced.replace(other);
                    }
                }
                "build" => {
                    if let Some((key, value)) = rest.split_once('=') {
                        lists.settings.push((key, unquote(value)));
                    }
                }
                _ => {}
            }
        }
        lists
    }

    /// The main module. Built outside of a module there is none: then the package stands for it, whose
    /// version nobody knows.
    fn main(&self) -> Option<Module<'a>> {
        let stand_in = |path| Module { path, version: Some(DEVELOPMENT), sum: None };
        self.module.or_else(|| self.path.filter(|path| *path != "command-line-arguments").map(stand_in))
    }

    fn setting(&self, key: &str) -> Option<&str> {
        self.settings.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str())
    }

    /// The version of the main module. Where Go says `(devel)`, what the builder gave to the linker says more,
    /// by its flags or, where these are not told, by what it left; and then the commit.
    fn main_version(&self, main: &Module<'_>) -> Option<String> {
        if main.version.is_some_and(|version| version != DEVELOPMENT) {
            return main.version.map(str::to_owned);
        }
        let given = match self.setting("-ldflags") {
            Some(flags) => version_in_flags(flags),
            None => self.stamp.map(|stamp| format!("v{}", stamp.strip_prefix('v').unwrap_or(stamp))),
        };
        given.or_else(|| self.pseudo_version()).or_else(|| main.version.map(str::to_owned))
    }

    /// <https://go.dev/ref/mod#pseudo-versions>
    fn pseudo_version(&self) -> Option<String> {
        let revision = self.setting("vcs.revision")?;
        let time: String = self.setting("vcs.time")?.chars().filter(char::is_ascii_digit).collect();
        let (time, revision) = (time.get(..14)?, revision.get(..12)?);
        Some(format!("v0.0.0-{time}-{revision}"))
    }
}

/// The value of `-X main.version=1.2.3`, `-X example.com/version.gitVersion=v1.2.3` and the like.
fn version_in_flags(flags: &str) -> Option<String> {
    let words = flags.split([' ', '\t', '\n', '"', '\'']).filter(|word| !word.is_empty());
    let assignments = || {
        words.clone().filter_map(|word| {
            let (name, value) = word.trim_start_matches("-X=").split_once('=')?;
            let variable = name.rsplit('.').next()?.to_ascii_lowercase();
            let value = value.rsplit('/').next()?;
            let digits = value.strip_prefix('v').unwrap_or(value);
            Some((variable, semantic_version(digits)?))
        })
    };
    let version = |(variable, value): (String, &str)| {
        let bare = variable.strip_prefix("git").unwrap_or(&variable);
        let bare = bare.strip_prefix("build").unwrap_or(bare);
        matches!(bare, "version" | "ver").then(|| format!("v{value}"))
    };
    let tag = |(variable, value): (String, &str)| (variable == "tag").then(|| format!("v{value}"));
    assignments().find_map(version).or_else(|| assignments().find_map(tag))
}

/// The part of `text` from its beginning that is like `1.2.3-rc.1`.
fn semantic_version(text: &str) -> Option<&str> {
    let mut numbers = text.splitn(3, '.');
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let starts = numbers.next().is_some_and(is_number) && numbers.next().is_some_and(is_number);
    let third = numbers.next()?.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !".-_+~".contains(c)).unwrap_or(text.len());
    text.get(..end).filter(|_| starts && third)
}

/// Values with blanks or quotes are written as Go string literals.
fn unquote(text: &str) -> String {
    if text.starts_with('"') {
        // Go's escapes of such values are those of JSON.
        if let Ok(value) = serde_json::from_str(text) {
            return value;
        }
    }
    text.strip_prefix('`').and_then(|text| text.strip_suffix('`')).unwrap_or(text).to_owned()
}

/// What Go says where it knows no version.
const DEVELOPMENT: &str = "(devel)";

/// Modules of one program. The largest real ones have below 2000.
const DEPENDENCIES: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    const BEGIN: &[u8] = b"\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6";
    const END: &[u8] = b"\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2";

    /// A 64-bit ELF header, and segments of address, offset, length, flags.
    fn elf(segments: &[(u64, u64, u64, u32)]) -> Vec<u8> {
        let mut file = b"\x7fELF\x02\x01\x01".to_vec();
        file.resize(64, 0);
        file[18] = 62;
        file[32] = 64;
        file[54] = 56;
        file[56] = u8::try_from(segments.len()).unwrap();
        for (address, offset, length, flags) in segments {
            file.extend(1_u32.to_le_bytes());
            file.extend(flags.to_le_bytes());
            for field in [*offset, *address, 0, *length, 0, 0] {
                file.extend(field.to_le_bytes());
            }
        }
        file
    }

    fn string(text: &[u8]) -> Vec<u8> {
        let length = text.len();
        let mut bytes = Vec::new();
        let mut rest = length;
        while rest > 0x7f {
            bytes.push(u8::try_from(rest & 0x7f).unwrap() | 0x80);
            rest >>= 7;
        }
        bytes.push(u8::try_from(rest).unwrap());
        bytes.extend(text);
        bytes
    }

    /// The layout of Go 1.18 and later, with the magic at `place`.
    fn program(version: &str, modules: &str, place: usize) -> Vec<u8> {
        let mut file = elf(&[(0x40_0000, 0, 0x100, 5), (0x50_0000, 0x100, 1 << 30, 6)]);
        // A constant of the same text before the data, as programs have that read build information.
        file.resize(0xc0, 0);
        file.extend(b"\xff Go buildinf:\x08\x02 and other constants");
        file.resize(place, 0);
        file.extend(b"\xff Go buildinf:\x08\x02");
        file.resize(place + 32, 0);
        file.extend(string(version.as_bytes()));
        file.extend(string(&[BEGIN, modules.as_bytes(), END].concat()));
        file.resize(file.len() + 5000, 0);
        file
    }

    const MODULES: &str = "path\texample.com/tool/cmd/tool\nmod\texample.com/tool\t(devel)\t\ndep\tgolang.org/x/net\tv0.1.0\th1:hZ/3BUoy5aId7sCpA/Tc5lt8DkFgdVS2onTpJsZ/fl0=\ndep\texample.com/old\tv1.0.0\n=>\texample.com/fork\tv1.0.1\th1:hZ/3BUoy5aId7sCpA/Tc5lt8DkFgdVS2onTpJsZ/fl0=\ndep\texample.com/local\tv0.2.0\n=>\t../local\t(devel)\nbuild\tGOARCH=arm64\nbuild\tvcs.revision=349d1721988a0123456789\nbuild\tvcs.time=2025-11-22T15:09:18Z\n";

    #[test]
    fn lists_modules() {
        // The last place lies across the edge of a window.
        for place in [0x400, 0x10000, (256 << 10) - 16] {
            let file = program("go1.22.1 X:rangefunc,aliastypeparams", MODULES, place);
            let found = testing::find(&GoBinary, &[("usr/bin/tool", &file)]);
            let expected = [
                "golang.org/x/net v0.1.0 pkg:golang/golang.org/x/net@v0.1.0",
                "example.com/fork v1.0.1 pkg:golang/example.com/fork@v1.0.1",
                "example.com/local v0.2.0 pkg:golang/example.com/local@v0.2.0",
                "stdlib go1.22.1 pkg:golang/stdlib@1.22.1",
                "example.com/tool v0.0.0-20251122150918-349d1721988a pkg:golang/example.com/tool@v0.0.0-20251122150918-349d1721988a",
            ];
            assert_eq!(testing::list(&found), expected, "{place}");
            assert_eq!(testing::edges(&found).len(), 4);
            assert!(testing::edges(&found).iter().all(|edge| edge.starts_with("example.com/tool@v0.0.0-")));
            let net = &found.packages()[0];
            // base64 -d | xxd -p of the sum.
            let digest = "859ff7054a32e5a21deec0a903f4dce65b7c0e41607554b6a274e926c67f7e5d";
            assert_eq!(net.checksums[0].hex, digest);
            let fields = &net.metadata.as_ref().unwrap().fields;
            assert_eq!(fields["architecture"], "arm64");
            assert_eq!(fields["goExperiments"], serde_json::json!(["rangefunc", "aliastypeparams"]));
            assert_eq!(found.packages()[3].cpes, ["cpe:2.3:a:golang:go:1.22.1:-:*:*:*:*:*:*"]);
        }
    }

    /// The layout of Go 1.13 to 1.17: addresses of string headers, which lie after the strings.
    #[test]
    fn lists_modules_of_old_programs() {
        let mut file = elf(&[(0x40_0000, 0, 0x1000, 5), (0x50_0000, 0x1000, 0x1000, 6)]);
        file.resize(0x200, 0);
        file.extend(b"go1.16.5go1.16x");
        file.resize(0x400, 0);
        let list = [BEGIN, b"path\texample.com/a\nmod\texample.com/a\tv1.2.3\t\n", END].concat();
        file.extend(&list);
        file.resize(0x1000, 0);
        file.extend(b"\xff Go buildinf:\x08\0");
        file.extend(0x50_0100_u64.to_le_bytes());
        file.extend(0x50_0110_u64.to_le_bytes());
        file.resize(0x1100, 0);
        for (address, length) in [(0x40_0200, 8), (0x40_0400, u64::try_from(list.len()).unwrap())] {
            file.extend(u64::to_le_bytes(address));
            file.extend(length.to_le_bytes());
        }
        let found = testing::find(&GoBinary, &[("usr/bin/a", &file)]);
        let expected = [
            "stdlib go1.16.5 pkg:golang/stdlib@1.16.5",
            "example.com/a v1.2.3 pkg:golang/example.com/a@v1.2.3",
        ];
        assert_eq!(testing::list(&found), expected);
        assert_eq!(found.unknowns(), []);
    }

    #[test]
    fn says_what_it_cannot_read() {
        let mut packed = elf(&[]);
        packed.resize(0xec, 0);
        packed.extend(b"UPX!");
        packed.resize(5000, 1);
        let found =
            testing::find(&GoBinary, &[("app/server", &packed), ("etc/magic", b"\xff Go buildinf:\x08\x02")]);
        assert_eq!(found.packages().len(), 0);
        assert_eq!(found.unknowns().len(), 1);
        assert!(found.unknowns()[0].reason.contains("UPX"));
    }

    #[test]
    fn versions_in_flags() {
        for (flags, expected) in [
            ("-s -w -X main.version=1.2.3", Some("v1.2.3")),
            ("-X \"github.com/docker/cli/cli/version.Version=28.2.2\" -extldflags -static", Some("v28.2.2")),
            ("-X 'k8s.io/component-base/version.gitVersion=v1.29.0-rc.1'", Some("v1.29.0-rc.1")),
            ("-X main.Tag=v0.1.0 -X main.Commit=abc", Some("v0.1.0")),
            ("-X main.version=dev", None),
            ("-X main.version=1.2", None),
            ("-X main.goVersion=1.2.3", None),
            ("-s -w", None),
        ] {
            assert_eq!(version_in_flags(flags).as_deref(), expected, "{flags}");
        }
    }
}
