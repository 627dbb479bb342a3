//! A decision as one HTML page.
//!
//! Everything is in the one file: no script, no font and no picture is fetched, and a content security policy says so
//! to the browser. Every text from outside is escaped.

use std::fmt::Write as _;
use std::io;
use std::io::Write;

use jiff::tz::TimeZone;

use super::printable::brief;
use super::printable::printable;
use crate::gate::Decision;
use crate::gate::EvidenceRow;
use crate::gate::JudgedFinding;
use crate::gate::RuleResult;
use crate::gate::Status;
use crate::gate::Verdict;
use crate::scan::Fix;
use crate::scan::Severity;

/// Writes the page: the verdict, what blocks and why, findings by severity and fix, waivers by the days that they have
/// left, the rules, and the evidence. Rows beyond [`HTML_ROWS`] of a table are counted.
///
/// # Errors
/// `out` fails.
pub fn html(decision: &Decision, out: &mut impl Write) -> io::Result<()> {
    let judgement = decision.judgement();
    let (rules, findings) = (judgement.rules(), judgement.findings());
    let mut page = String::new();
    head(decision, &mut page);
    reasons(rules, &mut page);
    blocking(findings, &mut page);
    chart(findings, &mut page);
    waivers(judgement.at(), findings, &mut page);
    by_vex(findings, &mut page);
    rest(rules, &mut page);
    evidence(judgement.evidence(), &mut page);
    page.push_str("</main>\n</body>\n</html>\n");
    out.write_all(page.as_bytes())
}

/// Rows of one table.
pub const HTML_ROWS: usize = 2_000;

fn head(decision: &Decision, page: &mut String) {
    let judgement = decision.judgement();
    let image = judgement.image();
    let (class, answer, sentence) = match decision {
        Decision::Promote(_) => ("yes", "May be promoted", "Every rule of the policy holds."),
        Decision::Refuse(_) => ("no", "Refused", "At least one rule of the policy does not hold."),
        Decision::Undecided(_) => {
            ("open", "No decision", "Something could not be looked at, so nothing is known.")
        }
    };
    let reference = text(&image.reference);
    let platforms: Vec<String> = image.platforms.iter().map(|found| text(&found.platform)).collect();
    let root =
        judgement.trusted_root().map(|root| format!("<dt>Trusted root</dt><dd><code>{root}</code></dd>"));
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{answer}: {reference}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <header class=\"{class}\"><p class=\"verdict\">{answer}</p><h1>{reference}</h1><p>{sentence}</p></header>\n\
         <dl><dt>Digest</dt><dd><code>{}</code></dd><dt>Platforms</dt><dd>{}</dd><dt>Judged at</dt><dd>{}</dd>\
         <dt>Policy</dt><dd><code>{}</code></dd>{}</dl>\n",
        image.digest,
        if platforms.is_empty() { "none".to_owned() } else { platforms.join(", ") },
        judgement.at(),
        judgement.policy(),
        root.unwrap_or_default(),
    );
}

fn reasons(rules: &[RuleResult], page: &mut String) {
    let reasons: Vec<&RuleResult> =
        rules.iter().filter(|result| matches!(result.status, Status::Fail | Status::Unknown)).collect();
    if reasons.is_empty() {
        return;
    }
    let _ = writeln!(page, "<section><h2>Why</h2><ul class=\"reasons\">");
    for result in reasons {
        let platform =
            result.platform.as_ref().map(|name| format!(" <span class=\"tag\">{}</span>", text(name)));
        let place =
            result.place.as_ref().map(|place| format!("<p class=\"dim\">in: {}</p>", text(&brief(place))));
        let next = result.next.as_ref().map(|next| format!("<p class=\"next\">Next: {}</p>", text(next)));
        let _ = writeln!(
            page,
            "<li><code>{}</code>{}<p>{}</p>{}{}</li>",
            result.rule,
            platform.unwrap_or_default(),
            text(&result.found),
            place.unwrap_or_default(),
            next.unwrap_or_default()
        );
    }
    page.push_str("</ul></section>\n");
}

fn blocking(findings: &[JudgedFinding], page: &mut String) {
    let rows: Vec<String> =
        findings.iter().filter(|found| found.verdict == Verdict::Blocks).map(finding_row).collect();
    let head = ["Severity", "Finding", "In", "Installed", "Fixed in", "Platform"];
    table("Blocking findings", &head, &rows, page);
}

