//! The command line. Each command is options, one library call, one renderer, one exit code.
//!
//! The clock, the environment and the terminal are read here and nowhere else.

mod arguments;
mod context;
mod cosign;
mod gate;
mod output;
#[cfg(feature = "net")]
mod registry;
mod resolve;
mod trust;
mod verified;
mod verify;
mod verify_blob;

use std::process::ExitCode;

use clap::Parser;
use clap::Subcommand;

use self::output::Exit;

/// May this container image be promoted?
///
/// Resolves the digest, verifies Cosign signatures and attestations, judges SBOM and scan report by a
/// policy. Exit code 0: yes, 1: no, 2: could not decide.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version, propagate_version = true, disable_help_subcommand = true)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Gate(gate::Options),
    Resolve(resolve::Options),
    #[command(subcommand)]
    Trust(trust::Command),
    Verify(verify::Options),
    VerifyBlob(verify_blob::Options),
}

/// Runs the command of this process's arguments.
pub(crate) fn run() -> ExitCode {
    if let Some(arguments) = context::arguments_of("cosign") {
        return cosign::run(arguments);
    }
    let outcome = match Options::parse().command {
        Command::Gate(options) => gate::run(&options),
        Command::Resolve(options) => resolve::run(&options),
        Command::Trust(command) => trust::run(&command),
        Command::Verify(options) => verify::run(&options),
        Command::VerifyBlob(options) => verify_blob::run(&options),
    };
    output::exit(outcome)
}

type Outcome = Result<Exit, output::Problem>;
