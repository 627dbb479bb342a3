//! Packages of .NET applications and runtimes.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Map;
use serde_json::json;

use super::assembly;
use super::deps::Deps;
use super::deps::Member;
use crate::catalog::Cataloger;
use crate::catalog::File;
use crate::catalog::Findings;
use crate::catalog::Found;
use crate::catalog::View;
use crate::catalog::Want;
use crate::package::Kind;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::PurlBuilder;
use crate::package::Relation;

/// What applications of .NET list, and the assemblies that no list names.
#[derive(Debug)]
pub(in crate::catalog) struct Dotnet;

impl Cataloger for Dotnet {
    fn name(&self) -> &'static str {
        "dotnet-deps-binary-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["binary", "c#", "declared", "directory", "dotnet", "image", "installed", "language", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Bytes("**/*.deps.json"), Want::Executables]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        let mut listed = BTreeSet::new();
        let mut runtimes = BTreeSet::new();
        for file in view.matching("**/*.deps.json") {
            let Some(bytes) = file.content.bytes() else {
                findings.unknown(file.location(), file.content.problem().unwrap_or("not kept"));
                continue;
            };
            match Deps::parse(bytes) {
                Ok(deps) => {
                    let directory = directory(file.path);
                    listed.extend(deps.files().into_iter().map(|path| format!("{directory}{path}")));
                    runtimes.extend(add_members(&deps, &file, findings));
                }
                Err(problem) => findings.unknown(file.location(), problem),
            }
        }
        let mut unlisted: BTreeMap<&str, File<'_>> = BTreeMap::new();
        for (file, executable) in view.executables() {
            if listed.contains(file.path) {
                continue;
            }
            if let Some(version) = runtime_version(file.path) {
                unlisted.entry(version).or_insert(file);
            } else if let Some(package) = assembly::package(executable, &file.location()) {
                findings.add(package);
            }
        }
        // A runtime is one package, not one for each of its assemblies.
        for (version, file) in unlisted.into_iter().filter(|(version, _)| !runtimes.contains(*version)) {
            findings.add(runtime(version, &file));
        }
    }
}

/// Adds what a list names, and returns the versions of the runtimes among it.
fn add_members(deps: &Deps, file: &File<'_>, findings: &mut Findings) -> Vec<String> {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let members = deps.members(name.strip_suffix(".deps.json").unwrap_or(name));
    let found: BTreeMap<&str, Found> =
        members.iter().map(|(key, member)| (*key, findings.add(package(member, file)))).collect();
    for (key, member) in &members {
        for need in &member.needs {
            if let (Some(from), Some(to)) = (found.get(key), found.get(need)) {
                findings.relate(*from, Relation::DependsOn, *to);
            }
        }
    }
    let runtimes = members.values().filter(|member| is_runtime(member.name));
    // `3.1.23-servicing.22122.4` lies in a directory `3.1.23`.
    runtimes.map(|member| member.version.split('-').next().unwrap_or_default().to_owned()).collect()
}

fn package(member: &Member<'_>, file: &File<'_>) -> Package {
    let Member { name, version, library, .. } = member;
    // What comes from the same build, or from somewhere else on its machine, is not in NuGet.
    let is_public = matches!(library.kind.as_str(), "" | "package" | "runtimepack");
    let public_name = name.strip_prefix("runtimepack.").unwrap_or(name);
    let purl = PurlBuilder::new("nuget", public_name).version(*version).build();
    let fields = json!({
        "name": name, "version": version, "path": library.path, "sha512": library.sha512,
        "hashPath": library.hash_path, "type": library.kind,
    });
    let fields = match fields {
        serde_json::Value::Object(fields) => fields,
        _ => Map::new(),
    };
    Package {
        name: (*name).to_owned(),
        version: Some((*version).to_owned()),
        kind: Kind::Dotnet,
        purl: is_public.then_some(purl),
        cpes: if is_runtime(name) { runtime_cpes(version) } else { Vec::new() },
        locations: vec![file.location()],
        metadata: Some(Metadata { kind: "dotnet-deps-entry", fields }),
        ..Package::default()
    }
}

/// The package that a runtime is, where no list names it.
fn runtime(version: &str, file: &File<'_>) -> Package {
    let name = "Microsoft.NETCore.App";
    Package {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        kind: Kind::Dotnet,
        purl: Some(PurlBuilder::new("nuget", name).version(version).build()),
        cpes: runtime_cpes(version),
        locations: vec![file.location()],
        ..Package::default()
    }
}

/// The version in `.../Microsoft.NETCore.App/6.0.36/System.Runtime.dll`.
fn runtime_version(path: &str) -> Option<&str> {
    let mut segments = path.rsplit('/').skip(1);
    let version = segments.next()?;
    let numbers =
        version.split('.').filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty());
    (segments.next()? == "Microsoft.NETCore.App" && numbers.count() == 3).then_some(version)
}

