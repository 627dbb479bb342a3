//! What the specification wants and a document does not do, found once it is read.
//! <https://spdx.github.io/spdx-spec/v2.3/package-information/>

use std::collections::HashMap;
use std::collections::HashSet;

use jiff::Timestamp;

use crate::spdx::diagnostic::Code;
use crate::spdx::diagnostic::Diagnostics;
use crate::spdx::diagnostic::Place;
use crate::spdx::diagnostic::quote;
use crate::spdx::document::Form;
use crate::spdx::error::SpdxError;
use crate::spdx::view::ChecksumView;
use crate::spdx::view::PackageView;
use crate::spdx::view::View;

/// Adds what it finds to the document's diagnostics.
///
/// # Errors
/// One identifier for two different packages or files.
pub(super) fn lint(view: &mut View<'_>) -> Result<(), SpdxError> {
    let mut lint =
        Lint { found: std::mem::take(&mut view.diagnostics), version_2: view.form != Form::JsonLd };
    lint.identifiers(view)?;
    lint.document(view);
    for (index, package) in view.packages.iter().enumerate() {
        lint.package(index, package);
    }
    for (index, file) in view.files.iter().enumerate() {
        lint.missing("files", index, "SPDXID", file.id.is_none());
        lint.missing("files", index, "fileName", file.name.is_none());
        lint.missing("files", index, "checksums", file.checksums.is_empty() && lint.version_2);
        if lint.version_2 && file.name.as_deref().is_some_and(|name| name.starts_with('/')) {
            lint.report(Code::BadValue, "files", index, "fileName", || "an absolute path".to_owned());
        }
        lint.checksums("files", index, &file.checksums);
    }
    lint.edges(view);
    view.diagnostics = lint.found;
    Ok(())
}

struct Lint {
    found: Diagnostics,
    version_2: bool,
}

impl Lint {
    fn report(&mut self, code: Code, list: &str, index: usize, key: &str, message: impl FnOnce() -> String) {
        let version_2 = self.version_2;
        let place = || match (version_2, key) {
            // The lists of SPDX 3 are one, and which entry it was is not known any more.
            (false, _) => Place::Pointer("/@graph".to_owned()),
            (true, "") => Place::Pointer(format!("/{list}/{index}")),
            (true, key) => Place::Pointer(format!("/{list}/{index}/{key}")),
        };
        self.found.push(code, place, message);
    }

    fn missing(&mut self, list: &str, index: usize, key: &str, missing: bool) {
        if missing {
            self.report(Code::Missing, list, index, "", || format!("no {key}"));
        }
    }

    fn top(&mut self, code: Code, key: &str, message: impl FnOnce() -> String) {
        self.found.push(code, || Place::Pointer(format!("/{key}")), message);
    }

    fn document(&mut self, view: &View<'_>) {
        let fields = [
            ("SPDXID", view.id.is_none()),
            ("name", view.name.is_none() && self.version_2),
            ("documentNamespace", view.namespace.is_none()),
            ("dataLicense", view.data_license.is_none() && self.version_2),
            ("creationInfo/creators", view.creators.is_empty()),
            ("creationInfo/created", view.created.is_none()),
        ];
        for (key, missing) in fields {
            if missing {
                self.top(Code::Missing, key, || "not there".to_owned());
            }
        }
        if !self.version_2 {
            return;
        }
        if view.version.matches('.').count() > 1 {
            let message = || format!("{} is no version of SPDX", quote(&view.version));
            self.top(Code::BadValue, "spdxVersion", message);
        }
        if view.data_license.as_deref().is_some_and(|license| license != "CC0-1.0") {
            self.top(Code::BadValue, "dataLicense", || "the licence of a document is CC0-1.0".to_owned());
        }
        if view.id.as_deref().is_some_and(|id| id != "SPDXRef-DOCUMENT") {
            self.top(Code::Identifier, "SPDXID", || "a document is SPDXRef-DOCUMENT".to_owned());
        }
        if view.namespace.as_deref().is_some_and(|name| name.contains('#') || !name.contains(':')) {
            self.top(Code::BadValue, "documentNamespace", || "a URI without # is wanted".to_owned());
        }
        if let Some(problem) = view.created.as_deref().and_then(time_problem) {
            self.top(Code::Date, "creationInfo/created", || problem.to_owned());
        }
        for (index, creator) in view.creators.iter().enumerate() {
            if !is_party(creator, &["Tool", "Person", "Organization"]) {
                let message = || format!("{} is no tool, person or organization", quote(creator));
                self.report(Code::BadValue, "creationInfo/creators", index, "", message);
            }
        }
        if view.packages.len() != 1 && view.described().next().is_none() {
            self.top(Code::Missing, "relationships", || "nothing is described".to_owned());
        }
    }

