//! Rego policies of `verify-attestation --policy`, as cosign evaluates them: all files together, in the
//! language of OPA before 1.0, `data.signature.allow` over the in-toto statement.
//! <https://www.openpolicyagent.org/docs/v0/policy-language>
//!
//! A policy may come from whoever sent the change that it judges. It is evaluated in a process of its own
//! ([`worker`]), with nothing of the environment, for a bounded time and in bounded memory.

mod evaluate;
mod source;
mod time;
pub(super) mod worker;

use std::path::Path;
use std::path::PathBuf;

use portcullis::limits;
use serde::Deserialize;
use serde::Serialize;

use super::error::Failure;
use super::error::Result;
use crate::cli::context;

/// The policies of one command line.
#[derive(Clone, Debug, Default)]
pub(super) struct Policies {
    paths: Vec<PathBuf>,
    files: Vec<Source>,
    unread: Option<String>,
}

/// One file.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Source {
    name: String,
    text: String,
}

impl Policies {
    /// Reads them. A file that cannot be read fails the check, as in cosign, and not the command line.
    pub(super) fn load(paths: &[PathBuf]) -> Result<Self> {
        for path in paths {
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("rego") => {}
                Some("cue") => {
                    return Err(Failure::unsupported(
                        &format!("the CUE policy {}", path.display()),
                        "write it in Rego (package signature, rule allow), or run cosign itself for this one",
                    ));
                }
                _ => return Err(Failure::new("invalid policy format, expected .cue or .rego")),
            }
        }
        let mut policies = Self { paths: paths.to_vec(), ..Self::default() };
        for path in paths {
            match read(path) {
                Ok(text) => policies.files.push(Source { name: path.display().to_string(), text }),
                Err(why) => policies.unread = policies.unread.or(Some(why)),
            }
        }
        Ok(policies)
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// The files, for cosign's line about them.
    pub(super) fn rego_paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// Why the statement is not allowed; nothing if it is.
    pub(super) fn check(&self, statement: &[u8]) -> Vec<String> {
        if self.is_empty() {
            return Vec::new();
        }
        if let Some(why) = &self.unread {
            return vec![format!("1 error occurred during loading: {why}")];
        }
        worker::ask(&self.files, statement)
    }
}

fn read(path: &Path) -> std::result::Result<String, String> {
    let bytes = context::read_bounded(path, limits::POLICY_BYTES)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    String::from_utf8(bytes).map_err(|_| format!("{}: it is not UTF-8", path.display()))
}
