//! A decision as SARIF 2.1.0, for code scanning.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io;
use std::io::Write;

use serde_json::Value;
use serde_json::json;

use super::json::json_document;
use super::printable::printable;
use crate::digest::Digest;
use crate::gate::JudgedFinding;
use crate::gate::RuleResult;
use crate::gate::Status;
use crate::gate::Verdict;
use crate::scan::Severity;

/// Results that are written at most. GitHub shows 5,000 of one run and refuses a file with more than 25,000.
pub const SARIF_RESULTS: usize = 5_000;

/// Writes one run: a result for each rule that does not hold, and for each finding that blocks or is waived (with the
/// entry or the VEX statement as its suppression). What does not fit is counted in a notification of the run, the least severe first to go.
///
/// `image` is what the results are located in: a finding in an image has no line in the repository.
///
/// # Errors
/// `out` fails.
pub fn sarif(
    image: &str,
    rules: &[RuleResult],
    findings: &[JudgedFinding],
    out: &mut impl Write,
) -> io::Result<()> {
    let mut run = Run { image, rules: BTreeMap::new(), results: Vec::new() };
    for result in rules.iter().filter(|result| matches!(result.status, Status::Fail | Status::Unknown)) {
        run.rule(result);
    }
    for found in findings {
        match &found.verdict {
            Verdict::Blocks => run.finding(found, None),
            Verdict::Waived { waiver, .. } => {
                let why = format!("{} until {}: {}", waiver.owner, waiver.expires, waiver.reason);
                run.finding(found, Some(why));
            }
            Verdict::Vex(said) => {
                run.finding(found, Some(format!("VEX by {}: {}", said.author(), said.said())))
            }
            Verdict::Mild | Verdict::Unfixed => {}
        }
    }
    json_document(&run.log(), out)
}

struct Run<'a> {
    image: &'a str,
    /// By identifier: what a result of it is about.
    rules: BTreeMap<String, Value>,
    results: Vec<Value>,
}

impl Run<'_> {
    fn rule(&mut self, result: &RuleResult) {
        let id = format!("portcullis/{}", result.rule);
        self.rules.entry(id.clone()).or_insert_with(|| {
            json!({
                "id": id,
                "shortDescription": {"text": format!("The rule {} of the policy does not hold", result.rule)},
                "properties": {"tags": ["security", "policy"], "problem.severity": "error"},
            })
        });
        let next = result.next.as_ref().map(|next| format!("\nNext: {next}")).unwrap_or_default();
        let platform = result.platform.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        let text = format!("{platform}{}{next}", result.found);
        self.result(&id, &text, self.image, None);
    }

    fn finding(&mut self, found: &JudgedFinding, waived: Option<String>) {
        let finding = &found.finding;
        self.rules.entry(finding.id.clone()).or_insert_with(|| {
            let title = finding.title.as_deref().unwrap_or(&finding.id);
            let mut rule = json!({
                "id": finding.id,
                "shortDescription": {"text": shown(title, TEXT)},
                "properties": {
                    "tags": ["security", finding.kind.as_str(), found.severity.as_str()],
                    "security-severity": score(found.severity),
                },
            });
            if let (Some(url), Some(rule)) = (&finding.url, rule.as_object_mut()) {
                rule.insert("helpUri".to_owned(), json!(shown(url, TEXT)));
            }
            rule
        });
        let version = finding.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
        let fixed =
            finding.fixed_version.as_ref().map(|fixed| format!(", fixed in {fixed}")).unwrap_or_default();
        let platform = match found.platform.as_str() {
            "" => String::new(),
            name => format!(" ({name})"),
        };
        let text =
            format!("{} {} in {}{version}{fixed}{platform}", found.severity, finding.id, finding.place());
        let place = finding.path.as_deref().unwrap_or(self.image);
        self.result(&finding.id, &text, place, waived);
    }

    fn result(&mut self, id: &str, text: &str, place: &str, waived: Option<String>) {
        let text = shown(text, TEXT);
        let mut result = json!({
            "ruleId": id,
            "level": "error",
            "message": {"text": text},
            "locations": [{
                "physicalLocation": {"artifactLocation": {"uri": uri(place)}, "region": {"startLine": 1}},
            }],
            // The same finding in the next run is the same alert.
            "partialFingerprints": {"portcullis/v1": Digest::sha256(format!("{id}\0{text}").as_bytes()).hex()},
        });
        if let (Some(why), Some(result)) = (waived, result.as_object_mut()) {
            let suppression =
                json!({"kind": "external", "status": "accepted", "justification": shown(&why, TEXT)});
            result.insert("suppressions".to_owned(), json!([suppression]));
        }
        self.results.push(result);
    }

    fn log(mut self) -> Value {
        let more = self.results.len().saturating_sub(SARIF_RESULTS);
        self.results.truncate(SARIF_RESULTS);
        let mut invocation = json!({"executionSuccessful": true});
        if let (1.., Some(invocation)) = (more, invocation.as_object_mut()) {
            let text = format!("{more} more results did not fit; the JSON output has all of them");
            let notification = json!([{"level": "warning", "message": {"text": text}}]);
            invocation.insert("toolExecutionNotifications".to_owned(), notification);
        }
        let used: BTreeSet<&str> =
            self.results.iter().filter_map(|result| result.get("ruleId")?.as_str()).collect();
        let rules: Vec<&Value> =
            self.rules.iter().filter(|(id, _)| used.contains(id.as_str())).map(|(_, rule)| rule).collect();
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": {"driver": {
                    "name": "portcullis",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "informationUri": "https://crates.io/crates/portcullis",
                    "rules": rules,
                }},
                "invocations": [invocation],
                "results": self.results,
            }],
        })
    }
}

/// GitHub's bands: above 9.0 critical, from 7.0 high, from 4.0 medium.
const fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        // It counts because nobody knows how bad it is.
        Severity::Unknown => "8.0",
    }
}

fn shown(text: &str, limit: usize) -> String {
    printable(text).to_string().chars().take(limit).collect()
}

/// A path as a URI reference: without a scheme, an authority or a root that it does not have.
fn uri(place: &str) -> String {
    let mut uri = String::new();
    for byte in place.trim_start_matches('/').bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte))
            }
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    if uri.is_empty() { "image".to_owned() } else { uri }
}

/// GitHub cuts a message here.
const TEXT: usize = 1_000;
