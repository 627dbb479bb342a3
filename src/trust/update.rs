//! Asks a mirror for the trusted root: the one place of this module that opens connections.
//!
//! A mirror is believed in nothing: what it says goes through [`TufState`]. Here each answer is bounded in
//! bytes and time, redirects stay on TLS, and nothing is taken from the environment. A directory
//! (`file:///..`) is a mirror, too.

use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Client;
use reqwest::Response;
use reqwest::StatusCode;
use reqwest::Url;
use reqwest::header;
use sigstore_tuf::Repository;
use sigstore_tuf::transport::FetchFuture;

use super::tuf::Anchor;
use super::tuf::MirrorFault;
use super::tuf::Shared;
use super::tuf::TufError;
use super::tuf::TufState;
use crate::http;
use crate::http::Certificates;
use crate::http::Proxies;
use crate::http::Timeouts;
use crate::limits;

/// How mirrors are reached.
#[derive(Clone, Debug, Default)]
pub struct MirrorSettings {
    /// Certificates beside those of the platform.
    pub certificates: Certificates,
    /// Proxies.
    pub proxies: Proxies,
    /// Times and attempts.
    pub timeouts: Timeouts,
}

/// A mirror of a TUF repository.
#[derive(Debug)]
pub struct Mirror {
    name: String,
    place: Place,
    timeouts: Timeouts,
}

#[derive(Clone, Debug)]
enum Place {
    Directory(PathBuf),
    Server { base: Url, client: Client, tls_problem: Option<String> },
}

impl Mirror {
    /// Sets up a mirror by its URL: `https://`, `file:///`, or `http://` on this machine. Opens no connection.
    ///
    /// # Errors
    /// [`MirrorFault::Setup`].
    pub fn new(url: &str, settings: &MirrorSettings) -> Result<Self, MirrorFault> {
        let setup = |reason: String| MirrorFault::Setup(reason);
        let base = Url::parse(&format!("{}/", url.trim_end_matches('/')));
        let base = base.map_err(|error| setup(format!("mirror {url:?} is not a URL: {error}")))?;
        let place = match base.scheme() {
            "file" => Place::Directory(
                base.to_file_path()
                    .map_err(|()| setup(format!("mirror {url:?} names no directory: file:///DIRECTORY")))?,
            ),
            "https" => Self::server(base, settings)?,
            "http" if base.host_str().is_some_and(http::is_loopback) => Self::server(base, settings)?,
            "http" => return Err(setup(format!("mirror {url:?} is plain HTTP and not on this machine"))),
            _ => return Err(setup(format!("mirror {url:?} is neither https:// nor file:///"))),
        };
        let name = url.trim_end_matches('/').to_owned();
        Ok(Self { name, place, timeouts: settings.timeouts.clone() })
    }

    fn server(base: Url, settings: &MirrorSettings) -> Result<Place, MirrorFault> {
        if !base.username().is_empty() || base.password().is_some() {
            return Err(MirrorFault::Setup("a mirror's URL holds no password".to_owned()));
        }
        let (builder, tls_problem) =
            http::client(&settings.certificates, &settings.proxies, &settings.timeouts)
                .map_err(|error| MirrorFault::Setup(error.to_string()))?;
        let client = builder.build().map_err(|error| MirrorFault::Setup(reason(&error)))?;
        Ok(Place::Server { base, client, tls_problem })
    }

    /// Asks for what is new since `previous`, which sets what is a rollback.
    ///
    /// # Errors
    /// Every rule of TUF, and everything that keeps a mirror from answering.
    pub async fn fetch(
        &self,
        anchor: &Anchor,
        previous: Option<&TufState>,
        now: Timestamp,
    ) -> Result<TufState, TufError> {
        let answers = Shared::default();
        let asking =
            Asking { place: self.place.clone(), timeouts: self.timeouts.clone(), answers: answers.clone() };
        TufState::fetch(asking, answers, anchor, previous, (&self.name, now)).await
    }

