//! The command line. Each command is options, one library call, one renderer, one exit code.
//!
//! The clock, the environment and the terminal are read here and nowhere else.

mod archive;
mod arguments;
mod context;
mod cosign;
mod deferred;
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

use std::ffi::OsString;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::FromArgMatches;
use clap::Parser;
use clap::Subcommand;
use portcullis::crypto;

use self::deferred::Deferred;
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
    Gate(Deferred<gate::Options>),
    Pack(Deferred<pack::Options>),
    Resolve(Deferred<resolve::Options>),
    Show(Deferred<show::Options>),
    #[command(subcommand)]
    Trust(trust::Command),
    Unpack(Deferred<unpack::Options>),
    Verify(Deferred<verify::Options>),
    VerifyBlob(Deferred<verify_blob::Options>),
}

/// Runs the command of this process's arguments.
pub(crate) fn run() -> ExitCode {
    crypto::remembering(command)
}

fn command() -> ExitCode {
    if let Some(arguments) = context::arguments_of("cosign") {
        return cosign::run(arguments);
    }
    let outcome = match parse().command {
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

/// The options, or help or a mistake, which end the process.
fn parse() -> Options {
    let arguments = context::arguments();
    let mut command = Options::command();
    deferred::define(&mut command, arguments.iter().skip(1).map(OsString::as_os_str));
    let matches = command.try_get_matches_from_mut(&arguments).unwrap_or_else(|error| error.exit());
    Options::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut command).exit())
}

type Outcome = Result<Exit, output::Problem>;
