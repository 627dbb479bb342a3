//! `syft convert`.

use clap::Args;

use super::arguments::GlobalFlags;
use super::arguments::OutputFlags;
use crate::cli::output::Problem;

/// Convert between SBOM formats
#[derive(Args, Debug)]
pub(super) struct Options {
    /// a document, or - for stdin
    #[arg(value_name = "SOURCE-SBOM")]
    source: String,
    #[command(flatten)]
    output: OutputFlags,
}

/// Runs the command.
pub(super) fn run(options: &Options, _global: &GlobalFlags) -> Result<(), Problem> {
    let _ = &options.output;
    Err(Problem::usage(format_args!("{}: not converted yet", options.source)))
}
