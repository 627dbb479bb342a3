//! SARIF 2.1.0, of whatever tool: each run is one report.
//!
//! Every reader finds a way to make less of a log: levels that are absent, rules that are looked up wrongly, results
//! that are suppressed, of another kind or in another file, runs that failed. Each of these is taken at its worst, and
//! what makes a run no whole result is among the report's faults. Of Trivy, Grype and OSV-Scanner the texts are read as
//! well, since the form has no place for a package or its fixed version; anyone else's finding may have a fix.

mod grype;
mod log;
mod osv;
mod result;
mod rules;
mod trivy;

use jiff::Timestamp;

use self::log::Invocation;
use self::log::Log;
use self::log::Run;
use self::result::Case;
use self::rules::Rules;
use super::finding::Finding;
use super::report::Format;
use super::report::Report;
use super::report::ReportError;
use super::report::Target;
use super::report::Tool;
use super::report::digest;
use super::report::time;
use super::wire;
use crate::digest::Digest;

/// Reads a log that was recognised as SARIF.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Report>, ReportError> {
    let log: Log<'_> = wire::read(bytes)?;
    let unsupported = |found: String, hint| Err(ReportError::Unsupported { found, hint });
    if log.schema.0 || log.matches.0 {
        return unsupported("document with the marks of several kinds of report".to_owned(), "scan again");
    }
    match log.version.0.as_deref() {
        Some("2.1.0") => {}
        Some(other) => return unsupported(format!("SARIF log of version {other:?}"), "only 2.1.0 is known"),
        None => return unsupported("SARIF log without a version".to_owned(), "only 2.1.0 is known"),
    }
    if log.runs.is_empty() {
        return unsupported("SARIF log without a run: no tool says anything".to_owned(), "scan again");
    }
    let digest = Digest::sha256(bytes);
    let elsewhere = !log.inline_properties.is_empty();
    let runs = log.runs.iter().enumerate();
    runs.map(|(index, run)| Ok(Report { run: index, ..read_run(run, digest, elsewhere)? })).collect()
}

fn read_run(run: &Run<'_>, digest: Digest, elsewhere: bool) -> Result<Report, ReportError> {
    let driver = &run.tool.driver;
    let author = Author::of(&driver.name);
    let rules = Rules::new(&run.tool);
    let results = run.results.as_deref().unwrap_or_default();
    let mut faults = faults(run);
    if elsewhere || !run.external.0.is_empty() {
        faults.push("parts of the run are in other files, which are not read".to_owned());
    }
    let compared = results.iter().filter(|result| !result.baseline.is_empty()).count();
    if compared > 0 && compared < results.len() {
        faults.push("some results are compared with an earlier run and some are not".to_owned());
    }
    // `absent`: was found earlier, and now is not.
    let present = results.iter().filter(|result| &*result.baseline != "absent");
    let cases = present.map(|result| Case::new(result, &rules, &run.invocations));
    let version = [&driver.version, &driver.semantic_version].into_iter().find(|version| !version.is_empty());
    Ok(Report {
        digest,
        run: 0,
        format: Format::Sarif,
        tool: Tool {
            name: author.map_or_else(|| driver.name.to_string(), |author| author.name().to_owned()),
            version: version.map(|version| version.to_string()),
        },
        created: created(&run.invocations)?,
        database: None,
        target: target(run)?,
        os: None,
        coverage: None,
        filters: Vec::new(),
        findings: cases.filter_map(|case| Author::finding(author, &case)).collect(),
        faults,
    })
}

/// A tool whose texts are read.
#[derive(Clone, Copy)]
enum Author {
    /// An early Grype, which writes each result as suppressed and unchanged, whatever it is.
    EarlyGrype,
    Grype,
    Osv,
    Trivy,
}

impl Author {
    fn of(driver: &str) -> Option<Self> {
        match driver {
            "Anchore Container Vulnerability Report (T0)" => Some(Self::EarlyGrype),
            name if name.eq_ignore_ascii_case("grype") => Some(Self::Grype),
            name if name.eq_ignore_ascii_case("osv-scanner") => Some(Self::Osv),
            name if name.eq_ignore_ascii_case("trivy") => Some(Self::Trivy),
            _ => None,
        }
    }

    /// As the tool's other reports have it.
    fn name(self) -> &'static str {
        match self {
            Self::EarlyGrype | Self::Grype => "grype",
            Self::Osv => "osv-scanner",
            Self::Trivy => "trivy",
        }
    }

    fn finding(author: Option<Self>, case: &Case<'_>) -> Option<Finding> {
        let found = case.finding()?;
        let is_failure = matches!(&*case.result.kind, "" | "fail");
        Some(match author {
            Some(Self::EarlyGrype) => Finding { suppressed: None, ..found },
            Some(Self::Grype) if is_failure => grype::finding(case, found),
            Some(Self::Osv) if is_failure => osv::finding(case, found),
            Some(Self::Trivy) if is_failure => trivy::finding(case, found),
            _ => found,
        })
    }
}

/// Why a run is not the whole result of a tool that went well (3.14.23, 3.20.14, 3.20.21, 3.20.22).
fn faults(run: &Run<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    if run.results.is_none() {
        faults.push("the run has no list of results: the tool did not run".to_owned());
    }
    for invocation in &run.invocations {
        if invocation.successful == Some(false) {
            faults.push("the tool says that its run failed".to_owned());
        }
        let notifications = invocation.execution.iter().chain(&invocation.configuration);
        for error in notifications.filter(|one| &*one.level == "error") {
            let text = error.message.text.lines().next().unwrap_or_default();
            faults.push(format!("the tool reports an error: {}", result::shortened(text)));
        }
    }
    faults
}

/// When the first of the invocations ended, or began.
fn created(invocations: &[Invocation<'_>]) -> Result<Option<Timestamp>, ReportError> {
    let mut first: Option<Timestamp> = None;
    for invocation in invocations {
        let ended = time("endTimeUtc", &invocation.ended)?;
        let made = ended.or(time("startTimeUtc", &invocation.started)?);
        first = match (first, made) {
            (Some(first), Some(made)) => Some(first.min(made)),
            (first, made) => first.or(made),
        };
    }
    Ok(first)
}

/// What Trivy says of an image (`pkg/report/sarif.go`). Nobody else says what was scanned.
fn target(run: &Run<'_>) -> Result<Target, ReportError> {
    let said = &run.properties;
    if !matches!(Author::of(&run.tool.driver.name), Some(Author::Trivy)) {
        return Ok(Target::default());
    }
    let image = said.image_name.0.is_some() || said.image_id.0.is_some() || said.repo_digests.is_some();
    Ok(Target {
        kind: if image { "container_image".to_owned() } else { String::new() },
        name: said.image_name.0.clone().unwrap_or_default(),
        image_id: digest("imageID", said.image_id.0.as_deref().unwrap_or_default())?,
        repo_digests: said.repo_digests.clone().unwrap_or_default().0,
        ..Target::default()
    })
}

#[cfg(test)]
mod tests;
