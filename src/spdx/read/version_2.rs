//! SPDX 2.x: the objects of its JSON form. <https://spdx.github.io/spdx-spec/v2.3/>

use std::borrow::Cow;

use serde::de::Error;
use serde::de::MapAccess;

use super::context::Context;
use super::object::Field;
use super::object::Object;
use super::relation;
use super::root::Root;
use crate::limits;
use crate::spdx::diagnostic::Code;
use crate::spdx::diagnostic::quote;
use crate::spdx::view::AnnotationView;
use crate::spdx::view::ChecksumView;
use crate::spdx::view::Edge;
use crate::spdx::view::ExtractedLicense;
use crate::spdx::view::FileView;
use crate::spdx::view::PackageView;
use crate::spdx::view::ReferenceView;

/// One that is asked for its fields; what is not kept is named, so that the rest is known to be unknown.
macro_rules! fields {
    ($key:ident, $field:ident; $($name:literal => $place:expr, $read:ident;)*
        $(skip $($skipped:literal)|+;)? $(do $done:literal => $block:expr;)*) => {
        match $key {
            $($name => $place = $field.$read()?,)*
            $($($skipped)|+ => drop($field.skip()?),)?
            $($done => $block,)*
            _ => $field.unknown()?,
        }
    };
}

/// `creationInfo`.
#[derive(Default)]
pub(super) struct CreationInfo<'a> {
    pub(super) created: Option<Cow<'a, str>>,
    pub(super) creators: Vec<Cow<'a, str>>,
    pub(super) comment: Option<Cow<'a, str>>,
    pub(super) license_list: Option<Cow<'a, str>>,
}

impl<'a> Object<'a> for CreationInfo<'a> {
    fn field<A: MapAccess<'a>>(&mut self, key: &str, field: Field<'_, 'a, A>) -> Result<(), A::Error> {
        fields! { key, field;
            "created" => self.created, text;
            "creators" => self.creators, texts;
            "comment" => self.comment, text;
            "licenseListVersion" => self.license_list, text;
        }
        Ok(())
    }
}

/// An entry of `packages`.
#[derive(Default)]
pub(super) struct Package<'a> {
    pub(super) view: PackageView<'a>,
    pub(super) files: Vec<Cow<'a, str>>,
}

impl<'a> Object<'a> for Package<'a> {
    fn field<A: MapAccess<'a>>(&mut self, key: &str, field: Field<'_, 'a, A>) -> Result<(), A::Error> {
        let view = &mut self.view;
        fields! { key, field;
            "SPDXID" => view.id, text;
            "name" => view.name, text;
            "versionInfo" => view.version, text;
            "packageFileName" => view.file_name, text;
            "supplier" => view.supplier, text;
            "originator" => view.originator, text;
            "downloadLocation" => view.download, text;
            "filesAnalyzed" => view.files_analyzed, flag;
            "homepage" => view.homepage, text;
            "sourceInfo" => view.source_info, text;
            "licenseConcluded" => view.license_concluded, text;
            "licenseDeclared" => view.license_declared, text;
            "copyrightText" => view.copyright, text;
            "summary" => view.summary, text;
            "description" => view.description, text;
            "comment" => view.comment, text;
            "attributionTexts" => view.attributions, texts;
            "builtDate" => view.built, text;
            "releaseDate" => view.released, text;
            "validUntilDate" => view.valid_until, text;
            "annotations" => view.annotations, objects;
            "hasFiles" => self.files, texts;
            skip "licenseComments" | "licenseInfoFromFiles";
            do "primaryPackagePurpose" => view.purpose = field.text()?.map(hyphens);
            do "packageVerificationCode" => view.verification_code = field.object::<VerificationCode<'_>>()?
                .and_then(|code| code.value);
            do "checksums" => {
                field.each(|sum: Checksum<'a>, context| sum.take(&mut view.checksums, context))?;
            };
            do "externalRefs" => {
                field.each(|reference: Reference<'a>, context| reference.take(&mut view.references, context))?;
            };
        }
        Ok(())
    }
}

/// An entry of `files`, when files are kept.
#[derive(Default)]
pub(super) struct File<'a>(pub(super) FileView<'a>);

impl<'a> Object<'a> for File<'a> {
    fn field<A: MapAccess<'a>>(&mut self, key: &str, field: Field<'_, 'a, A>) -> Result<(), A::Error> {
        let view = &mut self.0;
        fields! { key, field;
            "SPDXID" => view.id, text;
            "fileName" => view.name, text;
            skip "annotations" | "artifactOfs" | "attributionTexts" | "comment" | "copyrightText"
                | "fileContributors" | "fileDependencies" | "fileTypes" | "licenseComments" | "licenseConcluded"
                | "licenseInfoInFiles" | "noticeText";
            do "checksums" => {
                field.each(|sum: Checksum<'a>, context| sum.take(&mut view.checksums, context))?;
            };
        }
        Ok(())
    }
}

