//! `portcullis gate`: the decision.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use portcullis::crypto::PublicKey;
use portcullis::gate::Decision;
use portcullis::gate::Policy;
use portcullis::limits;
use portcullis::pipeline;
use portcullis::pipeline::Gated;
use portcullis::pipeline::Inputs;
use portcullis::report;
use portcullis::source::FileRole;
use serde::Serialize;

use super::Outcome;
use super::allowlist;
use super::archive;
use super::arguments;
use super::arguments::ImageArguments;
use super::arguments::TrustArguments;
use super::context;
use super::output;
use super::output::ErrorDocument;
use super::output::Exit;
use super::output::Format;
use super::output::Problem;
use super::reports::DecisionReports;
use super::vex;

/// Decide whether an image may be promoted
///
/// Resolves the image, verifies its signatures and attestations, judges its SBOM and scan reports, and says
/// for every rule of the policy what was found. Signatures in another repository: COSIGN_REPOSITORY names it. Exit code 0: promote, 1: refuse, 2: could not decide.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// Write a Markdown summary to this file, - for stdout (and to $GITHUB_STEP_SUMMARY, if set)
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Output format
    #[arg(long, short = 'o', visible_alias = "output", value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    #[command(flatten)]
    reports: DecisionReports,
    #[command(flatten)]
    judging: Judging,
}

/// What an image is judged by.
#[derive(Args, Debug)]
pub(super) struct Judging {
    /// What must hold, in YAML; oci-archive:FILE takes the policy in an archive of evidence
    #[arg(long, value_name = "FILE", default_value = "portcullis.yaml")]
    policy: PathBuf,
    /// Scan report of the image, of any form that `portcullis scan` reads, - for stdin; can be repeated
    #[arg(long, value_name = "FILE")]
    scan: Vec<PathBuf>,
    /// Judge ages and expiries as of this time (such as 2026-11-24T09:00:00Z) instead of now
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    #[command(flatten)]
    trust: TrustArguments,
    #[command(flatten)]
    image: ImageArguments,
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    match options.judging.judge() {
        Ok(gated) => show(options, &gated),
        Err(problem) => show_problem(options, problem),
    }
}

impl Judging {
    /// Judges it.
    pub(super) fn judge(&self) -> Result<Gated, Problem> {
        let (policy, keys) = read_policy(&self.policy)?;
        let policy = match self.image.named_platforms() {
            [] => policy,
            platforms => policy.with_platforms(platforms.to_vec()),
        };
        let reference = self.image.reference()?;
        let source = self.image.source(&reference)?;
        let reports: Vec<(String, Result<Vec<u8>, String>)> =
            self.scan.iter().map(|path| read_report(path)).collect();
        let (root, requirements) = self.trust.root()?;
        let inputs = Inputs {
            image: &reference,
            policy: &policy,
            keys: &keys,
            root: &root,
            reports: &reports,
            lookup: &self.image.lookup()?,
            requirements,
        };
        let now = self.at.unwrap_or_else(context::now);
        let gated = context::block_on(&source, pipeline::gate_image(&source, &inputs, now))?;
        gated.map_err(|error| {
            let next = output::next_of_unread(&error);
            Problem::new(&error).code(error.rule()).hint(format!(
                "{next}; nothing was decided, and an image that cannot be read is not promoted"
            ))
        })
    }
}

fn show(options: &Options, gated: &Gated) -> Outcome {
    let decision = &gated.decision;
    // Stdout is for one document.
    let beside = options.summary.as_deref() != Some(Path::new("-"));
    output::stdout(|out| match options.format {
        _ if !beside => Ok(()),
        Format::Json => report::json(decision, out),
        Format::Text => report::text(decision, out),
    })?;
    let mut markdown = Vec::new();
    report::markdown(decision, &mut markdown)?;
    summarize(options, &markdown).map_err(Problem::documented)?;
    options.reports.write(decision).map_err(Problem::documented)?;
    Ok(match decision {
        Decision::Promote(_) => Exit::Pass,
        Decision::Refuse(_) => Exit::Refused,
        Decision::Undecided(_) => Exit::Undecided,
    })
}

/// Writes the Markdown where it was asked for.
fn summarize(options: &Options, markdown: &[u8]) -> Result<(), Problem> {
    if let Some(path) = &options.summary {
        output::write_file(path, markdown)?;
    }
    match context::path_variable("GITHUB_STEP_SUMMARY") {
        Some(path) => append(&path, markdown),
        None => Ok(()),
    }
}

/// What cannot even be read: no rule was judged.
fn show_problem(options: &Options, problem: Problem) -> Outcome {
    if options.format == Format::Json {
        let document = Undecided {
            schema_version: report::SCHEMA_VERSION,
            decision: "undecided",
            image: ImageDocument { reference: options.judging.image.text() },
            error: problem.document(),
        };
        output::stdout(|out| output::json(&document, out))?;
    }
    let mut markdown = Vec::new();
    report::markdown_undecided(&options.judging.image.text(), problem.message(), &mut markdown)?;
    summarize(options, &markdown).map_err(Problem::documented)?;
    Err(problem.documented())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Undecided {
    schema_version: u32,
    decision: &'static str,
    image: ImageDocument,
    error: ErrorDocument,
}

#[derive(Serialize)]
struct ImageDocument {
    reference: String,
}

/// The policy, and the keys, the allowlist and the VEX files that it names, which lie beside it.
fn read_policy(path: &Path) -> Result<(Policy, Vec<PublicKey>), Problem> {
    let bytes = archive::read_or_file(path, FileRole::Policy, limits::POLICY_BYTES)
        .map_err(|problem| problem.hint("write a policy (see the README), or name one with --policy FILE"))?;
    let problem = |error| Problem::new(format_args!("{}: {error}", path.display())).code("policy");
    let mut policy = Policy::from_slice(&bytes).map_err(problem)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut keys: Vec<PublicKey> = Vec::new();
    policy.load_keys(|name| {
        let key = match archive::packed(path) {
            Some(file) => archive::read_key(file, name)?,
            None => arguments::read_key(&folder.join(name))?,
        };
        let fingerprint = key.fingerprint();
        if keys.iter().all(|known| known.fingerprint() != fingerprint) {
            keys.push(key);
        }
        Ok::<_, Problem>(fingerprint)
    })?;
    policy.load_allowlist(|name| match archive::packed(path) {
        Some(file) => {
            let bytes = archive::read_named(file, FileRole::Allowlist, name, limits::ALLOWLIST_BYTES)?;
            allowlist::parse(Path::new(name), &bytes)
        }
        None => allowlist::read(&folder.join(name)),
    })?;
    policy.load_vex(|name| match archive::packed(path) {
        Some(file) => {
            vex::parse(Path::new(name), &archive::read_named(file, FileRole::Vex, name, limits::VEX_BYTES)?)
        }
        None => vex::read(&folder.join(name)),
    })?;
    Ok((policy, keys))
}

fn read_report(path: &Path) -> (String, Result<Vec<u8>, String>) {
    let bytes = context::read_bounded(path, limits::SCAN_REPORT_BYTES);
    (path.display().to_string(), bytes.map_err(|error| format!("cannot be read: {error}")))
}

/// GitHub collects what all steps append to one file.
fn append(path: &Path, content: &[u8]) -> Result<(), Problem> {
    let file = OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(content)).map_err(|error| {
        Problem::new(format_args!("cannot write GITHUB_STEP_SUMMARY: {error}")).code("output")
    })
}
