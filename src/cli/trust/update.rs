//! `portcullis trust update`: the trusted root of a mirror, by TUF.

use std::fs;
use std::io;
use std::io::IsTerminal;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use portcullis::limits;
use portcullis::report;
use portcullis::report::printable;
use portcullis::source::Certificates;
use portcullis::trust::Anchor;
use portcullis::trust::Mirror;
use portcullis::trust::MirrorSettings;
use portcullis::trust::TufError;
use portcullis::trust::TufState;
use portcullis::trust::default_mirror;
use serde::Serialize;

use super::show;
use crate::cli::Outcome;
use crate::cli::arguments::Instance;
use crate::cli::cache;
use crate::cli::checksum;
use crate::cli::context;
use crate::cli::output;
use crate::cli::output::Exit;
use crate::cli::output::Format;
use crate::cli::output::Problem;
use crate::cli::output::say;
use crate::cli::registry;

/// Fetch the current trusted root by TUF, and keep it
///
/// The only native command that asks the network for a trusted root. The others take what it kept, verified
/// again each time, before the embedded root. Expired metadata, a rollback and anything not signed as the root
/// asks for is refused, and what was kept before stays.
///
/// With --root, the root of another instance, nothing takes the result by itself: it is written beside the cache
/// as trusted_root.json, for --trusted-root.
#[derive(Args, Debug)]
pub(in crate::cli) struct Options {
    /// Which instance
    #[arg(long, value_enum, value_name = "INSTANCE", default_value_t = Instance::Production, conflicts_with = "root")]
    trust: Instance,
    /// Mirror of the repository: https://..., or file:///DIRECTORY. Default: the instance's own
    #[arg(long, value_name = "URL")]
    mirror: Option<String>,
    /// Start from this TUF root.json instead of an embedded one
    #[arg(long, value_name = "FILE", requires = "mirror")]
    root: Option<PathBuf>,
    /// Digest that the --root file must have, such as sha256:...
    #[arg(long, value_name = "DIGEST", requires = "root")]
    root_checksum: Option<String>,
    /// Folder of the cache. Default: $XDG_CACHE_HOME/portcullis/tuf or ~/.cache/portcullis/tuf
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// PEM certificates that may vouch for the mirror, besides those of this system
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,
    /// Output format
    #[arg(long, short = 'o', visible_alias = "output", value_enum, default_value_t = Format::Text)]
    pub(in crate::cli) format: Format,
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let now = context::now();
    let which = options.trust.embedded();
    let url = options.mirror.as_deref().unwrap_or(default_mirror(which));
    let folder = options.cache.clone().or_else(cache::folder).ok_or_else(|| {
        Problem::new("no folder for the cache: neither XDG_CACHE_HOME nor HOME is set")
            .hint("give --cache DIR")
    })?;
    let (anchor, folder) = match &options.root {
        Some(path) => {
            let bytes = context::read_file(path, limits::TUF_ROOT_BYTES)?;
            (own_anchor(options, path, &bytes)?, folder.join(folder_name(url)))
        }
        None => (Anchor::embedded(which), folder.join(cache::name(which))),
    };
    let path = folder.join(cache::FILE);
    let previous = cache::read(&path, &anchor)?;
    let mirror = Mirror::new(url, &settings(options.cacert.as_deref())?).map_err(|error| {
        Problem::new(error)
            .hint("a mirror is https://HOST/PATH or file:///DIRECTORY; its certificates: --cacert")
    })?;
    if io::stderr().is_terminal() {
        say(format_args!("asking {} ...", printable(url)));
    }
    let state = match fetch(&mirror, &anchor, previous.as_ref(), now)? {
        Ok(state) => state,
        Err(error) => return refuse(options, url, &error),
    };
    keep(&folder, &path, &state)?;
    let exported = options.root.as_ref().map(|_| folder.join(TARGET));
    if let Some(exported) = &exported {
        output::write_file(exported, state.trusted_root().as_bytes())?;
    }
    let is_new =
        previous.as_ref().map(|old| old.trusted_root().digest()) != Some(state.trusted_root().digest());
    let done = Done { state: &state, is_new, path: &path, exported: exported.as_deref(), now };
    output::stdout(|out| match options.format {
        Format::Json => output::json(&done.document(), out),
        Format::Text => done.text(out),
    })?;
    Ok(Exit::Pass)
}

fn own_anchor(options: &Options, path: &Path, bytes: &[u8]) -> Result<Anchor, Problem> {
    if let Some(expected) = &options.root_checksum {
        checksum::check(bytes, expected)
            .map_err(|error| Problem::new(format_args!("{}: {error}", path.display())))?;
    }
    Anchor::from_slice(bytes).map_err(|error| {
        Problem::new(format_args!("{}: {error}", path.display()))
            .hint("--root takes a TUF root.json, not a trusted_root.json")
    })
}

