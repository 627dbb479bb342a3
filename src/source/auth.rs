//! Credentials for registries: Docker's `config.json`, Podman's `auth.json`, credential helpers.
//!
//! Nothing is read from the environment: paths come as arguments. A secret never appears in an error or in
//! `Debug`, and is only looked up when a registry asks.
//! <https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md>

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::json;
use crate::json::JsonError;
use crate::limits;

/// Where credentials are looked for.
#[derive(Clone, Debug, Default)]
pub struct AuthSources {
    /// Given by the user for one registry (host and port, as in a reference); comes first.
    pub explicit: Option<(String, Credential)>,
    /// Files in the format of Docker and Podman, first match wins; absent ones are passed over.
    pub files: Vec<PathBuf>,
    /// Directories where `docker-credential-*` programs are looked for (`PATH`).
    pub helper_directories: Vec<PathBuf>,
}

/// What a registry or token service takes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Credential {
    /// User name and password.
    Basic {
        /// User name.
        username: String,
        /// Password.
        password: Secret,
    },
    /// An OAuth2 refresh token (`identitytoken`).
    IdentityToken(Secret),
    /// A token for the registry itself (`registrytoken`).
    RegistryToken(Secret),
}

/// A text that is never shown.
#[derive(Clone, Eq, PartialEq)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

impl AuthSources {
    /// The credential for a repository, `None` for anonymous access.
    ///
    /// For each file: the helper for that registry, then the entry with the longest matching path,
    /// then the store for all registries.
    pub(super) async fn find(
        &self,
        registry: &str,
        repository: &str,
        timeout: Duration,
    ) -> Result<Option<Credential>, AuthError> {
        if let Some((host, credential)) = &self.explicit
            && host == registry
        {
            return Ok(Some(credential.clone()));
        }
        for path in &self.files {
            let Some(file) = AuthFile::read(path)? else { continue };
            if let Some(helper) = file.helper(registry) {
                return self.ask(helper, &server_name(registry), timeout).await;
            }
            if let Some(credential) = file.entry(registry, repository, path)? {
                return Ok(Some(credential));
            }
            if let Some(store) = file.creds_store.as_deref().filter(|store| !store.is_empty())
                && let Some(credential) = self.ask(store, &server_name(registry), timeout).await?
            {
                return Ok(Some(credential));
            }
        }
        Ok(None)
    }

    /// Runs `docker-credential-NAME get`,
    /// <https://github.com/docker/docker-credential-helpers#development>.
    async fn ask(
        &self,
        name: &str,
        server: &str,
        timeout: Duration,
    ) -> Result<Option<Credential>, AuthError> {
        let failed = |why: &'static str| AuthError::Helper { name: shorten(name), why };
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
            return Err(failed("has a name with unusual characters"));
        }
        let file = format!("docker-credential-{name}");
        let program =
            self.helper_directories.iter().map(|directory| directory.join(&file)).find(|path| path.is_file());
        let program = program.ok_or_else(|| failed("is not installed"))?;
        let run = tokio::time::timeout(timeout, run_helper(&program, server));
        let (success, output) = match run.await {
            Err(_) => return Err(failed("did not answer in time")),
            Ok(Err(_)) => return Err(failed("could not be run")),
            Ok(Ok(None)) => return Err(failed("printed too much")),
            Ok(Ok(Some(answer))) => answer,
        };
        if !success {
            let absent = String::from_utf8_lossy(&output).contains("credentials not found");
            return if absent { Ok(None) } else { Err(failed("failed")) };
        }
        let answer: HelperAnswer =
            json::from_slice(&output).map_err(|_| failed("printed something else than JSON"))?;
        Ok(answer.credential())
    }
}

async fn run_helper(program: &Path, server: &str) -> std::io::Result<Option<(bool, Vec<u8>)>> {
    let mut child = Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // A helper that does not read its input still may answer.
        let _ = input.write_all(format!("{server}\n").as_bytes()).await;
    }
    let mut output = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(limits::ERROR_BODY_BYTES + 1).read_to_end(&mut output).await?;
    }
    if u64::try_from(output.len()).unwrap_or(u64::MAX) > limits::ERROR_BODY_BYTES {
        return Ok(None);
    }
    Ok(Some((child.wait().await?.success(), output)))
}

/// One file. Unknown keys are the business of the tools that write them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthFile {
    auths: Option<BTreeMap<String, Option<Entry>>>,
    cred_helpers: Option<BTreeMap<String, String>>,
    creds_store: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
    registrytoken: Option<String>,
}