    /// Fetches one file of at most `ceiling` bytes, such as a root that will be compared with a checksum.
    ///
    /// # Errors
    /// [`MirrorFault`]; a file that is not there is [`MirrorFault::Status`] 404.
    pub async fn file(&self, name: &str, ceiling: u64) -> Result<Vec<u8>, MirrorFault> {
        let asking =
            Asking { place: self.place.clone(), timeouts: self.timeouts.clone(), answers: Shared::default() };
        let missing = || MirrorFault::Status { url: format!("{}/{name}", self.name), status: 404 };
        asking.ask(name, ceiling).await?.ok_or_else(missing)
    }
}

/// One refresh.
#[derive(Clone)]
struct Asking {
    place: Place,
    timeouts: Timeouts,
    answers: Shared,
}

impl Repository for Asking {
    fn fetch_metadata<'a>(&'a self, name: &'a str, max_length: u64) -> FetchFuture<'a> {
        Box::pin(async move { Ok(self.recorded(name.to_owned(), name, max_length).await?) })
    }

    fn fetch_target<'a>(&'a self, path: &'a str, max_length: u64) -> FetchFuture<'a> {
        Box::pin(async move { Ok(self.recorded(format!("targets/{path}"), path, max_length).await?) })
    }
}

impl Asking {
    async fn recorded(&self, path: String, name: &str, ceiling: u64) -> Result<Option<Vec<u8>>, MirrorFault> {
        check_name(name)?;
        let answer = self.ask(&path, ceiling).await?;
        if let Some(bytes) = &answer {
            self.answers.put(&path, bytes);
        }
        Ok(answer)
    }

    async fn ask(&self, path: &str, ceiling: u64) -> Result<Option<Vec<u8>>, MirrorFault> {
        match &self.place {
            Place::Directory(directory) => read(&directory.join(path), path, ceiling),
            Place::Server { base, client, tls_problem } => {
                let unreachable = |reason| MirrorFault::Unreachable { url: base.to_string(), reason };
                if let Some(problem) = tls_problem.as_ref().filter(|_| base.scheme() == "https") {
                    return Err(unreachable(problem.clone()));
                }
                let url = base.join(path).map_err(|error| unreachable(error.to_string()))?;
                let limit = self.timeouts.request;
                let asked = tokio::time::timeout(limit, self.retrying(client, &url, path, ceiling)).await;
                asked
                    .unwrap_or_else(|_| Err(unreachable(format!("no answer in {} seconds", limit.as_secs()))))
            }
        }
    }

    async fn retrying(
        &self,
        client: &Client,
        url: &Url,
        path: &str,
        ceiling: u64,
    ) -> Result<Option<Vec<u8>>, MirrorFault> {
        let mut attempt = 1;
        loop {
            let fault = match once(client, url, path, ceiling).await {
                Err(fault) if is_passing(&fault) && attempt < self.timeouts.attempts => fault,
                answer => return answer,
            };
            let delay = self.timeouts.backoff.saturating_mul(1 << (attempt - 1).min(8));
            if delay > self.timeouts.retry_after.max(Duration::from_millis(1)) {
                return Err(fault);
            }
            tokio::time::sleep(delay).await;
            attempt += 1;
        }
    }
}

/// Whether the next attempt may have another answer.
fn is_passing(fault: &MirrorFault) -> bool {
    match fault {
        MirrorFault::Unreachable { .. } => true,
        MirrorFault::Status { status, .. } => *status == 429 || *status >= 500,
        _ => false,
    }
}

/// One question, with the redirects it takes. Metadata is checked whoever sends it; TLS keeps from others
/// what is asked for.
async fn once(client: &Client, url: &Url, path: &str, ceiling: u64) -> Result<Option<Vec<u8>>, MirrorFault> {
    let mut at = url.clone();
    for _ in 0..=limits::REDIRECTS {
        let unreachable =
            |error: reqwest::Error| MirrorFault::Unreachable { url: at.to_string(), reason: reason(&error) };
        let response = client.get(at.clone()).send().await.map_err(unreachable)?;
        let status = response.status();
        if status.is_redirection() {
            at = redirected(&at, &response)?;
        } else if status == StatusCode::OK {
            return body(response, &at, path, ceiling).await.map(Some);
        } else if is_absent(status, path) {
            return Ok(None);
        } else {
            return Err(MirrorFault::Status { url: at.to_string(), status: status.as_u16() });
        }
    }
    Err(MirrorFault::Redirect { url: url.to_string(), why: "there are too many" })
}

