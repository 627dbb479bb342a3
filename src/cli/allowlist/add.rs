//! `portcullis allowlist add`.

use std::path::PathBuf;

use clap::Args;
use portcullis::allowlist::Draft;
use portcullis::allowlist::edit;
use portcullis::allowlist::import;
use portcullis::allowlist::import::Row;

use super::reports::ReportArguments;
use super::terms::TermArguments;
use crate::cli::Outcome;
use crate::cli::output;
use crate::cli::output::Exit;
use crate::cli::output::Problem;
use crate::cli::output::say;

/// Accept a finding for a time
///
/// Keeps the comments and the order of the list. With reports, severity and fixed version are recorded, and without
/// --package and --path an entry is added for each package in which they have the finding.
#[derive(Args, Debug)]
pub(in crate::cli) struct Options {
    /// Identifier of the finding
    #[arg(value_name = "ID")]
    id: String,
    /// The list
    #[arg(value_name = "FILE", default_value = "allowlist.yaml")]
    file: PathBuf,
    /// Name or package URL of the package
    #[arg(long, value_name = "PACKAGE")]
    package: Option<String>,
    /// Installed versions that it is limited to, as ">=1.2, <1.5"
    #[arg(long, value_name = "RANGE")]
    versions: Option<String>,
    /// Glob for the file
    #[arg(long, value_name = "GLOB")]
    path: Option<String>,
    /// Digest of the image, or glob for its repository
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
    /// Platform of the image, as linux/amd64
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
    /// Limits it to the environment of --environment
    #[arg(long, requires = "environment")]
    only_environment: bool,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    terms: TermArguments,
    #[command(flatten)]
    reports: ReportArguments,
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let before = super::read_or_begin(&options.file)?;
    let terms = options.terms.terms(&options.reason);
    let row = Row {
        text: options.id.clone(),
        id: Some(options.id.clone()),
        package: options.package.clone(),
        versions: options.versions.clone(),
        path: options.path.clone(),
        reason: Some(options.reason.clone()),
        expires: Some(terms.expires),
        ..Row::default()
    };
    let reports = options.reports.read()?;
    let import = import::from_rows(&[row], &terms, &reports.findings());
    if let ([], Some(remark)) = (import.drafts.as_slice(), import.remarks.first()) {
        return Err(Problem::usage(format_args!("cannot add {}: {}", options.id, remark.reason))
            .hint("say where it is: --package or --path"));
    }
    let environment = if options.only_environment { options.reports.environment() } else { None };
    let within = |draft: Draft| Draft {
        image: options.image.clone(),
        platform: options.platform.clone(),
        environment: environment.clone(),
        ..draft
    };
    let drafts: Vec<Draft> = import.drafts.into_iter().map(within).collect();
    let after = edit::add(&before, &drafts).map_err(|error| {
        Problem::new(format_args!("{}: {error}", options.file.display())).code("allowlist")
    })?;
    output::write_file(&options.file, after.as_bytes())?;
    for draft in &drafts {
        let place = draft.package.as_ref().or(draft.path.as_ref()).map_or("", String::as_str);
        say(format_args!("added {} in {place} until {}", draft.id, draft.expires));
    }
    Ok(Exit::Pass)
}
