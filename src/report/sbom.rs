//! What is said about bills of materials: judged, compared with another one, or with an image.

use std::collections::BTreeMap;
use std::io;
use std::io::Write;

use super::page::CELL;
use super::page::Page;
use super::page::SHORT;
use super::page::escape;
use super::printable::printable;
use crate::sbom::check::Assessment;
use crate::sbom::check::Outcome;
use crate::sbom::diff::Change;
use crate::sbom::diff::Difference;
use crate::sbom::drift::Deviation;
use crate::sbom::drift::Drift;
use crate::sbom::drift::Ecosystem;
use crate::sbom::drift::Naming;
use crate::sbom::drift::Verdict;

/// Writes what came of each profile: what fails first, with what to mend.
///
/// # Errors
/// `out` fails.
pub fn check_text(name: &str, assessments: &[Assessment], out: &mut impl Write) -> io::Result<()> {
    for (index, assessment) in assessments.iter().enumerate() {
        let answer = if assessment.conformant { "PASS" } else { "FAIL" };
        if index > 0 {
            writeln!(out)?;
        }
        let (title, score) = (assessment.profile.title(), assessment.score);
        writeln!(out, "{answer}  {}  {title}  {score} of 100", printable(name))?;
        for outcome in sorted(assessment) {
            let mark = if outcome.passed { "ok  " } else { "FAIL" };
            writeln!(out, "  {mark} {}  {}  {}", outcome.rule, outcome.title, count(outcome))?;
            if outcome.passed {
                continue;
            }
            for offender in &outcome.offenders {
                writeln!(out, "         {}", printable(offender))?;
            }
            if let Some(more) = more(outcome) {
                writeln!(out, "         and {more} more")?;
            }
            writeln!(out, "         to mend it: {}", outcome.mend)?;
        }
    }
    Ok(())
}

/// The same as Markdown.
///
/// # Errors
/// `out` fails.
pub fn check_markdown(name: &str, assessments: &[Assessment], out: &mut impl Write) -> io::Result<()> {
    let mut page = Page::titled(format!("## SBOM check: {}\n", escape(name, 300)));
    for assessment in assessments {
        let mark = if assessment.conformant { "✅" } else { "❌" };
        let title = format!("{mark} {}: {} of 100", assessment.profile.title(), assessment.score);
        let rows: Vec<String> = sorted(assessment).map(check_row).collect();
        page.table(
            &title,
            "| | Rule | Asks for | Holds for | Not for | Mend |\n|---|---|---|---|---|---|\n",
            &rows,
        );
    }
    out.write_all(page.text.as_bytes())
}

/// What fails comes first.
fn sorted(assessment: &Assessment) -> impl Iterator<Item = &Outcome> {
    let rules = assessment.rules.iter();
    rules.clone().filter(|outcome| !outcome.passed).chain(rules.filter(|outcome| outcome.passed))
}

fn count(outcome: &Outcome) -> String {
    match outcome.of {
        1 if outcome.offenders.is_empty() => String::new(),
        of => format!("{} of {of}", outcome.have),
    }
}

/// How many fail a rule and are not named.
fn more(outcome: &Outcome) -> Option<usize> {
    let failing = outcome.of.saturating_sub(outcome.have);
    failing.checked_sub(outcome.offenders.len()).filter(|more| *more > 0 && !outcome.offenders.is_empty())
}

fn check_row(outcome: &Outcome) -> String {
    let mut offenders: Vec<String> = outcome.offenders.iter().map(|name| escape(name, SHORT)).collect();
    offenders.extend(more(outcome).map(|more| format!("and {more} more")));
    let (mark, mend) = match outcome.passed {
        true => ("✅ pass", String::new()),
        false => ("❌ fail", escape(outcome.mend, CELL)),
    };
    let (rule, title) = (outcome.rule, outcome.title);
    format!("| {mark} | `{rule}` | {title} | {} | {} | {mend} |\n", count(outcome), offenders.join("<br>"))
}

/// Writes each change on a line, by ecosystem.
///
/// # Errors
/// `out` fails.
pub fn diff_text(difference: &Difference, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", summary(difference))?;
    for (ecosystem, changes) in grouped(difference) {
        writeln!(out, "\n{}", printable(ecosystem))?;
        for change in changes {
            let (from, to) = change.kind.sides();
            let (from, to) = (from.unwrap_or("-"), to.unwrap_or("-"));
            let (name, from, to) = (printable(&change.name), printable(from), printable(to));
            writeln!(out, "  {}  {name}  {from} -> {to}", change.kind.name())?;
        }
    }
    Ok(())
}

