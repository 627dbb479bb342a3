//! `portcullis sbom convert`.

use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use portcullis::limits;
use portcullis::report::printable;
use portcullis::spdx::Attested;
use portcullis::spdx::Conversion;
use portcullis::spdx::Form;
use portcullis::spdx::Layout;
use portcullis::spdx::Model;
use portcullis::spdx::Target;
use portcullis::spdx::Version;

use crate::cli::Outcome;
use crate::cli::context;
use crate::cli::output;
use crate::cli::output::Exit;
use crate::cli::output::Problem;
use crate::cli::output::say;

/// Convert an SPDX document to another form or version
///
/// Reads JSON, tag-value and YAML of SPDX 2, and SPDX 3; a document, or an in-toto statement or envelope around one.
/// What the target has no place for is told on stderr.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// The document; - is stdin
    #[arg(value_name = "DOCUMENT")]
    document: PathBuf,
    /// FORMAT or FORMAT=FILE: spdx-json, spdx-tag-value, spdx-yaml; @2.2 or @2.3 after it changes the version
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "spdx-json")]
    output: Vec<String>,
    /// Indent JSON
    #[arg(long)]
    pretty: bool,
    /// Exit with 1 if anything is lost
    #[arg(long)]
    lossless: bool,
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let text = read(&options.document)?;
    let layout = if options.pretty { Layout::Pretty } else { Layout::Compact };
    let mut is_lossless = true;
    for output in &options.output {
        let (format, file) = match output.split_once('=') {
            Some((format, file)) => (format, Some(Path::new(file))),
            None => (output.as_str(), None),
        };
        let Conversion { text, losses } = convert(&options.document, &text, target(format, layout)?)?;
        is_lossless &= losses.is_empty();
        for loss in &losses {
            say(format_args!("warning: {}", printable(loss)));
        }
        output::write_file(file.unwrap_or(Path::new("-")), text.as_bytes())?;
    }
    Ok(if is_lossless || !options.lossless { Exit::Pass } else { Exit::Refused })
}

/// The text of a document, taken out of the statement that attests it where there is one.
pub(in crate::cli) fn read(path: &Path) -> Result<String, Problem> {
    let bytes = context::read_file(path, limits::ATTACHMENT_BYTES)?;
    let attested = Attested::from_slice(&bytes).map_err(|error| unreadable(path, error))?;
    Ok(attested.text.into_owned())
}

/// Why a document was not read.
pub(in crate::cli) fn unreadable(path: &Path, error: impl std::fmt::Display) -> Problem {
    Problem::new(format_args!("{}: {error}", path.display()))
        .code("sbom")
        .hint("an SPDX document is read, or an in-toto statement or envelope that holds one")
}

fn convert(path: &Path, text: &str, target: Target) -> Result<Conversion, Problem> {
    let model = Model::read(text).map_err(|error| unreadable(path, error))?;
    // Which of the two forms JSON has is the document's.
    let form = match (target.form, model.form) {
        (Form::Json, Form::JsonLd) => Form::JsonLd,
        (form, _) => form,
    };
    model.convert(Target { form, ..target }).map_err(|error| {
        Problem::new(format_args!("{}: {error}", path.display())).code("sbom").hint(
            "make the document anew in the version that is wanted: portcullis sbom SOURCE -o spdx-json@3.0",
        )
    })
}

fn target(text: &str, layout: Layout) -> Result<Target, Problem> {
    let (name, version) = match text.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (text, None),
    };
    let form = match name {
        "spdx-json" => Some(Form::Json),
        "spdx" | "spdx-tag-value" | "spdx-tv" => Some(Form::TagValue),
        "spdx-yaml" => Some(Form::Yaml),
        _ => None,
    };
    let version = match version {
        None => Some(None),
        Some("2.2") => Some(Some(Version::V2_2)),
        Some("2.3") => Some(Some(Version::V2_3)),
        Some(_) => None,
    };
    match (form, version) {
        (Some(form), Some(version)) => Ok(Target { form, version, layout }),
        _ => Err(Problem::usage(format_args!("documents are not converted to {text:?}"))
            .hint("there are spdx-json, spdx-tag-value and spdx-yaml, each with @2.2 or @2.3 after it")),
    }
}
