//! NuGet's `packages.lock.json`. <https://learn.microsoft.com/en-us/nuget/consume-packages/package-references-in-project-files#locking-dependencies>
//!
//! `contentHash` leaves out the signature of a signed package, so it is no digest of the file: metadata only. Projects
//! of the same solution are no packages. syft 1.18.1 does not read it.

use std::collections::HashMap;

use serde_json::Value;

use super::super::Found;
use super::super::Want;
use super::super::view::View;
use super::Lock;
use super::declared::Declared;
use super::metadata;
use super::value;
use super::value::Fields;
use crate::package::Kind;
use crate::package::Package;
use crate::package::PurlBuilder;

pub(in super::super) const NUGET: Declared = Declared {
    name: "dotnet-packages-lock-cataloger",
    // syft has it for images too: published applications do not bring it, sources do.
    tags: &["c#", "declared", "directory", "dotnet", "image", "language", "package"],
    wants: &[Want::Bytes("**/packages.lock.json")],
    read,
};

fn read(lock: &mut Lock<'_, '_>, _: &View<'_>) -> Result<(), String> {
    let document = value::from_json(lock.bytes)?;
    if document.get("dependencies").and_then(Value::as_object).is_none() {
        return Err("no dependencies".to_owned());
    }
    // Identifiers have no case.
    let mut found: HashMap<(&str, String), Found> = HashMap::new();
    for (framework, packages) in document.table("dependencies") {
        for (name, entry) in packages.as_object().into_iter().flatten() {
            let Some(version) = entry.text("resolved") else { continue };
            let fields = [
                ("name", name.as_str().into()),
                ("version", version.into()),
                ("contentHash", entry.text("contentHash").unwrap_or_default().into()),
                ("type", entry.text("type").unwrap_or_default().into()),
            ];
            let package = Package {
                purl: Some(PurlBuilder::new("nuget", name).version(version).build()),
                metadata: metadata("dotnet-packages-lock-entry", fields),
                ..lock.package(Kind::Dotnet, name, version)
            };
            found.insert((framework, name.to_ascii_lowercase()), lock.add(package));
        }
    }
    for (framework, packages) in document.table("dependencies") {
        // That of a runtime, `net6.0/win-x64`, lists what differs from the framework's.
        let base = framework.split('/').next().unwrap_or(framework);
        for (name, entry) in packages.as_object().into_iter().flatten() {
            let Some(&from) = found.get(&(framework.as_str(), name.to_ascii_lowercase())) else { continue };
            for (needed, _) in entry.table("dependencies") {
                let needed = needed.to_ascii_lowercase();
                let here = found.get(&(framework.as_str(), needed.clone()));
                if let Some(to) = here.or_else(|| found.get(&(base, needed))) {
                    lock.depends(from, *to);
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    #[test]
    fn reads_a_lock_file() {
        let lock = br#"{
  "version": 1,
  "dependencies": {
    "net6.0": {
      "AutoMapper": {"type": "Direct", "requested": "[11.0.0, )", "resolved": "11.0.0", "contentHash": "x",
        "dependencies": {"microsoft.CSharp": "4.7.0"}},
      "Microsoft.CSharp": {"type": "Transitive", "resolved": "4.7.0", "contentHash": "x"},
      "own": {"type": "Project", "dependencies": {"AutoMapper": "11.0.0"}}
    },
    "net6.0/win-x64": {"Native": {"type": "Transitive", "resolved": "1.0.0", "dependencies": {"Microsoft.CSharp": "4"}}}
  }
}"#;
        let found = testing::find(&NUGET, &[("packages.lock.json", lock)]);
        let expected = [
            "AutoMapper 11.0.0 pkg:nuget/AutoMapper@11.0.0",
            "Microsoft.CSharp 4.7.0 pkg:nuget/Microsoft.CSharp@4.7.0",
            "Native 1.0.0 pkg:nuget/Native@1.0.0",
        ];
        assert_eq!(testing::list(&found), expected);
        let expected =
            ["AutoMapper@11.0.0 -> Microsoft.CSharp@4.7.0", "Native@1.0.0 -> Microsoft.CSharp@4.7.0"];
        assert_eq!(testing::edges(&found), expected);
        let broken = testing::find(&NUGET, &[("packages.lock.json", b"[]")]);
        assert_eq!(broken.unknowns().len(), 1);
    }
}
