//! An entry that is to be written.

use std::fmt::Write;

use jiff::civil::Date;

use super::entry::Entry;
use super::entry::FixAtGrant;
use crate::package::Purl;
use crate::scan::Finding;
use crate::scan::FindingKind;
use crate::scan::Fix;
use crate::scan::Severity;

/// An entry that is to be written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Draft {
    /// Identifier of the finding.
    pub id: String,
    /// Other identifiers.
    pub aliases: Vec<String>,
    /// Kind of finding.
    pub kind: Option<FindingKind>,
    /// Name or package URL.
    pub package: Option<String>,
    /// Range of versions.
    pub versions: Option<String>,
    /// Glob for the file.
    pub path: Option<String>,
    /// Repository glob or digest.
    pub image: Option<String>,
    /// Platform of the image.
    pub platform: Option<String>,
    /// Where the image is promoted to.
    pub environment: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Where it is followed up.
    pub ticket: String,
    /// Why.
    pub reason: String,
    /// First day.
    pub created: Date,
    /// Last day.
    pub expires: Date,
    /// Severity now.
    pub severity: Option<Severity>,
    /// Fixed version now, or `none`.
    pub fixed_version: Option<String>,
}

/// What an entry says besides the finding.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Terms {
    /// Who answers for it.
    pub owner: String,
    /// Where it is followed up.
    pub ticket: String,
    /// Why.
    pub reason: String,
    /// First day.
    pub created: Date,
    /// Last day.
    pub expires: Date,
}

impl Draft {
    /// For an identifier, without a place yet.
    #[must_use]
    pub fn new(id: impl Into<String>, terms: &Terms) -> Self {
        Self {
            id: id.into(),
            aliases: Vec::new(),
            kind: None,
            package: None,
            versions: None,
            path: None,
            image: None,
            platform: None,
            environment: None,
            owner: terms.owner.clone(),
            ticket: terms.ticket.clone(),
            reason: terms.reason.clone(),
            created: terms.created,
            expires: terms.expires,
            severity: None,
            fixed_version: None,
        }
    }

    /// Names the package of a finding, in any version; its file, where it has no package.
    #[must_use]
    pub fn at_place_of(mut self, finding: &Finding) -> Self {
        self.kind = self.kind.or(Some(finding.kind));
        self.package = match &finding.purl {
            Some(purl) => Some(without_version(purl)),
            None => finding.package.clone(),
        };
        if self.package.is_none() {
            self.path = super::entry::path_of(finding).map(literal);
        }
        self
    }

    /// Records severity and fix of what it accepts: the highest severity, and a fix only where each has one. Who
    /// accepts several at once has not accepted the worst of each.
    #[must_use]
    pub fn recording<'a>(mut self, findings: impl IntoIterator<Item = (&'a Finding, Severity)>) -> Self {
        let mut versions: Vec<String> = Vec::new();
        let mut every_one_has_a_fix = true;
        for (finding, severity) in findings {
            self.severity = Some(self.severity.map_or(severity, |known| known.max(severity)));
            if finding.kind.has_fixes() {
                match (finding.fix, &finding.fixed_version) {
                    (Fix::Available, Some(version)) if !versions.contains(version) => {
                        versions.push(version.clone())
                    }
                    (Fix::Available, _) => {}
                    (Fix::Absent | Fix::Unknown, _) => every_one_has_a_fix = false,
                }
                let known = every_one_has_a_fix && !versions.is_empty();
                self.fixed_version = Some(if known { versions.join(", ") } else { "none".to_owned() });
            }
        }
        self
    }

    /// The entry in YAML, with a dash that stands this far in.
    pub(super) fn write(&self, indent: usize) -> Vec<String> {
        let aliases: Vec<String> = self.aliases.iter().map(|alias| scalar(alias)).collect();
        let aliases = (!aliases.is_empty()).then(|| format!("[{}]", aliases.join(", ")));
        let text = |value: &Option<String>| value.as_deref().map(scalar);
        let keys = [
            ("id", Some(scalar(&self.id))),
            ("aliases", aliases),
            ("kind", self.kind.map(|kind| kind.as_str().to_owned())),
            ("package", text(&self.package)),
            ("versions", text(&self.versions)),
            ("path", text(&self.path)),
            ("image", text(&self.image)),
            ("platform", text(&self.platform)),
            ("environment", text(&self.environment)),
            ("owner", Some(scalar(&self.owner))),
            ("ticket", Some(scalar(&self.ticket))),
            ("reason", Some(scalar(&self.reason))),
            ("created", Some(self.created.to_string())),
            ("expires", Some(self.expires.to_string())),
            ("severity", self.severity.map(|severity| severity.as_str().to_owned())),
            ("fixed-version", text(&self.fixed_version)),
        ];
        let written = keys.into_iter().filter_map(|(key, value)| Some((key, value?)));
        written
            .enumerate()
            .map(|(place, (key, value))| {
                let mut line = " ".repeat(indent);
                line.push_str(if place == 0 { "- " } else { "  " });
                // Writing to a text has no reason to fail.
                let _ = write!(line, "{key}: {value}");
                line
            })
            .collect()
    }

    /// Whether an entry that was read says the same.
    pub(super) fn is(&self, entry: &Entry) -> bool {
        let fix = entry.fix.as_ref().map(|fix| match fix {
            FixAtGrant::None => "none".to_owned(),
            FixAtGrant::Version(version) => version.clone(),
        });
        let package = entry.package.as_ref().map(ToString::to_string);
        self.id == entry.id
            && self.aliases == entry.aliases
            && self.package == package
            && (&self.owner, &self.ticket, &self.reason) == (&entry.owner, &entry.ticket, &entry.reason)
            && (self.created, self.expires) == (entry.created, entry.expires)
            && (self.kind, self.severity) == (entry.kind, entry.severity)
            && self.fixed_version == fix
    }
}

