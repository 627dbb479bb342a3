//! Assemblies: what the version resource of one says of the package that it comes from.

use serde_json::Map;
use serde_json::json;

use crate::catalog::Executable;
use crate::catalog::VersionInfo;
use crate::package::Kind;
use crate::package::Location;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::Party;
use crate::package::PurlBuilder;

/// The package of an assembly, if it is one and names itself.
///
/// syft takes the product's name for it (`Json.NET`). NuGet's packages are named like their assemblies
/// (`Newtonsoft.Json`), and vulnerabilities are listed by that name.
pub(super) fn package(executable: &Executable, location: &Location) -> Option<Package> {
    let info = executable.version_info.as_ref().filter(|_| executable.managed)?;
    let file = location.path.rsplit('/').next().unwrap_or_default();
    let named = ["OriginalFilename", "InternalName"].into_iter().find_map(|field| info.string(field));
    let name = stem(named.unwrap_or(file)).trim();
    let version = version(info)?;
    // Texts of one product in other languages.
    if name.is_empty() || name.ends_with(".resources") {
        return None;
    }
    let fields = [
        ("assemblyVersion", "Assembly Version"),
        ("legalCopyright", "LegalCopyright"),
        ("comments", "Comments"),
        ("internalName", "InternalName"),
        ("companyName", "CompanyName"),
        ("productName", "ProductName"),
        ("productVersion", "ProductVersion"),
    ];
    let field = |(key, name): (&str, &str)| (key.to_owned(), json!(info.string(name).unwrap_or_default()));
    Some(Package {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        kind: Kind::Dotnet,
        purl: Some(PurlBuilder::new("nuget", name).version(version).build()),
        supplier: info.string("CompanyName").map(Party::organization),
        copyright: info.string("LegalCopyright").map(str::to_owned),
        locations: vec![location.clone()],
        metadata: Some(Metadata {
            kind: "dotnet-portable-executable-entry",
            fields: Map::from_iter(fields.map(field)),
        }),
        ..Package::default()
    })
}

/// The product's version, which is that of the package, without the commit behind `+`; the file's, if it is
/// more exact.
fn version(info: &VersionInfo) -> Option<&str> {
    let text = |field| {
        let text = info.string(field)?.split([' ', '+', '@']).next()?;
        text.starts_with(|c: char| c.is_ascii_digit()).then_some(text)
    };
    let (product, file) = (text("ProductVersion"), text("FileVersion"));
    let dots = |version: &str| version.matches('.').count();
    match (product, file) {
        (Some(product), Some(file)) if dots(product) == 0 && dots(file) > 0 => Some(file),
        (product, file) => product.or(file),
    }
}

fn stem(file: &str) -> &str {
    let known = [".dll", ".exe", ".DLL", ".EXE"];
    known.into_iter().find_map(|extension| file.strip_suffix(extension)).unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(strings: &[(&str, &str)], managed: bool) -> Option<String> {
        let strings = strings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let info = VersionInfo { strings, ..VersionInfo::default() };
        let executable = Executable { version_info: Some(info), managed, ..Executable::default() };
        let package = package(&executable, &Location { path: "/app/Some.File.dll".to_owned(), layer: None })?;
        Some(package.purl.unwrap().as_str().to_owned())
    }

    /// The strings of `Newtonsoft.Json.dll` 13.0.3 and of a part of .NET.
    #[test]
    fn names_packages() {
        let strings = [
            ("ProductName", "Json.NET"),
            ("ProductVersion", "13.0.3+0a2e291c0d9c0c7675d445703e51750363a549ef"),
            ("FileVersion", "13.0.3.27908"),
            ("OriginalFilename", "Newtonsoft.Json.dll"),
        ];
        assert_eq!(find(&strings, true).as_deref(), Some("pkg:nuget/Newtonsoft.Json@13.0.3"));
        assert_eq!(find(&strings, false), None);
        let strings = [("ProductVersion", "3.1.23"), ("FileVersion", "4.700.22.11601")];
        assert_eq!(find(&strings, true).as_deref(), Some("pkg:nuget/Some.File@3.1.23"));
        assert_eq!(
            find(&[("ProductVersion", "7"), ("FileVersion", "7.1.2.0")], true).as_deref(),
            Some("pkg:nuget/Some.File@7.1.2.0")
        );
        assert_eq!(find(&[("ProductVersion", "unknown")], true), None);
        assert_eq!(find(&[("InternalName", "a.resources.dll"), ("ProductVersion", "1.0")], true), None);
    }
}
