//! `syft version`.

use std::io::Write;

use clap::Args;

use crate::cli::context;
use crate::cli::output;
use crate::cli::output::Problem;

/// show version information
#[derive(Args, Debug)]
pub(super) struct Options {
    /// the format to show the results (available: text, json)
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "text")]
    output: String,
}

/// Runs the command. The fields are syft's; the version is portcullis's, and it says so.
pub(super) fn run(options: &Options) -> Result<(), Problem> {
    let version = env!("CARGO_PKG_VERSION");
    let platform = format!("{}/{}", std::env::consts::OS, context::architecture());
    match options.output.as_str() {
        "json" => {
            let document = serde_json::json!({
                "application": "syft",
                "version": format!("{EMULATED}+portcullis.{version}"),
                "compiler": "rustc",
                "platform": platform,
            });
            output::stdout(|out| output::json(&document, out))?;
        }
        "text" => output::stdout(|out| {
            writeln!(out, "Application: syft")?;
            writeln!(out, "Version:     {EMULATED}+portcullis.{version}")?;
            writeln!(out, "Platform:    {platform}")?;
            writeln!(out, "Compiler:    rustc")
        })?,
        other => return Err(Problem::usage(format_args!("unsupported output format: {other:?}"))),
    }
    Ok(())
}

/// The version of syft whose command line this is.
pub(super) const EMULATED: &str = "1.18.1";
