//! What stands in a document, borrowed from its text.
//!
//! One shape for every form and version. Every field is optional, since every field is missing in some document
//! that a real tool wrote; texts are as they are written, `NOASSERTION` included (see [`asserted`]).
//! <https://spdx.github.io/spdx-spec/v2.3/>

use std::borrow::Cow;

use super::diagnostic::Diagnostics;
use super::document::Form;

/// A document.
#[derive(Clone, Debug, PartialEq)]
pub struct View<'a> {
    /// The form that it is written in.
    pub form: Form,
    /// Version of the specification, `SPDX-2.3` or `SPDX-3.0.1`.
    pub version: Cow<'a, str>,
    /// Identifier of the document: `SPDXRef-DOCUMENT`, or the IRI of the element in SPDX 3.
    pub id: Option<Cow<'a, str>>,
    /// Name.
    pub name: Option<Cow<'a, str>>,
    /// Namespace, or identifier of the document element in SPDX 3.
    pub namespace: Option<Cow<'a, str>>,
    /// Licence of the document itself.
    pub data_license: Option<Cow<'a, str>>,
    /// Comment on the document.
    pub comment: Option<Cow<'a, str>>,
    /// Comment on its creation.
    pub creator_comment: Option<Cow<'a, str>>,
    /// When it was made.
    pub created: Option<Cow<'a, str>>,
    /// Who and what made it: `Tool: syft-1.18.1`.
    pub creators: Vec<Cow<'a, str>>,
    /// Version of the list of licences.
    pub license_list: Option<Cow<'a, str>>,
    /// What kind of document it is, in SPDX 3: `build`, `analyzed`.
    pub sbom_types: Vec<Cow<'a, str>>,
    /// The packages.
    pub packages: Vec<PackageView<'a>>,
    /// The files, if they were asked for.
    pub files: Vec<FileView<'a>>,
    /// The relationships, in one direction; with those that stand as `documentDescribes`, `hasFiles` or root
    /// elements.
    pub edges: Vec<Edge<'a>>,
    /// Licences whose text the document brings.
    pub licenses: Vec<ExtractedLicense<'a>>,
    /// Annotations of the document itself.
    pub annotations: Vec<AnnotationView<'a>>,
    /// Other documents that it refers to, by their identifier in this one.
    pub documents: Vec<Cow<'a, str>>,
    /// How many elements of each kind are written in it.
    pub counts: Counts,
    /// What was repaired or is doubtful.
    pub diagnostics: Diagnostics,
}

/// How many elements of each kind are written in a document, read or not.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Packages.
    pub packages: usize,
    /// Files.
    pub files: usize,
    /// Snippets.
    pub snippets: usize,
    /// Relationships that are written as such.
    pub relationships: usize,
}

/// A package.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PackageView<'a> {
    /// Identifier.
    pub id: Option<Cow<'a, str>>,
    /// Name.
    pub name: Option<Cow<'a, str>>,
    /// Version.
    pub version: Option<Cow<'a, str>>,
    /// File name.
    pub file_name: Option<Cow<'a, str>>,
    /// Who distributes it: `Organization: Debian`.
    pub supplier: Option<Cow<'a, str>>,
    /// Who made it.
    pub originator: Option<Cow<'a, str>>,
    /// Where it can be had.
    pub download: Option<Cow<'a, str>>,
    /// Whether the files in it were looked at.
    pub files_analyzed: Option<bool>,
    /// Verification code of its files.
    pub verification_code: Option<Cow<'a, str>>,
    /// Digests.
    pub checksums: Vec<ChecksumView<'a>>,
    /// Web page.
    pub homepage: Option<Cow<'a, str>>,
    /// How it was found.
    pub source_info: Option<Cow<'a, str>>,
    /// Licence as the document's author sees it.
    pub license_concluded: Option<Cow<'a, str>>,
    /// Licence as the package says.
    pub license_declared: Option<Cow<'a, str>>,
    /// Copyright notice.
    pub copyright: Option<Cow<'a, str>>,
    /// Summary.
    pub summary: Option<Cow<'a, str>>,
    /// Description.
    pub description: Option<Cow<'a, str>>,
    /// Comment.
    pub comment: Option<Cow<'a, str>>,
    /// Package URLs, CPEs and other references.
    pub references: Vec<ReferenceView<'a>>,
    /// Notices, and in documents of Trivy image identifiers.
    pub attributions: Vec<Cow<'a, str>>,
    /// What it is for: `CONTAINER`, `LIBRARY`; upper case with `-`.
    pub purpose: Option<Cow<'a, str>>,
    /// When it was built.
    pub built: Option<Cow<'a, str>>,
    /// When it was released.
    pub released: Option<Cow<'a, str>>,
    /// Until when it is supported.
    pub valid_until: Option<Cow<'a, str>>,
    /// Annotations.
    pub annotations: Vec<AnnotationView<'a>>,
}