/// The same as Markdown, with at most `rows` rows of each ecosystem; the number of the others is said.
///
/// # Errors
/// `out` fails.
pub fn diff_markdown(difference: &Difference, rows: usize, out: &mut impl Write) -> io::Result<()> {
    let mut page = Page::titled(format!("## SBOM changes\n\n{}\n", summary(difference)));
    for (ecosystem, mut changes) in grouped(difference) {
        let all = changes.len();
        // A build or package that was replaced under its version is what nobody expects.
        changes.sort_by_key(|change| change.kind.name() != "same version, another hash");
        let mut lines: Vec<String> = changes.into_iter().take(rows).map(diff_row).collect();
        if let Some(cut) = all.checked_sub(lines.len()).filter(|cut| *cut > 0) {
            lines.push(format!("| | … and {cut} more | | |\n"));
        }
        let title = format!("{} ({all})", escape(ecosystem, 40));
        page.table(&title, "| Change | Package | Before | After |\n|---|---|---|---|\n", &lines);
    }
    out.write_all(page.text.as_bytes())
}

fn grouped(difference: &Difference) -> BTreeMap<&str, Vec<&Change>> {
    let mut groups: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in &difference.changes {
        let name =
            if change.ecosystem.is_empty() { "without package URL" } else { change.ecosystem.as_str() };
        groups.entry(name).or_default().push(change);
    }
    groups
}

fn summary(difference: &Difference) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for change in &difference.changes {
        *counts.entry(change.kind.name()).or_default() += 1;
    }
    let parts: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    let changes = if parts.is_empty() { "no change".to_owned() } else { parts.join(", ") };
    format!("{} components before, {} after: {changes}", difference.before, difference.after)
}

fn diff_row(change: &Change) -> String {
    let (from, to) = change.kind.sides();
    let side = |side: Option<&str>| escape(side.unwrap_or_default(), SHORT);
    let alarm = if change.kind.name() == "same version, another hash" { "⚠️ " } else { "" };
    let (name, kind) = (escape(&change.name, SHORT), change.kind.name());
    format!("| {alarm}{kind} | {name} | {} | {} |\n", side(from), side(to))
}

/// Writes the answer, each ecosystem, and each difference.
///
/// # Errors
/// `out` fails.
pub fn drift_text(name: &str, drift: &Drift, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}  {}", answer(drift.verdict).to_uppercase(), printable(name))?;
    writeln!(out, "  {}", printable(&naming(&drift.naming)))?;
    for (ecosystem, found) in &drift.ecosystems {
        let mark = if found.tolerated { "ok  " } else { "FAIL" };
        writeln!(out, "  {mark} {}  {}", printable(ecosystem), counts(found))?;
    }
    for found in &drift.differences {
        let (name, image, document) = deviation(found);
        writeln!(
            out,
            "  {}  in the image: {}  in the document: {}",
            printable(&name),
            printable(&image),
            printable(&document)
        )?;
    }
    if drift.unnamed > 0 {
        writeln!(out, "  {} entries without package URL are compared with nothing", drift.unnamed)?;
    }
    Ok(())
}

/// The same as Markdown, with at most `rows` differences.
///
/// # Errors
/// `out` fails.
pub fn drift_markdown(name: &str, drift: &Drift, rows: usize, out: &mut impl Write) -> io::Result<()> {
    let mut page = Page::default();
    let mark = if drift.verdict == Verdict::Match { "✅" } else { "❌" };
    let (name, verdict) = (escape(name, 300), answer(drift.verdict));
    page.text = format!("## {mark} {verdict}: {name}\n\n{}\n", escape(&naming(&drift.naming), CELL));
    let row = |(ecosystem, found): (&String, &Ecosystem)| {
        let mark = if found.tolerated { "✅" } else { "❌" };
        let Ecosystem { image, document, common, missing, extra, versions, .. } = found;
        let ecosystem = escape(ecosystem, 40);
        format!(
            "| {mark} | {ecosystem} | {image} | {document} | {common} | {missing} | {extra} | {versions} |\n"
        )
    };
    let ecosystems: Vec<String> = drift.ecosystems.iter().map(row).collect();
    let head = "| | Ecosystem | Image | Document | Same | Missing | Extra | Other version |\n|---|---|---:|---:|---:|---:|---:|---:|\n";
    page.table("Ecosystems", head, &ecosystems);
    let all = drift.differences.len();
    let mut lines: Vec<String> = drift.differences.iter().take(rows).map(drift_row).collect();
    if let Some(cut) = all.checked_sub(lines.len()).filter(|cut| *cut > 0) {
        lines.push(format!("| … and {cut} more | | |\n"));
    }
    page.table(&format!("Differences ({all})"), "| Package | Image | Document |\n|---|---|---|\n", &lines);
    out.write_all(page.text.as_bytes())
}

