//! Licences as projects and manifests name them.

use super::manifest::Manifest;
use super::pom::DeclaredLicense;
use crate::package::License;

/// What a project declares.
pub(super) fn of_project(declared: &[DeclaredLicense]) -> Vec<License> {
    declared.iter().filter_map(|license| one(&license.name, &license.url)).collect()
}

/// What a manifest declares: `Apache-2.0;link="https://.."`, an URL, several with commas between.
pub(super) fn of_manifest(manifest: &Manifest) -> Vec<License> {
    let mut found = Vec::new();
    for field in ["Bundle-License", "Plugin-License-Name"] {
        let Some(text) = manifest.main(field) else { continue };
        found.extend(clauses(text).into_iter().filter_map(|clause| {
            let (name, rest) = clause.split_once(';').unwrap_or((clause, ""));
            let link = rest.split(';').find_map(|part| part.trim().strip_prefix("link="));
            one(name.trim().trim_matches('"'), link.unwrap_or_default().trim().trim_matches('"'))
        }));
    }
    found
}

/// By its name if that means a licence, else by its address if that does.
fn one(name: &str, url: &str) -> Option<License> {
    let name = Some(name).filter(|text| !text.is_empty()).map(License::declared);
    let url = Some(url).filter(|text| !text.is_empty()).map(License::declared);
    let known =
        |license: &Option<License>| license.as_ref().is_some_and(|license| license.expression.is_some());
    if known(&url) && !known(&name) {
        // The name stays what was declared.
        let expression = url.as_ref().and_then(|url| url.expression.clone());
        return name.map(|name| License { expression, ..name }).or(url);
    }
    name.or(url)
}

/// Parts a list at its commas. One that names follow, and no address, belongs to a name: `Apache License,
/// Version 2.0`.
fn clauses(text: &str) -> Vec<&str> {
    if text.contains("://") && !text.contains(';') || text.contains(";link") {
        let mut quoted = false;
        let parts = text.split(move |character| {
            quoted ^= character == '"';
            character == ',' && !quoted
        });
        return parts.map(str::trim).filter(|part| !part.is_empty()).collect();
    }
    vec![text]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, Option<String>)> {
        let manifest = Manifest::parse(format!("Bundle-License: {text}\n").as_bytes());
        let found = of_manifest(&manifest).into_iter();
        found.map(|license| (license.declared, license.expression)).collect()
    }

    #[test]
    fn reads_clauses_of_bundles() {
        let text = "Apache-2.0;link=\"https://www.apache.org/licenses/LICENSE-2.0.txt\", \"MIT\";description=\"a, b\"";
        let expected = [("Apache-2.0".into(), Some("Apache-2.0".into())), ("MIT".into(), Some("MIT".into()))];
        assert_eq!(read(text), expected);
        assert_eq!(read("MIT OR EPL-2.0").first().unwrap().1.as_deref(), Some("MIT OR EPL-2.0"));
        assert_eq!(read("Some Licence, Version 7"), [("Some Licence, Version 7".to_owned(), None)]);
        assert_eq!(read("https://a.example/x, https://b.example/y").len(), 2);
        assert_eq!(read(""), []);
    }
}
