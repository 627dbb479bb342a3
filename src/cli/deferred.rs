//! Commands whose flags are defined when the command is asked for.
//!
//! A command line has hundreds of flags, of which one command reads a few dozen; defining all of them takes
//! longer than a verification.

use std::ffi::OsStr;
use std::marker::PhantomData;
use std::ops::Deref;

use clap::ArgMatches;
use clap::Args;
use clap::Command;
use clap::FromArgMatches;

/// The options of a subcommand.
#[derive(Debug)]
pub(super) struct Deferred<T, D = Plain> {
    options: T,
    dialect: PhantomData<D>,
}

/// How flags are read that were just defined.
pub(super) trait Dialect {
    fn speak(command: Command) -> Command;
}

/// As clap reads them.
#[derive(Debug)]
pub(super) struct Plain;

impl Dialect for Plain {
    fn speak(command: Command) -> Command {
        command
    }
}

impl<T, D> Deref for Deferred<T, D> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.options
    }
}

impl<T: Args, D: Dialect> Args for Deferred<T, D> {
    fn augment_args(command: Command) -> Command {
        command.defer(|command| D::speak(T::augment_args(command)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(|command| D::speak(T::augment_args_for_update(command)))
    }
}

impl<T: FromArgMatches, D> FromArgMatches for Deferred<T, D> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self { options: T::from_arg_matches(matches)?, dialect: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.options.update_from_arg_matches(matches)
    }
}

/// Defines everything if no argument names a subcommand: then help may be wanted, which has a word on each.
pub(super) fn define<'a>(command: &mut Command, arguments: impl IntoIterator<Item = &'a OsStr>) {
    let named =
        |argument: &OsStr| argument.to_str().is_some_and(|name| command.find_subcommand(name).is_some());
    if !arguments.into_iter().any(named) {
        command.build();
    }
}
