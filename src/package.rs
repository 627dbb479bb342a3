//! Software packages: what is known of one, and what was found in one place.
//!
//! A [`Package`] is what a cataloger finds or a document lists; an [`Inventory`] is everything that was
//! found in an image or directory. Knows nothing of files' formats, nor of documents'.

mod cpe;
mod document;
pub mod identity;
mod inventory;
mod kind;
mod license;
mod purl;
pub mod reading;
mod root;
mod supplier;
#[cfg(test)]
pub(crate) mod testing;
mod version;
pub mod web;

pub use cpe::of_package as cpes_of;
pub use document::DocumentOptions;
pub use document::FileDetail;
pub use document::Layout;
pub use document::Tool;
pub use document::content_uuid;
pub use document::write_json;
pub use inventory::FileEntry;
pub use inventory::FileKind;
pub use inventory::ImageSubject;
pub use inventory::Inventory;
pub use inventory::LayerSubject;
pub use inventory::Relation;
pub use inventory::Relationship;
pub use inventory::Release;
pub use inventory::Subject;
pub use inventory::Unknown;
pub use kind::Kind;
pub use license::License;
pub use purl::Purl;
pub use purl::PurlBuilder;
pub use purl::PurlError;
pub use root::Root;
pub use root::RootKind;
pub use supplier::of_package as supplier_of;
pub use version::compare as compare_versions;
pub use version::read as read_version;

/// One package.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Package {
    /// Name, as its ecosystem or the list writes it.
    pub name: String,
    /// Version, where there is one.
    pub version: Option<String>,
    /// What kind of package it is.
    pub kind: Kind,
    /// Package URL, where there is one that can be read.
    pub purl: Option<Purl>,
    /// Identifier within the document that lists it.
    pub id: Option<String>,
    /// Licences that it declares; more than one hold together (`AND`).
    pub licenses: Vec<License>,
    /// Who distributes it.
    pub supplier: Option<Party>,
    /// Who made it, where that is somebody else.
    pub originator: Option<Party>,
    /// Its web page.
    pub homepage: Option<String>,
    /// Where exactly this version can be had: a URL or VCS location.
    pub download: Option<String>,
    /// One line or more about it.
    pub description: Option<String>,
    /// Copyright notices.
    pub copyright: Option<String>,
    /// Digests of the package as it is distributed, as its own database states them.
    pub checksums: Vec<Checksum>,
    /// CPE 2.3 names that the cataloger knows. Others are guessed by rule when a document is written.
    pub cpes: Vec<String>,
    /// The files that showed it: the first is the one that names it.
    pub locations: Vec<Location>,
    /// The files that it owns, where its database lists them.
    pub files: Vec<OwnedFile>,
    /// The cataloger that found it: `dpkg-db-cataloger`.
    pub found_by: &'static str,
    /// What else its database says, for formats that carry it.
    pub metadata: Option<Metadata>,
}

/// A person or organisation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Party {
    /// Which of the two it is.
    pub kind: PartyKind,
    /// Name, without address.
    pub name: String,
    /// Address for electronic mail.
    pub email: Option<String>,
}

/// What a [`Party`] is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PartyKind {
    /// A company, project or distribution.
    Organization,
    /// A human being.
    Person,
}

impl Party {
    /// An organisation.
    #[must_use]
    pub fn organization(name: impl Into<String>) -> Self {
        Self { kind: PartyKind::Organization, name: name.into(), email: None }
    }

    /// Reads `Name <address>`, as package databases write people. Without an address, and with a name
    /// that ends in a word for a group (`Team`, `Maintainers`, `Developers`, `Project`, ..), it is an organisation.
    #[must_use]
    pub fn from_mailbox(text: &str) -> Option<Self> {
        let text = text.trim();
        let (name, email) = match text.split_once('<') {
            Some((name, rest)) => (name.trim().trim_matches('"'), rest.split('>').next().map(str::trim)),
            None if text.contains('@') && !text.contains(' ') => ("", Some(text)),
            None => (text, None),
        };
        let email = email.filter(|email| email.contains('@'));
        let name = if name.is_empty() { email? } else { name };
        let kind = if is_group(name) { PartyKind::Organization } else { PartyKind::Person };
        Some(Self { kind, name: name.to_owned(), email: email.map(str::to_owned) })
    }
}

fn is_group(name: &str) -> bool {
    const GROUPS: [&str; 14] = [
        "committee",
        "community",
        "contributors",
        "developers",
        "foundation",
        "group",
        "inc",
        "list",
        "llc",
        "maintainers",
        "packagers",
        "project",
        "team",
        "uploaders",
    ];
    let words = name.split(|c: char| !c.is_ascii_alphabetic()).map(str::to_ascii_lowercase);
    words.into_iter().any(|word| GROUPS.contains(&word.as_str()))
}

/// A digest that somebody states: nothing here has computed it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checksum {
    /// Algorithm.
    pub algorithm: ChecksumAlgorithm,
    /// Lower-case hexadecimal digits, of the algorithm's length.
    pub hex: String,
}

/// The algorithms of SPDX that package databases use.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum ChecksumAlgorithm {
    /// MD5.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl ChecksumAlgorithm {
    /// As SPDX 2.3 spells it: `SHA256`.
    #[must_use]
    pub fn spdx(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha384 => "SHA384",
            Self::Sha512 => "SHA512",
        }
    }

    /// How many hexadecimal digits one has.
    #[must_use]
    pub fn digits(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha1 => 40,
            Self::Sha256 => 64,
            Self::Sha384 => 96,
            Self::Sha512 => 128,
        }
    }
}

impl Checksum {
    /// `None` unless `hex` has the algorithm's number of hexadecimal digits: a wrong one is not passed on.
    #[must_use]
    pub fn new(algorithm: ChecksumAlgorithm, hex: &str) -> Option<Self> {
        let right = hex.len() == algorithm.digits() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        right.then(|| Self { algorithm, hex: hex.to_ascii_lowercase() })
    }
}

/// Where a file lies.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Location {
    /// From the root of the image or directory, with a leading `/`. What lies in an archive has the archive's path,
    /// a `:` and its own: `/app/service.jar:BOOT-INF/lib/guava-31.1.jar`.
    pub path: String,
    /// The layer that holds it, as `sha256:<diff id>` (or, where none is known, the blob's digest).
    pub layer: Option<String>,
}

/// A file that a package owns.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct OwnedFile {
    /// From the root, with a leading `/`.
    pub path: String,
}

/// The rest of what a database says, in the shape that syft's JSON gives it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Metadata {
    /// syft's `metadataType`: `dpkg-db-entry`.
    pub kind: &'static str,
    /// The fields.
    pub fields: serde_json::Map<String, serde_json::Value>,
}
