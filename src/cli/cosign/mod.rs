//! cosign's command line: `portcullis cosign ...`, or a link to this program with the name `cosign`.
//!
//! Flags, output and exit codes are cosign's (3.1; the older layouts of 2.x as well), so that who runs
//! `cosign verify` replaces the binary and nothing else. `docs/cosign-compatibility.md` lists what differs.
//! The native commands are the better ones.

mod arguments;
mod attached;
mod blob;
mod bundle;
mod certificate;
mod copy;
mod dockerfile;
mod download;
mod error;
pub(super) mod flags;
mod header;
mod image;
mod initialize;
mod inspect;
mod load;
mod manifest;
mod material;
mod policy;
mod root;
mod save;
mod store;
mod tree;
mod triangulate;
mod trusted_root;
mod verify;
mod verify_attestation;
mod verify_blob;
mod verify_blob_attestation;
mod version;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::FromArgMatches;
use clap::Parser;
use clap::Subcommand;
use clap::error::ErrorKind;

use self::arguments::GlobalFlags;
use self::error::Failure;
use self::error::Result;
use self::flags::Pflag;
use super::deferred::Deferred;
use super::output;

/// A tool for Container Signing, Verification and Storage in an OCI registry.
///
/// This is portcullis with cosign's command line. It verifies; it does not sign.
#[derive(Debug, Parser)]
#[command(name = "cosign", bin_name = "cosign", disable_version_flag = true, infer_long_args = false)]
struct Options {
    #[command(flatten)]
    global: GlobalFlags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Bundle(Deferred<bundle::Options, Pflag>),
    Copy(Deferred<copy::Options, Pflag>),
    Dockerfile(Deferred<dockerfile::Options, Pflag>),
    #[command(subcommand)]
    Download(download::Command),
    Initialize(Deferred<initialize::Options, Pflag>),
    Load(Deferred<load::Options, Pflag>),
    Manifest(Deferred<manifest::Options, Pflag>),
    Save(Deferred<save::Options, Pflag>),
    Tree(Deferred<tree::Options, Pflag>),
    Triangulate(Deferred<triangulate::Options, Pflag>),
    #[command(subcommand)]
    TrustedRoot(trusted_root::Command),
    Verify(Deferred<verify::Options, Pflag>),
    VerifyAttestation(Deferred<verify_attestation::Options, Pflag>),
    VerifyBlob(Deferred<verify_blob::Options, Pflag>),
    VerifyBlobAttestation(Deferred<verify_blob_attestation::Options, Pflag>),
    Version(Deferred<version::Options, Pflag>),
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

/// Runs cosign's command line; `arguments` do not include the program's name.
pub(super) fn run(arguments: Vec<OsString>) -> ExitCode {
    if policy::worker::is_meant(&arguments) {
        return policy::worker::answer();
    }
    let arguments = flags::two_dashes(arguments);
    let mut command = flags::as_pflag(Options::command());
    super::deferred::define(&mut command, arguments.iter().map(OsString::as_os_str));
    let arguments = std::iter::once(OsString::from("cosign")).chain(arguments);
    let matches = match command.try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => return refuse(&error),
    };
    flags::tell_deprecated(&matches);
    let outcome = match Options::from_arg_matches(&matches) {
        Ok(options) => dispatch(&options),
        Err(error) => return refuse(&error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn dispatch(options: &Options) -> Result {
    let global = &options.global;
    global.prepare()?;
    match &options.command {
        Command::Copy(options) => copy::run(options, global),
        Command::Download(command) => download::run(command, global),
        Command::Load(options) => load::run(options, global),
        Command::Save(options) => save::run(options, global),
        Command::Tree(options) => tree::run(options, global),
        Command::Triangulate(options) => triangulate::run(options, global),
        Command::Initialize(options) => initialize::run(options),
        Command::TrustedRoot(command) => trusted_root::run(command, global),
        Command::Bundle(options) => bundle::run(options, global),
        Command::Dockerfile(options) => dockerfile::run(options, global),
        Command::Manifest(options) => manifest::run(options, global),
        Command::Verify(options) => verify::run(options, global),
        Command::VerifyAttestation(options) => verify_attestation::run(options, global),
        Command::VerifyBlob(options) => verify_blob::run(options),
        Command::VerifyBlobAttestation(options) => verify_blob_attestation::run(options),
        Command::Version(options) => version::run(options, global),
        Command::Other(arguments) => Err(other(arguments)),
    }
}

/// Help goes to stdout; a mistake is told in cosign's words.
fn refuse(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let help = error.render();
            let _ = output::stdout(|out| std::io::Write::write_all(out, help.to_string().as_bytes()));
            ExitCode::SUCCESS
        }
        _ => flags::mistake(error).report(),
    }
}

/// A command that is not here: one of cosign's, or none.
fn other(arguments: &[OsString]) -> Failure {
    let name = arguments.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if ELSEWHERE.contains(&name.as_str()) {
        return Failure::unsupported(
            &format!("cosign {name}"),
            "portcullis verifies and does not sign, attach or manage keys: run cosign itself for this",
        );
    }
    Failure::new(format!("unknown command {name:?} for \"cosign\"\nRun 'cosign --help' for usage."))
}

/// Commands of cosign that write signatures, keys or the registry's login, or that only cosign can answer.
const ELSEWHERE: [&str; 17] = [
    "attach",
    "attest",
    "attest-blob",
    "clean",
    "completion",
    "debug",
    "env",
    "generate",
    "generate-key-pair",
    "import-key-pair",
    "login",
    "piv-tool",
    "pkcs11-tool",
    "public-key",
    "sign",
    "sign-blob",
    "signing-config",
];
