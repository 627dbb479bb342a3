//! What a judgement is written to besides stdout: files for people, for other programs, and for the CI system's own view.

use std::io;
use std::path::PathBuf;

use clap::Args;
use portcullis::gate::Decision;
use portcullis::gate::JudgedFinding;
use portcullis::gate::RuleResult;
use portcullis::report;
use portcullis::report::CiSystem;

use super::context;
use super::output;
use super::output::Problem;
use super::output::say;

/// Files in the forms of CI systems.
#[derive(Args, Debug)]
pub(super) struct CiReports {
    /// Write SARIF 2.1.0 for code scanning to this file
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
    /// Write JUnit XML to this file: a test case for each rule and each finding that counts
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write a code quality report for GitLab to this file
    #[arg(long, value_name = "FILE")]
    code_quality: Option<PathBuf>,
}

impl CiReports {
    /// Writes them, and annotates the log of GitHub Actions and Azure Pipelines.
    pub(super) fn write(
        &self,
        name: &str,
        rules: &[RuleResult],
        findings: &[JudgedFinding],
    ) -> Result<(), Problem> {
        to_file(self.sarif.as_ref(), |out| report::sarif(name, rules, findings, out))?;
        to_file(self.junit.as_ref(), |out| report::junit(name, rules, findings, out))?;
        to_file(self.code_quality.as_ref(), |out| report::code_quality(name, rules, findings, out))?;
        if let Some(system) = system() {
            let mut lines = Vec::new();
            report::annotations(system, rules, findings, &mut lines)?;
            String::from_utf8_lossy(&lines).lines().for_each(|line| say(format_args!("{line}")));
        }
        Ok(())
    }
}

/// The decision in other forms.
#[derive(Args, Debug)]
pub(super) struct DecisionReports {
    /// Write one HTML page for reviewers to this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the decision record to this file: canonical JSON with every finding and why
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Write an in-toto statement with a SLSA verification summary to this file, to be signed and attached
    #[arg(long, value_name = "FILE")]
    vsa: Option<PathBuf>,
    #[command(flatten)]
    ci: CiReports,
}

impl DecisionReports {
    /// Writes them.
    pub(super) fn write(&self, decision: &Decision) -> Result<(), Problem> {
        to_file(self.html.as_ref(), |out| report::html(decision, out))?;
        to_file(self.record.as_ref(), |out| report::record(decision, out))?;
        to_file(self.vsa.as_ref(), |out| report::vsa(decision, out))?;
        let judgement = decision.judgement();
        self.ci.write(&judgement.image().reference, judgement.rules(), judgement.findings())
    }
}

fn to_file(
    path: Option<&PathBuf>,
    write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
) -> Result<(), Problem> {
    let Some(path) = path else { return Ok(()) };
    let mut bytes = Vec::new();
    write(&mut bytes)?;
    output::write_file(path, &bytes)
}

/// The CI system whose log this is, by the variable that each documents.
fn system() -> Option<CiSystem> {
    let is_set = |name| context::variable(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if is_set("GITHUB_ACTIONS") {
        Some(CiSystem::GitHub)
    } else if is_set("TF_BUILD") {
        Some(CiSystem::Azure)
    } else {
        None
    }
}
