//! A VEX document, whatever its format.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::digest::Digest;
use crate::json::JsonError;
use crate::limits;
use crate::package::Purl;

/// A VEX document.
#[derive(Clone, Debug)]
pub struct Vex {
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// In which format.
    pub format: Format,
    /// What it calls itself.
    pub id: Option<String>,
    /// Who says to have written it. That it was is for a signature to prove.
    pub author: Option<String>,
    /// When it was issued.
    pub created: Option<Timestamp>,
    /// What the document says that it is about as a whole: the subject of a bill of materials.
    pub subject: Option<Arc<Component>>,
    /// The subjects of the attestation that it was read from; see [`Self::attested`].
    pub subjects: Option<Vec<Digest>>,
    /// What it says, in its order.
    pub statements: Vec<Statement>,
}

impl Vex {
    /// The document as the predicate of an attestation about `subjects`.
    ///
    /// `OpenVEX` (ATTESTING.md, "Handling Product/Subject Granularity"): a statement without a product is about the
    /// subjects, and one about products that are no subjects is ignored. The same is held for the other formats.
    #[must_use]
    pub fn attested(self, subjects: impl IntoIterator<Item = Digest>) -> Self {
        Self { subjects: Some(subjects.into_iter().collect()), ..self }
    }
}

/// The format of a VEX document.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Format {
    /// CSAF 2.0 or 2.1, profile `csaf_vex`.
    Csaf,
    /// `CycloneDX` 1.4 and later, in JSON.
    CycloneDx,
    /// `OpenVEX`.
    OpenVex,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csaf => "CSAF VEX",
            Self::CycloneDx => "CycloneDX VEX",
            Self::OpenVex => "OpenVEX",
        })
    }
}

/// The status of one vulnerability in some products.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Statement {
    /// The vulnerability.
    pub vulnerability: Arc<str>,
    /// Other names of the same vulnerability.
    pub aliases: Arc<[String]>,
    /// In what.
    pub products: Vec<Product>,
    /// Its status there.
    pub status: Status,
    /// The label of why the product is not affected.
    pub justification: Option<Arc<str>>,
    /// Why the product is not affected, in words.
    pub impact: Option<Arc<str>>,
    /// What to do about it.
    pub action: Option<Arc<str>>,
    /// Since when this is known, of the statement or else of its document.
    pub timestamp: Option<Timestamp>,
    /// When the statement was changed.
    pub last_updated: Option<Timestamp>,
}

impl Statement {
    /// The time by which it is newer or older than another.
    #[must_use]
    pub fn time(&self) -> Option<Timestamp> {
        self.timestamp.max(self.last_updated)
    }

    /// Whether it says what it must.
    ///
    /// `not_affected` without any reason is no statement: "MUST include" in CISA's Minimum Requirements for VEX,
    /// in `OpenVEX` and in CSAF's profile. The schema of `CycloneDX` lets it pass; we do not.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let said = |text: &Option<Arc<str>>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
        self.status != Status::NotAffected || said(&self.justification) || said(&self.impact)
    }
}

/// What a statement is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Product {
    /// The product; nothing where it is what the document as a whole is about.
    pub component: Option<Arc<Component>>,
    /// The components of the product that it is about, where not about all.
    pub subcomponents: Vec<Arc<Component>>,
}

/// A piece of software, by all that it is known by.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Component {
    /// Texts that are none of the others.
    pub names: Vec<String>,
    /// Package URLs.
    pub purls: Vec<Purl>,
    /// Hashes of its bytes.
    pub digests: Vec<Digest>,
    /// Serial number of the bill of materials whose subject it is.
    pub bom: Option<String>,
    /// The versions that count, where they are listed.
    pub versions: Option<Vec<String>>,
}

impl Component {
    /// Adds an identifier, as a package URL where it is one.
    pub(super) fn add(&mut self, text: String) {
        match Purl::parse(&text) {
            Ok(purl) => self.purls.push(purl),
            Err(_) => self.names.push(text),
        }
    }

    /// Adds a hash, where its algorithm is one that identifies.
    pub(super) fn add_hash(&mut self, algorithm: &str, hex: &str) {
        let name = algorithm.to_ascii_lowercase().replace('-', "");
        self.digests.extend(Digest::parse(&format!("{name}:{}", hex.to_ascii_lowercase())).ok());
    }
}

/// The status of a vulnerability in a product: what blocks most comes last.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Status {
    /// The product is not affected.
    NotAffected,
    /// These versions have a fix.
    Fixed,
    /// It is not known yet.
    UnderInvestigation,
    /// The product is affected.
    Affected,
}

impl Status {
    /// Whether the finding need not be acted on, if the statement is believed.
    #[must_use]
    pub const fn waives(self) -> bool {
        matches!(self, Self::Fixed | Self::NotAffected)
    }

    /// `OpenVEX`'s label.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAffected => "not_affected",
            Self::Fixed => "fixed",
            Self::UnderInvestigation => "under_investigation",
            Self::Affected => "affected",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a VEX document was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VexError {
    /// One identifier for two products.
    #[error("VEX document defines the product {found:?} twice")]
    DuplicateProduct {
        /// The identifier.
        found: String,
    },
    /// Not strict JSON of the right shape.
    #[error("VEX document is not valid: {0}")]
    Json(#[from] JsonError),
    /// A word that is no status.
    #[error("VEX document has the status {found:?}, which is none that its format knows")]
    Status {
        /// The word.
        found: String,
    },
    /// A time is not a time.
    #[error("VEX document has {field} {found:?}, which is not a time")]
    Time {
        /// The field.
        field: &'static str,
        /// What stood there.
        found: String,
    },
    /// Too large.
    #[error("VEX document has {size} bytes, more than {}", limits::VEX_BYTES)]
    TooLarge {
        /// Its size.
        size: usize,
    },
    /// Names too many products.
    #[error("VEX document names more than {} products", limits::VEX_ITEMS)]
    TooManyItems,
    /// Not a document that counts as VEX.
    #[error("{found}; {hint}")]
    Unsupported {
        /// What it was recognised as.
        found: String,
        /// What to do about it.
        hint: &'static str,
    },
}

/// How many products may still be named.
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn new() -> Self {
        Self(limits::VEX_ITEMS)
    }

    pub(super) fn take(&mut self, count: usize) -> Result<(), VexError> {
        self.0 = self.0.checked_sub(count).ok_or(VexError::TooManyItems)?;
        Ok(())
    }
}

/// Reads a time; Go writes none as the year 1.
pub(super) fn time(field: &'static str, text: Option<String>) -> Result<Option<Timestamp>, VexError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let time: Timestamp = match text.parse() {
        Ok(time) => time,
        Err(_) => return Err(VexError::Time { field, found: text }),
    };
    Ok(Some(time).filter(|time| time.as_second() != GO_ZERO_TIME))
}

/// `time.Time{}`: 0001-01-01T00:00:00Z.
const GO_ZERO_TIME: i64 = -62_135_596_800;

/// Shares a text that says something.
pub(super) fn shared(text: Option<String>) -> Option<Arc<str>> {
    text.filter(|text| !text.is_empty()).map(Arc::from)
}
