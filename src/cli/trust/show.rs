//! `portcullis trust show`: whose word counts, and how old that knowledge is.

use std::io;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use portcullis::report;
use portcullis::report::printable;
use portcullis::trust::Anchor;
use portcullis::trust::Authority;
use portcullis::trust::RoleState;
use portcullis::trust::RootSource;
use portcullis::trust::TrustedRoot;
use portcullis::trust::TufState;
use serde::Serialize;

use crate::cli::Outcome;
use crate::cli::arguments;
use crate::cli::arguments::Instance;
use crate::cli::cache;
use crate::cli::context;
use crate::cli::output;
use crate::cli::output::Exit;
use crate::cli::output::Format;
use crate::cli::output::Problem;

/// Show whose certificates, logs and timestamps are trusted
///
/// A cache that `trust update` made comes first, and is verified; without one it is the embedded root, which is
/// as old as this build. Nothing here asks the network.
#[derive(Args, Debug)]
pub(in crate::cli) struct Options {
    /// Trusted root in Sigstore's format (trusted_root.json), instead of a cached or embedded one
    #[arg(long, value_name = "FILE")]
    trusted_root: Option<PathBuf>,
    /// Which instance
    #[arg(long, value_enum, value_name = "INSTANCE", default_value_t = Instance::Production, conflicts_with = "trusted_root")]
    trust: Instance,
    /// Folder of the cache. Default: $XDG_CACHE_HOME/portcullis/tuf or ~/.cache/portcullis/tuf
    #[arg(long, value_name = "DIR", conflicts_with = "trusted_root")]
    cache: Option<PathBuf>,
    /// Judge by this time instead of now (RFC 3339)
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Output format
    #[arg(long, short = 'o', visible_alias = "output", value_enum, default_value_t = Format::Text)]
    pub(in crate::cli) format: Format,
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let now = options.at.unwrap_or_else(context::now);
    let state = state(options)?;
    let root = match &state {
        Some(state) => state.trusted_root().clone(),
        None if options.trusted_root.is_some() => {
            arguments::read_root(options.trusted_root.as_deref(), options.trust)?
        }
        None => TrustedRoot::embedded(options.trust.embedded()).map_err(Problem::new)?,
    };
    output::stdout(|out| match options.format {
        Format::Json => output::json(&document(&root, state.as_ref(), now), out),
        Format::Text => text(&root, state.as_ref(), now, out),
    })?;
    Ok(Exit::Pass)
}

/// The cached state, if there is one.
fn state(options: &Options) -> Result<Option<TufState>, Problem> {
    if options.trusted_root.is_some() {
        return Ok(None);
    }
    let Some(folder) = options.cache.clone().or_else(cache::folder) else { return Ok(None) };
    let which = options.trust.embedded();
    cache::read(&cache::file(&folder, which), &Anchor::embedded(which))
}

fn text(
    root: &TrustedRoot,
    state: Option<&TufState>,
    now: Timestamp,
    out: &mut impl Write,
) -> io::Result<()> {
    let source = match root.source() {
        RootSource::Embedded(which) => format!("embedded, {}", cache::name(*which)),
        RootSource::File => "file".to_owned(),
        RootSource::Parts => "certificates and keys".to_owned(),
        RootSource::Tuf { mirror, fetched } => {
            let age = cache::age(*fetched, now);
            format!("cache of {}, fetched {fetched}, {age}", printable(mirror))
        }
    };
    writeln!(out, "trusted root: {source}")?;
    writeln!(out, "digest:       {}", root.digest())?;
    for role in state.map(TufState::roles).unwrap_or_default() {
        writeln!(out, "{}", line(role, now))?;
    }
    let mut role = None;
    for authority in root.authorities() {
        if role != Some(authority.role) {
            writeln!(out, "\n{}", authority.role)?;
            role = Some(authority.role);
        }
        writeln!(out, "  {}  {}", window(&authority, now), printable(&authority.name))?;
        writeln!(out, "      {}", printable(&authority.id))?;
    }
    Ok(())
}

/// `timestamp:    version 42, expires 2030-01-20T00:00:00Z`.
pub(super) fn line(role: &RoleState, now: Timestamp) -> String {
    let verb = if role.expires <= now { "EXPIRED" } else { "expires" };
    let ago =
        if role.expires <= now { format!(", {}", cache::age(role.expires, now)) } else { String::new() };
    format!("{:<14}version {}, {verb} {}{ago}", format!("{}:", role.role), role.version, role.expires)
}

/// `2021-10-07 to 2022-07-13  retired`.
fn window(authority: &Authority, now: Timestamp) -> String {
    let day = |time: Option<Timestamp>| {
        time.map_or_else(|| "...       ".to_owned(), |time| time.strftime("%Y-%m-%d").to_string())
    };
    let state = match (authority.from, authority.until) {
        (Some(from), _) if from > now => "future ",
        (_, Some(until)) if until < now => "retired",
        _ => "active ",
    };
    format!("{state}  {} to {}", day(authority.from), day(authority.until))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    result: &'static str,
    source: &'a RootSource,
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tuf: Option<Tuf<'a>>,
    authorities: Vec<Authority>,
}

/// Of a cached root.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tuf<'a> {
    mirror: &'a str,
    fetched: Timestamp,
    age_seconds: i64,
    expired: bool,
    roles: &'a [RoleState],
}

impl<'a> Tuf<'a> {
    pub(super) fn new(state: &'a TufState, now: Timestamp) -> Self {
        Self {
            mirror: state.mirror(),
            fetched: state.fetched(),
            age_seconds: now.as_second().saturating_sub(state.fetched().as_second()),
            expired: state.expired(now).is_some(),
            roles: state.roles(),
        }
    }
}

fn document<'a>(root: &'a TrustedRoot, state: Option<&'a TufState>, now: Timestamp) -> Document<'a> {
    Document {
        schema_version: report::SCHEMA_VERSION,
        result: "done",
        source: root.source(),
        digest: root.digest().to_string(),
        tuf: state.map(|state| Tuf::new(state, now)),
        authorities: root.authorities(),
    }
}
