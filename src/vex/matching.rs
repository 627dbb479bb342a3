//! Whether a statement is about a finding.

use super::model::Component;
use super::model::Statement;
use crate::digest::Digest;
use crate::package::Purl;
use crate::scan::Finding;

/// What is known for sure of the image that findings are about.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Image {
    /// Digests of its manifest, of the index that lists it, of its configuration.
    pub digests: Vec<Digest>,
    /// Where it lies: registry and repository, without a tag.
    pub repository: Option<String>,
    /// CPU architecture as its configuration has it.
    pub architecture: Option<String>,
    /// Serial numbers (`urn:uuid:..`) of its bills of materials.
    pub boms: Vec<String>,
}

impl Image {
    /// Whether a product is this image.
    ///
    /// 1. A product with hashes is the image if one of them is, and else it is not, whatever it is called.
    /// 2. `pkg:oci/..@DIGEST` is the image of that digest. A tag is none: it moves.
    /// 3. `pkg:oci/..` without a version is every image of its `repository_url`, and without that it is any image of
    ///    that name anywhere, so none.
    /// 4. The architecture of a package URL must be the image's: the digest may be the index's.
    /// 5. `..@DIGEST` in another text is the image of that digest. Other names identify nothing.
    /// 6. The subject of a bill of materials is the image that it was made of.
    pub(super) fn is(&self, component: &Component) -> bool {
        if !component.digests.is_empty() {
            return component.digests.iter().any(|digest| self.digests.contains(digest));
        }
        component.purls.iter().any(|purl| self.has_purl(purl))
            || component.names.iter().any(|name| self.has_digest(name.rsplit('@').next().unwrap_or(name)))
            || component.bom.as_ref().is_some_and(|bom| self.boms.contains(bom))
    }

    fn has_purl(&self, purl: &Purl) -> bool {
        if !matches!(purl.kind(), "docker" | "oci") {
            return false;
        }
        if purl.qualifier("arch").is_some_and(|arch| self.architecture.as_deref() != Some(arch.as_str())) {
            return false;
        }
        if let Some(version) = purl.version() {
            return self.has_digest(version);
        }
        let found = purl.qualifier("repository_url").filter(|_| purl.qualifier("tag").is_none());
        match (found, &self.repository) {
            (Some(found), Some(own)) => repository(&found) == repository(own),
            _ => false,
        }
    }

    fn has_digest(&self, text: &str) -> bool {
        Digest::parse(text).is_ok_and(|digest| self.digests.contains(&digest))
    }
}

/// One text for the spellings of a repository.
fn repository(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let plain = lower.trim_start_matches("https://").trim_end_matches('/');
    match plain.strip_prefix("index.docker.io/") {
        Some(path) => format!("docker.io/{path}"),
        None => plain.to_owned(),
    }
}

/// Whether a component is the package of a finding: the same package, in the version that the component has, if it
/// has one. An architecture or a distribution that the component names must be the finding's.
pub(super) fn is_package(component: &Component, finding: &Finding) -> bool {
    let Some(found) = &finding.purl else { return false };
    let version = finding.version.as_deref().or(found.version());
    let listed = component.versions.as_ref();
    listed.is_none_or(|versions| versions.iter().any(|listed| Some(listed.as_str()) == version))
        && component.purls.iter().any(|purl| covers(purl, found))
}

fn covers(purl: &Purl, found: &Purl) -> bool {
    let same = purl.covers(found)
        || (purl.kind() == found.kind()
            && purl.canonical_name() == found.canonical_name()
            && purl.canonical_version().is_none_or(|version| Some(version) == found.canonical_version()));
    let within = |key| match (purl.qualifier(key), found.qualifier(key)) {
        (None, _) => true,
        (Some(_), None) => false,
        // `debian-12` is said of all its point releases.
        (Some(said), Some(found)) => {
            found.strip_prefix(&said).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        }
    };
    same && within("arch") && within("distro")
}

/// Whether a statement is about the vulnerability of a finding: by the finding's own name, or by a name that the
/// scanner knows it by as well.
///
/// An advisory of a distribution is about many vulnerabilities. A statement about one of them is not about the
/// advisory, so a finding with two names of the scheme (two CVEs) is only that of a statement with both.
pub(super) fn is_vulnerability(statement: &Statement, finding: &Finding) -> bool {
    let names = |name: &str| {
        let mut own = statement.aliases.iter().map(String::as_str).chain([&*statement.vulnerability]);
        own.any(|own| own.eq_ignore_ascii_case(name))
    };
    if names(&finding.id) {
        return true;
    }
    let mut alike =
        finding.aliases.iter().filter(|alias| scheme(alias) == scheme(&statement.vulnerability)).peekable();
    alike.peek().is_some() && alike.all(|alias| names(alias))
}

/// `CVE` of `CVE-2024-0001`.
fn scheme(name: &str) -> String {
    name.split('-').next().unwrap_or(name).to_ascii_uppercase()
}
