//! The tags of tag-value documents: where each stands, and what it is in JSON.
//! <https://spdx.github.io/spdx-spec/v2.3/composition-of-an-SPDX-document/>

/// A tag.
#[derive(Clone, Copy, Debug)]
pub(in crate::spdx) struct Tag {
    pub(in crate::spdx) name: &'static str,
    pub(in crate::spdx) section: Section,
    /// The key in JSON.
    pub(in crate::spdx) key: &'static str,
    pub(in crate::spdx) shape: Shape,
}

/// What a tag is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::spdx) enum Section {
    Annotation,
    Creation,
    Document,
    File,
    License,
    Package,
    Relationship,
    Review,
    Snippet,
}

/// How a value becomes JSON.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::spdx) enum Shape {
    /// `SHA1: 2fd4..`, in a list.
    Checksum,
    /// `DocumentRef-x URI SHA1: 2fd4..`, in a list.
    DocumentReference,
    /// `true` or `false`.
    Flag,
    /// The identifier of whatever stands last.
    Identifier,
    /// A text, in a list.
    List,
    /// Two numbers with a colon.
    Range,
    /// `CATEGORY type locator`, in a list.
    Reference,
    /// A comment on the last reference.
    ReferenceComment,
    /// `A CONTAINS B`, which begins a relationship.
    Relationship,
    /// Begins a new element of its section.
    Start,
    /// A text.
    Text,
    /// `d6a7.. (excludes: ./a)`.
    VerificationCode,
    /// A name, home page or URI of a project that a file is of.
    Artifact,
}

use Section as S;
use Shape as H;

const fn tag(name: &'static str, section: Section, key: &'static str, shape: Shape) -> Tag {
    Tag { name, section, key, shape }
}

