//! What leaves the program: data on stdout, words on stderr, an exit code.

use std::fmt;
use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::ValueEnum;
use portcullis::evidence::EvidenceError;
use portcullis::pipeline::PipelineError;
use portcullis::report;
use portcullis::report::printable;
use portcullis::source::Fault;
use portcullis::source::Outcome;
use serde::Serialize;

/// How the result is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Format {
    /// One JSON document.
    Json,
    /// For people.
    Text,
}

/// How a command ended, if it ran.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Exit {
    /// Verified, promoted, done.
    Pass,
    /// Refused.
    Refused,
    /// No answer.
    Undecided,
}

/// Why a command gave no answer, and what to do next.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    code: &'static str,
    message: String,
    hint: Option<String>,
    /// A document that says so was written.
    documented: bool,
}

impl Problem {
    /// What went wrong.
    pub(super) fn new(message: impl fmt::Display) -> Self {
        Self { code: "failed", message: message.to_string(), hint: None, documented: false }
    }

    /// The command line asks for something that cannot be.
    pub(super) fn usage(message: impl fmt::Display) -> Self {
        Self::new(message).code("usage")
    }

    /// Its stable name: one of the table in `docs/errors.md`.
    pub(super) fn code(self, code: &'static str) -> Self {
        Self { code, ..self }
    }

    /// What went wrong, without what to do next.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// What went wrong, and what to do next.
    pub(super) fn into_parts(self) -> (String, Option<String>) {
        (self.message, self.hint)
    }

    /// What to do next.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same, after the document of the command was written: there is one document only.
    pub(super) fn documented(self) -> Self {
        Self { documented: true, ..self }
    }

    /// As a part of a document.
    pub(super) fn document(&self) -> ErrorDocument {
        ErrorDocument { code: self.code.to_owned(), message: self.message.clone(), hint: self.hint.clone() }
    }
}

/// What to do where an image, or what is attached to it, was not read.
pub(super) fn next_of_unread(error: &PipelineError) -> &'static str {
    let fault = match error {
        PipelineError::Evidence(EvidenceError::Source(error)) | PipelineError::Source(error) => {
            Some(error.fault.as_ref())
        }
        PipelineError::Trust(_) => return "give another root with --trusted-root FILE",
        _ => None,
    };
    match (fault, error.outcome()) {
        (Some(Fault::Denied { .. }), _) => "log in to the registry (docker login)",
        (Some(Fault::NotPacked { .. }), _) => "name what the archive has, or pack this too",
        (_, Outcome::NotFound) => "check the name and the tag",
        (_, Outcome::Refused) => "name another image or platform, or push this one again",
        (_, Outcome::Unreachable) => "check the name of the registry and the network, and try again",
    }
}

/// What went wrong, in a document.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorDocument {
    /// The stable name of what went wrong.
    pub(super) code: String,
    /// In words.
    pub(super) message: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
}

/// The document of a command that came to no result.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Undecided {
    schema_version: u32,
    result: &'static str,
    error: ErrorDocument,
}

/// Writes the document of a command that came to no result, unless it has one already.
pub(super) fn undecided(problem: &Problem) {
    if problem.documented {
        return;
    }
    let document =
        Undecided { schema_version: report::SCHEMA_VERSION, result: "undecided", error: problem.document() };
    // Stdout that cannot be written to: the words on stderr and the exit code say the same.
    let _ = stdout(|out| json(&document, out));
}

impl From<io::Error> for Problem {
    /// Output that could not be written.
    fn from(error: io::Error) -> Self {
        Self::new(format_args!("cannot write the result: {error}")).code("output").documented()
    }
}

/// Ends the program.
pub(super) fn exit(outcome: Result<Exit, Problem>) -> ExitCode {
    match outcome {
        Ok(Exit::Pass) => ExitCode::SUCCESS,
        Ok(Exit::Refused) => ExitCode::from(1),
        Ok(Exit::Undecided) => ExitCode::from(2),
        Err(Problem { message, hint, .. }) => {
            say(format_args!("error: {}", printable(&message)));
            if let Some(hint) = hint {
                say(format_args!("hint: {}", printable(&hint)));
            }
            ExitCode::from(2)
        }
    }
}

/// Ends the program where its arguments cannot be understood, or ask for help.
pub(super) fn usage(error: &clap::Error, wants_json: bool) -> ExitCode {
    let _ = error.print();
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    if wants_json {
        let text = error.to_string();
        let line = text.lines().next().unwrap_or_default();
        undecided(&Problem::usage(line.trim_start_matches("error: ")));
    }
    ExitCode::from(2)
}

/// Writes a line for people to stderr. If that is gone, there is nobody to tell.
pub(super) fn say(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Writes to stdout, all of it. A reader that went away (`| head`) is no problem, and no reason for
/// another exit code: a refusal that nobody reads to its end is one all the same.
pub(super) fn stdout(write: impl FnOnce(&mut io::StdoutLock<'static>) -> io::Result<()>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Writes a value as one JSON document.
pub(super) fn json(value: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    report::json_document(value, out)
}

/// Replaces a file in one step, so that nobody reads half of it. What is no file (`/dev/stdout`, a pipe) is
/// written to, never replaced; `-` is stdout.
pub(super) fn write_file(path: &Path, content: &[u8]) -> Result<(), Problem> {
    let problem = |error: io::Error| {
        Problem::new(format_args!("cannot write {}: {error}", path.display())).code("output")
    };
    if path == Path::new("-") {
        return stdout(|out| out.write_all(content)).map_err(problem);
    }
    if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return fs::write(path, content).map_err(problem);
    }
    let name = path.file_name().ok_or_else(|| problem(io::Error::other("it names no file")))?;
    let mut temporary = name.to_owned();
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(temporary);
    // In a folder that others may write to, the name may be a link of theirs already.
    let file = OpenOptions::new().write(true).create_new(true).open(&temporary).map_err(problem)?;
    write_all(file, content).and_then(|()| fs::rename(&temporary, path)).map_err(|error| {
        let _ = fs::remove_file(&temporary);
        problem(error)
    })
}

fn write_all(mut file: File, content: &[u8]) -> io::Result<()> {
    file.write_all(content)
}
