//! `portcullis sbom check`.

use std::path::PathBuf;

use clap::Args;
use portcullis::report;
use portcullis::sbom::check;
use portcullis::sbom::check::Assessment;
use portcullis::sbom::check::Profile;
use portcullis::spdx::Diagnostic;
use portcullis::spdx::Files;
use portcullis::spdx::View;
use serde::Serialize;

use super::convert;
use crate::cli::Outcome;
use crate::cli::output;
use crate::cli::output::Exit;
use crate::cli::output::Format;
use crate::cli::output::say;

/// Check what an SPDX document says against lists of what must be said
///
/// Exit code 0: every profile is met, 1: one is not.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// The document; - is stdin
    #[arg(value_name = "DOCUMENT")]
    document: PathBuf,
    /// ntia-2021, cisa-2026, openssf-naming or bsi-tr-03183; can be repeated. Default: ntia-2021 and cisa-2026
    #[arg(long, value_name = "NAME", value_parser = profile)]
    profile: Vec<Profile>,
    /// Any deviation from SPDX that was read over counts as a failure
    #[arg(long)]
    strict: bool,
    /// Output format
    #[arg(long, short = 'o', visible_alias = "output", value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Options {
    /// How the result is written.
    pub(super) fn format(&self) -> Format {
        self.format
    }
}

fn profile(name: &str) -> Result<Profile, String> {
    Profile::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Profile::ALL.iter().map(|profile| profile.name()).collect();
        format!("there are {}", names.join(", "))
    })
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let text = convert::read(&options.document)?;
    let view = View::read(&text, Files::Count).map_err(|error| {
        convert::unreadable(&options.document, error)
            .hint("an SPDX document is checked, or an in-toto statement or envelope that holds one")
    })?;
    let name = options.document.file_name().and_then(|name| name.to_str()).filter(|name| *name != "-");
    let profiles = match options.profile.as_slice() {
        [] => &[Profile::Ntia2021, Profile::Cisa2026],
        some => some,
    };
    let assessments: Vec<Assessment> =
        profiles.iter().map(|profile| check::check(&view, name, *profile)).collect();
    let is_sound = view.diagnostics.is_empty() || !options.strict;
    let passed = is_sound && assessments.iter().all(|assessment| assessment.conformant);
    for diagnostic in &view.diagnostics.list {
        say(format_args!("warning: {}", report::printable(&diagnostic.to_string())));
    }
    output::stdout(|mut out| match options.format {
        Format::Json => output::json(&Document::new(passed, &assessments, &view.diagnostics.list), out),
        Format::Text => report::check_text(&options.document.display().to_string(), &assessments, &mut out),
    })?;
    Ok(if passed { Exit::Pass } else { Exit::Refused })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    result: &'static str,
    profiles: &'a [Assessment],
    diagnostics: Vec<String>,
}

impl<'a> Document<'a> {
    fn new(passed: bool, profiles: &'a [Assessment], diagnostics: &[Diagnostic]) -> Self {
        let result = if passed { "conformant" } else { "not-conformant" };
        let diagnostics = diagnostics.iter().map(ToString::to_string).collect();
        Self { schema_version: report::SCHEMA_VERSION, result, profiles, diagnostics }
    }
}
