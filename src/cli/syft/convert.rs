//! `syft convert`.

use std::path::PathBuf;

use clap::Args;
use portcullis::package::DocumentOptions;
use portcullis::package::FileDetail;

use super::arguments::GlobalFlags;
use super::arguments::OutputFlags;
use super::scan;
use super::settings;
use crate::cli::output::Problem;
use crate::cli::sbom;
use crate::cli::sbom::convert;
use crate::cli::sbom::convert::Target;

/// Convert between SBOM formats
///
/// SPDX, CycloneDX JSON and syft JSON are read. SPDX 2 becomes SPDX 2 whole; of everything else, what the target has no
/// place for is told on stderr.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// a document, or - for stdin
    #[arg(value_name = "SOURCE-SBOM")]
    source: Vec<PathBuf>,
    #[command(flatten)]
    output: OutputFlags,
}

/// Runs the command.
pub(super) fn run(options: &Options, global: &GlobalFlags) -> Result<(), Problem> {
    let settings = settings::read(global)?;
    let [path] = options.source.as_slice() else {
        return Err(Problem::usage(match options.source.len() {
            0 => "an SBOM argument is required".to_owned(),
            more => format!("an SBOM argument is required: 1 expected, {more} given"),
        }));
    };
    scan::refuse_template(&options.output)?;
    let texts = settings.output.unless(&options.output.output);
    let outputs = scan::outputs(&texts, options.output.file.as_deref(), &settings)?.map(Target::Format);
    let made = DocumentOptions {
        files: FileDetail::All,
        layout: scan::layout(&settings),
        ..DocumentOptions::new(sbom::created()?)
    };
    let losses = convert::convert(path, &outputs, &made)?;
    if !settings.is_quiet(global) {
        losses.warn();
    }
    Ok(())
}
