//! How a command of the drop-in fails: cosign's words and exit codes.

use std::process::ExitCode;

use portcullis::report::printable;

use crate::cli::output::Problem;
use crate::cli::output::say;

/// Why a command failed. Unlike the native commands, cosign's tell "refused" and "no answer" apart in words
/// only, except where [`code`](Self::with_code) says otherwise.
#[derive(Debug)]
pub(in crate::cli) struct Failure {
    code: u8,
    message: String,
    hint: Option<String>,
}

impl Failure {
    /// Ends with exit code 1, as most of cosign's failures do.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into(), hint: None }
    }

    /// What cosign has and this program has not.
    pub(super) fn unsupported(what: &str, instead: &str) -> Self {
        Self::new(format!("{what} is not supported by portcullis")).with_hint(instead)
    }

    /// Ends with another exit code.
    pub(super) fn with_code(self, code: u8) -> Self {
        Self { code, ..self }
    }

    /// What to do next, which cosign does not say.
    pub(super) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Says before the message where it comes from, as Go programs do: `context: message`.
    pub(super) fn context(self, context: &str) -> Self {
        Self { message: format!("{context}: {}", self.message), ..self }
    }

    /// What went wrong, without what to do next.
    pub(in crate::cli) fn message(&self) -> &str {
        &self.message
    }

    /// Tells stderr, twice, as cosign does: scripts look for either line.
    pub(super) fn report(&self) -> ExitCode {
        let message = lines(&self.message);
        say(format_args!("Error: {message}"));
        say(format_args!("error during command execution: {message}"));
        if let Some(hint) = &self.hint {
            say(format_args!("hint: {}", printable(hint)));
        }
        ExitCode::from(self.code)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let (message, hint) = problem.into_parts();
        Self { code: 1, message, hint }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Problem::from(error).into()
    }
}

/// Printable, with the line breaks that cosign puts between the reasons of several candidates.
fn lines(message: &str) -> String {
    message.lines().map(|line| printable(line).to_string()).collect::<Vec<_>>().join("\n")
}

/// The outcome of a command; what it prints is out by then.
pub(super) type Result<T = ()> = std::result::Result<T, Failure>;

/// Exit codes of cosign's legacy `verify`.
pub(super) mod code {
    /// The image has no signature.
    pub(in crate::cli::cosign) const NO_SIGNATURES: u8 = 10;
    /// The registry has no such tag.
    pub(in crate::cli::cosign) const NO_SUCH_TAG: u8 = 11;
    /// There are signatures, and none is accepted.
    pub(in crate::cli::cosign) const NO_MATCHING_SIGNATURES: u8 = 12;
}
