//! rpm's database, in each of its three forms, and the list that Mariner's distroless images carry in its
//! place. <https://rpm-software-management.github.io/rpm/manual/>

mod archive;
mod database;
mod files;
mod header;
mod manifest;
mod relation;
pub(super) mod version;

pub(super) use self::archive::RpmArchives;

use serde_json::Map;
use serde_json::Value;

use self::files::Files;
use self::header::Header;
use self::header::tag;
use self::relation::Capability;
use self::relation::Node;
use super::Cataloger;
use super::Findings;
use super::Want;
use super::dependency::Edges;
use super::view::File;
use super::view::View;
use crate::package::Kind;
use crate::package::License;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::Party;
use crate::package::Purl;
use crate::package::PurlBuilder;
use crate::package::Release;

/// What `rpm` has installed.
#[derive(Debug)]
pub(super) struct Rpm;

impl Cataloger for Rpm {
    fn name(&self) -> &'static str {
        "rpm-db-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["directory", "installed", "image", "os", "linux", "rpm", "redhat"]
    }

    fn wants(&self) -> &'static [Want] {
        &[
            Want::Bytes("**/var/lib/rpm/Packages"),
            Want::Bytes("**/var/lib/rpm/Packages.db"),
            Want::Bytes("**/var/lib/rpm/rpmdb.sqlite"),
            Want::Bytes("**/var/lib/rpm/rpmdb.sqlite-wal"),
            Want::Bytes("**/usr/share/rpm/Packages"),
            Want::Bytes("**/usr/share/rpm/Packages.db"),
            Want::Bytes("**/usr/share/rpm/rpmdb.sqlite"),
            Want::Bytes("**/usr/share/rpm/rpmdb.sqlite-wal"),
            Want::Bytes("**/usr/lib/sysimage/rpm/Packages"),
            Want::Bytes("**/usr/lib/sysimage/rpm/Packages.db"),
            Want::Bytes("**/usr/lib/sysimage/rpm/rpmdb.sqlite"),
            Want::Bytes("**/usr/lib/sysimage/rpm/rpmdb.sqlite-wal"),
            Want::Bytes(manifest::PATH),
        ]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        let mut has_database = false;
        for file in view.files() {
            let Some(bytes) = file.content.bytes() else {
                findings.unknown(file.location(), file.content.problem().unwrap_or("not kept"));
                continue;
            };
            if file.path.ends_with("-wal") {
                if !bytes.is_empty() {
                    let reason = "changes that were not yet written into the database are not read";
                    findings.unknown(file.location(), reason);
                }
            } else if file.path.ends_with("container-manifest-2") {
                // Where there is a database it says the same and more.
                if !has_database {
                    manifest::catalog(bytes, &file, view.release(), findings);
                }
            } else if !bytes.is_empty() {
                has_database |= catalog(bytes, &file, view.release(), findings);
            }
        }
    }
}

/// One database; whether it has packages.
fn catalog(bytes: &[u8], file: &File<'_>, release: Option<&Release>, findings: &mut Findings) -> bool {
    let blobs = database::read(bytes);
    for problem in &blobs.problems {
        findings.unknown(file.location(), *problem);
    }
    let mut nodes = Vec::new();
    for blob in &blobs.headers {
        let Some(header) = Header::parse(blob) else {
            findings.unknown(file.location(), "a package whose header cannot be read");
            continue;
        };
        let Some(identity) = Identity::read(&header) else {
            findings.unknown(file.location(), "a package without name or version");
            continue;
        };
        // Keys that were imported are kept as if they were packages.
        if identity.name == "gpg-pubkey" {
            continue;
        }
        let files = Files::read(&header);
        let provides = Capability::provided(&header);
        let requires = Capability::required(&header);
        let package = package(&header, &identity, &files, file, release);
        let found = findings.add(package);
        nodes.push(Node { found, provides, requires, files: files.paths() });
    }
    relation::relate(&nodes, &mut Edges::new(findings, file.location()));
    !nodes.is_empty()
}

