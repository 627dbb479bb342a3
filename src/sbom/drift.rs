//! Whether a document is still true of an image: what was found in it now, against what the document lists.
//!
//! Packages are compared by [`Identity`], so that the tools' spellings of one package do not count. For packages of
//! an operating system that leaves no difference between tools at all; what tools take for a package of a language
//! is not the same everywhere, and the [`Tolerance`] says how much of that is let pass.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde::Serialize;

use super::identity::Identity;
use super::listing::Component;
use super::listing::Listing;
use crate::digest::Digest;
use crate::package::ImageSubject;
use crate::package::Inventory;
use crate::package::Subject;

/// What came of the comparison.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// The answer.
    pub verdict: Verdict,
    /// Whether the document names the image.
    pub naming: Naming,
    /// Each ecosystem that one of them has, by name.
    pub ecosystems: BTreeMap<String, Ecosystem>,
    /// Every difference, ordered by ecosystem and name.
    pub differences: Vec<Deviation>,
    /// Entries of the document without a package URL, which are compared with nothing.
    pub unnamed: usize,
}

/// The answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The document lists what is in the image, within the tolerance.
    Match,
    /// It lists something else.
    Drift,
    /// It says that it is about another image.
    OtherImage,
}

/// Whether a document names the image that it is held against.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "naming")]
pub enum Naming {
    /// It names this one.
    This {
        /// By what.
        by: String,
    },
    /// It names another one.
    Other {
        /// What it names.
        found: Vec<String>,
    },
    /// It names none, or in a way that cannot be compared.
    Unsaid,
}

/// One ecosystem.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ecosystem {
    /// Packages in the image.
    pub image: usize,
    /// Packages in the document.
    pub document: usize,
    /// Packages in both, with the same version.
    pub common: usize,
    /// In the image only.
    pub missing: usize,
    /// In the document only.
    pub extra: usize,
    /// In both, with another version.
    pub versions: usize,
    /// Whether the differences are within the tolerance.
    pub tolerated: bool,
}

/// One difference.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deviation {
    /// Type of the package URL.
    pub ecosystem: String,
    /// Name, with its namespace.
    pub name: String,
    /// Versions in the image that the document does not have.
    pub image: Vec<String>,
    /// Versions in the document that the image does not have.
    pub document: Vec<String>,
}

/// How many differences are let pass, in per cent of what is in the image.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tolerance {
    /// By type of package URL.
    pub percent: BTreeMap<String, u8>,
    /// For the others.
    pub default: u8,
}

impl Tolerance {
    /// None, anywhere: for documents that this program wrote.
    #[must_use]
    pub fn none() -> Self {
        Self { percent: BTreeMap::new(), default: 0 }
    }

    /// None for packages of an operating system, `default` for all else: for documents of another tool.
    #[must_use]
    pub fn other_tool(default: u8) -> Self {
        let percent = ["alpm", "apk", "deb", "rpm"].map(|kind| (kind.to_owned(), 0));
        Self { percent: percent.into(), default }
    }

    fn lets_pass(&self, kind: &str, found: &Ecosystem) -> bool {
        let percent = self.percent.get(kind).copied().unwrap_or(self.default);
        let differences = found.missing.saturating_add(found.extra).saturating_add(found.versions);
        differences.saturating_mul(100) <= found.image.saturating_mul(usize::from(percent))
    }
}

/// Compares what was found now with what the document lists.
#[must_use]
pub fn drift(inventory: &Inventory, listing: &Listing, tolerance: &Tolerance) -> Drift {
    let found = inventory.packages.iter().filter_map(|package| package.purl.as_ref()).map(Identity::of_purl);
    let listed =
        listing.components.iter().filter_map(|component| component.purl.as_ref()).map(Identity::of_purl);
    let (image, document) = (versions(found), versions(listed));
    let unnamed = listing.components.iter().filter(|component| component.purl.is_none()).count();
    let (mut ecosystems, differences) = compare(&image, &document);
    for (kind, found) in &mut ecosystems {
        found.tolerated = tolerance.lets_pass(kind, found);
    }
    let naming = naming(&inventory.subject, listing);
    let verdict = match &naming {
        Naming::Other { .. } => Verdict::OtherImage,
        _ if ecosystems.values().all(|found| found.tolerated) => Verdict::Match,
        _ => Verdict::Drift,
    };
    Drift { verdict, naming, ecosystems, differences, unnamed }
}

type Versions = BTreeMap<Identity, BTreeSet<String>>;

fn versions(packages: impl Iterator<Item = (Identity, Option<String>)>) -> Versions {
    let mut versions = Versions::new();
    for (identity, version) in packages {
        versions.entry(identity).or_default().insert(version.unwrap_or_default());
    }
    versions
}

