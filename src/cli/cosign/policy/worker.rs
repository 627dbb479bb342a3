//! The process that evaluates policies: this program, started again under [`NAME`].
//!
//! A policy can recurse without end or take all memory, which no library call survives. What happens to the
//! process is an answer too: the statement is not allowed.

use std::ffi::OsString;
use std::io;
use std::io::Read;
use std::io::Write;
use std::process::Child;
use std::process::Command;
use std::process::ExitCode;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use portcullis::limits;
use serde::Deserialize;
use serde::Serialize;

use super::Source;
use super::evaluate::evaluate;
use crate::cli::context;
use crate::cli::output;

/// The argument that makes this program such a process.
const NAME: &str = "evaluate-policies";

/// Whether these arguments ask for it. A program whose own name is `cosign` gets that as an argument as well.
pub(in crate::cli::cosign) fn is_meant(arguments: &[OsString]) -> bool {
    match arguments {
        [name] => name == NAME,
        [cosign, name] => cosign == "cosign" && name == NAME,
        _ => false,
    }
}

#[derive(Deserialize, Serialize)]
struct Question {
    files: Vec<Source>,
    statement: String,
}

/// Answers the question on standard input.
pub(in crate::cli::cosign) fn answer() -> ExitCode {
    let mut bytes = Vec::new();
    let question = io::stdin().lock().read_to_end(&mut bytes).ok();
    let question: Option<Question> = question.and_then(|_| serde_json::from_slice(&bytes).ok());
    let Some(question) = question else { return ExitCode::FAILURE };
    let mut errors =
        evaluate(&question.files, &question.statement, Duration::from_secs(limits::REGO_SECONDS));
    for error in &mut errors {
        if error.len() > limits::REGO_ANSWER_BYTES {
            *error = error.chars().take(limits::REGO_ANSWER_BYTES / 8).chain("...".chars()).collect();
        }
    }
    match output::stdout(|out| Ok(serde_json::to_writer(out, &errors)?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Has the question answered.
pub(super) fn ask(files: &[Source], statement: &[u8]) -> Vec<String> {
    let Ok(statement) = std::str::from_utf8(statement) else {
        return vec!["the statement is not UTF-8".to_owned()];
    };
    let question = Question { files: files.to_vec(), statement: statement.to_owned() };
    run(&question).unwrap_or_else(|error| vec![format!("the policies were not evaluated: {error}")])
}

fn run(question: &Question) -> io::Result<Vec<String>> {
    let question = serde_json::to_vec(question)?;
    let mut child = Command::new(context::this_program()?)
        .args(["cosign", NAME])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let answer = converse(&mut child, &question);
    // Whatever happened, nothing is left behind.
    let _ = child.kill();
    let _ = child.wait();
    let mut answer: Vec<String> = serde_json::from_slice(&answer?)?;
    answer.truncate(limits::LAYERS);
    Ok(answer)
}

fn converse(child: &mut Child, question: &[u8]) -> io::Result<Vec<u8>> {
    let gone = || io::Error::other("its process has no input or output");
    child.stdin.take().ok_or_else(gone)?.write_all(question)?;
    let output = child.stdout.take().ok_or_else(gone)?;
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > Duration::from_secs(limits::REGO_SECONDS.saturating_add(1)) {
            return Err(io::Error::other(format!("they took more than {} seconds", limits::REGO_SECONDS)));
        }
        if context::memory_of(child.id()).is_some_and(|bytes| bytes > limits::REGO_MEMORY_BYTES) {
            let limit = limits::REGO_MEMORY_BYTES >> 20;
            return Err(io::Error::other(format!("they took more than {limit} MiB of memory")));
        }
        thread::sleep(PAUSE);
    };
    if !status.success() {
        return Err(io::Error::other(format!(
            "their process ended with {status}, as after a recursion without end"
        )));
    }
    let mut answer = Vec::new();
    let ceiling = u64::try_from(limits::REGO_ANSWER_BYTES).unwrap_or(u64::MAX);
    output.take(ceiling.saturating_mul(2)).read_to_end(&mut answer)?;
    Ok(answer)
}

/// Between two looks at the process.
const PAUSE: Duration = Duration::from_millis(1);