/// A package URL without version, qualifiers and subpath, in its own spelling.
fn without_version(purl: &Purl) -> String {
    let text = purl.as_str();
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let start = text.rfind('/').map_or(0, |slash| slash.saturating_add(1));
    match text.rfind('@') {
        Some(at) if at > start => text.get(..at).unwrap_or(text).to_owned(),
        _ => text.to_owned(),
    }
}

/// A glob that only one path meets.
fn literal(path: &str) -> String {
    let mut glob = String::new();
    for letter in path.chars() {
        if r"*?[]{}\!".contains(letter) {
            glob.push('\\');
        }
        glob.push(letter);
    }
    glob
}

/// A text as it stands in YAML: plain where no reader could take it for something else.
fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" ._/@:+%-".contains(&byte))
        && !text.contains(": ")
        && !text.ends_with([' ', ':']);
    // Words that YAML 1.1 has for true, false and nothing.
    let is_word = ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word));
    if is_plain && !is_word {
        return text.to_owned();
    }
    // JSON's strings are YAML's double-quoted ones.
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn texts_are_plain_or_quoted() {
        for (text, expected) in [
            ("CVE-2026-0001", "CVE-2026-0001"),
            ("pkg:apk/alpine/openssl", "pkg:apk/alpine/openssl"),
            ("a reason, with: colon", r#""a reason, with: colon""#),
            ("a: b", r#""a: b""#),
            ("a #b", r##""a #b""##),
            ("yes", r#""yes""#),
            ("1.2", r#""1.2""#),
            (">=1", r#"">=1""#),
            ("", r#""""#),
            ("say \"no\"\nand go", r#""say \"no\"\nand go""#),
            ("none", "none"),
            ("ends:", r#""ends:""#),
        ] {
            assert_eq!(scalar(text), expected);
        }
    }

    #[test]
    fn a_package_url_loses_its_version() {
        for (text, expected) in [
            ("pkg:apk/alpine/openssl@3.0.1?arch=x86_64", "pkg:apk/alpine/openssl"),
            ("pkg:npm/%40example/a@1.0.0", "pkg:npm/%40example/a"),
            ("pkg:npm/@example/a", "pkg:npm/@example/a"),
            ("pkg:golang/example.com/a/b@v1.0.0#cmd", "pkg:golang/example.com/a/b"),
        ] {
            assert_eq!(without_version(&purl(text)), expected);
        }
    }

    #[test]
    fn it_records_the_worst_and_a_fix_that_each_has() {
        let terms = terms();
        let fixed = Finding {
            fix: Fix::Available,
            fixed_version: Some("3.0.2".to_owned()),
            severity: Severity::Medium,
            ..finding()
        };
        let open = finding();
        let draft = |findings: &[&Finding]| {
            let findings = findings.iter().map(|finding| (*finding, finding.severity));
            let draft = Draft::new("CVE-2026-0001", &terms).recording(findings);
            (draft.severity, draft.fixed_version)
        };
        assert_eq!(draft(&[]), (None, None));
        assert_eq!(draft(&[&fixed]), (Some(Severity::Medium), Some("3.0.2".to_owned())));
        assert_eq!(draft(&[&fixed, &open]), (Some(Severity::High), Some("none".to_owned())));
        let secret = Finding { kind: FindingKind::Secret, ..finding() };
        assert_eq!(draft(&[&secret]), (Some(Severity::High), None));
    }
}