/// What tells one package from another.
#[derive(Clone, Debug, Default)]
struct Identity {
    name: String,
    epoch: Option<u64>,
    version: String,
    release: String,
    architecture: String,
    source: String,
    /// Name and stream of the module it was built in.
    module: String,
}

impl Identity {
    fn read(header: &Header<'_>) -> Option<Self> {
        let text = |tag: u32| header.text(tag).unwrap_or_default().into_owned();
        Some(Self {
            name: header.text(tag::NAME)?.into_owned(),
            epoch: header.number(tag::EPOCH),
            version: header.text(tag::VERSION)?.into_owned(),
            release: text(tag::RELEASE),
            architecture: text(tag::ARCH),
            source: text(tag::SOURCE_RPM),
            module: text(tag::MODULARITY_LABEL),
        })
    }

    /// `version-release`.
    fn build(&self) -> String {
        let dash = if self.release.is_empty() { "" } else { "-" };
        format!("{}{dash}{}", self.version, self.release)
    }

    /// `epoch:version-release`, as rpm's tools order it.
    fn full_version(&self) -> String {
        self.epoch.map_or_else(|| self.build(), |epoch| format!("{epoch}:{}", self.build()))
    }

    fn purl(&self, release: Option<&Release>) -> Purl {
        let namespace = match release.map(|release| release.id.as_str()).unwrap_or_default() {
            "hummingbird" | "rhel" => "redhat",
            id if id.starts_with("opensuse") => "opensuse",
            id => id,
        };
        PurlBuilder::new("rpm", self.name.as_str())
            .namespace(namespace)
            .version(self.build())
            .qualifier("arch", self.architecture.as_str())
            .qualifier("distro", release.and_then(Release::qualifier).unwrap_or_default())
            .qualifier("epoch", self.epoch.map(|epoch| epoch.to_string()).unwrap_or_default())
            .qualifier("upstream", self.source.as_str())
            .build()
    }
}

fn package(
    header: &Header<'_>,
    identity: &Identity,
    files: &Files,
    file: &File<'_>,
    release: Option<&Release>,
) -> Package {
    let text = |tag: u32| header.text(tag).map(|text| text.into_owned());
    Package {
        name: identity.name.clone(),
        version: Some(identity.full_version()),
        kind: Kind::Rpm,
        purl: Some(identity.purl(release)),
        licenses: text(tag::LICENSE).iter().map(|text| License::declared(text)).collect(),
        supplier: text(tag::VENDOR).or_else(|| text(tag::PACKAGER)).and_then(|text| vendor(&text)),
        homepage: text(tag::URL),
        description: text(tag::SUMMARY),
        locations: vec![file.location()],
        files: files.owned(),
        metadata: Some(metadata(header, identity, files)),
        ..Package::default()
    }
}

/// `SUSE LLC <https://www.suse.com/>`: who builds packages is an organisation, whatever its name.
fn vendor(text: &str) -> Option<Party> {
    let party = Party::from_mailbox(text)?;
    (!party.name.is_empty()).then(|| Party { email: party.email, ..Party::organization(party.name) })
}

/// In syft's shape.
fn metadata(header: &Header<'_>, identity: &Identity, files: &Files) -> Metadata {
    let names = |tag: u32| header.texts(tag).map(|name| Value::from(name.into_owned())).collect::<Vec<_>>();
    let size = header.number(tag::LONG_SIZE).or_else(|| header.number(tag::SIZE)).unwrap_or(0);
    let mut fields = manifest::fields(identity, size, &header.text(tag::VENDOR).unwrap_or_default());
    for (key, tag) in [("provides", tag::PROVIDE_NAMES), ("requires", tag::REQUIRE_NAMES)] {
        let names = names(tag);
        if !names.is_empty() {
            fields.insert(key.to_owned(), names.into());
        }
    }
    fields.insert("files".to_owned(), files.metadata());
    Metadata { kind: "rpm-db-entry", fields }
}

type Fields = Map<String, Value>;

#[cfg(test)]
mod tests;
