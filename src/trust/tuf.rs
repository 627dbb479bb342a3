//! Trusted roots by The Update Framework (<https://theupdateframework.github.io/specification/latest/>).
//!
//! Bytes in, values out: `update` asks a mirror, and what it was told becomes a [`TufState`], which can be
//! kept and is verified again from its [`Anchor`] each time it is read, without the network. `sigstore-tuf`
//! does the client's work (section 5.3 and on); what it leaves is done here:
//!
//! 1. Names that a mirror is asked for hold no path: a target's hash is text of the metadata.
//! 2. Metadata that expires this very moment has expired (section 5.3.10: "higher than").
//! 3. A kept state that does not verify is an error, never a reason to begin anew.
//!
//! Expiry is judged where metadata comes from a mirror, and told where it comes from a kept state: what was
//! fresh when it was fetched is authentic for ever, and what it lacks since is the caller's to weigh.

mod error;
mod replay;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use sigstore_tuf::MetadataStore;
use sigstore_tuf::Repository;
use sigstore_tuf::Role as _;
use sigstore_tuf::Root;
use sigstore_tuf::Updater;
use sigstore_tuf::UpdaterConfig;

pub use self::error::MirrorFault;
pub use self::error::TufError;
use self::replay::Replay;
pub(super) use self::replay::Shared;
use super::Embedded;
use super::RootSource;
use super::TrustedRoot;
use crate::crypto;
use crate::digest::Digest;
use crate::json;
use crate::limits;

/// The TUF root that is believed from the start; newer ones must chain from it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Anchor(Vec<u8>);

impl Anchor {
    /// The one that is part of the program, for one of the embedded instances.
    #[must_use]
    pub fn embedded(which: Embedded) -> Self {
        let bytes: &[u8] = match which {
            Embedded::Github => include_bytes!("tuf/roots/github.json"),
            Embedded::Production => include_bytes!("tuf/roots/production.json"),
            Embedded::Staging => include_bytes!("tuf/roots/staging.json"),
        };
        Self(bytes.to_vec())
    }

    /// A `root.json`, which must be signed by itself.
    ///
    /// # Errors
    /// Another document, or not signed as it asks for.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, TufError> {
        crypto::installed();
        sigstore_tuf::TrustedMetadataSet::from_root(bytes)?;
        Ok(Self(bytes.to_vec()))
    }

    /// The document.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// SHA-256 of the document.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::sha256(&self.0)
    }
}

/// Where the mirror of an instance is, unless told otherwise.
#[must_use]
pub const fn default_mirror(which: Embedded) -> &'static str {
    match which {
        Embedded::Github => "https://tuf-repo.github.com",
        Embedded::Production => "https://tuf-repo-cdn.sigstore.dev",
        Embedded::Staging => "https://tuf-repo-cdn.sigstage.dev",
    }
}

/// A state of a repository that was verified: its metadata, and the trusted root in it.
#[derive(Clone, Debug)]
pub struct TufState {
    mirror: String,
    fetched: Timestamp,
    roles: Vec<RoleState>,
    files: BTreeMap<String, Vec<u8>>,
    target: Vec<u8>,
    root: TrustedRoot,
}

/// What one role of the metadata says of itself.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct RoleState {
    /// `root`, `timestamp`, `snapshot` or `targets`.
    pub role: &'static str,
    /// Its version.
    pub version: u64,
    /// When it expires.
    pub expires: Timestamp,
}

impl TufState {
    /// Reads a kept state, and verifies all of it from `anchor`: signatures, thresholds, versions, lengths and
    /// hashes. See [`expired`](Self::expired) for expiry.
    ///
    /// # Errors
    /// Not a kept state, or it does not verify.
    pub fn from_slice(bytes: &[u8], anchor: &Anchor) -> Result<Self, TufError> {
        Self::from_kept(Kept::read(bytes)?, anchor)
    }

    /// As [`from_slice`](Self::from_slice), with the anchor that was kept with the state, if one was: the file
    /// is then believed as a trusted root that a user gives.
    ///
    /// # Errors
    /// As [`from_slice`](Self::from_slice).
    pub fn from_slice_with_anchor(bytes: &[u8], default: Anchor) -> Result<(Self, Anchor), TufError> {
        let mut kept = Kept::read(bytes)?;
        let anchor = match kept.anchor.take() {
            Some(text) => Anchor::from_slice(&decode(&text)?)?,
            None => default,
        };
        Ok((Self::from_kept(kept, &anchor)?, anchor))
    }