impl AuthFile {
    fn read(path: &Path) -> Result<Option<Self>, AuthError> {
        let unreadable =
            |error: std::io::Error| AuthError::Unreadable { path: path.to_owned(), why: error.kind() };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        let mut bytes = Vec::new();
        file.take(limits::AUTH_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limits::AUTH_FILE_BYTES {
            return Err(AuthError::TooLarge { path: path.to_owned() });
        }
        if bytes.trim_ascii().is_empty() {
            return Ok(None);
        }
        // The text of a JSON error may quote a secret: only its place is told.
        let malformed = |error: JsonError| AuthError::Malformed {
            path: path.to_owned(),
            line: error.line(),
            column: error.column(),
        };
        json::from_slice(&bytes).map(Some).map_err(malformed)
    }

    fn helper(&self, registry: &str) -> Option<&str> {
        let helpers = self.cred_helpers.as_ref()?;
        let names = spellings(registry).into_iter().find_map(|name| helpers.get(&name));
        names.map(String::as_str).filter(|name| !name.is_empty())
    }

    /// The entry for `registry/a/b`, else `registry/a`, else `registry`.
    fn entry(&self, registry: &str, repository: &str, path: &Path) -> Result<Option<Credential>, AuthError> {
        let Some(auths) = &self.auths else { return Ok(None) };
        let mut wanted = Some(format!("{registry}/{repository}"));
        while let Some(scope) = wanted {
            let exact = |(key, entry): (&String, &Option<Entry>)| {
                let matches = normalize(key) == scope;
                entry.as_ref().filter(|_| matches).map(|entry| entry.credential(&scope, path))
            };
            for credential in auths.iter().filter_map(|(key, entry)| exact((key, entry))) {
                if let Some(credential) = credential? {
                    return Ok(Some(credential));
                }
            }
            wanted = scope.rsplit_once('/').map(|(parent, _)| parent.to_owned());
        }
        Ok(None)
    }
}

impl Entry {
    /// `None` for the empty entry that Docker leaves when a store keeps the secret.
    fn credential(&self, scope: &str, path: &Path) -> Result<Option<Credential>, AuthError> {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(token) = filled(&self.registrytoken) {
            return Ok(Some(Credential::RegistryToken(Secret(token))));
        }
        if let Some(token) = filled(&self.identitytoken) {
            return Ok(Some(Credential::IdentityToken(Secret(token))));
        }
        if let Some(auth) = filled(&self.auth) {
            let bad = || AuthError::Entry { path: path.to_owned(), registry: shorten(scope) };
            let bytes = STANDARD.decode(auth.trim()).map_err(|_| bad())?;
            let text = String::from_utf8(bytes).map_err(|_| bad())?;
            let (username, password) = text.split_once(':').ok_or_else(bad)?;
            let password = Secret(password.trim_end_matches('\0').to_owned());
            return Ok(Some(Credential::Basic { username: username.to_owned(), password }));
        }
        Ok(filled(&self.username).map(|username| {
            let password = Secret(self.password.clone().unwrap_or_default());
            Credential::Basic { username, password }
        }))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HelperAnswer {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

impl HelperAnswer {
    fn credential(self) -> Option<Credential> {
        let secret = Secret(self.secret);
        match self.username.as_str() {
            // What docker-credential-helpers says for an identity token.
            "<token>" => Some(Credential::IdentityToken(secret)),
            "" => None,
            _ => Some(Credential::Basic { username: self.username, password: secret }),
        }
    }
}

/// `https://index.docker.io/v1/` and the like, as a registry and path.
fn normalize(key: &str) -> String {
    let key = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let key = key.trim_end_matches('/');
    let key = key.strip_suffix("/v1").or_else(|| key.strip_suffix("/v2")).unwrap_or(key);
    let (host, path) = key.split_once('/').map_or((key, None), |(host, path)| (host, Some(path)));
    let host = host.to_ascii_lowercase();
    let host = if HUB_HOSTS.contains(&host.as_str()) { HUB.to_owned() } else { host };
    path.map_or_else(|| host.clone(), |path| format!("{host}/{path}"))
}

fn spellings(registry: &str) -> Vec<String> {
    let mut names = vec![registry.to_owned()];
    if registry == HUB {
        names.extend(HUB_HOSTS.map(str::to_owned));
        names.push(HUB_SERVER.to_owned());
    }
    names
}

/// What a helper is asked for.
fn server_name(registry: &str) -> String {
    if registry == HUB { HUB_SERVER.to_owned() } else { registry.to_owned() }
}

fn shorten(text: &str) -> String {
    text.chars().take(64).collect()
}

const HUB: &str = "docker.io";
const HUB_HOSTS: [&str; 2] = ["index.docker.io", "registry-1.docker.io"];
const HUB_SERVER: &str = "https://index.docker.io/v1/";

/// Why there is no credential. Says nothing of what one looks like.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// An entry is not base64 of `name:password`.
    #[error("{}: entry {registry:?} is not base64 of name:password", .path.display())]
    Entry {
        /// The file.
        path: PathBuf,
        /// The entry.
        registry: String,
    },
    /// A credential helper did not work.
    #[error("credential helper docker-credential-{name} {why}")]
    Helper {
        /// Its name.
        name: String,
        /// What happened.
        why: &'static str,
    },
    /// A file is not JSON of this kind.
    #[error("{}: malformed at line {line}, column {column}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A file is too large.
    #[error("{}: larger than {} bytes", .path.display(), limits::AUTH_FILE_BYTES)]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// A file is there and cannot be read.
    #[error("{}: {why}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What happened.
        why: std::io::ErrorKind,
    },
}
