//! The command line. Each command is options, one library call, one renderer, one exit code.
//!
//! The clock, the environment and the terminal are read here and nowhere else.

mod allowlist;
mod archive;
mod arguments;
mod cache;
#[cfg(feature = "net")]
mod checksum;
mod context;
mod cosign;
mod deferred;
mod explain;
mod gate;
mod output;
mod pack;
mod progress;
mod ready;
#[cfg(feature = "net")]
mod registry;
mod reports;
mod resolve;
mod sbom;
mod scan;
mod show;
mod syft;
mod trust;
mod unpack;
mod verified;
mod verify;
mod verify_blob;
mod vex;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::FromArgMatches;
use clap::Parser;
use clap::Subcommand;
use portcullis::crypto;

use self::deferred::Deferred;
use self::output::Exit;
use self::output::Format;

/// May this container image be promoted?
///
/// Resolves the digest, verifies Cosign signatures and attestations, judges SBOM and scan report by a
/// policy. Exit code 0: yes, 1: no, 2: could not decide.
#[derive(Debug, Parser)]
#[command(
    name = "portcullis",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    max_term_width = 80,
    after_help = "With the command lines of others: portcullis cosign <COMMAND>, portcullis syft <SOURCE>"
)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(subcommand)]
    Allowlist(allowlist::Command),
    Explain(Deferred<explain::Options>),
    Gate(Deferred<gate::Options>),
    Pack(Deferred<pack::Options>),
    Resolve(Deferred<resolve::Options>),
    Sbom(Box<Deferred<sbom::Options>>),
    Scan(Deferred<scan::Options>),
    Show(Deferred<show::Options>),
    #[command(subcommand)]
    Trust(trust::Command),
    Unpack(Deferred<unpack::Options>),
    Verify(Deferred<verify::Options>),
    VerifyBlob(Deferred<verify_blob::Options>),
}

impl Command {
    fn run(&self) -> Outcome {
        match self {
            Self::Allowlist(command) => allowlist::run(command),
            Self::Explain(options) => explain::run(options),
            Self::Gate(options) => gate::run(options),
            Self::Pack(options) => pack::run(options),
            Self::Resolve(options) => resolve::run(options),
            Self::Sbom(options) => sbom::run(options),
            Self::Scan(options) => scan::run(options),
            Self::Show(options) => show::run(options),
            Self::Trust(command) => trust::run(command),
            Self::Unpack(options) => unpack::run(options),
            Self::Verify(options) => verify::run(options),
            Self::VerifyBlob(options) => verify_blob::run(options),
        }
    }

    /// How the result is written.
    fn format(&self) -> Format {
        match self {
            Self::Allowlist(command) => command.format(),
            Self::Explain(options) => options.format,
            Self::Gate(options) => options.format,
            Self::Pack(options) => options.format,
            Self::Resolve(options) => options.format,
            Self::Sbom(options) => options.format(),
            Self::Scan(options) => options.format,
            Self::Show(options) => options.format,
            Self::Trust(command) => command.format(),
            Self::Unpack(options) => options.format,
            Self::Verify(options) => options.format,
            Self::VerifyBlob(options) => options.format,
        }
    }
}

/// Runs the command of this process's arguments.
pub(crate) fn run() -> ExitCode {
    crypto::remembering(command)
}

fn command() -> ExitCode {
    if let Some(arguments) = context::arguments_of("cosign") {
        return cosign::run(arguments);
    }
    if let Some(arguments) = context::arguments_of("syft") {
        return syft::run(arguments);
    }
    let command = match parse() {
        Ok(options) => options.command,
        Err(error) => return output::usage(&error, context::wants_json()),
    };
    let outcome = command.run();
    if let Err(problem) = &outcome
        && command.format() == Format::Json
    {
        output::undecided(problem);
    }
    output::exit(outcome)
}

/// The options, or help or a mistake, which end the process.
fn parse() -> Result<Options, clap::Error> {
    let arguments = context::arguments();
    let mut command = Options::command();
    deferred::define(&mut command, arguments.iter().skip(1).map(OsString::as_os_str));
    let matches = command.try_get_matches_from_mut(&arguments)?;
    Options::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

type Outcome = Result<Exit, output::Problem>;
