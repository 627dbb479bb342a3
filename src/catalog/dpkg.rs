//! Debian's package database, and the two that descend from it: distroless images have one file for each
//! package in `status.d`, OpenWrt's `opkg` has its own place. <https://man7.org/linux/man-pages/man1/dpkg.1.html>

pub(super) mod archive;
mod copyright;
mod files;
mod opkg;
mod relation;
mod version;

use serde_json::Map;
use serde_json::Value;

use self::files::Files;
use self::relation::Node;
use super::Cataloger;
use super::Findings;
use super::Want;
use super::deb822;
use super::deb822::Stanza;
use super::dependency::Edges;
use super::view::File;
use super::view::View;
use crate::package::Kind;
use crate::package::License;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::Party;
use crate::package::PurlBuilder;
use crate::package::Release;

/// What `dpkg` has installed.
#[derive(Debug)]
pub(super) struct Dpkg;

impl Cataloger for Dpkg {
    fn name(&self) -> &'static str {
        "dpkg-db-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["directory", "installed", "image", "os", "linux", "dpkg", "debian", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[
            Want::Bytes(STATUS),
            Want::Bytes(STATUS_DIRECTORY),
            Want::Bytes("**/lib/dpkg/info/*.list"),
            Want::Bytes("**/lib/dpkg/info/*.md5sums"),
            Want::Bytes("**/lib/dpkg/info/*.conffiles"),
            Want::Bytes("**/usr/share/doc/*/copyright"),
            Want::Bytes(opkg::CONTROL),
            Want::Bytes(opkg::LIST),
            Want::Bytes(opkg::STATUS),
        ]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        for file in view.matching(STATUS) {
            Database::of(&file).catalog(view, &[file], findings);
        }
        let mut statuses: Vec<(Database<'_>, Vec<File<'_>>)> = Vec::new();
        for file in view.matching(STATUS_DIRECTORY).filter(|file| !file.path.ends_with(".md5sums")) {
            let database = Database::of(&file);
            match statuses.last_mut() {
                Some((last, files)) if last.directory == database.directory => files.push(file),
                _ => statuses.push((database, vec![file])),
            }
        }
        for (database, files) in statuses {
            database.catalog(view, &files, findings);
        }
        opkg::catalog(view, findings);
    }
}

const STATUS: &str = "**/lib/dpkg/status";
const STATUS_DIRECTORY: &str = "**/lib/dpkg/status.d/*";

/// Where one database lies.
#[derive(Debug)]
struct Database<'a> {
    /// `chroot/var/lib/dpkg`.
    directory: &'a str,
    /// What the paths of its packages' files follow on: `chroot`, or nothing.
    root: &'a str,
}

impl<'a> Database<'a> {
    fn of(file: &File<'a>) -> Self {
        let end = file.path.rfind("/status").unwrap_or_default();
        let directory = file.path.get(..end).unwrap_or_default();
        let root = directory.trim_end_matches("lib/dpkg");
        let root = root.strip_suffix("var/").or_else(|| root.strip_suffix("usr/")).unwrap_or(root);
        Self { directory, root: root.trim_end_matches('/') }
    }

    fn catalog(&self, view: &View<'_>, files: &[File<'_>], findings: &mut Findings) {
        let mut nodes = Vec::new();
        for file in files {
            let Some(bytes) = file.content.bytes() else {
                findings.unknown(file.location(), file.content.problem().unwrap_or("not kept"));
                continue;
            };
            for stanza in deb822::stanzas(bytes).filter(|stanza| is_installed(*stanza)) {
                let Some(control) = Control::read(stanza) else {
                    let line = stanza.get("Package").unwrap_or_else(|| "no name".into());
                    findings
                        .unknown(file.location(), format!("an entry without name or version: {line:.80}"));
                    continue;
                };
                let owned = self.files(view, file, &control, stanza);
                let mut package = control.package(file, view.release(), &owned);
                let doc = format!("{}/usr/share/doc/{}/copyright", self.root, control.name);
                if let Some(copyright) = view.open(&doc) {
                    package.licenses = copyright::licenses(copyright.content.bytes().unwrap_or_default());
                    let location = copyright.location();
                    package
                        .licenses
                        .iter_mut()
                        .for_each(|license| license.location = Some(location.path.clone()));
                    package.locations.push(location);
                }
                nodes.push(control.node(findings.add(package)));
            }
        }
        if let Some(file) = files.first() {
            relation::relate(&nodes, &mut Edges::new(findings, file.location()));
        }
    }

    fn files(&self, view: &View<'_>, file: &File<'_>, control: &Control, stanza: Stanza<'_>) -> Files {
        let mut owned = if file.path.ends_with("/status") {
            Files::installed(view, self.root, self.directory, &control.name, &control.architecture)
        } else {
            let mut files = Files::default();
            files.read(view, self.root, file.path);
            files
        };
        owned.add_configuration(&stanza.get("Conffiles").unwrap_or_default());
        owned
    }
}

