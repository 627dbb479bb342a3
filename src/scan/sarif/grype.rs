//! What Grype's SARIF says in words (`grype/presenter/sarif/presenter.go` in anchore/grype).
//!
//! Rules are one for each vulnerability and name of a package, and the first match writes them: another version of the
//! package has the same rule. What the rule says of a fix counts where the result is about that version.

use super::result::Case;
use super::result::Level;
use crate::package::Purl;
use crate::scan::finding::Finding;
use crate::scan::finding::Fix;
use crate::scan::finding::Severity;

/// Adds what message and rule say. A message that is not of the form, as in 0.34, leaves open whether there is a
/// fix.
pub(super) fn finding(case: &Case<'_>, found: Finding) -> Finding {
    let message = case.message.strip_prefix("A ").and_then(|rest| rest.split_once(" vulnerability in "));
    let Some((word, rest)) = message else { return found };
    let (severity, severity_word) = severity(case, word);
    let named = rest.split_once(" package: ").and_then(|(_, rest)| rest.split_once(", version "));
    let (package, rest) = named.map_or((None, ""), |(package, rest)| (Some(package), rest));
    let version = rest.split_once(" was found").map(|(version, _)| version);
    let suffix = package.and_then(|package| found.id.strip_suffix(package)?.strip_suffix('-'));
    let id = suffix.unwrap_or(&found.id).to_owned();
    let found = Finding {
        id,
        package: package.map(str::to_owned),
        version: version.map(str::to_owned),
        severity,
        severity_word,
        ..found
    };
    match case.rules.as_slice() {
        [rule] => match Help::read(&rule.help.text).filter(|help| help.is_of(&case.message, word)) {
            Some(help) => help.finding(found, rule.properties.purls.as_ref().map_or(&[], |purls| &purls.0)),
            None => found,
        },
        _ => found,
    }
}

/// Unknown and negligible findings are written as "low", with a score of `0.0` where there is no other.
fn severity(case: &Case<'_>, word: &str) -> (Severity, Option<String>) {
    let level = match word {
        "critical" | "high" => Level::Error,
        "medium" => Level::Warning,
        _ => Level::Note,
    };
    match case.named(word, &level) {
        (Severity::Low, word) if case.score.severity.is_none() => (Severity::Unknown, word),
        severity => severity,
    }
}

/// `helpText`: nine lines about the first match.
struct Help<'h> {
    id: &'h str,
    package: &'h str,
    version: &'h str,
    fixed: &'h str,
    kind: &'h str,
}

impl<'h> Help<'h> {
    fn read(text: &'h str) -> Option<Self> {
        let lines: Vec<&str> = text.split('\n').collect();
        let [id, severity, package, version, fixed, kind, location, namespace, link] = lines.as_slice()
        else {
            return None;
        };
        let field = |line: &'h str, name: &str| line.strip_prefix(name)?.strip_prefix(": ");
        for (line, name) in
            [(severity, "Severity"), (location, "Location"), (namespace, "Data Namespace"), (link, "Link")]
        {
            field(line, name)?;
        }
        Some(Self {
            id: id.strip_prefix("Vulnerability ")?,
            package: field(package, "Package")?,
            version: field(version, "Version")?,
            fixed: field(fixed, "Fix Version")?.trim(),
            kind: field(kind, "Type")?,
        })
    }

    /// Whether a message is about the same package and version.
    fn is_of(&self, message: &str, severity: &str) -> bool {
        let Self { package, version, kind, .. } = self;
        let same =
            format!("A {severity} vulnerability in {kind} package: {package}, version {version} was found");
        message.starts_with(&same)
    }

    fn finding(&self, found: Finding, purls: &[String]) -> Finding {
        let fixed = (!self.fixed.is_empty()).then(|| self.fixed.to_owned());
        let purl = match purls {
            [purl] => Purl::parse(purl).ok(),
            _ => None,
        };
        Finding {
            id: self.id.to_owned(),
            package: Some(self.package.to_owned()),
            version: Some(self.version.to_owned()),
            purl,
            fix: if fixed.is_some() { Fix::Available } else { Fix::Absent },
            fixed_version: fixed,
            ..found
        }
    }
}