/// The runtime goes by several names: `runtimepack.Microsoft.NETCore.App.Runtime.linux-x64`.
fn is_runtime(name: &str) -> bool {
    let name = name.strip_prefix("runtimepack.").unwrap_or(name);
    name == "Microsoft.NETCore.App" || name.starts_with("Microsoft.NETCore.App.Runtime")
}

/// The names that vulnerabilities of the runtime are listed under.
fn runtime_cpes(version: &str) -> Vec<String> {
    let numbers = version.split(['-', '+']).next().unwrap_or(version);
    let product = if numbers
        .split('.')
        .next()
        .is_some_and(|major| major.parse::<u32>().is_ok_and(|major| major >= 5))
    {
        ".net"
    } else {
        ".net_core"
    };
    let valid = numbers.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    valid.then(|| format!("cpe:2.3:a:microsoft:{product}:{numbers}:*:*:*:*:*:*:*")).into_iter().collect()
}

/// The directory of a file, with a slash behind it.
fn directory(path: &str) -> &str {
    path.rfind('/').and_then(|slash| path.get(..=slash)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::testing;

    /// In the shape that `dotnet publish` writes.
    const APP: &[u8] = br#"{
      "runtimeTarget": {"name": ".NETCoreApp,Version=v6.0", "signature": ""},
      "targets": {".NETCoreApp,Version=v6.0": {
        "Orders/1.0.0": {"dependencies": {"Serilog": "2.10.0", "Meta": "1.0.0", "Analyzers": "3.0.0", "Own": "1.0.0"}, "runtime": {"Orders.dll": {}}},
        "Serilog/2.10.0": {"runtime": {"lib/netstandard2.1/Serilog.dll": {"assemblyVersion": "2.0.0.0"}}},
        "Meta/1.0.0": {"dependencies": {"Empty": "1.0.0"}},
        "Empty/1.0.0": {"dependencies": {"Humanizer": "2.14.1"}, "runtime": {"lib/net6.0/_._": {}}},
        "Humanizer/2.14.1": {"resources": {"lib/net6.0/de/Humanizer.resources.dll": {"locale": "de"}}},
        "Analyzers/3.0.0": {},
        "Own/1.0.0": {"runtime": {"Own.dll": {}}}
      }},
      "libraries": {
        "Orders/1.0.0": {"type": "project", "serviceable": false, "sha512": ""},
        "Own/1.0.0": {"type": "project", "serviceable": false, "sha512": ""},
        "Serilog/2.10.0": {"type": "package", "serviceable": true, "sha512": "sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", "path": "serilog/2.10.0", "hashPath": "serilog.2.10.0.nupkg.sha512"},
        "Meta/1.0.0": {"type": "package"}, "Empty/1.0.0": {"type": "package"},
        "Humanizer/2.14.1": {"type": "package"}, "Analyzers/3.0.0": {"type": "package"}
      }}"#;

    #[test]
    fn reads_a_list() {
        let found = testing::find(&Dotnet, &[("app/Orders.deps.json", APP), ("bad/x.deps.json", b"{")]);
        let expected = [
            "Empty 1.0.0 pkg:nuget/Empty@1.0.0",
            "Humanizer 2.14.1 pkg:nuget/Humanizer@2.14.1",
            "Meta 1.0.0 pkg:nuget/Meta@1.0.0",
            "Orders 1.0.0 -",
            "Own 1.0.0 -",
            "Serilog 2.10.0 pkg:nuget/Serilog@2.10.0",
        ];
        assert_eq!(testing::list(&found), expected);
        let expected = [
            "Empty@1.0.0 -> Humanizer@2.14.1",
            "Meta@1.0.0 -> Empty@1.0.0",
            "Orders@1.0.0 -> Meta@1.0.0",
            "Orders@1.0.0 -> Own@1.0.0",
            "Orders@1.0.0 -> Serilog@2.10.0",
        ];
        assert_eq!(testing::edges(&found), expected);
        assert_eq!(found.unknowns().len(), 1);
        // NuGet's hash leaves out the signature of a signed package, so it is none of a file.
        assert!(found.packages().iter().all(|package| package.checksums.is_empty()));
    }

    #[test]
    fn knows_runtimes() {
        assert_eq!(
            runtime_version("usr/share/dotnet/shared/Microsoft.NETCore.App/6.0.36/a.dll"),
            Some("6.0.36")
        );
        assert_eq!(runtime_version("app/Microsoft.NETCore.App/6.0/a.dll"), None);
        assert_eq!(runtime_version("app/6.0.36/a.dll"), None);
        assert!(is_runtime("runtimepack.Microsoft.NETCore.App.Runtime.linux-x64"));
        assert!(!is_runtime("Microsoft.NETCore.Application"));
        assert_eq!(
            runtime_cpes("3.1.23-servicing.1"),
            ["cpe:2.3:a:microsoft:.net_core:3.1.23:*:*:*:*:*:*:*"]
        );
        assert_eq!(runtime_cpes("8.0.1"), ["cpe:2.3:a:microsoft:.net:8.0.1:*:*:*:*:*:*:*"]);
    }
}
