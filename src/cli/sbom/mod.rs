//! `portcullis sbom`: bills of materials, made, converted, checked and compared.

mod check;
pub(super) mod convert;
mod diff;
mod generate;
mod outputs;
mod place;
mod scan;
mod verify;

use clap::Args;
use clap::Subcommand;

pub(super) use self::generate::created;
pub(super) use self::generate::warn;
pub(super) use self::outputs::Outputs;
pub(super) use self::place::Place;
pub(super) use self::scan::PlatformChoice;
pub(super) use self::scan::Request;
use super::Outcome;
use super::deferred::Deferred;
use super::output::Format;

/// Make, convert, check and compare bills of materials
///
/// SOURCE is an image (registry/repository:tag, oci-dir:DIRECTORY, docker:NAME, podman:NAME), an archive of one
/// (docker save, oci-archive; - for stdin), a directory (dir:PATH) or a file (file:PATH). What cannot be read is in the
/// document and on stderr.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[group(skip)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    generate: generate::Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(Deferred<check::Options>),
    Convert(Deferred<convert::Options>),
    Diff(Deferred<diff::Options>),
    Verify(Box<Deferred<verify::Options>>),
}

impl Options {
    /// How a problem is written.
    pub(super) fn format(&self) -> Format {
        match &self.command {
            None | Some(Command::Convert(_)) => Format::Text,
            Some(Command::Check(options)) => options.format(),
            Some(Command::Diff(options)) => options.format(),
            Some(Command::Verify(options)) => options.format(),
        }
    }
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    match &options.command {
        None => generate::run(&options.generate),
        Some(Command::Check(options)) => check::run(options),
        Some(Command::Convert(options)) => convert::run(options),
        Some(Command::Diff(options)) => diff::run(options),
        Some(Command::Verify(options)) => verify::run(options),
    }
}
