//! Packages in the store of Nix: one directory each, named by the hash of how it was built, name and version.
//! <https://nix.dev/manual/nix/stable/store/store-path>

use serde_json::Map;

use super::Cataloger;
use super::Findings;
use super::Want;
use super::view::View;
use crate::image::EntryKind;
use crate::package::Kind;
use crate::package::Location;
use crate::package::Metadata;
use crate::package::OwnedFile;
use crate::package::Package;
use crate::package::PurlBuilder;

/// The store.
#[derive(Debug)]
pub(super) struct NixStore;

impl Cataloger for NixStore {
    fn name(&self) -> &'static str {
        "nix-store-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["directory", "installed", "image", "language", "nix"]
    }

    fn wants(&self) -> &'static [Want] {
        &[]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        for (store, _) in view.tree().iter().filter(|(path, entry)| is_store(path, &entry.kind)) {
            for (path, entry) in view.tree().below(store) {
                let name = path.get(store.len().saturating_add(1)..).unwrap_or_default();
                // Single files are sources, patches and descriptions of builds.
                if name.contains('/') || entry.kind != EntryKind::Directory {
                    continue;
                }
                if let Some(store) = StorePath::parse(name) {
                    let location =
                        Location { path: format!("/{path}"), layer: Some(entry.layer.to_string()) };
                    findings.add(package(&store, location, path, view));
                }
            }
        }
    }
}

/// Whether a directory is a store: `/nix/store`, or that of a root file system that lies in a directory.
fn is_store(path: &str, kind: &EntryKind) -> bool {
    let above = path.strip_suffix("nix/store");
    *kind == EntryKind::Directory && above.is_some_and(|above| above.is_empty() || above.ends_with('/'))
}

fn package(store: &StorePath<'_>, location: Location, directory: &str, view: &View<'_>) -> Package {
    let owned = |(path, entry): (&str, &crate::image::Entry<super::Content>)| {
        let is_file = matches!(entry.kind, EntryKind::Regular | EntryKind::SymbolicLink(_));
        is_file.then(|| OwnedFile { path: format!("/{path}") })
    };
    let files: Vec<OwnedFile> = view.tree().below(directory).filter_map(owned).collect();
    let mut fields = Map::from_iter([("outputHash".to_owned(), store.hash.into())]);
    if let Some(output) = store.output {
        fields.insert("output".to_owned(), output.into());
    }
    fields.insert("files".to_owned(), files.iter().map(|file| file.path.as_str()).collect());
    Package {
        name: store.name.to_owned(),
        version: Some(store.version.to_owned()),
        kind: Kind::Nix,
        purl: Some(
            PurlBuilder::new("nix", store.name)
                .version(store.version)
                .qualifier("output", store.output.unwrap_or_default())
                .qualifier("outputhash", store.hash)
                .build(),
        ),
        locations: vec![location],
        files,
        metadata: Some(Metadata { kind: "nix-store-entry", fields }),
        ..Package::default()
    }
}

/// The last name of a path in the store.
#[derive(Debug)]
struct StorePath<'a> {
    hash: &'a str,
    name: &'a str,
    version: &'a str,
    /// Which part of the package it is, where it is not the usual one.
    output: Option<&'a str>,
}

impl<'a> StorePath<'a> {
    /// Name and version part at the first hyphen that no letter follows, as `builtins.parseDrvName` does it.
    fn parse(text: &'a str) -> Option<Self> {
        let (hash, rest) = text.split_once('-')?;
        let is_hash = hash.len() == HASH && hash.bytes().all(|byte| HASH_DIGITS.contains(&byte));
        let mut hyphens = rest.match_indices('-').map(|(place, _)| place);
        let place = hyphens.find(|place| {
            let next = rest.as_bytes().get(place.saturating_add(1));
            next.is_some_and(|next| !next.is_ascii_alphabetic())
        })?;
        let (name, rest) = (rest.get(..place)?, rest.get(place.saturating_add(1)..)?);
        let (version, output) = match rest.rsplit_once('-') {
            Some((version, output)) if OUTPUTS.contains(&output) => (version, Some(output)),
            _ => (rest, None),
        };
        let is_version = version.starts_with(|c: char| c.is_ascii_digit());
        let is_archive = ARCHIVES.iter().any(|extension| version.ends_with(extension));
        (is_hash && !name.is_empty() && is_version && !is_archive).then_some(Self {
            hash,
            name,
            version,
            output,
        })
    }
}

