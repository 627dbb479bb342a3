//! Core metadata. <https://packaging.python.org/en/latest/specifications/core-metadata/>

use serde_json::Map;
use serde_json::Value;

use super::super::headers::Headers;
use super::super::text;
use super::requirement::Requirement;
use super::requirement::normalize;
use crate::package::Checksum;
use crate::package::ChecksumAlgorithm;
use crate::package::Kind;
use crate::package::License;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::Party;
use crate::package::PurlBuilder;

/// The headers of `METADATA` or `PKG-INFO`.
pub(super) struct CoreMetadata(Headers);

/// Reads them.
pub(super) fn parse(text: &str) -> CoreMetadata {
    CoreMetadata(Headers::parse(text))
}

impl CoreMetadata {
    /// The package, `None` without name or version.
    pub(super) fn package(&self) -> Option<Package> {
        let name = normalize(self.0.first("Name")?);
        let version = self.0.first("Version")?;
        if name.is_empty() || version.contains(char::is_whitespace) {
            return None;
        }
        Some(Package {
            purl: Some(PurlBuilder::new("pypi", name.as_str()).version(version).build()),
            name,
            version: Some(version.to_owned()),
            kind: Kind::Python,
            ..Package::default()
        })
    }

    /// Adds what else the headers say.
    pub(super) fn complete(&self, package: &mut Package, site: &str) {
        let author = self.party("Author", "Author-email");
        let maintainer = self.party("Maintainer", "Maintainer-email");
        package.licenses = self.licenses();
        package.homepage = self.homepage();
        package.description = self.0.first("Summary").map(str::to_owned);
        // Who maintains a project uploads its releases.
        package.originator =
            author.clone().filter(|author| maintainer.as_ref().is_some_and(|other| other != author));
        package.supplier = maintainer.or(author);
        package.metadata = Some(self.fields(package, site));
    }

    /// What it requires, and the requirements that cannot be read.
    ///
    /// `PKG-INFO` of eggs says nothing of it, or says it twice: then `requires.txt` counts.
    pub(super) fn requirements(&self, requires: Option<&str>) -> (Vec<Requirement>, Vec<String>) {
        let mut read = Vec::new();
        let mut unread = Vec::new();
        let headers = || self.0.all("Requires-Dist");
        let parsed: Vec<_> = match requires {
            Some(requires) if headers().next().is_none() => Requirement::from_requires(requires),
            _ => headers().map(|text| Requirement::parse(text).ok_or_else(|| text.to_owned())).collect(),
        };
        for requirement in parsed {
            match requirement {
                Ok(requirement) => read.push(requirement),
                Err(text) => unread.push(text.chars().take(200).collect()),
            }
        }
        (read, unread)
    }

    /// `License-Expression` replaces the older ways to say it; the classifiers are read where no other says
    /// anything.
    fn licenses(&self) -> Vec<License> {
        if let Some(expression) = self.0.first("License-Expression") {
            return vec![License::declared(expression)];
        }
        if let Some(license) = self.0.first("License") {
            return vec![License::declared(license)];
        }
        let classifiers = self.0.all("Classifier").filter_map(|text| text.strip_prefix("License :: "));
        let names =
            classifiers.filter_map(|text| text.rsplit(" :: ").next()).filter(|name| *name != "OSI Approved");
        names.map(from_classifier).collect()
    }

    fn homepage(&self) -> Option<String> {
        if let Some(page) = self.0.first("Home-page") {
            return Some(page.to_owned());
        }
        // The labels that PyPI knows, without punctuation and case.
        let label =
            |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let links = || self.0.all("Project-URL").filter_map(|text| text.split_once(','));
        let known = ["homepage", "home", "source", "repository", "sourcecode", "github", "documentation"];
        let found = known.iter().find_map(|known| links().find(|(name, _)| label(name) == *known));
        found.map(|(_, url)| url.trim().to_owned()).filter(|url| !url.is_empty())
    }

    /// `Author-email` alone may be `Name <a@example.com>, Other <b@example.com>`: the first counts.
    fn party(&self, name: &str, mail: &str) -> Option<Party> {
        let mail = self.0.first(mail).and_then(|text| Party::from_mailbox(first_mailbox(text)));
        let Some(name) = self.0.first(name).and_then(|text| text.lines().next()) else { return mail };
        let party = Party::from_mailbox(name)?;
        Some(Party { email: party.email.or_else(|| mail.and_then(|mail| mail.email)), ..party })
    }

    fn fields(&self, package: &Package, site: &str) -> Metadata {
        let mut fields = Map::new();
        let mut put = |key: &str, value: Value| fields.insert(key.to_owned(), value);
        put("name", package.name.clone().into());
        put("version", package.version.clone().into());
        put("author", self.0.first("Author").unwrap_or_default().into());
        put("authorEmail", self.0.first("Author-email").unwrap_or_default().into());
        put("platform", self.0.first("Platform").unwrap_or_default().into());
        put("sitePackagesRootPath", format!("/{site}").into());
        if let Some(python) = self.0.first("Requires-Python") {
            put("requiresPython", python.into());
        }
        for (key, header) in [("requiresDist", "Requires-Dist"), ("providesExtra", "Provides-Extra")] {
            let values: Vec<Value> = self.0.all(header).map(Value::from).collect();
            if !values.is_empty() {
                put(key, values.into());
            }
        }
        Metadata { kind: "python-package", fields }
    }
}

