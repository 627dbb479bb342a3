//! `portcullis sbom diff`.

use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use clap::ValueEnum;
use portcullis::limits;
use portcullis::report;
use portcullis::sbom::Listing;
use portcullis::sbom::diff;
use portcullis::sbom::diff::Difference;
use serde::Serialize;

use crate::cli::Outcome;
use crate::cli::context;
use crate::cli::output;
use crate::cli::output::Exit;
use crate::cli::output::Format;
use crate::cli::output::Problem;

/// What changed between two documents
///
/// Packages that were added, removed, upgraded or downgraded, and those whose licence, supplier or, with the same
/// version, content changed. SPDX, CycloneDX JSON and syft JSON, in any combination.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// The earlier document
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// The later document; - is stdin
    #[arg(value_name = "AFTER")]
    after: PathBuf,
    /// Output format
    #[arg(long, short = 'o', visible_alias = "output", value_enum, default_value_t = DiffFormat::Text)]
    format: DiffFormat,
    /// Rows of a Markdown table; what is beyond is counted
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    rows: usize,
    /// Exit with 1 if anything changed
    #[arg(long)]
    exit_code: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum DiffFormat {
    /// One JSON document
    Json,
    /// For a comment or summary
    Markdown,
    /// For people
    Text,
}

impl Options {
    /// How a problem is written.
    pub(super) fn format(&self) -> Format {
        if self.format == DiffFormat::Json { Format::Json } else { Format::Text }
    }
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let difference = diff::diff(&read(&options.before)?, &read(&options.after)?);
    output::stdout(|mut out| match options.format {
        DiffFormat::Json => output::json(&Document::new(&difference), out),
        DiffFormat::Markdown => report::diff_markdown(&difference, options.rows, &mut out),
        DiffFormat::Text => report::diff_text(&difference, &mut out),
    })?;
    let refused = options.exit_code && !difference.changes.is_empty();
    Ok(if refused { Exit::Refused } else { Exit::Pass })
}

/// What a document lists.
pub(super) fn read(path: &Path) -> Result<Listing, Problem> {
    let bytes = context::read_file(path, limits::ATTACHMENT_BYTES)?;
    Listing::from_slice(&bytes).map_err(|error| {
        Problem::new(format_args!("{}: {error}", path.display()))
            .code("sbom")
            .hint("SPDX, CycloneDX JSON and syft JSON are read, and in-toto statements that hold SPDX")
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    result: &'static str,
    #[serde(flatten)]
    difference: &'a Difference,
}

impl<'a> Document<'a> {
    fn new(difference: &'a Difference) -> Self {
        let result = if difference.changes.is_empty() { "same" } else { "changed" };
        Self { schema_version: report::SCHEMA_VERSION, result, difference }
    }
}