    fn from_kept(kept: Kept, anchor: &Anchor) -> Result<Self, TufError> {
        let files = kept.files.into_iter().map(|(name, text)| Ok((name, decode(&text)?)));
        let files = files.collect::<Result<BTreeMap<_, _>, TufError>>()?;
        Self::replay(files, anchor, kept.mirror, kept.fetched)
    }

    /// The form in which it is kept.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        self.kept(None)
    }

    /// The form in which it is kept where nobody else knows the anchor.
    #[must_use]
    pub fn to_json_with_anchor(&self, anchor: &Anchor) -> Vec<u8> {
        self.kept(Some(STANDARD.encode(&anchor.0)))
    }

    fn kept(&self, anchor: Option<String>) -> Vec<u8> {
        let files = self.files.iter().map(|(name, bytes)| (name.clone(), STANDARD.encode(bytes)));
        let kept = Kept {
            schema_version: SCHEMA_VERSION,
            mirror: self.mirror.clone(),
            fetched: self.fetched,
            anchor,
            files: files.collect(),
        };
        // Strings and lists of them: there is nothing that JSON could not write.
        serde_json::to_vec(&kept).unwrap_or_default()
    }

    /// Goes through the client's whole work with recorded answers, at a time when nothing has expired yet.
    fn replay(
        files: BTreeMap<String, Vec<u8>>,
        anchor: &Anchor,
        mirror: String,
        fetched: Timestamp,
    ) -> Result<Self, TufError> {
        let replay = Replay::new(files);
        let used = replay.used();
        let work = refresh(replay, anchor, Shared::default(), Timestamp::MIN);
        // Recorded answers are there at once.
        let work =
            work.now_or_never().ok_or_else(|| TufError::Malformed("an answer is missing".to_owned()))?;
        let (roles, target) = work?;
        let source = RootSource::Tuf { mirror: mirror.clone(), fetched };
        let root = TrustedRoot::read(&target, source).map_err(|error| TufError::Target(error.to_string()))?;
        Ok(Self { mirror, fetched, roles, files: used.take(), target, root })
    }

    /// Where it was fetched from.
    #[must_use]
    pub fn mirror(&self) -> &str {
        &self.mirror
    }

    /// When it was fetched.
    #[must_use]
    pub fn fetched(&self) -> Timestamp {
        self.fetched
    }

    /// Version and expiry of root, timestamp, snapshot and targets.
    #[must_use]
    pub fn roles(&self) -> &[RoleState] {
        &self.roles
    }

    /// The role that has expired first, if one has at `now`.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> Option<&RoleState> {
        self.roles.iter().filter(|role| role.expires <= now).min_by_key(|role| role.expires)
    }

    /// The trusted root.
    #[must_use]
    pub fn trusted_root(&self) -> &TrustedRoot {
        &self.root
    }

    /// The metadata by the names that the mirror has for it, and the target under `targets/`.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }

    /// Asks a repository for what is new since `previous`.
    ///
    /// 1. What `previous` holds sets the versions below which nothing is accepted (rollback), except where a
    ///    new root takes the keys away from who signed them (recovery from a fast forward, section 5.3.11).
    /// 2. The client's work, with nothing that has expired.
    /// 3. The answers, old and new, are gone through once more, as each reader of the kept state will.
    /// 4. If old and new do not fit together, since the repository signed one version twice, everything is asked
    ///    for anew, and no version may be lower than in step 2.
    #[cfg_attr(not(feature = "net"), allow(dead_code, reason = "only mirrors are asked"))]
    pub(super) async fn fetch(
        repository: impl Repository + Clone + 'static,
        answers: Shared,
        anchor: &Anchor,
        previous: Option<&Self>,
        (mirror, now): (&str, Timestamp),
    ) -> Result<Self, TufError> {
        let Some(previous) = previous else {
            let store = Shared::default();
            fresh(repository, anchor, store, now).await?;
            return Self::replay(answers.take(), anchor, mirror.to_owned(), now);
        };
        let store = Shared::default();
        seed(&store, previous)?;
        let roles = fresh(repository.clone(), anchor, store.clone(), now).await?;
        let mut files = previous.files.clone();
        files.extend(answers.take());
        // A second timestamp of the same version is not looked at, so it is not kept.
        if let Some(timestamp) = store.load("timestamp.json")? {
            files.insert("timestamp.json".to_owned(), timestamp);
        }
        match Self::replay(files, anchor, mirror.to_owned(), now) {
            Err(TufError::Integrity(_)) => {
                let again = fresh(repository, anchor, Shared::default(), now).await?;
                for (role, lowest) in again.iter().zip(&roles) {
                    role.check_not_below(lowest)?;
                }
                Self::replay(answers.take(), anchor, mirror.to_owned(), now)
            }
            other => other,
        }
    }
}