/// The first of a list of mailboxes; a name in quotes may have a comma.
fn first_mailbox(text: &str) -> &str {
    let mut quoted = false;
    let end = text.find(|c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    text.get(..end.unwrap_or(text.len())).unwrap_or(text)
}

/// Where the distribution was installed from, if not from an index.
/// <https://packaging.python.org/en/latest/specifications/direct-url-data-structure/>
pub(super) fn direct_url(package: &mut Package, bytes: &[u8]) {
    let Ok(object) = text::members(bytes, &["url", "vcs_info", "archive_info"]) else { return };
    let Some(url) = text::string(&object, "url").filter(|url| !url.starts_with("file:")) else { return };
    let mut origin = Map::new();
    origin.insert("url".to_owned(), url.into());
    if let Some(vcs) = object.get("vcs_info").and_then(Value::as_object) {
        let (Some(kind), Some(commit)) = (text::string(vcs, "vcs"), text::string(vcs, "commit_id")) else {
            return;
        };
        let place = format!("{kind}+{url}@{commit}");
        let version = package.version.clone().unwrap_or_default();
        let purl =
            PurlBuilder::new("pypi", package.name.as_str()).version(version).qualifier("vcs_url", &*place);
        package.purl = Some(purl.build());
        package.download = Some(place);
        origin.insert("commitId".to_owned(), commit.into());
        origin.insert("vcs".to_owned(), kind.into());
    } else if let Some(archive) = object.get("archive_info").and_then(Value::as_object) {
        package.download = Some(url.to_owned());
        package.checksums.extend(archive_hash(archive));
    }
    if let Some(metadata) = &mut package.metadata {
        metadata.fields.insert("directUrlOrigin".to_owned(), origin.into());
    }
}

fn archive_hash(archive: &Map<String, Value>) -> Option<Checksum> {
    let hashes = archive.get("hashes").and_then(Value::as_object);
    let sha256 = hashes.and_then(|hashes| text::string(hashes, "sha256"));
    // The older way: `"hash": "sha256=..."`.
    let old = || text::string(archive, "hash").and_then(|hash| hash.strip_prefix("sha256="));
    Checksum::new(ChecksumAlgorithm::Sha256, sha256.or_else(old)?)
}

/// The classifiers that mean one licence of SPDX's list. `BSD License` and the GPL without version mean
/// several, so they stay as they are.
fn from_classifier(name: &str) -> License {
    let known = CLASSIFIERS.iter().find(|(classifier, _)| *classifier == name);
    let license = License::declared(known.map_or(name, |(_, id)| id));
    License { declared: name.to_owned(), ..license }
}

const CLASSIFIERS: [(&str, &str); 29] = [
    ("Apache Software License", "Apache-2.0"),
    ("Boost Software License 1.0 (BSL-1.0)", "BSL-1.0"),
    ("CC0 1.0 Universal (CC0 1.0) Public Domain Dedication", "CC0-1.0"),
    ("Eclipse Public License 1.0 (EPL-1.0)", "EPL-1.0"),
    ("Eclipse Public License 2.0 (EPL-2.0)", "EPL-2.0"),
    ("European Union Public Licence 1.1 (EUPL 1.1)", "EUPL-1.1"),
    ("European Union Public Licence 1.2 (EUPL 1.2)", "EUPL-1.2"),
    ("GNU Affero General Public License v3", "AGPL-3.0-only"),
    ("GNU Affero General Public License v3 or later (AGPLv3+)", "AGPL-3.0-or-later"),
    ("GNU General Public License v2 (GPLv2)", "GPL-2.0-only"),
    ("GNU General Public License v2 or later (GPLv2+)", "GPL-2.0-or-later"),
    ("GNU General Public License v3 (GPLv3)", "GPL-3.0-only"),
    ("GNU General Public License v3 or later (GPLv3+)", "GPL-3.0-or-later"),
    ("GNU Lesser General Public License v2 (LGPLv2)", "LGPL-2.0-only"),
    ("GNU Lesser General Public License v2 or later (LGPLv2+)", "LGPL-2.0-or-later"),
    ("GNU Lesser General Public License v3 (LGPLv3)", "LGPL-3.0-only"),
    ("GNU Lesser General Public License v3 or later (LGPLv3+)", "LGPL-3.0-or-later"),
    ("Historical Permission Notice and Disclaimer (HPND)", "HPND"),
    ("ISC License (ISCL)", "ISC"),
    ("MIT License", "MIT"),
    ("MIT No Attribution License (MIT-0)", "MIT-0"),
    ("Mozilla Public License 1.1 (MPL 1.1)", "MPL-1.1"),
    ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
    ("Mulan Permissive Software License v2 (MulanPSL-2.0)", "MulanPSL-2.0"),
    ("Python Software Foundation License", "PSF-2.0"),
    ("The Unlicense (Unlicense)", "Unlicense"),
    ("Universal Permissive License (UPL)", "UPL-1.0"),
    ("Zero-Clause BSD (0BSD)", "0BSD"),
    ("zlib/libpng License", "Zlib"),
];