/// All tags of SPDX 2.0 to 2.3. Those of one name in two sections stand once for each.
pub(in crate::spdx) const TAGS: [Tag; 80] = [
    tag("SPDXVersion", S::Document, "spdxVersion", H::Text),
    tag("DataLicense", S::Document, "dataLicense", H::Text),
    tag("SPDXID", S::Document, "SPDXID", H::Identifier),
    tag("DocumentName", S::Document, "name", H::Text),
    tag("DocumentNamespace", S::Document, "documentNamespace", H::Text),
    tag("ExternalDocumentRef", S::Document, "externalDocumentRefs", H::DocumentReference),
    tag("DocumentComment", S::Document, "comment", H::Text),
    tag("LicenseListVersion", S::Creation, "licenseListVersion", H::Text),
    tag("Creator", S::Creation, "creators", H::List),
    tag("Created", S::Creation, "created", H::Text),
    tag("CreatorComment", S::Creation, "comment", H::Text),
    tag("PackageName", S::Package, "name", H::Start),
    tag("PackageVersion", S::Package, "versionInfo", H::Text),
    tag("PackageFileName", S::Package, "packageFileName", H::Text),
    tag("PackageSupplier", S::Package, "supplier", H::Text),
    tag("PackageOriginator", S::Package, "originator", H::Text),
    tag("PackageDownloadLocation", S::Package, "downloadLocation", H::Text),
    tag("FilesAnalyzed", S::Package, "filesAnalyzed", H::Flag),
    tag("PackageVerificationCode", S::Package, "packageVerificationCode", H::VerificationCode),
    tag("PackageChecksum", S::Package, "checksums", H::Checksum),
    tag("PackageHomePage", S::Package, "homepage", H::Text),
    tag("PackageSourceInfo", S::Package, "sourceInfo", H::Text),
    tag("PackageLicenseConcluded", S::Package, "licenseConcluded", H::Text),
    tag("PackageLicenseInfoFromFiles", S::Package, "licenseInfoFromFiles", H::List),
    tag("PackageLicenseDeclared", S::Package, "licenseDeclared", H::Text),
    tag("PackageLicenseComments", S::Package, "licenseComments", H::Text),
    tag("PackageCopyrightText", S::Package, "copyrightText", H::Text),
    tag("PackageSummary", S::Package, "summary", H::Text),
    tag("PackageDescription", S::Package, "description", H::Text),
    tag("PackageComment", S::Package, "comment", H::Text),
    tag("PackageAttributionText", S::Package, "attributionTexts", H::List),
    tag("ExternalRef", S::Package, "externalRefs", H::Reference),
    tag("ExternalRefComment", S::Package, "comment", H::ReferenceComment),
    tag("PrimaryPackagePurpose", S::Package, "primaryPackagePurpose", H::Text),
    tag("ReleaseDate", S::Package, "releaseDate", H::Text),
    tag("BuiltDate", S::Package, "builtDate", H::Text),
    tag("ValidUntilDate", S::Package, "validUntilDate", H::Text),
    tag("FileName", S::File, "fileName", H::Start),
    tag("FileType", S::File, "fileTypes", H::List),
    tag("FileChecksum", S::File, "checksums", H::Checksum),
    tag("LicenseConcluded", S::File, "licenseConcluded", H::Text),
    tag("LicenseInfoInFile", S::File, "licenseInfoInFiles", H::List),
    tag("LicenseComments", S::File, "licenseComments", H::Text),
    tag("FileCopyrightText", S::File, "copyrightText", H::Text),
    tag("FileComment", S::File, "comment", H::Text),
    tag("FileNotice", S::File, "noticeText", H::Text),
    tag("FileContributor", S::File, "fileContributors", H::List),
    tag("FileAttributionText", S::File, "attributionTexts", H::List),
    tag("FileDependency", S::File, "fileDependencies", H::List),
    tag("ArtifactOfProjectName", S::File, "name", H::Artifact),
    tag("ArtifactOfProjectHomePage", S::File, "homePage", H::Artifact),
    tag("ArtifactOfProjectURI", S::File, "projectUri", H::Artifact),
    tag("SnippetSPDXID", S::Snippet, "SPDXID", H::Start),
    tag("SnippetSPDXIdentifier", S::Snippet, "SPDXID", H::Start),
    tag("SnippetFromFileSPDXID", S::Snippet, "snippetFromFile", H::Text),
    tag("SnippetFromFileSPDXIdentifier", S::Snippet, "snippetFromFile", H::Text),
    tag("SnippetByteRange", S::Snippet, "offset", H::Range),
    tag("SnippetLineRange", S::Snippet, "lineNumber", H::Range),
    tag("SnippetLicenseConcluded", S::Snippet, "licenseConcluded", H::Text),
    tag("LicenseInfoInSnippet", S::Snippet, "licenseInfoInSnippets", H::List),
    tag("SnippetLicenseComments", S::Snippet, "licenseComments", H::Text),
    tag("SnippetCopyrightText", S::Snippet, "copyrightText", H::Text),
    tag("SnippetComment", S::Snippet, "comment", H::Text),
    tag("SnippetName", S::Snippet, "name", H::Text),
    tag("SnippetAttributionText", S::Snippet, "attributionTexts", H::List),
    tag("LicenseID", S::License, "licenseId", H::Start),
    tag("ExtractedText", S::License, "extractedText", H::Text),
    tag("LicenseName", S::License, "name", H::Text),
    tag("LicenseCrossReference", S::License, "seeAlsos", H::List),
    tag("LicenseComment", S::License, "comment", H::Text),
    tag("Relationship", S::Relationship, "relationships", H::Relationship),
    tag("RelationshipComment", S::Relationship, "comment", H::Text),
    tag("Annotator", S::Annotation, "annotator", H::Start),
    tag("AnnotationDate", S::Annotation, "annotationDate", H::Text),
    tag("AnnotationComment", S::Annotation, "comment", H::Text),
    tag("AnnotationType", S::Annotation, "annotationType", H::Text),
    tag("SPDXREF", S::Annotation, ELEMENT, H::Text),
    tag("Reviewer", S::Review, "reviewer", H::Start),
    tag("ReviewDate", S::Review, "reviewDate", H::Text),
    tag("ReviewComment", S::Review, "comment", H::Text),
];

/// The key under which an annotation says what it is about. JSON has none: there it stands inside of that.
pub(in crate::spdx) const ELEMENT: &str = "SPDXREF";

/// The tag of a name. A different case is no other name: tools write `SPDXId`.
pub(in crate::spdx) fn find(name: &str) -> Option<Tag> {
    let exact = TAGS.iter().find(|tag| tag.name == name);
    exact.or_else(|| TAGS.iter().find(|tag| tag.name.eq_ignore_ascii_case(name))).copied()
}