/// An entry of `checksums`.
#[derive(Default)]
pub(super) struct Checksum<'a> {
    algorithm: Option<Cow<'a, str>>,
    value: Option<Cow<'a, str>>,
}

impl<'a> Checksum<'a> {
    fn take(self, list: &mut Vec<ChecksumView<'a>>, context: &mut Context) {
        let (Some(algorithm), Some(value)) = (self.algorithm, self.value) else {
            context.report(Code::Missing, "", || "a checksum without algorithm or value".to_owned());
            return;
        };
        list.push(ChecksumView { algorithm: upper(algorithm), value });
    }
}

impl<'a> Object<'a> for Checksum<'a> {
    fn field<A: MapAccess<'a>>(&mut self, key: &str, field: Field<'_, 'a, A>) -> Result<(), A::Error> {
        fields! { key, field;
            "algorithm" => self.algorithm, text;
            "checksumValue" => self.value, text;
        }
        Ok(())
    }
}

/// An entry of `externalRefs`.
#[derive(Default)]
struct Reference<'a> {
    category: Option<Cow<'a, str>>,
    kind: Option<Cow<'a, str>>,
    locator: Option<Cow<'a, str>>,
}

impl<'a> Reference<'a> {
    fn take(self, list: &mut Vec<ReferenceView<'a>>, context: &mut Context) {
        let Some(locator) = self.locator else {
            context.report(Code::Missing, "", || "a reference without referenceLocator".to_owned());
            return;
        };
        list.push(ReferenceView { category: self.category.map(hyphens), kind: self.kind, locator });
    }
}

impl<'a> Object<'a> for Reference<'a> {
    fn field<A: MapAccess<'a>>(&mut self, key: &str, field: Field<'_, 'a, A>) -> Result<(), A::Error> {
        fields! { key, field;
            "referenceCategory" => self.category, text;
            "referenceType" => self.kind, text;
            "referenceLocator" => self.locator, text;
            skip "comment";
        }
        Ok(())
    }
}

/// `packageVerificationCode`.
#[derive(Default)]
struct VerificationCode<'a> {
    value: Option<Cow<'a, str>>,
}

impl<'a> Object<'a> for VerificationCode<'a> {
    fn field<A: MapAccess<'a>>(&mut self, key: &str, field: Field<'_, 'a, A>) -> Result<(), A::Error> {
        fields! { key, field;
            "packageVerificationCodeValue" => self.value, text;
            skip "packageVerificationCodeExcludedFiles";
        }
        Ok(())
    }
}

/// An entry of `relationships`.
#[derive(Default)]
pub(super) struct Relationship<'a> {
    pub(super) from: Option<Cow<'a, str>>,
    pub(super) relation: Option<Cow<'a, str>>,
    pub(super) to: Option<Cow<'a, str>>,
}

impl<'a> Relationship<'a> {
    fn edge(self, context: &mut Context) -> Option<Edge<'a>> {
        let (Some(from), Some(relation), Some(to)) = (self.from, self.relation, self.to) else {
            context.report(Code::Missing, "", || "a relationship without both ends and a type".to_owned());
            return None;
        };
        let (name, inverse) = match &relation {
            Cow::Borrowed(text) => {
                let read = relation::relation(text);
                if !read.known {
                    report_unknown(text, context);
                }
                (read.name, read.inverse)
            }
            Cow::Owned(text) => {
                let read = relation::relation(text);
                if !read.known {
                    report_unknown(text, context);
                }
                (Cow::Owned(read.name.into_owned()), read.inverse)
            }
        };
        let (from, to) = if inverse { (to, from) } else { (from, to) };
        Some(Edge { from, relation: name, to })
    }
}

fn report_unknown(text: &str, context: &mut Context) {
    let message = || format!("{} is no type of relationship", quote(text));
    context.report(Code::UnknownRelationship, "relationshipType", message);
}

impl<'a> Object<'a> for Relationship<'a> {
    fn field<A: MapAccess<'a>>(&mut self, key: &str, field: Field<'_, 'a, A>) -> Result<(), A::Error> {
        fields! { key, field;
            "spdxElementId" => self.from, text;
            "relationshipType" => self.relation, text;
            "relatedSpdxElement" => self.to, text;
            skip "comment";
        }
        Ok(())
    }
}

/// An entry of `externalDocumentRefs`.
#[derive(Default)]
pub(super) struct DocumentReference<'a> {
    pub(super) id: Option<Cow<'a, str>>,
}

