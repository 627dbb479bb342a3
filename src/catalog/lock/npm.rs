//! Lock files of JavaScript: npm, Yarn, pnpm, Bun, Deno.
//!
//! A package is called what the registry calls it, not the alias that a project gives it. Lock files in
//! `node_modules` are those of the packages' own developers and say nothing of the project; syft passes them over too.

mod bun;
mod deno;
mod package_lock;
mod pnpm;
mod yarn;

use super::super::Cataloger;
use super::super::Findings;
use super::super::Want;
use super::super::view::View;
use super::Lock;
use crate::package::Kind;
use crate::package::License;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::PurlBuilder;

/// What package managers of JavaScript would install.
#[derive(Debug)]
pub(in super::super) struct NpmLock;

impl Cataloger for NpmLock {
    fn name(&self) -> &'static str {
        "javascript-lock-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["declared", "directory", "javascript", "language", "node", "npm", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[
            Want::Bytes("**/bun.lock"),
            Want::Bytes("**/deno.lock"),
            Want::Bytes("**/npm-shrinkwrap.json"),
            Want::Bytes("**/package-lock.json"),
            Want::Bytes("**/pnpm-lock.yaml"),
            Want::Bytes("**/yarn.lock"),
        ]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        super::each(view, findings, |lock| {
            if lock.path.split('/').any(|name| name == "node_modules") {
                return Ok(());
            }
            match lock.name() {
                "bun.lock" => bun::read(lock),
                "deno.lock" => deno::read(lock),
                // npm ignores the one where the other lies beside it.
                "package-lock.json" if has_shrinkwrap(view, lock.path) => Ok(()),
                "pnpm-lock.yaml" => pnpm::read(lock),
                "yarn.lock" => yarn::read(lock),
                _ => package_lock::read(lock),
            }
        });
    }
}

fn has_shrinkwrap(view: &View<'_>, path: &str) -> bool {
    path.strip_suffix("package-lock.json")
        .is_some_and(|folder| view.exists(&format!("{folder}npm-shrinkwrap.json")))
}

/// What a lock file says of one package.
#[derive(Default)]
struct Entry<'a> {
    name: &'a str,
    version: &'a str,
    /// Where it was found: URL or location in version control.
    resolved: Option<&'a str>,
    /// Subresource integrity of its archive.
    integrity: Option<&'a str>,
    licenses: Vec<License>,
    metadata: Option<Metadata>,
}

/// The package of an entry.
fn package(lock: &Lock<'_, '_>, entry: Entry<'_>) -> Package {
    let download = entry.resolved.and_then(super::download);
    let purl = purl(entry.name, entry.version);
    // A package of that name and version in the registry may be another one.
    let purl = match download.as_deref().filter(|download| download.starts_with("git+")) {
        Some(git) => purl.qualifier("vcs_url", git),
        None => purl,
    };
    Package {
        purl: Some(purl.build()),
        download,
        checksums: entry.integrity.map(super::integrity).unwrap_or_default(),
        licenses: entry.licenses,
        metadata: entry.metadata,
        ..lock.package(Kind::Npm, entry.name, entry.version)
    }
}

fn purl(name: &str, version: &str) -> PurlBuilder {
    let (namespace, name) = name.split_once('/').unwrap_or(("", name));
    PurlBuilder::new("npm", name).namespace(namespace).version(version)
}

/// `name@rest`, where the name may begin with the `@` of a scope.
fn split(text: &str) -> Option<(&str, &str)> {
    let place = text.get(1..)?.find('@')?.checked_add(1)?;
    let (name, rest) = text.split_at_checked(place)?;
    Some((name, rest.strip_prefix('@')?))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    #[test]
    fn passes_over_what_packages_bring() {
        let lock = br#"{"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1.0.0"}}}"#;
        let other = br#"{"lockfileVersion":3,"packages":{"node_modules/b":{"version":"2.0.0"}}}"#;
        let files: [(&str, &[u8]); 3] = [
            ("npm-shrinkwrap.json", lock),
            ("package-lock.json", other),
            ("node_modules/a/package-lock.json", other),
        ];
        assert_eq!(testing::list(&testing::find(&NpmLock, &files)), ["a 1.0.0 pkg:npm/a@1.0.0"]);
    }

    #[test]
    fn splits_names() {
        assert_eq!(split("a@1"), Some(("a", "1")));
        assert_eq!(split("@s/a@npm:^1@2"), Some(("@s/a", "npm:^1@2")));
        for wrong in ["", "@", "a", "@s/a", "é"] {
            assert_eq!(split(wrong), None, "{wrong}");
        }
    }
}
