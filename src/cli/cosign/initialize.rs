//! `cosign initialize`: the trusted root of a TUF mirror, and what the other commands take of it.
//!
//! In `$TUF_ROOT` (`~/.sigstore/root`) it leaves what cosign leaves there, so that cosign can go on with it, and
//! one file more that this program reads: the answers of the mirror, which are verified from the embedded root,
//! or the one that was given with `--root`, each time, and without the network.
//!
//! Off-spec: cosign asks the mirror in every verification; here only this command does. Where the environment
//! or the folder names a mirror that was not initialized here, verification stops and says so.

use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use portcullis::json;
use portcullis::limits;
use portcullis::trust::Anchor;
use portcullis::trust::Embedded;
use portcullis::trust::TrustedRoot;
use portcullis::trust::TufState;
use portcullis::trust::default_mirror;
use serde::Deserialize;

use super::error::Failure;
use super::error::Result;
use crate::cli::cache;
use crate::cli::context;

/// Initializes SigStore root to retrieve trusted certificate and key targets for verification
#[derive(Args, Debug)]
pub(super) struct Options {
    /// HTTP(S) base URL of a SigStore TUF repository, or file:/// for local filestore remote (air-gap)
    #[arg(long, value_name = "URL", default_value = default_mirror(Embedded::Production))]
    mirror: String,
    /// path to trusted initial root. defaults to embedded root
    #[arg(long, value_name = "FILE")]
    root: Option<String>,
    /// checksum of the initial root, required if root is downloaded via http(s). expects sha256 by default, can be
    /// changed to sha512 by providing sha512:<checksum>
    #[arg(long, value_name = "CHECKSUM")]
    root_checksum: Option<String>,
    /// use the staging TUF repository
    #[arg(long)]
    staging: bool,
}

/// Runs the command.
#[cfg(not(feature = "net"))]
pub(super) fn run(options: &Options) -> Result {
    let _ = (&options.mirror, &options.root, &options.root_checksum, options.staging);
    Err(Failure::unsupported("cosign initialize", "this build asks no mirrors (feature `net`)"))
}

#[cfg(feature = "net")]
pub(super) use self::online::run;

#[cfg(feature = "net")]
mod online {
    use std::fs;

    use portcullis::trust::Mirror;
    use portcullis::trust::MirrorSettings;
    use portcullis::trust::TufError;

    use super::*;
    use crate::cli::checksum;
    use crate::cli::checksum::ChecksumError;
    use crate::cli::cosign::trusted_root;
    use crate::cli::output;
    use crate::cli::output::say;
    use crate::cli::trust;

    /// Runs the command.
    pub(in crate::cli::cosign) fn run(options: &Options) -> Result {
        let which = if options.staging { Embedded::Staging } else { Embedded::Production };
        let url = if options.staging { default_mirror(which) } else { &options.mirror };
        let settings = trust::settings(None)?;
        let anchor = match options.root.as_deref().filter(|root| !root.is_empty() && !options.staging) {
            Some(root) => Some(own_anchor(root, options.root_checksum.as_deref(), &settings)?),
            None => None,
        };
        let folder = folder()
            .ok_or_else(|| Failure::new("no folder for the root: neither TUF_ROOT nor HOME is set"))?;
        let start = anchor.clone().unwrap_or_else(|| Anchor::embedded(which));
        // Another root, or another mirror, is another repository: what was kept says nothing of it.
        let previous = match read(&folder)? {
            Some((state, old)) if old == start && state.mirror() == url.trim_end_matches('/') => Some(state),
            _ => None,
        };
        let mirror = Mirror::new(url, &settings).map_err(|fault| Failure::new(format!("tuf: {fault}")))?;
        let fetched = trust::fetch(&mirror, &start, previous.as_ref(), context::now())?;
        let state = fetched.map_err(|error| refused(&error))?;
        keep(&folder, &state, anchor.as_ref(), &start)
    }

    fn refused(error: &TufError) -> Failure {
        let rule = error.rule();
        Failure::new(format!(
            "updating local metadata and targets: error updating to TUF remote mirror: tuf: {error} ({rule})"
        ))
    }

