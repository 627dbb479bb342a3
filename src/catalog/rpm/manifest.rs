//! The list of packages in images that were built without rpm: one line for each, as a query prints them.
//! <https://github.com/microsoft/marinara>

use super::Fields;
use super::File;
use super::Findings;
use super::Identity;
use super::Kind;
use super::Map;
use super::Metadata;
use super::Package;
use super::Release;
use super::Value;
use super::vendor;

pub(super) const PATH: &str = "**/var/lib/rpmmanifest/container-manifest-2";

/// Name, version-release, times of installation and build, vendor, epoch, size, architecture, epoch as number,
/// source package; with tabs between.
pub(super) fn catalog(bytes: &[u8], file: &File<'_>, release: Option<&Release>, findings: &mut Findings) {
    for line in String::from_utf8_lossy(bytes).lines().filter(|line| !line.trim().is_empty()) {
        let columns: Vec<&str> =
            line.split('\t').map(|text| if text == "(none)" { "" } else { text }).collect();
        let [name, version, _, _, distributor, epoch, size, architecture, _, source, ..] = columns.as_slice()
        else {
            findings.unknown(file.location(), format!("a line without ten columns: {line:.80}"));
            continue;
        };
        let (version, build) = version.rsplit_once('-').unwrap_or((version, ""));
        let identity = Identity {
            name: (*name).to_owned(),
            epoch: epoch.parse().ok(),
            version: version.to_owned(),
            release: build.to_owned(),
            architecture: (*architecture).to_owned(),
            source: (*source).to_owned(),
            module: String::new(),
        };
        if name.is_empty() || version.is_empty() {
            findings.unknown(file.location(), format!("a package without name or version: {line:.80}"));
            continue;
        }
        let mut fields = fields(&identity, size.parse().unwrap_or(0), distributor);
        fields.insert("files".to_owned(), Value::Array(Vec::new()));
        findings.add(Package {
            name: identity.name.clone(),
            version: Some(identity.full_version()),
            kind: Kind::Rpm,
            purl: Some(identity.purl(release)),
            supplier: vendor(distributor),
            locations: vec![file.location()],
            metadata: Some(Metadata { kind: "rpm-db-entry", fields }),
            ..Package::default()
        });
    }
}

/// In syft's shape, what is known of every package.
pub(super) fn fields(identity: &Identity, size: u64, vendor: &str) -> Fields {
    let mut fields = Map::new();
    let mut add = |key: &str, value: Value| fields.insert(key.to_owned(), value);
    add("name", identity.name.as_str().into());
    add("version", identity.version.as_str().into());
    add("epoch", identity.epoch.into());
    add("architecture", identity.architecture.as_str().into());
    add("release", identity.release.as_str().into());
    add("sourceRpm", identity.source.as_str().into());
    add("size", size.into());
    add("vendor", vendor.into());
    add("modularityLabel", identity.module.as_str().into());
    fields
}
