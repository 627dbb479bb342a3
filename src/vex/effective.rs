//! The statement that holds for a finding.

use std::cmp::Reverse;
use std::collections::HashMap;

use jiff::Timestamp;

use super::matching;
use super::matching::Image;
use super::model::Component;
use super::model::Statement;
use super::model::Status;
use super::model::Vex;
use crate::digest::Digest;
use crate::scan::Finding;
use crate::scan::FindingKind;

/// The statements of some documents that are about one image or what is in it.
#[derive(Debug)]
pub struct Statements<'a> {
    entries: Vec<Entry<'a>>,
    /// Which of them by each name of the vulnerability, in upper case.
    by_vulnerability: HashMap<String, Vec<usize>>,
}

/// A statement and the document that it stands in.
#[derive(Clone, Copy, Debug)]
pub struct Effective<'a> {
    /// The document.
    pub document: &'a Vex,
    /// The statement.
    pub statement: &'a Statement,
}

/// A statement, as far as it is about the image.
#[derive(Debug)]
struct Entry<'a> {
    effective: Effective<'a>,
    /// Where in the document.
    position: usize,
    /// The packages that it is about; nothing for all that is in the image.
    packages: Option<Vec<&'a Component>>,
}

impl Vex {
    /// The statement of this document that holds for a finding; see [`Statements::effective`].
    #[must_use]
    pub fn effective(&self, finding: &Finding, image: &Image) -> Option<&Statement> {
        Statements::new([self], image).effective(finding).map(|found| found.statement)
    }
}

impl<'a> Statements<'a> {
    /// Picks what is said of `image` and what is in it.
    ///
    /// 1. A statement about the image is about every package in it, or about its `subcomponents`.
    /// 2. A statement about a package alone, not about a component of it, is about the package, wherever it is. In an
    ///    attestation it counts for nothing; see [`Vex::attested`].
    /// 3. What is said of a product that is neither is not looked at: how another product uses a package says
    ///    nothing about this image.
    /// 4. Incomplete statements are none; see [`Statement::is_complete`].
    pub fn new(documents: impl IntoIterator<Item = &'a Vex>, image: &Image) -> Self {
        let mut statements = Self { entries: Vec::new(), by_vulnerability: HashMap::new() };
        for document in documents {
            let subject = Subject::of(document, image);
            if subject == Subject::Other {
                continue;
            }
            for (position, statement) in document.statements.iter().enumerate() {
                if statement.is_complete() {
                    let effective = Effective { document, statement };
                    statements.add(effective, position, subject, image);
                }
            }
        }
        statements
    }

    fn add(&mut self, effective: Effective<'a>, position: usize, subject: Subject, image: &Image) {
        let statement = effective.statement;
        let mut packages = Some(Vec::new());
        for product in &statement.products {
            let inner = product.subcomponents.iter().map(AsRef::as_ref);
            let is_image = match &product.component {
                None => subject == Subject::Image,
                Some(component) => image.is(component),
            };
            match &product.component {
                _ if is_image && product.subcomponents.is_empty() => packages = None,
                _ if is_image => packages.iter_mut().for_each(|packages| packages.extend(inner.clone())),
                Some(component) if subject == Subject::Unknown && product.subcomponents.is_empty() => {
                    packages.iter_mut().for_each(|packages| packages.push(component.as_ref()));
                }
                _ => {}
            }
        }
        if packages.as_ref().is_some_and(Vec::is_empty) {
            return;
        }
        let mut names: Vec<String> =
            statement.aliases.iter().map(|alias| alias.to_ascii_uppercase()).collect();
        names.push(statement.vulnerability.to_ascii_uppercase());
        for name in names {
            self.by_vulnerability.entry(name).or_default().push(self.entries.len());
        }
        self.entries.push(Entry { effective, position, packages });
    }

    /// The statement that holds for a finding of the image. The order in which documents were given does not count.
    ///
    /// 1. The newest wins, by the later of its two times: that is how `OpenVEX` has statements override another.
    /// 2. At one time, the one that blocks wins: affected before under investigation before fixed before not
    ///    affected. Nothing tells which of two was meant to be the last, and a wrong "affected" costs a look where a
    ///    wrong "not affected" costs an incident. Peers take the first in the document (go-vex) or whichever a map
    ///    yields (Trivy, for CSAF).
    /// 3. A statement without a time cannot be newer. If it waives, all others go before it; if it blocks, no other
    ///    can be known to have overridden it, so it wins.
    ///
    /// What is found need not waive: see [`Status::waives`].
    #[must_use]
    pub fn effective(&self, finding: &Finding) -> Option<Effective<'a>> {
        if finding.kind != FindingKind::Vulnerability {
            return None;
        }
        let names = finding.aliases.iter().chain([&finding.id]);
        let found = names.filter_map(|name| self.by_vulnerability.get(&name.to_ascii_uppercase())).flatten();
        let about =
            found.filter_map(|index| self.entries.get(*index)).filter(|entry| entry.is_about(finding));
        about.max_by_key(|entry| entry.precedence()).map(|entry| entry.effective)
    }
}

impl Entry<'_> {
    fn is_about(&self, finding: &Finding) -> bool {
        let mut packages = self.packages.iter().flatten();
        (self.packages.is_none() || packages.any(|package| matching::is_package(package, finding)))
            && matching::is_vulnerability(self.effective.statement, finding)
    }

    fn precedence(&self) -> (bool, Option<Timestamp>, Status, Reverse<Digest>, Reverse<usize>) {
        let Effective { document, statement } = self.effective;
        let time = statement.time();
        let stands = time.is_none() && !statement.status.waives();
        (stands, time, statement.status, Reverse(document.digest), Reverse(self.position))
    }
}

/// What a document as a whole is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Subject {
    /// The image: it was attested of it, or is the bill of materials of it.
    Image,
    /// Something else: it was attested of that, or attested of the image and is about that.
    Other,
    /// It does not say.
    Unknown,
}

impl Subject {
    fn of(document: &Vex, image: &Image) -> Self {
        if let Some(subjects) = &document.subjects {
            let own = document.subject.as_ref().filter(|subject| !subject.digests.is_empty());
            let is_image = subjects.iter().any(|subject| image.digests.contains(subject))
                && own.is_none_or(|own| image.is(own));
            return if is_image { Self::Image } else { Self::Other };
        }
        match &document.subject {
            Some(subject) if image.is(subject) => Self::Image,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests;
