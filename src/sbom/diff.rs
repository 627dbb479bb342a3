//! How two documents differ: which packages came, went or changed.
//!
//! Documents may be of different families; packages are the same if their [`Identity`] is.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde::Serialize;

use super::identity::Identity;
use super::listing::Component;
use super::listing::Listing;
use crate::package::compare_versions;

/// The changes, ordered by ecosystem, name and version.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Components in the first document.
    pub before: usize,
    /// Components in the second document.
    pub after: usize,
    /// What changed.
    pub changes: Vec<Change>,
}

/// One package that changed.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Type of the package URL: `deb`. Empty where there is none.
    pub ecosystem: String,
    /// Name, with its namespace.
    pub name: String,
    /// How.
    #[serde(flatten)]
    pub kind: ChangeKind,
}

/// How a package changed.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "change")]
#[non_exhaustive]
pub enum ChangeKind {
    /// It is only in the second document.
    Added {
        /// Its version.
        version: Option<String>,
    },
    /// It is only in the first document.
    Removed {
        /// Its version.
        version: Option<String>,
    },
    /// Another version, older than before.
    Downgraded {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// A newer version.
    Upgraded {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// Another version, of which nobody can say whether it is newer.
    Changed {
        /// Before.
        from: Option<String>,
        /// After.
        to: Option<String>,
    },
    /// The same version with another digest: somebody built or replaced it.
    Hash {
        /// The version.
        version: Option<String>,
        /// Algorithm of the digest.
        algorithm: String,
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// Another licence, with the same version or not.
    License {
        /// Before.
        from: Option<String>,
        /// After.
        to: Option<String>,
    },
    /// Another supplier.
    Supplier {
        /// Before.
        from: Option<String>,
        /// After.
        to: Option<String>,
    },
}

impl ChangeKind {
    /// The word for it: `added`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Added { .. } => "added",
            Self::Removed { .. } => "removed",
            Self::Downgraded { .. } => "downgraded",
            Self::Upgraded { .. } => "upgraded",
            Self::Changed { .. } => "changed",
            Self::Hash { .. } => "same version, another hash",
            Self::License { .. } => "licence",
            Self::Supplier { .. } => "supplier",
        }
    }

    /// The two sides of it, for people.
    #[must_use]
    pub fn sides(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Added { version } => (None, version.as_deref()),
            Self::Removed { version } => (version.as_deref(), None),
            Self::Downgraded { from, to } | Self::Upgraded { from, to } | Self::Hash { from, to, .. } => {
                (Some(from), Some(to))
            }
            Self::Changed { from, to } | Self::License { from, to } | Self::Supplier { from, to } => {
                (from.as_deref(), to.as_deref())
            }
        }
    }
}

/// The components of one identity, by version.
type Versions<'l> = BTreeMap<Option<&'l str>, &'l Component>;

/// Compares two documents.
#[must_use]
pub fn diff(before: &Listing, after: &Listing) -> Difference {
    let (old, new) = (group(before), group(after));
    let names: BTreeSet<&Identity> = old.keys().chain(new.keys()).collect();
    let mut changes = Vec::new();
    let none = Versions::new();
    for identity in names {
        let (old, new) = (old.get(identity).unwrap_or(&none), new.get(identity).unwrap_or(&none));
        let kinds = compare(identity, old, new);
        changes.extend(kinds.into_iter().map(|kind| Change {
            ecosystem: identity.kind.clone(),
            name: identity.name.clone(),
            kind,
        }));
    }
    Difference { before: before.components.len(), after: after.components.len(), changes }
}

fn group(listing: &Listing) -> BTreeMap<Identity, Versions<'_>> {
    let mut groups: BTreeMap<Identity, Versions<'_>> = BTreeMap::new();
    for component in &listing.components {
        groups.entry(component.identity()).or_default().insert(component.version.as_deref(), component);
    }
    groups
}