fn answer(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Match => "match",
        Verdict::Drift => "drift",
        Verdict::OtherImage => "other image",
    }
}

fn naming(naming: &Naming) -> String {
    match naming {
        Naming::This { by } => format!("the document names this image by its {by}"),
        Naming::Other { found } => format!("the document names another image: {}", found.join(", ")),
        Naming::Unsaid => "the document does not say which image it is about".to_owned(),
    }
}

fn counts(found: &Ecosystem) -> String {
    let Ecosystem { image, document, common, missing, extra, versions, .. } = found;
    format!(
        "{image} in the image, {document} in the document: {common} the same, {missing} missing, {extra} extra, {versions} with another version"
    )
}

fn deviation(found: &Deviation) -> (String, String, String) {
    let side = |versions: &[String]| if versions.is_empty() { "-".to_owned() } else { versions.join(", ") };
    (format!("{}/{}", found.ecosystem, found.name), side(&found.image), side(&found.document))
}

fn drift_row(found: &Deviation) -> String {
    let (name, image, document) = deviation(found);
    format!("| {} | {} | {} |\n", escape(&name, SHORT), escape(&image, SHORT), escape(&document, SHORT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sbom::check;
    use crate::sbom::check::Profile;
    use crate::sbom::diff::ChangeKind;
    use crate::spdx::Files;
    use crate::spdx::View;

    fn write(render: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        render(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_fails_comes_first_and_strangers_do_not_act() {
        let text =
            r#"{"spdxVersion":"SPDX-2.3","packages":[{"SPDXID":"SPDXRef-a","name":"<b>|\u001b[31m"}]}"#;
        let view = View::read(text, Files::Count).unwrap();
        let assessment = [check::check(&view, None, Profile::Ntia2021)];
        let page = write(|out| check_markdown("a.json", &assessment, out));
        assert!(
            page.contains("| ❌ fail | `ntia.supplier` |")
                && !page.contains("<b>|")
                && !page.contains('\u{1b}')
        );
        let shown = write(|out| check_text("a.json", &assessment, out));
        assert!(shown.starts_with("FAIL  a.json  NTIA Minimum Elements 2021  28 of 100\n"), "{shown}");
        assert!(!shown.contains('\u{1b}'));
        assert!(shown.find("FAIL ntia.supplier") < shown.find("ok   ntia.name"));
    }

    #[test]
    fn rows_that_are_cut_are_counted() {
        let change = |n: usize| Change {
            ecosystem: "npm".to_owned(),
            name: format!("p{n}"),
            kind: ChangeKind::Added { version: Some("1".to_owned()) },
        };
        let mut changes: Vec<Change> = (0..10).map(change).collect();
        changes[9].kind = ChangeKind::Hash {
            version: None,
            algorithm: "SHA1".to_owned(),
            from: "00".to_owned(),
            to: "01".to_owned(),
        };
        let difference = Difference { before: 0, after: 10, changes };
        let page = write(|out| diff_markdown(&difference, 3, out));
        assert!(page.contains("### npm (10)") && page.contains("… and 7 more"), "{page}");
        assert!(page.contains("⚠️ same version, another hash | p9 | 00 | 01 |"), "{page}");
        let all = write(|out| diff_text(&difference, out));
        assert_eq!(all.lines().count(), 13, "{all}");
    }

    #[test]
    fn drift_is_shown_by_ecosystem() {
        let found = Ecosystem { image: 2, document: 1, common: 1, missing: 1, ..Ecosystem::default() };
        let drift = Drift {
            verdict: Verdict::Drift,
            naming: Naming::Unsaid,
            ecosystems: [("deb".to_owned(), found)].into(),
            differences: vec![Deviation {
                ecosystem: "deb".to_owned(),
                name: "debian/a".to_owned(),
                image: vec!["1".to_owned()],
                document: Vec::new(),
            }],
            unnamed: 0,
        };
        let page = write(|out| drift_markdown("image", &drift, 10, out));
        assert!(page.contains("| ❌ | deb | 2 | 1 | 1 | 1 | 0 | 0 |"), "{page}");
        let text = write(|out| drift_text("image", &drift, out));
        assert!(text.starts_with("DRIFT  image\n") && text.contains("FAIL deb"), "{text}");
    }
}