    fn own_anchor(root: &str, sum: Option<&str>, settings: &MirrorSettings) -> Result<Anchor> {
        let sum = sum.filter(|sum| !sum.is_empty());
        let bytes = match root.split_once("://") {
            Some(("http" | "https", _)) => download(root, sum, settings)?,
            Some((scheme, _)) => {
                return Err(Failure::new(format!("loading URL: unrecognized scheme: {scheme}://")));
            }
            None => trusted_root::read(root)?,
        };
        if let Some(sum) = sum {
            checksum::check(&bytes, sum).map_err(|error| match error {
                ChecksumError::Other { .. } => {
                    Failure::new(format!("incorrect checksum for file {root}: {error}"))
                }
                ChecksumError::Algorithm(_) => Failure::new(error.to_string()),
            })?;
        }
        Anchor::from_slice(&bytes).map_err(|error| Failure::new(format!("{root}: {error}")))
    }

    fn download(url: &str, sum: Option<&str>, settings: &MirrorSettings) -> Result<Vec<u8>> {
        if sum.is_none() {
            say(
                "WARNING: Fetching initial root from URL without providing its checksum is deprecated and will be \
                 disallowed in a future Cosign release. Please provide the initial root checksum via the \
                 --root-checksum argument.",
            );
        }
        let in_url = |error: String| Failure::new(format!("loading URL {url}: {error}"));
        let (base, name) = url.rsplit_once('/').ok_or_else(|| in_url("it names no file".to_owned()))?;
        let mirror = Mirror::new(base, settings).map_err(|fault| in_url(fault.to_string()))?;
        let limit = std::time::Duration::from_secs(limits::COMMAND_SECONDS);
        let asked = context::block_on_for(true, limit, mirror.file(name, limits::TUF_ROOT_BYTES))?;
        let answer = asked.ok_or_else(|| in_url("no answer".to_owned()))?;
        answer.map_err(|fault| in_url(fault.to_string()))
    }

    /// Each file in one step; ours, the only one that this program reads, as the last one.
    fn keep(folder: &Path, state: &TufState, own: Option<&Anchor>, start: &Anchor) -> Result {
        let theirs = folder.join(folder_name(state.mirror()));
        let make = |path: &Path| {
            fs::create_dir_all(path)
                .map_err(|error| Failure::new(format!("cannot make {}: {error}", path.display())))
        };
        make(&theirs.join("targets"))?;
        for (name, bytes) in cosign_files(state, start) {
            output::write_file(&theirs.join(name), bytes)?;
        }
        let remote = serde_json::json!({ "mirror": state.mirror() });
        output::write_file(&folder.join(REMOTE), remote.to_string().as_bytes())?;
        let kept = match own {
            Some(anchor) => state.to_json_with_anchor(anchor),
            None => state.to_json(),
        };
        Ok(output::write_file(&folder.join(OURS), &kept)?)
    }

    /// The latest of each role, by the names that cosign has for them.
    fn cosign_files<'a>(state: &'a TufState, start: &'a Anchor) -> Vec<(&'static str, &'a [u8])> {
        let version = |role: &str| {
            state.roles().iter().find(|found| found.role == role).map_or(0, |found| found.version)
        };
        let find = |names: &[String]| {
            let mut files = state.files();
            files.find(|(name, _)| names.iter().any(|wanted| wanted == name)).map(|(_, bytes)| bytes)
        };
        let root = find(&[format!("{}.root.json", version("root"))]).unwrap_or(start.as_bytes());
        let mut files = vec![("root.json", root)];
        for (name, role) in
            [("snapshot.json", "snapshot"), ("targets.json", "targets"), ("timestamp.json", "")]
        {
            let names = [name.to_owned(), format!("{}.{name}", version(role))];
            files.extend(find(&names).map(|bytes| (name, bytes)));
        }
        files.push(("targets/trusted_root.json", state.trusted_root().as_bytes()));
        files
    }

    /// A mirror's URL as sigstore-go makes a folder of it.
    fn folder_name(url: &str) -> String {
        let name = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or(url);
        name.replace(['/', ':'], "-")
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// The folders that cosign 3.1.1 made.
        #[test]
        fn folders() {
            assert_eq!(folder_name("https://tuf-repo-cdn.sigstore.dev"), "tuf-repo-cdn.sigstore.dev");
            assert_eq!(folder_name("http://127.0.0.1:8766/good/1"), "127.0.0.1-8766-good-1");
            assert_eq!(folder_name("file:///srv/tuf"), "file----srv-tuf");
        }
    }
}

