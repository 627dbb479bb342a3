//! `portcullis trust`: the trusted root.

mod show;
#[cfg(feature = "net")]
mod update;

use clap::Subcommand;

#[cfg(feature = "net")]
pub(super) use self::update::fetch;
#[cfg(feature = "net")]
pub(super) use self::update::settings;
use super::Outcome;
use super::output::Format;

/// Show and renew what is trusted
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Show(show::Options),
    #[cfg(feature = "net")]
    Update(update::Options),
}

impl Command {
    /// How the result is written.
    pub(super) fn format(&self) -> Format {
        match self {
            Self::Show(options) => options.format,
            #[cfg(feature = "net")]
            Self::Update(options) => options.format,
        }
    }
}

/// Runs the command.
pub(super) fn run(command: &Command) -> Outcome {
    match command {
        Command::Show(options) => show::run(options),
        #[cfg(feature = "net")]
        Command::Update(options) => update::run(options),
    }
}