impl RoleState {
    fn check_not_below(&self, lowest: &Self) -> Result<(), TufError> {
        if self.version < lowest.version {
            let (role, trusted, new) = (self.role.to_owned(), lowest.version, self.version);
            return Err(TufError::Rollback { role, trusted, new });
        }
        Ok(())
    }
}

/// The client's work, with nothing that has expired.
async fn fresh(
    repository: impl Repository + 'static,
    anchor: &Anchor,
    store: Shared,
    now: Timestamp,
) -> Result<Vec<RoleState>, TufError> {
    let (roles, _) = refresh(repository, anchor, store, now).await?;
    match roles.iter().find(|role| role.expires <= now) {
        Some(expired) => Err(TufError::Expired { role: expired.role.to_owned(), expires: expired.expires }),
        None => Ok(roles),
    }
}

/// What the client looks for in its store: the names it gives, not the mirror's.
fn seed(store: &Shared, state: &TufState) -> Result<(), TufError> {
    let version = |role| state.roles.iter().find(|found| found.role == role).map_or(0, |found| found.version);
    for (name, bytes) in &state.files {
        if name.ends_with(".root.json") {
            store.store(&format!("root_history/{name}"), bytes)?;
        } else if name == "timestamp.json" {
            store.store(name, bytes)?;
        }
    }
    for role in ["snapshot", "targets"] {
        let versioned = format!("{}.{role}.json", version(role));
        let plain = format!("{role}.json");
        if let Some(bytes) = state.files.get(&versioned).or_else(|| state.files.get(&plain)) {
            store.store(&plain, bytes)?;
        }
    }
    store.store(&format!("targets/{TARGET}"), &state.target)?;
    Ok(())
}

/// The client's work, down to the target.
async fn refresh(
    repository: impl Repository + 'static,
    anchor: &Anchor,
    store: Shared,
    now: Timestamp,
) -> Result<(Vec<RoleState>, Vec<u8>), TufError> {
    crypto::installed();
    let mut updater = Updater::new(repository, &anchor.0)?.with_config(config()).with_store(store);
    updater.refresh(now).await?;
    let target = updater.get_target(TARGET, now).await?;
    Ok((roles(&updater), target))
}

fn roles(updater: &Updater) -> Vec<RoleState> {
    let set = updater.trusted();
    let root = set.root();
    let state = |role, version, expires| RoleState { role, version, expires };
    let mut roles = vec![state("root", Root::version(root), root.expires)];
    roles.extend(set.timestamp().map(|found| state("timestamp", found.version, found.expires)));
    roles.extend(set.snapshot().map(|found| state("snapshot", found.version, found.expires)));
    roles.extend(set.targets_role("targets").map(|found| state("targets", found.version, found.expires)));
    roles
}

fn config() -> UpdaterConfig {
    let mut config = UpdaterConfig::default();
    config.root_max_length = limits::TUF_ROOT_BYTES;
    config.timestamp_max_length = limits::TUF_TIMESTAMP_BYTES;
    config.snapshot_max_length = limits::TUF_SNAPSHOT_BYTES;
    config.targets_max_length = limits::TUF_TARGETS_BYTES;
    config.target_max_length = limits::TRUSTED_ROOT_BYTES;
    config.max_root_rotations = limits::TUF_ROOTS;
    config.max_delegations = limits::TUF_DELEGATIONS;
    config
}

/// The file that holds a state.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Kept {
    schema_version: u32,
    mirror: String,
    fetched: Timestamp,
    /// In base64, where it is not one of the embedded ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    anchor: Option<String>,
    /// By the names of the mirror, in base64.
    files: BTreeMap<String, String>,
}

impl Kept {
    fn read(bytes: &[u8]) -> Result<Self, TufError> {
        let kept: Self = json::from_slice(bytes).map_err(|error| TufError::Malformed(error.to_string()))?;
        if kept.schema_version == SCHEMA_VERSION {
            Ok(kept)
        } else {
            Err(TufError::Malformed(format!("schema version {}", kept.schema_version)))
        }
    }
}

fn decode(base64: &str) -> Result<Vec<u8>, TufError> {
    STANDARD.decode(base64).map_err(|_| TufError::Malformed("a file is not base64".to_owned()))
}

/// The target that Sigstore's clients ask for.
const TARGET: &str = "trusted_root.json";
const SCHEMA_VERSION: u32 = 1;

#[cfg(test)]
mod tests;