/// Stores of objects answer 403 for what is not there, and a root that is not there is the usual case.
fn is_absent(status: StatusCode, path: &str) -> bool {
    status == StatusCode::NOT_FOUND || (status == StatusCode::FORBIDDEN && path.ends_with(".root.json"))
}

fn redirected(from: &Url, response: &Response) -> Result<Url, MirrorFault> {
    let refuse = |why| MirrorFault::Redirect { url: from.to_string(), why };
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let next = from.join(location.ok_or_else(|| refuse("it has no readable location"))?);
    let next = next.map_err(|_| refuse("its location is not a URL"))?;
    match next.scheme() {
        "https" => Ok(next),
        "http" if from.scheme() == "http" && next.host_str().is_some_and(http::is_loopback) => Ok(next),
        "http" => Err(refuse("it leads to plain HTTP")),
        _ => Err(refuse("it leads out of HTTP")),
    }
}

async fn body(mut response: Response, url: &Url, path: &str, ceiling: u64) -> Result<Vec<u8>, MirrorFault> {
    let long = || MirrorFault::Long { name: path.to_owned(), ceiling };
    if response.content_length().is_some_and(|length| length > ceiling) {
        return Err(long());
    }
    let mut bytes = Vec::new();
    loop {
        let chunk = response
            .chunk()
            .await
            .map_err(|error| MirrorFault::Unreachable { url: url.to_string(), reason: reason(&error) })?;
        let Some(chunk) = chunk else { return Ok(bytes) };
        bytes.extend_from_slice(&chunk);
        if exceeds(bytes.len(), ceiling) {
            return Err(long());
        }
    }
}

fn read(path: &Path, name: &str, ceiling: u64) -> Result<Option<Vec<u8>>, MirrorFault> {
    let unreachable = |error: io::Error| MirrorFault::Unreachable {
        url: path.display().to_string(),
        reason: error.to_string(),
    };
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(unreachable)?,
    };
    let mut bytes = Vec::new();
    file.take(ceiling.saturating_add(1)).read_to_end(&mut bytes).map_err(unreachable)?;
    if exceeds(bytes.len(), ceiling) {
        return Err(MirrorFault::Long { name: name.to_owned(), ceiling });
    }
    Ok(Some(bytes))
}

fn exceeds(length: usize, ceiling: u64) -> bool {
    u64::try_from(length).is_ok_and(|length| length > ceiling)
}

/// Names are made of roles, versions and hashes, all of them text of the metadata: none may lead elsewhere,
/// be it as a path, as a query or as another host.
fn check_name(name: &str) -> Result<(), MirrorFault> {
    let plain = |char: char| char.is_ascii_alphanumeric() || "._-~%".contains(char);
    if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
        return Err(MirrorFault::Name { name: name.chars().take(128).collect() });
    }
    Ok(())
}

/// The innermost reason: the outer ones repeat the URL.
fn reason(error: &reqwest::Error) -> String {
    let mut source: &dyn std::error::Error = error;
    while let Some(inner) = source.source() {
        source = inner;
    }
    source.to_string().chars().take(256).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors() {
        let new = |url: &str| Mirror::new(url, &MirrorSettings::default());
        for url in ["https://tuf.example", "https://tuf.example/a/", "http://127.0.0.1:1", "file:///srv/tuf"]
        {
            assert!(new(url).is_ok(), "{url}");
        }
        for url in
            ["tuf.example", "http://tuf.example", "ftp://tuf.example", "https://user:secret@tuf.example", ""]
        {
            let error = new(url).unwrap_err();
            assert!(matches!(error, MirrorFault::Setup(_)), "{url}");
        }
    }

    #[test]
    fn names() {
        for name in ["timestamp.json", "17.root.json", "1.a%2Fb.json", "00ff.trusted_root.json"] {
            assert_eq!(check_name(name), Ok(()));
        }
        for name in
            ["", ".", "..", "../x", "a/b", "a\\b", "a?b", "a#b", "https://x", "/etc/passwd", "a b", "ä"]
        {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
