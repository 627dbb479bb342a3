//! CPE 2.3 names by rule, for scanners that look up nothing else.
//!
//! Which vendor and product the CPE dictionary has for a package cannot be known from the package; it is
//! guessed, and every wrong guess is a false finding. syft gives every spelling of vendor and product, up to hundreds a
//! package; here are the few that the dictionary most often has. Packages of an operating system get their
//! name as vendor and product; others besides whom their namespace belongs to. `cpes` that the cataloger
//! knows come first, and then nothing is guessed. <https://nvlpubs.nist.gov/nistpubs/Legacy/IR/nistir7695.pdf>

use super::Kind;
use super::Package;

/// The CPE 2.3 names of a package: those that are known, else at most three that are likely.
#[must_use]
pub fn of_package(package: &Package) -> Vec<String> {
    // The dictionary has no models, but programs of their names.
    if !package.cpes.is_empty() || package.kind == Kind::Model {
        return package.cpes.clone();
    }
    let mut cpes: Vec<String> = Vec::new();
    let version = package.version.as_deref().filter(|version| !version.is_empty());
    let target = target(package.kind);
    for (vendor, product) in candidates(package) {
        let version = version.map_or_else(|| "*".to_owned(), escape);
        let (vendor, product) = (escape(&vendor), escape(&product));
        let cpe = format!("cpe:2.3:a:{}:{}:{version}:*:*:*:*:{target}:*:*", vendor, product);
        if !vendor.is_empty() && !product.is_empty() && cpe.len() <= LENGTH && !cpes.contains(&cpe) {
            cpes.push(cpe);
        }
    }
    cpes.truncate(CANDIDATES);
    cpes
}

/// Vendor and product, the likeliest first.
fn candidates(package: &Package) -> Vec<(String, String)> {
    let purl = package.purl.as_ref();
    let name = purl.map_or(package.name.as_str(), |purl| purl.name()).to_ascii_lowercase();
    let namespace = purl.and_then(|purl| purl.namespace()).map(str::to_ascii_lowercase);
    let mut pairs = Vec::new();
    match (package.kind, namespace) {
        (Kind::Java | Kind::Jenkins, Some(group)) => {
            if let Some(vendor) = group_vendor(&group) {
                pairs.push((vendor, name.clone()));
            }
        }
        (Kind::Go, Some(path)) => {
            // github.com/docker/docker: the owner; golang.org/x/net: the host.
            let mut segments = path.split('/');
            let host = segments.next().unwrap_or_default();
            let owner = segments.next().filter(|_| host.contains("git")).unwrap_or(host);
            pairs.push((owner.trim_end_matches(".org").to_owned(), name.clone()));
        }
        (Kind::GithubAction | Kind::GithubWorkflow | Kind::Php, Some(owner)) => {
            pairs.push((owner, name.clone()))
        }
        (Kind::Npm, Some(scope)) => pairs.push((scope.trim_start_matches('@').to_owned(), name.clone())),
        (Kind::Python, _) => {
            pairs.push((name.clone(), name.clone()));
            pairs.push((format!("python-{name}"), format!("python-{name}")));
            pairs.push(("python".to_owned(), name.clone()));
        }
        (Kind::Gem, _) => {
            pairs.push((name.clone(), name.clone()));
            pairs.push(("ruby-lang".to_owned(), name.clone()));
        }
        _ => {}
    }
    pairs.push((name.clone(), name.clone()));
    if name.contains('-') {
        let underscored = name.replace('-', "_");
        pairs.push((underscored.clone(), underscored));
    }
    pairs
}

/// Of `org.apache.commons`, `apache`.
fn group_vendor(group: &str) -> Option<String> {
    let mut segments = group.split('.');
    let first = segments.next()?;
    let vendor = if DOMAINS.contains(&first) { segments.next()? } else { first };
    Some(vendor.to_owned())
}

/// The software that it runs in, which the dictionary names for packages of these.
fn target(kind: Kind) -> &'static str {
    match kind {
        Kind::Npm => "node.js",
        Kind::Python => "python",
        Kind::Rust => "rust",
        Kind::Wordpress => "wordpress",
        _ => "*",
    }
}

/// Section 6.2 of the naming specification: what is no letter, digit, `_`, `-` or `.` has a backslash. What is not in
/// ASCII has no spelling and is left out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars().filter(char::is_ascii_graphic) {
        if !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    // A hyphen alone means "not applicable".
    if escaped == "-" { "\\-".to_owned() } else { escaped }
}

/// How many are guessed.
const CANDIDATES: usize = 3;

/// A name that is longer names nothing in the dictionary.
const LENGTH: usize = 512;

/// First segments of a group that are no vendor.
const DOMAINS: [&str; 9] = ["ch", "com", "de", "fr", "io", "jakarta", "net", "org", "uk"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::Purl;

    fn cpes(kind: Kind, name: &str, version: &str, purl: &str) -> Vec<String> {
        let (name, version) = (name.to_owned(), Some(version.to_owned()));
        of_package(&Package { kind, name, version, purl: Purl::parse(purl).ok(), ..Package::default() })
    }

    /// As the dictionary has them: <https://nvd.nist.gov/products/cpe>.
    #[test]
    fn finds_what_the_dictionary_has() {
        for (kind, name, version, purl, expected) in [
            (
                Kind::Deb,
                "zlib",
                "1.2.13",
                "pkg:deb/debian/zlib@1.2.13",
                "cpe:2.3:a:zlib:zlib:1.2.13:*:*:*:*:*:*:*",
            ),
            (
                Kind::Java,
                "log4j-core",
                "2.14.1",
                "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
                "cpe:2.3:a:apache:log4j-core:2.14.1:*:*:*:*:*:*:*",
            ),
            (
                Kind::Npm,
                "lodash",
                "4.17.20",
                "pkg:npm/lodash@4.17.20",
                "cpe:2.3:a:lodash:lodash:4.17.20:*:*:*:*:node.js:*:*",
            ),
            (
                Kind::Go,
                "github.com/docker/docker",
                "v20.10.0",
                "pkg:golang/github.com/docker/docker@v20.10.0",
                "cpe:2.3:a:docker:docker:v20.10.0:*:*:*:*:*:*:*",
            ),
        ] {
            assert!(cpes(kind, name, version, purl).contains(&expected.to_owned()), "{purl}");
        }
    }

    #[test]
    fn escapes_and_is_bounded() {
        let found = cpes(Kind::Deb, "libstdc++6", "1:12.2+deb~1", "pkg:deb/debian/libstdc%2B%2B6@1");
        assert_eq!(found, ["cpe:2.3:a:libstdc\\+\\+6:libstdc\\+\\+6:1\\:12.2\\+deb\\~1:*:*:*:*:*:*:*"]);
        assert!(cpes(Kind::Npm, &"a-b".repeat(1000), "1", "x").is_empty());
        assert!(cpes(Kind::Npm, "a-b", "1", "pkg:npm/%40c/a-b").len() <= CANDIDATES);
        assert!(cpes(Kind::Npm, "日本", "1", "x").is_empty());
        let known = Package { cpes: vec!["cpe:2.3:a:x:y:1:*:*:*:*:*:*:*".to_owned()], ..Package::default() };
        assert_eq!(of_package(&known), known.cpes);
    }
}