fn compare(image: &Versions, document: &Versions) -> (BTreeMap<String, Ecosystem>, Vec<Deviation>) {
    let mut ecosystems: BTreeMap<String, Ecosystem> = BTreeMap::new();
    let mut differences = Vec::new();
    let none = BTreeSet::new();
    for identity in image.keys().chain(document.keys()).collect::<BTreeSet<_>>() {
        let (here, there) = (image.get(identity).unwrap_or(&none), document.get(identity).unwrap_or(&none));
        let ecosystem = ecosystems.entry(identity.kind.clone()).or_default();
        let add = |place: &mut usize, count: usize| *place = place.saturating_add(count);
        let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>();
        let (missing, extra) = (only(here, there), only(there, here));
        add(&mut ecosystem.image, here.len());
        add(&mut ecosystem.document, there.len());
        add(&mut ecosystem.common, here.intersection(there).count());
        let changed = missing.len().min(extra.len());
        add(&mut ecosystem.versions, changed);
        add(&mut ecosystem.missing, missing.len().saturating_sub(changed));
        add(&mut ecosystem.extra, extra.len().saturating_sub(changed));
        if !missing.is_empty() || !extra.is_empty() {
            let (ecosystem, name) = (identity.kind.clone(), identity.name.clone());
            differences.push(Deviation { ecosystem, name, image: missing, document: extra });
        }
    }
    (ecosystems, differences)
}

/// What a document says of the image: digests of its manifest (syft writes that as the checksum of the package that
/// stands for the image, others as the version of its package URL), or of its configuration and layers (Trivy writes
/// those in notes).
#[derive(Debug, Default)]
struct Claims {
    manifests: BTreeSet<String>,
    configs: BTreeSet<String>,
    layers: BTreeSet<String>,
}

impl Claims {
    fn of(roots: &[Component]) -> Self {
        let mut claims = Self::default();
        for root in roots {
            for (algorithm, hex) in &root.hashes {
                if algorithm == "SHA256" {
                    claims.manifests.insert(format!("sha256:{hex}"));
                }
            }
            let version = root.purl.as_ref().and_then(|purl| purl.version());
            claims.manifests.extend(version.filter(|text| is_digest(text)).map(str::to_owned));
            for note in &root.notes {
                let Some((name, value)) = note.split_once(": ") else { continue };
                let digest = value.trim().rsplit('@').next().unwrap_or_default();
                let list = match name {
                    "DiffID" => &mut claims.layers,
                    "ImageID" => &mut claims.configs,
                    "RepoDigest" => &mut claims.manifests,
                    _ => continue,
                };
                if is_digest(digest) {
                    list.insert(digest.to_owned());
                }
            }
        }
        claims
    }
}

fn is_digest(text: &str) -> bool {
    Digest::parse(text).is_ok()
}

fn naming(subject: &Subject, listing: &Listing) -> Naming {
    let Subject::Image(image) = subject else { return Naming::Unsaid };
    let claims = Claims::of(&listing.roots);
    let named = |claims: &BTreeSet<String>, digest: &Option<Digest>| {
        digest.as_ref().map(ToString::to_string).filter(|digest| claims.contains(digest))
    };
    let manifest =
        named(&claims.manifests, &image.manifest).or_else(|| named(&claims.manifests, &image.index));
    if let Some(digest) = manifest {
        return Naming::This { by: format!("manifest {digest}") };
    }
    if let Some(digest) =
        named(&claims.configs, &image.config).or_else(|| named(&claims.manifests, &image.config))
    {
        return Naming::This { by: format!("configuration {digest}") };
    }
    let layers: BTreeSet<String> = image.layers.iter().filter_map(|layer| layer.diff_id.clone()).collect();
    if !layers.is_empty() && layers == claims.layers {
        return Naming::This { by: "its layers".to_owned() };
    }
    contradiction(image, claims)
}

