//! Programs and libraries for Windows, by the version resource that they bring.
//!
//! Those with .NET code in them are [`super::dotnet`]'s.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::Cataloger;
use super::Findings;
use super::VersionInfo;
use super::Want;
use super::executable::Format;
use super::view::File;
use super::view::View;
use crate::package::Kind;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::Party;
use crate::package::PurlBuilder;

/// Version resources.
#[derive(Debug)]
pub(super) struct PeResources;

impl Cataloger for PeResources {
    fn name(&self) -> &'static str {
        "pe-binary-package-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &[
            "binary",
            "bpl",
            "declared",
            "directory",
            "dll",
            "exe",
            "image",
            "installed",
            "package",
            "pe",
            "pe-package",
        ]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Executables]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        for (file, executable) in view.executables() {
            let is_native = executable.format == Format::Pe && !executable.managed;
            if let Some(info) = executable.version_info.as_ref().filter(|_| is_native && is_named(file.path))
            {
                package(info, &file).into_iter().for_each(|package| _ = findings.add(package));
            }
        }
    }
}

/// Whether it has the name of a program or library: UEFI's and others that only share the format have none.
fn is_named(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    ["bpl", "dll", "exe"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// syft lists files without a version too, by their file names; nothing could be looked up for those.
fn package(info: &VersionInfo, file: &File<'_>) -> Option<Package> {
    let name = name(info)?;
    let version = ["ProductVersion", "FileVersion"].iter().find_map(|key| version(info.string(key)?))?;
    let title = info.string("ProductName").or_else(|| info.string("FileDescription")).unwrap_or_default();
    let is_ghostscript = title.to_lowercase().contains("ghostscript");
    let entry = |(key, value): (&String, &String)| {
        let value = Some(normalise(value)).filter(|value| !value.is_empty())?;
        Some(json!({ "key": key, "value": value }))
    };
    let resources: Vec<Value> = info.strings.iter().filter_map(entry).collect();
    Some(Package {
        name,
        // Windows programs have no common name by which others list them; syft gives this one alone.
        purl: is_ghostscript.then(|| PurlBuilder::new("generic", "ghostscript").version(&version).build()),
        version: Some(version),
        kind: Kind::Binary,
        supplier: info.string("CompanyName").map(Party::organization),
        copyright: info.string("LegalCopyright").map(str::to_owned),
        locations: vec![file.location()],
        metadata: Some(Metadata {
            kind: "pe-binary",
            fields: Map::from_iter([("VersionResources".to_owned(), Value::Array(resources))]),
        }),
        ..Package::default()
    })
}

/// Microsoft has one product name, Windows, for all; there the file's description tells more.
fn name(info: &VersionInfo) -> Option<String> {
    let is_microsoft = ["CompanyName", "ProductName"]
        .iter()
        .any(|key| info.string(key).is_some_and(|text| text.to_lowercase().contains("microsoft")));
    let keys = if is_microsoft {
        ["FileDescription", "InternalName", "OriginalFilename", "ProductName"]
    } else {
        ["ProductName", "FileDescription", "InternalName", "OriginalFilename"]
    };
    keys.iter().map(|key| normalise(info.string(key).unwrap_or_default())).find(|name| !name.is_empty())
}

/// The words up to the first without a digit behind one with: `10.0.1 (WinBuild)`.
fn version(text: &str) -> Option<String> {
    let has_digit = |word: &str| word.bytes().any(|byte| byte.is_ascii_digit());
    let mut words: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        if words.iter().copied().any(has_digit) && !has_digit(word) {
            break;
        }
        words.push(word);
    }
    Some(words.join(" ")).filter(|version| has_digit(version))
}

/// Blanks made one, control characters left out.
fn normalise(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::Content;
    use super::*;

    fn find(strings: &[(&str, &str)]) -> Option<String> {
        let strings = strings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let info = VersionInfo { strings, ..VersionInfo::default() };
        let content = Content::default();
        let package = package(&info, &File { path: "app/x.dll", layer: 0, content: &content })?;
        let purl = package.purl.map_or("-".to_owned(), |purl| purl.as_str().to_owned());
        Some(format!("{} {} {purl}", package.name, package.version.unwrap()))
    }

    /// The resources of real files, as syft's tests list them.
    #[test]
    fn names_programs() {
        let sqlite = [
            ("CompanyName", "SQLite Development Team"),
            ("FileDescription", "SQLite is a software library that implements a self-contained engine."),
            ("InternalName", "sqlite3"),
            ("ProductName", "SQLite"),
            ("ProductVersion", "3.43.2"),
        ];
        assert_eq!(find(&sqlite).as_deref(), Some("SQLite 3.43.2 -"));
        let windows = [
            ("CompanyName", "Microsoft Corporation"),
            ("ProductName", "Microsoft\u{ae} Windows\u{ae} Operating System"),
            ("FileDescription", "Remote  Desktop\u{a0}Services \0"),
            ("FileVersion", "10.0.19041.546 (WinBuild.160101.0800)"),
        ];
        assert_eq!(
            find(&windows).as_deref(),
            Some("Remote Desktop Services 10.0.19041.546 (WinBuild.160101.0800) -")
        );
        let ghostscript = [("ProductName", "GPL Ghostscript"), ("ProductVersion", "9.54.0")];
        assert_eq!(
            find(&ghostscript).as_deref(),
            Some("GPL Ghostscript 9.54.0 pkg:generic/ghostscript@9.54.0")
        );
        assert_eq!(find(&[("ProductName", "x"), ("ProductVersion", "unknown")]), None);
        assert_eq!(find(&[("ProductVersion", "1.0")]), None);
    }

    #[test]
    fn versions_end_where_words_begin() {
        assert_eq!(version("4.2.1 official build").as_deref(), Some("4.2.1"));
        assert_eq!(version("Build 12 3").as_deref(), Some("Build 12 3"));
        assert_eq!(version(" "), None);
    }

    #[test]
    fn names_of_files_tell_programs() {
        assert!(is_named("a/b.DLL") && is_named("x.exe"));
        assert!(!is_named("boot/grubx64.efi") && !is_named("dll"));
    }
}