fn compare(identity: &Identity, old: &Versions<'_>, new: &Versions<'_>) -> Vec<ChangeKind> {
    let mut kinds = Vec::new();
    for (version, before) in old {
        if let Some(after) = new.get(version) {
            details(before, after, &mut kinds);
        }
    }
    let mut gone: Vec<(Option<&str>, &Component)> =
        old.iter().filter(|(version, _)| !new.contains_key(*version)).map(|(v, c)| (*v, *c)).collect();
    let mut come: Vec<(Option<&str>, &Component)> =
        new.iter().filter(|(version, _)| !old.contains_key(*version)).map(|(v, c)| (*v, *c)).collect();
    let order = |a: &Option<&str>, b: &Option<&str>| match (a, b) {
        (Some(a), Some(b)) => compare_versions(&identity.kind, a, b).unwrap_or_else(|| a.cmp(b)),
        _ => a.cmp(b),
    };
    gone.sort_by(|(a, _), (b, _)| order(a, b));
    come.sort_by(|(a, _), (b, _)| order(a, b));
    // Several versions of one package may be installed: the oldest that went became the oldest that came.
    let pairs = gone.len().min(come.len());
    for ((from, before), (to, after)) in gone.drain(..pairs).zip(come.drain(..pairs)) {
        kinds.push(moved(identity, from, to));
        licence_and_supplier(before, after, &mut kinds);
    }
    let owned = |version: Option<&str>| version.map(str::to_owned);
    kinds.extend(gone.into_iter().map(|(version, _)| ChangeKind::Removed { version: owned(version) }));
    kinds.extend(come.into_iter().map(|(version, _)| ChangeKind::Added { version: owned(version) }));
    kinds
}

fn moved(identity: &Identity, from: Option<&str>, to: Option<&str>) -> ChangeKind {
    let owned = |version: Option<&str>| version.map(str::to_owned);
    let (Some(old), Some(new)) = (from, to) else {
        return ChangeKind::Changed { from: owned(from), to: owned(to) };
    };
    let (from, to) = (old.to_owned(), new.to_owned());
    match compare_versions(&identity.kind, old, new) {
        Some(Ordering::Less) => ChangeKind::Upgraded { from, to },
        Some(Ordering::Greater) => ChangeKind::Downgraded { from, to },
        Some(Ordering::Equal) | None => ChangeKind::Changed { from: Some(from), to: Some(to) },
    }
}

/// What may change while the version stays.
fn details(before: &Component, after: &Component, kinds: &mut Vec<ChangeKind>) {
    for (algorithm, from) in &before.hashes {
        let mut same = after.hashes.iter().filter(|(other, _)| other == algorithm).map(|(_, hex)| hex);
        if let Some(to) = same.next().filter(|_| !after.hashes.contains(&(algorithm.clone(), from.clone()))) {
            kinds.push(ChangeKind::Hash {
                version: after.version.clone(),
                algorithm: algorithm.clone(),
                from: from.clone(),
                to: to.clone(),
            });
            break;
        }
    }
    licence_and_supplier(before, after, kinds);
}

