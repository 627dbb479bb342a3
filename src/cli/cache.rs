//! The cache of trusted roots that `trust update` fills: where it is, and what is read from it.
//!
//! One file for each instance holds the answers of its mirror. They are verified from the embedded TUF root
//! each time, without the network. A file that does not verify is an error: to take the embedded root
//! instead would let who damages the file choose an older root.

use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::Unit;
use portcullis::limits;
use portcullis::trust::Anchor;
use portcullis::trust::Embedded;
use portcullis::trust::TrustedRoot;
use portcullis::trust::TufState;

use super::context;
use super::output::Problem;
use super::output::say;

/// The folder: `$XDG_CACHE_HOME/portcullis/tuf`, or `~/.cache/portcullis/tuf`; none without a home.
pub(super) fn folder() -> Option<PathBuf> {
    // The specification of the variable: what is not absolute is ignored.
    let cache = context::path_variable("XDG_CACHE_HOME").filter(|path| path.is_absolute());
    let cache = cache.or_else(|| Some(context::path_variable("HOME")?.join(".cache")));
    Some(cache?.join("portcullis").join("tuf"))
}

/// The file of an instance.
pub(super) fn file(folder: &Path, which: Embedded) -> PathBuf {
    folder.join(name(which)).join(FILE)
}

/// The name of an instance, as options have it.
pub(super) fn name(which: Embedded) -> &'static str {
    match which {
        Embedded::Github => "github",
        Embedded::Production => "production",
        Embedded::Staging => "staging",
    }
}

/// The trusted root of an instance: from the cache if there is one, else the embedded one.
pub(super) fn trusted_root(which: Embedded) -> Result<TrustedRoot, Problem> {
    let Some(path) = folder().map(|folder| file(&folder, which)) else { return embedded(which) };
    match read(&path, &Anchor::embedded(which))? {
        Some(state) => {
            warn_if_expired(&state, context::now());
            Ok(state.trusted_root().clone())
        }
        None => embedded(which),
    }
}

fn embedded(which: Embedded) -> Result<TrustedRoot, Problem> {
    TrustedRoot::embedded(which).map_err(Problem::new)
}

/// Reads and verifies a file of the cache; `None` if there is no such file.
pub(super) fn read(path: &Path, anchor: &Anchor) -> Result<Option<TufState>, Problem> {
    let bytes = match context::read_bounded(path, limits::TUF_STATE_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(Problem::new(format_args!("cannot read {}: {error}", path.display())));
        }
    };
    TufState::from_slice(&bytes, anchor).map(Some).map_err(|error| {
        Problem::new(format_args!("cached trusted root {}: {error} ({})", path.display(), error.rule())).hint(
            format!(
                "the file was changed or is broken: remove it, which goes back to the embedded root, then run \
                 `portcullis trust update`; or give --trusted-root FILE ({})",
                path.display()
            ),
        )
    })
}

/// What was verified once stays authentic; what was revoked since is not in it.
pub(super) fn warn_if_expired(state: &TufState, now: Timestamp) {
    if let Some(role) = state.expired(now) {
        say(format_args!(
            "warning: cached trusted root: {} metadata expired at {}, fetched {}: what was revoked since still \
             counts; renew it with `portcullis trust update`",
            role.role,
            role.expires,
            age(state.fetched(), now),
        ));
    }
}

/// `12 days ago`.
pub(super) fn age(then: Timestamp, now: Timestamp) -> String {
    let hours = (now - then).total(Unit::Hour).unwrap_or_default();
    let (number, unit) = if hours.abs() < 48.0 { (hours, "hour") } else { (hours / 24.0, "day") };
    let number = number.floor();
    let plural = if number.abs() == 1.0 { "" } else { "s" };
    if number < 0.0 {
        format!("{} {unit}{plural} ahead of now", -number)
    } else {
        format!("{number} {unit}{plural} ago")
    }
}

/// The file in the folder of an instance or a mirror.
pub(super) const FILE: &str = "tuf.json";