/// The trusted root of commands that name none: what `cosign initialize` left, else that of the native cache, else
/// the embedded one. Asks nobody.
pub(super) fn trusted_root() -> Result<TrustedRoot> {
    let kept = match folder() {
        Some(folder) => {
            let kept = read(&folder)?;
            if kept.is_none() {
                refuse_foreign(&folder)?;
            }
            kept
        }
        None => None,
    };
    refuse_environment(kept.as_ref())?;
    match kept {
        Some((state, _)) => {
            cache::warn_if_expired(&state, context::now());
            Ok(state.trusted_root().clone())
        }
        None => Ok(cache::trusted_root(Embedded::Production)?),
    }
}

/// `$TUF_ROOT`, or `~/.sigstore/root`.
fn folder() -> Option<PathBuf> {
    let home = || Some(context::path_variable("HOME")?.join(".sigstore").join("root"));
    context::path_variable("TUF_ROOT").or_else(home)
}

/// What this program left in the folder, verified.
fn read(folder: &Path) -> Result<Option<(TufState, Anchor)>> {
    let path = folder.join(OURS);
    let bytes = match context::read_bounded(&path, limits::TUF_STATE_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::new(format!("cannot read {}: {error}", path.display()))),
    };
    let refused = |error: portcullis::trust::TufError| {
        Failure::new(format!("cached trusted root {}: {error} ({})", path.display(), error.rule()))
            .with_hint("the file was changed or is broken: remove it and run `cosign initialize` again")
    };
    // The mirror tells which embedded root: it is part of what is verified only in that the other one fails.
    let mirror: Mirrored = json::from_slice(&bytes)
        .map_err(|error| refused(portcullis::trust::TufError::Malformed(error.to_string())))?;
    let which = if mirror.mirror == default_mirror(Embedded::Staging) {
        Embedded::Staging
    } else {
        Embedded::Production
    };
    TufState::from_slice_with_anchor(&bytes, Anchor::embedded(which)).map(Some).map_err(refused)
}

/// cosign itself was initialized for another mirror, and would take that one's root.
fn refuse_foreign(folder: &Path) -> Result {
    let Ok(bytes) = context::read_bounded(&folder.join(REMOTE), limits::AUTH_FILE_BYTES) else {
        return Ok(());
    };
    let mirror = json::from_slice::<Mirrored>(&bytes).map(|remote| remote.mirror).unwrap_or_default();
    if mirror.trim_end_matches('/') == default_mirror(Embedded::Production) {
        return Ok(());
    }
    Err(not_initialized(&format!("{} names the TUF mirror {mirror:?}", folder.join(REMOTE).display())))
}

/// A mirror or a root in the environment is not another one than what was initialized.
fn refuse_environment(kept: Option<&(TufState, Anchor)>) -> Result {
    if let Some(mirror) = context::variable("TUF_MIRROR") {
        let known = kept.map_or(default_mirror(Embedded::Production), |(state, _)| state.mirror());
        if mirror.trim_end_matches('/') != known {
            return Err(not_initialized(&format!("TUF_MIRROR is {mirror:?}")));
        }
    }
    if let Some(path) = context::path_variable("TUF_ROOT_JSON") {
        let bytes = context::read_file(&path, limits::TUF_ROOT_BYTES)?;
        let embedded = Anchor::embedded(Embedded::Production);
        let known = kept.map_or(&embedded, |(_, anchor)| anchor);
        if known.as_bytes() != bytes {
            return Err(not_initialized(&format!("TUF_ROOT_JSON is {}", path.display())));
        }
    }
    Ok(())
}

fn not_initialized(why: &str) -> Failure {
    Failure::new(format!("{why}, and that is not what `cosign initialize` of this program was run for"))
        .with_hint("verification asks no mirror: run `cosign initialize --mirror URL --root FILE` first, or give --trusted-root FILE")
}

#[derive(Deserialize)]
struct Mirrored {
    mirror: String,
}

const REMOTE: &str = "remote.json";
const OURS: &str = "portcullis.json";