fn licence_and_supplier(before: &Component, after: &Component, kinds: &mut Vec<ChangeKind>) {
    // What one document does not say has not changed.
    let changed = |from: &Option<String>, to: &Option<String>| from.is_some() && to.is_some() && from != to;
    if changed(&before.license, &after.license) {
        kinds.push(ChangeKind::License { from: before.license.clone(), to: after.license.clone() });
    }
    if changed(&before.supplier, &after.supplier) {
        kinds.push(ChangeKind::Supplier { from: before.supplier.clone(), to: after.supplier.clone() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spdx::Files;
    use crate::spdx::View;

    fn listing(packages: &[(&str, &str, &str)]) -> Listing {
        let packages: Vec<String> = packages
            .iter()
            .enumerate()
            .map(|(index, (name, purl, more))| {
                format!(
                    r#"{{"SPDXID":"SPDXRef-{index}","name":"{name}","externalRefs":[{{"referenceType":"purl","referenceLocator":"{purl}"}}]{more}}}"#
                )
            })
            .collect();
        let text = format!(r#"{{"spdxVersion":"SPDX-2.3","packages":[{}]}}"#, packages.join(","));
        Listing::from_spdx(&View::read(&text, Files::Count).unwrap())
    }

    fn words(difference: &Difference) -> Vec<String> {
        let side = |side: Option<&str>| side.unwrap_or("-").to_owned();
        let word = |change: &Change| {
            let (from, to) = change.kind.sides();
            format!("{} {} {} {} {}", change.ecosystem, change.name, change.kind.name(), side(from), side(to))
        };
        difference.changes.iter().map(word).collect()
    }

    #[test]
    fn every_class() {
        let before = listing(&[
            ("libc6", "pkg:deb/debian/libc6@2.36-9+deb12u8", ""),
            ("bash", "pkg:deb/debian/bash@5.2.15-2", ""),
            ("gone", "pkg:deb/debian/gone@1", ""),
            ("same", "pkg:deb/debian/same@1:1", r#","licenseDeclared":"MIT","supplier":"Organization: A""#),
            ("six", "pkg:pypi/six@1.16.0", r#","checksums":[{"algorithm":"SHA256","checksumValue":"00"}]"#),
            ("tool", "pkg:generic/tool@a", ""),
            ("image", "pkg:oci/image@sha256:00", ""),
        ]);
        let after = listing(&[
            ("libc6", "pkg:deb/debian/libc6@2.36-9+deb12u10?arch=amd64", ""),
            ("bash", "pkg:deb/debian/bash@5.2.15-1", ""),
            ("new", "pkg:deb/debian/new@1", ""),
            (
                "same",
                "pkg:deb/debian/same@1?epoch=1",
                r#","licenseDeclared":"Apache-2.0","supplier":"Organization: B""#,
            ),
            ("six", "pkg:pypi/six@1.16.0", r#","checksums":[{"algorithm":"SHA256","checksumValue":"01"}]"#),
            ("tool", "pkg:generic/tool@b", ""),
        ]);
        let difference = diff(&before, &after);
        assert_eq!((difference.before, difference.after), (6, 6));
        assert_eq!(
            words(&difference),
            [
                "deb debian/bash downgraded 5.2.15-2 5.2.15-1",
                "deb debian/gone removed 1 -",
                "deb debian/libc6 upgraded 2.36-9+deb12u8 2.36-9+deb12u10",
                "deb debian/new added - 1",
                "deb debian/same licence MIT Apache-2.0",
                "deb debian/same supplier Organization: A Organization: B",
                "generic tool changed a b",
                "pypi six same version, another hash 00 01",
            ]
        );
        assert!(diff(&before, &before).changes.is_empty());
    }

    #[test]
    fn several_versions_of_one_package() {
        let npm = |versions: &[&str]| {
            let purls: Vec<String> = versions.iter().map(|version| format!("pkg:npm/a@{version}")).collect();
            listing(&purls.iter().map(|purl| ("a", purl.as_str(), "")).collect::<Vec<_>>())
        };
        let difference =
            diff(&npm(&["1.0.0", "2.0.0", "3.0.0"]), &npm(&["1.0.1", "2.0.0", "3.1.0", "10.0.0"]));
        assert_eq!(
            words(&difference),
            ["npm a upgraded 1.0.0 1.0.1", "npm a upgraded 3.0.0 3.1.0", "npm a added - 10.0.0"]
        );
    }

    #[test]
    fn families_are_compared_with_one_another() {
        let spdx = listing(&[("a", "pkg:npm/a@1.0.0", r#","licenseDeclared":"MIT""#)]);
        let cyclonedx = Listing::from_slice(
            br#"{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{"type":"container","name":"i"}},"components":[
            {"type":"library","name":"a","version":"1.0.0","purl":"pkg:npm/a@1.0.0","licenses":[{"license":{"id":"MIT"}}]},
            {"type":"operating-system","name":"debian"},{"type":"file","name":"/etc/passwd"}]}"#,
        )
        .unwrap();
        let syft = Listing::from_slice(
            br#"{"artifacts":[{"name":"a","version":"1.0.0","purl":"pkg:npm/a@1.0.0","licenses":[{"value":"MIT","spdxExpression":"MIT"}]}],
            "source":{"name":"i"},"descriptor":{"name":"syft"}}"#,
        )
        .unwrap();
        for other in [cyclonedx, syft] {
            assert_eq!(words(&diff(&spdx, &other)), [""; 0]);
            assert_eq!((other.name.as_deref(), other.components.len()), (Some("i"), 1));
        }
        assert!(Listing::from_slice(br#"{"a":1}"#).is_err());
    }
}