/// Digits of a hash,
const HASH: usize = 32;

/// which are all digits and letters but `e`, `o`, `u` and `t`.
const HASH_DIGITS: &[u8] = b"0123456789abcdfghijklmnpqrsvwxyz";

/// Outputs of packages of Nixpkgs. <https://nixos.org/manual/nixpkgs/stable/#chap-multiple-output>
const OUTPUTS: [&str; 14] = [
    "bin", "debug", "dev", "devdoc", "dist", "doc", "getent", "info", "lib", "libgcc", "man", "out", "py",
    "static",
];

/// What sources are unpacked from.
const ARCHIVES: [&str; 7] = [".drv", ".gz", ".patch", ".tar", ".tgz", ".xz", ".zip"];

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    fn parts(text: &str) -> Option<String> {
        let StorePath { name, version, output, .. } = StorePath::parse(text)?;
        Some(format!("{name} {version} {}", output.unwrap_or("-")))
    }

    /// Paths of Nixpkgs, parted as `builtins.parseDrvName` does.
    #[test]
    fn parts_names() {
        for (text, expected) in [
            ("h0cnbmfcn93xm5dg2x27ixhag1cwndga-glibc-2.34-210-bin", Some("glibc 2.34-210 bin")),
            ("10av5y1mzjpvzpbzcc6dvlyrhrlzzs5y-openssl-3.0.13", Some("openssl 3.0.13 -")),
            ("zcwj5b3f1c2n3yvi2nd8lzw25ryvq5rq-apache-2.0alpha-3.1", Some("apache 2.0alpha-3.1 -")),
            ("5dyq9j4l9jpvzpbzcc6dvlyrhrlzzs5y-python3.11-pip-23.0.1", Some("python3.11-pip 23.0.1 -")),
            ("0a0n4vwybdy9gdn2ghjbjkrwkwcxi2xf-source", None),
            ("0a0n4vwybdy9gdn2ghjbjkrwkwcxi2xf-hello-2.12.1.drv", None),
            ("0a0n4vwybdy9gdn2ghjbjkrwkwcxi2xf-hello-2.12.1.tar.gz", None),
            // `e` is no digit of a hash; too short.
            ("ea0n4vwybdy9gdn2ghjbjkrwkwcxi2xf-hello-2.12.1", None),
            ("0a0n4vwybdy9gdn2-hello-2.12.1", None),
            ("0a0n4vwybdy9gdn2ghjbjkrwkwcxi2xf", None),
        ] {
            assert_eq!(parts(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn lists_directories() {
        let found = testing::find(
            &NixStore,
            &[
                ("nix/store/h0cnbmfcn93xm5dg2x27ixhag1cwndga-glibc-2.34-210-bin/bin/ldd", b"x"),
                ("nix/store/h0cnbmfcn93xm5dg2x27ixhag1cwndga-glibc-2.34-210-bin/share/a", b"x"),
                ("nix/store/0a0n4vwybdy9gdn2ghjbjkrwkwcxi2xf-fix-1.0", b"x"),
                ("root/nix/store/10av5y1mzjpvzpbzcc6dvlyrhrlzzs5y-openssl-3.0.13/lib/a", b"x"),
                ("unix/store/10av5y1mzjpvzpbzcc6dvlyrhrlzzs5y-a-3.0.13/lib/a", b"x"),
                ("phoenix/store/10av5y1mzjpvzpbzcc6dvlyrhrlzzs5y-a-3.0.13/lib/a", b"x"),
                ("nix/store/.links/0a0n4vwybdy9gdn2ghjbjkrwkwcxi2xf", b"x"),
            ],
        );
        let expected = [
            "glibc 2.34-210 pkg:nix/glibc@2.34-210?output=bin&outputhash=h0cnbmfcn93xm5dg2x27ixhag1cwndga",
            "openssl 3.0.13 pkg:nix/openssl@3.0.13?outputhash=10av5y1mzjpvzpbzcc6dvlyrhrlzzs5y",
        ];
        assert_eq!(testing::list(&found), expected);
        let files: Vec<&str> = found.packages()[0].files.iter().map(|file| file.path.as_str()).collect();
        let directory = "/nix/store/h0cnbmfcn93xm5dg2x27ixhag1cwndga-glibc-2.34-210-bin";
        assert_eq!(files, [format!("{directory}/bin/ldd"), format!("{directory}/share/a")]);
    }
}
