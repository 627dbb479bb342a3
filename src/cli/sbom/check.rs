//! `portcullis sbom check`.

use clap::Args;

use crate::cli::Outcome;
use crate::cli::output::Format;
use crate::cli::output::Problem;

/// Not there yet
#[derive(Args, Debug)]
pub(super) struct Options {
    #[arg(value_name = "DOCUMENT")]
    document: String,
}

impl Options {
    pub(super) fn format(&self) -> Format {
        Format::Text
    }
}

pub(super) fn run(options: &Options) -> Outcome {
    Err(Problem::usage(format_args!("{}: not there yet", options.document)))
}
