//! `portcullis sbom verify`.

use std::path::PathBuf;

use clap::Args;
use portcullis::package::FileDetail;
use portcullis::pipeline::Scope;
use portcullis::report;
use portcullis::sbom::drift;
use portcullis::sbom::drift::Drift;
use portcullis::sbom::drift::Tolerance;
use portcullis::sbom::drift::Verdict;
use serde::Serialize;

use super::Place;
use super::PlatformChoice;
use super::Request;
use super::diff;
use crate::cli::Outcome;
use crate::cli::arguments::RegistryArguments;
use crate::cli::arguments::offline;
use crate::cli::output;
use crate::cli::output::Exit;
use crate::cli::output::Format;
use crate::cli::output::Problem;

/// Whether a document lists what is in the image
///
/// Looks into the image again and compares by package URLs. Exit code 0: it does, 1: it lists something else, or is about
/// another image.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// The image, archive, directory or file
    #[arg(value_name = "SOURCE")]
    source: String,
    /// The document: SPDX, CycloneDX JSON or syft JSON, by whatever tool; - is stdin
    #[arg(value_name = "SBOM")]
    document: PathBuf,
    /// How many differences are let pass, in per cent of the packages of an ecosystem; never any of the operating
    /// system's
    #[arg(long, value_name = "PERCENT", default_value_t = 0)]
    tolerance: u8,
    /// A platform of an index, such as linux/arm64. Default: that of this machine, or the only one
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<PlatformChoice>,
    /// Leave out what matches: ./path, */name or **/name; can be repeated
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Output format
    #[arg(long, short = 'o', visible_alias = "output", value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Open no socket; SOURCE must be on disk
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    registry: RegistryArguments,
}

impl Options {
    /// How the result is written.
    pub(super) fn format(&self) -> Format {
        self.format
    }
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let listing = diff::read(&options.document)?;
    let open = |reference: &_| {
        if options.offline { Err(offline(reference)) } else { options.registry.open(&[reference]) }
    };
    let request = Request {
        text: &options.source,
        place: Place::parse(&options.source)?,
        platform: options.platform.clone().unwrap_or_default(),
        base: &[],
        chosen: &[],
        exclude: &options.exclude,
        files: FileDetail::None,
        scope: Scope::Squashed,
        quiet: false,
        offline: options.offline,
        open: &open,
    };
    let [inventory] = request.run()?.try_into().map_err(|_| {
        Problem::usage("a document is about one platform").hint("name it: --platform linux/amd64")
    })?;
    super::warn(&inventory);
    let drift = drift::drift(&inventory, &listing, &Tolerance::other_tool(options.tolerance));
    output::stdout(|mut out| match options.format {
        Format::Json => {
            output::json(&Document { schema_version: report::SCHEMA_VERSION, drift: &drift }, out)
        }
        Format::Text => report::drift_text(&options.source, &drift, &mut out),
    })?;
    Ok(if drift.verdict == Verdict::Match { Exit::Pass } else { Exit::Refused })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    #[serde(flatten)]
    drift: &'a Drift,
}
