//! The command line. Each command is options, one library call, one renderer, one exit code.
//!
//! The clock, the environment and the terminal are read here and nowhere else.

mod archive;
mod arguments;
mod context;
mod cosign;
mod gate;
mod output;
mod pack;
mod progress;
#[cfg(feature = "net")]
mod registry;
mod resolve;
mod show;
mod trust;
mod unpack;
mod verified;
mod verify;
mod verify_blob;

use std::process::ExitCode;

use clap::Parser;
use clap::Subcommand;
use portcullis::crypto;

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
    Pack(pack::Options),
    Resolve(resolve::Options),
    Show(show::Options),
    #[command(subcommand)]
    Trust(trust::Command),
    Unpack(unpack::Options),
    Verify(verify::Options),
    VerifyBlob(verify_blob::Options),
}

/// Runs the command of this process's arguments.
pub(crate) fn run() -> ExitCode {
    crypto::remembering(command)
}

fn command() -> ExitCode {
    if let Some(arguments) = context::arguments_of("cosign") {
        return cosign::run(arguments);
    }
    let outcome = match Options::parse().command {
        Command::Gate(options) => gate::run(&options),
        Command::Pack(options) => pack::run(&options),
        Command::Resolve(options) => resolve::run(&options),
        Command::Show(options) => show::run(&options),
        Command::Trust(command) => trust::run(&command),
        Command::Unpack(options) => unpack::run(&options),
        Command::Verify(options) => verify::run(&options),
        Command::VerifyBlob(options) => verify_blob::run(&options),
    };
    output::exit(outcome)
}

type Outcome = Result<Exit, output::Problem>;
