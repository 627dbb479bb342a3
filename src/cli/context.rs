//! What a command reads from its surroundings: files, environment, clock.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use portcullis::limits;
use portcullis::source::Source;

use super::output::Problem;

/// The time that signatures, reports and expiries are judged by, in whole seconds.
#[expect(clippy::disallowed_methods, reason = "the command line is where the clock is read")]
pub(super) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// An environment variable that is set and not empty.
#[expect(clippy::disallowed_methods, reason = "the command line is where the environment is read")]
pub(super) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// A path in the environment.
#[expect(clippy::disallowed_methods, reason = "the command line is where the environment is read")]
pub(super) fn path_variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The arguments of this process, its name among them.
pub(super) fn arguments() -> Vec<OsString> {
    env::args_os().collect()
}

/// The arguments for another command line that this program speaks, if it was asked for: by its name as the
/// first argument, or as the name of a link to the program.
pub(super) fn arguments_of(tool: &str) -> Option<Vec<OsString>> {
    let mut arguments = env::args_os();
    let program = arguments.next().map(PathBuf::from);
    if program.as_deref().and_then(Path::file_stem).is_some_and(|stem| stem == tool) {
        return Some(arguments.collect());
    }
    arguments.next().is_some_and(|first| first == tool).then(|| arguments.collect())
}

/// Whether the arguments ask for JSON, where they cannot be understood.
pub(super) fn wants_json() -> bool {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let value = |text: &OsString| text == "json";
    let named = |text: &OsString| ["-o", "--output", "--format"].iter().any(|name| text == name);
    arguments.windows(2).any(|pair| matches!(pair, [name, next] if named(name) && value(next)))
        || arguments.iter().any(|text| {
            ["-ojson", "-o=json", "--output=json", "--format=json"].iter().any(|whole| text == whole)
        })
}

/// The architecture of this machine, in the words of Go and of images.
pub(super) fn architecture() -> &'static str {
    match env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    }
}

/// The file of this program, to start it again.
pub(super) fn this_program() -> io::Result<PathBuf> {
    env::current_exe()
}

/// Bytes of memory that a process occupies; `None` where the system does not tell.
pub(super) fn memory_of(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

/// Reads a file of at most `ceiling` bytes.
pub(super) fn read_file(path: &Path, ceiling: u64) -> Result<Vec<u8>, Problem> {
    read_bounded(path, ceiling)
        .map_err(|error| Problem::new(format_args!("cannot read {}: {error}", path.display())).code("file"))
}

/// Reads a file, or stdin for `-`, of at most `ceiling` bytes.
pub(super) fn read_bounded(path: &Path, ceiling: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(ceiling.saturating_add(1)).read_to_end(&mut bytes)?;
    } else {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        // A byte more, to see that it ends.
        bytes.reserve(
            usize::try_from(metadata.len().min(ceiling).min(1 << 20)).unwrap_or(0).saturating_add(1),
        );
        file.take(ceiling.saturating_add(1)).read_to_end(&mut bytes)?;
    }
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= ceiling) {
        return Ok(bytes);
    }
    Err(io::Error::other(format!("it has more than {ceiling} bytes")))
}

/// Runs a flow over `source` on this thread, for [`limits::COMMAND_SECONDS`] at most.
pub(super) fn block_on<T>(source: &Source, flow: impl Future<Output = T>) -> Result<T, Problem> {
    let limit = Duration::from_secs(limits::COMMAND_SECONDS);
    block_on_for(is_network(source), limit, flow)?.ok_or_else(|| {
        Problem::new(format_args!("gave up after {} seconds", limits::COMMAND_SECONDS))
            .code("time")
            .hint("the registry answers too slowly, or lists too much; this says nothing about the image")
    })
}

/// Whether reading from `source` opens sockets.
pub(super) fn is_network(source: &Source) -> bool {
    !matches!(source, Source::Layout(_) | Source::Recording(_))
}

/// Runs a flow on this thread; `None` if it takes longer than `limit`. Without `network`, files need no driver
/// but the clock's; that of signals opens sockets.
pub(super) fn block_on_for<T>(
    network: bool,
    limit: Duration,
    flow: impl Future<Output = T>,
) -> Result<Option<T>, Problem> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = if network { builder.enable_all() } else { builder.enable_time() }.build();
    let runtime = runtime.map_err(|error| Problem::new(format_args!("cannot start: {error}")))?;
    Ok(runtime.block_on(async { tokio::time::timeout(limit, flow).await }).ok())
}

/// Runs a flow that moves whole images, for [`limits::TRANSFER_SECONDS`] at most.
pub(super) fn transfer<T>(network: bool, flow: impl Future<Output = T>) -> Result<T, Problem> {
    let limit = Duration::from_secs(limits::TRANSFER_SECONDS);
    block_on_for(network, limit, flow)?.ok_or_else(|| {
        Problem::new(format_args!("gave up after {} seconds", limits::TRANSFER_SECONDS)).hint(
            "the registry answers too slowly; what is complete there stays, and need not be moved again",
        )
    })
}

/// Runs a flow over files alone, without any driver.
pub(super) fn quiet<T>(flow: impl Future<Output = T>) -> Result<T, Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.map_err(|error| Problem::new(format_args!("cannot start: {error}")))?;
    Ok(runtime.block_on(flow))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What never ends is given up, with and without a network.
    #[test]
    fn a_flow_has_a_deadline() {
        for network in [false, true] {
            let limit = Duration::from_millis(20);
            assert!(block_on_for(network, limit, std::future::pending::<()>()).unwrap().is_none());
            assert_eq!(block_on_for(network, limit, async { 1 }).unwrap(), Some(1));
        }
    }
}