impl PackageView<'_> {
    /// The first reference that is a package URL.
    #[must_use]
    pub fn purl(&self) -> Option<&str> {
        let mut references = self.references.iter();
        references.find(|reference| reference.kind.as_deref() == Some("purl")).map(|purl| &*purl.locator)
    }

    /// The licence that counts: as concluded, else as declared; `None` where neither is asserted.
    #[must_use]
    pub fn license(&self) -> Option<&str> {
        asserted(&self.license_concluded).or_else(|| asserted(&self.license_declared))
    }
}

/// A file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileView<'a> {
    /// Identifier.
    pub id: Option<Cow<'a, str>>,
    /// Name: its path in the package.
    pub name: Option<Cow<'a, str>>,
    /// Digests.
    pub checksums: Vec<ChecksumView<'a>>,
}

/// A digest that a document states.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChecksumView<'a> {
    /// `SHA256`: upper case, without hyphens where SPDX 2 writes none.
    pub algorithm: Cow<'a, str>,
    /// Hexadecimal digits.
    pub value: Cow<'a, str>,
}

/// A reference to something outside of the document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReferenceView<'a> {
    /// `PACKAGE-MANAGER`, `SECURITY`: upper case with `-`.
    pub category: Option<Cow<'a, str>>,
    /// `purl`, `cpe23Type`.
    pub kind: Option<Cow<'a, str>>,
    /// What it says.
    pub locator: Cow<'a, str>,
}

/// A relationship between two elements.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Edge<'a> {
    /// The one that ..
    pub from: Cow<'a, str>,
    /// .. `CONTAINS`, `DEPENDS_ON`, `DESCRIBES` (upper case, and never the inverse of these) ..
    pub relation: Cow<'a, str>,
    /// .. the other one.
    pub to: Cow<'a, str>,
}

/// A licence whose text the document brings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExtractedLicense<'a> {
    /// `LicenseRef-1`.
    pub id: Option<Cow<'a, str>>,
    /// Name.
    pub name: Option<Cow<'a, str>>,
    /// Text.
    pub text: Option<Cow<'a, str>>,
}

/// An annotation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnnotationView<'a> {
    /// Who: `Tool: example-1.0`.
    pub annotator: Option<Cow<'a, str>>,
    /// `OTHER` or `REVIEW`.
    pub kind: Option<Cow<'a, str>>,
    /// What.
    pub comment: Option<Cow<'a, str>>,
}

impl<'a> View<'a> {
    /// A document with nothing in it.
    pub(super) fn empty(form: Form) -> Self {
        Self {
            form,
            version: Cow::Borrowed(""),
            id: None,
            name: None,
            namespace: None,
            data_license: None,
            comment: None,
            creator_comment: None,
            created: None,
            creators: Vec::new(),
            license_list: None,
            sbom_types: Vec::new(),
            packages: Vec::new(),
            files: Vec::new(),
            edges: Vec::new(),
            licenses: Vec::new(),
            annotations: Vec::new(),
            documents: Vec::new(),
            counts: Counts::default(),
            diagnostics: Diagnostics::default(),
        }
    }

    /// The identifiers of what the document describes.
    pub fn described(&self) -> impl Iterator<Item = &str> {
        let document = self.id.as_deref();
        let describes = move |edge: &&Edge<'a>| edge.relation == "DESCRIBES" && Some(&*edge.from) == document;
        self.edges.iter().filter(describes).map(|edge| &*edge.to)
    }
}

/// A text, unless it is empty or says that nothing is asserted.
#[must_use]
pub fn asserted<'t>(text: &'t Option<Cow<'_, str>>) -> Option<&'t str> {
    text.as_deref().map(str::trim).filter(|text| !matches!(*text, "" | "NOASSERTION" | "NONE"))
}
