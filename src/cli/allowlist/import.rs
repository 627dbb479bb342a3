//! `portcullis allowlist import`.

use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use portcullis::allowlist::edit;
use portcullis::allowlist::import;
use portcullis::allowlist::import::Fate;
use portcullis::allowlist::import::Origin;
use portcullis::limits;
use portcullis::report::printable;

use super::reports::ReportArguments;
use super::terms::TermArguments;
use crate::cli::Outcome;
use crate::cli::context;
use crate::cli::output;
use crate::cli::output::Exit;
use crate::cli::output::Problem;
use crate::cli::output::say;

/// Take over what another tool accepts
///
/// Reads .trivyignore, .trivyignore.yaml, the configuration of Grype and osv-scanner.toml. An identifier alone is taken
/// over for the packages in which the reports have it. What cannot be taken over, or says something else now, is on
/// stderr. Exit code 0: all was taken over, 1: something was left out.
#[derive(Args, Debug)]
pub(in crate::cli) struct Options {
    /// The file of the other tool
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// trivyignore, trivyignore-yaml, grype or osv-scanner. Default: by the name of the file
    #[arg(long, value_name = "TOOL", value_parser = origin)]
    from: Option<Origin>,
    /// Add to this list instead of writing a new one to stdout
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
    /// Why, where the file gives no reason
    #[arg(long, value_name = "TEXT", default_value = "taken over without a reason")]
    reason: String,
    #[command(flatten)]
    terms: TermArguments,
    #[command(flatten)]
    reports: ReportArguments,
}

fn origin(name: &str) -> Result<Origin, String> {
    Origin::ALL.into_iter().find(|origin| origin.as_str() == name).ok_or_else(|| {
        let names = Origin::ALL.map(Origin::as_str);
        format!("there are {}", names.join(", "))
    })
}

fn origin_of(path: &Path) -> Option<Origin> {
    let name = path.file_name()?.to_str()?;
    Some(match name {
        ".trivyignore" => Origin::Trivyignore,
        ".trivyignore.yaml" | ".trivyignore.yml" => Origin::TrivyignoreYaml,
        ".grype.yaml" | ".grype.yml" | "grype.yaml" => Origin::Grype,
        "osv-scanner.toml" => Origin::OsvScanner,
        _ => return None,
    })
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let path = &options.file;
    let unreadable = |error: &dyn std::fmt::Display| {
        Problem::new(format_args!("{}: {error}", path.display())).code("import")
    };
    let origin = options.from.or_else(|| origin_of(path)).ok_or_else(|| {
        Problem::usage(format_args!("{} is not named as the file of a tool that is known", path.display()))
            .hint("say whose it is: --from trivyignore")
    })?;
    let bytes = context::read_file(path, limits::ALLOWLIST_BYTES)?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable(&"it is not UTF-8 text"))?;
    let reports = options.reports.read()?;
    let terms = options.terms.terms(&options.reason);
    let import =
        import::import(origin, &text, &terms, &reports.findings()).map_err(|error| unreadable(&error))?;
    let before = match &options.into {
        Some(list) => super::read_or_begin(list)?,
        None => edit::EMPTY.to_owned(),
    };
    let after = edit::add(&before, &import.drafts).map_err(|error| unreadable(&error))?;
    match &options.into {
        Some(list) => output::write_file(list, after.as_bytes())?,
        None => output::stdout(|out| out.write_all(after.as_bytes()))?,
    }
    for remark in &import.remarks {
        let word = match remark.fate {
            Fate::Changed => "changed",
            Fate::LeftOut => "left out",
        };
        let line = remark.line.map_or_else(String::new, |line| format!(":{line}"));
        let (text, reason) = (printable(&remark.text), printable(&remark.reason));
        say(format_args!("{}{line}: {word}: {text}: {reason}", path.display()));
    }
    let left_out = import.remarks.iter().filter(|remark| remark.fate == Fate::LeftOut).count();
    say(format_args!("{} entries, {left_out} left out", import.drafts.len()));
    Ok(if left_out == 0 { Exit::Pass } else { Exit::Refused })
}