fn finding_row(found: &JudgedFinding) -> String {
    let finding = &found.finding;
    let fixed = match (&finding.fixed_version, finding.fix) {
        (Some(version), _) => text(version),
        (None, Fix::Available) => "yes".to_owned(),
        (None, Fix::Absent) => "no fix".to_owned(),
        (None, Fix::Unknown) if finding.kind.has_fixes() => "not said".to_owned(),
        (None, Fix::Unknown) => text(finding.kind.as_str()),
    };
    let title = finding.title.as_ref().map(|title| format!("<br><span class=\"dim\">{}</span>", text(title)));
    let cells = [
        severity_mark(found.severity),
        format!("{}{}", link(finding.url.as_deref(), &finding.id), title.unwrap_or_default()),
        text(finding.place()),
        text(finding.version.as_deref().unwrap_or_default()),
        fixed,
        text(&found.platform),
    ];
    row(&cells)
}

/// A link leads out only by HTTPS; what else a report writes there is no address for a reader.
fn link(url: Option<&str>, shown: &str) -> String {
    match url.filter(|url| url.starts_with("https://")) {
        Some(url) => format!("<a rel=\"noreferrer noopener\" href=\"{}\">{}</a>", text(url), text(shown)),
        None => text(shown),
    }
}

fn severity_mark(severity: Severity) -> String {
    format!("<span class=\"sev {}\">{severity}</span>", severity.as_str().to_lowercase())
}

/// A bar for each severity: what has a fix, what has none, what does not say.
fn chart(findings: &[JudgedFinding], page: &mut String) {
    if findings.is_empty() {
        return;
    }
    let count = |severity: Severity, fix: Fix| {
        findings.iter().filter(|found| found.severity == severity && found.finding.fix == fix).count()
    };
    let fixes = [(Fix::Available, "fix available"), (Fix::Absent, "no fix"), (Fix::Unknown, "not said")];
    let total = |severity| fixes.iter().map(|(fix, _)| count(severity, *fix)).sum::<usize>();
    let most = Severity::ALL.into_iter().map(total).max().unwrap_or_default().max(1);
    let height = BAR * Severity::ALL.len();
    let _ = write!(
        page,
        "<section><h2>Findings by severity and fix</h2>\n<svg viewBox=\"0 0 640 {height}\" role=\"img\" aria-label=\"Findings by severity and fix\">",
    );
    for (index, severity) in Severity::ALL.into_iter().rev().enumerate() {
        let top = index * BAR;
        let _ = write!(page, "<text x=\"0\" y=\"{}\">{severity}</text>", top + 19);
        let mut left = 90;
        for (fix, word) in fixes {
            let count = count(severity, fix);
            if count == 0 {
                continue;
            }
            // At least a sliver: one finding among thousands is to be seen.
            let width = (count * 480 / most).max(2);
            let class = word.replace(' ', "-");
            let _ = write!(
                page,
                "<rect class=\"{class}\" x=\"{left}\" y=\"{}\" width=\"{width}\" height=\"18\"><title>{severity}, {word}: {count}</title></rect>",
                top + 5
            );
            left += width;
        }
        let _ = write!(page, "<text x=\"{}\" y=\"{}\">{}</text>", left + 6, top + 19, total(severity));
    }
    page.push_str("</svg>\n<p class=\"legend\">");
    for (_, word) in fixes {
        let _ = write!(page, "<span class=\"key {}\"></span>{word} ", word.replace(' ', "-"));
    }
    page.push_str("</p></section>\n");
}

/// Each waiver with a bar as long as the time that it has left, the shortest first.
fn waivers(at: jiff::Timestamp, findings: &[JudgedFinding], page: &mut String) {
    let mut waived: Vec<_> = findings.iter().filter_map(JudgedFinding::waiver).collect();
    waived.sort_by(|a, b| (a.2, &a.0.finding.id).cmp(&(b.2, &b.0.finding.id)));
    let longest = waived.iter().map(|(.., days)| *days).max().unwrap_or_default().max(1);
    let rows: Vec<String> = waived
        .iter()
        .map(|(found, waiver, days)| {
            let share = i64::from(*days) * 100 / i64::from(longest);
            let soon = if *days <= SOON { " soon" } else { "" };
            let left = if *days == 1 { "1 day".to_owned() } else { format!("{days} days") };
            let cells = [
                severity_mark(found.severity),
                format!(
                    "{}<br><span class=\"dim\">{}</span>",
                    text(&found.finding.id),
                    text(found.finding.place())
                ),
                text(&waiver.owner),
                text(&waiver.reason),
                format!(
                    "{}<div class=\"time{soon}\"><i style=\"width:{}%\"></i></div>{left}",
                    waiver.expires,
                    share.max(1)
                ),
            ];
            row(&cells)
        })
        .collect();
    let today = at.to_zoned(TimeZone::UTC).date();
    table(
        &format!("Waived findings, as of {today}"),
        &["Severity", "Finding", "Owner", "Reason", "Until"],
        &rows,
        page,
    );
}