    fn package(&mut self, index: usize, package: &PackageView<'_>) {
        const LIST: &str = "packages";
        self.missing(LIST, index, "SPDXID", package.id.is_none());
        self.missing(LIST, index, "name", package.name.is_none());
        self.missing(LIST, index, "downloadLocation", package.download.is_none() && self.version_2);
        self.checksums(LIST, index, &package.checksums);
        if !self.version_2 {
            return;
        }
        for (key, party) in [("supplier", &package.supplier), ("originator", &package.originator)] {
            let party = party.as_deref().filter(|text| *text != "NOASSERTION");
            if party.is_some_and(|text| !is_party(text, &["Person", "Organization"])) {
                let message = || "neither a person nor an organization".to_owned();
                self.report(Code::BadValue, LIST, index, key, message);
            }
        }
        if package.verification_code.is_some() && package.files_analyzed == Some(false) {
            let message = || "a verification code of files that were not analyzed".to_owned();
            self.report(Code::BadValue, LIST, index, "packageVerificationCode", message);
        }
        if package.purpose.as_deref().is_some_and(|purpose| !PURPOSES.contains(&purpose)) {
            self.report(Code::BadValue, LIST, index, "primaryPackagePurpose", || "no purpose".to_owned());
        }
        for reference in &package.references {
            if !reference.category.as_deref().is_some_and(|category| CATEGORIES.contains(&category)) {
                self.report(Code::BadValue, LIST, index, "externalRefs", || "no category".to_owned());
            }
        }
        let times = [
            ("builtDate", &package.built),
            ("releaseDate", &package.released),
            ("validUntilDate", &package.valid_until),
        ];
        for (key, time) in times {
            if let Some(problem) = time.as_deref().and_then(time_problem) {
                self.report(Code::Date, LIST, index, key, || problem.to_owned());
            }
        }
    }

