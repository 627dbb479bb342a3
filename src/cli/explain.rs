//! `portcullis explain`: one finding.

use clap::Args;
use portcullis::gate::Rule;
use portcullis::gate::Status;
use portcullis::gate::Verdict;
use portcullis::report;

use super::Outcome;
use super::gate::Judging;
use super::output;
use super::output::Exit;
use super::output::Format;

/// Say why a finding blocks an image, or does not
///
/// Judges the image as `portcullis gate` does and shows what was made of one finding: who found it, which rule applied,
/// which entry of the allowlist accepts it or why none does, and what to change. Exit code 0: it does not block, 1: it
/// blocks, 2: it is not known.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// Identifier or alias of the finding, such as CVE-2026-0001
    #[arg(value_name = "ID")]
    id: String,
    /// Output format
    #[arg(long, short = 'o', visible_alias = "output", value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    #[command(flatten)]
    judging: Judging,
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let gated = options.judging.judge()?;
    let decision = &gated.decision;
    output::stdout(|out| match options.format {
        Format::Json => report::explain_json(decision, &options.id, out),
        Format::Text => report::explain_text(decision, &options.id, out),
    })?;
    let found = report::explained(decision, &options.id);
    // What was not read, or is about another image, may name it.
    let about_reports = |rule: Rule| {
        matches!(rule, Rule::ScanBinding | Rule::ScanComplete | Rule::ScanFound | Rule::ScanReadable)
    };
    let open =
        decision.judgement().rules().iter().any(|result| {
            about_reports(result.rule) && matches!(result.status, Status::Fail | Status::Unknown)
        });
    Ok(if found.iter().any(|found| found.verdict == Verdict::Blocks) {
        Exit::Refused
    } else if open || decision.judgement().scans().next().is_none() {
        Exit::Undecided
    } else {
        Exit::Pass
    })
}