/// What VEX documents waive.
fn by_vex(findings: &[JudgedFinding], page: &mut String) {
    let rows: Vec<String> = findings
        .iter()
        .filter_map(JudgedFinding::vex)
        .map(|(found, said)| {
            row(&[
                severity_mark(found.severity),
                format!(
                    "{}<br><span class=\"dim\">{}</span>",
                    text(&found.finding.id),
                    text(found.finding.place())
                ),
                text(&said.said()),
                text(&said.author()),
                said.time.map(|time| time.to_string()).unwrap_or_default(),
            ])
        })
        .collect();
    table("Waived by VEX", &["Severity", "Finding", "Status and reason", "By", "Since"], &rows, page);
}

fn rest(rules: &[RuleResult], page: &mut String) {
    for (status, title) in [(Status::Note, "Notes"), (Status::Pass, "What holds")] {
        let rows: Vec<String> = rules
            .iter()
            .filter(|result| result.status == status)
            .map(|result| {
                let platform =
                    result.platform.as_ref().map(|name| format!("{}: ", text(name))).unwrap_or_default();
                let next = result.next.as_ref().or(result.place.as_ref());
                let next = next.map(|next| text(&brief(next))).unwrap_or_default();
                let found = format!("{platform}{}", text(&brief(&result.found)));
                row(&[format!("<code>{}</code>", result.rule), found, next])
            })
            .collect();
        folded(title, &["Rule", "Found", "Where, or what next"], &rows, page);
    }
}

fn evidence(rows: &[EvidenceRow], page: &mut String) {
    let rows: Vec<String> = rows
        .iter()
        .map(|item| {
            let detail = item.detail.as_ref().map(|detail| format!(" {}", text(detail))).unwrap_or_default();
            let by = item
                .signer
                .as_ref()
                .map_or_else(|| "not signed".to_owned(), |signer| text(&signer.to_string()));
            row(&[
                format!("{}{detail}", item.kind.as_str()),
                item.platform.as_deref().map(text).unwrap_or_default(),
                by,
                item.time.map(|time| time.to_string()).unwrap_or_default(),
                text(&brief(&item.place)),
                format!("<code>{}</code>", brief(&item.digest.to_string())),
            ])
        })
        .collect();
    folded("Evidence", &["Kind", "Platform", "By", "Time", "Where", "SHA-256"], &rows, page);
}

fn row(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| format!("<td>{cell}</td>")).collect();
    format!("<tr>{}</tr>", cells.concat())
}

fn table(title: &str, head: &[&str], rows: &[String], page: &mut String) {
    if !rows.is_empty() {
        let _ = write!(page, "<section><h2>{title} ({})</h2>", rows.len());
        grid(head, rows, page);
        page.push_str("</section>\n");
    }
}

fn folded(title: &str, head: &[&str], rows: &[String], page: &mut String) {
    if !rows.is_empty() {
        let _ = write!(page, "<details><summary>{title} ({})</summary>", rows.len());
        grid(head, rows, page);
        page.push_str("</details>\n");
    }
}

fn grid(head: &[&str], rows: &[String], page: &mut String) {
    let head: Vec<String> = head.iter().map(|title| format!("<th scope=\"col\">{title}</th>")).collect();
    let shown = rows.iter().take(HTML_ROWS).map(String::as_str).collect::<Vec<_>>().join("\n");
    let _ = write!(
        page,
        "\n<div class=\"wide\"><table><thead><tr>{}</tr></thead><tbody>\n{shown}\n</tbody></table></div>",
        head.concat()
    );
    let more = rows.len().saturating_sub(HTML_ROWS);
    if more > 0 {
        let _ = write!(
            page,
            "<p class=\"dim\">{more} more rows are not shown; the JSON output has all of them.</p>"
        );
    }
}

/// A text from outside, harmless in text and in quoted attributes.
fn text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in printable(text).to_string().chars() {
        match c {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&#39;"),
            c => shown.push(c),
        }
    }
    shown
}

/// Height of a bar with its space.
const BAR: usize = 28;

/// A waiver with so few days left is shown as one to look at.
const SOON: i32 = 7;

const STYLE: &str = include_str!("html/page.css");