/// Only digests of one kind contradict each other: an archive without manifest has no digest of one.
fn contradiction(image: &ImageSubject, claims: Claims) -> Naming {
    let mut found = Vec::new();
    if image.manifest.is_some() || image.index.is_some() {
        found.extend(claims.manifests);
    }
    if image.config.is_some() {
        found.extend(claims.configs);
    }
    if found.is_empty() { Naming::Unsaid } else { Naming::Other { found } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::Package;
    use crate::package::Purl;
    use crate::spdx::Files;
    use crate::spdx::View;

    const HEX: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn image() -> ImageSubject {
        ImageSubject {
            reference: "example".to_owned(),
            repository: None,
            tag: None,
            manifest: Some(Digest::sha256(b"abc")),
            index: Some(Digest::sha256(b"index")),
            config: Some(Digest::sha256(b"config")),
            platform: None,
            media_type: None,
            layers: Vec::new(),
            raw_manifest: Vec::new(),
            raw_config: Vec::new(),
        }
    }

    fn inventory(purls: &[&str]) -> Inventory {
        let package = |purl: &&str| Package { purl: Some(Purl::parse(purl).unwrap()), ..Package::default() };
        Inventory {
            subject: Subject::Image(Box::new(image())),
            packages: purls.iter().map(package).collect(),
            ..Inventory::default()
        }
    }

    fn listing(root: &str, purls: &[&str]) -> Listing {
        let package = |purl: &&str| {
            format!(
                r#"{{"name":"x","externalRefs":[{{"referenceType":"purl","referenceLocator":"{purl}"}}]}}"#
            )
        };
        let packages: Vec<String> = purls.iter().map(package).collect();
        let text = format!(
            r#"{{"spdxVersion":"SPDX-2.3","packages":[{{"name":"i","primaryPackagePurpose":"CONTAINER"{root}}},{}]}}"#,
            packages.join(",")
        );
        Listing::from_spdx(&View::read(&text, Files::Count).unwrap())
    }

    #[test]
    fn spellings_are_no_drift() {
        let inventory = inventory(&["pkg:deb/debian/a@1:1?arch=amd64", "pkg:npm/%40x/y@1.0.0"]);
        let listing = listing("", &["pkg:deb/debian/a@1?epoch=1&distro=debian-12", "pkg:npm/@x/y@1.0.0"]);
        let drift = drift(&inventory, &listing, &Tolerance::none());
        assert_eq!((drift.verdict, drift.naming), (Verdict::Match, Naming::Unsaid));
    }

    #[test]
    fn differences_are_told_apart() {
        let inventory = inventory(&["pkg:deb/debian/a@1", "pkg:deb/debian/b@1", "pkg:npm/n@1.0.0"]);
        let listing = listing("", &["pkg:deb/debian/a@2", "pkg:deb/debian/c@1", "pkg:npm/n@1.0.0"]);
        let drift = drift(&inventory, &listing, &Tolerance::none());
        assert_eq!(drift.verdict, Verdict::Drift);
        let deb = drift.ecosystems["deb"];
        assert_eq!((deb.missing, deb.extra, deb.versions, deb.common, deb.tolerated), (1, 1, 1, 0, false));
        assert!(drift.ecosystems["npm"].tolerated);
        let names: Vec<&str> = drift.differences.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(names, ["debian/a", "debian/b", "debian/c"]);
    }

    #[test]
    fn tolerance_is_by_ecosystem() {
        let purls: Vec<String> = (0..20).map(|n| format!("pkg:npm/a{n}@1.0.0")).collect();
        let purls: Vec<&str> = purls.iter().map(String::as_str).collect();
        let verdict =
            |listed: &[&str], tolerance| drift(&inventory(&purls), &listing("", listed), &tolerance).verdict;
        assert_eq!(verdict(&purls[..19], Tolerance::other_tool(5)), Verdict::Match);
        assert_eq!(verdict(&purls[..18], Tolerance::other_tool(5)), Verdict::Drift);
        let deb = drift(
            &inventory(&["pkg:deb/debian/a@1", "pkg:deb/debian/b@1"]),
            &listing("", &["pkg:deb/debian/a@1"]),
            &Tolerance::other_tool(100),
        );
        assert_eq!(deb.verdict, Verdict::Drift);
    }

    #[test]
    fn the_image_is_named_in_many_ways() {
        let index = Digest::sha256(b"index").hex();
        let config = Digest::sha256(b"config").hex();
        for (root, naming) in [
            (format!(r#","checksums":[{{"algorithm":"SHA256","checksumValue":"{HEX}"}}]"#), true),
            (
                format!(
                    r#","externalRefs":[{{"referenceType":"purl","referenceLocator":"pkg:oci/i@sha256%3A{index}"}}]"#
                ),
                true,
            ),
            (format!(r#","attributionTexts":["ImageID: sha256:{config}"]"#), true),
            (format!(r#","attributionTexts":["RepoDigest: example.com/i@sha256:{HEX}"]"#), true),
            (format!(r#","attributionTexts":["ImageID: sha256:{HEX}"]"#), false),
            (
                format!(
                    r#","checksums":[{{"algorithm":"SHA256","checksumValue":"{}"}}]"#,
                    HEX.replace('b', "c")
                ),
                false,
            ),
        ] {
            let drift = drift(&inventory(&[]), &listing(&root, &["pkg:npm/a@1"]), &Tolerance::other_tool(0));
            assert_eq!(matches!(drift.naming, Naming::This { .. }), naming, "{root}");
            assert_eq!(drift.verdict == Verdict::OtherImage, !naming, "{root}");
        }
    }
}