/// How mirrors are reached from here.
pub(in crate::cli) fn settings(cacert: Option<&Path>) -> Result<MirrorSettings, Problem> {
    let authorities = match cacert {
        Some(path) => context::read_file(path, limits::TRUSTED_ROOT_BYTES)?,
        None => Vec::new(),
    };
    let certificates = Certificates { authorities, client: None };
    Ok(MirrorSettings { certificates, proxies: registry::proxies(), ..MirrorSettings::default() })
}

/// Asks, for a while.
pub(in crate::cli) fn fetch(
    mirror: &Mirror,
    anchor: &Anchor,
    previous: Option<&TufState>,
    now: Timestamp,
) -> Result<Result<TufState, TufError>, Problem> {
    let limit = Duration::from_secs(limits::COMMAND_SECONDS);
    let asked = context::block_on_for(true, limit, mirror.fetch(anchor, previous, now))?;
    asked.ok_or_else(|| Problem::new(format_args!("gave up after {} seconds", limits::COMMAND_SECONDS)))
}

/// Writes the state into the cache, in one step.
pub(in crate::cli) fn keep(folder: &Path, path: &Path, state: &TufState) -> Result<(), Problem> {
    fs::create_dir_all(folder)
        .map_err(|error| Problem::new(format_args!("cannot make {}: {error}", folder.display())))?;
    output::write_file(path, &state.to_json())
}

/// A mirror that was refused changes nothing; one that was not reached, neither.
fn refuse(options: &Options, url: &str, error: &TufError) -> Outcome {
    let message = format!("{url}: {error} ({})", error.rule());
    let hint = match error {
        TufError::Expired { .. } => {
            "the mirror is stale, or somebody keeps what is newer from you; what was kept before is unchanged"
        }
        TufError::Missing(_) | TufError::NoTarget { .. } => {
            "is this the base URL of a TUF repository with a trusted_root.json?"
        }
        error if error.is_refusal() => "nothing of it is used; what was kept before is unchanged",
        _ => {
            "try again; what was kept before is unchanged. A directory is a mirror, too: --mirror file:///DIRECTORY"
        }
    };
    if !error.is_refusal() {
        return Err(Problem::new(message).hint(hint));
    }
    if options.format == Format::Json {
        let refused = Refused {
            schema_version: report::SCHEMA_VERSION,
            result: "refused",
            mirror: url,
            refused: error.to_string(),
            rule: error.rule(),
        };
        output::stdout(|out| output::json(&refused, out))?;
    }
    say(format_args!("refused: {}", printable(&message)));
    say(format_args!("hint: {hint}"));
    Ok(Exit::Refused)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Refused<'a> {
    schema_version: u32,
    result: &'static str,
    mirror: &'a str,
    refused: String,
    rule: &'static str,
}

/// What happened.
struct Done<'a> {
    state: &'a TufState,
    is_new: bool,
    path: &'a Path,
    exported: Option<&'a Path>,
    now: Timestamp,
}

impl Done<'_> {
    fn text(&self, out: &mut impl Write) -> io::Result<()> {
        let what = if self.is_new { "updated" } else { "unchanged" };
        writeln!(out, "trusted root: {what}, from {}", printable(self.state.mirror()))?;
        writeln!(out, "digest:       {}", self.state.trusted_root().digest())?;
        for role in self.state.roles() {
            writeln!(out, "{}", show::line(role, self.now))?;
        }
        writeln!(out, "kept in:      {}", self.path.display())?;
        match self.exported {
            Some(path) => writeln!(out, "to use it:    --trusted-root {}", path.display()),
            None => Ok(()),
        }
    }

    fn document(&self) -> impl Serialize {
        serde_json::json!({
            "schemaVersion": report::SCHEMA_VERSION,
            "result": "done",
            "digest": self.state.trusted_root().digest().to_string(),
            "updated": self.is_new,
            "cache": self.path.display().to_string(),
            "trustedRoot": self.exported.map(|path| path.display().to_string()),
            "tuf": show::Tuf::new(self.state, self.now),
        })
    }
}

/// A mirror's URL as the name of one folder.
fn folder_name(url: &str) -> String {
    let plain = |char: char| if char.is_ascii_alphanumeric() || ".-_".contains(char) { char } else { '-' };
    let name: String = url.trim_end_matches('/').chars().map(plain).collect();
    // Neither `..` nor the name of an instance, which is embedded.
    format!("mirror-{name}")
}

const TARGET: &str = "trusted_root.json";
