//! syft's command line: `portcullis syft ...`, or a link to this program with the name `syft`.
//!
//! Flags, configuration, formats and exit codes are syft's (1.18), so that who runs `syft IMAGE -o spdx-json`
//! replaces the binary and nothing else. `docs/syft-compatibility.md` lists what differs. The native command is
//! `portcullis sbom`.

mod arguments;
mod attest;
mod cataloger;
mod convert;
mod scan;
mod settings;
mod version;

use std::ffi::OsStr;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::FromArgMatches;
use clap::Parser;
use clap::Subcommand;
use clap::error::ErrorKind;
use portcullis::report::printable;

use self::arguments::GlobalFlags;
use super::cosign::flags;
use super::cosign::flags::Pflag;
use super::deferred;
use super::deferred::Deferred;
use super::output;
use super::output::Problem;
use super::output::say;

/// Generate a packaged-based Software Bill Of Materials (SBOM) from container images and filesystems
///
/// This is portcullis with syft's command line.
#[derive(Debug, Parser)]
#[command(name = "syft", bin_name = "syft", disable_version_flag = true, infer_long_args = false)]
struct Options {
    #[command(flatten)]
    global: GlobalFlags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Attest(Deferred<attest::Options, Pflag>),
    #[command(subcommand)]
    Cataloger(cataloger::Command),
    Convert(Deferred<convert::Options, Pflag>),
    Scan(Box<Deferred<scan::Options, Pflag>>),
    Version(Deferred<version::Options, Pflag>),
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

/// Runs syft's command line; `arguments` do not include the program's name.
pub(super) fn run(arguments: Vec<OsString>) -> ExitCode {
    let arguments = with_command(arguments);
    let mut command = flags::as_pflag(Options::command());
    deferred::define(&mut command, arguments.iter().map(OsString::as_os_str));
    let arguments = std::iter::once(OsString::from("syft")).chain(arguments);
    let options =
        command.try_get_matches_from(arguments).and_then(|matches| Options::from_arg_matches(&matches));
    match options {
        Ok(options) => match dispatch(&options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(problem) => report(problem),
        },
        Err(error) => refuse(&error),
    }
}

fn dispatch(options: &Options) -> Result<(), Problem> {
    let global = &options.global;
    match &options.command {
        Command::Attest(options) => attest::run(options),
        Command::Cataloger(command) => cataloger::run(command),
        Command::Convert(options) => convert::run(options, global),
        Command::Scan(options) => scan::run(options, global),
        Command::Version(options) => version::run(options),
        Command::Other(arguments) => Err(other(arguments)),
    }
}

/// `syft SOURCE` is `syft scan SOURCE`.
fn with_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let mut is_value = false;
    for argument in &arguments {
        if std::mem::take(&mut is_value) {
            continue;
        }
        if argument == "--version" {
            return vec![OsString::from("version")];
        }
        if argument == "-h" || argument == "--help" {
            return arguments;
        }
        match argument.to_str() {
            Some(text) if text.starts_with('-') && text != "-" => is_value = takes_value(text),
            _ if COMMANDS.iter().chain(&ELSEWHERE).any(|name| argument == OsStr::new(name)) => {
                return arguments;
            }
            _ => break,
        }
    }
    arguments.insert(0, OsString::from("scan"));
    arguments
}

/// Whether the next argument is the value of this flag.
fn takes_value(flag: &str) -> bool {
    const WITHOUT: [&str; 5] = ["--quiet", "--verbose", "-q", "-v", "-vv"];
    let short_with_value = !flag.starts_with("--") && flag.len() > 2;
    !flag.contains('=') && !WITHOUT.contains(&flag) && !short_with_value
}

/// As syft ends: one line, exit code 1.
fn report(problem: Problem) -> ExitCode {
    let (message, hint) = problem.into_parts();
    say(format_args!("ERROR {}", printable(&message)));
    if let Some(hint) = hint {
        say(format_args!("hint: {}", printable(&hint)));
    }
    ExitCode::from(1)
}

/// Help goes to stdout; a mistake is told in cobra's words.
fn refuse(error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand) {
        let help = error.render().to_string();
        let _ = output::stdout(|out| std::io::Write::write_all(out, help.as_bytes()));
        return ExitCode::SUCCESS;
    }
    report(Problem::usage(flags::mistake(error).message()))
}

/// A command of syft's that is not here.
fn other(arguments: &[OsString]) -> Problem {
    let name = arguments.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let way = match name.as_str() {
        "login" => "log in with docker login: its credentials are used",
        "config" => "the settings that count are listed in docs/syft-compatibility.md",
        _ => "run `syft --help` for the commands that there are",
    };
    Problem::usage(format_args!("syft {name} is not supported by portcullis")).hint(way)
}

const COMMANDS: [&str; 6] = ["attest", "cataloger", "convert", "help", "scan", "version"];

const ELSEWHERE: [&str; 3] = ["completion", "config", "login"];

#[cfg(test)]
mod tests {
    use super::*;

    fn command_of(line: &str) -> String {
        let arguments = with_command(line.split_whitespace().map(OsString::from).collect());
        arguments.first().map(|first| first.to_string_lossy().into_owned()).unwrap_or_default()
    }

    #[test]
    fn a_source_alone_is_scanned() {
        for line in [
            "alpine:3.20",
            "alpine -o json",
            "-o json alpine",
            "-q dir:.",
            "-",
            "-ojson alpine",
            "-o=json x",
            "",
        ] {
            assert_eq!(command_of(line), "scan", "{line}");
        }
        for line in
            ["scan alpine", "convert a.json -o spdx", "cataloger list", "version", "-q convert x", "--help"]
        {
            let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            assert_eq!(with_command(arguments.clone()), arguments, "{line}");
        }
        assert_eq!(command_of("--version"), "version");
        assert_eq!(command_of("-o convert x"), "scan", "a value is no command");
    }
}
