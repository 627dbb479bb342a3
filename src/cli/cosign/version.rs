//! `cosign version`.

use clap::Args;

use super::arguments::GlobalFlags;
use super::error::Result;
use crate::cli::context;
use crate::cli::output;

/// Prints the version
#[derive(Args, Debug)]
pub(super) struct Options {
    /// print JSON instead of text
    #[arg(long)]
    json: bool,
}

/// Runs the command. The fields are cosign's; the version is portcullis's, and it says so.
pub(super) fn run(options: &Options, global: &GlobalFlags) -> Result {
    let version = env!("CARGO_PKG_VERSION");
    let platform = format!("{}/{}", std::env::consts::OS, context::architecture());
    global.stdout(|mut out| {
        if options.json {
            let document = serde_json::json!({
                "gitVersion": format!("v{EMULATED}+portcullis.{version}"),
                "gitCommit": "unknown",
                "gitTreeState": "unknown",
                "buildDate": "unknown",
                "goVersion": "none",
                "compiler": "rustc",
                "platform": platform,
            });
            return output::json(&document, &mut out);
        }
        writeln!(out, "cosign: the command line of cosign {EMULATED}, by portcullis {version}\n")?;
        writeln!(out, "GitVersion:    v{EMULATED}+portcullis.{version}")?;
        writeln!(out, "GitCommit:     unknown")?;
        writeln!(out, "GitTreeState:  unknown")?;
        writeln!(out, "BuildDate:     unknown")?;
        writeln!(out, "GoVersion:     none")?;
        writeln!(out, "Compiler:      rustc")?;
        writeln!(out, "Platform:      {platform}")
    })?;
    Ok(())
}

/// The version of cosign whose behaviour this is.
const EMULATED: &str = "3.1.1";