impl<'a> Object<'a> for DocumentReference<'a> {
    fn field<A: MapAccess<'a>>(&mut self, key: &str, field: Field<'_, 'a, A>) -> Result<(), A::Error> {
        fields! { key, field;
            "externalDocumentId" => self.id, text;
            skip "checksum" | "spdxDocument";
        }
        Ok(())
    }
}

impl<'a> Object<'a> for ExtractedLicense<'a> {
    fn field<A: MapAccess<'a>>(&mut self, key: &str, field: Field<'_, 'a, A>) -> Result<(), A::Error> {
        fields! { key, field;
            "licenseId" => self.id, text;
            "name" => self.name, text;
            "extractedText" => self.text, text;
            skip "comment" | "crossRefs" | "seeAlsos";
        }
        Ok(())
    }
}

impl<'a> Object<'a> for AnnotationView<'a> {
    fn field<A: MapAccess<'a>>(&mut self, key: &str, field: Field<'_, 'a, A>) -> Result<(), A::Error> {
        fields! { key, field;
            "annotator" => self.annotator, text;
            "annotationType" => self.kind, text;
            "comment" => self.comment, text;
            skip "annotationDate";
        }
        Ok(())
    }
}

impl<'a> Object<'a> for Root<'a> {
    fn field<A: MapAccess<'a>>(&mut self, key: &str, field: Field<'_, 'a, A>) -> Result<(), A::Error> {
        let view = &mut self.view;
        match key {
            "spdxVersion" => {
                let version = field.text()?;
                self.seen.version_2 = version.is_some();
                view.version = version.unwrap_or_default();
            }
            "SPDXID" => view.id = field.text()?,
            "name" => view.name = field.text()?,
            "documentNamespace" => view.namespace = field.text()?,
            "dataLicense" => view.data_license = field.text()?,
            "comment" => view.comment = field.text()?,
            "creationInfo" => self.creation = field.object()?,
            "documentDescribes" => self.describes = field.texts()?,
            "annotations" => view.annotations = field.objects()?,
            "hasExtractedLicensingInfos" => view.licenses = field.objects()?,
            "externalDocumentRefs" => {
                let list = &mut view.documents;
                field.each(|found: DocumentReference<'a>, _| list.extend(found.id))?;
            }
            "packages" => return self.packages(field),
            "files" => return self.files(field),
            "relationships" => return self.relationships(field),
            "snippets" => view.counts.snippets = field.skip()?,
            "$schema" | "revieweds" => drop(field.skip()?),
            _ => return self.other(key, field),
        }
        Ok(())
    }
}

impl<'a> Root<'a> {
    fn packages<A: MapAccess<'a>>(&mut self, field: Field<'_, 'a, A>) -> Result<(), A::Error> {
        let (packages, owned) = (&mut self.view.packages, &mut self.owned);
        let mut room = limits::SPDX_PACKAGES;
        let count = field.each(|found: Package<'a>, _| {
            let Some(left) = room.checked_sub(1) else { return };
            room = left;
            if let (false, Some(id)) = (found.files.is_empty(), &found.view.id) {
                owned.push((id.clone(), found.files));
            }
            packages.push(found.view);
        })?;
        // A document must not be taken for an empty one because its packages cannot be read.
        let count = count.ok_or_else(|| A::Error::custom("packages are not a list"))?;
        if count > limits::SPDX_PACKAGES {
            return Err(A::Error::custom(format_args!("more than {} packages", limits::SPDX_PACKAGES)));
        }
        self.view.counts.packages = count;
        Ok(())
    }

    fn files<A: MapAccess<'a>>(&mut self, field: Field<'_, 'a, A>) -> Result<(), A::Error> {
        self.view.counts.files = if field.context.with_files {
            let files = &mut self.view.files;
            field.each(|found: File<'a>, _| files.push(found.0))?.unwrap_or_default()
        } else {
            field.skip()?
        };
        Ok(())
    }

    fn relationships<A: MapAccess<'a>>(&mut self, field: Field<'_, 'a, A>) -> Result<(), A::Error> {
        let edges = &mut self.view.edges;
        let take = |found: Relationship<'a>, context: &mut Context| edges.extend(found.edge(context));
        self.view.counts.relationships = field.each(take)?.unwrap_or_default();
        Ok(())
    }
}

/// Upper case, as SPDX writes its enumerations.
fn upper(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        Cow::Owned(text.to_ascii_uppercase())
    } else {
        text
    }
}

/// Upper case with hyphens: `PACKAGE_MANAGER` and `PACKAGE-MANAGER` are both in use.
fn hyphens(text: Cow<'_, str>) -> Cow<'_, str> {
    let text = upper(text);
    if text.contains('_') { Cow::Owned(text.replace('_', "-")) } else { text }
}