    fn checksums(&mut self, list: &str, index: usize, checksums: &[ChecksumView<'_>]) {
        for sum in checksums {
            let known = ALGORITHMS.iter().find(|(name, _)| *name == sum.algorithm);
            let digits = sum.value.bytes().all(|byte| byte.is_ascii_hexdigit());
            let right = known.is_some_and(|(_, length)| *length == 0 || *length == sum.value.len());
            if !right || !digits {
                let message = || format!("{} is no {}", quote(&sum.value), quote(&sum.algorithm));
                self.report(Code::BadValue, list, index, "checksums", message);
            }
        }
    }

    /// Identifiers: there, spelled right, and one for each element.
    fn identifiers(&mut self, view: &View<'_>) -> Result<(), SpdxError> {
        let mut packages: HashMap<&str, usize> = HashMap::with_capacity(view.packages.len());
        for (index, package) in view.packages.iter().enumerate() {
            let Some(id) = package.id.as_deref() else { continue };
            self.identifier("packages", index, id);
            if let Some(first) = packages.insert(id, index) {
                self.twice("packages", index, id, view.packages.get(first) == Some(package))?;
            }
        }
        let mut files: HashMap<&str, usize> = HashMap::with_capacity(view.files.len());
        for (index, file) in view.files.iter().enumerate() {
            let Some(id) = file.id.as_deref() else { continue };
            self.identifier("files", index, id);
            if let Some(first) = files.insert(id, index) {
                self.twice("files", index, id, view.files.get(first) == Some(file))?;
            }
            if packages.contains_key(id) {
                self.twice("files", index, id, false)?;
            }
        }
        Ok(())
    }

    fn twice(&mut self, list: &str, index: usize, id: &str, same: bool) -> Result<(), SpdxError> {
        if !same {
            return Err(SpdxError::DuplicateId { id: id.chars().take(200).collect() });
        }
        self.report(Code::DuplicateId, list, index, "SPDXID", || format!("{} stands twice", quote(id)));
        Ok(())
    }

    fn identifier(&mut self, list: &str, index: usize, id: &str) {
        let right = id.strip_prefix("SPDXRef-").is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
        });
        if self.version_2 && !right {
            let message = || format!("{} is not SPDXRef- with letters, digits, . and -", quote(id));
            self.report(Code::Identifier, list, index, "SPDXID", message);
        }
    }

    /// Ends of relationships; only where every element that they may name was read.
    fn edges(&mut self, view: &View<'_>) {
        if !self.version_2 || view.counts.files != view.files.len() || view.counts.snippets != 0 {
            return;
        }
        let packages = view.packages.iter().filter_map(|package| package.id.as_deref());
        let files = view.files.iter().filter_map(|file| file.id.as_deref());
        let known: HashSet<&str> =
            packages.chain(files).chain(view.id.as_deref()).chain(["SPDXRef-DOCUMENT"]).collect();
        let unanalyzed = |package: &&PackageView<'_>| package.files_analyzed == Some(false);
        let unanalyzed: HashSet<&str> =
            view.packages.iter().filter(unanalyzed).filter_map(|package| package.id.as_deref()).collect();
        let files: HashSet<&str> = view.files.iter().filter_map(|file| file.id.as_deref()).collect();
        for edge in &view.edges {
            if edge.relation == "CONTAINS" && unanalyzed.contains(&*edge.from) && files.contains(&*edge.to) {
                let place = || Place::Pointer("/relationships".to_owned());
                let message = || format!("{} has files, and they were not analyzed", quote(&edge.from));
                self.found.push(Code::BadValue, place, message);
            }
            for end in [&edge.from, &edge.to] {
                if !known.contains(&**end) && !is_outside(end) {
                    let place = || Place::Pointer("/relationships".to_owned());
                    self.found
                        .push(Code::Dangling, place, || format!("{} is not in the document", quote(end)));
                }
            }
        }
    }
}

/// Whether an end of a relationship may well name nothing here.
fn is_outside(end: &str) -> bool {
    matches!(end, "NONE" | "NOASSERTION") || end.starts_with("DocumentRef-")
}

fn is_party(text: &str, kinds: &[&str]) -> bool {
    text.split_once(':').is_some_and(|(kind, name)| kinds.contains(&kind) && !name.trim().is_empty())
}

/// What is wrong with a time, if anything.
fn time_problem(text: &str) -> Option<&'static str> {
    if text.parse::<Timestamp>().is_err() {
        return Some("not a time with its zone");
    }
    (text.len() != "2026-01-02T03:04:05Z".len() || !text.ends_with('Z'))
        .then_some("not written as YYYY-MM-DDThh:mm:ssZ")
}

const PURPOSES: [&str; 12] = [
    "APPLICATION",
    "ARCHIVE",
    "CONTAINER",
    "DEVICE",
    "FILE",
    "FIRMWARE",
    "FRAMEWORK",
    "INSTALL",
    "LIBRARY",
    "OPERATING-SYSTEM",
    "OTHER",
    "SOURCE",
];

const CATEGORIES: [&str; 4] = ["OTHER", "PACKAGE-MANAGER", "PERSISTENT-ID", "SECURITY"];

/// With the number of digits, where there is one.
const ALGORITHMS: [(&str, usize); 17] = [
    ("ADLER32", 8),
    ("BLAKE2B-256", 64),
    ("BLAKE2B-384", 96),
    ("BLAKE2B-512", 128),
    ("BLAKE3", 0),
    ("MD2", 32),
    ("MD4", 32),
    ("MD5", 32),
    ("MD6", 0),
    ("SHA1", 40),
    ("SHA224", 56),
    ("SHA256", 64),
    ("SHA3-256", 64),
    ("SHA3-384", 96),
    ("SHA3-512", 128),
    ("SHA384", 96),
    ("SHA512", 128),
];
