//! `portcullis scan`: reports alone.

use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use portcullis::gate;
use portcullis::gate::Failure;
use portcullis::gate::ReportsJudgement;
use portcullis::gate::ReportsVerdict;
use portcullis::gate::ScanPolicy;
use portcullis::limits;
use portcullis::report;
use portcullis::scan;
use portcullis::scan::Report;

use super::Outcome;
use super::allowlist;
use super::context;
use super::output;
use super::output::Exit;
use super::output::Format;
use super::output::Problem;
use super::reports::CiReports;

/// Judge scan reports, without an image
///
/// Reads what scanners wrote, in whatever form they wrote it, and says whether a finding counts and whether the report can be
/// relied on. No image is looked at, so nothing is approved: `portcullis gate` does that.
/// Exit code 0: pass, 1: block, 2: the report cannot be relied on.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// Scan report, - for stdin
    #[arg(value_name = "REPORT", required = true)]
    reports: Vec<PathBuf>,
    /// Rules in YAML: those under `scan` and `allowlist` count. The flags below change them
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Findings that are accepted for a time; instead of the file that the policy names
    #[arg(long, value_name = "FILE")]
    allowlist: Option<PathBuf>,
    /// Severities that are not accepted, as HIGH,CRITICAL
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    fail_on: Vec<String>,
    /// Accept vulnerabilities that have no fixed version
    #[arg(long)]
    ignore_unfixed: bool,
    /// Oldest report, as 24h or 7d; none for any
    #[arg(long, value_name = "AGE")]
    max_age: Option<String>,
    /// Accept reports that do not say which image they are about
    #[arg(long)]
    unbound: bool,
    /// Judge ages and expiries as of this time (such as 2026-11-24T09:00:00Z) instead of now
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Write a Markdown summary to this file, - for stdout
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    #[command(flatten)]
    ci: CiReports,
    /// Output format
    #[arg(long, short = 'o', visible_alias = "output", value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let policy = policy(options)?;
    let reports: Vec<(String, Result<Report, Failure>)> =
        options.reports.iter().flat_map(|path| read(path)).collect();
    let now = options.at.unwrap_or_else(context::now);
    let judgement = gate::evaluate_reports(&policy, &reports, now);
    if let Some(path) = &options.summary {
        let mut markdown = Vec::new();
        report::scan_markdown(&judgement, &mut markdown)?;
        output::write_file(path, &markdown)?;
    }
    options.ci.write("scan", &judgement.rules, &judgement.findings)?;
    if options.summary.as_deref() != Some(Path::new("-")) {
        output::stdout(|out| show(options.format, &judgement, out))?;
    }
    Ok(match judgement.verdict {
        ReportsVerdict::Pass => Exit::Pass,
        ReportsVerdict::Block => Exit::Refused,
        ReportsVerdict::Refuse => Exit::Undecided,
    })
}

fn show(format: Format, judgement: &ReportsJudgement, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Json => report::scan_json(judgement, out),
        Format::Text => report::scan_text(judgement, out),
    }
}

fn policy(options: &Options) -> Result<ScanPolicy, Problem> {
    let policy = match &options.policy {
        None => ScanPolicy::reports_alone().map_err(|error| Problem::new(error).code("policy"))?,
        Some(path) => {
            let bytes = context::read_file(path, limits::POLICY_BYTES)?;
            ScanPolicy::from_slice(&bytes)
                .map_err(|error| Problem::new(format_args!("{}: {error}", path.display())).code("policy"))?
        }
    };
    let named = policy.allowlist().file.as_ref().zip(options.policy.as_ref());
    let beside = named.map(|(file, policy)| policy.parent().unwrap_or(Path::new(".")).join(file));
    let policy = match options.allowlist.clone().or(beside) {
        Some(file) => policy.with_allowlist(allowlist::read(&file)?),
        None => policy,
    };
    let policy = policy.with_flags(&gate::ScanFlags {
        fail_on: &options.fail_on,
        ignore_unfixed: options.ignore_unfixed,
        max_age: options.max_age.as_deref(),
        unbound: options.unbound,
    });
    policy.map_err(|error| Problem::usage(error).hint("see portcullis scan --help"))
}

/// A report for each run of a file.
fn read(path: &Path) -> Vec<(String, Result<Report, Failure>)> {
    let place = path.display().to_string();
    let failed = |failure| vec![(place.clone(), Err(failure))];
    let bytes = match context::read_bounded(path, limits::SCAN_REPORT_BYTES) {
        Ok(bytes) => bytes,
        Err(error) => return failed(Failure::unreachable(&place, format_args!("cannot be read: {error}"))),
    };
    match scan::read(&bytes) {
        Ok(reports) => reports.into_iter().map(|report| (place.clone(), Ok(report))).collect(),
        Err(error) => failed(Failure::refused(&place, error)),
    }
}