/// Whether files of the package are there, as apt sees it: `deinstall ok config-files` leaves no program,
/// while `deinstall ok installed` only wishes that it will go. Entries without status, of distroless images and
/// those that other builders write, are of installed packages.
fn is_installed(stanza: Stanza<'_>) -> bool {
    let status = stanza.get("Status").unwrap_or_default();
    let state = status.split_ascii_whitespace().last();
    !matches!(state, Some("config-files" | "not-installed"))
}

/// The fields of one package.
#[derive(Debug)]
struct Control {
    name: String,
    version: String,
    architecture: String,
    depends: String,
    description: String,
    homepage: String,
    installed_size: u64,
    maintainer: String,
    multi_arch: String,
    original_maintainer: String,
    pre_depends: String,
    provides: String,
    /// Source package, and its version if it is another one.
    source: (String, String),
}

impl Control {
    /// `None` without a name or version.
    fn read(stanza: Stanza<'_>) -> Option<Self> {
        let field = |name: &str| stanza.get(name).unwrap_or_default().into_owned();
        let (name, version) = (stanza.get("Package")?.into_owned(), stanza.get("Version")?.into_owned());
        let source = field("Source");
        let source = match source.split_once('(') {
            Some((source, version)) => (source.trim(), version.trim_end_matches(')').trim()),
            None => (source.trim(), ""),
        };
        Some(Self {
            name,
            version,
            architecture: field("Architecture"),
            depends: field("Depends"),
            description: field("Description").lines().next().unwrap_or_default().to_owned(),
            homepage: field("Homepage"),
            installed_size: field("Installed-Size").parse().unwrap_or(0),
            maintainer: field("Maintainer"),
            multi_arch: field("Multi-Arch"),
            original_maintainer: field("Original-Maintainer"),
            pre_depends: field("Pre-Depends"),
            provides: field("Provides"),
            source: (source.0.to_owned(), source.1.to_owned()),
        })
    }

    fn package(&self, file: &File<'_>, release: Option<&Release>, owned: &Files) -> Package {
        // Where nothing names the distribution it is one of Debian's family still.
        let distribution = release.map(|release| release.id.as_str()).filter(|id| !id.is_empty());
        let upstream = match &self.source {
            (source, version) if version.is_empty() => source.clone(),
            (source, version) => format!("{source}@{version}"),
        };
        let purl = PurlBuilder::new("deb", self.name.as_str())
            .namespace(distribution.unwrap_or("debian"))
            .version(self.version.as_str())
            .qualifier("arch", self.architecture.as_str())
            .qualifier("distro", release.and_then(Release::qualifier).unwrap_or_default())
            .qualifier("upstream", upstream);
        let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let mut locations = vec![file.location()];
        locations.extend(owned.locations.iter().cloned());
        Package {
            name: self.name.clone(),
            version: Some(self.version.clone()),
            kind: Kind::Deb,
            purl: Some(purl.build()),
            supplier: Party::from_mailbox(&self.maintainer).filter(|party| !party.name.is_empty()),
            originator: Party::from_mailbox(&self.original_maintainer).filter(|party| !party.name.is_empty()),
            homepage: text(&self.homepage),
            description: text(&self.description),
            locations,
            files: owned.owned(),
            metadata: Some(self.metadata(owned)),
            ..Package::default()
        }
    }

    /// In syft's shape.
    fn metadata(&self, owned: &Files) -> Metadata {
        let list = |text: &str| {
            let words = |item: &str| item.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
            text.split(',').map(words).filter(|item| !item.is_empty()).collect::<Vec<_>>()
        };
        let mut fields = Map::new();
        let mut add = |key: &str, value: Value| fields.insert(key.to_owned(), value);
        add("package", self.name.as_str().into());
        add("source", self.source.0.as_str().into());
        add("version", self.version.as_str().into());
        add("sourceVersion", self.source.1.as_str().into());
        add("architecture", self.architecture.as_str().into());
        add("maintainer", self.maintainer.as_str().into());
        add("installedSize", self.installed_size.into());
        for (key, text) in
            [("provides", &self.provides), ("depends", &self.depends), ("preDepends", &self.pre_depends)]
        {
            let list = list(text);
            if !list.is_empty() {
                add(key, list.into());
            }
        }
        add("files", owned.metadata());
        Metadata { kind: "dpkg-db-entry", fields }
    }

    fn node(self, found: super::Found) -> Node {
        Node {
            found,
            name: self.name,
            version: self.version,
            architecture: self.architecture,
            multi_arch: self.multi_arch,
            provides: self.provides,
            depends: vec![self.depends, self.pre_depends],
        }
    }
}

#[cfg(test)]
mod tests;
